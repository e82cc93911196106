"""Which of several copies stays: the order in which articles are preferred, and the choice along it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from naskh.arrays import Bool, Float64, Int64, ranks
from naskh.matching.corpus import Corpus
from naskh.matching.origin import moment_of
from naskh.matching.recurrence import UNDATED

Rule = Literal["earliest", "longest"]


def keep_order(corpus: Corpus, places: Int64, rule: Rule, prefer: Sequence[str] = ()) -> Int64:
    """The place of each article in the order in which they are preferred: (articles,), distinct, 0 first.

    Args:
        corpus: all articles.
        places: (articles,) where each stands in the input: it decides last.
        rule: "earliest" by day, then by the hour, articles without a date last; "longest" by words, then as that.
        prefer: outlets whose articles come before all others', those of the first one first.

    """
    codes, dates = corpus.codes("date")
    hours: Float64 = np.array([moment_of(date) or 0.0 for date in dates], np.float64)[codes]
    keys = [places, hours, corpus.days, corpus.days == UNDATED]
    if rule == "longest":
        keys.append(-corpus.words(np.arange(len(corpus.ids))))
    if prefer:
        outlet_codes, outlets = corpus.codes("outlet")
        wanted = {outlet: place for place, outlet in reversed(list(enumerate(prefer)))}
        keys.append(np.array([wanted.get(outlet or "", len(prefer)) for outlet in outlets])[outlet_codes])
    return ranks(np.lexsort(keys))


def by_preference(first: Int64, second: Int64, order: Int64) -> tuple[Int64, Int64]:
    """Of the two ends of each link that which comes first in the order, and the other: (n,) each."""
    turned = order[first] > order[second]
    return np.where(turned, second, first), np.where(turned, first, second)


def choose(first: Int64, second: Int64, order: Int64) -> Bool:
    """Which articles stay: in the given order each that is no copy of one that stays already.

    So no two that stay are linked, and each that goes is linked to an earlier one that stays (the lexicographically
    first maximal independent set). Rounds decide many at a time: whoever waits for nobody.

    Args:
        first: (n,) one end of each link.
        second: (n,) the other.
        order: (articles,) see `keep_order`.

    Returns:
        (articles,) bool.

    """
    earlier, later = by_preference(first, second, order)
    stays, decided = np.ones(len(order), np.bool_), np.ones(len(order), np.bool_)
    decided[later] = False
    while len(later):
        goes = later[decided[earlier] & stays[earlier]]
        stays[goes] = False
        decided[goes] = True
        waits = ~decided[later] & ~(decided[earlier] & ~stays[earlier])
        rest, waiting = later[~decided[later]], later[waits]
        still = np.zeros(len(order), np.bool_)
        still[waiting] = True
        decided[rest[~still[rest]]] = True  # all before them went
        earlier, later = earlier[waits], later[waits]
    return stays


def kept_twins(first: Int64, second: Int64, jaccard: Float64, order: Int64, stays: Bool) -> Int64:
    """For each article that goes, the link to the one that stays in its place.

    Of the linked ones that stay and come before it, that which it is most like; of two alike, the preferred one.

    Args:
        first: (n,) one end of each link.
        second: (n,) the other.
        jaccard: (n,) of each link.
        order: see `keep_order`.
        stays: see `choose`.

    Returns:
        (articles,) rows of links, -1 for an article that stays.

    """
    earlier, later = by_preference(first, second, order)
    rows = np.flatnonzero(stays[earlier] & ~stays[later])
    rows = rows[np.lexsort((order[earlier[rows]], -jaccard[rows]))]
    found = np.full(len(order), -1, np.int64)
    found[later[rows][::-1]] = rows[::-1]
    return found
