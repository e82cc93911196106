"""What routes are asked by, and what they ask: their parameters, checked, and the service."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BeforeValidator
from starlette.exceptions import HTTPException

from naskh.matching.search import DEEPEST
from naskh.web.service import Service

#: Articles or families on a page at most, and pages of a search: all that can be asked for are `DEEPEST`.
MAX_SIZE = 100
MAX_PAGE = DEEPEST // MAX_SIZE
#: Characters of an outlet or a title that are searched for.
_MAX_SEARCHED = 500
#: Characters of an unknown name that are said.
_SHOWN = 80
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _day(given: str) -> date:
    if not _DATE.fullmatch(given):  # weeks, and days without hyphens, are ISO 8601 too
        raise ValueError("not a date such as 2025-11-24")
    return date.fromisoformat(given)


async def _only_known(request: Request) -> None:  # on the loop: no thread is waited for
    """Refuse a parameter that a route does not have: who misspells one would get an answer to another question."""
    known = {parameter.alias for parameter in request.scope["route"].dependant.query_params}
    unknown = [name for name in request.query_params if name not in known]
    if known and unknown:
        raise HTTPException(
            422, f"no such parameter here: {unknown[0][:_SHOWN]!r}; there are {', '.join(sorted(known))}"
        )


#: What every route checks that takes parameters.
CHECKED = [Depends(_only_known)]
TheService = Annotated[Service, Depends(_service)]
Id = Annotated[str, Query(description="The id of a stored article.")]
Ids = Annotated[list[str], Query(alias="id", min_length=1, description="The id of an article; repeatable.")]
_Day = Annotated[date, BeforeValidator(_day)]
DateFrom = Annotated[_Day | None, Query(description="The first day, such as 2025-11-24.")]
DateTo = Annotated[_Day | None, Query(description="The last day, included.")]
Outlet = Annotated[str | None, Query(max_length=_MAX_SEARCHED, description="An outlet, by its name.")]
And = Annotated[
    str | None,
    Query(alias="with", max_length=_MAX_SEARCHED, description="A second outlet that carried the story."),
]
Title = Annotated[
    str | None,
    Query(
        max_length=_MAX_SEARCHED, description="Words of the title, or parts of words, in any order and spelling."
    ),
]
Page = Annotated[int, Query(ge=1, le=MAX_PAGE, description="The page, from 1.")]
AnyPage = Annotated[int, Query(ge=1, le=1_000_000, description="The page, from 1.")]
Size = Annotated[int, Query(ge=1, le=MAX_SIZE, description="Entries on a page.")]
Share = Annotated[float, Query(ge=0, le=1, description="Least share of either article that the other must have.")]
Explain = Annotated[bool, Query(description="Give each match its reason and evidence.")]
MinOutlets = Annotated[int, Query(ge=1, le=10_000, description="Outlets that carried the story, at least.")]


def as_text(day: date | None) -> str | None:
    """A day as the service takes it."""
    return None if day is None else day.isoformat()
