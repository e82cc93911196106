"""The figures of a report, of one state of an index: the same as `naskh pairs`, `families` and `blocks` give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

import msgspec
import numpy as np

from naskh.article import Article, Family, OutletText, Relation, Role
from naskh.index.snapshot import Snapshot
from naskh.index.survey import survey
from naskh.matching.comparison import Comparison
from naskh.matching.corpus import Corpus
from naskh.matching.many_blocks import blocks_of_all
from naskh.matching.recurrence import UNDATED, day_of
from naskh.matching.relation import ORDER
from naskh.report.matrix import Matrix, matrix_of
from naskh.report.shown import named, opening

#: Families that are listed with their articles, the largest first.
TOP_FAMILIES = 30
#: Outlets that the matrix holds against each other, those with most articles in families first.
MATRIX_OUTLETS = 30
#: Articles with repeats that are listed, those with the longest first.
REPEATING_ARTICLES = 100
#: So much of a text stands for a title that is missing.
_OPENING = 80

#: Shares of the work: comparing all articles, and looking for repeats in each, which takes about as long.
_COMPARED = 0.5

Progress = Callable[[float], None]


class StoryArticle(msgspec.Struct, frozen=True, kw_only=True):
    """One article of a story: as in `naskh.article.FamilyArticle`, with what names it to people."""

    id: str
    outlet: str | None
    date: str | None
    title: str | None
    url: str | None
    role: Role


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A family with its articles by date; `title` is its representative's, or how that one's text begins."""

    family: int
    title: str
    representative: str
    first: str | None
    outlets: int
    credit: str | None
    articles: tuple[StoryArticle, ...]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What is dated of one day: all articles, and those in families by their role."""

    date: str
    articles: int
    origin: int
    copy: int
    unknown: int


class OutletRepeats(msgspec.Struct, frozen=True, kw_only=True):
    """Text that stands more than once inside an article, of an outlet's articles.

    `repeating` of its `articles` have `blocks` repeated blocks together, `exact` of these with the same words.
    """

    outlet: str
    articles: int
    repeating: int
    blocks: int
    exact: int


class RepeatingArticle(msgspec.Struct, frozen=True, kw_only=True):
    """An article with repeated blocks: how many, and the characters of all their occurrences but the first."""

    id: str
    outlet: str | None
    date: str | None
    title: str | None
    url: str | None
    blocks: int
    chars: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says of an index.

    `pairs` counts those that `naskh pairs` writes, by relation. `families` counts what `naskh families` writes,
    `carried` those of two outlets and more; `family_articles` are in them, with these `roles`; `copies` are those
    beyond one of each family, and `copy_share` is their share of all articles. The first families are in
    `stories`. `days` are those of which there are articles. `repeating` articles have repeated blocks, of any
    outlet or none; `repeats` has them by outlet, and `repeating_articles` those with the longest repeats, these
    first. All three are None where texts are not stored.

    """

    generation: int
    articles: int
    paragraphs: int
    outlets: int
    first_date: str | None
    last_date: str | None
    undated: int
    pairs: dict[Relation, int]
    families: int
    carried: int
    family_articles: int
    roles: dict[Role, int]
    copies: int
    copy_share: float
    stories: tuple[Story, ...]
    matrix: Matrix
    days: tuple[Day, ...]
    repeating: int | None
    repeats: tuple[OutletRepeats, ...] | None
    repeating_articles: tuple[RepeatingArticle, ...] | None
    texts: tuple[OutletText, ...]


def figures_of(
    snapshot: Snapshot, *, top: int = TOP_FAMILIES, workers: int = 1, progress: Progress = lambda _: None
) -> Figures:
    """Compare all articles, look for repeats in each, and count.

    Args:
        snapshot: one state of an index.
        top: so many families are listed with their articles.
        workers: threads.
        progress: called with the share of the work that is done.

    """
    compared = Comparison(snapshot, workers=workers, progress=lambda share: progress(_COMPARED * share))
    corpus, families = compared.corpus, compared.families()
    stats = survey(snapshot)
    roles = Counter(article.role for family in families for article in family.articles)
    in_families = roles.total()
    days, undated = _days(corpus, families)
    texts = compared.originality()
    repeating = _repeating(corpus, workers, lambda share: progress(_COMPARED + (1 - _COMPARED) * share))
    has_texts = snapshot.manifest.settings.store_text
    copies = in_families - len(families)
    return Figures(
        generation=stats.generation,
        articles=stats.articles,
        paragraphs=stats.paragraphs,
        outlets=len([outlet for outlet in stats.outlets if outlet]),
        first_date=stats.first_date,
        last_date=stats.last_date,
        undated=undated,
        pairs=_pairs(compared),
        families=len(families),
        carried=sum(family.outlets > 1 for family in families),
        family_articles=in_families,
        roles={role: roles[role] for role in ("origin", "copy", "unknown")},
        copies=copies,
        copy_share=copies / stats.articles if stats.articles else 0.0,
        stories=tuple(_story(snapshot, family) for family in families[:top]),
        matrix=matrix_of(families, most=MATRIX_OUTLETS),
        days=days,
        repeating=len(repeating) if has_texts else None,
        repeats=_repeats(texts, repeating) if has_texts else None,
        repeating_articles=_longest(corpus, repeating) if has_texts else None,
        texts=tuple(texts),
    )


def _pairs(compared: Comparison) -> dict[Relation, int]:
    counts: Counter[str] = Counter()
    for batch in compared.iter_pairs():
        for count in batch.column("relation").value_counts().to_pylist():
            counts[count["values"]] += count["counts"]
    return {relation: counts[relation] for relation in ORDER}


def _story(snapshot: Snapshot, family: Family) -> Story:
    articles = {member.id: _stored(snapshot, member.id) for member in family.articles}
    representative = articles[family.representative]
    listed = [
        StoryArticle(
            id=member.id,
            outlet=member.outlet,
            date=member.date,
            title=articles[member.id].title,
            url=articles[member.id].url,
            role=member.role,
        )
        for member in family.articles
    ]
    return Story(
        family=family.family,
        title=named(representative, "")
        or opening(_stored(snapshot, family.representative, with_text=True).text, _OPENING),
        representative=family.representative,
        first=family.first,
        outlets=family.outlets,
        credit=family.credit,
        articles=tuple(listed),
    )


def _stored(snapshot: Snapshot, article_id: str, *, with_text: bool = False) -> Article:
    place = snapshot.find(article_id)
    assert place is not None  # noqa: S101 - families are made of stored articles
    return snapshot.article(place, with_text=with_text)


def _days(corpus: Corpus, families: Sequence[Family]) -> tuple[tuple[Day, ...], int]:
    """The days of which there are articles, and how many articles have none."""
    dated = corpus.days[corpus.days != UNDATED]
    roles: dict[Role, Counter[int]] = {"origin": Counter(), "copy": Counter(), "unknown": Counter()}
    for family in families:
        for member in family.articles:
            roles[member.role][day_of(member.date)] += 1
    days = [
        Day(
            date=date.fromordinal(day).isoformat(),
            articles=count,
            **{role: members[day] for role, members in roles.items()},
        )
        for day, count in zip(*(values.tolist() for values in np.unique(dated, return_counts=True)), strict=True)
    ]
    return tuple(days), len(corpus.days) - len(dated)


class _Repeating(NamedTuple):
    """What stands more than once in an article, of which the number is given."""

    article: int
    outlet: str | None
    blocks: int
    exact: int
    chars: int


def _repeating(corpus: Corpus, workers: int, progress: Progress) -> list[_Repeating]:
    codes, outlets = corpus.codes("outlet")
    return [
        _Repeating(
            article,
            outlets[codes[article]],
            len(blocks),
            sum(block.exact for block in blocks),
            sum(end - start for block in blocks for start, end in (span.chars for span in block.occurrences[1:])),
        )
        for article, blocks in blocks_of_all(corpus, workers=workers, progress=progress)
    ]


def _repeats(texts: Sequence[OutletText], repeating: Sequence[_Repeating]) -> tuple[OutletRepeats, ...]:
    """By outlet, in the order of `texts`."""
    found: dict[str | None, list[_Repeating]] = {}
    for each in repeating:
        found.setdefault(each.outlet, []).append(each)
    return tuple(
        OutletRepeats(
            outlet=own.outlet,
            articles=own.articles,
            repeating=len(of_outlet),
            blocks=sum(each.blocks for each in of_outlet),
            exact=sum(each.exact for each in of_outlet),
        )
        for own in texts
        for of_outlet in [found.get(own.outlet, [])]
    )


def _longest(corpus: Corpus, repeating: Sequence[_Repeating]) -> tuple[RepeatingArticle, ...]:
    """The articles with the longest repeats."""
    listed = []
    for each in sorted(repeating, key=lambda each: (-each.chars, each.article))[:REPEATING_ARTICLES]:
        article = _stored(corpus.snapshot, corpus.ids[each.article].as_py())
        listed.append(
            RepeatingArticle(
                id=article.id,
                outlet=article.outlet,
                date=article.date,
                title=article.title,
                url=article.url,
                blocks=each.blocks,
                chars=each.chars,
            )
        )
    return tuple(listed)
