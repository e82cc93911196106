"""What other programs read: tables of results, as JSON lines or Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from naskh.cli.interruption import ending_as_interrupted
from naskh.writing import replacing


def write_batches(output: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write record batches to .jsonl or .parquet; a file that stood there is replaced at the end, or kept.

    Raises:
        FileUnwritable: the system does not let it be written.

    """
    rows = 0
    with ending_as_interrupted(), replacing(output) as partial, _writer(partial, output.suffix, schema) as write:
        for batch in batches:
            write(batch)
            rows += len(batch)
    return rows


@contextmanager
def _writer(path: Path, suffix: str, schema: pa.Schema) -> Iterator[Callable[[pa.RecordBatch], object]]:
    if suffix == ".parquet":
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            yield writer.write_batch
    else:
        encoder = msgspec.json.Encoder()
        with path.open("wb") as file:
            yield lambda batch: file.write(encoder.encode_lines(batch.to_pylist()))
