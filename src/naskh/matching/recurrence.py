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
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from naskh.arrays import Bool, Float64, Int64, group_bounds

#: Articles further apart than this are of different stories: of the labelled copies of SaudiNewsNet all but
#: one are within three days of each other.
STORY_DAYS = 3
#: So many articles may carry one story: of those of its days, and of those without a date, only the ones beyond
#: are other stories.
STORY_ARTICLES = 20
#: A shingle of at least so many articles, on so many days, of which this share is of one outlet is boilerplate of
#: that outlet: "read also", rights lines, author boxes. The days tell it from a story that is updated by the hour.
BOILERPLATE_ARTICLES = 10
BOILERPLATE_DAYS = 5
BOILERPLATE_SHARE = 0.9

#: The day of an article whose date is not known; far below any other.
UNDATED = -(1 << 31)
#: More than any day number or code of an outlet.
_DAYS = 1 << 32
#: Dates whose days are remembered: articles of one day come together.
_DATES = 4096


@lru_cache(_DATES)
def day_of(iso_date: str | None) -> int:
    """The day number of an ISO 8601 date (or date and time); `UNDATED` without one."""
    if iso_date is None:
        return UNDATED
    try:
        return date.fromisoformat(iso_date[:10]).toordinal()
    except ValueError:
        return UNDATED


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


class Holder(NamedTuple):
    """An article that shares text with the one looked at.

    `day` is its day, `outlet` a code (-1 for none); `hits` are the text's distinct shingles that it has
    (indices), `rows` those of them that it has in a row, see `in_rows`.
    """

    day: int
    outlet: int
    hits: Int64
    rows: Int64


class Holders(NamedTuple):
    """The same of many articles, one after the other.

    `hits` are ``hits[ends[i] : ends[i + 1]]`` of article ``i``, and `in_rows` says which of these it has in a row.
    """

    days: Int64
    outlets: Int64
    ends: Int64
    hits: Int64
    in_rows: Bool


class Recurrence:
    """Which of one text's distinct shingles stand where, among the articles that share text with it.

    Args:
        shingles: how many distinct shingles the text has.
        own: the text itself.
        holders: the articles that share text with it.

    """

    def __init__(self, shingles: int, own: Holder, holders: Sequence[Holder] | Holders) -> None:
        self._shingles = shingles
        self._day = own.day
        held = holders if isinstance(holders, Holders) else _one_after_the_other(holders)
        counts = np.diff(held.ends)
        days, outlets = np.repeat(held.days, counts), np.repeat(held.outlets, counts)
        rows, row_days = held.hits[held.in_rows], days[held.in_rows]
        self._total = np.bincount(rows, minlength=shingles)
        dated = row_days != UNDATED
        #: Each (shingle, day) that a dated article has, sorted.
        self._dated = np.sort(rows[dated] * _DAYS + row_days[dated])
        #: (shingles,) bool: those that are boilerplate of an outlet.
        self.boilerplate = boilerplate(
            np.concatenate([own.hits, held.hits]),
            np.concatenate([np.full(len(own.hits), own.outlet), outlets]),
            np.concatenate([np.full(len(own.hits), own.day), days]),
            shingles=shingles,
        )
        self._weights: dict[int, Float64] = {}

    def weights(self, hits: Int64, match_day: int) -> Float64:
        """How much some of the shingles say of copying between the text and a match of that day: 0 to 1 each.

        1 for one that no other story has, a half for one that stands in one article of another story, and so
        on; 0 for boilerplate. Another story is an article more than `STORY_DAYS` from both (from one, where
        only its date is known), and all beyond the first `STORY_ARTICLES` of those days or without a date.

        Args:
            hits: indices of the shingles.
            match_day: `day_of` the match.

        """
        if match_day not in self._weights:
            self._weights[match_day] = self._all_weights(match_day)
        return self._weights[match_day][hits]

    def _all_weights(self, match_day: int) -> Float64:
        every = np.arange(self._shingles)
        far = np.zeros(self._shingles, np.int64)
        if windows := story_windows(self._day, match_day):
            far = self._between(every, 0, _DAYS - 1)
            for first, last in windows:
                far = far - self._between(every, first, last)
        near = self._total - far
        weights: Float64 = 1.0 / (1.0 + far + np.maximum(near - STORY_ARTICLES, 0))
        weights[self.boilerplate] = 0.0
        return weights

    def _between(self, hits: Int64, first: int, last: int) -> Int64:
        """How many dated articles of those days, both included, have each shingle."""
        start = np.searchsorted(self._dated, hits * _DAYS + max(first, 0), "left")
        found: Int64 = np.searchsorted(self._dated, hits * _DAYS + last, "right") - start
        return found


def story_windows(day: int, match_day: int) -> list[tuple[int, int]]:
    """The days, [first, last], around two articles that are of their story; none where neither has a date."""
    days = sorted({known for known in (day, match_day) if known != UNDATED})
    if len(days) == 2 and days[1] - days[0] <= 2 * STORY_DAYS:
        return [(days[0] - STORY_DAYS, days[1] + STORY_DAYS)]
    return [(known - STORY_DAYS, known + STORY_DAYS) for known in days]


def boilerplate(shingle: Int64, outlet: Int64, day: Int64, *, shingles: int) -> Bool:
    """Which shingles are boilerplate of one outlet, over many days: (shingles,) bool.

    Args:
        shingle: (n,) indices, one for each article that has the shingle.
        outlet: (n,) a code of that article's outlet, -1 for none.
        day: (n,) its day; articles without one count for no day.
        shingles: how many there are.

    """
    total = np.bincount(shingle, minlength=shingles)
    kept = (total >= BOILERPLATE_ARTICLES)[shingle]
    shingle, outlet, day = shingle[kept], outlet[kept], day[kept]
    most = np.zeros(shingles, np.int64)
    known = outlet >= 0
    np.maximum.at(most, *_counted(shingle[known], outlet[known]))
    dated = day != UNDATED
    days = np.bincount(_counted(shingle[dated], day[dated])[0], minlength=shingles)
    found: Bool = (most >= np.maximum(BOILERPLATE_SHARE * total, 1)) & (days >= BOILERPLATE_DAYS)
    return found


def _counted(shingle: Int64, value: Int64) -> tuple[Int64, Int64]:
    """Each shingle with each of its values, and how often."""
    packed = np.sort(shingle * _DAYS + value)
    bounds = group_bounds(packed)
    return packed[bounds[:-1]] // _DAYS, np.diff(bounds)


def _one_after_the_other(holders: Sequence[Holder]) -> Holders:
    hits = [holder.hits for holder in holders]
    in_rows = [np.isin(holder.hits, holder.rows) for holder in holders]
    return Holders(
        np.array([holder.day for holder in holders], np.int64),
        np.array([holder.outlet for holder in holders], np.int64),
        np.cumsum([0, *(len(held) for held in hits)]),
        np.concatenate([np.zeros(0, np.int64), *hits]),
        np.concatenate([np.zeros(0, np.bool_), *in_rows]),
    )
