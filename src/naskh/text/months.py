"""Month names: one month is one word, whatever the region's name for it.

The Egyptian and Gulf name stands for all: نونبر (Morocco), تشرين الثاني (the Levant, Iraq) and نوفمبر are one.
Names are given folded (see `naskh.text.folding`).
"""

from __future__ import annotations

#: Names that are hardly ever anything but a month.
MONTHS: dict[str, str] = {
    "جانفي": "يناير",
    "شباط": "فبراير",
    "فيفري": "فبراير",
    "اذار": "مارس",
    "افريل": "ابريل",
    "ايار": "مايو",
    "حزيران": "يونيو",
    "يونيه": "يونيو",
    "تموز": "يوليو",
    "يوليوز": "يوليو",
    "يوليه": "يوليو",
    "جويليه": "يوليو",
    "غشت": "اغسطس",
    "اغشت": "اغسطس",
    "ايلول": "سبتمبر",
    "شتنبر": "سبتمبر",
    "نونبر": "نوفمبر",
    "دجنبر": "ديسمبر",
}

#: Names that are also other words (آب folds to أب, father; نيسان is a car): months only next to a number.
AMBIGUOUS_MONTHS: dict[str, str] = {
    "نيسان": "ابريل",
    "ماي": "مايو",
    "جوان": "يونيو",
    "اب": "اغسطس",
    "اوت": "اغسطس",
}

#: Names of two words.
TWO_WORD_MONTHS: dict[tuple[str, str], str] = {
    ("كانون", "الثاني"): "يناير",
    ("تشرين", "الاول"): "اكتوبر",
    ("تشرين", "الثاني"): "نوفمبر",
    ("كانون", "الاول"): "ديسمبر",
}

_NAMES = {*MONTHS, *AMBIGUOUS_MONTHS, *(first for first, _ in TWO_WORD_MONTHS)}


def is_number(word: str) -> bool:
    """Whether a folded word is all ASCII digits."""
    return word.isascii() and word.isdecimal()


def fold_months(words: list[str], starts: list[int], ends: list[int]) -> None:
    """Give each month of one paragraph its one name, in place; a two-word name becomes a single word.

    Args:
        words: the paragraph's folded words.
        starts: where each word begins in the text.
        ends: where each word ends in the text.

    """
    if _NAMES.isdisjoint(words):  # nearly always
        return
    kept = 0
    for word, start, end in zip(list(words), list(starts), list(ends), strict=True):
        before = words[kept - 1] if kept else ""
        if (before, word) in TWO_WORD_MONTHS:
            words[kept - 1], ends[kept - 1] = TWO_WORD_MONTHS[before, word], end
            continue
        if word in MONTHS:
            word = MONTHS[word]
        elif word in AMBIGUOUS_MONTHS and is_number(before):
            word = AMBIGUOUS_MONTHS[word]
        elif before in AMBIGUOUS_MONTHS and is_number(word):
            words[kept - 1] = AMBIGUOUS_MONTHS[before]
        words[kept], starts[kept], ends[kept] = word, start, end
        kept += 1
    del words[kept:], starts[kept:], ends[kept:]
