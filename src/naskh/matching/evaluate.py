"""How complete an index is: all pairs of a sample of its articles, found by an exact join and by the bands.

Every pair of paragraphs counts of which at least one is in a sampled article. Texts with the same set of shingles
are compared once, and their pairs counted all.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import xxhash

from naskh.arrays import HALF, LOW, Bool, Float64, Int64, UInt64, look_up
from naskh.article import BorderlinePair, BorderlineParagraph, Evaluation, ThresholdResult
from naskh.index.snapshot import Place, Snapshot
from naskh.matching.corpus import Corpus
from naskh.matching.exact_join import Asked, Paragraphs, Sets, all_paragraphs, blocks
from naskh.matching.pair_candidates import Progress
from naskh.sketch.banding import Banding
from naskh.text.analysis import analyse

#: Where recall is measured, besides the floor.
THRESHOLDS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
#: The curve of expected recall is given at these.
CURVE = (0.2, 0.3, *THRESHOLDS)
#: Bounds of the ranges just below and just above each threshold; the last range holds 1.0 alone.
_EDGES = tuple(k / 20 for k in range(7, 21))
#: The 97.5% point of the normal distribution, for intervals of 95%.
_Z = 1.959963984540054
#: Share of the work that reading all paragraphs once is.
_READING = 0.3


def evaluate(
    snapshot: Snapshot,
    *,
    sample: int,
    seed: int,
    floor: float,
    borderline: int,
    progress: Progress,
) -> Evaluation:
    """Measure recall and precision on a sample; see `naskh.Index.evaluate`."""
    corpus = Corpus(snapshot)
    settings = snapshot.manifest.settings
    banding = Banding(settings.bands, settings.rows)
    chosen = choose(corpus.ids.to_pylist(), sample, seed)
    is_chosen = np.zeros(len(corpus.ids), np.bool_)
    is_chosen[chosen] = True
    paragraphs = all_paragraphs(corpus, lambda share: progress(_READING * share))
    counted = _Counted(paragraphs, is_chosen[paragraphs.article])
    asked = Asked(snapshot.segments, paragraphs, np.flatnonzero(counted.sampled), settings.bands)
    tally = _Tally(floor, banding)
    picks = _Picks(paragraphs.digests, seed, borderline, floor)
    rest = blocks(corpus, paragraphs, asked, lambda share: progress(_READING + (1 - _READING) * share))
    for texts, sets, candidates in rest:
        found = _compare(counted, asked, texts, sets, candidates, floor)
        tally.add(found)
        picks.add(found.exact)
    return Evaluation(
        articles=len(corpus.ids),
        sampled=len(chosen),
        seed=seed,
        paragraphs=len(paragraphs.article),
        sampled_paragraphs=int(counted.in_sample.sum()),
        floor=floor,
        bands=banding.bands,
        rows=banding.rows,
        candidates=tally.candidates,
        thresholds=tally.results(is_all=len(chosen) == len(corpus.ids)),
        expected_recall={str(jaccard): round(banding.recall(jaccard), 4) for jaccard in CURVE},
        borderline=_shown(corpus, paragraphs, counted, picks),
    )


def choose(ids: list[str], sample: int, seed: int) -> Int64:
    """Positions of the sampled ids: those with the least hash, which depends on nothing but id and seed."""
    hashes = [xxhash.xxh3_64_intdigest(article_id.encode(), seed) for article_id in ids]
    return np.sort(np.argsort(np.array(hashes, np.uint64), kind="stable")[:sample])


class _Counted:
    """How often each distinct text stands in the index, and how often in the sample."""

    def __init__(self, paragraphs: Paragraphs, in_sample: Bool) -> None:
        self.in_sample = in_sample
        self.all = np.bincount(paragraphs.text, minlength=len(paragraphs.first))
        self.sampled = np.bincount(paragraphs.text[in_sample], minlength=len(paragraphs.first))

    def pairs(self, one: Int64, other: Int64) -> Int64:
        """Pairs of paragraphs with these two texts of which at least one is in the sample.

        Where both are in the sample, they come in both orders, and count in one of them.
        """
        all_one, all_other = self.all[one], self.all[other]
        rest_one, rest_other = all_one - self.sampled[one], all_other - self.sampled[other]
        different = all_one * all_other - rest_one * rest_other
        same = (all_one * (all_one - 1) - rest_one * (rest_one - 1)) // 2
        twice = (self.sampled[one] > 0) & (self.sampled[other] > 0) & (one > other)
        return np.where(one == other, same, np.where(twice, 0, different))


class _Pairs(NamedTuple):
    """Pairs of texts: (n,) each. `agrees` says that the other join has the pair too, with the same Jaccard."""

    one: Int64
    other: Int64
    times: Int64
    jaccard: Float64
    agrees: Bool


class _Found(NamedTuple):
    """What both joins make of a block of texts."""

    exact: _Pairs
    given: _Pairs
    candidates: int


def _compare(counted: _Counted, asked: Asked, texts: Int64, sets: Sets, candidates: UInt64, floor: float) -> _Found:
    """Join a block of texts with those asked for in both ways, and compare."""

    def sides(packed: UInt64) -> tuple[Int64, Int64, Int64]:
        one, other = texts[(packed >> HALF).astype(np.int64)], asked.texts[(packed & LOW).astype(np.int64)]
        return one, other, counted.pairs(one, other)

    def pairs(own: tuple[UInt64, Int64], others: tuple[UInt64, Int64]) -> _Pairs:
        one, other, times = sides(own[0])
        return _Pairs(one, other, times, asked.jaccard(*own, sets), _agree(own, others))

    exact = asked.exact_pairs(sets, floor)
    given = asked.verified(candidates, sets, floor)
    one, other, times = sides(candidates)
    brought = int(np.count_nonzero((times > 0) & (one != other)))
    return _Found(pairs(exact, given), pairs(given, exact), brought)


def _agree(own: tuple[UInt64, Int64], others: tuple[UInt64, Int64]) -> Bool:
    """Which pairs the other join has too, and with as many shared shingles."""
    place, agrees = look_up(others[0], own[0])
    agrees[agrees] = others[1][place[agrees]] == own[1][agrees]
    return agrees


class _Sums(NamedTuple):
    """Sums over the pairs of paragraphs at some Jaccard or above; of two copies, which have the same set, apart."""

    pairs: float
    copies: float
    expected: float
    found: float
    copies_found: float
    #: Of the pairs with two different texts: how many of each two there are, squared.
    squares: float
    #: Pairs of different texts that are found, however often they stand.
    texts_found: float
    given: float
    confirmed: float

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the recall of the whole index is, with a chance of 95%.

        Copies have the same band keys, so there is no chance in them. Pairs of the same two texts are found or
        missed together, which makes for fewer trials than pairs (L. Kish's effective number).
        """
        different = self.pairs - self.copies
        if not self.pairs:
            return None
        if not different:
            return self.found / self.pairs, self.found / self.pairs
        bounds = wilson((self.found - self.copies_found) / different, different**2 / self.squares)
        low, high = ((self.copies_found + bound * different) / self.pairs for bound in bounds)
        return round(low, 6), round(high, 6)

    def result(self, threshold: float, candidates: int, *, is_all: bool) -> ThresholdResult:
        """As it is reported; `is_all` says that the whole index is the sample."""
        recall = _share(self.found, self.pairs)
        known = None if recall is None else (recall, recall)
        return ThresholdResult(
            threshold=threshold,
            pairs=int(self.pairs),
            given=int(self.given),
            found=int(self.found),
            recall=recall,
            recall_interval=known if is_all else self.interval,
            expected_recall=_share(self.expected, self.pairs),
            precision=_share(self.confirmed, self.given),
            candidates_per_found=round(candidates / self.texts_found, 2) if self.texts_found else None,
        )


class _Tally:
    """Sums over pairs, by threshold; the sums of a threshold are those of its range and of all above."""

    def __init__(self, floor: float, banding: Banding) -> None:
        self.candidates = 0
        self._thresholds = np.array([floor, *(t for t in THRESHOLDS if t > floor)])
        self._banding = banding
        self._sums = np.zeros((len(self._thresholds), len(_Sums._fields)))

    def add(self, found: _Found) -> None:
        """Take in a block."""
        self.candidates += found.candidates
        exact, given = found.exact, found.given
        times = exact.times.astype(np.float64)
        is_copy = exact.one == exact.other
        self._sum("pairs", exact, times)
        self._sum("copies", exact, times * is_copy)
        self._sum("expected", exact, times * self._banding.recall(exact.jaccard))
        self._sum("found", exact, times * exact.agrees)
        self._sum("copies_found", exact, times * (is_copy & exact.agrees))
        self._sum("squares", exact, (times * ~is_copy) ** 2)
        self._sum("texts_found", exact, (times > 0) & exact.agrees & ~is_copy)
        self._sum("given", given, given.times)
        self._sum("confirmed", given, given.times * given.agrees)

    def _sum(self, name: str, pairs: _Pairs, values: Float64 | Int64 | Bool) -> None:
        where = np.searchsorted(self._thresholds, pairs.jaccard, "right") - 1
        column = _Sums._fields.index(name)
        self._sums[:, column] += np.bincount(where, values, minlength=len(self._thresholds))

    def results(self, *, is_all: bool) -> tuple[ThresholdResult, ...]:
        """A row for each threshold."""
        above = np.cumsum(self._sums[::-1], axis=0)[::-1].tolist()
        return tuple(
            _Sums(*sums).result(threshold, self.candidates, is_all=is_all)
            for threshold, sums in zip(self._thresholds.tolist(), above, strict=True)
        )


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None


def wilson(share: float, trials: float) -> tuple[float, float]:
    """The 95% score interval of a share that was seen in so many independent trials (E. B. Wilson 1927)."""
    centre = share + _Z**2 / (2 * trials)
    spread = _Z * math.sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2))
    whole = 1 + _Z**2 / trials
    return round(max(0.0, (centre - spread) / whole), 6), round(min(1.0, (centre + spread) / whole), 6)


class _Pick(NamedTuple):
    """A pair of texts to show; sorted by a hash that depends on nothing but the texts and the seed."""

    hash: int
    one: int
    other: int
    jaccard: float
    found: bool


class _Picks:
    """A few pairs of each range of Jaccards, by lot."""

    def __init__(self, digests: UInt64, seed: int, count: int, floor: float) -> None:
        self._digests = digests
        self._seed = np.uint64(seed)
        self._count = count
        edges = np.array(_EDGES)
        self._edges = edges[edges >= floor]
        #: For each range the pairs so far.
        self.chosen: list[list[_Pick]] = [[] for _ in self._edges]

    def add(self, pairs: _Pairs) -> None:
        """Take in the pairs of a block."""
        counted = np.flatnonzero(pairs.times > 0)
        where = np.searchsorted(self._edges, pairs.jaccard[counted], "right") - 1
        lots = self._lots(pairs.one[counted], pairs.other[counted])
        for place, chosen in enumerate(self.chosen):
            own = np.flatnonzero(where == place)
            drawn = own[np.argsort(lots[own])[: self._count]]
            columns = (
                lots[drawn],
                *(getattr(pairs, name)[counted[drawn]] for name in ("one", "other", "jaccard", "agrees")),
            )
            chosen += map(_Pick._make, zip(*(column.tolist() for column in columns), strict=True))
            chosen.sort()
            del chosen[self._count :]

    def _lots(self, one: Int64, other: Int64) -> UInt64:
        """A hash of each pair, the same whichever comes first."""
        lots = self._digests[np.minimum(one, other)] ^ self._seed
        for addend in (self._digests[np.maximum(one, other)], np.uint64(0)):
            lots = (lots ^ lots >> np.uint64(33)) * np.uint64(0xFF51AFD7ED558CCD)
            lots = (lots ^ lots >> np.uint64(33)) * np.uint64(0xC4CEB9FE1A85EC53) + addend
        return lots

    def ranges(self) -> list[tuple[float, float]]:
        """The bounds of each range."""
        edges: list[float] = self._edges.tolist()
        return list(zip(edges, [*edges[1:], *edges[-1:]], strict=True))


def _shown(corpus: Corpus, paragraphs: Paragraphs, counted: _Counted, picks: _Picks) -> tuple[BorderlinePair, ...]:
    """The chosen pairs with what stands there, by Jaccard."""
    shown = []
    for bounds, chosen in zip(picks.ranges(), picks.chosen, strict=True):
        for pick in sorted(chosen, key=lambda pick: (pick.jaccard, pick.hash)):
            first, second = _places(paragraphs, counted, pick)
            a, b = (_paragraph(corpus, paragraphs, place) for place in (first, second))
            shown.append(BorderlinePair(bounds, pick.jaccard, pick.found, a, b))
    return tuple(shown)


def _places(paragraphs: Paragraphs, counted: _Counted, pick: _Pick) -> tuple[int, int]:
    """The first two paragraphs in order that have these texts, at least one of them in the sample."""
    own, others = (np.flatnonzero(paragraphs.text == text) for text in (pick.one, pick.other))
    sampled = own[counted.in_sample[own]]
    if not len(sampled):
        own, others = others, own
        sampled = own[counted.in_sample[own]]
    one = int(sampled[0])
    other = int(others[others != one][0])
    return min(one, other), max(one, other)


def _paragraph(corpus: Corpus, paragraphs: Paragraphs, place: int) -> BorderlineParagraph:
    """One paragraph as it is stored."""
    snapshot = corpus.snapshot
    segment = int(paragraphs.segment[place])
    row = int(snapshot.segments[segment].paragraph_article[paragraphs.row[place]])
    article = snapshot.article(Place(segment, row), with_text=True)
    number = int(paragraphs.number[place])
    text = None
    if snapshot.manifest.settings.store_text:
        found = analyse(article.text).paragraphs[number - 1]
        text = article.text[found.start : found.end]
    return BorderlineParagraph(id=article.id, outlet=article.outlet, date=article.date, paragraph=number, text=text)
