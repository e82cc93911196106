"""Compiled kernels of the join on a cluster; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from numba import njit

from naskh.matching.pair_kernels import most_shared, needed_of


@njit(nogil=True, cache=True)
def group_pairs(
    bounds: Any, sides: Any, members: Any, bitmaps: Any, sizes: Any, crossing: Any, min_jaccard: float,
    min_containment: float, first: Any, second: Any,
) -> int:  # fmt: skip
    """The pairs of members of each group that may reach a threshold, (lower, higher).

    Args:
        bounds: (groups + 1,) int64: where the rows of each group begin.
        sides: (rows,) int32, 0 or 1.
        members: (rows,) int64.
        bitmaps: (rows, 2) uint64, see `naskh.matching.pair_kernels.most_shared`; zeros where they are not known.
        sizes: (rows,) int64.
        crossing: (groups,) bool: only pairs of different sides.
        min_jaccard: see `naskh.matching.pair_kernels.verify`.
        min_containment: likewise.
        first: (as many as there may be pairs,) int64, out.
        second: likewise.

    Returns:
        how many there are.

    """
    place = 0
    for group in range(len(bounds) - 1):
        for i in range(bounds[group], bounds[group + 1]):
            for j in range(i + 1, bounds[group + 1]):
                if members[i] == members[j] or (crossing[group] and sides[i] == sides[j]):
                    continue
                most = most_shared(bitmaps[i], bitmaps[j], sizes[i], sizes[j])
                if most >= needed_of(sizes[i], sizes[j], min_jaccard, min_containment):
                    first[place] = min(members[i], members[j])
                    second[place] = max(members[i], members[j])
                    place += 1
    return place
