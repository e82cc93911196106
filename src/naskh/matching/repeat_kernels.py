"""Compiled kernels that say in which articles a block may stand twice; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.matching.sort_kernels import bucket_bits, spread_sort

#: See `may_repeat_words`: shingles in a row, anywhere and outside of paragraphs of more shingles than the last.
_ROW = 10
_SHORT_ROW = 4
_SHORT_LINE = 28


@njit(nogil=True, cache=True)
def may_repeat(shingles: Any, starts: Any, counts: Any, found: Any) -> None:
    """Which articles may have a repeated block of 8 words at a Jaccard of 0.6; the others have none.

    Call a place repeated if its shingle stands in the article elsewhere too. Of a block's first occurrence and
    another one let m shingles be in both, and a and b in one alone: a + b <= 2/3 m. In the occurrence with the
    fewer of its own, x <= m/3 places at most are not repeated and m at least are, so that there is a row of three
    repeated places, unless x is 2 and they stand in three rows of two, with one place between. (Of fewer places
    than 8 words have: x is 1 and the first occurrence has a repeat inside, which is the row; or x is 0, and if
    that makes no row, the first occurrence is a row.)

    Args:
        shingles: (s,) uint32, of three words each.
        starts: (n,) int64, the first shingle of each article.
        counts: (n,) int64, how many it has.
        found: (n,) bool, out.

    """
    values, ordered, bounds = _scratch(counts)
    is_repeated = np.empty(len(values), np.bool_)
    half = np.uint64(32)
    for i in range(len(starts)):
        count = counts[i]
        for at in range(count):
            values[at] = np.uint64(shingles[starts[i] + at]) << half | np.uint64(at)
        spread_sort(values, count, 64, ordered, bounds)
        is_repeated[:count] = False
        for k in range(1, count):
            if ordered[k] >> half == ordered[k - 1] >> half:
                is_repeated[np.int64(ordered[k] & np.uint64(0xFFFFFFFF))] = True
                is_repeated[np.int64(ordered[k - 1] & np.uint64(0xFFFFFFFF))] = True
        found[i] = _has_rows(is_repeated, count)


@njit(nogil=True, cache=True)
def may_repeat_words(shingles: Any, starts: Any, counts: Any, lines: Any, line_bounds: Any, found: Any) -> None:
    """Which articles may have an occurrence of a block with the very words of an earlier one; the others have none.

    A block of fewer than 14 words fills its paragraphs in one place, but for a quarter of them at most and for what
    the other place has of them: so these have no more than 30 words (`naskh.matching.word_repeats`). There it
    leaves `_SHORT_ROW` shingles in a row that stand in the same row elsewhere, or more if it is longer. An
    occurrence may be shorter than its block's first one, which it is only like: the rows leave room for that.

    Args:
        shingles: see `may_repeat`.
        starts: likewise.
        counts: likewise.
        lines: (p, 2) int64, paragraphs: the first shingle in its article, and how many it has. Those of few words
            may be missing.
        line_bounds: (n, 2) int64: article i has lines[line_bounds[i, 0] : line_bounds[i, 1]].
        found: (n,) bool, out.

    """
    values, ordered, bounds = _scratch(counts)
    in_long = np.empty(len(values) + 3, np.bool_)
    for i in range(len(starts)):
        own = shingles[starts[i] : starts[i] + counts[i]]
        found[i] = _has_rows_twice(own, _ROW, in_long, False, values, ordered, bounds)
        if not found[i]:
            in_long[: counts[i] + 3] = False
            for line in range(line_bounds[i, 0], line_bounds[i, 1]):
                if lines[line, 1] > _SHORT_LINE:
                    in_long[lines[line, 0] : lines[line, 0] + lines[line, 1] + 2] = True
            found[i] = _has_rows_twice(own, _SHORT_ROW, in_long, True, values, ordered, bounds)


@njit(nogil=True, cache=True)
def _scratch(counts: Any) -> Any:
    """What `spread_sort` needs for as many values as the longest article has shingles: values, ordered, bounds."""
    longest: Any = 0
    for count in counts:
        longest = max(longest, count)
    bounds = np.empty((1 << bucket_bits(longest)) + 1, np.int64)
    return np.empty(longest, np.uint64), np.empty(longest, np.uint64), bounds


@njit(nogil=True, cache=True)
def _has_rows_twice(
    own: Any, row: int, in_long: Any, short_only: bool, values: Any, ordered: Any, bounds: Any
) -> bool:
    """Whether so many shingles in a row stand twice, once of them outside long paragraphs if that is asked.

    Args:
        own: (count,) uint32, of one article.
        row: how many.
        in_long: (count + 2 or more,) bool, the words of long paragraphs.
        short_only: whether it must stand outside these.
        values: (count,) uint64, scratch.
        ordered: likewise.
        bounds: int64, scratch.

    """
    count = len(own) - row + 1
    for at in range(count):
        digest = np.uint64(0)  # of the row: one that two rows share by chance costs a look at the text
        for k in range(row):
            digest = (digest ^ np.uint64(own[at + k])) * np.uint64(0xFF51AFD7ED558CCD)
            digest ^= digest >> np.uint64(33)
        is_short = not in_long[at] and not in_long[at + row + 1]
        values[at] = digest << np.uint64(1) | np.uint64(is_short)
    if count < 2:
        return False
    spread_sort(values, count, 64, ordered, bounds)
    for k in range(1, count):
        is_short = ordered[k] & np.uint64(1)  # of those that are the same, the short ones come last
        if ordered[k] >> np.uint64(1) == ordered[k - 1] >> np.uint64(1) and (is_short or not short_only):
            return True
    return False


@njit(nogil=True, cache=True)
def _has_rows(is_repeated: Any, count: int) -> bool:
    """Whether there are three repeated places in a row, or three rows of two with one place between."""
    row = 0  # repeated places up to here
    pairs = 0  # rows of two up to here, one place between them
    for at in range(count):
        if is_repeated[at]:
            row += 1
            if row == 2:
                pairs += 1
            if row == 3 or pairs == 3:
                return True
        else:
            if row != 2:
                pairs = 0
            row = 0
    return False
