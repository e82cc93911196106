"""Where articles and records go: JSON lines, packed or not, or Parquet; a file is there when all is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from naskh.article import Article
from naskh.cleaning.audit import SCHEMA, Removed
from naskh.columns import ARTICLES, article_batch
from naskh.writing import replacing

_PACKED = {".gz": "gzip", ".zst": "zstd"}
#: How the name of a file may end that is written to.
SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")
#: Rows that are held until they are written to Parquet together.
_ROWS = 4096

Row = TypeVar("Row")
#: Takes an article, and a function that makes its JSON line.
WriteArticle = Callable[[Article, Callable[[], bytes]], object]
WriteRecord = Callable[[Removed], object]


@contextmanager
def articles_to(path: Path | None) -> Iterator[WriteArticle]:
    """A function that writes articles to a file, or nowhere.

    Raises:
        FileUnwritable: the system does not let it be written.

    """
    if path is None:
        yield lambda article, line: None  # noqa: ARG005
    elif path.suffix == ".parquet":
        with _parquet(path, ARTICLES, article_batch) as write_row:
            yield lambda article, line: write_row(article)  # noqa: ARG005
    else:
        with _lines(path) as write_line:
            yield lambda article, line: write_line(line())  # noqa: ARG005


@contextmanager
def records_to(path: Path | None) -> Iterator[WriteRecord]:
    """As `articles_to`, for the records of an audit."""
    if path is None:
        yield lambda record: None  # noqa: ARG005
    elif path.suffix == ".parquet":
        with _parquet(path, SCHEMA, _record_batch) as write_row:
            yield write_row
    else:
        encoder = msgspec.json.Encoder()
        with _lines(path) as write_line:
            yield lambda record: write_line(encoder.encode(record))


def _record_batch(records: list[Removed]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([msgspec.to_builtins(record) for record in records], SCHEMA)


@contextmanager
def _lines(path: Path) -> Iterator[Callable[[bytes], None]]:
    packing = _PACKED.get(path.suffix)
    with (
        replacing(path) as partial,
        pa.output_stream(str(partial), compression=packing, buffer_size=1 << 16) as file,
    ):

        def write(line: bytes) -> None:
            file.write(line)
            file.write(b"\n")

        yield write


@contextmanager
def _parquet(
    path: Path, schema: pa.Schema, batch: Callable[[list[Row]], pa.RecordBatch]
) -> Iterator[Callable[[Row], None]]:
    waiting: list[Row] = []
    with replacing(path) as partial, pq.ParquetWriter(partial, schema, compression="zstd") as writer:

        def write(row: Row) -> None:
            waiting.append(row)
            if len(waiting) == _ROWS:
                writer.write_batch(batch(waiting))
                waiting.clear()

        yield write
        if waiting:
            writer.write_batch(batch(waiting))
