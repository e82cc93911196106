"""The two languages of the pages: sentences, plurals, dates, and which one a visitor gets."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from naskh.article import Evidence
from naskh.matching.relation import relation_of
from naskh.web import language
from naskh.web.language import LANGUAGES, arabic_plural, preferred
from naskh.web.texts import COUNTS, TEXTS

TEMPLATES = Path(language.__file__).parent / "templates"
arabic, english = LANGUAGES["ar"], LANGUAGES["en"]


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", TEXTS)
def test_a_sentence_stands_in_both_languages_with_the_same_values(key: str) -> None:
    first, second = TEXTS[key]
    assert first
    assert second
    assert _fields(first) == _fields(second)


@pytest.mark.parametrize("key", COUNTS)
def test_a_count_has_a_form_for_every_number_in_both_languages(key: str) -> None:
    for number in (*range(1, 13), 99, 100, 101, 102, 103, 111, 1_000, 1_234_567):
        assert str(number) in english.plain_count(key, number).replace(",", "")
        assert arabic.plain_count(key, number)
        if number > 2:
            assert f"{number:,}" in arabic.plain_count(key, number)


def test_templates_ask_for_sentences_that_there_are_and_no_sentence_is_left_over() -> None:
    sources = "".join(path.read_text() for path in (*TEMPLATES.iterdir(), *TEMPLATES.parent.glob("*.py")))
    asked = set(re.findall(r"\bt(?:\.plain)?\(\s*[\"']([a-z_0-9]+)[\"']\s*[,)]", sources))
    assert asked <= set(TEXTS)
    counted = set(re.findall(r"\.count\(\s*[\"']([a-z_]+)[\"']", sources))
    assert counted == set(COUNTS)
    named = set(re.findall(r"[\"']([a-z]+_?[a-z_0-9]*)[\"']", sources))
    prefixes = set(re.findall(r"\([\"']([a-z]+_)[\"'] ~", sources))
    used = asked | named
    assert {key for key in TEXTS if key not in used and not key.startswith(tuple(prefixes))} == set()


@pytest.mark.parametrize(
    ("number", "category"),
    [(0, "zero"), (1, "one"), (2, "two"), (3, "few"), (10, "few"), (11, "many"), (99, "many"), (100, "other"),
     (102, "other"), (103, "few"), (111, "many")],
)  # fmt: skip
def test_arabic_counts_in_six_ways(number: int, category: str) -> None:
    assert arabic_plural(number) == category


def test_values_in_a_sentence_are_isolated_and_escaped() -> None:
    assert str(english("page_of", page="<b>", last=2)) == (
        'Page <bdi dir="auto">&lt;b&gt;</bdi> of <bdi dir="auto">2</bdi>'
    )
    assert english.plain("passage", n=3) == "Passage \N{FIRST STRONG ISOLATE}3\N{POP DIRECTIONAL ISOLATE}"


@pytest.mark.parametrize(
    ("iso", "in_english", "in_arabic"),
    [
        ("2025-11-24", "24 November 2025", "24 نوفمبر 2025"),
        ("2025-11-24T09:05:00+03:00", "24 November 2025, 09:05 UTC+3", "24 نوفمبر 2025، 09:05 UTC+3"),
        ("2025-11-24T09:05:00-03:30", "24 November 2025, 09:05 UTC-3:30", "24 نوفمبر 2025، 09:05 UTC-3:30"),
        ("2025-11-24T09:05:00Z", "24 November 2025, 09:05 UTC", "24 نوفمبر 2025، 09:05 UTC"),
        ("2025-11-24T09:05:00", "24 November 2025, 09:05", "24 نوفمبر 2025، 09:05"),
        ("some day", "some day", "some day"),
        (None, None, None),
    ],
)
def test_dates_are_written_as_people_write_them(
    iso: str | None, in_english: str | None, in_arabic: str | None
) -> None:
    assert (english.date(iso), arabic.date(iso)) == (in_english, in_arabic)


@pytest.mark.parametrize(
    ("share", "percent"), [(1.0, "100%"), (0.9999, "99%"), (0.5, "50%"), (0.001, "<1%"), (0.0, "0%")]
)
def test_a_share_is_rounded_but_never_to_all_or_nothing(share: float, percent: str) -> None:
    assert english.percent(share) == percent


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("ar", "ar"),
        ("en-GB,en;q=0.9", "en"),
        ("fr,en;q=0.4,ar;q=0.8", "ar"),
        ("en;q=0, ar;q=0.1", "ar"),
        ("ar-MA;q=0.5,en;q=0.5", "ar"),
        ("fr", "ar"),
        ("en;q=x", "ar"),
        ("", "ar"),
        (None, "ar"),
    ],
)
def test_a_visitor_gets_the_language_that_the_browser_asks_for(header: str | None, code: str) -> None:
    assert preferred(header) == code


counts = st.integers(0, 200)


@given(
    st.builds(
        Evidence, shared=counts, distinctive=st.floats(0, 200), boilerplate=counts, containment=st.floats(0, 1),
        words=counts, shared_words=counts, longest=counts, substitutions=counts, substituted_words=counts,
        days_apart=st.none() | st.integers(0, 30), same_outlet=st.none() | st.booleans(), numbers_kept=counts,
        numbers_changed=counts, speech=st.floats(0, 1),
    )
)  # fmt: skip
def test_every_reason_for_a_relation_has_its_words_in_arabic(evidence: Evidence) -> None:
    reason = relation_of(evidence).reason
    assert english.reason(reason) == reason
    assert not re.search("[a-z]", arabic.reason(reason))
