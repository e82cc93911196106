"""naskh on generated corpora of growing size, with and without a stock paragraph: time, memory, space, queries.

usage: python -m benchmarks.scale [--sizes 100000,1000000] [--boilerplate 0.1] [--folder build/scale] [--write]

Each command is a whole process, measured from outside, once. Corpora are made by `benchmarks.newswire` and kept in
the folder, which takes some 3 GB for a million articles; indexes are removed. ``--write`` puts the table into
docs/performance.md. This module imports the standard library only: see `benchmarks.measure.run`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import NASKH, ROOT, Cost, folder_bytes, machine, mebibytes, run, table

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- benchmarks.scale -->", "<!-- end of scale -->"
#: Queries are drawn from so many articles at the head of a corpus.
_QUERIED = 20_000


class Scaled(NamedTuple):
    """What one corpus took."""

    articles: int
    boilerplate: float
    index: Cost
    compare: Cost
    disk: int
    #: Seconds, by name, see `benchmarks.queries`.
    queries: dict[str, float]

    @property
    def seconds(self) -> float:
        """The whole job."""
        return self.index.wall + self.compare.wall


def corpus(folder: Path, articles: int, boilerplate: float) -> Path:
    """The corpus, made if it is not there."""
    path = folder / f"newswire-{articles}-{boilerplate}.jsonl.zst"
    if not path.exists():
        making = path.with_name(f"making-{path.name}")
        run(
            [
                sys.executable,
                "-m",
                "benchmarks.newswire",
                str(articles),
                "-o",
                making,
                "--boilerplate",
                str(boilerplate),
            ]
        )
        making.rename(path)
    return path


def measure(folder: Path, articles: int, boilerplate: float) -> Scaled:
    """Index, pair and cluster one corpus, and query its index."""
    source, index = corpus(folder, articles, boilerplate), folder / "index.naskh"
    shutil.rmtree(index, ignore_errors=True)
    indexed = run([NASKH, "index", index, source])
    outputs = [folder / "families.jsonl", "--pairs", folder / "pairs.parquet"]
    compared = run([NASKH, "families", index, "-o", *outputs])
    asked = ["--limit", str(_QUERIED), "--bulk", "0", "--json"]
    module = [sys.executable, "-m", "benchmarks.queries", index, source, *asked]
    queried = json.loads(run(module).stdout)
    disk = folder_bytes(index)
    shutil.rmtree(index)
    return Scaled(articles, boilerplate, indexed, compared, disk, queried)


def scale_table(found: list[Scaled]) -> str:
    """The table; the last column but three is the whole job as a multiple of the first row's."""
    rows = [
        (
            f"{one.articles:,}" + (f", a paragraph in {one.boilerplate:.0%}" if one.boilerplate else ""),
            f"{one.index.wall:.1f}", f"{one.compare.wall:.1f}", f"{one.seconds:.1f}",
            f"{one.seconds / found[0].seconds:.2f}", mebibytes(one.index.memory), mebibytes(one.compare.memory),
            f"{one.disk / one.articles:,.0f}",
            f"{one.queries['query_p50'] * 1e3:.1f}", f"{one.queries['query_p99'] * 1e3:.0f}",
        )
        for one in found
    ]  # fmt: skip
    head = (
        "articles", "index, s", "families --pairs, s", "both, s", ": first row", "index, memory",
        "families --pairs, memory", "bytes an article", "query p50, ms", "p99, ms",
    )  # fmt: skip
    return table(head, rows)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100000,1000000", help="articles, with commas")
    parser.add_argument("--boilerplate", type=float, default=0.1, help="share of articles; 0: only without")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "scale")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found = []
    for articles in map(int, options.sizes.split(",")):
        for boilerplate in (0.0, options.boilerplate) if options.boilerplate else (0.0,):
            found.append(measure(options.folder, articles, boilerplate))
            print(scale_table(found[-1:]), file=sys.stderr, flush=True)
    text = scale_table(found)
    print(text)
    if options.write:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(
            f"{before}{BEGIN}\n- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n{machine()}\n\n{text}\n{END}{after}"
        )


if __name__ == "__main__":
    main()
