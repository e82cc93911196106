"""What stays of the articles of a store, with which texts: decided until deciding again changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from naskh.arrays import Bool, Int64
from naskh.article import Article
from naskh.cleaning.copies import Links, choose_copies
from naskh.cleaning.keep import Rule, keep_order, kept_twins
from naskh.cleaning.stock import Paragraphs, Stock
from naskh.cleaning.store import Store, view_of
from naskh.cleaning.tidying import Tidied, tidy
from naskh.matching.corpus import Corpus
from naskh.matching.many_blocks import blocks_of_all
from naskh.matching.relation import ORDER

#: What there is to do, in order, with the share of it that is done, 0 to 1.
Phase = Literal["reading", "tidying", "comparing", "writing"]
Progress = Callable[[Phase, float], None]

#: Articles whose texts are in memory at a time.
_ARTICLES = 1 << 10


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to clean.

    Attributes:
        keep: which of several copies stays, see `naskh.cleaning.keep`.
        prefer: outlets whose articles come first.
        partial: articles that take over whole paragraphs go too.
        min_containment: the share of an article that must stand in the one kept for it to go, 0 to 1.
        similar: near repeats go as well as exact ones.
        boilerplate: paragraphs go that an outlet has in many articles.

    """

    keep: Rule = "earliest"
    prefer: tuple[str, ...] = ()
    partial: bool = False
    min_containment: float = 0.0
    similar: bool = False
    boilerplate: bool = False


class Decided(NamedTuple):
    """What was decided on the articles of a store, by number.

    Attributes:
        corpus: the articles, with the texts that those have which stay.
        stays: (articles,) bool.
        changed: (articles,) bool, whose texts are others than given.
        twins: (articles,) of each that goes, the row of `links` to the one that stays in its place.
        links: copies.
        stocks: boilerplate, in the order in which it went.
        passes: how many times the relations of articles were weighed.

    """

    corpus: Corpus
    stays: Bool
    changed: Bool
    twins: Int64
    links: Links
    stocks: tuple[Stock, ...]
    passes: int


def decide(store: Store, places: Int64, options: Options, *, workers: int, progress: Progress) -> Decided:
    """Decide what stays.

    Texts are tidied first. With boilerplate, what is left is searched for more of it, and as long as there is
    some, all is decided again on texts without it.

    Args:
        store: the articles; texts that change are changed in it.
        places: (articles,) where each stands in the input.
        options: what goes.
        workers: threads. The result is the same for any number.
        progress: told of the phases "tidying" and "comparing".

    """
    corpus, tidier = store.given, _Tidier(store, options)
    untidy = _with_repeats(corpus, options, workers, lambda share: progress("tidying", share))
    stocks: list[Stock] = []
    passes = 0
    if options.boilerplate:
        paragraphs = Paragraphs(corpus)
        stocks.append(paragraphs.stock())
        untidy = np.union1d(untidy, paragraphs.holders(stocks[0]))
    tidier.change(untidy, stocks)
    while True:
        corpus = store.corpus()
        order = keep_order(corpus, places, options.keep, options.prefer)
        chosen = choose_copies(
            corpus,
            view_of(corpus),
            order,
            widest=ORDER.index("partial" if options.partial else "copy"),
            least=options.min_containment,
            workers=workers,
            progress=lambda share: progress("comparing", share),
        )
        passes += chosen.passes
        if not options.boilerplate:
            break
        more = Paragraphs(Corpus(view_of(corpus)(chosen.stays), workers=workers)).stock()
        holders = Paragraphs(corpus).holders(more)
        stocks.append(more)
        if not tidier.change(holders, stocks, needed=chosen.stays):
            stocks.pop()
            break
    links = chosen.links
    twins = kept_twins(links.first, links.second, links.jaccard, order, chosen.stays)
    return Decided(corpus, chosen.stays, tidier.changed, twins, links, tuple(stocks), passes)


def _with_repeats(corpus: Corpus, options: Options, workers: int, progress: Callable[[float], None]) -> Int64:
    """The articles of which blocks stand twice."""
    found = blocks_of_all(corpus, exactly=not options.similar, workers=workers, progress=progress)
    return np.array([article for article, _ in found], np.int64)


class _Tidier:
    """Tidies the texts of a store.

    Attributes:
        changed: (articles,) bool, those whose texts are others than given.

    """

    def __init__(self, store: Store, options: Options) -> None:
        self._store = store
        self._similar = options.similar
        self._size = store.given.snapshot.manifest.settings.shingle_words
        self.changed: Bool = np.zeros(len(store.given.ids), np.bool_)

    def change(self, articles: Int64, stocks: list[Stock], needed: Bool | None = None) -> bool:
        """Tidy some articles, the last stock being new.

        Args:
            articles: by number.
            stocks: all boilerplate so far.
            needed: without a change of one of these, nothing is changed.

        Returns:
            whether texts were changed.

        """
        if needed is not None:
            wanted = articles[needed[articles]]
            if all(was == now.text for _, was, now in self._tidied(wanted, stocks, stocks[:-1])):
                return False
        self._store.change(self._articles(articles, stocks))
        return True

    def _articles(self, articles: Int64, stocks: list[Stock]) -> Iterator[Article]:
        for article, given, now in self._tidied(articles, stocks):
            if now.text != given:
                self.changed[article] = True
                segment, row = self._store.given.place(article)
                yield segment.article(row, now.text)

    def _tidied(
        self, articles: Int64, stocks: list[Stock], before: list[Stock] | None = None
    ) -> Iterator[tuple[int, str, Tidied]]:
        """Articles with their texts as given, or tidied with other stocks before, and as they are now."""
        for article, given in texts_of(self._store.given, articles):
            now = tidy(given, stocks, similar=self._similar, size=self._size)
            was = given if before is None else tidy(given, before, similar=self._similar, size=self._size).text
            yield article, was, now


def texts_of(corpus: Corpus, articles: Int64) -> Iterator[tuple[int, str]]:
    """Some articles, by number, with their texts, in the order of storing; a bounded number in memory."""
    articles = articles[np.argsort(corpus.rows(articles))]
    for start in range(0, len(articles), _ARTICLES):
        some = articles[start : start + _ARTICLES]
        for indices, data, offsets in corpus.raw_texts(some):
            for place, index in enumerate(indices.tolist()):
                yield int(some[index]), data[offsets[place] : offsets[place + 1]].tobytes().decode()
