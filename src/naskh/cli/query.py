"""``naskh query``: the duplicates of given articles."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from naskh.article import Article, QueryResult
from naskh.cli.options import INDEX, JSON, MAP, Rejections, Share, complete_files, finish, print_json
from naskh.cli.progress import reading
from naskh.engine import Index
from naskh.errors import TextNotStored, UnknownArticle
from naskh.matching.recurrence import UNDATED, day_of
from naskh.matching.sharing import MIN_CONTAINMENT
from naskh.sources import Reader, Rejection


def _parse_date(_: click.Context, __: click.Parameter, date: str | None) -> str | None:
    if date is not None and day_of(date) == UNDATED:
        raise click.BadParameter(f"{date!r} is no ISO 8601 date, such as 2025-11-24")
    return date


@click.command(
    "query",
    epilog="""\b
Examples:
  naskh query news.naskh article.txt
  naskh query news.naskh --id alsahifa-0012
  naskh query news.naskh --explain --date 2025-11-24 article.txt
  naskh query news.naskh --json today.jsonl | jq -c '.matches[] | select(.relation == "copy") | .id'""",
)
@INDEX
@click.argument("sources", metavar="[SOURCE|-]...", nargs=-1, shell_complete=complete_files)
@click.option("--id", "ids", metavar="ID", multiple=True, help="Query with an article that is stored. Repeatable.")
@JSON
@MAP
@click.option(
    "--min-containment",
    default=MIN_CONTAINMENT,
    show_default=True,
    type=Share(min_open=False),
    help="Least share of either article that the other must have.",
)
@click.option(
    "--date",
    metavar="DATE",
    callback=_parse_date,
    help="When the given articles appeared (ISO 8601), where they do not say: tells formulas from copies.",
)
@click.option("--explain", is_flag=True, help="Give the figures behind each relation, and the reason.")
@click.option(
    "--limit",
    default=20,
    type=click.IntRange(min=1),
    show_default=True,
    help="Matches shown of each article (human output).",
)
def query_command(
    index_path: Path,
    sources: tuple[str, ...],
    ids: tuple[str, ...],
    as_json: bool,
    fields: dict[str, str],
    min_containment: float,
    date: str | None,
    explain: bool,
    limit: int,
) -> None:
    """Find the stored articles that share text with each given article, best first.

    SOURCE is a text file (one article), JSON lines, CSV, Parquet, Arrow, a web archive, a folder or
    a quoted pattern of these, or - for standard input; see naskh index --help. An article's own id is left
    out of its matches. JSON holds every match; the human output leaves those out that share only formulaic
    text, and counts them.
    """
    if not sources and not ids:
        raise click.UsageError("give a SOURCE (or - for standard input), or --id ID of a stored article")
    index = Index(index_path)
    settings = index.snapshot.manifest.settings  # opened before any input is read
    if ids and not settings.store_text:
        raise TextNotStored(f"{index_path} was built without texts: query with the article itself")

    def show(article: Article, result: QueryResult) -> None:
        if as_json:
            print_json(result)
        else:
            from naskh.cli.output import console, show_matches

            show_matches(console(), article, result, limit=limit)

    rejections = Rejections()
    reader = Reader(sources, fields=fields, on_reject=rejections, unique_ids=False)
    for article_id in ids:
        try:
            article = index.get(article_id)
        except UnknownArticle as error:
            rejections(Rejection(file="--id", line=None, id=article_id, reason=str(error)))
        else:
            show(article, index.query(article, min_containment=min_containment, explain=explain))
    with reading(reader, "querying", results_follow=True) as articles:
        dated = (msgspec.structs.replace(article, date=article.date or date) for article in articles)
        at_once = "-" in sources
        if as_json:
            for lines in index.query_json(dated, min_containment=min_containment, explain=explain, at_once=at_once):
                click.echo(lines, nl=False)
        else:
            answers = index.query_many(dated, min_containment=min_containment, explain=explain, at_once=at_once)
            for article, result in answers:
                show(article, result)
    finish(reader, rejections)
