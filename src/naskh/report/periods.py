"""Days put together to weeks, months or years, so that a chart of any time has room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from naskh.report.figures import Day

Unit = Literal["day", "week", "month", "year"]

#: A chart has room for so many.
MOST_PERIODS = 120


class Period(NamedTuple):
    """A period by how it begins: a day, the first day of a week (Monday's), a month (2015-08) or a year."""

    start: str
    articles: int
    origin: int
    copy: int
    unknown: int


def periods_of(days: Sequence[Day]) -> tuple[Unit, list[Period]]:
    """The shortest unit of which there are not too many from the first day to the last, and all of these.

    One without articles is worth a gap. Of years there may be too many even so: then those with articles.

    Args:
        days: by date.

    """
    if not days:
        return "day", []
    first, last = date.fromisoformat(days[0].date), date.fromisoformat(days[-1].date)
    short = (unit for unit, length in _LENGTHS if (last - first).days < MOST_PERIODS * length)
    unit: Unit = next(short, "year")
    start_of = _STARTS[unit]
    periods: dict[str, Period] = {}
    if unit != "year" or last.year - first.year < MOST_PERIODS:
        every = (first + timedelta(ahead) for ahead in range((last - first).days + 1))
        periods = {start: Period(start, 0, 0, 0, 0) for start in map(start_of, every)}
    for day in days:
        so_far = periods.get(start := start_of(date.fromisoformat(day.date)), Period("", 0, 0, 0, 0))
        periods[start] = Period(
            start,
            so_far.articles + day.articles,
            so_far.origin + day.origin,
            so_far.copy + day.copy,
            so_far.unknown + day.unknown,
        )
    return unit, list(periods.values())


_LENGTHS: tuple[tuple[Unit, int], ...] = (("day", 1), ("week", 7), ("month", 28))
_STARTS: dict[Unit, Callable[[date], str]] = {
    "day": date.isoformat,
    "week": lambda day: day.fromordinal(max(1, day.toordinal() - day.weekday())).isoformat(),
    "month": lambda day: day.isoformat()[:7],
    "year": lambda day: day.isoformat()[:4],
}
