"""What tests of the server share: an application over a copy of the sample index, and a client of it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from fastapi.testclient import TestClient

from naskh import Index
from naskh.web.app import create_app
from naskh.web.service import Service

TOKEN = "a-token-that-nobody-can-guess"  # noqa: S105
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@contextmanager
def client_of(index: Index, *, max_text: int = 20_000, **options: Any) -> Iterator[TestClient]:
    """A client of a server of an index, whose families are there."""
    app = create_app(Service(index, max_text=max_text), **options)
    with TestClient(app, raise_server_exceptions=False) as client:
        until_families(client)
        yield client


def until_families(client: TestClient, generation: int = 0) -> None:
    """Wait for the families of a state of the index."""
    for _ in range(300):
        answer = client.get("/families", params={"size": 1})
        if answer.status_code == 200 and answer.json()["generation"] >= generation:
            return
        time.sleep(0.1)
    raise AssertionError("the families did not come")


class Server:
    """A server in a process of its own, on a free port of loopback.

    Args:
        index: what it serves.
        arguments: more of the command line.
        token: in its environment.

    """

    def __init__(self, index: Path, *arguments: str, token: str | None = None) -> None:
        command = [sys.executable, "-c", "from naskh.cli import main; main()", "serve", str(index), "--port", "0"]
        environment = {**os.environ, **({} if token is None else {"NASKH_TOKEN": token})}
        self.process = subprocess.Popen([*command, *arguments], stderr=subprocess.PIPE, text=True, env=environment)
        assert self.process.stderr is not None
        self.greeting = self.process.stderr.readline()
        self._said: list[str] = []  # read all the time: a full pipe would stop the server
        self._reading = threading.Thread(target=self._said.extend, args=(self.process.stderr,), daemon=True)
        self._reading.start()
        self.port = int(self.greeting.partition("http://127.0.0.1:")[2].partition("/")[0])
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self._wait()

    def end(self, with_signal: int = signal.SIGTERM) -> str:
        """End it; returns what it said."""
        self.process.send_signal(with_signal)
        return self._wait()

    def _wait(self) -> str:
        self.process.wait(timeout=60)
        self._reading.join(timeout=60)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return "".join(self._said)


# --- as messages: what a client in the same process cannot do


Message = dict[str, Any]
_HEADERS = ((b"host", b"localhost"), (b"content-type", b"application/json"))


async def ask(app: Any, path: str, receive: Any, *headers: tuple[bytes, bytes], method: str = "POST") -> Message:
    """The start of an answer."""
    return (await messages_of(app, path, receive, *headers, method=method))[0]


async def messages_of(
    app: Any, path: str, receive: Any, *given: tuple[bytes, bytes], method: str = "POST", on_send: Any = None
) -> list[Message]:
    """What is sent; nothing to a client that is gone. `on_send` is awaited with each message."""
    names = {name for name, _ in given}
    headers = [header for header in _HEADERS if header[0] not in names]
    sent: list[Message] = []
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [*headers, *given], "scheme": "http",
        "server": ("localhost", 80), "client": ("127.0.0.1", 1), "root_path": "", "http_version": "1.1",
        "asgi": {"version": "3.0"},
    }  # fmt: skip

    async def send(message: Message) -> None:
        sent.append(message)
        if on_send is not None:
            await on_send(message)

    await app(scope, receive, send)
    return sent


#: A body that comes in parts has this header.
IN_PARTS = (b"transfer-encoding", b"chunked")


def body(*parts: bytes, then: float = 0.0, gone: asyncio.Event | None = None) -> Any:
    """A body in parts; it stops for so many seconds before the last one. Its client stays until it is `gone`."""

    async def messages() -> AsyncIterator[Message]:
        for number, part in enumerate(parts):
            if number == len(parts) - 1:
                await asyncio.sleep(then)
            yield {"type": "http.request", "body": part, "more_body": number < len(parts) - 1}
        await (gone or asyncio.Event()).wait()
        yield {"type": "http.disconnect"}

    return messages().__anext__
