"""Requests are held to limits of size, time and number; each is refused by a clear problem."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient

from naskh import Article, Index
from naskh.web.app import create_app
from naskh.web.hosts import LOOPBACK, is_loopback, names_of
from naskh.web.limits import Limits
from naskh.web.service import Service
from tests.html_page import HtmlPage
from tests.test_web_api import problem_of
from tests.web import BEARER, IN_PARTS, TOKEN, Message, ask, body, client_of, messages_of

MAX_TEXT = 20_000
JSON = {"Content-Type": "application/json"}


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
    answer = asyncio.run(ask(app, "/blocks", body(b'{"text": ', b'"a"}', then=5), IN_PARTS))
    assert answer["status"] == 408
    assert (b"connection", b"close") in answer["headers"]


def test_a_body_that_arrives_in_time_is_answered(sample_index: Index) -> None:
    app = create_app(Service(sample_index), limits=Limits(max_text=MAX_TEXT, body_seconds=5))
    assert asyncio.run(ask(app, "/blocks", body(b'{"text": ', b'"a"}', then=0.2), IN_PARTS))["status"] == 200


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
    assert asyncio.run(ask(app, "/articles", never, IN_PARTS))["status"] == 401


class Busy:
    """A server of two threads and as many answers, both of which are being worked on until `go`."""

    def __init__(self, index: Index, **limits: Any) -> None:
        self.service = Service(index)
        self.known = self.service.stats()
        self.service.stats = self._slow  # type: ignore[method-assign]
        self.app = create_app(self.service, limits=Limits(max_text=MAX_TEXT, **limits), threads=2)
        self.asked = 0
        self.go = Event()

    def _slow(self) -> Any:
        self.asked += 1
        self.go.wait(30)
        return self.known

    async def get(self, path: str, *headers: tuple[bytes, bytes], receive: Any = None) -> list[Message]:
        return await messages_of(self.app, path, receive or body(b""), *headers, method="GET")

    @asynccontextmanager
    async def working(self) -> AsyncIterator[list[asyncio.Task[list[Message]]]]:
        async with self.app.router.lifespan_context(self.app):
            tasks = [asyncio.create_task(self.get("/stats")) for _ in range(2)]
            while self.asked < 2:
                await asyncio.sleep(0.01)
            try:
                yield tasks
            finally:
                self.go.set()
                assert [(await task)[0]["status"] for task in tasks] == [200, 200]


def test_who_comes_when_too_many_are_answered_is_told_to_come_again(sample_index: Index) -> None:
    busy = Busy(sample_index, answers=2)

    async def run() -> None:
        async with busy.working():
            start, _ = await busy.get("/search")
            assert start["status"] == 503
            assert (b"retry-after", b"1") in start["headers"]

    asyncio.run(asyncio.wait_for(run(), 20))


@pytest.mark.parametrize("path", ["/health", "/metrics", "/static/naskh.css"])
def test_what_watches_the_server_does_not_wait_for_answers(sample_index: Index, path: str) -> None:
    busy = Busy(sample_index, answers=2)

    async def run() -> None:
        async with busy.working():
            assert (await busy.get(path))[0]["status"] == 200

    asyncio.run(asyncio.wait_for(run(), 20))


@pytest.mark.parametrize("code", ["ar", "en"])
def test_a_page_is_refused_at_once_when_all_threads_are_busy(sample_index: Index, code: str) -> None:
    busy = Busy(sample_index, answers=2)

    async def run() -> list[list[Message]]:
        async with busy.working():
            return await asyncio.gather(*(busy.get(f"/{code}/search") for _ in range(50)))

    for start, content in asyncio.run(asyncio.wait_for(run(), 20)):
        assert start["status"] == 503
        page = HtmlPage(content["body"].decode())
        assert page.all("html", lang=code)
        assert page.all("a", lang="en" if code == "ar" else "ar", href=f"/{'en' if code == 'ar' else 'ar'}/search")
    assert busy.asked == 2


def test_an_answer_that_is_not_read_keeps_nobody_waiting(sample_index: Index) -> None:
    app = create_app(Service(sample_index), limits=Limits(max_text=MAX_TEXT, answers=1))

    async def run() -> list[list[Message]]:
        computed, read = asyncio.Event(), asyncio.Event()

        async def wait(_: Message) -> None:
            computed.set()
            await read.wait()

        silent = asyncio.create_task(messages_of(app, "/stats", body(b""), method="GET", on_send=wait))
        await computed.wait()
        other = await messages_of(app, "/stats", body(b""), method="GET")
        assert not silent.done()
        read.set()
        return [other, await silent]

    assert [each[0]["status"] for each in asyncio.run(asyncio.wait_for(run(), 20))] == [200, 200]


# --- clients that go -------------------------------------------------------------------------------------------


@pytest.fixture
def no_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.usefixtures("no_errors")
@pytest.mark.parametrize("path", ["/stats", "/en/"])
def test_nothing_is_done_for_a_client_that_went_while_it_waited(sample_index: Index, path: str) -> None:
    busy = Busy(sample_index)

    async def run() -> None:
        gone = asyncio.Event()
        async with busy.working():
            waiting = asyncio.create_task(busy.get(path, receive=body(b"", gone=gone)))
            await asyncio.sleep(0.1)
            gone.set()
            assert await asyncio.wait_for(waiting, 5) == []

    asyncio.run(asyncio.wait_for(run(), 20))
    assert busy.asked == 2
    assert f'method="GET",route="{path}",status="499"}} 1.0' in busy.app.state.metrics.text().decode()


@pytest.mark.usefixtures("no_errors")
@pytest.mark.parametrize("path", ["/blocks", "/en/check"])
def test_a_client_that_goes_while_it_sends_is_no_fault_of_ours(sample_index: Index, path: str) -> None:
    app = create_app(Service(sample_index))

    async def going() -> Message:
        return {"type": "http.disconnect"}

    form = (b"content-type", b"application/x-www-form-urlencoded")
    headers = [IN_PARTS, form] if path == "/en/check" else [IN_PARTS]
    assert asyncio.run(messages_of(app, path, going, *headers)) == []
    assert f'method="POST",route="{path}",status="499"}} 1.0' in app.state.metrics.text().decode()


# --- targets that are no paths ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_errors")
@pytest.mark.parametrize(
    ("method", "target"), [("GET", "x"), ("GET", "ar"), ("OPTIONS", "*"), ("CONNECT", "localhost:80")]
)
@pytest.mark.parametrize("accept", [b"*/*", b"text/html"])
def test_a_target_without_a_slash_is_not_there(
    sample_index: Index, method: str, target: str, accept: bytes
) -> None:
    app = create_app(Service(sample_index))
    answer = asyncio.run(ask(app, target, body(b""), (b"accept", accept), method=method))
    assert answer["status"] == 404


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


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
def test_some_addresses_are_for_this_machine_alone(address: str) -> None:
    assert is_loopback(address)
    assert names_of(address, "a.name", ()) == LOOPBACK | {f"[{address}]" if ":" in address else address, "a.name"}


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "fe80::1%eth0"])  # noqa: S104 - none is bound
def test_others_are_not_and_answer_to_any_name_unless_some_are_given(address: str) -> None:
    assert not is_loopback(address)
    assert names_of(address, address, ()) is None
    names = names_of(address, address, ["naskh.example", "2001:db8::1"])
    assert names is not None
    assert {"naskh.example", "[2001:db8::1]", "localhost"} <= names


def test_a_name_that_is_not_the_servers_is_not_told_what_the_index_holds(sample_index: Index) -> None:
    with TestClient(create_app(Service(sample_index), hosts=LOOPBACK)) as client:
        answer = client.get("/en/", headers={"Host": "evil.example"})
    assert answer.status_code == 421
    problem_of(answer)
