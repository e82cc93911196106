"""``naskh blocks``: repeated blocks inside each article."""

from __future__ import annotations

from pathlib import Path

import click

from naskh.cli.options import JSON, MAP, SOURCES, Rejections, Share, finish, output, print_json
from naskh.cli.progress import reading
from naskh.matching.blocks import MIN_SIMILARITY, MIN_WORDS, find_blocks
from naskh.sources import Reader


@click.command(
    "blocks",
    epilog="""\b
Examples:
  naskh blocks article.txt
  cat article.txt | naskh blocks -
  naskh blocks --json crawl.jsonl.zst | jq -c 'select(.blocks != [])'
  naskh blocks --fix article.txt > fixed.txt         each repeat removed, the first occurrence kept
  naskh blocks --fix crawl.jsonl -o fixed.jsonl""",
)
@SOURCES
@JSON
@MAP
@click.option(
    "--min-words",
    default=MIN_WORDS,
    type=click.IntRange(min=1),
    show_default=True,
    help="Leave out shorter blocks (refrains, questions); 1.75 to 4 times as many inside longer paragraphs.",
)
@click.option(
    "--min-similarity",
    default=MIN_SIMILARITY,
    show_default=True,
    type=Share(),
    help="Least Jaccard of an occurrence with the first one; 1 finds exact repeats only.",
)
@click.option(
    "--fix", is_flag=True, help="Write the articles without their exact repeats; the first occurrence stays."
)
@click.option("--fix-similar", is_flag=True, help="As --fix, near repeats too: words that only they have are lost.")
@output("With --fix: where to; standard output by default. No SOURCE is ever written to.")
def blocks_command(
    sources: tuple[str, ...],
    as_json: bool,
    fields: dict[str, str],
    min_words: int,
    min_similarity: float,
    fix: bool,
    fix_similar: bool,
    output: Path | None,
) -> None:
    """Find text that stands twice or more in one article, whatever its paragraph breaks. Needs no index.

    SOURCE is a text file (one article), JSON lines, CSV, Parquet, Arrow, a web archive, a folder or
    a quoted pattern of these, or - for standard input; see naskh index --help.

    With --fix, the articles are written without their repeats: a text as text, JSON lines as JSON lines whose
    other fields stay as they are. What was removed, and what was not since its words differ, is said on
    standard error.
    """
    rejections = Rejections()
    reader = Reader(sources, fields=fields, on_reject=rejections, unique_ids=False)
    if fix or fix_similar:
        from naskh.cli.fixing import fix_articles

        fix_articles(
            reader, output, as_json=as_json, similar=fix_similar, min_words=min_words, min_similarity=min_similarity
        )
        finish(reader, rejections)
        return
    if output is not None:
        raise click.UsageError("--output is for --fix")
    repeated = 0
    with reading(reader, "reading", results_follow=True) as articles:
        for article in articles:
            found = find_blocks(article, min_words=min_words, min_similarity=min_similarity)
            repeated += bool(found.blocks)
            if as_json:
                print_json(found)
            elif found.blocks:
                from naskh.cli.output import console, show_blocks

                show_blocks(console(), article, found)
    if not as_json:
        noun = "article" if reader.articles == 1 else "articles"
        click.echo(f"{repeated:,} of {reader.articles:,} {noun} with repeated blocks", err=True)
    finish(reader, rejections)
