"""The compiled kernel that sorts postings; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

#: Entries of a part of a bucket on average, and bits by which a bucket is divided, at most.
_FEW = 4
_FINEST = 6
#: A part of more entries is not sorted by insertion, whose cost grows with the square.
_LARGE = 512


@njit(nogil=True, cache=True)
def fill_list(
    keys: Any, owners: Any, number: int, buckets: int, rest_bits: int, table: Any, rest: Any, rows: Any
) -> Any:
    """Sort (key, row) into one list of a `Postings`, each pair once: by parts of buckets, and then in each part.

    Args:
        keys: (n,) uint32.
        owners: (n,) uint32, the row of each, ascending.
        number: the list; where it begins stands in ``table[number * buckets]``.
        buckets: see `Postings`.
        rest_bits: likewise.
        table: (lists * buckets + 1,) uint32, out: the buckets of this list.
        rest: (>= first + n,) uint16 or uint32, out: this list's.
        rows: likewise.

    Returns:
        the entries of the list: as many as there are distinct pairs.

    """
    first: Any = np.int64(table[number * buckets])
    finer = 0  # bits by which each bucket is divided while sorting, until its parts hold a few entries
    while finer < min(rest_bits, _FINEST) and len(keys) > _FEW * (buckets << finer):
        finer += 1
    shift = rest_bits - finer
    ends = np.zeros((buckets << finer) + 1, np.uint32)
    for i in range(len(keys)):
        ends[(np.int64(keys[i]) >> shift) + 1] += np.uint32(1)
    for part in range(buckets << finer):
        ends[part + 1] += ends[part]
    mask = np.uint32((1 << rest_bits) - 1)
    for i in range(len(keys)):  # in the order of rows, so that equal keys stay in it
        own = np.int64(keys[i]) >> shift
        place = first + np.int64(ends[own])
        ends[own] += np.uint32(1)
        rest[place] = keys[i] & mask
        rows[place] = owners[i]
    start = first
    out: Any = first
    for part in range(buckets << finer):  # now ends[part] is the end of this one
        end = first + np.int64(ends[part])
        sort_bucket(rest, rows, start, end)
        if part & ((1 << finer) - 1) == 0:
            table[number * buckets + (part >> finer)] = out
        for place in range(start, end):
            if place > start and rest[place] == rest[out - 1] and rows[place] == rows[out - 1]:
                continue
            rest[out] = rest[place]
            rows[out] = rows[place]
            out += 1
        start = int(end)
    table[(number + 1) * buckets] = out
    return out - first


@njit(nogil=True, cache=True)
def sort_bucket(rest: Any, rows: Any, start: int, end: int) -> None:
    """Sort entries [start, end) by `rest`, those of equal ones staying in their order."""
    if end - start > _LARGE:
        order = np.argsort(rest[start:end], kind="mergesort")
        rest[start:end] = rest[start:end][order]
        rows[start:end] = rows[start:end][order]
        return
    for place in range(start + 1, end):
        key, row = rest[place], rows[place]
        before = place - 1
        while before >= start and rest[before] > key:
            rest[before + 1] = rest[before]
            rows[before + 1] = rows[before]
            before -= 1
        rest[before + 1] = key
        rows[before + 1] = row
