"""Passages: the stretches that two texts have in common, aligned to paragraphs and characters of both.

Seed and extend, as in sequence alignment: shingles that both texts have are seeds; seeds on one diagonal make a
run; runs that follow each other closely in both texts, with a few words changed between them, make a passage.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from naskh.arrays import Bool, Int64, UInt32, ranges

#: Words that may differ between two runs of one passage: about a clause.
MAX_GAP = 12
#: Shared shingles that make a passage; fewer are turns of phrase.
MIN_SHINGLES = 5
#: Of a shingle that stands more often than this in the query, only the first places are seeds.
MAX_REPEATS = 16


class Run(NamedTuple):
    """Shingles [first, last] of the query that are shingles [match_first, match_last] of the match."""

    first: int
    last: int
    match_first: int
    match_last: int
    shared: int


def align(
    query: UInt32,
    match: UInt32,
    size: int = 3,
    skip: tuple[int, int] = (0, 0),
    match_skip: tuple[int, int] = (0, 0),
    order: Int64 | None = None,
) -> list[Run]:
    """The passages of two shingle sequences, in the query's order; they do not overlap in the query.

    Args:
        query: (n,) uint32, shingle hashes in text order.
        match: (m,) uint32, likewise.
        size: words in a shingle.
        skip: places of the query, [first, end), that are no seeds (a dateline).
        match_skip: likewise of the match.
        order: what sorts the query (stably), for one that is aligned with many matches.
    """
    i, j = _seeds(query, match, np.argsort(query, kind="stable") if order is None else order)
    inside = ((i >= skip[0]) & (i < skip[1])) | ((j >= match_skip[0]) & (j < match_skip[1]))
    chains = _chains(_runs(i[~inside], j[~inside]))
    taken = np.zeros(len(query), np.bool_)
    chosen = []
    for chain in sorted(chains, key=lambda runs: (-_shared(runs), runs[0])):
        runs = _clipped(chain, taken)  # what longer passages left of it
        if _shared(runs) >= MIN_SHINGLES:
            passage = Run(runs[0].first, runs[-1].last, runs[0].match_first, runs[-1].match_last, _shared(runs))
            taken[max(0, passage.first - size + 1) : passage.last + size] = True  # no word is in two passages
            chosen.append(passage)
    return sorted(chosen)


def _shared(runs: list[Run]) -> int:
    return sum(run.shared for run in runs)


def _clipped(chain: list[Run], taken: Bool) -> list[Run]:
    """The longest part of a chain that lies in a stretch of the query which is not taken yet."""
    if not taken[chain[0].first : chain[-1].last + 1].any():
        return chain
    parts: list[list[Run]] = [[]]
    end = chain[0].first  # one past what was looked at: a taken stretch between two runs parts them too
    for run in chain:
        if taken[end : run.first].any():
            parts.append([])
        edges = np.flatnonzero(np.diff(taken[run.first : run.last + 1], prepend=True, append=True))
        for number, (start, stop) in enumerate(edges.reshape(-1, 2).tolist()):
            if number or start:
                parts.append([])
            shifted = run.match_first + start
            parts[-1].append(
                Run(run.first + start, run.first + stop - 1, shifted, shifted + stop - start - 1, stop - start)
            )
        if taken[run.last]:
            parts.append([])
        end = run.last + 1
    return max(parts, key=_shared)


def _seeds(query: UInt32, match: UInt32, order: Int64) -> tuple[Int64, Int64]:
    """All places (i, j) with the same shingle, by diagonal and then by i; `order` sorts the query."""
    ordered = query[order]
    left = np.searchsorted(ordered, match, "left")
    count = np.minimum(np.searchsorted(ordered, match, "right") - left, MAX_REPEATS)
    j = np.repeat(np.arange(len(match)), count)
    i = order[ranges(left, count)]
    by_diagonal = np.lexsort((i, j - i))
    return i[by_diagonal], j[by_diagonal]


def _runs(i: Int64, j: Int64) -> list[Run]:
    """Seeds that follow each other on one diagonal, joined."""
    if not len(i):
        return []
    breaks = np.flatnonzero((np.diff(j - i) != 0) | (np.diff(i) != 1)) + 1
    firsts = np.append(0, breaks)
    lasts = np.append(breaks, len(i)) - 1
    return [
        Run(a, b, c, d, b - a + 1)
        for a, b, c, d in zip(
            i[firsts].tolist(), i[lasts].tolist(), j[firsts].tolist(), j[lasts].tolist(), strict=True
        )
    ]


def _chains(runs: list[Run]) -> list[list[Run]]:
    """Runs close to each other in both texts, joined; each goes to the chain that ends nearest before it."""
    chains: list[list[Run]] = []
    # Chains by where they end in the match. A shingle of the match is `MAX_REPEATS` seeds at most, so no more end
    # at one place; in a text of one word, there are as many chains as words close to what comes.
    ending: defaultdict[int, list[int]] = defaultdict(list)
    for run in sorted(runs):
        best_gap, best = 2 * MAX_GAP + 3, -1
        for match_gap in range(1, MAX_GAP + 2):
            for number in ending.get(run.match_first - match_gap, ()):
                gap = run.first - chains[number][-1].last
                if 0 < gap <= MAX_GAP + 1:
                    best_gap, best = min((best_gap, best), (gap + match_gap, number))
        if best < 0:
            best = len(chains)
            chains.append([])
        else:
            ending[chains[best][-1].match_last].remove(best)
        chains[best].append(run)
        ending[run.match_last].append(best)
    return chains
