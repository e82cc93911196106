"""The articles of an index, numbered by their ids, and what tasks look up by number: in files, mapped.

The local engine numbers articles in the order of their ids, and so does this: Spark sorts the ids, and the rows of
each partition are numbered from where the one before ended, rounded up to a page of memory, so that no two tasks
write to one.
"""

from __future__ import annotations

import os
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from naskh.arrays import Int32, Int64, NDArray
from naskh.errors import IndexUnusable
from naskh.matching.corpus import Ranges, sets_of
from naskh.matching.origin import moment_of
from naskh.matching.recurrence import UNDATED, day_of
from naskh.spark.session import Work
from naskh.spark.stored import Batches, Piece, State, mapped, numbers, over, pieces, rows, save, whole_groups

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: Numbers of a partition begin at multiples of this: a page of 4-byte values.
_PAGE = 1024
#: Numbers are 32-bit, with a sign.
_MOST_NUMBERS = 1 << 31
#: Rows that are written at a time.
_ROWS = 1 << 18

#: The files by number, and the types of their values.
_FILES: dict[str, Any] = {"place": np.int64, "size": np.int32, "day": np.int32, "outlet": np.int32}

_FACTS = "id string, place long, outlet string, date string, day int, hour double, digest long, size int"


class ByNumber(NamedTuple):
    """What is known of articles by number, in mapped files: (numbers,) each.

    `place` is the segment << 32 | the row; `size` the number of distinct shingles, the dateline left out; `day`
    that of `naskh.matching.recurrence.day_of`; `outlet` a code, -1 for none.
    """

    place: Int64
    size: Int32
    day: Int32
    outlet: Int32


def number_articles(work: Work) -> DataFrame:
    """Number all live articles.

    Returns:
        a row an article: what `_FACTS` says, `number`, `part` (numbers of a part follow each other), `code` of the
        outlet (-1 for none), and `copy`, the first article with the same set of shingles.

    """
    from pyspark.sql import functions as F  # noqa: N812 - Spark's own name for them

    work.step("articles")
    facts = work.kept(
        over(work.spark, pieces(work.manifest, work.cores), partial(_facts, work.state), _FACTS), "facts"
    )
    outlets = sorted(row[0] for row in facts.select("outlet").distinct().collect() if row[0] is not None)
    codes = work.table([(name, code) for code, name in enumerate(outlets)], "outlet string, code int")
    ordered = facts.repartitionByRange(work.partitions, "id").sortWithinPartitions("id")
    numbered, count = in_order(work, ordered, "ordered", _PAGE)
    if count > _MOST_NUMBERS:
        raise IndexUnusable(f"{count:,} numbers are more than 32 bits hold: split the index, by date say")
    first = numbered.groupBy("digest").agg(F.min("number").alias("copy"))
    coded = numbered.join(F.broadcast(codes), "outlet", "left").fillna(-1, ["code"])
    articles = work.kept(coded.join(first, "digest"), "articles")
    _write_by_number(work, articles, count)
    _write_by_row(work, articles)
    return articles


def in_order(work: Work, ordered: DataFrame, name: str, page: int = 1) -> tuple[DataFrame, int]:
    """Number the rows of a frame, whose partitions and their rows are in order.

    Args:
        work: the run.
        ordered: the frame.
        name: under which it is kept.
        page: the number of the first row of each partition is a multiple of this.

    Returns:
        the frame with `part`, the partition, and `number`, from 0; and one past the last number.

    """
    from pyspark.sql import functions as F  # noqa: N812

    kept = work.kept(ordered, name).select("*", "_metadata.file_name", "_metadata.row_index")
    counted = {row["file_name"]: row["count"] for row in kept.groupBy("file_name").count().collect()}
    bases, base = [], 0
    for part, file in enumerate(sorted(counted, key=lambda file: int(file.split("-")[1]))):
        bases.append((file, part, base))
        base += -(-counted[file] // page) * page
    starts = work.table(bases, "file_name string, part int, base long")
    numbered = kept.join(F.broadcast(starts), "file_name")
    return numbered.withColumn("number", F.col("base") + F.col("row_index")).drop(
        "file_name", "row_index", "base"
    ), base


def _facts(state: State, piece: Piece) -> Batches:
    segment = state.open().segment(piece.segment)
    live = piece.live(segment)
    if not len(live):
        return
    dates = segment.articles.column("date").take(pa.array(live)).to_pylist()
    gaps = np.stack(segment.datelines, axis=1)[live].astype(np.int64)
    _, sizes, digests = sets_of(Ranges(segment.shingles, segment.bounds[live], segment.shingle_counts(live), gaps))
    yield rows(
        id=segment.articles.column("id").take(pa.array(live)),
        place=np.int64(piece.segment) << 32 | live,
        outlet=segment.articles.column("outlet").take(pa.array(live)),
        date=pa.array(dates, pa.string()),
        day=np.array([day_of(date) for date in dates], np.int32),
        hour=np.array([moment_of(date) or 0.0 for date in dates], np.float64),
        digest=digests,
        size=sizes.astype(np.int32),
    )


def _write_by_number(work: Work, articles: DataFrame, count: int) -> None:
    for name, kind in _FILES.items():
        with (work.folder / f"{name}.bin").open("wb") as file:
            file.truncate(count * np.dtype(kind).itemsize)
    chosen = articles.selectExpr("part", "number", "place", "size", "day", "code AS outlet")
    by_part = chosen.repartition(work.partitions, "part").sortWithinPartitions("number")
    mapped(by_part, partial(_to_files, work.folder), "rows long").agg({"rows": "sum"}).collect()


def _to_files(folder: Path, batches: Batches) -> Batches:
    files = {name: os.open(folder / f"{name}.bin", os.O_WRONLY) for name in _FILES}
    try:
        for batch in batches:
            number = numbers(batch, "number")
            edges = [0, *(np.flatnonzero(np.diff(number) != 1) + 1).tolist(), len(number)]
            for name, kind in _FILES.items():
                values = np.ascontiguousarray(numbers(batch, name), kind)
                for start, end in pairwise(edges):
                    if start < end:
                        os.pwrite(files[name], values[start:end].data, int(number[start]) * values.itemsize)
            yield rows(rows=np.array([len(batch)]))
    finally:
        for file in files.values():
            os.close(file)


@lru_cache(2)
def by_number(folder: Path) -> ByNumber:
    """Map the files that `number_articles` left; they can be written to, in this process alone."""

    def values(name: str) -> NDArray[Any]:
        path, kind = folder / f"{name}.bin", _FILES[name]
        if not path.stat().st_size:
            return np.zeros(0, kind)
        return np.asarray(np.memmap(path, kind, "c"))

    return ByNumber(*(values(name) for name in _FILES))


def _write_by_row(work: Work, articles: DataFrame) -> None:
    """For each segment, the number of each article row and of its first copy; -1 for deleted ones."""
    chosen = articles.selectExpr("shiftright(place, 32) AS segment", "place", "number", "copy")
    by_segment = chosen.repartition(work.partitions, "segment").sortWithinPartitions("place")
    done = mapped(by_segment, partial(_to_rows, work.state, work.folder), "rows long")
    done.agg({"rows": "sum"}).collect()


def _to_rows(state: State, folder: Path, batches: Batches) -> Batches:
    for batch in whole_groups(batches, ["segment"], _ROWS):
        segments, place = numbers(batch, "segment"), numbers(batch, "place")
        for segment in np.unique(segments).tolist():
            own = segments == segment
            found = np.full((state.open().manifest.segments[segment].articles, 2), -1, np.int64)
            at = place[own] & 0xFFFFFFFF
            found[at, 0], found[at, 1] = numbers(batch, "number")[own], numbers(batch, "copy")[own]
            save(folder, f"numbers-{segment}", found)
        yield rows(rows=np.array([len(batch)]))


def undated_last(prefix: str = "") -> list[str]:
    """SQL expressions that order articles as `naskh.matching.family_facts.Facts.rank` does."""
    return [f"{prefix}day = {UNDATED}", f"{prefix}day", f"{prefix}hour", f"{prefix}number"]
