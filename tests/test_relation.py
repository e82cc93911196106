"""From the evidence to a relation: each rule, with the reason that it gives."""

from __future__ import annotations

import msgspec
import pytest

from naskh import Article, Index
from naskh.article import Evidence
from naskh.matching.relation import relation_of, turns_on_text

#: Two articles of one day that share most of their text, in words that no other story has.
COPY = Evidence(
    shared=100, distinctive=90.0, boilerplate=0, containment=0.8, words=125, shared_words=110, longest=60,
    substitutions=1, substituted_words=2, days_apart=1, same_outlet=False, numbers_kept=2,
    numbers_changed=0, speech=0.3,
)  # fmt: skip
#: The same for one paragraph of four.
PART = msgspec.structs.replace(
    COPY, shared=40, distinctive=38.0, containment=0.3, words=140, shared_words=45, longest=44
)


def but(evidence: Evidence, **changes: object) -> Evidence:
    return msgspec.structs.replace(evidence, **changes)


@pytest.mark.parametrize(
    ("evidence", "relation", "reason"),
    [
        pytest.param(COPY, "copy", "other stories lack", id="most of the shorter article"),
        pytest.param(PART, "partial", "a part", id="a paragraph of it"),
        pytest.param(but(COPY, distinctive=5.0, containment=0.6), "formula", "other stories too", id="stock"),
        pytest.param(but(COPY, distinctive=0.0, containment=0.97), "copy", "word for word", id="whole formula"),
        pytest.param(
            but(COPY, distinctive=0.0, containment=0.8, substitutions=5, substituted_words=14),
            "formula", "other stories too", id="a cable with other names",
        ),
        pytest.param(
            but(COPY, distinctive=20.0, shared=30, words=60, shared_words=50), "copy", "few", id="a short copy"
        ),
        pytest.param(
            but(COPY, days_apart=6, substitutions=2, containment=0.7), "formula", "days", id="frame days later"
        ),
        pytest.param(but(COPY, days_apart=6, substitutions=1), "copy", "lack", id="a copy days later"),
        pytest.param(
            but(COPY, substituted_words=20, numbers_kept=1, numbers_changed=8),
            "formula", "other numbers", id="standings with other numbers",
        ),
        pytest.param(
            but(COPY, substituted_words=20, numbers_kept=8, numbers_changed=8),
            "copy", "other stories lack", id="a copy of which some numbers changed",
        ),
        pytest.param(
            but(COPY, substituted_words=20, numbers_kept=7, numbers_changed=8, same_outlet=True, containment=0.4),
            "formula", "other numbers", id="the bulletin of another day",
        ),
        pytest.param(
            but(COPY, substituted_words=20, numbers_kept=7, numbers_changed=8, same_outlet=True, containment=0.4,
                days_apart=0),
            "copy", "other stories lack", id="the same bulletin, revised",
        ),
        pytest.param(
            but(COPY, distinctive=5.0, containment=0.6, days_apart=0), "copy", "two", id="stock words of one day"
        ),
        pytest.param(
            but(COPY, distinctive=5.0, containment=0.6, days_apart=0, same_outlet=True),
            "formula", "other stories too", id="stock words of one outlet",
        ),
        pytest.param(but(PART, days_apart=15), "formula", "background", id="a standing background"),
        pytest.param(
            but(PART, days_apart=15, distinctive=80.0, shared=85), "partial", "a part", id="a long part weeks later"
        ),
        pytest.param(but(PART, shared_words=24), "quote", "a sentence or two", id="a sentence or two"),
        pytest.param(but(PART, shared_words=30, speech=0.95), "quote", "somebody's words", id="a statement"),
        pytest.param(but(PART, words=90, speech=0.95), "partial", "a part", id="a statement, half of the article"),
        pytest.param(
            but(PART, shared=14, distinctive=12.0), "quote", "a few words that", id="a few own words"
        ),
        pytest.param(
            but(PART, shared=14, distinctive=4.0), "formula", "other stories too", id="a few words of any story"
        ),
        pytest.param(but(PART, days_apart=None, longest=9), "quote", "a few words", id="scattered"),
    ],
)  # fmt: skip
def test_the_relation_follows_from_the_evidence(evidence: Evidence, relation: str, reason: str) -> None:
    verdict = relation_of(evidence)
    assert verdict.relation == relation
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("evidence", "does"),
    [
        (COPY, False),
        (but(COPY, substituted_words=20), True),
        (but(PART, shared_words=30), True),
        (but(PART, shared_words=30, distinctive=3.0), False),
    ],
)
def test_texts_are_only_needed_where_the_verdict_may_turn_on_them(evidence: Evidence, does: bool) -> None:
    assert turns_on_text(evidence) is does
    without = but(evidence, numbers_kept=None, numbers_changed=None, speech=None)
    assert does or relation_of(without) == relation_of(evidence)


FRAME = (
    "بعث رئيس الجمهورية برقية تهنئة إلى فخامة الرئيس {name} رئيس جمهورية {country} بمناسبة ذكرى استقلال "
    "بلاده، وأعرب فيها باسمه واسم شعب الجمهورية وحكومتها عن أصدق التهاني وأطيب التمنيات بالصحة والسعادة "
    "لفخامته، ولحكومة وشعب {country} الصديق اطراد التقدم والازدهار."
)
CABLES = [
    ("سمير الزاهي", "النخيل"),
    ("ماهر البحري", "المرجان"),
    ("وليد الجبلي", "الزيتون"),
    ("رائد السهلي", "السنديان"),
]


@pytest.fixture(scope="module")
def cables(tmp_path_factory: pytest.TempPathFactory) -> Index:
    index = Index(tmp_path_factory.mktemp("cables") / "index")
    index.add(
        Article(id=f"cable-{n}", text=FRAME.format(name=name, country=country), date=f"2025-11-{1 + 6 * n:02}")
        for n, (name, country) in enumerate(CABLES)
    )
    return index


def test_a_cable_with_another_name_is_a_formula_even_on_the_same_day(cables: Index) -> None:
    text = FRAME.format(name="غسان الوادي", country="الصنوبر")
    matches = cables.query(Article(id="new", text=text, date="2025-11-07")).matches
    assert {match.relation for match in matches} == {"formula"}
    assert len(matches) == len(CABLES)


def test_the_same_cable_carried_by_another_outlet_is_a_copy(cables: Index) -> None:
    text = "القاهرة - وكالات: " + FRAME.format(name=CABLES[1][0], country=CABLES[1][1])
    matches = cables.query(Article(id="new", text=text, date="2025-11-08")).matches
    assert (matches[0].id, matches[0].relation) == ("cable-1", "copy")
    assert {match.relation for match in matches[1:]} == {"formula"}


def test_a_match_says_why_only_when_asked(cables: Index) -> None:
    plain = cables.query_id("cable-0").matches[0]
    explained = cables.query_id("cable-0", explain=True).matches[0]
    assert b"evidence" not in msgspec.json.encode(plain)
    assert explained.reason == "words that stand in other stories too"
    assert explained.evidence is not None
    assert explained.evidence.substitutions > 0
    assert explained.evidence.days_apart == 6


def test_two_articles_can_be_compared_however_little_they_share(cables: Index) -> None:
    match = cables.compare("cable-0", "cable-1")
    assert match is not None
    assert match.relation == "formula"
    assert cables.compare(Article(id="", text="لا شيء من هذا في أي مكان آخر"), "cable-1") is None
