"""Articles from JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from naskh.article import Article
from naskh.sources.checks import BadRecord, Checks, is_blank
from naskh.sources.encoding import UTF8_BOM
from naskh.sources.records import LINE_ERRORS, RecordDecoder, incomplete
from naskh.sources.rejection import UnreadableFile, readable_size

if TYPE_CHECKING:
    import pyarrow as pa

#: Called with the number of the line or row, the id where it is known, and the reason.
Reject = Callable[[int | None, str | None, str], None]


class Given(NamedTuple):
    """An article, and the JSON line that it was read from; None where it was no JSON."""

    article: Article
    line: bytes | None


def whole_lines(
    chunks: Iterable[bytes], keep_bytes: int, dropped: Callable[[bytes], None] | None = None
) -> Iterator[bytes]:
    r"""Yield `chunks` cut into blocks of whole lines, without the last "\n" and a byte order mark at the start.

    Of each line only the first `keep_bytes` bytes are kept, so that memory stays within that and a chunk. `dropped`
    is told of the others, which are of the first line of the block that comes out next.
    When `chunks` raises UnreadableFile in the middle of a line, that line comes out if it looks whole.
    """
    line = _PartialLine(keep_bytes, dropped)
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
    """Reads the lines of one file. `line` is the last line read.

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
        self._decoder = decoder
        self._reject = reject
        self._max_article_bytes = max_article_bytes
        self._strict = strict
        self._checks = Checks(decoder.fields, "field {}", "on line", unique_ids=unique_ids)
        self._first = True

    @property
    def unreadable_dates(self) -> int:
        """How many dates were given up so far."""
        return self._checks.unreadable_dates

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
            except BadRecord as bad:
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
        first = self.line + 1
        blank = {row: text for row in found.may_be_blank if is_blank(text := articles.column("text")[row].as_py())}
        kept = [row for row in range(len(ids)) if row not in blank]
        if not self._checks.take([ids[row] for row in kept], [first + row for row in kept]):
            return None
        for row, text in blank.items():
            self._reject(first + row, ids[row], self._checks.blank("text", text))
        self.line += len(ids)
        self._first = False
        self._checks.unreadable_dates += len(set(found.unreadable_dates).difference(blank))
        return articles.take(pa.array(kept, pa.int64())) if blank else articles

    def _article(self, line: bytes) -> Article | None:
        """Return the article of a line, None for a blank one. Raises BadRecord."""
        if len(line) > self._max_article_bytes:
            raise BadRecord(f"line longer than {readable_size(self._max_article_bytes)}")
        try:
            record = self._decoder.decode(line)
        except LINE_ERRORS as error:
            if not line or line.isspace():
                return None
            raise self._explained(line, error) from error
        self._first = False
        return self._checks.article(record, self.line)

    def _explained(self, line: bytes, error: Exception) -> BadRecord:
        hint = incomplete(line) if self._first else None
        if hint is not None and self._strict:
            raise UnreadableFile(hint, line=self.line)
        self._first = False
        reason, id_ = self._decoder.explain(line, error)
        return BadRecord(hint or reason, id_)


class _PartialLine:
    """The pieces of a line that goes over several chunks, up to a number of bytes."""

    def __init__(self, keep_bytes: int, dropped: Callable[[bytes], None] | None) -> None:
        self._keep_bytes = keep_bytes
        self._room = keep_bytes
        self._dropped = dropped
        self._pieces: list[bytes] = []

    def add(self, piece: bytes) -> None:
        if self._room and piece:
            self._pieces.append(piece[: self._room])
        if self._dropped is not None and len(piece) > self._room:
            self._dropped(piece[self._room :])
        self._room = max(0, self._room - len(piece))

    def take(self) -> bytes:
        """Return the line and start the next one."""
        line = b"".join(self._pieces)
        self._pieces.clear()
        self._room = self._keep_bytes
        return line
