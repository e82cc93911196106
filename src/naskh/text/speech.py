"""Which words of a text are somebody's speech: between quote marks, or reported (``وأكد الوزير أن …``).

A statement of an official is carried word for word by outlets that wrote their own stories around it, so text
shared in speech alone says less about copying than the same amount of narration.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

import numpy as np

from naskh.arrays import Bool
from naskh.text.analysis import Analysis, Line

#: Fewer words between quote marks are a name, a title or a turn of phrase.
MIN_QUOTED_WORDS: Final = 5
#: A quotation that is not closed within so many words was opened by a stray mark.
MAX_QUOTED_WORDS: Final = 150

_PAIRS: Final = {"«": "»", "“": "”", "„": "“", '"': '"', "‟": "”", "＂": "＂"}
_MARK: Final = re.compile("[" + re.escape("".join({*_PAIRS, *_PAIRS.values()})) + "]")
#: A full stop before white space, closing quote marks between: not the point of a number.
_SENTENCE_END: Final = re.compile(r"[.!?؟۔…][\"»”')\]]*\s|[\n\r\u2028\u2029]")

#: Not those that are prepositions or everyday words as well (بين، عبر، زاد، رد).
_VERB_LIST: Final = """
قال قالت قالوا قايلا قايله يقول تقول اضاف اضافت مضيفا مضيفه اكد اكدت اكدوا موكدا موكده يوكد اوضح اوضحت موضحا
موضحه يوضح ذكر ذكرت ذاكرا صرح صرحت مصرحا اشار اشارت مشيرا مشيره لفت لفتت لافتا لافته نوه نوهت منوها منوهه شدد
شددت مشددا مشدده بينت مبينا مبينه افاد افادت مفيدا استطرد مستطردا اردف مردفا اعرب اعربت معربا معربه معبرا ناشد
ناشدت مناشدا حذر حذرت محذرا اعتبر اعتبرت معتبرا كشف كشفت كاشفا نفي نفت نافيا اعلن اعلنت معلنا راي رات وصف وصفت
واصفا دعا دعت داعيا طالب طالبت مطالبا ابان ابانت اجاب اجابت تساءل اقر اعترف اختتم استدرك
"""
#: Verbs and participles of saying, folded as words are; و and ف may stand before them.
_VERBS: Final = frozenset(_VERB_LIST.split())


def speech(analysis: Analysis) -> Bool:
    """Which words are speech: (words,) bool."""
    masks = [line_speech(analysis.text, analysis.line(paragraph)) for paragraph in analysis.paragraphs]
    return np.concatenate([np.zeros(0, np.bool_), *masks])


def line_speech(text: str, line: Line) -> Bool:
    """Which words of one paragraph are speech: (words,) bool.

    Words between quote marks, at least `MIN_QUOTED_WORDS` of them, and those that follow a verb of saying to
    the end of its sentence or paragraph.
    """
    mask = np.zeros(len(line.words), np.bool_)
    _mark_quoted(text, line, mask)
    _mark_reported(text, line, mask)
    return mask


def _mark_quoted(text: str, line: Line, mask: Bool) -> None:
    """Mark what stands between quote marks."""
    closing = ""
    opened = 0
    for match in _MARK.finditer(text, line.paragraph.start, line.paragraph.end):
        mark = match.group()
        if closing and mark == closing:
            first = bisect_left(line.starts, opened)
            last = bisect_left(line.starts, match.start(), lo=first)
            if MIN_QUOTED_WORDS <= last - first <= MAX_QUOTED_WORDS:
                mask[first:last] = True
            closing = ""
        elif mark in _PAIRS:
            closing, opened = _PAIRS[mark], match.end()


def _mark_reported(text: str, line: Line, mask: Bool) -> None:
    """Mark what follows a verb of saying in its sentence."""
    speaking = False
    for word in range(len(line.words)):
        if speaking:
            mask[word] = True
        elif _is_saying(line.words[word]):
            speaking = True
        between = text[line.ends[word] : line.starts[word + 1]] if word + 1 < len(line.words) else ""
        if speaking and between and _SENTENCE_END.search(between):
            speaking = False


def _is_saying(word: str) -> bool:
    return word in _VERBS or (word[:1] in "وف" and word[1:] in _VERBS)
