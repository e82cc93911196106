"""Folding of characters: what each code point becomes before words are compared.

A code point is folded alone, without looking at its neighbours, so that the same table drives the readable
reference here and the compiled kernel (`naskh.sketch.kernels`). The result is a string of word characters
(letters and digits), ``""`` for a code point that is dropped without a trace, or contains ``" "`` where
words part.

The steps are named, ordered and can be left out one by one (``Folding(without=["hamza"])``); any change to
them that changes a result must raise `NORMALISER_VERSION`, which every index stores.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import NamedTuple

#: Version of the whole normaliser: folding, month names, datelines and the splitting into words.
NORMALISER_VERSION = 1

#: Characters that end a paragraph (those of `str.splitlines`, less the ASCII information separators).
LINE_BREAKS = frozenset("\n\r\v\f\x85\u2028\u2029")


class Step(NamedTuple):
    """One folding step: `apply` takes and gives what a single code point has become so far."""

    name: str
    apply: Callable[[str], str]


_QUOTES = frozenset("\"'`´«»‹›‘’‚‛“”„‟′″‴「」『』〝〞〟＂＇")


def _quotes(char: str) -> str:
    """Drop quote marks: a proclitic is written onto the quoted word (لـ«داعش» and لداعش are one word).

    First, since the compatibility step would turn the acute accent into a space and a mark.
    """
    return "" if char in _QUOTES else char


def _compatibility(char: str) -> str:
    """NFKC: presentation forms, the lam-alef and other ligatures, full-width and superscript forms.

    Presentation forms of a mark alone (U+FE70-FE7F, U+FC5E-FC63, U+FCF2-FCF4) hold a space or tatweel only
    as a carrier; they are dropped, so that they do not cut a word in two.
    """
    folded = unicodedata.normalize("NFKC", char)
    if folded != char and "\ufb50" <= char <= "\ufeff" and not any(c.isalnum() for c in folded if c != "ـ"):
        return "" if any(unicodedata.combining(c) for c in folded) else folded
    return folded


def _translate(table: dict[str, str]) -> Callable[[str], str]:
    ordinals = str.maketrans(table)
    return lambda text: text.translate(ordinals)


def _digits(text: str) -> str:
    """Decimal digits of every script to ASCII: Arabic-Indic ٠-٩, Persian ۰-۹, full-width and so on."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _marks(text: str) -> str:
    """Drop non-spacing and enclosing marks: harakat, shadda, dagger alef, Quranic signs, Latin accents.

    NFD first, so that é and e + acute come out alike.
    """
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) not in ("Mn", "Me"))


def _invisible(text: str) -> str:
    """Drop format controls (zero-width, joiners, bidi marks, BOM, soft hyphen) and tatweel."""
    return "".join(c for c in text if c != "ـ" and unicodedata.category(c) != "Cf")


def _words(text: str) -> str:
    """Turn all that is no letter or digit into a space: here words part."""
    return "".join(c if c.isalnum() else " " for c in text)


STEPS: tuple[Step, ...] = (
    Step("quotes", _quotes),
    Step("compatibility", _compatibility),
    # The carriers are folded while still composed; a separate hamza mark (U+0654, U+0655) goes with the
    # marks below. The hamza on the line (ء) stays: it tells words apart and is rarely misspelt.
    Step("hamza", _translate({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و", "ئ": "ي", "ٴ": ""})),
    Step("ta-marbuta", _translate({"ة": "ه", "ۃ": "ه"})),
    Step("alef-maqsura", _translate({"ى": "ي"})),
    # Persian and Urdu keyboards: ya, kaf and the forms of ha that look like the Arabic ones.
    Step("persian", _translate({"ی": "ي", "ې": "ي", "ک": "ك", "ہ": "ه", "ھ": "ه", "ە": "ه", "ۀ": "ه"})),
    Step("digits", _digits),
    Step("marks", _marks),
    # The Quranic small waw and small ya are letters to Unicode, but reading signs to a reader.
    Step("quranic", _translate({"\u06e5": "", "\u06e6": ""})),
    Step("invisible", _invisible),
    Step("case", str.lower),
    Step("words", _words),
)


class Folding(dict[int, str]):
    """A mapping from code point to its folded form, computed when first asked for.

    It is a dict for `str.translate` and for speed: a news article has about a hundred distinct characters.
    Characters follow the Unicode version of the running Python (`unicodedata.unidata_version`).

    Args:
        without: names of steps to leave out.

    Raises:
        ValueError: a name that no step has.

    """

    def __init__(self, without: Iterable[str] = ()) -> None:
        super().__init__()
        left_out = set(without)
        if unknown := left_out - {step.name for step in STEPS}:
            raise ValueError(f"no such folding step: {', '.join(sorted(unknown))}")
        self._steps = [step.apply for step in STEPS if step.name not in left_out]

    def __missing__(self, code_point: int) -> str:
        folded = chr(code_point)
        for apply in self._steps:
            folded = apply(folded)
        self[code_point] = folded
        return folded


#: The folding of all steps, shared: it only ever grows by the same entries.
FOLDING = Folding()
