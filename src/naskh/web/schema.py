"""The OpenAPI document: routes by FastAPI, and what they take and give by msgspec, which encodes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from naskh import __version__
from naskh.article import Article, ArticleBlocks, ArticleList, Family, QueryResult, Stats
from naskh.report.matrix import Matrix
from naskh.web.bodies import JSON, BlocksRequest, QueryRequest
from naskh.web.problems import MEDIA_TYPE, Problem
from naskh.web.reports import DeleteReport, Health, WriteReport
from naskh.web.service import FamilyList

_TYPES = (
    Article, ArticleBlocks, ArticleList, BlocksRequest, DeleteReport, Family, FamilyList, Health, Matrix, Problem,
    QueryRequest, QueryResult, Stats, WriteReport,
)  # fmt: skip
_REFERENCE = "#/components/schemas/{name}"

NEW_ARTICLE = {"$ref": _REFERENCE.format(name="NewArticle")}
#: A character that Python takes for no blank, as sources are read.
_NOT_BLANK = r"[^\s\x1c-\x1f\x85]"

_MEANINGS = {
    401: "The token is missing or wrong.",
    403: "The server was started without a token, and takes no articles.",
    404: "There is no such thing.",
    408: "The body took too long to arrive.",
    409: "The index keeps no texts: give the text instead of the id.",
    413: "The body is too large.",
    415: "The body is of another media type.",
    422: "Something in the request is not valid, or the text is too long.",
    503: "Not now: too many requests, families that are being computed, an index that cannot be used.",
}
#: What a route with a body may answer besides, and one that takes a token.
WITH_BODY = (408, 413, 415, 422)
TOKEN = (401, 403)

Responses = dict[int | str, dict[str, Any]]


#: Of the route of metrics.
METRICS: Responses = {
    200: {"description": "Metrics, a line each.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


def gives(kind: type[msgspec.Struct], *problems: int) -> Responses:
    """The responses of a route that gives an object of a kind, or one of these problems."""
    found: Responses = {200: {"description": _summary(kind), "content": {JSON: {"schema": reference(kind)}}}}
    for status in (*problems, 503):
        content = {MEDIA_TYPE: {"schema": reference(Problem)}}
        found[status] = {"description": _MEANINGS[status], "content": content}
    return found


def takes(content: dict[str, Any]) -> dict[str, Any]:
    """The body that a route takes, by media type, for `openapi_extra`."""
    return {
        "requestBody": {"required": True, "content": {kind: {"schema": each} for kind, each in content.items()}}
    }


def reference(kind: type[msgspec.Struct]) -> dict[str, str]:
    """The schema of a kind of objects, by its name."""
    return {"$ref": _REFERENCE.format(name=kind.__name__)}


def set_openapi(app: FastAPI, *, max_text: int) -> None:
    """Let an app give its OpenAPI document; all of its routes must be there."""
    document = get_openapi(
        title="naskh",
        version=__version__,
        description="Near-duplicates in Arabic news: repeated blocks, copies, and the families that they form.",
        routes=app.routes,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(_components(_TYPES))
    _say_what_is_needed(schemas, {"type": "string", "maxLength": max_text})
    app.openapi = lambda: document  # type: ignore[method-assign]


def _say_what_is_needed(schemas: dict[str, Any], text: dict[str, Any]) -> None:
    """What the types do not say: how long a text may be, and that some of it must be there."""
    one = {"type": "string", "minLength": 1}
    query, blocks = schemas[QueryRequest.__name__], schemas[BlocksRequest.__name__]
    query["properties"]["text"] = {"anyOf": [text, {"type": "null"}]}
    query["properties"]["date"] = {
        "description": "ISO 8601; RFC 2822 is read too.",
        "anyOf": [
            {"type": "string", "format": "date"},
            {"type": "string", "format": "date-time"},
            {"type": "null"},
        ],
    }
    query["anyOf"] = [
        {"required": [name], "properties": {name: each}} for name, each in (("text", text), ("id", one))
    ]
    blocks["properties"]["text"] = text
    blocks["required"] = ["text"]
    schemas["NewArticle"] = {
        "title": "NewArticle",
        "description": "An article to be added; other fields are left out, and a date that cannot be read is null.",
        "type": "object",
        "required": ["id", "text"],
        "properties": {
            "id": {"anyOf": [{"type": "string", "pattern": _NOT_BLANK}, {"type": "integer"}]},
            "text": {**text, "pattern": _NOT_BLANK},
            "outlet": {"type": ["string", "integer", "null"]},
            **{name: {"type": ["string", "null"]} for name in ("date", "title", "url")},
        },
    }


def _components(kinds: Sequence[type[msgspec.Struct]]) -> dict[str, Any]:
    return msgspec.json.schema_components(kinds, ref_template=_REFERENCE)[1]


def _summary(kind: type[msgspec.Struct]) -> str:
    return (kind.__doc__ or "").partition("\n")[0]
