"""Datelines at the head of an article: where they begin and end, which place and which source they name.

A dateline (``الرياض 26 شوال 1436 هـ الموافق 11 أغسطس 2015 م واس``, ``الرباط - وكالات:``,
``القاهرة 26 يوليو (رويترز) -``) says nothing about copying, so it is cut away before shingling; its place and
its agency are kept, for they hint at the origin.

A line is cut into parts at dashes, slashes, colons, brackets and dates, and each part is looked up in the
`gazetteer`. The run of parts before the body is a dateline if it is closed (by a colon, a dash, the end of the
line, or the body right after a known name) and its parts are evidence enough for that way of closing. Precision
comes first: what is not clearly a dateline stays in the body.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from naskh.text import gazetteer as names
from naskh.text.gazetteer import BLANK, BODY_PART, Kind, Part, classify, starts_body

#: Code points of the text that are looked at; a dateline that ends later is not found.
HEAD_CHARS: Final = 600
#: A dateline is at most this long; the longest of SaudiNewsNet has 59 characters and 12 words.
MAX_CHARS: Final = 160
MAX_WORDS: Final = 20
#: Words that may precede it in earlier lines (a title, site clutter) and still leave it at the head.
MAX_WORDS_BEFORE: Final = 15
#: A line longer than this has more than `MAX_WORDS_BEFORE` words.
MAX_TITLE_CHARS: Final = 120
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


_EOL: Final = r"\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
_DASHES: Final = r"\-\u2010-\u2015\u2212"
#: The characters at which a part can end.
_SPECIAL: Final = rf":：|/\\()\[\]_{_DASHES}\u06400-9٠-٩۰-۹"
#: Text up to the next special character, and the end of the part if that character is one.
_STEP: Final = re.compile(
    rf"[^{_SPECIAL}{_EOL}]*+(?:(?P<end>(?=[{_EOL}]))"
    r"|(?P<date>\d+)"  # whether it is one, the table of months tells
    rf"|[(\[](?P<bracket>[^()\[\]{_EOL}]{{0,{MAX_PART_CHARS}}}+)[)\]]"
    r"|(?P<colon>[:：])"
    rf"|(?P<dash>(?<!\d)[{_DASHES}]+|[{_DASHES}]+(?!{BLANK}*\d)"
    # A tatweel stands for a dash next to a blank, unless it lengthens a one-letter word (لـ, هـ) or ال.
    rf"|(?<={BLANK})\u0640+|(?<![\s(\d][لبكهف])(?<!ال)\u0640+(?={BLANK})"
    rf"|(?<={BLANK})_+(?={BLANK})|[/|\\]+)"
    r")?"
)
#: Cheap refusal of a text: its first line holds nothing that ends a part early and is too long for a title.
_PREFILTER: Final = re.compile(
    rf"\s*+(?:[^{_SPECIAL}{_EOL}]{{0,{MAX_PART_CHARS}}}+[{_SPECIAL}]|.{{0,{MAX_TITLE_CHARS}}}+(?:\n|\Z))"
)
#: The same for one line: its first part ends within reach. The group is the first word.
_LINE_HEAD: Final = re.compile(
    rf"(?=[^{_SPECIAL}{_EOL}]{{0,{MAX_PART_CHARS}}}+(?:[{_SPECIAL}{_EOL}]|\Z))[(\[]?(\S{{0,24}}+)"
)
#: The rest of a line that ends within reach and without another part.
_LAST_PART: Final = re.compile(rf"[^{_SPECIAL}{_EOL}]{{0,{MAX_PART_CHARS}}}+(?=[{_EOL}]|\Z)")
_BLANK_REST: Final = re.compile(rf"{BLANK}*+(?:[{_EOL}]|\Z)")
_OPENING: Final = re.compile(rf"{BLANK}*+[(\[]")
#: Before the dateline in its own line: blanks, a star, the labels of a photo browser or share buttons.
_CLUTTER: Final = re.compile(
    rf"(?:[{_EOL}*•●■{BLANK[1:-1]}]++"
    r"|(?=[A-Za-z])(?i:next|previous|prev|share|tweet|print|facebook|twitter|whatsapp|email)\b)*+"
)
_BULLETS: Final = frozenset("-–—―ـ.،,:؛")
_FIVE_WORDS: Final = re.compile(rf"(?:[^\s]++{BLANK}*+){{1,5}}")

#: What ends a part: date, bracket, colon, dash (a slash too), end (of the line), cut (at `MAX_CHARS`); "" nothing.
_Closing = str


class _Item(NamedTuple):
    """A part in its place: [start, end) without blanks, and what follows it up to `after`."""

    part: Part
    start: int
    end: int
    closing: _Closing
    after: int


def _next_break(text: str, pos: int, stop: int) -> tuple[_Closing, int, int, str]:
    """Find the next end of a part: its kind, where the mark begins and ends, and what it holds (brackets)."""
    while True:
        match = _STEP.match(text, pos, stop)
        assert match is not None  # noqa: S101  # it matches the empty string
        kind, after = match.lastgroup, match.end()
        if kind == "date":
            end = names.date_end(text, match.start(kind), stop)
            if end is not None:
                return kind, match.start(kind), end, ""
            pos = after
        elif kind is not None:
            at = match.start(kind)
            return (kind, at - 1, after, match[kind]) if kind == "bracket" else (kind, at, after, "")
        elif after >= stop:
            return ("end" if _BLANK_REST.match(text, after, HEAD_CHARS) else "cut"), after, after, ""
        else:
            pos = after + 1


def _item(text: str, start: int, end: int, closing: _Closing, after: int) -> _Item:
    """Classify [start, end)."""
    words = text[start:end]
    if closing == "date":
        words = names.without_date_lead(words)
    trimmed = words.strip(names.BLANKS)
    start = text.find(trimmed, start)
    part = classify(trimmed) if len(trimmed) <= MAX_PART_CHARS and closing != "cut" else BODY_PART
    return _Item(part, start, start + len(trimmed), closing, after)


def _bracketed(inside: str, start: int, end: int) -> _Item:
    """Classify what stands in brackets; a photo credit (``تصوير: فلان``) is one part."""
    part = classify(inside.partition(":")[0])
    kind = Kind.WORD if part.kind & Kind.PERSON else part.kind  # the writer is not in brackets: الشاعر (فلان)
    return _Item(Part(kind | Kind.BRACKETED, part.place, part.source), start, end, "", end)


def _credit_at_end(text: str, pos: int, stop: int) -> _Item | None:
    """Find the source that fills the rest of the line behind a colon: ``أبوظبي - الرياض: «الشرق الأوسط»``."""
    match = _LAST_PART.match(text, pos, stop)
    if match is None or (match.end() == stop and stop < len(text)):
        return None
    item = _item(text, pos, match.end(), "end", match.end())
    return item if item.part.kind & (Kind.SOURCE | Kind.PERSON | Kind.CUE) else None


def _is_closed(items: list[_Item]) -> bool:
    """Tell whether a colon behind these parts closes them: behind one part, or a cue and one, it may join."""
    return len(items) > (2 if items[0].part.kind & Kind.CUE else 1)


def _items(text: str, pos: int, stop: int) -> tuple[list[_Item], bool]:
    """Cut a line into parts, up to the first that is body text or is closed by a colon, and with it.

    The second result tells whether the line ended there.
    """
    items: list[_Item] = []
    while len(items) < MAX_PARTS:
        closing, at, after, inside = _next_break(text, pos, stop)
        item = _item(text, pos, at, closing, after)
        if item.part.kind:
            items.append(item)
        elif items and closing in ("colon", "dash"):  # a second mark: "(واس) -", ":-"
            items[-1] = items[-1]._replace(closing=items[-1].closing or closing, after=after)
        if item.part.kind & Kind.BODY or closing == "end":
            break
        if closing == "date":
            items.append(_Item(Part(Kind.DATE), at, after, "", after))
        elif closing == "bracket":
            items.append(_bracketed(inside, at, after))
        elif closing == "colon" and items and _is_closed(items) and not _OPENING.match(text, after):
            credit = _credit_at_end(text, after, stop)
            return (items, False) if credit is None else ([*items, credit], True)
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


def _fits_alone(kinds: int, *, first: bool, colon: bool) -> bool:
    """Judge a single part that fills its line or is closed by a colon."""
    if kinds & Kind.PLACE and kinds & (Kind.SOURCE | Kind.PERSON) and not kinds & Kind.DUAL:
        return first  # عادل الخنين من الرياض
    if kinds & Kind.WORDLIKE and not kinds & Kind.BRACKETED:
        return False
    return bool(kinds & (Kind.AGENCY | Kind.SOLO)) and not colon


def _fits_at_end(items: list[_Item], *, first: bool, colon: bool) -> bool:
    """Judge parts that fill their line (`colon` false) or are closed by a colon."""
    kinds = _kinds(items)
    if len(items) == 1:
        return _fits_alone(kinds, first=first, colon=colon)
    if not kinds & ~Kind.DATE:
        return False
    if items[0].closing == "colon":
        return _fits_around_colon(items)
    if kinds & (Kind.AGENCY | Kind.OUTLET | Kind.SOLO):
        return True
    if kinds & Kind.DATE:
        return bool(first and kinds & Kind.PLACE)
    if kinds & Kind.WORD and not (colon and kinds & (Kind.WEAK | Kind.PERSON)):
        return False  # ندى - الخبر signs a reader's letter, غامبيا - ناميبيا is a fixture
    if kinds & Kind.CUE:
        return True
    if not first:
        return bool(kinds & Kind.PERSON and kinds & (Kind.PLACE | Kind.WEAK))
    if colon:
        return len(items) <= 3 or bool(kinds & (Kind.PLACE | Kind.WEAK | Kind.PERSON))
    if kinds & Kind.NAME and items[0].part.kind & Kind.PLACE:
        return False  # a title does so too: لبنان - أزمة مفتوحة
    # towns alone may be a title as well: تونس - لندن
    return bool(kinds & (Kind.PLACE | Kind.WEAK) and kinds & ~(Kind.PLACE | Kind.BRACKETED))


def _fits_at_colon(items: list[_Item], body: str, *, first: bool) -> bool:
    """Judge two or more parts that a colon closes, with body text behind it."""
    if not _fits_at_end(items, first=first, colon=True):
        return False
    # Countries and a colon are a topic (مصر - السودان: ...), unless a report begins there.
    return bool(_kinds(items) & ~(Kind.PLACE | Kind.BRACKETED)) or names.opens_report(body)


def _fits_around_colon(items: list[_Item]) -> bool:
    """Judge ``لندن: «الشرق الأوسط»`` and ``ناظورسيتي: متابعة`` against a title (``دمشق: هدوء حذر``)."""
    before, behind = items[0].part.kind, _kinds(items[1:])
    if not before & (Kind.KNOWN | Kind.PERSON):
        return bool(before & Kind.UNKNOWN and behind & (Kind.CUE | Kind.AGENCY) and len(items) == 2)
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
        return bool(kinds & (Kind.KNOWN | Kind.PERSON)) or (first and bool(kinds & Kind.UNKNOWN))
    if not first:
        return False
    if last.kind & Kind.PERSON:
        return bool(kinds & (Kind.PLACE | Kind.CUE))
    if items[-1].closing == "colon":
        return False
    if last.kind & Kind.CUE:
        return bool(kinds & (Kind.SOURCE | Kind.PERSON | Kind.PLACE))
    return bool(kinds & (Kind.SOURCE | Kind.PERSON) and not kinds & Kind.PLACE)


def _fits_bracketed(items: list[_Item], *, first: bool, verb: bool) -> bool:
    """Judge parts of which the last is in brackets and followed by body text: ``(د ب أ) أعلنت``."""
    last, kinds = items[-1].part.kind, _kinds(items[:-1])
    if not last & Kind.BRACKETED:
        return False
    if last & Kind.PLACE:
        return first and verb and bool(kinds & Kind.SOURCE)
    return bool(last & Kind.AGENCY or (first and last & Kind.CUE and kinds & (Kind.SOURCE | Kind.PERSON)))


def _extent(text: str, pos: int, stop: int, *, first: bool) -> tuple[list[_Item], int] | None:
    """Find the dateline with which the line at `pos` begins: its parts and its end."""
    items, ended = _items(text, pos, stop)
    if not items or items[0].part.kind & Kind.BODY:
        return None
    body = items.pop() if items[-1].part.kind & Kind.BODY else None
    if body is None:
        last = items[-1]
        colon = last.closing == "colon"
        if ended:
            fits = _fits_at_end(items, first=first, colon=colon and len(items) > 1)
        else:
            fits = colon and _fits_at_colon(items, text[last.after : stop], first=first)
        return (items, last.after if last.closing in ("colon", "dash") else last.end) if fits else None
    match = _FIVE_WORDS.match(text, body.start, stop)
    found = names.leading(match[0]) if match else None
    if found and _fits_run_on(items, found[1], first=first):
        end = body.start + found[0]
        return [*items, _Item(found[1], body.start, end, "", end)], end
    return _before_body(items, text[body.start : stop], first=first)


def _before_body(items: list[_Item], body: str, *, first: bool) -> tuple[list[_Item], int] | None:
    """Find the dateline in the parts before body text, of which unknown names at the end are a part."""
    count = len(items)
    while count and not items[count - 1].part.kind & (Kind.KNOWN | Kind.PERSON):
        count -= 1
    if not count:
        return None
    verb = count == len(items) and names.opens_report(body)
    items = items[:count]
    last, closing = items[-1], items[-1].closing
    if closing == "colon":
        if len(items) == 1 and not _fits_at_end(items, first=first, colon=True):
            fits = first and bool(last.part.kind & (Kind.PLACE | Kind.AGENCY | Kind.OUTLET if verb else Kind.SOLO))
        else:
            fits = _fits_at_colon(items, body, first=first)
    elif closing == "dash":
        fits = _fits_before_body(items, first=first, verb=verb)
    else:
        fits = _fits_bracketed(items, first=first, verb=verb)
    return (items, last.after if closing else last.end) if fits else None


def _is_town(items: list[_Item], at: int, place: str | None) -> bool:
    """Tell a town from a writer, for the unknown name at `at`.

    It is a town before its country in brackets (``الصخيرات (المغرب)``), behind the source (``سبق- سنام``), with
    a date, or before an agency; before an outlet (``هتاف منصور - سبق``) it is a writer.
    """
    known = [i for i, item in enumerate(items) if item.part.kind & Kind.SOURCE]
    if not known:
        return False
    following = items[at + 1].part.kind if at + 1 < len(items) else 0
    if following & Kind.BRACKETED and following & Kind.PLACE:
        return True
    if place is not None:
        return False
    single = items[at].part.kind & Kind.WORD  # writers are given with two names
    return at > known[0] or bool(single or _kinds(items) & (Kind.AGENCY | Kind.DATE))


def _named(items: list[_Item]) -> tuple[str | None, str | None]:
    """Give the place and the agency that the parts name."""
    place = dual = source = unknown = None
    rank = 0
    for at, item in enumerate(items):
        part = item.part
        if part.kind & Kind.DUAL:
            dual = dual or part
        elif part.place and place is None:
            place = part.place
        if part.kind & Kind.UNKNOWN and not part.kind & Kind.BRACKETED:
            unknown = at if unknown is None else unknown
        elif names.source_rank(part.kind) > rank:
            rank, source = names.source_rank(part.kind), part.source
    if dual and place:
        source = source or dual.source
    elif dual:
        place = dual.place
    if unknown is not None and _is_town(items, unknown, place):
        place = items[unknown].part.source
    elif unknown is not None and source is None:
        source = items[unknown].part.source
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
        head = _LINE_HEAD.match(text, pos, limit)
        if head and text[pos] not in _BULLETS and not starts_body(head[1]):
            items, end = _extent(text, pos, min(limit, pos + MAX_CHARS), first=number == 0) or ((), 0)
            if items and len(text[items[0].start : end].split()) <= MAX_WORDS:
                return Dateline(items[0].start, end, *_named(items))
        ended = text.find("\n", pos, min(limit, pos + MAX_TITLE_CHARS))
        if ended < 0:
            return None
        words += text.count(" ", pos, ended) + 1
        pos = ended
    return None
