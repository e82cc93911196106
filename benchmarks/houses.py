"""The outlets of `benchmarks.newswire`: how large each is, and what its style does to a text.

All are made up. The forms of their datelines are those that `naskh.text.datelines` recognises; lines of their own
have fewer than eight words, so that they are no paragraphs to be paired.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from random import Random
from typing import Final, NamedTuple

from benchmarks.disguise import MONTHS

OUTLETS: Final = 40
#: An outlet's share of the articles falls with its rank to this power. SaudiNewsNet's 14 are more even (11 of them
#: have 5% to 16%).
_SIZE_EXPONENT: Final = 0.8

_PLACE_NAMES: Final = (
    "الرياض،جدة،الدمام،مكة،تبوك،أبها،القاهرة،الإسكندرية،الرباط،الدار البيضاء،فاس،وجدة،الناظور،تونس،الجزائر،"
    "وهران،طرابلس،بيروت،دمشق،عمان،بغداد،البصرة،الكويت،الدوحة،دبي،أبوظبي،المنامة،مسقط،صنعاء،عدن،الخرطوم،"
    "رام الله،غزة،أنقرة،طهران،لندن،باريس،برلين،مدريد،روما،موسكو،واشنطن،نيويورك،بكين"
)
PLACES: Final = tuple(_PLACE_NAMES.split("،"))
AGENCIES: Final = ("واس", "رويترز", "أ ف ب", "د ب أ", "وكالات", "و م ع", "قنا", "كونا", "وام", "الأناضول")

#: Each outlet has one form for wire copy and one for its own reports.
_WIRE_DATELINES: Final = (
    "{place} - {agency}: ",
    "{place} ({agency}) - ",
    "{place} {day} {month} ({agency}) - ",
    "{place}/ {agency}\n",
    "{place} - {agency}\n",
    "({agency})\n",
    "{place} في {day} {month} / {agency} / ",
    "",
)
_OWN_DATELINES: Final = ("", "", "", "", "{place}: متابعة\n", "متابعة:\n", "{place} - متابعة:\n")

_LINES: Final = (
    "اقرأ أيضا: {title}",
    "جميع الحقوق محفوظة {year}",
    "تابعونا على تويتر وفيسبوك",
    "شارك هذا الخبر مع أصدقائك",
    "لمزيد من الأخبار حملوا تطبيقنا",
    "موضوعات ذات صلة: {title}",
    "حقوق النشر محفوظة للصحيفة",
    "اطبع الصفحة",
)
#: Share of the outlets that put such a line below, and of their articles that have it.
_HOUSES_WITH_LINES, _ARTICLES_WITH_LINES = 0.5, 0.3
#: Words of another article's title in such a line: seven words at most stand in it.
_LINE_TITLE_WORDS: Final = 4
#: Share of the outlets that spell in a way of their own.
_RESPELLING_HOUSES: Final = 0.15

#: What is written otherwise, in UTF-8, by the name of the habit; naskh folds all of it away.
SPELLINGS: Final[dict[str, tuple[tuple[bytes, bytes], ...]]] = {
    name: tuple((old.encode(), new.encode()) for old, new in pairs)
    for name, pairs in {
        "bare alefs": (("أ", "ا"), ("إ", "ا"), ("آ", "ا")),
        "final ha": (("ة ", "ه "),),
        "dotless ya": (("ي ", "ى "),),
        "diacritics": (("ا ", "اً "), ("مس", "مُس"), ("يد", "يّد")),
        "indic digits": tuple(zip("0123456789", "٠١٢٣٤٥٦٧٨٩", strict=True)),
    }.items()
}


def spelt(text: bytes, habit: str) -> bytes:
    """A text in UTF-8, spelt after one of `SPELLINGS`."""
    for old, new in SPELLINGS[habit]:
        text = text.replace(old, new)
    return text


class House(NamedTuple):
    """An outlet and its style."""

    name: str
    wire_dateline: str
    own_dateline: str
    #: The months as they are called there, from January on.
    months: Sequence[str]
    #: A line below some articles, or none.
    line: str
    #: How it spells everything, one of `SPELLINGS`; empty for as it is.
    spelling: str

    def dateline(self, place: str, agency: str | None, date: datetime) -> str:
        """The head of an article; of wire copy where there is an agency."""
        form = self.own_dateline if agency is None else self.wire_dateline
        return form.format(place=place, agency=agency, day=date.day, month=self.months[date.month - 1])

    def below(self, title: str, date: datetime, random: Random) -> str:
        """The line below an article, with its line break; often none. `title`: of another article."""
        if not self.line or random.random() >= _ARTICLES_WITH_LINES:
            return ""
        return "\n" + self.line.format(title=" ".join(title.split()[:_LINE_TITLE_WORDS]), year=date.year)


def make_houses(seed: int) -> tuple[list[House], list[float]]:
    """The outlets, and the sums of their sizes up to each."""
    random = Random(f"houses {seed}")  # noqa: S311  # no secret
    houses = [
        House(
            name=f"outlet{number:02}",
            wire_dateline=random.choice(_WIRE_DATELINES),
            own_dateline=random.choice(_OWN_DATELINES),
            months=random.choice(list(MONTHS.values())),
            line=random.choice(_LINES) if random.random() < _HOUSES_WITH_LINES else "",
            spelling=random.choice(list(SPELLINGS)) if random.random() < _RESPELLING_HOUSES else "",
        )
        for number in range(1, OUTLETS + 1)
    ]
    sizes = [rank**-_SIZE_EXPONENT for rank in range(1, OUTLETS + 1)]
    return houses, list(accumulate(sizes))
