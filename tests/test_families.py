"""Families: stars around a representative, who had the story first, and the command that writes them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from naskh import Article, Index
from naskh.cli import cli
from naskh.matching.credit_kernels import may_credit
from naskh.matching.origin import Member, credit_of_family, roles
from naskh.matching.stars import star_clusters
from naskh.text.credits import agency_named, credit_in, credit_of
from naskh.text.datelines import find_dateline

Links = list[tuple[int, int, float]]


def stars(links: Links, nodes: int = 10) -> dict[int, list[int]]:
    first, second, strength = (np.array(column) for column in zip(*links, strict=True))
    return star_clusters(first, second, strength, list(range(nodes)))


# --- stars -----------------------------------------------------------------------------------------------------


def test_a_chain_of_likenesses_is_not_one_cluster() -> None:
    assert stars([(0, 1, 0.9), (1, 2, 0.9), (2, 3, 0.9), (3, 4, 0.9)]) == {1: [0, 2], 3: [4]}
    assert stars([(0, 1, 0.9), (1, 2, 0.9), (2, 3, 0.9)]) == {1: [0], 3: [2]}
    assert stars([(0, 1, 0.9), (1, 2, 0.5)]) == {1: [0, 2]}


def test_a_round_up_of_weak_links_is_not_the_centre_of_two_stories() -> None:
    story = [(0, 1, 0.9), (0, 2, 0.9), (1, 2, 0.9)]
    other = [(3, 4, 0.9), (3, 5, 0.9), (4, 5, 0.9)]
    round_up = [(node, 6, 0.1) for node in range(6)]
    assert stars(story + other + round_up) == {0: [1, 2, 6], 3: [4, 5]}


def test_a_member_of_two_stars_goes_to_the_centre_that_it_is_most_like() -> None:
    links = [(0, 1, 0.9), (0, 2, 0.9), (0, 3, 0.3), (4, 5, 0.8), (4, 3, 0.7)]
    assert stars(links) == {0: [1, 2], 4: [3, 5]}


graphs = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1]),
    st.sampled_from([0.2, 0.5, 0.9]),
    min_size=1,
)


@given(graphs, st.randoms(use_true_random=False))
def test_stars_do_not_depend_on_the_order_of_links(graph: dict[tuple[int, int], float], rng: random.Random) -> None:
    links = [(a, b, value) for (a, b), value in graph.items()]
    shuffled = [(b, a, value) if rng.random() < 0.5 else (a, b, value) for a, b, value in links]
    rng.shuffle(shuffled)
    assert stars(links) == stars(shuffled)


@given(graphs)
def test_each_member_is_linked_to_its_centre_and_each_linked_node_is_in_one_star(
    graph: dict[tuple[int, int], float],
) -> None:
    found = stars([(a, b, value) for (a, b), value in graph.items()])
    nodes = [node for centre, members in found.items() for node in (centre, *members)]
    assert sorted(nodes) == sorted({node for link in graph for node in link})
    assert all(members for members in found.values())
    for centre, members in found.items():
        assert all((min(centre, m), max(centre, m)) in graph for m in members)


# --- credits and origins ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "credit"),
    [
        ("الرياض 26 شوال 1436 هـ الموافق 11 أغسطس 2015 م واس\nافتتح الوزير المعرض.", "was"),
        ("القاهرة (رويترز) - قالت مصادر إن الاجتماع تأجل.", "reuters"),
        ("قالت مصادر إن الاجتماع تأجل إلى الأسبوع المقبل. (أ ف ب)", "afp"),
        ("قالت مصادر إن الاجتماع تأجل.\nوكالات", "agencies"),
        ("قالت مصادر (لم تسمها) إن الاجتماع تأجل.", None),
        ("انظر الخريطة (map) على الموقع", None),
        ("", None),
    ],
)
def test_an_agency_is_credited_in_the_dateline_in_brackets_or_in_the_last_line(
    text: str, credit: str | None
) -> None:
    assert credit_of(text) == credit


scraps = st.sampled_from(
    ["(واس)", "[رويترز]", "واس", "\n", " " * 300, "خبر طويل ", "\u2028", "أ ف ب", "(", "الرياض - واس: "]
)


@given(st.lists(scraps | st.text(max_size=4), max_size=30), st.sampled_from([1, 40]))
def test_the_credit_of_a_text_is_found_in_its_bytes_as_well(parts: list[str], times: int) -> None:
    text = "".join(parts[:2] + parts[2:] * times)
    raw = text.encode("utf-8", "ignore")
    assert credit_in(raw) == credit_of(raw.decode())
    if find_dateline(raw.decode()) is None:
        assert credit_in(raw, has_dateline=False) == credit_of(raw.decode())


@settings(deadline=None)  # the first example compiles
@given(st.lists(st.lists(scraps | st.text(max_size=4), max_size=30), max_size=4), st.sampled_from([1, 40]))
def test_texts_that_may_credit_nobody_by_their_bytes_do_not(crawl: list[list[str]], times: int) -> None:
    texts = ["".join(parts[:2] + parts[2:] * times).encode("utf-8", "ignore") for parts in crawl]
    offsets, may = np.cumsum([0, *map(len, texts)]), np.empty(len(texts), np.bool_)
    may_credit(np.frombuffer(b"".join(texts), np.uint8), offsets, may)
    for text, may_do in zip(texts, may.tolist(), strict=True):
        assert may_do or credit_in(text, has_dateline=False) is None


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("خبر " * 100, False),
        ("خبر " * 100 + "\n واس \r\n", True),
        ("خبر " * 100 + "(واس)", True),
        ("خبر " * 100 + "\n" + "خبر " * 11, False),
        ("خبر " * 99 + "[واس" + " خبر" * 50, False),
        ("خبر " * 98 + "[واس]" + " خبر" * 50, True),
        ("خبر " * 100 + "(واس)" + " خبر" * 50, False),
    ],
)
def test_credits_are_looked_for_in_brackets_at_either_end_and_in_short_last_lines(text: str, may: bool) -> None:
    raw, found = np.frombuffer(text.encode(), np.uint8), np.empty(1, np.bool_)
    may_credit(raw, np.array([0, len(raw)]), found)
    assert found[0] == may


@pytest.mark.parametrize(
    ("name", "agency"), [("واس", "was"), ("was", "was"), ("أ.ف.ب", "afp"), ("afp", "afp"), ("sabq", None)]
)
def test_agencies_are_known_by_name_and_by_id(name: str, agency: str | None) -> None:
    assert agency_named(name, ids=True) == agency


def member(
    outlet: str, date: str | None, *, credit: str | None = None, agency: str | None = None, words: int = 100
) -> Member:
    return Member(outlet, date, credit, agency, words)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param(
            [member("a", "2025-11-01"), member("b", "2025-11-02"), member("c", "2025-11-02")],
            ["origin", "copy", "copy"], id="the first by date",
        ),
        pytest.param(
            [member("a", "2025-11-01"), member("b", "2025-11-01"), member("c", "2025-11-02")],
            ["unknown", "unknown", "copy"], id="two on the first day",
        ),
        pytest.param(
            [member("a", "2025-11-01T09:00:00+03:00"), member("b", "2025-11-01T09:30:00+03:00")],
            ["origin", "copy"], id="the first by the hour",
        ),
        pytest.param(
            [member("a", "2025-11-01", words=30), member("b", "2025-11-02")], ["unknown", "copy"], id="excerpt"
        ),
        pytest.param([member("a", "2025-11-01"), member("b", None)], ["unknown", "unknown"], id="no date"),
        pytest.param(
            [member("a", "2025-11-01", credit="was"), member("was", "2025-11-02", credit="was", agency="was")],
            ["copy", "origin"], id="the agency's own article",
        ),
        pytest.param(
            [member("a", "2025-11-01", credit="was"), member("was", "2025-11-05", credit="was", agency="was")],
            ["copy", "copy"], id="the agency's own article days later",
        ),
        pytest.param(
            [member("a", "2025-11-01", credit="reuters"), member("b", "2025-11-02")],
            ["copy", "unknown"], id="the agency is not here",
        ),
    ],
)  # fmt: skip
def test_the_role_of_each_article_follows_from_credits_dates_and_lengths(
    members: list[Member], expected: list[str]
) -> None:
    assert roles(members) == expected


def test_a_named_agency_is_the_credit_of_a_family_before_unnamed_ones() -> None:
    members = [
        member(outlet, None, credit=credit)
        for outlet, credit in (("a", "agencies"), ("b", "agencies"), ("c", "afp"))
    ]
    assert credit_of_family(members) == "afp"
    assert credit_of_family(members[:1]) == "agencies"
    assert credit_of_family([member("a", None)]) is None


# --- families --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def expected() -> dict:
    return json.loads((Path(__file__).parent.parent / "examples" / "sample-expected.json").read_text())


def test_the_families_of_the_sample_are_those_that_an_editor_sees(sample_index: Index, expected: dict) -> None:
    found = sample_index.families()
    assert {frozenset(a.id for a in f.articles) for f in found} == {frozenset(f) for f in expected["families"]}
    assert [f.family for f in found] == list(range(1, len(found) + 1))


def test_the_agency_is_the_origin_of_what_it_distributes(sample_index: Index) -> None:
    for family in sample_index.families():
        if family.credit == "naba":
            assert [article.outlet for article in family.articles if article.role == "origin"] == ["nabaa"]


def test_versions_of_one_outlet_are_revisions_and_no_syndication(sample_index: Index) -> None:
    (family,) = (family for family in sample_index.families() if family.kind == "revisions")
    assert {article.outlet for article in family.articles} == {"alsahifa"}
    assert [article.revises for article in family.articles] == [None, family.articles[0].id]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_families_are_the_same_in_any_order_of_arrival_and_on_any_number_of_threads(
    sample: list[Article], sample_index: Index, tmp_path: Path, workers: int
) -> None:
    shuffled = random.Random(workers).sample(sample, len(sample))  # noqa: S311 - an order, no secret
    index = Index(tmp_path / "index")
    for start in range(0, len(shuffled), 20):
        index.add(shuffled[start : start + 20])
    assert index.families(workers=workers) == sample_index.families()


def test_a_digest_of_two_stories_belongs_to_one_and_is_a_bridge_to_the_other(index: Index) -> None:
    one = "افتتحت بلدية المرسى حديقة عامة على ضفة النهر تضم ملاعب للأطفال ومسارا للمشي وألف شجرة غرسها متطوعون"
    other = (
        "أجلت محكمة الاستئناف النظر في قضية الميناء القديم إلى الشهر المقبل بعد أن طلب الدفاع مهلة لدراسة التقرير"
    )
    texts = {"a1": one, "a2": one + " صباح أمس", "b1": other, "b2": other + " الجدد", "digest": f"{one}\n{other}"}
    index.add(Article(id=name, text=text, outlet=name, date="2025-11-01") for name, text in texts.items())
    first, second = index.families()
    assert {a.id for a in first.articles} | {a.id for a in second.articles} == set(texts)
    linked = {(bridge.article, bridge.other) for family in (first, second) for bridge in family.bridges}
    assert any("digest" in link for link in linked)


def test_an_index_without_copies_has_no_families(index: Index) -> None:
    index.add([Article(id="a", text="خبر واحد لا ثاني له في هذا الفهرس")])
    assert index.families() == []


THRESHOLDS = ({}, {"min_jaccard": 0.9}, {"min_jaccard": 1.0, "min_containment": 0.3})


@pytest.mark.parametrize("thresholds", THRESHOLDS)
def test_a_comparison_gives_the_pairs_and_the_families_of_the_index(sample_index: Index, thresholds: dict) -> None:
    compared = sample_index.compare_all()
    assert compared.pairs(**thresholds).equals(sample_index.pairs(**thresholds))
    assert len(compared.pairs(**thresholds)) > 0
    assert compared.families() == sample_index.families()


@pytest.mark.parametrize("thresholds", [{"min_jaccard": 0.2}, {"min_containment": 0.1}, {"min_containment": 1.1}])
def test_a_comparison_does_not_have_pairs_that_share_less_than_it_looked_for(
    sample_index: Index, thresholds: dict
) -> None:
    with pytest.raises(ValueError, match=r"0\.25 and above"):
        sample_index.compare_all().pairs(**thresholds)


@pytest.mark.parametrize("name", ["pairs.jsonl", "pairs.parquet"])
def test_the_command_writes_the_pairs_beside_the_families(sample_index: Index, tmp_path: Path, name: str) -> None:
    both, alone = tmp_path / name, tmp_path / f"alone-{name}"
    options = [str(sample_index.path), "-o", str(tmp_path / "families.jsonl"), "--pairs", str(both)]
    done = CliRunner().invoke(cli, ["families", *options])
    assert done.exit_code == 0, done.output
    CliRunner().invoke(cli, ["pairs", str(sample_index.path), "-o", str(alone)])
    assert both.read_bytes() == alone.read_bytes()


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_the_command_writes_one_family_a_line_or_row(sample_index: Index, tmp_path: Path, suffix: str) -> None:
    output = tmp_path / f"families{suffix}"
    done = CliRunner().invoke(cli, ["families", str(sample_index.path), "-o", str(output), "--min-outlets", "2"])
    assert done.exit_code == 0, done.output
    assert "8 families of 25 articles" in done.stderr
    lines = output.read_text().splitlines() if suffix == ".jsonl" else []
    rows = list(map(json.loads, lines)) or pq.read_table(output).to_pylist()
    assert list(rows[0])[:4] == ["family", "articles", "outlets", "first"]
    assert list(rows[0]["articles"][0])[:4] == ["id", "outlet", "date", "role"]
    assert all(row["outlets"] >= 2 for row in rows)
