"""What a request may take: bytes, time to arrive, and a place among those that are answered at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import msgspec
from anyio import CancelScope
from starlette.exceptions import HTTPException

from naskh.web.problems import BUSY_SECONDS, problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: A character takes up to twelve bytes where JSON escapes it, and no more in a form; the rest is for other fields.
CHARACTER_BYTES = 12
_FIELD_BYTES = 1 << 16
#: So much of a body that is too large is taken in, and for so long, before the answer says so.
_DISCARD_BYTES = 64 << 20
_DISCARD_SECONDS = 5.0
#: What is always answered: whoever watches the server asks for it, and the page that says to come again needs it.
_ALWAYS = ("/health", "/metrics", "/static/")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of a server.

    `upload_bytes` is for articles to be added, some 10,000 of them; more are added sooner by ``naskh index``.
    `body_seconds` is the time in which a body must arrive: an upload of full size at 10 Mbit/s takes 27 seconds.
    `answers` are worked on or wait for that at once; who comes then is told to come again.
    """

    max_text: int
    upload_bytes: int = 32 << 20
    body_seconds: float = 30.0
    answers: int = 128

    def body_bytes(self, path: str) -> int:
        """Bytes that the body of a request may have."""
        return self.upload_bytes if path == "/articles" else CHARACTER_BYTES * self.max_text + _FIELD_BYTES


class Limiting:
    """Holds requests to their limits.

    Args:
        app: what answers them.
        limits: the limits.

    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._answering = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, if it keeps to the limits."""
        if scope["type"] != "http" or scope["path"].startswith(_ALWAYS):
            await self._app(scope, receive, send)
            return
        if self._answering >= self._limits.answers:
            refused = problem(
                503, "too many requests are being answered; try again", headers={"Retry-After": str(BUSY_SECONDS)}
            )
            await refused(scope, receive, send)
            return
        body = _Body(scope, receive, self._limits.body_bytes(scope["path"]), self._limits.body_seconds)
        if _declared_bytes(scope) > body.most:
            if not _waits(scope):
                await body.discard()
            await problem(413, body.too_large)(scope, receive, send)
            return
        with CancelScope() as answering, ExitStack() as until_answered:
            self._answering += 1
            until_answered.callback(self._release)
            watching = asyncio.create_task(body.watch(answering.cancel))
            until_answered.callback(watching.cancel)

            async def send_on(message: Message) -> None:
                until_answered.close()  # whoever reads an answer slowly, or not at all, keeps nobody else waiting
                await send(message)

            await self._app(scope, body.receive, send_on)

    def _release(self) -> None:
        self._answering -= 1


class _Body:
    """A body on its way in, and then its client, who may go."""

    def __init__(self, scope: Scope, receive: Receive, most: int, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._deadline: float | None = None
        self._bytes = 0
        self._is_empty = not _declared_bytes(scope) and not _header(scope, b"transfer-encoding")
        self._complete = asyncio.Event()
        if self._is_empty:
            self._complete.set()
        self.most = most

    async def watch(self, gone: Callable[[], None]) -> None:
        """Call `gone` if the client goes: what still waits for a thread then need not be done."""
        await self._complete.wait()  # until then, whoever reads the body is told
        while (await self._receive())["type"] != "http.disconnect":
            pass  # the empty body
        gone()

    @property
    def too_large(self) -> str:
        return f"the body has more than {self.most:,} bytes, the most that is taken here"

    async def receive(self) -> Message:
        """The next part of it; after the last one, whatever happens to the connection.

        Raises:
            HTTPException: 413, it has too many bytes; 408, it takes too long.

        """
        if self._is_empty:  # nothing is lost to who watches
            self._is_empty = False
            return {"type": "http.request", "body": b"", "more_body": False}
        if self._complete.is_set():
            return await self._receive()
        now = asyncio.get_running_loop().time()
        if self._deadline is None:
            self._deadline = now + self._seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            said = f"the body did not arrive within {self._seconds:g} seconds"
            raise HTTPException(408, said, {"Connection": "close"}) from None
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            if not message.get("more_body", False):
                self._complete.set()
            if self._bytes > self.most:
                await self.discard()
                raise HTTPException(413, self.too_large, {"Connection": "close"})
        return message

    async def discard(self) -> None:
        """Take in what is left of it, within limits: many clients do not read an answer before all is sent."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_DISCARD_SECONDS):
                while not self._complete.is_set() and self._bytes < _DISCARD_BYTES:
                    message = await self._receive()
                    self._bytes += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        self._complete.set()


def _declared_bytes(scope: Scope) -> int:
    value = _header(scope, b"content-length")
    return int(value) if value.isdigit() else 0


def _waits(scope: Scope) -> bool:
    """Whether the client waits for our word before it sends the body."""
    return _header(scope, b"expect").lower() == b"100-continue"


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == wanted), b"")
