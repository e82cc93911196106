"""ISO 8601 and RFC 2822 dates are kept as ISO 8601; nothing else passes for a date."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from naskh.sources.dates import iso_date


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("2015-07-21", "2015-07-21"),
        (" 2015-07-21\n", "2015-07-21"),
        ("20150721", "2015-07-21"),
        ("2015-W30-2", "2015-07-21"),
        ("2015-07-21T10:05:00", "2015-07-21T10:05:00"),
        ("2015-07-21 10:05", "2015-07-21T10:05:00"),
        ("2015-07-21T10:05:00Z", "2015-07-21T10:05:00+00:00"),
        ("2015-07-21T10:05:00+03:00", "2015-07-21T10:05:00+03:00"),
        ("2015-07-21T10:05:00+0300", "2015-07-21T10:05:00+03:00"),
        ("2015-07-21T10:05:00.250Z", "2015-07-21T10:05:00.250000+00:00"),
        ("20150721T100500Z", "2015-07-21T10:05:00+00:00"),
        ("Tue, 21 Jul 2015 10:05:00 +0300", "2015-07-21T10:05:00+03:00"),
        ("21 Jul 2015 10:05:00 GMT", "2015-07-21T10:05:00+00:00"),
        ("Tue, 21 Jul 2015 10:05 -0500", "2015-07-21T10:05:00-05:00"),
        ("Tue, 21 Jul 2015 10:05:00 -0000", "2015-07-21T10:05:00"),
    ],
)
def test_iso_8601_and_rfc_2822_are_kept_as_iso_8601(given_, expected):
    assert iso_date(given_) == expected


@pytest.mark.parametrize("blank", ["", " ", "\n\t"])
def test_a_blank_date_is_no_date(blank):
    assert iso_date(blank) is None


@pytest.mark.parametrize(
    "value",
    [
        "2015-02-30",
        "2015-13-01",
        "2015-7-21",
        "2015-07",
        "2015",
        "21/07/2015",
        "2015/07/21",
        "1437436800",
        "1412103012345",
        "2015-07-21T25:00:00",
        "٢٠١٥-٠٧-٢١",
        "الثلاثاء 5 شوال 1436",
        "21 يوليو 2015",
        "Tue, 32 Jul 2015 10:05:00 +0300",
        "Tue, 21 Abc 2015 10:05:00 +0300",
        "21 Jul 2015",
        "5",
        "yesterday",
    ],
)
def test_anything_else_is_not_a_date(value):
    with pytest.raises(ValueError):  # noqa: PT011 - the type is the contract, the words are not
        iso_date(value)


@given(st.datetimes(timezones=st.none() | st.just(datetime.UTC)))
def test_what_isoformat_writes_is_kept(moment):
    assert iso_date(moment.isoformat()) == moment.isoformat()
    assert iso_date(moment.date().isoformat()) == moment.date().isoformat()


_WORDS = ["Tue, ", "21", " ", "Jul", "2015", "10:05", ":00", "+0300", "99999", "-", "T", "Z", "\0", "٢"]


@given(st.text() | st.lists(st.sampled_from(_WORDS), max_size=9).map("".join))
def test_any_string_is_a_date_blank_or_a_value_error(value):
    try:
        result = iso_date(value)
    except ValueError:
        return
    assert (result is None) == (not value.strip())
    if result is not None:
        datetime.datetime.fromisoformat(result)
