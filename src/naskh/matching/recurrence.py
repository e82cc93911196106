"""Where else shared text stands: formulas recur in other stories, a story's own words do not.

A syndicated story runs for a day or two; a phrase that also stands in articles of other days is a title, a
formula, a standing background. So the weight of a shared shingle falls with the number of articles of other
stories that have it: inverse document frequency, with the story's own burst of copies taken out of the count.
Three words meet by chance: a shingle counts as standing in another article only where a neighbouring one stands
there too, four words in a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from naskh.arrays import Bool, Float64, Int64

#: Articles further apart than this are of different stories: of the labelled copies of SaudiNewsNet all but
#: one are within three days of each other.
STORY_DAYS = 3
#: So many articles may carry one story; of articles without a date, only those beyond are other stories.
STORY_ARTICLES = 20
#: A shingle of at least so many articles of which this share is of one outlet is boilerplate of that outlet:
#: "read also", rights lines, author boxes.
BOILERPLATE_ARTICLES = 10
BOILERPLATE_SHARE = 0.9

#: The day of an article whose date is not known; far below any other.
UNDATED = -(1 << 31)


def day_of(iso_date: str | None) -> int:
    """The day number of an ISO 8601 date (or date and time); `UNDATED` without one."""
    if iso_date is None:
        return UNDATED
    try:
        return date.fromisoformat(iso_date[:10]).toordinal()
    except ValueError:
        return UNDATED


def weight_of(elsewhere: Int64) -> Float64:
    """The weight of shingles that stand in so many articles of other stories."""
    weights: Float64 = 1.0 / (1.0 + elsewhere.astype(np.float64))
    return weights


def in_rows(text: Int64, hits: Int64, shingles: int) -> Int64:
    """Those of the shingles that an article has which it has in a row of two or more of the text.

    Args:
        text: the text as indices of its distinct shingles, in text order.
        hits: the shingles that the article has (indices).
        shingles: how many distinct shingles the text has.

    """
    has = np.zeros(shingles, np.bool_)
    has[hits] = True
    along = has[text]
    rows = np.zeros(len(text), np.bool_)
    rows[1:] = along[1:] & along[:-1]
    rows[:-1] |= rows[1:]
    return np.unique(text[rows])


class Recurrence:
    """Which of one text's distinct shingles stand where, among the articles that share text with it.

    Args:
        shingles: how many distinct shingles the text has.
        day: `day_of` the text.
        hits: for each article that shares text, which of the shingles it has in a row of two or more (indices,
            each once), see `in_rows`.
        days: (articles,) `day_of` each.
        outlets: (articles,) codes of their outlets, -1 for unknown.

    """

    def __init__(
        self, shingles: int, day: int, hits: Sequence[Int64], days: Sequence[int], outlets: Sequence[int]
    ) -> None:
        self._shingles = shingles
        self._day = day
        self._hits = hits
        self._days = np.array(days, np.int64)
        self._known: dict[int, Float64] = {}
        #: (shingles,) bool: those that are boilerplate of an outlet.
        self.boilerplate = self._boilerplate(np.array(outlets, np.int64))

    def weights(self, match_day: int) -> Float64:
        """How much each shingle says of copying between the text and a match of that day: (shingles,), 0 to 1.

        1 for one that no other story has, a half for one that stands in one article of another story, and so
        on; 0 for boilerplate. Another story is an article more than `STORY_DAYS` from both (from one, where
        only its date is known); without any date, all articles beyond the first `STORY_ARTICLES`.
        """
        if match_day not in self._known:
            weights = weight_of(self._elsewhere(match_day))
            weights[self.boilerplate] = 0.0
            self._known[match_day] = weights
        return self._known[match_day]

    def _elsewhere(self, match_day: int) -> Int64:
        pair = [day for day in (self._day, match_day) if day != UNDATED]
        undated = (self._days == UNDATED) | (not pair)
        far = ~undated
        for day in pair:
            far &= np.abs(self._days - day) > STORY_DAYS
        beyond: Int64 = np.maximum(self._count(undated) - STORY_ARTICLES, 0)
        return self._count(far) + beyond

    def _count(self, which: Bool) -> Int64:
        """How many of some articles have each shingle."""
        hits = [self._hits[article] for article in np.flatnonzero(which).tolist()]
        return np.bincount(np.concatenate([np.zeros(0, np.int64), *hits]), minlength=self._shingles)

    def _boilerplate(self, outlets: Int64) -> Bool:
        total = self._count(np.ones(len(outlets), np.bool_))
        most = np.zeros(self._shingles, np.int64)
        for outlet in np.unique(outlets[outlets >= 0]).tolist():
            most = np.maximum(most, self._count(outlets == outlet))
        boilerplate: Bool = (total >= BOILERPLATE_ARTICLES) & (most >= BOILERPLATE_SHARE * total)
        return boilerplate
