"""The newswire simulation: the same every time, readable as a crawl, and true to what it says of itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations, islice
from pathlib import Path
from random import Random

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from benchmarks.houses import SPELLINGS, make_houses, spelt
from benchmarks.newswire import BOILERPLATE, Newswire, Report, open_output, write
from benchmarks.stories import Stock
from benchmarks.vocabulary import PHRASE_USAGE, WORD_USAGE, Kind, Usage
from naskh import normalize
from naskh.settings import Settings
from naskh.sources import Reader
from naskh.text.datelines import find_dateline

#: Small, so that it is quick; real runs have a hundred times as many.
WORDS, PHRASES = 20_000, 5_000
ARTICLES = 1_500


@pytest.fixture(scope="module")
def wire() -> Newswire:
    return Newswire(1, words=WORDS, phrases=PHRASES)


@pytest.fixture(scope="module")
def reports(wire: Newswire) -> list[Report]:
    return list(islice(wire.reports(), ARTICLES))


@cache
def shingles(text: str) -> set[tuple[str, ...]]:
    dateline = find_dateline(text)
    words = normalize(text[dateline.end :] if dateline else text).split()
    return set(zip(words, words[1:], words[2:], strict=False))


def text_of(report: Report) -> str:
    return msgspec.json.decode(report.text, type=str)


def shared(first: Report, second: Report) -> float:
    """The share of the smaller one's shingles that the other has."""
    one, other = shingles(text_of(first)), shingles(text_of(second))
    return len(one & other) / min(len(one), len(other))


# --- the same every time -----------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_articles_and_more_of_them_begin_with_the_same(reports: list[Report]) -> None:
    again = Newswire(1, words=WORDS, phrases=PHRASES)
    assert list(islice(again.reports(), 300)) == reports[:300]


def test_another_seed_gives_other_articles(reports: list[Report]) -> None:
    other = Newswire(2, words=WORDS, phrases=PHRASES).reports()
    assert {text_of(report) for report in islice(other, 100)}.isdisjoint(text_of(report) for report in reports)


def test_boilerplate_is_added_to_about_as_many_articles_as_asked_and_changes_nothing_else(
    wire: Newswire, reports: list[Report]
) -> None:
    with_it = list(islice(wire.reports(0.1), ARTICLES))
    marked = [report for report in with_it if report.boilerplate]
    assert [text_of(report).endswith("\n" + BOILERPLATE) for report in marked] == [True] * len(marked)
    assert 0.07 * ARTICLES < len(marked) < 0.13 * ARTICLES
    assert [text_of(report).removesuffix("\n" + BOILERPLATE) for report in with_it] == [text_of(r) for r in reports]


# --- a crawl -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["wire.jsonl", "wire.jsonl.zst"])
def test_naskh_reads_every_article(name: str, reports: list[Report], tmp_path: Path) -> None:
    with open_output(str(tmp_path / name)) as file:
        assert write(reports, file) == ARTICLES
    reader = Reader([tmp_path / name])
    articles = list(reader)
    assert reader.rejected == 0
    assert [(a.id, a.outlet, a.date, a.title, a.url, a.text) for a in articles] == [
        (r.id, r.outlet, r.date, r.title, r.url, text_of(r)) for r in reports
    ]


def test_ids_are_unique_and_dates_ascend(reports: list[Report]) -> None:
    assert len({report.id for report in reports}) == ARTICLES
    dates = [report.date for report in reports]
    assert dates == sorted(dates)


def test_articles_are_as_many_a_day_as_asked() -> None:
    days = Counter(
        r.date[:10] for r in islice(Newswire(1, per_day=300, words=WORDS, phrases=PHRASES).reports(), 2_000)
    )
    *whole, _ = days.values()
    assert 270 < np.mean(whole[1:]) < 330


def test_texts_have_paragraphs_as_news_has(reports: list[Report]) -> None:
    lengths = [len(line.split()) for report in reports for line in text_of(report).splitlines()]
    long = [length for length in lengths if length >= Settings().min_paragraph_words]
    assert 240 < sum(lengths) / ARTICLES < 330
    assert 50 < np.mean(long) < 68
    assert len(long) > 0.8 * len(lengths)


# --- the truth ---------------------------------------------------------------------------------------------------


def stories_of(reports: list[Report]) -> dict[str, list[Report]]:
    stories = defaultdict(list)
    for report in reports:
        stories[report.story].append(report)
    return stories


def test_a_story_begins_with_its_original_and_goes_on_at_other_outlets(reports: list[Report]) -> None:
    for first, *others in stories_of(reports).values():
        assert first.kind == "original"
        assert {report.kind for report in others} <= {"copy", "revision"}
        outlets = [report.outlet for report in (first, *others) if report.kind != "revision"]
        assert len(set(outlets)) == len(outlets)
        assert [r for r in others if r.kind == "revision" and r.outlet != first.outlet] == []


def test_copies_and_revisions_share_most_of_their_shingles_with_the_original(reports: list[Report]) -> None:
    compared = 0
    for first, *others in stories_of(reports).values():
        for other in others:
            assert shared(first, other) > (0.5 if "words" in other.edits else 0.85), (first.id, other.id)
            compared += 1
    assert compared > 100


def test_stories_that_take_nothing_share_next_to_nothing(reports: list[Report]) -> None:
    independent = [r for r in reports if r.kind == "original" and not r.form and len(text_of(r)) > 500][:50]
    assert max(shared(a, b) for a, b in combinations(independent, 2)) < 0.1


def test_what_a_story_takes_from_another_is_in_it(reports: list[Report]) -> None:
    originals = {report.story: report for report in reports if report.kind == "original"}
    taking = [report for report in originals.values() if report.takes in originals]
    assert {report.form for report in taking} == {"roundup", "quoting"}
    for report in taking:
        common = len(shingles(text_of(report)) & shingles(text_of(originals[report.takes])))
        assert common >= (6 if report.form == "quoting" else 10)


def test_stories_of_one_template_share_much_of_it_and_differ_in_names(reports: list[Report]) -> None:
    for form, least, most in (("cable", 0.2, 0.9), ("background", 0.02, 0.99)):
        by_template = defaultdict(list)
        for report in reports:
            if report.form == form and report.kind == "original":
                by_template[report.template].append(report)
        pairs = [shared(a, b) for same in by_template.values() for a, b in combinations(same[:6], 2)]
        assert len(pairs) > 10
        assert least < np.median(pairs) < most


def test_pasted_articles_have_a_paragraph_twice() -> None:
    wire = Newswire(3, words=WORDS, phrases=PHRASES)
    pasted = [report for report in islice(wire.reports(), ARTICLES) if report.pasted]
    assert pasted
    for report in pasted:
        lines = text_of(report).splitlines()
        assert any(first.endswith(second) for first, second in combinations(lines, 2))  # a dateline may precede it


# --- bounded -----------------------------------------------------------------------------------------------------


def test_no_article_comes_later_than_three_days_after_the_original(reports: list[Report]) -> None:
    for first, *others in stories_of(reports).values():
        for other in others:
            assert datetime.fromisoformat(other.date) - datetime.fromisoformat(first.date) <= timedelta(days=3)


def test_a_stock_replaces_what_is_used_up() -> None:
    stock, random = Stock(2, (3, 3)), Random(1)  # noqa: S311  # no secret
    used = Counter(stock.use(str(number), [], random)[0] for number in range(100))
    assert max(used.values()) == 3


# --- words and styles --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [0.6, 1.0, 1.7])
def test_usage_falls_as_a_power_between_points(slope: float) -> None:
    size, drawn = 1_000, 200_000
    usage = Usage([Kind(pa.array(["x"] * size), ((1, 1.0), (5_000, 5_000.0**-slope)), 1.0)])
    ranks, _, _ = usage.draw(np.random.default_rng(1).random(drawn))
    found = np.bincount(ranks, minlength=size)
    assert len(found) == size
    edges = np.arange(1.0, size + 2)
    expected = np.diff(np.log(edges)) if slope == 1 else np.diff(edges ** (1 - slope)) / (1 - slope)
    expected *= drawn / expected.sum()
    for part in (slice(10, 50), slice(50, 200), slice(200, size)):
        assert found[part].sum() == pytest.approx(expected[part].sum(), rel=0.05)


def test_kinds_are_drawn_by_their_shares() -> None:
    kinds = [Kind(pa.array(["a"] * 50), WORD_USAGE, 0.7), Kind(pa.array(["b"] * 30), PHRASE_USAGE, 0.3)]
    _, first, counts = Usage(kinds).draw(np.random.default_rng(1).random(100_000))
    assert (first == 50).mean() == pytest.approx(0.3, abs=0.01)
    assert np.array_equal(counts == 30, first == 50)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_spelling_is_the_same_words(spelling: str, reports: list[Report]) -> None:
    for report in reports[:50]:
        text = text_of(report)
        assert normalize(spelt(text.encode(), spelling).decode()) == normalize(text)


def test_wire_datelines_are_recognised(reports: list[Report]) -> None:
    date = datetime(2015, 8, 3, tzinfo=UTC)
    for house in make_houses(1)[0]:
        line = house.dateline("الرباط", "أ ف ب", date)
        if line:
            found = find_dateline(line + " ".join(text_of(reports[0]).splitlines()[-1].split()))
            assert found is not None, line
            assert found.agency == "afp"
