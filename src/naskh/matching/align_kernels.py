"""Compiled kernels that align a query with a match; conventions as in `naskh.sketch.kernels`.

They give what `naskh.matching.passages` gives.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.matching.lookup_kernels import is_new, look_up, places_in_text, slots_of
from naskh.matching.passages import MAX_GAP, MAX_REPEATS, MIN_SHINGLES

#: Bits of a place in a text in the packed order of runs; longer texts are not for the kernel.
PLACE_BITS = 21
_PLACE = (1 << PLACE_BITS) - 1
#: More runs than this are not held against all chains that are near.
_MANY = 256


@njit(nogil=True, cache=True)
def text_places(shingles: Any) -> Any:
    """A text made ready to be aligned with many.

    Returns:
        distinct shingles, their `slots_of`; text (s,), each place's index among the distinct ones; ends and places
        as `places_in_text` gives them; rank (s,), how often the same shingle stood before; marks (d, 2) uint64.

    """
    ordered = np.sort(shingles)
    distinct = np.empty(len(ordered), np.uint32)
    count = 0
    for i in range(len(ordered)):
        if i == 0 or ordered[i] != ordered[i - 1]:
            distinct[count] = ordered[i]
            count += 1
    distinct = distinct[:count]
    slots = slots_of(distinct)
    text = np.empty(len(shingles), np.int64)
    for place in range(len(shingles)):
        text[place] = look_up(slots, distinct, shingles[place])
    ends, places = places_in_text(text, count)
    rank = np.empty(len(shingles), np.int64)
    for k in range(count):
        for i in range(ends[k], ends[k + 1]):
            rank[places[i]] = i - ends[k]
    return distinct, slots, text, ends, places, rank, np.zeros((count, 2), np.uint64)


@njit(nogil=True, cache=True)
def similarity(query: Any, match: Any, run: Any, mark: Any, seen: Any) -> float:
    """The Jaccard of the two stretches of a run.

    Args:
        query: what `text_places` gives.
        match: (n,) uint32, the shingles of the match.
        run: (4,) int64, first and last of the query's, and of the match's.
        mark: uint64, above 0, not used before with this query and `seen`.
        seen: (2**n,) uint64, more than there are shingles.

    """
    distinct, slots, text, _, _, _, marks = query
    here = there = shared = 0
    for place in range(run[0], run[1] + 1):
        if marks[text[place], 0] != mark:
            marks[text[place], 0] = mark
            here += 1
    for place in range(run[2], run[3] + 1):
        shingle = match[place]
        index = look_up(slots, distinct, shingle)
        if index >= 0:
            if marks[index, 1] != mark:
                marks[index, 1] = mark
                there += 1
                shared += marks[index, 0] == mark
            continue
        there += is_new(shingle, mark, seen)
    return shared / (here + there - shared)


@njit(nogil=True, cache=True)
def find_runs(query: Any, match: Any, skip: Any, match_skip: Any) -> Any:
    """Seeds that follow each other on one diagonal, joined, in the order of `naskh.matching.passages.Run`.

    Returns:
        (r, 3) int64: the first shingle of the query and of the match, and how many.

    """
    distinct, slots, text, ends, places, rank, _ = query
    count = len(match)
    index = np.empty(count, np.int64)
    for j in range(count):
        index[j] = -1 if match_skip[0] <= j < match_skip[1] else look_up(slots, distinct, match[j])
    packed = np.empty(64, np.int64)
    runs = 0
    for j in range(count):
        if index[j] < 0:
            continue
        for place in range(ends[index[j]], min(ends[index[j] + 1], ends[index[j]] + MAX_REPEATS)):
            i = places[place]
            if skip[0] <= i < skip[1]:
                continue
            before = i - 1
            if (
                before >= 0 and j > 0 and text[before] == index[j - 1] and rank[before] < MAX_REPEATS
                and not skip[0] <= before < skip[1]
            ):  # fmt: skip
                continue  # inside a run
            length = 1
            while (
                i + length < len(text) and j + length < count and text[i + length] == index[j + length]
                and rank[i + length] < MAX_REPEATS and not skip[0] <= i + length < skip[1]
            ):  # fmt: skip
                length += 1
            if runs == len(packed):
                larger = np.empty(2 * runs, np.int64)
                larger[:runs] = packed
                packed = larger
            packed[runs] = (i << PLACE_BITS | (length - 1)) << PLACE_BITS | j
            runs += 1
    packed = packed[:runs]
    packed.sort()
    found = np.empty((runs, 3), np.int64)
    for run in range(runs):
        found[run, 0] = packed[run] >> (2 * PLACE_BITS)
        found[run, 1] = packed[run] & _PLACE
        found[run, 2] = (packed[run] >> PLACE_BITS & _PLACE) + 1
    return found


@njit(nogil=True, cache=True)
def chain_runs(runs: Any, count: int, scratch: Any) -> int:
    """Runs close to each other in both texts, joined, as `naskh.matching.passages._chains`.

    Args:
        runs: what `find_runs` gives, and room.
        count: how many there are.
        scratch: (5, >= count) int64, out: first and last run of each chain, how many shingles it has; of each run
            the next of the same chain, -1 for none; and room.

    Returns:
        how many chains there are.

    """
    first, last, shared, following, near = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4]
    chains = nears = 0
    for run in range(count):
        kept = 0
        best = -1
        best_gap = 2 * MAX_GAP + 3
        begin, match_begin = runs[run, 0], runs[run, 1]
        for i in range(nears):
            chain = near[i]
            before = last[chain]
            gap = begin - (runs[before, 0] + runs[before, 2] - 1)
            near[kept] = chain
            kept += gap <= MAX_GAP + 1
            match_gap = match_begin - (runs[before, 1] + runs[before, 2] - 1)
            if 0 < gap <= MAX_GAP + 1 and 0 < match_gap <= MAX_GAP + 1 and gap + match_gap < best_gap:
                best, best_gap = chain, gap + match_gap
        nears = kept
        following[run] = -1
        if best < 0:
            first[chains] = last[chains] = run
            shared[chains] = runs[run, 2]
            near[nears] = chains
            nears += 1
            chains += 1
        else:
            following[last[best]] = run
            last[best] = run
            shared[best] += runs[run, 2]
    return chains


@njit(nogil=True, cache=True)
def _chain_many(runs: Any, scratch: Any) -> int:
    """As `chain_runs`, in time that grows with the runs alone.

    Chains are found by where they end in the match, not among all that end close by in the query.
    """
    first, last, shared, following, behind = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4]
    slots = 1
    while slots < 2 * len(runs):
        slots *= 2
    heads = np.full(slots, -1, np.int64)  # of the chains that end at a place, or so many places further
    chains = 0
    for run in range(len(runs)):
        begin, match_begin = runs[run, 0], runs[run, 1]
        best, best_gap = -1, 2 * MAX_GAP + 3
        for match_gap in range(1, MAX_GAP + 2):
            chain = heads[(match_begin - match_gap) & (slots - 1)]
            while chain >= 0:
                before = last[chain]
                gap = begin - (runs[before, 0] + runs[before, 2] - 1)
                both = gap + match_gap
                if (
                    runs[before, 1] + runs[before, 2] - 1 == match_begin - match_gap and 0 < gap <= MAX_GAP + 1
                    and (both < best_gap or (both == best_gap and chain < best))
                ):  # fmt: skip
                    best, best_gap = chain, both
                chain = behind[chain]
        following[run] = -1
        if best < 0:
            best = chains
            first[best] = run
            shared[best] = 0
            chains += 1
        else:
            before = last[best]
            following[before] = run
            slot = (runs[before, 1] + runs[before, 2] - 1) & (slots - 1)
            if heads[slot] == best:
                heads[slot] = behind[best]
            else:
                chain = heads[slot]
                while behind[chain] != best:
                    chain = behind[chain]
                behind[chain] = behind[best]
        last[best] = run
        shared[best] += runs[run, 2]
        slot = (match_begin + runs[run, 2] - 1) & (slots - 1)
        behind[best] = heads[slot]
        heads[slot] = best
    return chains


@njit(nogil=True, cache=True)
def find_chains(runs: Any) -> Any:
    """As `chain_runs`, with memory of its own: first (c,), following (r,) and shared (c,)."""
    scratch = np.empty((5, len(runs)), np.int64)
    chains = _chain_many(runs, scratch) if len(runs) > _MANY else chain_runs(runs, len(runs), scratch)
    return scratch[0, :chains], scratch[3], scratch[2, :chains]


@njit(nogil=True, cache=True)
def clipped(run: int, runs: Any, following: Any, taken: Any, best: Any) -> None:
    """The longest part of a chain where nothing is taken yet, as `naskh.matching.passages._clipped`.

    Args:
        run: the chain's first run.
        runs: what `find_runs` gives.
        following: see `find_chains`.
        taken: bool, by place of the query.
        best: (5,) int64, out: first and last of the query, of the match, and how many are shared; 0 for none.

    """
    best[:] = 0
    part = np.zeros(5, np.int64)
    end = runs[run, 0]
    while run >= 0:
        start, stop = runs[run, 0], runs[run, 0] + runs[run, 2]
        is_parted = False
        for place in range(end, start):
            is_parted = is_parted or taken[place]
        if is_parted:
            part[4] = 0
        for place in range(start, stop):
            if taken[place]:
                part[4] = 0
                continue
            if part[4] == 0:
                part[0], part[2] = place, runs[run, 1] + place - start
            part[1], part[3] = place, runs[run, 1] + place - start
            part[4] += 1
            if part[4] > best[4]:
                best[:] = part
        end = stop
        run = following[run]


@njit(nogil=True, cache=True)
def choose(runs: Any, length: int, size: int) -> Any:
    """The passages that runs make, see `align`.

    Args:
        runs: what `find_runs` gives.
        length: shingles of the query.
        size: words in a shingle.

    """
    first, following, shared = find_chains(runs)
    order = np.argsort(-shared, kind="mergesort")  # chains came in the order of their first runs
    taken = np.zeros(length, np.bool_)
    chosen = np.empty((len(order), 4), np.int64)
    best = np.empty(5, np.int64)
    count = 0
    for chain in order:
        if shared[chain] < MIN_SHINGLES:
            break
        clipped(first[chain], runs, following, taken, best)
        if best[4] < MIN_SHINGLES:
            continue
        taken[max(0, best[0] - size + 1) : best[1] + size] = True
        place = count
        while place > 0 and chosen[place - 1, 0] > best[0]:
            chosen[place] = chosen[place - 1]
            place -= 1
        chosen[place] = best[:4]
        count += 1
    return chosen[:count]


@njit(nogil=True, cache=True)
def align(query: Any, match: Any, size: int, skip: Any, match_skip: Any, places: Any) -> Any:
    """The passages of a query and a match, as `naskh.matching.passages.align`.

    Args:
        query: (s,) uint32, the shingles of the query in text order.
        match: (n,) uint32, those of the match.
        size: words in a shingle.
        skip: places of the query, [first, end), that are no seeds.
        match_skip: likewise of the match.
        places: what `text_places` gives for the query.

    Returns:
        (p, 4) int64: first and last shingle of the query, and of the match.

    """
    return choose(find_runs(places, match, skip, match_skip), len(query), size)
