"""Compiled kernels that find and verify pairs of articles at once; conventions as in `naskh.sketch.kernels`.

Candidates are never held: articles that share a posting are looked up, article by article, marked as seen, and
verified on the spot. So memory grows with the pairs that are found, not with the candidates. Most candidates share
little: what an article shares with each other one is counted first on the inverted index, stock text left out, and
only pairs that may reach a threshold by that count are compared.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.matching.pair_kernels import needed_of, shared_count

#: A shingle of more articles than this is not counted, but taken to be shared: so cost stays near-linear.
MAX_COUNTED = 64
#: More than an article has shingles.
_ROUND = 1 << 24


@njit(nogil=True, cache=True)
def group(values: Any, ends: Any, order: Any) -> None:
    """The places of each value, ascending: those of value v are order[ends[v] : ends[v + 1]].

    Args:
        values: (n,) integers; one below 0 is ``~value``.
        ends: (values + 1,) int64, out; the first entry is 0.
        order: (n,) integers, out.

    """
    ends[:] = 0
    for i in range(len(values)):
        value = max(values[i], ~values[i])
        if value + 2 < len(ends):
            ends[value + 2] += 1
    for value in range(2, len(ends)):
        ends[value] += ends[value - 1]
    for i in range(len(values)):
        value = max(values[i], ~values[i])
        order[ends[value + 1]] = i
        ends[value + 1] += 1


@njit(nogil=True, cache=True)
def count_stock(ends: Any, holders: Any, stock: Any) -> None:
    """How many shingles each article has that `count_shared` does not count.

    Args:
        ends: see `naskh.matching.postings.Postings`.
        holders: likewise.
        stock: (articles,) int64, in and out: added to.

    """
    for shingle in range(len(ends) - 1):
        if ends[shingle + 1] - ends[shingle] > MAX_COUNTED:
            for at in range(ends[shingle], ends[shingle + 1]):
                stock[holders[at]] += 1


@njit(nogil=True, cache=True)
def count_shared(one: int, shingles: Any, ends: Any, holders: Any, counts: Any, lists: Any) -> None:
    """Count the shingles that an article shares with each one of a lower number.

    Where the lists of holders begin is read before any of them is gone through: they stand all over memory, and so
    the processor waits for many of them at a time.

    Args:
        one: the article.
        shingles: (n,) those that it has and others too.
        ends: see `naskh.matching.postings.Postings`.
        holders: likewise.
        counts: (articles,) int64, in and out: _ROUND * `one` and the count; below that where nothing is shared.
        lists: (n or more, 3) int64, scratch: where the holders of each shingle begin and end, and the first one.

    """
    for k in range(len(shingles)):
        lists[k, 0], lists[k, 1] = ends[shingles[k]], ends[shingles[k] + 1]
    for k in range(len(shingles)):
        lists[k, 2] = holders[lists[k, 0]]
    for k in range(len(shingles)):
        at = lists[k, 0]
        if lists[k, 2] >= one or lists[k, 1] - at > MAX_COUNTED:
            continue
        while holders[at] < one:
            counts[holders[at]] = max(counts[holders[at]], one * _ROUND) + 1
            at += 1


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
    begin: int, end: int, candidates: Any, linked: Any, postings: Any, sizes: Any, stock: Any,
    min_jaccard: float, min_containment: float, scratch: Any, pairs: Any, shared: Any,
) -> tuple[int, int]:  # fmt: skip
    """All pairs of articles (lower, higher), the higher in [begin, end), that are candidates and reach a threshold.

    Args:
        begin: the first.
        end: one past the last.
        candidates: members, ends, order: the articles in one bucket after the other, ascending in each, the first
            of each bucket inverted (``~article``); and see `group` of the members.
        linked: ends, members: lower articles that are candidates of each article too.
        postings: ends, holders, article_ends, shingles; see `naskh.matching.postings.Postings`.
        sizes: (articles,) int64: how many distinct shingles each has.
        stock: see `count_stock`.
        min_jaccard: see `naskh.matching.pair_kernels.verify`.
        min_containment: likewise.
        scratch: seen and counts, (articles,) int64, of -1; see `count_shared`.
        pairs: uint64, out: (lower << 32 | higher), in the order of the higher ones.
        shared: int64, out: what each pair shares.

    Returns:
        the article at which it stopped, since `pairs` is full (or `end`), and how many pairs there are.

    """
    members, ends, order = candidates
    linked_ends, linked_members = linked
    posting_ends, holders, article_ends, shingles = postings
    seen, counts = scratch
    found = 0
    longest: Any = 0
    for one in range(begin, end):
        longest = max(longest, article_ends[one + 1] - article_ends[one])
    lists = np.empty((longest, 3), np.int64)
    for one in range(begin, end):
        before = found
        first, last = article_ends[one], article_ends[one + 1]
        count_shared(one, shingles[first:last], posting_ends, holders, counts, lists)
        for at in range(ends[one], ends[one + 1] + 1):
            if at < ends[one + 1]:  # down to the first of the bucket, and that one too
                k, others = np.int64(order[at]), members
                is_last = members[k] < 0
            else:
                k, others = np.int64(linked_ends[one + 1]), linked_members
                is_last = k == linked_ends[one]
            while not is_last:
                k -= 1
                other = np.int64(others[k])
                if at < ends[one + 1]:
                    is_last = other < 0
                    other = ~other if is_last else other
                else:
                    is_last = k == linked_ends[one]
                if seen[other] == one:
                    continue
                seen[other] = one
                needed = needed_of(sizes[one], sizes[other], min_jaccard, min_containment)
                most = max(counts[other] - one * _ROUND, 0) + min(stock[one], stock[other])
                if most < needed:
                    continue
                both = shared_count(shingles, article_ends[other], article_ends[other + 1], first, last, needed)
                if is_pair(both, sizes[other], sizes[one], min_jaccard, min_containment):
                    if found == len(pairs):
                        seen[:] = -1
                        counts[:] = -1
                        return one, before
                    pairs[found] = np.uint64(other) << np.uint64(32) | np.uint64(one)
                    shared[found] = both
                    found += 1
    return end, found
