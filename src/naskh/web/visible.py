"""Text that others wrote, put into a page so that it can do nothing there.

Markup is escaped, and what would steer the page without being seen is named instead: control characters, halves
of surrogate pairs, and the marks that turn the direction of what follows (embeddings, overrides, isolates). The
joiners and the single direction marks, which Arabic typists use, stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import islice

from markupsafe import Markup

from naskh.report.shown import shortened

_HIDDEN = re.compile(
    "([\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff\ufff9-\ufffb])\\1*"
)
#: A page names so many hidden characters in one stretch of text; the others become a replacement character each.
_NAMED = 12
#: More of a title is no help to a reader.
SHOWN_NAME = 400
#: A run without a space of more characters, which no language has: lines may break in it after so many, or else a
#: browser takes 20 seconds to lay out 100,000 letters.
_ENDLESS = 100
_RUN = re.compile(rf"\S{{{_ENDLESS + 1},}}")
#: What a line must not begin with: marks belong to the letter that they stand on, joiners between two.
_JOINED = ("Mn", "Mc", "Me", "Cf")
_BREAK = Markup("<wbr>")


def visible(text: str) -> Markup:
    """The text as markup, with a named pill for each hidden character (or run of the same one)."""
    if _HIDDEN.search(text) is None:
        return _breakable(text)
    parts: list[Markup] = []
    end = 0
    for found in islice(_HIDDEN.finditer(text), _NAMED):
        parts += _breakable(text[end : found.start()]), _pill(found.group(1), len(found.group()))
        end = found.end()
    parts.append(_breakable(_HIDDEN.sub("\ufffd", text[end:])))
    return Markup("").join(parts)


def _breakable(text: str) -> Markup:
    parts: list[str] = []
    done = 0
    for run in _RUN.finditer(text):
        place = run.start() + _ENDLESS
        while place < run.end():
            if unicodedata.category(text[place]) in _JOINED:
                place += 1
                continue
            parts += text[done:place], _BREAK
            done = place
            place += _ENDLESS
    return Markup("").join([*parts, text[done:]])


def short(text: str) -> str:
    """A title, a name or an id as far as a page shows it: the first `SHOWN_NAME` characters."""
    return shortened(text, SHOWN_NAME)


def plain(text: str) -> str:
    """A name for an attribute or a title: as `short`; hidden characters become replacement characters."""
    return _HIDDEN.sub("\ufffd", short(text))


def isolated(text: object) -> Markup:
    """A value inside a sentence of the page, in its own direction."""
    return Markup('<bdi dir="auto">{}</bdi>').format(visible(str(text)))


@lru_cache(1024)
def _pill(char: str, times: int) -> Markup:
    code = f"U+{ord(char):04X}"
    name = unicodedata.name(char, "") or unicodedata.category(char)
    many = f" ×{times}" if times > 1 else ""
    pill = Markup('<span class="hidden-char" dir="ltr" title="{}" data-times="{}">{}</span>')
    return pill.format(name.title(), times, code + many)
