"""The routes that write, for those who have the token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, TypeVarTuple

from anyio import CapacityLimiter, Lock, fail_after, to_thread
from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from naskh.web.api import as_json
from naskh.web.auth import only_with_token
from naskh.web.bodies import JSON, NDJSON, media_type
from naskh.web.parameters import Ids, TheService
from naskh.web.problems import LOCKED_SECONDS, problem
from naskh.web.reports import DeleteReport, WriteReport
from naskh.web.schema import NEW_ARTICLE, TOKEN, WITH_BODY, gives, takes
from naskh.web.service import Service
from naskh.web.uploads import read_upload

router = APIRouter(default_response_class=Response, dependencies=[Depends(only_with_token)], tags=["writing"])

#: Requests that write, or wait for their turn to: each has its body in memory.
MOST_WRITERS = 8
#: A turn is waited for so long.
WRITE_SECONDS = 30.0
_TAKEN = {
    JSON: {"oneOf": [NEW_ARTICLE, {"type": "array", "items": NEW_ARTICLE}]},
    NDJSON[0]: {"type": "string", "description": "An article a line."},
}

Result = TypeVar("Result")
Given = TypeVarTuple("Given")


class Writers:
    """Lets one request write at a time, in a thread that those who read do not wait for.

    Args:
        most: requests that write or wait.
        seconds: that one waits.

    """

    def __init__(self, most: int = MOST_WRITERS, seconds: float = WRITE_SECONDS) -> None:
        self._most = most
        self._seconds = seconds
        self._present = 0
        self._turn = Lock()

    @contextmanager
    def present(self) -> Iterator[None]:
        """Take part, before the body is read.

        Raises:
            HTTPException: 503, there are too many.

        """
        if self._present >= self._most:
            raise _busy(f"{self._most} requests write or wait to; nothing was changed, try again")
        self._present += 1
        try:
            yield
        finally:
            self._present -= 1

    async def write(self, work: Callable[[*Given], Result], *given: *Given) -> Result:
        """Do it when it is its turn; what has begun comes to its end.

        Raises:
            HTTPException: 503, those before it take too long.

        """
        try:
            with fail_after(self._seconds):
                await self._turn.acquire()
        except TimeoutError:
            raise _busy("requests before this one are still writing; nothing was changed, try again") from None
        try:
            return await to_thread.run_sync(work, *given, limiter=CapacityLimiter(1))
        finally:
            self._turn.release()


def _busy(detail: str) -> HTTPException:
    return HTTPException(503, detail, {"Retry-After": str(LOCKED_SECONDS)})


@router.post("/articles", responses=gives(WriteReport, *TOKEN, *WITH_BODY), openapi_extra=takes(_TAKEN))
async def add(service: TheService, request: Request) -> Response:
    """Add articles, or replace those of the same ids; answers when they are durable.

    Takes one article, an array of them, or one a line. Bad ones are rejected one by one, and the others taken.
    """
    kind = media_type(request, JSON, *NDJSON)
    writers: Writers = request.app.state.writers
    with writers.present():
        raw = await request.body()
        return await writers.write(_add, service, raw, kind)


def _add(service: Service, raw: bytes, kind: str) -> Response:
    upload = read_upload(raw, kind, max_text=service.max_text)
    if upload.rejected and not upload.articles:
        return problem(422, f"no article was taken: {upload.why}", rejections=upload.rejections)
    report = service.add(upload.articles)
    return as_json(
        WriteReport(
            added=report.added,
            replaced=report.replaced,
            unchanged=report.unchanged,
            rejected=upload.rejected,
            rejections=upload.rejections,
            unreadable_dates=upload.unreadable_dates,
            generation=service.generation(),
        )
    )


@router.delete("/articles", responses=gives(DeleteReport, *TOKEN, 404, 422))
async def delete(service: TheService, request: Request, ids: Ids) -> Response:
    """Delete articles; answers when that is durable. Those that are not there are listed."""
    writers: Writers = request.app.state.writers
    with writers.present():
        return await writers.write(_delete, service, ids)


def _delete(service: Service, ids: list[str]) -> Response:
    unknown = service.delete(ids)
    deleted = len(set(ids)) - len(unknown)
    if not deleted:
        raise HTTPException(404, "no article of these ids is stored")
    return as_json(DeleteReport(deleted, tuple(unknown), service.generation()))
