"""Copies among articles, and which of them stay, until those that stay have no copies among them.

What is a copy depends on the corpus: a shared shingle says less the more other stories have it. With the copies
gone, fewer have it, and two articles that passed for the same formula turn out to be copies. So the pairs are
weighed again on the articles that stay, whose links are added, and the choice is made anew from all links, until
there are none to add. Links are never dropped, so this ends; what goes is always a copy of one that stays, since
the choice is made among all articles, and one that went for the sake of another that goes itself comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from naskh.arrays import HALF, Bool, Float64, Int8, Int64, UInt64, look_up
from naskh.cleaning.keep import by_preference, choose
from naskh.index.snapshot import Snapshot
from naskh.matching.comparison import MIN_CONTAINMENT
from naskh.matching.corpus import Corpus
from naskh.matching.pair_candidates import Progress
from naskh.matching.pairs import Alike, alike_articles, by_story, evidence_on
from naskh.matching.postings import Postings, thinned

#: The state of an index in which only some articles, (articles,) bool, are left.
View = Callable[[Bool], Snapshot]


class Links(NamedTuple):
    """Pairs of articles that are copies (or more, where asked for): numbers, measures, relations."""

    first: Int64
    second: Int64
    shared: Int64
    jaccard: Float64
    #: (n,) int8, into `naskh.matching.relation.ORDER`.
    relations: Int8


class Chosen(NamedTuple):
    """What stays of some articles, the links that decided it, and how many times all was weighed."""

    stays: Bool
    links: Links
    passes: int


class _Known:
    """The pairs that share enough: those that are links, and those that may become links.

    Args:
        corpus: all articles.
        postings: of these.
        order: see `choose_copies`, as the next two.
        widest: the weakest relation that links.
        least: the share of an article that must stand in the one before it.
        workers: threads.

    """

    def __init__(
        self, corpus: Corpus, postings: Postings, order: Int64, widest: int, least: float, workers: int
    ) -> None:
        self._corpus = corpus
        self._postings = postings
        self._order = order
        self._widest = widest
        self._least = least
        self._workers = workers
        none = np.zeros(0, np.int64)
        self._waiting = Alike(none, none, none, none.astype(np.float64))
        self.packed: UInt64 = np.zeros(0, np.uint64)
        self.links = Links(*self._waiting, none.astype(np.int8))

    def take_in(self, alike: Alike, kept: Bool | None, progress: Progress = lambda _: None) -> None:
        """Weigh pairs that were not known, on all articles, or on those kept."""
        self.packed = np.sort(np.concatenate([self.packed, _packed(alike)]))
        alike = _rows(alike, self._containments(alike) >= self._least)
        relations, bounds = self._relations(alike, kept, progress)
        self._link(alike, relations)
        left = (relations > self._widest) & (bounds <= self._widest)
        self._waiting = _joined(self._waiting, _rows(alike, left))

    def weigh_again(self, kept: Bool) -> None:
        """Weigh those that may become links on the articles that are kept."""
        alike = self._waiting
        relations, _ = self._relations(alike, kept, lambda _: None)
        self._link(alike, relations)
        self._waiting = _rows(alike, relations > self._widest)

    def _containments(self, alike: Alike) -> Float64:
        """The share of the one that would go which the one that would stay has."""
        _, goes = by_preference(alike.first, alike.second, self._order)
        return np.asarray(alike.shared / np.maximum(self._corpus.articles.of_articles[goes], 1))

    def _link(self, alike: Alike, relations: Int8) -> None:
        new = relations <= self._widest
        self.links = Links(
            *_joined(Alike(*self.links[:4]), _rows(alike, new)),
            np.concatenate([self.links.relations, relations[new]]),
        )

    def _relations(self, alike: Alike, kept: Bool | None, progress: Progress) -> tuple[Int8, Int8]:
        relations, bounds = np.empty(len(alike.first), np.int8), np.empty(len(alike.first), np.int8)
        if not len(alike.first):
            return relations, bounds
        postings = self._postings
        if kept is not None:
            postings = thinned(postings, self._corpus, kept, workers=self._workers)
        rows = by_story(alike, len(self._corpus.ids))
        done = 0
        for part, evidence in evidence_on(self._corpus, postings, alike, rows, workers=self._workers):
            relations[part], bounds[part] = evidence.relations_with_bounds()
            done += len(part)
            progress(done / len(rows))
        return relations, bounds


def choose_copies(
    corpus: Corpus,
    view: View,
    order: Int64,
    *,
    widest: int,
    least: float = 0.0,
    workers: int = 1,
    progress: Progress = lambda _: None,
) -> Chosen:
    """Choose articles of which no two are linked, by the statistics of all articles or of those that stay.

    Args:
        corpus: all articles.
        view: makes the state in which some of these are left.
        order: the place of each in the order in which they are preferred, see `naskh.cleaning.keep.keep_order`.
        widest: the weakest relation that links, into `naskh.matching.relation.ORDER`.
        least: of a linked article, the share of its shingles that the preferred one has, 0 to 1.
        workers: threads. The result is the same for any number.
        progress: called with the share of the work that is done: all but the last steps is in the first pass.

    """
    alike, postings = alike_articles(
        corpus,
        min_jaccard=1.0,
        min_containment=MIN_CONTAINMENT,
        workers=workers,
        progress=lambda share: progress(0.45 * share),
    )
    known = _Known(corpus, postings, order, widest, least, workers)
    known.take_in(alike, None, lambda share: progress(0.45 + 0.3 * share))
    passes, last, stays = 1, np.ones(len(order), np.bool_), choose(known.links.first, known.links.second, order)
    while not np.array_equal(stays, last):
        passes += 1
        last = stays
        known.weigh_again(last)
        stays = choose(known.links.first, known.links.second, order)
        progress(1.0 - 0.25 / passes)
        if np.array_equal(stays, last):
            unknown = _unknown(corpus, Corpus(view(last), workers=workers), known, workers)
            known.take_in(unknown, last)
            stays = choose(known.links.first, known.links.second, order)
    progress(1.0)
    return Chosen(stays, known.links, passes)


def _unknown(corpus: Corpus, left: Corpus, known: _Known, workers: int) -> Alike:
    """The pairs of the articles that are left which are no candidates among all articles.

    Text that stands in very many articles brings no candidates (`naskh.matching.pair_candidates`); of what is left
    it may be in few.
    """
    alike, _ = alike_articles(left, min_jaccard=1.0, min_containment=MIN_CONTAINMENT, workers=workers)
    number = pc.index_in(left.ids, value_set=corpus.ids).to_numpy().astype(np.int64)
    found = alike._replace(first=number[alike.first], second=number[alike.second])
    return _rows(found, ~look_up(known.packed, _packed(found))[1])


def _rows(alike: Alike, rows: Bool) -> Alike:
    return Alike(alike.first[rows], alike.second[rows], alike.shared[rows], alike.jaccard[rows])


def _joined(one: Alike, other: Alike) -> Alike:
    return Alike(
        np.concatenate([one.first, other.first]),
        np.concatenate([one.second, other.second]),
        np.concatenate([one.shared, other.shared]),
        np.concatenate([one.jaccard, other.jaccard]),
    )


def _packed(alike: Alike) -> UInt64:
    return alike.first.astype(np.uint64) << HALF | alike.second.astype(np.uint64)
