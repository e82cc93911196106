"""Requests are held to limits of size, time and number; each is refused by a clear problem."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient

from naskh import Article, Index
from naskh.web.app import create_app
from naskh.web.hosts import LOOPBACK, is_loopback
from naskh.web.limits import Limits
from naskh.web.service import Service
from tests.test_web_api import problem_of
from tests.web import BEARER, TOKEN, client_of

MAX_TEXT = 20_000
JSON = {"Content-Type": "application/json"}
Message = dict[str, Any]


@pytest.fixture(scope="module")
def client(sample_index: Index) -> Iterator[TestClient]:
    with client_of(sample_index, max_text=MAX_TEXT, token=TOKEN) as client:
        yield client


@pytest.mark.parametrize("path", ["/query", "/blocks"])
def test_a_text_of_the_most_characters_is_taken_and_one_more_is_not(client: TestClient, path: str) -> None:
    text = "نص " * (MAX_TEXT // 3) + "نص"
    assert client.post(path, json={"text": text[:MAX_TEXT]}).status_code == 200
    answer = client.post(path, json={"text": text[:MAX_TEXT] + "a"})
    assert answer.status_code == 422
    assert f"{MAX_TEXT + 1:,} characters; at most {MAX_TEXT:,}" in problem_of(answer).detail


@pytest.mark.parametrize("path", ["/query", "/blocks"])
@pytest.mark.parametrize("in_parts", [False, True], ids=["with its length", "in parts"])
def test_a_body_that_is_too_large_is_refused(client: TestClient, path: str, in_parts: bool) -> None:
    body = b'{"text": "' + b"x" * 5_000_000 + b'"}'
    parts = (body[start : start + 65536] for start in range(0, len(body), 65536))
    answer = client.post(path, content=parts if in_parts else body, headers=JSON)
    assert answer.status_code == 413
    most = Limits(max_text=MAX_TEXT).body_bytes(path)
    assert f"more than {most:,} bytes" in problem_of(answer).detail


@pytest.mark.parametrize("character", [b"\\u0646", b"\\ud83d\\udd96", "🖖".encode()])
def test_the_longest_text_is_taken_however_json_writes_it(client: TestClient, character: bytes) -> None:
    escaped = b'{"text": "' + character * MAX_TEXT + b'"}'
    assert client.post("/blocks", content=escaped, headers=JSON).status_code == 200


def test_articles_to_be_added_may_be_many(client: TestClient) -> None:
    body = b'{"id": ""}\n' * 100_000  # none of which is taken, so that the index stays as it is
    answer = client.post("/articles", content=body, headers={**BEARER, "Content-Type": "application/x-ndjson"})
    assert len(body) > Limits(max_text=MAX_TEXT).body_bytes("/query")
    assert answer.status_code == 422


# --- as messages: what a client in the same process cannot do --------------------------------------------------


def test_a_body_that_does_not_arrive_in_time_is_refused(sample_index: Index) -> None:
    limits = Limits(max_text=MAX_TEXT, body_seconds=0.1)
    app = create_app(Service(sample_index), limits=limits)
    answer = asyncio.run(ask(app, "/blocks", body(b'{"text": ', b'"a"}', then=5)))
    assert answer["status"] == 408
    assert (b"connection", b"close") in answer["headers"]


def test_a_body_that_arrives_in_time_is_answered(sample_index: Index) -> None:
    app = create_app(Service(sample_index), limits=Limits(max_text=MAX_TEXT, body_seconds=5))
    assert asyncio.run(ask(app, "/blocks", body(b'{"text": ', b'"a"}', then=0.2)))["status"] == 200


def test_nobody_who_waits_for_our_word_sends_a_body_that_is_too_large(sample_index: Index) -> None:
    async def never() -> Message:
        raise AssertionError("the body was asked for")

    app = create_app(Service(sample_index, max_text=MAX_TEXT))
    expecting = (b"content-length", b"5000000"), (b"expect", b"100-continue")
    assert asyncio.run(ask(app, "/blocks", never, *expecting))["status"] == 413


def test_no_body_is_read_of_who_may_not_write(sample_index: Index) -> None:
    async def never() -> Message:
        raise AssertionError("the body was asked for")

    app = create_app(Service(sample_index), token=TOKEN)
    assert asyncio.run(ask(app, "/articles", never))["status"] == 401


def test_who_comes_when_too_many_are_answered_is_told_to_come_again(sample_index: Index) -> None:
    service = Service(sample_index)
    going, seen = Event(), Event()
    known = service.stats()

    def slow() -> Any:
        seen.set()
        going.wait(30)
        return known

    service.stats = slow  # type: ignore[method-assign]
    app = create_app(service, limits=Limits(max_text=MAX_TEXT, answers=2))

    async def run() -> list[Message]:
        slow_ones = [asyncio.create_task(ask(app, "/stats", body(b""), method="GET")) for _ in range(2)]
        while not seen.is_set():
            await asyncio.sleep(0.01)
        refused = await ask(app, "/stats", body(b""), method="GET")
        watched = await ask(app, "/health", body(b""), method="GET")
        going.set()
        return [refused, watched, *await asyncio.gather(*slow_ones)]

    refused, watched, *answered = asyncio.run(run())
    assert refused["status"] == 503
    assert (b"retry-after", b"1") in refused["headers"]
    assert [each["status"] for each in (watched, *answered)] == [200, 200, 200]


# --- the name by which the server is asked ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:8750", 200), ("127.0.0.1", 200), ("[::1]:8750", 200), ("LOCALHOST", 200), ("evil.example", 421)],
)
def test_a_server_for_this_machine_answers_to_no_other_name(index: Index, host: str, status: int) -> None:
    index.add([Article(id="a", text="نص")])
    app = create_app(Service(index), hosts=LOOPBACK)
    with TestClient(app) as client:
        assert client.get("/health", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_some_addresses_are_for_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "news.example"])  # noqa: S104 - none is bound
def test_others_are_not(host: str) -> None:
    assert not is_loopback(host)
