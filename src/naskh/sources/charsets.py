"""The text of a web page, whatever encoding it is in and whatever it says of that."""

from __future__ import annotations

import codecs
import re
from typing import Any

from naskh.sources.encoding import UTF8_BOM

_BOMS = ((UTF8_BOM, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
#: Where a page may say what its encoding is (WHATWG HTML, "prescan a byte stream to determine its encoding").
_META = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]{0,80}?encoding=[\"']([\w.:-]+)",
    re.IGNORECASE,
)
_META_BYTES = 4096
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
#: Labels that Python does not know, or that mean another encoding on the web (WHATWG Encoding, "names and labels").
_LABELS = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
    "x-mac-arabic": "mac_arabic", "iso-8859-6-i": "iso-8859-6", "iso-8859-6-e": "iso-8859-6",
    "unicode": "utf-16-le", "utf-16": "utf-16-le", "x-cp1256": "cp1256", "cp-1256": "cp1256", "win-1256": "cp1256",
}  # fmt: skip
#: So much of a page may be undecodable before what it says of its encoding is not believed.
_MOST_BROKEN = 0.01
#: With more bytes of zero than this it is no UTF-8 but UTF-16, of which every space and every mark of HTML has one.
_MOST_NULS = 0.01
#: Bytes that a guess is made from.
_GUESS_BYTES = 1 << 16


def decode_page(body: bytes, content_type: str | None) -> str:
    """The text of a page.

    In this order: a byte order mark; UTF-8, if it is well-formed UTF-8 and not only ASCII, since no other encoding
    but UTF-16 looks like that by accident, while many a page says something else; the charset of the HTTP header;
    that of the page; a guess.

    Args:
        body: the page.
        content_type: what the HTTP header says, such as "text/html; charset=windows-1256".

    """
    for mark, named in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(named, "replace")
    if body.count(0) <= _MOST_NULS * len(body):
        try:
            text = body.decode()
        except UnicodeDecodeError:
            pass
        else:
            # An escape may begin other letters in ISO-2022 and the like.
            if not text.isascii() or "\x1b" not in text:
                return text
    declared = [encoding for label in _declared(body, content_type) if (encoding := _known(label)) is not None]
    for encoding in declared:
        text = body.decode(encoding, "replace")
        if text.count("\N{REPLACEMENT CHARACTER}") <= _MOST_BROKEN * len(text):
            return text
    return body.decode(_guessed(body) or next(iter(declared), "utf-8"), "replace")


def _declared(body: bytes, content_type: str | None) -> list[str]:
    header = _CHARSET.search(content_type or "")
    meta = _META.search(body[:_META_BYTES])
    return [
        *([header.group(1)] if header else []),
        *([(meta.group(1) or meta.group(2)).decode("ascii", "replace")] if meta else []),
    ]


def _known(label: str) -> str | None:
    """Python's name of a text encoding; None for a label that it has none for."""
    label = label.strip().lower()
    try:
        found = codecs.lookup(_LABELS.get(label, label))
        b"".decode(found.name)  # else it is no encoding of text
    except (LookupError, ValueError):
        return None
    return found.name


def _guessed(body: bytes) -> Any:
    from charset_normalizer import from_bytes

    half = _GUESS_BYTES // 2
    sample = body if len(body) <= _GUESS_BYTES else body[:half] + body[-half:]
    best = from_bytes(sample).best()
    return None if best is None else best.encoding
