"""Who shares with whom: the matrix of outlets over the families."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from naskh.article import Family, FamilyArticle
from naskh.report.matrix import Matrix, is_before, matrix_of

Carried = Sequence[tuple[str | None, str | None]]


def family(number: int, carried: Carried) -> Family:
    """A family of articles, each with its outlet and date, in their order."""
    articles = tuple(
        FamilyArticle(id=f"{number}-{place}", outlet=outlet, date=date, role="unknown", revises=None)
        for place, (outlet, date) in enumerate(carried)
    )
    outlets = {outlet for outlet, _ in carried if outlet}
    return Family(
        family=number, articles=articles, outlets=len(outlets), first=carried[0][1], credit=None, bridges=(),
        representative=articles[0].id, kind="revisions" if len(outlets) == 1 else "syndication",
    )  # fmt: skip


def families(*stories: Carried) -> list[Family]:
    return [family(number, carried) for number, carried in enumerate(stories, 1)]


STORIES = families(
    [("nabaa", "2025-10-27"), ("alsham", "2025-10-28"), ("nabaa", "2025-10-29")],
    [("alsham", "2025-10-30"), ("nabaa", "2025-10-31")],
    [("nabaa", "2025-11-01"), ("annil", "2025-11-01")],
    [("nabaa", None), ("nabaa", None)],
)


def test_two_outlets_share_the_families_that_both_have_an_article_in() -> None:
    assert matrix_of(STORIES).outlets == ("nabaa", "alsham", "annil")
    assert matrix_of(STORIES).shared == ((2, 2, 1), (2, 0, 0), (1, 0, 0))


def test_an_outlet_is_earlier_where_its_first_article_is_dated_before_the_other_s_first() -> None:
    assert matrix_of(STORIES).earlier == ((0, 1, 0), (1, 0, 0), (0, 0, 0))


def test_articles_without_an_outlet_are_in_no_row() -> None:
    assert matrix_of(families([(None, "2025-10-27"), ("", "2025-10-27"), ("annil", None)])) == Matrix(
        ("annil",), ((0,),), ((0,),)
    )
    assert matrix_of([]) == Matrix((), (), ())


def test_only_the_outlets_with_most_articles_are_kept_where_so_many_are_asked_for() -> None:
    assert matrix_of(iter(STORIES), most=2) == Matrix(("nabaa", "alsham"), ((2, 2), (2, 0)), ((0, 1), (1, 0)))


@pytest.mark.parametrize(
    ("date", "other", "before"),
    [
        ("2025-10-27", "2025-10-28", True),
        ("2025-10-28", "2025-10-27", False),
        ("2025-10-27", "2025-10-27", False),
        ("2025-10-27T23:00:00+03:00", "2025-10-28", True),
        ("2025-10-27", "2025-10-27T23:00:00+03:00", False),
        ("2025-10-27T08:00:00", "2025-10-27T09:00:00", False),
        ("2025-10-27T08:00:00+03:00", "2025-10-27T08:00:00+01:00", True),
        ("2025-10-27T08:00:00+01:00", "2025-10-27T08:00:00+03:00", False),
        (None, "2025-10-27", False),
        ("2025-10-27", None, False),
        ("soon", "later", False),
    ],
)
def test_dates_are_compared_by_the_day_and_within_it_by_moments_that_both_have(
    date: str | None, other: str | None, before: bool
) -> None:
    assert is_before(date, other) is before


def plain_matrix(stories: list[Family]) -> Matrix:
    """The definition, spelt out cell by cell."""
    held = [article.outlet for story in stories for article in story.articles if article.outlet]
    outlets = sorted(set(held), key=lambda outlet: (-held.count(outlet), outlet))

    def own(story: Family, outlet: str) -> list[FamilyArticle]:
        return [article for article in story.articles if article.outlet == outlet]

    def shared(row: str, column: str) -> int:
        if row == column:
            return sum(len(own(story, row)) > 1 for story in stories)
        return sum(bool(own(story, row) and own(story, column)) for story in stories)

    def earlier(row: str, column: str) -> int:
        both = [(own(story, row), own(story, column)) for story in stories if row != column]
        return sum(is_before(one[0].date, other[0].date) for one, other in both if one and other)

    return Matrix(
        tuple(outlets),
        tuple(tuple(shared(row, column) for column in outlets) for row in outlets),
        tuple(tuple(earlier(row, column) for column in outlets) for row in outlets),
    )


carriers = st.tuples(
    st.sampled_from(["nabaa", "alsham", "annil", "", None]),
    st.sampled_from(["2025-10-27", "2025-10-28", "2025-10-28T10:00:00+00:00", "2025-10-28T11:00:00+00:00", None]),
)


@given(st.lists(st.lists(carriers, min_size=2, max_size=6), max_size=6))
def test_the_matrix_is_that_of_its_definition(stories: list[list[tuple[str | None, str | None]]]) -> None:
    assert matrix_of(families(*stories)) == plain_matrix(families(*stories))
