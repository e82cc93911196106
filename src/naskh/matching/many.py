"""Queries with many articles: answered side by side, given in their order, with a bounded number in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import msgspec

from naskh.article import Article, QueryResult
from naskh.matching.query import Engine, query

if TYPE_CHECKING:
    from concurrent.futures import Future

    from naskh.matching.bulk import BulkEngine

#: Articles that are read and sketched at once, and answered by one thread. From so many on there are batches,
#: answered as a whole: fewer would not repay the code that is loaded for it.
CHUNK = 64
#: The first batch has twice as many, each one twice as many as the one before, up to this: so the first answers
#: come soon, and in bulk most are in batches that read what they share once.
BATCH = 4096

Answer = tuple[Article, QueryResult]
Item = TypeVar("Item")
Given = TypeVar("Given")


class Engines(NamedTuple):
    """Where answers come from: what to ask for an engine on the last committed state.

    Attributes:
        single: for one that answers so many more queries, one by one.
        bulk: for one that answers batches.

    """

    single: Callable[[int], Engine]
    bulk: Callable[[], BulkEngine]


class Form(Protocol[Given]):
    """What answers are given as."""

    def single(self, article: Article, result: QueryResult) -> Given:
        """One answer."""

    def batch(self, articles: list[Article], engine: BulkEngine, min_containment: float) -> list[Given]:
        """The answers to a batch.

        Raises:
            UnicodeEncodeError: an article holds a lone surrogate.

        """


class Objects:
    """Each article with its result."""

    def single(self, article: Article, result: QueryResult) -> Answer:
        """See `Form`."""
        return article, result

    def batch(self, articles: list[Article], engine: BulkEngine, min_containment: float) -> list[Answer]:
        """See `Form`."""
        from naskh.matching.bulk_columns import queries_of
        from naskh.matching.bulk_output import results

        queries = queries_of(articles, engine.stored)
        found = engine.answer(queries, min_containment)
        return list(zip(articles, results(found, queries, engine.columns), strict=True))


class Lines:
    """The JSON of the results, a line each, in pieces of any number of lines."""

    def single(self, article: Article, result: QueryResult) -> bytes:  # noqa: ARG002
        """See `Form`."""
        return msgspec.json.encode(result) + b"\n"

    def batch(self, articles: list[Article], engine: BulkEngine, min_containment: float) -> list[bytes]:
        """See `Form`."""
        from naskh.matching.bulk_columns import queries_of
        from naskh.matching.bulk_output import json_lines

        queries = queries_of(articles, engine.stored)
        found = engine.answer(queries, min_containment)
        return [json_lines(found, queries, engine.columns)[0].tobytes()]


def query_many(
    articles: Iterable[Article],
    engines: Engines,
    form: Form[Item],
    *,
    min_containment: float,
    explain: bool,
    workers: int,
    chunk: int = CHUNK,
) -> Iterator[Item]:
    """The answers to each article, in the order of the articles.

    Args:
        articles: what to look for.
        engines: where to look.
        form: what is given.
        min_containment: see `naskh.matching.query.query`.
        explain: likewise.
        workers: threads.
        chunk: so many are read before the first is answered; 1 for what comes slowly, which is then answered by
            this thread alone.

    """

    def one_by_one(part: list[Article]) -> list[Item]:
        engine = engines.single(len(part))
        return [
            form.single(subject.article, query(engine, subject, min_containment=min_containment, explain=explain))
            for subject in engine.subjects(part)
        ]

    def as_a_whole(part: list[Article]) -> list[Item]:
        engine = engines.bulk()
        if not engine.takes(part):
            return one_by_one(part)
        try:
            return form.batch(part, engine, min_containment)
        except UnicodeEncodeError:  # a lone surrogate, in what was never a file
            return one_by_one(part)

    following = iter(articles)
    first = list(islice(following, chunk))
    if chunk == 1 or len(first) < chunk:
        yield from one_by_one(first)
        for part in iter(lambda: list(islice(following, chunk)), []):
            yield from one_by_one(part)
    elif explain:
        yield from one_by_one(first)
        yield from _side_by_side(iter(lambda: list(islice(following, chunk)), []), one_by_one, workers)
    else:
        yield from _side_by_side(_growing(first, following), as_a_whole, workers)


def _growing(first: list[Article], following: Iterator[Article]) -> Iterator[list[Article]]:
    """Batches, the first ones small."""
    size = 2 * len(first)
    part = first + list(islice(following, len(first)))
    while part:
        yield part
        size = min(2 * size, BATCH)
        part = list(islice(following, size))


def _side_by_side(
    parts: Iterator[list[Article]], answer: Callable[[list[Article]], list[Item]], workers: int
) -> Iterator[Item]:
    """The answers to each part, in their order."""
    from concurrent.futures import ThreadPoolExecutor  # not needed for a few articles

    with ThreadPoolExecutor(workers, "naskh-query") as pool:
        running: deque[Future[list[Item]]] = deque()
        try:
            for part in parts:
                running.append(pool.submit(answer, part))
                if len(running) > workers:
                    yield from running.popleft().result()
            while running:
                yield from running.popleft().result()
        finally:
            for future in running:
                future.cancel()
