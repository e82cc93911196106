"""One article from plain text, and telling it from JSON lines on standard input."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from naskh.article import Article
from naskh.sources.encoding import UTF8_BOM, decode_text
from naskh.sources.rejection import UnreadableFile, empty_or_blank, readable_size

_ARRAY_OF_OBJECTS = re.compile(rb"\s*\[\s*\{")


def read_text(chunks: Iterable[bytes], id_: str, max_article_bytes: int) -> Article:
    """Make one article of the whole of `chunks`.

    Raises UnreadableFile when it is not text in UTF-8 or marked UTF-16, is empty or larger than
    `max_article_bytes`, or when its id (the file name) is not UTF-8.
    """
    try:
        id_.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnreadableFile("the file name is not UTF-8, so it cannot be an id; rename the file") from error
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > max_article_bytes:
            raise UnreadableFile(f"text larger than {readable_size(max_article_bytes)}")
    text = decode_text(bytes(data))
    if not text or text.isspace():
        raise UnreadableFile(f"the text is {empty_or_blank(text)}")
    return Article(id=id_, text=text)


def looks_like_json_lines(chunks: Iterator[bytes]) -> tuple[bool, Iterator[bytes]]:
    """Tell whether the first character that is not blank is "{"; the second value replaces `chunks`.

    Raises UnreadableFile for a JSON array of objects, which is neither JSON lines nor an article.
    """
    start = bytearray()
    for chunk in chunks:
        start += chunk
        begun = start.removeprefix(UTF8_BOM).lstrip()
        # "[" alone does not tell a JSON array from an article that begins with a bracket.
        if begun and begun.rstrip() != b"[" and not UTF8_BOM.startswith(begun):
            break
    content = bytes(start)
    if _ARRAY_OF_OBJECTS.match(content.removeprefix(UTF8_BOM)):
        raise UnreadableFile("a JSON array; write one article a line, for example with jq -c '.[]'")
    is_json = content.removeprefix(UTF8_BOM).lstrip().startswith(b"{")
    return is_json, chain([content], chunks)
