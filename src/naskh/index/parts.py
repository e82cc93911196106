"""An Arrow file of known shape, written a part at a time: nothing of its long columns is held in memory.

Arrow itself lays the file out. It is given columns whose buffers are empty pages of memory that are never touched,
and a sink that leaves room in the file where one of these comes. The parts are then written into that room.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import xxhash

from naskh.arrays import Bool, NDArray
from naskh.index import disk
from naskh.index.files import READ_BYTES, FileEntry, Kind, file_schema


class Later(NamedTuple):
    """A column whose values are written in parts; of strings and binaries, the bytes are.

    Attributes:
        type: its Arrow type.
        rows: how many.
        offsets: of strings and binaries, where each value begins and the last ends: (rows + 1,) int32 or int64.
        valid: of those, which are not null; None where none is.

    """

    type: pa.DataType
    rows: int
    offsets: NDArray[Any] | None = None
    valid: Bool | None = None

    @property
    def bytes(self) -> int:
        """Bytes of the values."""
        return self.rows * self.type.bit_width // 8 if self.offsets is None else int(self.offsets[-1])

    def over(self, values: pa.Buffer) -> pa.Array:
        """The column, with its values in a buffer."""
        if self.offsets is None:
            return pa.Array.from_buffers(self.type, self.rows, [None, values], null_count=0)
        valid = None if self.valid is None else pa.py_buffer(np.packbits(self.valid, bitorder="little"))
        nulls = 0 if self.valid is None else self.rows - int(np.count_nonzero(self.valid))
        return pa.Array.from_buffers(
            self.type, self.rows, [valid, pa.py_buffer(self.offsets), values], null_count=nulls
        )


class FileInParts:
    """A file of the index with one record batch; write each `Later` column to its end, then `finish`."""

    def __init__(self, folder: Path, name: str, kind: Kind, columns: dict[str, pa.Array | Later]) -> None:
        self._path = folder / name
        schema = file_schema(kind, [(column, values.type) for column, values in columns.items()])
        waiting: dict[str, pa.Buffer] = {}
        arrays = []
        for column, values in columns.items():
            if isinstance(values, Later):
                waiting[column] = _room(values.bytes)
                values = values.over(waiting[column])
            arrays.append(values)
        self._file = disk.create(self._path)
        try:
            sink = _Sink(self._file, {room.address for room in waiting.values() if room.size})
            with pa.ipc.new_file(pa.PythonFile(sink, "w"), schema) as writer:
                writer.write_batch(pa.record_batch(arrays, schema=schema))
        except BaseException:
            self._file.close()
            raise
        #: For each column that is not written to its end, where the next part goes and where the end is.
        self._places = {
            column: [sink.places[room.address], sink.places[room.address] + room.size]
            for column, room in waiting.items()
            if room.size
        }
        self._bytes = sink.tell()

    def write(self, column: str, values: NDArray[Any]) -> int:
        """Write the next values of a column, which must have its type already; returns how many bytes."""
        if values.nbytes:
            place = self._places[column]
            if place[0] + values.nbytes > place[1]:
                raise RuntimeError(f"{self._path.name}: too many values for {column}")
            self._file.seek(place[0])
            self._file.write(np.ascontiguousarray(values).data.cast("B"))
            place[0] += values.nbytes
        return values.nbytes

    def finish(self) -> FileEntry:
        """Bring the file to the disk."""
        with self._file as file:
            short = [column for column, (at, end) in self._places.items() if at != end]
            if short:
                raise RuntimeError(f"{self._path.name}: too few values for {', '.join(short)}")
            digest = xxhash.xxh3_64()
            file.seek(0)
            while part := file.read(READ_BYTES):
                digest.update(part)
        disk.sync(self._path)
        return FileEntry(self._path.name, self._bytes, digest.hexdigest())

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._file.close()


class _Sink:
    """What Arrow writes to: bytes go to the file; where one of some buffers comes, so many are left out."""

    closed = False

    def __init__(self, file: BinaryIO, left_out: set[int]) -> None:
        self._file = file
        self._left_out = left_out
        #: Where in the file each of the buffers (by address) belongs.
        self.places: dict[int, int] = {}

    def write(self, data: bytes | pa.Buffer) -> int:
        if isinstance(data, pa.Buffer) and data.address in self._left_out:
            self.places[data.address] = self._file.tell()
            self._file.seek(data.size, 1)
        else:
            self._file.write(data)
        return len(data)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


def _room(size: int) -> pa.Buffer:
    """So many bytes of pages that take no memory, since they are neither read nor written."""
    if not size:
        return pa.py_buffer(b"")
    return pa.py_buffer(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ))
