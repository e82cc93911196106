"""The evidence on many pairs of articles at once, and their relations, for all pairs and families."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from naskh.arrays import Float64, Int8, Int32, Int64, UInt32, UInt64, ranks
from naskh.article import Evidence
from naskh.matching import weigh_kernels as kernels
from naskh.matching.corpus import Corpus, copy_scattered
from naskh.matching.evidence import Side, text_figures
from naskh.matching.numbers import changed_numbers
from naskh.matching.parts import in_parts
from naskh.matching.postings import Postings
from naskh.matching.recurrence import UNDATED
from naskh.matching.recurrence_kernels import MOST, NOTHING, weigh_shared
from naskh.matching.relations import Figures, needs_numbers, needs_speech, relations_of
from naskh.sketch.reference import without
from naskh.text.analysis import analyse

#: Texts taken apart that are kept: pairs come by article, so most are used again soon.
_TEXTS = 4096
#: Neighbouring shingles of which a thread remembers who has both, a power of 2 (884 bytes each).
_REMEMBERED = 1 << 14

_Scratch = tuple[UInt64, Int64, Int32, Int64, Int64]


class Texts(NamedTuple):
    """The shingles of the articles of some pairs, in text order, and those that others have too.

    Those of article ``a`` are ``shingles[starts[a] : starts[a] + counts[a]]``, of which [first, end) ``gaps[a]``
    touch its dateline. Others have ``known[known_starts[a] : known_starts[a] + known_counts[a]]``, see
    `naskh.matching.postings.Postings`; `order` says for each of `shingles` which of these it is, see
    `naskh.matching.weigh_kernels.text_order`. Articles of no pair are not there.
    """

    shingles: UInt32
    starts: Int64
    counts: Int64
    gaps: Int64
    known: Int32
    known_starts: Int64
    known_counts: Int64
    order: Int32


class Memory:
    """What threads remember of shingles that stand beside each other, see `naskh.matching.recurrence_kernels`.

    Args:
        articles: how many there are.

    """

    def __init__(self, articles: int) -> None:
        self._articles = articles
        self._free: list[_Scratch] = []

    @contextmanager
    def lent(self) -> Iterator[_Scratch]:
        """One thread's."""
        try:
            scratch = self._free.pop()
        except IndexError:
            scratch = (
                np.full(_REMEMBERED, NOTHING),
                np.zeros(_REMEMBERED + 1, np.int64),
                np.empty((_REMEMBERED + 1, MOST + 1), np.int32),
                np.zeros(self._articles, np.int64),
                np.zeros(1, np.int64),
            )
        yield scratch
        self._free.append(scratch)


class PairEvidence:
    """The evidence on pairs of articles of a corpus.

    Args:
        corpus: all articles.
        postings: of all articles: what else has a shingle decides how much it says.
        first: (n,) numbers of articles, those of one following each other.
        second: (n,) those of the others.
        shared: (n,) how many distinct shingles each pair shares.
        workers: threads.
        memory: what is remembered from one call to the next.
        texts: those of the articles, where they are known already.

    """

    def __init__(
        self,
        corpus: Corpus,
        postings: Postings,
        first: Int64,
        second: Int64,
        shared: Int64,
        *,
        workers: int = 1,
        memory: Memory | None = None,
        texts: Texts | None = None,
    ) -> None:
        self._corpus = corpus
        self._postings = postings
        self._workers = workers
        self._memory = Memory(len(corpus.ids)) if memory is None else memory
        self._first, self._second, self._shared = first, second, shared
        self._sizes = corpus.sizes
        self._size = corpus.snapshot.manifest.settings.shingle_words
        sizes, positions = self._sizes, corpus.layout.positions
        longer_text = (sizes[first] == sizes[second]) & (positions(first) > positions(second))
        turned = (sizes[first] > sizes[second]) | longer_text
        self._shorter, self._longer = np.where(turned, second, first), np.where(turned, first, second)
        articles = np.unique(np.concatenate([first, second]))
        self.texts = _texts(corpus, postings, articles, workers) if texts is None else texts
        self._side = lru_cache(_TEXTS)(partial(_side, corpus))

    @property
    def by_length(self) -> tuple[Int64, Int64]:
        """The articles with fewer distinct shingles, and the others: (n,) each."""
        return self._shorter, self._longer

    def relations(self) -> Int8:
        """The relation of each pair: (n,), into `naskh.matching.relation.ORDER`."""
        return self._relations(self.figures())

    def relations_with_bounds(self) -> tuple[Int8, Int8]:
        """The relation of each pair, and the strongest that it can have however rare what the two share becomes.

        No other relation than copy or partial comes of words that are nobody else's, and neither goes with them;
        so where the bound is weaker than partial, the pair is neither, whatever articles leave the corpus.
        """
        figures = self.figures()
        relations = self._relations(figures)
        return relations, relations_of(figures._replace(distinctive=self._shared.astype(np.float64)))

    def _relations(self, figures: Figures) -> Int8:
        rows = np.flatnonzero(needs_numbers(figures))
        figures.numbers_kept[rows], figures.numbers_changed[rows] = changed_numbers(
            self._corpus, self._shorter[rows], self._longer[rows], self.texts, workers=self._workers
        )
        for row in np.flatnonzero(needs_speech(figures)).tolist():
            speech = self.with_text(figures, row).speech
            figures.speech[row] = np.nan if speech is None else speech
        return relations_of(figures)

    def figures(self) -> Figures:
        """All figures but those that only the texts tell."""
        days, outlets = self._corpus.days, self._corpus.outlets
        positions = self._corpus.layout.positions(self._shorter)
        distinctive, stock = self._weighed()
        frames = self._frames()
        one, other = days[self._first].astype(np.int64), days[self._second].astype(np.int64)
        dated = (one != UNDATED) & (other != UNDATED)
        known = (outlets[self._first] >= 0) & (outlets[self._second] >= 0)
        unknown = np.full(len(self._first), -1)
        return Figures(
            shared=self._shared,
            distinctive=distinctive,
            boilerplate=stock,
            containment=self._shared / np.maximum(self._sizes[self._shorter], 1),
            words=np.where(positions > 0, positions + self._size - 1, 0),
            shared_words=frames[:, kernels.SHARED_WORDS],
            longest=frames[:, kernels.LONGEST],
            substitutions=frames[:, kernels.SUBSTITUTIONS],
            substituted_words=frames[:, kernels.SUBSTITUTED],
            days_apart=np.where(dated, np.abs(one - other), -1),
            same_outlet=np.where(known, outlets[self._first] == outlets[self._second], -1),
            numbers_kept=unknown,
            numbers_changed=unknown.copy(),
            speech=np.full(len(self._first), np.nan),
        )

    def with_text(self, figures: Figures, row: int) -> Evidence:
        """The evidence on one pair with what only the texts tell."""
        a, b = int(self._shorter[row]), int(self._longer[row])
        one, other = self._side(a), self._side(b)
        shared = np.intersect1d(without(one.shingles, one.dateline), without(other.shingles, other.dateline))
        return text_figures(figures.evidence(row), one, other, shared, self._size)

    def _weighed(self) -> tuple[Float64, Int64]:
        """The sum of the weights of what each pair shares, and how many shingles of it are boilerplate."""
        days = self._corpus.days.astype(np.int32, copy=False)  # half as much for the processor's cache
        of_one = np.cumsum(np.append(0, np.diff(self._first) != 0))  # pairs of one article follow each other
        order = np.lexsort((days[self._second], of_one[: len(self._first)]))
        one, other = self._first[order], self._second[order]
        distinctive = np.empty(len(order), np.float64)
        nothing = np.empty(len(order), np.int64)

        def weigh_part(part: slice) -> None:
            with self._memory.lent() as scratch:
                weigh_shared(
                    one[part], other[part], days, tuple(self.texts), self._postings[1:4], scratch,
                    distinctive[part], nothing[part],
                )  # fmt: skip

        in_parts(weigh_part, len(order), self._workers)
        back = ranks(order)
        return distinctive[back], nothing[back]

    def _frames(self) -> Int64:
        """How what each pair shares lies in the shorter article, see `naskh.matching.weigh_kernels.frames`."""
        order = np.argsort(self._shorter, kind="stable")
        one, other = self._shorter[order], self._longer[order]
        figures = np.empty((len(order), kernels.FIGURES), np.int64)

        def frame_part(part: slice) -> None:
            kernels.frames(one[part], other[part], tuple(self.texts), self._size, figures[part])

        in_parts(frame_part, len(order), self._workers)
        return figures[ranks(order)]


def _side(corpus: Corpus, article: int) -> Side:
    segment, row = corpus.place(article)
    text = segment.text(row)
    analysis = None if text is None else analyse(text)
    return Side(segment.article_shingles(row), segment.dateline(row), analysis)


def _texts(corpus: Corpus, postings: Postings, articles: Int64, workers: int) -> Texts:
    shingles, ends = corpus.texts(articles)
    starts, known_starts = np.zeros(len(corpus.ids), np.int64), np.zeros(len(corpus.ids), np.int64)
    starts[articles] = ends[:-1]
    known_counts = np.diff(postings.article_ends)
    known_ends = np.append(0, np.cumsum(known_counts[articles]))
    known_starts[articles] = known_ends[:-1]
    known = np.empty(known_ends[-1], np.int32)
    begins, counts = postings.article_ends[articles], known_counts[articles]
    copy_scattered(postings.shingles, begins, known_ends[:-1], counts, known, workers)
    order = np.empty(len(shingles), np.int32)
    layout = corpus.layout
    texts = Texts(shingles, starts, layout.counts, layout.gaps, known, known_starts, known_counts, order)

    def put_in_order(part: slice) -> None:
        kernels.text_orders(articles[part], tuple(texts), postings.hashes)

    in_parts(put_in_order, len(articles), workers)
    return texts
