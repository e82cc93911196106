"""What goes wrong, told as problem documents (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from naskh.errors import (
    IndexLocked,
    IndexUnwritable,
    NaskhError,
    NotReady,
    TextNotStored,
    TextTooLong,
    UnknownArticle,
)
from naskh.web.log import LOG
from naskh.web.reports import Rejection

MEDIA_TYPE = "application/problem+json"
#: When to try again, in seconds, after another process wrote and after too many asked.
LOCKED_SECONDS = 5
BUSY_SECONDS = 1

#: What is said of errors whose messages name files of the server; the log has those.
_UNREADABLE = "the index cannot be read at the moment; the log of the server says why"
_UNWRITABLE = "the index cannot be written at the moment; the log of the server says why"
_LOCKED = "the index is being written by another process; nothing was changed, try again"
_UNKNOWN = "no article of this id is stored"
_HINTS = {
    404: "there is nothing here; /openapi.json describes what there is",
    405: "this is asked in another way; /openapi.json describes how",
}
_NO_TEXTS = "the index was built without texts: give the text of the article instead of its id"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was not answered: `title` is what its status means, `detail` says what was wrong here.

    `rejections` are there where articles were given and none of them could be taken.
    """

    type: str
    title: str
    status: int
    detail: str
    rejections: tuple[Rejection, ...] = ()


def problem(
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    rejections: tuple[Rejection, ...] = (),
) -> Response:
    """The answer that says so."""
    title = HTTPStatus(status).phrase
    told = Problem(type="about:blank", title=title, status=status, detail=detail, rejections=rejections)
    return Response(msgspec.json.encode(told), status, dict(headers or {}), MEDIA_TYPE)


def handle_problems(app: FastAPI) -> None:
    """Tell all errors as problems; what is not expected is left to `naskh.web.observing`."""
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(NaskhError, _on_naskh)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    detail, headers = str(error.detail), dict(error.headers or {})
    if detail == HTTPStatus(error.status_code).phrase:  # of no route of ours
        detail = _HINTS.get(error.status_code, detail)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:  # only those of one route of several would be named
        methods = request.app.openapi()["paths"].get(request.url.path, {})
        headers |= {"Allow": ", ".join(map(str.upper, methods))} if methods else {}
    return problem(error.status_code, detail, headers=headers)


async def _on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return problem(422, "; ".join(map(_wrong, error.errors())))


def _wrong(found: Any) -> str:
    """What is wrong with a parameter."""
    name = ".".join(map(str, found["loc"][1:]))
    said: str = found["msg"].removeprefix("Value error, ")
    return f"{name}: {said[:1].lower()}{said[1:]}"


async def _on_naskh(_: Request, error: Exception) -> Response:
    match error:
        case UnknownArticle():
            return problem(404, _UNKNOWN)
        case TextNotStored():
            return problem(409, _NO_TEXTS)
        case TextTooLong():
            return problem(422, str(error))
        case NotReady():
            return problem(503, f"{error}; try again in a moment", headers={"Retry-After": str(error.seconds)})
        case IndexLocked():
            return problem(503, _LOCKED, headers={"Retry-After": str(LOCKED_SECONDS)})
    LOG.error("%s", error)
    said = _UNWRITABLE if isinstance(error, IndexUnwritable) else _UNREADABLE
    return problem(503, said, headers={"Retry-After": str(LOCKED_SECONDS)})
