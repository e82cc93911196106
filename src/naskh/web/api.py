"""The routes that read: the objects of the command line's ``--json``, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from naskh.article import Article, ArticleBlocks, ArticleList, Family, QueryResult, Stats
from naskh.matching.sharing import MIN_CONTAINMENT
from naskh.report.matrix import Matrix
from naskh.web.bodies import JSON, BlocksRequest, QueryRequest, decode, json_body
from naskh.web.families import FIRST_SECONDS
from naskh.web.metrics import Metrics
from naskh.web.parameters import (
    CHECKED,
    And,
    AnyPage,
    DateFrom,
    DateTo,
    Explain,
    Id,
    MinOutlets,
    Outlet,
    Page,
    Share,
    Size,
    TheService,
    Title,
    as_text,
)
from naskh.web.reports import Health
from naskh.web.schema import METRICS, WITH_BODY, gives, reference, takes
from naskh.web.service import FamilyList, Service

router = APIRouter(default_response_class=Response, dependencies=CHECKED)
Body = Annotated[bytes, Depends(json_body)]


def as_json(value: msgspec.Struct) -> Response:
    """An answer that is an object."""
    return Response(msgspec.json.encode(value), media_type=JSON)


@router.post(
    "/query",
    tags=["matching"],
    responses=gives(QueryResult, 404, 409, *WITH_BODY),
    openapi_extra=takes({JSON: reference(QueryRequest)}),
)
def query(service: TheService, body: Body) -> Response:
    """Find the stored articles that share text with the one given, best first."""
    given = decode(body, QueryRequest)
    options: dict[str, Any] = {"min_containment": given.min_containment, "explain": given.explain}
    if given.text is not None:
        return as_json(service.query(given.article(), **options))
    if not given.id:
        raise HTTPException(422, "body: give a text, or the id of a stored article")
    return as_json(service.query_id(given.id, **options))


@router.get("/query", tags=["matching"], responses=gives(QueryResult, 404, 409, 422))
def query_id(
    service: TheService,
    id: Id,  # noqa: A002
    min_containment: Share = MIN_CONTAINMENT,
    explain: Explain = False,
) -> Response:
    """Find the stored articles that share text with a stored one, best first."""
    return as_json(service.query_id(id, min_containment=min_containment, explain=explain))


@router.post(
    "/blocks",
    tags=["matching"],
    responses=gives(ArticleBlocks, *WITH_BODY),
    openapi_extra=takes({JSON: reference(BlocksRequest)}),
)
def blocks(service: TheService, body: Body) -> Response:
    """Find text that stands twice or more in the article given: the check before it is published."""
    given = decode(body, BlocksRequest)
    if given.text is None:
        raise HTTPException(422, "body: give a text")
    article = Article(id=given.id or "", text=given.text)
    return as_json(service.blocks(article, min_words=int(given.min_words), min_similarity=given.min_similarity))


@router.get("/article", tags=["articles"], responses=gives(Article, 404, 422))
def article(service: TheService, id: Id) -> Response:  # noqa: A002
    """Give a stored article, with its text."""
    return as_json(service.article(id))


@router.get("/search", tags=["articles"], responses=gives(ArticleList, 422))
def search(
    service: TheService,
    outlet: Outlet = None,
    date_from: DateFrom = None,
    date_to: DateTo = None,
    title: Title = None,
    page: Page = 1,
    size: Size = 50,
) -> Response:
    """Give the stored articles that meet all conditions, newest first, a page at a time."""
    return as_json(
        service.search(
            outlet=outlet,
            date_from=as_text(date_from),
            date_to=as_text(date_to),
            title=title,
            page=page,
            size=size,
        )
    )


@router.get("/families", tags=["families"], responses=gives(FamilyList, 422))
def families(
    service: TheService,
    outlet: Outlet = None,
    also: And = None,
    date_from: DateFrom = None,
    date_to: DateTo = None,
    min_outlets: MinOutlets = 1,
    page: AnyPage = 1,
    size: Size = 50,
) -> Response:
    """Give the families that have an article of the outlet dated in the range, the largest first.

    With a second outlet, those that both carried, any article of which is dated in the range.
    """
    return as_json(
        service.families(
            outlet=outlet,
            also=also,
            date_from=as_text(date_from),
            date_to=as_text(date_to),
            min_outlets=min_outlets,
            page=page,
            size=size,
        )
    )


@router.get("/family", tags=["families"], responses=gives(Family, 404, 422))
def family(service: TheService, id: Id) -> Response:  # noqa: A002
    """Give the family that an article is in."""
    found = service.family_of(id)
    if found is None:
        if service.families_are_behind():
            headers = {"Retry-After": str(FIRST_SECONDS)}
            raise HTTPException(
                404, "no family has an article of this id; those of the last state are on their way", headers
            )
        raise HTTPException(404, "no family has an article of this id")
    return as_json(found)


@router.get("/matrix", tags=["families"], responses=gives(Matrix, 422))
def matrix(service: TheService, date_from: DateFrom = None, date_to: DateTo = None) -> Response:
    """Say who shares how many families with whom, and how often who was first."""
    return as_json(service.matrix(date_from=as_text(date_from), date_to=as_text(date_to)))


@router.get("/stats", tags=["server"], responses=gives(Stats))
def stats(service: TheService) -> Response:
    """Say what the index holds."""
    return as_json(service.stats())


@router.get("/health", tags=["server"], responses=gives(Health))
async def health(service: TheService, request: Request) -> Response:
    """Say that the server runs, and can read the index."""
    return await to_thread.run_sync(_health, service, limiter=request.app.state.watching)


def _health(service: Service) -> Response:
    snapshot = service.index.snapshot
    known = service.found_families.last
    return as_json(
        Health("ok", snapshot.articles, snapshot.manifest.generation, None if known is None else known.generation)
    )


@router.get("/metrics", tags=["server"], responses=METRICS)
async def metrics(request: Request) -> Response:
    """Give metrics in the text form of Prometheus."""
    known: Metrics = request.app.state.metrics
    text = await to_thread.run_sync(known.text, limiter=request.app.state.watching)
    return Response(text, media_type=known.MEDIA_TYPE)
