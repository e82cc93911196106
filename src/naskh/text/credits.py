"""Which news agency a text credits: in its dateline, in brackets, or in its last line."""

from __future__ import annotations

import re
from typing import Final

from naskh.text.datelines import find_dateline
from naskh.text.gazetteer import AGENCIES, INITIALS, fold

#: Characters at the head, and at the end, in which a bracketed credit is looked for.
HEAD_CHARS: Final = 400
END_CHARS: Final = 120
#: A last line of more characters is text.
MAX_LINE: Final = 40

_BRACKETED: Final = re.compile(r"[(\[]([^()\[\]\n]{2,30})[)\]]")
_TRIM: Final = " \t.-–—:،*/\\|\"'«»"
_SHORT_IDS: Final = frozenset(AGENCIES.values())

#: Credit to agencies that are not named.
UNNAMED: Final = "agencies"


def credit_of(text: str) -> str | None:
    """The short id of the agency that a text credits (``was``, ``reuters``); ``agencies`` for unnamed ones."""
    dateline = find_dateline(text)
    if dateline is not None and dateline.agency in _SHORT_IDS:
        return dateline.agency
    for match in (*_BRACKETED.finditer(text[:HEAD_CHARS]), *_BRACKETED.finditer(text[-END_CHARS:])):
        agency = agency_named(match.group(1))
        if agency is not None:
            return agency
    last_line = (text.rstrip().splitlines() or [""])[-1]
    return agency_named(last_line) if len(last_line) <= MAX_LINE else None


def agency_named(name: str, *, ids: bool = False) -> str | None:
    """The short id of the agency of this name, such as ``واس`` or ``أ ف ب``; None for any other.

    With `ids` the short ids themselves are names too (``was``): outlets are often called so.
    """
    folded = fold(name.strip(_TRIM))
    if folded in _SHORT_IDS:
        return folded if ids else AGENCIES.get(folded)
    return AGENCIES.get(folded) or (INITIALS.get(folded.replace(" ", "")) if " " in folded else None)
