"""Arabic text in one byte a letter, for storing: it takes half the space before zstd, and zstd half the time.

A byte below 0x80 is ASCII, one from 0x80 on is the character U+0600 to U+067F of the same last seven bits. Any
other character, and 0x1A itself, stands behind a 0x1A in UTF-8. On SaudiNewsNet's 96 MB, zstd takes 0.23 s instead
of 0.47 and leaves 24.6 MB instead of 31.7. The idea of a window is that of SCSU (Unicode Technical Standard 6).
"""

from __future__ import annotations

import codecs
import re
from typing import Final

#: Announces a character in UTF-8. A control character that no news text has, and not a byte inside UTF-8.
ESCAPE: Final = 0x1A
#: The first of the 128 characters that are one byte.
WINDOW: Final = 0x0600

_MEANING: Final = "".join(chr(byte) if byte < 0x80 else chr(WINDOW + byte - 0x80) for byte in range(256))
_BYTES: Final = {ord(character): byte for byte, character in enumerate(_MEANING) if byte != ESCAPE}
_ESCAPED: Final = re.compile(
    rb"\x1a([\x00-\x7f]|[\xc0-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf7][\x80-\xbf]{3})", re.DOTALL
)


def pack(text: str) -> bytes:
    """A text in packed form. The reference of `naskh.index.pack_kernels.pack_texts`.

    Raises:
        UnicodeEncodeError: it holds a lone surrogate.

    """
    packed = bytearray()
    for character in text:
        byte = _BYTES.get(ord(character))
        if byte is None:
            packed.append(ESCAPE)
            packed += character.encode()
        else:
            packed.append(byte)
    return bytes(packed)


def unpack(packed: bytes) -> str:
    """The text of a packed form."""
    pieces = _ESCAPED.split(packed)  # plain, escaped, plain, ...
    return "".join(
        piece.decode() if place % 2 else codecs.charmap_decode(piece, "strict", _MEANING)[0]
        for place, piece in enumerate(pieces)
    )
