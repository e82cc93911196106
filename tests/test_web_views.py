"""Texts cut up for a page, the words that differ, timelines and matrices: what needs no server."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from naskh import repeated_blocks
from naskh.article import CharRange, FamilyArticle, Passage, Role, Span
from naskh.report.matrix import SHADES, Matrix, shade_of
from naskh.report.shown import web_address
from naskh.text.analysis import analyse, lines_of
from naskh.web import views
from naskh.web.differences import MAX_WORDS, differences
from naskh.web.matrix_view import rows_of
from naskh.web.timeline import timeline
from naskh.web.views import Mark, block_marks, direction_of, passage_marks, segments, show
from naskh.web.visible import plain, short, visible
from tests.arabic import arabic_words, texts
from tests.html_page import hidden_character


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[Mark], list[CharRange]]:
    """A text with marks and changes anywhere in it, overlapping or not."""
    text = draw(texts(max_pieces=20))
    place = st.integers(0, len(text))
    spans = draw(st.lists(st.tuples(place, place).map(sorted), max_size=8))
    changes = draw(st.lists(st.tuples(place, place).map(lambda ends: (min(ends), max(ends))), max_size=5))
    marks = [Mark(start, end, number, f"a{number}", f"b{number}") for number, (start, end) in enumerate(spans, 1)]
    return text, marks, changes


def covered(ranges: Iterable[CharRange]) -> set[int]:
    return {place for start, end in ranges for place in range(start, end)}


# --- segments ------------------------------------------------------------------------------------------------


@given(marked_texts())
def test_segments_joined_are_the_text_and_those_of_a_mark_are_its_span(
    drawn: tuple[str, list[Mark], list[CharRange]],
) -> None:
    text, marks, changes = drawn
    found = segments(text, marks, changes)
    assert "".join(segment.text for segment in found) == text
    assert all(before.end == after.start for before, after in pairwise(found))
    for mark in marks:
        assert "".join(segment.text for segment in found if mark in segment.marks) == text[mark.start : mark.end]
        begun = [segment.start for segment in found if mark in segment.begins]
        assert begun == ([mark.start] if mark.start < mark.end else [])
    assert covered((s.start, s.end) for s in found if s.changed) == covered(changes)


@given(marked_texts())
def test_what_is_shown_are_the_paragraphs_of_the_text_with_the_marks_in_each(
    drawn: tuple[str, list[Mark], list[CharRange]],
) -> None:
    text, marks, changes = drawn
    shown = show(text, marks, changes)
    lines = lines_of(text)
    assert [line.number for line in shown.lines] == list(range(1, len(lines) + 1))
    for line, (start, end) in zip(shown.lines, lines, strict=True):
        assert "".join(segment.text for segment in line.segments) == text[start:end]
        for mark in marks:
            inside = "".join(segment.text for segment in line.segments if mark in segment.marks)
            assert inside == text[max(start, mark.start) : max(start, min(end, mark.end))]
    assert shown.left_out == 0


@pytest.mark.parametrize(
    "text",
    ["كلمة " * views.SHOWN_CHARS, "ك\n" * (views.SHOWN_LINES + 500), "\n" * (2 * views.SHOWN_CHARS) + "كلمة"],
    ids=["one long line", "many lines", "much white space"],
)
def test_of_a_very_long_text_a_part_is_shown_and_the_rest_counted(text: str) -> None:
    shown = show(text, [Mark(0, len(text), 1, "b1-1", "b1-2")])
    last = shown.lines[-1].segments[-1].end if shown.lines else 0
    assert len(shown.lines) <= views.SHOWN_LINES
    assert last <= views.SHOWN_CHARS
    assert shown.left_out == len(text.rstrip()) - last > 0


def test_occurrences_of_a_block_are_linked_in_a_ring() -> None:
    paragraph = "أعلنت وزارة النقل اليوم افتتاح الطريق الساحلي الجديد أمام المركبات بعد أعمال توسعة دامت عامين"
    other = "وقال مدير المشروع إن العمل انتهى قبل الموعد المحدد بشهرين كاملين رغم الأمطار التي هطلت في الشتاء"
    text = "\n".join([paragraph, other, paragraph, "فاصل قصير", paragraph])
    marks = block_marks(repeated_blocks(text))
    assert [(mark.anchor, mark.twin) for mark in marks] == [("b1-1", "b1-2"), ("b1-2", "b1-3"), ("b1-3", "b1-1")]
    assert {text[mark.start : mark.end] for mark in marks} == {paragraph}


def test_passages_are_marked_in_both_articles_and_linked_to_each_other() -> None:
    passages = (_passage((3, 9), (0, 7)), _passage((20, 30), (0, 7)))
    first, second = passage_marks(passages)
    assert first == [Mark(3, 9, 1, "a1", "b1"), Mark(20, 30, 2, "a2", "b2")]
    assert second == [Mark(0, 7, 1, "b1", "a1"), Mark(0, 7, 2, "b2", "a2")]
    assert [segment.marks for segment in segments("0123456", second)] == [tuple(second)]


def _passage(first: CharRange, second: CharRange) -> Passage:
    return Passage(Span((1, 1), first), Span((1, 1), second), 1.0)


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("أعلنت الوزارة", "rtl"),
        ("BBC عربي: أعلنت وزارة النقل", "rtl"),
        ("The ministry of الحج", "ltr"),
        ("2025 - 11", "rtl"),
        ("", "rtl"),
        ("שלום עולם", "rtl"),
    ],
)
def test_the_direction_of_a_text_is_that_of_most_of_its_letters(text: str, direction: str) -> None:
    assert direction_of(text) == direction


# --- differences ---------------------------------------------------------------------------------------------


def compared(first: str, second: str) -> tuple[list[str], list[str]]:
    found = differences(first, second, (_passage((0, len(first)), (0, len(second))),))
    return [first[slice(*at)] for at in found.first], [second[slice(*at)] for at in found.second]


@pytest.mark.parametrize(
    ("first", "second", "only_first", "only_second"),
    [
        pytest.param("أكّد الوزير «الخبر»", 'اكد الوزير "الخبر"', [], [], id="spelling, marks and quotes"),
        pytest.param("في 12 نونبر 2025", "فى ١٢ تشرين الثاني ٢٠٢٥", [], [], id="digits and months"),
        pytest.param("قال الوزير أمس", "قال\nالوزير\nأمس", [], [], id="other breaks"),
        pytest.param("وصل اليوم إلى جدة", "وصل أمس إلى جدة", ["اليوم"], ["أمس"], id="a word for another"),
        pytest.param("وصل إلى جدة", "وصل الوفد الكبير إلى جدة", [], ["الوفد الكبير"], id="words put in"),
        pytest.param("أ ب ج", "د هـ و", ["أ ب ج"], ["د هـ و"], id="nothing alike"),
    ],
)
def test_words_that_differ_are_marked_and_words_that_are_the_same_after_normalisation_are_not(
    first: str, second: str, only_first: list[str], only_second: list[str]
) -> None:
    assert compared(first, second) == (only_first, only_second)
    assert compared(second, first) == (only_second, only_first)


@given(st.lists(arabic_words, max_size=30), st.lists(arabic_words, max_size=30))
def test_without_the_words_that_differ_both_sides_say_the_same(one: list[str], other: list[str]) -> None:
    first, second = " ".join(one), " ".join(other)
    found = differences(first, second, (_passage((0, len(first)), (0, len(second))),))
    assert _rest(first, found.first) == _rest(second, found.second)


def _rest(text: str, changes: list[CharRange]) -> list[str]:
    changed = covered(changes)
    analysis = analyse(text)
    return [word for word, start in zip(analysis.words, analysis.starts, strict=True) if start not in changed]


def test_only_what_stands_in_a_passage_is_compared() -> None:
    first, second = "خارج وصل اليوم إلى جدة", "وصل أمس إلى جدة وبعده"
    found = differences(first, second, (_passage((5, len(first)), (0, 15)),))
    assert [first[slice(*at)] for at in found.first] == ["اليوم"]
    assert [second[slice(*at)] for at in found.second] == ["أمس"]


def test_where_passages_overlap_a_word_differs_if_it_does_in_each_of_them() -> None:
    twice, once = "وصل الوفد وصل الوفد", "وصل الوزير"
    first, second = (0, 9), (10, 19)  # two passages of one text that are one stretch of the other
    same = (_passage((0, 3), (0, 3)), _passage(first, (0, 10)), _passage(second, (0, 10)))
    found = differences(twice, once, same)
    assert [twice[slice(*at)] for at in found.first] == ["الوفد", "الوفد"]
    assert [once[slice(*at)] for at in found.second] == ["الوزير"]
    found = differences("وصل الوزير وصل الوفد", once, (_passage((0, 10), (0, 10)), _passage((11, 20), (0, 10))))
    assert found.second == []  # the first passage has it


def test_a_passage_too_long_to_be_compared_is_counted_and_the_next_one_compared() -> None:
    first = "كلمة " * (MAX_WORDS + 1) + "\nوصل اليوم إلى جدة"
    second = "كلمة " * (MAX_WORDS + 1) + "\nوصل أمس إلى جدة"
    cut = first.index("\n")
    passages = (_passage((0, cut), (0, cut)), _passage((cut, len(first)), (cut, len(second))))
    found = differences(first, second, passages)
    assert found.passed_over == 1
    assert [first[slice(*at)] for at in found.first] == ["اليوم"]


# --- what others wrote ---------------------------------------------------------------------------------------


class _Text(HTMLParser):
    """The text of markup, with the hidden characters that pills stand for put back."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []
        self._times = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._times = int(dict(attrs).get("data-times") or 0)

    def handle_endtag(self, _: str) -> None:
        self._times = 0

    def handle_data(self, data: str) -> None:
        self.text += hidden_character(data) * self._times if self._times else data


@given(texts(max_pieces=20))
def test_markup_of_a_text_reads_as_the_text_and_holds_no_hidden_character(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("naskh.web.visible._NAMED", len(text))
        markup = str(visible(text))
    read = _Text()
    read.feed(markup)
    read.close()
    assert read.text == text
    assert set(read.tags) <= {"span", "wbr"}
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", markup)


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("خبر\u200f عادي\u200c", "خبر\u200f عادي\u200c"),
        ("\u202eevil", 'title="Right-To-Left Override" data-times="1">U+202E</span>evil'),
        ("\0\0\0", 'title="Cc" data-times="3">U+0000 ×3</span>'),
    ],
)
def test_markup_is_escaped_and_what_turns_directions_is_named(text: str, markup: str) -> None:
    assert markup in str(visible(text))


def test_of_endless_hidden_characters_only_the_first_are_named() -> None:
    markup = str(visible("\u202e\u0001" * 50_000))
    assert markup.count("<span") == 12
    assert "\u202e" not in markup


@pytest.mark.parametrize(("letter", "breaks"), [("ك", 99), ("ك" + "\u064b" * 3, 100), ("كلمة ", 0), ("\u064b", 0)])
def test_a_word_without_end_may_be_broken_but_not_before_a_mark(letter: str, breaks: int) -> None:
    text = letter * (10_000 // len(letter))
    markup = str(visible(text))
    assert markup.replace("<wbr>", "") == text
    assert markup.count("<wbr>") == pytest.approx(breaks, abs=2)
    assert "<wbr>\u064b" not in markup


@pytest.mark.parametrize("char", ["!", "-", "=", "…", "\u0651", "\u200d", "ك", "\u202e"])
def test_no_character_over_and_over_takes_long(char: str) -> None:
    started = time.process_time()
    visible(char * 100_000)
    assert time.process_time() - started < 2


def test_names_without_end_are_cut() -> None:
    assert short("كلمة " * 1000) == "كلمة " * 79 + "كلمة …"
    assert len(plain("x" * 10_000)) < 500
    assert short("عنوان عادي") == "عنوان عادي"


def test_in_attributes_hidden_characters_are_replaced() -> None:
    assert plain("a\u202eb\x00c") == "a\ufffdb\ufffdc"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://alsham.example/1?a=b#c", "https://alsham.example/1?a=b#c"),
        ("http://خبر.example/1", "http://خبر.example/1"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("\x01javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//evil.example/x", None),
        ("http://[broken", None),
        ("https:", None),
        (None, None),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None, address: str | None) -> None:
    assert web_address(url) == address


# --- timeline ------------------------------------------------------------------------------------------------


def carried(outlet: str | None, date: str | None, role: Role = "copy") -> FamilyArticle:
    return FamilyArticle(id=f"{outlet}-{date}", outlet=outlet, date=date, role=role, revises=None)


def test_a_timeline_has_a_lane_for_each_outlet_in_the_order_in_which_they_came() -> None:
    shown = timeline(
        [
            carried("was", "2025-11-01", "origin"),
            carried("okaz", "2025-11-02"),
            carried("was", "2025-11-05"),
            carried(None, "2025-11-03"),
        ]
    )
    assert [(lane.outlet, [dot.number for dot in lane.dots]) for lane in shown.lanes] == [
        ("was", [1, 3]), ("okaz", [2]), (None, [4]),
    ]  # fmt: skip
    places = {dot.number: dot.at for lane in shown.lanes for dot in lane.dots}
    assert places[1] < places[2] < places[4] < places[3]
    assert [tick.label for tick in shown.ticks] == ["2025-11-01", "2025-11-03", "2025-11-05"]


def test_articles_of_one_moment_stand_in_rows_and_do_not_cover_each_other() -> None:
    shown = timeline([carried("was", "2025-11-01")] * 3)
    assert [(dot.at, dot.row) for dot in shown.lanes[0].dots] == [(0.5, 0), (0.5, 1), (0.5, 2)]
    assert shown.lanes[0].rows == 3
    assert [tick.label for tick in shown.ticks] == ["2025-11-01"]


@pytest.mark.parametrize("date", [None, "", "yesterday", "0001-01-01T00:00:00+14:00"])
def test_an_article_without_a_usable_date_is_on_no_lane_but_counted(date: str | None) -> None:
    assert timeline([carried("was", date)]).undated == 1
    both = timeline([carried("was", "2025-11-01T10:00:00+03:00"), carried("was", date)])
    assert (len(both.lanes), both.undated) == (1, 1)


dates = st.dates().map(str) | st.datetimes().map(str) | st.none() | st.just("?")


@given(st.lists(st.builds(carried, st.sampled_from(["was", "okaz", None]), dates), max_size=20))
def test_every_article_is_on_the_timeline_once_or_undated(articles: list[FamilyArticle]) -> None:
    shown = timeline(articles)
    dots = [dot for lane in shown.lanes for dot in lane.dots]
    assert len(dots) + shown.undated == len(articles)
    assert all(0.0 <= dot.at <= 1.0 and dot.row < lane.rows for lane in shown.lanes for dot in lane.dots)
    assert len({(lane.outlet, dot.at, dot.row) for lane in shown.lanes for dot in lane.dots}) == len(dots)


# --- matrix --------------------------------------------------------------------------------------------------


def test_a_cell_says_how_many_stories_two_outlets_share_and_who_was_earlier() -> None:
    matrix = Matrix(("was", "okaz"), ((3, 8), (8, 0)), ((0, 5), (2, 0)))
    rows = rows_of(matrix, lambda row, column: f"{row}+{column}")
    cell = rows[0].cells[1]
    assert (cell.shared, cell.earlier, cell.later, cell.heat, cell.link) == (8, 5, 2, SHADES, "was+okaz")
    assert rows[0].cells[0].is_same
    assert rows[0].cells[0].link is None
    assert rows[1].cells[1].shared == 0


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_the_more_is_shared_the_darker_a_cell_is(shared: int, most: int) -> None:
    shared = min(shared, most)
    assert (shade_of(shared, most) == 0) == (shared == 0)
    assert shade_of(shared, most) <= shade_of(min(shared + 1, most), most) <= shade_of(most, most) == SHADES
