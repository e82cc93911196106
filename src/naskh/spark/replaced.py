"""Which of the articles that were written stand twice, by id: the last source counts, in a file the first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from naskh.arrays import UInt32
from naskh.index import disk
from naskh.index.files import FileEntry, Kind, write_table
from naskh.index.keeping import write_twin
from naskh.index.manifest import Manifest, SegmentEntry
from naskh.index.segment import Segment
from naskh.settings import Settings
from naskh.spark.stored import Batches, mapped, numbers, over, rows, whole_groups

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_ROWS = 1 << 18

_IDS = "id string, file int, block long, number long, segment int, row int, digest long"


class Written(NamedTuple):
    """A new segment, and where its articles come from: the first row of each run, file, part of it, and number."""

    entry: SegmentEntry
    origins: list[tuple[int, int, int, int]]


class Counts(msgspec.Struct):
    """What became of the articles that are no rejections."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0


class Outcome(NamedTuple):
    """What the index is to hold.

    Attributes:
        segments: those that were there, and the new ones, with their deleted rows.
        counts: of articles.
        twice: the file and the id of each article that stands in its file already.

    """

    segments: list[SegmentEntry]
    counts: Counts
    twice: list[tuple[int, str]]


def without_replaced(spark: SparkSession, folder: Path, manifest: Manifest, written: list[Written]) -> Outcome:
    """Delete the articles that others replace; nothing is committed by that.

    Args:
        spark: the session.
        folder: the index.
        manifest: what is committed.
        written: what is not yet.

    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812

    entries = [*manifest.segments, *(new.entry for new in written)]
    total = sum(new.entry.articles for new in written)
    old = len(manifest.segments)
    items = [
        (number, entry, written[number - old].origins if number >= old else [])
        for number, entry in enumerate(entries)
    ]
    every = over(spark, items, partial(_ids, folder, manifest.settings), _IDS)
    order = F.struct("file", -F.col("block"), -F.col("number"), "segment", "row", "digest")
    known = every.groupBy("id").agg(
        F.count(F.lit(1)).alias("times"), F.max(order).alias("last"), F.min(order).alias("first")
    )
    again = known.where("times > 1").withColumn(
        "kept", F.expr("IF(first.file < 0 AND first.digest = last.digest, first, last)")
    )
    place = F.row_number().over(Window.partitionBy("id", "file").orderBy("block", "number"))
    standing = (
        every.join(again.select("id", "first", "kept"), "id")
        .withColumn("place", place)
        .selectExpr(
            "id", "file", "segment", "row", "place",
            "segment <> kept.segment OR row <> kept.row AS goes",
            "first.file < 0 AS stored", "kept.file < 0 AS unchanged",
        )
        .cache()
    )  # fmt: skip
    try:
        figures = standing.selectExpr(
            "count_if(file >= 0 AND place > 1) AS twice",
            "count_if(file >= 0 AND place = 1 AND unchanged) AS unchanged",
            "count_if(file >= 0 AND place = 1) AS given",
            "count(DISTINCT IF(stored, NULL, id)) AS new",
        ).collect()[0]
        twice = [
            (row["file"], row["id"])
            for row in standing.where("file >= 0 AND place > 1")
            .select("file", "id")
            .orderBy("file", "id")
            .collect()
        ]
        gone = standing.where("goes").select("segment", "row").repartition("segment")
        write = partial(_delete, folder, manifest.settings, manifest.generation + 1, entries)
        deleted = mapped(gone.sortWithinPartitions("segment", "row"), write, "segment int, entry binary").collect()
    finally:
        standing.unpersist()
    for row in deleted:
        entry = msgspec.msgpack.decode(row["entry"], type=SegmentEntry)
        if entry.deleted is not None and entry.deleted_articles < entry.articles:
            write_twin(folder, entry.deleted)
        entries[row["segment"]] = entry
    accepted = total - figures["twice"]
    alone = accepted - figures["given"]  # ids that nothing else has
    replaced = figures["given"] - figures["new"] - figures["unchanged"]
    return Outcome(
        [entry for entry in entries if entry.deleted_articles < entry.articles],
        Counts(alone + figures["new"], replaced, figures["unchanged"]),
        twice,
    )


def _ids(
    folder: Path, settings: Settings, item: tuple[int, SegmentEntry, list[tuple[int, int, int, int]]]
) -> Batches:
    number, entry, origins = item
    segment = Segment(folder, entry, settings)
    live = segment.live_rows()
    if not len(live):
        return
    runs = np.array(origins or [(0, -1, 0, 0)], np.int64)
    run = runs[np.searchsorted(runs[:, 0], live, "right") - 1]
    yield rows(
        id=segment.articles.column("id").take(pa.array(live)),
        file=run[:, 1].astype(np.int32),
        block=run[:, 2].copy(),
        number=run[:, 3] + live - run[:, 0],
        segment=np.full(len(live), number, np.int32),
        row=live.astype(np.int32),
        digest=segment.digests[live],
    )


def _delete(
    folder: Path, settings: Settings, generation: int, entries: list[SegmentEntry], batches: Batches
) -> Iterator[pa.RecordBatch]:
    """Write the files of deleted rows."""
    for batch in whole_groups(batches, ["segment"], _ROWS):
        segments, gone = numbers(batch, "segment"), numbers(batch, "row")
        for number in np.unique(segments).tolist():
            entry = entries[number]
            before = Segment(folder, entry, settings).deleted
            both = np.union1d(before, gone[segments == number]).astype(np.uint32)
            file = _deleted_file(folder, f"{entry.name}.{Kind.DELETED.value}-{generation:08}", both)
            changed = msgspec.structs.replace(entry, deleted=file, deleted_articles=len(both))
            yield pa.record_batch(
                [pa.array([number], pa.int32()), pa.array([msgspec.msgpack.encode(changed)], pa.binary())],
                ["segment", "entry"],
            )


def _deleted_file(folder: Path, name: str, gone: UInt32) -> FileEntry:
    """Write the file under a name of this attempt's, then put it in its place: another attempt's is the same."""
    from pyspark import TaskContext

    context = TaskContext.get()
    attempt = f"{context.taskAttemptId() if context else 0}-{os.getpid()}"
    file = write_table(folder, f"{name}-{attempt}.arrow", Kind.DELETED, {"article": pa.array(gone)})
    disk.rename(folder / file.name, folder / f"{name}.arrow")
    return msgspec.structs.replace(file, name=f"{name}.arrow")
