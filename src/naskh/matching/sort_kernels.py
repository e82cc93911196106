"""Compiled kernels that sort hashes; conventions as in `naskh.sketch.kernels`.

Hashes are spread evenly, so that their first bits say nearly where they belong: one pass brings each to a bucket of
about one, and a pass of insertions does the rest, in a third of the time of a sort by comparisons.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

#: A bucket of more values than this is left to a sort by comparisons: repeats, or no hashes.
_CROWDED = 64


@njit(nogil=True, cache=True)
def bucket_bits(count: Any) -> int:
    """How many bits make about as many buckets as there are values."""
    bits = 0
    while 1 << bits < count:
        bits += 1
    return bits


@njit(nogil=True, cache=True)
def spread_sort(values: Any, count: int, top: int, ordered: Any, bounds: Any) -> None:
    """Sort values[:count] as `numpy.sort` does; the bits below `top` should be spread evenly, any above are equal.

    Args:
        values: (count or more,) uint32 or uint64.
        count: how many.
        top: the number of the bit above the highest one that differs.
        ordered: (count or more,) of the same type, out.
        bounds: (2 ** bucket_bits(count) + 1,) int64, scratch.

    """
    bits = min(bucket_bits(count), top)
    shift = np.uint64(top - bits)
    mask = np.uint64((1 << bits) - 1)
    bounds[: (1 << bits) + 1] = 0
    for i in range(count):
        bounds[np.int64(np.uint64(values[i]) >> shift & mask) + 1] += 1
    most = bounds[0]
    for bucket in range(1 << bits):
        most = max(most, bounds[bucket + 1])
        bounds[bucket + 1] += bounds[bucket]
    for i in range(count):
        at = np.int64(np.uint64(values[i]) >> shift & mask)
        ordered[bounds[at]] = values[i]
        bounds[at] += 1
    if most > _CROWDED:
        start = 0
        for bucket in range(1 << bits):  # `bounds` is where each ends by now
            if bounds[bucket] - start > _CROWDED:
                ordered[start : bounds[bucket]] = np.sort(ordered[start : bounds[bucket]])
            start = bounds[bucket]
    for i in range(1, count):
        value = ordered[i]
        place = i
        while place > 0 and ordered[place - 1] > value:
            ordered[place] = ordered[place - 1]
            place -= 1
        ordered[place] = value


@njit(nogil=True, cache=True)
def sorted_sets(shingles: Any, starts: Any, counts: Any, gaps: Any, sets: Any, set_ends: Any) -> None:
    """The distinct shingles of each range, sorted.

    Args:
        shingles: (s,) uint32.
        starts: (n,) int64, first shingle of each range.
        counts: (n,) int64, its length.
        gaps: (n, 2) int64, places in the range, [first, end), that are left out.
        sets: (as many as the ranges have without their gaps,) uint32, out: the sets, one after the other.
        set_ends: (n + 1,) int64, out: where each ends; the first entry is 0.

    """
    longest: Any = 0
    for i in range(len(starts)):
        longest = max(longest, counts[i])
    values = np.empty(longest, np.uint32)
    ordered = np.empty(longest, np.uint32)
    bounds = np.empty((1 << bucket_bits(longest)) + 1, np.int64)
    place = 0
    set_ends[0] = 0
    for i in range(len(starts)):
        count = 0
        for at in range(counts[i]):
            if at < gaps[i, 0] or at >= gaps[i, 1]:
                values[count] = shingles[starts[i] + at]
                count += 1
        spread_sort(values, count, 32, ordered, bounds)
        for k in range(count):
            if k == 0 or ordered[k] != ordered[k - 1]:
                sets[place] = ordered[k]
                place += 1
        set_ends[i + 1] = place


@njit(nogil=True, cache=True)
def set_digests(sets: Any, set_ends: Any, digests: Any) -> None:
    """A 64-bit digest of each set, by chaining the finaliser of MurmurHash3; `digests` is (n,) uint64, out."""
    for i in range(len(digests)):
        digest = ~np.uint64(set_ends[i + 1] - set_ends[i])  # high, where no shingle makes it 0
        for k in range(set_ends[i], set_ends[i + 1]):
            digest = (digest ^ np.uint64(sets[k])) * np.uint64(0xFF51AFD7ED558CCD)
            digest ^= digest >> np.uint64(33)
            digest *= np.uint64(0xC4CEB9FE1A85EC53)
            digest ^= digest >> np.uint64(33)
        digests[i] = digest


@njit(nogil=True, cache=True)
def set_bitmaps(sets: Any, set_ends: Any, bitmaps: Any) -> None:
    """A bitmap of each set: of 128 bits, those that the last seven bits of its values name; (n, 2) uint64, out."""
    for i in range(len(bitmaps)):
        bitmaps[i, 0] = bitmaps[i, 1] = np.uint64(0)
        for k in range(set_ends[i], set_ends[i + 1]):
            bitmaps[i, sets[k] >> 6 & 1] |= np.uint64(1) << np.uint64(sets[k] & 63)


@njit(nogil=True, cache=True)
def copy_ranges(values: Any, starts: Any, places: Any, counts: Any, copies: Any) -> None:
    """Copy ranges of an array, values[start : start + count] each, to copies[place : place + count]."""
    for i in range(len(starts)):
        for k in range(counts[i]):
            copies[places[i] + k] = values[starts[i] + k]
