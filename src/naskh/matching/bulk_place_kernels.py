"""Compiled kernels that find where words stand in packed texts; conventions as in `naskh.sketch.kernels`.

They read texts as they are stored (`naskh.text.packing`), one byte a character for most, and write no folded words.
What is out of the ordinary they leave to `naskh.sketch.place_kernels`.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import peek_u8
from naskh.sketch.fold_table import DROP, LINE_BREAK, SEPARATOR, SPACE
from naskh.sketch.kernels import _decode
from naskh.text.packing import ESCAPE, pack

#: What a character is: a letter of a word; a mark on one, or nothing at all, which part no words; what parts words;
#: white space; the end of a line.
_LETTER, _MARK, _NOTHING, _PARTS, _BLANK, _ENDS = range(6)
#: A letter with which the first word of a month of two words begins.
_MONTH = 8
#: A character that stands behind this byte; one that stands for several, or is not in the table yet.
_ESCAPED, _UNKNOWN = 16, 32

#: Letters of the first words of months of two words, which are one word: (2, 5) uint8, packed.
_MONTHS = np.array([list(pack(name)) for name in ("تشرين", "كانون")], np.uint8)


@njit(inline="always")
def _kind_of(entry: Any, is_mark: Any) -> Any:
    """What a character with this entry of a `naskh.sketch.fold_table.FoldTable` is."""
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
    """What each byte of a packed text is: (256,) uint8.

    Args:
        entries: of a `naskh.sketch.fold_table.FoldTable`.
        marks: (0x110000,) bool, which code points are combining marks.

    """
    kinds = np.empty(256, np.uint8)
    for byte in range(256):
        point = byte if byte < 0x80 else 0x600 + byte - 0x80
        kinds[byte] = _kind_of(entries[point], marks[point])
    for name in range(len(_MONTHS)):
        kinds[_MONTHS[name, 0]] |= _MONTH
    kinds[ESCAPE] = _ESCAPED
    return kinds


@njit(nogil=True, cache=True)
def _is_month(start: Any, place: Any, end: Any) -> bool:
    """Whether a word that begins there may be the first one of a month of two words."""
    for name in range(len(_MONTHS)):
        at = place
        letter = 0
        while at < end and letter < _MONTHS.shape[1]:
            byte = peek_u8(start, at)
            if byte == _MONTHS[name, letter]:
                letter += 1
            elif byte < 0xC0:  # no mark
                break
            at += 1
        if letter == _MONTHS.shape[1]:
            return True
    return False


@njit(nogil=True, cache=True)
def place_words(start: int, size: int, kinds: Any, table: Any, words: Any, lines: Any) -> Any:
    """Where the words and lines of a packed text begin and end, as `naskh.sketch.place_kernels.place_words`.

    A word has five letters or so, too few to foretell its end: so nearly nothing here is a branch.

    Args:
        start: the address of the text.
        size: its bytes.
        kinds: what `kinds_of_bytes` gives.
        table: what that is given.
        words: (> size, 2) int32, out: begin and end of each word, in code points.
        lines: (> size, 4) int32, out: begin and end of each paragraph, first word, one past the last.

    Returns:
        words and paragraphs; -1 and 0 where the other kernel has to be asked. The edges of a dateline are not
        known here: one inside a word parts it, and there are fewer words here than there.

    """
    entries, marks = table
    count = paragraphs = point = first_word = 0
    begin = last = line_last = 0
    line_begin = -1
    in_word = False
    is_month = False
    place = month = 0
    while place < size:
        kind: Any = np.int64(kinds[peek_u8(start, place)])
        if kind >= _MONTH:
            if kind == _ESCAPED:
                kind, bytes_of = _escaped(start, place + 1, size, entries, marks)
                place += bytes_of
            elif kind != _UNKNOWN:
                is_month = is_month or not in_word
                month = month if in_word else place
                kind &= _MONTH - 1
            if kind == _UNKNOWN:
                return -1, 0
        is_letter = kind == _LETTER
        begin = point if is_letter and not in_word else begin
        in_word = in_word or is_letter
        last = point + 1 if kind <= _MARK and in_word else last
        words[count, 0], words[count, 1] = begin, last
        is_end = in_word and kind >= _PARTS
        count += is_end
        in_word = in_word and not is_end
        is_in_line = kind <= _PARTS
        line_begin = point if is_in_line and line_begin < 0 else line_begin
        line_last = point + 1 if is_in_line else line_last
        if is_month and is_end:
            if _is_month(start, month, place):
                return -1, 0
            is_month = False
        if kind == _ENDS:
            if line_begin >= 0:
                lines[paragraphs, 0], lines[paragraphs, 1] = line_begin, line_last
                lines[paragraphs, 2], lines[paragraphs, 3] = first_word, count
                paragraphs += 1
            first_word = count
            line_begin = -1
        place += 1
        point += 1
    count += in_word
    if line_begin >= 0:
        lines[paragraphs, 0], lines[paragraphs, 1] = line_begin, line_last
        lines[paragraphs, 2], lines[paragraphs, 3] = first_word, count
        paragraphs += 1
    return count, paragraphs


@njit(nogil=True, cache=True)
def _escaped(start: Any, place: Any, size: Any, entries: Any, marks: Any) -> Any:
    """What the character in UTF-8 is that stands there, and its bytes."""
    lead = np.int64(peek_u8(start, place))
    code, count = lead, 1
    if lead >= 0x80:
        encoded = np.zeros(4, np.uint8)
        for i in range(min(4, size - place)):
            encoded[i] = peek_u8(start, place + i)
        code, count = _decode(encoded, 0, 4)
    return _kind_of(entries[code], marks[code]), count


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
    places: Any, word_counts: Any, kinds: Any, table: Any, stretches: Any, order: Any, ends: Any,
    found: Any, done: Any,
) -> None:  # fmt: skip
    """Where stretches of words stand in some packed texts, as `naskh.matching.spans.span_of_words`.

    Args:
        places: (texts, 2) int64, address and bytes of each.
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
    for text in range(len(places)):
        longest = max(longest, places[text, 1])
    words = np.empty((longest + 1, 2), np.int32)
    lines = np.empty((longest + 1, 4), np.int32)
    for text in range(len(places)):
        done[text] = True
        if ends[text + 1] == ends[text]:
            continue
        count, paragraphs = place_words(places[text, 0], places[text, 1], kinds, table, words, lines)
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
