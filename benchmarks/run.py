"""naskh against the datasketch pipeline: the same file, the same run, whole processes measured from outside.

usage: python -m benchmarks.run [--input FILE] [--limit N] [--rounds 3] [--write]

Run it from the repository's root; it prints a Markdown page, and ``--write`` puts it into docs/benchmarks.md.
This module imports the standard library only: see `benchmarks.measure.run`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measure import (
    CommandFailed,
    Cost,
    Costs,
    folder_bytes,
    load,
    machine,
    mebibytes,
    milliseconds,
    percentile,
    run,
    table,
)

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
#: The names and meaning of these stand in `benchmarks.corpus`, which is too large to be imported here.
DEFAULT_INPUT = ROOT / ".." / "shared" / "data" / "saudinewsnet.jsonl.zst"
SAMPLE = ROOT / "examples" / "sample-crawl.jsonl"

NASKH = Path(sys.executable).parent / "naskh"
PEER = ROOT / "benchmarks" / "datasketch_pipeline.py"
#: Some of the corpus' articles have no text: naskh rejects these and ends with 1.
WITH_REJECTED = (0, 1)
COLD_RUNS = 10
WARM_QUERIES = 500
PEER_WORKERS = 2


Command = list[str | Path]


class Results(NamedTuple):
    """All that was measured."""

    corpus: dict[str, Any]
    compile: Cost
    warm_up: Cost
    fresh: Costs
    again: Costs
    peer: Costs
    peer_workers: Costs
    pairs: Costs
    disk: int
    query: Costs
    blocks: Costs
    warm: dict[str, float]
    peer_warm: dict[str, float]
    loads: list[float]


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def python(module: str, *arguments: object) -> Cost:
    """Run one of the modules here in a process of its own."""
    return run([sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)])


def repeated(name: str, runs: Sequence[partial[Cost]]) -> Costs:
    """Run some commands one after the other."""
    costs = Costs([call() for call in runs])
    say(f"{name}: {len(runs)} x, {costs.wall:.2f} s ({costs.best:.2f} to {costs.worst:.2f})")
    return costs


def warm_up(folder: Path) -> tuple[Cost, Cost]:
    """Index the sample with an empty cache of machine code, then, for the runs to come, with the usual one."""
    with tempfile.TemporaryDirectory() as cache:
        first = run([NASKH, "index", folder / "compiled", SAMPLE], ok=WITH_REJECTED, env={"NUMBA_CACHE_DIR": cache})
    for name in ("cached", "warm"):
        index = folder / name
        cost = run([NASKH, "index", index, SAMPLE], ok=WITH_REJECTED)
        run([NASKH, "pairs", index, "--level", "paragraph", "-o", folder / "sample.parquet"])
    say(f"first use {first.wall:.1f} s, with compiled kernels {cost.wall:.2f} s")
    return first, cost


def race(folder: Path, corpus: str, rounds: int) -> tuple[list[Costs], list[float], Path]:
    """Index and peers in turn, so that whatever else the machine does hits all of them.

    Returns:
        The costs of indexing, of the peer, and of the peer with workers; the load before each round; the last
        index that was built.

    """
    taken: list[list[Cost]] = [[], [], []]
    loads = []
    for number in range(rounds):
        loads.append(load())
        index = folder / f"index-{number}"
        commands: list[Command] = [
            [NASKH, "index", index, corpus],
            [sys.executable, PEER, corpus],
            [sys.executable, PEER, corpus, "--workers", str(PEER_WORKERS)],
        ]
        for costs, command in zip(taken, commands, strict=True):
            costs.append(run(command, ok=WITH_REJECTED if command[0] == NASKH else (0,)))
        say(f"round {number + 1}: " + ", ".join(f"{costs[-1].wall:.1f} s" for costs in taken))
    return [Costs(costs) for costs in taken], loads, index


def measure(folder: Path, source: Path, limit: int | None, rounds: int) -> Results:
    """Measure everything."""
    cut = [] if limit is None else ["--limit", limit]
    corpus = json.loads(python("corpus", source, folder, "--single", COLD_RUNS, *cut).stdout)
    file = corpus["corpus"]
    compiled, warmed = warm_up(folder)
    (fresh, peer, peer_workers), loads, index = race(folder, file, rounds)
    disk = folder_bytes(index)
    output = folder / "pairs.parquet"
    pairs: Command = [NASKH, "pairs", index, "--level", "paragraph", "-o", output]
    query: Command = [NASKH, "query", "--json", index]
    unchanged = partial(run, [NASKH, "index", index, file], ok=WITH_REJECTED)
    return Results(
        corpus=corpus,
        compile=compiled,
        warm_up=warmed,
        fresh=fresh,
        again=repeated("index again, unchanged", [unchanged] * rounds),
        peer=peer,
        peer_workers=peer_workers,
        pairs=repeated("pairs", [partial(run, pairs)] * rounds),
        disk=disk,
        query=repeated("query", [partial(run, [*query, single]) for single in corpus["singles"]]),
        blocks=repeated(
            "blocks", [partial(run, [NASKH, "blocks", "--json", single]) for single in corpus["singles"]]
        ),
        warm=json.loads(python("queries", index, file, "--count", WARM_QUERIES, "--json").stdout),
        peer_warm=json.loads(run([sys.executable, PEER, file, "--query", str(WARM_QUERIES), "--json"]).stdout),
        loads=loads,
    )


def throughput(found: Results) -> str:
    """What whole runs over the corpus took."""
    articles = found.corpus["articles"]
    rows = []
    for name, costs, disk in (
        ("`naskh index`, new folder", found.fresh, mebibytes(found.disk)),
        ("`naskh index` again, nothing changed", found.again, ""),
        ("`naskh pairs --level paragraph`", found.pairs, ""),
        ("datasketch, one process", found.peer, "none"),
        (f"datasketch, {PEER_WORKERS} processes sketch, one inserts", found.peer_workers, "none"),
    ):
        rows.append(
            (
                name,
                f"{articles / costs.wall:,.0f}",
                f"{costs.wall:.1f} ({costs.best:.1f} to {costs.worst:.1f})",
                f"{costs.cpu:.1f}",
                mebibytes(costs.memory),
                disk,
            )
        )
    head = ("whole process", "articles/s", "seconds: median (range)", "CPU seconds", "peak memory", "on disk")
    return table(head, rows)


def ratios(found: Results) -> str:
    """How `naskh index` compares with the peer."""
    peers = (found.peer, found.peer_workers)
    own = found.fresh
    memory = [mebibytes(own.memory), *(mebibytes(peer.memory) for peer in peers)]
    rows = [
        ("speed, median : median", *(f"{peer.wall / own.wall:.1f} times" for peer in peers)),
        ("speed, best : best", *(f"{peer.best / own.best:.1f} times" for peer in peers)),
        ("CPU time", *(f"1 : {peer.cpu / own.cpu:.1f}" for peer in peers)),
        (f"peak memory ({' : '.join(memory)})", *(f"1 : {peer.memory / own.memory:.1f}" for peer in peers)),
    ]
    head = ("naskh : datasketch", "datasketch, one process", f"datasketch, {PEER_WORKERS} + 1 processes")
    return table(head, rows)


def latency(found: Results) -> str:
    """What one article takes."""

    def cold(costs: Costs) -> tuple[str, ...]:
        times = [cost.wall for cost in costs.rounds]
        return (*(milliseconds(value) for value in (percentile(times, 0.5), max(times))), mebibytes(costs.memory))

    def warm(times: dict[str, float]) -> tuple[str, str]:
        return milliseconds(times["query_p50"]), milliseconds(times["query_p99"])

    rows = [
        ("`naskh query`, cold", *cold(found.query)),
        ("`naskh blocks`, cold", *cold(found.blocks)),
        ("`Index.query` in a running process", *warm(found.warm), ""),
        ("datasketch in a running process", *warm(found.peer_warm), mebibytes(found.peer_warm["peak_bytes"])),
        ("datasketch, cold: it builds its tables first", milliseconds(found.peer.wall), "", ""),
    ]
    return table(("one article", "p50", "largest of 10 (cold), p99 (running)", "peak memory"), rows)


def notes(found: Results, rounds: int) -> str:
    """How to take the tables."""

    def slower(name: str) -> str:
        return f"{found.warm[name] / found.peer_warm[name]:.1f}"

    return f"""\
- naskh and its peer ran in turn on the same file, {rounds} rounds; each figure is of the whole process from start
  to end, measured from outside (wall clock, `wait4`). The file was in the page cache. "Peak memory" is the
  largest process alone; the peer with workers holds theirs besides. One-minute load average before the rounds:
  {", ".join(f"{value:.1f}" for value in found.loads)}.
- Both fold the text, cut the same paragraphs (8 words and more), hash 3-word shingles by xxh64 and use 128
  permutations in 42 bands of 3 rows. Besides, naskh removes datelines, folds month names, sketches the whole
  article, and writes everything, the texts included, to disk; the peer keeps its band tables in memory only. It
  runs with the garbage collector off and leaves without freeing its tables, both in its favour.
- A naskh query gives all matching articles, verified exactly, with aligned passages, from disk; the peer's only
  pairs of paragraphs with their exact Jaccard, and it holds all shingle sets in memory for it. In a running
  process the peer's p50 is {slower("query_p50")} times shorter and its p99 {slower("query_p99")} times.
  {found.warm["queries"]:,} queries each, which gave naskh {found.warm["matches"]:,} matches; the slowest took
  {milliseconds(found.warm["query_max"])}. Cold: {len(found.query.rounds)} starts.
- numba compiles naskh's kernels once and keeps the machine code: the very first `naskh index` of
  {SAMPLE.name} took {found.compile.wall:.1f} s, the next {found.warm_up.wall:.2f} s. The rounds ran after such a
  warm-up."""


def page(found: Results, source: Path, limit: int | None, rounds: int) -> str:
    """The Markdown page."""
    corpus = found.corpus
    cut = "" if limit is None else f", the first {limit:,}"
    return f"""\
# Benchmarks

Written by `python -m benchmarks.run --write`; do not edit. How to read it:
[benchmarks/README.md](../benchmarks/README.md).

- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC
- Corpus: `{source.name}`{cut}: {corpus["articles"]:,} articles, of which {corpus["with_text"]:,} have text
{machine()}

## Throughput

{throughput(found)}

## naskh : datasketch

{ratios(found)}

## One article

{latency(found)}

## Notes

{notes(found, rounds)}
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, default=DEFAULT_INPUT, help="JSON lines, .zst or .gz")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N articles")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    source = options.input.resolve()
    if not source.is_file():
        say(f"the corpus is needed and {source} is not there; name a JSON-lines file with --input")
        sys.exit(2)
    if not NASKH.exists():
        say(f"{NASKH} is not there: run with the Python of the virtual environment that has naskh")
        sys.exit(2)
    try:
        with tempfile.TemporaryDirectory(prefix="naskh-bench-") as folder:
            found = measure(Path(folder), source, options.limit, options.rounds)
    except CommandFailed as error:
        say(str(error))
        sys.exit(1)
    text = page(found, source, options.limit, options.rounds)
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
