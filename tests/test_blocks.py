"""Blocks of paragraphs that stand twice in one article."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT, shared
from naskh import Article, Block, repeated_blocks

A = "أعلنت وزارة النقل اليوم أنها ستفتتح الطريق الساحلي الجديد أمام المركبات في مطلع الشهر المقبل"
B = "وأوضح المتحدث باسم الوزارة أن أعمال السفلتة انتهت وأن فرق السلامة تجري الفحص الأخير للجسور"
C = "ويربط الطريق بين ثلاث مدن ساحلية ويختصر زمن الرحلة بنحو أربعين دقيقة وفق تقديرات المهندسين"
D = "وتوقع سكان القرى المجاورة أن ينشط سوق السمك القديم مع سهولة الوصول إليه بعد سنوات من الركود"
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
