"""``naskh families``: who carried which story, to a file."""

from __future__ import annotations

import time
from pathlib import Path

import click
import msgspec
import pyarrow as pa

from naskh.article import Family
from naskh.cli.files import write_batches
from naskh.cli.options import INDEX, OUTPUT, checked_suffix, printable
from naskh.cli.progress import share_done
from naskh.engine import Index, pairs_schema
from naskh.matching.families import FAMILY_SCHEMA

_ROWS = 4096


@click.command(
    "families",
    epilog="""\b
Examples:
  naskh families news.naskh -o families.jsonl
  naskh families news.naskh -o syndicated.parquet --min-outlets 2
  naskh families news.naskh -o families.jsonl --pairs pairs.parquet   both at the cost of one
  jq -c 'select(.credit == "reuters") | [.first, .outlets, .representative]' families.jsonl""",
)
@INDEX
@OUTPUT
@click.option(
    "--min-outlets",
    default=1,
    type=click.IntRange(min=1),
    show_default=True,
    help="Leave out stories that fewer outlets carried; 2 leaves out one outlet's own revisions.",
)
@click.option(
    "--pairs",
    "pairs_output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=checked_suffix,
    help="Also write the pairs of articles that `naskh pairs` writes, to .jsonl or .parquet.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Threads; all cores by default.")
def families_command(
    index_path: Path, output: Path, min_outlets: int, pairs_output: Path | None, workers: int | None
) -> None:
    """Write the syndication families: one story a line, and who carried it when.

    Every article of a family is a copy of its representative or holds one, or the other way round; what links
    a family to others more weakly is listed as its bridges. The role of an article is origin, copy, or unknown
    where dates, credits and lengths do not decide. The result is the same whatever the order of indexing.
    """
    if pairs_output is not None and pairs_output.resolve() == output.resolve():
        raise click.UsageError("--pairs and --output are the same file")
    started = time.perf_counter()
    index = Index(index_path)
    with share_done("comparing") as progress:
        compared = index.compare_all(workers=workers, progress=progress)
    if pairs_output is not None:
        count = write_batches(pairs_output, pairs_schema("article"), compared.iter_pairs())
        click.echo(f"{count:,} pairs of articles to {pairs_output}", err=True)
    found = compared.families()
    kept = [family for family in found if family.outlets >= min_outlets or min_outlets == 1]
    batches = (
        pa.RecordBatch.from_pylist(msgspec.to_builtins(kept[start : start + _ROWS]), FAMILY_SCHEMA)
        for start in range(0, len(kept), _ROWS)
    )
    write_batches(output, FAMILY_SCHEMA, batches)
    _warn(index, found)
    articles = sum(len(family.articles) for family in kept)
    elapsed = time.perf_counter() - started
    click.echo(f"{len(kept):,} families of {articles:,} articles to {output} in {elapsed:.1f} s", err=True)
    if kept:
        largest = kept[0]
        name = printable(largest.representative)
        click.echo(
            f"the largest: {len(largest.articles)} articles of {largest.outlets} outlets around {name}", err=True
        )


def _warn(index: Index, found: list[Family]) -> None:
    """Say what the index lacks that families are told by."""
    if not index.snapshot.manifest.settings.store_text:
        click.echo("the index has no texts: credits are not known, nor origins that rest on them", err=True)
    if found and not any(family.outlets for family in found):
        click.echo("no article has an outlet: syndication cannot be told from revisions", err=True)
    if found and not any(family.first for family in found):
        click.echo("no article has a date: roles are unknown, and formulas are told less well", err=True)
