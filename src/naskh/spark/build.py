"""Indexing on a cluster: each task writes a segment to the shared folder, and the driver commits all at once.

Texts are never shuffled. Which articles stand twice is found afterwards on the ids alone; those that are replaced
are deleted rows of their segments, as the local writer leaves them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from naskh.errors import IndexUnwritable
from naskh.index import disk
from naskh.index.build import Chunk, sketch_chunk, write_segment
from naskh.index.files import REJECTED
from naskh.index.incoming import incoming
from naskh.index.lock import writer_lock
from naskh.index.manifest import Manifest, SegmentEntry, read_manifest, segment_files, write_manifest
from naskh.index.merging import merge_segments
from naskh.index.pool import writing_pool
from naskh.index.snapshot import clear_attempt, clear_debris
from naskh.index.writer import create_index, make_a_segment
from naskh.settings import Settings
from naskh.sketch.batch import sketcher
from naskh.sources import Rejection
from naskh.spark.reading import Origin, PartRead, Reading, Refused, read_sources
from naskh.spark.replaced import Counts, Written, without_replaced
from naskh.spark.session import SHUFFLE, Progress, configured, errors_of_tasks, partitions_for
from naskh.spark.stored import Batches, mapped
from naskh.writing import writing

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Lines that come to a task at a time: what one thread sketches at once.
_LINES = 1024
_BATCH = "spark.sql.execution.arrow.maxRecordsPerBatch"
#: Numbers of segments for each attempt of a task: as many as it may write before it makes one of them.
_NUMBERS = 10_000


class BuildReport(msgspec.Struct):
    """What became of the articles that were read; see `naskh.index.writer.AddReport`."""

    counts: Counts
    rejections: list[Rejection]
    unreadable_dates: int


class _Done(msgspec.Struct):
    """What a task did."""

    entry: SegmentEntry | None
    #: Where rows of the segment come from: the first row, and the origin of its article.
    origins: list[tuple[int, Origin]]
    parts: list[PartRead]
    refused: list[Refused]
    unreadable_dates: int


def build_index(
    spark: SparkSession,
    folder: Path,
    sources: Sequence[str],
    *,
    fields: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    progress: Progress = lambda _: None,
) -> BuildReport:
    """Add articles to an index, making it if there is none; as `naskh index` does, but in one commit.

    Args:
        spark: the session; its executors see `folder` under the same path.
        folder: the index.
        sources: see `naskh.spark.reading.read_sources`.
        fields: likewise.
        settings: see `naskh.Index`.
        progress: told which step begins.

    Raises:
        SourceError: see `read_sources`.
        IndexUnusable: see `naskh.errors`.

    """
    folder = folder.resolve()
    lines, files = read_sources(spark, sources, fields or {})
    stored = create_index(folder, settings)
    with disk.changing(folder), writer_lock(folder), errors_of_tasks():
        manifest = read_manifest(folder)
        clear_debris(folder, manifest)
        try:
            progress("segments")
            with configured(spark, _BATCH, _LINES):
                write = partial(_write, folder, manifest.next_segment, stored, dict(fields or {}))
                rows = mapped(lines, write, "done binary").collect()
            done = [msgspec.msgpack.decode(row[0], type=_Done) for row in rows]
            written = [
                Written(
                    part.entry, [(row, files[file], block, number) for row, (file, block, number) in part.origins]
                )
                for part in done
                if part.entry is not None
            ]
            progress("articles that stand twice")
            articles = sum(entry.articles for entry in [*manifest.segments, *(new.entry for new in written)])
            with configured(spark, SHUFFLE, partitions_for(spark, articles)):
                outcome = without_replaced(spark, folder, manifest, written)
            if written:
                _commit(folder, manifest, outcome.segments)
        except BaseException:
            clear_attempt(folder)
            raise
        rejections = _rejections(done, files)
        names = {place: file for file, place in files.items()}
        rejections += [
            Rejection(file=names[file], line=None, id=id_, reason=f"duplicate id {id_!r} in this file")
            for file, id_ in outcome.twice
        ]
        _write_rejections(folder, rejections)
    return BuildReport(outcome.counts, rejections, sum(part.unreadable_dates for part in done))


def _write(
    folder: Path, next_segment: int, settings: Settings, fields: dict[str, str], batches: Batches
) -> Iterator[pa.RecordBatch]:
    """Sketch a partition's articles, and write them as one segment."""
    from pyspark import TaskContext

    context = TaskContext.get()
    assert context is not None  # noqa: S101 - this runs in a task
    first = next_segment + context.taskAttemptId() * _NUMBERS
    reading = Reading(fields)
    chunks: list[Chunk] = []
    entries: list[SegmentEntry] = []
    origins: list[tuple[int, Origin]] = []
    count = 0
    with writing_pool(1) as pool:

        def write() -> None:
            entries.append(write_segment(folder, f"{first + len(entries):06}", chunks, pool))
            chunks.clear()

        for origin, articles in reading.articles(batches):
            origins.append((count, origin))
            count += len(articles)
            chunks.append(sketch_chunk(incoming(articles), sketcher(settings)))
            if make_a_segment(chunks):
                write()
        if chunks:
            write()
        entry = entries[0] if entries else None
        if len(entries) > 1:
            entry = merge_segments(folder, f"{first + len(entries):06}", entries, settings, pool)
            for file in (file for merged in entries for file in segment_files(merged)):
                disk.remove(folder / file.name)
    done = _Done(entry, origins, list(reading.parts.values()), reading.refused, reading.unreadable_dates)
    yield pa.record_batch([pa.array([msgspec.msgpack.encode(done)], pa.binary())], ["done"])


def _commit(folder: Path, manifest: Manifest, segments: list[SegmentEntry]) -> None:
    last = max((int(entry.name) for entry in segments), default=0)
    replacing = Manifest(
        settings=manifest.settings,
        generation=manifest.generation + 1,
        segments=tuple(segments),
        next_segment=max(manifest.next_segment, last + 1),
    )
    write_manifest(folder, replacing)
    clear_debris(folder, replacing)


def _rejections(done: list[_Done], files: Mapping[str, int]) -> list[Rejection]:
    """What was refused, in the order of the sources, with the line in its file."""
    before: dict[tuple[str, int], int] = {}
    lines: dict[str, int] = {}
    for read in sorted((read for part in done for read in part.parts), key=lambda read: read.block):
        before[read.file, read.block] = lines.get(read.file, 0)
        lines[read.file] = before[read.file, read.block] + read.lines
    refused = [refused for part in done for refused in part.refused]
    refused.sort(key=lambda one: (files[one.file], one.block, one.line))
    return [
        Rejection(file=one.file, line=before[one.file, one.block] + one.line, id=one.id, reason=one.reason)
        for one in refused
    ]


def _write_rejections(folder: Path, rejections: list[Rejection]) -> None:
    path = folder / REJECTED
    if not rejections:
        path.unlink(missing_ok=True)
        return
    with writing(path, IndexUnwritable), path.open("wb") as file:
        file.write(msgspec.json.Encoder().encode_lines(rejections))
