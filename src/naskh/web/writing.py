"""The routes that write, for those who have the token."""

from __future__ import annotations

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from naskh.web.api import as_json
from naskh.web.auth import only_with_token
from naskh.web.bodies import JSON, NDJSON, media_type
from naskh.web.parameters import Ids, TheService
from naskh.web.problems import problem
from naskh.web.reports import DeleteReport, WriteReport
from naskh.web.schema import NEW_ARTICLE, TOKEN, WITH_BODY, gives, takes
from naskh.web.service import Service
from naskh.web.uploads import read_upload

router = APIRouter(default_response_class=Response, dependencies=[Depends(only_with_token)], tags=["writing"])

#: Rejections that are listed; the others are only counted.
_LISTED = 100
_TAKEN = {
    JSON: {"oneOf": [NEW_ARTICLE, {"type": "array", "items": NEW_ARTICLE}]},
    NDJSON[0]: {"type": "string", "description": "An article a line."},
}
#: One request writes at a time; those that wait for it take no thread from those that read.
_writers = CapacityLimiter(1)


@router.post("/articles", responses=gives(WriteReport, *TOKEN, *WITH_BODY), openapi_extra=takes(_TAKEN))
async def add(service: TheService, request: Request) -> Response:
    """Add articles, or replace those of the same ids; answers when they are durable.

    Takes one article, an array of them, or one a line. Bad ones are rejected one by one, and the others taken.
    """
    kind = media_type(request, JSON, *NDJSON)
    raw = await request.body()
    return await to_thread.run_sync(_add, service, raw, kind, limiter=_writers)


def _add(service: Service, raw: bytes, kind: str) -> Response:
    upload = read_upload(raw, kind, max_text=service.max_text)
    listed = tuple(upload.rejections[:_LISTED])
    if upload.rejections and not upload.articles:
        return problem(422, f"no article was taken: {listed[0].reason}", rejections=listed)
    report = service.add(upload.articles)
    return as_json(
        WriteReport(
            added=report.added,
            replaced=report.replaced,
            unchanged=report.unchanged,
            rejected=len(upload.rejections),
            rejections=listed,
            unreadable_dates=upload.unreadable_dates,
            generation=service.generation(),
        )
    )


@router.delete("/articles", responses=gives(DeleteReport, *TOKEN, 404, 422))
async def delete(service: TheService, ids: Ids) -> Response:
    """Delete articles; answers when that is durable. Those that are not there are listed."""
    return await to_thread.run_sync(_delete, service, ids, limiter=_writers)


def _delete(service: Service, ids: list[str]) -> Response:
    unknown = service.delete(ids)
    deleted = len(set(ids)) - len(unknown)
    if not deleted:
        raise HTTPException(404, "no article of these ids is stored")
    return as_json(DeleteReport(deleted, tuple(unknown), service.generation()))
