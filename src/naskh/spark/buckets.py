"""Pairs of members of one bucket, with large buckets cut into blocks, and the exact check of what pairs share.

A bucket of m members has m (m - 1) / 2 pairs, so that one stock paragraph in many spellings would keep one task
busy while all others are done. Exact copies are collapsed before; what is still large is cut into blocks of some
hundreds by a hash, and each two blocks are a group of their own, on whatever task.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from naskh.arrays import Bool, Int64, NDArray, group_bounds
from naskh.matching.corpus import Ranges, sets_of
from naskh.matching.pair_kernels import verify
from naskh.spark.kernels import group_pairs
from naskh.spark.session import Work
from naskh.spark.stored import Batches, mapped, numbers, rows, whole_groups

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: Members of a block; a bucket of more than twice as many is cut.
_BLOCK = 256
#: Rows that are gone through at a time, and pairs.
_ROWS = 1 << 17
_PAIRS = 1 << 20
#: Pairs that are verified at a time; their sets are in memory.
_VERIFIED = 1 << 16
#: Pairs whose lower members have so many bits in common are verified by one task, so that sets serve more often.
_NEAR_BITS = 5

#: The columns of what stands in buckets: bitmaps are zeros where they are not known.
ENTRY = "key long, member long, size int, low long, high long"

#: Where the sets of some members are: the segment of each, and its `Ranges` in that.
Places = Callable[[Int64], list[tuple[Int64, Ranges]]]


def bucket_pairs(
    work: Work, entries: DataFrame, min_jaccard: float, min_containment: float, name: str
) -> DataFrame:
    """The pairs of members that share a key and may reach a threshold by their sizes and bitmaps: (first, second).

    Args:
        work: the run.
        entries: of the columns `ENTRY`; read twice.
        min_jaccard: in (0, 1].
        min_containment: on the smaller set; above 1.0 for none.
        name: under which they are kept.

    """
    from pyspark.sql import functions as F  # noqa: N812

    counts = entries.groupBy("key").agg(F.count(F.lit(1)).alias("members")).where(f"members > {2 * _BLOCK}")
    large = counts.selectExpr("key", f"CAST(ceil(members / {_BLOCK}) AS INT) AS blocks")
    of_block = entries.join(F.broadcast(large), "key", "left").withColumn(
        "block", F.expr("pmod(xxhash64(member), coalesce(blocks, 1))")
    )
    spread = of_block.withColumn("other", F.explode(F.expr("sequence(0, coalesce(blocks, 1) - 1)"))).selectExpr(
        "key", "CAST(least(block, other) AS INT) AS one", "CAST(greatest(block, other) AS INT) AS two",
        "CAST(block > other AS INT) AS side", "member", "size", "low", "high",
    )  # fmt: skip
    groups = spread.repartition(work.partitions, "key", "one", "two").sortWithinPartitions("key", "one", "two")
    found = mapped(groups, partial(_pairs, min_jaccard, min_containment), "first long, second long")
    return work.kept(found.distinct(), name)


def _pairs(min_jaccard: float, min_containment: float, batches: Batches) -> Batches:
    keys = ["key", "one", "two"]
    for batch in whole_groups(batches, keys, _ROWS):
        columns = [numbers(batch, name) for name in keys]
        changes = np.any([column[1:] != column[:-1] for column in columns], axis=0)
        bounds = np.concatenate([[0], np.flatnonzero(changes) + 1, [len(batch)]])
        crossing = (columns[1] != columns[2])[bounds[:-1]]
        bitmaps = np.stack([numbers(batch, "low"), numbers(batch, "high")], axis=1).view(np.uint64)
        sizes = numbers(batch, "size").astype(np.int64)
        sides, members = numbers(batch, "side"), numbers(batch, "member")
        counts = np.diff(bounds)
        total = np.append(0, np.cumsum(counts * (counts - 1) // 2))
        start = 0
        while start < len(counts):
            stop = max(int(np.searchsorted(total, total[start] + _PAIRS, "right")) - 1, start + 1)
            room = int(total[stop] - total[start])
            first, second = np.empty(room, np.int64), np.empty(room, np.int64)
            count = group_pairs(
                bounds[start : stop + 1], sides, members, bitmaps, sizes, crossing[start:stop],
                min_jaccard, min_containment, first, second,
            )  # fmt: skip
            start = stop
            if count:
                first, second = _distinct(first[:count], second[:count])
                yield rows(first=first, second=second)


def _distinct(first: Int64, second: Int64) -> tuple[Int64, Int64]:
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    new = np.append(True, (first[1:] != first[:-1]) | (second[1:] != second[:-1]))
    return first[new], second[new]


def verified(
    work: Work, candidates: DataFrame, places: Places, min_jaccard: float, min_containment: float, name: str
) -> DataFrame:
    """The candidates that reach a threshold, with what they share and their sizes, all exact.

    Args:
        work: the run.
        candidates: (first, second), distinct.
        places: where the sets of members are; called by tasks.
        min_jaccard: in (0, 1].
        min_containment: on the smaller set; above 1.0 for none.
        name: under which they are kept.

    Returns:
        (first, second, shared, first_size, second_size).

    """
    near = candidates.repartition(work.partitions, candidates["first"].bitwiseAND(~((1 << _NEAR_BITS) - 1)))
    schema = "first long, second long, shared int, first_size int, second_size int"
    found = mapped(
        near.sortWithinPartitions("first"), partial(_verified, places, min_jaccard, min_containment), schema
    )
    return work.kept(found, name)


def _verified(places: Places, min_jaccard: float, min_containment: float, batches: Batches) -> Batches:
    for batch in whole_groups(batches, ["first", "second"], _VERIFIED):
        first, second = numbers(batch, "first"), numbers(batch, "second")
        members = np.unique(np.concatenate([first, second]))
        sets, begins, sizes = _sets(places(members), len(members))
        one, other = np.searchsorted(members, first), np.searchsorted(members, second)
        packed = one.astype(np.uint64) << np.uint64(32) | other.astype(np.uint64)
        shared = np.empty(len(packed), np.int64)
        verify(packed, sets, begins, sizes, min_jaccard, min_containment, shared)
        own, others = sizes[one], sizes[other]
        kept = _reaching(shared, own, others, min_jaccard, min_containment)
        yield rows(
            first=first[kept], second=second[kept], shared=shared[kept].astype(np.int32),
            first_size=own[kept].astype(np.int32), second_size=others[kept].astype(np.int32),
        )  # fmt: skip


def _reaching(shared: Int64, one: Int64, other: Int64, min_jaccard: float, min_containment: float) -> Bool:
    """As `naskh.matching.join_kernels.is_pair`, of many pairs."""
    jaccard = shared / np.maximum(one + other - shared, 1)
    kept: Bool = (shared > 0) & (
        (jaccard >= min_jaccard) | (shared / np.maximum(np.minimum(one, other), 1) >= min_containment)
    )
    return kept


def _sets(parts: list[tuple[Int64, Ranges]], count: int) -> tuple[NDArray[np.uint32], Int64, Int64]:
    """The sorted sets of members: all of them, and where each begins and its size, (count,) each."""
    begins, sizes = np.zeros(count, np.int64), np.zeros(count, np.int64)
    all_sets = [np.zeros(0, np.uint32)]
    start = 0
    for which, ranges_of in parts:
        sets, own, _ = sets_of(ranges_of)
        begins[which], sizes[which] = start + np.cumsum(own) - own, own
        start += len(sets)
        all_sets.append(sets)
    return np.concatenate(all_sets), begins, sizes


def by_segment(segments: NDArray[np.int64]) -> list[tuple[int, Int64]]:
    """Each segment that is named, and where."""
    order = np.argsort(segments, kind="stable")
    bounds = group_bounds(segments[order])
    return [(int(segments[order[start]]), order[start:end]) for start, end in pairwise(bounds.tolist())]
