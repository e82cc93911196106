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
def text_order(
    shingles: Any, start: int, count: int, gap: Any, known: Any, hashes: Any, packed: Any, ordered: Any,
    bounds: Any, text: Any,
) -> None:  # fmt: skip
    """An article's shingles in text order, as places in `known`.

    Args:
        shingles: (s,) uint32, those of all articles.
        start: the article's first.
        count: how many it has.
        gap: those that touch its dateline, [first, end).
        known: (n,) those that another article has too, as indices into `hashes`, ascending.
        hashes: see `naskh.matching.postings.Postings`.
        packed: (count or more,) uint64, scratch.
        ordered: likewise.
        bounds: (2 ** bucket_bits(count) + 1 or more,) int64, scratch.
        text: (count,) int32, out: the place of each in `known`, -1 where it is not there, or of the dateline.

    """
    positions = 0
    for place in range(count):
        text[place] = -1
        if place < gap[0] or place >= gap[1]:
            packed[positions] = np.uint64(shingles[start + place]) << np.uint64(32) | np.uint64(place)
            positions += 1
    spread_sort(packed, positions, 64, ordered, bounds)
    for index in range(len(known)):  # read first: so the processor waits for many of them at a time
        packed[index] = hashes[known[index]]
    k = 0
    for index in range(len(known)):
        while k < positions and ordered[k] >> np.uint64(32) < packed[index]:
            k += 1
        while k < positions and ordered[k] >> np.uint64(32) == packed[index]:
            text[np.int64(ordered[k] & np.uint64(0xFFFFFFFF))] = index
            k += 1


@njit(nogil=True, cache=True)
def text_orders(articles: Any, texts: Any, hashes: Any) -> None:
    """The `text_order` of some articles, written to `texts`; see `naskh.matching.pair_evidence.Texts`."""
    shingles, starts, counts, gaps, known, known_starts, known_counts, order = texts
    longest: Any = 0
    for article in articles:
        longest = max(longest, counts[article])
    packed = np.empty(longest, np.uint64)
    ordered = np.empty(longest, np.uint64)
    bounds = np.empty((1 << bucket_bits(longest)) + 1, np.int64)
    for article in articles:
        own = known[known_starts[article] : known_starts[article] + known_counts[article]]
        start, end = starts[article], starts[article] + counts[article]
        text_order(
            shingles, start, counts[article], gaps[article], own, hashes, packed, ordered, bounds, order[start:end]
        )


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
def mark_text(text: Any, marked: Any, along: Any) -> None:
    """Which of an article's shingles, in text order, are marked in its set.

    Args:
        text: (count,) int32, see `text_order`.
        marked: (n,) bool, of those that another article has too.
        along: (count,) bool, out.

    """
    for place in range(len(text)):
        along[place] = text[place] >= 0 and marked[text[place]]


@njit(nogil=True, cache=True)
def frames(shorter: Any, longer: Any, texts: Any, size: int, figures: Any) -> None:
    """The frame of each pair of articles, see `frame`.

    Args:
        shorter: (n,) int64, numbers of the articles with fewer distinct shingles; those of one should follow each
            other.
        longer: (n,) int64, of the others.
        texts: see `naskh.matching.pair_evidence.Texts`.
        size: words in a shingle.
        figures: (n, FIGURES) int64, out.

    """
    shingles, starts, counts, _, known, known_starts, known_counts, order = texts
    article = -1
    marked = np.empty(0, np.bool_)
    along = np.empty(0, np.bool_)
    for pair in range(len(shorter)):
        a, b = shorter[pair], longer[pair]
        start, end = known_starts[a], known_starts[a] + known_counts[a]
        if a != article:
            article = a
            marked = np.empty(end - start, np.bool_)
            along = np.empty(counts[a], np.bool_)
        mark_shared(known, start, end, known_starts[b], known_starts[b] + known_counts[b], marked)
        mark_text(order[starts[a] : starts[a] + counts[a]], marked, along)
        frame(shingles, starts[a], along, starts[b], starts[b] + counts[b], size, figures[pair])
