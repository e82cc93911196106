"""The server as an ASGI application: routes, problems, limits, metrics."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI
from starlette.routing import Route

from naskh.web import api, writing
from naskh.web.auth import Token
from naskh.web.hosts import Hosts
from naskh.web.limits import Limiting, Limits
from naskh.web.metrics import Metrics
from naskh.web.observing import Observing
from naskh.web.pages import ProblemPages, pages
from naskh.web.problems import handle_problems
from naskh.web.schema import set_openapi
from naskh.web.service import Service

#: Threads that answer. They take turns in Python, and run beside each other in compiled code.
THREADS = 4
#: Threads that answer whoever watches the server, when those are busy.
_WATCHING_THREADS = 2


def create_app(
    service: Service,
    *,
    token: str | None = None,
    limits: Limits | None = None,
    hosts: Collection[str] | None = None,
    threads: int = THREADS,
) -> FastAPI:
    """The application that serves an index.

    Args:
        service: the index; it is started with the application, and closed with it.
        token: what writers must have; None lets nobody write.
        limits: of requests.
        hosts: the names by which the server may be asked; None is any.
        threads: that answer.

    """

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = threads
        await to_thread.run_sync(service.start)
        try:
            yield
        finally:
            service.close()

    app = FastAPI(title="naskh", docs_url=None, redoc_url=None, lifespan=running)
    app.state.service = service
    app.state.token = Token(token)
    app.state.writers = writing.Writers()
    app.state.watching = CapacityLimiter(_WATCHING_THREADS)
    handle_problems(app)
    routers = (api.router, writing.router, pages(service))
    for router in routers:
        app.include_router(router)
    set_openapi(app, max_text=service.max_text)
    paths = {
        "/openapi.json",
        *(route.path for router in routers for route in router.routes if isinstance(route, Route)),
    }
    app.state.metrics = Metrics(service, paths)
    app.add_middleware(Limiting, limits=limits or Limits(max_text=service.max_text))
    app.add_middleware(ProblemPages, paths=paths)
    app.add_middleware(Hosts, names=hosts)  # outside of pages, which say what the index holds
    app.add_middleware(Observing, metrics=app.state.metrics)  # added last, it is the outermost
    return app
