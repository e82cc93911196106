"""``naskh index``: bulk and incremental indexing."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NoReturn, Self

import click
import msgspec

from naskh.cli.interruption import Interruption, interruption
from naskh.cli.options import INDEX, MAP, SOURCES, Rejections, Share, show_losses
from naskh.cli.progress import reading_batches
from naskh.engine import Index
from naskh.errors import IndexUnwritable, NaskhError
from naskh.index.files import REJECTED
from naskh.index.journal import Journal
from naskh.settings import Settings
from naskh.sketch.banding import choose_bands
from naskh.sources import Reader, Rejection
from naskh.sources.html import EXTRACTION
from naskh.writing import writing


@click.command(
    "index",
    epilog="""\b
Examples:
  naskh index news.naskh crawl.jsonl.zst
  naskh index news.naskh more/ today.jsonl          adds to it; unchanged articles cost little
  naskh index news.naskh dump.parquet --map text=content --map outlet=site
  naskh index news.naskh 'crawl/**/*.warc.gz'       the pages of a crawl; the quotes leave the pattern to naskh
  naskh index slim.naskh crawl.jsonl.zst --no-text  smaller; queries then show no passages""",
)
@INDEX
@SOURCES
@MAP
@click.option("--no-text", is_flag=True, help="New index: do not keep the texts.")
@click.option(
    "--recall",
    type=Share(max_open=True),
    help="New index: the wanted chance of finding a pair of paragraphs at the Jaccard of --at. [default: 0.996]",
)
@click.option(
    "--at",
    type=Share(),
    help="New index: the Jaccard at which --recall is wanted. [default: 0.5]",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Threads that sketch, processes that read web pages. [default: all cores]",
)
@click.option("--again", is_flag=True, help="Read web archives again that an earlier run has read.")
def index_command(
    index_path: Path,
    sources: tuple[str, ...],
    fields: dict[str, str],
    no_text: bool,
    recall: float | None,
    at: float | None,
    workers: int | None,
    again: bool,
) -> None:
    """Add articles to INDEX, making it if there is none.

    SOURCE has an id and a text for each article (outlet, date, title and url are kept when there): JSON lines
    (.jsonl), CSV or TSV (these also .gz, .zst), Parquet, Arrow or Feather. Or it is a text file, a web archive
    (.warc, .wet, also .gz, or a .cdx or .cdxj beside these; needs naskh[warc]), a folder or a quoted pattern of
    any of these, or - for standard input. An article whose id is stored already replaces it; one that did not
    change is skipped. What was committed survives a crash: run the same command again to go on; web archives
    that were finished are not read again. Bad input is rejected one by one, listed at the end and in
    INDEX/rejected.jsonl.
    """
    started = time.perf_counter()
    index = Index(index_path, _settings(no_text, recall, at))
    log = RejectionLog(index_path / REJECTED)
    rejections = Rejections(also=log.write)
    journal = Journal(index_path, EXTRACTION)
    reader = Reader(
        sources,
        fields=fields,
        on_reject=rejections,
        workers=workers,
        is_finished=lambda path: journal.has(path) and not again,
        on_finish=lambda path, opened: journal.finish(path, reader.articles, opened),
    )
    if reader.finished:
        noun = "archive was" if len(reader.finished) == 1 else "archives were"
        click.echo(
            f"{len(reader.finished):,} web {noun} read before and left out; --again reads them again", err=True
        )
    with interruption() as ending, log, reading_batches(reader, "indexing") as articles:
        try:
            report = index.add(
                ending.gently(articles), workers=workers, on_commit=lambda so_far: journal.commit(so_far.durable)
            )
            journal.commit(report.durable)
        except IndexUnwritable as error:
            raise IndexUnwritable(f"{error}{_held(index, ' ')}") from None
        except KeyboardInterrupt:
            _interrupted(index, ending)
    if ending.cut_short:
        _interrupted(index, ending)
    elapsed = time.perf_counter() - started
    click.echo(
        f"{report.added:,} added, {report.replaced:,} replaced, {report.unchanged:,} unchanged"
        f"{' (nothing to do)' if not report.added + report.replaced else ''}; "
        f"{index_path} holds {len(index):,} articles. {elapsed:.1f} s, {report.articles / elapsed:,.0f} articles/s",
        err=True,
    )
    show_losses(reader)
    rejections.show(where=f" in {index_path / REJECTED}")
    if rejections.count:
        raise click.exceptions.Exit(1)


def _held(index: Index, before: str = "") -> str:
    """What an index holds after a run that was cut off; nothing where there is none."""
    try:
        articles = len(index)
    except NaskhError:
        return ""
    return f"{before}{index.path} holds " + (
        f"{articles:,} articles, all of them safe." if articles else "no articles."
    )


def _interrupted(index: Index, ending: Interruption) -> NoReturn:
    click.echo(f"naskh: interrupted. {_held(index)} Run the same command again to go on.", err=True)
    raise click.exceptions.Exit(ending.status) from None


class RejectionLog:
    """The file of rejections: of the last run only, and none when nothing was rejected.

    It is opened at the first rejection, when the writer's lock is held: a run that cannot get it leaves the
    file of the one that has it alone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if self._file is not None:
            # What ended the run says more than that its last rejections could not be written.
            with suppress(OSError) if error else writing(self._path, IndexUnwritable):
                self._file.close()
        elif error is None:
            self._path.unlink(missing_ok=True)

    def write(self, rejection: Rejection) -> None:
        """Add a line."""
        with writing(self._path, IndexUnwritable):
            if self._file is None:
                self._file = self._path.open("wb")
            self._file.write(msgspec.json.encode(rejection) + b"\n")


def _settings(no_text: bool, recall: float | None, at: float | None) -> Settings | None:
    """The settings asked for; None when none were, which takes an existing index as it is."""
    if not no_text and recall is None and at is None:
        return None
    settings = Settings(store_text=not no_text)
    if recall is None and at is None:
        return settings
    try:
        banding = choose_bands(settings.num_perm, jaccard=at or 0.5, recall=recall or 0.996)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return msgspec.structs.replace(settings, bands=banding.bands, rows=banding.rows)
