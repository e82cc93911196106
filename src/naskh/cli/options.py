"""Arguments, options and helpers that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click
import msgspec

from naskh.sources import Reader, Rejection

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

INDEX = click.argument("index_path", metavar="INDEX", type=click.Path(path_type=Path))


def complete_files(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete the name of a file."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


SOURCES = click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, shell_complete=complete_files)
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")

#: Rejections that are shown before the rest is only counted.
SHOWN = 20

#: The formats of files that are written, chosen by how the name ends.
SUFFIXES = (".jsonl", ".parquet")

Mark = Callable[[Callable[..., Any]], Callable[..., Any]]


class Share(click.FloatRange):
    """A number from 0 to 1, which NaN is not, although it is neither below nor above."""

    def __init__(self, *, min_open: bool = True, max_open: bool = False) -> None:
        super().__init__(0.0, 1.0, min_open=min_open, max_open=max_open)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a number."""
        converted = super().convert(value, param, ctx)
        if math.isnan(converted):
            self.fail(f"{value} is no number", param, ctx)
        return converted


def checked_suffix(_: click.Context, __: click.Parameter, output: Path | None) -> Path | None:
    """The name of a file to be written, the format of which is known, in a folder that is there."""
    if output is None:
        return None
    if output.suffix not in SUFFIXES:
        raise click.BadParameter(f"{output} must end in {' or '.join(SUFFIXES)}")
    return checked_folder(_, __, output)


def checked_folder(_: click.Context, __: click.Parameter, output: Path | None) -> Path | None:
    """The name of a file to be written, in a folder that is there."""
    if output is not None and not output.parent.is_dir():
        raise click.BadParameter(f"the folder {output.parent} is not there; make it first")
    return output


def output(text: str, *, check: Callable[..., Path | None] = checked_folder, required: bool = False) -> Mark:
    """The option that says where to write.

    Args:
        text: its help.
        check: what the name must be.
        required: whether there is no other place.

    """
    return click.option(
        "-o",
        "--output",
        metavar="FILE",
        required=required,
        type=click.Path(path_type=Path, dir_okay=False),
        callback=check,
        help=text,
    )


OUTPUT = output("Where to; .jsonl or .parquet chooses the format.", check=checked_suffix, required=True)


def level(text: str) -> Mark:
    """The option that says whether articles or paragraphs are meant; `text` is its help."""
    return click.option(
        "--level", type=click.Choice(["article", "paragraph"]), default="article", show_default=True, help=text
    )


def _parse_map(_: click.Context, __: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    fields = {}
    for pair in pairs:
        target, equals, name = pair.partition("=")
        if not equals or not target or not name:
            raise click.BadParameter(f"{pair!r} is not FIELD=NAME, such as text=content")
        fields[target] = name
    return fields


MAP: Mark = click.option(
    "--map",
    "fields",
    metavar="FIELD=NAME",
    multiple=True,
    callback=_parse_map,
    help="Read FIELD (id, text, outlet, date, title, url) from the input's NAME. Repeatable.",
)


class Rejections:
    """Counts rejections and keeps the first for showing, or all where nothing else (`also`) takes them."""

    def __init__(self, also: Callable[[Rejection], None] | None = None) -> None:
        self.count = 0
        self._first: list[Rejection] = []
        self._also = also

    def __call__(self, rejection: Rejection) -> None:
        """Take in one rejection."""
        self.count += 1
        if self._also is None or len(self._first) < SHOWN:
            self._first.append(rejection)
        if self._also is not None:
            self._also(rejection)

    def show(self, where: str = "") -> None:
        """List the first ones on standard error, and say where the others are."""
        if not self.count:
            return
        click.echo(f"{self.count:,} rejected:", err=True)
        for rejection in self._first:
            click.echo(f"  {printable(str(rejection))}", err=True)
        if self.count > len(self._first):
            click.echo(f"  and {self.count - len(self._first):,} more{where}", err=True)


def finish(reader: Reader, rejections: Rejections) -> None:
    """End a command that only read: list what was rejected, and exit with 1 if anything was."""
    show_losses(reader)
    rejections.show()
    if rejections.count:
        raise click.exceptions.Exit(1)


class Losses(Protocol):
    """What counts what gave no article, or not all of it; see `Reader`."""

    @property
    def unreadable_dates(self) -> int:
        """Of articles."""

    @property
    def passed_over(self) -> Mapping[str, int]:
        """Of records, by kind."""


def show_losses(losses: Losses) -> None:
    """Say what gave no article, or not all of it, without being wrong."""
    if losses.unreadable_dates:
        click.echo(f"{losses.unreadable_dates:,} dates could not be read and are null", err=True)
    if losses.passed_over:
        most_first = sorted(losses.passed_over.items(), key=lambda each: -each[1])
        counts = ", ".join(f"{count:,} {kind}" for kind, count in most_first)
        click.echo(f"passed over in web archives: {counts}", err=True)


def print_json(value: msgspec.Struct) -> None:
    """One JSON object on one line of standard output."""
    click.echo(msgspec.json.encode(value))


def printable(text: str) -> str:
    """The text with control characters made visible: a crawled title must not steer the terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
