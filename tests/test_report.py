"""The figures of a report, and the command that writes them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from naskh import Article, Index, Settings
from naskh.cli import cli
from naskh.cli.report import language_of
from naskh.report.figures import Day, Figures, figures_of
from naskh.report.matrix import matrix_of
from naskh.report.periods import MOST_PERIODS, Period, periods_of
from test_originality import OWN, WIRE, article


def naskh(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)], env=env)


@pytest.fixture(scope="module")
def figures(sample_index: Index) -> Figures:
    return figures_of(sample_index.snapshot)


def written(index: Index, folder: Path, command: str) -> list[dict[str, Any]]:
    """What a command writes of an index."""
    output = folder / f"{command}.jsonl"
    assert naskh(command, index.path, "-o", output).exit_code == 0
    return [json.loads(line) for line in output.read_text("utf-8").splitlines()]


def agree(figures: Figures, index: Index, folder: Path) -> None:
    """The figures are what `naskh pairs`, `families` and `stats` say."""
    pairs, families = written(index, folder, "pairs"), written(index, folder, "families")
    assert +Counter(figures.pairs) == Counter(pair["relation"] for pair in pairs)
    assert figures.families == len(families)
    assert figures.carried == sum(family["outlets"] > 1 for family in families)
    members = [member for family in families for member in family["articles"]]
    assert figures.family_articles == len(members)
    assert +Counter(figures.roles) == Counter(member["role"] for member in members)
    assert figures.copies == len(members) - len(families)
    assert figures.copy_share == figures.copies / figures.articles
    for story, family in zip(figures.stories, families, strict=False):
        assert [each.id for each in story.articles] == [each["id"] for each in family["articles"]]
        assert [each.role for each in story.articles] == [each["role"] for each in family["articles"]]
        assert (story.family, story.representative, story.first, story.outlets, story.credit) == tuple(
            family[name] for name in ("family", "representative", "first", "outlets", "credit")
        )
    stats = index.stats()
    assert (figures.articles, figures.paragraphs) == (stats.articles, stats.paragraphs)
    assert {own.outlet: own.articles for own in figures.texts} == {k: n for k, n in stats.outlets.items() if k}
    for role in ("origin", "copy", "unknown"):
        dated = Counter(member["date"][:10] for member in members if member["role"] == role and member["date"])
        assert +Counter({day.date: getattr(day, role) for day in figures.days}) == dated
    assert sum(day.articles for day in figures.days) + figures.undated == stats.articles


def test_the_figures_are_those_of_the_other_commands(figures: Figures, sample_index: Index, tmp_path: Path) -> None:
    agree(figures, sample_index, tmp_path)
    assert figures.matrix == matrix_of(sample_index.families())
    assert (figures.families, figures.family_articles, figures.copies) == (9, 27, 18)


def test_what_stands_twice_is_what_blocks_finds(figures: Figures, sample: list[Article]) -> None:
    done = naskh("blocks", "--json", Path(__file__).parent.parent / "examples" / "sample-crawl.jsonl")
    found = {each["id"]: each["blocks"] for each in map(json.loads, done.stdout.splitlines()) if each["blocks"]}
    assert figures.repeating == len(found) == 4
    outlets = Counter(each.outlet for each in sample if each.id in found)
    assert +Counter({own.outlet: own.repeating for own in figures.repeats}) == outlets
    assert sum(own.blocks for own in figures.repeats) == sum(len(blocks) for blocks in found.values()) == 5
    assert sum(own.exact for own in figures.repeats) == 5
    again = {
        id_: [span["chars"] for block in blocks for span in block["occurrences"][1:]]
        for id_, blocks in found.items()
    }
    listed = {each.id: each.chars for each in figures.repeating_articles}
    assert listed == {id_: sum(end - start for start, end in spans) for id_, spans in again.items()}
    assert list(listed.values()) == sorted(listed.values(), reverse=True)


def test_the_figures_of_the_corpus_are_those_of_the_other_commands(
    corpus_figures: tuple[Index, Figures], tmp_path: Path
) -> None:
    index, figures = corpus_figures
    agree(figures, index, tmp_path)


def test_a_story_is_named_by_its_representative_s_title_or_by_how_its_text_begins(index: Index) -> None:
    index.add([article("a", "one", "2025-10-27", WIRE), article("b", "two", "2025-10-28", WIRE)])
    (story,) = figures_of(index.snapshot).stories
    assert story.title == " ".join(WIRE)[:80].rsplit(" ", 1)[0] + " …"
    titled = [msgspec.structs.replace(index.get(id_), title=f"عنوان {id_}") for id_ in ("a", "b")]
    index.add(titled)
    (story,) = figures_of(index.snapshot).stories
    assert story.title == f"عنوان {story.representative}"
    assert [each.title for each in story.articles] == ["عنوان a", "عنوان b"]


def test_no_more_families_are_listed_than_asked_for(sample_index: Index, figures: Figures) -> None:
    assert figures_of(sample_index.snapshot, top=2).stories == figures.stories[:2]


@pytest.mark.parametrize("workers", [1, 3])
def test_the_figures_do_not_depend_on_threads_or_the_order_of_indexing(
    index: Index, sample: list[Article], figures: Figures, workers: int
) -> None:
    for start in range(0, len(sample), 20):
        index.add(sample[::-1][start : start + 20])
    found = figures_of(index.snapshot, workers=workers)
    assert msgspec.structs.replace(found, generation=figures.generation) == figures


def test_progress_goes_from_nothing_to_all(sample_index: Index) -> None:
    shares: list[float] = []
    figures_of(sample_index.snapshot, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_an_index_of_nothing_dated_or_named_has_figures_too(index: Index) -> None:
    index.add([article("a", None, None, WIRE), article("b", None, "gestern", WIRE), article("c", None, None, OWN)])
    found = figures_of(index.snapshot)
    assert (found.families, found.copies, found.undated, found.outlets) == (1, 1, 3, 0)
    assert (found.days, found.texts, found.repeats, found.matrix.outlets) == ((), (), (), ())
    index.delete(["a", "b", "c"])
    assert figures_of(index.snapshot).copy_share == 0.0


def test_where_texts_are_not_stored_repeats_are_not_known(tmp_path: Path, sample: list[Article]) -> None:
    index = Index(tmp_path / "index", Settings(store_text=False))
    index.add(sample)
    found = figures_of(index.snapshot)
    assert (found.repeats, found.repeating, found.repeating_articles) == (None, None, None)
    assert all(story.title for story in found.stories)


# --- periods -----------------------------------------------------------------------------------------------------


def day_of(ordinal: int, count: int = 1) -> Day:
    return Day(
        date=date.fromordinal(ordinal).isoformat(), articles=4 * count, origin=count, copy=2 * count, unknown=0
    )


#: Mondays and months, also those without an article.
WEEKS = [f"{date(2024, 12, 30) + timedelta(7 * ahead)}" for ahead in range(22)]
MONTHS = [f"{2022 + ahead // 12}-{ahead % 12 + 1:02}" for ahead in range(37)]


@pytest.mark.parametrize(
    ("days", "unit", "starts"),
    [
        (["2025-10-27", "2025-10-29"], "day", ["2025-10-27", "2025-10-28", "2025-10-29"]),
        (["2025-01-01", "2025-01-05", "2025-06-01"], "week", WEEKS),
        (["2022-01-31", "2022-02-01", "2025-01-01"], "month", MONTHS),
        (["2005-01-01", "2025-06-01"], "year", [f"{year}" for year in range(2005, 2026)]),
        (["0001-01-01", "1970-01-01", "2025-06-01"], "year", ["0001", "1970", "2025"]),
        ([], "day", []),
    ],
)
def test_the_longer_the_time_the_longer_the_periods(days: list[str], unit: str, starts: list[str]) -> None:
    found, periods = periods_of([day_of(date.fromisoformat(day).toordinal()) for day in days])
    assert (found, [period.start for period in periods]) == (unit, starts)


def test_days_of_one_period_are_counted_together() -> None:
    monday = date(2025, 10, 27).toordinal()
    _, periods = periods_of([day_of(monday), day_of(monday + 6), day_of(monday + 7), day_of(monday + 400)])
    assert periods[0] == Period("2025-10-27", 8, 2, 4, 0)


@given(st.sets(st.integers(1, 3_652_059), max_size=6) | st.sets(st.integers(739_000, 739_999), max_size=40))
@settings(deadline=None)
def test_no_article_is_lost_from_periods_and_there_are_not_too_many(ordinals: set[int]) -> None:
    unit, periods = periods_of([day_of(ordinal, 3) for ordinal in sorted(ordinals)])
    assert sum(period.articles for period in periods) == 12 * len(ordinals)
    assert [period.start for period in periods] == sorted({period.start for period in periods})
    assert len(periods) <= MOST_PERIODS + 2 or unit == "year"


# --- the command -------------------------------------------------------------------------------------------------


def test_the_command_writes_the_page_and_the_same_figures_as_json(
    sample_index: Index, figures: Figures, tmp_path: Path
) -> None:
    done = naskh("report", sample_index.path, "--json", "-o", tmp_path / "report.html", "--lang", "en")
    assert done.exit_code == 0
    assert done.stdout_bytes == msgspec.json.encode(figures) + b"\n"
    assert done.stderr.startswith(f"report on 64 articles to {tmp_path / 'report.html'} in ")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert '<html lang="en" dir="ltr">' in page
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_the_json_alone_needs_no_file(sample_index: Index) -> None:
    assert json.loads(naskh("report", sample_index.path, "--json").stdout)["articles"] == 64
    done = naskh("report", sample_index.path)
    assert done.exit_code == 2
    assert "-o report.html" in done.stderr


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "ar_MA.UTF-8"}, "ar"),
        ({"LANG": "C.UTF-8"}, "ar"),
        ({}, "ar"),
        ({"LANG": "ar_MA.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ar_EG.UTF-8", "LC_ALL": ""}, "ar"),
    ],
)
def test_the_page_is_arabic_unless_the_locale_is_english(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_without_the_extra_one_line_says_how_to_install_it(
    sample_index: Index, tmp_path: Path, monkeypatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "jinja2"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "naskh.report.page", raising=False)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    done = naskh("report", sample_index.path, "-o", tmp_path / "report.html")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == "Error: jinja2 is not installed:  pip install 'naskh[report]'"
    assert list(tmp_path.iterdir()) == []
    assert naskh("report", sample_index.path, "--json").exit_code == 0
