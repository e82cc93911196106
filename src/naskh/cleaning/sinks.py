"""Where articles and records go: JSON lines, packed or not, or Parquet; files are there when all is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from naskh.article import Article
from naskh.cleaning.audit import SCHEMA, Removed
from naskh.columns import ARTICLES, in_batches
from naskh.writing import replacing_together, writing

_PACKED = {".gz": "gzip", ".zst": "zstd"}
#: How the name of a file may end that is written to.
SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")
#: Rows that are held until they are written to Parquet together, and code points of theirs.
_ROWS = 4096
_CHARS = 1 << 23

Row = TypeVar("Row")
#: Takes an article, and a function that makes its JSON line.
WriteArticle = Callable[[Article, Callable[[], bytes]], object]
WriteRecord = Callable[[Removed], object]


@contextmanager
def sinks(articles: Path | None, records: Path | None) -> Iterator[tuple[WriteArticle, WriteRecord]]:
    """A function that writes articles, and one that writes the records of an audit, each to a file or nowhere.

    Either both files are there in the end, or what was there before them.

    Raises:
        FileUnwritable: the system does not let one be written.

    """
    paths = [path for path in (articles, records) if path is not None]
    with replacing_together(*paths) as partials, ExitStack() as opened:
        partial = dict(zip(paths, partials, strict=True))
        write: WriteArticle = lambda article, line: None  # noqa: ARG005, E731
        record: WriteRecord = lambda _: None  # noqa: E731
        if articles is not None:
            write = opened.enter_context(_articles_to(articles, partial[articles]))
        if records is not None:
            record = opened.enter_context(_records_to(records, partial[records]))
        yield write, record


@contextmanager
def _articles_to(path: Path, partial: Path) -> Iterator[WriteArticle]:
    if path.suffix == ".parquet":
        with _parquet(path, partial, ARTICLES, _article_table, lambda article: len(article.text)) as write_row:
            yield lambda article, line: write_row(article)  # noqa: ARG005
    else:
        with _lines(path, partial) as write_line:
            yield lambda article, line: write_line(line())  # noqa: ARG005


@contextmanager
def _records_to(path: Path, partial: Path) -> Iterator[WriteRecord]:
    if path.suffix == ".parquet":
        with _parquet(path, partial, SCHEMA, _record_table, lambda _: 0) as write_row:
            yield write_row
    else:
        encoder = msgspec.json.Encoder()
        with _lines(path, partial) as write_line:
            yield lambda record: write_line(encoder.encode(record))


def _article_table(articles: list[Article]) -> pa.Table:
    return pa.Table.from_batches(in_batches(articles), ARTICLES)


def _record_table(records: list[Removed]) -> pa.Table:
    return pa.Table.from_pylist([msgspec.to_builtins(record) for record in records], SCHEMA)


class _File(Protocol):
    def close(self) -> object: ...


@contextmanager
def _closing(path: Path, file: _File) -> Iterator[None]:
    """Close a file in the end. What went wrong before says more than that it cannot be closed."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            file.close()
        raise
    with writing(path):
        file.close()


@contextmanager
def _lines(path: Path, partial: Path) -> Iterator[Callable[[bytes], None]]:
    packing = _PACKED.get(path.suffix)
    with writing(path):
        file = pa.output_stream(str(partial), compression=packing, buffer_size=1 << 16)

    def write(line: bytes) -> None:
        with writing(path):
            file.write(line)
            file.write(b"\n")

    with _closing(path, file):
        yield write


@contextmanager
def _parquet(
    path: Path,
    partial: Path,
    schema: pa.Schema,
    table: Callable[[list[Row]], pa.Table],
    size: Callable[[Row], int],
) -> Iterator[Callable[[Row], None]]:
    with writing(path):
        writer = pq.ParquetWriter(partial, schema, compression="zstd")
    waiting: list[Row] = []
    chars = 0

    def write_waiting() -> None:
        nonlocal chars
        with writing(path):
            writer.write_table(table(waiting), row_group_size=_ROWS)
        waiting.clear()
        chars = 0

    def write(row: Row) -> None:
        nonlocal chars
        waiting.append(row)
        chars += size(row)
        if len(waiting) == _ROWS or chars >= _CHARS:
            write_waiting()

    with _closing(path, writer):
        yield write
        if waiting:
            write_waiting()
