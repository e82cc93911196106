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
from naskh.matching.sort_kernels import bucket_bits, spread_sort

#: Columns of the figures that `frame` writes.
SHARED_WORDS, LONGEST, SUBSTITUTIONS, SUBSTITUTED = range(4)
FIGURES = 4
#: Articles of other stories are not counted further: the weight is then below a two-hundredth.
_ENOUGH = 200


@njit(nogil=True, cache=True)
def not_below(values: Any, start: int, end: int, wanted: Any) -> int:
    """The first place in sorted values[start:end] that is not below a value; near the start it is found fast."""
    step = 1
    low = start
    while low + step < end and values[low + step] < wanted:
        low += step
        step *= 2
    high = min(low + step, end)
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def text_order(shingles: Any, start: int, count: int, gap: Any, known: Any, hashes: Any) -> Any:
    """An article's shingles outside its dateline, in text order, as places in `known`.

    Args:
        shingles: (s,) uint32, those of all articles.
        start: the article's first.
        count: how many it has.
        gap: those that touch its dateline, [first, end).
        known: (n,) those that another article has too, as indices into `hashes`, ascending.
        hashes: see `naskh.matching.postings.Postings`.

    Returns:
        text: (positions,) int64, the place of each in `known`, -1 where it is not there; places, (positions,)
        int64: the positions of each known shingle, one shingle after the other, ascending; bounds, (n + 1,) int64:
        where those of each begin.

    """
    positions = count - (gap[1] - gap[0])
    packed = np.empty(positions, np.uint64)
    for place in range(positions):
        at = place if place < gap[0] else place + gap[1] - gap[0]
        packed[place] = np.uint64(shingles[start + at]) << np.uint64(32) | np.uint64(place)
    ordered = np.empty(positions, np.uint64)
    spread_sort(packed, positions, 64, ordered, np.empty((1 << bucket_bits(positions)) + 1, np.int64))
    text = np.full(positions, -1, np.int64)
    places = np.empty(positions, np.int64)
    bounds = np.zeros(len(known) + 1, np.int64)
    wanted = np.empty(len(known), np.uint64)  # read first: so the processor waits for many of them at a time
    for index in range(len(known)):
        wanted[index] = hashes[known[index]]
    k = written = 0
    for index in range(len(known)):
        bounds[index] = written
        while k < positions and ordered[k] >> np.uint64(32) < wanted[index]:
            k += 1
        while k < positions and ordered[k] >> np.uint64(32) == wanted[index]:
            places[written] = np.int64(ordered[k] & np.uint64(0xFFFFFFFF))
            text[places[written]] = index
            written += 1
            k += 1
    bounds[len(known)] = written
    return text, places, bounds


@njit(nogil=True, cache=True)
def is_far(day: int, one: int, other: int) -> bool:
    """Whether a dated article is of another story than two articles, of which at least one is dated."""
    if one != UNDATED and abs(day - one) <= STORY_DAYS:
        return False
    return other == UNDATED or abs(day - other) > STORY_DAYS


@njit(nogil=True, cache=True)
def look_up(known: Any, ends: Any, found: Any) -> None:
    """Where the holders of each of an article's shingles begin and end: `found` is (n, 2) int64, out."""
    for index in range(len(known)):
        found[index, 0], found[index, 1] = ends[known[index]], ends[known[index] + 1]


@njit(nogil=True, cache=True)
def count_holders(
    own: Any, neighbour: Any, article: int, other_day: int, days: Any, holders: Any, seen: Any, token: int,
    far: int, near: int,
) -> tuple[int, int]:  # fmt: skip
    """Count the articles that have two shingles, but for those that were seen before, on top of `far` and `near`.

    Args:
        own: a shingle, a row of what `look_up` gives.
        neighbour: another.
        article: the article that has them in a row; it does not count.
        other_day: the day of its match.
        days: (articles,) int64.
        holders: those of all shingles.
        seen: (articles,) int64, in and out: `token` for those that were counted.
        token: a number of the shingle and the match's day.
        far: articles of other stories so far.
        near: the others.

    """
    one, one_end = own[0], own[1]
    other, other_end = neighbour[0], neighbour[1]
    if one_end - one > other_end - other:
        one, one_end, other, other_end = other, other_end, one, one_end
    leap = other_end - other > 8 * (one_end - one)
    undated_pair = days[article] == UNDATED and other_day == UNDATED
    while one < one_end and other < other_end:
        holder = holders[one]
        if leap:
            other = not_below(holders, other, other_end, holder)
        else:
            while other < other_end and holders[other] < holder:
                other += 1
        one += 1
        if other == other_end or holders[other] != holder or seen[holder] == token or holder == article:
            continue
        seen[holder] = token
        is_near = undated_pair or days[holder] == UNDATED or not is_far(days[holder], days[article], other_day)
        near += is_near
        far += not is_near
        if far + max(near - STORY_ARTICLES, 0) >= _ENOUGH:
            break
    return far, near


@njit(nogil=True, cache=True)
def may_recur(own: Any, day: int, other_day: int, days: Any, holders: Any) -> bool:
    """Whether articles enough have a shingle for it to weigh less than 1, be its neighbours there or not."""
    if own[1] - own[0] > STORY_ARTICLES:
        return True
    if day == UNDATED and other_day == UNDATED:
        return False
    for at in range(own[0], own[1]):
        if days[holders[at]] != UNDATED and is_far(days[holders[at]], day, other_day):
            return True
    return False


@njit(nogil=True, cache=True)
def weight(
    index: int, found: Any, text: Any, article: int, days: Any, other_day: int, holders: Any, seen: Any, token: int
) -> float:
    """The weight of one of an article's shingles against a match of `other_day`; see `Recurrence.weights`.

    Args:
        index: the shingle, as a place in the article's known ones; none that is boilerplate.
        found: what `look_up` gives of these.
        text: what `text_order` gives.
        article: the article's number.
        days: (articles,) int64.
        other_day: that of the match.
        holders: those of all shingles.
        seen: see `count_holders`.
        token: likewise.

    """
    order, places, bounds = text
    if not may_recur(found[index], days[article], other_day, days, holders):
        return 1.0
    far = near = 0
    for at in range(bounds[index], bounds[index + 1]):  # which articles have a neighbour of the shingle too?
        for place in (places[at] - 1, places[at] + 1):
            if 0 <= place < len(order) and order[place] >= 0:
                far, near = count_holders(
                    found[index], found[order[place]], article, other_day, days, holders, seen, token, far, near
                )
                if far + max(near - STORY_ARTICLES, 0) >= _ENOUGH:
                    return 1.0 / (1.0 + _ENOUGH)
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
def mark_shared(sets: Any, first: int, first_end: int, second: int, second_end: int, marked: Any) -> None:
    """Which of sets[first:first_end] stand in sets[second:second_end] too; `marked` is bool, out.

    Without branches on the values, which would be mispredicted every other time.
    """
    start = first
    while first < first_end and second < second_end:
        one, other = sets[first], sets[second]
        marked[first - start] = one == other
        first += one <= other
        second += other <= one
    marked[first - start : first_end - start] = False


@njit(nogil=True, cache=True)
def weigh_shared(
    first: Any, second: Any, days: Any, texts: Any, postings: Any, distinctive: Any, boilerplate: Any
) -> None:
    """The summed weights of what pairs of articles share; as a query with the first article weighs it.

    Args:
        first: (n,) int64, numbers of articles; pairs of one article should follow each other, by day of the second.
        second: (n,) int64, those of the others.
        days: (articles,) int64, `day_of` each.
        texts: see `naskh.matching.pair_evidence.Texts`.
        postings: see `naskh.matching.postings.Postings`.
        distinctive: (n,) float64, out: the sums.
        boilerplate: (n,) int64, out: how many of the shared shingles weigh nothing.

    """
    shingles, starts, counts, gaps = texts
    hashes, ends, is_stock, holders, article_ends, known = postings
    article, day = -1, 0
    text = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))
    weights = np.empty(0, np.float64)
    found = np.empty((0, 2), np.int64)
    marked = np.empty(0, np.bool_)
    seen = np.zeros(len(days), np.int64)
    token = 0
    for pair in range(len(first)):
        a, b = first[pair], second[pair]
        start, end = article_ends[a], article_ends[a + 1]
        if a != article:
            text = text_order(shingles, starts[a], counts[a], gaps[a], known[start:end], hashes)
            marked = np.empty(end - start, np.bool_)
            found = np.empty((end - start, 2), np.int64)
            look_up(known[start:end], ends, found)
        if a != article or days[b] != day:
            article, day = a, days[b]
            weights = np.full(end - start, -1.0)
        mark_shared(known, start, end, article_ends[b], article_ends[b + 1], marked)
        total = 0.0
        nothing = 0
        for index in range(end - start):
            if marked[index]:
                if weights[index] < 0.0:
                    token += 1
                    weights[index] = 0.0
                    if not is_stock[known[start + index]]:
                        weights[index] = weight(index, found, text, a, days, day, holders, seen, token)
                total += weights[index]
                nothing += weights[index] == 0.0
        distinctive[pair] = total
        boilerplate[pair] = nothing


@njit(nogil=True, cache=True)
def mark_text(text: Any, marked: Any, gap: Any, along: Any) -> None:
    """Which of an article's shingles, in text order, are marked in its set, those of its dateline never.

    Args:
        text: (positions,) int64, see `text_order`.
        marked: (n,) bool, of those that another article has too.
        gap: those that touch its dateline, [first, end).
        along: (count,) bool, out.

    """
    along[gap[0] : gap[1]] = False
    for place in range(len(text)):
        along[place if place < gap[0] else place + gap[1] - gap[0]] = text[place] >= 0 and marked[text[place]]


@njit(nogil=True, cache=True)
def frames(shorter: Any, longer: Any, texts: Any, postings: Any, size: int, figures: Any) -> None:
    """The frame of each pair of articles, see `frame`.

    Args:
        shorter: (n,) int64, numbers of the articles with fewer distinct shingles; those of one should follow each
            other.
        longer: (n,) int64, of the others.
        texts: see `weigh_shared`.
        postings: likewise.
        size: words in a shingle.
        figures: (n, FIGURES) int64, out.

    """
    shingles, starts, counts, gaps = texts
    hashes, _, _, _, article_ends, known = postings
    article = -1
    text = np.empty(0, np.int64)
    marked = np.empty(0, np.bool_)
    along = np.empty(0, np.bool_)
    for pair in range(len(shorter)):
        a, b = shorter[pair], longer[pair]
        start, end = article_ends[a], article_ends[a + 1]
        if a != article:
            article = a
            text = text_order(shingles, starts[a], counts[a], gaps[a], known[start:end], hashes)[0]
            marked = np.empty(end - start, np.bool_)
            along = np.empty(counts[a], np.bool_)
        mark_shared(known, start, end, article_ends[b], article_ends[b + 1], marked)
        mark_text(text, marked, gaps[a], along)
        frame(shingles, starts[a], along, starts[b], starts[b] + counts[b], size, figures[pair])
