"""Compiled kernels that weigh what pairs of articles share; conventions as in `naskh.sketch.kernels`.

They give what `naskh.matching.recurrence` gives for one pair. In which other articles a shingle stands beside the
same neighbour is the same for all matches of an article, so it is found once; and two frequent shingles that stand
beside each other do so in many articles, so that of these it is remembered.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.matching.posting_kernels import BRIEF, STOCK
from naskh.matching.recurrence import STORY_ARTICLES, STORY_DAYS, UNDATED
from naskh.matching.weigh_kernels import mark_shared

#: Articles of other stories are not counted further: the weight is then below a two-hundredth.
_ENOUGH = 200
#: So many other articles are of other stories for the greater part: `_ENOUGH` of them.
MOST = _ENOUGH + STORY_ARTICLES
#: What two shingles that stand in so many articles, or more, have in common is remembered.
_FREQUENT = 32
#: Instead of a key: nothing is remembered there.
NOTHING = np.uint64(0xFFFFFFFFFFFFFFFF)
#: Instead of a number of articles: not known yet, and `MOST` or more.
_UNKNOWN = -2
_MANY = -1


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
def places_in(order: Any, gap: Any, known: int) -> Any:
    """Where an article's known shingles stand in it.

    Args:
        order: (count,) int32, see `naskh.matching.weigh_kernels.text_order`.
        gap: those of its shingles that touch its dateline, [first, end): they are left out, and what stands before
            and after them are neighbours.
        known: how many distinct known shingles it has.

    Returns:
        text: (positions,) int32, `order` without the dateline; places, (positions,) int32: the positions in `text`
        of each known shingle, one shingle after the other, ascending; bounds, (known + 1,) int32: where those of
        each begin.

    """
    text = np.empty(len(order) - (gap[1] - gap[0]), np.int32)
    bounds = np.zeros(known + 2, np.int32)
    for place in range(len(text)):
        text[place] = order[place if place < gap[0] else place + gap[1] - gap[0]]
        bounds[text[place] + 2] += 1
    bounds[1] = 0  # what is not known
    for index in range(2, known + 2):
        bounds[index] += bounds[index - 1]
    places = np.empty(len(text), np.int32)
    for place in range(len(text)):
        if text[place] >= 0:
            places[bounds[text[place] + 1]] = place
            bounds[text[place] + 1] += 1
    return text, places, bounds


@njit(nogil=True, cache=True)
def holders_of_both(one: int, one_end: int, other: int, other_end: int, holders: Any, found: Any) -> int:
    """The articles that have two shingles, as many as there is room for.

    Args:
        one: where the holders of one begin.
        one_end: where they end.
        other: where the holders of the other begin.
        other_end: where they end.
        holders: those of all shingles.
        found: int32, out.

    Returns:
        how many there are.

    """
    if one_end - one > other_end - other:
        one, one_end, other, other_end = other, other_end, one, one_end
    leap = other_end - other > 8 * (one_end - one)
    count = 0
    while one < one_end and other < other_end and count < len(found):
        holder = holders[one]
        if leap:
            other = not_below(holders, other, other_end, holder)
        else:
            while other < other_end and holders[other] < holder:
                other += 1
        one += 1
        if other < other_end and holders[other] == holder:
            found[count] = holder
            count += 1
    return count


@njit(nogil=True, cache=True)
def recalled(own: Any, index: int, neighbour: int, found: Any, holders: Any, memo: Any) -> int:
    """The row of the memory that has the articles which have two of an article's shingles, as `holders_of_both`.

    Args:
        own: (n,) the article's shingles, see `naskh.matching.postings.Postings`.
        index: which of them is the one.
        neighbour: which is the other.
        found: see `look_up`.
        holders: those of all shingles.
        memo: see `others_in_row`.

    """
    keys, sizes, lists = memo
    row: Any = len(keys)  # the last one is for what is not remembered
    one, one_end = found[index, 0], found[index, 1]
    other, other_end = found[neighbour, 0], found[neighbour, 1]
    if min(one_end - one, other_end - other) >= _FREQUENT:
        key = np.uint64(max(own[index], own[neighbour])) << np.uint64(32)
        key |= np.uint64(min(own[index], own[neighbour]))
        row = np.int64(key * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)) & (len(keys) - 1)
        if keys[row] == key:
            return int(row)
        keys[row] = key
    sizes[row] = holders_of_both(one, one_end, other, other_end, holders, lists[row])
    return int(row)


@njit(nogil=True, cache=True)
def others_in_row(
    index: int, own: Any, found: Any, text: Any, article: int, days: Any, holders: Any, scratch: Any, pool: Any
) -> int:
    """The days of the other articles that have one of an article's shingles, and a neighbour of it too.

    Args:
        index: which shingle.
        own: see `recalled`.
        found: see `look_up`.
        text: what `places_in` gives.
        article: the article's number.
        days: (articles,) int64.
        holders: those of all shingles.
        scratch: keys, (rows,) uint64, of `NOTHING` at first, sizes, (rows + 1,) int64, and lists, (rows + 1,
            MOST + 1) int32: what is remembered of two shingles, `rows` being a power of 2; seen, (articles,) int64,
            of zeros; and how many times this was called with it, (1,) int64.
        pool: (MOST or more,) int64, out: the days.

    Returns:
        how many there are, or `_MANY`.

    """
    keys, sizes, lists, seen, calls = scratch
    order, places, bounds = text
    calls[0] += 1
    count = 0
    for at in range(bounds[index], bounds[index + 1]):
        for place in (places[at] - 1, places[at] + 1):
            if place < 0 or place >= len(order) or order[place] < 0:
                continue
            row = recalled(own, index, order[place], found, holders, (keys, sizes, lists))
            for k in range(sizes[row]):
                holder = lists[row, k]
                if holder != article and seen[holder] != calls[0]:
                    seen[holder] = calls[0]
                    pool[count] = days[holder]
                    count += 1
                    if count == MOST:
                        return _MANY
    return count


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
def weight(others: Any, count: int, day: int, other_day: int) -> float:
    """The weight of a shingle, see `naskh.matching.recurrence.Recurrence.weights`, unless it is boilerplate.

    Args:
        others: see `others_in_row`.
        count: how many there are.
        day: that of the article.
        other_day: that of its match.

    """
    if count == _MANY:
        return 1.0 / (1.0 + _ENOUGH)
    near: Any = 0
    if day == UNDATED and other_day == UNDATED:
        near = count
    for k in range(count if near == 0 else 0):  # without branches: several at a time
        other = others[k]
        near += (other == UNDATED) | (abs(other - day) <= STORY_DAYS) | (abs(other - other_day) <= STORY_DAYS)
    return 1.0 / float(1 + min(count - near + max(near - STORY_ARTICLES, 0), _ENOUGH))


@njit(nogil=True, cache=True)
def weigh_shared(
    first: Any, second: Any, days: Any, texts: Any, postings: Any, scratch: Any, distinctive: Any, boilerplate: Any
) -> None:
    """The summed weights of what pairs of articles share; as a query with the first article weighs it.

    Args:
        first: (n,) int64, numbers of articles; pairs of one article should follow each other, by day of the second.
        second: (n,) int64, those of the others.
        days: (articles,) int32, `day_of` each.
        texts: see `naskh.matching.pair_evidence.Texts`.
        postings: ends, traits, holders; see `naskh.matching.postings.Postings`.
        scratch: see `others_in_row`.
        distinctive: (n,) float64, out: the sums.
        boilerplate: (n,) int64, out: how many of the shared shingles weigh nothing.

    """
    _, starts, counts, gaps, known, known_starts, known_counts, order = texts
    ends, traits, holders = postings
    article, day = -1, 0
    text = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int32))
    kinds = np.empty(0, np.uint8)
    weights = np.empty(0, np.float64)
    found = np.empty((0, 2), np.int64)
    marked = np.empty(0, np.bool_)
    others = np.empty((0, 2), np.int64)
    pool = np.empty(MOST, np.int64)
    filled = 0
    for pair in range(len(first)):
        a, b = first[pair], second[pair]
        start, end = known_starts[a], known_starts[a] + known_counts[a]
        if a != article:
            text = places_in(order[starts[a] : starts[a] + counts[a]], gaps[a], end - start)
            kinds = np.empty(end - start, np.uint8)
            for index in range(end - start):
                kinds[index] = traits[known[start + index]]
            marked = np.empty(end - start, np.bool_)
            found = np.empty((end - start, 2), np.int64)
            look_up(known[start:end], ends, found)
            others = np.full((end - start, 2), _UNKNOWN)
            filled = 0
        if a != article or days[b] != day:
            article, day = a, days[b]
            weights = np.full(end - start, -1.0)
        mark_shared(known, start, end, known_starts[b], known_starts[b] + known_counts[b], marked)
        total = 0.0
        nothing = 0
        for index in range(end - start):
            if marked[index]:
                if weights[index] < 0.0:
                    weights[index] = 1.0
                    if kinds[index] & STOCK:
                        weights[index] = 0.0
                    elif not kinds[index] & BRIEF and may_recur(found[index], days[a], day, days, holders):
                        if others[index, 1] == _UNKNOWN:
                            if filled + MOST > len(pool):
                                pool = np.append(pool, np.empty(len(pool), np.int64))
                            others[index, 0] = filled
                            others[index, 1] = others_in_row(
                                index, known[start:end], found, text, a, days, holders, scratch, pool[filled:]
                            )
                            filled += max(others[index, 1], 0)
                        weights[index] = weight(pool[others[index, 0] :], others[index, 1], days[a], day)
                total += weights[index]
                nothing += weights[index] == 0.0
        distinctive[pair] = total
        boilerplate[pair] = nothing
