"""All live articles and paragraphs of a snapshot as sets of shingles: what the join of all pairs runs over."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from naskh.arrays import Int32, Int64, NDArray, UInt32, UInt64, group_bounds, ranks
from naskh.index.files import column
from naskh.index.pack_kernels import unpack_texts
from naskh.index.segment import Segment
from naskh.index.snapshot import Snapshot
from naskh.matching.parts import in_parts, of_parts
from naskh.matching.recurrence import day_of
from naskh.matching.scratch import Growing, follow, release
from naskh.matching.sort_kernels import copy_ranges, set_bitmaps, set_digests, sorted_sets


class Items(NamedTuple):
    """Live paragraphs of all segments as sets of shingles, exact copies collapsed.

    The distinct sets are ``sets[begins[i] : begins[i] + sizes[i]]``, and have `bitmaps`, see
    `naskh.matching.sort_kernels.set_bitmaps`; `distinct_of` says for each item which of them it is.
    """

    sets: UInt32
    begins: Int64
    sizes: Int64
    bitmaps: UInt64
    distinct_of: Int64

    @property
    def first(self) -> Int64:
        """The first item of each distinct set."""
        return _first(self.distinct_of, len(self.sizes))


class Copies(NamedTuple):
    """Live articles, those with the same set of shingles collapsed.

    `sizes` says how many shingles each distinct set has; `distinct_of` says for each article which of them it has.
    """

    sizes: Int64
    distinct_of: Int64

    @property
    def first(self) -> Int64:
        """The first article of each distinct set."""
        return _first(self.distinct_of, len(self.sizes))

    @property
    def of_articles(self) -> Int64:
        """How many shingles each article has, repeats counted once."""
        return self.sizes[self.distinct_of]


class Ranges(NamedTuple):
    """Ranges of a segment's shingles, see `naskh.matching.sort_kernels.sorted_sets`."""

    shingles: UInt32
    starts: Int64
    counts: Int64
    gaps: Int64

    @property
    def sizes(self) -> Int64:
        """Shingles in each range, without its gap."""
        return self.counts - (self.gaps[:, 1] - self.gaps[:, 0])

    def part(self, part: slice) -> Ranges:
        """Some of them."""
        return Ranges(self.shingles, self.starts[part], self.counts[part], self.gaps[part])


class Layout(NamedTuple):
    """Where the shingles of each article stand in its segment: its first, how many, which touch its dateline."""

    starts: Int64
    counts: Int64
    #: (articles, 2) int64: [first, end) within the article.
    gaps: Int64

    def positions(self, articles: Int64) -> Int64:
        """How many shingles of some articles are outside their datelines, repeats included."""
        gaps = self.gaps[articles]
        return self.counts[articles] - (gaps[:, 1] - gaps[:, 0])


class Corpus:
    """The live articles and paragraphs of a snapshot, numbered through.

    Articles are numbered in the order of their ids, so that results do not depend on the order of arrival.
    """

    def __init__(self, snapshot: Snapshot, *, workers: int = 1) -> None:
        self.snapshot = snapshot
        follow(snapshot)
        self._workers = workers
        live = [segment.is_live(np.arange(segment.entry.articles)) for segment in snapshot.segments]
        columns = [segment.articles.column("id") for segment in snapshot.segments]
        ids = _chunked([own.filter(pa.array(alive)) for own, alive in zip(columns, live, strict=True)])
        order = pc.sort_indices(ids).to_numpy().astype(np.int64)  # by code point, as Python sorts
        self.ids = ids.take(pa.array(order)).combine_chunks()
        rank = ranks(order)
        #: For each segment, the number of each article row; -1 for a deleted one.
        self.numbers: list[Int64] = []
        start = 0
        for alive in live:
            numbers = np.full(len(alive), -1, np.int64)
            numbers[alive] = rank[start : start + int(alive.sum())]
            start += int(alive.sum())
            self.numbers.append(numbers)

    def codes(self, name: str) -> tuple[Int64, list[str | None]]:
        """A field of all articles, such as "outlet", by number: a code for each value, and the values by code."""
        found = np.empty(len(self.ids), np.int64)
        values_of_all = _chunked([segment.articles.column(name) for segment in self.snapshot.segments])
        encoded = values_of_all.combine_chunks().dictionary_encode("encode")
        start = 0
        codes = encoded.indices.to_numpy()
        for numbers in self.numbers:
            alive = numbers >= 0
            found[numbers[alive]] = codes[start : start + len(numbers)][alive]
            start += len(numbers)
        values: list[str | None] = encoded.dictionary.to_pylist()
        return found, values

    @cached_property
    def outlets(self) -> Int64:
        """A code of each article's outlet, -1 for none."""
        codes, values = self.codes("outlet")
        codes[codes == (values.index(None) if None in values else -1)] = -1
        return codes

    @cached_property
    def days(self) -> Int64:
        """The day of each article, see `naskh.matching.recurrence.day_of`."""
        codes, values = self.codes("date")
        return np.array([day_of(value) for value in values], np.int64)[codes] if values else codes

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
        """Where each article's shingles stand in its segment."""
        starts = np.empty(len(self.ids), np.int64)
        counts = np.empty(len(self.ids), np.int64)
        gaps = np.empty((len(self.ids), 2), np.int64)
        for segment, numbers in zip(self.snapshot.segments, self.numbers, strict=True):
            alive = numbers >= 0
            starts[numbers[alive]] = segment.bounds[:-1][alive]
            counts[numbers[alive]] = np.diff(segment.bounds)[alive]
            gaps[numbers[alive]] = np.stack(segment.datelines, axis=1)[alive]
        return Layout(starts, counts, gaps)

    def texts(self, articles: Int64) -> tuple[UInt32, Int64]:
        """The shingles of some articles in text order, datelines included, one article after the other.

        Returns:
            the shingles, and where those of each article begin, and the end: (articles + 1,).

        """
        layout, places = self.layout, self._places[articles]
        ends = np.append(0, np.cumsum(layout.counts[articles]))
        shingles = np.empty(ends[-1], np.uint32)
        for number, segment in enumerate(self.snapshot.segments):
            own = np.flatnonzero(places[:, 0] == number)
            copy_scattered(
                segment.shingles, layout.starts[articles[own]], ends[own], layout.counts[articles[own]], shingles,
                self._workers,
            )  # fmt: skip
        return shingles, ends

    def rows(self, articles: Int64) -> Int64:
        """A number for each of some articles that says in which order they are stored."""
        places = self._places[articles]
        rows: Int64 = places[:, 0] << 32 | places[:, 1]
        return rows

    def words(self, articles: Int64) -> Int64:
        """How many words some articles have."""
        places = self._places[articles]
        found = np.empty(len(articles), np.int64)
        for number, segment in enumerate(self.snapshot.segments):
            own = places[:, 0] == number
            found[own] = column(segment.articles, "words")[places[own, 1]]
        return found

    def raw_texts(self, articles: Int64) -> Iterator[tuple[Int64, NDArray[np.uint8], Int64]]:
        """The texts of some articles in UTF-8, those of a segment together; each block is decompressed once.

        Nothing where texts are not stored.

        Yields:
            indices in `articles`, (n,), in the order of storing; the texts, one after the other; and where each
            begins, and the end: (n + 1,).

        """
        places = self._places[articles]
        for number, segment in enumerate(self.snapshot.segments):
            own = np.flatnonzero(places[:, 0] == number)
            text_places = segment.text_places(places[own, 1])
            if text_places is None or not len(own):
                continue
            order = np.argsort(text_places[0], kind="stable")
            blocks, starts, sizes = (values[order] for values in text_places)
            data = np.empty(2 * int(sizes.sum()), np.uint8)
            offsets = np.zeros(len(own) + 1, np.int64)
            for first, end in pairwise(group_bounds(blocks).tolist()):
                packed = np.frombuffer(segment.text_block(int(blocks[first])), np.uint8)
                unpack_texts(packed, starts[first:end], sizes[first:end], data, offsets[first : end + 1])
            yield own[order], data[: offsets[-1]], offsets

    def sources(self) -> list[tuple[Ranges, Int64]]:
        """For each segment, the shingles of its live articles, their datelines left out, and their numbers."""
        layout = self.layout
        alive = [numbers[numbers >= 0] for numbers in self.numbers]
        return [
            (Ranges(segment.shingles, layout.starts[own], layout.counts[own], layout.gaps[own]), own)
            for segment, own in zip(self.snapshot.segments, alive, strict=True)
        ]

    @cached_property
    def articles(self) -> Copies:
        """All articles, by number; their datelines are left out."""
        sources = self.sources()
        sizes, digests = _measured([source for source, _ in sources], self._workers)
        _, first, same = np.unique(digests, return_index=True, return_inverse=True)
        order = np.argsort(first)
        by_number = np.empty_like(same)
        by_number[_joined([numbers for _, numbers in sources])] = ranks(order)[same]
        return Copies(sizes[first[order]], by_number)

    @cached_property
    def sizes(self) -> Int64:
        """How many distinct shingles each article has, its dateline left out."""
        return self.articles.of_articles

    def paragraphs(self) -> tuple[Items, Int64, Int64, list[Int32]]:
        """All paragraphs with a signature: their sets, the number of their article, their own number in it.

        The list holds for each segment the distinct set of each paragraph row; -1 for a deleted article's, and
        for all but the first of exact copies: these bring the same candidates.
        """
        articles, numbers, sources, alive = [], [], [], []
        for segment, article_numbers in zip(self.snapshot.segments, self.numbers, strict=True):
            rows = segment.paragraph_article.astype(np.int64)
            live = np.flatnonzero(article_numbers[rows] >= 0)
            rows = rows[live]
            alive.append(live)
            articles.append(article_numbers[rows])
            numbers.append(segment.paragraph_column("number")[live])
            starts = segment.bounds[rows] + segment.paragraph_column("first_shingle")[live]
            counts = segment.paragraph_column("shingles")[live]
            sources.append(Ranges(segment.shingles, starts, counts, np.zeros((len(live), 2), np.int64)))
        items = _collapse(sources, self._workers)
        first = np.full(len(items.distinct_of), -1, np.int64)
        own = items.first
        first[own] = items.distinct_of[own]
        distinct, start = [], 0
        for segment, live in zip(self.snapshot.segments, alive, strict=True):
            of_rows = np.full(segment.entry.paragraphs, -1, np.int32)
            of_rows[live] = first[start : start + len(live)]
            start += len(live)
            distinct.append(of_rows)
        return items, _joined(articles), _joined(numbers), distinct


def _measured(sources: list[Ranges], workers: int) -> tuple[Int64, UInt64]:
    """Of each range of shingles less its gap, how many distinct ones there are, and a digest of them."""
    bounds = np.cumsum([0, *(len(source.starts) for source in sources)])
    sizes, digests = np.empty(bounds[-1], np.int64), np.empty(bounds[-1], np.uint64)
    for source, base in zip(sources, bounds[:-1].tolist(), strict=True):

        def measure(part: slice, source: Ranges = source, base: int = base) -> None:
            place = slice(base + part.start, base + part.stop)
            _, sizes[place], digests[place] = sets_of(source.part(part))
            release(source.shingles)

        in_parts(measure, len(source.starts), workers)
    return sizes, digests


def _collapse(sources: list[Ranges], workers: int) -> Items:
    """Sorted sets of each range of shingles less its gap, each distinct set once, in the order of the ranges."""
    all_sets = Growing(np.uint32)
    parts: list[tuple[Int64, UInt64, UInt64]] = []  # sizes, digests, bitmaps
    for source in sources:

        def sort(part: slice, source: Ranges = source) -> tuple[UInt32, tuple[Int64, UInt64, UInt64]]:
            sets, sizes, digests = sets_of(source.part(part))
            bitmaps = np.empty((len(sizes), 2), np.uint64)
            set_bitmaps(sets, np.append(0, np.cumsum(sizes)), bitmaps)
            release(source.shingles)
            return sets, (sizes, digests, bitmaps)

        for sets, figures in of_parts(sort, len(source.starts), workers):
            all_sets.add(sets)
            parts.append(figures)
    sizes = _joined([own for own, _, _ in parts])
    digests = np.concatenate([np.zeros(0, np.uint64), *(own for _, own, _ in parts)])
    begins = np.cumsum(sizes) - sizes
    _, first, same = np.unique(digests, return_index=True, return_inverse=True)
    order = np.argsort(first)
    chosen = first[order]
    bitmaps = np.concatenate([np.zeros((0, 2), np.uint64), *(own for _, _, own in parts)])
    return Items(all_sets.array(), begins[chosen], sizes[chosen], bitmaps[chosen], ranks(order)[same])


def sets_of(source: Ranges) -> tuple[UInt32, Int64, UInt64]:
    """The sorted set of each range of shingles less its gap, one after the other; their sizes, and digests."""
    sets, ends = np.empty(int(source.sizes.sum()), np.uint32), np.empty(len(source.starts) + 1, np.int64)
    digests = np.empty(len(source.starts), np.uint64)
    sorted_sets(*source, sets, ends)
    set_digests(sets, ends, digests)
    return sets[: ends[-1]], np.diff(ends), digests


def copy_scattered(
    values: NDArray[Any], starts: Int64, places: Int64, counts: Int64, copies: NDArray[Any], workers: int
) -> None:
    """As `copy_ranges`, from a mapped array by threads, letting go of it."""
    order = np.argsort(starts, kind="stable")  # so that what comes with one is often another

    def copy(part: slice) -> None:
        own = order[part]
        copy_ranges(values, starts[own], places[own], counts[own], copies)
        release(values)

    in_parts(copy, len(starts), workers)


def _first(distinct_of: Int64, count: int) -> Int64:
    found = np.empty(count, np.int64)
    found[distinct_of[::-1]] = np.arange(len(distinct_of))[::-1]
    return found


def _joined(parts: list[Int64]) -> Int64:
    return np.concatenate([np.zeros(0, np.int64), *parts]).astype(np.int64)


def _chunked(columns: list[pa.Array]) -> pa.ChunkedArray:
    return pa.chunked_array(columns, pa.string())
