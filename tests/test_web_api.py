"""The routes that read give the objects of the command line's contract, and say clearly what they cannot give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from naskh import Article, Index, Settings
from naskh.article import ArticleBlocks, ArticleList, Family, QueryResult, Stats
from naskh.cli import cli
from naskh.report.matrix import Matrix, matrix_of
from naskh.web.problems import Problem
from naskh.web.reports import Health
from naskh.web.service import FamilyList
from tests.conftest import shared
from tests.web import client_of

STORED = "nabaa-0004"


@pytest.fixture(scope="module")
def client(sample_index: Index) -> Iterator[TestClient]:
    with client_of(sample_index) as client:
        yield client


@pytest.fixture(scope="module")
def families(sample_index: Index) -> list[Family]:
    return sample_index.families()


def get(client: TestClient, path: str, kind: type[Any], **parameters: Any) -> Any:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return msgspec.json.decode(answer.content, type=kind, strict=True)


def problem_of(answer: Any) -> Problem:
    """The problem that an answer tells."""
    assert answer.headers["content-type"] == "application/problem+json"
    told = msgspec.json.decode(answer.content, type=Problem)
    assert told.status == answer.status_code
    assert told.detail
    assert "Traceback" not in answer.text
    return told


def by_command(*arguments: str) -> bytes:
    """What the command line prints."""
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout_bytes


# --- the same as the command line ------------------------------------------------------------------------------


def test_a_stored_article_is_queried_as_by_the_command_line(client: TestClient, sample_index: Index) -> None:
    expected = by_command("query", str(sample_index.path), "--id", STORED, "--json")
    assert client.get("/query", params={"id": STORED}).content + b"\n" == expected
    assert client.post("/query", json={"id": STORED}).content + b"\n" == expected


def test_a_text_is_queried_as_by_the_library(client: TestClient, sample_index: Index) -> None:
    article = sample_index.get(STORED)
    given = {"text": article.text, "id": STORED, "date": article.date, "outlet": article.outlet, "explain": True}
    answer = client.post("/query", json={**given, "min_containment": 0.5})
    expected = sample_index.query(article, min_containment=0.5, explain=True)
    assert msgspec.json.decode(answer.content, type=QueryResult) == expected
    assert expected.matches


def test_a_date_is_read_as_in_sources(client: TestClient) -> None:
    given = {"text": "نص", "date": "Mon, 24 Nov 2025 10:00:00 +0300"}
    assert client.post("/query", json=given).status_code == 200


def test_the_seed_article_has_its_two_blocks(client: TestClient) -> None:
    seed = shared("seed-article.txt")
    answer = client.post("/blocks", json={"text": seed.read_text("utf-8"), "id": seed.name})
    assert answer.content + b"\n" == by_command("blocks", str(seed), "--json")
    blocks = msgspec.json.decode(answer.content, type=ArticleBlocks).blocks
    assert [[span.paragraphs for span in block.occurrences] for block in blocks] == [
        [(2, 4), (5, 7)],
        [(9, 11), (12, 14)],
    ]


def test_the_options_of_blocks_are_those_of_the_command_line(client: TestClient, tmp_path: Path) -> None:
    text = "تم افتتاح المعرض اليوم\nفقرة أخرى\nتم افتتاح المعرض اليوم"
    (tmp_path / "a.txt").write_text(text, "utf-8")
    expected = by_command("blocks", str(tmp_path / "a.txt"), "--json", "--min-words", "2", "--min-similarity", "1")
    given = {"text": text, "id": "a.txt", "min_words": 2, "min_similarity": 1}
    assert client.post("/blocks", json=given).content + b"\n" == expected
    assert json.loads(expected)["blocks"]


def test_stats_are_those_of_the_command_line(client: TestClient, sample_index: Index) -> None:
    assert client.get("/stats").content + b"\n" == by_command("stats", str(sample_index.path), "--json")
    assert get(client, "/stats", Stats).articles == 64


def test_an_article_is_given_with_its_text(client: TestClient, sample_index: Index) -> None:
    assert get(client, "/article", Article, id=STORED) == sample_index.get(STORED)


def test_a_search_gives_what_the_library_gives(client: TestClient, sample_index: Index) -> None:
    wanted = {
        "outlet": "nabaa",
        "date_from": "2025-10-27",
        "date_to": "2025-11-20",
        "title": "ال",
        "size": 2,
        "page": 2,
    }
    found = get(client, "/search", ArticleList, **wanted)
    assert found == sample_index.search(**wanted)  # type: ignore[arg-type]
    assert found.articles


# --- families --------------------------------------------------------------------------------------------------


def test_families_are_those_of_the_library(client: TestClient, families: list[Family]) -> None:
    found = get(client, "/families", FamilyList, size=100)
    assert list(found.families) == families
    assert (found.generation, found.total, found.page) == (1, len(families), 1)


def test_families_come_in_pages(client: TestClient, families: list[Family]) -> None:
    pages = [get(client, "/families", FamilyList, size=4, page=page).families for page in (1, 2, 3, 4)]
    assert [family for page in pages for family in page] == families
    assert pages[3] == ()


@pytest.mark.parametrize(
    ("asked", "meets"),
    [
        ({"outlet": "alsham"}, lambda article: article.outlet == "alsham"),
        ({"date_from": "2025-11-17"}, lambda article: (article.date or "") >= "2025-11-17"),
        ({"date_to": "2025-11-01"}, lambda article: (article.date or "9")[:10] <= "2025-11-01"),
        (
            {"outlet": "annil", "date_from": "2025-10-28", "date_to": "2025-10-28"},
            lambda article: article.outlet == "annil" and (article.date or "").startswith("2025-10-28"),
        ),
        ({"outlet": "nobody"}, lambda _: False),
    ],
)
def test_families_are_those_that_have_such_an_article(
    client: TestClient, families: list[Family], asked: dict[str, str], meets: Any
) -> None:
    found = get(client, "/families", FamilyList, **asked)
    assert list(found.families) == [family for family in families if any(map(meets, family.articles))]
    assert found.total == len(found.families)


def test_families_of_one_outlet_are_left_out_on_demand(client: TestClient, families: list[Family]) -> None:
    found = get(client, "/families", FamilyList, min_outlets=3)
    assert list(found.families) == [family for family in families if family.outlets >= 3]
    assert 0 < found.total < len(families)


def test_families_that_two_outlets_carried_are_found(client: TestClient, families: list[Family]) -> None:
    found = get(client, "/families", FamilyList, outlet="nabaa", **{"with": "alsham"})
    both = [family for family in families if {"nabaa", "alsham"} <= {article.outlet for article in family.articles}]
    assert list(found.families) == both != []


@pytest.mark.parametrize("path", ["/families?form=2025-11-01", "/query?id=nabaa-0004&bogus=1", "/search?date=x"])
def test_a_parameter_that_is_not_known_is_refused(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    assert "no such parameter here" in answer.json()["detail"]


def test_the_family_of_an_article_is_found(client: TestClient, families: list[Family]) -> None:
    for family in families:
        assert all(get(client, "/family", Family, id=article.id) == family for article in family.articles)


def test_the_matrix_is_that_of_the_families(client: TestClient, families: list[Family]) -> None:
    assert get(client, "/matrix", Matrix) == matrix_of(families)
    dated = [f for f in families if any((a.date or "") >= "2025-11-10" for a in f.articles)]
    assert get(client, "/matrix", Matrix, date_from="2025-11-10") == matrix_of(dated)


# --- the server itself -----------------------------------------------------------------------------------------


def test_health_tells_the_state_of_the_index(client: TestClient) -> None:
    assert get(client, "/health", Health) == Health("ok", articles=64, generation=1, families_generation=1)


@pytest.mark.parametrize("path", ["/health", "/stats", "/article?id=nobody", "/en/", "/static/naskh.css", "/query"])
def test_head_is_answered_as_get_without_a_body(client: TestClient, path: str) -> None:
    head, got = client.head(path), client.get(path)
    assert head.content == b""
    assert head.status_code == got.status_code
    assert head.headers == got.headers


def test_metrics_count_pages_and_refusals_by_route(client: TestClient) -> None:
    client.post("/en/check", content=b"")
    client.get("/ar/", follow_redirects=False)
    client.get("/ar/nowhere")
    client.get("/static/naskh.js?1")
    client.put("/blocks")
    known = client.get("/metrics").text
    for method, route, status in (
        ("POST", "/en/check", 422), ("GET", "/ar/", 200), ("GET", "/static/", 200), ("other", "/blocks", 405),
    ):  # fmt: skip
        assert f'naskh_http_requests_total{{method="{method}",route="{route}",status="{status}"}}' in known
    assert "nowhere" not in known


def test_metrics_count_answers_by_route_and_status(client: TestClient) -> None:
    client.get("/article", params={"id": STORED})
    client.get("/article", params={"id": "nobody"})
    client.get("/nowhere/at/all")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert float(lines['naskh_http_requests_total{method="GET",route="/article",status="404"}']) >= 1
    assert float(lines['naskh_http_requests_total{method="GET",route="other",status="404"}']) >= 1
    assert float(lines['naskh_http_request_seconds_count{method="GET",route="/article"}']) >= 2
    assert float(lines["naskh_index_articles"]) == 64
    assert float(lines["naskh_index_generation"]) == float(lines["naskh_families_generation"]) == 1
    assert float(lines["naskh_families_age_seconds"]) >= 0
    assert "nowhere" not in answer.text


@pytest.mark.parametrize("path", ["/health", "/article?id=nobody", "/nowhere", "/openapi.json", "/query"])
def test_every_answer_is_secured(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


# --- what cannot be given --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/article?id=nobody", 404, "no article of this id"),
        ("/query?id=nobody", 404, "no article of this id"),
        ("/family?id=nobody", 404, "no family"),
        ("/article", 422, "id: field required"),
        ("/article?id=", 404, "no article of this id"),
        ("/nowhere", 404, "openapi.json"),
        ("/search?date_from=yesterday", 422, "date_from: not a date such as 2025-11-24"),
        ("/search?date_from=2025-W48-1", 422, "date_from: "),
        ("/search?date_to=2025-02-30", 422, "date_to: "),
        ("/search?page=0", 422, "page: "),
        ("/search?page=101", 422, "page: "),
        ("/search?size=101", 422, "size: "),
        ("/families?min_outlets=0", 422, "min_outlets: "),
        ("/query?id=a&min_containment=1.1", 422, "min_containment: "),
        ("/query?id=a&min_containment=nan", 422, "min_containment: "),
    ],
)
def test_a_question_that_has_no_answer_is_a_problem(client: TestClient, path: str, status: int, said: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert said in problem_of(answer).detail


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"[]", "expected `object`"),
        (b'{"text": 5}', "$.text"),
        (b'{"text": "a", "txet": "b"}', "txet"),
        (b"{}", "give a text"),
        (b'{"id": ""}', "give a text"),
        (b'{"text": "a", "date": "yesterday"}', "date: "),
        (b'{"text": "a", "date": ""}', "date: "),
        (b'{"text": "a", "min_containment": 2}', "$.min_containment"),
        (b'{"text": "a", "min_containment": 1e999}', ""),
        (b'{"text": "\\ud800"}', "lone surrogate"),
        (b'{"text": "\xff"}', "UTF-8"),
        (b'{"text": ' + b"[" * 100_000, ""),
    ],
)
def test_a_body_that_is_not_valid_is_a_problem(client: TestClient, body: bytes, said: str) -> None:
    answer = client.post("/query", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert said.lower() in problem_of(answer).detail.lower()


def test_blocks_need_a_text(client: TestClient) -> None:
    answer = client.post("/blocks", json={"id": STORED})
    assert (answer.status_code, problem_of(answer).detail) == (422, "body: give a text")


def test_a_body_must_say_that_it_is_json(client: TestClient) -> None:
    answer = client.post("/blocks", content=b'{"text": "a"}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert "Content-Type: application/json" in problem_of(answer).detail


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("PUT", "/query", "POST, GET"), ("POST", "/stats", "GET"), ("PATCH", "/articles", "POST, DELETE")],
)
def test_another_method_is_a_problem(client: TestClient, method: str, path: str, allowed: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert problem_of(answer).title == "Method Not Allowed"
    assert answer.headers["allow"] == allowed


def test_an_index_without_texts_says_so(index: Index) -> None:
    index = Index(index.path, Settings(store_text=False))
    index.add([Article(id="a", text="نص لا يبقى")])
    with client_of(index) as client:
        answer = client.get("/query", params={"id": "a"})
        assert answer.status_code == 409
        assert "without texts" in problem_of(answer).detail
        assert get(client, "/article", Article, id="a").text == ""


def test_an_error_that_nobody_expected_tells_nothing_of_the_server(
    sample_index: Index, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(sample_index) as client:
        monkeypatch.setattr(client.app.state.service, "stats", lambda: 1 / 0)  # type: ignore[attr-defined]
        answer = client.get("/stats")
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert problem_of(answer).title == "Internal Server Error"
    assert "default-src" in answer.headers["content-security-policy"]
    assert "ZeroDivisionError" in caplog.text


def test_an_index_that_goes_away_is_a_problem_and_no_path_is_told(
    index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    index.add([Article(id="a", text="نص")])
    with client_of(index) as client:
        for path in index.path.iterdir():
            path.unlink()
        answer = client.get("/article", params={"id": "a"})
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "cannot be read" in problem_of(answer).detail
        assert str(index.path) not in answer.text
        assert str(index.path) in caplog.text
        assert client.get("/metrics").text.count("naskh_index_up 0.0") == 1
