"""Compiled kernels that find where words stand in packed texts; conventions as in `naskh.sketch.kernels`.

Their reference is `naskh.text.analysis.analyse`. `naskh.sketch.kernels.fold_words` reads texts in UTF-8, and minds no
places; here a text is as it is stored (`naskh.text.packing`), and lines that nobody asks for are passed over: what is
known of a stored article says how many words they have.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import load_u8, peek_u32, store_u32
from naskh.sketch.fold_table import EMPTY, EXPAND, LINE_BREAK, SEPARATOR, SPACE
from naskh.sketch.kernels import UNKNOWN, _decode, _end_word, hash_shingles
from naskh.text.packing import ESCAPE, WINDOW

_SPACE_BYTE = np.uint8(0x20)
#: Entries of letters are from here ...
_LETTERS = np.uint32(1 << 24)
#: ... to here.
_SEPARATORS = np.uint32(SEPARATOR << 24)
#: The edges of a dateline, where they are not known.
NO_EDGES = -1
#: A status: the edges of a text's dateline must be known. Below are those of code points.
NEEDS_EDGES = -1

#: Columns of what is known of a text: where its shingles are in memory and how many, those of its dateline, and the
#: edges of this in code points (`NO_EDGES` where they are not known; both 0 where there is none).
SHINGLES, COUNT, DATED_FIRST, DATED_END, EDGE, EDGE_END = range(6)
FACTS = 6

assert UNKNOWN < NEEDS_EDGES  # noqa: S101


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


@njit(nogil=True, cache=True)
def place_stretches(
    data: Any, start: int, end: int, facts: Any, known: Any, size: int, tables: Any, scratch: Any, stretches: Any,
    spans: Any,
) -> int:  # fmt: skip
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
        stretches: (s, 2) int64, words [first, end).
        spans: (s, 4) int64, out: first and last paragraph, first code point and end.

    Returns:
        0, `NEEDS_EDGES` or ``UNKNOWN - code_point``.

    """
    table, months, marks = tables
    folded, starts, words, lines, shingles = scratch
    starts[0] = 0
    slot = word = paragraphs = following = 0
    place, point_at = start, 0
    last_word = closing = closed = 0
    for i in range(len(stretches)):
        last_word = max(last_word, stretches[i, 1])
    edges = facts[EDGE : EDGE_END + 1]
    while word < last_word:
        place, point_at = next_line(data, place, end, point_at, table[0])
        if place < 0:
            return point_at
        if place == end:
            break
        begin = point_at
        count = -1
        if following < len(known) and known[following, 0] == paragraphs + 1:
            count = known[following, 2]
            following += 1
        elif following < len(known) and known[following, 0] == paragraphs + 2:
            count = known[following, 1] - word  # what is between two others
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
        for i in range(len(stretches)):
            first, stop = stretches[i]
            if word <= first < word + count:
                spans[i, 0] = paragraphs
                spans[i, 2] = begin if first == word else words[first_slot + first - word, 0]
            if word < stop <= word + count:
                spans[i, 1] = paragraphs
                spans[i, 3] = last if stop == word + count else words[first_slot + stop - 1 - word, 1]
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
