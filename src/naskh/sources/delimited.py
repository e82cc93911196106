"""Articles from CSV and TSV: a header with the names of the columns, then a record an article (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from naskh.article import Article
from naskh.sources.checks import BadRecord, Checks
from naskh.sources.encoding import not_utf8
from naskh.sources.jsonlines import whole_lines
from naskh.sources.records import REQUIRED, FieldNames, listed
from naskh.sources.rejection import UnreadableFile, readable_size

if TYPE_CHECKING:
    from naskh.sources.jsonlines import Reject

_QUOTE = '"'
#: What Python calls the faults of a record, and what is said of them.
_FAULTS = {
    "unexpected end of data": "a quote that is opened here is not closed",
    "new-line character seen": "a carriage return outside of quotes",
    "expected after": "a quote is closed in the middle of a field; a quote inside of quotes is written twice",
}


class Row(NamedTuple):
    """The fields of one record."""

    id: str
    text: str
    outlet: str | None
    date: str | None
    title: str | None
    url: str | None


class DelimitedFile:
    """Reads the records of one file.

    A record is named by its first line. An empty field is null. Where the names in the header are not separated
    as the name of the file says, but by semicolons or tabs, all records are.

    Args:
        names: where the fields are read from.
        reject: told of each record that gives no article.
        delimiter: between two fields.
        max_article_bytes: a record of more characters is rejected, without ever being held whole.
        unique_ids: reject a record whose id another one has.

    """

    def __init__(
        self,
        names: FieldNames,
        reject: Reject,
        *,
        delimiter: str,
        max_article_bytes: int,
        unique_ids: bool = True,
    ) -> None:
        self._names = names
        self._reject = reject
        self._delimiter = delimiter
        self._max_article_bytes = max_article_bytes
        self._checks = Checks(names, "column {}", "on line", unique_ids=unique_ids)
        self._lines: _Lines | None = None

    @property
    def line(self) -> int:
        """The last line that was read."""
        return self._lines.line if self._lines else 0

    @property
    def unreadable_dates(self) -> int:
        """How many dates were given up so far."""
        return self._checks.unreadable_dates

    def articles(self, chunks: Iterable[bytes]) -> Iterator[Article]:
        """Yield the articles of the file. Raises UnreadableFile where `chunks` does, and for a bad header."""
        if csv.field_size_limit() < self._max_article_bytes:  # of the whole process, 128 KiB at first
            csv.field_size_limit(self._max_article_bytes)
        lines = self._lines = _Lines(chunks, self._max_article_bytes)
        try:
            header = next(lines, "")
        except BadRecord as bad:
            raise UnreadableFile(f"no names of columns: {bad.reason}", line=1) from bad
        if not header.strip():
            raise UnreadableFile("the first line is blank; it must name the columns")
        delimiter = _delimiter(header, self._delimiter)
        try:
            columns = next(csv.reader([header], delimiter=delimiter))
        except csv.Error as error:
            raise UnreadableFile(
                f"the names of the columns cannot be read: {_fault(str(error))}", line=1
            ) from error
        places = self._places(columns)
        records = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            lines.begin()
            try:
                record = next(records, None)
                if record is None:
                    return
                if record:
                    yield self._article(lines, record, places, len(columns))
            except csv.Error as error:
                self._reject(lines.first, None, _fault(str(error)))
            except BadRecord as bad:
                self._reject(lines.first, bad.id, bad.reason)
                lines.skip()

    def _places(self, columns: list[str]) -> dict[str, int]:
        """Where each field stands in a record."""
        found = {}
        for name, key in self._names.of.items():
            if columns.count(key) > 1:
                raise UnreadableFile(f"column {self._names.named(name)} stands there {columns.count(key)} times")
            if key in columns:
                found[name] = columns.index(key)
            elif name in REQUIRED or name in self._names.asked:
                raise UnreadableFile(
                    f"no column {self._names.named(name)}; the columns are: {listed(columns)}", line=1
                )
        return found

    def _article(self, lines: _Lines, record: list[str], places: dict[str, int], columns: int) -> Article:
        if lines.not_utf8 is not None:
            raise BadRecord(lines.not_utf8)
        if len(record) != columns:
            raise BadRecord(f"{len(record)} fields, but the header has {columns}")
        fields: dict[str, str | None] = dict.fromkeys(Row._fields)
        for name, at in places.items():
            fields[name] = record[at] if name in REQUIRED else record[at] or None
        return self._checks.article(Row(**fields), lines.first)  # type: ignore[arg-type]


class _Lines:
    """The lines of a file, of one record after the other.

    Attributes:
        line: the number of the last line.
        first: the number of the first line of the record that is being read.
        not_utf8: what is wrong with a line of it that is not UTF-8.

    """

    def __init__(self, chunks: Iterable[bytes], most: int) -> None:
        self.line = 0
        self._most = most
        self._lines = self._decoded(chunks)
        self._dropped_quotes = 0
        self.begin()

    def begin(self) -> None:
        """Begin a record."""
        self.first = self.line + 1
        self.not_utf8: str | None = None
        self._held = 0
        self._quotes = 0

    def skip(self) -> None:
        """Go on to the end of a record that is too long: it is not where the number of quotes is odd."""
        while self._held > self._most and self._quotes % 2 and (line := next(self._lines, None)) is not None:
            self._quotes += line.count(_QUOTE)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._held += len(line)
        self._quotes += line.count(_QUOTE)
        if self._held > self._most:
            raise BadRecord(f"record longer than {readable_size(self._most)}")
        return line

    def _decoded(self, chunks: Iterable[bytes]) -> Iterator[str]:
        for block in whole_lines(chunks, self._most + 1, self._count_dropped):
            self._quotes += self._dropped_quotes  # they are of its first line, which is too long
            self._dropped_quotes = 0
            try:
                lines: Iterable[str] = block.decode().split("\n")
            except UnicodeDecodeError:
                lines = map(self._replaced, block.split(b"\n"))
            for line in lines:
                self.line += 1
                yield line + "\n"

    def _count_dropped(self, rest: bytes) -> None:
        self._dropped_quotes += rest.count(_QUOTE.encode())

    def _replaced(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            self.not_utf8 = not_utf8(line, error.start, error.start + 1)
            return line.decode(errors="replace")


def _delimiter(header: str, expected: str) -> str:
    """What separates the names in the header."""
    return next((mark for mark in (expected, ";", "\t", ",") if mark in header), expected)


def _fault(said: str) -> str:
    return next((fault for words, fault in _FAULTS.items() if words in said), said)
