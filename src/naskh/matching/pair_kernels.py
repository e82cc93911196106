"""Compiled kernels of the pair join; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import bit_count


@njit(nogil=True, cache=True)
def band_entries(
    table: Any, rest: Any, rows: Any, members: Any, rest_bits: int, start: int, end: int, bucket: int, low: int,
    range_bits: int, packed: Any, count: int,
) -> Any:  # fmt: skip
    """Collect the entries of a band as (key << 32 | member).

    Args:
        table: where the entries of each bucket begin, of this band; see `naskh.index.postings.Postings`.
        rest: see there.
        rows: see there.
        members: the member of each row, below 0 for none.
        rest_bits: bits of a key in `rest`.
        start: the first entry.
        end: one past the last.
        bucket: that of the first entry, or one before.
        low: entries with keys below, or not below low + 2 ** range_bits, are left out.
        range_bits: the logarithm of the number of keys.
        packed: uint64, out.
        count: how many entries it holds already.

    Returns:
        how many it holds.

    """
    for at in range(start, end):
        while table[bucket + 1] <= at:
            bucket += 1
        key = np.int64(bucket) << rest_bits | np.int64(rest[at])
        member = np.int64(members[rows[at]])
        if member >= 0 and (key - low) >> range_bits == 0:
            packed[count] = np.uint64(key) << np.uint64(32) | np.uint64(member)
            count += 1
    return count


@njit(nogil=True, cache=True)
def connect(first: Any, second: Any, lowest: Any) -> None:
    """The lowest node that each node is connected with.

    Args:
        first: (n,) int64, one end of each link.
        second: (n,) int64, the other.
        lowest: (nodes,) int64, in and out: each its own number at first.

    """
    for link in range(len(first)):
        a, b = first[link], second[link]
        while lowest[a] != a:
            lowest[a] = lowest[lowest[a]]
            a = lowest[a]
        while lowest[b] != b:
            lowest[b] = lowest[lowest[b]]
            b = lowest[b]
        lowest[max(a, b)] = min(a, b)
    for node in range(len(lowest)):  # what is lower is known already
        lowest[node] = lowest[lowest[node]]


@njit(nogil=True, cache=True)
def shared_count(sets: Any, first: int, first_end: int, second: int, second_end: int, needed: Any) -> int:
    """Elements that two sorted sets have in common; gives up with 0 when there cannot be `needed` of them."""
    shared = 0
    while first < first_end and second < second_end:
        if shared + min(first_end - first, second_end - second) < needed:
            return 0
        a = sets[first]
        b = sets[second]
        shared += a == b
        first += a <= b
        second += b <= a
    return shared


@njit(nogil=True, cache=True)
def needed_of(first: int, second: int, min_jaccard: float, min_containment: float) -> Any:
    """What two sets of such sizes share at least if they reach a threshold, or one less: it is rounded down."""
    by_jaccard = min_jaccard / (1.0 + min_jaccard) * (first + second)
    return np.int64(min(by_jaccard, min_containment * min(first, second)) - 1e-6)


@njit(nogil=True, cache=True)
def most_shared(one: Any, other: Any, size: int, other_size: int) -> Any:
    """What two sets share at most, by their bitmaps (see `naskh.matching.sort_kernels.set_bitmaps`) and sizes.

    For each bit that only one of them has, there is a value at least that the other lacks (the bitmap filter of
    Sandes, Teodoro, Melo 2017).
    """
    left = bit_count(one[0] & ~other[0]) + bit_count(one[1] & ~other[1])
    right = bit_count(other[0] & ~one[0]) + bit_count(other[1] & ~one[1])
    return min(size - left, other_size - right)


@njit(nogil=True, cache=True)
def bucket_pairs(packed: Any, bitmaps: Any, sizes: Any, min_jaccard: float, pairs: Any) -> int:
    """Write the pairs of members of each bucket that may reach a threshold, as (lower << 32 | higher).

    Args:
        packed: (n,) uint64, sorted and distinct, each (key << 32 | member).
        bitmaps: (members, 2) uint64, see `most_shared`.
        sizes: (members,) int64.
        min_jaccard: the threshold.
        pairs: uint64, out: room for all pairs.

    Returns:
        how many there are.

    """
    place = 0
    start = 0
    for end in range(1, len(packed) + 1):
        if end == len(packed) or packed[end] >> np.uint64(32) != packed[start] >> np.uint64(32):
            for i in range(start, end):
                a = np.int64(packed[i] & np.uint64(0xFFFFFFFF))
                for j in range(i + 1, end):
                    b = np.int64(packed[j] & np.uint64(0xFFFFFFFF))
                    most = most_shared(bitmaps[a], bitmaps[b], sizes[a], sizes[b])
                    if most >= needed_of(sizes[a], sizes[b], min_jaccard, 2.0):
                        pairs[place] = np.uint64(a) << np.uint64(32) | np.uint64(b)
                        place += 1
            start = end
    return place


@njit(nogil=True, cache=True)
def verify(
    pairs: Any, sets: Any, begins: Any, sizes: Any, min_jaccard: float, min_containment: float, shared: Any
) -> None:  # fmt: skip
    """The exact number of shingles that each pair of sets shares, where it may reach a threshold.

    Most candidates share little, and are given up early: two sets at Jaccard J share ``J / (1 + J)`` of the sum
    of their sizes.

    Args:
        pairs: (n,) uint64, each (one set << 32 | another).
        sets: see `naskh.matching.sort_kernels.sorted_sets`.
        begins: (sets,) int64: where each set begins in `sets`.
        sizes: (sets,) int64: how many shingles it has.
        min_jaccard: the first threshold.
        min_containment: the other, on the smaller set; above 1.0 for none.
        shared: (n,) int64, out: may be 0 for pairs below both thresholds, and is exact for all others.
    """
    for i in range(len(pairs)):
        a = np.int64(pairs[i] >> np.uint64(32))
        b = np.int64(pairs[i] & np.uint64(0xFFFFFFFF))
        needed = needed_of(sizes[a], sizes[b], min_jaccard, min_containment)
        if needed > min(sizes[a], sizes[b]):
            shared[i] = 0
        else:
            a_end, b_end = begins[a] + sizes[a], begins[b] + sizes[b]
            shared[i] = shared_count(sets, begins[a], a_end, begins[b], b_end, needed)
