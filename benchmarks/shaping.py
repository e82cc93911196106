"""Arabic in presentation forms: each letter as the glyph that it takes in its place in the word.

Text comes this way out of PDF files and old newsroom systems. The tables are read off the Unicode character
database: U+FEEB is ``<initial> 0647``, U+FEFB is ``<isolated> 0644 0627``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

#: The blocks Arabic Presentation Forms-A (its letters, before the ligatures) and Forms-B.
_BLOCKS = (range(0xFB50, 0xFC00), range(0xFE70, 0xFF00))
#: Join on both sides without having forms: tatweel and the zero-width joiner.
_JOINERS = "\u0640\u200d"


def _forms() -> dict[str, dict[str, str]]:
    """The forms of each letter, and of lam-alef: ``forms["ه"]["initial"]`` is U+FEEB."""
    forms: dict[str, dict[str, str]] = {}
    for block in _BLOCKS:
        for glyph in map(chr, block):
            tag, *codes = unicodedata.decomposition(glyph).split() or [""]
            letters = "".join(chr(int(code, 16)) for code in codes)
            if len(letters) == 1 or (len(letters) == 2 and letters[0] == "ل"):
                forms.setdefault(letters, {})[tag.strip("<>")] = glyph
    return forms


FORMS = _forms()


class _Piece(NamedTuple):
    """What is shaped as one: a letter or a lam-alef, or any other character, with the marks on it."""

    base: str
    marks: str

    @property
    def joins_next(self) -> bool:
        """Whether it has a form that reaches out to the letter behind it."""
        return self.base in _JOINERS or "initial" in FORMS.get(self.base, {})

    @property
    def joins_previous(self) -> bool:
        """Whether it has a form that reaches out to the letter before it."""
        return self.base in _JOINERS or "final" in FORMS.get(self.base, {})


def _pieces(text: str) -> Iterator[_Piece]:
    at = 0
    while at < len(text):
        base = text[at : at + 2] if text[at : at + 2] in FORMS else text[at]
        at += len(base)
        end = at
        while end < len(text) and unicodedata.category(text[end]) == "Mn":
            end += 1
        yield _Piece(base, text[at:end])
        at = end


def shape(text: str) -> str:
    """The text with every Arabic letter in its initial, medial, final or isolated form.

    A lam and the alef right behind it become one ligature. Marks (harakat) change no joining and stay where
    they are; all else but tatweel and the zero-width joiner parts the letters.
    """
    pieces = list(_pieces(text))
    shaped = []
    for before, piece, after in zip([None, *pieces], pieces, [*pieces[1:], None], strict=False):
        forms = FORMS.get(piece.base)
        if forms:
            joined = before is not None and before.joins_next and piece.joins_previous
            joining = after is not None and piece.joins_next and after.joins_previous
            name = ("medial" if joining else "final") if joined else ("initial" if joining else "isolated")
            shaped.append(forms[name])
        else:
            shaped.append(piece.base)
        shaped.append(piece.marks)
    return "".join(shaped)
