"""The evidence on many pairs of articles at once, for all pairs and families."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np

from naskh.arrays import HALF, LOW, Bool, Float64, Int64, UInt32, UInt64, group_bounds, ranges, ranks
from naskh.article import Evidence
from naskh.matching import weigh_kernels as kernels
from naskh.matching.corpus import Corpus, Items
from naskh.matching.evidence import Frame, Side, put_together, text_figures, words_of
from naskh.matching.measures import Overlap
from naskh.matching.recurrence import BOILERPLATE_ARTICLES, boilerplate, day_of
from naskh.matching.relation import turns_on_text
from naskh.text.analysis import analyse

#: Texts taken apart that are kept: pairs come by article, so most are used again soon.
_TEXTS = 4096


class PairWeigher:
    """Weighs pairs of the articles of a corpus."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._items = items = corpus.articles
        self._positions = corpus.layout.positions
        self._size = corpus.snapshot.manifest.settings.shingle_words
        self._days = np.array([day_of(value) for value in corpus.field("date")], np.int64)
        hashes, posting_ends, postings = _postings(items)
        self._outlets = corpus.field("outlet")
        stock = _boilerplate(posting_ends, postings, _codes(self._outlets), self._days)
        self._tables = (
            items.sets, items.set_ends, items.distinct_of, hashes, posting_ends, postings, stock
        )  # fmt: skip
        self._side = lru_cache(_TEXTS)(self._analysed_side)

    def weigh(self, first: Int64, second: Int64, shared: Int64, *, workers: int = 1) -> Iterator[Evidence]:
        """The evidence on pairs of articles, in their order.

        Args:
            first: (n,) numbers of articles.
            second: (n,) those of the others.
            shared: (n,) how many distinct shingles each pair shares.
            workers: threads.

        """
        sizes = self._items.sizes[self._items.distinct_of]
        positions = self._positions
        longer_text = (sizes[first] == sizes[second]) & (positions[first] > positions[second])
        turned = (sizes[first] > sizes[second]) | longer_text
        shorter, longer = np.where(turned, second, first), np.where(turned, first, second)
        distinctive, boilerplate = self._weigh_shared(first, second, workers)
        figures = np.empty((len(first), kernels.FIGURES), np.int64)

        def frame_part(part: slice) -> None:
            kernels.frames(
                shorter[part], longer[part], tuple(self._corpus.layout), self._corpus.shingles, *self._items,
                self._size, figures[part],
            )  # fmt: skip

        in_parts(frame_part, len(first), workers)
        for pair in range(len(first)):
            a, b = int(shorter[pair]), int(longer[pair])
            overlap = Overlap(int(sizes[a]), int(sizes[b]), int(shared[pair]))
            evidence = put_together(
                overlap,
                Frame(words_of(int(positions[a]), self._size), *figures[pair].tolist()),
                distinctive=float(distinctive[pair]),
                boilerplate=int(boilerplate[pair]),
                days=(int(self._days[a]), int(self._days[b])),
                outlets=(self._outlets[a], self._outlets[b]),
            )
            yield self._with_text(evidence, a, b) if turns_on_text(evidence) else evidence

    def _weigh_shared(self, first: Int64, second: Int64, workers: int) -> tuple[Float64, Int64]:
        order = np.lexsort((self._days[second], first))
        one, other = first[order], second[order]
        distinctive = np.empty(len(order), np.float64)
        boilerplate = np.empty(len(order), np.int64)

        def weigh_part(part: slice) -> None:
            kernels.weigh_shared(
                one[part], other[part], self._days, tuple(self._corpus.layout), self._corpus.shingles,
                self._tables, distinctive[part], boilerplate[part],
            )  # fmt: skip

        in_parts(weigh_part, len(order), workers)
        back = ranks(order)
        return distinctive[back], boilerplate[back]

    def _with_text(self, evidence: Evidence, a: int, b: int) -> Evidence:
        shared = np.intersect1d(self._set_of(a), self._set_of(b), assume_unique=True)
        return text_figures(evidence, self._side(a), self._side(b), shared, self._size)

    def _set_of(self, article: int) -> UInt32:
        distinct = self._items.distinct_of[article]
        return self._items.sets[self._items.set_ends[distinct] : self._items.set_ends[distinct + 1]]

    def _analysed_side(self, article: int) -> Side:
        segment, row = self._corpus.place(article)
        text = segment.text(row)
        analysis = None if text is None else analyse(text)
        return Side(segment.article_shingles(row), segment.dateline(row), analysis)


def in_parts(work: Callable[[slice], None], count: int, workers: int) -> None:
    """Have threads do the parts of some work on `count` rows; small ones, since rows differ in cost."""
    size = max(1, -(-count // (8 * workers)))
    parts = [slice(start, min(start + size, count)) for start in range(0, count, size)]
    with ThreadPoolExecutor(workers, thread_name_prefix="naskh-pairs") as pool:
        list(pool.map(work, parts))


def _postings(items: Items) -> tuple[UInt32, Int64, Int64]:
    """Which articles have each shingle: the shingles, sorted, and their postings one after the other."""
    sizes = items.sizes[items.distinct_of]
    article = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
    packed: UInt64 = items.sets[ranges(items.set_ends[items.distinct_of], sizes)].astype(np.uint64) << HALF
    packed |= article
    packed.sort()
    bounds = group_bounds(packed >> HALF)
    return (packed[bounds[:-1]] >> HALF).astype(np.uint32), bounds, (packed & LOW).astype(np.int64)


def _boilerplate(ends: Int64, postings: Int64, outlets: Int64, days: Int64) -> Bool:
    """Which shingles are boilerplate of one outlet; see `naskh.matching.recurrence.boilerplate`."""
    held = np.diff(ends)
    many = np.flatnonzero(held >= BOILERPLATE_ARTICLES)
    holders = postings[ranges(ends[many], held[many])]
    found = np.zeros(len(held), np.bool_)
    found[many] = boilerplate(
        np.repeat(np.arange(len(many)), held[many]), outlets[holders], days[holders], shingles=len(many)
    )
    return found


def _codes(outlets: list[str | None]) -> Int64:
    """A number for each outlet, -1 for none."""
    codes: dict[str, int] = {}
    return np.array(
        [-1 if outlet is None else codes.setdefault(outlet, len(codes)) for outlet in outlets], np.int64
    )
