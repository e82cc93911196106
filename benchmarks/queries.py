"""How long a query takes in a process that runs already (a server, a notebook).

usage: python -m benchmarks.queries INDEX CORPUS [--count 500] [--bulk 10000] [--limit N] [--json | --stages]

Each of `count` articles from all over the corpus is queried once with its text, as `naskh query` does: its own
id is left out of the matches, these are verified exactly and aligned to passages. Then the same are asked together,
and so many more (`--bulk`): 500 are too few for batches to repay what is read once for each of them.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from benchmarks.corpus import evenly, read_articles
from benchmarks.measure import milliseconds, percentile, table
from naskh import Article, Index
from naskh.matching.query import Engine, query
from naskh.opened import COMPILED_FROM

#: Stages of a query, by the name of the method of the engine.
STAGES = {
    "subject": "take the query apart, sketch it",
    "share": "candidates, and what each shares",
    "weigh": "weights, frames, alignment",
    "spans": "places of passages",
    "words": "texts of matches in doubt",
}
REST = "numbers and speech, matches, order"


def stages(index: Index, asked: list[Article]) -> str:
    """Where the time of queries goes, in milliseconds: a table."""
    taken = [_stages_of(index, article) for article in asked]
    taken.sort(key=lambda one: sum(one[0].values()))
    count = len(taken)
    bands = {
        "around the median": taken[int(0.45 * count) : int(0.55 * count) + 1],
        "the slowest 2%": taken[int(0.98 * count) :],
        "mean": taken,
    }
    rows = [
        (name, *(f"{sum(one[0][name] for one in band) / len(band) * 1e3:.2f}" for band in bands.values()))
        for name in (*STAGES.values(), REST)
    ]
    rows.append(("all", *(f"{sum(sum(one[0].values()) for one in b) / len(b) * 1e3:.2f}" for b in bands.values())))
    rows.append(("matches", *(f"{sum(one[1] for one in band) / len(band):.0f}" for band in bands.values())))
    return table(("stage, ms", *bands), rows)


def _stages_of(index: Index, article: Article) -> tuple[dict[str, float], int]:
    """The seconds of each stage of one query, and its matches."""
    seconds = dict.fromkeys((*STAGES.values(), REST), 0.0)
    timed = _Timed(index._opened.engine(1), seconds)
    started = time.perf_counter()
    found = query(timed, timed.subject(article))  # type: ignore[arg-type]  # has what an engine has
    seconds[REST] = time.perf_counter() - started - sum(seconds.values())
    return seconds, len(found.matches)


class _Timed:
    """An engine whose methods are timed."""

    def __init__(self, engine: Engine, seconds: dict[str, float]) -> None:
        self._engine, self._seconds = engine, seconds

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._engine, name)
        if name not in STAGES:
            return value

        def timed(*given: Any) -> Any:
            started = time.perf_counter()
            found = value(*given)
            self._seconds[STAGES[name]] += time.perf_counter() - started
            return found

        return timed


def main() -> None:
    """Time the queries."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--bulk", type=int, default=10_000, help="0: none")
    parser.add_argument("--limit", type=int, help="only the first N articles of the corpus")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--stages", action="store_true", help="print the stages of a query")
    options = parser.parse_args()
    articles = [(name, text) for name, text in read_articles(options.corpus, options.limit) if text.strip()]
    index = Index(options.index)
    asked = [Article(id=name, text=text) for name, text in evenly(articles, options.count)]
    for article in asked[: 2 * COMPILED_FROM]:  # imports and opens everything
        index.query(article)
    if options.stages:
        print(stages(index, asked))
        return
    seconds = []
    matches = 0
    for article in asked:
        started = time.perf_counter()
        result = index.query(article)
        seconds.append(time.perf_counter() - started)
        matches += len(result.matches)
    started = time.perf_counter()
    answered = sum(1 for _ in index.query_many(asked))
    batch_rate = answered / (time.perf_counter() - started)
    bulk = [Article(id=name, text=text) for name, text in evenly(articles, options.bulk)]
    started = time.perf_counter()
    for _ in index.query_json(bulk):
        pass
    found = {
        "bulk": len(bulk),
        "bulk_rate": len(bulk) / (time.perf_counter() - started) if bulk else 0.0,
        "batch_rate": batch_rate,
        "queries": len(seconds),
        "query_p50": percentile(seconds, 0.5),
        "query_p99": percentile(seconds, 0.99),
        "query_max": max(seconds),
        "query_mean": sum(seconds) / len(seconds),
        "matches": matches,
    }
    if options.json:
        print(json.dumps(found))
        return
    print(f"{found['queries']:,} queries, {matches:,} matches")
    for name in ("query_p50", "query_p99", "query_max"):
        print(f"{name}  {milliseconds(found[name])}")
    print(f"batch_rate  {found['batch_rate']:,.0f}/s of {len(asked):,}")
    if bulk:
        print(f"bulk_rate   {found['bulk_rate']:,.0f}/s of {len(bulk):,}, as JSON")


if __name__ == "__main__":
    main()
