"""Compiled kernels that count and weigh what one query of a batch shares; conventions as in `naskh.sketch.kernels`.

They give what `naskh.matching.sharing` and `naskh.matching.recurrence` give. All goes shingle by shingle, by the
articles that have each: an article costs no more than it shares, and weights are summed in the order of shingles.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import peek_u8, prefetch
from naskh.matching.lookup_kernels import grown
from naskh.matching.recurrence import STORY_ARTICLES, STORY_DAYS, UNDATED
from naskh.matching.weighing_kernels import find_boilerplate

#: So many shingles ahead, the articles that have it are fetched from memory.
_AHEAD = 8


@njit(nogil=True, cache=True)
def hold(own: Any, postings: Any, candidates: Any, slots: Any, base: int, held: Any) -> Any:
    """Which of its candidates have each of a query's shingles.

    Args:
        own: (d,) int32, the query's shingles as indices of `postings`.
        postings: what `naskh.matching.bulk_scan_kernels.invert` gives.
        candidates: (c,) int32, articles, ascending.
        slots: (articles,) int32, all below `base`; those of candidates become `base` and their number.
        base: of this query.
        held: int32, to be used where it is large enough.

    Returns:
        ends (d + 1,) int64 and held, int32: shingle k stands in candidates ``held[ends[k] : ends[k + 1]]``,
        ascending; and (c,) int64, how many shingles each candidate has.

    """
    posting_ends, holders = postings
    for i in range(len(candidates)):
        slots[candidates[i]] = base + i
    most = 0
    for k in range(len(own)):
        most += posting_ends[own[k] + 1] - posting_ends[own[k]]
    held = grown(held, most + 1)
    ends = np.empty(len(own) + 1, np.int64)
    shared = np.zeros(1 + len(candidates), np.int64)  # the first is for what is no candidate: no branch
    ends[0] = count = 0
    for k in range(len(own)):
        if k + _AHEAD < len(own):
            prefetch(holders.ctypes.data + 4 * posting_ends[own[k + _AHEAD]])
        for at in range(posting_ends[own[k]], posting_ends[own[k] + 1]):
            slot = max(slots[holders[at]] - base, -1)
            held[count] = slot
            shared[slot + 1] += 1
            count += slot >= 0
        ends[k + 1] = count
    return ends, held, shared[1:]


@njit(nogil=True, cache=True)
def mark_rows(text: Any, gap: Any, ends: Any, held: Any, in_rows: Any) -> None:
    """Which entries of `held` stand beside another of the same article, see `naskh.matching.recurrence.in_rows`.

    Args:
        text: (t,) int32, the query's text as indices of its own shingles.
        gap: places of its dateline, [first, end), which are passed over.
        ends: see `hold`.
        held: likewise.
        in_rows: bool, out.

    """
    in_rows[: ends[-1]] = False
    before = -1
    for place in range(len(text)):
        if gap[0] <= place < gap[1]:
            continue
        here = text[place]
        if before >= 0:
            one, one_end, other, other_end = ends[before], ends[before + 1], ends[here], ends[here + 1]
            while one < one_end and other < other_end:
                a, b = held[one], held[other]
                if a == b:
                    in_rows[one] = True
                    in_rows[other] = True
                one += a <= b
                other += b <= a
        before = here


@njit(nogil=True, cache=True)
def _compact(ends: Any, held: Any, in_rows: Any, row_ends: Any, rows: Any) -> None:
    count = 0
    row_ends[0] = 0
    for k in range(len(ends) - 1):
        for at in range(ends[k], ends[k + 1]):
            rows[count] = held[at]
            count += in_rows[at]
        row_ends[k + 1] = count


@njit(inline="always")
def _first_from(rows: Any, at: Any, end: Any, days: Any, day: Any) -> Any:
    """The first candidate of ``rows[at:end]`` that is not before a day."""
    while at < end and days[rows[at]] < day:
        at += 1
    return at


@njit(nogil=True, cache=True)
def _weights_by_day(
    rows: Any, first: int, end: int, own_day: int, days: Any, held: Any, chosen: Any, out: Any
) -> None:
    """Add the weights of a shingle to the matches that have it; see `Recurrence.weights`.

    Matches come in the order of their days, and so do the candidates that have the shingle in a row: of both, one
    pass is enough.

    Args:
        rows: int32, of which ``rows[first:end]`` are the candidates that have it in a row.
        first: see above.
        end: likewise.
        own_day: that of the query.
        days: (c,) int64, of the candidates.
        held: int32, the candidates that have it.
        chosen: (c,) int64, the number of each one's match; -1 for none.
        out: (m,) float64, in and out.

    """
    dated = _first_from(rows, first, end, days, UNDATED + 1)
    own = 0
    if own_day != UNDATED:
        low = _first_from(rows, dated, end, days, own_day - STORY_DAYS)
        own = _first_from(rows, low, end, days, own_day + STORY_DAYS + 1) - low
    low = high = joint_low = joint_high = dated
    known = False
    before = np.int64(0)
    value = 1.0
    for at in range(len(held)):
        match = chosen[held[at]]
        if match < 0:
            continue
        day = days[held[at]]
        if not known or day != before:
            known, before = True, day
            far = 0
            if day == UNDATED:
                far = end - dated - own if own_day != UNDATED else 0
            elif own_day != UNDATED and abs(day - own_day) <= 2 * STORY_DAYS:
                joint_low = _first_from(rows, joint_low, end, days, min(day, own_day) - STORY_DAYS)
                joint_high = _first_from(rows, joint_high, end, days, max(day, own_day) + STORY_DAYS + 1)
                far = end - dated - (joint_high - joint_low)
            else:
                low = _first_from(rows, low, end, days, day - STORY_DAYS)
                high = _first_from(rows, high, end, days, day + STORY_DAYS + 1)
                far = end - dated - (high - low) - own
            value = 1.0 / (1.0 + far + max(end - first - far - STORY_ARTICLES, 0))
        out[match] += value


@njit(nogil=True, cache=True)
def weigh(
    ends: Any, held: Any, in_rows: Any, places: Any, chosen: Any, query: Any, codes: int, scratch: Any, out: Any
) -> None:
    """The summed weights of what a query shares with some of its candidates.

    Args:
        ends: see `hold`.
        held: likewise.
        in_rows: see `mark_rows`.
        places: (c,) int64 days and (c,) int64 outlets of the candidates, which come in the order of their days.
        chosen: (c,) int64, the number of each candidate's match; -1 for none.
        query: its day and its outlet.
        codes: how many outlets there may be.
        scratch: int64 (d + 1) and int32, as large as `held`.
        out: distinctive, float64, and boilerplate, int64, of each match.

    """
    days, outlets = places
    own_day, own_outlet = query
    row_ends, rows = scratch
    distinctive, boilerplate = out
    stock = np.empty(len(ends) - 1, np.bool_)
    find_boilerplate((ends, held), days, outlets, own_day, own_outlet, codes, stock)
    _compact(ends, held, in_rows, row_ends, rows)
    for k in range(len(stock)):
        first, end = row_ends[k], row_ends[k + 1]
        if not stock[k] and first < end:
            _weights_by_day(rows, first, end, own_day, days, held[ends[k] : ends[k + 1]], chosen, distinctive)
            continue
        for at in range(ends[k], ends[k + 1]):
            match = chosen[held[at]]
            if match >= 0:
                distinctive[match] += 0.0 if stock[k] else 1.0
                boilerplate[match] += stock[k]


@njit(nogil=True, cache=True)
def is_less(one: Any, one_size: Any, other: Any, other_size: Any) -> Any:
    """Whether a string in UTF-8 comes before another; given are the addresses and the bytes of both."""
    for i in range(min(one_size, other_size)):
        a, b = peek_u8(one, i), peek_u8(other, i)
        if a != b:
            return a < b
    return one_size < other_size
