"""The page's two languages: sentences, plurals, dates and numbers, right to left and left to right."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from types import MappingProxyType

from markupsafe import Markup, escape

from naskh.report.words import MONTHS
from naskh.report.words import Language as Code
from naskh.web.reasons import ARABIC_REASONS
from naskh.web.texts import COUNTS, TEXTS, Forms
from naskh.web.visible import isolated


class Language:
    """One language of the page.

    Args:
        code: "ar" or "en".

    """

    def __init__(self, code: Code) -> None:
        self.code: Code = code
        self.direction = "rtl" if code == "ar" else "ltr"
        self._column = 1 if code == "ar" else 0

    def __call__(self, key: str, **values: object) -> Markup:
        """A sentence as markup; what stands in it is isolated, each value in its own direction.

        Raises:
            KeyError: there is no such sentence, or it asks for another value.

        """
        return escape(TEXTS[key][self._column]).format(**{name: _value(value) for name, value in values.items()})

    def plain(self, key: str, **values: object) -> str:
        """A sentence for an attribute or a title; isolated by characters."""
        marked = {
            name: f"\N{FIRST STRONG ISOLATE}{value}\N{POP DIRECTIONAL ISOLATE}" for name, value in values.items()
        }
        return TEXTS[key][self._column].format(**marked)

    def count(self, key: str, number: int) -> Markup:
        """So many things, in the form that the number asks for."""
        form = self._form(COUNTS[key][self._column], number)
        return escape(form).format(n=isolated(self.number(number)))

    def plain_count(self, key: str, number: int) -> str:
        """As `count`, for an attribute or a title."""
        return self._form(COUNTS[key][self._column], number).format(n=self.number(number))

    def _form(self, forms: Forms, number: int) -> str:
        category = arabic_plural(number) if self.code == "ar" else english_plural(number)
        return forms.get(category, forms["other"])

    def number(self, number: int) -> str:
        """A whole number, in groups of three."""
        return f"{number:,}"

    def percent(self, share: float) -> str:
        """A share as a percentage; what is less than all is not called 100%, nor what is more than none 0%."""
        rounded = round(share * 100)
        if rounded == 100 and share < 1:
            return "99%"
        return "<1%" if rounded == 0 and share > 0 else f"{rounded}%"

    def date(self, iso: str | None) -> str | None:
        """A date as people write it, with its time where it is known; what is no date stays as it is."""
        if not iso:
            return None
        try:
            moment = datetime.datetime.fromisoformat(iso)
        except ValueError:
            return iso
        if len(iso) <= 10:
            return self.day(moment.date())
        return f"{self.day(moment.date())}{self._comma} {moment:%H:%M}{_zone(moment)}"

    def day(self, day: datetime.date) -> str:
        """A day as people write it."""
        return f"{day.day} {MONTHS[self.code][day.month - 1]} {day.year}"

    @property
    def _comma(self) -> str:
        return "،" if self.code == "ar" else ","

    def reason(self, reason: str) -> str:
        """Why a relation is what it is. Reasons are English; one without a translation is given as it is."""
        return reason if self.code == "en" else ARABIC_REASONS.get(reason, reason)


def _zone(moment: datetime.datetime) -> str:
    """The zone of a time, where it is known: without it, times of two countries are in the wrong order."""
    offset = moment.utcoffset()
    if offset is None:
        return ""
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return " UTC" + (f"{'-' if minutes < 0 else '+'}{hours}" if minutes else "") + (f":{rest:02}" if rest else "")


def _value(value: object) -> Markup:
    return value if isinstance(value, Markup) else isolated(value)


def arabic_plural(number: int) -> str:
    """The CLDR plural category of a number in Arabic."""
    if number in (0, 1, 2):
        return ("zero", "one", "two")[number]
    if 3 <= number % 100 <= 10:
        return "few"
    return "many" if number % 100 >= 11 else "other"


def english_plural(number: int) -> str:
    """The form of a number in English; none at all may have one of its own."""
    return ("zero", "one")[number] if number < 2 else "other"


LANGUAGES: Mapping[str, Language] = MappingProxyType({"ar": Language("ar"), "en": Language("en")})


def preferred(accept_language: str | None) -> Code:
    """The language of the two that a browser asks for first; Arabic where it asks for neither."""
    wanted: list[tuple[float, int, Code]] = []
    for place, choice in enumerate((accept_language or "").lower().split(",")):
        tag, _, quality = choice.partition(";")
        primary = tag.strip().partition("-")[0]
        weight = _quality(quality)
        if weight > 0 and primary in ("ar", "en"):
            wanted.append((-weight, place, "ar" if primary == "ar" else "en"))
    return min(wanted)[2] if wanted else "ar"


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
