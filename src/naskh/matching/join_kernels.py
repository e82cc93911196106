"""Compiled kernels that find and verify pairs of articles at once; conventions as in `naskh.sketch.kernels`.

Candidates are never held: articles that share a posting are looked up, article by article, marked as seen, and
verified on the spot. So memory grows with the pairs that are found, not with the candidates.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.matching.pair_kernels import needed_of, shared_count

#: Bits of the table of an article's shingles: its fill is the chance that a shingle which it lacks looks shared, a
#: two-hundredth for 300 shingles.
TABLE_BITS = 16


@njit(nogil=True, cache=True)
def group(values: Any, ends: Any, order: Any) -> None:
    """The places of each value, ascending: those of value v are order[ends[v] : ends[v + 1]].

    Args:
        values: (n,) integers, 0 or more.
        ends: (values + 1,) int64, out; the first entry is 0.
        order: (n,) int64, out.

    """
    ends[:] = 0
    for i in range(len(values)):
        if values[i] + 2 < len(ends):
            ends[values[i] + 2] += 1
    for value in range(2, len(ends)):
        ends[value] += ends[value - 1]
    for i in range(len(values)):
        order[ends[values[i] + 1]] = i
        ends[values[i] + 1] += 1


@njit(nogil=True, cache=True)
def mark(sets: Any, start: int, end: int, table: Any, value: bool) -> None:
    """Set, or clear, the bits of sets[start:end] in a table of 2 ** TABLE_BITS bools."""
    for k in range(start, end):
        table[sets[k] >> np.uint32(32 - TABLE_BITS)] = value


@njit(nogil=True, cache=True)
def may_share(sets: Any, start: int, end: int, table: Any, needed: int) -> bool:
    """Whether at least `needed` of sets[start:end] look shared by the article whose bits are set."""
    hits = 0
    place = start
    while place < end:
        stop = min(place + 32, end)
        for k in range(place, stop):
            hits += table[sets[k] >> np.uint32(32 - TABLE_BITS)]
        place = stop
        if hits + end - place < needed:
            return False
    return True


@njit(nogil=True, cache=True)
def is_pair(shared: int, first: int, second: int, min_jaccard: float, min_containment: float) -> bool:
    """Whether sets of such sizes that share so much reach a threshold."""
    if shared == 0:
        return False
    return (
        shared / max(first + second - shared, 1) >= min_jaccard
        or shared / max(min(first, second), 1) >= min_containment
    )


@njit(nogil=True, cache=True)
def join(
    begin: int, end: int, postings: Any, linked: Any, items: Any, min_jaccard: float, min_containment: float,
    scratch: Any, pairs: Any, shared: Any,
) -> tuple[int, int]:  # fmt: skip
    """All pairs of sets (lower, higher), the higher in [begin, end), that are candidates and reach a threshold.

    Args:
        begin: the first.
        end: one past the last.
        postings: members, starts, ends, order: the sets in one bucket after the other, ascending in each; where
            the bucket of each begins; and see `group` of the members.
        linked: ends, members: lower sets that are candidates of each set too.
        items: sets, set_ends; see `naskh.matching.sort_kernels.sorted_sets`.
        min_jaccard: see `naskh.matching.pair_kernels.verify`.
        min_containment: likewise.
        scratch: seen, (sets,) int64, of values that are no sets; table, (2 ** TABLE_BITS,) bool, all False.
        pairs: uint64, out: (lower << 32 | higher), in the order of the higher ones.
        shared: int64, out: what each pair shares.

    Returns:
        the set at which it stopped, since `pairs` is full (or `end`), and how many pairs there are.

    """
    members, starts, ends, order = postings
    linked_ends, linked_members = linked
    sets, set_ends = items
    seen, table = scratch
    count = 0
    for one in range(begin, end):
        before = count
        is_marked = False
        first, last = set_ends[one], set_ends[one + 1]
        for at in range(ends[one], ends[one + 1] + 1):
            if at < ends[one + 1]:
                place, stop = starts[order[at]], order[at]
                candidates = members
            else:
                place, stop = linked_ends[one], linked_ends[one + 1]
                candidates = linked_members
            for k in range(place, stop):
                other = candidates[k]
                if seen[other] == one:
                    continue
                seen[other] = one
                start, stand = set_ends[other], set_ends[other + 1]
                needed = needed_of(last - first, stand - start, min_jaccard, min_containment)
                if needed > min(last - first, stand - start):
                    continue
                if not is_marked:
                    mark(sets, first, last, table, True)
                    is_marked = True
                if not may_share(sets, start, stand, table, needed):
                    continue
                both = shared_count(sets, start, stand, first, last, needed)
                if is_pair(both, stand - start, last - first, min_jaccard, min_containment):
                    if count == len(pairs):
                        mark(sets, first, last, table, False)
                        for place in range(len(seen)):
                            seen[place] = -1
                        return one, before
                    pairs[count] = np.uint64(other) << np.uint64(32) | np.uint64(one)
                    shared[count] = both
                    count += 1
        if is_marked:
            mark(sets, first, last, table, False)
    return end, count
