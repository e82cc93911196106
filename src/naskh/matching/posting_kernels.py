"""Compiled kernels of the inverted index of shingles; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.matching.recurrence import BOILERPLATE_ARTICLES, BOILERPLATE_DAYS, BOILERPLATE_SHARE, UNDATED
from naskh.matching.sort_kernels import bucket_bits, spread_sort

#: Beyond any day, and far enough from it that a story's days can be added.
NEVER = 1 << 29


@njit(nogil=True, cache=True)
def lower_bound(values: Any, start: int, end: int, wanted: int) -> int:
    """The first place in sorted values[start:end] that is not below a number; they are taken to be spread evenly.

    Args:
        values: uint32.
        start: the first place.
        end: one past the last.
        wanted: 0 to 2 ** 32.

    """
    place = start + ((end - start) * wanted >> 32)
    while place > start and np.int64(values[place - 1]) >= wanted:
        place -= 1
    while place < end and np.int64(values[place]) < wanted:
        place += 1
    return place


@njit(nogil=True, cache=True)
def count(sets: Any, set_ends: Any, own: Any, low: int, high: int, shift: int, counts: Any) -> None:
    """How many shingles in [low, high) some articles have in each range of 2 ** shift.

    Args:
        sets: see `naskh.matching.corpus.Items`.
        set_ends: likewise.
        own: (n,) int64: the sets of the articles.
        low: the first shingle.
        high: one past the last.
        shift: the logarithm of the width of a range.
        counts: (ranges,) int64, out.

    """
    counts[:] = 0
    for i in range(len(own)):
        end = set_ends[own[i] + 1]
        place = lower_bound(sets, set_ends[own[i]], end, low)
        while place < end and np.int64(sets[place]) < high:
            counts[(np.int64(sets[place]) - low) >> shift] += 1
            place += 1


@njit(nogil=True, cache=True)
def gather(
    sets: Any, set_ends: Any, own: Any, first: int, low: int, high: int, shift: int, places: Any, packed: Any
) -> None:
    """Collect what `count` counts as (shingle << 32 | article), by range.

    Args:
        sets: see `count`.
        set_ends: likewise.
        own: likewise.
        first: the number of the first article.
        low: see `count`.
        high: likewise.
        shift: likewise.
        places: (ranges,) int64: where those of each range begin in `packed`; overwritten.
        packed: uint64, out.

    """
    for i in range(len(own)):
        end = set_ends[own[i] + 1]
        place = lower_bound(sets, set_ends[own[i]], end, low)
        while place < end and np.int64(sets[place]) < high:
            number = (np.int64(sets[place]) - low) >> shift
            packed[places[number]] = np.uint64(sets[place]) << np.uint64(32) | np.uint64(first + i)
            places[number] += 1
            place += 1


@njit(nogil=True, cache=True)
def invert(
    packed: Any, count: int, top: int, article_days: Any, hashes: Any, sizes: Any, days: Any, holders: Any
) -> tuple[int, int]:  # fmt: skip
    """The shingles that two articles or more have, and who has them.

    Args:
        packed: see `gather`, of one range.
        count: how many.
        top: the bit above the highest one in which they differ.
        article_days: (articles,) int64, `day_of` each.
        hashes: (count,) uint32, out: the shingles, sorted.
        sizes: (count,) int64, out: how many articles have each.
        days: (count, 2) int32, out: the first and the last of these articles' days, of those that are dated; where
            none is, the first is above the last.
        holders: (count,) int32, out: these, ascending, of one shingle after the other.

    Returns:
        the number of shingles, and of holders.

    """
    ordered = np.empty(count, np.uint64)
    spread_sort(packed, count, top, ordered, np.empty((1 << bucket_bits(count)) + 1, np.int64))
    shingles = written = start = 0
    for end in range(1, count + 1):
        if end < count and ordered[end] >> np.uint64(32) == ordered[start] >> np.uint64(32):
            continue
        if end - start > 1:
            hashes[shingles] = ordered[start] >> np.uint64(32)
            sizes[shingles] = end - start
            low, high = NEVER, -NEVER
            for k in range(start, end):
                holder = np.int64(ordered[k] & np.uint64(0xFFFFFFFF))
                holders[written] = holder
                written += 1
                if article_days[holder] != UNDATED:
                    low, high = min(low, article_days[holder]), max(high, article_days[holder])
            days[shingles, 0], days[shingles, 1] = low, high
            shingles += 1
        start = end
    return shingles, written


@njit(nogil=True, cache=True)
def boilerplate(ends: Any, holders: Any, outlets: Any, days: Any, counts: Any, seen: Any, found: Any) -> None:
    """Which shingles are boilerplate of one outlet; as `naskh.matching.recurrence.boilerplate`.

    Args:
        ends: (shingles + 1,) int64: shingle i stands in the articles holders[ends[i] : ends[i + 1]].
        holders: int32.
        outlets: (articles,) int64, codes, -1 for none.
        days: (articles,) int64, codes, -1 for an article without a date.
        counts: (outlets,) int64, scratch, of zeros.
        seen: (days,) int64, scratch, of -1.
        found: (shingles,) bool, out.

    """
    for shingle in range(len(found)):
        total = ends[shingle + 1] - ends[shingle]
        found[shingle] = False
        if total < BOILERPLATE_ARTICLES:
            continue
        most = different = 0
        for at in range(ends[shingle], ends[shingle + 1]):
            outlet, day = outlets[holders[at]], days[holders[at]]
            if outlet >= 0:
                counts[outlet] += 1
                most = max(most, counts[outlet])
            if day >= 0 and seen[day] != shingle:
                seen[day] = shingle
                different += 1
        for at in range(ends[shingle], ends[shingle + 1]):
            if outlets[holders[at]] >= 0:
                counts[outlets[holders[at]]] = 0
        found[shingle] = most >= max(BOILERPLATE_SHARE * total, 1) and different >= BOILERPLATE_DAYS
