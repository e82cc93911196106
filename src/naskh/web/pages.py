"""The pages: one function for each, over the service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from naskh.article import Article, Family, Match, Role
from naskh.errors import NotReady
from naskh.web.assets import serve_asset
from naskh.web.differences import differences
from naskh.web.forms import PAGE_SIZE, Filters, Given, Unreadable, article_of, filters_of, id_of, read_form
from naskh.web.language import LANGUAGES, Language, preferred
from naskh.web.matrix_view import MOST_OUTLETS, rows_of
from naskh.web.rendering import Render, Renderer, link
from naskh.web.service import Service
from naskh.web.timeline import timeline
from naskh.web.views import block_marks, passage_marks, show, without_repeats
from naskh.web.visible import named, web_address

#: Matches of either kind that a page lists, members of a family, and bridges of one.
MOST_MATCHES = 50
MOST_MEMBERS = 300
MOST_BRIDGES = 50


def pages(service: Service) -> APIRouter:
    """The routes of all pages, in both languages, and of their assets."""
    router = APIRouter()
    made = _Pages(service)
    router.add_route("/", _to_language, ["GET"], include_in_schema=False)
    router.add_route("/static/{name}", serve_asset, ["GET"], include_in_schema=False)
    for language in LANGUAGES.values():
        _add_pages(router, made, language)
    return router


def _to_language(request: Request) -> Response:
    code = preferred(request.headers.get("accept-language"))
    return RedirectResponse(f"/{code}/", 307, headers={"Vary": "Accept-Language", "Cache-Control": "no-cache"})


def _add_pages(router: APIRouter, made: _Pages, language: Language) -> None:
    def get(path: str, render: Render) -> None:
        async def endpoint(request: Request) -> Response:
            return await made.render.answer(language, request, render)

        router.add_route(f"/{language.code}{path}", endpoint, ["GET"], include_in_schema=False)

    def post(path: str, render: FormRender) -> None:
        async def endpoint(request: Request) -> Response:
            return await made.answer_form(language, request, render)

        router.add_route(f"/{language.code}{path}", endpoint, ["POST"], include_in_schema=False)

    get("/", made.form)
    post("/check", made.check)
    post("/compare", made.compare_given)
    get("/check", made.to_form)
    get("/article", made.article)
    get("/compare", made.compare)
    get("/families", made.families)
    get("/family", made.family)
    get("/matrix", made.matrix)
    get("/search", made.search)
    for path in ("", "/{rest:path}"):
        get(path, made.to_form if not path else made.unknown)
