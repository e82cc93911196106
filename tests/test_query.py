"""A query finds the articles that share text, measures them exactly and shows where."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT
from naskh import Article, Index, QueryResult, Settings
from naskh.arrays import sorted_distinct
from naskh.matching.measures import overlap
from naskh.matching.passages import Run, align
from naskh.sketch.reference import sketch_text
from naskh.text.analysis import analyse


def shingles(text: str) -> frozenset[int]:
    return frozenset(sketch_text(text, Settings()).evidence.tolist())


def found(result: QueryResult) -> dict[str, str]:
    return {match.id: match.relation for match in result.matches}


@pytest.fixture(scope="session")
def expected() -> dict:
    return json.loads((ROOT / "examples" / "sample-expected.json").read_text())


def test_every_planted_copy_of_the_sample_is_found_from_both_sides(
    sample: list[Article], sample_index: Index, expected: dict
) -> None:
    by_id = {article.id: article for article in sample}
    copies = [(p["a"], p["b"]) for p in expected["pairs"] if p["relation"] in ("copy", "partial")]
    assert len(copies) > 30
    for a, b in copies:
        assert found(sample_index.query(by_id[a])).get(b) in ("copy", "partial"), (a, b)
        assert found(sample_index.query(by_id[b])).get(a) in ("copy", "partial"), (b, a)


def test_every_pair_of_the_sample_has_the_relation_that_an_editor_gave_it(
    sample: list[Article], sample_index: Index, expected: dict
) -> None:
    by_id = {article.id: article for article in sample}
    for pair in expected["pairs"]:
        for a, b in ((pair["a"], pair["b"]), (pair["b"], pair["a"])):
            match = sample_index.compare(by_id[a], b)
            assert match is not None
            assert match.relation == pair["relation"], (a, b, match.reason)


def test_nothing_else_of_the_sample_is_called_a_copy(
    sample: list[Article], sample_index: Index, expected: dict
) -> None:
    copies = {frozenset((p["a"], p["b"])) for p in expected["pairs"] if p["relation"] in ("copy", "partial")}
    called = {
        frozenset((article.id, match.id))
        for article in sample
        for match in sample_index.query(article).matches
        if match.relation in ("copy", "partial")
    }
    assert called == copies


def test_measures_are_exact_and_passages_tell_the_truth(sample: list[Article], sample_index: Index) -> None:
    by_id = {article.id: article for article in sample}
    for article in sample:
        own = shingles(article.text)
        for match in sample_index.query(article).matches:
            other = shingles(by_id[match.id].text)
            both = len(own & other)
            assert match.containment == both / len(own)
            assert match.containment_in_match == both / len(other)
            assert match.jaccard == both / len(own | other)
            for passage in match.passages:
                here = article.text[slice(*passage.query.chars)]
                there = by_id[match.id].text[slice(*passage.match.chars)]
                assert len(shingles(here) & shingles(there)) >= 5
                assert 0.0 < passage.similarity <= 1.0


def test_paragraphs_and_characters_of_a_passage_agree(sample: list[Article], sample_index: Index) -> None:
    for article in sample[::3]:
        lines = analyse(article.text).paragraphs
        for match in sample_index.query(article).matches:
            for passage in match.passages:
                (first, last), (start, end) = passage.query.paragraphs, passage.query.chars
                assert lines[first - 1].start <= start < lines[first - 1].end
                assert lines[last - 1].start < end <= lines[last - 1].end


def test_the_best_match_comes_first_and_the_article_itself_is_left_out(
    sample: list[Article], sample_index: Index
) -> None:
    order = ["copy", "partial", "quote", "formula"]
    for article in sample:
        matches = sample_index.query(article).matches
        assert article.id not in [m.id for m in matches]
        ranks = [(order.index(m.relation), -max(m.containment, m.containment_in_match)) for m in matches]
        assert ranks == sorted(ranks)


def test_an_article_is_found_by_its_id_as_by_its_text(sample: list[Article], sample_index: Index) -> None:
    for article in sample[::7]:
        assert sample_index.query_id(article.id) == sample_index.query(article)


SENTENCES = [
    "افتتح محافظ الشاطئ صباح اليوم جسرا معلقا يربط ضفتي الوادي بعد ثلاث سنوات من العمل المتواصل",
    "وقالت المهندسة المشرفة على المشروع إن الجسر صمم ليتحمل السيول والرياح القوية التي تضرب المنطقة شتاء",
    "ويختصر الجسر المسافة بين القرية والمستشفى الكبير من خمسين كيلومترا إلى أقل من ستة كيلومترات",
    "وتجمع الأهالي منذ الفجر لعبور الجسر سيرا على الأقدام ووزع التجار الحلوى والعصائر على المارة",
    "وكان القرويون يعبرون الوادي في قوارب صغيرة خلال الشتاء وغرق عدد منهم في فيضان قبل عشرة أعوام",
    "ومن المقرر أن تسير الحافلات المدرسية على الجسر ابتداء من الأسبوع المقبل بعد انتهاء تجارب السلامة",
]


@pytest.mark.parametrize(
    "disguise",
    [
        pytest.param(lambda lines: " ".join(lines), id="all in one line"),
        pytest.param(lambda lines: "\n".join(reversed(lines)), id="paragraphs in reverse"),
        pytest.param(lambda lines: "\n".join(lines[:2]), id="cut to a third"),
        pytest.param(lambda lines: "\n".join(" ".join(p) for p in (lines[:2], lines[2:])), id="other paragraphs"),
        pytest.param(lambda lines: "الشاطئ - وكالات:\n" + "\n".join(lines), id="a dateline on top"),
        pytest.param(lambda lines: "\n".join(lines).replace("ة", "ه").replace("أ", "ا"), id="other spelling"),
        pytest.param(lambda lines: "\n".join(lines).replace("ا", "اَـ"), id="vocalised and stretched"),
        pytest.param(lambda lines: "\n".join("و" + line for line in lines), id="proclitics in front"),
    ],
)
def test_a_disguised_copy_is_found(index: Index, disguise) -> None:
    index.add([Article(id="origin", text="\n".join(SENTENCES))])
    (match,) = index.query(disguise(SENTENCES)).matches
    assert match.relation == "copy"
    assert match.passages


def test_a_paragraph_that_two_long_articles_share_is_found(index: Index, sample: list[Article]) -> None:
    def long_text(start: int) -> str:
        return "\n".join(a.text for a in sample[start : start + 12])

    index.add([Article(id="long", text=f"{long_text(0)}\n{SENTENCES[0]} {SENTENCES[1]}")])
    matches = index.query(f"{SENTENCES[0]} {SENTENCES[1]}\n{long_text(24)}").matches
    assert "long" in [m.id for m in matches]


def test_a_higher_floor_leaves_weak_matches_out(sample: list[Article], sample_index: Index) -> None:
    for article in sample:
        for match in sample_index.query(article, min_containment=0.6).matches:
            assert max(match.containment, match.containment_in_match) >= 0.6


def test_what_a_longer_passage_left_over_is_a_passage_too(index: Index) -> None:
    p1, p2, p3, p4 = SENTENCES[:4]
    index.add([Article(id="doubled", text="\n".join([p1, p2, p3, p2, p3, p4]))])
    (match,) = index.query("\n".join([p1, p2, p3, p4])).matches
    assert [(p.query.paragraphs, p.match.paragraphs) for p in match.passages] == [
        ((1, 3), (1, 3)),
        ((4, 4), (6, 6)),
    ]


def test_a_sentence_that_the_match_repeats_is_a_passage(index: Index) -> None:
    index.add([Article(id="refrain", text="\n".join([SENTENCES[0]] * 20))])
    (match,) = index.query(SENTENCES[0]).matches
    assert [p.match.paragraphs for p in match.passages] == [(1, 1)]


small = st.lists(st.integers(0, 30), max_size=40).map(lambda values: np.array(values, np.uint32))


@given(small, small)
@settings(max_examples=300, deadline=None)
def test_overlap_is_that_of_two_sets(first: np.ndarray, second: np.ndarray) -> None:
    a, b = set(first.tolist()), set(second.tolist())
    counted = overlap(sorted_distinct([first]), sorted_distinct([second]))
    assert counted == (len(a), len(b), len(a & b))
    assert counted.jaccard == (len(a & b) / len(a | b) if a | b else 0.0)
    assert counted.containment == (len(a & b) / len(a) if a else 0.0)
    assert counted.containment_in_second == (len(a & b) / len(b) if b else 0.0)


@given(small, small)
@settings(max_examples=300, deadline=None)
def test_aligned_runs_lie_in_both_texts_and_do_not_overlap_in_the_query(
    query: np.ndarray, match: np.ndarray
) -> None:
    runs = align(query, match)
    for run in runs:
        assert 0 <= run.first <= run.last < len(query)
        assert 0 <= run.match_first <= run.match_last < len(match)
        assert query[run.first] == match[run.match_first]
        assert query[run.last] == match[run.match_last]
    assert all(a.last < b.first for a, b in pairwise(runs))


def test_runs_with_a_few_words_changed_between_them_are_one_passage() -> None:
    query = np.arange(100, dtype=np.uint32)
    match = np.concatenate([np.arange(500, 520), np.arange(10, 40), [900, 901], np.arange(43, 60)]).astype(
        np.uint32
    )
    assert align(query, match) == [Run(10, 59, 20, 68, 47)]
