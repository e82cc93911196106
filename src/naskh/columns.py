"""Articles as Arrow columns: the form in which they travel in bulk, from a source to the index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

import pyarrow as pa

from naskh.article import Article

FIELDS = ("id", "text", "outlet", "date", "title", "url")

#: The columns of a batch of articles. `id` and `text` are never null, and an id is never empty.
ARTICLES = pa.schema([(name, pa.string()) for name in FIELDS])


@runtime_checkable
class Frame(Protocol):
    """A table of another program that gives its rows as Arrow, without copying (the Arrow PyCapsule interface).

    pandas (2.2) and Polars frames, pyarrow tables, DuckDB relations and others are such.
    """

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The stream."""


#: A batch, the unit of work of a thread, is closed at so many articles or characters.
BATCH_ARTICLES = 1024
_BATCH_CHARS = 1 << 20


def in_batches(articles: Iterable[Article | pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Articles in batches of some hundreds, in their order; batches among them are passed on.

    Raises:
        ValueError: see `article_batch`; a batch has other columns.

    """
    waiting: list[Article] = []
    chars = 0
    for item in articles:
        if isinstance(item, Article):
            waiting.append(item)
            chars += len(item.text)
            if len(waiting) < BATCH_ARTICLES and chars < _BATCH_CHARS:
                continue
        if waiting:
            yield article_batch(waiting)
            waiting, chars = [], 0
        if not isinstance(item, Article):
            if item.schema != ARTICLES:
                raise ValueError(f"a batch of articles has the columns {', '.join(FIELDS)}, all strings")
            yield item
    if waiting:
        yield article_batch(waiting)


def article_batch(articles: Sequence[Article]) -> pa.RecordBatch:
    """Some articles as columns.

    Raises:
        ValueError: an id is empty, or an article holds a lone surrogate, which has no UTF-8.

    """
    try:
        columns = [pa.array([getattr(article, name) for article in articles], pa.string()) for name in FIELDS]
    except UnicodeEncodeError:
        for article in articles:
            _check_unicode(article)
        raise
    if any(not article.id for article in articles):
        raise ValueError("an article has an empty id")
    return pa.record_batch(columns, schema=ARTICLES)


def given_batches(
    articles: Iterable[Article | pa.RecordBatch] | Frame, fields: Mapping[str, str] | None
) -> Iterator[pa.RecordBatch]:
    """Whatever articles are given as, in batches.

    Raises:
        ValueError: see `article_batch`, and `naskh.sources.frames.frame_batches`.
        TypeError: `fields` is given for what has none.

    """
    if isinstance(articles, Frame):
        from naskh.sources.frames import frame_batches

        return frame_batches(articles, fields)
    if fields is not None:
        raise TypeError("fields names the columns of a table; these are articles")
    return in_batches(articles)


def given_articles(articles: Iterable[Article] | Frame, fields: Mapping[str, str] | None) -> Iterable[Article]:
    """Whatever articles are given as, one by one.

    Raises:
        ValueError, TypeError: see `given_batches`.

    """
    if isinstance(articles, Frame):
        return (article for batch in given_batches(articles, fields) for article in articles_of(batch))
    if fields is not None:
        raise TypeError("fields names the columns of a table; these are articles")
    return articles


def articles_of(batch: pa.RecordBatch) -> Iterator[Article]:
    """The articles of a batch, one by one."""
    for row in batch.to_pylist():
        yield Article(**row)


def _check_unicode(article: Article) -> None:
    for name in FIELDS:
        try:
            (getattr(article, name) or "").encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"article {article.id!r}: not valid Unicode ({error.reason})") from None
