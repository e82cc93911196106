"""The encodings of plain text, and what to say about bytes that are in none of them."""

from __future__ import annotations

import codecs

from naskh.sources.rejection import UnreadableFile

UTF8_BOM = codecs.BOM_UTF8
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_ARCHIVES = {b"\x1f\x8b": "gzip -dc", b"\x28\xb5\x2f\xfd": "zstd -dc"}


def decode_text(data: bytes) -> str:
    """Decode UTF-8 (with or without a byte order mark) or UTF-16 with one; line ends stay as they are.

    Raises UnreadableFile, with the line and a remedy, for anything else.
    """
    for magic, remedy in _ARCHIVES.items():
        if data.startswith(magic):
            raise UnreadableFile(f"compressed data; unpack it first, for example with {remedy}")
    try:
        # The mark of little-endian UTF-32 begins with that of UTF-16.
        if data.startswith(_UTF16_BOMS) and not data.startswith(_UTF32_BOMS):
            return data.decode("utf-16")
        return data.removeprefix(UTF8_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        if error.encoding != "utf-8":
            raise UnreadableFile(f"damaged UTF-16 ({error.reason} at byte {error.start + 1})") from error
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - before.rfind(b"\n")
        raise UnreadableFile(not_utf8(error.object, error.start, column), line=line) from error


def not_utf8(data: bytes, position: int, column: int) -> str:
    """Say that the byte at `position` is not UTF-8, and how to convert; `column` counts bytes from 1."""
    source = _likely_encoding(data)
    return (
        f"not UTF-8 (byte 0x{data[position]:02X} at column {column});"
        f" convert it, for example with iconv -f {source} -t utf-8"
    )


def _likely_encoding(data: bytes) -> str:
    if data.startswith(_UTF32_BOMS):
        return "utf-32"
    return "utf-16" if data.startswith(_UTF16_BOMS) else "windows-1256"
