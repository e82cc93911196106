"""The compiled kernel that gathers what is known of stored texts; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import peek_i64, peek_u32
from naskh.matching.candidate_kernels import (
    BOUNDS,
    DATELINE_END,
    DATELINE_FIRST,
    PARAGRAPH_ARTICLE,
    PARAGRAPH_FIRST,
    PARAGRAPH_NUMBER,
    PARAGRAPH_SHINGLES,
    PARAGRAPHS,
    SHINGLES,
)
from naskh.matching.lookup_kernels import first_not_below
from naskh.sketch import span_kernels
from naskh.sketch.span_kernels import COUNT, DATED_END, DATED_FIRST, EDGE, EDGE_END, FACTS, NO_EDGES


@njit(nogil=True, cache=True)
def first_paragraph(segment: Any, row: Any) -> Any:
    """The first of a segment's paragraphs that is of this article or a later one."""
    return first_not_below(segment[PARAGRAPH_ARTICLE], segment[PARAGRAPHS], row)


@njit(nogil=True, cache=True)
def known_of(segments: Any, places: Any, size: int, own_facts: Any, own_paragraphs: Any) -> Any:
    """What is known of a query's text, and of those of stored articles behind it.

    Args:
        segments: (n, COLUMNS) int64, the table of addresses.
        places: (m, 2) int64, segment and row of each article; segment -1 for those of which nothing is asked.
        size: words in a shingle.
        own_facts: (FACTS,) int64, of the query.
        own_paragraphs: (p, 3) int64, likewise.

    Returns:
        facts, ends and paragraphs of a `naskh.sketch.places.Known`.

    """
    facts = np.zeros((len(places) + 1, FACTS), np.int64)
    ends = np.empty(len(places) + 2, np.int64)
    facts[0] = own_facts
    ends[0] = 0
    ends[1] = len(own_paragraphs)
    for i in range(len(places)):
        number, row = places[i]
        count = 0
        if number >= 0:
            segment = segments[number]
            first = peek_i64(segment[BOUNDS], row)
            facts[i + 1, span_kernels.SHINGLES] = segment[SHINGLES] + 4 * first
            facts[i + 1, COUNT] = peek_i64(segment[BOUNDS], row + 1) - first
            facts[i + 1, DATED_FIRST] = np.int64(peek_u32(segment[DATELINE_FIRST], row))
            facts[i + 1, DATED_END] = np.int64(peek_u32(segment[DATELINE_END], row))
            if facts[i + 1, DATED_END] > facts[i + 1, DATED_FIRST]:
                facts[i + 1, EDGE] = facts[i + 1, EDGE_END] = NO_EDGES
            begin = first_paragraph(segment, row)
            while begin + count < segment[PARAGRAPHS] and (
                np.int64(peek_u32(segment[PARAGRAPH_ARTICLE], begin + count)) == row
            ):
                count += 1
        ends[i + 2] = ends[i + 1] + count
    paragraphs = np.empty((ends[-1], 3), np.int64)
    paragraphs[: ends[1]] = own_paragraphs
    for i in range(len(places)):
        if ends[i + 2] == ends[i + 1]:
            continue
        segment = segments[places[i, 0]]
        begin = first_paragraph(segment, places[i, 1])
        for k in range(ends[i + 2] - ends[i + 1]):
            known = paragraphs[ends[i + 1] + k]
            known[0] = np.int64(peek_u32(segment[PARAGRAPH_NUMBER], begin + k))
            known[1] = np.int64(peek_u32(segment[PARAGRAPH_FIRST], begin + k))
            known[2] = np.int64(peek_u32(segment[PARAGRAPH_SHINGLES], begin + k)) + size - 1
    return facts, ends, paragraphs
