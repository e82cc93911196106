"""Files of the index: their kinds and names, and writing, mapping and checking one of them.

Every file but the manifest and the lock is an Arrow IPC file that is written once and never changed. Its schema
metadata says what it is; its size and checksum stand in the manifest.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import xxhash

from naskh.arrays import NDArray
from naskh.errors import IndexCorrupt
from naskh.index import disk

#: The format that this version writes, and the oldest that it reads.
FORMAT_VERSION = 3
OLDEST_READABLE_FORMAT = 3

#: Beside the segments: the rejections of the last run, one JSON object a line.
REJECTED = "rejected.jsonl"

#: Beside the segments: the web archives that need not be read again, see `naskh.index.journal`.
FINISHED = "finished.jsonl"

#: Bytes that are read at once where a whole file is gone through.
READ_BYTES = 1 << 18

#: What the system says where the medium or the file system is at fault; not each system has all of these. A file
#: that cannot be read for another reason, no permission say, may be sound.
_UNREADABLE = {
    getattr(errno, name, None) for name in ("EIO", "EISDIR", "ELOOP", "EBADMSG", "EUCLEAN", "ENODATA", "ENXIO")
}


class Kind(StrEnum):
    """What a segment's files hold; the file of a kind is named ``SEGMENT.KIND.arrow``."""

    #: One row an article, in the order of arrival: its fields, and where its rows in the other files end.
    ARTICLES = "articles"
    #: One row a paragraph with enough words: article, number, first shingle in the article, shingles.
    PARAGRAPHS = "paragraphs"
    #: The shingle hashes of all articles, one article after the other, in text order.
    SHINGLES = "shingles"
    #: Band after band, the pairs (key, paragraph row) sorted, and where the keys of each bucket begin; see
    #: `naskh.index.postings`.
    BANDS = "bands"
    BAND_TABLE = "bandtable"
    #: The FracMinHash postings (hash, article row), sorted, and where the hashes of each bucket begin.
    FRAC = "frac"
    FRAC_TABLE = "fractable"
    #: The pairs (xxh3_64 of the id, article row), sorted.
    IDS = "ids"
    #: The texts, in zstd blocks of some dozens of articles.
    TEXTS = "texts"
    #: The rows of deleted articles, sorted; named ``SEGMENT.deleted-GENERATION.arrow``.
    DELETED = "deleted"


class FileEntry(msgspec.Struct, frozen=True):
    """What the manifest says of a file: `xxh3` is its XXH3-64 digest in hexadecimal."""

    name: str
    bytes: int
    xxh3: str


def damaged(path: Path, how: str) -> IndexCorrupt:
    """The error that a file of an index is not what was written, and what helps."""
    return IndexCorrupt(
        f"{path} is damaged: {how}. Restore the folder from a copy, or see what is sound with "
        f" naskh verify {path.parent}  and keep that with  --repair"
    )


def reason_of(error: IndexCorrupt) -> str:
    """How a file is damaged, of an error that `damaged` made."""
    return str(error).partition(" is damaged: ")[2].partition(". Restore")[0]


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Read a file of an index in here.

    Raises:
        IndexCorrupt: the system cannot read it; the cause is an OSError.

    """
    try:
        yield
    except OSError as error:
        if error.errno in _UNREADABLE:
            raise damaged(path, f"it cannot be read ({os.strerror(error.errno or 0)})") from error
        error.filename = error.filename or str(path)
        raise


def file_schema(kind: Kind, columns: list[tuple[str, pa.DataType]]) -> pa.Schema:
    """The schema of a file, which says what it is."""
    return pa.schema(columns, metadata={"naskh": kind.value, "format": str(FORMAT_VERSION)})


def write_table(folder: Path, name: str, kind: Kind, columns: dict[str, pa.Array]) -> FileEntry:
    """Write the columns as one record batch of an Arrow file, and bring it to the disk."""
    schema = file_schema(kind, [(column, values.type) for column, values in columns.items()])
    path = folder / name
    with disk.create(path) as file:
        sink = _Sink(file)
        with pa.ipc.new_file(pa.PythonFile(sink, mode="w"), schema) as writer:
            writer.write_batch(pa.record_batch(list(columns.values()), schema=schema))
    disk.sync(path)
    return FileEntry(name, sink.bytes, sink.digest.hexdigest())


class _Sink:
    """A file that Arrow writes, hashed on the way: columns go into it from where they are, without a copy."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = xxhash.xxh3_64()
        self.bytes = 0

    def write(self, data: pa.Buffer | bytes) -> int:
        """Write some bytes, all of them."""
        self.digest.update(data)
        size = self._file.write(data)
        self.bytes += size
        return size

    def flush(self) -> None:
        """Do nothing: `write_table` brings the file to the disk."""

    def close(self) -> None:
        """Do nothing: who opened the file closes it (pyarrow asks for this method)."""


def map_table(folder: Path, entry: FileEntry, kind: Kind) -> pa.RecordBatch:
    """Map a file into memory; nothing is read before it is used.

    Raises:
        FileNotFoundError: it is gone.
        IndexCorrupt: its size is not the manifest's (a mapped read past the end would kill the process), or it
            is no Arrow file of this kind.

    """
    path = folder / entry.name
    check_size(path, entry)
    try:
        reader = pa.ipc.open_file(pa.memory_map(os.fsencode(path)))
        metadata = reader.schema.metadata or {}
        if metadata.get(b"naskh") != kind.value.encode() or reader.num_record_batches != 1:
            raise damaged(path, f"it is not a naskh file of kind {kind.value!r}")
        return reader.get_batch(0)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, str(error)) from error


def check_size(path: Path, entry: FileEntry) -> os.stat_result:
    """Hold a file against the size in the manifest; returns what the system says of it.

    Raises:
        FileNotFoundError: it is not there.
        IndexCorrupt: it has another size, or is no file.

    """
    with reading(path):
        status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise damaged(path, "it is no file")
    if status.st_size != entry.bytes:
        raise damaged(path, f"it has {status.st_size:,} bytes, and its manifest says {entry.bytes:,}")
    return status


def check_content(folder: Path, entry: FileEntry) -> None:
    """Read all of a file against its checksum in the manifest.

    Raises:
        FileNotFoundError: it is not there.
        IndexCorrupt: it is not what was written, or cannot be read.

    """
    path = folder / entry.name
    digest = xxhash.xxh3_64()
    part = memoryview(bytearray(READ_BYTES))
    with reading(path), path.open("rb", buffering=0) as file:
        while count := file.readinto(part):
            digest.update(part[:count])
    if digest.hexdigest() != entry.xxh3:
        raise damaged(path, "its checksum does not match")


def check_file(folder: Path, entry: FileEntry) -> os.stat_result:
    """Hold a file against its size and then its checksum; returns what the system said of it before.

    Raises:
        FileNotFoundError, IndexCorrupt: see `check_size` and `check_content`.

    """
    status = check_size(folder / entry.name, entry)
    check_content(folder, entry)
    return status


def column(batch: pa.RecordBatch, name: str) -> NDArray[Any]:
    """A numeric column as a numpy array on the mapped bytes."""
    array: NDArray[Any] = batch.column(name).to_numpy(zero_copy_only=True)
    return array
