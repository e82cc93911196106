"""Compiled kernels that invert stored articles by the shingles of many queries.

The shingles of an article are read once for all queries of a batch, not once for each. What comes out is an
inverted index of the articles, of no other shingles than those of the queries. Conventions as in
`naskh.sketch.kernels`.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import peek_u32, prefetch
from naskh.matching.lookup_kernels import count_distinct, grown

#: Bits of the filter for each distinct shingle, at least: one of 16 others passes.
_FILTER_BITS = 16
#: So many articles ahead, the first lines of the shingles are fetched from memory.
_AHEAD = 2


@njit(nogil=True, cache=True)
def table_of(distinct: Any) -> Any:
    """What finds a shingle among distinct ones.

    Returns:
        a filter, (2**n,) uint32, a bit for every value of the low bits of a shingle; and slots, (2**m,) uint64:
        (shingle << 32 | index + 1), 0 where it is empty.

    """
    bits = 1 << 16
    while bits < _FILTER_BITS * len(distinct):
        bits *= 2
    size = 64
    while size < 2 * len(distinct):
        size *= 2
    passes = np.zeros(bits // 32, np.uint32)
    slots = np.zeros(size, np.uint64)
    for k in range(len(distinct)):
        shingle = distinct[k]
        passes[(np.int64(shingle) & (bits - 1)) >> 5] |= np.uint32(1) << (shingle & np.uint32(31))
        slot = np.int64(shingle) & (size - 1)
        while slots[slot] != 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = np.uint64(shingle) << np.uint64(32) | np.uint64(k + 1)
    return passes, slots


@njit(nogil=True, cache=True)
def scan(table: Any, starts: Any, counts: Any) -> Any:
    """Which shingles of some articles are among those of a table.

    Args:
        table: what `table_of` gives.
        starts: (articles,) int64, the address of the first shingle of each.
        counts: (articles,) int64, how many it has, its dateline included.

    Returns:
        ends (articles + 1,) int64: an article has [ends[i], ends[i + 1]) of places, int32, and words, int32:
        where such a shingle stands in the article, ascending, and its index in the table.

    """
    passes, slots = table
    mask, slot_mask = 32 * len(passes) - 1, len(slots) - 1
    ends = np.zeros(len(starts) + 1, np.int64)
    places = np.empty(1 << 12, np.int32)
    words = np.empty(1 << 12, np.int32)
    found = 0
    for article in range(len(starts)):
        if article + _AHEAD < len(starts):
            prefetch(starts[article + _AHEAD])
            prefetch(starts[article + _AHEAD] + 64)
        start, count = starts[article], counts[article]
        places = grown(places, found + count)
        words = grown(words, found + count)
        passed = found  # first what passes the filter, so that lookups do not wait for each other
        for place in range(count):
            shingle = peek_u32(start, place)
            places[passed] = place
            passed += (passes[(np.int64(shingle) & mask) >> 5] >> (shingle & np.uint32(31))) & np.uint32(1)
        for i in range(found, passed):
            prefetch(slots.ctypes.data + 8 * (np.int64(peek_u32(start, np.int64(places[i]))) & slot_mask))
        for i in range(found, passed):
            place = places[i]
            shingle = peek_u32(start, np.int64(place))
            slot = np.int64(shingle) & slot_mask
            while slots[slot] != 0 and np.uint32(slots[slot] >> np.uint64(32)) != shingle:
                slot = (slot + 1) & slot_mask
            if slots[slot] != 0:
                places[found] = place
                words[found] = np.int32(np.int64(slots[slot] & np.uint64(0xFFFFFFFF)) - 1)
                found += 1
        ends[article + 1] = found
    return ends, places[:found], words[:found]


@njit(nogil=True, cache=True)
def invert(hits: Any, gaps: Any, distinct: int) -> Any:
    """The articles that have each shingle outside their dateline, in their order.

    Args:
        hits: what `scan` gives.
        gaps: (articles, 2) int64, places of their datelines, [first, end).
        distinct: how many shingles there are.

    Returns:
        ends (distinct + 1,) int64, and articles, int32.

    """
    ends, places, words = hits
    own_ends = np.zeros(distinct + 1, np.int64)
    last = np.full(distinct, -1, np.int32)
    for article in range(len(ends) - 1):
        for i in range(ends[article], ends[article + 1]):
            word = words[i]
            if last[word] != article and not gaps[article, 0] <= places[i] < gaps[article, 1]:
                last[word] = article
                own_ends[word + 1] += 1
    for word in range(distinct):
        own_ends[word + 1] += own_ends[word]
    following = own_ends[:-1].copy()
    holders = np.empty(own_ends[-1], np.int32)
    last[:] = -1
    for article in range(len(ends) - 1):
        for i in range(ends[article], ends[article + 1]):
            word = words[i]
            if last[word] != article and not gaps[article, 0] <= places[i] < gaps[article, 1]:
                last[word] = article
                holders[following[word]] = article
                following[word] += 1
    return own_ends, holders


@njit(nogil=True, cache=True)
def distinct_sizes(starts: Any, counts: Any, gaps: Any, sizes: Any) -> None:
    """How many distinct shingles articles have outside their datelines.

    Args:
        starts: see `scan`.
        counts: likewise.
        gaps: see `invert`.
        sizes: (articles,) int64, in and out: those below 0 are counted.

    """
    seen = np.zeros(1024, np.uint64)
    mark = np.uint64(0)
    for article in range(len(starts)):
        if sizes[article] >= 0:
            continue
        while len(seen) < 2 * counts[article] + 2:
            seen = np.zeros(2 * len(seen), np.uint64)
        mark += np.uint64(1)
        sizes[article] = count_distinct(
            starts[article], 0, counts[article], gaps[article, 0], gaps[article, 1], mark, seen
        )


@njit(nogil=True, cache=True)
def mark_shared(shorter: Any, longer: Any, marked: Any) -> None:
    """Which shingles of an article, outside its dateline, another has outside its own.

    Args:
        shorter: address of its first shingle, how many it has, first and end of its dateline.
        longer: likewise of the other.
        marked: (shingles,) bool, out.

    """
    start, count, gap, gap_end = longer
    size = 64
    while size < 2 * count + 2:
        size *= 2
    slots = np.zeros(size, np.uint64)
    for place in range(count):
        if not gap <= place < gap_end:
            wanted = np.uint64(peek_u32(start, place)) + np.uint64(1)  # 0 is empty
            slot = np.int64(wanted) & (size - 1)
            while slots[slot] != 0 and slots[slot] != wanted:
                slot = (slot + 1) & (size - 1)
            slots[slot] = wanted
    start, count, gap, gap_end = shorter
    for place in range(count):
        wanted = np.uint64(peek_u32(start, place)) + np.uint64(1)
        slot = np.int64(wanted) & (size - 1)
        while slots[slot] != 0 and slots[slot] != wanted:
            slot = (slot + 1) & (size - 1)
        marked[place] = slots[slot] == wanted and not gap <= place < gap_end
