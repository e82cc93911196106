"""Compiled kernels of the inverted index of shingles; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.matching.recurrence import (
    BOILERPLATE_ARTICLES,
    BOILERPLATE_DAYS,
    BOILERPLATE_SHARE,
    STORY_ARTICLES,
    STORY_DAYS,
    UNDATED,
)
from naskh.matching.sort_kernels import bucket_bits, spread_sort

#: Traits of a shingle: it is boilerplate of an outlet; it stands in one story alone, see `mark_brief`.
STOCK = 1
BRIEF = 2


@njit(nogil=True, cache=True)
def count(shingles: Any, starts: Any, counts: Any, gaps: Any, shift: int, found: Any) -> None:
    """How many shingles some articles have in each range of 2 ** shift, repeats included.

    Args:
        shingles: see `naskh.matching.corpus.Ranges`, of articles.
        starts: likewise.
        counts: likewise.
        gaps: likewise.
        shift: the logarithm of the width of a range.
        found: (ranges,) int64, in and out.

    """
    for i in range(len(starts)):
        for at in range(starts[i], starts[i] + gaps[i, 0]):
            found[np.int64(shingles[at]) >> shift] += 1
        for at in range(starts[i] + gaps[i, 1], starts[i] + counts[i]):
            found[np.int64(shingles[at]) >> shift] += 1


@njit(nogil=True, cache=True)
def gather(
    shingles: Any, starts: Any, counts: Any, gaps: Any, numbers: Any, first: int, shift: int, places: Any,
    packed: Any,
) -> None:  # fmt: skip
    """Collect what `count` counts as (shingle << 32 | article), by range.

    Args:
        shingles: see `count`.
        starts: likewise.
        counts: likewise.
        gaps: likewise.
        numbers: (n,) int64: of the articles.
        first: the first of the ranges, as many as there are `places`; other shingles are passed over.
        shift: see `count`.
        places: (ranges,) int64: where those of each range begin in `packed`; overwritten.
        packed: uint64, out.

    """
    low, width = first << shift, len(places) << shift
    for i in range(len(starts)):
        for half in range(2):
            start = starts[i] + (gaps[i, 1] if half else 0)
            end = starts[i] + (counts[i] if half else gaps[i, 0])
            for at in range(start, end):
                above = np.int64(shingles[at]) - low
                if 0 <= above < width:
                    place = places[above >> shift]
                    packed[place] = np.uint64(shingles[at]) << np.uint64(32) | np.uint64(numbers[i])
                    places[above >> shift] = place + 1


@njit(nogil=True, cache=True)
def invert(packed: Any, top: int, hashes: Any, sizes: Any, holders: Any) -> tuple[int, int]:
    """The shingles that two articles or more have, and who has them.

    Args:
        packed: (n,) uint64, see `gather`, of one range.
        top: the bit above the highest one in which they differ.
        hashes: (n,) uint32, out: the shingles, sorted.
        sizes: (n,) int32, out: how many articles have each.
        holders: (n,) int32, out: these, ascending, of one shingle after the other.

    Returns:
        the number of shingles, and of holders.

    """
    count = len(packed)
    ordered = np.empty(count, np.uint64)
    spread_sort(packed, count, top, ordered, np.empty((1 << bucket_bits(count)) + 1, np.int64))
    shingles = written = start = 0
    while start < count:
        before = written
        end = start
        while end < count and ordered[end] >> np.uint64(32) == ordered[start] >> np.uint64(32):
            if end == start or ordered[end] != ordered[end - 1]:
                holders[written] = np.int64(ordered[end] & np.uint64(0xFFFFFFFF))
                written += 1
            end += 1
        if written - before > 1:
            hashes[shingles] = ordered[start] >> np.uint64(32)
            sizes[shingles] = written - before
            shingles += 1
        else:
            written = before
        start = end
    return shingles, written


@njit(nogil=True, cache=True)
def count_holders(holders: Any, counts: Any) -> None:
    """How often each article is a holder, on top of `counts`, (articles,) int64."""
    for at in range(len(holders)):
        counts[holders[at]] += 1


@njit(nogil=True, cache=True)
def turn(ends: Any, holders: Any, number: int, first: int, places: Any, shingles: Any) -> None:
    """Write which of some shingles some articles have, in order.

    Args:
        ends: see `naskh.matching.postings.Postings`, of these shingles.
        holders: likewise, of all.
        number: the first shingle.
        first: the first article.
        places: (n,) int64: where those of each of the articles begin in `shingles`; overwritten.
        shingles: int32, out.

    """
    for shingle in range(len(ends) - 1):
        for at in range(ends[shingle], ends[shingle + 1]):
            article = holders[at] - first
            if 0 <= article < len(places):
                shingles[places[article]] = number + shingle
                places[article] += 1


@njit(nogil=True, cache=True)
def mark_stock(ends: Any, holders: Any, outlets: Any, days: Any, counts: Any, seen: Any, traits: Any) -> None:
    """Give the trait `STOCK` to boilerplate of one outlet, as `naskh.matching.recurrence.boilerplate` tells it.

    Args:
        ends: (shingles + 1,) integers: shingle i stands in the articles holders[ends[i] : ends[i + 1]].
        holders: int32.
        outlets: (articles,) int64, codes, -1 for none.
        days: (articles,) int64, codes, -1 for an article without a date.
        counts: (outlets,) int64, scratch, of zeros.
        seen: (days,) int64, scratch, of -1.
        traits: (shingles,) uint8, in and out.

    """
    for shingle in range(len(traits)):
        total = ends[shingle + 1] - ends[shingle]
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
        if most >= max(BOILERPLATE_SHARE * total, 1) and different >= BOILERPLATE_DAYS:
            traits[shingle] |= STOCK


@njit(nogil=True, cache=True)
def mark_brief(ends: Any, holders: Any, days: Any, traits: Any) -> None:
    """Give those shingles the trait `BRIEF` that no article of another story has, whichever two share them.

    These are most of what copies share: they stand in few articles, all of the same days but for undated ones.

    Args:
        ends: see `mark_stock`.
        holders: likewise.
        days: (articles,) int32, see `naskh.matching.recurrence.day_of`.
        traits: (shingles,) uint8, in and out.

    """
    for shingle in range(len(traits)):
        if ends[shingle + 1] - ends[shingle] > STORY_ARTICLES:
            continue
        first, last = np.int64(1 << 40), np.int64(-(1 << 40))
        for at in range(ends[shingle], ends[shingle + 1]):
            day = np.int64(days[holders[at]])
            if day != UNDATED:
                first, last = min(first, day), max(last, day)
        if last - first <= STORY_DAYS:
            traits[shingle] |= BRIEF
