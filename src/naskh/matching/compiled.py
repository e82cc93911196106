"""The engine of a process that answers many queries: kernels, on all segments at once.

It gives what `naskh.matching.query.Engine` gives. Importing it loads numba, as long as dozens of queries take.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np

from naskh.arrays import Bool, Int64, NDArray, UInt8, UInt32
from naskh.article import Article
from naskh.index.files import column
from naskh.index.postings import Postings
from naskh.index.segment import hash_ids
from naskh.index.snapshot import Place
from naskh.matching import candidate_kernels as kernels
from naskh.matching.align_kernels import PLACE_BITS, text_places
from naskh.matching.known_kernels import known_of
from naskh.matching.query import Engine
from naskh.matching.recurrence import day_of
from naskh.matching.sharing import MIN_CONTAINMENT, MIN_SHARED, Sharing
from naskh.matching.sharing_kernels import share_with
from naskh.matching.stored import Stored, StoredSegment
from naskh.matching.subject import Subject, subject_of
from naskh.matching.weighing import Weighed
from naskh.matching.weighing_kernels import weigh_all
from naskh.settings import Settings
from naskh.sketch.batch import BatchSketch, sketcher
from naskh.sketch.places import Known, PlacedWords, spans
from naskh.sketch.reference import ArticleSketch
from naskh.sketch.span_kernels import NO_EDGES
from naskh.text.analysis import Words

_NEVER = 1 << 62
#: Candidates that make it worth while to have another thread: a quarter of a millisecond.
_PART = 256
_NONE = np.zeros(0, np.uint32)


class CompiledEngine(Engine):
    """Kernels over a table of addresses. Threads may share it."""

    is_compiled = True

    def __init__(self, stored: Stored) -> None:
        super().__init__(stored)
        numbers = range(len(stored.snapshot.segments))
        self._held: list[NDArray[np.generic]] = []  # what the addresses point to
        rows = [self._addresses(stored.segment(number)) for number in numbers]
        self._segments = np.array(rows, np.int64).reshape(-1, kernels.COLUMNS)
        self._most = int(self._segments[:, kernels.ARTICLES].max(initial=0))
        counts = (np.diff(segment.bounds).max(initial=0) for segment in stored.snapshot.segments)
        self._longest = max(map(int, counts), default=0)
        self._scratch = threading.local()
        self._workers = os.cpu_count() or 1

    def subjects(self, articles: Sequence[Article]) -> Iterator[Subject]:
        """Many of them, sketched at once."""
        settings = self.stored.snapshot.manifest.settings
        try:
            sketch = sketcher(settings).sketch_texts([article.text for article in articles])
        except UnicodeEncodeError:  # a lone surrogate, in what was never a file
            yield from (subject_of(article, settings) for article in articles)
            return
        ends = np.searchsorted(sketch.paragraphs[:, 0], np.arange(len(articles) + 1)).tolist()
        for i, article in enumerate(articles):
            yield _subject(article, sketch, i, slice(ends[i], ends[i + 1]), settings)

    def share(self, subject: Subject, min_containment: float) -> tuple[Sharing, Int64]:
        """See `naskh.matching.query.Engine.share`."""
        min_shared = MIN_SHARED if min_containment <= MIN_CONTAINMENT else _NEVER
        if not len(subject.own):
            return _nothing(), np.zeros(0, np.int64)
        candidates = kernels.all_candidates(
            self._segments,
            subject.own,
            _own_keys(subject.sketch),
            self._itself(subject.article.id),
            self._counters(),
        )
        floor = float(min_containment), min_shared
        parts = min(self._workers, len(candidates) // _PART + 1)
        edges = [len(candidates) * part // parts for part in range(parts + 1)]

        def share_part(part: int) -> Any:
            mine = candidates[edges[part] : edges[part + 1]]
            return share_with(self._segments, mine, subject.own, subject.text, floor)

        others = [self._pool.submit(share_part, part) for part in range(1, parts)]
        found = [share_part(0), *(other.result() for other in others)]
        if parts == 1:
            return Sharing(*found[0][:5]), found[0][5]
        segments, rows, ends, hits, in_rows, sizes = zip(*found, strict=True)
        counts = np.concatenate([np.diff(each) for each in ends])
        joined = (np.concatenate(each) for each in (segments, rows, hits, in_rows))
        segment, row, hit, in_row = joined
        return Sharing(segment, row, np.append(0, np.cumsum(counts)), hit, in_row), np.concatenate(sizes)

    def weigh(self, subject: Subject, sharing: Sharing, chosen: Int64, turned: Bool) -> Weighed:
        """See `naskh.matching.query.Engine.weigh`."""
        if not len(chosen) or max(self._longest, len(subject.sketch.shingles)) >= 1 << PLACE_BITS:
            return super().weigh(subject, sharing, chosen, turned)
        article, sketch, count = subject.article, subject.sketch, len(chosen)
        distinctive, boilerplate = np.empty(count, np.float64), np.empty(count, np.int64)
        frames = np.empty((count, 4), np.int64)
        outlet = self.stored.outlet_code(article.outlet)
        ends, runs, similarity = weigh_all(
            self._segments, sharing.segments, sharing.rows, (sharing.ends, sharing.hits, sharing.in_rows), chosen,
            turned, (sketch.shingles, *sketch.dateline), subject.own,
            (day_of(article.date), outlet, self.stored.outlet_codes), subject.size,
            (distinctive, boilerplate, frames),
        )  # fmt: skip
        return Weighed(distinctive, boilerplate, frames, ends, runs, similarity)

    def words(self, place: Place, size: int) -> Words | None:  # noqa: ARG002
        """See `naskh.matching.query.Engine.words`."""
        text = self.stored.segment(place.segment).text(place.row)
        return None if text is None else PlacedWords(self.stored.snapshot.manifest.settings, text)

    def spans(self, subject: Subject, places: list[Place], weighed: Weighed) -> tuple[Int64, Int64]:
        """See `naskh.matching.query.Engine.spans`."""
        if not isinstance(subject.analysis, PlacedWords):  # a text that is not valid Unicode
            return super().spans(subject, places, weighed)
        texts: list[bytes] = [subject.analysis.packed]
        asked = np.full((len(places), 2), -1, np.int64)
        for i in np.flatnonzero(np.diff(weighed.ends)).tolist():
            asked[i] = place = places[i]
            text = self.stored.segment(place.segment).packed(place.row)
            assert text is not None  # noqa: S101 - spans are asked for where texts are stored
            texts.append(text)
        stretches = np.concatenate([weighed.runs[:, :2], weighed.runs[:, 2:]])
        stretches[:, 1] += subject.size
        given = asked[asked[:, 0] >= 0]
        ends = np.append(len(weighed.runs), len(weighed.runs) + weighed.ends[1:][asked[:, 0] >= 0])
        known = Known(*known_of(self._segments, given, subject.size, *_known(subject)))
        found = spans(self.stored.snapshot.manifest.settings, texts, known, stretches, np.concatenate([[0], ends]))
        here, there = np.split(found, 2)
        return here, there

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        """Threads that help with a query of many candidates."""
        return ThreadPoolExecutor(max(self._workers - 1, 1), "naskh-query")

    def _itself(self, article_id: str) -> tuple[int, int]:
        """Where the live article of an id is; -1 for none."""
        found = np.empty((8, 2), np.int64)
        count = kernels.find_ids(self._segments, hash_ids([article_id])[0], found)
        for number, row in found[:count].tolist():
            if self.stored.segment(number).article_id(row) == article_id:
                return number, row
        return -1, -1

    def _counters(self) -> tuple[UInt8, Int64]:
        """Counts of a thread's own, zeros before and after each use."""
        if not hasattr(self._scratch, "counters"):
            self._scratch.counters = np.zeros(self._most, np.uint8), np.empty(self._most, np.int64)
        counters: tuple[UInt8, Int64] = self._scratch.counters
        return counters

    def _addresses(self, known: StoredSegment) -> list[int]:
        """A row of the table, in the order of the columns of `naskh.matching.candidate_kernels`."""
        segment = known.segment
        ids, id_articles = segment.id_table
        return [
            *self._postings(segment.bands),
            *self._postings(segment.frac),
            *(
                self._address(array)
                for array in (
                    segment.paragraph_article, segment.bounds, segment.shingles, *segment.datelines, segment.deleted
                )
            ),
            len(segment.deleted),
            segment.entry.articles,
            self._address(ids),
            self._address(id_articles),
            len(ids),
            self._address(known.days),
            self._address(known.outlets),
            *(self._address(column(segment.paragraphs, name)) for name in ("number", "first_shingle", "shingles")),
            segment.entry.paragraphs,
        ]  # fmt: skip

    def _postings(self, postings: Postings) -> list[int]:
        arrays = [self._address(array) for array in (postings.table, postings.rest, postings.rows)]
        wide = [int(array.itemsize == 4) for array in (postings.rest, postings.rows)]
        return [*arrays, postings.buckets, postings.rest_bits, *wide]

    def _address(self, array: NDArray[np.generic]) -> int:
        assert array.flags.c_contiguous  # noqa: S101 - all are columns of mapped files
        self._held.append(array)
        return int(array.ctypes.data)


def _subject(article: Article, sketch: BatchSketch, i: int, rows: slice, settings: Settings) -> Subject:
    """One article of a batch."""
    shingles = sketch.shingles[sketch.shingle_offsets[i] : sketch.shingle_offsets[i + 1]]
    first, end = sketch.datelines[i].tolist()
    _, numbers, firsts, counts = sketch.paragraphs[rows].T
    own = ArticleSketch(
        shingles=shingles,
        dateline=(first, end),
        paragraph_numbers=numbers,
        first_shingle=firsts,
        shingle_count=counts,
        signatures=np.zeros((0, 0), np.uint32),
        band_keys=sketch.band_keys[rows],
        frac=_NONE,
    )
    distinct, _, text, *_ = text_places(own.evidence)
    return Subject(article, own, distinct, text, PlacedWords(settings, article.text), settings.shingle_words)


def _known(subject: Subject) -> tuple[Int64, Int64]:
    """`own_facts` and `own_paragraphs` of `known_of`."""
    sketch = subject.sketch
    first, end = sketch.dateline
    edge = NO_EDGES if end > first else 0
    facts = np.array([sketch.shingles.ctypes.data, len(sketch.shingles), first, end, edge, edge], np.int64)
    words = sketch.shingle_count + subject.size - 1
    return facts, np.stack([sketch.paragraph_numbers, sketch.first_shingle, words], axis=1)


def _own_keys(sketch: ArticleSketch) -> UInt32:
    """The band keys of the paragraphs that are not all dateline."""
    first, end = sketch.dateline
    last = sketch.first_shingle + sketch.shingle_count - 1
    return sketch.band_keys[(sketch.first_shingle < first) | (last >= end)]


def _nothing() -> Sharing:
    none = np.zeros(0, np.int64)
    return Sharing(none, none, np.zeros(1, np.int64), none, np.zeros(0, np.bool_))
