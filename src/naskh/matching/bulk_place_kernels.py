"""Compiled kernels that find where words stand in packed texts; conventions as in `naskh.sketch.kernels`.

They read texts as they are stored (`naskh.text.packing`), one byte a character for most, and write no folded words.
What is out of the ordinary they leave to `naskh.sketch.place_kernels`.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import load_u8
from naskh.sketch.fold_table import DROP, LINE_BREAK, SEPARATOR, SPACE
from naskh.sketch.kernels import _decode
from naskh.text.packing import ESCAPE, pack

#: What a character does: nothing to a word; a mark on a letter; parts words; white space; ends a line; a letter.
_NOTHING, _MARK, _PARTS, _BLANK, _ENDS, _LETTER = range(6)
#: A character that stands for several, or is not in the table yet.
_UNKNOWN = 6
_ESCAPED = 7

#: Letters of the first words of months of two words, which are one word: (2, 5) uint8, packed.
_MONTHS = np.array([list(pack(name)) for name in ("تشرين", "كانون")], np.uint8)


@njit(inline="always")
def _kind_of(entry: Any, is_mark: Any) -> Any:
    """What a character with this entry of a `naskh.sketch.fold_table.FoldTable` does."""
    kind = entry >> np.uint32(24)
    if kind == DROP:
        return _MARK if is_mark else _NOTHING
    if kind <= 3:
        return _LETTER
    if kind == SEPARATOR:
        return _PARTS
    if kind == SPACE:
        return _BLANK
    if kind == LINE_BREAK:
        return _ENDS
    return _UNKNOWN


@njit(nogil=True, cache=True)
def kinds_of_bytes(entries: Any, marks: Any) -> Any:
    """What each byte of a packed text does: (256,) uint8."""
    kinds = np.empty(256, np.uint8)
    for byte in range(256):
        point = byte if byte < 0x80 else 0x600 + byte - 0x80
        kinds[byte] = _kind_of(entries[point], marks[point])
    kinds[ESCAPE] = _ESCAPED
    return kinds


@njit(nogil=True, cache=True)
def _is_month(data: Any, place: Any, end: Any) -> bool:
    """Whether a word that begins there may be the first one of a month of two words."""
    for name in range(len(_MONTHS)):
        at = place
        letter = 0
        while at < end and letter < _MONTHS.shape[1] and (data[at] == _MONTHS[name, letter] or data[at] >= 0xC0):
            letter += data[at] == _MONTHS[name, letter]  # marks may stand between
            at += 1
        if letter == _MONTHS.shape[1]:
            return True
    return False


@njit(nogil=True, cache=True)
def place_words(data: Any, start: int, end: int, kinds: Any, table: Any, words: Any, lines: Any) -> Any:
    """Where the words and the paragraphs of a packed text begin and end, as `naskh.sketch.place_kernels.place_words`.

    Args:
        data: (n,) uint8, packed.
        start: the text's first byte.
        end: one past its last.
        kinds: what `kinds_of_bytes` gives.
        table: entries of a `naskh.sketch.fold_table.FoldTable`, and which code points are marks.
        words: (>= end - start + 1, 2) int32, out: begin and end of each word, in code points.
        lines: (>= end - start + 1, 4) int32, out: begin and end of each paragraph, first word, one past the last.

    Returns:
        words and paragraphs; -1 and 0 where the other kernel has to be asked. The edges of a dateline are not
        known here: one inside a word parts it, and there are fewer words here than there.

    """
    entries, marks = table
    count = paragraphs = point = first_word = 0
    begin = last = -1  # of the word; -1 outside one
    line_begin, line_last = -1, 0
    first_byte = np.int64(0)
    place = start
    while place < end:
        at = place
        kind = np.int64(kinds[load_u8(data, place)])
        place += 1
        if kind == _ESCAPED:
            lead = np.int64(load_u8(data, place))
            code, size = (lead, 1) if lead < 0x80 else _decode(data, place, end)
            kind = np.int64(_kind_of(entries[code], marks[code]))
            place += size
        if kind == _LETTER:
            if begin < 0:
                begin = point
                first_byte = at
            last = point + 1
            line_last = last
            if line_begin < 0:
                line_begin = point
        elif kind <= _MARK:
            if kind == _MARK and begin >= 0:
                last = point + 1
            line_last = point + 1
            if line_begin < 0:
                line_begin = point
        elif kind == _UNKNOWN:
            return -1, 0
        else:
            if begin >= 0:
                words[count, 0], words[count, 1] = begin, last
                count += 1
                if (data[first_byte] == _MONTHS[0, 0] or data[first_byte] == _MONTHS[1, 0]) and _is_month(
                    data, first_byte, at
                ):
                    return -1, 0
                begin = -1
            if kind == _PARTS:
                line_last = point + 1
                if line_begin < 0:
                    line_begin = point
            elif kind == _ENDS:
                if line_begin >= 0:
                    lines[paragraphs, 0], lines[paragraphs, 1] = line_begin, line_last
                    lines[paragraphs, 2], lines[paragraphs, 3] = first_word, count
                    paragraphs += 1
                first_word = count
                line_begin = -1
        point += 1
    if begin >= 0:
        words[count, 0], words[count, 1] = begin, last
        count += 1
    if line_begin >= 0:
        lines[paragraphs, 0], lines[paragraphs, 1] = line_begin, line_last
        lines[paragraphs, 2], lines[paragraphs, 3] = first_word, count
        paragraphs += 1
    return count, paragraphs


@njit(inline="always")
def _line_of(lines: Any, paragraphs: Any, word: Any) -> Any:
    low, high = 0, paragraphs
    while low < high:
        middle = (low + high) >> 1
        if lines[middle, 3] <= word:
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def spans(
    data: Any, edges: Any, word_counts: Any, kinds: Any, table: Any, stretches: Any, order: Any, ends: Any,
    found: Any, done: Any,
) -> None:  # fmt: skip
    """Where stretches of words stand in some packed texts, as `naskh.matching.spans.span_of_words`.

    Args:
        data: (n,) uint8, packed texts.
        edges: (texts, 2) int64, first byte of each, and one past its last.
        word_counts: (texts,) int64, how many words each has by its sketch.
        kinds: see `place_words`.
        table: likewise.
        stretches: (s, 2) int64, words [first, end).
        order: (s,) int64, of these those of one text after the other.
        ends: (texts + 1,) int64: a text has ``order[ends[i] : ends[i + 1]]``.
        found: (s, 4) int64, out: first and last paragraph, first code point and end.
        done: (texts,) bool, out: False where the other kernel has to be asked.

    """
    longest = 0
    for text in range(len(edges)):
        longest = max(longest, edges[text, 1] - edges[text, 0])
    words = np.empty((longest + 1, 2), np.int32)
    lines = np.empty((longest + 1, 4), np.int32)
    for text in range(len(edges)):
        done[text] = True
        if ends[text + 1] == ends[text]:
            continue
        count, paragraphs = place_words(data, edges[text, 0], edges[text, 1], kinds, table, words, lines)
        if count != word_counts[text]:
            done[text] = False
            continue
        for at in range(ends[text], ends[text + 1]):
            i = order[at]
            first, last = stretches[i, 0], min(stretches[i, 1], count) - 1
            opening = _line_of(lines, paragraphs, first)
            closing = _line_of(lines, paragraphs, last)
            found[i, 0], found[i, 1] = opening + 1, closing + 1
            found[i, 2] = lines[opening, 0] if first == lines[opening, 2] else words[first, 0]
            found[i, 3] = lines[closing, 1] if last + 1 == lines[closing, 3] else words[last, 1]
