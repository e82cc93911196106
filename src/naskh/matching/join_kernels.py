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
def turn(ends: Any, holders: Any, article_ends: Any, shingles: Any, stock: Any) -> None:
    """From which articles have a shingle to which shingles an article has, as far as these are counted.

    Args:
        ends: see `naskh.matching.postings.Postings`.
        holders: likewise.
        article_ends: (articles + 1,) int64, out: where those of each article end in `shingles`; the first is 0.
        shingles: (as many as there are holders of counted shingles, or more,) int32, out: indices, ascending.
        stock: (articles,) int64, out: how many shingles each has that are not counted.

    """
    article_ends[:] = 0
    stock[:] = 0
    last = len(article_ends) - 1
    for shingle in range(len(ends) - 1):
        is_counted = ends[shingle + 1] - ends[shingle] <= MAX_COUNTED
        for at in range(ends[shingle], ends[shingle + 1]):
            stock[holders[at]] += not is_counted
            if is_counted and holders[at] + 2 <= last:
                article_ends[holders[at] + 2] += 1
    for article in range(2, last + 1):
        article_ends[article] += article_ends[article - 1]
    for shingle in range(len(ends) - 1):  # where those of an article end stands behind it until they are in
        if ends[shingle + 1] - ends[shingle] <= MAX_COUNTED:
            for at in range(ends[shingle], ends[shingle + 1]):
                shingles[article_ends[holders[at] + 1]] = shingle
                article_ends[holders[at] + 1] += 1


@njit(nogil=True, cache=True)
def count_shared(one: int, shingles: Any, ends: Any, holders: Any, counts: Any) -> None:
    """Count the shingles that an article shares with each one of a lower number.

    Args:
        one: the article.
        shingles: (n,) those that it has, see `turn`.
        ends: see `naskh.matching.postings.Postings`.
        holders: likewise.
        counts: (articles,) int64, in and out: _ROUND * `one` and the count; below that where nothing is shared.

    """
    for shingle in shingles:
        at = ends[shingle]
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
    begin: int, end: int, candidates: Any, linked: Any, counted: Any, items: Any, min_jaccard: float,
    min_containment: float, scratch: Any, pairs: Any, shared: Any,
) -> tuple[int, int]:  # fmt: skip
    """All pairs of articles (lower, higher), the higher in [begin, end), that are candidates and reach a threshold.

    Args:
        begin: the first.
        end: one past the last.
        candidates: members, starts, ends, order: the articles in one bucket after the other, ascending in each;
            where the bucket of each begins; and see `group` of the members.
        linked: ends, members: lower articles that are candidates of each article too.
        counted: posting_ends, holders, article_ends, shingles, stock; see `turn`.
        items: sets, set_ends, distinct_of; see `naskh.matching.corpus.Items`.
        min_jaccard: see `naskh.matching.pair_kernels.verify`.
        min_containment: likewise.
        scratch: seen and counts, (articles,) int64, of -1; see `count_shared`.
        pairs: uint64, out: (lower << 32 | higher), in the order of the higher ones.
        shared: int64, out: what each pair shares.

    Returns:
        the article at which it stopped, since `pairs` is full (or `end`), and how many pairs there are.

    """
    members, starts, ends, order = candidates
    linked_ends, linked_members = linked
    posting_ends, holders, article_ends, shingles, stock = counted
    sets, set_ends, distinct_of = items
    seen, counts = scratch
    found = 0
    for one in range(begin, end):
        before = found
        count_shared(one, shingles[article_ends[one] : article_ends[one + 1]], posting_ends, holders, counts)
        first, last = set_ends[distinct_of[one]], set_ends[distinct_of[one] + 1]
        for at in range(ends[one], ends[one + 1] + 1):
            if at < ends[one + 1]:
                place, stop, others = starts[order[at]], order[at], members
            else:
                place, stop, others = linked_ends[one], linked_ends[one + 1], linked_members
            for k in range(place, stop):
                other = others[k]
                if seen[other] == one:
                    continue
                seen[other] = one
                start, stand = set_ends[distinct_of[other]], set_ends[distinct_of[other] + 1]
                needed = needed_of(last - first, stand - start, min_jaccard, min_containment)
                most = max(counts[other] - one * _ROUND, 0) + min(stock[one], stock[other])
                if most < needed:
                    continue
                both = shared_count(sets, start, stand, first, last, needed)
                if is_pair(both, stand - start, last - first, min_jaccard, min_containment):
                    if found == len(pairs):
                        seen[:] = -1
                        counts[:] = -1
                        return one, before
                    pairs[found] = np.uint64(other) << np.uint64(32) | np.uint64(one)
                    shared[found] = both
                    found += 1
    return end, found
