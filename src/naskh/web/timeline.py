"""Who carried a story when, as places on a line: one lane for each outlet, time running along it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from naskh.article import FamilyArticle, Role

#: Dots of one lane that are nearer to each other than this share of its length stand in rows.
_APART = 0.03
#: Room at both ends, for the dots themselves.
_MARGIN = 0.03


class Dot(NamedTuple):
    """An article, by its `number` in the family; `at` is its place along the lane, 0 to 1 as one reads."""

    number: int
    at: float
    row: int
    role: Role
    date: str


class Lane(NamedTuple):
    """The articles of one outlet, in as many rows as they need not to cover each other."""

    outlet: str | None
    rows: int
    dots: tuple[Dot, ...]


class Tick(NamedTuple):
    """A day on the axis, or a time of the one day that there is, in ISO 8601."""

    at: float
    label: str


class Timeline(NamedTuple):
    """Lanes in the order in which outlets carried the story; `undated` articles are in none of them."""

    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    undated: int


def timeline(articles: Sequence[FamilyArticle]) -> Timeline:
    """The timeline of a family's articles."""
    moments = [
        (moment, number, article) for number, article in enumerate(articles, 1) if (moment := _moment(article.date))
    ]
    if not moments:
        return Timeline((), (), len(articles))
    first, last = min(moments)[0], max(moments, key=lambda entry: entry[0])[0]
    lanes: dict[str | None, list[Dot]] = {}
    for moment, number, article in sorted(moments, key=lambda entry: entry[:2]):
        dots = lanes.setdefault(article.outlet or None, [])
        at = _place(moment, first, last)
        dots.append(Dot(number, at, _free_row(dots, at), article.role, article.date or ""))
    shown = [Lane(outlet, 1 + max(dot.row for dot in dots), tuple(dots)) for outlet, dots in lanes.items()]
    return Timeline(tuple(shown), _ticks(first, last), len(articles) - len(moments))


def _moment(iso: str | None) -> datetime | None:
    """A date as a moment; the beginning of the day where no time is known, UTC where no zone is."""
    if not iso:
        return None
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # the first or the last day of all, in another zone
        return None


def _place(moment: datetime, first: datetime, last: datetime) -> float:
    if first == last:
        return 0.5
    return _MARGIN + (1 - 2 * _MARGIN) * ((moment - first) / (last - first))


def _free_row(dots: Sequence[Dot], at: float) -> int:
    taken = {dot.row for dot in dots if at - dot.at < _APART}
    return next(row for row in range(len(dots) + 1) if row not in taken)


def _ticks(first: datetime, last: datetime) -> tuple[Tick, ...]:
    """The days of the first and the last dot, and the noon of one between; of one day, the times of these dots."""
    if first == last:
        return (Tick(0.5, first.date().isoformat()),)
    if first.date() == last.date():
        return Tick(_place(first, first, last), first.isoformat()), Tick(
            _place(last, first, last), last.isoformat()
        )
    ends = (
        Tick(_place(first, first, last), first.date().isoformat()),
        Tick(_place(last, first, last), last.date().isoformat()),
    )
    days = (last.date() - first.date()).days
    if days < 2:
        return ends
    middle = datetime.combine(first.date() + timedelta(days=days // 2), time(12), UTC)
    return ends[0], Tick(_place(middle, first, last), middle.date().isoformat()), ends[1]
