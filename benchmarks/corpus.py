"""The articles that the benchmarks run on.

usage: python -m benchmarks.corpus INPUT FOLDER [--limit N] [--single N] [--some N]

As a command it prepares files for `benchmarks.run`, in a process of its own (see `benchmarks.measure.run` for
why) and prints one JSON object: the corpus file (cut to N articles with ``--limit``), how many articles it
has, how many of these have text, their bytes as JSON lines, files of one article each, a file of some hundred, and
the articles with text in one uncompressed part for each core (id and text only), for the peers.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.datasketch_pipeline import open_lines
from benchmarks.measure import cores

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
#: SaudiNewsNet (M. Alhagri 2015), 31,030 articles of 14 outlets.
DEFAULT_INPUT = ROOT / ".." / "shared" / "data" / "saudinewsnet.jsonl.zst"
#: Its paragraph pairs by exact join, see `benchmarks.recall`.
DEFAULT_TRUTH = ROOT / ".." / "shared" / "data" / "saudinewsnet-pairs.parquet"
#: A small invented crawl, for warming up.
SAMPLE = ROOT / "examples" / "sample-crawl.jsonl"


def require(path: Path, what: str) -> Path:
    """The path if there is such a file; otherwise says which is needed and ends with status 2."""
    if not path.is_file():
        print(f"{what} is needed and {path} is not there; name it with an option (see --help)", file=sys.stderr)
        sys.exit(2)
    return path.resolve()


def read_articles(path: Path, limit: int | None = None) -> Iterator[tuple[str, str]]:
    """Id and text of the articles of a JSON-lines file, those without text included."""
    with open_lines(path) as lines:
        for line in islice(lines, limit):
            article = json.loads(line)
            yield article["id"], article["text"]


def evenly(items: Sequence[T], count: int) -> Sequence[T]:
    """At most `count` items from all over a list, its last part as much as its first."""
    count = min(count, len(items))
    return [items[number * len(items) // count] for number in range(count)]


def prepare(source: Path, folder: Path, limit: int | None, singles: int, some: int) -> dict[str, Any]:
    """Cut the corpus, pick articles and part it; see the module."""
    with open_lines(source) as file:
        lines = list(islice(file, limit))
    corpus = source
    if limit is not None:
        corpus = folder / "corpus.jsonl"
        corpus.write_text("".join(lines), encoding="utf-8")
    with_text = [line for line in lines if json.loads(line)["text"].strip()]
    picked = []
    for number, line in enumerate(evenly(with_text, singles)):
        picked.append(folder / f"single-{number:03}.jsonl")
        picked[-1].write_text(line, encoding="utf-8")
    batch = folder / "some.jsonl"
    batch.write_text("".join(evenly(with_text, some)), encoding="utf-8")
    parts = []
    for number in range(cores()):
        parts.append(folder / f"part-{number:03}.jsonl")
        share = with_text[number * len(with_text) // cores() : (number + 1) * len(with_text) // cores()]
        parts[-1].write_text("".join(map(_bare, share)), encoding="utf-8")
    return {
        "corpus": str(corpus),
        "articles": len(lines),
        "with_text": len(with_text),
        "bytes": sum(len(line.encode()) for line in with_text),
        "singles": [str(path) for path in picked],
        "some": str(batch),
        "parts": [str(path) for path in parts],
    }


def _bare(line: str) -> str:
    """An article's line with nothing but its id and text."""
    article = json.loads(line)
    return json.dumps({"id": article["id"], "text": article["text"]}, ensure_ascii=False) + "\n"


def main() -> None:
    """Prepare the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--single", type=int, default=10)
    parser.add_argument("--some", type=int, default=500)
    options = parser.parse_args()
    print(json.dumps(prepare(options.input, options.folder, options.limit, options.single, options.some)))


if __name__ == "__main__":
    main()
