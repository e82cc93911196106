"""The compiled kernel that tells which texts have no dateline; conventions as in `naskh.sketch.kernels`.

`naskh.text.datelines.find_dateline` is Python and takes 10 us an article; most articles begin with a long sentence,
which it refuses at once. This refuses nearly all of those, and none that it would take.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import load_u8
from naskh.text.datelines import MAX_PART_CHARS, MAX_TITLE_CHARS

#: (0x80,) bool: ASCII characters at which a part of a dateline may end.
_SPECIAL = np.zeros(0x80, np.bool_)
_SPECIAL[[ord(character) for character in ":|/\\()[]_-0123456789"]] = True


@njit(nogil=True, cache=True)
def may_have_dateline(data: Any, offsets: Any, may: Any) -> None:
    """Which texts may have a dateline: those that `naskh.text.datelines` does not refuse by their first characters.

    A dateline's first part ends at a special character within `MAX_PART_CHARS`, or its line is as short as a title.
    Any character beyond ASCII, Arabic letters and the usual quote marks is taken for a special one.

    Args:
        data: (n,) uint8, UTF-8.
        offsets: (articles + 1,) int64: where each text begins in `data`.
        may: (articles,) bool, out.

    """
    for article in range(len(may)):
        place, end = offsets[article], offsets[article + 1]
        while place < end and (data[place] == 0x20 or 0x09 <= data[place] <= 0x0D or 0x1C <= data[place] <= 0x1F):
            place += 1
        chars = 0
        may[article] = True
        while place < end:
            lead = load_u8(data, place)
            if lead & 0xFC == 0xD8 and place + 1 < end:  # U+0600-06FF
                point = (np.int64(lead) & 0x03) << 6 | (np.int64(data[place + 1]) & 0x3F)
                is_special = point == 0x40 or 0x60 <= point <= 0x69 or 0xF0 <= point <= 0xF9  # tatweel, digits
                place += 2
            elif lead < 0x80:
                if lead < 0x20:  # the line ends, or may end
                    break
                is_special = _SPECIAL[lead]
                place += 1
            elif _is_quote_mark(data, place, end):
                is_special = False
                place += 2 if lead == 0xC2 else 3
            else:
                break
            if is_special and chars <= MAX_PART_CHARS:
                break
            chars += 1
            if chars > MAX_TITLE_CHARS:
                may[article] = False
                break


@njit(inline="always")
def _is_quote_mark(data: Any, place: int, end: int) -> bool:
    """Whether a guillemet, a curly quote mark or an ellipsis stands there."""
    if place + 1 < end and data[place] == 0xC2:
        return data[place + 1] in (0xAB, 0xBB)
    return (
        place + 2 < end
        and data[place] == 0xE2
        and data[place + 1] == 0x80
        and (0x98 <= data[place + 2] <= 0x9F or data[place + 2] == 0xA6)
    )
