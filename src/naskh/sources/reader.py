"""The reader: articles one by one, from any mixture of sources."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from naskh.article import Article
from naskh.sources.jsonlines import Given, JsonLines
from naskh.sources.locate import SourceFile, locate, printable
from naskh.sources.records import RecordDecoder
from naskh.sources.rejection import Rejection, UnreadableFile
from naskh.sources.streams import (
    BULK_CHUNK_BYTES,
    CHUNK_BYTES,
    CountedFile,
    cannot_be_read,
    counted,
    counted_pipe,
    read_ahead,
    read_chunks,
)
from naskh.sources.textfiles import looks_like_json_lines, read_text

if TYPE_CHECKING:
    import pyarrow as pa

#: What lines are read as: articles, these with their lines, or batches of them.
Item = TypeVar("Item", "Article", "Given", "pa.RecordBatch")

# A long news article is 100 KB, the whole Bible 5 MB. More than this on one line is another kind of file
# (a corpus as one array, something binary); reading holds a line of this length about three times over.
MAX_ARTICLE_BYTES = 64 * 1024 * 1024


class Reader:
    """The articles of `sources`, in order, each read when it is asked for.

    Raises SourceError at once, before anything is read, for a source that does not exist or is of another
    kind, for a folder with nothing to read, and for an unknown name in `fields`.

    A second iteration reads the sources again and counts anew. Ids are checked for duplicates within each
    file, not across files.

    Args:
        sources: paths of .jsonl, .ndjson or .json files (one JSON object a line; .gz and .zst are unpacked),
            of .txt files (one article each, its id the file name) and of folders of .txt, .jsonl and .ndjson
            (at any depth, hidden ones left out, in the order of their paths; the id of a text is its path
            within the folder); "-" is standard input, JSON lines when it begins with "{", else one text.
        fields: names of the fields in JSON lines that differ, as {"text": "content"}.
        on_reject: told of every line or file that gives no article; reading goes on after it.
        stdin: what "-" reads, instead of the standard input of the process.
        unique_ids: reject a line whose id another line of its file has.
        max_article_bytes: a longer line or text file is rejected, without ever being held whole.
        chunk_bytes: how much is read and unpacked at a time.

    Attributes:
        total_bytes: the size of all files on disk, None when standard input is among them.
        articles, rejected, unreadable_dates: counts so far (an unreadable date is None in its article).

    """

    def __init__(
        self,
        sources: Sequence[str | os.PathLike[str]],
        *,
        fields: Mapping[str, str] | None = None,
        on_reject: Callable[[Rejection], None] | None = None,
        stdin: BinaryIO | None = None,
        unique_ids: bool = True,
        max_article_bytes: int = MAX_ARTICLE_BYTES,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        if isinstance(sources, str | os.PathLike):
            raise TypeError("sources is a list of paths, not one path")
        if max_article_bytes < 1 or chunk_bytes < 1:
            raise ValueError("max_article_bytes and chunk_bytes are at least 1")
        self._decoder = RecordDecoder(fields)
        located = locate([os.fspath(source) for source in sources])
        self._files = located.files
        self._unlisted = located.rejections
        self._on_reject = on_reject
        self._unique_ids = unique_ids
        self._stdin = stdin
        self._max_article_bytes = max_article_bytes
        self._chunk_bytes = chunk_bytes
        sizes = [file.size for file in self._files if file.kind != "stdin"]
        self.total_bytes: int | None = sum(sizes) if len(sizes) == len(self._files) else None
        self._start()

    def _start(self) -> None:
        self.articles = 0
        self.rejected = 0
        self.unreadable_dates = 0
        self._finished_bytes = 0
        self._current: tuple[SourceFile, CountedFile] | None = None

    def _begin(self) -> None:
        self._start()
        for rejection in self._unlisted:
            self._reject(rejection)

    @property
    def bytes_read(self) -> int:
        """The part of `total_bytes` gone through; in a compressed file, the position before unpacking."""
        if self._current is None:
            return self._finished_bytes
        source, file = self._current
        position = file.position if source.kind == "stdin" else min(file.position, source.size)
        return self._finished_bytes + position

    def __iter__(self) -> Iterator[Article]:
        self._begin()
        for source in self._files:
            for article in self._read(source, JsonLines.articles, self._chunk_bytes):
                self.articles += 1
                yield article

    def reads(self, path: Path) -> bool:
        """Whether a file is among those that are read."""
        return path.exists() and any(
            path.samefile(file.path) for file in self._files if file.kind != "stdin" and Path(file.path).exists()
        )

    def given(self) -> Iterator[Given]:
        """The same articles, each with the JSON line that it was read from."""
        self._begin()
        for source in self._files:
            for item in self._read(source, JsonLines.given, self._chunk_bytes):
                self.articles += 1
                yield item if isinstance(item, Given) else Given(item, None)

    def with_text(self, line: bytes, text: str) -> bytes:
        """The JSON line of an article with another text in the field that texts are read from."""
        return self._decoder.with_text(line, text)

    def as_line(self, article: Article) -> bytes:
        """The JSON line that an article would have been read from, with its id and its text."""
        return self._decoder.as_line(article.id, article.text)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The same articles in batches of some hundreds, see `naskh.columns.ARTICLES`: some times as fast.

        What arrives on a pipe comes out at once here too.
        """
        from naskh.columns import in_batches

        self._begin()
        chunk_bytes = max(self._chunk_bytes, BULK_CHUNK_BYTES)
        read = (item for source in self._files for item in self._read(source, JsonLines.batches, chunk_bytes))
        for batch in in_batches(read):
            self.articles += len(batch)
            yield batch

    def _read(
        self, source: SourceFile, lines: Callable[[JsonLines, Iterator[bytes]], Iterator[Item]], chunk_bytes: int
    ) -> Iterator[Item | Article]:
        """Yield what one file holds; a problem with the whole file becomes a rejection."""
        try:
            with self._open(source) as raw:
                is_pipe = source.kind == "stdin"
                file = counted_pipe(raw) if is_pipe else counted(raw, source.compression, source.path)
                self._current = source, file
                chunks = read_chunks(file, source.compression, chunk_bytes)
                if lines is JsonLines.batches and source.kind in ("lines", "json"):
                    with closing(read_ahead(chunks)) as chunks:
                        yield from self._articles(source, chunks, lines)
                else:
                    yield from self._articles(source, chunks, lines)
        except UnreadableFile as error:
            id_ = printable(source.id) if source.kind == "text" else None
            self._reject(Rejection(file=source.shown, line=error.line, id=id_, reason=error.reason))
        self._finished_bytes = self.bytes_read if source.kind == "stdin" else self._finished_bytes + source.size
        self._current = None

    def _open(self, source: SourceFile) -> AbstractContextManager[BinaryIO]:
        if source.kind == "stdin":
            if self._stdin is None and sys.stdin is None:
                raise UnreadableFile("standard input is closed")
            return nullcontext(sys.stdin.buffer if self._stdin is None else self._stdin)
        try:
            return Path(source.path).open("rb")
        except OSError as error:
            raise cannot_be_read(error) from error

    def _articles(
        self,
        source: SourceFile,
        chunks: Iterator[bytes],
        lines: Callable[[JsonLines, Iterator[bytes]], Iterator[Item]],
    ) -> Iterator[Item | Article]:
        is_text = source.kind == "text"
        if source.kind == "stdin":
            is_json, chunks = looks_like_json_lines(chunks)
            is_text = not is_json
        if is_text:
            yield read_text(chunks, source.id, self._max_article_bytes)
        else:
            yield from self._json_lines(source, chunks, lines)

    def _json_lines(
        self,
        source: SourceFile,
        chunks: Iterator[bytes],
        read: Callable[[JsonLines, Iterator[bytes]], Iterator[Item]],
    ) -> Iterator[Item]:
        def reject(line: int, id_: str | None, reason: str) -> None:
            self._reject(Rejection(file=source.shown, line=line, id=id_, reason=reason))

        lines = JsonLines(
            self._decoder,
            reject,
            max_article_bytes=self._max_article_bytes,
            strict=source.kind == "json",
            unique_ids=self._unique_ids,
        )
        before = self.unreadable_dates
        try:
            for item in read(lines, chunks):
                self.unreadable_dates = before + lines.unreadable_dates
                yield item
        except UnreadableFile as error:
            raise UnreadableFile(error.reason, line=error.line or lines.line or None) from error

    def _reject(self, rejection: Rejection) -> None:
        self.rejected += 1
        if self._on_reject is not None:
            self._on_reject(rejection)
