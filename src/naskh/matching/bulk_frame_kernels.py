"""Compiled kernels that say how shared shingles lie in an article, from where these stand alone.

They give what `naskh.matching.evidence.lie_of` gives. Conventions as in `naskh.sketch.kernels`.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from numba import njit

from naskh.matching.evidence import MAX_OTHER_GAP, MAX_SUBSTITUTED
from naskh.matching.weigh_kernels import LONGEST, SHARED_WORDS, SUBSTITUTED, SUBSTITUTIONS


@njit(nogil=True, cache=True)
def gap_in_query(text: Any, own: Any, before: Any, after: Any, size: int) -> int:
    """As `naskh.matching.evidence.gap_between`, in the text of a query.

    Args:
        text: see `naskh.matching.bulk_align_kernels.own_places`.
        own: what that gives.
        before: one of its shingles.
        after: another.
        size: words in a shingle.

    """
    ends, places, _ = own
    best = MAX_OTHER_GAP + 1
    for at in range(ends[before], ends[before + 1]):
        place = places[at]
        for follow in range(place + 1, min(place + size + MAX_OTHER_GAP + 1, len(text))):
            gap = follow - place - size
            if text[follow] == after and abs(gap) < abs(best):
                best = gap
    return best


@njit(nogil=True, cache=True)
def gap_in_match(stands: Any, before: Any, after: Any, size: int) -> int:
    """Likewise in the text of a match; `stands`: see `naskh.matching.bulk_align_kernels.find_runs`."""
    places, keys = stands
    best = MAX_OTHER_GAP + 1
    for at in range(len(keys)):
        if keys[at] != before:
            continue
        end = places[at] + size + MAX_OTHER_GAP + 1
        for follow in range(at + 1, len(keys)):
            if places[follow] >= end:
                break
            gap = places[follow] - places[at] - size
            if keys[follow] == after and abs(gap) < abs(best):
                best = gap
    return best


@njit(nogil=True, cache=True)
def lie(marked: Any, is_query: bool, text: Any, own: Any, stands: Any, size: int, figures: Any) -> None:
    """How shared shingles lie in the shorter of two articles.

    Args:
        marked: (n,) int32, ascending places of these outside its dateline, and (n,) int32, their indices.
        is_query: whether the shorter is the query.
        text: see `gap_in_query`.
        own: likewise.
        stands: see `gap_in_match`.
        size: words in a shingle.
        figures: (FIGURES,) int64, out.

    """
    places, keys = marked
    shared = longest = substitutions = substituted = 0
    previous_end = -size
    at = 0
    while at < len(places):
        first = places[at]
        run = at + 1
        while run < len(places) and places[run] == first + run - at:
            run += 1
        end = first + run - at
        gap = first - previous_end - size + 1
        shared += end - first + size - 1 + min(gap, 0)
        longest = max(longest, end - first + size - 1)
        if previous_end >= 0 and 1 <= gap <= MAX_SUBSTITUTED:
            before, after = keys[at - 1], keys[at]
            if is_query:
                other = gap_in_match(stands, before, after, size)
            else:
                other = gap_in_query(text, own, before, after, size)
            if 1 <= other <= MAX_SUBSTITUTED:
                substitutions += 1
                substituted += gap
        previous_end = end
        at = run
    figures[SHARED_WORDS], figures[LONGEST] = shared, longest
    figures[SUBSTITUTIONS], figures[SUBSTITUTED] = substitutions, substituted
