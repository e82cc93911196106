"""Listening, serving, and ending well."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from naskh.errors import CannotListen
from naskh.web.connections import Connection

#: At the end, answers that are under way have so many seconds, commits included.
GRACE_SECONDS = 30
#: Connections on which no whole request comes, or of whose answer nothing is taken, end after so many seconds.
IDLE_SECONDS = 30

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_ENDING = (signal.SIGINT, signal.SIGTERM)


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A socket that listens; port 0 takes any that is free.

    Args:
        host: the address.
        port: the port.
        shared: other processes that share it may listen there too; the system shares out who connects.

    Raises:
        CannotListen: the port is taken, or there is no such address here.

    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        return socket.create_server(address[:2], family=family, backlog=2048, reuse_port=shared)
    except UnicodeError as error:
        raise CannotListen(f"{host} cannot be listened on: it is no name of a machine") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            said = f"port {port} of {host} is taken, by another naskh serve perhaps;  --port N  takes another"
        else:
            said = f"{host} port {port} cannot be listened on: {error.strerror or error}"
        raise CannotListen(said) from error


def address_of(listening: socket.socket) -> str:
    """The address of a socket that listens, for a browser."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if listening.family == socket.AF_INET6 else f"http://{host}:{port}/"


def serve(app: FastAPI, listening: socket.socket, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or SIGINT.

    Answers that are under way then come to their end; a second signal cuts them off.

    Args:
        app: what answers.
        listening: where.
        on_ready: called when it answers.

    Raises:
        IndexUnusable: the service cannot be started.

    """
    server = _Server(config_of(app), app.state.service.start, on_ready)
    asyncio.run(server.serve(sockets=[listening]))


def config_of(app: ASGIApp, *, idle_seconds: int = IDLE_SECONDS) -> uvicorn.Config:
    """How uvicorn serves an application."""
    return uvicorn.Config(
        app,
        http=Connection,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # anybody could write them, and so another address into the log
        ws="none",
        timeout_keep_alive=idle_seconds,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class _Server(uvicorn.Server):
    """A server after whose end the process goes on: uvicorn's own sends itself the signal once more."""

    def __init__(self, config: uvicorn.Config, start: Callable[[], None], on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._start = start
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the service and the application, then take requests."""
        await to_thread.run_sync(self._start)  # where the application does it, uvicorn logs errors and exits by 3
        await super().startup(sockets)
        if not self.should_exit:
            self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let signals end the server."""
        loop = asyncio.get_running_loop()
        for number in _ENDING:
            loop.add_signal_handler(number, self._end)
        try:
            yield
        finally:
            for number in _ENDING:
                loop.remove_signal_handler(number)

    def _end(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
        if self.force_exit:  # from Python 3.12 on a server is not closed before its connections are
            for connection in list(self.server_state.connections):
                connection.transport.abort()
