"""What a task sees of an index on the shared file system: segments, opened when needed, and parts of them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from naskh.arrays import Int64, NDArray
from naskh.errors import IndexUnusable
from naskh.index.files import check_file
from naskh.index.manifest import Manifest, read_manifest, segment_files
from naskh.index.segment import Segment
from naskh.index.snapshot import check_normaliser

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Item = TypeVar("Item")
Batches = Iterator[pa.RecordBatch]

#: Articles of a piece, at most: with what is made of their shingles, 8 bytes each, a task holds some 100 MB.
_MOST_ARTICLES = 1 << 15
#: And at least, so that a task does more than start.
_FEWEST_ARTICLES = 1 << 10
#: Pieces for each core, where there are articles enough: they differ in cost.
_PIECES = 4


class Stored:
    """The segments of one committed state, each mapped when it is first asked for.

    Args:
        folder: the index.
        manifest: the state.

    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._segments: dict[int, Segment] = {}

    def segment(self, number: int) -> Segment:
        """A segment, by its place in the manifest."""
        if number not in self._segments:
            entry = self.manifest.segments[number]
            self._segments[number] = Segment(self.folder, entry, self.manifest.settings)
        return self._segments[number]


class State(NamedTuple):
    """Names a committed state, for tasks: the folder and the generation."""

    folder: str
    generation: int

    def open(self) -> Stored:
        """The state, opened once in a process.

        Raises:
            IndexUnusable: something was committed since, or this machine does not see the folder.

        """
        return _open(self)


@lru_cache(2)
def _open(state: State) -> Stored:
    folder = Path(state.folder)
    manifest = read_manifest(folder)
    if manifest.generation != state.generation:
        raise IndexUnusable(f"{folder} was changed while Spark read it; run this again")
    return Stored(folder, manifest)


def state_of(folder: Path) -> tuple[State, Manifest]:
    """The committed state of an index, for the driver; nothing but the manifest is read."""
    manifest = read_manifest(folder)
    check_normaliser(folder, manifest)
    return State(str(folder.resolve()), manifest.generation), manifest


class Piece(NamedTuple):
    """Some articles of a segment: rows [start, stop)."""

    segment: int
    start: int
    stop: int

    def live(self, segment: Segment) -> Int64:
        """The rows of those that are not deleted."""
        rows = np.arange(self.start, self.stop)
        return rows[segment.is_live(rows)]


class Slice(NamedTuple):
    """Some hashes or keys of a segment's postings: [low, high)."""

    segment: int
    low: int
    high: int


def pieces(manifest: Manifest, cores: int) -> list[Piece]:
    """All articles, in pieces for tasks."""
    size = _articles_of_a_task(manifest, cores)
    return [
        Piece(number, start, min(start + size, entry.articles))
        for number, entry in enumerate(manifest.segments)
        for start in range(0, entry.articles, size)
    ]


def _articles_of_a_task(manifest: Manifest, cores: int) -> int:
    articles = sum(entry.articles for entry in manifest.segments)
    return min(_MOST_ARTICLES, max(_FEWEST_ARTICLES, -(-articles // (_PIECES * cores))))


def slices(manifest: Manifest, cores: int, end: int) -> list[Slice]:
    """All keys below `end` of all segments, in slices for tasks: hashes are spread evenly."""
    size = _articles_of_a_task(manifest, cores)
    found = []
    for number, entry in enumerate(manifest.segments):
        edges = np.linspace(0, end, 1 + max(1, -(-entry.articles // size))).astype(np.int64).tolist()
        found += [Slice(number, low, high) for low, high in pairwise(edges)]
    return found


def over(spark: SparkSession, items: Sequence[Item], work: Callable[[Item], Batches], schema: str) -> DataFrame:
    """What tasks make of items, one each, as rows."""
    return mapped(spark.range(0, len(items), 1, max(1, len(items))), partial(_each, list(items), work), schema)


def mapped(frame: DataFrame, work: Callable[[Batches], Batches], schema: str) -> DataFrame:
    """What tasks make of the partitions of a frame, in record batches."""
    with without_pandas_warning():
        return frame.mapInArrow(work, schema)


@contextmanager
def without_pandas_warning() -> Iterator[None]:
    """Spark warns of new versions of pandas, which it wants for Arrow batches, and naskh does not use."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        yield


def _each(items: list[Item], work: Callable[[Item], Batches], batches: Batches) -> Batches:
    for batch in batches:
        for number in batch.column(0).to_pylist():
            yield from work(items[number])


def check_segments(spark: SparkSession, state: State, manifest: Manifest) -> None:
    """Have tasks hold all files of an index against their checksums, as opening it does on one machine.

    Raises:
        IndexCorrupt: by way of Spark; the message names the file.

    """
    work = partial(_checked, state)
    over(spark, range(len(manifest.segments)), work, "bytes long").agg({"bytes": "sum"}).collect()


def _checked(state: State, number: int) -> Batches:
    stored = state.open()
    files = segment_files(stored.manifest.segments[number])
    for file in files:
        check_file(stored.folder, file)
    yield rows(bytes=np.array([sum(file.bytes for file in files)]))


def rows(**columns: NDArray[Any] | pa.Array) -> pa.RecordBatch:
    """A record batch; unsigned numbers of 64 bits come as signed ones, since Spark has no others."""
    arrays = []
    for values in columns.values():
        if isinstance(values, np.ndarray) and values.dtype == np.uint64:
            values = values.view(np.int64)
        arrays.append(pa.array(values))
    return pa.record_batch(arrays, list(columns))


def numbers(batch: pa.RecordBatch, name: str) -> NDArray[Any]:
    """A column without nulls."""
    found: NDArray[Any] = batch.column(name).to_numpy(zero_copy_only=False)
    return found


def whole_groups(batches: Batches, keys: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
    """Sorted rows, some `size` of them at a time, but all rows of the same keys at once."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += len(batch)
        if count < size:
            continue
        joined = _joined(waiting)
        last = np.ones(len(joined), np.bool_)
        for key in keys:
            values = numbers(joined, key)
            last &= values == values[-1]
        start = int(np.argmax(last))  # sorted, so that the last group is one run
        if start:
            yield joined.slice(0, start)
        waiting = [joined.slice(start)]
        count = len(joined) - start if start else 0  # a group larger than that waits for its end
    if waiting and any(map(len, waiting)):
        yield _joined(waiting)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    table = pa.Table.from_batches(batches).combine_chunks()
    found = table.to_batches()
    return found[0] if found else batches[0]


def save(folder: Path, name: str, values: NDArray[Any]) -> None:
    """Write an array to a file, at once: a task that is tried again, or twice side by side, writes the same."""
    from pyspark import TaskContext

    context = TaskContext.get()
    attempt = context.taskAttemptId() if context is not None else 0
    partial_name = folder / f"{name}.{attempt}.{os.getpid()}.new"
    with partial_name.open("wb") as file:
        np.save(file, values)
    partial_name.replace(folder / f"{name}.npy")


def load(folder: Path, name: str) -> NDArray[Any]:
    """Map what `save` wrote."""
    found: NDArray[Any] = np.asarray(np.load(folder / f"{name}.npy", mmap_mode="c"))
    return found
