"""Compiled kernel that tells which texts may credit an agency; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.text.credits import END_CHARS, HEAD_CHARS, MAX_BRACKETED, MAX_LINE, MIN_BRACKETED


@njit(nogil=True, cache=True)
def may_credit(data: Any, offsets: Any, may: Any) -> None:
    """Which texts may credit an agency outside their dateline; `naskh.text.credits.credit_in` tells who does.

    Few do, and few have a short last line, or anything in brackets at their head or end.

    Args:
        data: uint8: the texts in UTF-8.
        offsets: (texts + 1,) int64: where each begins, and the end.
        may: (texts,) bool, out.

    """
    for text in range(len(may)):
        start, end = offsets[text], offsets[text + 1]
        may[text] = (
            may_end_in_short_line(data, start, end)
            or has_brackets(data, start, end, HEAD_CHARS)
            or has_brackets(data, back(data, start, end, END_CHARS), end, END_CHARS)
        )


@njit(nogil=True, cache=True)
def back(data: Any, start: int, end: int, count: int) -> int:
    """The place of the character so many before the end, or the start."""
    while end > start and count > 0:
        end -= 1
        count -= np.int64(data[end]) & 0xC0 != 0x80
    return end


@njit(nogil=True, cache=True)
def has_brackets(data: Any, start: int, end: int, count: int) -> bool:
    """Whether the first `count` characters hold brackets around as many as the name of an agency may have."""
    opened = -1
    seen = 0
    for place in range(start, end):
        byte = np.int64(data[place])
        if byte & 0xC0 == 0x80:
            continue
        if seen == count:
            return False
        if byte in (0x28, 0x5B):  # ( [
            opened = seen
        elif byte in (0x29, 0x5D):  # ) ]
            if opened >= 0 and MIN_BRACKETED <= seen - opened - 1 <= MAX_BRACKETED:
                return True
            opened = -1
        elif byte == 0x0A:
            opened = -1
        seen += 1
    return False


@njit(nogil=True, cache=True)
def may_end_in_short_line(data: Any, start: int, end: int) -> bool:
    """Whether the last line, without white space after it, may have no more than `MAX_LINE` characters."""
    while end > start and (data[end - 1] == 0x20 or 0x09 <= data[end - 1] <= 0x0D or 0x1C <= data[end - 1] <= 0x1F):
        end -= 1
    first = back(data, start, end, MAX_LINE + 1)
    if first == start:
        return True
    if np.int64(data[back(data, start, end, 1)]) in (0xC2, 0xE1, 0xE2, 0xE3):  # may be white space
        return True
    for place in range(first, end):
        byte = np.int64(data[place])
        if 0x0A <= byte <= 0x0D or 0x1C <= byte <= 0x1E:
            return True
        if byte == 0xC2 and data[place + 1] == 0x85:  # U+0085
            return True
        if byte == 0xE2 and data[place + 1] == 0x80 and data[place + 2] in (0xA8, 0xA9):  # U+2028, U+2029
            return True
    return False
