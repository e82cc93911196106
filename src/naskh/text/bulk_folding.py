"""Folding of many strings at once: what `naskh.text.folding` gives, in arrays and many times as fast."""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from naskh.arrays import Int64, UInt8, UInt32
from naskh.text.folding import FOLDING

_UTF32 = "utf-32-le" if sys.byteorder == "little" else "utf-32-be"


class Folded(NamedTuple):
    """Strings in UTF-8, one after the other: string ``i`` is ``data[offsets[i] : offsets[i + 1]]``."""

    data: UInt8
    offsets: Int64


def folded(strings: pa.Array) -> Folded:
    """Each string with its code points folded (`naskh.text.folding.FOLDING`); "" for null.

    Args:
        strings: a whole column of strings.

    """
    codes = _code_points("".join(strings.fill_null("").to_pylist()))
    counts = pc.utf8_length(strings).fill_null(0).to_numpy(zero_copy_only=False)
    becomes, ends = _fold(codes)
    bytes_before = np.append(0, np.cumsum(_utf8_sizes(becomes)))
    offsets = bytes_before[np.append(0, ends)[np.append(0, np.cumsum(counts, dtype=np.int64))]]
    return Folded(np.frombuffer(becomes.tobytes().decode(_UTF32).encode(), np.uint8), offsets)


def _fold(codes: UInt32) -> tuple[UInt32, Int64]:
    """The folded code points, and for each given one where what it became ends."""
    number = np.zeros(sys.maxunicode + 1, np.int32)
    number[codes] = 1
    distinct = np.flatnonzero(number)
    number[distinct] = np.arange(len(distinct))
    which = number[codes]
    becomes = [_code_points(FOLDING[code]) for code in distinct.tolist()]
    sizes = np.array([len(each) for each in becomes], np.int64)[which]
    ends = np.cumsum(sizes)
    out = np.empty(int(ends[-1]) if len(ends) else 0, np.uint32)
    for place in range(int(sizes.max(initial=0))):  # all but ligatures and the like become one code point or none
        at_place = np.array([each[place] if len(each) > place else 0 for each in becomes], np.uint32)
        has = sizes > place
        out[(ends - sizes)[has] + place] = at_place[which[has]]
    return out, ends


def _code_points(text: str) -> UInt32:
    return np.frombuffer(text.encode(_UTF32), np.uint32)


def _utf8_sizes(codes: UInt32) -> Int64:
    """How many bytes of UTF-8 each code point takes."""
    return 1 + (codes >= 0x80).astype(np.int64) + (codes >= 0x800) + (codes >= 0x10000)
