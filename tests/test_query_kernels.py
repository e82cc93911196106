"""The kernels that answer one query agree with what can be read in Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arabic import texts
from naskh import Article, Index, Settings
from naskh.arrays import Int64
from naskh.index.snapshot import open_snapshot
from naskh.matching import compiled
from naskh.matching.align_kernels import align, text_places
from naskh.matching.lookup_kernels import count_distinct
from naskh.matching.passages import align as align_readably
from naskh.matching.query import Engine, query
from naskh.matching.recurrence import UNDATED
from naskh.matching.sharing_kernels import has_more_than
from naskh.matching.spans import span_of_words
from naskh.matching.stored import Stored
from naskh.matching.weighing_kernels import by_day
from naskh.sketch.places import Known, PlacedWords, spans
from naskh.sketch.reference import sketch_analysis
from naskh.sketch.span_kernels import FACTS, NO_EDGES
from naskh.text.analysis import Analysis, Paragraph, analyse
from naskh.text.packing import pack

SETTINGS = Settings(min_paragraph_words=3)
DATED = "الرياض 26 شوال 1436 هـ - واس:"
#: The dateline ends inside what would be a word without it.
GLUED = "الرياض 26 شوال 1436هـقال"


@settings(deadline=None, max_examples=300)
@given(st.lists(texts(), min_size=1, max_size=3), st.data())
def test_the_kernel_finds_a_stretch_where_the_words_of_the_whole_text_have_it(
    several: list[str], data: st.DataObject
) -> None:
    heads = data.draw(
        st.lists(st.sampled_from(["", DATED + " ", DATED + "\n", GLUED + " "]), min_size=3, max_size=3)
    )
    analyses = [analyse(head + text) for head, text in zip(heads, several, strict=False)]
    stretches = [
        data.draw(st.lists(stretches_of(analysis), max_size=4)) if analysis.words else [] for analysis in analyses
    ]
    known = known_of(analyses, [set(data.draw(st.permutations(range(9)))[:5]) for _ in analyses])
    ends = np.cumsum([0, *(map(len, stretches))])
    asked = np.array([stretch for own in stretches for stretch in own], np.int64).reshape(-1, 2)
    found = spans(SETTINGS, [pack(analysis.text) for analysis in analyses], known[0], asked, ends)
    expected = [
        span_of_words(analysis, *stretch)
        for analysis, own in zip(analyses, stretches, strict=True)
        for stretch in own
    ]
    assert found.tolist() == [[*span.paragraphs, *span.chars] for span in expected]


@settings(deadline=None)
@given(texts())
def test_the_kernel_takes_a_text_apart_as_the_reference_does(text: str) -> None:
    analysis, placed = analyse(text), PlacedWords(SETTINGS, text)
    assert placed.word_count == analysis.word_count
    for paragraph in analysis.paragraphs:
        if paragraph.word_count:
            same = placed.paragraph_at(paragraph.first_word)
            assert same == paragraph
            assert placed.line(same) == analysis.line(paragraph)


def stretches_of(analysis: Analysis) -> st.SearchStrategy[tuple[int, int]]:
    """Words [first, end), of which the end may lie behind the last word."""
    count = analysis.word_count
    return st.integers(0, count - 1).flatmap(
        lambda first: st.tuples(st.just(first), st.integers(first + 1, count + 2))
    )


def known_of(analyses: list[Analysis], chosen: list[set[int]]) -> tuple[Known, list[Int64]]:
    """What an index knows of texts: some of their paragraphs; with the arrays that the facts point to."""
    held, facts, ends, paragraphs = [], np.zeros((len(analyses), FACTS), np.int64), [0], []
    for analysis, numbers in zip(analyses, chosen, strict=True):
        sketch = sketch_analysis(analysis, SETTINGS)
        held.append(sketch.shingles)
        first, end = sketch.dateline
        edge = NO_EDGES if end > first else 0
        facts[len(held) - 1] = sketch.shingles.ctypes.data, len(sketch.shingles), first, end, edge, edge
        own = [p for p in analysis.paragraphs if p.number in numbers]
        paragraphs += [row(paragraph) for paragraph in own]
        ends.append(len(paragraphs))
    return Known(facts, np.array(ends), np.array(paragraphs, np.int64).reshape(-1, 3)), held


def row(paragraph: Paragraph) -> tuple[int, int, int]:
    return paragraph.number, paragraph.first_word, paragraph.word_count


@settings(deadline=None)
@given(st.lists(st.integers(0, 5000), max_size=200), st.integers(0, 60), st.integers(0, 40), st.integers(0, 40))
def test_an_article_has_more_distinct_shingles_only_where_it_has(
    values: list[int], count: int, gap: int, length: int
) -> None:
    shingles = np.array([*values, 0], np.uint32)
    segment = np.full(compiled.kernels.COLUMNS, shingles.ctypes.data, np.int64)
    gap_end = min(gap + length, len(values))
    exact = len({*values[:gap], *values[gap_end:]}) if gap < gap_end else len({*values})
    bounds = (0, len(values), gap, gap_end)
    assert (
        count_distinct(segment[compiled.kernels.SHINGLES], *bounds, np.uint64(1), np.zeros(512, np.uint64)) == exact
    )
    surely = has_more_than(segment, bounds, count, 1, np.zeros(64, np.int32))
    assert not surely or exact > count


days = st.one_of(st.just(UNDATED), st.integers(735_000, 735_030), st.integers(1, 3_000_000))


@pytest.mark.parametrize("least", [0, 735_000], ids=["any", "of one month"])
@settings(deadline=None)
@given(values=st.lists(days, max_size=60))
def test_days_are_sorted_stably(least: int, values: list[int]) -> None:
    given_days = np.array([day for day in values if day == UNDATED or least <= day < least + 10**6], np.int64)
    assert by_day(given_days).tolist() == np.argsort(given_days, kind="stable").tolist()


def test_threads_that_share_the_candidates_of_a_query_change_nothing(
    sample: list[Article], sample_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "_PART", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    snapshot = open_snapshot(sample_index.path)
    reference, several = Engine(Stored(snapshot)), compiled.CompiledEngine(Stored(snapshot))
    for article in sample[:20]:
        expected = query(reference, reference.subject(article), explain=True)
        assert query(several, several.subject(article), explain=True) == expected


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.sampled_from([1, 2, 5, 40]), st.integers(200, 700), st.integers(200, 700))
def test_texts_that_repeat_themselves_are_aligned_alike(seed: int, words: int, here: int, there: int) -> None:
    rng = np.random.default_rng(seed)
    query, match = (rng.integers(0, words, size).astype(np.uint32) for size in (here, there))
    found = align(query, match, 3, np.array([0, 5]), np.array([0, 0]), text_places(query))
    assert found.tolist() == [list(run[:4]) for run in align_readably(query, match, 3, (0, 5))]
