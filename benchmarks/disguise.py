"""Disguises: what happens to an article on its way to another outlet, done to a text by a seeded generator.

Each kind is a function of a text and of `Material`, listed in `KINDS`; the same text, seed, second article and
vocabulary give the same disguise. `NEEDS` says which texts a kind makes sense for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from benchmarks.shaping import FORMS, shape
from naskh.text.folding import LINE_BREAKS


class Material(NamedTuple):
    """What a disguise may draw on besides the text."""

    random: Random
    #: Another article, which has nothing to do with the text.
    other: str
    #: Words to replace words by.
    vocabulary: Sequence[str]


Disguise = Callable[[str, Material], str]

#: Words of a paragraph that is worth taking over.
LONG_PARAGRAPH = 15
#: Paragraphs of that length in a long article.
LONG_ARTICLE = 9
#: Share of the letters that get a haraka, of the joined letters that get a tatweel, of the characters (blanks
#: left out) that get an invisible mark: every word is hit, and it can still be read.
DIACRITICS_SHARE, TATWEEL_SHARE, INVISIBLE_SHARE = 0.3, 0.2, 0.1
#: Share of the words that get و or ف before them, of those that can.
PROCLITICS_SHARE = 0.15
#: Share of the letters that can be respelt which are: an outlet's writers do not agree with each other.
RESPELT_SHARE = 0.5

#: What a word consists of: letters, digits, tatweels and, which ``\\w`` leaves out, harakat.
_IN_WORD = r"[\w\u064b-\u065f\u0670]"
#: A word that begins with a letter.
WORD = re.compile(rf"(?<!{_IN_WORD})[^\W\d_]{_IN_WORD}*")
_LINE = re.compile(f"[^{''.join(sorted(LINE_BREAKS))}]+")
_SENTENCE_END = re.compile(r"(?<=[.!?؟؛])\s+")
_LETTER = "[\u0621-\u063a\u0641-\u064a]"


def paragraphs(text: str) -> list[str]:
    """The non-empty lines, blanks around them left out."""
    return [line for line in map(str.strip, _LINE.findall(text)) if line]


def long_paragraphs(text: str) -> list[str]:
    """The paragraphs of at least `LONG_PARAGRAPH` words."""
    return [paragraph for paragraph in paragraphs(text) if len(paragraph.split()) >= LONG_PARAGRAPH]


def sentences(text: str) -> list[str]:
    """The sentences, as their closing signs tell; a paragraph without any is one."""
    return [sentence for paragraph in paragraphs(text) for sentence in _SENTENCE_END.split(paragraph)]


# --- the text set otherwise, or only some of it ------------------------------------------------------------------


def one_line(text: str, _: Material) -> str:
    """All in one line."""
    return " ".join(paragraphs(text))


def line_per_sentence(text: str, _: Material) -> str:
    """A line for each sentence."""
    return "\n".join(sentences(text))


def shuffled(text: str, material: Material) -> str:
    """The paragraphs in another order; a text of a single one stays."""
    order = paragraphs(text)
    before = list(order)
    while order == before and len(set(order)) > 1:
        material.random.shuffle(order)
    return "\n".join(order)


def cut(text: str, _: Material) -> str:
    """The first third of the words, rounded up: editors cut from the end."""
    words = list(re.finditer(r"\S+", text))
    return text[: words[-(-len(words) // 3) - 1].end()] if words else text


def three_paragraphs(text: str, material: Material) -> str:
    """Three long paragraphs, in their order, set into the other article somewhere behind its first paragraph."""
    candidates = long_paragraphs(text)
    chosen = sorted(material.random.sample(range(len(candidates)), min(3, len(candidates))))
    host = paragraphs(material.other)
    at = material.random.randint(min(1, len(host)), len(host))
    return "\n".join([*host[:at], *(candidates[i] for i in chosen), *host[at:]])


# --- other words -------------------------------------------------------------------------------------------------


def _change_words(
    text: str, share: float, random: Random, change: Callable[[str], str], eligible: Callable[[str], bool]
) -> str:
    """Change a share (0 to 1) of the eligible words, as near to it as a whole number of words comes."""
    places = [match.start() for match in WORD.finditer(text) if eligible(match[0])]
    chosen = set(random.sample(places, round(share * len(places))))
    return WORD.sub(lambda match: change(match[0]) if match.start() in chosen else match[0], text)


def _replaced(text: str, material: Material, share: float) -> str:
    def another(word: str) -> str:
        drawn = word
        while drawn == word:
            drawn = material.random.choice(material.vocabulary)
        return drawn

    return _change_words(text, share, material.random, another, lambda _: True)


def tenth_replaced(text: str, material: Material) -> str:
    """10 of 100 words replaced by any others."""
    return _replaced(text, material, 0.1)


def fifth_replaced(text: str, material: Material) -> str:
    """20 of 100 words replaced by any others: about half of the 3-word shingles are gone."""
    return _replaced(text, material, 0.2)


def takes_proclitic(word: str) -> bool:
    """Whether و or ف can go before it: an Arabic word of three letters or more that has neither yet."""
    return len(word) >= 3 and re.fullmatch(_LETTER, word[0]) is not None and word[0] not in "وف"


def proclitics(text: str, material: Material) -> str:
    """The conjunction و or ف written onto a share of the words."""

    def prefixed(word: str) -> str:
        return material.random.choice("وف") + word

    return _change_words(text, PROCLITICS_SHARE, material.random, prefixed, takes_proclitic)


# --- the same words in other characters --------------------------------------------------------------------------

_HARAKAT = (
    "\u064e",
    "\u064f",
    "\u0650",
    "\u064b",
    "\u064c",
    "\u064d",
    "\u0652",
    "\u0651",
    "\u0651\u064e",
    "\u0670",
)
_TATWEELS = ("\u0640", "\u0640\u0640", "\u0640\u0640\u0640")
#: Zero-width space, joiners, word joiner and byte order mark; marks, embeddings and isolates of direction; the
#: soft hyphen.
_INVISIBLE = tuple(
    "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u00ad"
)
_JOINING = "".join(sorted(letter for letter, forms in FORMS.items() if "initial" in forms))
#: Between a letter that reaches out and one that it can reach (not a hamza).
_JOINT = f"[{_JOINING}](?=[\u0622-\u063a\u0641-\u064a])"


def _sprinkle(text: str, places: str, share: float, marks: Sequence[str], random: Random) -> str:
    """Write one of the marks behind a share (0 to 1, on average) of the matches of a pattern."""

    def marked(match: re.Match[str]) -> str:
        return match[0] + random.choice(marks) if random.random() < share else match[0]

    return re.sub(places, marked, text)


def diacritics(text: str, material: Material) -> str:
    """Harakat, shadda and dagger alef on some of the letters, whatever the word's true vowels."""
    return _sprinkle(text, _LETTER, DIACRITICS_SHARE, _HARAKAT, material.random)


def tatweel(text: str, material: Material) -> str:
    """One to three tatweels between some of the letters that are joined."""
    return _sprinkle(text, _JOINT, TATWEEL_SHARE, _TATWEELS, material.random)


def invisible(text: str, material: Material) -> str:
    """Zero-width characters and marks of direction, inside words as well as between them."""
    return _sprinkle(text, r"\S", INVISIBLE_SHARE, _INVISIBLE, material.random)


def all_marks(text: str, material: Material) -> str:
    """Diacritics, tatweel and invisible marks together."""
    return invisible(diacritics(tatweel(text, material), material), material)


_SPELLINGS: dict[str, tuple[str, ...]] = {
    "أ": ("ا", "ا\u0654", "ٱ"),
    "إ": ("ا", "أ", "ا\u0655"),
    "آ": ("ا", "ا\u0653"),
    "ة": ("ه",),
    "ى": ("ي", "ی"),
    "ي": ("ی",),
    "ك": ("ک",),
}
#: At the end of a word ya and alef maqsura stand for each other too.
_SPELLINGS_AT_END = _SPELLINGS | {"ي": ("ى", "ی")}
_SPELT_VARIOUSLY = re.compile(rf"[{''.join(_SPELLINGS)}](?P<end>(?!{_IN_WORD}))?")


def respelt(text: str, material: Material) -> str:
    """Hamza on alef left out or written as a mark, ta marbuta as ha, ya and alef maqsura mixed, Persian ya, kaf."""

    def variant(match: re.Match[str]) -> str:
        if material.random.random() >= RESPELT_SHARE:
            return match[0]
        return material.random.choice((_SPELLINGS if match["end"] is None else _SPELLINGS_AT_END)[match[0]])

    return _SPELT_VARIOUSLY.sub(variant, text)


def presentation_forms(text: str, _: Material) -> str:
    """Every letter as the glyph of its place in the word, lam-alef as one, see `benchmarks.shaping`."""
    return shape(text)


#: The months from January on, as they are called in Egypt and the Gulf, the Levant and Iraq, Morocco, and Algeria
#: and Tunisia.
MONTHS: dict[str, list[str]] = {
    region: names.split("،")
    for region, names in {
        "gulf": "يناير،فبراير،مارس،أبريل،مايو،يونيو،يوليو،أغسطس،سبتمبر،أكتوبر،نوفمبر،ديسمبر",
        "levant": "كانون الثاني،شباط،آذار،نيسان،أيار،حزيران،تموز،آب،أيلول،تشرين الأول،تشرين الثاني،كانون الأول",
        "morocco": "يناير،فبراير،مارس،أبريل،ماي،يونيو،يوليوز،غشت،شتنبر،أكتوبر،نونبر،دجنبر",
        "algeria": "جانفي،فيفري،مارس،أفريل،ماي،جوان،جويلية،أوت،سبتمبر،أكتوبر،نوفمبر،ديسمبر",
    }.items()
}
#: Also other words: months only next to a number, and written for one only there.
_AMBIGUOUS = {"نيسان", "ماي", "جوان", "آب", "أوت"}
_NUMBER_OF = {name: number for names in MONTHS.values() for number, name in enumerate(names)}
_MONTH = re.compile(rf"(?<!{_IN_WORD})(?:{'|'.join(sorted(_NUMBER_OF, key=len, reverse=True))})(?!{_IN_WORD})")
_BESIDE_NUMBER = re.compile(r"\d $|^ \d")

_NUMBER = re.compile(r"[0-9٠-٩]+(?:[.,٫٬][0-9٠-٩]+)*")
_ASCII, _ARABIC_INDIC, _PERSIAN = "0123456789.,", "٠١٢٣٤٥٦٧٨٩٫٬", "۰۱۲۳۴۵۶۷۸۹٫٬"


def _months_of(region: str, text: str) -> str:
    """Each month by its name in that region."""

    def renamed(match: re.Match[str]) -> str:
        name = MONTHS[region][_NUMBER_OF[match[0]]]
        around = (text[max(match.start() - 2, 0) : match.start()], text[match.end() : match.end() + 2])
        sure = any(map(_BESIDE_NUMBER.search, around)) or _AMBIGUOUS.isdisjoint((name, match[0]))
        return name if sure else match[0]

    return _MONTH.sub(renamed, text)


def digits_and_months(text: str, material: Material) -> str:
    """Numbers in the other script (ASCII in Arabic-Indic or Persian digits) and months by other names.

    A name that is a common word too (آب, نيسان) is read and written for a month only next to a number.
    """
    versions = [version for version in (_months_of(region, text) for region in MONTHS) if version != text]
    named = material.random.choice(versions) if versions else text
    script = material.random.choice((_ARABIC_INDIC, _PERSIAN))
    swapped = str.maketrans(_ASCII + _ARABIC_INDIC, script + _ASCII)
    return _NUMBER.sub(lambda match: match[0].translate(swapped), named)


# --- what an outlet puts around it -------------------------------------------------------------------------------

_TOPS = (
    "الرباط - وكالات: ",
    "سبق - الرياض: ",
    "الدار البيضاء - متابعة:\n",
    "ناظورسيتي: متابعة\n",
    "القاهرة (رويترز) - ",
    "دبي - الجزيرة:\n",
    "الرباط ـ و م ع: ",
)
_BOTTOMS = (
    "تابعونا على تويتر وفيسبوك وتيليغرام",
    "اقرأ أيضا: {title}",
    "لمتابعة آخر الأخبار حملوا تطبيقنا على هواتفكم",
    "شارك هذا الخبر مع أصدقائك",
    "جميع الحقوق محفوظة، يمنع النسخ دون ذكر المصدر",
)
#: Words of the other article that stand for its title below the text.
_TITLE_WORDS = 8


def house_style(text: str, material: Material) -> str:
    """A dateline on top, and one to three of the lines that outlets put below."""
    title = " ".join(material.other.split()[:_TITLE_WORDS])
    lines = material.random.sample(_BOTTOMS, material.random.randint(1, 3))
    below = [line.format(title=title) for line in lines]
    return "\n".join([material.random.choice(_TOPS) + text.strip(), *below])


def three_light_edits(text: str, material: Material) -> str:
    """House style around it, respelt, and all of that in one line."""
    return one_line(respelt(house_style(text, material), material), material)


KINDS: dict[str, Disguise] = {
    "one line": one_line,
    "a line per sentence": line_per_sentence,
    "paragraphs shuffled": shuffled,
    "cut to a third": cut,
    "three paragraphs in another article": three_paragraphs,
    "three paragraphs of a long article": three_paragraphs,
    "10% of words replaced": tenth_replaced,
    "20% of words replaced": fifth_replaced,
    "proclitics added": proclitics,
    "diacritics": diacritics,
    "tatweel": tatweel,
    "zero-width and bidi marks": invisible,
    "diacritics, tatweel and marks": all_marks,
    "hamza, ta marbuta, ya, kaf": respelt,
    "presentation forms": presentation_forms,
    "digits and months": digits_and_months,
    "house style": house_style,
    "house style, respelt, one line": three_light_edits,
}

#: Kinds that set some of the text into the other article.
INTO_ANOTHER = frozenset(kind for kind, disguise in KINDS.items() if disguise is three_paragraphs)

#: Kinds that do not suit every text.
NEEDS: dict[str, Callable[[str], bool]] = {
    "one line": lambda text: len(paragraphs(text)) >= 3,
    "a line per sentence": lambda text: len(sentences(text)) >= len(paragraphs(text)) + 2,
    "paragraphs shuffled": lambda text: len(set(paragraphs(text))) >= 3,
    "three paragraphs in another article": lambda text: len(long_paragraphs(text)) >= 3,
    # About a third of the article at most.
    "three paragraphs of a long article": lambda text: len(long_paragraphs(text)) >= LONG_ARTICLE,
    "digits and months": lambda text: _NUMBER.search(text) is not None,
}


def suits(kind: str, text: str) -> bool:
    """Whether the kind has something to do in the text."""
    return kind not in NEEDS or NEEDS[kind](text)
