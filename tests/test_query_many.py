"""Few queries and many go different ways, through numpy and through kernels, to the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naskh.opened
from naskh import Article, Index, Settings
from naskh.index.snapshot import open_snapshot
from naskh.matching.align_kernels import align as align_kernel
from naskh.matching.align_kernels import similarity, text_places
from naskh.matching.compiled import CompiledEngine
from naskh.matching.measures import overlap
from naskh.matching.passages import align
from naskh.matching.query import Engine, query
from naskh.matching.spans import span_of_words
from naskh.matching.stored import Stored
from naskh.text.analysis import analyse
from naskh.text.lazy import LazyAnalysis


def engines(index: Index) -> tuple[Engine, Engine]:
    """The reference and the kernels, over the same index."""
    snapshot = open_snapshot(index.path)
    return Engine(Stored(snapshot)), CompiledEngine(Stored(snapshot))


def assert_same_answers(index: Index, articles: list[Article], min_containment: float = 0.1) -> int:
    reference, compiled = engines(index)
    subjects = compiled.subjects(articles)
    matches = 0
    for article, subject in zip(articles, subjects, strict=True):
        expected = query(reference, reference.subject(article), min_containment=min_containment, explain=True)
        assert query(compiled, subject, min_containment=min_containment, explain=True) == expected
        matches += len(expected.matches)
    return matches


# --- the kernels and their references --------------------------------------------------------------------------

few = st.lists(st.integers(0, 4), max_size=60)
some = st.lists(st.integers(0, 40), max_size=120)
gaps = st.tuples(st.integers(0, 8), st.integers(0, 8))


@st.composite
def edited(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """A text and what is left of it when stretches are moved, repeated and changed."""
    text = draw(st.lists(st.integers(0, 10**6), min_size=5, max_size=80))
    other: list[int] = []
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text) - 1))
        other += text[start : start + draw(st.integers(1, 40))]
        other += draw(st.lists(st.integers(10**6, 10**6 + 5), max_size=15))
    return text, other


@settings(deadline=None, max_examples=300)  # the first example compiles
@given(st.one_of(st.tuples(few, few), st.tuples(some, some), edited()), gaps, gaps, st.integers(1, 4))
def test_the_kernel_aligns_as_the_reference_does(
    texts: tuple[list[int], list[int]], skip: tuple[int, int], match_skip: tuple[int, int], size: int
) -> None:
    query_text, match_text = (np.array(text, np.uint32) for text in texts)
    expected = align(query_text, match_text, size, skip, match_skip)
    places = text_places(query_text)
    found = align_kernel(query_text, match_text, size, skip, match_skip, places)
    assert found.tolist() == [list(run[:4]) for run in expected]
    seen = np.zeros(1024, np.uint64)
    for mark, run in enumerate(found, 1):
        here, there = np.unique(query_text[run[0] : run[1] + 1]), np.unique(match_text[run[2] : run[3] + 1])
        assert similarity(places, match_text, run, np.uint64(mark), seen) == overlap(here, there).jaccard


DATES = [None, "2025-11-01", "2025-11-03", "2025-11-05", "2025-11-12", "2025-12-30"]
PHRASES = [
    "شهدت المدينة أمس احتفالا كبيرا", "وقال الوزير إن العمل مستمر", "الرياض - واس:", "7", "9 كانون الثاني", "\n",
    "وأعرب عن أصدق التهاني وأطيب التمنيات بالصحة والسعادة", "تابعوا آخر الأخبار على صفحاتنا", "نعم", "لا",
]  # fmt: skip
crawls = st.lists(
    st.tuples(
        st.lists(st.sampled_from(PHRASES), max_size=14), st.sampled_from(DATES), st.sampled_from([None, "a", "b"])
    ),
    min_size=2,
    max_size=30,
)


@settings(deadline=None, max_examples=60)
@given(
    crawl=crawls,
    scale=st.sampled_from([1, 4]),
    min_containment=st.sampled_from([0.0, 0.05, 0.1, 0.3, 1.0]),
    deleted=st.sets(st.integers(0, 29), max_size=3),
)
def test_the_kernels_answer_as_the_reference_does(
    crawl: list[tuple[list[str], str | None, str | None]],
    scale: int,
    min_containment: float,
    deleted: set[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    index = Index(tmp_path_factory.mktemp("crawl") / "index", Settings(frac_scale=scale))
    articles = [
        Article(id=f"{i}", text=" ".join(phrases), date=date, outlet=outlet)
        for i, (phrases, date, outlet) in enumerate(crawl)
    ]
    index.add(articles[::2])
    index.add(articles[1::2])
    index.delete(f"{i}" for i in deleted)
    assert_same_answers(index, articles, min_containment)


def test_the_kernels_answer_as_the_reference_does_on_the_sample(sample: list[Article], sample_index: Index) -> None:
    assert assert_same_answers(sample_index, sample) > 100
    assert assert_same_answers(sample_index, sample[:20], 0.0) > 20


def test_boilerplate_and_formulas_are_weighed_alike(tmp_path: Path) -> None:
    line = "تابعوا آخر الأخبار على صفحاتنا في مواقع التواصل الاجتماعي"
    cable = "وأعرب عن أصدق التهاني وأطيب التمنيات بالصحة والسعادة لفخامته ولشعب بلاده"
    articles = [
        Article(
            id=f"{n:02}",
            text=f"نص{n} جملة{n} كلمة{n}\n{cable if n % 2 else ''}\n{line if n < 14 else ''}",
            outlet="a" if n < 14 else f"b{n % 5}",
            date=f"2025-11-{1 + (n % 7 if n < 14 else 0):02}",
        )
        for n in range(60)
    ]
    index = Index(tmp_path / "index")
    index.add(articles)
    assert assert_same_answers(index, articles, 0.0) > 500
    (*_, last) = query(engines(index)[1], engines(index)[1].subject(articles[0]), explain=True).matches
    assert last.evidence is not None
    assert last.evidence.boilerplate > 0


def test_a_text_with_a_lone_surrogate_is_looked_for(sample_index: Index, sample: list[Article]) -> None:
    assert_same_answers(sample_index, [Article(id="\ud800", text=f"{sample[0].text} \ud800")])


# --- texts taken apart where they are looked at ----------------------------------------------------------------

texts = st.lists(st.sampled_from([*PHRASES, "\n\n", " \t", "***", "تشرين الثاني", "ﷺ"]), max_size=30).map(" ".join)


@settings(deadline=None, max_examples=300)
@given(texts, st.integers(3, 8))
def test_a_stretch_of_words_is_found_without_taking_the_text_apart(text: str, least: int) -> None:
    full = analyse(text)
    known = [(p.number, p.first_word, p.word_count) for p in full.paragraphs if p.word_count >= least]
    for first in range(0, len(full.words), 3):
        for end in {first + 1, first + 5, len(full.words) + 2}:
            lazy = LazyAnalysis(text, len(full.words), known)
            assert span_of_words(lazy, first, end) == span_of_words(full, first, end)


# --- many articles ---------------------------------------------------------------------------------------------


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels after a few queries."""
    monkeypatch.setattr(naskh.opened, "COMPILED_FROM", 8)


@pytest.mark.usefixtures("early")
@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("workers", [1, 3])
def test_many_articles_are_answered_in_their_order_as_each_alone(
    sample: list[Article], sample_index: Index, workers: int, at_once: bool
) -> None:
    asked = [*sample, *reversed(sample), *sample]
    alone = {article.id: Index(sample_index.path).query(article) for article in sample}
    answers = Index(sample_index.path).query_many(asked, workers=workers, at_once=at_once)
    assert [(article.id, result) for article, result in answers] == [(a.id, alone[a.id]) for a in asked]


def test_those_that_come_slowly_are_answered_before_the_next_is_read(
    sample: list[Article], sample_index: Index
) -> None:
    read = []

    def slowly() -> Iterator[Article]:
        for article in sample[:5]:
            read.append(article.id)
            yield article

    for article, _ in sample_index.query_many(slowly(), at_once=True):
        assert read[-1] == article.id


@pytest.mark.usefixtures("early")
def test_a_bounded_number_is_read_ahead(sample: list[Article], sample_index: Index) -> None:
    read = 0

    def endless() -> Iterator[Article]:
        nonlocal read
        while True:
            read += 1
            yield sample[read % len(sample)]

    answers = sample_index.query_many(endless(), workers=2)
    for _ in range(100):
        next(answers)
    answers.close()
    assert read < 1000


@pytest.mark.usefixtures("early")
def test_a_process_that_goes_on_sees_what_is_added_and_deleted(index: Index, sample: list[Article]) -> None:
    index.add(sample[:10])
    for article in sample[:12]:
        index.query(article)
    copy = Article(id="copy", text=sample[0].text)
    assert "copy" not in [match.id for match in index.query(sample[0]).matches]
    index.add([copy])
    assert "copy" in [match.id for match in index.query(sample[0]).matches]
    index.delete(["copy"])
    assert "copy" not in [match.id for match in index.query(sample[0]).matches]
