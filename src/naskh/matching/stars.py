"""Clusters without chaining: stars, in which each member is linked to the centre itself.

Star clustering (Aslam, Pelekhov, Rus 2004) with the centre of most links first: single linkage would join A and
C because B resembles both, and glue a corpus together through a few round-ups.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from naskh.arrays import Float64, Int64, group_bounds


def star_clusters(first: Int64, second: Int64, strength: Float64, rank: Sequence[int]) -> dict[int, list[int]]:
    """Stars of a graph: every linked node is a centre or a member of one star.

    The centre with most free neighbours is taken first, the lower rank where there are as many; then each
    member goes to the centre that it is linked to most strongly, as long as its star keeps another one.
    The result depends on the graph and the ranks alone, not on the order of links.

    Args:
        first: (n,) one end of each link.
        second: (n,) the other.
        strength: (n,) of each link.
        rank: a distinct number for each node; the lower wins ties.

    Returns:
        the members of each centre, without itself, by rank.

    """
    links = _neighbours(first, second, strength)
    centre_of: dict[int, int] = {}
    free = {node: len(others) for node, others in links.items()}
    waiting = [(-count, rank[node], node) for node, count in free.items()]
    heapq.heapify(waiting)
    while waiting:
        count, _, node = heapq.heappop(waiting)
        if node in centre_of:
            continue
        left = [other for other, _ in links[node] if other not in centre_of]
        if len(left) < -count:  # neighbours were taken meanwhile: it waits for its new turn
            heapq.heappush(waiting, (-len(left), rank[node], node))
            continue
        centre_of[node] = node
        for other in left:
            centre_of[other] = node
    return _settled(links, centre_of, rank)


def _neighbours(first: Int64, second: Int64, strength: Float64) -> dict[int, list[tuple[int, float]]]:
    """The neighbours of each node, by number."""
    one, other = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((other, one))
    one, other, strengths = one[order], other[order], np.concatenate([strength, strength])[order]
    bounds = group_bounds(one).tolist()
    others, values = other.tolist(), strengths.tolist()
    return {
        int(one[start]): list(zip(others[start:end], values[start:end], strict=True))
        for start, end in pairwise(bounds)
    }


def _settled(
    links: dict[int, list[tuple[int, float]]], centre_of: dict[int, int], rank: Sequence[int]
) -> dict[int, list[int]]:
    """Each member with the centre that it is linked to most strongly."""
    members: dict[int, list[int]] = {}
    for node in sorted(centre_of, key=rank.__getitem__):
        if centre_of[node] != node:
            members.setdefault(centre_of[node], []).append(node)
    for node in sorted(centre_of, key=rank.__getitem__):
        current = centre_of[node]
        if current == node or len(members[current]) < 2:
            continue
        centres = [(-value, rank[other], other) for other, value in links[node] if centre_of[other] == other]
        best = min(centres)[2]
        if best != current and best in members:
            members[current].remove(node)
            members[best].append(node)
            centre_of[node] = best
    return {centre: sorted(found, key=rank.__getitem__) for centre, found in members.items()}
