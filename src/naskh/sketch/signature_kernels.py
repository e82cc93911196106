"""The signatures of many texts at once, from hashes that are there already."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.sketch.kernels import minhash


@njit(nogil=True, cache=True)
def sign(hashes: Any, first: Any, count: Any, gaps: tuple[Any, Any], a: Any, b: Any, signatures: Any) -> None:
    """The signature of each text, as `naskh.sketch.reference.signature`.

    Args:
        hashes: (n,) uint32, of all texts.
        first: (t,) int64: the place of each text's first hash.
        count: (t,) int64: how many it has.
        gaps: begin and end, (t,) int64 each: the hashes of each text that are left out.
        a: (p,) uint32, odd.
        b: (p,) uint32.
        signatures: (t, p) uint32, out.

    """
    rest = np.empty(len(a), np.uint32)
    begin, end = gaps
    for text in range(len(first)):
        lowest = signatures[text]
        minhash(hashes, first[text], first[text] + begin[text], a, b, lowest)
        minhash(hashes, first[text] + end[text], first[text] + count[text], a, b, rest)
        for lane in range(len(a)):
            lowest[lane] = min(lowest[lane], rest[lane])
