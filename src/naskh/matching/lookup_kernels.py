"""Compiled kernels that look shingles up among those of a query; conventions as in `naskh.sketch.kernels`.

Shingles are hashes already: their low bits are where they stand in a table.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import peek_u32

#: Bits of a filter: it stays in the nearest cache, and of 300 shingles sets one bit in 200.
_FILTER = 1 << 16


@njit(nogil=True, cache=True)
def slots_of(distinct: Any) -> Any:
    """A table that finds a shingle among distinct ones: (2**n,) int32, indices, -1 where it is empty."""
    size = 64
    while size < 4 * len(distinct):
        size *= 2
    slots = np.full(size, -1, np.int32)
    for k in range(len(distinct)):
        slot = np.int64(distinct[k]) & (size - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = k
    return slots


@njit(nogil=True, cache=True)
def filter_of(distinct: Any) -> Any:
    """A bit for every value of the low bits of a shingle, set where one of these has it: (_FILTER / 32,) uint32."""
    bits = np.zeros(_FILTER // 32, np.uint32)
    for shingle in distinct:
        bits[(shingle & np.uint32(_FILTER - 1)) >> np.uint32(5)] |= np.uint32(1) << (shingle & np.uint32(31))
    return bits


@njit(inline="always")
def may_be_in(bits: Any, shingle: Any) -> Any:
    """Whether a shingle may be among those of a filter: of all others, very few seem to be."""
    word = bits[np.uint64(shingle & np.uint32(_FILTER - 1)) >> np.uint64(5)]
    return word >> (shingle & np.uint32(31)) & np.uint32(1)


@njit(inline="always")
def look_up(slots: Any, distinct: Any, shingle: Any) -> Any:
    """The index of a shingle among the distinct ones of a table, or -1."""
    slot = np.int64(shingle) & (len(slots) - 1)
    index = np.int64(slots[slot])
    while index >= 0 and distinct[index] != shingle:
        slot = (slot + 1) & (len(slots) - 1)
        index = np.int64(slots[slot])
    return index


@njit(inline="always")
def is_new(shingle: Any, mark: Any, seen: Any) -> bool:
    """Whether a shingle was not asked for before under this mark; from now on it was.

    Args:
        shingle: uint32.
        mark: uint64, above 0.
        seen: (2**n,) uint64, more than there are shingles under one mark.

    """
    marked = mark << np.uint64(32) | np.uint64(shingle)
    slot = np.int64(shingle) & (len(seen) - 1)
    while seen[slot] >> np.uint64(32) == mark and seen[slot] != marked:
        slot = (slot + 1) & (len(seen) - 1)
    was_seen = seen[slot] == marked
    seen[slot] = marked
    return not was_seen


@njit(nogil=True, cache=True)
def count_distinct(shingles: Any, first: Any, end: Any, gap: Any, gap_end: Any, mark: Any, seen: Any) -> int:
    """The distinct ones of the shingles [first, end), outside [gap, gap_end).

    Args:
        shingles: their address.
        first: see above.
        end: likewise.
        gap: likewise; of an article, its dateline.
        gap_end: likewise.
        mark: see `is_new`; not used with this `seen` before.
        seen: likewise.

    """
    count = 0
    for place in range(first, end):
        if not gap <= place < gap_end:
            count += is_new(peek_u32(shingles, place), mark, seen)
    return count


@njit(nogil=True, cache=True)
def first_not_below(values: Any, count: Any, wanted: Any) -> Any:
    """The first of so many sorted uint32 at an address that is not below a value."""
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if np.int64(peek_u32(values, middle)) < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def places_in_text(text: Any, distinct: int) -> Any:
    """Where each distinct shingle stands in a text: ends (distinct + 1,) and places (len(text),), int64."""
    ends = np.zeros(distinct + 1, np.int64)
    for index in text:
        ends[index + 1] += 1
    for k in range(distinct):
        ends[k + 1] += ends[k]
    places = np.empty(len(text), np.int64)
    following = ends.copy()
    for place in range(len(text)):
        places[following[text[place]]] = place
        following[text[place]] += 1
    return ends, places


@njit(nogil=True, cache=True)
def grown(values: Any, needed: int) -> Any:
    """An array of at least so many values that begins with these."""
    if needed <= len(values):
        return values
    larger = np.empty(max(needed, 2 * len(values)), values.dtype)
    larger[: len(values)] = values
    return larger
