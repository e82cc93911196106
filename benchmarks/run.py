"""naskh against its peers: the same articles, the same run, whole processes measured from outside.

usage: python -m benchmarks.run [--input FILE] [--limit N] [--rounds 3] [--peers datasketch,rensa,...]
                                [--write] [--json FILE]

Run it from the repository's root; it prints a Markdown page, and ``--write`` puts it into docs/benchmarks.md. Each
peer is installed into an environment of its own, build/peers/NAME, when it is first asked for.
This module imports the standard library only: see `benchmarks.measure.run`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import race, report
from benchmarks.found import Agreement
from benchmarks.measure import NASKH, ROOT, WITH_REJECTED, CommandFailed, Cost, run
from benchmarks.peers import Peer, chosen
from benchmarks.race import Field, Run, say

PAGE = ROOT / "docs" / "benchmarks.md"
#: The names and meaning of these stand in `benchmarks.corpus`, which is too large to be imported here.
DEFAULT_INPUT = ROOT / ".." / "shared" / "data" / "saudinewsnet.jsonl.zst"
SAMPLE = ROOT / "examples" / "sample-crawl.jsonl"

COLD_RUNS = 10
WARM_QUERIES = 500


def python(module: str, *arguments: object) -> Cost:
    """Run one of the modules here in a process of its own."""
    return run([sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)])


def warm_up(folder: Path) -> tuple[Cost, Cost]:
    """Index the sample with an empty cache of machine code, then, for the runs to come, with the usual one."""
    with tempfile.TemporaryDirectory() as cache:
        first = run([NASKH, "index", folder / "compiled", SAMPLE], ok=WITH_REJECTED, env={"NUMBA_CACHE_DIR": cache})
    for name in ("cached", "warm"):
        index = folder / name
        cost = run([NASKH, "index", index, SAMPLE], ok=WITH_REJECTED)
        run([NASKH, "pairs", index, "--level", "paragraph", "-o", folder / "sample.parquet"])
        run([NASKH, "pairs", index, "-o", folder / "sample.parquet"])
        run([NASKH, "families", index, "-o", folder / "sample.jsonl"])
    say(f"first use {first.wall:.1f} s, with compiled kernels {cost.wall:.2f} s")
    return first, cost


def alone(lined: Field, place: Path, corpus: dict[str, Any], rounds: int) -> None:
    """What naskh does besides, on the index of the last round."""
    index = place / "index"
    paragraphs: list[str | Path] = [
        NASKH,
        "pairs",
        index,
        "--level",
        "paragraph",
        "-o",
        place / "paragraphs.parquet",
    ]
    for _ in range(rounds):
        for wanted in (
            Run(report.AGAIN, [NASKH, "index", index, corpus["corpus"]], WITH_REJECTED),
            Run(report.PARAGRAPHS, paragraphs),
            Run(report.BATCH, [NASKH, "query", "--json", index, corpus["some"]], keep=False),
        ):
            race.note(lined, wanted.name, race.execute(wanted))
    for single in corpus["singles"]:
        race.note(lined, report.COLD, run([NASKH, "query", "--json", index, single]))
        race.note(lined, report.BLOCKS, run([NASKH, "blocks", "--json", single]))


def compare(place: Path, corpus: str, examined: dict[str, race.Examination]) -> dict[str, Agreement]:
    """What each found, against all exact pairs."""
    exact = place / "exact.parquet"
    say(f"  exact join: {python('exact_pairs', corpus, exact).stdout.strip()}")
    found = {race.PAIRS: place / "pairs.parquet", race.FAMILIES: place / "families.jsonl"}
    found |= {name: told.found for name, told in examined.items()}
    lines = python("found", exact, *found.values()).stdout.splitlines()
    return {name: json.loads(line) for name, line in zip(found, lines, strict=True)}


def measure(folder: Path, source: Path, limit: int | None, rounds: int, peers: Sequence[Peer]) -> report.Results:
    """Measure everything."""
    cut = [] if limit is None else ["--limit", limit]
    prepared = python("corpus", source, folder, "--single", COLD_RUNS, "--some", WARM_QUERIES, *cut)
    corpus = json.loads(prepared.stdout)
    corpus["queries"] = min(WARM_QUERIES, corpus["with_text"])
    lined = race.line_up(peers, folder, corpus["parts"])
    compiled, warmed = warm_up(folder)
    place = race.race(lined, folder, corpus["corpus"], rounds)
    alone(lined, place, corpus, rounds)
    examined = race.examine(lined, place, corpus["corpus"], WARM_QUERIES)
    figures = {name: told.figures for name, told in examined.items()}
    kept = race.disk(place)
    kept |= {name: told["kept_bytes"] for name, told in figures.items() if "kept_bytes" in told}
    warm = python("queries", place / "index", corpus["corpus"], "--count", WARM_QUERIES, "--json")
    return report.Results(
        corpus=corpus,
        source=source.name,
        limit=limit,
        rounds=rounds,
        lined=lined,
        kept=kept,
        examined=figures,
        agreements=compare(place, corpus["corpus"], examined),
        warm=json.loads(warm.stdout),
        compile=compiled,
        warm_up=warmed,
    )


def parse() -> argparse.Namespace:
    """The command line; ends with 2 where something is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, default=DEFAULT_INPUT, help="JSON lines, .zst or .gz")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N articles")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", default="all", metavar="NAME,...", help="default all; '' for none")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all raw figures")
    options = parser.parse_args()
    options.input = options.input.resolve()
    try:
        options.peers = chosen(options.peers)
    except ValueError as error:
        parser.error(str(error))
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    if not options.input.is_file():
        parser.error(f"the corpus is needed and {options.input} is not there; name a JSON-lines file with --input")
    if not NASKH.exists():
        parser.error(f"{NASKH} is not there: run with the Python of the virtual environment that has naskh")
    return options


def main() -> None:
    """Measure and print."""
    options = parse()
    try:
        with tempfile.TemporaryDirectory(prefix="naskh-bench-") as folder:
            found = measure(Path(folder), options.input, options.limit, options.rounds, options.peers)
    except CommandFailed as error:
        say(str(error))
        sys.exit(1)
    text = report.page(found)
    print(text)
    if options.json:
        options.json.write_text(json.dumps(report.raw(found), indent=1) + "\n", encoding="utf-8")
    if options.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
