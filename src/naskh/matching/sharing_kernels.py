"""Compiled kernels that count what candidates share with a query; conventions as in `naskh.sketch.kernels`.

They give what `naskh.matching.sharing` gives.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import peek_i64, peek_u32, prefetch
from naskh.matching.candidate_kernels import BOUNDS, DATELINE_END, DATELINE_FIRST, SHINGLES
from naskh.matching.lookup_kernels import (
    count_distinct,
    filter_of,
    grown,
    look_up,
    may_be_in,
    places_in_text,
    slots_of,
)

#: So many hits are sorted by insertion.
_FEW = 16
#: So many candidates ahead, what is needed of them is fetched from memory ...
_AHEAD = 16
#: ... no more than so many lines of 64 bytes; then memory sees by itself where this goes.
_LINES = 8
#: Marks of `has_more_than`: enough for the few shingles that mostly decide.
_MARKS = 1024


@njit(nogil=True, cache=True)
def has_more_than(segment: Any, bounds: Any, count: Any, mark: Any, marks: Any) -> bool:
    """Whether an article surely has more than so many distinct shingles outside its dateline.

    Those that fall on one of the marks are taken for one: there are at least as many as marks that change.

    Args:
        segment: its addresses.
        bounds: the article's first shingle and end, the first of its dateline and the end of that.
        count: how many.
        mark: not used before with these `marks`, and above 0.
        marks: (2**n,) int32.

    """
    first, end, gap, gap_end = bounds
    changed = 0
    for place in range(first, end):
        if gap <= place < gap_end:
            continue
        slot = np.int64(peek_u32(segment[SHINGLES], place)) & (len(marks) - 1)
        changed += marks[slot] != mark
        marks[slot] = mark
        if changed > count:
            return True
    return False


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
def bring_near(segments: Any, candidates: Any, i: int) -> None:
    """Have memory fetch what the candidates after number `i` need: where their shingles are, then these.

    Candidates are all over the index, and waiting for their memory takes longer than counting what they share.
    """
    if i + 2 * _AHEAD < len(candidates):
        segment, row = segments[candidates[i + 2 * _AHEAD, 0]], candidates[i + 2 * _AHEAD, 1]
        prefetch(segment[BOUNDS] + 8 * row)
        prefetch(segment[DATELINE_FIRST] + 4 * row)
        prefetch(segment[DATELINE_END] + 4 * row)
    if i + _AHEAD < len(candidates):
        segment, row = segments[candidates[i + _AHEAD, 0]], candidates[i + _AHEAD, 1]
        first = segment[SHINGLES] + 4 * peek_i64(segment[BOUNDS], row)
        end = segment[SHINGLES] + 4 * peek_i64(segment[BOUNDS], row + 1)
        for line in range(first, min(end, first + _LINES * 64), 64):
            prefetch(line)


@njit(nogil=True, cache=True)
def share_with(segments: Any, candidates: Any, own: Any, text: Any, floor: Any) -> Any:
    """The candidates that share shingles with a query, as `naskh.matching.sharing.share`.

    Args:
        segments: (n, COLUMNS) int64, the table of addresses.
        candidates: (m, 2) int64, segment and row of each.
        own: (d,) uint32, the query's distinct shingles, sorted.
        text: (t,) int64, all of them in text order, as indices of `own`.
        floor: min_containment, and the shared shingles that are enough in any case.

    Returns:
        segments, rows, ends, hits, in_rows of a `Sharing`, and what `distinct_sizes` gives.

    """
    min_containment, min_shared = floor
    table = filter_of(own), slots_of(own)
    stamps = np.zeros(len(own), np.int64)
    seen = np.zeros(1024, np.uint64)
    marks = np.zeros(_MARKS, np.int32)
    holders = np.empty((64, 2), np.int64)
    sizes = np.empty(64, np.int64)
    hit_ends = np.zeros(65, np.int64)
    hits = np.empty(1024, np.int64)
    n = 0
    for i in range(len(candidates)):
        bring_near(segments, candidates, i)
        number, row = candidates[i]
        segment = segments[number]
        mark = i + 1
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
        if not above and has_more_than(segment, bounds, np.int64(shared / min_containment) + 1, mark, marks):
            sizes[n] = 0
        else:
            while len(seen) < 2 * (end - first) + 2:
                seen = np.zeros(2 * len(seen), np.uint64)
            size = count_distinct(segment[SHINGLES], first, end, gap, gap_end, np.uint64(mark), seen)
            sizes[n] = size if above or shared / size >= min_containment else 0
        n += 1
    in_rows = find_in_rows(hit_ends[: n + 1], hits, text, len(own))
    return holders[:n, 0].copy(), holders[:n, 1].copy(), hit_ends[: n + 1], hits[: hit_ends[n]], in_rows, sizes[:n]
