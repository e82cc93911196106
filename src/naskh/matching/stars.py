"""Clusters without chaining: stars, in which each member is linked to the centre itself.

Star clustering (Aslam, Pelekhov, Rus 2004): single linkage would join A and C because B resembles both, and glue a
corpus together through a few round-ups. For the same reason the strongest centre comes first rather than the one of
most links: a round-up holds many texts and is linked to the copies of each, but it is not much like any of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from naskh.arrays import Float64, Int64, group_bounds


def star_clusters(first: Int64, second: Int64, strength: Float64, rank: Sequence[int]) -> dict[int, list[int]]:
    """Stars of a graph: every linked node is the centre or a member of one star.

    The centre with the greatest sum of strengths to free neighbours is taken first, the lower rank where they are
    as great; then each member goes to the centre that it is linked to most strongly, as long as its star keeps
    another one. A node whose neighbours all went elsewhere takes the strongest of them with it, or makes it the
    centre of a star. The result depends on the graph and the ranks alone, not on the order of links.

    Args:
        first: (n,) one end of each link.
        second: (n,) the other.
        strength: (n,) of each link, 0 to 1.
        rank: a distinct number for each node; the lower wins ties.

    Returns:
        the members of each centre, without itself, by rank.

    """
    links = _neighbours(first, second, strength)
    centre_of: dict[int, int] = {}

    def free(node: int) -> int:
        return sum(value for other, value in links[node] if other not in centre_of)

    waiting = [(-free(node), rank[node], node) for node in links]
    heapq.heapify(waiting)
    while waiting:
        most, _, node = heapq.heappop(waiting)
        if node in centre_of:
            continue
        left = free(node)
        if left < -most:  # neighbours were taken meanwhile: it waits for its new turn
            heapq.heappush(waiting, (-left, rank[node], node))
            continue
        centre_of[node] = node
        for other, _ in links[node]:
            centre_of.setdefault(other, node)
    return _settled(links, centre_of, rank)


def _neighbours(first: Int64, second: Int64, strength: Float64) -> dict[int, list[tuple[int, int]]]:
    """The neighbours of each node, by number, with strengths in millionths: sums do not depend on their order."""
    one, other = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    strengths = np.rint(np.concatenate([strength, strength])[order] * 1e6).astype(np.int64)
    bounds = group_bounds(one).tolist()
    others, values = other.tolist(), strengths.tolist()
    return {
        int(one[start]): list(zip(others[start:end], values[start:end], strict=True))
        for start, end in pairwise(bounds)
    }


def _settled(
    links: dict[int, list[tuple[int, int]]], centre_of: dict[int, int], rank: Sequence[int]
) -> dict[int, list[int]]:
    """Each member with the centre that it is linked to most strongly."""
    by_rank = sorted(centre_of, key=rank.__getitem__)
    members: dict[int, list[int]] = {}
    for node in by_rank:
        if centre_of[node] != node:
            members.setdefault(centre_of[node], []).append(node)
    for node in by_rank:
        if centre_of[node] != node and len(members[centre_of[node]]) > 1:
            _move(node, _best(links[node], rank, members.__contains__), centre_of, members)
    for node in by_rank:
        if centre_of[node] == node and node not in members:
            _take_in(node, _best(links[node], rank, lambda _: True), centre_of, members)
    return {centre: sorted(found, key=rank.__getitem__) for centre, found in members.items() if found}


def _best(links: list[tuple[int, int]], rank: Sequence[int], wanted: Callable[[int], bool]) -> int:
    """The neighbour of the strongest link, the lower rank first, among those wanted."""
    return min((-value, rank[other], other) for other, value in links if wanted(other))[2]


def _move(node: int, centre: int, centre_of: dict[int, int], members: dict[int, list[int]]) -> None:
    """Move a member to another star."""
    if centre_of[node] != centre:
        members[centre_of[node]].remove(node)
        members[centre].append(node)
        centre_of[node] = centre


def _take_in(node: int, neighbour: int, centre_of: dict[int, int], members: dict[int, list[int]]) -> None:
    """Find a star for a node all of whose neighbours went to others: with the one that it is most like.

    Where that one's star keeps another member, the two make a star of their own; else it becomes the centre of
    the three.
    """
    old = centre_of[neighbour]
    if old == neighbour:  # the centre of another one like this by now
        members[old].append(node)
        centre_of[node] = old
    elif len(members[old]) > 1:
        members[old].remove(neighbour)
        members[node] = [neighbour]
        centre_of[neighbour] = node
    else:
        del members[old]
        members[neighbour] = [old, node]
        centre_of[neighbour] = centre_of[old] = centre_of[node] = neighbour
