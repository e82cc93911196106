"""The reader: articles one by one, from any mixture of sources."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar

from naskh.article import Article
from naskh.errors import SourceError
from naskh.sources.jsonlines import Given, JsonLines, Reject
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

    from naskh.sources.extraction import Extractors
    from naskh.sources.warc import ArchiveFile

#: Kinds of which more is read than their bytes from the first to the last.
BINARY_KINDS = ("parquet", "arrow", "warc")

#: Kinds that cost much to read, so that one which was read need not be read again.
DEAR_KINDS = ("warc", "cdx")


class Numbered(Protocol):
    """What reads a file record by record."""

    @property
    def line(self) -> int:
        """The number of the last record, or line, that was read."""

    @property
    def unreadable_dates(self) -> int:
        """How many dates were given up so far."""


#: What lines are read as: articles, these with their lines, or batches of them.
Item = TypeVar("Item", "Article", "Given", "pa.RecordBatch")

# A long news article is 100 KB, the whole Bible 5 MB. More than this on one line is another kind of file
# (a corpus as one array, something binary); reading holds a line of this length about three times over.
MAX_ARTICLE_BYTES = 64 * 1024 * 1024


class Reader:
    """The articles of `sources`, in order, each read when it is asked for.

    Raises SourceError at once, before anything is read, for a source that does not exist or is of another
    kind, for a folder with nothing to read, a pattern that nothing matches, an unknown name in `fields`, and for
    web archives where the extra that reads them is not installed.

    A second iteration reads the sources again and counts anew. Ids are checked for duplicates within each
    file, not across files.

    Args:
        sources: paths of files, of folders of these (at any depth, hidden ones left out, in the order of their
            paths), and patterns ("crawl/**/*.jsonl.gz"). A file is .jsonl, .ndjson or .json (one JSON object a
            line), .csv or .tsv, which are unpacked where they end in .gz or .zst; .parquet, .arrow or .feather;
            .txt (one article, its id the file name, or its path within the folder); .warc or .wet, also .gz, or a
            .cdx or .cdxj that lists the records of these. In a folder, .json and lists of records are left alone.
            "-" is standard input, JSON lines when it begins with "{", else one text.
        fields: names of the fields in JSON lines, or of columns, that differ, as {"text": "content"}.
        on_reject: told of every line or file that gives no article; reading goes on after it.
        stdin: what "-" reads, instead of the standard input of the process.
        unique_ids: reject a line whose id another line of its file has.
        max_article_bytes: a longer line, text or page is rejected, without ever being held whole.
        chunk_bytes: how much is read and unpacked at a time.
        workers: processes that read web pages; all cores by default.
        is_finished: asked of each web archive; one that is finished is not read, and listed in `finished`.
        on_finish: told of each web archive when `batches` has given all that is in it, and is asked for more, with
            the archives that were opened for a list of records, as they were then; not told of one of which a page
            was lost that another run may read.

    Attributes:
        total_bytes: the size of all files on disk, None when standard input is among them.
        articles, rejected, unreadable_dates: counts so far (an unreadable date is None in its article).
        passed_over: counts of records of web archives that hold no article, by kind.

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
        workers: int | None = None,
        is_finished: Callable[[Path], bool] = lambda _: False,
        on_finish: Callable[[Path, Mapping[Path, os.stat_result]], None] = lambda *_: None,
    ) -> None:
        if isinstance(sources, str | os.PathLike):
            raise TypeError("sources is a list of paths, not one path")
        if max_article_bytes < 1 or chunk_bytes < 1:
            raise ValueError("max_article_bytes and chunk_bytes are at least 1")
        self._decoder = RecordDecoder(fields)
        located = locate([os.fspath(source) for source in sources])
        _check_extra(located.files)
        self.finished: list[SourceFile] = []
        self._files: list[SourceFile] = []
        for file in located.files:
            is_left_out = file.kind in DEAR_KINDS and is_finished(Path(file.path))
            (self.finished if is_left_out else self._files).append(file)
        self._on_finish = on_finish
        self._workers = workers
        self._extractors: Extractors | None = None
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
        self.passed_over: Counter[str] = Counter()
        self._finished_bytes = 0
        self._current: tuple[SourceFile, CountedFile] | None = None
        self._is_whole = False
        self._opened: Mapping[Path, os.stat_result] = {}
        self._not_told: OSError | None = None

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Read the sources in here, from their beginning."""
        self._start()
        for rejection in self._unlisted:
            self._reject(rejection)
        try:
            yield
        finally:
            if self._extractors is not None:
                self._extractors.close()
                self._extractors = None

    @property
    def bytes_read(self) -> int:
        """The part of `total_bytes` gone through; in a compressed file, the position before unpacking."""
        if self._current is None:
            return self._finished_bytes
        source, file = self._current
        position = file.position if source.kind == "stdin" else min(file.position, source.size)
        return self._finished_bytes + position

    def __iter__(self) -> Iterator[Article]:
        for item in self._items(JsonLines.articles, self._chunk_bytes):
            for article in _articles_in(item):
                self.articles += 1
                yield article

    def reads(self, path: Path) -> bool:
        """Whether a file is among those that are read."""
        return path.exists() and any(
            path.samefile(file.path) for file in self._files if file.kind != "stdin" and Path(file.path).exists()
        )

    def given(self) -> Iterator[Given]:
        """The same articles, each with the JSON line that it was read from."""
        for item in self._items(JsonLines.given, self._chunk_bytes):
            for given in (item,) if isinstance(item, Given) else map(_without_line, _articles_in(item)):
                self.articles += 1
                yield given

    def with_text(self, line: bytes, text: str) -> bytes:
        """The JSON line of an article with another text in the field that texts are read from."""
        return self._decoder.with_text(line, text)

    def as_line(self, article: Article) -> bytes:
        """A JSON line that an article would be read from, with all its fields."""
        return self._decoder.as_line(article)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The same articles in batches of some hundreds, see `naskh.columns.ARTICLES`: some times as fast.

        What arrives on a pipe comes out at once here too.
        """
        from naskh.columns import in_batches

        chunk_bytes = max(self._chunk_bytes, BULK_CHUNK_BYTES)
        with self._reading():
            # What was read of a file that is finished must not wait in a batch for the next file.
            for is_dear, files in groupby(self._files, lambda file: file.kind in DEAR_KINDS):
                for group in ([file] for file in files) if is_dear else [list(files)]:
                    read = (item for source in group for item in self._read(source, JsonLines.batches, chunk_bytes))
                    for batch in in_batches(read):
                        self.articles += len(batch)
                        yield batch
                    if is_dear and self._is_whole:
                        self._on_finish(Path(group[0].path), self._opened)

    def _items(
        self, lines: Callable[[JsonLines, Iterator[bytes]], Iterator[Item]], chunk_bytes: int
    ) -> Iterator[Item | Article | pa.RecordBatch]:
        with self._reading():
            for source in self._files:
                yield from self._read(source, lines, chunk_bytes)

    def _read(
        self, source: SourceFile, lines: Callable[[JsonLines, Iterator[bytes]], Iterator[Item]], chunk_bytes: int
    ) -> Iterator[Item | Article | pa.RecordBatch]:
        """Yield what one file holds; a problem with the whole file becomes a rejection."""
        self._is_whole = True
        self._opened = {}
        try:
            with self._open(source) as raw:
                is_pipe = source.kind == "stdin"
                file = counted_pipe(raw) if is_pipe else counted(raw, source.compression, source.path)
                self._current = source, file
                if source.kind in BINARY_KINDS:
                    yield from self._binary(source, raw, file)
                else:
                    chunks = read_chunks(file, source.compression, chunk_bytes)
                    if lines is JsonLines.batches and source.kind in ("lines", "json"):
                        with closing(read_ahead(chunks)) as chunks:
                            yield from self._articles(source, chunks, lines)
                    else:
                        yield from self._articles(source, chunks, lines)
        except (UnreadableFile, OSError) as given:
            if given is self._not_told:
                raise
            error = given if isinstance(given, UnreadableFile) else cannot_be_read(given)
            self._is_whole = False
            id_ = printable(source.id) if source.kind == "text" else None
            self._reject(Rejection(file=source.shown, line=error.line, id=id_, reason=error.reason))
        self._finished_bytes = self.bytes_read if source.kind == "stdin" else self._finished_bytes + source.size
        self._current = None

    def _open(self, source: SourceFile) -> AbstractContextManager[BinaryIO]:
        if source.kind == "stdin":
            if self._stdin is None and sys.stdin is None:
                raise UnreadableFile("standard input is closed")
            return nullcontext(sys.stdin.buffer if self._stdin is None else self._stdin)
        return Path(source.path).open("rb")

    def _articles(
        self,
        source: SourceFile,
        chunks: Iterator[bytes],
        read: Callable[[JsonLines, Iterator[bytes]], Iterator[Item]],
    ) -> Iterator[Item | Article]:
        kind = source.kind
        if kind == "stdin":
            is_json, chunks = looks_like_json_lines(chunks)
            kind = "lines" if is_json else "text"
        if kind == "text":
            yield read_text(chunks, source.id, self._max_article_bytes)
        elif kind in ("csv", "tsv"):
            from naskh.sources.delimited import DelimitedFile

            rows = DelimitedFile(
                self._decoder.fields,
                self._rejecting(source),
                delimiter="," if kind == "csv" else "\t",
                max_article_bytes=self._max_article_bytes,
                unique_ids=self._unique_ids,
            )
            yield from self._followed(rows, rows.articles(chunks))
        elif kind == "cdx":
            yield from self._listed(source, chunks)
        else:
            lines = JsonLines(
                self._decoder,
                self._rejecting(source),
                max_article_bytes=self._max_article_bytes,
                strict=kind == "json",
                unique_ids=self._unique_ids,
            )
            yield from self._followed(lines, read(lines, chunks))

    def _binary(self, source: SourceFile, raw: BinaryIO, file: CountedFile) -> Iterator[Article | pa.RecordBatch]:
        def progress(place: int) -> None:
            file.position = place

        if source.kind == "warc":
            archive = self._archive(source)
            yield from self._followed(archive, archive.articles(raw, progress))
            self._is_whole = archive.is_complete
            return
        from naskh.sources.tables import TableFile

        table = TableFile(
            self._decoder.fields,
            self._rejecting(source),
            max_article_bytes=self._max_article_bytes,
            unique_ids=self._unique_ids,
        )
        read = table.parquet if source.kind == "parquet" else table.arrow
        yield from self._followed(table, read(raw, lambda share: progress(int(share * source.size))))

    def _listed(self, source: SourceFile, chunks: Iterator[bytes]) -> Iterator[Article]:
        from naskh.sources.cdx import CdxFile

        listed = CdxFile(Path(source.path), self._max_article_bytes)
        archive = self._archive(source)
        yield from self._followed(archive, archive.extracted(listed.records(chunks)))
        self._is_whole = listed.is_complete and archive.is_complete
        self._opened = listed.opened

    def _archive(self, source: SourceFile) -> ArchiveFile:
        from naskh.sources.extraction import Extractors
        from naskh.sources.warc import ArchiveFile

        if self._extractors is None:
            self._extractors = Extractors(self._workers)
        return ArchiveFile(
            self._rejecting(source),
            self.passed_over,
            self._extractors,
            max_article_bytes=self._max_article_bytes,
            unique_ids=self._unique_ids,
        )

    def _followed(self, records: Numbered, items: Iterator[Item]) -> Iterator[Item]:
        """The items of a file; the counts of its records are kept up with."""
        before = self.unreadable_dates
        try:
            for item in items:
                self.unreadable_dates = before + records.unreadable_dates
                yield item
            self.unreadable_dates = before + records.unreadable_dates
        except UnreadableFile as error:
            raise UnreadableFile(error.reason, line=error.line or records.line or None) from error

    def _rejecting(self, source: SourceFile) -> Reject:
        def reject(line: int | None, id_: str | None, reason: str) -> None:
            self._reject(Rejection(file=source.shown, line=line, id=id_, reason=reason))

        return reject

    def _reject(self, rejection: Rejection) -> None:
        self.rejected += 1
        if self._on_reject is not None:
            try:
                self._on_reject(rejection)
            except OSError as error:  # of who is told, not of the file
                self._not_told = error
                raise


def _articles_in(item: Article | pa.RecordBatch) -> Iterable[Article]:
    if isinstance(item, Article):
        return (item,)
    from naskh.columns import articles_of  # brings Arrow, which texts and JSON lines do without

    return articles_of(item)


def _without_line(article: Article) -> Given:
    return Given(article, None)


def _check_extra(files: Sequence[SourceFile]) -> None:
    """Raises SourceError if what reads web archives is needed and not there."""
    dear = next((file for file in files if file.kind in DEAR_KINDS), None)
    missing = [name for name in ("fastwarc", "trafilatura", "tldextract") if dear and find_spec(name) is None]
    if dear and missing:
        raise SourceError(f"{dear.shown}: {missing[0]} is not installed:  pip install 'naskh[warc]'")
