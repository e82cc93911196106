"""Connections of clients: how many there are, and how long one waits for a request, or for its answer to be read.

uvicorn by itself closes a connection only where nothing comes after an answer; one on which a request never becomes
whole, or whose client does not read, stays for ever.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

#: Connections at once: systems let a process have 1,024 files open, and the index has some of them.
MOST_CONNECTIONS = 512


class Connection(H11Protocol):
    """A connection that ends when, for uvicorn's `timeout_keep_alive`, it stands still for the client's sake."""

    _request_timer: asyncio.TimerHandle | None = None
    _reading_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a new connection, if there are not too many, and wait for its first request."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._end()
        else:
            self._wait_for_request()

    def data_received(self, data: bytes) -> None:
        """Take what the client sent; a part of the head of a request gives no more time."""
        super().data_received(data)
        if self._is_answering():
            _cancel(self._request_timer)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if not self._is_answering():
            self._wait_for_request()

    def pause_writing(self) -> None:
        """Wait for the client to take what was sent to it."""
        super().pause_writing()
        self._reading_timer = self._in_time()

    def resume_writing(self) -> None:
        """Go on, as the client has taken most of what was sent to it."""
        super().resume_writing()
        _cancel(self._reading_timer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Clear up."""
        super().connection_lost(exc)
        _cancel(self._request_timer)
        _cancel(self._reading_timer)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_request(self) -> None:
        _cancel(self._request_timer)
        self._request_timer = self._in_time()

    def _in_time(self) -> asyncio.TimerHandle:
        return self.loop.call_later(self.timeout_keep_alive, self._end)

    def _end(self) -> None:
        self.transport.abort()  # to close it would wait until the client has taken all that was sent to it


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
