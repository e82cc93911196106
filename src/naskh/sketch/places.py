"""Where stretches of words stand in many texts: drives the kernel of `naskh.sketch.place_kernels`."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np

from naskh.arrays import Bool, Int64
from naskh.settings import Settings
from naskh.sketch.batch import find_skips, sketcher
from naskh.sketch.fold_table import MAX_GROWTH
from naskh.sketch.kernels import UNKNOWN
from naskh.sketch.place_kernels import spans_of

#: All combining marks are below.
_MARKS_END = 0x20000


@cache
def combining_marks() -> Bool:
    """Which code points are combining marks: (0x110000,) bool."""
    marks = np.zeros(0x110000, np.bool_)
    marks[:_MARKS_END] = [unicodedata.combining(chr(point)) != 0 for point in range(_MARKS_END)]
    return marks


def spans(settings: Settings, texts: Sequence[bytes], stretches: Int64, ends: Int64) -> Int64:
    """Where stretches of words stand in some texts.

    Args:
        settings: for the tables of which.
        texts: in UTF-8.
        stretches: (s, 2) int64, words [first, end).
        ends: (texts + 1,) int64: a text has ``stretches[ends[i] : ends[i + 1]]``.

    Returns:
        (s, 4) int64: first and last paragraph, from 1; first code point, and one past the last.

    """
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    offsets = np.append(0, np.cumsum(lengths))
    data = np.frombuffer(b"".join(texts), np.uint8)
    longest = int(lengths.max(initial=0))
    scratch = (
        np.empty(MAX_GROWTH * longest + 16, np.uint8),
        np.empty(2 * longest + 2, np.int64),
        np.empty((2 * longest + 2, 2), np.int64),
        np.empty((longest + 1, 4), np.int64),
    )
    skips = find_skips(data, offsets)
    found = np.empty((len(stretches), 4), np.int64)
    done = 0
    while done < len(texts):
        fold, months = sketcher(settings).tables
        table = fold.entries, fold.expansions, fold.expansion_lengths
        tables = table, months, combining_marks()
        done, status = spans_of(done, data, offsets, skips, tables, scratch, stretches, ends, found)
        if status <= UNKNOWN:
            fold.fill(UNKNOWN - status)
    return found
