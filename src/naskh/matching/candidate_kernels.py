"""Compiled kernels that find the candidates for a query; conventions as in `naskh.sketch.kernels`.

They give what `naskh.matching.candidates` gives. The arrays of all segments are reached
through a table of addresses (see `naskh.matching.compiled`), since their number and their types differ
from index to index.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import peek_i64, peek_u16, peek_u32, peek_u64, prefetch

#: Columns of the table of addresses: arrays of a segment, and what is known of them.
(
    BAND_TABLE, BAND_REST, BAND_ROWS, BAND_BUCKETS, BAND_REST_BITS, BAND_REST_WIDE, BAND_ROWS_WIDE,
    FRAC_TABLE, FRAC_REST, FRAC_ROWS, FRAC_BUCKETS, FRAC_REST_BITS, FRAC_REST_WIDE, FRAC_ROWS_WIDE,
    PARAGRAPH_ARTICLE, BOUNDS, SHINGLES, DATELINE_FIRST, DATELINE_END, DELETED, DELETED_COUNT, ARTICLES,
    ID_HASHES, ID_ARTICLES, IDS, DAYS, OUTLETS,
    PARAGRAPH_NUMBER, PARAGRAPH_FIRST, PARAGRAPH_SHINGLES, PARAGRAPHS,
) = range(31)  # fmt: skip
COLUMNS = 31

#: Of more entries, those of a key are found by bisection.
_LONG = 64
#: An article that shares a band, whatever else it shares.
_SURE = np.uint32(1 << 31)


@njit(inline="always")
def _peek(address: Any, index: Any, wide: Any) -> Any:
    if wide:
        return np.int64(peek_u32(address, index))
    return np.int64(peek_u16(address, index))


@njit(nogil=True, cache=True)
def first_entry(rest: Any, wide: Any, start: Any, end: Any, wanted: Any) -> Any:
    """The first of the sorted entries [start, end) of a bucket that is not below the wanted rest of a key."""
    low, high = start, end
    while high - low > _LONG:
        middle = (low + high) >> 1
        if _peek(rest, middle, wide) < wanted:
            low = middle + 1
        else:
            high = middle
    while low < high and _peek(rest, low, wide) < wanted:
        low += 1
    return low


@njit(nogil=True, cache=True)
def is_deleted(segment: Any, row: Any) -> Any:
    """Whether an article of a segment is deleted."""
    low, high = 0, segment[DELETED_COUNT]
    while low < high:
        middle = (low + high) >> 1
        if np.int64(peek_u32(segment[DELETED], middle)) < row:
            low = middle + 1
        else:
            high = middle
    return low < segment[DELETED_COUNT] and np.int64(peek_u32(segment[DELETED], low)) == row


@njit(nogil=True, cache=True)
def find_ids(segments: Any, wanted: Any, found: Any) -> int:
    """Where live articles with a hash of their id are.

    Args:
        segments: (n, COLUMNS) int64, the table of addresses.
        wanted: uint64, the hash.
        found: (m, 2) int64, out: segment and row of each, as many as there is room for.

    Returns:
        how many there are.

    """
    count = 0
    for number in range(len(segments)):
        segment = segments[number]
        low, high = 0, segment[IDS]
        while low < high:
            middle = (low + high) >> 1
            if peek_u64(segment[ID_HASHES], middle) < wanted:
                low = middle + 1
            else:
                high = middle
        while low < segment[IDS] and peek_u64(segment[ID_HASHES], low) == wanted and count < len(found):
            row = np.int64(peek_u32(segment[ID_ARTICLES], low))
            if not is_deleted(segment, row):
                found[count, 0] = number
                found[count, 1] = row
                count += 1
            low += 1
    return count


@njit(nogil=True, cache=True)
def bucket_edges(table: Any, rest: Any, wide: Any, keys: Any, buckets: Any, bits: Any) -> Any:
    """Where the buckets of keys begin and end; all at once, so that memory works on many of them at a time.

    Args:
        table: address of the table of a `Postings`.
        rest: address of its `rest`, of which the first lines are fetched.
        wide: whether that is uint32.
        keys: (n, lists) uint32.
        buckets: of each list.
        bits: of a key that are not its bucket's.

    Returns:
        (n * lists, 2) int64.

    """
    edges = np.empty((keys.size, 2), np.int64)
    for k in range(keys.size):
        number = k % keys.shape[1]
        bucket = number * buckets + (np.int64(keys[k // keys.shape[1], number]) >> bits)
        edges[k, 0] = np.int64(peek_u32(table, bucket))
        edges[k, 1] = np.int64(peek_u32(table, bucket + 1))
    for k in range(keys.size):
        prefetch(rest + (edges[k, 0] << (1 + wide)))
        prefetch(rest + (edges[k, 1] << (1 + wide)))
    return edges


@njit(nogil=True, cache=True)
def candidate_rows(segment: Any, own: Any, keys: Any, counts: Any, touched: Any) -> int:
    """The articles of a segment that may share text with a query, as `naskh.matching.candidates.candidates`.

    Args:
        segment: (COLUMNS,) int64, its addresses.
        own: (d,) uint32, the query's distinct shingles, sorted.
        keys: (p, bands) uint32, the band keys of its paragraphs, those left out that are all dateline.
        counts: (>= articles,) uint32, zeros; and left so.
        touched: (>= articles,) int64, out: rows, unsorted.

    Returns:
        how many there are.

    """
    seen = 0
    bits = segment[FRAC_REST_BITS]
    mask = (np.int64(1) << bits) - 1
    rest, rows = segment[FRAC_REST], segment[FRAC_ROWS]
    wide, rows_wide = segment[FRAC_REST_WIDE], segment[FRAC_ROWS_WIDE]
    edges = bucket_edges(segment[FRAC_TABLE], rest, wide, own.reshape(-1, 1), segment[FRAC_BUCKETS], bits)
    for k in range(len(own)):
        wanted = np.int64(own[k]) & mask
        place = first_entry(rest, wide, edges[k, 0], edges[k, 1], wanted)
        while place < edges[k, 1] and _peek(rest, place, wide) == wanted:
            row = _peek(rows, place, rows_wide)
            if counts[row] == 0:
                touched[seen] = row
                seen += 1
            counts[row] += np.uint32(1)
            place += 1
    bits = segment[BAND_REST_BITS]
    mask = (np.int64(1) << bits) - 1
    rest, rows = segment[BAND_REST], segment[BAND_ROWS]
    wide, rows_wide = segment[BAND_REST_WIDE], segment[BAND_ROWS_WIDE]
    edges = bucket_edges(segment[BAND_TABLE], rest, wide, keys, segment[BAND_BUCKETS], bits)
    for k in range(keys.size):
        wanted = np.int64(keys[k // keys.shape[1], k % keys.shape[1]]) & mask
        place = first_entry(rest, wide, edges[k, 0], edges[k, 1], wanted)
        while place < edges[k, 1] and _peek(rest, place, wide) == wanted:
            row = np.int64(peek_u32(segment[PARAGRAPH_ARTICLE], _peek(rows, place, rows_wide)))
            if counts[row] == 0:
                touched[seen] = row
                seen += 1
            counts[row] |= _SURE
            place += 1
    least = min(2, len(own))
    kept = 0
    for i in range(seen):
        row = touched[i]
        enough = np.int64(counts[row]) >= least
        if not enough:
            size = peek_i64(segment[BOUNDS], row + 1) - peek_i64(segment[BOUNDS], row)
            enough = size <= least
        counts[row] = 0
        if enough and not is_deleted(segment, row):
            touched[kept] = row
            kept += 1
    return kept


@njit(nogil=True, cache=True)
def all_candidates(segments: Any, own: Any, keys: Any, leave_out: Any, scratch: Any) -> Any:
    """The candidates of all segments: (n, 2) int64, segment and row; see `share_all`."""
    counts, touched = scratch
    found = np.empty((256, 2), np.int64)
    n = 0
    for number in range(len(segments)):
        rows = candidate_rows(segments[number], own, keys, counts, touched)
        if n + rows > len(found):
            larger = np.empty((2 * (n + rows), 2), np.int64)
            larger[:n] = found[:n]
            found = larger
        for i in range(rows):
            if number != leave_out[0] or touched[i] != leave_out[1]:
                found[n, 0], found[n, 1] = number, touched[i]
                n += 1
    return found[:n]
