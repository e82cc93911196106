"""The compiled kernel that finds where words stand in a text; conventions as in `naskh.sketch.kernels`.

Its reference is `naskh.text.analysis.analyse`. `naskh.sketch.kernels.fold_words` reads the same bytes,
and minds no places.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import load_u8, load_u16, store_u32
from naskh.sketch.fold_table import EXPAND, LINE_BREAK, SEPARATOR, SPACE
from naskh.sketch.kernels import UNKNOWN, _decode, _end_word

_SPACE_BYTE = np.uint8(0x20)
#: Entries of letters are from here ...
_LETTERS = np.uint32(1 << 24)
#: ... to here.
_SEPARATORS = np.uint32(SEPARATOR << 24)


@njit(nogil=True, cache=True)
def place_words(  # noqa: C901 - one loop over the characters, a branch for each kind
    data: Any, start: int, end: int, skip: Any, table: Any, months: Any, marks: Any, scratch: Any, words: Any,
    lines: Any,
) -> Any:  # fmt: skip
    """Where the words and the paragraphs of a text begin and end, in code points.

    Args:
        data: (n,) uint8, UTF-8.
        start: the text's first byte.
        end: one past its last.
        skip: first byte and end of its dateline; equal where there is none.
        table: see `naskh.sketch.kernels.fold_words`.
        months: likewise.
        marks: (0x110000,) bool, which code points are combining marks.
        scratch: `folded` and `starts` of `fold_words`.
        words: (>= 2 * (end - start) + 2, 2) int64, out: begin and end of each word.
        lines: (>= (end - start) + 1, 4) int64, out: begin and end of each paragraph, first word, one past the last.

    Returns:
        words and paragraphs; or ``UNKNOWN - code_point`` and 0.

    """
    entries, expansions, expansion_lengths = table
    folded, starts = scratch
    count = paragraphs = 0
    out: Any = 0
    starts[0] = 0
    before = 0
    begin = last = 0  # of the word being written: its first letter, one past its last letter or mark on that
    line_begin = -1
    line_last = 0
    first_word = 0
    point_at = 0
    place = start
    edge = skip[0] if skip[1] > skip[0] else end
    while place < end:
        if place == edge:
            done, out, before = _end_word(folded, starts, count, out, before, months)
            count = _placed(words, count, done, begin, last)
            edge = skip[1] if place == skip[0] else end
        # A run of letters of the Arabic block: nearly all there is.
        while place + 1 < edge:
            pair = np.int64(load_u16(data, place))
            if pair & 0xFC != 0xD8:
                break
            entry = entries[0x600 + ((pair & 0x03) << 6 | (pair >> 8 & 0x3F))]
            if entry >= _SEPARATORS or entry < _LETTERS:
                break
            if out == starts[count]:
                begin = point_at
            store_u32(folded, out, entry)
            out += np.int64(entry >> np.uint32(24))
            place += 2
            point_at += 1
            last = point_at
            line_last = point_at
            if line_begin < 0:
                line_begin = point_at - 1
        if place >= edge:
            continue
        lead = np.int64(load_u8(data, place))
        if lead < 0x80:
            point, size = lead, 1
        else:
            point, size = _decode(data, place, end)
        entry = entries[point]
        kind = entry >> np.uint32(24)
        place += size
        if kind in (SPACE, SEPARATOR, LINE_BREAK):
            done, out, before = _end_word(folded, starts, count, out, before, months)
            count = _placed(words, count, done, begin, last)
            if kind == LINE_BREAK:
                if line_begin >= 0:
                    lines[paragraphs] = (line_begin, line_last, first_word, count)
                    paragraphs += 1
                first_word = count
                line_begin = -1
                before = 0
        elif kind == 0:
            if marks[point] and out > starts[count]:
                last = point_at + 1
        elif kind <= 3:
            if out == starts[count]:
                begin = point_at
            last = point_at + 1
            store_u32(folded, out, entry)
            out += np.int64(kind)
        elif kind == EXPAND:
            row = entry & np.uint32(0xFFFFFF)
            for i in range(expansion_lengths[row]):
                if expansions[row, i] == _SPACE_BYTE:
                    done, out, before = _end_word(folded, starts, count, out, before, months)
                    count = _placed(words, count, done, begin, last)
                    continue
                if out == starts[count]:
                    begin = point_at
                last = point_at + 1
                folded[out] = expansions[row, i]
                out += 1
        else:
            return UNKNOWN - point, 0
        if kind != SPACE and kind != LINE_BREAK:
            if line_begin < 0:
                line_begin = point_at
            line_last = point_at + 1
        point_at += 1
    done, out, before = _end_word(folded, starts, count, out, before, months)
    count = _placed(words, count, done, begin, last)
    if line_begin >= 0:
        lines[paragraphs] = (line_begin, line_last, first_word, count)
        paragraphs += 1
    return count, paragraphs


@njit(inline="always")
def _placed(words: Any, before: Any, after: Any, begin: Any, last: Any) -> Any:
    """Note the place of the word that was ended; a month of two words is one, and ends with its second."""
    if after > before:
        words[before, 0] = begin
        words[before, 1] = last
    elif last > begin and before > 0:
        words[before - 1, 1] = max(words[before - 1, 1], last)
    return after


@njit(nogil=True, cache=True)
def spans_of(
    begin: int, data: Any, offsets: Any, skips: Any, tables: Any, scratch: Any, stretches: Any, ends: Any,
    spans: Any,
) -> Any:  # fmt: skip
    """Where stretches of words stand in some texts, as `naskh.matching.spans.span_of_words`.

    Args:
        begin: the text to start at.
        data: (n,) uint8, the texts in UTF-8, one after the other.
        offsets: (texts + 1,) int64, where each begins.
        skips: (texts, 2) int64, see `naskh.sketch.batch.find_skips`.
        tables: `table`, `months` and `marks` of `place_words`.
        scratch: `folded`, `starts`, `words` and `lines` of `place_words`, for the longest text.
        stretches: (s, 2) int64, words [first, end).
        ends: (texts + 1,) int64: a text has ``stretches[ends[i] : ends[i + 1]]``.
        spans: (s, 4) int64, out: first and last paragraph, first code point and end.

    Returns:
        The number of texts done, and 0 or ``UNKNOWN - code_point``.

    """
    table, months, marks = tables
    folded, starts, words, lines = scratch
    for text in range(begin, len(offsets) - 1):
        if ends[text + 1] == ends[text]:
            continue
        count, paragraphs = place_words(
            data,
            offsets[text],
            offsets[text + 1],
            skips[text],
            table,
            months,
            marks,
            (folded, starts),
            words,
            lines,
        )
        if count < 0:
            return text, count
        for i in range(ends[text], ends[text + 1]):
            first, last = stretches[i, 0], min(stretches[i, 1], count) - 1
            opening = _line_of(lines, paragraphs, first)
            closing = _line_of(lines, paragraphs, last)
            spans[i, 0] = opening + 1
            spans[i, 1] = closing + 1
            spans[i, 2] = lines[opening, 0] if first == lines[opening, 2] else words[first, 0]
            spans[i, 3] = lines[closing, 1] if last + 1 == lines[closing, 3] else words[last, 1]
    return len(offsets) - 1, 0


@njit(nogil=True, cache=True)
def _line_of(lines: Any, paragraphs: int, word: Any) -> Any:
    """The paragraph that holds a word."""
    low, high = 0, paragraphs
    while low < high:
        middle = (low + high) >> 1
        if lines[middle, 3] <= word:
            low = middle + 1
        else:
            high = middle
    return low
