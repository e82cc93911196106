"""Queries with many articles: answered side by side, given in their order, with a bounded number in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from naskh.article import Article, QueryResult
from naskh.matching.query import Engine, query

if TYPE_CHECKING:
    from concurrent.futures import Future

#: Articles that are read and sketched at once, and answered by one thread.
CHUNK = 64

Answer = tuple[Article, QueryResult]


def query_many(
    articles: Iterable[Article],
    engine_for: Callable[[int], Engine],
    *,
    min_containment: float,
    explain: bool,
    workers: int,
    chunk: int = CHUNK,
) -> Iterator[Answer]:
    """Each article with its matches, in the order of the articles.

    Args:
        articles: what to look for.
        engine_for: the engine for so many more queries.
        min_containment: see `naskh.matching.query.query`.
        explain: likewise.
        workers: threads.
        chunk: so many are read before the first is answered; 1 for what comes slowly, which is then answered by
            this thread alone.

    """

    def answer(engine: Engine, part: list[Article]) -> list[Answer]:
        return [
            (subject.article, query(engine, subject, min_containment=min_containment, explain=explain))
            for subject in engine.subjects(part)
        ]

    following = iter(articles)
    parts = iter(lambda: list(islice(following, chunk)), [])
    first = next(parts, [])
    yield from answer(engine_for(len(first)), first)
    if chunk == 1 or len(first) < chunk:
        for part in parts:
            yield from answer(engine_for(len(part)), part)
        return
    from concurrent.futures import ThreadPoolExecutor  # not needed for a few articles

    with ThreadPoolExecutor(workers, "naskh-query") as pool:
        running: deque[Future[list[Answer]]] = deque()
        try:
            for part in parts:
                running.append(pool.submit(answer, engine_for(len(part)), part))
                if len(running) > workers:
                    yield from running.popleft().result()
            while running:
                yield from running.popleft().result()
        finally:
            for future in running:
                future.cancel()
