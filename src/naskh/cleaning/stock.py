"""Boilerplate paragraphs: what one outlet has in many articles, over many days.

The same rule by which shared boilerplate is no evidence of copying (`naskh.matching.recurrence`), of whole
paragraphs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from naskh.arrays import HALF, LOW, Bool, Int64, UInt64, look_up, sorted_distinct
from naskh.matching.corpus import Corpus, Items
from naskh.matching.recurrence import boilerplate
from naskh.matching.sort_kernels import copy_ranges, set_digests
from naskh.sketch.reference import shingle_hashes
from naskh.text.analysis import Analysis

#: Sets of shingles whose digests are made at a time.
_SETS = 1 << 16


class Stock(NamedTuple):
    """Boilerplate paragraphs, each by the digest of its set of shingles; these are sorted.

    Attributes:
        digests: (n,) uint64.
        articles: (n,) how many articles have each.

    """

    digests: UInt64
    articles: Int64


NO_STOCK = Stock(np.zeros(0, np.uint64), np.zeros(0, np.int64))


class Paragraphs:
    """The paragraphs of all articles of a corpus: which are boilerplate, and who has them.

    Args:
        corpus: the articles.

    """

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        items, article, _, _ = corpus.paragraphs()
        packed = items.distinct_of.astype(np.uint64) << HALF | article.astype(np.uint64)
        held = sorted_distinct([packed])
        self._set, self._article = (held >> HALF).astype(np.int64), (held & LOW).astype(np.int64)
        self._digests = _digests_of(items)

    def stock(self) -> Stock:
        """Those that are boilerplate of an outlet: `naskh.matching.recurrence.boilerplate` has the rule."""
        outlets, days, count = self._corpus.outlets, self._corpus.days, len(self._digests)
        found = boilerplate(self._set, outlets[self._article], days[self._article], shingles=count)
        articles = np.bincount(self._set, minlength=count)
        rows = np.flatnonzero(found)
        rows = rows[np.argsort(self._digests[rows])]
        return Stock(self._digests[rows], articles[rows])

    def holders(self, stock: Stock) -> Int64:
        """The articles that have a paragraph of a stock, by number, ascending."""
        is_stock = look_up(stock.digests, self._digests)[1]
        return np.unique(self._article[is_stock[self._set]])


def _digests_of(items: Items) -> UInt64:
    """The digest of each distinct set."""
    digests = np.empty(len(items.sizes), np.uint64)
    for start in range(0, len(digests), _SETS):
        part = slice(start, start + _SETS)
        ends = np.append(0, np.cumsum(items.sizes[part]))
        sets = np.empty(ends[-1], np.uint32)
        copy_ranges(items.sets, items.begins[part], ends[:-1], items.sizes[part], sets)
        set_digests(sets, ends, digests[part])
    return digests


def stock_paragraphs(analysis: Analysis, stock: Stock, size: int) -> tuple[Bool, Int64]:
    """Which paragraphs of a text are of a stock.

    Args:
        analysis: the text.
        stock: of paragraphs.
        size: words of a shingle.

    Returns:
        (paragraphs,) bool, and for each of those how many articles had it, 0 for the others.

    """
    shingles = shingle_hashes(analysis.words, size)
    sets = [
        np.unique(shingles[p.first_word : p.first_word + max(0, p.word_count - size + 1)])
        for p in analysis.paragraphs
    ]
    digests = np.empty(len(sets), np.uint64)
    ends = np.cumsum([0, *map(len, sets)])
    set_digests(np.concatenate([np.zeros(0, np.uint32), *sets]), ends, digests)
    place, known = look_up(stock.digests, digests)
    known &= np.diff(ends) > 0
    return known, np.where(known, stock.articles[place] if len(stock.articles) else 0, 0)
