"""Compiled kernels that find where words stand in packed texts; conventions as in `naskh.sketch.kernels`.

Their reference is `naskh.text.analysis.analyse`. `naskh.sketch.kernels.fold_words` reads texts in UTF-8, and minds
no places; here a text is as it is stored (`naskh.text.packing`).
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import load_u8, store_u32
from naskh.sketch.fold_table import EMPTY, EXPAND, LINE_BREAK, SEPARATOR, SPACE
from naskh.sketch.kernels import UNKNOWN, _decode, _end_word
from naskh.text.packing import ESCAPE, WINDOW

_SPACE_BYTE = np.uint8(0x20)
#: Entries of letters are from here ...
_LETTERS = np.uint32(1 << 24)
#: ... to here.
_SEPARATORS = np.uint32(SEPARATOR << 24)


@njit(inline="always")
def _read(data: Any, place: Any, end: Any) -> Any:
    """The code point at a place of a packed text, and its bytes."""
    byte = np.int64(load_u8(data, place))
    if byte >= 0x80:
        return WINDOW + byte - 0x80, 1
    if byte != ESCAPE or place + 1 >= end:
        return byte, 1
    lead = np.int64(load_u8(data, place + 1))
    if lead < 0x80:
        return lead, 2
    point, size = _decode(data, place + 1, end)
    return point, size + 1


@njit(nogil=True, cache=True)
def pass_line(data: Any, place: int, end: int, point_at: int, entries: Any) -> Any:
    """Pass over the rest of a line.

    Returns:
        the byte and the code point behind it and its line break, and the code point behind its last character that
        is no white space; or -1, ``UNKNOWN - code_point`` and 0.

    """
    last = point_at
    while place < end:
        byte = load_u8(data, place)
        if byte > 0x20:
            place += 1
            point_at += 1
            last = point_at
            continue
        point, size = _read(data, place, end)
        kind = entries[point] >> np.uint32(24)
        if kind == EMPTY:
            return -1, UNKNOWN - point, 0
        place += size
        point_at += 1
        if kind == LINE_BREAK:
            break
        if kind != SPACE:
            last = point_at
    return place, point_at, last


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
def place_line(  # noqa: C901 - one loop over the characters, a branch for each kind
    data: Any, place: int, end: int, point_at: int, edges: Any, table: Any, months: Any, marks: Any, scratch: Any,
    count: int, words: Any,
) -> Any:  # fmt: skip
    """Where the words of a line begin and end, in code points.

    Args:
        data: (n,) uint8, packed texts.
        place: the line's first byte.
        end: one past the text's last.
        point_at: the code point at `place`.
        edges: of the text's dateline, (2,) int64, code points; no word reaches across these.
        table: see `naskh.sketch.kernels.fold_words`.
        months: likewise.
        marks: (0x110000,) bool, which code points are combining marks.
        scratch: `folded` and `starts` of `fold_words`: the line's words go behind the first `count`.
        count: words in there.
        words: (n, 2) int64, out from `count` on: begin and end of each word.

    Returns:
        byte and code point behind the line and its line break, the code point behind its last character that is no
        white space, and words in `scratch` now; or -1, ``UNKNOWN - code_point``, 0 and 0.

    """
    entries, expansions, expansion_lengths = table
    folded, starts = scratch
    out: Any = starts[count]
    before = 0
    begin = last = 0  # of the word being written: its first letter, one past its last letter or mark on that
    line_last = point_at
    edge = edges[0] if edges[0] >= point_at else edges[1]
    while place < end:
        if point_at == edge:
            done, out, before = _end_word(folded, starts, count, out, before, months)
            count = _placed(words, count, done, begin, last)
            edge = edges[1]
        # A run of letters of the Arabic block: nearly all there is.
        limit = min(end, place + edge - point_at) if edge > point_at else end
        while place < limit:
            byte = np.int64(load_u8(data, place))
            if byte < 0x80:
                break
            entry = entries[WINDOW + byte - 0x80]
            if entry >= _SEPARATORS or entry < _LETTERS:
                break
            if out == starts[count]:
                begin = point_at
            store_u32(folded, out, entry)
            out += np.int64(entry >> np.uint32(24))
            place += 1
            point_at += 1
            last = point_at
            line_last = point_at
        if place >= limit:
            continue
        point, size = _read(data, place, end)
        entry = entries[point]
        kind = entry >> np.uint32(24)
        place += size
        if kind in (SPACE, SEPARATOR, LINE_BREAK):
            done, out, before = _end_word(folded, starts, count, out, before, months)
            count = _placed(words, count, done, begin, last)
            if kind == LINE_BREAK:
                return place, point_at + 1, line_last, count
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
            return -1, UNKNOWN - point, 0, 0
        point_at += 1
        if kind != SPACE:
            line_last = point_at
    done, out, before = _end_word(folded, starts, count, out, before, months)
    count = _placed(words, count, done, begin, last)
    return place, point_at, line_last, count


@njit(nogil=True, cache=True)
def next_line(data: Any, place: int, end: int, point_at: int, entries: Any) -> Any:
    """The byte and the code point of the next character that is no white space; the ends of the text if none is."""
    while place < end:
        point, size = _read(data, place, end)
        kind = entries[point] >> np.uint32(24)
        if kind == EMPTY:
            return -1, UNKNOWN - point
        if kind != SPACE and kind != LINE_BREAK:
            break
        place += size
        point_at += 1
    return place, point_at


@njit(nogil=True, cache=True)
def place_words(
    data: Any, start: int, end: int, edges: Any, table: Any, months: Any, marks: Any, scratch: Any, words: Any,
    lines: Any,
) -> Any:  # fmt: skip
    """Where all words and paragraphs of a text begin and end, in code points.

    Args:
        data: (n,) uint8, packed texts.
        start: the text's first byte.
        end: one past its last.
        edges: see `place_line`.
        table: likewise.
        months: likewise.
        marks: likewise.
        scratch: likewise.
        words: (>= 2 * (end - start) + 2, 2) int64, out: begin and end of each word.
        lines: (>= (end - start) + 1, 4) int64, out: begin and end of each paragraph, first word, one past the last.

    Returns:
        words and paragraphs; or ``UNKNOWN - code_point`` and 0.

    """
    scratch[1][0] = 0
    count = paragraphs = 0
    place, point_at = start, 0
    while True:
        place, point_at = next_line(data, place, end, point_at, table[0])
        if place < 0:
            return point_at, 0
        if place == end:
            return count, paragraphs
        begin, first = point_at, count
        place, point_at, last, count = place_line(
            data, place, end, point_at, edges, table, months, marks, scratch, count, words
        )
        if place < 0:
            return point_at, 0
        lines[paragraphs] = (begin, last, first, count)
        paragraphs += 1
