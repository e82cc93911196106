"""The evidence on two articles: recurrence, frames, numbers, speech; and the kernels that weigh many pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naskh import Article, Index, Settings, normalize
from naskh.matching import weigh_kernels as kernels
from naskh.matching.corpus import Corpus
from naskh.matching.evidence import MAX_OTHER_GAP, Frame, covered_words, gap_between, lie_of, numbers, words_of
from naskh.matching.numbers import changed_numbers
from naskh.matching.pair_evidence import PairEvidence
from naskh.matching.postings import postings_of
from naskh.matching.recurrence import STORY_ARTICLES, UNDATED, Holder, Recurrence, day_of, in_rows
from naskh.matching.relation import ORDER
from naskh.text.analysis import analyse
from naskh.text.speech import _VERBS, speech

few_values = st.lists(st.integers(0, 12), max_size=60).map(lambda values: np.array(values, np.uint32))


def weights(
    *articles: tuple[str | None, list[int]], day: str | None = "2025-11-10", match: str | None = "2025-11-10"
) -> list[float]:
    """The weights of four shingles, of which some articles have some, each with a date."""
    holders = [Holder(day_of(date), -1, np.array(hits), np.array(hits)) for date, hits in articles]
    own = Holder(day_of(day), -1, np.arange(4), np.arange(4))
    return Recurrence(4, own, holders).weights(np.arange(4), day_of(match)).tolist()


# --- recurrence ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "day"),
    [("1970-01-02", 719164), ("1970-01-02T23:30:00+03:00", 719164), (None, UNDATED), ("last week", UNDATED)],
)
def test_a_date_becomes_the_number_of_its_day(date: str | None, day: int) -> None:
    assert day_of(date) == day


def test_a_shingle_weighs_less_the_more_articles_of_other_days_have_it() -> None:
    other_days = [("2025-11-01", [0, 1]), ("2025-11-20", [0])]
    same_story = [("2025-11-10", [0, 1, 2]), ("2025-11-12", [0, 1, 2])]
    assert weights(*other_days, *same_story, match="2025-11-11") == [1 / 3, 1 / 2, 1, 1]


@pytest.mark.parametrize("match", ["2025-11-15", "2025-11-12"])
def test_articles_within_three_days_of_either_article_are_of_the_story(match: str) -> None:
    near = [("2025-11-07", [0]), (match, [0]), ("2025-11-13", [0])]
    far = [("2025-11-06", [1]), ("2025-11-19", [1])]
    assert weights(*near, *far, match=match) == [1, 1 / 3, 1, 1]


def test_where_only_one_date_is_known_the_other_stories_are_counted_from_that() -> None:
    assert weights(("2025-11-01", [0]), ("2025-11-12", [1]), day=None, match="2025-11-11") == [1 / 2, 1, 1, 1]


@pytest.mark.parametrize("date", [None, "2025-11-10"])
def test_a_story_stands_in_so_many_articles_before_it_counts_as_a_formula(date: str | None) -> None:
    story = [(date, [0, 1])] * STORY_ARTICLES
    formula = [(date, [1])] * 3
    assert weights(*story, *formula, day=date, match=date) == [1, 1 / 4, 1, 1]


def stock(days: int, outlets: list[int]) -> list[bool]:
    """Whether two shingles of three that ten articles have are boilerplate."""
    holders = [
        Holder(day_of(f"2025-11-{1 + n % days:02}"), outlet, np.array([0, 1]), np.array([0, 1]))
        for n, outlet in enumerate(outlets)
    ]
    own = Holder(day_of("2025-11-01"), -1, np.array([2]), np.array([2]))
    return Recurrence(3, own, holders).boilerplate.tolist()


def test_what_one_outlet_prints_day_after_day_is_its_boilerplate() -> None:
    assert stock(10, [7] * 9 + [8]) == [True, True, False]
    assert stock(10, [7] * 8 + [8] * 2) == [False, False, False]


def test_a_story_that_one_outlet_updates_by_the_hour_is_no_boilerplate() -> None:
    assert stock(2, [7] * 10) == [False, False, False]


def test_boilerplate_weighs_nothing() -> None:
    holders = [Holder(day_of(f"2025-11-{n:02}"), 7, np.array([0, 1]), np.array([0, 1])) for n in range(1, 12)]
    held = Recurrence(3, Holder(day_of("2025-11-10"), 7, np.arange(3), np.arange(3)), holders)
    assert held.weights(np.arange(3), day_of("2025-11-10")).tolist() == [0, 0, 1]


def test_only_shingles_that_an_article_has_in_a_row_count_as_standing_in_it() -> None:
    text = np.array([0, 1, 2, 3, 0, 4])
    assert in_rows(text, np.array([1, 2, 4]), 5).tolist() == [1, 2]
    assert in_rows(text, np.array([0, 3]), 5).tolist() == [0, 3]
    assert in_rows(text, np.array([1, 3]), 5).tolist() == []


# --- the frame -------------------------------------------------------------------------------------------------


def test_a_changed_word_is_a_substitution_in_the_frame_and_breaks_no_word_but_itself() -> None:
    ours = np.array([1, 2, 90, 91, 92, 3, 4], np.uint32)  # nine words, the fifth is another one
    theirs = np.array([1, 2, 80, 81, 82, 3, 4], np.uint32)
    frame = Frame(words_of(len(ours), 3), *lie_of(ours, theirs, np.isin(ours, theirs), 3))
    assert frame == (9, 8, 4, 1, 1)


@pytest.mark.parametrize(
    ("theirs", "gap"),
    [
        ([5, 9, 9, 6], 0),
        ([5, 9, 9, 9, 9, 6], 2),
        ([5, 6], -2),
        ([6, 5], MAX_OTHER_GAP + 1),
        ([5], MAX_OTHER_GAP + 1),
    ],
)
def test_a_gap_is_the_words_between_two_shingles_of_the_other_text(theirs: list[int], gap: int) -> None:
    assert gap_between(np.array(theirs, np.uint32), np.uint32(5), np.uint32(6), 3) == gap


@settings(deadline=None)  # the first example compiles
@given(few_values, few_values, st.integers(1, 4))
def test_the_frame_kernel_gives_what_the_reference_gives(ours: np.ndarray, theirs: np.ndarray, size: int) -> None:
    marked = np.isin(ours, theirs)
    expected = lie_of(ours, theirs, marked, size)
    figures = np.full(kernels.FIGURES, -1, np.int64)
    both = np.concatenate([ours, theirs])
    kernels.frame(both, 0, marked, len(ours), len(both), size, figures)
    assert figures.tolist() == list(expected)


# --- what the texts tell ---------------------------------------------------------------------------------------


def test_numbers_are_kept_in_shared_words_and_changed_in_the_gaps_between() -> None:
    analysis = analyse("سجل المؤشر 120 نقطة بزيادة 7 نقاط عن أمس")
    covered = np.array([word != "7" for word in analysis.words])
    assert numbers(analysis, covered) == (1, 1)


def test_covered_words_are_those_in_shared_shingles() -> None:
    analysis = analyse("واحد اثنان ثلاثة أربعة خمسة ستة")
    assert covered_words(analysis, np.array([True, False, False, True]), 3).tolist() == [True] * 6
    assert covered_words(analysis, np.array([True, False, False, False]), 3).tolist() == [True] * 3 + [False] * 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("افتتح الوزير المعرض وقال إن الزوار كثر. ثم غادر المكان", "ان الزوار كثر"),
        ("كتب على الجدار «هذا البيت لنا ولن نتركه أبدا» قبل سنين", "هذا البيت لنا ولن نتركه ابدا"),
        ("زار «مجلس الوزراء» في المدينة", ""),
        ("وأضاف المتحدث أن الطريق مغلق\nتجمع الناس في الساحة", "المتحدث ان الطريق مغلق"),
        ("حضر جمع من الناس", ""),
    ],
)
def test_speech_follows_a_verb_of_saying_to_the_end_of_the_sentence_or_stands_in_quote_marks(
    text: str, said: str
) -> None:
    analysis = analyse(text)
    words = [word for word, is_said in zip(analysis.words, speech(analysis), strict=True) if is_said]
    assert " ".join(words) == said


def test_the_verbs_of_saying_are_written_as_words_are_folded() -> None:
    assert [verb for verb in sorted(_VERBS) if normalize(verb) != verb] == []


@pytest.mark.parametrize("text", ["قال الوزير إن النسبة بلغت 12.5 في المئة", "قال «حسنا.» ثم مضى"])
def test_a_point_ends_speech_only_before_white_space(text: str) -> None:
    said = speech(analyse(text))
    assert said[1]
    assert said[-1] == ("12.5" in text)


# --- many pairs at once ----------------------------------------------------------------------------------------

dated = st.sampled_from([None, "2025-11-01", "2025-11-03", "2025-11-05", "2025-11-12"])
WORDS = ["شهدت المدينة", "أمس", "احتفالا كبيرا", "وقال الوزير", "إن العمل", "7", "9"]
phrases = st.lists(st.sampled_from(WORDS), max_size=12)
crawls = st.lists(st.tuples(phrases, dated, st.sampled_from([None, "a", "b"])), min_size=2, max_size=8)


@settings(deadline=None, max_examples=60)
@given(crawl=crawls)
def test_pairs_are_weighed_as_one_article_is_against_another(
    crawl: list[tuple[list[str], str | None, str | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    # With all hashes kept, a query sees every article of other stories, as the join of all pairs does.
    index = Index(tmp_path_factory.mktemp("crawl") / "index", Settings(frac_scale=1))
    articles = [
        Article(id=f"{i}", text=" ".join(words) or "خبر", date=date, outlet=outlet)
        for i, (words, date, outlet) in enumerate(crawl)
    ]
    index.add(articles)
    corpus = Corpus(index.snapshot)
    for a in range(len(articles)):
        for b in range(a + 1, len(articles)):
            one = index.compare(f"{a}", f"{b}")
            if one is None:
                continue
            assert one.evidence is not None
            shared = np.array([one.evidence.shared])
            pair = PairEvidence(corpus, postings_of(corpus), np.array([a]), np.array([b]), shared)
            many = pair.figures().evidence(0)
            expected = one.evidence
            assert many.distinctive == pytest.approx(expected.distinctive)
            compared = (
                "shared", "boilerplate", "containment", "words", "shared_words", "longest", "substitutions",
                "substituted_words", "days_apart",
            )  # fmt: skip
            assert [getattr(many, name) for name in compared] == [getattr(expected, name) for name in compared]
            assert pair.with_text(pair.figures(), 0).speech == expected.speech
            assert ORDER[pair.relations()[0]] == one.relation
            numbers_of = changed_numbers(corpus, *pair.by_length, pair.texts)
            assert [int(n[0]) for n in numbers_of] == [expected.numbers_kept, expected.numbers_changed]


def test_many_articles_are_weighed_alike_where_stock_text_and_boilerplate_stand(tmp_path: Path) -> None:
    line = "تابعوا آخر الأخبار على صفحاتنا في مواقع التواصل الاجتماعي"
    cable = "وأعرب عن أصدق التهاني وأطيب التمنيات بالصحة والسعادة لفخامته ولشعب بلاده"
    index = Index(tmp_path / "index", Settings(frac_scale=1))
    articles = []
    for n in range(60):
        of_a = n < 14  # an outlet with a line of its own below, over seven days
        text = f"نص{n} جملة{n} كلمة{n}\n{cable if n % 2 else ''}\n{line if of_a else ''}"
        date = f"2025-11-{1 + (n % 7 if of_a else 0):02}"
        articles.append(Article(id=f"{n:02}", text=text, outlet="a" if of_a else f"b{n % 5}", date=date))
    index.add(articles)
    corpus = Corpus(index.snapshot)
    stock = 0
    for a, b in ((1, 3), (1, 5), (0, 2), (15, 17), (3, 31)):
        one = index.compare(f"{a:02}", f"{b:02}")
        assert one is not None
        assert one.evidence is not None
        shared = np.array([one.evidence.shared])
        many = PairEvidence(corpus, postings_of(corpus), np.array([a]), np.array([b]), shared).figures().evidence(0)
        assert many.distinctive == pytest.approx(one.evidence.distinctive)
        assert many.boilerplate == one.evidence.boilerplate
        assert many.distinctive < 0.6 * many.shared
        stock += many.boilerplate
    assert stock > 0


def test_pairs_and_query_give_the_same_relations_on_the_sample(sample_index: Index) -> None:
    for pair in sample_index.pairs(min_containment=0.2).to_pylist():
        match = sample_index.compare(pair["article_a"], pair["article_b"])
        assert match is not None
        assert (match.relation, match.jaccard) == (pair["relation"], pair["jaccard"])
