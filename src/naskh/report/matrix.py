"""Who shares with whom: outlets held against outlets, over the families."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import ceil, sqrt
from typing import NamedTuple

import msgspec

from naskh.article import Family
from naskh.matching.origin import moment_of
from naskh.matching.recurrence import UNDATED, day_of

#: Shades of a cell of the matrix, besides that of no shared story.
SHADES = 6


class Matrix(msgspec.Struct, frozen=True):
    """Outlets, and for each two of them how many families both are in.

    `outlets` are those with articles in families, the ones with most articles first. ``shared[row][column]`` counts
    the families in which both have an article; on the diagonal, those in which the outlet has two or more.
    ``earlier[row][column]`` counts those of them in which the row's first article is dated before the column's
    first; where neither is, a date is missing, or both are of one day and a time is.
    """

    outlets: tuple[str, ...]
    shared: tuple[tuple[int, ...], ...]
    earlier: tuple[tuple[int, ...], ...]


class _Part(NamedTuple):
    """What one outlet has of a family: the date of its first article, and how many."""

    date: str | None
    articles: int


def matrix_of(families: Iterable[Family], *, most: int | None = None) -> Matrix:
    """The matrix of some families.

    Args:
        families: they are read once; their articles are by date, as `naskh.Index.families` gives them.
        most: so many outlets, those with most articles; all by default. The size of the matrix is its square.

    """
    carried = [_by_outlet(family) for family in families]
    articles: Counter[str] = Counter()
    for parts in carried:
        articles.update({outlet: part.articles for outlet, part in parts.items()})
    outlets = sorted(articles, key=lambda outlet: (-articles[outlet], outlet))[:most]
    place = {outlet: number for number, outlet in enumerate(outlets)}
    shared = [[0] * len(outlets) for _ in outlets]
    earlier = [[0] * len(outlets) for _ in outlets]
    for parts in carried:
        known = [(place[outlet], part) for outlet, part in parts.items() if outlet in place]
        for row, own in known:
            for column, other in known:
                shared[row][column] += row != column or own.articles > 1
                earlier[row][column] += row != column and is_before(own.date, other.date)
    return Matrix(tuple(outlets), _frozen(shared), _frozen(earlier))


def most_shared(matrix: Matrix, outlets: int) -> int:
    """The most families that two of the first outlets share."""
    places = range(outlets)
    return max((matrix.shared[row][column] for row in places for column in places if row != column), default=0)


def shade_of(shared: int, most: int) -> int:
    """How dark a cell is, 0 to `SHADES`: by the square root, since a few outlets share most."""
    return ceil(SHADES * sqrt(shared / most)) if shared else 0


def is_before(date: str | None, other: str | None) -> bool:
    """Whether one date is known to be before another: by the day, within a day by the time if both have one."""
    day, other_day = day_of(date), day_of(other)
    if UNDATED in (day, other_day):
        return False
    if day != other_day:
        return day < other_day
    moment, other_moment = moment_of(date), moment_of(other)
    return moment is not None and other_moment is not None and moment < other_moment


def _by_outlet(family: Family) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}
    for article in family.articles:
        if article.outlet:
            first = parts.get(article.outlet, _Part(article.date, 0))
            parts[article.outlet] = _Part(first.date, first.articles + 1)
    return parts


def _frozen(rows: list[list[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in rows)
