"""The disguises of the benchmarks do what they say: to every article of the sample crawl, one behaviour a test."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from random import Random

import pytest

from benchmarks.disguise import (
    INTO_ANOTHER,
    KINDS,
    LONG_PARAGRAPH,
    MONTHS,
    NEEDS,
    PROCLITICS_SHARE,
    WORD,
    Material,
    long_paragraphs,
    paragraphs,
    sentences,
    suits,
    takes_proclitic,
)
from benchmarks.false_alarms import read_verdicts, two_weeks, verdict_of_query
from benchmarks.shaping import shape
from naskh import Article, normalize

OTHER = "عقد المجلس جلسته الأسبوعية\nوناقش الأعضاء التقرير السنوي\nثم رفعت الجلسة"
VOCABULARY = ["بحيرة", "نافذة", "طباشير", "قنطرة", "زعفران"]

#: Kinds that leave every word and paragraph as naskh sees them.
SAME_PARAGRAPHS = [
    "diacritics",
    "tatweel",
    "zero-width and bidi marks",
    "diacritics, tatweel and marks",
    "hamza, ta marbuta, ya, kaf",
    "presentation forms",
    "digits and months",
]
#: Kinds that leave the words and set them in other lines.
SAME_WORDS = [*SAME_PARAGRAPHS, "one line", "a line per sentence"]


def disguised(kind: str, text: str, seed: int = 1) -> str:
    return KINDS[kind](text, Material(Random(seed), OTHER, VOCABULARY))  # noqa: S311  # no secret


def texts_for(kind: str, sample: list[Article]) -> list[str]:
    texts = [article.text for article in sample]
    texts.append("\n".join(texts[:5]))  # a long one
    suited = [text for text in texts if suits(kind, text)]
    assert suited
    return suited


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_disguise(kind: str, sample: list[Article]) -> None:
    for text in texts_for(kind, sample):
        assert disguised(kind, text) == disguised(kind, text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_disguise_changes_a_text_that_it_suits(kind: str, sample: list[Article]) -> None:
    texts = texts_for(kind, sample)
    assert [text for text in texts if disguised(kind, text) == text] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", "\n \n", "كلمة", "12", "…", "كلمة\n5 آب"])
def test_a_disguise_takes_any_text(kind: str, text: str) -> None:
    assert isinstance(disguised(kind, text), str)


def test_needs_are_of_kinds_that_exist() -> None:
    assert NEEDS.keys() <= KINDS.keys()
    assert set(SAME_WORDS) <= KINDS.keys()


# --- the same words ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", SAME_PARAGRAPHS)
def test_other_characters_are_the_same_words_in_the_same_paragraphs(
    kind: str, seed: int, sample: list[Article]
) -> None:
    for article in sample:
        assert normalize(disguised(kind, article.text, seed)) == normalize(article.text)


@pytest.mark.parametrize("kind", SAME_WORDS)
def test_other_characters_and_lines_are_the_same_words(kind: str, sample: list[Article]) -> None:
    for article in sample:
        assert normalize(disguised(kind, article.text)).split() == normalize(article.text).split()


def test_one_line_is_one_paragraph(sample: list[Article]) -> None:
    for kind in ("one line", "house style, respelt, one line"):
        assert [len(paragraphs(disguised(kind, article.text))) for article in sample] == [1] * len(sample)


def test_a_line_per_sentence_has_a_line_for_each(sample: list[Article]) -> None:
    for article in sample:
        assert paragraphs(disguised("a line per sentence", article.text)) == sentences(article.text)
    assert sentences("قال: نعم. ثم مضى؟\nبلغ 3.5 أمتار!") == ["قال: نعم.", "ثم مضى؟", "بلغ 3.5 أمتار!"]


def test_shuffled_paragraphs_are_the_same_in_another_order(sample: list[Article]) -> None:
    for text in texts_for("paragraphs shuffled", sample):
        after = paragraphs(disguised("paragraphs shuffled", text))
        assert sorted(after) == sorted(paragraphs(text))
        assert after != paragraphs(text)


def test_every_number_changes_its_script() -> None:
    after = disguised("digits and months", "في 12 مارس بلغ 1,234.5 ثم ٣٫٤")
    digits = [char for char in after if char.isdecimal()]
    assert [unicodedata.decimal(digit) for digit in digits] == [1, 2, 1, 2, 3, 4, 5, 3, 4]
    assert [digit.isascii() for digit in digits] == [False] * 7 + [True] * 2
    assert after.endswith("3.4")


@pytest.mark.parametrize("region", MONTHS)
@pytest.mark.parametrize("number", range(12))
def test_every_month_is_one_of_its_names_in_another_region(region: str, number: int) -> None:
    names = {names[number] for names in MONTHS.values()}
    written = MONTHS[region][number]
    for seed in range(4):
        renamed = disguised("digits and months", f"يوم 5 {written} 2020", seed)
        (name,) = re.findall(r"\d (\D+) \d", renamed)
        assert name in names - {written}
    assert normalize(renamed) == normalize(f"يوم 5 {written} 2020")


@pytest.mark.parametrize("text", ["زار آب البلاد", "تيريزا ماي", "يُمارس عمله", "مارست"])
def test_a_word_that_only_looks_like_a_month_stays(text: str) -> None:
    assert disguised("digits and months", text) == text


def test_months_without_a_number_get_no_name_that_is_a_common_word() -> None:
    given = {disguised("digits and months", "شهر أغسطس الماضي", seed).split()[1] for seed in range(8)}
    assert given == {"غشت"}


# --- shaping -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shaped"),
    [
        pytest.param("ههه ه", "\ufeeb\ufeec\ufeea \ufee9", id="initial, medial, final, isolated"),
        pytest.param("دار", "\ufea9\ufe8d\ufead", id="letters that reach out to none"),
        pytest.param("بدأ", "\ufe91\ufeaa\ufe83", id="a final form ends the joining"),
        pytest.param("ماء", "\ufee3\ufe8e\ufe80", id="hamza joins on no side"),
        pytest.param("لا بلا", "\ufefb \ufe91\ufefc", id="lam-alef, isolated and final"),
        pytest.param("لأ لإ لآ", "\ufef7 \ufef9 \ufef5", id="lam-alef with hamza and madda"),
        pytest.param("سلام", "\ufeb3\ufefc\ufee1", id="lam-alef does not reach out"),
        pytest.param("بَب", "\ufe91\u064e\ufe90", id="a haraka is no border"),
        pytest.param("هـ", "\ufeeb\u0640", id="tatweel joins"),
        pytest.param("ب\u200cب", "\ufe8f\u200c\ufe8f", id="the zero-width non-joiner parts"),
        pytest.param("گپ", "\ufb94\ufb57", id="Persian letters"),
        pytest.param("abc 123 ،", "abc 123 ،", id="all else stays"),
    ],
)
def test_letters_take_the_form_of_their_place(text: str, shaped: str) -> None:
    assert shape(text) == shaped


def test_shaping_is_undone_by_compatibility_and_leaves_no_letter(sample: list[Article]) -> None:
    for article in sample:
        shaped = shape(article.text)
        assert unicodedata.normalize("NFKC", shaped) == unicodedata.normalize("NFKC", article.text)
        assert re.search("[\u0621-\u063a\u0641-\u064a]", shaped) is None


# --- other words, fewer, more ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "share"), [("10% of words replaced", 0.1), ("20% of words replaced", 0.2)])
def test_as_many_words_are_replaced_as_asked(kind: str, share: float, sample: list[Article]) -> None:
    for article in sample:
        before, after = WORD.findall(article.text), WORD.findall(disguised(kind, article.text))
        changed = [new for old, new in zip(before, after, strict=True) if old != new]
        assert len(changed) == round(share * len(before))
        assert set(changed) <= set(VOCABULARY)


def test_as_many_words_get_a_proclitic_as_asked(sample: list[Article]) -> None:
    for article in sample:
        before, after = WORD.findall(article.text), WORD.findall(disguised("proclitics added", article.text))
        changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
        assert len(changed) == round(PROCLITICS_SHARE * sum(map(takes_proclitic, before)))
        assert all(new in ("و" + old, "ف" + old) for old, new in changed)


def test_cut_leaves_the_first_third(sample: list[Article]) -> None:
    for article in sample:
        after = disguised("cut to a third", article.text)
        words = len(article.text.split())
        assert article.text.startswith(after)
        assert words <= 3 * len(after.split()) < words + 3


@pytest.mark.parametrize("kind", sorted(INTO_ANOTHER))
def test_three_paragraphs_stand_together_in_the_other_article(kind: str) -> None:
    own = [f"{number} " + "كلمة " * LONG_PARAGRAPH + "أخيرة" for number in range(9)]
    text = "\n".join([*own[:4], "سطر قصير", *own[4:]])
    assert suits(kind, text)
    after = paragraphs(disguised(kind, text))
    chosen = [paragraph for paragraph in after if paragraph in long_paragraphs(text)]
    assert len(chosen) == 3
    assert sorted(chosen) == chosen  # in their order
    at = after.index(chosen[0])
    assert after[at : at + 3] == chosen
    assert after[:at] + after[at + 3 :] == paragraphs(OTHER)
    assert at > 0


def test_house_style_is_around_the_text(sample: list[Article]) -> None:
    for article in sample:
        before, found, after = disguised("house style", article.text).partition(article.text.strip())
        assert found
        assert before.rstrip().endswith((":", "-", "متابعة"))
        assert 1 <= len(paragraphs(after)) <= 3


# --- false alarms ------------------------------------------------------------------------------------------------


def test_verdicts_are_read_and_need_not_be_there(tmp_path: Path) -> None:
    file = tmp_path / "reruns.jsonl"
    assert read_verdicts(file) == {}
    lines = [
        {"query": "a", "match": "b", "verdict": "rerun", "why": "the same column"},
        {"query": "a", "match": "c", "verdict": "false", "why": "weather"},
    ]
    file.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    assert read_verdicts(file) == {("a", "b"): "rerun", ("a", "c"): "false"}


@pytest.mark.parametrize(
    "line", ['{"query": "a"}', "[]", "no JSON", '{"query": "a", "match": "b", "verdict": "?"}']
)
def test_a_line_that_is_no_verdict_is_named(line: str, tmp_path: Path) -> None:
    file = tmp_path / "reruns.jsonl"
    file.write_text(f"\n{line}\n")
    with pytest.raises(ValueError, match=r"reruns\.jsonl:2: .*verdict"):
        read_verdicts(file)


def test_a_query_is_false_by_one_pair_and_a_rerun_by_all() -> None:
    assert verdict_of_query(["rerun", None, "false"]) == "false"
    assert verdict_of_query(["rerun", None]) is None
    assert verdict_of_query(["rerun", "rerun"]) == "rerun"


def test_the_two_weeks_have_a_week_between_them() -> None:
    articles = [Article(id=str(day), text="", date=f"2020-01-{day:02}T09:00:00+01:00") for day in range(1, 22)]
    first, last = two_weeks([*articles, Article(id="undated", text="")], 7)
    assert [article.id for article in first] == [str(day) for day in range(1, 8)]
    assert [article.id for article in last] == [str(day) for day in range(15, 22)]
    with pytest.raises(ValueError, match="2020-01-01 to 2020-01-20 is too short"):
        two_weeks(articles[:-1], 7)
