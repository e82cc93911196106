"""Compiled kernels of a query: its candidates in all segments, and what each shares; see `naskh.sketch.kernels`.

They give what `naskh.matching.candidates` and `naskh.matching.sharing` give. The arrays of all segments are reached
through a table of addresses (`naskh.matching.compiled.address_table`), since their number and their types differ
from index to index.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import peek_i64, peek_u16, peek_u32, peek_u64
from naskh.matching.lookup_kernels import filter_of, grown, look_up, may_be_in, places_in_text, slots_of

#: Columns of the table of addresses: arrays of a segment, and what is known of them.
(
    BAND_TABLE, BAND_REST, BAND_ROWS, BAND_BUCKETS, BAND_REST_BITS, BAND_REST_WIDE, BAND_ROWS_WIDE,
    FRAC_TABLE, FRAC_REST, FRAC_ROWS, FRAC_BUCKETS, FRAC_REST_BITS, FRAC_REST_WIDE, FRAC_ROWS_WIDE,
    PARAGRAPH_ARTICLE, BOUNDS, SHINGLES, DATELINE_FIRST, DATELINE_END, DELETED, DELETED_COUNT, ARTICLES,
    ID_HASHES, ID_ARTICLES, IDS, DAYS, OUTLETS,
) = range(27)  # fmt: skip
COLUMNS = 27

#: Of more entries, those of a key are found by bisection.
_LONG = 64
#: So many hits are sorted by insertion.
_FEW = 16
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
    table, rest, rows = segment[FRAC_TABLE], segment[FRAC_REST], segment[FRAC_ROWS]
    edges = np.empty((len(own), 2), np.int64)
    for k in range(len(own)):  # first all places, so that the memory works on many at once
        bucket = np.int64(own[k]) >> bits
        edges[k, 0] = np.int64(peek_u32(table, bucket))
        edges[k, 1] = np.int64(peek_u32(table, bucket + 1))
    wide, rows_wide = segment[FRAC_REST_WIDE], segment[FRAC_ROWS_WIDE]
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
    table, rest, rows = segment[BAND_TABLE], segment[BAND_REST], segment[BAND_ROWS]
    wide, rows_wide = segment[BAND_REST_WIDE], segment[BAND_ROWS_WIDE]
    for paragraph in range(keys.shape[0]):
        for band in range(keys.shape[1]):
            key = np.int64(keys[paragraph, band])
            bucket = band * segment[BAND_BUCKETS] + (key >> bits)
            end = np.int64(peek_u32(table, bucket + 1))
            wanted = key & mask
            place = first_entry(rest, wide, np.int64(peek_u32(table, bucket)), end, wanted)
            while place < end and _peek(rest, place, wide) == wanted:
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
def count_distinct(
    segment: Any, first: int, end: int, gap: int, gap_end: int, mark: Any, seen: Any, most: int
) -> int:
    """The distinct shingles of an article outside [gap, gap_end); no more than `most` are counted.

    Args:
        segment: its addresses.
        first: the article's first shingle.
        end: one past its last.
        gap: first shingle of the dateline.
        gap_end: one past the last.
        mark: uint64, not used with this `seen` before, and above 0.
        seen: (2**n,) uint64, more than there are shingles.
        most: where to stop.

    """
    count = 0
    for place in range(first, end):
        if gap <= place < gap_end:
            continue
        shingle = peek_u32(segment[SHINGLES], place)
        marked = mark << np.uint64(32) | np.uint64(shingle)
        slot = np.int64(shingle) & (len(seen) - 1)
        while seen[slot] >> np.uint64(32) == mark and seen[slot] != marked:
            slot = (slot + 1) & (len(seen) - 1)
        if seen[slot] != marked:
            seen[slot] = marked
            count += 1
            if count >= most:
                return count
    return count


@njit(nogil=True, cache=True)
def find_in_rows(ends: Any, hits: Any, text: Any, shingles: int) -> Any:
    """Which hits an article has in a row; see `naskh.matching.recurrence.in_rows`.

    Args:
        ends: (n + 1,) int64: an article has ``hits[ends[i] : ends[i + 1]]``.
        hits: int64, indices of distinct shingles.
        text: (t,) int64, a text as such indices.
        shingles: how many distinct ones it has.

    Returns:
        (ends[-1],) bool.

    """
    in_rows = np.zeros(ends[-1], np.bool_)
    place_ends, places = places_in_text(text, shingles)
    stamps = np.full(shingles, -1, np.int64)
    for holder in range(len(ends) - 1):
        for i in range(ends[holder], ends[holder + 1]):
            stamps[hits[i]] = holder
        for i in range(ends[holder], ends[holder + 1]):
            for j in range(place_ends[hits[i]], place_ends[hits[i] + 1]):
                place = places[j]
                before = place > 0 and stamps[text[place - 1]] == holder
                if before or (place + 1 < len(text) and stamps[text[place + 1]] == holder):
                    in_rows[i] = True
                    break
    return in_rows


@njit(nogil=True, cache=True)
def hits_of(segment: Any, bounds: Any, table: Any, own: Any, stamps: Any, mark: int, hits: Any, start: int) -> int:
    """The query's distinct shingles that an article has, sorted.

    Args:
        segment: (COLUMNS,) int64, its addresses.
        bounds: the article's first shingle and end, the first of its dateline and the end of that.
        table: `filter_of` and `slots_of` the query's distinct shingles.
        own: (d,) uint32, these.
        stamps: (d,) int64, none of them `mark`; those of hits become it.
        mark: of this article alone.
        hits: (>= start + d,) int64, out from `start` on.
        start: the place of the first.

    Returns:
        one past the last.

    """
    first, end, gap, gap_end = bounds
    bits, slots = table
    shingles = segment[SHINGLES]
    out = start
    for place in range(first, end):
        shingle = peek_u32(shingles, place)
        if not may_be_in(bits, shingle):
            continue
        index = look_up(slots, own, shingle)
        if index >= 0 and stamps[index] != mark and not gap <= place < gap_end:
            stamps[index] = mark
            hits[out] = index
            out += 1
    if out - start > _FEW:
        hits[start:out].sort()
        return out
    for place in range(start + 1, out):
        value = hits[place]
        before = place
        while before > start and hits[before - 1] > value:
            hits[before] = hits[before - 1]
            before -= 1
        hits[before] = value
    return out


@njit(nogil=True, cache=True)
def bounds_of(segment: Any, row: Any) -> Any:
    """Where an article's shingles begin and end in its segment, and those of its dateline."""
    first = peek_i64(segment[BOUNDS], row)
    gap = first + np.int64(peek_u32(segment[DATELINE_FIRST], row))
    gap_end = first + np.int64(peek_u32(segment[DATELINE_END], row))
    return first, peek_i64(segment[BOUNDS], row + 1), gap, gap_end


@njit(nogil=True, cache=True)
def share_all(segments: Any, own: Any, text: Any, keys: Any, leave_out: Any, floor: Any, scratch: Any) -> Any:
    """The articles of all segments that share shingles with a query, as `naskh.matching.sharing.share`.

    Args:
        segments: (n, COLUMNS) int64, the table of addresses.
        own: (d,) uint32, the query's distinct shingles, sorted.
        text: (t,) int64, all of them in text order, as indices of `own`.
        keys: see `candidate_rows`.
        leave_out: segment and row of the query itself; -1 where it is not stored.
        floor: min_containment, and the shared shingles that are enough in any case.
        scratch: `counts` and `touched` of `candidate_rows`.

    Returns:
        segments, rows, ends, hits, in_rows of a `Sharing`, and what `distinct_sizes` gives.

    """
    min_containment, min_shared = floor
    counts, touched = scratch
    table = filter_of(own), slots_of(own)
    stamps = np.zeros(len(own), np.int64)
    seen = np.zeros(1024, np.uint64)
    holders = np.empty((64, 2), np.int64)
    sizes = np.empty(64, np.int64)
    hit_ends = np.zeros(65, np.int64)
    hits = np.empty(1024, np.int64)
    n = 0
    mark = 0
    for number in range(len(segments)):
        segment = segments[number]
        for i in range(candidate_rows(segment, own, keys, counts, touched)):
            row = touched[i]
            if number == leave_out[0] and row == leave_out[1]:
                continue
            mark += 1
            bounds = bounds_of(segment, row)
            first, end, gap, gap_end = bounds
            start = hit_ends[n]
            hits = grown(hits, start + len(own))
            out = hits_of(segment, bounds, table, own, stamps, mark, hits, start)
            shared = out - start
            if shared == 0:
                continue
            if n == len(sizes):
                larger = np.empty((2 * n, 2), np.int64)
                larger[:n] = holders
                holders = larger
                sizes = grown(sizes, n + 1)
                hit_ends = grown(hit_ends, len(sizes) + 1)
            holders[n, 0], holders[n, 1] = number, row
            hit_ends[n + 1] = out
            above = shared / len(own) >= min_containment or shared >= min_shared
            most = end - first + 1
            if not above:
                most = min(most, np.int64(shared / min_containment) + 2)
            while len(seen) < 2 * min(most, end - first) + 2:
                seen = np.zeros(2 * len(seen), np.uint64)
            size = count_distinct(segment, first, end, gap, gap_end, np.uint64(mark), seen, most)
            sizes[n] = size if above or shared / size >= min_containment else 0
            n += 1
    in_rows = find_in_rows(hit_ends[: n + 1], hits, text, len(own))
    return holders[:n, 0].copy(), holders[:n, 1].copy(), hit_ends[: n + 1], hits[: hit_ends[n]], in_rows, sizes[:n]
