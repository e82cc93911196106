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
from naskh.matching.candidates import MIN_FRAC_SHARED
from naskh.matching.lookup_kernels import first_not_below

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
#: The count of an article that is a candidate whatever else it shares: a band, or as many postings as matter.
_SURE = np.uint8(255)
#: Entries of a key whose articles are fetched from memory ahead.
_AHEAD = 16
#: Of a query with more paragraphs, the same entries are gone through once: they may all be one paragraph.
_MANY_PARAGRAPHS = 256


@njit(inline="always")
def peek_entry(address: Any, index: Any, wide: Any) -> Any:
    """An entry of an array of postings, of 32 bits where they are wide, else of 16."""
    if wide:
        return np.int64(peek_u32(address, index))
    return np.int64(peek_u16(address, index))


@njit(nogil=True, cache=True)
def first_entry(rest: Any, wide: Any, start: Any, end: Any, wanted: Any) -> Any:
    """The first of the sorted entries [start, end) of a bucket that is not below the wanted rest of a key."""
    low, high = start, end
    while high - low > _LONG:
        middle = (low + high) >> 1
        if peek_entry(rest, middle, wide) < wanted:
            low = middle + 1
        else:
            high = middle
    while low < high and peek_entry(rest, low, wide) < wanted:
        low += 1
    return low


@njit(nogil=True, cache=True)
def is_deleted(segment: Any, row: Any) -> Any:
    """Whether an article of a segment is deleted."""
    low = first_not_below(segment[DELETED], segment[DELETED_COUNT], row)
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
def key_ranges(postings: Any, keys: Any) -> Any:
    """Where the entries of keys begin and end in the `Postings` of a segment.

    Each step is done for all keys before the next one, so that memory works on many of them at a time: a key waits
    for it four times, for its bucket, for the bucket's keys, and for the rows of its own.

    Args:
        postings: addresses of `table`, `rest` and `rows`, buckets and rest_bits, and whether `rest` and `rows` are
            uint32, (7,) int64.
        keys: (n, lists) uint32.

    Returns:
        (n * lists, 2) int64.

    """
    table, rest, rows, buckets, bits, wide, rows_wide = postings
    mask = (np.int64(1) << bits) - 1
    lists = keys.shape[1]
    ranges = np.empty((keys.size, 2), np.int64)
    for k in range(keys.size):
        number = k % lists
        ranges[k, 0] = number * buckets + (np.int64(keys[k // lists, number]) >> bits)
        prefetch(table + 4 * ranges[k, 0])
    for k in range(keys.size):
        bucket = ranges[k, 0]
        ranges[k, 0] = np.int64(peek_u32(table, bucket))
        ranges[k, 1] = np.int64(peek_u32(table, bucket + 1))
        prefetch(rest + (ranges[k, 0] << (1 + wide)))
        prefetch(rest + (ranges[k, 1] << (1 + wide)))
    for k in range(keys.size):
        wanted = np.int64(keys[k // lists, k % lists]) & mask
        first = first_entry(rest, wide, ranges[k, 0], ranges[k, 1], wanted)
        end = first
        while end < ranges[k, 1] and peek_entry(rest, end, wide) == wanted:
            end += 1
        ranges[k, 0] = first
        ranges[k, 1] = end
        if end > first:
            prefetch(rows + (first << (1 + rows_wide)))
    return ranges


@njit(nogil=True, cache=True)
def _distinct(ranges: Any, paragraphs: int) -> Any:
    """The ranges of entries of so many paragraphs; of more than a few, each once, and none that is empty."""
    if paragraphs <= _MANY_PARAGRAPHS:
        return ranges
    order = np.argsort(ranges[:, 0])
    found = np.empty_like(ranges)
    count = 0
    for k in order:
        if ranges[k, 1] > ranges[k, 0] and (count == 0 or ranges[k, 0] != found[count - 1, 0]):
            found[count] = ranges[k]
            count += 1
    return found[:count]


@njit(nogil=True, cache=True)
def candidate_rows(segment: Any, own: Any, keys: Any, counts: Any, touched: Any) -> int:
    """The articles of a segment that may share text with a query, as `naskh.matching.candidates.candidates`.

    Args:
        segment: (COLUMNS,) int64, its addresses.
        own: (d,) uint32, the query's distinct shingles, sorted.
        keys: (p, bands) uint32, the band keys of its paragraphs, those left out that are all dateline.
        counts: (>= articles,) uint8, zeros; and left so.
        touched: (>= articles,) int64, out: rows, unsorted.

    Returns:
        how many there are.

    """
    seen = 0
    least = min(MIN_FRAC_SHARED, len(own))
    ranges = key_ranges(segment[FRAC_TABLE : FRAC_ROWS_WIDE + 1], own.reshape(-1, 1))
    rows, wide = segment[FRAC_ROWS], segment[FRAC_ROWS_WIDE]
    for k in range(len(ranges)):
        first, end = ranges[k]
        for place in range(first, end):
            row = peek_entry(rows, place, wide)
            count = counts[row]
            if count == 0:
                touched[seen] = row
                seen += 1
            counts[row] = count + np.uint8(count < MIN_FRAC_SHARED)
    ranges = _distinct(key_ranges(segment[BAND_TABLE : BAND_ROWS_WIDE + 1], keys), len(keys))
    rows, wide = segment[BAND_ROWS], segment[BAND_ROWS_WIDE]
    for k in range(len(ranges)):
        for place in range(ranges[k, 0], min(ranges[k, 1], ranges[k, 0] + _AHEAD)):
            prefetch(segment[PARAGRAPH_ARTICLE] + 4 * peek_entry(rows, place, wide))
    for k in range(len(ranges)):
        for place in range(ranges[k, 0], ranges[k, 1]):
            row = np.int64(peek_u32(segment[PARAGRAPH_ARTICLE], peek_entry(rows, place, wide)))
            if counts[row] == 0:
                touched[seen] = row
                seen += 1
            counts[row] = _SURE
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
    """The candidates of all segments.

    Args:
        segments: (n, COLUMNS) int64, the table of addresses.
        own: see `candidate_rows`.
        keys: likewise.
        leave_out: segment and row of the query itself; -1 where it is not stored.
        scratch: `counts` and `touched` of `candidate_rows`.

    Returns:
        (n, 2) int64, segment and row of each.

    """
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
