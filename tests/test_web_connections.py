"""Connections end where their clients stand still, and not where the server takes its time."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import uvicorn

from naskh.web import connections
from naskh.web.server import config_of, listen

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
#: What no buffer between server and client holds.
LARGE = b"x" * (32 << 20)


class Running:
    """A server that ends connections after a second; it answers by `path`, and notes what it has answered."""

    def __init__(self) -> None:
        self.server = uvicorn.Server(config_of(self, idle_seconds=1))
        self.answered: list[str] = []
        self.port = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        if scope["path"] == "/body":
            while (await receive()).get("more_body"):
                pass
        await asyncio.sleep(2 if scope["path"] == "/slow" else 0)
        content = LARGE if scope["path"] == "/large" else b"answer"
        length = str(len(content) + 1).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": content, "more_body": True})
        await send({"type": "http.response.body", "body": b"."})
        self.answered.append(scope["path"])

    @property
    def connections(self) -> int:
        return len(self.server.server_state.connections)

    def connect(self, sent: bytes = b"") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connection.sendall(sent)
        return connection


@pytest.fixture
def running() -> Iterator[Running]:
    with run() as running:
        yield running


@contextmanager
def run() -> Iterator[Running]:
    running = Running()
    with listen("127.0.0.1", 0) as listening:
        running.port = listening.getsockname()[1]
        thread = threading.Thread(target=running.server.run, args=([listening],))
        thread.start()
        until(lambda: running.server.started)
        try:
            yield running
        finally:
            running.server.should_exit = True
            thread.join()


def until(true: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def read_until(connection: socket.socket, end: bytes) -> bytes:
    """What comes until this does, or the connection ends."""
    got = b""
    while not got.endswith(end):
        more = connection.recv(1 << 16)
        if not more:
            return got
        got += more
    return got


def is_ended(connection: socket.socket) -> bool:
    """Whether the server ends it before long."""
    try:
        return connection.recv(1 << 16) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("sent", [b"", b"G", REQUEST[:-2]], ids=["nothing", "a letter", "all but the end"])
@pytest.mark.parametrize("is_first", [True, False], ids=["at first", "after an answer"])
def test_a_connection_on_which_no_whole_request_comes_ends(running: Running, sent: bytes, is_first: bool) -> None:
    with running.connect(b"" if is_first else REQUEST) as connection:
        if not is_first:
            assert read_until(connection, b"answer.").startswith(b"HTTP/1.1 200 ")
        connection.sendall(sent)
        assert is_ended(connection)
    until(lambda: not running.connections)


def test_a_request_that_comes_letter_by_letter_has_no_more_time(running: Running) -> None:
    started = time.monotonic()
    with running.connect() as connection, suppress(ConnectionError):
        for letter in REQUEST:
            connection.sendall(bytes([letter]))
            time.sleep(0.1)
    assert 0.5 < time.monotonic() - started < 2.5


def test_a_client_that_does_not_read_its_answer_is_cut_off(running: Running) -> None:
    with running.connect(REQUEST.replace(b"/ ", b"/large ", 1)):
        until(lambda: running.connections)
        until(lambda: not running.connections, seconds=5)
        assert running.answered == ["/large"]


def test_a_client_that_reads_a_large_answer_gets_all_of_it(running: Running) -> None:
    with running.connect(REQUEST.replace(b"/ ", b"/large ", 1)) as connection:
        got = 0
        while got < len(LARGE):
            more = connection.recv(1 << 20)
            assert more
            got += len(more)
            time.sleep(0.02)


@pytest.mark.parametrize("path", [b"/slow", b"/body"])
def test_what_takes_the_server_or_a_body_its_time_is_not_cut_off(running: Running, path: bytes) -> None:
    head = b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n"
    with running.connect(head + b"a") as connection:
        time.sleep(1.5)
        connection.sendall(b"b")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


def test_there_are_no_more_connections_than_may_be(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 2)
    with running.connect() as one, running.connect():
        until(lambda: running.connections == 2)
        with running.connect() as third:
            assert is_ended(third)
        one.sendall(REQUEST)
        assert one.recv(100).startswith(b"HTTP/1.1 200 ")


def test_what_is_no_http_gets_a_plain_answer(running: Running) -> None:
    with running.connect(b"\0\1\r\n\r\n") as connection:
        answer = connection.recv(1000)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"text/plain" in answer
