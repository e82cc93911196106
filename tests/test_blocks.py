"""Blocks of paragraphs that stand twice in one article."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arabic import texts
from conftest import ROOT, shared
from naskh import Article, Block, normalize, repeated_blocks
from naskh.matching.alike import similarity_of_words
from naskh.matching.blocks import MIN_SIMILARITY

A = "أعلنت وزارة النقل اليوم أنها ستفتتح الطريق الساحلي الجديد أمام المركبات في مطلع الشهر المقبل"
B = "وأوضح المتحدث باسم الوزارة أن أعمال السفلتة انتهت وأن فرق السلامة تجري الفحص الأخير للجسور"
C = "ويربط الطريق بين ثلاث مدن ساحلية ويختصر زمن الرحلة بنحو أربعين دقيقة وفق تقديرات المهندسين"
D = "وتوقع سكان القرى المجاورة أن ينشط سوق السمك القديم مع سهولة الوصول إليه بعد سنوات من الركود"
F = "وستصدر الهيئة خريطة جديدة لمواقف الحافلات وتوزع نسخا مجانية منها على الطلاب في المدارس والجامعات"
G = "ودعا رئيس المجلس القروي أصحاب المتاجر إلى تجديد واجهاتها قبل الافتتاح ووعد بإعفائهم من رسوم اللوحات"
E = "وكانت الأمطار الغزيرة قد أوقفت العمل في المشروع مرتين خلال الشتاء الماضي وأخرت موعد التسليم"


def paragraphs(blocks: tuple[Block, ...]) -> list[list[tuple[int, int]]]:
    return [[span.paragraphs for span in block.occurrences] for block in blocks]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("ABCDE", []),
        ("ABAB", [[(1, 2), (3, 4)]]),
        ("DABCABCE", [[(2, 4), (5, 7)]]),
        ("ABCDABE", [[(1, 2), (5, 6)]]),
        ("AABB", [[(1, 1), (2, 2)], [(3, 3), (4, 4)]]),
        ("AAAA", [[(1, 1), (2, 2), (3, 3), (4, 4)]]),
        ("ABCABCABC", [[(1, 3), (4, 6), (7, 9)]]),
        ("ABDABEAB", [[(1, 2), (4, 5), (7, 8)]]),
        ("ADBEADCBE", [[(1, 2), (5, 6)], [(3, 4), (8, 9)]]),
        ("BCDABCEBCD", [[(1, 2), (5, 6), (8, 9)], [(3, 3), (10, 10)]]),
        ("ABCDEABCDB", [[(1, 1), (6, 6)], [(2, 2), (7, 7), (10, 10)], [(3, 4), (8, 9)]]),
        ("ABABCABCAB", [[(1, 2), (3, 4), (6, 7), (9, 10)], [(5, 5), (8, 8)]]),
        (
            "ACBACACBAABC",
            [[(n, n) for n in (1, 4, 6, 9, 10)], [(n, n) for n in (2, 5, 7, 12)], [(n, n) for n in (3, 8, 11)]],
        ),
    ],
)
def test_blocks_are_maximal_and_do_not_overlap(order: str, expected: list[list[tuple[int, int]]]) -> None:
    text = "\n".join({"A": A, "B": B, "C": C, "D": D, "E": E}[name] for name in order)
    assert paragraphs(repeated_blocks(text)) == expected


def vocalised(text: str) -> str:
    return text.replace("ت", "تَ").replace("م", "مُّ")


SPELLINGS = {
    "diacritics": vocalised,
    "hamzas": lambda text: text.replace("أ", "ا").replace("إ", "ا"),
    "quote marks": lambda text: text.replace('"', "»").replace("“", "«"),
    "digits": lambda text: text.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    "ta marbuta": lambda text: text.replace("ة", "ه"),
    "tatweel": lambda text: text.replace("ال", "الـ"),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_another_spelling_of_the_copy_is_still_an_exact_repeat(spelling) -> None:
    text = "\n".join([A, B, C, spelling(A), spelling(B), D])
    (block,) = repeated_blocks(text)
    assert [span.paragraphs for span in block.occurrences] == [(1, 2), (4, 5)]
    assert block.exact
    assert block.similarity == 1.0
    written = [text[slice(*span.chars)] for span in block.occurrences]
    assert written == [f"{A}\n{B}", f"{spelling(A)}\n{spelling(B)}"]


def test_a_nearly_exact_repeat_says_how_near() -> None:
    (block,) = repeated_blocks("\n".join([A, B, D, A.replace("مطلع", "نهاية"), B]))
    assert [span.paragraphs for span in block.occurrences] == [(1, 2), (4, 5)]
    assert not block.exact
    assert 0.6 < block.similarity < 1.0
    assert not repeated_blocks("\n".join([A, D, A.replace("مطلع", "نهاية")]), min_similarity=1.0)


def test_refrains_and_short_questions_are_no_blocks() -> None:
    text = "\n".join(["ما رأيك في ذلك؟", A, "ما رأيك في ذلك؟", B, "ما رأيك في ذلك؟", C])
    assert repeated_blocks(text) == ()
    assert paragraphs(repeated_blocks(text, min_words=3)) == [[(1, 1), (3, 3), (5, 5)]]


def test_a_separator_line_belongs_to_a_block_only_inside_it() -> None:
    assert paragraphs(repeated_blocks("\n".join(["***", A, "***", B, "***", A, "***", B, "***"]))) == [
        [(2, 4), (6, 8)]
    ]


def test_no_chain_of_small_changes_joins_what_differs() -> None:
    words = A.split()
    steps = [" ".join(["جديد"] * n + words[n:]) for n in range(0, len(words), 2)]
    for block in repeated_blocks("\n".join(steps)):
        assert block.similarity >= 0.6


def test_a_refrain_of_any_number_does_not_break_a_block() -> None:
    body = [f"{A} {n}" if n % 2 else E for n in range(80)]
    assert paragraphs(repeated_blocks("\n".join(body + body), min_similarity=1.0)) == [[(1, 80), (81, 160)]]


def test_a_near_repeat_among_lines_of_one_template_is_found() -> None:
    opening = "تعلن البلدية عن إغلاق الطريق المؤدي إلى حي الزهور من جهة"
    lines = [f"{opening} " + " ".join(f"م{n}ك{i}" for i in range(16)) for n in range(40)]
    lines.append(lines[5] + " اليوم فقط")
    assert paragraphs(repeated_blocks("\n".join(lines))) == [[(6, 6), (41, 41)]]


def test_no_occurrence_of_a_block_is_less_alike_than_asked() -> None:
    words = A.split()
    b, c = " ".join([*words[:-4], "في", "مدينة", "أخرى", "بعيدة"]), " ".join(["ثم", "إنه", "قد", *words[3:]])
    for block in repeated_blocks("\n".join([A, D, A, D, b, c])):
        assert block.similarity >= 0.6


@pytest.mark.parametrize("text", ["", "\n\n", "كلمة", "؟\n؟\n؟\n؟", "\ud800\n\ud800"])
def test_texts_without_blocks(text: str) -> None:
    assert repeated_blocks(text) == ()


#: Three paragraphs, the middle one of two sentences.
PASTED = [A + ".", B + ". " + C + ".", D + "."]
LINED = " ".join(PASTED)

OTHER_BREAKS = {
    "in one line": ([E, *PASTED, F, LINED], [[(2, 4), (6, 6)]]),
    "a line per sentence": ([E, LINED, F, A + ".", B + ".", C + ".", D + "."], [[(2, 2), (4, 7)]]),
    "broken elsewhere": ([E, *PASTED, F, f"{A}. {B}.", f"{C}. {D}."], [[(2, 4), (6, 7)]]),
    "as one line after three as they were": ([*PASTED, E, *PASTED, F, LINED], [[(1, 3), (5, 7), (9, 9)]]),
    "half as it was, half in one line": ([*PASTED, E, f"{A}. {B}. {C}.", PASTED[2]], [[(1, 3), (5, 6)]]),
    "three times, each in another way": ([LINED, E, *PASTED, F, A, B, C, D], [[(1, 1), (3, 5), (7, 10)]]),
    "with a separator between": ([*PASTED, E, PASTED[0], "***", *PASTED[1:]], [[(1, 3), (5, 8)]]),
}


@pytest.mark.parametrize(("lines", "expected"), OTHER_BREAKS.values(), ids=OTHER_BREAKS)
def test_text_pasted_again_with_other_paragraph_breaks_is_a_block(lines, expected) -> None:
    text = "\n".join(lines)
    blocks = repeated_blocks(text)
    assert paragraphs(blocks) == expected
    assert all(block.exact and block.similarity == 1.0 for block in blocks)
    for span in blocks[0].occurrences:
        first, last = span.paragraphs
        assert text[slice(*span.chars)] == "\n".join(lines[first - 1 : last])


def test_blocks_that_follow_each_other_are_not_joined_into_one_that_overlaps_itself() -> None:
    text = f"{A}. {B}.\n{A}.\n{B}. {A}.\n{E}"
    holds(text, repeated_blocks(text, min_words=3), 0.6)


INSIDE = {
    "in the middle": (f"{E}. ", f" {F}."),
    "at its beginning": ("", f" {E}. {F}."),
    "at its end": (f"{E}. {F}. ", ""),
}


@pytest.mark.parametrize(("before", "after"), INSIDE.values(), ids=INSIDE)
@pytest.mark.parametrize("pasted", [A, LINED], ids=["a paragraph", "several"])
def test_of_text_pasted_inside_a_longer_paragraph_just_the_stretch_is_given(pasted, before, after) -> None:
    text = "\n".join([pasted, G, before + pasted + after])
    (block,) = repeated_blocks(text)
    assert paragraphs((block,)) == [[(1, 1), (3, 3)]]
    assert [text[slice(*span.chars)].rstrip(".") for span in block.occurrences] == [pasted.rstrip(".")] * 2


def test_a_line_that_says_everything_twice_is_one_block() -> None:
    text = f"{LINED} {LINED}"
    (block,) = repeated_blocks(text)
    assert [text[slice(*span.chars)] for span in block.occurrences] == [LINED.rstrip("."), LINED]


def test_a_sentence_over_and_over_in_one_line_is_one_block() -> None:
    (block,) = repeated_blocks(" ".join([LINED] * 20))
    assert len(block.occurrences) == 20


def test_a_typo_in_a_copy_with_other_breaks_makes_it_nearly_exact() -> None:
    (block,) = repeated_blocks("\n".join([*PASTED, E, LINED.replace("السفلتة", "الأسفلت")]))
    assert paragraphs((block,)) == [[(1, 3), (5, 5)]]
    assert not block.exact
    assert 0.8 < block.similarity < 1.0


def test_other_breaks_are_no_edit_where_only_exact_repeats_are_wanted() -> None:
    assert paragraphs(repeated_blocks("\n".join([*PASTED, E, LINED]), min_similarity=1.0)) == [[(1, 3), (5, 5)]]


def test_of_near_copies_that_are_not_all_alike_each_is_in_one_block() -> None:
    stem = "عدم السماح لها بتسجيل لاعبين أجانب في حال تجاوزت مديونياتها"
    text = "\n".join([f"• {stem} 50 مليون ريال.", A, f"• {stem} 25 مليون.", B, f"• {stem} 15 مليون ريال."])
    assert paragraphs(repeated_blocks(text)) == [[(1, 1), (3, 3), (5, 5)]]


PRINCE = "صاحب السمو الملكي الأمير فيصل بن بندر بن عبدالعزيز آل سعود أمير منطقة الرياض رئيس الهيئة العليا للتطوير"
HEADLINE = "مئات المتطوعين يزرعون أشجار الغاف في محمية الشمال"
QUESTION = "ما أهم ما تعلمته من سنوات عملك الطويلة في الميدان؟"
SLOGAN = "نحن معا على الدرب نمضي حتى يعود الفجر من جديد"
NOT_PASTED = {
    "a title inside two paragraphs": [f"استقبل {PRINCE} أمس {A}", B, f"ورعى {PRINCE} صباح اليوم {C}"],
    "a headline said again in the lead": [HEADLINE, E, f"وأعلنت الجمعية أن {HEADLINE} مع بداية الموسم المطير", A],
    "a question of an interview": ["كيف ترى مستقبل المهنة في بلادك؟", A, "كيف ترى مستقبل المهنة في بلادك؟", B],
    "a question put to three people": [x for answer in (A, B, C) for x in (QUESTION, answer)],
    "a slogan of ten words": [x for verse in (A, B, C, D) for x in (verse, SLOGAN)],
    "subheadings and bylines": ["الرياض: أحمد الصالح", A, "خلفية", B, "الرياض: أحمد الصالح", C, "خلفية", D],
    "a separator": ["*** *** ***", A, "*** *** ***", B],
    "one word over and over": ["نعم " * 400],
    "short lines by turns": ["نعم", "لا"] * 60,
}  # fmt: skip


@pytest.mark.parametrize("lines", NOT_PASTED.values(), ids=NOT_PASTED)
def test_what_is_repeated_by_custom_is_no_block(lines: list[str]) -> None:
    assert repeated_blocks("\n".join(lines)) == ()


def test_a_refrain_is_a_block_where_short_ones_are_asked_for() -> None:
    text = "\n".join(NOT_PASTED["a slogan of ten words"])
    assert paragraphs(repeated_blocks(text, min_words=7)) == [[(2, 2), (4, 4), (6, 6), (8, 8)]]


def test_a_short_line_pasted_three_times_in_a_row_is_no_refrain() -> None:
    assert paragraphs(repeated_blocks("\n".join([A, SLOGAN, SLOGAN, SLOGAN, B]))) == [[(2, 2), (3, 3), (4, 4)]]


def test_a_long_table_pasted_twice_is_one_block() -> None:
    rows = [f"{n} الفريق{n % 7} لعب 30 فاز {n % 3} تعادل {n % 4} خسر {n % 5} وله نقاط {n % 2}" for n in range(400)]
    assert paragraphs(repeated_blocks("\n".join([*rows, A, *rows]), min_similarity=1.0)) == [[(1, 400), (402, 801)]]


def test_a_line_that_fills_long_stretches_of_a_block_does_not_break_it() -> None:
    body = [A] * 50 + [B] + [A] * 70 + [C]
    assert paragraphs(repeated_blocks("\n".join([*body, D, *body]))) == [[(1, 122), (124, 245)]]


HOSTILE = {
    "stock lines": "\n".join(f"{A} {n}" for n in range(5_000)),
    "lines with a stock phrase inside": "\n".join(
        f"ا{n} {A} ب{n} ت{n} ث{n} ج{n} ح{n} خ{n} د{n}" for n in range(5_000)
    ),
    "paragraphs of one word": "كلمة\n" * 50_000,
    "words of two kinds by turns": "نعم\nلا\n" * 20_000,
    "a sentence over and over in one paragraph": f"{A} " * 2_000,
    "a period of three words": "قال إن الأمر " * 30_000,
    "thousands of repeats in one paragraph": f"{A} " * 4_000,
    "one paragraph without repeats": " ".join(f"ك{n}" for n in range(100_000)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_articles_are_done_in_seconds(text: str) -> None:
    started = time.process_time()
    repeated_blocks(text)
    assert time.process_time() - started < 20


def test_one_article_does_not_wait_for_numpy_or_arrow() -> None:
    code = (
        "import sys; from naskh import repeated_blocks; repeated_blocks('كلمة'); import naskh.cli.blocks;"
        "print(sorted({'numpy', 'numba', 'pyarrow', 'rich.console'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def holds(text: str, blocks: tuple[Block, ...], min_similarity: float = 0.6) -> None:
    """What is true of all blocks: in order, apart, in range, as alike as asked, no more than what stands there."""
    lines = [line for line in text.split("\n") if line.strip()]
    assert [b.occurrences[0].chars for b in blocks] == sorted(b.occurrences[0].chars for b in blocks)
    for block in blocks:
        spans = [span.chars for span in block.occurrences]
        assert len(spans) > 1
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
        assert all(1 <= a <= b <= len(lines) for a, b in (span.paragraphs for span in block.occurrences))
        words = [tuple(normalize(text[slice(*span)]).split()) for span in spans]
        assert block.similarity == min(similarity_of_words(words[0], other) for other in words[1:])
        assert block.similarity >= min_similarity
        assert block.exact == (len(set(words)) == 1)


def sentences(prefix: str, count: int) -> list[str]:
    """Sentences of ten words that share none."""
    return [" ".join(f"{prefix}{chr(0x628 + n)}{chr(0x628 + i)}ل" for i in range(10)) + "." for n in range(count)]


@st.composite
def pasted(draw: st.DrawFn) -> tuple[str, str]:
    """An article with a stretch that stands in it twice, the copy broken into lines in its own way; the stretch."""
    lines = sentences("س", draw(st.integers(4, 9)))
    first = draw(st.integers(0, len(lines) - 2))
    stretch = lines[first : draw(st.integers(first + 2, len(lines)))]
    copy = stretch[0] + "".join(draw(st.sampled_from([" ", "\n"])) + sentence for sentence in stretch[1:])
    place = draw(st.sampled_from([first, len(lines)]) if draw(st.booleans()) else st.just(len(lines)))
    others = sentences("ع", 2)
    article = [*lines[:place], others[0], copy, others[1], *lines[place:]]
    return "\n".join(article), " ".join(stretch)


@given(pasted())
@settings(max_examples=200, deadline=None)
def test_a_pasted_stretch_is_found_whatever_its_breaks(made: tuple[str, str]) -> None:
    text, stretch = made
    blocks = repeated_blocks(text)
    holds(text, blocks)
    (block,) = blocks
    assert [" ".join(text[slice(*span.chars)].split()) for span in block.occurrences] == [stretch] * 2


@given(st.integers(0, 12), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_an_article_without_repeats_has_no_blocks(count: int, random) -> None:
    words = " ".join(sentences("م", count)).split()
    assert repeated_blocks("".join(word + random.choice(" \n") for word in words)) == ()


pieces = st.sampled_from([*sentences("ر", 4), "قال إن", "سطر قصير", "ر"])


seams = st.sampled_from([" ", "\n", "\n\n"])


def articles_of_pieces(pieces=pieces, seams=seams) -> st.SearchStrategy[str]:
    """Articles of a few sentences and scraps, so that repeats of all kinds are frequent."""
    return st.lists(st.tuples(pieces, seams), max_size=24).map(lambda made: "".join(a + b for a, b in made))


@given(articles_of_pieces(), st.sampled_from([0.4, 0.6, 1.0]))
@settings(max_examples=400, deadline=None)
def test_blocks_keep_their_promises_in_any_article(text: str, min_similarity: float) -> None:
    holds(text, repeated_blocks(text, min_similarity=min_similarity), min_similarity)


@given(texts())
@settings(max_examples=100, deadline=None)
def test_blocks_keep_their_promises_in_hostile_text(text: str) -> None:
    for block in repeated_blocks(text + "\n" + text, min_words=2):
        assert all(before.chars[1] <= after.chars[0] for before, after in pairwise(block.occurrences))
        assert all(0 <= span.chars[0] < span.chars[1] for span in block.occurrences)


def test_every_pair_of_the_exact_join_inside_an_article_is_in_a_block(corpus_file: Path, monkeypatch) -> None:
    """All paragraph pairs of SaudiNewsNet in one article at the default similarity, as the exact join has them."""
    pytest.importorskip("zstandard", reason="needs what benchmarks need")
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks import block_recall
    from benchmarks.recall import TOLERANCE

    pairs = block_recall.pairs_in_articles(shared("saudinewsnet-pairs.parquet"))
    wanted = {pair: jaccard for pair, jaccard in pairs.items() if jaccard >= MIN_SIMILARITY - TOLERANCE}
    assert len(wanted) == 118
    assert set(wanted) - block_recall.found_pairs(corpus_file, wanted) == set()


@given(st.lists(st.sampled_from([A, B, C, D, "***", "سطر قصير"]), max_size=14))
@settings(max_examples=300, deadline=None)
def test_what_is_reported_is_true_of_any_article(lines: list[str]) -> None:
    text = "\n".join(lines)
    taken: list[int] = []
    refrains: set[str] = set()
    for block in repeated_blocks(text):
        inside = [
            lines[number - 1]
            for number in range(block.occurrences[0].paragraphs[0], block.occurrences[0].paragraphs[1] + 1)
        ]
        refrains |= {line for line in inside if inside.count(line) > 1}
        assert len(block.occurrences) >= 2
        contents = set()
        for span in block.occurrences:
            first, last = span.paragraphs
            taken += range(first, last + 1)
            contents.add(tuple(line for line in lines[first - 1 : last] if line != "***"))
            assert text[slice(*span.chars)] == "\n".join(lines[first - 1 : last])
        assert len(contents) == 1
        assert [s.chars for s in block.occurrences] == sorted(s.chars for s in block.occurrences)
    twice = {lines[number - 1] for number in taken if taken.count(number) > 1}
    assert twice <= refrains
    repeated = {line for line in (A, B, C, D) if lines.count(line) > 1}
    covered = {lines[number - 1] for number in taken}
    assert repeated <= covered


SEED_EDITS = {
    "as it is": lambda text: text,
    "diacritics in the copies": lambda text: edit_copies(text, vocalised),
    "hamzas changed in the copies": lambda text: edit_copies(text, SPELLINGS["hamzas"]),
    "quote marks swapped in the copies": lambda text: edit_copies(
        text, lambda line: line.translate(str.maketrans('“”"', "«»”"))
    ),
    "quote marks dropped from the copies": lambda text: edit_copies(
        text, lambda line: line.translate(str.maketrans("", "", '“”"'))
    ),
}


def edit_copies(text: str, edit) -> str:
    lines = text.split("\n")
    return "\n".join(edit(line) if n in (5, 6, 7, 12, 13, 14) else line for n, line in enumerate(lines, 1))


@pytest.mark.parametrize("edit", SEED_EDITS.values(), ids=SEED_EDITS)
def test_the_article_that_naskh_was_made_for(edit) -> None:
    text = edit(shared("seed-article.txt").read_text(encoding="utf-8"))
    lines = text.rstrip("\n").split("\n")
    blocks = repeated_blocks(text)
    assert paragraphs(blocks) == [[(2, 4), (5, 7)], [(9, 11), (12, 14)]]
    assert all(block.exact for block in blocks)
    for block in blocks:
        for span in block.occurrences:
            first, last = span.paragraphs
            assert text[slice(*span.chars)] == "\n".join(lines[first - 1 : last]).strip()


def test_the_planted_blocks_of_the_sample_and_no_others(sample: list[Article]) -> None:
    expected = json.loads((ROOT / "examples" / "sample-expected.json").read_text())["blocks"]
    found = {a.id: paragraphs(blocks) for a in sample if (blocks := repeated_blocks(a.text))}
    assert found == {id_: [[tuple(span) for span in block] for block in blocks] for id_, blocks in expected.items()}
