"""The compiled kernel that sorts postings; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

#: A bucket of more entries is not sorted by insertion, whose cost grows with the square.
_LARGE = 512


@njit(nogil=True, cache=True)
def fill_list(
    keys: Any, owners: Any, number: int, buckets: int, rest_bits: int, table: Any, rest: Any, rows: Any
) -> Any:
    """Sort (key, row) into one list of a `Postings`, each pair once: by bucket, and then in each bucket.

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
    ends = np.zeros(buckets + 1, np.int64)
    for i in range(len(keys)):
        ends[(np.int64(keys[i]) >> rest_bits) + 1] += 1
    for bucket in range(buckets):
        ends[bucket + 1] += ends[bucket]
    mask = np.uint32((1 << rest_bits) - 1)
    for i in range(len(keys)):  # in the order of rows, so that equal keys stay in it
        own = np.int64(keys[i]) >> rest_bits
        place = first + ends[own]
        ends[own] += 1
        rest[place] = keys[i] & mask
        rows[place] = owners[i]
    start = first
    out: Any = first
    for bucket in range(buckets):  # now ends[bucket] is the end of this one
        end = first + ends[bucket]
        sort_bucket(rest, rows, start, end)
        table[number * buckets + bucket] = out
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
