"""Articles in the body of a request: read as `naskh index` reads lines, bad ones rejected one by one."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from naskh.article import Article
from naskh.sources.jsonlines import JsonLines
from naskh.sources.reader import MAX_ARTICLE_BYTES
from naskh.sources.records import LINE_ERRORS, RecordDecoder
from naskh.web.bodies import JSON, invalid
from naskh.web.reports import Rejection


class Upload(NamedTuple):
    """The articles of a body, and what gave none."""

    articles: list[Article]
    rejections: list[Rejection]
    unreadable_dates: int


def read_upload(raw: bytes, media_type: str, *, max_text: int) -> Upload:
    """Read the articles of a body.

    Args:
        raw: the body.
        media_type: JSON, for an article or an array of them; else it is an article a line.
        max_text: characters that a text may have.

    Raises:
        HTTPException: 422, it is no JSON.

    """
    rejections: list[Rejection] = []
    lines = JsonLines(
        RecordDecoder(), lambda *of: rejections.append(Rejection(*of)), max_article_bytes=MAX_ARTICLE_BYTES
    )
    articles = []
    for article in lines.articles([_lines(raw) if media_type == JSON else raw]):
        if len(article.text) > max_text:
            reason = f"field 'text' has {len(article.text):,} characters; at most {max_text:,} are taken"
            rejections.append(Rejection(lines.line, article.id, reason))
        else:
            articles.append(article)
    return Upload(articles, rejections, lines.unreadable_dates)


def _lines(raw: bytes) -> bytes:
    """A JSON value on a line, or those of an array on a line each."""
    try:
        if not raw.lstrip().startswith(b"["):
            return msgspec.json.format(raw, indent=-1)
        return b"\n".join(
            msgspec.json.format(each, indent=-1) for each in msgspec.json.decode(raw, type=list[msgspec.Raw])
        )
    except LINE_ERRORS as error:
        raise invalid(raw, error) from None
