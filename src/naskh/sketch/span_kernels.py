"""Compiled kernels that find where stretches of words stand in texts; conventions as in `naskh.sketch.kernels`.

Only the lines that a stretch cuts are folded. The others are passed over: what is known of a stored article says
how many words they have. Texts are packed, see `naskh.text.packing`.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import peek_u32
from naskh.sketch.kernels import UNKNOWN, hash_shingles
from naskh.sketch.place_kernels import next_line, pass_line, place_line

#: The edges of a dateline, where they are not known.
NO_EDGES = -1
#: A status: the edges of a text's dateline must be known. Below are those of code points.
NEEDS_EDGES = -1

#: Columns of what is known of a text: where its shingles are in memory and how many, those of its dateline, and the
#: edges of this in code points (`NO_EDGES` where they are not known; both 0 where there is none).
SHINGLES, COUNT, DATED_FIRST, DATED_END, EDGE, EDGE_END = range(6)
FACTS = 6

assert UNKNOWN < NEEDS_EDGES  # noqa: S101


@njit(nogil=True, cache=True)
def is_as_sketched(facts: Any, first: int, count: int, scratch: Any, slot: int, size: int, shingles: Any) -> bool:
    """Whether a line was folded as when it was sketched, with the edges of the dateline: by its shingles.

    Args:
        facts: (FACTS,) int64, what is known of the text.
        first: the line's first word in the text.
        count: its words.
        scratch: `folded` and `starts` of `fold_words`, the line's words from `slot` on.
        slot: see `scratch`.
        size: words in a shingle.
        shingles: (>= count,) uint32, for the kernel to write in.

    """
    if count < size or first + count - size + 1 > facts[COUNT]:
        return False
    found = hash_shingles(scratch[0], scratch[1][slot:], count, size, shingles, 0)
    for k in range(found):
        if shingles[k] != peek_u32(facts[SHINGLES], first + k):
            return False
    return True


@njit(nogil=True, cache=True)
def _is_inside(stretches: Any, first: int, end: int) -> Any:
    """Whether a stretch begins or ends inside words [first, end): not at their edges."""
    for i in range(len(stretches)):
        begin, last = stretches[i]
        if first < begin < end or first < last < end:
            return True
    return False


@njit(inline="always")
def _known_words(known: Any, following: Any, number: Any, word: Any) -> Any:
    """The words of a paragraph that begins with a word, -1 where they are not known; and the next that is known."""
    if following < len(known) and known[following, 0] == number:
        return known[following, 2], following + 1
    if following < len(known) and known[following, 0] == number + 1:
        return known[following, 1] - word, following  # what is between two others
    return np.int64(-1), following


@njit(nogil=True, cache=True)
def _note_spans(stretches: Any, own: Any, edges: Any, words: Any, number: Any, spans: Any) -> None:
    """Note where stretches begin and end in a paragraph.

    Args:
        stretches: (s, 2) int64.
        own: the paragraph's first word, and one past its last.
        edges: its begin and end in code points.
        words: (n, 2) int64, begin and end of each of its words, where a stretch begins or ends among them.
        number: the paragraph's.
        spans: (s, 4) int64, out.

    """
    for i in range(len(stretches)):
        first, stop = stretches[i]
        if own[0] <= first < own[1]:
            spans[i, 0] = number
            spans[i, 2] = edges[0] if first == own[0] else words[first - own[0], 0]
        if own[0] < stop <= own[1]:
            spans[i, 1] = number
            spans[i, 3] = edges[1] if stop == own[1] else words[stop - 1 - own[0], 1]


@njit(nogil=True, cache=True)
def place_stretches(
    data: Any, start: int, end: int, facts: Any, known: Any, size: int, tables: Any, scratch: Any, stretches: Any,
    spans: Any,
) -> Any:  # fmt: skip
    """Where stretches of words stand in a text, as `naskh.matching.spans.span_of_words`.

    Args:
        data: (n,) uint8, packed texts.
        start: the text's first byte.
        end: one past its last.
        facts: (FACTS,) int64, what is known of it.
        known: (k, 3) int64: number, first word and words of some of its paragraphs, in order.
        size: words in a shingle.
        tables: `table`, `months` and `marks` of `place_line`.
        scratch: `folded`, `starts`, `words` and `lines` of `place_words`, and `shingles` of `is_as_sketched`.
        stretches: (s, 2) int64, s > 0, words [first, end).
        spans: (s, 4) int64, out: first and last paragraph, first code point and end.

    Returns:
        0, `NEEDS_EDGES` or ``UNKNOWN - code_point``.

    """
    table, months, marks = tables
    folded, starts, words, _, shingles = scratch
    starts[0] = 0
    slot = word = paragraphs = following = 0
    place, point_at = start, 0
    last_word = stretches[:, 1].max()
    closing = closed = 0
    edges = facts[EDGE : EDGE_END + 1]
    while word < last_word:
        place, point_at = next_line(data, place, end, point_at, table[0])
        if place < 0:
            return point_at
        if place == end:
            break
        begin = point_at
        count, following = _known_words(known, following, paragraphs + 1, word)
        first_slot = -1
        if count >= 0 and not _is_inside(stretches, word, word + count):
            place, point_at, last = pass_line(data, place, end, point_at, table[0])
        else:
            first_slot = slot
            place, point_at, last, slot = place_line(
                data, place, end, point_at, edges, table, months, marks, (folded, starts), slot, words
            )
            count = slot - first_slot
        if place < 0:
            return point_at
        if first_slot >= 0 and edges[0] == NO_EDGES and word < facts[DATED_END] + size and not is_as_sketched(
            facts, word, count, (folded, starts), first_slot, size, shingles
        ):  # fmt: skip
            return NEEDS_EDGES
        paragraphs += 1
        _note_spans(stretches, (word, word + count), (begin, last), words[max(first_slot, 0) :], paragraphs, spans)
        if count:
            word += count
            closing, closed = paragraphs, last
    for i in range(len(stretches)):
        if stretches[i, 1] > word:  # a text of fewer words than a shingle has
            spans[i, 1] = closing
            spans[i, 3] = closed
    return 0


@njit(nogil=True, cache=True)
def spans_of(
    begin: int, data: Any, offsets: Any, facts: Any, known: Any, size: int, tables: Any, scratch: Any,
    stretches: Any, ends: Any, spans: Any,
) -> Any:  # fmt: skip
    """Where stretches of words stand in some texts; see `place_stretches`.

    Args:
        begin: the text to start at.
        data: (n,) uint8, the packed texts, one after the other.
        offsets: (texts + 1,) int64, where each begins.
        facts: (texts, FACTS) int64.
        known: ends (texts + 1,) int64, and paragraphs (k, 3) int64, those of one text after the other's.
        size: words in a shingle.
        tables: see `place_stretches`.
        scratch: likewise, for the longest text.
        stretches: (s, 2) int64, words [first, end).
        ends: (texts + 1,) int64: a text has ``stretches[ends[i] : ends[i + 1]]``.
        spans: (s, 4) int64, out.

    Returns:
        The number of texts done, and the status of the one behind these.

    """
    known_ends, paragraphs = known
    for text in range(begin, len(offsets) - 1):
        if ends[text + 1] == ends[text]:
            continue
        own = slice(ends[text], ends[text + 1])
        status = place_stretches(
            data, offsets[text], offsets[text + 1], facts[text],
            paragraphs[known_ends[text] : known_ends[text + 1]], size, tables, scratch, stretches[own], spans[own],
        )  # fmt: skip
        if status < 0:
            return text, status
    return len(offsets) - 1, 0
