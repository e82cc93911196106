"""What normalisation makes one, rule by rule, and where each word stands in the text as given."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from arabic import texts
from naskh import normalize
from naskh.text.analysis import analyse
from naskh.text.folding import FOLDING, STEPS, Folding
from naskh.text.months import AMBIGUOUS_MONTHS, MONTHS, TWO_WORD_MONTHS


@pytest.mark.parametrize(
    ("written", "same_as"),
    [
        pytest.param("مُحَمَّدٌ", "محمد", id="harakat and shadda"),
        pytest.param("هٰذا", "هذا", id="dagger alef"),
        pytest.param("الريـــاض", "الرياض", id="tatweel"),
        pytest.param("أحمد إلى آخر ٱلكتاب", "احمد الى اخر الكتاب", id="alef forms"),
        pytest.param("ا\u0654حمد", "أحمد", id="hamza as a mark of its own"),
        pytest.param("مؤتمر مسؤول", "موتمر مسوول", id="hamza on waw"),
        pytest.param("هيئة رئيس", "هيية رييس", id="hamza on ya"),
        pytest.param("مدرسة", "مدرسه", id="ta marbuta"),
        pytest.param("مستشفى على", "مستشفي علي", id="alef maqsura"),
        pytest.param("کتاب یوم", "كتاب يوم", id="persian kaf and ya"),
        pytest.param("ہوا ھوا ەوا", "هوا هوا هوا", id="other forms of ha"),
        pytest.param("ﻣﺪﺭﺳﺔ", "مدرسة", id="presentation forms"),
        pytest.param("ﻻ ﻷن ﻹن ﻵن", "لا لأن لإن لآن", id="lam-alef ligatures"),
        pytest.param("ﷲ", "الله", id="the Allah ligature"),
        pytest.param("ﷺ", "صلى الله عليه وسلم", id="a ligature of several words"),
        pytest.param("كتـ\ufe71ـاب", "كتاب", id="a mark in presentation form cuts no word"),
        pytest.param("١٢٣ ۴۵۶ ７", "123 456 7", id="digits"),
        pytest.param("ال\u200cري\u200dا\u200bض\u200f", "الرياض", id="zero-width and bidi controls"),
        pytest.param("\ufeffخبر", "خبر", id="byte order mark"),
        pytest.param('لـ«داعش» و"النصرة" بـ”سوق”', "لداعش والنصرة بسوق", id="quote marks, proclitics written on"),
        pytest.param("Café ÉCOLE İstanbul", "cafe ecole istanbul", id="Latin case and accents"),
        pytest.param("cafe\u0301", "café", id="Latin accents, composed or not"),
        pytest.param("الرياض،جدة؛مكة؟نعم.لا", "الرياض جدة مكة نعم لا", id="Arabic punctuation parts words"),
        pytest.param("  بين\u00a0كلمتين\u3000هنا ", "بين كلمتين هنا", id="blanks of every kind"),
    ],
)
def test_spellings_are_one(written: str, same_as: str) -> None:
    assert normalize(written) == normalize(same_as)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("قال الوزيرُ: «سنبدأ غداً»", "قال الوزير سنبدا غدا"),
        ("ماء ما", "ماء ما"),  # the hamza on the line tells words apart
        ("گاز پول چاي", "گاز پول چاي"),  # letters that Arabic lacks stay
        ("سطر\nسطر\r\n\n سطر\u2028سطر", "سطر\nسطر\nسطر\nسطر"),
        ("", ""),
        ("…\n؟!", "\n"),  # a line of signs is a paragraph without words
        ("نص\ud800هنا", "نص هنا"),  # a lone surrogate, as a broken \uD800 escape gives
    ],
)
def test_normal_form(text: str, normal: str) -> None:
    assert normalize(text) == normal


@pytest.mark.parametrize("names", [["نونبر", "نوفمبر", "تشرين\u200e", "الثاني"]], ids=["as words"])
def test_control_characters_do_not_hide_a_month(names: list[str]) -> None:
    assert normalize(" ".join(names)) == "نوفمبر نوفمبر نوفمبر"


@pytest.mark.parametrize(
    ("regional", "common"),
    [
        *MONTHS.items(),
        *((" ".join(pair), month) for pair, month in TWO_WORD_MONTHS.items()),
        *((f"12 {name}", f"12 {month}") for name, month in AMBIGUOUS_MONTHS.items()),
        *((f"{name} 2020", f"{month} 2020") for name, month in AMBIGUOUS_MONTHS.items()),
        ("٥ آب ٢٠٢٠", "5 أغسطس 2020"),
        ("كَانُونَ الثَّانِي", "يناير"),
        ("يوليوز", "تموز"),
        ("غشت", "أغسطس"),
    ],
)
def test_a_month_is_one_under_all_its_names(regional: str, common: str) -> None:
    assert normalize(regional) == normalize(common)


@pytest.mark.parametrize("text", ["اب حنون", "سياره نيسان", "تيريزا ماي", "كانون بلا رقم", "الثاني تشرين", "الاول"])
def test_a_word_that_only_looks_like_a_month_stays(text: str) -> None:
    assert normalize(text) == text


def test_a_month_does_not_reach_across_paragraphs() -> None:
    assert normalize("تشرين\nالثاني\n12\nآب") == "تشرين\nالثاني\n12\nاب"


@pytest.mark.parametrize("step", [step.name for step in STEPS])
def test_each_step_can_be_left_out(step: str) -> None:
    changed_by = {
        "quotes": "«", "compatibility": "ﻻ", "hamza": "أ", "ta-marbuta": "ة", "alef-maqsura": "ى", "persian": "ک",
        "digits": "٣", "marks": "\u064e", "quranic": "\u06e5", "invisible": "\u200f", "case": "A", "words": "،",
    }  # fmt: skip
    char = changed_by[step]
    assert Folding(without=[step])[ord(char)] != FOLDING[ord(char)] or step == "hamza"
    if step == "hamza":  # its marks go with the harakat, so both must be left out to keep a hamza
        assert Folding(without=["hamza", "marks"])[ord(char)] == char


def test_an_unknown_step_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such folding step: hamzah"):
        Folding(without=["hamzah"])


@given(texts())
@settings(max_examples=200, deadline=None)
def test_normal_form_is_stable(text: str) -> None:
    once = normalize(text)
    words = [line.split() for line in once.split("\n")]
    again = [line.split() for line in normalize(once).split("\n")]
    assert [line for line in again if line] == [line for line in words if line]


@given(texts())
@settings(max_examples=200, deadline=None)
def test_every_word_is_found_again_where_it_says_that_it_stands(text: str) -> None:
    analysis = analyse(text)
    assert len(analysis.words) == len(analysis.starts) == len(analysis.ends)
    for paragraph in analysis.paragraphs:
        assert text[paragraph.start : paragraph.end].strip() == text[paragraph.start : paragraph.end] != ""
        previous = paragraph.start
        for i in range(paragraph.first_word, paragraph.first_word + paragraph.word_count):
            start, end = analysis.starts[i], analysis.ends[i]
            assert previous <= start < end <= paragraph.end
            previous = start
    assert sum(p.word_count for p in analysis.paragraphs) == len(analysis.words)


def test_places_are_code_points_of_the_text_as_given() -> None:
    text = "\u200fقالَ «وزيرُ» النّقل في ٥ تشرين الثاني"
    analysis = analyse(text)
    written = [text[start:end] for start, end in zip(analysis.starts, analysis.ends, strict=True)]
    assert analysis.words == ["قال", "وزير", "النقل", "في", "5", "نوفمبر"]
    assert written == ["قالَ", "وزيرُ", "النّقل", "في", "٥", "تشرين الثاني"]


def test_paragraphs_are_non_empty_lines_numbered_from_one() -> None:
    text = "أولى\n\n  ثانية هنا \n\t\nثالثة"
    paragraphs = analyse(text).paragraphs
    assert [(p.number, text[p.start : p.end], p.word_count) for p in paragraphs] == [
        (1, "أولى", 1),
        (2, "ثانية هنا", 2),
        (3, "ثالثة", 1),
    ]


def test_the_words_of_a_dateline_are_marked() -> None:
    analysis = analyse("الرباط - وكالات:\nأعلنت الوزارة اليوم")
    assert analysis.words == ["الرباط", "وكالات", "اعلنت", "الوزاره", "اليوم"]
    assert analysis.dateline_words == (0, 2)
    assert analysis.dateline is not None
    assert analysis.dateline.place == "الرباط"
    assert analyse("أعلنت الوزارة اليوم").dateline_words == (0, 0)
