"""Which news agency a text credits: in its dateline, in brackets, or in its last line."""

from __future__ import annotations

import re
from typing import Final

from naskh.text.datelines import HEAD_CHARS as DATELINE_CHARS
from naskh.text.datelines import Dateline, find_dateline
from naskh.text.gazetteer import AGENCIES, INITIALS, fold

#: Characters at the head, and at the end, in which a bracketed credit is looked for.
HEAD_CHARS: Final = 400
END_CHARS: Final = 120
#: A last line of more characters is text.
MAX_LINE: Final = 40
#: Characters between brackets, at least and at most.
MIN_BRACKETED: Final = 2
MAX_BRACKETED: Final = 30

_BRACKETED: Final = re.compile(rf"[(\[]([^()\[\]\n]{{{MIN_BRACKETED},{MAX_BRACKETED}}})[)\]]")
_TRIM: Final = " \t.-–—:،*/\\|\"'«»"
_SHORT_IDS: Final = frozenset(AGENCIES.values())

#: Credit to agencies that are not named.
UNNAMED: Final = "agencies"


def credit_of(text: str) -> str | None:
    """The short id of the agency that a text credits (``was``, ``reuters``); ``agencies`` for unnamed ones."""
    return _credit(find_dateline(text), text[:HEAD_CHARS], text[-END_CHARS:], text.rstrip())


def credit_in(raw: bytes, *, has_dateline: bool = True) -> str | None:
    """`credit_of` a text in UTF-8, of which no more is decoded than is needed.

    Args:
        raw: the text.
        has_dateline: False where it is known that `find_dateline` finds none.

    """
    dateline = find_dateline(_decoded(raw[: 4 * (DATELINE_CHARS + 1)])) if has_dateline else None
    head = raw[: 4 * HEAD_CHARS]
    end = _decoded(raw[-4 * (END_CHARS + MAX_LINE) :])
    line = end.rstrip()
    if len(line) <= MAX_LINE:  # the text is short, or ends in much white space
        line = raw.decode().rstrip()
    return _credit(
        dateline, _decoded(head)[:HEAD_CHARS] if b"(" in head or b"[" in head else "", end[-END_CHARS:], line
    )


def _decoded(part: bytes) -> str:
    """A part of a text in UTF-8, without the characters that are cut."""
    return part.decode("utf-8", "ignore")


def _credit(dateline: Dateline | None, head: str, end: str, stripped: str) -> str | None:
    """The credit of a text with this dateline, head and end; `stripped` ends as it does, but for white space."""
    if dateline is not None and dateline.agency in _SHORT_IDS:
        return dateline.agency
    for match in (*_BRACKETED.finditer(head), *_BRACKETED.finditer(end)):
        agency = agency_named(match.group(1))
        if agency is not None:
            return agency
    last_line = (stripped[-MAX_LINE - 1 :].splitlines() or [""])[-1]
    return agency_named(last_line) if len(last_line) <= MAX_LINE else None


def agency_named(name: str, *, ids: bool = False) -> str | None:
    """The short id of the agency of this name, such as ``واس`` or ``أ ف ب``; None for any other.

    With `ids` the short ids themselves are names too (``was``): outlets are often called so.
    """
    folded = fold(name.strip(_TRIM))
    if folded in _SHORT_IDS:
        return folded if ids else AGENCIES.get(folded)
    return AGENCIES.get(folded) or (INITIALS.get(folded.replace(" ", "")) if " " in folded else None)
