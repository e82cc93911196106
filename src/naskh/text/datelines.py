"""Datelines at the head of an article: where they begin and end, which place and which source they name.

A dateline (``الرياض 26 شوال 1436 هـ الموافق 11 أغسطس 2015 م واس``, ``الرباط - وكالات:``,
``القاهرة 26 يوليو (رويترز) -``) says nothing about copying, so it is cut away before shingling; its place and
its agency are kept, for they hint at the origin.

How it works. A line is cut into parts at dashes, slashes, colons, brackets and dates. Each part is looked up in
the `gazetteer`: a place, an agency, an outlet, a cue word (``متابعة``), a writer, some other short name, or body
text. The run of parts before the body is a dateline if it is closed (by a colon, a dash, the end of the line,
or the body right after a known name) and its parts are evidence enough for that way of closing. Precision
comes first: what is not clearly a dateline stays in the body.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from naskh.text import gazetteer as names
from naskh.text.gazetteer import BODY_PART, Kind, Part, classify, leading, opens_report

#: Code points of the text that are looked at; a dateline that ends later is not found.
HEAD_CHARS: Final = 600
#: A dateline is at most this long; the longest of the corpus has 71 characters and 13 words.
MAX_CHARS: Final = 160
MAX_WORDS: Final = 20
#: Words that may precede it in earlier lines (a title, site clutter) and still leave it at the head.
MAX_WORDS_BEFORE: Final = 15
#: Non-empty lines in which it is looked for.
MAX_LINES: Final = 3
#: Length of one part between separators; two writers joined by a comma reach 40.
MAX_PART_CHARS: Final = 48
#: Parts of one dateline: two writers, outlet, place, date and agency are six.
MAX_PARTS: Final = 6


class Dateline(NamedTuple):
    """The dateline of a text.

    `start`, `end`: [start, end) in code points of the text, closing punctuation included, blanks around it not.
    `place`: as written. `agency`: the short id of a known agency (``was``, ``reuters``, ``agencies`` for unnamed
    ones), else the outlet or the writer as written. Both may be None (``متابعة:``).
    """

    start: int
    end: int
    place: str | None
    agency: str | None


_BLANK: Final = r"[ \t\u00a0\u00ad\u061c\u1680\u2000-\u200f\u202a-\u202f\u205f\u2060\u2066-\u2069\u3000\ufeff]"
_EOL: Final = r"\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
_DASHES: Final = r"\-\u2010-\u2015\u2212"
_MARKS: Final = r"[\u064b-\u065f\u0670\u0640]*"
_LETTERS: Final = {"ا": "[اأإآٱ]", "ه": "[هة]", "ي": "[يىی]", "ك": "[كک]", " ": f"{_BLANK}+"}


#: The same as characters, to strip.
_BLANKS: Final = " \t\u00a0\u00ad\u061c\u1680\u202f\u205f\u2060\u3000\ufeff" + "".join(
    map(chr, (*range(0x2000, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)


def _loosely(folded: str) -> str:
    """Give a pattern for a folded name in unfolded text."""
    return "".join(_LETTERS.get(letter, letter) + _MARKS for letter in folded)


def _date_pattern() -> str:
    """Give the pattern of a date, with its era and the same day in the other calendar (``الموافق``)."""
    month = "(?:" + "|".join(map(_loosely, names.MONTHS)) + r")(?!\w)"
    year = rf"(?:{_BLANK}*[,،]?{_BLANK}*(?:عام{_BLANK}*|سنة{_BLANK}*)?\d{{4}})?"
    # Reuters writes both month names: 26 يوليو تموز.
    worded = rf"\d{{1,2}}{_BLANK}*(?:من{_BLANK}+)?{month}(?:{_BLANK}*[(/]?{_BLANK}*{month}{_BLANK}*\)?)?{year}"
    between = rf"{_BLANK}*[/.\-]{_BLANK}*"
    figures = rf"\d{{1,2}}{between}\d{{1,2}}{between}\d{{2,4}}|\d{{4}}{between}\d{{1,2}}{between}\d{{1,2}}"
    # Two figures are a score as easily as a date, but not before a bracket: الكويت - 12 - 3 (كونا).
    day_month = rf"\d{{1,2}}{between}\d{{1,2}}(?={_BLANK}*\()"
    era = rf"(?:{_BLANK}*(?:ه\u0640+|ه(?!\w)|هجرية?|م(?!\w)|م(?=واس)|ميلادية?)\.?)?"
    one = rf"(?:{worded}|{figures}|{day_month}){era}"
    return rf"{one}(?:{_BLANK}*[,،.]?{_BLANK}*[(/]?{_BLANK}*ا?ل?موافق{_BLANK}*(?:ل\u0640*{_BLANK}*)?{one}\)?)?"


#: Between the place and the day: في, a weekday.
_DATE_LEAD: Final = re.compile(
    rf"(?:{_BLANK}*[,،]?{_BLANK}+(?:{'|'.join(map(_loosely, sorted(names.DATE_LEADS)))}))+{_BLANK}*[,،]?{_BLANK}*$"
)
#: The characters at which a part can end.
_SPECIAL: Final = rf":：|/\\()\[\]{_DASHES}\u06400-9٠-٩۰-۹"
_PLAIN: Final = re.compile(rf"[^{_SPECIAL}{_EOL}]*")
_BREAK: Final = re.compile(
    rf"(?P<date>{_date_pattern()})"
    rf"|[(\[](?P<inside>[^()\[\]{_EOL}]{{0,{MAX_PART_CHARS}}})[)\]]"
    r"|(?P<colon>[:：])"
    rf"|(?P<dash>(?<!\d)[{_DASHES}]+|[{_DASHES}]+(?!{_BLANK}*\d)"
    # A tatweel stands for a dash next to a blank, unless it lengthens a one-letter word (لـ, هـ) or ال.
    rf"|(?<={_BLANK})\u0640+|(?<![\s(\d][لبكهف])(?<!ال)\u0640+(?={_BLANK})"
    r"|[/|\\]+)"
)
#: Cheap refusal: the first line holds nothing that ends a part early and is too long for a title.
_PREFILTER: Final = re.compile(
    rf"\s*+(?:[^{_SPECIAL}{_EOL}]{{0,{MAX_PART_CHARS}}}[{_SPECIAL}]|[^{_EOL}]{{0,{MAX_CHARS}}}(?:[{_EOL}]|\Z))"
)
_LINE_END: Final = re.compile(rf"[{_EOL}]|\Z")
#: Before the dateline in its own line: blanks, a star, the labels of a photo browser or share buttons.
_CLUTTER: Final = re.compile(
    rf"(?:[{_EOL}]|{_BLANK}|[*•●■]|(?:next|previous|prev|share|tweet|print|facebook|twitter|whatsapp|email)\b)*+",
    re.IGNORECASE,
)
_BULLETS: Final = frozenset("-–—―ـ.،,:؛")
_FIVE_WORDS: Final = re.compile(rf"(?:[^\s]++{_BLANK}*+){{1,5}}")

# --- where the parts of a line end ---------------------------------------------------------------------------

_Closing = Literal["", "date", "bracket", "colon", "dash", "end", "cut"]


class _Item(NamedTuple):
    """A part in its place: [start, end) without blanks, and what follows it up to `after`."""

    part: Part
    start: int
    end: int
    closing: _Closing
    after: int


def _next_break(text: str, pos: int, stop: int) -> tuple[_Closing, int, int, re.Match[str] | None]:
    """Find the next end of a part: its kind, where it starts and ends, and its match."""
    while True:
        pos = _PLAIN.match(text, pos, stop).end()  # type: ignore[union-attr]  # it matches the empty string
        if pos >= stop:
            return ("end" if pos == len(text) else "cut"), pos, pos, None
        if match := _BREAK.match(text, pos, stop):
            kind = match.lastgroup
            return ("bracket" if kind == "inside" else kind), pos, match.end(), match
        if _LINE_END.match(text, pos):
            return "end", pos, pos, None
        pos += 1


def _item(text: str, start: int, end: int, closing: _Closing, after: int) -> _Item:
    """Classify [start, end)."""
    words = text[start:end]
    if closing == "date":
        words = _DATE_LEAD.sub("", words)
    trimmed = words.strip(_BLANKS)
    start += len(words) - len(words.lstrip(_BLANKS))
    part = classify(trimmed) if len(trimmed) <= MAX_PART_CHARS else BODY_PART
    return _Item(part, start, start + len(trimmed), closing, after)


def _bracketed(match: re.Match[str]) -> _Item:
    """Classify what stands in brackets; a photo credit (``تصوير: فلان``) is one part."""
    part = classify(match["inside"].partition(":")[0])
    return _Item(part._replace(kind=part.kind | Kind.BRACKETED), match.start(), match.end(), "", match.end())


def _items(text: str, pos: int, stop: int) -> tuple[list[_Item], bool]:
    """Cut a line into parts, up to and including the first that is body text or is closed by a colon; tell if it ended."""
    items: list[_Item] = []
    while len(items) < MAX_PARTS:
        closing, at, after, match = _next_break(text, pos, stop)
        item = _item(text, pos, at, closing, after) if closing != "cut" else _Item(BODY_PART, pos, at, "cut", at)
        if item.part.kind:
            items.append(item)
        elif items and closing in ("colon", "dash"):  # a second mark: "(واس) -", ":-"
            items[-1] = items[-1]._replace(closing=items[-1].closing or closing, after=after)
        if item.part.kind & Kind.BODY or closing == "end":
            break
        if closing == "date" and match:
            items.append(_Item(Part(Kind.DATE), at, after, "", after))
        elif closing == "bracket" and match:
            items.append(_bracketed(match))
        elif closing == "colon" and sum(not item.part.kind & Kind.CUE for item in items) > 1:
            break
        if items and items[-1].part.kind & Kind.BODY:
            break
        pos = after
    return items, closing == "end"


# --- whether the parts are a dateline --------------------------------------------------------------------------


def _kinds(items: list[_Item]) -> int:
    """Give all kinds of the parts together."""
    kinds = 0
    for item in items:
        kinds |= item.part.kind
    return kinds


def _fits_at_end(items: list[_Item], *, first: bool, colon: bool) -> bool:
    """Judge parts that fill their line (`colon` false) or are closed by a colon."""
    kinds = _kinds(items)
    if len(items) == 1:
        return bool(kinds & Kind.AGENCY) and not colon
    if items[0].closing == "colon":
        return _fits_around_colon(items)
    if kinds & (Kind.AGENCY | Kind.OUTLET | Kind.CUE):
        return True
    if kinds & Kind.DATE:
        return bool(first and kinds & Kind.PLACE)
    if not first:
        return bool(kinds & Kind.PERSON and kinds & (Kind.PLACE | Kind.WEAK))
    if kinds & (Kind.PLACE | Kind.WEAK | Kind.PERSON):
        return colon or bool(kinds & ~Kind.PLACE)  # towns alone may be a title: تونس - لندن
    return colon and len(items) <= 3


def _fits_around_colon(items: list[_Item]) -> bool:
    """Judge ``لندن: «الشرق الأوسط»`` and ``ناظورسيتي: متابعة`` against a title (``دمشق: هدوء حذر``)."""
    before, behind = items[0].part.kind, _kinds(items[1:])
    if not before & (Kind.KNOWN | Kind.PERSON):
        return bool(before & Kind.NAME and behind & Kind.CUE and len(items) == 2)
    if before & (Kind.AGENCY | Kind.OUTLET | Kind.CUE) and behind & Kind.PLACE:
        return True
    return bool(behind & (Kind.SOURCE | Kind.CUE | Kind.PERSON))


def _fits_before_body(items: list[_Item], *, first: bool, verb: bool) -> bool:
    """Judge parts that a dash closes, with body text behind it; `verb`: that begins with a verb of reports."""
    kinds = _kinds(items)
    if len(items) == 1:
        if kinds & Kind.BRACKETED:
            return bool(kinds & Kind.AGENCY)
        return first and verb and bool(kinds & (Kind.PLACE | Kind.AGENCY | Kind.OUTLET))
    if items[0].closing == "colon":
        return False
    if kinds & Kind.AGENCY or (kinds & Kind.DATE and kinds & Kind.PLACE):
        return True
    if kinds & Kind.OUTLET:
        return bool(kinds & (Kind.PLACE | Kind.PERSON | Kind.CUE))
    return first and verb and bool(kinds & Kind.PLACE and kinds & (Kind.WEAK | Kind.PERSON | Kind.CUE))


def _fits_run_on(items: list[_Item], last: Part, *, first: bool) -> bool:
    """Judge parts of which the `last` is followed by body text without any mark."""
    kinds = _kinds(items)
    if last.kind & (Kind.AGENCY | Kind.OUTLET):
        return bool(kinds & (Kind.KNOWN | Kind.PERSON)) or (first and bool(kinds & Kind.NAME))
    if not first or items[-1].closing == "colon":
        return False
    if last.kind & Kind.CUE:
        return bool(kinds & (Kind.SOURCE | Kind.PERSON | Kind.PLACE))
    return bool(kinds & (Kind.SOURCE | Kind.PERSON) and not kinds & Kind.PLACE)


def _without_tail(items: list[_Item]) -> list[_Item]:
    """Drop unknown names that stand last, before body text: they are its beginning."""
    while items and not items[-1].part.kind & (Kind.KNOWN | Kind.PERSON):
        items = items[:-1]
    return items


def _extent(text: str, pos: int, stop: int, *, first: bool) -> tuple[list[_Item], int] | None:
    """Find the dateline with which the line at `pos` begins: its parts and its end."""
    items, ended = _items(text, pos, stop)
    if not items or items[0].part.kind & Kind.BODY:
        return None
    body = items.pop() if items[-1].part.kind & Kind.BODY else None
    if body is None:
        colon = items[-1].closing == "colon"
        alone = colon and len(items) == 1
        if alone and not ended:
            return None
        if ended or colon:
            fits = _fits_at_end(items, first=first, colon=colon)
            return (items, items[-1].after if colon else items[-1].end) if fits else None
        return None
    match = _FIVE_WORDS.match(text, body.start, stop)
    found = leading(match[0]) if match else None
    if found and _fits_run_on(items, found[1], first=first):
        end = body.start + found[0]
        return [*items, _Item(found[1], body.start, end, "", end)], end
    return _before_body(items, text[body.start : stop], first=first)


def _before_body(items: list[_Item], body: str, *, first: bool) -> tuple[list[_Item], int] | None:
    """Find the dateline in the parts before body text."""
    whole, items = items, _without_tail(items)
    if not items:
        return None
    verb = len(whole) == len(items) and opens_report(body)
    last, closing = items[-1], items[-1].closing
    if closing == "colon":
        if len(items) == 1:
            fits = first and bool(last.part.kind & (Kind.KNOWN if verb else Kind.SOLO))
        else:
            fits = _fits_at_end(items, first=first, colon=True)
    elif closing == "dash":
        fits = _fits_before_body(items, first=first, verb=verb)
    else:
        fits = bool(last.part.kind & Kind.AGENCY and last.part.kind & Kind.BRACKETED)
    return (items, last.after if closing else last.end) if fits else None


# --- what the parts name -------------------------------------------------------------------------------------


def _named(items: list[_Item]) -> tuple[str | None, str | None]:
    """Give the place and the agency that the parts name."""
    parts = [item.part for item in items]
    kinds = _kinds(items)
    place = next((part.place for part in parts if part.place and not part.kind & Kind.DUAL), None)
    dual = next((part for part in parts if part.kind & Kind.DUAL), None)
    source = next((part.source for part in parts if part.kind & Kind.AGENCY), None)
    source = source or next((part.source for part in parts if part.kind & (Kind.OUTLET | Kind.WEAK)), None)
    if dual and place:
        source = source or dual.source
    elif dual:
        place = dual.place
    unknown = [at for at, part in enumerate(parts) if part.kind & Kind.NAME and not part.kind & Kind.BRACKETED]
    if unknown and source and (place is None or parts[unknown[0] + 1 :][:1] and parts[unknown[0] + 1].kind == Kind.BRACKETED | Kind.PLACE):
        # سبق- سنام, سنام - واس: a name behind the source or before an agency is a town, before an outlet a writer.
        at = unknown[0]
        known = next(i for i, part in enumerate(parts) if part.kind & Kind.SOURCE)
        if at > known or kinds & Kind.AGENCY:
            place = parts[at].source
            unknown.pop(0)
    if source is None:
        source = next((part.source for part in parts if part.kind & Kind.PERSON), None)
    if source is None and unknown:
        source = parts[unknown[0]].source
    return place, source


def find_dateline(text: str) -> Dateline | None:
    """Find the dateline of an article, in its first line or, after a title or clutter, in the next two.

    Looks at no more than the first `HEAD_CHARS` code points.
    """
    if _PREFILTER.match(text, 0, HEAD_CHARS) is None:
        return None
    limit = min(len(text), HEAD_CHARS)
    pos = words = 0
    for number in range(MAX_LINES):
        pos = _CLUTTER.match(text, pos, limit).end()  # type: ignore[union-attr]  # it matches the empty string
        if pos >= limit or words > MAX_WORDS_BEFORE:
            return None
        stop = min(limit, pos + MAX_CHARS)
        if text[pos] not in _BULLETS and (found := _extent(text, pos, stop, first=number == 0)):
            items, end = found
            if len(text[items[0].start : end].split()) <= MAX_WORDS:
                return Dateline(items[0].start, end, *_named(items))
        ended = _LINE_END.search(text, pos, stop)
        if ended is None or ended.start() == len(text):
            return None
        words += len(text[pos : ended.start()].split())
        pos = ended.end()
    return None
