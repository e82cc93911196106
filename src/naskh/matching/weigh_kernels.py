"""Compiled kernels of the evidence on many pairs of articles; conventions as in `naskh.sketch.kernels`.

They give what `naskh.matching.evidence` gives for one pair.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.matching.evidence import MAX_OTHER_GAP, MAX_SUBSTITUTED
from naskh.matching.sort_kernels import bucket_bits, spread_sort

#: Columns of the figures that `frame` writes.
SHARED_WORDS, LONGEST, SUBSTITUTIONS, SUBSTITUTED = range(4)
FIGURES = 4


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
def frames(shorter: Any, longer: Any, texts: Any, hashes: Any, size: int, figures: Any) -> None:
    """The frame of each pair of articles, see `frame`.

    Args:
        shorter: (n,) int64, numbers of the articles with fewer distinct shingles; those of one should follow each
            other.
        longer: (n,) int64, of the others.
        texts: see `weigh_shared`.
        hashes: see `naskh.matching.postings.Postings`.
        size: words in a shingle.
        figures: (n, FIGURES) int64, out.

    """
    shingles, starts, counts, gaps, known, known_starts, known_counts = texts
    article = -1
    text = np.empty(0, np.int64)
    marked = np.empty(0, np.bool_)
    along = np.empty(0, np.bool_)
    for pair in range(len(shorter)):
        a, b = shorter[pair], longer[pair]
        start, end = known_starts[a], known_starts[a] + known_counts[a]
        if a != article:
            article = a
            text = text_order(shingles, starts[a], counts[a], gaps[a], known[start:end], hashes)[0]
            marked = np.empty(end - start, np.bool_)
            along = np.empty(counts[a], np.bool_)
        mark_shared(known, start, end, known_starts[b], known_starts[b] + known_counts[b], marked)
        mark_text(text, marked, gaps[a], along)
        frame(shingles, starts[a], along, starts[b], starts[b] + counts[b], size, figures[pair])
