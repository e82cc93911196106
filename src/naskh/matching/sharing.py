"""Which stored articles share text with a query, and what: counted exactly, many candidates at once.

The readable reference of `naskh.matching.sharing_kernels`, and what a process that answers few queries runs, since
importing numba would take longer than they do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from naskh.arrays import HALF, Bool, Int64, UInt32, look_up, ranges, sorted_distinct
from naskh.index.segment import Segment
from naskh.index.snapshot import Place, Snapshot
from naskh.matching.candidates import candidates
from naskh.sketch.reference import ArticleSketch

#: A match shares at least this part of the query or of itself ...
MIN_CONTAINMENT = 0.1
#: ... or so many shingles: a paragraph that two long articles have in common.
MIN_SHARED = 20

#: Shingles of a candidate of which the distinct ones are counted first: nearly all share too few for more.
_PROBE = 64
#: Shingles of candidates, and cells of a table of candidates and the query's shingles, that are looked at at once.
_AT_ONCE = 1 << 22


class Sharing(NamedTuple):
    """The stored articles that share shingles with a query, datelines left out.

    Attributes:
        segments: (n,) int64, the number of each one's segment.
        rows: (n,) int64, its row there.
        ends: (n + 1,) int64, it has ``hits[ends[i] : ends[i + 1]]``.
        hits: int64, indices of distinct shingles of the query, sorted.
        in_rows: bool, which of these hits it has in a row of two or more of the query's text.

    """

    segments: Int64
    rows: Int64
    ends: Int64
    hits: Int64
    in_rows: Bool

    @property
    def places(self) -> list[Place]:
        """Where the articles are."""
        return [Place(*place) for place in zip(self.segments.tolist(), self.rows.tolist(), strict=True)]


def is_above_floor(shared: int, most: float, min_containment: float = MIN_CONTAINMENT) -> bool:
    """Whether a query reports an article: so many shared shingles, and the larger of the two containments."""
    if not shared:
        return False
    return most >= min_containment or (min_containment <= MIN_CONTAINMENT and shared >= MIN_SHARED)


def share(snapshot: Snapshot, sketch: ArticleSketch, own: UInt32, text: Int64, leave_out: Place | None) -> Sharing:
    """The articles that share shingles with a query, of those that are candidates.

    Args:
        snapshot: where to look.
        sketch: the query.
        own: its distinct shingles, sorted, the dateline left out.
        text: likewise all of them in text order, as indices of `own`.
        leave_out: the query itself, where it is stored.

    """
    parts = [_empty()]
    for number, segment in enumerate(snapshot.segments):
        rows = candidates(segment, sketch, own)
        if leave_out is not None and leave_out.segment == number:
            rows = rows[rows != leave_out.row]
        step = max(1, _AT_ONCE // max(1, len(own), int(segment.shingle_counts(rows).max(initial=0))))
        parts += [
            share_with(segment, number, rows[start : start + step], own, text)
            for start in range(0, len(rows), step)
        ]
    counts = np.concatenate([np.diff(part.ends) for part in parts])
    joined = [np.concatenate([part[i] for part in parts]) for i in (0, 1, 3, 4)]
    return Sharing(joined[0], joined[1], np.append(0, np.cumsum(counts)), joined[2], joined[3])


def share_with(segment: Segment, number: int, rows: Int64, own: UInt32, text: Int64) -> Sharing:
    """What some articles of a segment share with the query; those that share nothing are left out."""
    owner, shingles = _shingles(segment, rows)
    may_be = np.zeros(
        1 << 16, np.bool_
    )  # nearly all are in no more than this: sorted out before they are looked up
    may_be[own & np.uint32(0xFFFF)] = True
    kept = may_be[shingles & np.uint32(0xFFFF)]
    place, stands = look_up(own, shingles[kept])
    width = max(1, len(own))
    packed = sorted_distinct([owner[kept][stands] * width + place[stands]])
    owner, hits = packed // width, packed % width
    sharing = sorted_distinct([owner])
    ends = np.append(np.searchsorted(owner, sharing), len(owner))
    holder = np.repeat(np.arange(len(sharing)), np.diff(ends))
    in_rows = _in_rows(holder, hits, text, (len(sharing), len(own)))
    return Sharing(np.full(len(sharing), number, np.int64), rows[sharing], ends, hits, in_rows)


def _in_rows(holder: Int64, hits: Int64, text: Int64, shape: tuple[int, int]) -> Bool:
    """Which hits an article has in a row; see `naskh.matching.recurrence.in_rows`."""
    if len(text) < 2 or not len(hits):
        return np.zeros(len(hits), np.bool_)
    has = np.zeros(shape, np.bool_)
    has[holder, hits] = True
    along = has[:, text]
    rows = np.zeros_like(along)
    rows[:, 1:] = along[:, 1:] & along[:, :-1]
    rows[:, :-1] |= rows[:, 1:]
    order = np.argsort(text, kind="stable")
    firsts = np.searchsorted(text[order], np.arange(shape[1]))
    found: Bool = np.logical_or.reduceat(rows[:, order], firsts, axis=1)[holder, hits]
    return found


def distinct_sizes(snapshot: Snapshot, sharing: Sharing, own: int, min_containment: float) -> Int64:
    """How many distinct shingles each article has outside its dateline: (n,); 0 for those below the floor.

    Args:
        snapshot: where they are.
        sharing: the articles.
        own: distinct shingles of the query.
        min_containment: see `is_above_floor`.

    """
    sizes = np.zeros(len(sharing.rows), np.int64)
    shared = np.diff(sharing.ends)
    above = shared / max(own, 1) >= min_containment
    if min_containment <= MIN_CONTAINMENT:
        above |= shared >= MIN_SHARED
    for number in sorted_distinct([sharing.segments]).tolist():
        segment, here = snapshot.segments[number], np.flatnonzero(sharing.segments == number)
        rows = sharing.rows[here]
        least = np.maximum(_distinct(*_shingles(segment, rows, _PROBE), len(rows)), 1)
        kept = here[above[here] | (shared[here] / least >= min_containment)]
        exact = _distinct(*_shingles(segment, sharing.rows[kept]), len(kept))
        sizes[kept] = np.where(above[kept] | (shared[kept] / exact >= min_containment), exact, 0)
    return sizes


def _distinct(owner: Int64, shingles: UInt32, count: int) -> Int64:
    packed = sorted_distinct([owner.astype(np.uint64) << HALF | shingles])
    return np.bincount((packed >> HALF).astype(np.int64), minlength=count)


def _shingles(segment: Segment, rows: Int64, most: int | None = None) -> tuple[Int64, UInt32]:
    """All shingles of some articles (or the first ones) outside their datelines, and whose each is, from 0."""
    starts = segment.bounds[rows]
    counts = segment.bounds[rows + 1] - starts
    if most is not None:
        counts = np.minimum(counts, most)
    owner = np.repeat(np.arange(len(rows)), counts)
    places = ranges(starts, counts)
    first, end = (values[rows].astype(np.int64) for values in segment.datelines)
    dated = np.flatnonzero(end > first)
    if len(dated):
        within = places - np.repeat(starts, counts)
        outside = (within < first[owner]) | (within >= end[owner])
        owner, places = owner[outside], places[outside]
    return owner, segment.shingles[places]


def _empty() -> Sharing:
    none = np.zeros(0, np.int64)
    return Sharing(none, none, np.zeros(1, np.int64), none, np.zeros(0, np.bool_))
