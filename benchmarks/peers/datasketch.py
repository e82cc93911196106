"""The datasketch pipeline of `benchmarks.datasketch_pipeline`, as a peer."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import datasketch_pipeline as pipeline
from benchmarks.peers.adaptor import Examined, Found, Task, main, query_times


def prepare(folder: Path, parts: Sequence[Path]) -> None:
    """Nothing: the pipeline reads the corpus file itself, as naskh does."""


def run(task: Task) -> None:
    """Fill the tables."""
    pipeline.build(task.corpus, int(task.options.get("workers", "1")))
    sys.stdout.flush()
    os._exit(0)  # freeing the tables one by one takes 20 s; a server would never do it


def examine(task: Task) -> tuple[Found, Examined]:
    """Fill them again, and ask for every article."""
    lsh, _ = pipeline.build(task.corpus, 1)
    queries = pipeline.Queries(task.corpus, lsh)
    pairs = {
        tuple(sorted((article_id, other)))
        for article_id, text in queries.articles
        for _, (other, _), _ in queries.query(article_id, text)
    }
    found = {"pairs": sorted(pairs)}
    return found, query_times(queries.time(task.queries)) if task.queries else {}


if __name__ == "__main__":
    main(sys.modules[__name__])
