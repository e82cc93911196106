"""From what is known to a page: the templates, what every page has, and the pages for what cannot be answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from naskh.errors import IndexUnusable, NotReady, TextNotStored, TextTooLong, UnknownArticle
from naskh.report.shown import named
from naskh.report.templating import environment_of
from naskh.web.assets import address_of
from naskh.web.forms import BadValue
from naskh.web.language import LANGUAGES, Language
from naskh.web.log import LOG
from naskh.web.service import Service
from naskh.web.views import direction_of
from naskh.web.visible import isolated, plain, short, visible

#: A browser may keep a page for going back to it, or else the text that was pasted is gone; nobody else may.
_KEPT = {"Cache-Control": "private, no-cache"}
#: Outlets to choose from, those with most articles; others are asked for by the address of a page.
MOST_OUTLETS = 1_000
#: Statuses for which there is a page of its own.
_STATUSES = (404, 405, 408, 413, 422, 500, 503)


@cache
def _environment() -> Environment:
    environment = environment_of("naskh.web")
    environment.globals.update(
        asset=address_of,
        direction_of=direction_of,
        isolated=isolated,
        keycap=lambda key: Markup("<kbd>{}</kbd>").format(key),
        most_outlets=MOST_OUTLETS,
        named=named,
        short=short,
        plain=plain,
        visible=visible,
    )
    environment.globals["bits"] = environment.get_template("bits.html").module
    return environment


class Renderer:
    """Makes pages of templates.

    Args:
        service: the index; without it, pages do not say what it holds, and are made in less than a millisecond.

    """

    def __init__(self, service: Service | None = None) -> None:
        self._service = service
        self._environment = _environment()

    def __call__(
        self,
        template: str,
        language: Language,
        request: Request,
        *,
        section: str = "",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """A page with the head and foot that all have."""
        other = LANGUAGES["en" if language.code == "ar" else "ar"]
        stats = self._stats()
        page = self._environment.get_template(template).render(
            t=language,
            other=other,
            section=section,
            stats=stats,
            outlet_count=sum(1 for outlet in stats.outlets if outlet) if stats else 0,
            switch_to=_in_language(request, other),
            link=partial(link, language),
            **values,
        )
        return HTMLResponse(page, status, {**_KEPT, **(headers or {})})

    def _stats(self) -> Any:
        if self._service is None:
            return None
        try:
            return self._service.stats()
        except IndexUnusable:  # the page that says so is still a page
            return None

    def error(
        self,
        language: Language,
        request: Request,
        status: int,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """The page for what cannot be answered."""
        shown = status if status in _STATUSES else (500 if status >= 500 else 422)
        return self("error.html", language, request, status=status, headers=headers, shown=shown, detail=detail)

    def waiting(self, language: Language, request: Request, seconds: int) -> Response:
        """The page for what is not ready; it loads itself again."""
        again = _in_language(request, language)
        retry = {"Retry-After": str(seconds)}
        return self("waiting.html", language, request, status=503, headers=retry, seconds=seconds, again=again)

    async def answer(self, language: Language, request: Request, make: Callable[[], Response]) -> Response:
        """The page that `make` makes, in a thread of its own, or the one that says why there is none."""
        try:
            return await run_in_threadpool(make)
        except NotReady as error:
            return await run_in_threadpool(self.waiting, language, request, error.seconds)
        except (UnknownArticle, TextNotStored) as error:
            status, detail = (404, None) if isinstance(error, UnknownArticle) else (422, str(error))
        except TextTooLong:
            status, detail = 413, None
        except BadValue as error:
            status, detail = 422, str(error)
        except HTTPException as error:
            status, detail = error.status_code, None
        except IndexUnusable:
            status, detail = 503, None
        except Exception:  # whoever looks at a page is told in its language, and no more than that
            LOG.exception("a page could not be made")
            status, detail = 500, None
        return await run_in_threadpool(self.error, language, request, status, detail)


def link(language: Language, page: str, /, **query: str | int | None) -> str:
    """The address of a page; conditions that are None are left out."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"/{language.code}/{page}" + (f"?{urlencode(given)}" if given else "")


def _in_language(request: Request, language: Language) -> str:
    """The same page in a language; for what was sent by a form, the page with the form."""
    if request.method != "GET":
        return f"/{language.code}/"
    rest = quote(request.scope["path"].lstrip("/").partition("/")[2])
    query = request.scope["query_string"].decode("latin-1")
    return f"/{language.code}/{rest}" + (f"?{query}" if query else "")
