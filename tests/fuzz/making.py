"""Random things to read: texts of what trips normalisers, JSON that is nearly right, bytes that were damaged."""

from __future__ import annotations

import json
from random import Random

from tests.arabic import HOSTILE, LETTERS, MARKS, month_like

_MONTHS = month_like.split()
_WORDS = (  # noqa: SIM905 - a sentence
    "الرياض الرباط جدة أعلنت وزارة النقل اليوم افتتاح الطريق الساحلي الجديد أمام المركبات بعد أعمال توسعة استمرت "
    "ثلاث سنوات وشملت إنشاء جسور وأنفاق قال الوزير «إن المشروع» مُحَمَّدٌ الريـــاض لـ«داعش» ﷺ ﻻ"
).split()
_HEADS = (
    "الرياض - واس:", "الرباط ـ و م ع: ", "عنوان قصير\nباريس (أ ف ب) - ", "سبق- الرياض:", "عين اليوم – دبي\n", "واس",
    "القاهرة 5 آب 2020 (رويترز) -", "الرياض 26 شوال 1436 هـ الموافق 11 تشرين الثاني 2015 م واس\n",
    "دبي – محمد العلي:", "الدمام: واس", "واشنطن (د ب أ)-", "[الرياض] ", "الرياض/واس/",
)  # fmt: skip
_SEPARATORS = (
    " ",
    " ",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\r\n",
    "، ",
    ": ",
    "",
    "\u200f",
    " «",
    "» ",
    "\t",
    "\u2028",
    "\x85",
)
#: Code points beside those where something changes: the ends of UTF-8's lengths, surrogates, planes, pages.
_EDGES = (
    0, 1, 0x1A, 0x7F, 0x80, 0x5FF, 0x600, 0x67F, 0x680, 0x6FF, 0x700, 0x7FF, 0x800, 0xFFF, 0x1000, 0xD7FF, 0xE000,
    0xFB4F, 0xFB50, 0xFDFA, 0xFDFB, 0xFDFF, 0xFE70, 0xFEFC, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1EE00,
    0x1EEFF, 0x1FFFF, 0x20000, 0x2FA1D, 0xE0001, 0xE01EF, 0xFFFFF, 0x100000, 0x10FFFF,
)  # fmt: skip


def character(rng: Random) -> str:
    """Any code point but half a surrogate pair."""
    point = rng.choice(_EDGES) if rng.random() < 0.3 else rng.randrange(0x110000 - 0x800)
    return chr(point if point < 0xD800 or point in _EDGES else point + 0x800)


def word(rng: Random) -> str:
    """A word, or something like one."""
    kind = rng.random()
    if kind < 0.45:
        return rng.choice(_WORDS)
    if kind < 0.6:
        return "".join(rng.choices(LETTERS + MARKS, k=rng.randrange(1, 10)))
    if kind < 0.72:
        return rng.choice(_MONTHS)
    if kind < 0.78:
        return str(rng.randrange(2100))
    if kind < 0.92:
        return "".join(rng.choices(HOSTILE, k=rng.randrange(1, 6)))
    return "".join(character(rng) for _ in range(rng.randrange(1, 5)))


def text(rng: Random, words: int = 80) -> str:
    """A text of up to so many words; some of it may stand twice, and its head may be a dateline, or nearly one."""
    pieces = [word(rng) + rng.choice(_SEPARATORS) for _ in range(rng.randrange(words + 1))]
    if pieces and rng.random() < 0.3:
        start = rng.randrange(len(pieces))
        again = pieces[start : start + rng.randrange(1, 40)]
        place = rng.randrange(len(pieces) + 1)
        pieces[place:place] = again
    if rng.random() < 0.3:
        pieces.insert(0, _changed(rng, rng.choice(_HEADS)))
    return "".join(pieces)


def _changed(rng: Random, given: str) -> str:
    if rng.random() < 0.5:
        return given
    characters = list(given)
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(characters))
        characters[place : place + rng.randrange(2)] = rng.choice(
            (word(rng), character(rng), rng.choice(HOSTILE), "")
        )
        characters = characters or [" "]
    return "".join(characters)


_DATES = (
    "2025-11-01", "Tue, 21 Jul 2015 10:00:00 +0300", "gestern", "", "  ", "20251101", "2025-W44-6", "0000-00-00",
    "9999-12-31T23:59:59.999999+23:59", "1446083999000", "2025-11-01T25:00", "31 Feb 2015 10:00",
    "1 Jan 99999 1:00",     "٢٠٢٥-١١-٠١", "2025-11-01\u0000", "-001-01-01", "Mon, 99 Xyz 10 99:99:99 +9999",
)  # fmt: skip
_NAMES = ("id", "text", "outlet", "title", "url", "date", "content", "ID", "te\u0000xt", "")


def value(rng: Random) -> object:
    """A field's value: mostly a string."""
    kind = rng.random()
    if kind < 0.6:
        return text(rng, 6)
    if kind < 0.7:
        return rng.choice(("", " ", "\u00a0\u2003", "\n\t", "\x00", "\u202egpj.exe", "../../etc/passwd", "a" * 200))
    if kind < 0.8:
        return rng.choice((0, -1, 7, 2**31, 2**63, 2**64, 10**30, 1.5, 1e308, -0.0))
    return rng.choice((None, None, True, False, [], {}, ["x"], {"id": "x"}, [[[[]]]]))


def record(rng: Random, dirt: float) -> dict[str, object]:
    """The fields of a line; with the chance `dirt`, one or two that do not belong there, or lack."""
    fields: dict[str, object] = {"id": f"n{rng.randrange(10**6)}", "text": text(rng, 12) or "x"}
    if rng.random() < 0.6:
        fields["date"] = rng.choice(_DATES)
    for name in ("outlet", "title", "url"):
        if rng.random() < 0.3:
            fields[name] = text(rng, 3)
    while rng.random() < dirt:
        name = rng.choice(_NAMES)
        if rng.random() < 0.3:
            fields.pop(name, None)
        else:
            fields[name] = value(rng)
    return fields


_ODD_LINES = (
    b"", b" ", b"\t\x0b\x0c\r", b"{}", b"[]", b"null", b"1", b'"x"', b"{", b"[{", b'{"id":',
    b'{"id":"a","text":"b"},',
    b'{"id":"a","text":"\\ud800"}', b'{"id":"a","text":"\\ud83d\\ude00"}', b'{"id":"a","text":"\\udc00\\ud800"}',
    b'{"id":"a","text":"\\ud800\\u0041"}', b'{"id":"\\udfff","text":"b"}', b'{"id":"a","text":"b","\\ud800":1}',
    b'{"id":"a","id":"b","text":"b","text":"c"}', b'{"id":1,"id":"b","text":3,"text":"c"}',
    b'{"id":1e5,"text":"b"}', b'{"id":-0,"text":"b"}', b'{"id":1.0,"text":"b"}', b'{"id":01,"text":"b"}',
    b'{"id":99999999999999999999999999,"text":"b"}', b'{"id":"a","text":"b","n":1e999999}',
    b'{"id":"a","text":"b"}x',
    b'{"id":"a","text":"b"}{"id":"c","text":"d"}', b'{"id":"a","text":"b"} \x00', b'{"id":"a","text":"\x00"}',
    b'{"id":"a","text":"\\u0000"}', b"\xef\xbb\xbf", b'\xef\xbb\xbf{"id":"a","text":"b"}', b"\xff\xfe", b"\x00",
    b'{"id":"a","text":"\xed\xa0\x80"}', b'{"id":"a","text":"\xc0\xaf"}', b'{"id":"a","text":"\xf4\x90\x80\x80"}',
    b'{"id":"a","text":"b","n":NaN}', b'{"id":"a","text":"b","n":Infinity}', b"{'id':'a','text':'b'}",
    b'{"id":"a","text":"b",}', b'{"id":"a","text":"b"}//', b'{"id":"a"\r,"text":"b"}',
    b'{"id":"a","text":"\xe2\x80\xa8"}',
    b'{"id":"a","\\u0074ext":"b"}', b'{"\\u0069d":"a","text":"\\/"}', b'{"id":"a","text":"\\x41"}',
    b"\x1f\x8b\x08\x00",
)  # fmt: skip


def _bomb(rng: Random) -> bytes:
    depth = rng.choice((3, 50, 900, 1100, 5000))
    opened, closed = rng.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'[{"id":', b"}]")))
    inside = (
        opened * depth + rng.choice((b"1", b"", b'"x"')) + closed * rng.choice((depth, 0, depth - 1, depth + 1))
    )
    where = rng.choice((b"%s", b'{"id":"a","text":"b","x":%s}', b'{"id":"a","text":%s}', b'{"id":%s,"text":"b"}'))
    return where % inside


def line(rng: Random, dirt: float) -> bytes:
    """A line of a file: mostly a record; with the chance `dirt`, damaged, odd or no JSON at all."""
    if rng.random() >= dirt:
        return _encoded(rng, record(rng, 0.0))
    kind = rng.random()
    if kind < 0.35:
        return _encoded(rng, record(rng, 0.6))
    if kind < 0.65:
        return mutated(rng, _encoded(rng, record(rng, 0.2))).replace(b"\n", b" ")
    if kind < 0.9:
        return rng.choice(_ODD_LINES)
    if kind < 0.92:
        return _bomb(rng)
    if kind < 0.94:
        return b'{"id":%s,"text":"x"}' % (b"9" * rng.choice((17, 19, 20, 309, 4300, 4301, 6000)))
    if kind < 0.96:
        return b'{"id":"a","text":"%s"}' % (b"x" * rng.randrange(200, 400))
    return rng.randbytes(rng.randrange(30)).replace(b"\n", b" ")


def _encoded(rng: Random, fields: dict[str, object]) -> bytes:
    separators = rng.choice(((",", ":"), (", ", ": "), (" ,\t", " :\r")))
    written = json.dumps(fields, ensure_ascii=rng.random() < 0.5, separators=separators)
    return written.encode("utf-8", "surrogatepass")


_TOKENS = (
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\r\n", b"\x00", b"\xff", b"\xd8", b"\\u", b"\\ud800",
    b"null", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"\x80", b"\xc2", b"\xf4\x8f\xbf\xbf", b"0", b"-", b"e",
)  # fmt: skip


def mutated(rng: Random, data: bytes) -> bytes:
    """The same with a few bytes flipped, cut out, doubled, or something else put in."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        place = rng.randrange(len(changed) + 1)
        kind = rng.randrange(6)
        if kind == 0 and place < len(changed):
            changed[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            changed[place:place] = rng.choice(_TOKENS)
        elif kind == 2:
            del changed[place : place + rng.randrange(1, 5)]
        elif kind == 3:
            del changed[place:]
        elif kind == 4:
            changed[place:place] = changed[place : place + rng.randrange(1, 30)]
        elif place < len(changed):
            changed[place] = rng.randrange(256)
    return bytes(changed)
