"""What requests have in their bodies, and reading them."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, TypeVar

import msgspec
from fastapi import Request
from starlette.exceptions import HTTPException

from naskh.article import Article
from naskh.matching.blocks import MIN_SIMILARITY, MIN_WORDS
from naskh.matching.sharing import MIN_CONTAINMENT
from naskh.sources.dates import iso_date
from naskh.sources.encoding import not_utf8
from naskh.sources.records import LINE_ERRORS, broken_json

JSON = "application/json"
#: JSON lines, under the names that are in use.
NDJSON = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")

Body = TypeVar("Body", bound=msgspec.Struct)


class GivenArticle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An article as it is given: its text, and what else is known of it."""

    text: str | None = None
    id: str | None = None
    outlet: str | None = None
    date: str | None = None
    title: str | None = None
    url: str | None = None

    def article(self) -> Article:
        """The article.

        Raises:
            HTTPException: 422, its date is none.

        """
        date = None if self.date is None else _date(self.date)
        return Article(
            id=self.id or "", text=self.text or "", outlet=self.outlet, date=date, title=self.title, url=self.url
        )


class QueryRequest(GivenArticle, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to query with: a text, with what else is known of the article; or the id of one that is stored.

    Where both are given, the text is queried, and the stored article of this id left out of the matches. With its
    date, a copy is better told from a formula. `explain` gives each match its `reason` and `evidence`.
    """

    min_containment: Annotated[float, msgspec.Meta(ge=0, le=1)] = MIN_CONTAINMENT
    explain: bool = False


class BlocksRequest(GivenArticle, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The article to check, of which only the text matters, and how short and how unlike repeats may be."""

    min_words: Annotated[float, msgspec.Meta(ge=1, multiple_of=1)] = MIN_WORDS  # JSON may write 8 as 8.0
    min_similarity: Annotated[float, msgspec.Meta(gt=0, le=1)] = MIN_SIMILARITY


def _date(given: str) -> str:
    with suppress(ValueError):
        date = iso_date(given)
        if date is not None:
            return date
    raise HTTPException(422, "date: neither ISO 8601, such as 2025-11-24, nor RFC 2822")


async def json_body(request: Request) -> bytes:
    """The bytes of a body that says that it is JSON.

    Raises:
        HTTPException: 415, it does not say so.

    """
    media_type(request, JSON)
    return await request.body()


def media_type(request: Request, *taken: str) -> str:
    """The media type of a request's body.

    Raises:
        HTTPException: 415, it is none of those that are taken.

    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in taken:
        raise HTTPException(
            415, f"the body must be {' or '.join(taken)}: say so by a header  Content-Type: {taken[0]}"
        )
    return given


def decode(raw: bytes, kind: type[Body]) -> Body:
    """Read a body.

    Raises:
        HTTPException: 422, it is no JSON, or not of this kind.

    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except LINE_ERRORS as error:
        raise invalid(raw, error) from None


def invalid(raw: bytes, error: Exception) -> HTTPException:
    """The problem of a body in which reading found an error, one of `LINE_ERRORS`."""
    match error:
        case RecursionError():
            said = "nested too deeply"
        case UnicodeDecodeError():
            said = not_utf8(raw, error.start, error.start + 1)
        case msgspec.ValidationError():
            said = str(error)
        case _:
            said = broken_json(raw, str(error))
    return HTTPException(422, f"body: {said}")
