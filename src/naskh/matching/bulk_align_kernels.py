"""Compiled kernels that align one query with many matches, whose shared shingles are known already.

They give what `naskh.matching.align_kernels` gives, and need not look up the shingles of a match one by one.
Conventions as in `naskh.sketch.kernels`.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import peek_u32
from naskh.matching.align_kernels import PLACE_BITS, chain_runs, choose, clipped, similarity, text_places
from naskh.matching.lookup_kernels import count_distinct, grown
from naskh.matching.passages import MAX_REPEATS, MIN_SHINGLES

_PLACE = (1 << PLACE_BITS) - 1
#: So many runs are joined in memory that is there already, ...
FEW = 256
#: ... and so many are sorted by insertion.
_SORTED = 32


@njit(nogil=True, cache=True)
def own_places(text: Any, distinct: int) -> Any:
    """Where each of a query's shingles stands in its text.

    Args:
        text: (t,) int32, the text as indices of these; -1 for others.
        distinct: how many there are.

    Returns:
        ends (distinct + 1,) and places, int32; rank (t,), how often the same shingle stood before.

    """
    ends = np.zeros(distinct + 1, np.int32)
    rank = np.zeros(len(text), np.int32)
    for place in range(len(text)):
        if text[place] >= 0:
            rank[place] = ends[text[place] + 1]
            ends[text[place] + 1] += 1
    for k in range(distinct):
        ends[k + 1] += ends[k]
    places = np.empty(ends[-1], np.int32)
    for place in range(len(text)):
        if text[place] >= 0:
            places[ends[text[place]] + rank[place]] = place
    return ends, places, rank


@njit(nogil=True, cache=True)
def find_runs(text: Any, own: Any, skip: Any, index: Any, stands: Any, match_skip: Any, packed: Any) -> Any:
    """As `naskh.matching.align_kernels.find_runs`.

    Args:
        text: see `own_places`.
        own: what that gives.
        skip: places of the query's dateline, [first, end).
        index: (n,) int32, the match's text as indices of the query's shingles, -1 for others and its dateline.
        stands: (h,) int32, places of the match, its dateline included, where a shingle of the query stands; and
            (h,) int32, the index of that.
        match_skip: places of the match's dateline.
        packed: int64, to be used where it is large enough.

    Returns:
        `packed` with the runs, in their order, (first << PLACE_BITS | length - 1) << PLACE_BITS | first of the
        match; and how many there are.

    """
    ends, places, rank = own
    stand_places, keys = stands
    runs = 0
    for at in range(len(keys)):
        j = np.int64(stand_places[at])
        if match_skip[0] <= j < match_skip[1]:
            continue
        k = keys[at]
        before_k: Any = index[j - 1] if j > 0 else np.int32(-1)
        for place in range(ends[k], min(ends[k + 1], ends[k] + MAX_REPEATS)):
            i = np.int64(places[place])
            if skip[0] <= i < skip[1]:
                continue
            before: Any = i - 1
            if (
                before >= 0 and before_k >= 0 and text[before] == before_k and rank[before] < MAX_REPEATS
                and not skip[0] <= before < skip[1]
            ):  # fmt: skip
                continue  # inside a run
            length = 1
            while (
                i + length < len(text) and j + length < len(index) and index[j + length] >= 0
                and text[i + length] == index[j + length]
                and rank[i + length] < MAX_REPEATS and not skip[0] <= i + length < skip[1]
            ):  # fmt: skip
                length += 1
            if runs == len(packed):
                packed = grown(packed, runs + 1)
            packed[runs] = (i << PLACE_BITS | (length - 1)) << PLACE_BITS | j
            runs += 1
    if runs > _SORTED:
        packed[:runs].sort()
    else:
        for run in range(1, runs):
            value = packed[run]
            before = run
            while before > 0 and packed[before - 1] > value:
                packed[before] = packed[before - 1]
                before -= 1
            packed[before] = value
    return packed, runs


@njit(nogil=True, cache=True)
def passages(packed: Any, count: int, length: int, size: int, scratch: Any, out: Any) -> Any:
    """As `naskh.matching.align_kernels.choose`; few runs, as nearly all matches have, take no memory of their own.

    Args:
        packed: what `find_runs` gives.
        count: likewise.
        length: shingles of the query.
        size: words in a shingle.
        scratch: (FEW, 3) int64; (5, FEW) int64; and bool, of False, and left so, longer than the query by `size`.
        out: (>= count, 4) int64, out: first and last shingle of the query, and of the match.

    Returns:
        how many there are.

    """
    shared = 0
    for run in range(count):
        shared += (packed[run] >> PLACE_BITS & _PLACE) + 1
    if shared < MIN_SHINGLES:
        return 0
    runs = scratch[0] if count <= FEW else np.empty((count, 3), np.int64)
    for run in range(count):
        runs[run, 0] = packed[run] >> (2 * PLACE_BITS)
        runs[run, 1] = packed[run] & _PLACE
        runs[run, 2] = (packed[run] >> PLACE_BITS & _PLACE) + 1
    if count > FEW:
        chosen = choose(runs, length, size)
        out[: len(chosen)] = chosen
        return len(chosen)
    chains = _long_chains(runs, count, scratch[1])
    return _choose_few(runs, chains, size, scratch[1], scratch[2], out)


@njit(nogil=True, cache=True)
def _long_chains(runs: Any, count: int, scratch: Any) -> Any:
    """As `naskh.matching.align_kernels.chain_runs`, those with shingles enough for a passage."""
    first, last, shared = scratch[0], scratch[1], scratch[2]
    kept = 0
    for chain in range(chain_runs(runs, count, scratch)):
        first[kept], last[kept], shared[kept] = first[chain], last[chain], shared[chain]
        kept += shared[chain] >= MIN_SHINGLES
    return kept


@njit(nogil=True, cache=True)
def _choose_few(runs: Any, chains: int, size: int, scratch: Any, taken: Any, out: Any) -> Any:
    """The passages that chains make, those with the most shingles first; out in the order of the query."""
    first, last, shared, following = scratch[0], scratch[1], scratch[2], scratch[3]
    count = 0
    is_marked = False
    for _ in range(chains):
        chain = 0
        for other in range(1, chains):
            if shared[other] > shared[chain]:
                chain = other
        shared[chain] = 0
        run, end_run = first[chain], last[chain]
        begin, end = runs[run, 0], runs[end_run, 0] + runs[end_run, 2] - 1
        match_begin, match_end = runs[run, 1], runs[end_run, 1] + runs[end_run, 2] - 1
        is_free = True
        for other in range(count):
            is_free &= (begin >= out[other, 1] + size) | (end <= out[other, 0] - size)
        if not is_free:
            is_marked = True
            for other in range(count):
                taken[max(0, out[other, 0] - size + 1) : out[other, 1] + size] = True
            best = np.empty(5, np.int64)
            clipped(run, runs, following, taken, best)
            if best[4] < MIN_SHINGLES:
                continue
            begin, end, match_begin, match_end = best[0], best[1], best[2], best[3]
        place = count
        while place > 0 and out[place - 1, 0] > begin:
            for column in range(4):
                out[place, column] = out[place - 1, column]
            place -= 1
        out[place, 0], out[place, 1], out[place, 2], out[place, 3] = begin, end, match_begin, match_end
        count += 1
    if is_marked:
        for other in range(count):
            taken[max(0, out[other, 0] - size + 1) : out[other, 1] + size] = False
    return count


@njit(nogil=True, cache=True)
def jaccard(query: Any, match: Any, run: Any, mark: Any, stamps: Any, seen: Any) -> Any:
    """The Jaccard of the two stretches of a passage.

    Args:
        query: its shingles in text order, (t,) uint32; text, see `own_places`; its dateline, [first, end).
        match: address of its first shingle; how many; whether all outside its dateline are distinct; that; stands,
            see `find_runs`.
        run: (4,) int64: first and last of the query's, and of the match's.
        mark: uint64, above 0, not used before with these `stamps` and `seen`.
        stamps: (d, 2) uint64, of the query's distinct shingles.
        seen: (2**n,) uint64, more than the match has shingles.

    """
    shingles, text, gap = query
    start, count, is_distinct, match_gap, (stands, keys) = match
    first, last, match_first, match_last = run[0], run[1], run[2], run[3]
    if first < gap[1] and last >= gap[0]:  # over the dateline, whose shingles have no index
        copy = np.empty(count, np.uint32)
        for place in range(count):
            copy[place] = peek_u32(start, place)
        return similarity(text_places(shingles.copy()), copy, run, mark, seen)
    here = shared = 0
    for place in range(first, last + 1):
        if stamps[text[place], 0] != mark:
            stamps[text[place], 0] = mark
            here += 1
    there = match_last - match_first + 1
    if not is_distinct or (match_first < match_gap[1] and match_last >= match_gap[0]):
        there = count_distinct(start, match_first, match_last + 1, 0, 0, mark, seen)
    for at in range(np.searchsorted(stands, match_first), len(stands)):
        if stands[at] > match_last:
            break
        k = keys[at]
        if stamps[k, 0] == mark and stamps[k, 1] != mark:
            stamps[k, 1] = mark
            shared += 1
    return shared / (here + there - shared)
