"""All live articles and paragraphs of a snapshot as sets of shingles: what the join of all pairs runs over."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from naskh.arrays import Int64, UInt32, ranges, ranks
from naskh.index.segment import Segment
from naskh.index.snapshot import Snapshot
from naskh.matching.pair_kernels import set_digests, sorted_sets


class Items(NamedTuple):
    """Live paragraphs or articles of all segments as sets of shingles, exact copies collapsed.

    `set_ends` delimits the sets of the distinct items in `sets`; `distinct_of` says for each item which of them
    it is.
    """

    sets: UInt32
    set_ends: Int64
    distinct_of: Int64

    @property
    def sizes(self) -> Int64:
        """Shingles in each distinct set."""
        return np.diff(self.set_ends)


class Layout(NamedTuple):
    """Where the shingles of each article stand: its first, how many, and which of them touch its dateline."""

    starts: Int64
    counts: Int64
    #: (articles, 2) int64: [first, end) within the article.
    gaps: Int64

    @property
    def positions(self) -> Int64:
        """How many shingles of each article are outside its dateline, repeats included."""
        return self.counts - (self.gaps[:, 1] - self.gaps[:, 0])


class Corpus:
    """The live articles and paragraphs of a snapshot, numbered through.

    Articles are numbered in the order of their ids, so that results do not depend on the order of arrival.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        ids: list[str] = []
        live = []
        for segment in snapshot.segments:
            alive = segment.is_live(np.arange(segment.entry.articles))
            live.append(alive)
            ids += segment.articles.column("id").filter(pa.array(alive)).to_pylist()
        order = sorted(range(len(ids)), key=ids.__getitem__)
        self.ids = pa.array([ids[i] for i in order], pa.string())
        rank = ranks(np.array(order, np.int64))
        #: For each segment, the number of each article row; -1 for a deleted one.
        self.numbers: list[Int64] = []
        start = 0
        for alive in live:
            numbers = np.full(len(alive), -1, np.int64)
            numbers[alive] = rank[start : start + int(alive.sum())]
            start += int(alive.sum())
            self.numbers.append(numbers)

    def field(self, name: str) -> list[str | None]:
        """A field of all articles, such as "date", by number."""
        values: list[str | None] = [None] * len(self.ids)
        for segment, numbers in zip(self.snapshot.segments, self.numbers, strict=True):
            for number, value in zip(numbers.tolist(), segment.articles.column(name).to_pylist(), strict=True):
                if number >= 0:
                    values[number] = value
        return values

    def place(self, number: int) -> tuple[Segment, int]:
        """The segment and row of an article."""
        segment, row = self._places[number]
        return self.snapshot.segments[segment], int(row)

    @cached_property
    def _places(self) -> Int64:
        """(articles, 2): number of the segment, row."""
        places = np.empty((len(self.ids), 2), np.int64)
        for segment, numbers in enumerate(self.numbers):
            rows = np.flatnonzero(numbers >= 0)
            places[numbers[rows], 0] = segment
            places[numbers[rows], 1] = rows
        return places

    @cached_property
    def layout(self) -> Layout:
        """Where each article's shingles stand in `shingles`."""
        starts = np.empty(len(self.ids), np.int64)
        counts = np.empty(len(self.ids), np.int64)
        gaps = np.empty((len(self.ids), 2), np.int64)
        base = 0
        for segment, numbers in zip(self.snapshot.segments, self.numbers, strict=True):
            alive = numbers >= 0
            starts[numbers[alive]] = base + segment.bounds[:-1][alive]
            counts[numbers[alive]] = np.diff(segment.bounds)[alive]
            gaps[numbers[alive]] = np.stack(segment.datelines, axis=1)[alive]
            base += len(segment.shingles)
        return Layout(starts, counts, gaps)

    @cached_property
    def articles(self) -> Items:
        """All articles, by number; their datelines are left out."""
        return _collapse(self.shingles, *self.layout)

    def paragraphs(self) -> tuple[Items, Int64, Int64, list[Int64]]:
        """All paragraphs with a signature: their sets, the number of their article, their own number in it.

        The list holds for each segment the index of each paragraph row; -1 for a deleted article's.
        """
        articles, numbers, starts, counts, indexes = [], [], [], [], []
        base = total = 0
        for segment, article_numbers in zip(self.snapshot.segments, self.numbers, strict=True):
            rows = segment.paragraph_article.astype(np.int64)
            alive = article_numbers[rows] >= 0
            index = np.full(len(rows), -1, np.int64)
            index[alive] = total + np.arange(int(alive.sum()))
            indexes.append(index)
            total += int(alive.sum())
            articles.append(article_numbers[rows[alive]])
            numbers.append(segment.paragraph_column("number")[alive])
            starts.append(base + segment.bounds[rows[alive]] + segment.paragraph_column("first_shingle")[alive])
            counts.append(segment.paragraph_column("shingles")[alive])
            base += len(segment.shingles)
        gaps = np.zeros((total, 2), np.int64)
        items = _collapse(self.shingles, _joined(starts), _joined(counts), gaps)
        return items, _joined(articles), _joined(numbers), indexes

    @cached_property
    def shingles(self) -> UInt32:
        """The shingles of all segments, one after the other, in text order."""
        return np.concatenate([np.zeros(0, np.uint32), *(s.shingles for s in self.snapshot.segments)])


def _collapse(shingles: UInt32, starts: Int64, counts: Int64, gaps: Int64) -> Items:
    """Sorted sets of each range of shingles less its gap, each distinct set once."""
    sets = np.empty(int(counts.sum()), np.uint32)
    ends = np.empty(len(starts) + 1, np.int64)
    sorted_sets(shingles, starts, counts, gaps, sets, ends)
    digests = np.empty(len(starts), np.uint64)
    set_digests(sets, ends, digests)
    _, first, distinct_of = np.unique(digests, return_index=True, return_inverse=True)
    sizes = np.diff(ends)[first]
    kept_ends = np.append(0, np.cumsum(sizes))
    return Items(sets[ranges(ends[first], sizes)], kept_ends, distinct_of.astype(np.int64))


def _joined(parts: list[Int64]) -> Int64:
    return np.concatenate([np.zeros(0, np.int64), *parts]).astype(np.int64)
