"""Compiled kernels of the pair join; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def sorted_sets(shingles: Any, starts: Any, counts: Any, gaps: Any, sets: Any, set_ends: Any) -> None:
    """The distinct shingles of each range, sorted.

    Args:
        shingles: (s,) uint32.
        starts: (n,) int64, first shingle of each range.
        counts: (n,) int64, its length.
        gaps: (n, 2) int64, places in the range, [first, end), that are left out.
        sets: (counts.sum(),) uint32, out: the sets, one after the other.
        set_ends: (n + 1,) int64, out: where each ends; the first entry is 0.

    """
    place = 0
    set_ends[0] = 0
    for i in range(len(starts)):
        middle, after, end = starts[i] + gaps[i, 0], starts[i] + gaps[i, 1], starts[i] + counts[i]
        ordered = np.sort(np.concatenate((shingles[starts[i] : middle], shingles[after:end])))
        for k in range(len(ordered)):
            if k == 0 or ordered[k] != ordered[k - 1]:
                sets[place] = ordered[k]
                place += 1
        set_ends[i + 1] = place


@njit(nogil=True, cache=True)
def set_digests(sets: Any, set_ends: Any, digests: Any) -> None:
    """A 64-bit digest of each set, by chaining the finaliser of MurmurHash3; `digests` is (n,) uint64, out."""
    for i in range(len(digests)):
        digest = np.uint64(set_ends[i + 1] - set_ends[i])
        for k in range(set_ends[i], set_ends[i + 1]):
            digest = (digest ^ np.uint64(sets[k])) * np.uint64(0xFF51AFD7ED558CCD)
            digest ^= digest >> np.uint64(33)
            digest *= np.uint64(0xC4CEB9FE1A85EC53)
            digest ^= digest >> np.uint64(33)
        digests[i] = digest


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
def verify(pairs: Any, sets: Any, set_ends: Any, min_jaccard: float, min_containment: float, shared: Any) -> None:
    """The exact number of shingles that each pair of sets shares, where it may reach a threshold.

    Most candidates share little, and are given up early: two sets at Jaccard J share ``J / (1 + J)`` of the sum
    of their sizes.

    Args:
        pairs: (n,) uint64, each (one set << 32 | another).
        sets: see `sorted_sets`.
        set_ends: see `sorted_sets`.
        min_jaccard: the first threshold.
        min_containment: the other, on the smaller set; above 1.0 for none.
        shared: (n,) int64, out: may be 0 for pairs below both thresholds, and is exact for all others.
    """
    for i in range(len(pairs)):
        a = np.int64(pairs[i] >> np.uint64(32))
        b = np.int64(pairs[i] & np.uint64(0xFFFFFFFF))
        a_size = set_ends[a + 1] - set_ends[a]
        b_size = set_ends[b + 1] - set_ends[b]
        by_jaccard = min_jaccard / (1.0 + min_jaccard) * (a_size + b_size)
        needed = np.int64(min(by_jaccard, min_containment * min(a_size, b_size)) - 1e-6)  # rounded down: safe
        if needed > min(a_size, b_size):
            shared[i] = 0
        else:
            shared[i] = shared_count(sets, set_ends[a], set_ends[a + 1], set_ends[b], set_ends[b + 1], needed)
