"""Articles from JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from xxhash import xxh3_64_intdigest

from naskh.article import Article
from naskh.sources.dates import iso_date
from naskh.sources.encoding import UTF8_BOM
from naskh.sources.records import LINE_ERRORS, Record, RecordDecoder, incomplete
from naskh.sources.rejection import UnreadableFile, empty_or_blank, readable_size

if TYPE_CHECKING:
    import pyarrow as pa

#: So much of an id is shown in a reason.
_SHOWN_ID = 100

#: Called with the number of the line, the id where it is known, and the reason.
Reject = Callable[[int, str | None, str], None]


class Given(NamedTuple):
    """An article, and the JSON line that it was read from; None where it was no JSON."""

    article: Article
    line: bytes | None


def whole_lines(chunks: Iterable[bytes], keep_bytes: int) -> Iterator[bytes]:
    r"""Yield `chunks` cut into blocks of whole lines, without the last "\n" and a byte order mark at the start.

    Of each line only the first `keep_bytes` bytes are kept, so that memory stays within that and a chunk.
    When `chunks` raises UnreadableFile in the middle of a line, that line comes out if it looks whole.
    """
    line = _PartialLine(keep_bytes)
    mark = UTF8_BOM
    try:
        for chunk in chunks:
            first, last = chunk.find(b"\n"), chunk.rfind(b"\n")
            if first < 0:
                line.add(chunk)
                continue
            line.add(chunk[:first])
            yield b"".join((line.take().removeprefix(mark), memoryview(chunk)[first:last]))
            mark = b""
            line.add(chunk[last + 1 :])
    except UnreadableFile:
        rest = line.take().removeprefix(mark)
        if rest.rstrip().endswith(b"}"):
            yield rest
        raise
    rest = line.take().removeprefix(mark)
    if rest:
        yield rest


class JsonLines:
    """Reads the lines of one file. `line` is the last line read, `unreadable_dates` counts dates given up.

    `reject` is told of each line that gives no article. A `strict` file is given up, with UnreadableFile,
    when its first line is not a whole JSON object: it is one document over many lines.
    """

    def __init__(
        self,
        decoder: RecordDecoder,
        reject: Reject,
        *,
        max_article_bytes: int,
        strict: bool = False,
        unique_ids: bool = True,
    ) -> None:
        self.line = 0
        self.unreadable_dates = 0
        self._decoder = decoder
        self._reject = reject
        self._max_article_bytes = max_article_bytes
        self._strict = strict
        self._unique_ids = unique_ids
        self._first = True
        # Ids as 64-bit hashes: about 110 bytes an article, whatever the length of its id. Two ids of
        # one file in ten million are taken for one with a chance of 3 in a million.
        self._lines_by_id: dict[int, int] = {}

    def articles(self, chunks: Iterable[bytes]) -> Iterator[Article]:
        """Yield the articles of the file. Raises UnreadableFile where `chunks` does."""
        for given in self.given(chunks):
            yield given.article

    def given(self, chunks: Iterable[bytes]) -> Iterator[Given]:
        """Yield the articles of the file with their lines. Raises UnreadableFile where `chunks` does."""
        for block in whole_lines(chunks, self._max_article_bytes + 1):
            yield from self._one_by_one(block)

    def batches(self, chunks: Iterable[bytes]) -> Iterator[pa.RecordBatch]:
        """Yield the same in batches, a chunk each, and much faster. Raises UnreadableFile where `chunks` does."""
        from naskh.columns import article_batch

        for block in whole_lines(chunks, self._max_article_bytes + 1):
            batch = self._at_once(block)
            if batch is None:
                batch = article_batch([given.article for given in self._one_by_one(block)])
            if len(batch):
                yield batch

    def _one_by_one(self, block: bytes) -> Iterator[Given]:
        for line in block.split(b"\n"):
            self.line += 1
            try:
                article = self._article(line)
            except _BadLine as bad:
                self._reject(self.line, bad.id, bad.reason)
                continue
            if article is not None:
                yield Given(article, line)

    def _at_once(self, block: bytes) -> pa.RecordBatch | None:
        """The articles of a block in which nothing is wrong but blank texts; None if it is to be read by line."""
        import pyarrow as pa

        from naskh.sources.bulk import decode_block

        found = None if len(block) > self._max_article_bytes else decode_block(self._decoder, block)
        if found is None:
            return None
        articles = found.articles
        ids = articles.column("id").to_pylist()
        hashes = [xxh3_64_intdigest(id_.encode()) for id_ in ids] if self._unique_ids else []
        if len(set(hashes)) != len(hashes) or not self._lines_by_id.keys().isdisjoint(hashes):
            return None
        first = self.line + 1
        blank = []
        for row in found.may_be_blank:
            text = articles.column("text")[row].as_py()
            if not text or text.isspace():
                self._reject(first + row, ids[row], self._blank("text", text))
                blank.append(row)
        self.line += len(ids)
        self._first = False
        self._lines_by_id.update(zip(hashes, range(first, first + len(hashes)), strict=True))
        for row in blank:
            if hashes:
                del self._lines_by_id[hashes[row]]
        self.unreadable_dates += len(set(found.unreadable_dates).difference(blank))
        if not blank:
            return articles
        kept = pa.array([row for row in range(len(ids)) if row not in blank], pa.int64())
        return articles.take(kept)

    def _article(self, line: bytes) -> Article | None:
        """Return the article of a line, None for a blank one. Raises _BadLine."""
        if len(line) > self._max_article_bytes:
            raise _BadLine(f"line longer than {readable_size(self._max_article_bytes)}")
        try:
            record = self._decoder.decode(line)
        except LINE_ERRORS as error:
            if not line or line.isspace():
                return None
            raise self._explained(line, error) from error
        self._first = False
        id_ = record.id if isinstance(record.id, str) else str(record.id)
        if not id_ or id_.isspace():
            raise _BadLine(self._blank("id", id_), id_)
        if not record.text or record.text.isspace():
            raise _BadLine(self._blank("text", record.text), id_)
        if self._unique_ids:
            first = self._lines_by_id.setdefault(xxh3_64_intdigest(id_.encode()), self.line)
        else:
            first = self.line
        if first != self.line:
            shown = id_ if len(id_) <= _SHOWN_ID else id_[:_SHOWN_ID] + "…"
            raise _BadLine(f"duplicate id {shown!r}, first on line {first}", id_)
        return Article(
            id=id_,
            text=record.text,
            outlet=str(record.outlet) if isinstance(record.outlet, int) else record.outlet,
            date=self._date(record),
            title=record.title,
            url=record.url,
        )

    def _blank(self, field: str, value: str) -> str:
        return f"field {self._decoder.named(field)} is {empty_or_blank(value)}"

    def _date(self, record: Record) -> str | None:
        if record.date is None:
            return None
        try:
            return iso_date(record.date)
        except ValueError:
            self.unreadable_dates += 1
            return None

    def _explained(self, line: bytes, error: Exception) -> _BadLine:
        hint = incomplete(line) if self._first else None
        if hint is not None and self._strict:
            raise UnreadableFile(hint, line=self.line)
        self._first = False
        reason, id_ = self._decoder.explain(line, error)
        return _BadLine(hint or reason, id_)


class _BadLine(Exception):
    """The line gives no article; `id` is None where it could not be read."""

    def __init__(self, reason: str, id_: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.id = id_


class _PartialLine:
    """The pieces of a line that goes over several chunks, up to a number of bytes."""

    def __init__(self, keep_bytes: int) -> None:
        self._keep_bytes = keep_bytes
        self._room = keep_bytes
        self._pieces: list[bytes] = []

    def add(self, piece: bytes) -> None:
        if self._room and piece:
            self._pieces.append(piece[: self._room])
            self._room = max(0, self._room - len(piece))

    def take(self) -> bytes:
        """Return the line and start the next one."""
        line = b"".join(self._pieces)
        self._pieces.clear()
        self._room = self._keep_bytes
        return line
