"""Compiled kernels that write the matches of many queries as JSON lines; conventions as in `naskh.sketch.kernels`.

They write what msgspec writes of `naskh.article.QueryResult`, byte for byte, from columns: with an object for every
match and every span of it, a thousand queries take as long as to answer them.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.arrays import Int64, NDArray
from naskh.intrinsics import copy_bytes, peek_u8
from naskh.matching.bulk_match_kernels import PASSAGES
from naskh.matching.relation import ORDER

#: Columns of the strings of a match, in the order of the JSON.
FIELDS = ("id", "outlet", "date", "title", "url")


def _joined(pieces: list[str]) -> tuple[NDArray[np.uint8], Int64]:
    """Pieces of ASCII, one after the other, and where each begins."""
    data = np.frombuffer("".join(pieces).encode(), np.uint8)
    return data, np.cumsum([0, *map(len, pieces)])


_HEAD, _HEAD_ENDS = _joined(["{", *(f'"{name}":' for name in FIELDS)])
_MATCH, _MATCH_ENDS = _joined(
    [*(f',"relation":"{name}","containment":' for name in ORDER), ',"containment_in_match":', ',"jaccard":',
     ',"passages":[', "]}"]
)  # fmt: skip
_IN_MATCH, _JACCARD, _OPEN, _CLOSE = range(len(ORDER), len(ORDER) + 4)
_PASSAGE, _PASSAGE_ENDS = _joined(
    ['{"query":{"paragraphs":[', '],"chars":[', ']},"match":{"paragraphs":[', '],"chars":[', ']},"similarity":']
)
_RESULT, _RESULT_ENDS = _joined(['{"id":', ',"matches":[', "]}\n"])
_NULL = np.frombuffer(b"null", np.uint8)
_ESCAPES = np.frombuffer(b'\b\t\n\f\r"\\btnfr"\\', np.uint8)
_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)
#: Bytes that the ASCII of a passage takes at most, eight numbers and a float among it; of a match; of a query.
_MOST_OF_PASSAGE, _MOST_OF_MATCH, _MOST_OF_QUERY = 320, 192, 48


@njit(nogil=True, cache=True)
def put_string(out: Any, place: int, address: int, size: int) -> int:
    """Write a string as JSON, null where `size` is below 0.

    Args:
        out: (>= place + 6 * size + 4,) uint8.
        place: where to.
        address: of its UTF-8.
        size: its bytes.

    Returns:
        one past the last byte.

    """
    if size < 0:
        for i in range(4):
            out[place + i] = _NULL[i]
        return place + 4
    out[place] = 0x22
    place += 1
    for i in range(size):
        byte = peek_u8(address, i)
        if byte >= 0x20 and byte != 0x22 and byte != 0x5C:
            out[place] = byte
            place += 1
            continue
        out[place] = 0x5C
        known = 0
        while known < 7 and _ESCAPES[known] != byte:
            known += 1
        if known < 7:
            out[place + 1] = _ESCAPES[known + 7]
            place += 2
        else:
            out[place + 1], out[place + 2], out[place + 3] = 0x75, 0x30, 0x30
            out[place + 4], out[place + 5] = _DIGITS[byte >> 4], _DIGITS[byte & 15]
            place += 6
    out[place] = 0x22
    return place + 1


@njit(nogil=True, cache=True)
def put_heads(strings: Any, head: Any, head_ends: Any) -> Any:
    """What the matches of each article begin with, its fields.

    Args:
        strings: (articles, FIELDS, 2) int64: address and bytes of each; -1 bytes for none.
        head: `_HEAD`.
        head_ends: `_HEAD_ENDS`.

    Returns:
        uint8, and (articles + 1,) int64: where those of each begin.

    """
    most = 0
    for article in range(len(strings)):
        most += len(head) + 4
        for field in range(strings.shape[1]):
            most += 6 * max(strings[article, field, 1], 0) + 8
    out = np.empty(most, np.uint8)
    ends = np.zeros(len(strings) + 1, np.int64)
    place = 0
    for article in range(len(strings)):
        out[place] = head[0]
        place += 1
        for field in range(strings.shape[1]):
            if field:
                out[place] = 0x2C
                place += 1
            for i in range(head_ends[field + 1], head_ends[field + 2]):
                out[place] = head[i]
                place += 1
            place = put_string(out, place, strings[article, field, 0], strings[article, field, 1])
        ends[article + 1] = place
    return out[:place].copy(), ends


@njit(inline="always")
def _put(out: Any, place: Any, data: Any, first: Any, end: Any) -> Any:
    """Write bytes [first, end) of an array."""
    copy_bytes(out.ctypes.data + place, data.ctypes.data + first, end - first)
    return place + end - first


@njit(nogil=True, cache=True)
def put_number(out: Any, place: int, number: int) -> int:
    """Write a number, 0 or more; one past its last digit."""
    size = 1
    rest = number
    while rest >= 10:
        rest //= 10
        size += 1
    for i in range(size):
        out[place + size - 1 - i] = 0x30 + number % 10
        number //= 10
    return place + size


@njit(nogil=True, cache=True)
def _put_range(out: Any, place: int, first: int, last: int) -> int:
    place = put_number(out, place, first)
    out[place] = 0x2C
    return put_number(out, place + 1, last)


@njit(nogil=True, cache=True)
def put_results(
    ids: Any, match_ends: Any, order: Any, table: Any, heads: Any, relations: Any, here: Any, there: Any,
    floats: Any, pieces: Any,
) -> Any:  # fmt: skip
    """The results of some queries as JSON lines.

    Args:
        ids: (queries, 2) int64, address and bytes of each id.
        match_ends: (queries + 1,) int64: query q has matches ``order[match_ends[q] : match_ends[q + 1]]``.
        order: (m,) int64, rows of `table`, the best of each query first.
        table: see `naskh.matching.bulk_match_kernels.answer`.
        heads: what `put_heads` gives; and (m,) int64, the number there of the article of each row.
        relations: (m,) int8, of each row.
        here: (r, 4) int64, where the passages stand in the query; see `naskh.matching.bulk_place_kernels.spans`.
        there: likewise in the match.
        floats: uint8, and (3 * m + r + 1,) int64, one before the first byte of each: containment, in_match and
            jaccard of each row, then the similarity of each passage, in ASCII.
        pieces: `PIECES`.

    Returns:
        uint8, and (queries + 1,) int64: where the line of each begins.

    """
    (match, match_pieces), (passage, passage_pieces), (result, result_pieces) = pieces
    head, head_ends, article = heads
    text, text_ends = floats
    most = len(text)
    for query in range(len(ids)):
        most += 6 * ids[query, 1] + _MOST_OF_QUERY
    for row in range(len(order)):
        most += head_ends[article[row] + 1] - head_ends[article[row]] + _MOST_OF_MATCH
    most += len(here) * _MOST_OF_PASSAGE
    out = np.empty(most, np.uint8)
    ends = np.zeros(len(ids) + 1, np.int64)
    place = 0
    for query in range(len(ids)):
        place = _put(out, place, result, result_pieces[0], result_pieces[1])
        place = put_string(out, place, ids[query, 0], ids[query, 1])
        place = _put(out, place, result, result_pieces[1], result_pieces[2])
        for at in range(match_ends[query], match_ends[query + 1]):
            row = order[at]
            if at > match_ends[query]:
                out[place] = 0x2C
                place += 1
            place = _put(out, place, head, head_ends[article[row]], head_ends[article[row] + 1])
            piece: Any = np.int64(relations[row])
            for number in range(3):
                place = _put(out, place, match, match_pieces[piece], match_pieces[piece + 1])
                place = _put(out, place, text, text_ends[3 * row + number] + 1, text_ends[3 * row + number + 1])
                piece = _IN_MATCH + number
            place = _put(out, place, match, match_pieces[_OPEN], match_pieces[_OPEN + 1])
            first = table[row - 1, PASSAGES] if row else 0
            for run in range(first, table[row, PASSAGES]):
                if run > first:
                    out[place] = 0x2C
                    place += 1
                for side in range(4):
                    place = _put(out, place, passage, passage_pieces[side], passage_pieces[side + 1])
                    span = here[run] if side < 2 else there[run]
                    half = 2 * (side & 1)
                    place = _put_range(out, place, span[half], span[half + 1])
                place = _put(out, place, passage, passage_pieces[4], passage_pieces[5])
                similarity = 3 * len(order) + run
                place = _put(out, place, text, text_ends[similarity] + 1, text_ends[similarity + 1])
                out[place] = 0x7D
                place += 1
            place = _put(out, place, match, match_pieces[_CLOSE], match_pieces[_CLOSE + 1])
        place = _put(out, place, result, result_pieces[2], result_pieces[3])
        ends[query + 1] = place
    return out[:place], ends


HEAD = _HEAD, _HEAD_ENDS
PIECES = (_MATCH, _MATCH_ENDS), (_PASSAGE, _PASSAGE_ENDS), (_RESULT, _RESULT_ENDS)
