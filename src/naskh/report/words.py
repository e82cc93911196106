"""What a report says, in Arabic and in English."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Language = Literal["ar", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

MONTHS: dict[Language, tuple[str, ...]] = {
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "ar": (
        "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو",
        "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
    ),
}  # fmt: skip

_DAY = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d\d))?)?(?![\dW-])", re.ASCII)


@cache
def words_of(language: Language) -> dict[str, str]:
    """All words in one language, by their names in `words.toml`."""
    said = tomllib.loads(files("naskh.report").joinpath("words.toml").read_text("utf-8"))
    return {name: in_languages[language] for name, in_languages in said.items()}


def day_in_words(date: str, language: Language) -> str:
    """A day, a month or a year in ISO 8601 as people write it: 9 August 2015; anything else stays as it is."""
    written = _DAY.match(date)
    if written is None:
        return date
    year, month, day = written.groups()
    named = MONTHS[language][int(month or 1) - 1]
    return " ".join([*([str(int(day))] if day else []), *([named] if month else []), year])
