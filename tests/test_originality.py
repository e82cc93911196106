"""How much of an outlet's text is its own, and which stored articles say something twice."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arabic import texts
from naskh import Article, Index, Settings, repeated_blocks
from naskh.article import OutletText
from naskh.matching.corpus import Corpus
from naskh.matching.many_blocks import blocks_of_all
from naskh.matching.origin import moment_of
from naskh.matching.originality import Times
from naskh.matching.recurrence import day_of
from naskh.matching.relation import ORDER
from naskh.matching.repeat_kernels import may_repeat
from naskh.report.matrix import is_before
from naskh.sketch.reference import shingle_hashes, sketch_text, without
from naskh.text.analysis import analyse
from test_blocks import articles_of_pieces, sentences

WIRE = sentences("و", 12)
OWN = sentences("ن", 12)


def article(id_: str, outlet: str | None, date: str | None, lines: list[str]) -> Article:
    return Article(id=id_, outlet=outlet, date=date, text="\n".join(lines))


def texts_of(index: Index) -> dict[str, OutletText]:
    return {own.outlet: own for own in index.compare_all().originality()}


def test_text_of_an_earlier_article_of_another_outlet_is_taken(index: Index) -> None:
    index.add(
        [
            article("1", "first", "2025-10-27", WIRE),
            article("2", "second", "2025-10-28", WIRE[:8] + OWN[:4]),
            article("3", "third", "2025-10-28", WIRE),
        ]
    )
    found = texts_of(index)
    assert found["first"] == OutletText(outlet="first", articles=1, shingles=118, taken=0, unordered=0)
    assert found["second"] == OutletText(outlet="second", articles=1, shingles=118, taken=78, unordered=0)
    assert found["second"].own == 40
    assert found["third"] == OutletText(outlet="third", articles=1, shingles=118, taken=118, unordered=0)


@pytest.mark.parametrize(
    ("dates", "unordered"),
    [
        (("2025-10-27", "2025-10-27"), {"first": 118, "second": 118}),
        (("2025-10-27", None), {"first": 118, "second": 118}),
        (("2025-10-27T08:00:00+03:00", "2025-10-27T09:00:00+03:00"), {"first": 0, "second": 0}),
    ],
)
def test_of_one_day_or_without_a_date_nobody_is_known_to_have_taken(index: Index, dates, unordered) -> None:
    index.add([article("1", "first", dates[0], WIRE), article("2", "second", dates[1], WIRE)])
    assert {outlet: own.unordered for outlet, own in texts_of(index).items()} == unordered


def test_an_outlet_s_earlier_articles_and_those_of_no_outlet_take_nothing_from_it(index: Index) -> None:
    index.add([article("1", "one", "2025-10-26", WIRE), article("2", "one", "2025-10-27", WIRE)])
    index.add([article("3", None, "2025-10-25", WIRE), article("4", "", "2025-10-25", WIRE)])
    assert texts_of(index) == {"one": OutletText(outlet="one", articles=2, shingles=236, taken=0, unordered=0)}


def plain_texts(index: Index) -> dict[str, OutletText]:
    """The definition, on sets of shingles."""
    compared = index.compare_all()
    articles = {id_: index.get(id_) for id_ in compared.corpus.ids.to_pylist()}
    sketches = {id_: sketch_text(each.text, Settings()) for id_, each in articles.items()}
    sets = {id_: set(without(each.shingles, each.dateline).tolist()) for id_, each in sketches.items()}
    ids = list(articles)
    taken: dict[str, set[int]] = defaultdict(set)
    unordered: dict[str, set[int]] = defaultdict(set)
    related = compared.related
    for one, other, code in zip(related.first, related.second, related.relations, strict=True):
        for target, source in ((ids[one], ids[other]), (ids[other], ids[one])):
            outlets = articles[target].outlet, articles[source].outlet
            if ORDER[code] not in ("copy", "partial") or not all(outlets) or outlets[0] == outlets[1]:
                continue
            dates = articles[source].date, articles[target].date
            if is_before(*dates):
                taken[target] |= sets[target] & sets[source]
            elif not is_before(*reversed(dates)):
                unordered[target] |= sets[target] & sets[source]
    return {
        outlet: OutletText(
            outlet=outlet,
            articles=len(own),
            shingles=sum(len(sets[id_]) for id_ in own),
            taken=sum(len(taken[id_]) for id_ in own),
            unordered=sum(len(unordered[id_] - taken[id_]) for id_ in own),
        )
        for outlet in {each.outlet for each in articles.values() if each.outlet}
        for own in [[id_ for id_, each in articles.items() if each.outlet == outlet]]
    }


def test_the_shares_are_those_of_the_definition(sample_index: Index) -> None:
    found = texts_of(sample_index)
    assert found == plain_texts(sample_index)
    assert sum(own.taken for own in found.values()) > 1000


def test_the_shares_do_not_depend_on_how_many_pairs_are_looked_at_at_a_time(
    sample_index: Index, monkeypatch
) -> None:
    found = texts_of(sample_index)
    for pairs in (1, 5):
        monkeypatch.setattr("naskh.matching.originality._PAIRS", pairs)
        assert texts_of(sample_index) == found


dates = st.sampled_from(
    [
        "2025-10-27",
        "2025-10-28",
        "2025-10-28T10:00:00+03:00",
        "2025-10-28T10:00:00+00:00",
        "2025-10-28T10:00:00",
        None,
    ]
)


@given(st.lists(dates, min_size=2, max_size=2))
def test_times_are_compared_as_the_matrix_compares_dates(pair: list[str | None]) -> None:
    moments = [moment_of(date) for date in pair]
    times = Times(
        np.array([day_of(date) for date in pair]),
        np.array([np.nan if moment is None else moment for moment in moments]),
    )
    assert times.are_before(np.array([0]), np.array([1]))[0] == is_before(*pair)


# --- what stands twice in stored articles ------------------------------------------------------------------------


def may(text: str) -> bool:
    shingles = shingle_hashes(analyse(text).words)
    found = np.zeros(1, np.bool_)
    may_repeat(shingles, np.zeros(1, np.int64), np.array([len(shingles)]), found)
    return bool(found[0])


@given(articles_of_pieces())
@settings(max_examples=400, deadline=None)
def test_an_article_with_a_block_is_looked_at(text: str) -> None:
    assert may(text) or not repeated_blocks(text)


@given(texts(), st.sampled_from(["\n", " "]))
@settings(max_examples=200, deadline=None)
def test_a_hostile_article_with_a_block_is_looked_at(text: str, seam: str) -> None:
    assert may(text + seam + text) or not repeated_blocks(text + seam + text)


@pytest.mark.parametrize(
    ("shingles", "looked_at"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8], False),
        ([1, 2, 3, 9, 1, 2, 3], True),
        ([1, 2, 9, 8, 1, 2, 7, 6], False),
        ([1, 2, 9, 3, 4, 8, 5, 6, 0, 0, 1, 3, 5, 2, 4, 6, 7], True),
        ([1, 2, 9, 3, 4, 8, 7, 5, 6, 10, 11, 1, 12, 3, 13, 5, 14, 2, 15, 4, 16, 6], False),
        ([1, 1, 1], True),
        ([], False),
    ],
)
def test_three_repeated_places_in_a_row_are_looked_at_or_three_rows_of_two(shingles, looked_at) -> None:
    found = np.zeros(1, np.bool_)
    may_repeat(np.array(shingles, np.uint32), np.zeros(1, np.int64), np.array([len(shingles)]), found)
    assert bool(found[0]) == looked_at


def blocks_by_id(index: Index) -> dict[str, tuple]:
    corpus = Corpus(index.snapshot)
    return {corpus.ids[number].as_py(): blocks for number, blocks in blocks_of_all(corpus, workers=2)}


def test_the_blocks_of_stored_articles_are_those_of_each(sample_index: Index, sample: list[Article]) -> None:
    found = blocks_by_id(sample_index)
    assert found == {each.id: blocks for each in sample if (blocks := repeated_blocks(each.text))}
    assert len(found) == 4


@pytest.mark.parametrize("shingle_words", [2, 5])
def test_so_they_are_whatever_the_index_keeps(tmp_path: Path, sample: list[Article], shingle_words: int) -> None:
    index = Index(tmp_path / "index", Settings(shingle_words=shingle_words))
    index.add(sample)
    index.delete(["annil-0011"])
    assert list(blocks_by_id(index)) == ["alsahifa-0002", "alsham-0006", "almaghreb24-0006"]


def test_without_stored_texts_there_are_none(tmp_path: Path, sample: list[Article]) -> None:
    index = Index(tmp_path / "index", Settings(store_text=False))
    index.add(sample)
    assert blocks_by_id(index) == {}


def test_of_the_corpus_none_is_missed(corpus: list[Article], tmp_path: Path) -> None:
    some = corpus[::8]
    index = Index(tmp_path / "index")
    index.add(some)
    plain = {each.id: blocks for each in some if (blocks := repeated_blocks(each.text))}
    assert blocks_by_id(index) == plain
    assert len(plain) > 10
