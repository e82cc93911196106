"""How much of what an outlet publishes is its own: not in another outlet's earlier article of the same story."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from naskh.arrays import Bool, Float64, Int64, UInt8, group_bounds
from naskh.article import OutletText
from naskh.matching.corpus import Corpus
from naskh.matching.origin import moment_of
from naskh.matching.originality_kernels import count_marked
from naskh.matching.pair_kernels import connect
from naskh.matching.pairs import Related
from naskh.matching.parts import in_parts
from naskh.matching.recurrence import UNDATED
from naskh.matching.relations import PARTIAL
from naskh.matching.scratch import release

#: Pairs that are looked at at a time; the shingles of their articles are in memory.
_PAIRS = 1 << 15

#: What another article is that has text of one: not known to be earlier nor later, or earlier.
_UNORDERED, _EARLIER = 1, 2


class Times(NamedTuple):
    """When articles appeared: their days, and their moments, which are NaN where only the day is known."""

    day: Int64
    moment: Float64

    def are_before(self, first: Int64, second: Int64) -> Bool:
        """Which articles are known to be before others: by the day, within a day by moments that both have."""
        day, other = self.day[first], self.day[second]
        dated = (day != UNDATED) & (other != UNDATED)
        within = (day == other) & (self.moment[first] < self.moment[second])
        before: Bool = dated & ((day < other) | within)
        return before


class _Links(NamedTuple):
    """Articles, each with one of another outlet that shares text with it and is not later; `mark` as above."""

    target: Int64
    source: Int64
    mark: UInt8


def originality(corpus: Corpus, related: Related, *, workers: int = 1) -> list[OutletText]:
    """What is each outlet's own of its articles' text, see `OutletText`; the outlets with most articles first.

    Args:
        corpus: all articles.
        related: the pairs of articles that share text, with their relations.
        workers: threads.

    """
    codes, outlets = corpus.codes("outlet")
    links = _links(corpus, related, codes, outlets)
    shared = np.zeros((len(corpus.ids), _EARLIER + 1), np.int64)
    for part in _parts(links, len(corpus.ids)):
        _count(corpus, part, shared, workers)
        release(hot=True)
    articles = np.bincount(codes, minlength=len(outlets))
    of_outlets = np.zeros((len(outlets), 3), np.int64)
    np.add.at(of_outlets, codes, np.stack([corpus.articles.of_articles, *shared.T[_UNORDERED:]], axis=1))
    found = [
        OutletText(outlet=outlet, articles=count, shingles=shingles, unordered=unordered, taken=taken)
        for outlet, count, (shingles, unordered, taken) in zip(
            outlets, articles.tolist(), of_outlets.tolist(), strict=True
        )
        if outlet and count
    ]
    return sorted(found, key=lambda own: (-own.articles, own.outlet))


def times_of(corpus: Corpus) -> Times:
    """When each article appeared."""
    codes, dates = corpus.codes("date")
    moments = [moment_of(date) for date in dates]
    known = np.array([np.nan if moment is None else moment for moment in moments], np.float64)
    return Times(corpus.days, known[codes] if len(known) else np.zeros(0))


def _links(corpus: Corpus, related: Related, codes: Int64, outlets: list[str | None]) -> _Links:
    """The copies and partial copies of different outlets, both ways, without those of which the other is later."""
    named = np.array([bool(outlet) for outlet in outlets], np.bool_)
    first, second = related.first, related.second
    chosen = (related.relations <= PARTIAL) & (codes[first] != codes[second])
    chosen &= named[codes[first]] & named[codes[second]]
    first, second = first[chosen], second[chosen]
    target, source = np.concatenate([first, second]), np.concatenate([second, first])
    times = times_of(corpus)
    mark = np.where(times.are_before(source, target), _EARLIER, _UNORDERED).astype(np.uint8)
    kept = ~times.are_before(target, source)
    return _Links(target[kept], source[kept], mark[kept])


def _parts(links: _Links, articles: int) -> Iterator[_Links]:
    """The links in parts, those of one article together, and those of one story as far as that goes."""
    story = np.arange(articles)
    connect(links.target, links.source, story)
    order = np.lexsort((links.target, story[links.target]))
    target, source, mark = links.target[order], links.source[order], links.mark[order]
    bounds = group_bounds(target)
    start = 0
    while start < len(target):
        fitting = int(np.searchsorted(bounds, start + _PAIRS, "right")) - 1
        end = int(bounds[fitting]) if bounds[fitting] > start else int(bounds[fitting + 1])
        yield _Links(target[start:end], source[start:end], mark[start:end])
        start = end


def _count(corpus: Corpus, links: _Links, shared: Int64, workers: int) -> None:
    """Count, for each article of some links, its shingles by the mark of the others that have them."""
    needed, place = np.unique(np.concatenate([links.target, links.source]), return_inverse=True)
    target, source = np.split(place, 2)
    shingles, text_ends = corpus.texts(needed)
    gaps = corpus.layout.gaps[needed]
    bounds = group_bounds(target)
    targets = target[bounds[:-1]]
    counts = np.empty((len(targets), _EARLIER + 1), np.int64)

    def count(part: slice) -> None:
        ends = bounds[part.start : part.stop + 1]
        count_marked(targets[part], ends, source, links.mark, shingles, text_ends, gaps, counts[part])

    in_parts(count, len(targets), workers)
    shared[needed[targets]] = counts
