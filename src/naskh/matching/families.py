"""Families: who carried a story. Copies of one text, around a representative that each member resembles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Literal

import numpy as np

from naskh.arrays import Int64
from naskh.article import Bridge, Family, FamilyArticle, Relation
from naskh.index.snapshot import Snapshot
from naskh.matching.corpus import Corpus
from naskh.matching.origin import Member, credit_of_family, moment_of, roles
from naskh.matching.pairs import related_articles
from naskh.matching.recurrence import UNDATED, day_of
from naskh.matching.stars import star_clusters
from naskh.text.credits import UNNAMED, agency_named, credit_of

#: Pairs of articles of which either has less of the other than this are not looked at: a copy has more than
#: half of the shorter article's words, which is still a quarter of its shingles when every fifth word differs.
MIN_CONTAINMENT = 0.25
#: A copy that is less like the representative than this is linked by a bridge: a short text in a long round-up is
#: carried by it, but the round-up is another story's too. A copy cut to a third is at 0.33.
MIN_RESEMBLANCE = 0.25
#: An outlet of which so many of the sampled articles credit one agency is that agency, if there are enough of them.
OWN_CREDITS = 0.9
SAMPLED = 50
FEWEST_SAMPLED = 10
#: Bridges listed of a family, the strongest; a round-up may have hundreds.
MAX_BRIDGES = 20


def families(
    snapshot: Snapshot, *, workers: int = 1, progress: Callable[[float], None] = lambda _: None
) -> list[Family]:
    """All families of two articles and more, the largest first.

    They depend on the articles alone: not on the order in which they came, nor on `workers`.
    """
    corpus = Corpus(snapshot)
    related = related_articles(
        corpus, min_jaccard=1.0, min_containment=MIN_CONTAINMENT, workers=workers, progress=progress
    )
    is_copy = np.array([relation == "copy" for relation in related.relations], np.bool_)
    alike = is_copy & (related.jaccard >= MIN_RESEMBLANCE)
    gatherer = _Gatherer(corpus, zip(related.first[alike].tolist(), related.second[alike].tolist(), strict=True))
    stars = star_clusters(
        related.first[alike], related.second[alike], related.jaccard[alike] ** 2, gatherer.ranks()
    )
    order = sorted(stars, key=lambda centre: (-len(stars[centre]), gatherer.key(centre)))
    number_of = {article: number for number, centre in enumerate(order, 1) for article in (centre, *stars[centre])}
    linked = np.array([relation in ("copy", "partial") for relation in related.relations], np.bool_)
    bridges = _bridges(
        related.first[linked], related.second[linked],
        [relation for relation in related.relations if relation in ("copy", "partial")],
        related.jaccard[linked].tolist(), number_of, gatherer.ids,
    )  # fmt: skip
    return [
        gatherer.family(number, centre, stars[centre], bridges.get(number, []))
        for number, centre in enumerate(order, 1)
    ]


class _Gatherer:
    """Looks up what a family says of its articles."""

    def __init__(self, corpus: Corpus, copies: Iterable[tuple[int, int]]) -> None:
        self._corpus = corpus
        self._copies = {pair for a, b in copies for pair in ((a, b), (b, a))}
        self.ids: list[str] = corpus.ids.to_pylist()
        self._outlets = corpus.field("outlet")
        self._dates = corpus.field("date")
        self._agencies: dict[str, str | None] = {}

    def key(self, article: int) -> tuple[bool, int, float, int]:
        """Articles by day, then by the hour, then by id (they are numbered by it); those without a day last."""
        day = day_of(self._dates[article])
        return day == UNDATED, day, moment_of(self._dates[article]) or 0.0, article

    def ranks(self) -> list[int]:
        """The place of each article in that order."""
        order = sorted(range(len(self.ids)), key=self.key)
        ranks = np.empty(len(order), np.int64)
        ranks[order] = np.arange(len(order))
        found: list[int] = ranks.tolist()
        return found

    def family(self, number: int, centre: int, members: list[int], bridges: list[Bridge]) -> Family:
        """Put one family together."""
        articles = sorted((centre, *members), key=self.key)
        known = [self._member(article) for article in articles]
        outlets = {member.outlet for member in known if member.outlet is not None}
        alone: Literal["syndication", "revisions"] = "revisions" if len(outlets) == 1 else "syndication"
        kind = "syndication" if any(member.outlet is None for member in known) else alone
        listed = [
            FamilyArticle(
                id=self.ids[article],
                outlet=member.outlet,
                date=member.date,
                role=role,
                revises=self._revised(article, articles),
            )
            for article, member, role in zip(articles, known, roles(known), strict=True)
        ]
        return Family(
            family=number,
            articles=tuple(listed),
            outlets=len(outlets),
            first=None if self.key(articles[0])[0] else self._dates[articles[0]],
            representative=self.ids[centre],
            kind=kind,
            credit=credit_of_family(known),
            bridges=tuple(bridges),
        )

    def _revised(self, article: int, family: list[int]) -> str | None:
        """The first earlier article of this outlet in the family that this one is a copy of; None if none is."""
        for other in family:
            if other == article or self._outlets[article] is None:
                return None
            same = self._outlets[other] == self._outlets[article]
            if same and self.key(other)[:3] < self.key(article)[:3] and (other, article) in self._copies:
                return self.ids[other]
        return None

    def _member(self, article: int) -> Member:
        segment, row = self._corpus.place(article)
        words = segment.articles.column("words")[row].as_py()
        outlet = self._outlets[article]
        agency = None if outlet is None else self._agency_of(outlet)
        return Member(outlet, self._dates[article], self._credit(article), agency, words)

    def _credit(self, article: int) -> str | None:
        segment, row = self._corpus.place(article)
        return credit_of(segment.text(row) or "")

    def _agency_of(self, outlet: str) -> str | None:
        """The agency that an outlet is: by its name, or since nearly all of its articles credit that one."""
        if outlet not in self._agencies:
            articles = self._articles_of[outlet]
            sample = articles[:: max(1, len(articles) // SAMPLED)][:SAMPLED]
            credited = Counter(self._credit(article) for article in sample)
            agency, count = credited.most_common(1)[0]
            own = len(sample) >= FEWEST_SAMPLED and count >= OWN_CREDITS * len(sample)
            named = agency_named(outlet, ids=True) or (agency if own else None)
            self._agencies[outlet] = None if named == UNNAMED else named
        return self._agencies[outlet]

    @cached_property
    def _articles_of(self) -> dict[str, list[int]]:
        """The articles of each outlet, by number."""
        found: dict[str, list[int]] = {}
        for article, outlet in enumerate(self._outlets):
            if outlet is not None:
                found.setdefault(outlet, []).append(article)
        return found


def _bridges(
    first: Int64,
    second: Int64,
    relations: list[Relation],
    strengths: list[float],
    number_of: dict[int, int],
    ids: list[str],
) -> dict[int, list[Bridge]]:
    """The links between different families, the strongest link of each two, by family."""
    best: dict[tuple[int, int], tuple[float, int, int, Relation]] = {}
    for a, b, relation, strength in zip(first.tolist(), second.tolist(), relations, strengths, strict=True):
        here, there = number_of.get(a, 0), number_of.get(b, 0)
        if here and there and here != there:
            for one, other, article, linked in ((here, there, a, b), (there, here, b, a)):
                link = (-strength, article, linked, relation)
                best[one, other] = min(best.get((one, other), link), link)
    found: dict[int, list[tuple[float, Bridge]]] = {}
    for (one, other), (weakness, article, linked, relation) in sorted(best.items()):
        bridge = Bridge(family=other, article=ids[article], other=ids[linked], relation=relation)
        found.setdefault(one, []).append((weakness, bridge))
    return {
        family: [bridge for _, bridge in sorted(links, key=lambda link: link[0])[:MAX_BRIDGES]]
        for family, links in found.items()
    }
