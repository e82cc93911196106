"""One web page to the fields of an article: its text as paragraphs, without menus, advertisements and comments.

This runs in processes of its own, see `naskh.sources.extraction`. Finding the text is trafilatura's work (A.
Barbaresi, Trafilatura, ACL 2021).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import msgspec

from naskh.sources.charsets import decode_page
from naskh.sources.published import published
from naskh.sources.rejection import readable_size

#: The version of what is made of a page. Another one has another text, so pages are read again.
EXTRACTION = 1

_GZIP = b"\x1f\x8b"
#: Packed bytes given to zlib at a time.
_STEP_BYTES = 1 << 14

#: The latest date of a page whose time of capture is not known, or no time that was.
_NO_LIMIT = "2100-01-01"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What a record of a web archive holds.

    Attributes:
        url: its address.
        body: as it was sent.
        content_type: of the HTTP header, None where there is none.
        encodings: of the body, in the order in which they were applied, such as ("gzip", "chunked").
        captured: the day, ISO 8601, after which it was not published.
        is_text: the body is text already.
        most: a page of more bytes, when it is unpacked, is refused.

    """

    url: str
    body: bytes
    content_type: str | None
    encodings: tuple[str, ...]
    captured: str | None
    is_text: bool
    most: int


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a page. Without a text, there is a reason, or nothing was found.

    A reason `is_passing` where the page may be read another time: it took too long, or its process was killed.
    """

    text: str | None = None
    title: str | None = None
    date: str | None = None
    outlet: str | None = None
    reason: str | None = None
    is_passing: bool = False


def extract(page: Page) -> Extract:
    """The article in a page; whatever goes wrong with one page is a reason."""
    try:
        body = _unpacked(page)
        if page.is_text:
            text = body.decode()
            return Extract(text=text, outlet=outlet_of(page.url)) if text.strip() else Extract()
        return _extract(decode_page(body, page.content_type), page)
    except UnicodeDecodeError as error:
        return Extract(reason=f"not UTF-8 (byte {error.start + 1})")
    except _Refused as refused:
        return Extract(reason=str(refused))
    except (Exception, RecursionError, MemoryError) as error:  # noqa: BLE001, RUF100 - of lxml, or of what reads dates
        reason = f"the page cannot be read: {type(error).__name__}: {error}"
        return Extract(reason=reason, is_passing=isinstance(error, MemoryError))


def outlet_of(url: str) -> str | None:
    """The registered domain of an address, or its host where that has none: an IP address, say."""
    found = _domains()(url).top_domain_under_public_suffix
    return found or urlsplit(url).hostname or None


class _Refused(Exception):
    """A body cannot be unpacked, or not into so many bytes."""


def _extract(text: str, page: Page) -> Extract:
    import trafilatura

    tree = trafilatura.load_html(text.replace("\0", ""))
    if tree is None:
        return Extract()
    latest = _NO_LIMIT
    if page.captured is not None and page.captured < _NO_LIMIT:  # the day after is today somewhere
        latest = (date.fromisoformat(page.captured) + timedelta(days=1)).isoformat()
    day = published(tree, page.url, latest)  # first, since what follows takes the metadata away
    title = _title(tree)
    found: Any = trafilatura.bare_extraction(tree, url=page.url, include_comments=False)
    if found is None or not (found.text or "").strip():
        return Extract()
    return Extract(text=found.text, title=title, date=day, outlet=outlet_of(page.url))


def _title(tree: Any) -> str | None:
    """The title of a page: of its metadata, else its first heading or what the window is called.

    trafilatura finds author, tags and dates besides, when it is asked for all metadata, which takes longer than to
    find the text.
    """
    from trafilatura.metadata import examine_meta, extract_title

    title = examine_meta(tree).title or extract_title(tree) or ""
    return " ".join(title.split()) or None


@cache
def _domains() -> Any:
    """The public suffix list that comes with tldextract: nothing is fetched.

    With its private part, so that everyone's own pages at a host of many are an outlet of their own.
    """
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def _unpacked(page: Page) -> bytes:
    body = page.body
    for encoding in reversed(page.encodings):
        try:
            unpacked = _UNPACK[encoding](body, page.most + 1)
        except KeyError:
            raise _Refused(f"the page is packed with {encoding!r}, which is not read") from None
        except (OSError, zlib.error) as error:
            # Crawlers unpack pages, and leave the header that says they are packed.
            if b"<" in body[:1024]:
                continue
            raise _Refused(f"the page cannot be unpacked ({encoding}): {error}") from error
        if len(unpacked) > page.most:
            raise _Refused(f"page larger than {readable_size(page.most)} when it is unpacked")
        body = unpacked
    return body


def _inflate(body: bytes, most: int) -> bytes:
    """Gzip, or zlib's format, or "deflate" without a header: RFC 9110 means the second, some send the third.

    Gzip may be of several members, one behind the other (RFC 1952, section 2.2).
    """
    try:
        out, end = _member(body, 0, most, zlib.decompressobj(47))
    except zlib.error:
        return zlib.decompressobj(-15).decompress(body, most)
    parts, room = [out], most - len(out)
    while room and body.startswith(_GZIP, end):
        try:
            out, end = _member(body, end, room, zlib.decompressobj(31))
        except zlib.error:  # what follows the page is no more of it
            break
        parts.append(out)
        room -= len(out)
    return b"".join(parts)


def _member(body: bytes, place: int, most: int, unpacking: Any) -> tuple[bytes, int]:
    """A member at a byte, unpacked to at most so many bytes, and where it ends. Raises zlib.error."""
    parts: list[bytes] = []
    while place < len(body) and most and not unpacking.eof:
        packed = body[place : place + _STEP_BYTES]  # all at once, what is behind each of many members is copied
        parts.append(unpacking.decompress(packed, most))
        most -= len(parts[-1])
        place += len(packed) - len(unpacking.unused_data) - len(unpacking.unconsumed_tail)
    return b"".join(parts), place


def _brotli(body: bytes, most: int) -> bytes:
    from fastwarc.stream_io import BrotliReader

    return BrotliReader(BytesIO(body)).read(most)


def _zstd(body: bytes, most: int) -> bytes:
    from fastwarc.stream_io import ZstdReader

    return ZstdReader(BytesIO(body)).read(most)


def _dechunk(body: bytes, most: int) -> bytes:
    """The chunked transfer coding (RFC 9112, section 7.1); what is there of a body that was cut off."""
    out = bytearray()
    place = 0
    while place < len(body) and len(out) <= most:
        end = body.find(b"\n", place)
        size = body[place:end].split(b";")[0].strip() if end >= 0 else b""
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size):
            if out:
                break
            raise OSError("no chunked body")
        length = int(size, 16)
        if length == 0:
            break
        out += body[end + 1 : end + 1 + length]
        place = end + 1 + length
        place += len(b"\r\n") if body[place : place + 2] == b"\r\n" else 1
    return bytes(out[:most])


_UNPACK: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _inflate, "x-gzip": _inflate, "deflate": _inflate, "br": _brotli, "zstd": _zstd, "chunked": _dechunk,
    "identity": lambda body, most: body[:most], "": lambda body, most: body[:most],
}  # fmt: skip
