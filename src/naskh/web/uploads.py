"""Articles in the body of a request: read as `naskh index` reads lines, bad ones rejected one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from naskh.article import Article
from naskh.sources.jsonlines import JsonLines
from naskh.sources.reader import MAX_ARTICLE_BYTES
from naskh.sources.records import LINE_ERRORS, RecordDecoder
from naskh.web.bodies import JSON, invalid
from naskh.web.reports import Rejection

#: Rejections that are listed; the others are only counted.
LISTED = 100
#: After so many, the body is refused as a whole: no more articles than that are in one of the most bytes.
MOST_REJECTED = 10_000
#: Lines are taken out of so many bytes at a time.
_CHUNK_BYTES = 1 << 16


class Upload(NamedTuple):
    """The articles of a body, and how many gave none, with the first of those; `why` is of the first."""

    articles: list[Article]
    rejected: int
    rejections: tuple[Rejection, ...]
    why: str
    unreadable_dates: int


def read_upload(raw: bytes, media_type: str, *, max_text: int) -> Upload:
    """Read the articles of a body. If more than `MOST_REJECTED` give none, there are no articles.

    Args:
        raw: the body.
        media_type: JSON, for an article or an array of them; else it is an article a line.
        max_text: characters that a text may have.

    Raises:
        HTTPException: 422, it is no JSON.

    """
    rejected = _Rejected()
    lines = JsonLines(RecordDecoder(), rejected.add, max_article_bytes=MAX_ARTICLE_BYTES)
    articles = []
    try:
        for article in lines.articles(_values(raw) if media_type == JSON else _chunks(raw)):
            if len(article.text) > max_text:
                reason = f"field 'text' has {len(article.text):,} characters; at most {max_text:,} are taken"
                rejected.add(lines.line, article.id, reason)
            else:
                articles.append(article)
    except _TooMany:
        articles.clear()
    return Upload(articles, rejected.count, tuple(rejected.first), rejected.why, lines.unreadable_dates)


class _TooMany(Exception):
    """So many articles were rejected that the others are not worth it."""


class _Rejected:
    """What gave no article: the first of it, and how much it was."""

    def __init__(self) -> None:
        self.first: list[Rejection] = []
        self.count = 0

    def add(self, item: int | None, article_id: str | None, reason: str) -> None:
        assert item is not None  # noqa: S101 - JSON has lines
        self.count += 1
        if self.count <= LISTED:
            self.first.append(Rejection(item, article_id, reason))
        if self.count > MOST_REJECTED:
            raise _TooMany

    @property
    def why(self) -> str:
        if self.count > MOST_REJECTED:
            return f"more than {MOST_REJECTED:,} were rejected, the first for this: {self.first[0].reason}"
        return self.first[0].reason if self.first else ""


def _chunks(raw: bytes) -> Iterator[bytes]:
    return (raw[start : start + _CHUNK_BYTES] for start in range(0, len(raw), _CHUNK_BYTES))


def _values(raw: bytes) -> Iterator[bytes]:
    """A JSON value on a line, or those of an array on a line each, one at a time."""
    try:
        if not raw.lstrip().startswith(b"["):
            yield msgspec.json.format(raw, indent=-1)
            return
        msgspec.json.decode(raw, type=msgspec.Raw)  # it is JSON, and what is wrong is told, before any is taken
        text = raw.decode()
    except LINE_ERRORS as error:
        raise invalid(raw, error) from None
    scan = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode  # msgspec cannot do it one at a time
    start = _skip(text, 1 + text.index("["))
    while text[start] != "]":
        _, end = scan(text, start)
        yield msgspec.json.format(text[start:end].encode(), indent=-1) + b"\n"
        start = _skip(text, end)
        if text[start] == ",":
            start = _skip(text, start + 1)


def _skip(text: str, start: int) -> int:
    while text[start] in " \t\n\r":
        start += 1
    return start
