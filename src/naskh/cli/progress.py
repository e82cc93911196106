"""Progress on standard error: how far, how fast, how long still. Silent where that is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from naskh.article import Article
from naskh.sources import Given, Reader

if TYPE_CHECKING:
    import pyarrow as pa

Item = TypeVar("Item")

#: Articles between two updates of the bar.
_STEP = 64


@contextmanager
def share_done(description: str) -> Iterator[Callable[[float], None]]:
    """A bar for work whose done share (0 to 1) is reported to the yielded function, with the time that is left."""
    with phases_done(description, is_one=True) as update:
        yield lambda share: update(description, share)


@contextmanager
def phases_done(first: str, *, is_one: bool = False) -> Iterator[Callable[[str, float], None]]:
    """As `share_done`, for work in phases: the yielded function is told which, and the share of it that is done."""
    if not sys.stderr.isatty():
        yield lambda phase, share: None  # noqa: ARG005
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    left = (TimeRemainingColumn(),) if is_one else ()
    with Progress(*columns, *left, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(first, total=1.0)
        yield lambda phase, share: bar.update(task, description=phase, completed=share)


@contextmanager
def reading(reader: Reader, description: str, *, results_follow: bool = False) -> Iterator[Iterator[Article]]:
    """The articles of a reader behind a bar with their number, rate and the time left.

    Where `results_follow` on standard output and that is a terminal, they show the progress, and there is no bar.
    """
    with _bar(reader, description, shown=not (results_follow and sys.stdout.isatty())) as update:
        yield _followed(reader, update, lambda: reader.articles % _STEP == 0)


@contextmanager
def reading_given(reader: Reader, description: str, *, results_follow: bool = False) -> Iterator[Iterator[Given]]:
    """As `reading`, with the lines that the articles were read from."""
    with _bar(reader, description, shown=not (results_follow and sys.stdout.isatty())) as update:
        yield _followed(reader.given(), update, lambda: reader.articles % _STEP == 0)


@contextmanager
def reading_batches(reader: Reader, description: str) -> Iterator[Iterator[pa.RecordBatch]]:
    """As `reading`, in batches."""
    with _bar(reader, description) as update:
        yield _followed(reader.batches(), update, lambda: True)


def _followed(items: Iterable[Item], update: Callable[[], None], is_due: Callable[[], bool]) -> Iterator[Item]:
    for item in items:
        yield item
        if is_due():
            update()


@contextmanager
def _bar(reader: Reader, description: str, *, shown: bool = True) -> Iterator[Callable[[], None]]:
    """A bar that a call brings up to date."""
    if not shown or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[articles]:,} articles"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(description, total=reader.total_bytes, articles=0, rate=0.0)

        def update() -> None:
            elapsed = bar.tasks[task].elapsed or 1.0
            bar.update(task, completed=reader.bytes_read, articles=reader.articles, rate=reader.articles / elapsed)

        yield update
