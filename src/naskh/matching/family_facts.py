"""What is known of the articles that families are made of: when, which agency they credit, which they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from naskh.arrays import Bool, Float64, Int64, ranks
from naskh.matching.corpus import Corpus
from naskh.matching.credit_kernels import may_credit
from naskh.matching.origin import Member, moment_of
from naskh.matching.parts import in_parts
from naskh.matching.recurrence import UNDATED
from naskh.text.credits import UNNAMED, agency_named, credit_in

#: An outlet of which so many of the sampled articles credit one agency is that agency, if there are enough of them.
OWN_CREDITS = 0.9
SAMPLED = 50
FEWEST_SAMPLED = 10
#: Articles whose texts are looked at at a time.
_ARTICLES = 1 << 15


class Facts:
    """What a family says of its articles.

    Attributes:
        rank: (articles,) the place of each in the order by day, then by the hour, then by id; those without a day
            last.
        moment: (articles,) equal for articles of one day and hour, and in the order of these.

    """

    def __init__(self, corpus: Corpus, *, workers: int = 1) -> None:
        self._corpus = corpus
        self._workers = workers
        self._outlet_codes, self._outlets = corpus.codes("outlet")
        self._date_codes, self._dates = corpus.codes("date")
        hours: Float64 = np.array([moment_of(date) or 0.0 for date in self._dates], np.float64)[self._date_codes]
        days = corpus.days
        order = np.lexsort((hours, days, days == UNDATED))
        self.rank = ranks(order)
        changed = (np.diff(days[order]) != 0) | (np.diff(hours[order]) != 0)
        self.moment = np.append(0, np.cumsum(changed))[self.rank]
        self._credits: dict[int, str | None] = {}
        self._agencies: dict[int, str | None] = {}
        self._words: dict[int, int] = {}
        #: The ids of those that were looked up.
        self.ids: dict[int, str] = {}

    def first_date(self, article: int) -> str | None:
        """The date of an article, None if it is not known."""
        return None if self._corpus.days[article] == UNDATED else self._dates[self._date_codes[article]]

    def look_up(self, articles: Int64) -> None:
        """Learn what `member` tells of some articles."""
        self._learn_credits(articles)
        self.ids.update(zip(articles.tolist(), self.ids_of(articles), strict=True))
        words = self._corpus.words(articles)
        self._words.update(zip(articles.tolist(), words.tolist(), strict=True))
        outlets = np.unique(self._outlet_codes[articles]).tolist()
        samples = {outlet: self._sample(outlet) for outlet in outlets if self._outlets[outlet] is not None}
        self._learn_credits(np.unique(np.concatenate([np.zeros(0, np.int64), *samples.values()])))
        for outlet, sample in samples.items():
            credited = [self._credits[article] for article in sample.tolist()]
            self._agencies[outlet] = agency_of(str(self._outlets[outlet]), credited)

    def member(self, article: int) -> Member:
        """What is known of an article that was looked up."""
        outlet = int(self._outlet_codes[article])
        return Member(
            self._outlets[outlet],
            self._dates[self._date_codes[article]],
            self._credits[article],
            self._agencies.get(outlet),
            self._words[article],
        )

    def ids_of(self, articles: Int64) -> list[str]:
        """The ids of some articles."""
        found: list[str] = self._corpus.ids.take(pa.array(articles)).to_pylist()
        return found

    def same_outlet(self, first: Int64, second: Int64) -> Bool:
        """Which pairs of articles are of one outlet: (n,) bool."""
        one, other = self._corpus.outlets[first], self._corpus.outlets[second]
        same: Bool = (one == other) & (one >= 0)
        return same

    def _learn_credits(self, articles: Int64) -> None:
        new = articles[np.array([article not in self._credits for article in articles.tolist()], np.bool_)]
        self._credits.update(zip(new.tolist(), credits_of(self._corpus, new, self._workers), strict=True))

    def _sample(self, outlet: int) -> Int64:
        articles = np.flatnonzero(self._outlet_codes == outlet)
        return articles[:: max(1, len(articles) // SAMPLED)][:SAMPLED]


def credits_of(corpus: Corpus, articles: Int64, workers: int = 1) -> list[str | None]:
    """The agency that each of some articles credits, None for none."""
    order = np.argsort(corpus.rows(articles))  # as they are stored
    found: list[str | None] = [None] * len(articles)
    for start in range(0, len(order), _ARTICLES):
        places = order[start : start + _ARTICLES]
        for place, credit in zip(places.tolist(), _credits_of(corpus, articles[places], workers), strict=True):
            found[place] = credit
    return found


def _credits_of(corpus: Corpus, articles: Int64, workers: int) -> list[str | None]:
    gaps = corpus.layout.gaps[articles]
    has_dateline = gaps[:, 1] > gaps[:, 0]
    found: list[str | None] = [None] * len(articles)

    def learn(part: slice) -> None:
        for indices, data, offsets in corpus.raw_texts(articles[part]):
            dated, may = has_dateline[part][indices], np.empty(len(indices), np.bool_)
            may_credit(data, offsets, may)
            for index in np.flatnonzero(may | dated).tolist():
                raw = data[offsets[index] : offsets[index + 1]].tobytes()
                found[part.start + int(indices[index])] = credit_in(raw, has_dateline=bool(dated[index]))

    in_parts(learn, len(articles), workers)
    return found


def agency_of(outlet: str, credited: Sequence[str | None]) -> str | None:
    """The agency that an outlet is: by its name, or since nearly all of a sample of its articles credit that one.

    Args:
        outlet: its name.
        credited: what each article of the sample credits; at least one.

    """
    agency, count = Counter(credited).most_common(1)[0]
    own = len(credited) >= FEWEST_SAMPLED and count >= OWN_CREDITS * len(credited)
    named = agency_named(outlet, ids=True) or (agency if own else None)
    return None if named == UNNAMED else named
