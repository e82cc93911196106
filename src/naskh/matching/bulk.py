"""The engine of queries by the thousand: a batch of them is answered as a whole, in arrays.

Its answers are those of `naskh.matching.query`, query by query. An article that many of them match is read once,
and nothing is made an object of Python on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from naskh.arrays import HALF, LOW, Float64, Int8, Int32, Int64, UInt32, UInt64
from naskh.article import Article
from naskh.index.files import column
from naskh.index.segment import hash_ids
from naskh.matching import bulk_candidate_kernels as candidate_kernels
from naskh.matching import bulk_match_kernels as kernels
from naskh.matching import bulk_scan_kernels as scan_kernels
from naskh.matching.align_kernels import PLACE_BITS
from naskh.matching.bulk_columns import Columns, Queries
from naskh.matching.bulk_texts import Blocks, Packed, Side, changed_numbers, packed, spans_of, speech
from naskh.matching.recurrence import UNDATED
from naskh.matching.relations import Figures, needs_numbers, needs_speech, relations_of
from naskh.matching.sharing import MIN_CONTAINMENT, MIN_SHARED
from naskh.matching.stored import Stored
from naskh.matching.weigh_kernels import LONGEST, SHARED_WORDS, SUBSTITUTED, SUBSTITUTIONS
from naskh.sketch.batch import BatchSketch, sketcher

_NEVER = 1 << 62


class Found(NamedTuple):
    """What a batch of queries found.

    Attributes:
        table: (m, COLUMNS) int64, see `naskh.matching.bulk_match_kernels`; ARTICLE is a number of `Columns`.
        measures: (m, 3) float64: containment, containment in the match, Jaccard.
        relations: (m,) int8, into `naskh.matching.relation.ORDER`.
        match_ends: (queries + 1,) int64: the matches of query q are ``order[match_ends[q] : match_ends[q + 1]]``.
        order: (m,) int64, rows of the others, those of one query after the other, the best first.
        here: (r, 4) int64, where the passages stand in the query, see `naskh.matching.bulk_texts.spans_of`.
        there: (r, 4) int64, and in the match.
        similarity: (r,) float64, of the passages.

    """

    table: Int64
    measures: Float64
    relations: Int8
    match_ends: Int64
    order: Int64
    here: Int64
    there: Int64
    similarity: Float64


class _Sketched(NamedTuple):
    """Queries with their distinct shingles, see `naskh.matching.bulk_candidate_kernels.own_shingles`."""

    queries: Queries
    sketch: BatchSketch
    distinct: UInt32
    own: Int32
    counts: Int64
    text: Int32


class BulkEngine:
    """Answers batches of queries on a snapshot. Threads may share it."""

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.columns = Columns(stored)
        self._blocks = Blocks()
        self._settings = stored.snapshot.manifest.settings
        segments = stored.snapshot.segments
        self._frac = [self.columns.postings(segment.frac) for segment in segments]
        self._bands = [self.columns.postings(segment.bands) for segment in segments]
        self._paragraph_articles = [self.columns.address(segment.paragraph_article) for segment in segments]
        self._is_able = int(self.columns.counts.max(initial=0)) < 1 << PLACE_BITS
        self._largest = max((segment.entry.articles for segment in segments), default=0)

    def takes(self, articles: Sequence[Article]) -> bool:
        """Whether no text, stored or looked for, is too long for the kernels."""
        return self._is_able and max((len(article.text) for article in articles), default=0) < 1 << PLACE_BITS

    def answer(self, queries: Queries, min_containment: float) -> Found:
        """What `naskh.matching.query.query` finds for each."""
        asked = self._sketched(queries)
        table, distinctive, runs, similarity = self._matches(asked, min_containment)
        articles, article = np.unique(table[:, kernels.ARTICLE], return_inverse=True)
        figures, measures = self._figures(asked, table, distinctive)
        here = there = np.zeros((0, 4), np.int64)
        if self._settings.store_text:
            texts = self._texts(asked, articles)
            self._read(asked, table, figures, texts, article)
            here, there = self._spans(texts, table, article, runs)
        else:
            table[:, kernels.PASSAGES] = 0
        relations = relations_of(figures)
        order = self._order(table, measures, relations, articles, article)
        match_ends = np.searchsorted(table[:, kernels.QUERY], np.arange(len(queries) + 1))
        return Found(table, measures, relations, match_ends, order, here, there, similarity)

    def _sketched(self, queries: Queries) -> _Sketched:
        sketch = sketcher(self._settings).sketch(queries.texts, queries.text_ends)
        owners = np.repeat(np.arange(len(queries), dtype=np.int32), np.diff(sketch.shingle_offsets))
        shingles = sketch.shingles.astype(np.uint64) << HALF | np.arange(len(owners), dtype=np.uint64)
        shingles.sort()
        distinct, own = np.empty(len(owners), np.uint32), np.empty(len(owners), np.int32)
        counts, text = np.zeros(len(queries), np.int64), np.empty(len(owners), np.int32)
        found = candidate_kernels.own_shingles(
            shingles, owners, sketch.shingle_offsets, sketch.datelines, distinct, own, counts, text
        )
        return _Sketched(queries, sketch, distinct[:found], own, counts, text)

    def _candidates(self, asked: _Sketched) -> UInt64:
        """(query << 32 | article) of all candidates, in any order."""
        paragraphs, count = asked.sketch.paragraphs, len(asked.queries)
        first, end = asked.sketch.datelines[paragraphs[:, 0]].T
        kept = np.flatnonzero((paragraphs[:, 2] < first) | (paragraphs[:, 2:].sum(axis=1) - 1 >= end))
        keys = asked.sketch.band_keys[kept]
        by_key = np.ascontiguousarray(keys.T).astype(np.uint64) << HALF | np.arange(len(keys), dtype=np.uint64)
        by_key.sort(axis=1)
        paragraph_ends = np.searchsorted(paragraphs[kept, 0], np.arange(count + 1))
        own = asked.sketch.shingle_offsets, asked.own, asked.counts, paragraph_ends
        itself = self._itself(asked.queries)
        ranges = np.empty((len(asked.distinct), 2), np.uint32)
        band_ranges = np.empty((*keys.shape, 2), np.uint32)
        scratch = np.zeros(self._largest, np.uint32), np.empty(self._largest, np.int64)
        pairs, found = np.empty(1 << 14, np.uint64), 0
        columns = self.columns
        for number, (frac, bands) in enumerate(zip(self._frac, self._bands, strict=True)):
            candidate_kernels.shingle_ranges(frac, asked.distinct, ranges)
            candidate_kernels.band_ranges(bands, by_key, band_ranges)
            pairs, found = candidate_kernels.candidates(
                own, (frac, ranges), (bands, band_ranges), self._paragraph_articles[number],
                (int(columns.first[number]), columns.counts, columns.is_live), itself, scratch, pairs, found,
            )  # fmt: skip
        return pairs[:found]

    def _itself(self, queries: Queries) -> Int64:
        """The stored article of each query's id; -1 for none."""
        hashes = hash_ids(queries.ids)
        found = np.full(len(queries), -1, np.int64)
        for number, segment in enumerate(self.stored.snapshot.segments):
            places, rows = segment.find(hashes)
            known = self.stored.segment(number)
            for place, row in zip(places.tolist(), rows.tolist(), strict=True):
                if known.article_id(row) == queries.ids[place]:
                    found[place] = self.columns.first[number] + row
        return found

    def _matches(self, asked: _Sketched, min_containment: float) -> tuple[Int64, Float64, Int64, Float64]:
        """What `naskh.matching.bulk_match_kernels.answer` gives, with articles by number."""
        pairs = self._candidates(asked)
        columns, queries, sketch = self.columns, asked.queries, asked.sketch
        articles = (pairs & LOW).astype(np.int64)
        looked_at = np.zeros(len(columns.counts), np.bool_)
        looked_at[articles] = True
        chosen = np.flatnonzero(looked_at)
        chosen = chosen[np.argsort(columns.days[chosen], kind="stable")]
        place = np.empty(len(columns.counts), np.uint64)
        place[chosen] = np.arange(len(chosen), dtype=np.uint64)
        pairs = pairs >> HALF << HALF | place[articles]
        pairs.sort()
        ends = np.searchsorted(pairs >> HALF, np.arange(len(queries) + 1, dtype=np.uint64))
        starts, counts, gaps, sizes = (
            values[chosen] for values in (columns.starts, columns.counts, columns.gaps, columns.sizes)
        )
        scan_kernels.distinct_sizes(starts, counts, gaps, sizes)
        columns.sizes[chosen] = sizes
        hits = scan_kernels.scan(scan_kernels.table_of(asked.distinct), starts, counts)
        table, *others = kernels.answer(
            (
                sketch.shingles, sketch.shingle_offsets, sketch.datelines, asked.own, asked.counts, asked.text,
                queries.days, queries.outlets, queries.id_places,
            ),
            (starts, counts, gaps, sizes, columns.days[chosen], columns.outlets[chosen], columns.ids[chosen]),
            hits, scan_kernels.invert(hits, gaps, len(asked.distinct)), (ends, (pairs & LOW).astype(np.int32)),
            (float(min_containment), MIN_SHARED if min_containment <= MIN_CONTAINMENT else _NEVER),
            self._settings.shingle_words, self.stored.outlet_codes,
        )  # fmt: skip
        table[:, kernels.ARTICLE] = chosen[table[:, kernels.ARTICLE]]
        return table, *others

    def _figures(self, asked: _Sketched, table: Int64, distinctive: Float64) -> tuple[Figures, Float64]:
        """The evidence on each match but for what only the texts tell, and its measures."""
        columns, queries = self.columns, asked.queries
        query, article, shared = (table[:, column] for column in (kernels.QUERY, kernels.ARTICLE, kernels.SHARED))
        is_turned = table[:, kernels.TURNED] == 1
        own, theirs = asked.counts[query], columns.sizes[article]
        gaps = asked.sketch.datelines
        positions = (np.diff(asked.sketch.shingle_offsets) - (gaps[:, 1] - gaps[:, 0]))[query]
        their_gaps = columns.gaps[article]
        their_positions = columns.counts[article] - (their_gaps[:, 1] - their_gaps[:, 0])
        shorter = np.where(is_turned, their_positions, positions)
        days, their_days = queries.days[query], columns.days[article]
        outlets, their_outlets = queries.outlets[query], columns.outlets[article]
        measures = np.stack([shared / own, shared / theirs, shared / (own + theirs - shared)], axis=1)
        frame = table[:, kernels.FRAME :]
        unknown = np.full(len(table), -1)
        dated, known = (days != UNDATED) & (their_days != UNDATED), (outlets >= 0) & (their_outlets >= 0)
        figures = Figures(
            shared=shared,
            distinctive=distinctive,
            boilerplate=table[:, kernels.BOILERPLATE],
            containment=np.where(is_turned, measures[:, 1], measures[:, 0]),
            words=np.where(shorter > 0, shorter + self._settings.shingle_words - 1, 0),
            shared_words=frame[:, SHARED_WORDS],
            longest=frame[:, LONGEST],
            substitutions=frame[:, SUBSTITUTIONS],
            substituted_words=frame[:, SUBSTITUTED],
            days_apart=np.where(dated, np.abs(days - their_days), -1),
            same_outlet=np.where(known, outlets == their_outlets, -1),
            numbers_kept=unknown,
            numbers_changed=unknown.copy(),
            speech=np.full(len(table), np.nan),
        )
        return figures, measures

    def _texts(self, asked: _Sketched, articles: Int64) -> tuple[Packed, Packed]:
        """The texts of all queries, and those of the articles that they match."""
        columns, sketch, queries = self.columns, asked.sketch, asked.queries
        own = packed(
            queries.texts, queries.text_ends, sketch.word_counts, sketch.datelines[:, 1] > sketch.datelines[:, 0]
        )
        places, words = np.empty((len(articles), 2), np.int64), np.empty(len(articles), np.int64)
        held: list[Any] = []
        for number, own_places, rows in columns.segments_of(articles):
            segment = self.stored.snapshot.segments[number]
            places[own_places], blocks = self._blocks.read(number, segment, rows)
            words[own_places] = column(segment.articles, "words")[rows]
            held += blocks
        gaps = columns.gaps[articles]
        return own, Packed(places, words, gaps[:, 1] > gaps[:, 0], held)

    def _read(
        self, asked: _Sketched, table: Int64, figures: Figures, texts: tuple[Packed, Packed], article: Int64
    ) -> None:
        """Complete the figures where the relation may depend on what only the texts tell."""
        columns, sketch, settings = self.columns, asked.sketch, self._settings

        def sides(row: int) -> tuple[tuple[int, Side], tuple[int, Side]]:
            query, number = int(table[row, kernels.QUERY]), int(table[row, kernels.ARTICLE])
            first, end = sketch.shingle_offsets[query : query + 2].tolist()
            start = sketch.shingles.ctypes.data + 4 * first
            gap, their_gap = sketch.datelines[query].tolist(), columns.gaps[number].tolist()
            one = 0, Side(query, (start, end - first, gap[0], gap[1]))
            theirs = int(columns.starts[number]), int(columns.counts[number]), their_gap[0], their_gap[1]
            other = 1, Side(int(article[row]), theirs)
            return (other, one) if table[row, kernels.TURNED] else (one, other)

        rows = np.flatnonzero(needs_numbers(figures))
        of_rows = [sides(row) for row in rows.tolist()]
        for which, of_which in enumerate(texts):
            here = [i for i, ((shorter, _), _) in enumerate(of_rows) if shorter == which]
            pairs = [(of_rows[i][0][1], of_rows[i][1][1]) for i in here]
            counts = changed_numbers(of_which, pairs, settings)
            figures.numbers_kept[rows[here]], figures.numbers_changed[rows[here]] = counts.T
        for row in np.flatnonzero(needs_speech(figures)).tolist():
            shorter, longer = ((side, texts[which].text(side.text)) for which, side in sides(row))
            figures.speech[row] = speech(shorter, longer, settings)

    def _spans(
        self, texts: tuple[Packed, Packed], table: Int64, article: Int64, runs: Int64
    ) -> tuple[Int64, Int64]:
        """Where the passages stand, in the queries and in the matches."""
        passages = np.diff(table[:, kernels.PASSAGES], prepend=0)
        runs = runs.copy()
        runs[:, 1::2] += self._settings.shingle_words
        own = np.repeat(table[:, kernels.QUERY], passages)
        here = spans_of(texts[0], own, np.ascontiguousarray(runs[:, :2]), self._settings)
        theirs = np.repeat(article, passages)
        return here, spans_of(texts[1], theirs, np.ascontiguousarray(runs[:, 2:]), self._settings)

    def _order(self, table: Int64, measures: Float64, relations: Int8, articles: Int64, article: Int64) -> Int64:
        """The matches of each query, the best first; see `naskh.matching.query`."""
        rank = self.columns.ranks(articles)
        most = np.maximum(measures[:, 0], measures[:, 1])
        order: Int64 = np.lexsort((rank[article], -measures[:, 2], -most, relations, table[:, kernels.QUERY]))
        return order
