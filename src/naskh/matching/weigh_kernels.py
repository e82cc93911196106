"""Compiled kernels that weigh the evidence on many pairs of articles; conventions as in `naskh.sketch.kernels`.

They give what `naskh.matching.evidence` and `naskh.matching.recurrence` give for one pair.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.matching.evidence import MAX_OTHER_GAP, MAX_SUBSTITUTED
from naskh.matching.recurrence import STORY_ARTICLES, STORY_DAYS, UNDATED

#: Columns of the figures that `frame` writes.
SHARED_WORDS, LONGEST, SUBSTITUTIONS, SUBSTITUTED = range(4)
FIGURES = 4
#: Articles of other stories are not counted further: the weight is then below a two-hundredth.
_ENOUGH = 200


@njit(nogil=True, cache=True)
def find(values: Any, start: int, end: int, wanted: Any) -> int:
    """Where a value stands in sorted values[start:end], or -1."""
    low, high = start, end
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < end and values[low] == wanted else -1


@njit(nogil=True, cache=True)
def text_order(shingles: Any, start: int, count: int, gap: Any, sets: Any, set_start: int, set_end: int) -> Any:
    """An article's shingles outside its dateline, in text order, as indices into its set.

    Returns:
        text: (positions,) int64; first, (set,) int64: the first position of each shingle; following,
        (positions,) int64: the next position of the same shingle, -1 for none.

    """
    positions = count - (gap[1] - gap[0])
    text = np.empty(positions, np.int64)
    first = np.full(set_end - set_start, -1, np.int64)
    following = np.full(positions, -1, np.int64)
    for place in range(positions - 1, -1, -1):
        at = place if place < gap[0] else place + gap[1] - gap[0]
        index = find(sets, set_start, set_end, shingles[start + at]) - set_start
        text[place] = index
        following[place] = first[index]
        first[index] = place
    return text, first, following


@njit(nogil=True, cache=True)
def is_far(day: int, one: int, other: int) -> bool:
    """Whether a dated article is of another story than two articles, of which at least one is dated."""
    if one != UNDATED and abs(day - one) <= STORY_DAYS:
        return False
    return other == UNDATED or abs(day - other) > STORY_DAYS


@njit(nogil=True, cache=True)
def weight(index: int, text: Any, own: Any, days: Any, other_day: int, corpus: Any) -> float:
    """The weight of one of an article's shingles against a match of `other_day`; see `Recurrence.weights`.

    Args:
        index: the shingle, as an index into the article's set.
        text: what `text_order` gives.
        own: the article's number, and where its set begins.
        days: (articles,) int64.
        other_day: that of the match.
        corpus: sets, set_ends, distinct_of, hashes (distinct, sorted), posting_ends, postings, boilerplate.

    """
    order, first, following = text
    article, start = own
    sets, set_ends, distinct_of, hashes, posting_ends, postings, boilerplate = corpus
    shingle = find(hashes, 0, len(hashes), sets[start + index])
    if boilerplate[shingle]:
        return 0.0
    undated_pair = days[article] == UNDATED and other_day == UNDATED
    few = posting_ends[shingle + 1] - posting_ends[shingle] <= STORY_ARTICLES  # not beyond, however near
    far = near = 0
    for posting in range(posting_ends[shingle], posting_ends[shingle + 1]):
        holder = postings[posting]
        is_near = undated_pair or days[holder] == UNDATED or not is_far(days[holder], days[article], other_day)
        if holder == article or (few and is_near):
            continue
        theirs = distinct_of[holder]
        place = first[index]
        while place >= 0:  # does it have a neighbour of the shingle too?
            before = place > 0 and (
                find(sets, set_ends[theirs], set_ends[theirs + 1], sets[start + order[place - 1]]) >= 0
            )
            if before or (
                place + 1 < len(order)
                and find(sets, set_ends[theirs], set_ends[theirs + 1], sets[start + order[place + 1]]) >= 0
            ):
                near += is_near
                far += not is_near
                break
            place = following[place]
        if far + max(near - STORY_ARTICLES, 0) >= _ENOUGH:
            break
    return 1.0 / (1.0 + far + max(near - STORY_ARTICLES, 0))


@njit(nogil=True, cache=True)
def gap_between(shingles: Any, start: int, end: int, before: Any, after: Any, size: int) -> int:
    """As `naskh.matching.evidence.gap_between`, on shingles[start:end]."""
    best = MAX_OTHER_GAP + 1
    for place in range(start, end):
        if shingles[place] == before:
            for follow in range(place + 1, min(place + size + MAX_OTHER_GAP + 1, end)):
                gap = follow - place - size
                if shingles[follow] == after and abs(gap) < abs(best):
                    best = gap
    return best


@njit(nogil=True, cache=True)
def frame(
    shingles: Any, start: int, marked: Any, other_start: int, other_end: int, size: int, figures: Any
) -> None:
    """As `naskh.matching.evidence.frame_of`: how marked shingles lie in the article that begins at shingles[start].

    Args:
        shingles: (s,) uint32, those of all articles.
        start: the article's first.
        marked: (n,) bool, which of the article's are shared.
        other_start: the other article's first.
        other_end: the end of the other article's.
        size: words in a shingle.
        figures: (FIGURES,) int64, out.

    """
    figures[:] = 0
    previous_end = -size
    place = 0
    while place < len(marked):
        if not marked[place]:
            place += 1
            continue
        first = place
        while place < len(marked) and marked[place]:
            place += 1
        gap = first - previous_end - size + 1
        figures[SHARED_WORDS] += place - first + size - 1 + min(gap, 0)
        figures[LONGEST] = max(figures[LONGEST], place - first + size - 1)
        if previous_end >= 0 and 1 <= gap <= MAX_SUBSTITUTED:
            before, after = shingles[start + previous_end - 1], shingles[start + first]
            other = gap_between(shingles, other_start, other_end, before, after, size)
            if 1 <= other <= MAX_SUBSTITUTED:
                figures[SUBSTITUTIONS] += 1
                figures[SUBSTITUTED] += gap
        previous_end = place


@njit(nogil=True, cache=True)
def weigh_shared(
    first: Any, second: Any, days: Any, layout: Any, shingles: Any, corpus: Any, distinctive: Any, boilerplate: Any
) -> None:  # fmt: skip
    """The summed weights of what pairs of articles share; as a query with the first article weighs it.

    Args:
        first: (n,) int64, numbers of articles; pairs of one article should follow each other, by day of the second.
        second: (n,) int64, those of the others.
        days: (articles,) int64, `day_of` each.
        layout: starts, counts and datelines of all articles, see `naskh.matching.corpus.Layout`.
        shingles: (s,) uint32, those of all articles.
        corpus: see `weight`.
        distinctive: (n,) float64, out: the sums.
        boilerplate: (n,) int64, out: how many of the shared shingles weigh nothing.

    """
    starts, counts, gaps = layout
    sets, set_ends, distinct_of, _, _, _, _ = corpus
    article, day = -1, 0
    text = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))
    weights = np.empty(0, np.float64)
    for pair in range(len(first)):
        a, b = first[pair], second[pair]
        set_start, set_end = set_ends[distinct_of[a]], set_ends[distinct_of[a] + 1]
        if a != article:
            text = text_order(shingles, starts[a], counts[a], gaps[a], sets, set_start, set_end)
        if a != article or days[b] != day:
            article, day = a, days[b]
            weights = np.full(set_end - set_start, -1.0)
        theirs, their_end = set_ends[distinct_of[b]], set_ends[distinct_of[b] + 1]
        total = 0.0
        nothing = 0
        for index in range(set_end - set_start):
            while theirs < their_end and sets[theirs] < sets[set_start + index]:
                theirs += 1
            if theirs < their_end and sets[theirs] == sets[set_start + index]:
                if weights[index] < 0.0:
                    weights[index] = weight(index, text, (a, set_start), days, day, corpus)
                total += weights[index]
                nothing += weights[index] == 0.0
        distinctive[pair] = total
        boilerplate[pair] = nothing


@njit(nogil=True, cache=True)
def frames(
    shorter: Any, longer: Any, layout: Any, shingles: Any, sets: Any, set_ends: Any, distinct_of: Any, size: int,
    figures: Any,
) -> None:  # fmt: skip
    """The frame of each pair of articles, see `frame`.

    Args:
        shorter: (n,) int64, numbers of the articles with fewer distinct shingles.
        longer: (n,) int64, of the others.
        layout: see `weigh_shared`.
        shingles: likewise.
        sets: the distinct shingles of all distinct articles.
        set_ends: where each set ends; the first entry is 0.
        distinct_of: (articles,) int64, which set is an article's.
        size: words in a shingle.
        figures: (n, FIGURES) int64, out.

    """
    starts, counts, gaps = layout
    for pair in range(len(shorter)):
        a, b = shorter[pair], longer[pair]
        theirs, their_end = set_ends[distinct_of[b]], set_ends[distinct_of[b] + 1]
        marked = np.zeros(counts[a], np.bool_)
        for place in range(counts[a]):
            if place < gaps[a, 0] or place >= gaps[a, 1]:
                marked[place] = find(sets, theirs, their_end, shingles[starts[a] + place]) >= 0
        frame(shingles, starts[a], marked, starts[b], starts[b] + counts[b], size, figures[pair])
