"""The page of `benchmarks.run`: all its tables, from what was measured."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.found import Agreement
from benchmarks.measure import Cost, Costs, machine, mebibytes, milliseconds, percentile, table
from benchmarks.peers import PEERS
from benchmarks.race import BOTH, CLEAN, FAMILIES, INDEX, JOB, JOB_ONE, PAIRS, SLIM, Field

#: Runs of naskh after the race.
AGAIN, PARAGRAPHS, BATCH = (
    "`naskh index` again, nothing changed",
    "`naskh pairs --level paragraph`",
    "`naskh query` of many",
)
COLD, BLOCKS = "`naskh query`, cold", "`naskh blocks`, cold"
#: The order of naskh's rows in the first table.
NASKH_ROWS = (INDEX, SLIM, AGAIN, PAIRS, FAMILIES, BOTH, JOB, JOB_ONE, CLEAN, PARAGRAPHS)


@dataclass
class Results:
    """All that was measured."""

    #: What `benchmarks.corpus` says.
    corpus: dict[str, Any]
    source: str
    limit: int | None
    rounds: int
    lined: Field
    #: Bytes on disk by name of the run.
    kept: dict[str, int]
    #: What the adaptors said of their peers, by variant.
    examined: dict[str, dict[str, Any]]
    #: What each found, by name of the run.
    agreements: dict[str, Agreement]
    #: What `benchmarks.queries` says of naskh.
    warm: dict[str, float]
    #: The very first run with an empty cache of machine code, and one with it filled.
    compile: Cost
    warm_up: Cost

    def rows(self) -> list[str]:
        """Names of all runs over the whole corpus, in order."""
        peers = [variant.name for peer in PEERS for variant in peer.variants]
        return [name for name in (*NASKH_ROWS, *peers) if name in self.lined.taken]

    def peers(self) -> list[str]:
        """Names of the peers' runs."""
        return [name for name in self.rows() if name not in NASKH_ROWS]


def throughput(results: Results) -> str:
    """What whole runs over the corpus took."""
    articles = results.corpus["with_text"]
    rows = []
    for name in results.rows():
        costs = results.lined.costs(name)
        rows.append(
            (
                name,
                f"{articles / costs.wall:,.0f}",
                f"{costs.wall:.1f} ({costs.best:.1f} to {costs.worst:.1f})",
                f"{costs.cpu:.1f}",
                mebibytes(costs.memory),
                f"{results.kept[name] / articles:,.0f}" if name in results.kept else "",
            )
        )
    rows += [(name, why, "", "", "", "") for name, why in results.lined.absent.items()]
    head = (
        "whole process", "articles/s", "seconds: median (range)", "CPU seconds", "peak memory",
        "bytes on disk an article",
    )  # fmt: skip
    return table(head, rows)


def times(value: float) -> str:
    """A ratio, with two digits that count."""
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def ratios(results: Results) -> str:
    """How naskh compares with each peer: above 1, naskh is faster or needs less."""
    if not results.peers():
        return "No peers ran."
    index = results.lined.costs(INDEX)
    job = faster(results.lined)
    clean = results.lined.costs(CLEAN)
    rows = []
    for name in results.peers():
        peer = results.lined.costs(name)
        rows.append(
            (
                name,
                times(peer.wall / index.wall),
                times(peer.best / index.best),
                times(peer.cpu / index.cpu),
                times(peer.memory / index.memory),
                times(peer.wall / job.wall),
                times(peer.best / job.best),
                times(peer.cpu / job.cpu),
                times(peer.memory / job.memory),
                times(peer.wall / clean.wall),
                times(peer.cpu / clean.cpu),
            )
        )
    head = (
        "peer : naskh", "`index`: time", "best", "CPU", "memory",
        "`index` + `families --pairs`: time", "best", "CPU", "memory",
        "`clean`: time", "CPU",
    )  # fmt: skip
    return table(head, rows)


def faster(lined: Field) -> Costs:
    """The whole job in the form that takes less time."""
    return min((lined.costs(JOB), lined.costs(JOB_ONE)), key=lambda costs: costs.wall)


def latency(results: Results) -> str:
    """What one article takes."""

    def cold(name: str) -> tuple[str, ...]:
        costs = results.lined.costs(name)
        seconds = [cost.wall for cost in costs.rounds]
        return (
            name, milliseconds(percentile(seconds, 0.5)), milliseconds(max(seconds)),
            f"{len(seconds) / sum(seconds):,.1f}", mebibytes(costs.memory),
        )  # fmt: skip

    def warm(name: str, figures: Mapping[str, float]) -> tuple[str, ...]:
        p50, p99 = (milliseconds(figures[key]) for key in ("query_p50", "query_p99"))
        return name, p50, p99, f"{1 / figures['query_mean']:,.0f}", ""

    batch = results.lined.costs(BATCH)
    rows = [
        cold(COLD),
        cold(BLOCKS),
        warm("`Index.query` in a running process", results.warm),
        (
            f"{BATCH}, {results.corpus['queries']:,} articles, whole process", "", "",
            f"{results.corpus['queries'] / batch.wall:,.0f}", mebibytes(batch.memory),
        ),
        (
            f"`Index.query_json`, {results.warm['bulk']:,} articles, in a running process", "", "",
            f"{results.warm['bulk_rate']:,.0f}", "",
        ),
        *(
            warm(f"{name}, in a running process", figures)
            for name, figures in results.examined.items()
            if "query_p50" in figures
        ),
    ]  # fmt: skip
    return table(("one article", "p50", "largest (cold), p99 (running)", "queries/s", "peak memory"), rows)


def accuracy(agreements: Mapping[str, Agreement]) -> str:
    """What each found."""

    def share(part: int | None, whole: int) -> str:
        return "not told" if part is None else f"{part / whole:.3f}" if whole else "none"

    rows = []
    for name, found in agreements.items():
        removed = found["removed"]
        rows.append(
            (
                name,
                f"{found['flagged']:,}",
                "not told" if removed is None else f"{removed:,}",
                share(found["flagged_exact"], found["exact_articles"]),
                share(found["flagged_exact"], found["flagged"]),
                share(found["pairs_found"], found["exact_pairs"]),
            )
        )
    head = (
        "found", "articles with a duplicate", "articles to remove", "of the articles in an exact pair",
        "right of its articles", "of the exact pairs",
    )  # fmt: skip
    return table(head, rows)


def notes(results: Results) -> str:
    """How to take the tables."""
    exact = next(iter(results.agreements.values()))
    first, usual = results.compile.wall, results.warm_up.wall
    return f"""\
- naskh and its peers ran in turn on the same articles, {results.rounds} times; each figure is of the whole process
  from start to end, measured from outside (wall clock, `wait4`), its children included. The files were in the page
  cache. "Peak memory" is the largest process alone; peers with workers hold theirs besides. Articles without text
  count for nobody. One-minute load average before the rounds: {listed(results.lined.loads)}.
- naskh reads the file as it is, compressed, with all fields; so does the datasketch pipeline. The other peers were
  given id and text, uncompressed, in the form that each reads best; making that was not on the clock.
- naskh folds Arabic spelling, removes datelines, indexes paragraphs and whole articles, and all is durable at the
  end, the texts included. "Bytes on disk an article" are what a later run can use. The JSON lines are
  {results.corpus["bytes"] / results.corpus["with_text"]:,.0f} bytes an article.
- A naskh query gives all matching articles, verified exactly and with aligned passages, from disk; a peer's gives
  less, from memory: datasketch's pairs of paragraphs with their exact Jaccard, rensa's ids at an estimated one.
  {results.warm["queries"]:,} queries each, which gave naskh {results.warm["matches"]:,} matches.
- "Exact" in the table of what was found are all {exact["exact_pairs"]:,} pairs of {exact["exact_articles"]:,}
  articles at Jaccard 0.5 and above, by a join that knows neither bands nor sketches (`benchmarks/exact_pairs.py`),
  on words as naskh's reference folds them: what peers miss, they miss by their words as well as by their bands.
  "Right" asks no more than that an article is in an exact pair: families rest on relations, and hold abridged
  copies below Jaccard 0.5 too.
- numba compiles naskh's kernels once and keeps the machine code: the very first `naskh index` of the sample crawl
  took {first:.1f} s, the next {usual:.2f} s. The rounds ran after such a warm-up.
{peer_notes(results.lined)}"""


def peer_notes(lined: Field) -> str:
    """What must be known of each peer that ran."""
    lines = (
        f"- {peer.package} {lined.versions[peer.package]}: {peer.note}"
        for peer in PEERS
        if peer.package in lined.versions
    )
    return "\n".join(textwrap.fill(line, 116, subsequent_indent="  ", break_on_hyphens=False) for line in lines)


def listed(values: Iterable[float]) -> str:
    """Some figures in a sentence."""
    return ", ".join(f"{value:.1f}" for value in values)


def page(results: Results) -> str:
    """The Markdown page."""
    corpus = results.corpus
    cut = "" if results.limit is None else f", the first {results.limit:,}"
    versions = ", ".join(f"{name} {version}" for name, version in results.lined.versions.items())
    return f"""\
# Benchmarks

Written by `python -m benchmarks.run --write`; do not edit. How to read it:
[benchmarks/README.md](../benchmarks/README.md).

- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC
- Corpus: `{results.source}`{cut}: {corpus["articles"]:,} articles, of which {corpus["with_text"]:,} have text
{machine()}
- Peers: {versions or "none"}

## Throughput

{throughput(results)}

## Peers : naskh

{ratios(results)}

## One article

{latency(results)}

## What each found

{accuracy(results.agreements)}

## Notes

{notes(results)}
"""


def raw(results: Results) -> dict[str, Any]:
    """All figures, for other programs."""
    return {
        "corpus": {key: results.corpus[key] for key in ("articles", "with_text", "bytes", "queries")},
        "versions": results.lined.versions,
        "absent": results.lined.absent,
        "load": results.lined.loads,
        "runs": {
            name: [{"wall": cost.wall, "cpu": cost.cpu, "memory": cost.memory} for cost in rounds]
            for name, rounds in results.lined.taken.items()
        },
        "disk_bytes": results.kept,
        "found": results.agreements,
        "peers": results.examined,
        "warm": results.warm,
        "compile": results.compile.wall,
    }
