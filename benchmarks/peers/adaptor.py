"""What an adaptor to a peer does, and its command line.

usage: python -m benchmarks.peers.NAME prepare FOLDER PART.jsonl...
       python -m benchmarks.peers.NAME run FOLDER OUTPUT CORPUS [--OPTION VALUE]...
       python -m benchmarks.peers.NAME examine FOLDER OUTPUT CORPUS FOUND.json [--queries N] [--OPTION VALUE]...

This runs in the peer's environment, and so on the standard library. Only `run` is on the clock. The parts together
are the articles with text, {"id", "text"} a line; `prepare` may turn them into what the peer reads best. OUTPUT is
an empty folder; what `run` leaves there, `examine` may read. It prints one JSON object (see `Examined`) and writes
what was found into a file, by the articles' ids, in one of these forms:

- {"groups": [[id, ...], ...]}: articles that belong together; groups that share one are one;
- {"pairs": [[id, id], ...]}: pairs;
- {"flagged": [id, ...]}: articles of which it is only said that they have a duplicate.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypedDict

SHINGLE_WORDS = 3
NUM_PERM = 128
THRESHOLD = 0.5
#: Bands and rows for peers that do not verify their candidates: what the rule of datasketch and text-dedup (least
#: sum of false positives and negatives) gives for 128 permutations at 0.5.
UNVERIFIED_BANDS, UNVERIFIED_ROWS = 25, 5


class Task(NamedTuple):
    """What an adaptor is given."""

    folder: Path
    output: Path
    corpus: Path
    #: How many queries to time; 0 for none.
    queries: int
    #: The variant's own, by name.
    options: dict[str, str]


class Examined(TypedDict, total=False):
    """What is printed of a peer that ran; all but the found itself."""

    #: Bytes on disk that a later run of the peer can use; absent where there are none.
    kept_bytes: int
    #: Seconds of a query in a running process, and how many were timed.
    queries: int
    query_p50: float
    query_p99: float
    query_mean: float


Found = dict[str, Any]


class Adaptor(Protocol):
    """The three parts of an adaptor; modules have them as functions."""

    def prepare(self, folder: Path, parts: Sequence[Path]) -> None:
        """Turn the parts into what the peer reads best."""

    def run(self, task: Task) -> None:
        """Do what the peer does."""

    def examine(self, task: Task) -> tuple[Found, Examined]:
        """Say what was found, and measure what takes no whole process."""


def articles(parts: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Id and text of each article, in order."""
    for part in parts:
        with part.open(encoding="utf-8") as lines:
            for line in lines:
                article = json.loads(line)
                yield article["id"], article["text"]


def parts_of(folder: Path) -> list[Path]:
    """The parts as they were prepared in a folder by `link_parts`."""
    return sorted(folder.glob("part-*.jsonl"))


def link_parts(folder: Path, parts: Sequence[Path]) -> None:
    """Prepare nothing: the peer reads the parts as they are."""
    for number, part in enumerate(parts):
        (folder / f"part-{number:03}.jsonl").symlink_to(part.resolve())


def timed_queries(texts: Sequence[str], query: Callable[[str], object], count: int) -> Examined:
    """Time `count` queries, with texts from all over the corpus."""
    seconds = []
    for number in range(min(count, len(texts))):
        text = texts[number * len(texts) // min(count, len(texts))]
        started = time.perf_counter()
        query(text)
        seconds.append(time.perf_counter() - started)
    return query_times(seconds)


def query_times(seconds: list[float]) -> Examined:
    """The figures of some queries."""
    from benchmarks.measure import percentile

    return {
        "queries": len(seconds),
        "query_p50": percentile(seconds, 0.5),
        "query_p99": percentile(seconds, 0.99),
        "query_mean": sum(seconds) / len(seconds),
    }


def main(adaptor: Adaptor) -> None:
    """The command line of an adaptor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    preparing = commands.add_parser("prepare")
    preparing.add_argument("folder", type=Path)
    preparing.add_argument("parts", type=Path, nargs="+")
    for name in ("run", "examine"):
        command = commands.add_parser(name)
        for argument in ("folder", "output", "corpus", *(["found"] if name == "examine" else [])):
            command.add_argument(argument, type=Path)
        command.add_argument("--queries", type=int, default=0)
    known, rest = parser.parse_known_args()
    if known.command == "prepare":
        adaptor.prepare(known.folder, known.parts)
        return
    options = {name.removeprefix("--"): value for name, value in zip(rest[::2], rest[1::2], strict=True)}
    task = Task(known.folder, known.output, known.corpus, known.queries, options)
    if known.command == "run":
        adaptor.run(task)
        return
    found, examined = adaptor.examine(task)
    known.found.write_text(json.dumps(found), encoding="utf-8")
    print(json.dumps(examined))
