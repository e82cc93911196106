"""The compiled kernel of the search for words in titles; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def keep_rows_with(data: Any, offsets: Any, word: Any, meets: Any) -> None:
    """Let of some strings no others meet than those in which a word stands.

    By Horspool: the byte under the end of the word says how far it can be moved on, mostly by all of its length.

    Args:
        data: (n,) uint8, strings in UTF-8, one after the other.
        offsets: (strings + 1,) int64, where they begin.
        word: (b,) uint8, one byte or more.
        meets: (strings,) bool; those that are False are not looked at, and stay so.

    """
    size = len(word)
    moves = np.full(256, size, np.int64)
    for place in range(size - 1):
        moves[word[place]] = size - 1 - place
    last = word[size - 1]
    for row in range(len(meets)):
        if not meets[row]:
            continue
        end = offsets[row + 1]
        at = offsets[row] + size - 1
        found = False
        while at < end and not found:
            byte = data[at]
            if byte == last:
                same = 1
                while same < size and data[at - same] == word[size - 1 - same]:
                    same += 1
                found = same == size
            at += moves[byte]
        meets[row] = found
