"""Hostile ids, titles and texts come back as inert JSON, or are refused by a clear problem."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from naskh import Article, Index
from tests.arabic import HOSTILE
from tests.test_web_api import problem_of
from tests.web import BEARER, TOKEN, client_of

STRINGS = {
    "script": "<script>alert(1)</script>",
    "attribute": "\"' onload=alert(1) x='",
    "bidi": "\u202etxt.exe\u2066\u200f",
    "nul": "a\x00b",
    "lines": "a\nb\rc\u2028d\u2029e",
    "headers": "a\r\nSet-Cookie: a=b",
    "path": "../../etc/passwd",
    "query": "a&b=c#d?e%00%f",
    "percent": "%s%n{0}{{}}${jndi:ldap://x}",
    "astral": "\U0010fffd𞺀\ufeff",
    "long": "ط" * 3000,
    "all": HOSTILE,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    index = Index(tmp_path_factory.mktemp("hostile") / "index")
    index.add([Article(id="a", text="نص")])
    with client_of(index, token=TOKEN) as client:
        yield client


@pytest.mark.parametrize("string", STRINGS.values(), ids=STRINGS)
def test_a_hostile_article_comes_back_as_it_was_and_inert(client: TestClient, string: str) -> None:
    text = f"{string} هذا نص طويل بما يكفي لكي تكون فيه كلمات كثيرة لا توجد في غيره {string}"
    given = {"id": string, "text": text, "outlet": string, "title": string, "url": string}
    added = client.post("/articles", json=given, headers=BEARER)
    assert added.json()["rejected"] == 0, added.text
    told = client.get("/article", params={"id": string})
    assert told.json() == {**given, "date": None}
    matches = client.post("/query", json={"text": text}).json()["matches"]
    assert string in [match["id"] for match in matches]
    found = client.get("/search", params={"outlet": string[:500]}).json()
    assert found["total"] == (1 if len(string) <= 500 else 0)
    assert client.get("/query", params={"id": string}).status_code == 200
    assert client.get("/family", params={"id": string}).status_code in (200, 404)
    assert told.headers["content-type"] == "application/json"
    assert told.headers["x-content-type-options"] == "nosniff"
    assert client.delete("/articles", params={"id": string}, headers=BEARER).json()["deleted"] == 1


@pytest.mark.parametrize("string", STRINGS.values(), ids=STRINGS)
def test_what_is_asked_for_in_vain_is_not_repeated(client: TestClient, string: str) -> None:
    answer = client.get("/article", params={"id": f"not there: {string}"})
    assert answer.status_code == 404
    assert string not in problem_of(answer).detail


@pytest.mark.parametrize("escape", [rb"\ud800", rb"\udfff", rb"\ud800\u0041", rb"\udc00\ud800"])
@pytest.mark.parametrize("path", ["/query", "/blocks", "/articles"])
def test_half_a_character_is_refused(client: TestClient, path: str, escape: bytes) -> None:
    body = b'{"id": "x", "text": "' + escape + b'"}'
    answer = client.post(path, content=body, headers={**BEARER, "Content-Type": "application/json"})
    assert answer.status_code == 422
    assert "lone surrogate" in problem_of(answer).detail


@pytest.mark.parametrize(
    "text",
    [
        "ا" * 20_000,
        "كلمة " * 4_000,
        "\n" * 20_000,
        "\u0651" * 20_000,
        "ﷺ" * 20_000,
        ("فقرة قصيرة من كلمات قليلة تتكرر\n" * 700)[:20_000],
    ],
    ids=["letters", "words", "lines", "marks", "ligatures", "paragraphs"],
)
@pytest.mark.parametrize("path", ["/query", "/blocks"])
def test_the_longest_texts_of_one_kind_are_answered(client: TestClient, path: str, text: str) -> None:
    assert client.post(path, json={"text": text}).status_code == 200


def test_a_text_of_five_megabytes_is_refused(client: TestClient) -> None:
    for path in ("/query", "/blocks"):
        answer = client.post(path, json={"text": "نص " * 1_000_000})
        assert answer.status_code == 413
        problem_of(answer)
    added = client.post("/articles", json={"id": "big", "text": "نص " * 1_000_000}, headers=BEARER)
    assert added.status_code == 422
    assert "characters; at most" in problem_of(added).detail


@pytest.mark.parametrize(
    "body",
    [
        b'{"text": "a"' + b" " * 30_000 + b"}",
        json.dumps({"text": "a", "title": "x" * 60_000}).encode(),
        b'{"text": "a", "text": "b"}',
        b"\xef\xbb\xbf" + b'{"text": "a"}',
        b'{"text": "a"}' * 2,
        b'{"text": NaN}',
        b"\x00" * 1000,
        b'{"min_words": 1e400, "text": "a"}',
        b'{"min_words": 99999999999999999999999999999999, "text": "a"}',
    ],
)
def test_strange_json_is_answered_or_refused(client: TestClient, body: bytes) -> None:
    answer: Any = client.post("/blocks", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 422)
    if answer.status_code != 200:
        problem_of(answer)
