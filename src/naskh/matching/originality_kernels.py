"""A compiled kernel that counts what texts have of others'; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.matching.sort_kernels import bucket_bits, spread_sort


@njit(nogil=True, cache=True)
def count_marked(
    targets: Any, ends: Any, sources: Any, marks: Any, shingles: Any, text_ends: Any, gaps: Any, counts: Any
) -> None:
    """How many distinct shingles of texts stand in others, by the highest mark of one that has them.

    Args:
        targets: (n,) int64, texts.
        ends: (n + 1,) int64: text ``targets[i]`` is held against ``sources[ends[i] : ends[i + 1]]``.
        sources: (s,) int64, texts.
        marks: (s,) uint8, of each, 1 or 2.
        shingles: (h,) uint32, of all texts, in text order.
        text_ends: (texts + 1,) int64: those of text ``t`` are ``shingles[text_ends[t] : text_ends[t + 1]]``.
        gaps: (texts, 2) int64, places in a text, [first, end), that are left out.
        counts: (n, 3) int64, out: of each target, the distinct shingles that no source has, those that only sources
            of mark 1 have, and those that one of mark 2 has.

    """
    longest: Any = 0
    for i in range(len(targets)):
        longest = max(longest, text_ends[targets[i] + 1] - text_ends[targets[i]])
    values = np.empty(longest, np.uint32)
    ordered = np.empty(longest, np.uint32)
    bounds = np.empty((1 << bucket_bits(longest)) + 1, np.int64)
    highest = np.empty(longest, np.uint8)
    for i in range(len(targets)):
        text = targets[i]
        count = 0
        for at in range(text_ends[text + 1] - text_ends[text]):
            if at < gaps[text, 0] or at >= gaps[text, 1]:
                values[count] = shingles[text_ends[text] + at]
                count += 1
        spread_sort(values, count, 32, ordered, bounds)
        size = 0
        for k in range(count):
            if k == 0 or ordered[k] != ordered[size - 1]:
                ordered[size] = ordered[k]
                size += 1
        highest[:size] = 0
        for k in range(ends[i], ends[i + 1]):
            other = sources[k]
            for at in range(text_ends[other + 1] - text_ends[other]):
                if at < gaps[other, 0] or at >= gaps[other, 1]:
                    shingle = shingles[text_ends[other] + at]
                    place = np.searchsorted(ordered[:size], shingle)
                    if place < size and ordered[place] == shingle:
                        highest[place] = max(highest[place], marks[k])
        counts[i] = 0
        for k in range(size):
            counts[i, highest[k]] += 1
