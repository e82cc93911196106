"""Families: who carried a story. Copies of one text, around a representative that each member resembles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa

from naskh.arrays import Float64, Int8, Int64, group_bounds, ranges
from naskh.article import Bridge, Family, FamilyArticle
from naskh.matching.corpus import Corpus
from naskh.matching.family_facts import Facts
from naskh.matching.origin import Member, credit_of_family, roles
from naskh.matching.pairs import Related
from naskh.matching.relation import ORDER
from naskh.matching.relations import COPY, PARTIAL
from naskh.matching.stars import star_clusters

#: A copy that is less like the representative than this is linked by a bridge: a short text in a long round-up is
#: carried by it, but the round-up is another story's too. A copy cut to a third is at 0.33.
MIN_RESEMBLANCE = 0.25
#: Bridges listed of a family, the strongest; a round-up may have hundreds.
MAX_BRIDGES = 20

#: The columns of a family in Parquet; the same names in the same order as in JSON.
FAMILY_SCHEMA = pa.schema(
    [
        ("family", pa.int64()),
        (
            "articles",
            pa.list_(
                pa.struct(
                    [
                        ("id", pa.string()), ("outlet", pa.string()), ("date", pa.string()), ("role", pa.string()),
                        ("revises", pa.string()),
                    ]
                )
            ),
        ),
        ("outlets", pa.int64()),
        ("first", pa.string()),
        ("representative", pa.string()),
        ("kind", pa.string()),
        ("credit", pa.string()),
        (
            "bridges",
            pa.list_(
                pa.struct(
                    [
                        ("family", pa.int64()), ("article", pa.string()), ("other", pa.string()),
                        ("relation", pa.string()),
                    ]
                )
            ),
        ),
    ]
)  # fmt: skip


def families_of(corpus: Corpus, related: Related, *, workers: int = 1) -> list[Family]:
    """The families of all related articles, see `naskh.matching.comparison.Comparison.families`."""
    facts = Facts(corpus, workers=workers)
    alike = (related.relations == COPY) & (related.jaccard >= MIN_RESEMBLANCE)
    first, second = related.first[alike], related.second[alike]
    rank = facts.rank.tolist()
    stars = star_clusters(first, second, related.jaccard[alike] ** 2, rank)
    order = sorted(stars, key=lambda centre: (-len(stars[centre]), rank[centre]))
    members = [sorted((centre, *stars[centre]), key=rank.__getitem__) for centre in order]
    family_of = np.zeros(len(corpus.ids), np.int64)
    for number, articles in enumerate(members, 1):
        family_of[articles] = number
    facts.look_up(np.flatnonzero(family_of))
    gatherer = _Gatherer(facts, _revisions(first, second, family_of, facts))
    bridges = _bridges(related, family_of, facts.ids_of)
    return [
        gatherer.family(number, centre, articles, bridges.get(number, []))
        for number, (centre, articles) in enumerate(zip(order, members, strict=True), 1)
    ]


class _Gatherer:
    """Puts families together.

    Args:
        facts: of their articles.
        revised: the article that each revision revises.

    """

    def __init__(self, facts: Facts, revised: dict[int, int]) -> None:
        self._facts = facts
        self._revised = revised

    def family(self, number: int, centre: int, articles: list[int], bridges: list[Bridge]) -> Family:
        """Put one family together."""
        facts = self._facts
        listed = [
            Listed(
                facts.ids[article],
                facts.member(article),
                facts.ids[self._revised[article]] if article in self._revised else None,
            )
            for article in articles
        ]
        return assembled(number, listed, facts.first_date(articles[0]), facts.ids[centre], bridges)


class Listed(NamedTuple):
    """An article of a family: its id, what is known of it, and the id of the one that it revises."""

    id: str
    member: Member
    revises: str | None


def assembled(
    number: int, listed: Sequence[Listed], first: str | None, representative: str, bridges: Sequence[Bridge]
) -> Family:
    """A family of what is known of it.

    Args:
        number: its number.
        listed: its articles, by their rank, see `naskh.matching.family_facts.Facts`.
        first: the date of the first one, if it is known.
        representative: the id of its centre.
        bridges: to other families, the strongest first.

    """
    known = [one.member for one in listed]
    outlets = {member.outlet for member in known if member.outlet is not None}
    alone: Literal["syndication", "revisions"] = "revisions" if len(outlets) == 1 else "syndication"
    kind = "syndication" if any(member.outlet is None for member in known) else alone
    articles = [
        FamilyArticle(id=one.id, outlet=one.member.outlet, date=one.member.date, role=role, revises=one.revises)
        for one, role in zip(listed, roles(known), strict=True)
    ]
    return Family(
        family=number,
        articles=tuple(articles),
        outlets=len(outlets),
        first=first,
        representative=representative,
        kind=kind,
        credit=credit_of_family(known),
        bridges=tuple(bridges),
    )


def _revisions(first: Int64, second: Int64, family_of: Int64, facts: Facts) -> dict[int, int]:
    """For each article the first earlier one of its outlet in its family that it is a copy of, if there is one.

    Args:
        first: (n,) articles.
        second: (n,) of each a copy.
        family_of: (articles,) the number of its family, 0 for none.
        facts: of the articles.

    """
    one, other = np.concatenate([first, second]), np.concatenate([second, first])
    within = (family_of[one] == family_of[other]) & (family_of[one] > 0)
    later = within & facts.same_outlet(one, other) & (facts.moment[one] < facts.moment[other])
    one, other = one[later], other[later]
    order = np.lexsort((facts.rank[one], other))
    earliest = group_bounds(other[order])[:-1]
    return dict(zip(other[order][earliest].tolist(), one[order][earliest].tolist(), strict=True))


def _bridges(related: Related, family_of: Int64, ids: Callable[[Int64], list[str]]) -> dict[int, list[Bridge]]:
    """The links between different families, the strongest link of each two, by family; the strongest first."""
    linked = related.relations <= PARTIAL
    linked &= (family_of[related.first] > 0) & (family_of[related.second] > 0)
    linked &= family_of[related.first] != family_of[related.second]
    one, other = related.first[linked], related.second[linked]
    article, there = np.concatenate([one, other]), np.concatenate([other, one])
    strength: Float64 = np.tile(related.jaccard[linked], 2)
    relation: Int8 = np.tile(related.relations[linked], 2)
    family, to = family_of[article], family_of[there]
    order = np.lexsort((there, article, -strength, to, family))
    strongest = order[group_bounds(family[order] << 32 | to[order])[:-1]]
    order = strongest[np.lexsort((to[strongest], -strength[strongest], family[strongest]))]
    bounds = group_bounds(family[order])
    place = ranges(np.zeros(len(bounds) - 1, np.int64), np.diff(bounds))
    order = order[place < MAX_BRIDGES]
    found: dict[int, list[Bridge]] = {}
    for number, target, here, linked_to, code in zip(
        family[order].tolist(), to[order].tolist(), ids(article[order]), ids(there[order]),
        relation[order].tolist(), strict=True,
    ):  # fmt: skip
        bridge = Bridge(family=target, article=here, other=linked_to, relation=ORDER[code])
        found.setdefault(number, []).append(bridge)
    return found
