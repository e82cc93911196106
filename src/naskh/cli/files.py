"""What other programs read: tables of results, as JSON lines or Parquet."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq


def write_batches(output: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write record batches to .jsonl or .parquet; a file that stood there is replaced at the end, or kept."""
    partial = output.with_name(output.name + ".part")
    rows = 0
    try:
        if output.suffix == ".parquet":
            with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
                for batch in batches:
                    writer.write_batch(batch)
                    rows += len(batch)
        else:
            encoder = msgspec.json.Encoder()
            with partial.open("wb") as file:
                for batch in batches:
                    file.write(encoder.encode_lines(batch.to_pylist()))
                    rows += len(batch)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    return rows
