"""Lists of the records in web archives, CDX and CDXJ: the pages in them are read where the lists say they are."""

from __future__ import annotations

import errno
import os
import stat
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Annotated, BinaryIO

import msgspec

from naskh.sources.jsonlines import whole_lines
from naskh.sources.warc import NOT_200, NOT_HTML, REVISIT, Broken, Found, PassedOver, is_html, record_at

#: What the letters of a CDX header stand for, of those that are needed, and the header of files without one.
_LETTERS = {"m": "mime", "s": "status", "V": "offset", "g": "filename", "a": "url"}
_USUAL = "N b a m s k r M S V g"

#: Archives that are held open.
_OPEN = 16
_LINE_BYTES = 1 << 20
#: So much of the name of an archive is shown in a reason.
_SHOWN_NAME = 200


class Line(msgspec.Struct, frozen=True):
    """What a line says of a record; numbers may stand there as strings."""

    filename: str
    offset: Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
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
        is_complete: all archives that were named could be read.
        opened: these, as they were when they were opened.

    """

    def __init__(self, path: Path, most: int) -> None:
        self.line = 0
        self.is_complete = True
        self.opened: dict[Path, os.stat_result] = {}
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
                yield from record_at(self._file(said.filename), said.offset, self._most)
            except (OSError, ValueError) as error:  # a NUL in a name, say, is a ValueError
                self.is_complete &= isinstance(error, ValueError)
                shown = said.filename[:_SHOWN_NAME]
                yield Broken(said.url, f"line {self.line}: {shown}: {getattr(error, 'strerror', None) or error}")

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
        except (ValueError, RecursionError) as error:  # a DecodeError is a ValueError
            raise error if isinstance(error, BadLine) else BadLine(f"names no record: {error}") from error

    def _file(self, name: str) -> BinaryIO:
        """An archive, open; by its name alone where it is not at the path that the list has.

        A list names what is in its folder or below, so that one from elsewhere has no other files read.

        Raises:
            OSError: it cannot be opened, or is no regular file (a pipe would block).
            ValueError: this cannot be its name.

        """
        if name in self._open:
            self._open.move_to_end(name)
            return self._open[name]
        named = PurePosixPath(name)
        if named.is_absolute() or ".." in named.parts:
            raise ValueError("a list names archives from its own folder on, without ..")
        path = self._folder / named
        if not path.exists():
            path = self._folder / named.name
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(errno.EINVAL, "no regular file")
        file = path.open("rb")
        self.opened.setdefault(path, os.fstat(file.fileno()))
        self._open[name] = file
        if len(self._open) > _OPEN:
            with suppress(OSError):
                self._open.popitem(last=False)[1].close()
        return file
