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

#: What a character is, in bits: a letter; what goes on a word, letters and marks; what parts words; what is no
#: white space, and so of a line; the end of a line; a character that stands behind this byte; one that stands for
#: several, or is not in the table yet.
_LETTER, _GOES_ON, _PARTS, _OF_LINE, _ENDS, _ESCAPED, _UNKNOWN = (1 << bit for bit in range(7))
_SPECIAL = _ENDS | _ESCAPED | _UNKNOWN

#: The first words of months of two words, which are one word; five letters each, packed, the first one highest.
_MONTHS = tuple(int.from_bytes(pack(name), "big") for name in ("تشرين", "كانون"))
_FIVE = (1 << 40) - 1


@njit(inline="always")
def _kind_of(entry: Any, is_mark: Any) -> Any:
    """What a character with this entry of a `naskh.sketch.fold_table.FoldTable` is."""
    kind = entry >> np.uint32(24)
    if kind == DROP:
        return _OF_LINE | _GOES_ON if is_mark else _OF_LINE
    if kind <= 3:
        return _OF_LINE | _GOES_ON | _LETTER
    if kind == SEPARATOR:
        return _OF_LINE | _PARTS
    if kind == SPACE:
        return _PARTS
    if kind == LINE_BREAK:
        return _PARTS | _ENDS
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
    kinds[ESCAPE] = _ESCAPED
    return kinds


@njit(nogil=True, cache=True)
def place_words(start: int, size: int, kinds: Any, table: Any, words: Any, lines: Any) -> Any:
    """Where the words and lines of a packed text begin and end, as `naskh.sketch.place_kernels.place_words`.

    Words are too short to foretell where they end: so nearly nothing here is a branch.

    Args:
        start: the address of the text.
        size: its bytes.
        kinds: what `kinds_of_bytes` gives.
        table: what that is given.
        words: (2, > size) int32, out: begin and end of each word, in code points.
        lines: (> size, 4) int32, out: begin and end of each paragraph, first word, one past the last.

    Returns:
        words and paragraphs; -1 and 0 where the other kernel has to be asked. The edges of a dateline are not
        known here: one inside a word parts it, and there are fewer words here than there.

    """
    entries, marks = table
    begins, ends = words[0], words[1]
    begun = count = paragraphs = first_word = place = point = last = line_begin = line_last = 0
    in_word: Any = np.int64(0)
    in_line: Any = np.int64(0)
    letters: Any = np.int64(0)
    is_month = False
    while place < size:
        byte = np.int64(peek_u8(start, place))
        kind: Any = np.int64(kinds[byte])
        place += 1
        if kind & _SPECIAL:
            if kind & _ESCAPED and place < size:  # a damaged text may end in the middle of an escape
                kind, bytes_of = _escaped(start, place, size, entries, marks)
                place += bytes_of
            if kind & _UNKNOWN:
                return -1, 0
            if kind & _ENDS:
                ends[count] = last
                count += in_word
                lines[paragraphs, 0], lines[paragraphs, 1] = line_begin, line_last
                lines[paragraphs, 2], lines[paragraphs, 3] = first_word, count
                paragraphs += in_line
                first_word = count
                in_word = in_line = np.int64(0)
                point += 1
                continue
        letters = letters << 8 & _FIVE | byte
        is_month |= (letters == _MONTHS[0]) | (letters == _MONTHS[1])
        is_letter = kind & 1
        begins[begun] = point
        begun += is_letter & ~in_word
        in_word |= is_letter
        goes_on = -(kind >> 1 & in_word)  # all bits, or none
        last = (point + 1 & goes_on) | (last & ~goes_on)
        ends[count] = last
        parts = kind >> 2 & 1
        count += in_word & parts
        in_word &= ~parts
        of_line = -(kind >> 3 & 1)
        line_begin = (point & ~-in_line) | (line_begin & -in_line)
        in_line |= of_line & 1
        line_last = (point + 1 & of_line) | (line_last & ~of_line)
        point += 1
    if is_month:
        return -1, 0
    count += in_word
    lines[paragraphs, 0], lines[paragraphs, 1] = line_begin, line_last
    lines[paragraphs, 2], lines[paragraphs, 3] = first_word, count
    return count, paragraphs + in_line


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
    return np.int64(_kind_of(entries[code], marks[code])), count


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
    words = np.empty((2, longest + 1), np.int32)
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
            found[i, 2] = lines[opening, 0] if first == lines[opening, 2] else words[0, first]
            found[i, 3] = lines[closing, 1] if last + 1 == lines[closing, 3] else words[1, last]
