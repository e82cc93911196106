"""Some paragraphs joined with all of an index, exactly, and by bands as `naskh.matching.pairs` does it.

The exact join counts the shingles that every two paragraphs share, on an inverted index of the paragraphs that are
asked for. It knows no bands, so that these can be measured by it. Texts with the same set of shingles are one text
here; segments are gone through one by one, and in blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from naskh.arrays import HALF, LOW, Float64, Int64, UInt32, UInt64, group_bounds, look_up, ranges, sorted_distinct
from naskh.index.segment import Segment
from naskh.matching.corpus import Corpus
from naskh.matching.pair_candidates import Progress
from naskh.matching.pair_kernels import verify
from naskh.matching.sort_kernels import set_digests, sorted_sets

#: Paragraphs that are joined at a time: if each is like each of 1,000 articles, two million pairs, in some 0.5 GB.
BLOCK = 1 << 11
#: Postings that are counted at a time (8 bytes each, and some copies), unless one paragraph alone has more.
_HITS = 1 << 22


class Sets(NamedTuple):
    """Sets of shingles, each sorted: `values` are those of all, one set after the other, delimited by `ends`."""

    values: UInt32
    ends: Int64

    @property
    def sizes(self) -> Int64:
        """Shingles in each set."""
        return np.diff(self.ends)


class SegmentSets:
    """The sets of a segment's paragraphs, by row."""

    def __init__(self, segment: Segment) -> None:
        article = segment.paragraph_article.astype(np.int64)
        self._shingles = segment.shingles
        self._starts = segment.bounds[article] + segment.paragraph_column("first_shingle")
        self._counts = segment.paragraph_column("shingles")

    def of(self, rows: Int64) -> Sets:
        """The sets of some paragraph rows."""
        counts = self._counts[rows]
        values = np.empty(int(counts.sum()), np.uint32)
        ends = np.empty(len(rows) + 1, np.int64)
        gaps = np.zeros((len(rows), 2), np.int64)
        sorted_sets(self._shingles, self._starts[rows], counts, gaps, values, ends)
        return Sets(values[: ends[-1]], ends)


class Paragraphs(NamedTuple):
    """All live paragraphs that have a signature, in the order of (article id, number), and their distinct texts.

    Nothing here but `segment` and `row` depends on the order of arrival.
    """

    #: (p,) the article's number in the `Corpus`, and the paragraph's own in the article.
    article: Int64
    number: Int64
    #: (p,) where each is stored.
    segment: Int64
    row: Int64
    #: (p,) which distinct text each is.
    text: Int64
    #: (t,) of each distinct text a digest, by which they are sorted, and the first paragraph.
    digests: UInt64
    first: Int64


def all_paragraphs(corpus: Corpus, progress: Progress) -> Paragraphs:
    """Go through all segments once, and find which texts are the same."""
    empty = np.zeros(0, np.int64)
    columns: list[tuple[Int64, ...]] = [(empty, empty, empty, empty)]
    digests = [np.zeros(0, np.uint64)]
    for place, (segment, numbers) in enumerate(zip(corpus.snapshot.segments, corpus.numbers, strict=True)):
        article = numbers[segment.paragraph_article]
        rows = np.flatnonzero(article >= 0)
        number = segment.paragraph_column("number")
        columns.append((article[rows], number[rows], np.full(len(rows), place), rows))
        stored = SegmentSets(segment)
        for start in range(0, len(rows), BLOCK):
            sets = stored.of(rows[start : start + BLOCK])
            found = np.empty(len(sets.sizes), np.uint64)
            set_digests(sets.values, sets.ends, found)
            digests.append(found)
        progress((place + 1) / len(corpus.snapshot.segments))
    article, number, in_segment, row = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    order = np.lexsort((number, article))
    distinct, first, text = np.unique(np.concatenate(digests)[order], return_index=True, return_inverse=True)
    return Paragraphs(
        article[order], number[order], in_segment[order], row[order], text.astype(np.int64), distinct, first
    )


class Asked:
    """The distinct texts that are joined with all: their sets, an inverted index of these, and their band keys.

    Attributes:
        texts: (a,) which distinct texts of the `Paragraphs` they are, ascending.

    """

    def __init__(self, segments: list[Segment], paragraphs: Paragraphs, texts: Int64, bands: int) -> None:
        self.texts = texts
        self.keys = np.zeros((bands, len(texts)), np.uint32)
        parts = [Sets(np.zeros(0, np.uint32), np.zeros(1, np.int64))]
        homes = paragraphs.segment[paragraphs.first[texts]]
        order = np.argsort(homes, kind="stable")
        for place, segment in enumerate(segments):
            own = order[homes[order] == place]
            rows = paragraphs.row[paragraphs.first[texts[own]]]
            parts.append(SegmentSets(segment).of(rows))
            self.keys[:, own] = _band_keys(segment, rows)
        values = np.concatenate([part.values for part in parts])
        sizes = np.concatenate([part.sizes for part in parts])
        starts = np.empty(len(texts), np.int64)
        starts[order] = np.cumsum(sizes) - sizes
        counts = np.empty(len(texts), np.int64)
        counts[order] = sizes
        self.sets = Sets(values[ranges(starts, counts)], np.append(0, np.cumsum(counts)))
        holders = np.repeat(np.arange(len(texts), dtype=np.uint64), counts)
        postings = sorted_distinct([self.sets.values.astype(np.uint64) << HALF | holders])
        self._bounds = group_bounds(postings >> HALF)
        self._shingles = (postings[self._bounds[:-1]] >> HALF).astype(np.uint32)
        self._holders = postings & LOW

    def exact_pairs(self, sets: Sets, floor: float) -> tuple[UInt64, Int64]:
        """All pairs of one of some sets with an asked text at a Jaccard of `floor` or above.

        Returns:
            (set << 32 | asked text) of each, sorted, and how many shingles they share.

        """
        place, is_known = look_up(self._shingles, sets.values)
        known = np.flatnonzero(is_known)
        place = place[known]
        held = np.diff(self._bounds)[place]
        # The first of the `known` of each set, and the postings before it.
        begins = np.searchsorted(known, sets.ends)
        before = np.append(0, np.cumsum(held))[begins]
        owner = np.repeat(np.arange(len(sets.sizes), dtype=np.uint64), np.diff(begins))
        pairs, counts = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
        one = 0
        while one < len(sets.sizes):
            end = max(int(np.searchsorted(before, before[one] + _HITS, "right")) - 1, one + 1)
            hits = slice(begins[one], begins[end])
            holders = self._holders[ranges(self._bounds[place[hits]], held[hits])]
            packed = np.repeat(owner[hits] << HALF, held[hits]) | holders
            packed.sort()
            bounds = group_bounds(packed)
            found, shared = packed[bounds[:-1]], np.diff(bounds)
            keep = self.jaccard(found, shared, sets) >= floor
            pairs.append(found[keep])
            counts.append(shared[keep])
            one = end
        return np.concatenate(pairs), np.concatenate(counts)

    def band_pairs(self, segment: Segment, wanted: Int64) -> UInt64:
        """All pairs of one of some paragraph rows with an asked text that share a band key.

        Args:
            segment: where the paragraphs are.
            wanted: their rows, ascending.

        Returns:
            (index in `wanted` << 32 | asked text), sorted and distinct.

        """
        index = np.full(segment.entry.paragraphs, -1, np.int64)
        index[wanted] = np.arange(len(wanted))
        found = [np.zeros(0, np.uint64)]
        for band, keys in enumerate(self.keys):
            sorted_keys, rows = segment.bands.entries(band)
            starts = np.searchsorted(sorted_keys, keys, "left")
            counts = np.searchsorted(sorted_keys, keys, "right") - starts
            one = index[rows[ranges(starts, counts)]]
            other = np.repeat(np.arange(len(keys), dtype=np.uint64), counts)
            own = one >= 0
            found.append(one[own].astype(np.uint64) << HALF | other[own])
            if sum(map(len, found)) > _HITS:
                found = [sorted_distinct(found)]
        return sorted_distinct(found)

    def verified(self, candidates: UInt64, sets: Sets, floor: float) -> tuple[UInt64, Int64]:
        """The candidates at `floor` or above, by the kernel that `naskh pairs` goes by, and what they share."""
        both = Sets(
            np.concatenate([sets.values, self.sets.values]),
            np.append(sets.ends, sets.ends[-1] + self.sets.ends[1:]),
        )
        shared = np.empty(len(candidates), np.int64)
        verify(candidates + np.uint64(len(sets.sizes)), both.values, both.ends[:-1], both.sizes, floor, 2.0, shared)
        keep = self.jaccard(candidates, shared, sets) >= floor
        return candidates[keep], shared[keep]

    def jaccard(self, pairs: UInt64, shared: Int64, sets: Sets) -> Float64:
        """The exact Jaccard of pairs of one of some sets and an asked text."""
        sizes = sets.sizes[(pairs >> HALF).astype(np.int64)] + self.sets.sizes[(pairs & LOW).astype(np.int64)]
        return shared / (sizes - shared)


def blocks(
    corpus: Corpus, paragraphs: Paragraphs, asked: Asked, progress: Progress
) -> Iterator[tuple[Int64, Sets, UInt64]]:
    """All distinct texts, each once, some at a time: which they are, their sets, and the candidates of the bands.

    The candidates are pairs (index in the block << 32 | asked text).
    """
    homes = paragraphs.segment[paragraphs.first]
    done = 0
    for place, segment in enumerate(corpus.snapshot.segments):
        texts = np.flatnonzero(homes == place)
        texts = texts[np.argsort(paragraphs.row[paragraphs.first[texts]])]
        rows = paragraphs.row[paragraphs.first[texts]]
        candidates = asked.band_pairs(segment, rows)
        stored = SegmentSets(segment)
        for start in range(0, len(texts), BLOCK):
            end = min(start + BLOCK, len(texts))
            first, last = np.searchsorted(candidates, np.array([start, end], np.uint64) << HALF)
            own = candidates[first:last] - (np.uint64(start) << HALF)
            yield texts[start:end], stored.of(rows[start:end]), own
            done += end - start
            progress(done / len(homes))


def _band_keys(segment: Segment, rows: Int64) -> UInt32:
    """The band keys of some paragraphs: (bands, rows). They are stored by key, so all are looked through."""
    index = np.full(segment.entry.paragraphs, -1, np.int64)
    index[rows] = np.arange(len(rows))
    keys = np.zeros((segment.bands.lists, len(rows)), np.uint32)
    for band in range(segment.bands.lists):
        sorted_keys, holders = segment.bands.entries(band)
        place = index[holders]
        wanted = place >= 0
        keys[band, place[wanted]] = sorted_keys[wanted]
    return keys
