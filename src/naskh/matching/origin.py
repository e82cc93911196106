"""Who had a story first, as far as the evidence goes: agencies, dates and lengths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from naskh.article import Role
from naskh.matching.recurrence import UNDATED, day_of
from naskh.text.credits import UNNAMED

#: An origin has at least this part of the words of the family's longest article: an excerpt is not what the
#: others copied.
MIN_LENGTH = 0.5
#: An agency's own article is the origin although another's bears an earlier date, if no more days earlier.
AGENCY_DAYS = 1
#: Dates whose moments are remembered.
_DATES = 4096


class Member(NamedTuple):
    """What is known of an article of a family.

    `credit` is the short id of the agency that it credits, `agency` that of the agency which its outlet is;
    `words` is its length.
    """

    outlet: str | None
    date: str | None
    credit: str | None
    agency: str | None
    words: int


def credit_of_family(members: Sequence[Member]) -> str | None:
    """The agency that most members credit; a named one before unnamed ones, the first in the alphabet in a tie."""
    credited = Counter(member.credit for member in members if member.credit is not None)
    named = {agency: count for agency, count in credited.items() if agency != UNNAMED} or credited
    return min(named, key=lambda agency: (-named[agency], agency), default=None)


def roles(members: Sequence[Member]) -> list[Role]:
    """The role of each member.

    In this order: an agency's own article is the origin of a family that credits it; where the credited agency
    is not among the members, those who credit it are copies of what is not here, and of the others nothing is
    known; else the one that is first by date is the origin if it is no excerpt, and if it is alone. Whoever is
    later than the first is a copy; without dates nothing is known.
    """
    credit = credit_of_family(members)
    if credit is not None:
        own = _first_of([member.agency == credit for member in members], members)
        if own is not None:
            return ["origin" if place == own else "copy" for place in range(len(members))]
        return ["copy" if member.credit in (credit, UNNAMED) else "unknown" for member in members]
    days = [day_of(member.date) for member in members]
    if UNDATED in days:
        return ["unknown"] * len(members)
    moments = [moment_of(member.date) for member in members]
    comparable = all(moment is not None for moment in moments)
    keys: list[float] = [moment or 0.0 for moment in moments] if comparable else [float(day) for day in days]
    earliest = min(keys)
    first = [place for place, key in enumerate(keys) if key == earliest]
    longest = max(member.words for member in members)
    if len(first) == 1 and members[first[0]].words >= MIN_LENGTH * longest:
        return ["origin" if place == first[0] else "copy" for place in range(len(members))]
    return ["unknown" if place in first else "copy" for place in range(len(members))]


def _first_of(are_own: Sequence[bool], members: Sequence[Member]) -> int | None:
    """The first of an agency's own articles, if it is not much later than the family's first."""
    days = [day_of(member.date) for member in members]
    own = [place for place, is_own in enumerate(are_own) if is_own]
    if not own:
        return None
    first = min(own, key=lambda place: (days[place] == UNDATED, days[place], members[place].date or "", place))
    known = [day for day in days if day != UNDATED]
    late = days[first] != UNDATED and bool(known) and days[first] > min(known) + AGENCY_DAYS
    return None if late else first


@lru_cache(_DATES)
def moment_of(date: str | None) -> float | None:
    """Seconds since 1970 of a date with a time and a zone; None for any other."""
    if date is None or len(date) <= 10:
        return None
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo is not None else None
