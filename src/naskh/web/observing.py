"""Around every answer: the headers that secure it, a line in the log, its metrics; and no stack trace in it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import ClientDisconnect

from naskh.web.log import ACCESS, LOG
from naskh.web.metrics import Metrics
from naskh.web.problems import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Nothing is loaded from elsewhere, nothing runs or styles that is not a file of ours, no other page frames us.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; connect-src 'self'; font-src 'self'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
#: Texts that are checked are not published yet: an answer is kept nowhere, unless it says otherwise, as pages do.
_NOT_KEPT = (b"cache-control", b"no-store")
#: Of a client that was gone before its answer: nobody gets it, logs and metrics have it (as nginx does).
GONE = 499
#: Characters of a path that are logged.
_SHOWN = 200


class Observing:
    """The outermost layer of the server.

    Args:
        app: what answers.
        metrics: count and time answers.

    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; HEAD as GET, without the body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        asked = {**scope, "method": "GET"} if is_head else scope
        started = time.perf_counter()
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _secured(message.get("headers", ()))
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._app(asked, receive, send_on)
            status = status or GONE
        except ClientDisconnect:
            status = status or GONE
        except Exception:
            LOG.exception("%s %s failed", scope["method"], _shown(scope))
            if status:  # half of the answer is out: the connection is cut off
                raise
            await problem(500, "the request could not be answered; the log of the server says why")(
                scope, receive, send_on
            )
        finally:
            seconds = time.perf_counter() - started
            self._metrics.count(scope, status, seconds)
            client = scope.get("client") or ("-",)
            ACCESS.info("%s %s %s %d %.1f ms", client[0], scope["method"], _shown(scope), status, seconds * 1000)


def _secured(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    names = {name.lower() for name, _ in headers}
    return [*headers, *HEADERS, *(() if _NOT_KEPT[0] in names else (_NOT_KEPT,))]


def _shown(scope: Scope) -> str:
    """The path, without what could end a line or steer a terminal; ids and words that are searched stay unsaid."""
    path: str = scope["path"]
    return quote(path[:_SHOWN])
