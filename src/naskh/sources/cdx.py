"""Lists of the records in web archives, CDX and CDXJ: the pages in them are read where the lists say they are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from naskh.sources.jsonlines import whole_lines
from naskh.sources.warc import NOT_200, NOT_HTML, REVISIT, Broken, Found, PassedOver, is_html, record_at

#: What the letters of a CDX header stand for, of those that are needed, and the header of files without one.
_LETTERS = {"m": "mime", "s": "status", "V": "offset", "g": "filename", "a": "url"}
_USUAL = "N b a m s k r M S V g"

#: Archives that are held open.
_OPEN = 16
_LINE_BYTES = 1 << 20


class Line(msgspec.Struct, frozen=True):
    """What a line says of a record; numbers may stand there as strings."""

    filename: str
    offset: int
    status: str | int | None = None
    mime: str | None = None
    url: str | None = None


class BadLine(ValueError):
    """A line names no record."""


class CdxFile:
    """Reads one list. `line` is the last line that was read.

    Args:
        path: of the list; archives are named from its folder on.
        most: see `naskh.sources.warc.records`.

    Attributes:
        is_complete: all archives that were named could be opened.

    """

    def __init__(self, path: Path, most: int) -> None:
        self.line = 0
        self.is_complete = True
        self._folder = path.parent
        self._most = most
        self._letters = _USUAL.split()
        self._open: OrderedDict[str, BinaryIO] = OrderedDict()

    def records(self, chunks: Iterable[bytes]) -> Iterator[Found]:
        """What the records hold, in the order of the list. Raises UnreadableFile where `chunks` does."""
        try:
            for block in whole_lines(chunks, _LINE_BYTES):
                for line in block.split(b"\n"):
                    self.line += 1
                    yield from self._record(line)
        finally:
            for file in self._open.values():
                file.close()

    def _record(self, raw: bytes) -> Iterator[Found]:
        line = raw.decode("utf-8", "replace").strip()
        if not line or line.startswith("!"):
            return
        if line.startswith("CDX "):
            self._letters = line.split()[1:]
            return
        try:
            said = self._said(line)
        except BadLine as error:
            yield Broken(None, f"line {self.line}: {error}")
            return
        if said.mime == "warc/revisit":
            yield PassedOver(REVISIT)
        elif str(said.status) != "200":
            yield PassedOver(NOT_200)
        elif not is_html(said.mime):
            yield PassedOver(NOT_HTML)
        else:
            try:
                file = self._file(said.filename)
            except OSError as error:
                self.is_complete = False
                yield Broken(said.url, f"line {self.line}: {said.filename}: {error.strerror}")
                return
            yield from record_at(file, said.offset, self._most)

    def _said(self, line: str) -> Line:
        try:
            if line.endswith("}"):
                return msgspec.json.decode(line[line.index("{") :], type=Line, strict=False)
            fields = line.split()
            if len(fields) != len(self._letters):
                raise BadLine(f"{len(fields)} fields, not {len(self._letters)}")
            named = dict(zip(self._letters, fields, strict=True))
            return msgspec.convert(
                {name: named[letter] for letter, name in _LETTERS.items() if letter in named}, Line, strict=False
            )
        except (msgspec.DecodeError, msgspec.ValidationError, ValueError) as error:
            raise error if isinstance(error, BadLine) else BadLine(f"names no record: {error}") from error

    def _file(self, name: str) -> BinaryIO:
        """An archive, open; by its name alone where it is not at the path that the list has. Raises OSError."""
        if name in self._open:
            self._open.move_to_end(name)
            return self._open[name]
        try:
            file = (self._folder / name).open("rb")
        except FileNotFoundError:
            file = (self._folder / Path(name).name).open("rb")
        self._open[name] = file
        if len(self._open) > _OPEN:
            with suppress(OSError):
                self._open.popitem(last=False)[1].close()
        return file
