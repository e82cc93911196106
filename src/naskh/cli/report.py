"""``naskh report``: what an index tells as a whole, as a page for people and as JSON."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from naskh.cli.extras import needs
from naskh.cli.interruption import ending_as_interrupted
from naskh.cli.options import INDEX, output, print_json
from naskh.cli.progress import share_done
from naskh.engine import Index
from naskh.report.figures import TOP_FAMILIES, figures_of
from naskh.report.words import LANGUAGES, Language
from naskh.writing import replacing


def language_of(environment: Mapping[str, str]) -> Language:
    """English where the locale is, as POSIX says which that is, and Arabic anywhere else."""
    names = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next((name for name in names if name), "")
    return "en" if chosen.startswith("en") else "ar"


@click.command(
    "report",
    epilog="""\b
Examples:
  naskh report news.naskh -o report.html
  naskh report news.naskh -o report.html --lang en
  naskh report news.naskh --json | jq '.texts[] | [.outlet, 1 - (.taken + .unordered) / .shingles]'""",
)
@INDEX
@output("Where to write the page: one HTML file that needs no network.")
@click.option("--json", "as_json", is_flag=True, help="Write the figures as JSON to standard output.")
@click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    help="Of the page; by default en where the locale is English, else ar.",
)
@click.option(
    "--top",
    default=TOP_FAMILIES,
    type=click.IntRange(min=0),
    show_default=True,
    help="So many families are listed with their articles, the largest first.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Threads; all cores by default.")
def report_command(
    index_path: Path, output: Path | None, as_json: bool, language: Language | None, top: int, workers: int | None
) -> None:
    """Report on an index: who carried which stories, who shares with whom, how much of each outlet is its own.

    The page has headline figures, copies over time, the most carried stories, outlets against outlets, and by
    outlet the share of original text and the text pasted twice. Its figures are those of `naskh pairs`,
    `naskh families` and `naskh blocks`, and --json gives the same to programs.
    """
    if output is None and not as_json:
        raise click.UsageError("say where to write the page (-o report.html), or ask for --json")
    if output is not None:
        with needs("report"):
            from naskh.report.page import render
    started = time.perf_counter()
    index = Index(index_path)
    with share_done("comparing") as progress:
        figures = figures_of(index.snapshot, top=top, workers=workers or os.cpu_count() or 1, progress=progress)
    if as_json:
        print_json(figures)
    if output is not None:
        made = datetime.now(UTC).date().isoformat()
        page = render(figures, language=language or language_of(os.environ), name=index_path.name, made=made)
        with ending_as_interrupted(), replacing(output) as partial:
            partial.write_text(page, encoding="utf-8")
        elapsed = time.perf_counter() - started
        click.echo(f"report on {figures.articles:,} articles to {output} in {elapsed:.1f} s", err=True)
