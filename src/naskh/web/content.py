"""What stands on each page: it is asked of the service, and given to a template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from naskh.article import Article, Block, Family, Match, Role, SideBySide
from naskh.errors import NotReady
from naskh.matching.fixing import fix
from naskh.matching.search import DEEPEST
from naskh.report.shown import named, web_address
from naskh.web.differences import differences
from naskh.web.forms import PAGE_SIZE, BadValue, Filters, Given, Unreadable, article_of, filters_of, id_of
from naskh.web.language import Language
from naskh.web.matrix_view import MOST_OUTLETS, rows_of
from naskh.web.rendering import Renderer, link
from naskh.web.service import Service
from naskh.web.timeline import timeline
from naskh.web.views import block_marks, passage_marks, show

#: Matches of either kind that a page lists, members of a family, and bridges of one.
MOST_MATCHES = 50
#: Occurrences of a block that are listed beside the text; all of them are marked in it.
MOST_PLACES = 12
MOST_MEMBERS = 300
MOST_BRIDGES = 50
#: Of a text of fewer words a duplicate may be missed: an index keeps a quarter of the shingle hashes, of which two
#: must be in common. Of 20 words in a row, that is so with a chance of 96%.
FEWEST_WORDS = 20


class Carrier(NamedTuple):
    """An outlet of a family: how many articles it has, and the most telling role of these."""

    outlet: str | None
    articles: int
    role: Role


class Paging(NamedTuple):
    """Where a page of a list stands, and its neighbours' addresses; `start` is the number of its first entry."""

    page: int
    last: int
    start: int
    previous: str | None
    next: str | None


class Content:
    """The pages of a service; each gives a response, and runs in a thread."""

    def __init__(self, service: Service, renderer: Renderer) -> None:
        self._service = service
        self.render = renderer

    # --- checking an article

    def form(self, language: Language, request: Request) -> Response:
        """Paste or upload an article."""
        return self._form(language, request, Article(id="", text=""))

    def _form(
        self, language: Language, request: Request, given: Article, problem: Unreadable | None = None
    ) -> Response:
        limit = language.count("characters", self._service.max_text)
        return self.render(
            "check.html",
            language,
            request,
            section="check",
            status=problem.status if problem else 200,
            given=given,
            limit=limit,
            problem=language(problem.key, size=limit) if problem else None,
            detail=problem.detail if problem else None,
        )

    def to_form(self, language: Language, _: Request) -> Response:
        """The form, for whoever asks for what only a form leads to."""
        return RedirectResponse(link(language, ""), 303)

    def unknown(self, language: Language, request: Request) -> Response:
        """There is no such page."""
        return self.render.error(language, request, 404)

    def refused(self, language: Language, request: Request, given: Given | None, problem: Unreadable) -> Response:
        """The form again, with what is wrong; what was typed stays, unless it is too long."""
        fields = given.fields if given is not None and problem.status != 413 else {}
        typed = {name: fields.get(name, "") for name in ("id", "text", "outlet", "date", "title")}
        return self._form(language, request, Article(**typed), problem)

    def check(self, language: Language, request: Request, given: Given) -> Response:
        """What stands twice in the given article, and its duplicates."""
        article = article_of(given, self._service.max_text)
        result = self._service.query(article, explain=True)
        return self._article(language, request, article, result.matches, stored=False)

    def article(self, language: Language, request: Request) -> Response:
        """A stored article: the same of it, and its family."""
        article = self._service.article(id_of(request))
        is_long = len(article.text) > self._service.max_text
        matches = self._service.query_id(article.id, explain=True).matches if article.text and not is_long else ()
        return self._article(language, request, article, matches, stored=True, is_long=is_long)

    def _article(
        self,
        language: Language,
        request: Request,
        article: Article,
        matches: tuple[Match, ...],
        *,
        stored: bool,
        is_long: bool = False,
    ) -> Response:
        blocks: tuple[Block, ...] = () if is_long else self._service.blocks(article).blocks
        telling = [match for match in matches if match.relation != "formula"]
        families = self._families_of([article.id, *(match.id for match in telling[:MOST_MATCHES])])
        return self.render(
            "article.html",
            language,
            request,
            section="" if stored else "check",
            article=article,
            name=named(article, article.id),
            address=web_address(article.url),
            stored=stored,
            shown=show(article.text, block_marks(blocks)),
            blocks=blocks,
            is_long=is_long,
            fixed=fix(article.text) if blocks else None,
            matches=telling,
            is_short=len(article.text.split()) < FEWEST_WORDS,
            formulas=[match for match in matches if match.relation == "formula"],
            most=MOST_MATCHES,
            most_places=MOST_PLACES,
            family=families.get(article.id) if stored else None,
            families_ready=not self._service.families_are_behind(),
            other_families=_others(families, article.id),
        )

    def _families_of(self, ids: Iterable[str]) -> dict[str, Family]:
        """The families of those articles that are in one, as far as families are known."""
        try:
            found = {article_id: self._service.family_of(article_id) for article_id in ids}
        except NotReady:
            return {}
        return {article_id: family for article_id, family in found.items() if family is not None}

    # --- side by side

    def compare(self, language: Language, request: Request) -> Response:
        """Two stored articles side by side."""
        both = self._service.compare(id_of(request, "a"), id_of(request, "b"))
        return self._compare(language, request, both, stored=True)

    def compare_given(self, language: Language, request: Request, given: Given) -> Response:
        """A given article beside a stored one."""
        both = self._service.compare(article_of(given, self._service.max_text), given.fields.get("b", ""))
        return self._compare(language, request, both, stored=False)

    def _compare(self, language: Language, request: Request, both: SideBySide, *, stored: bool) -> Response:
        first, second, match = both.first, both.second, both.match
        passages = match.passages if match else ()
        first_marks, second_marks = passage_marks(passages)
        differing = differences(first.text, second.text, passages)
        return self.render(
            "compare.html",
            language,
            request,
            section="" if stored else "check",
            first=first,
            second=second,
            stored=stored,
            match=match,
            passages=passages,
            passed_over=differing.passed_over,
            shown_first=show(first.text, first_marks, differing.first),
            shown_second=show(second.text, second_marks, differing.second),
        )

    # --- families

    def families(self, language: Language, request: Request) -> Response:
        """The families that meet the conditions."""
        filters = filters_of(request)
        listed = self._service.families(
            outlet=filters.outlet,
            also=filters.other,
            date_from=filters.date_from,
            date_to=filters.date_to,
            min_outlets=filters.min_outlets,
            page=filters.page,
            size=PAGE_SIZE,
        )
        return self.render(
            "families.html",
            language,
            request,
            section="families",
            filters=filters,
            outlets=self._service.outlets(),
            listed=listed,
            heads=self._service.heads(family.representative for family in listed.families),
            carriers=carriers_of,
            pages=_paging(language, "families", filters, listed.total),
            **self._state(listed.generation),
        )

    def family(self, language: Language, request: Request) -> Response:
        """One family: who carried the story when."""
        article_id = id_of(request)
        family = self._service.family_of(article_id)
        if family is None:  # the article has none, or is not there itself
            return RedirectResponse(link(language, "article", id=article_id), 303)
        members = family.articles[:MOST_MEMBERS]
        bridges = family.bridges[:MOST_BRIDGES]
        ids = {family.representative, *(member.id for member in members), *(bridge.other for bridge in bridges)}
        heads = self._service.heads(ids | {member.revises for member in members if member.revises})
        return self.render(
            "family.html",
            language,
            request,
            section="families",
            family=family,
            name=named(heads.get(family.representative), family.representative),
            members=members,
            has_origin=any(member.role == "origin" for member in family.articles),
            bridges=bridges,
            heads=heads,
            timeline=timeline(members),
            at=partial(_along, language),
            anchor=_anchor,
            **self._state(self._service.found_families.current().generation),
        )

    def _state(self, families_generation: int) -> dict[str, Any]:
        return {"families_generation": families_generation, "generation": self._service.generation()}

    def matrix(self, language: Language, request: Request) -> Response:
        """Who shares stories with whom."""
        filters = filters_of(request)
        matrix = self._service.matrix(date_from=filters.date_from, date_to=filters.date_to)

        def families_of(row: str, column: str) -> str:
            asked = {"outlet": row, "with": column, "from": filters.date_from, "to": filters.date_to}
            return link(language, "families", **asked)

        rows = rows_of(matrix, families_of)
        return self.render(
            "matrix.html",
            language,
            request,
            section="matrix",
            filters=filters,
            rows=rows,
            left_out=max(0, len(matrix.outlets) - MOST_OUTLETS),
        )

    # --- search

    def search(self, language: Language, request: Request) -> Response:
        """The stored articles that meet the conditions."""
        filters = filters_of(request)
        if filters.page * PAGE_SIZE > DEEPEST:
            raise BadValue(f"no more than {DEEPEST:,} articles can be paged through")
        listed = self._service.search(
            outlet=filters.outlet,
            date_from=filters.date_from,
            date_to=filters.date_to,
            title=filters.title,
            page=filters.page,
            size=PAGE_SIZE,
        )
        return self.render(
            "search.html",
            language,
            request,
            section="search",
            filters=filters,
            outlets=self._service.outlets(),
            listed=listed,
            pages=_paging(language, "search", filters, min(listed.total, DEEPEST)),
        )


def _others(families: Mapping[str, Family], article_id: str) -> dict[str, int]:
    """How many articles the families have that are not this article's own, by the articles that are in them."""
    own = families.get(article_id)
    return {id_: len(family.articles) for id_, family in families.items() if family is not own}


def _along(language: Language, place: float) -> str:
    """A place along a lane as a share of its width from the left."""
    return f"{100 * (1 - place if language.direction == 'rtl' else place):.2f}%"


def _anchor(place: float) -> str:
    """Which end of its label stands at a place, so that none runs out of the picture."""
    return "start" if place < 0.2 else ("end" if place > 0.8 else "middle")


def carriers_of(family: Family) -> list[Carrier]:
    """The outlets of a family in the order in which they carried it."""
    carriers: dict[str | None, Carrier] = {}
    for article in family.articles:
        outlet = article.outlet or None
        known = carriers.get(outlet, Carrier(outlet, 0, article.role))
        role: Role = "origin" if "origin" in (known.role, article.role) else known.role
        carriers[outlet] = Carrier(outlet, known.articles + 1, role)
    return list(carriers.values())


def _paging(language: Language, page: str, filters: Filters, total: int) -> Paging:
    last = max(1, -(-total // PAGE_SIZE))
    asked = {
        "outlet": filters.outlet,
        "with": filters.other,
        "from": filters.date_from,
        "to": filters.date_to,
        "min": filters.min_outlets if filters.min_outlets > 1 else None,
        "title": filters.title,
    }

    def address(number: int) -> str | None:
        return link(language, page, **asked, page=number) if 1 <= number <= last else None

    start = (filters.page - 1) * PAGE_SIZE + 1
    return Paging(filters.page, last, start, address(filters.page - 1), address(filters.page + 1))
