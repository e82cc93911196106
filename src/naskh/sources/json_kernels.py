"""The compiled kernel that unescapes JSON strings; conventions as in `naskh.sketch.kernels`.

msgspec finds the strings. To have it make each into a Python string, only to encode that as UTF-8 again, takes as
long as all of sketching: 0.5 s for SaudiNewsNet's 96 MB against 0.1 s here.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import load_u64, store_u64

_QUOTE, _BACKSLASH, _U = 0x22, 0x5C, 0x75
_SPACE = np.uint8(0x20)

#: A byte eight times.
_ONES = np.uint64(0x0101010101010101)
_TOPS, _SPACES = _ONES * np.uint64(0x80), _ONES * np.uint64(0x20)
_QUOTES, _BACKSLASHES = _ONES * np.uint64(_QUOTE), _ONES * np.uint64(_BACKSLASH)

#: A text that has nothing printed in so many bytes is looked at.
_HEAD = 64

#: (128,) int64: what a character stands for behind a backslash, 0 for nothing.
_ESCAPES = np.zeros(128, np.int64)
for _letter, _meaning in zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True):
    _ESCAPES[ord(_letter)] = ord(_meaning)


@njit(nogil=True, cache=True)
def unescape(data: Any, edges: Any, out: Any, out_edges: Any, is_visible: Any) -> int:
    """What JSON strings say, in UTF-8, as ``json.loads(string).encode()`` gives it.

    Args:
        data: (n,) uint8: JSON values, one after the other.
        edges: (values + 1,) int64: where each begins.
        out: (>= n + 8,) uint8, out: the strings, one after the other.
        out_edges: (values + 1,) int32, out: where each begins.
        is_visible: (values,) bool, out: true of a string that begins with an Arabic letter or a printed ASCII
            character, or has one soon; others may be blank.

    Returns:
        -1, or the first value that is no string, or one with broken UTF-8, an unknown escape, a control character
        or half a surrogate pair.

    """
    place: Any = 0
    out_edges[0] = 0
    for value in range(len(edges) - 1):
        at, end = edges[value] + 1, edges[value + 1] - 1
        if end < at or data[at - 1] != _QUOTE or data[end] != _QUOTE:
            return value
        first = place
        while at < end:
            if at + 8 <= end:
                word = load_u64(data, at)
                store_u64(out, place, word)
                clean = _clean_bytes(word)
                at += clean
                place += clean
                if clean == 8:
                    continue
            lead = data[at]
            if lead == _BACKSLASH:
                point, size = _escaped(data, at, end)
                if size == 0:
                    return value
                place += _put(out, place, point)
                at += size
            elif lead < 0x20 or lead == _QUOTE:
                return value
            else:
                out[place] = lead
                at += 1
                place += 1
        if not is_utf8(out[first:place]):
            return value
        out_edges[value + 1] = place
        is_visible[value] = _is_visible(out, first, min(place, first + _HEAD))
    return -1


@njit(inline="always")
def _clean_bytes(word: Any) -> Any:
    """How many of eight bytes come before the first quote, backslash or control character."""
    quote, backslash = word ^ _QUOTES, word ^ _BACKSLASHES
    # The top bit of a byte that is below the subtrahend, and of some above one that is (S. Anderson, Bit Twiddling
    # Hacks, "determine if a word has a byte less than n"): the lowest is right.
    found = (word - _SPACES) & ~word | (quote - _ONES) & ~quote | (backslash - _ONES) & ~backslash
    found &= _TOPS
    if found == 0:
        return 8
    clean = 0
    while not found & np.uint64(0x80):
        found >>= np.uint64(8)
        clean += 1
    return clean


@njit(inline="always")
def _is_visible(data: Any, start: int, end: int) -> bool:
    for place in range(start, end):
        if 0x20 < data[place] < 0x7F or 0xD8 <= data[place] < 0xDC:
            return True
    return False


@njit(nogil=True, cache=True)
def is_utf8(data: Any) -> Any:
    """Whether (n,) uint8 is well-formed UTF-8 (Unicode standard, table 3-7).

    Each byte is held against the three before it, in bytes and without a branch, so that the compiler makes one
    instruction of 32 of them.
    """
    bad = np.uint8(0)
    size = len(data)
    for place in range(size - 3):
        bad = np.uint8(bad | _is_bad(data[place + 3], data[place + 2], data[place + 1], data[place]))
    for place in range(min(3, size)):  # before the first there are spaces
        one = data[place - 1] if place > 0 else _SPACE
        two = data[place - 2] if place > 1 else _SPACE
        bad |= _is_bad(data[place], one, two, _SPACE)
    for back in range(1, min(3, size) + 1):  # no character goes on behind the end
        bad |= np.uint8(data[size - back] >= (0xC0, 0xE0, 0xF0)[back - 1])
    return bad == 0


@njit(inline="always")
def _is_bad(byte: Any, one: Any, two: Any, three: Any) -> Any:
    is_tail = np.uint8(np.uint8(byte & np.uint8(0xC0)) == np.uint8(0x80))
    open_ = np.uint8(one >= np.uint8(0xC0)) | np.uint8(two >= np.uint8(0xE0)) | np.uint8(three >= np.uint8(0xF0))
    bad = is_tail ^ open_
    bad |= np.uint8(byte == np.uint8(0xC0)) | np.uint8(byte == np.uint8(0xC1)) | np.uint8(byte > np.uint8(0xF4))
    bad |= np.uint8(one == np.uint8(0xE0)) & np.uint8(byte < np.uint8(0xA0))
    bad |= np.uint8(one == np.uint8(0xED)) & np.uint8(byte > np.uint8(0x9F))
    bad |= np.uint8(one == np.uint8(0xF0)) & np.uint8(byte < np.uint8(0x90))
    bad |= np.uint8(one == np.uint8(0xF4)) & np.uint8(byte > np.uint8(0x8F))
    return np.uint8(bad)


@njit(nogil=True, cache=True)
def _escaped(data: Any, at: int, end: int) -> tuple[int, int]:
    """The code point of an escape and its bytes, of a surrogate pair all twelve; 0 bytes if it is none."""
    if at + 2 > end or data[at + 1] > 0x7F:
        return 0, 0
    if data[at + 1] != _U:
        point = _ESCAPES[data[at + 1]]
        return point, 2 * (point != 0)
    point = _hexadecimal(data, at + 2, end)
    if point < 0 or 0xDC00 <= point < 0xE000:
        return 0, 0
    if not 0xD800 <= point < 0xDC00:
        return point, 6
    if at + 12 > end or data[at + 6] != _BACKSLASH or data[at + 7] != _U:
        return 0, 0
    low = _hexadecimal(data, at + 8, end)
    if not 0xDC00 <= low < 0xE000:
        return 0, 0
    return 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00), 12


@njit(nogil=True, cache=True)
def _hexadecimal(data: Any, at: int, end: int) -> Any:
    """The number of four hexadecimal digits; -1 if they are none."""
    if at + 4 > end:
        return -1
    number: Any = 0
    for i in range(4):
        digit = np.int64(data[at + i])
        if 0x30 <= digit <= 0x39:
            digit -= 0x30
        elif 0x41 <= digit <= 0x46 or 0x61 <= digit <= 0x66:
            digit = (digit & 0x1F) + 9
        else:
            return -1
        number = number << 4 | digit
    return number


@njit(nogil=True, cache=True)
def _put(out: Any, place: int, point: int) -> int:
    """Write a code point in UTF-8; returns its bytes."""
    if point < 0x80:
        out[place] = point
        return 1
    if point < 0x800:
        out[place] = 0xC0 | point >> 6
        out[place + 1] = 0x80 | (point & 0x3F)
        return 2
    if point < 0x10000:
        out[place] = 0xE0 | point >> 12
        out[place + 1] = 0x80 | (point >> 6 & 0x3F)
        out[place + 2] = 0x80 | (point & 0x3F)
        return 3
    out[place] = 0xF0 | point >> 18
    out[place + 1] = 0x80 | (point >> 12 & 0x3F)
    out[place + 2] = 0x80 | (point >> 6 & 0x3F)
    out[place + 3] = 0x80 | (point & 0x3F)
    return 4
