"""The pages of the server: which address leads to which, in both languages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import partial

from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from naskh.web.assets import serve_asset
from naskh.web.content import Content
from naskh.web.forms import Given, Unreadable, read_form
from naskh.web.language import LANGUAGES, Language, preferred
from naskh.web.problems import MEDIA_TYPE
from naskh.web.rendering import Renderer
from naskh.web.service import Service

#: What makes a page, and what makes one of a form that was sent.
Make = Callable[[Language, Request], Response]
MakeOfForm = Callable[[Language, Request, Given], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def pages(service: Service) -> APIRouter:
    """The routes of all pages and of their assets."""
    router = APIRouter()
    router.add_route("/", _to_language, ["GET"], include_in_schema=False)
    router.add_route("/static/{name}", serve_asset, ["GET"], include_in_schema=False)
    renderer = Renderer(service)
    content = Content(service, renderer)
    for language in LANGUAGES.values():
        _add_pages(router, _Endpoints(content, renderer, language, service.max_text))
    return router


class ProblemPages:
    """Around what answers: where a page was asked for, a problem document becomes a page that says so.

    It is made at once, in no thread: when all are busy, those that are refused do not wait for one.

    Args:
        app: what answers.
        paths: those that there are; a browser that asks for another gets a page, in the language that it prefers.

    """

    def __init__(self, app: ASGIApp, paths: Collection[str]) -> None:
        self._app = app
        self._paths = frozenset(paths)
        self._renderer = Renderer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        language = self._language_of(scope)
        if language is None:
            await self._app(scope, receive, send)
            return
        problem: Message | None = None

        async def send_on(message: Message) -> None:
            nonlocal problem
            if message["type"] == "http.response.start" and _is_problem(message):
                problem = message
            elif problem is None:
                await send(message)
            elif not message.get("more_body", False):
                await self._page(language, Request(scope), problem)(scope, receive, send)

        await self._app(scope, receive, send_on)

    def _page(self, language: Language, request: Request, problem: Message) -> Response:
        kept = {name.decode(): value.decode() for name, value in problem["headers"] if name in _KEPT}
        return self._renderer.error(language, request, problem["status"], headers=kept)

    def _language_of(self, scope: Scope) -> Language | None:
        """The language of the page that is asked for; None where it is none."""
        if scope["type"] != "http":
            return None
        before, _, rest = scope["path"].partition("/")  # a target may have no slash, such as * of OPTIONS
        language = None if before else LANGUAGES.get(rest.partition("/")[0])
        if language is None and scope["path"] not in self._paths:
            headers = Headers(scope=scope)
            if "text/html" in headers.get("accept", ""):
                return LANGUAGES[preferred(headers.get("accept-language"))]
        return language


#: Headers of a problem that its page has too.
_KEPT = (b"retry-after", b"connection", b"allow")


def _is_problem(message: Message) -> bool:
    return (b"content-type", MEDIA_TYPE.encode()) in message["headers"]


def _to_language(request: Request) -> Response:
    code = preferred(request.headers.get("accept-language"))
    return RedirectResponse(f"/{code}/", 307, headers={"Vary": "Accept-Language"})


def _add_pages(router: APIRouter, endpoints: _Endpoints) -> None:
    content, prefix = endpoints.content, f"/{endpoints.language.code}"
    of_forms = {"/check": content.check, "/compare": content.compare_given}
    for path, make_of_form in of_forms.items():
        router.add_route(prefix + path, endpoints.post(make_of_form), ["POST"], include_in_schema=False)
    made: dict[str, Make] = {
        "/": content.form,
        "/article": content.article,
        "/compare": content.compare,
        "/families": content.families,
        "/family": content.family,
        "/matrix": content.matrix,
        "/search": content.search,
        "/check": content.to_form,
        "": content.to_form,
        "/{rest:path}": content.unknown,
    }
    for path, make in made.items():
        router.add_route(prefix + path, endpoints.get(make), ["GET"], include_in_schema=False)


class _Endpoints:
    """Endpoints of one language."""

    def __init__(self, content: Content, renderer: Renderer, language: Language, max_text: int) -> None:
        self.content = content
        self.language = language
        self._renderer = renderer
        self._max_text = max_text

    def get(self, make: Make) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            return await self._renderer.answer(self.language, request, lambda: make(self.language, request))

        return endpoint

    def post(self, make: MakeOfForm) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            try:
                given = await read_form(request, self._max_text)
            except Unreadable as problem:
                refused = partial(self.content.refused, self.language, request, None, problem)
                return await self._renderer.answer(self.language, request, refused)
            return await self._renderer.answer(self.language, request, lambda: self._of_form(make, request, given))

        return endpoint

    def _of_form(self, make: MakeOfForm, request: Request, given: Given) -> Response:
        try:
            return make(self.language, request, given)
        except Unreadable as problem:
            return self.content.refused(self.language, request, given, problem)
