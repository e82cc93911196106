"""Dates of articles: ISO 8601 and RFC 2822 in, ISO 8601 out."""

from __future__ import annotations

import re
from datetime import date, datetime

_DATE_LENGTHS = (8, 10)  # YYYYMMDD or YYYYWwwD, YYYY-MM-DD or YYYY-Www-D

# email.utils makes a date of almost anything ("5" is one), so the shape is checked first:
# "Tue, 21 Jul 2015 10:00:00 +0300", the day of the week and the seconds being optional.
_RFC_2822 = re.compile(r"(?:[A-Za-z]{3},)?\s*\d{1,2}\s+[A-Za-z]{3}\s+\d{2,4}\s+\d{1,2}:\d{2}", re.ASCII)


def iso_date(value: str) -> str | None:
    """Return `value` as ISO 8601, a plain date as YYYY-MM-DD; None for an empty or blank string.

    A time without an offset stays without one. Raises ValueError for what is neither ISO 8601 nor RFC 2822.
    """
    if len(value) == 10 and value[4] == value[7] == "-":
        date.fromisoformat(value)
        return value
    value = value.strip()
    if not value:
        return None
    if _RFC_2822.match(value):
        return _from_rfc_2822(value)
    if len(value) in _DATE_LENGTHS:
        return date.fromisoformat(value).isoformat()
    # fromisoformat takes any character between date and time, and so would read the 13 digits of
    # a Unix time in milliseconds as a day of the fifteenth century.
    if not any(value[length] in "Tt " for length in _DATE_LENGTHS if len(value) > length):
        raise ValueError(f"not a date: {value!r}")
    return datetime.fromisoformat(value).isoformat()


def _from_rfc_2822(value: str) -> str:
    # Few sources need it, and it costs about 15 ms to import.
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(value).isoformat()
    except (TypeError, IndexError, OverflowError) as error:
        raise ValueError(f"not a date: {value!r}") from error
