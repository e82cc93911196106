"""Checking an article on its page: pasted or uploaded, its repeats marked and its duplicates listed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from naskh import Article, Index
from naskh.web.service import Service
from tests.html_page import HtmlPage, assert_marks_are, client_for, get, post, ready

LIMIT = 20_000
DOUBLED = "alsahifa-0002"
both_languages = pytest.mark.parametrize("code", ["ar", "en"])


@pytest.fixture(scope="module")
def service(sample_index: Index) -> Iterator[Service]:
    service = ready(Service(sample_index, max_text=LIMIT))
    yield service
    service.close()


@pytest.fixture(scope="module")
def client(service: Service) -> TestClient:
    return client_for(service)


def upload(client: TestClient, name: str, content: bytes, status: int = 200, **fields: str) -> HtmlPage:
    answer = client.post("/en/check", files={"file": (name, content)}, data=fields)
    assert answer.status_code == status
    return HtmlPage(answer.text)


@both_languages
def test_the_repeated_blocks_of_a_pasted_text_are_marked_in_it(
    client: TestClient, service: Service, code: str
) -> None:
    text = service.article(DOUBLED).text
    found = post(client, f"/{code}/check", text=text.replace("\n", "\r\n"))  # as browsers send it
    blocks = service.blocks(Article(id="", text=text)).blocks
    assert len(blocks) == 2
    for number, block in enumerate(blocks, 1):
        assert_marks_are(found, number, text, [span.chars for span in block.occurrences])
        assert [tag["href"] for tag in found.all("a", data_number=str(number))] == [
            f"#b{number}-2", f"#b{number}-1",
        ]  # fmt: skip


def test_the_duplicates_of_a_pasted_text_are_listed_with_containment_both_ways(
    client: TestClient, service: Service
) -> None:
    text = service.article("nabaa-0004").text
    found = post(client, "/en/check", text=text, date="2025-10-27", id="nabaa-0004")
    matches = service.query(Article(id="nabaa-0004", text=text, date="2025-10-27")).matches
    telling = [match for match in matches if match.relation != "formula"]
    assert [button["value"] for button in found.all("button", name="b")] == [match.id for match in matches]
    assert [(match.title or "-") in found.text for match in telling] == [True] * 3
    bars = [bar["width"] for bar in found.all("rect", class_="filled")]
    shares = [share for match in matches for share in (match.containment, match.containment_in_match)]
    assert bars == [f"{100 * share:.1f}%" for share in shares]


@both_languages
def test_articles_that_share_only_formulas_are_folded_away_and_counted(client: TestClient, code: str) -> None:
    found = get(client, f"/{code}/article?id=nabaa-0003")
    assert found.all("details", class_="formulas")
    assert found.all("strong", class_="relation is-formula")
    assert not found.all("strong", class_="relation is-copy")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("article.txt", "نص"),
        ("article.json", '{\n "id": "nabaa-0004",\n "text": "نص"\n}\n'),
        ("article.jsonl", '{"id": "nabaa-0004", "text": "نص", "title": "عنوان", "date": "2025-10-27"}\n'),
    ],
)
def test_an_uploaded_file_is_checked_before_what_is_pasted(
    client: TestClient, service: Service, name: str, content: str
) -> None:
    text = service.article("nabaa-0004").text
    content = content.replace("نص", text if name.endswith("txt") else json.dumps(text, ensure_ascii=False)[1:-1])
    found = upload(client, name, content.encode(), text="نص آخر")
    ids = [button["value"] for button in found.all("button", name="b")]
    assert ("nabaa-0004" in ids) == name.endswith("txt")  # an article is not its own duplicate
    assert "alsham-0002" in ids


NO_ARTICLE = "This file does not hold one article."


@pytest.mark.parametrize(
    ("name", "content", "said", "reason"),
    [
        ("a.txt", "نص".encode("windows-1256"), "save it as UTF-8", "iconv -f windows-1256"),
        ("a.txt.gz", b"\x1f\x8b\x08\x00", "save it as UTF-8", "gzip -dc"),
        ("a.json", b'{"id": "x"}', NO_ARTICLE, "text"),
        ("a.jsonl", b'{"id": "x", "text": "y"}\n{"id": "z", "text": "w"}\n', "more than one article", ""),
        ("a.jsonl", b'{"id": "x", "text": "y"}\nnot an article', "more than one article", ""),
        ("a.json", b'[{"id": "x", "text": "y"}]', NO_ARTICLE, "array"),
        ("a.json", b"{" * 100_000, NO_ARTICLE, "JSON"),
        ("a.json", b'{"id": "x", "text": "\\ud800"}', NO_ARTICLE, ""),
        ("a.docx", b"PK\x03\x04\x14\x00", "paste it here", ""),
        ("a.pdf", b"%PDF-1.7\n\xe2\xe3", "paste it here", ""),
    ],
)
def test_a_file_that_holds_no_article_is_refused_with_the_reason(
    client: TestClient, name: str, content: bytes, said: str, reason: str
) -> None:
    found = upload(client, name, content, status=422)
    assert said in found.text
    assert reason in found.text


@both_languages
@pytest.mark.parametrize(
    ("fields", "status", "kept"),
    [
        ({"text": ""}, 422, True),
        ({"text": " \n\t "}, 422, True),
        ({"text": "نص", "date": "yesterday"}, 422, True),
        ({"text": "ك" * (LIMIT + 1)}, 413, False),
        ({"text": "ك" * (4 * LIMIT)}, 413, False),
        ({"text": "نص لا يعود", "title": "ع" * 2_001}, 413, False),
    ],
)
def test_what_cannot_be_checked_comes_back_with_the_form_and_the_reason(
    client: TestClient, code: str, fields: dict[str, str], status: int, kept: bool
) -> None:
    found = post(client, f"/{code}/check", status=status, **fields)
    assert found.all("div", class_="problem")
    assert found.all("textarea", id="text")
    assert (fields["text"].strip() in found.text) == kept


def test_a_file_larger_than_a_text_may_be_is_refused(client: TestClient) -> None:
    found = upload(client, "a.txt", b"a" * (6 * LIMIT + 1), status=413)
    assert "too long" in found.text


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain"])
def test_a_form_that_is_none_is_refused(client: TestClient, kind: str) -> None:
    answer = client.post("/en/check", content=b"\xff\x00--", headers={"content-type": kind})
    assert answer.status_code in (400, 422)
    assert HtmlPage(answer.text).all("div", class_="problem")


def test_the_text_with_repeats_removed_has_each_block_once(client: TestClient, service: Service) -> None:
    article = service.article(DOUBLED)
    found = get(client, f"/en/article?id={DOUBLED}")
    assert found.all("textarea", id="fixed")
    paragraphs = article.text.split("\n")
    assert found.text.count(paragraphs[6]) == 3  # twice in the text, once in that without repeats


@both_languages
@pytest.mark.parametrize(
    "charset", ["unicode_escape", "utf-7", "raw_unicode_escape", "undefined", "punycode", "hex"]
)
def test_a_form_in_another_charset_is_refused(client: TestClient, code: str, charset: str) -> None:
    given = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nabc \\ud800 +2AA-\r\n--x--\r\n'
    headers = {"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"}
    answer = client.post(f"/{code}/check", content=given, headers=headers)
    assert answer.status_code == 415
    assert HtmlPage(answer.text).all("html", lang=code)
    headers = {"Content-Type": 'multipart/form-data; boundary=x; charset="UTF-8"'}
    assert client.post(f"/{code}/check", content=given, headers=headers).status_code == 200


def test_a_form_that_is_refused_is_made_in_a_thread_too(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = service.stats()

    def stats() -> object:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return known

    monkeypatch.setattr(service, "stats", stats)
    answer = client.post("/en/check", content=b"", headers={"Content-Type": "multipart/form-data"})
    assert answer.status_code == 400
