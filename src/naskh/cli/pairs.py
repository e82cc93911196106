"""``naskh pairs``: all duplicate pairs of an index, to a file."""

from __future__ import annotations

import time
from pathlib import Path

import click

from naskh.article import Level
from naskh.cli.files import write_batches
from naskh.cli.options import INDEX, OUTPUT, Share, level
from naskh.cli.progress import share_done
from naskh.engine import Index, pairs_schema
from naskh.matching.measures import MIN_JACCARD


@click.command(
    "pairs",
    epilog="""\b
Examples:
  naskh pairs news.naskh -o pairs.parquet
  naskh pairs news.naskh -o paragraphs.jsonl --level paragraph --min-jaccard 0.8
  naskh pairs news.naskh -o copies.jsonl --min-containment 0.5    abridged copies too""",
)
@INDEX
@OUTPUT
@level("Pairs of what.")
@click.option(
    "--min-jaccard",
    default=MIN_JACCARD,
    show_default=True,
    type=Share(),
    help="Least exact Jaccard of the shingles of a pair.",
)
@click.option(
    "--min-containment",
    type=Share(),
    help="Articles: also pairs of which either has at least this share of the other.",
)
def pairs_command(
    index_path: Path, output: Path, level: Level, min_jaccard: float, min_containment: float | None
) -> None:
    """Write all duplicate pairs of articles, or of paragraphs, with their exact Jaccard.

    The pairs are sorted by (article, paragraph). Those of paragraphs include pairs inside one article.
    """
    if min_containment is not None and level == "paragraph":
        raise click.UsageError("--min-containment is for --level article")
    started = time.perf_counter()
    with share_done("pairing") as progress:
        batches = Index(index_path).iter_pairs(
            level, min_jaccard=min_jaccard, min_containment=min_containment, progress=progress
        )
        count = write_batches(output, pairs_schema(level), batches)
    elapsed = time.perf_counter() - started
    click.echo(f"{count:,} pairs of {level}s to {output} in {elapsed:.1f} s", err=True)
