"""Compiled kernels that weigh the matches of a query; conventions as in `naskh.sketch.kernels`.

They give what `naskh.matching.recurrence`, `naskh.matching.evidence` and `naskh.matching.weighing` give.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import peek_i64, peek_u32
from naskh.matching.align_kernels import align, similarity, text_places
from naskh.matching.candidate_kernels import (
    BOUNDS,
    DATELINE_END,
    DATELINE_FIRST,
    DAYS,
    OUTLETS,
    SHINGLES,
)
from naskh.matching.lookup_kernels import look_up, slots_of
from naskh.matching.recurrence import (
    BOILERPLATE_ARTICLES,
    BOILERPLATE_DAYS,
    BOILERPLATE_SHARE,
    STORY_ARTICLES,
    STORY_DAYS,
    UNDATED,
)
from naskh.matching.weigh_kernels import FIGURES, frame

_CENTURY = 36_525  # days


@njit(nogil=True, cache=True)
def by_shingle(order: Any, ends: Any, hits: Any, wanted: Any, shingles: int) -> Any:
    """The articles that have each shingle, in the order of their days.

    Args:
        order: (n,) int64, articles by day.
        ends: (n + 1,) int64, see `Holders`.
        hits: likewise.
        wanted: bool, which hits count.
        shingles: how many there are.

    Returns:
        ends (shingles + 1,), and articles, int64.

    """
    own_ends = np.zeros(shingles + 1, np.int64)
    for i in range(len(hits)):
        own_ends[hits[i] + 1] += wanted[i]
    for k in range(shingles):
        own_ends[k + 1] += own_ends[k]
    following = own_ends.copy()
    holders = np.empty(own_ends[shingles], np.int64)
    for holder in order:
        for i in range(ends[holder], ends[holder + 1]):
            if wanted[i]:
                holders[following[hits[i]]] = holder
                following[hits[i]] += 1
    return own_ends, holders


@njit(nogil=True, cache=True)
def find_boilerplate(
    held: Any, days: Any, outlets: Any, own_day: int, own_outlet: int, codes: int, found: Any
) -> None:
    """Which shingles are boilerplate of one outlet, as `naskh.matching.recurrence.boilerplate`.

    Args:
        held: what `by_shingle` gives for all hits.
        days: (n,) int64, those of the articles.
        outlets: (n,) int64, below `codes`; -1 for none.
        own_day: of the text itself.
        own_outlet: likewise.
        codes: how many outlets there may be.
        found: (shingles,) bool, out.

    """
    ends, holders = held
    counts = np.zeros(codes + 1, np.int64)
    for k in range(len(found)):
        total = ends[k + 1] - ends[k] + 1
        found[k] = False
        if total < BOILERPLATE_ARTICLES:
            continue
        different = 1 if own_day != UNDATED else 0
        before = UNDATED
        most = 0
        if own_outlet >= 0:
            counts[own_outlet] = most = 1
        for i in range(ends[k], ends[k + 1]):
            day, outlet = days[holders[i]], outlets[holders[i]]
            if day != before:
                before = day
                different += day != own_day
            if outlet >= 0:
                counts[outlet] += 1
                most = max(most, counts[outlet])
        for i in range(ends[k], ends[k + 1]):
            counts[outlets[holders[i]]] = 0  # -1 is the last
        counts[own_outlet] = 0
        found[k] = most >= max(BOILERPLATE_SHARE * total, 1.0) and different >= BOILERPLATE_DAYS


@njit(nogil=True, cache=True)
def between(held: Any, k: int, days: Any, first: Any, last: Any) -> Any:
    """How many articles of those days, both included, have a shingle; see `by_shingle`."""
    ends, holders = held
    edges = (first, last + 1)
    found = (ends[k], ends[k])
    for side in range(2):
        low, high = ends[k], ends[k + 1]
        while low < high:
            middle = (low + high) >> 1
            if days[holders[middle]] < edges[side]:
                low = middle + 1
            else:
                high = middle
        found = (found[1], low)
    return found[1] - found[0]


@njit(nogil=True, cache=True)
def weight(k: int, held: Any, days: Any, own_day: int, day: Any) -> Any:
    """The weight of a shingle that is no boilerplate, against a match of that day; see `Recurrence.weights`."""
    total = held[0][k + 1] - held[0][k]
    far = 0
    if own_day != UNDATED or day != UNDATED:
        far = between(held, k, days, 0, np.int64(1) << 32)
        one, other = min(own_day, day), max(own_day, day)
        if one == UNDATED:
            one = other
        if other - one <= 2 * STORY_DAYS:
            far -= between(held, k, days, one - STORY_DAYS, other + STORY_DAYS)
        else:
            far -= between(held, k, days, one - STORY_DAYS, one + STORY_DAYS)
            far -= between(held, k, days, other - STORY_DAYS, other + STORY_DAYS)
    return 1.0 / (1.0 + far + max(total - far - STORY_ARTICLES, 0))


@njit(nogil=True, cache=True)
def holder_facts(segments: Any, numbers: Any, rows: Any) -> Any:
    """The days and the codes of the outlets of some articles; see `naskh.matching.sharing_kernels.share_all`."""
    days = np.empty(len(rows), np.int64)
    outlets = np.empty(len(rows), np.int64)
    for holder in range(len(rows)):
        days[holder] = peek_i64(segments[numbers[holder], DAYS], rows[holder])
        outlets[holder] = peek_i64(segments[numbers[holder], OUTLETS], rows[holder])
    return days, outlets


@njit(nogil=True, cache=True)
def by_day(days: Any) -> Any:
    """What sorts days, stably: they are counted where all are of a century, which is faster than comparing them."""
    first: Any = np.int64(1) << 62
    last: Any = -first
    for day in days:
        if day != UNDATED:
            first, last = min(first, day), max(last, day)
    if last - first > _CENTURY:
        return np.argsort(days, kind="mergesort")
    ends = np.zeros(max(last - first, 0) + 3, np.int64)  # those without a date are first
    for day in days:
        ends[1 if day == UNDATED else day - first + 2] += 1
    for k in range(1, len(ends)):
        ends[k] += ends[k - 1]
    order = np.empty(len(days), np.int64)
    for i in range(len(days)):
        place = 0 if days[i] == UNDATED else days[i] - first + 1
        order[ends[place]] = i
        ends[place] += 1
    return order


@njit(nogil=True, cache=True)
def weigh_chosen(
    facts: Any, sharing: Any, chosen: Any, own: Any, codes: int, distinctive: Any, boilerplate: Any
) -> None:
    """The summed weights of what some articles share with the query.

    Args:
        facts: what `holder_facts` gives.
        sharing: ends, hits and in_rows of a `Sharing`.
        chosen: (m,) int64, the articles.
        own: distinct shingles, day and outlet of the query.
        codes: how many outlets there may be.
        distinctive: (m,) float64, out: the sums, shingle by shingle.
        boilerplate: (m,) int64, out: how many of the shingles are boilerplate.

    """
    days, outlets = facts
    ends, hits, in_rows = sharing
    shingles, own_day, own_outlet = own
    order = by_day(days)
    stock = np.zeros(shingles, np.bool_)
    every = by_shingle(order, ends, hits, np.ones(len(hits), np.bool_), shingles)
    find_boilerplate(every, days, outlets, own_day, own_outlet, codes, stock)
    held = by_shingle(order, ends, hits, in_rows, shingles)
    weights = np.empty(shingles, np.float64)
    day = np.int64(0)
    is_first = True
    for m in by_day(days[chosen]):
        holder = chosen[m]
        if is_first or days[holder] != day:
            is_first = False
            day = days[holder]
            weights[:] = -1.0
        total = 0.0
        nothing = 0
        for i in range(ends[holder], ends[holder + 1]):
            k = hits[i]
            if weights[k] < 0.0:
                weights[k] = 0.0 if stock[k] else weight(k, held, days, own_day, day)
            total += weights[k]
            nothing += stock[k]
        distinctive[m] = total
        boilerplate[m] = nothing


@njit(nogil=True, cache=True)
def weigh_all(
    segments: Any, numbers: Any, rows: Any, sharing: Any, chosen: Any, turned: Any, query: Any, own: Any,
    facts: Any, size: int, out: Any,
) -> Any:  # fmt: skip
    """Weigh some of the articles that share text with a query, as `naskh.matching.weighing.weigh`.

    Args:
        segments: (n, COLUMNS) int64, the table of addresses.
        numbers: (n,) int64, the segments of all that share text.
        rows: (n,) int64, their rows.
        sharing: ends, hits and in_rows of the `Sharing`.
        chosen: (m,) int64, which of them are weighed.
        turned: (m,) bool, where the query is the longer.
        query: its shingles in text order, (s,) uint32, and the first and end of its dateline.
        own: (d,) uint32, its distinct shingles, sorted.
        facts: day, outlet, and how many codes of outlets there may be.
        size: words in a shingle.
        out: distinctive, boilerplate and frames of a `Weighed`.

    Returns:
        ends, runs and similarity of the `Weighed`.

    """
    skip, skip_end = query[1], query[2]
    shingles = query[0].copy()
    own_day, own_outlet, codes = facts
    distinctive, boilerplate, frames = out
    ends, hits, _ = sharing
    days = holder_facts(segments, numbers, rows)
    weigh_chosen(days, sharing, chosen, (len(own), own_day, own_outlet), codes, distinctive, boilerplate)
    slots = slots_of(own)
    places = text_places(shingles)
    run_ends = np.zeros(len(chosen) + 1, np.int64)
    runs = np.empty((64, 4), np.int64)
    jaccard = np.empty(64, np.float64)
    seen = np.zeros(1024, np.uint64)
    both = np.empty(2 * len(shingles) + 1024, np.uint32)
    both[: len(shingles)] = shingles
    stamps = np.full(len(own), -1, np.int64)
    mark = 0
    for m in range(len(chosen)):
        holder = chosen[m]
        segment, row = segments[numbers[holder]], rows[holder]
        first = peek_i64(segment[BOUNDS], row)
        count = peek_i64(segment[BOUNDS], row + 1) - first
        gap = np.int64(peek_u32(segment[DATELINE_FIRST], row))
        gap_end = np.int64(peek_u32(segment[DATELINE_END], row))
        if len(shingles) + count > len(both):
            both = np.empty(2 * (len(shingles) + count), np.uint32)
            both[: len(shingles)] = shingles
        match = both[len(shingles) : len(shingles) + count]
        for place in range(count):
            match[place] = peek_u32(segment[SHINGLES], first + place)
        for i in range(ends[holder], ends[holder + 1]):
            stamps[hits[i]] = m
        shorter, from_, to = (match, gap, gap_end) if turned[m] else (shingles, skip, skip_end)
        marked = np.zeros(len(shorter), np.bool_)
        for place in range(len(shorter)):
            if not from_ <= place < to:
                index = look_up(slots, own, shorter[place])
                marked[place] = index >= 0 and stamps[index] == m
        if turned[m]:
            frame(both, len(shingles), marked, 0, len(shingles), size, frames[m])
        else:
            frame(both, 0, marked, len(shingles), len(shingles) + count, size, frames[m])
        found = align(shingles, match, size, (skip, skip_end), (gap, gap_end), places)
        start = run_ends[m]
        run_ends[m + 1] = start + len(found)
        if run_ends[m + 1] > len(runs):
            larger = np.empty((2 * run_ends[m + 1], 4), np.int64)
            larger[:start] = runs[:start]
            runs = larger
            values = np.empty(len(larger), np.float64)
            values[:start] = jaccard[:start]
            jaccard = values
        while len(seen) < 2 * count + 2:
            seen = np.zeros(2 * len(seen), np.uint64)
        for i in range(len(found)):
            mark += 1
            runs[start + i] = found[i]
            jaccard[start + i] = similarity(places, match, found[i], np.uint64(mark), seen)
    return run_ends, runs[: run_ends[-1]], jaccard[: run_ends[-1]]


assert FIGURES == 4  # noqa: S101 - the columns of `Weighed.frames`
