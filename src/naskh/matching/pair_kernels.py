"""Compiled kernels of the pair join; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


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
def bucket_pairs(packed: Any, pairs: Any) -> None:
    """Write every pair of members of each bucket as (lower << 32 | higher).

    Args:
        packed: (n,) uint64, sorted and distinct, each (key << 32 | member).
        pairs: uint64, out: as many as there are.
    """
    place = 0
    start = 0
    low = np.uint64(0xFFFFFFFF)
    for end in range(1, len(packed) + 1):
        if end == len(packed) or packed[end] >> np.uint64(32) != packed[start] >> np.uint64(32):
            for i in range(start, end):
                for j in range(i + 1, end):
                    pairs[place] = (packed[i] & low) << np.uint64(32) | (packed[j] & low)
                    place += 1
            start = end


@njit(nogil=True, cache=True)
def needed_of(first: int, second: int, min_jaccard: float, min_containment: float) -> Any:
    """What two sets of such sizes share at least if they reach a threshold, or one less: it is rounded down."""
    by_jaccard = min_jaccard / (1.0 + min_jaccard) * (first + second)
    return np.int64(min(by_jaccard, min_containment * min(first, second)) - 1e-6)


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
