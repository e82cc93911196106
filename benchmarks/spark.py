"""naskh over a cluster beside naskh on one machine: whether all results are the same, and how evenly tasks take.

usage: python -m benchmarks.spark CORPUS [--master local[2]] [--partitions N] [--folder DIR] [--skew-only]

Indexes CORPUS (JSON lines, as `naskh index` reads) both ways, and compares: what the indexes hold, pairs of
paragraphs, pairs of articles at Jaccard 0.5 and at containment 0.25, families; all row by row, in order. `naskh
verify` looks at the index that Spark made. Tasks are measured by Spark's own event log: `Executor Run Time` of each
task that ended well. Of each stage with two tasks or more the longest is divided by the median; stages whose
longest task took less than a second are left out: there, starts are what is measured. All runs over the sample
crawl first, unmeasured: each Python worker loads naskh, numba and the kernels once, which takes it some seconds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from naskh import Index
from naskh.index.verify import verify
from naskh.sources import Reader
from naskh.spark import all_families, build_index, compare, named_pairs, paragraph_pairs, start_session, working

SAMPLE = Path(__file__).parent.parent / "examples" / "sample-crawl.jsonl"
#: Stages whose longest task takes less are not looked at, in seconds.
LEAST = 1.0
#: No task should take more times the median of its stage.
MOST = 5.0


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say how long it took."""
    started = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - started:.1f} s", flush=True)


def contents(index: Index) -> list[tuple[str, int]]:
    """The id and the digest of each live article."""
    found = []
    for segment in index.snapshot.segments:
        live = segment.live_rows()
        ids = segment.articles.column("id").take(pa.array(live)).to_pylist()
        found += zip(ids, segment.digests[live].tolist(), strict=True)
    return sorted(found)


def parquet(folder: Path, schema: pa.Schema) -> pa.Table:
    """What Spark wrote, in the order of its files."""
    tables = [pq.read_table(path) for path in sorted(folder.glob("part-*.parquet"))]
    return pa.concat_tables(tables).cast(schema)


def say(what: str, same: bool, rows: int) -> None:
    """Say whether two results are the same."""
    print(f"{what}: {rows:,} rows, {'the same' if same else 'DIFFERENT'}", flush=True)


def stages(log: Path, since: float) -> list[tuple[float, float, int, str]]:
    """Longest task, times the median, number of tasks and name of each stage since then, the least even first."""
    seconds: dict[int, list[float]] = defaultdict(list)
    names: dict[int, str] = {}
    for line in log.open(encoding="utf-8"):
        event = json.loads(line)
        if event["Event"] == "SparkListenerJobStart":
            for stage in event["Stage Infos"]:
                names[stage["Stage ID"]] = event.get("Properties", {}).get("spark.job.description") or "index"
        elif event["Event"] == "SparkListenerTaskEnd" and event["Task End Reason"]["Reason"] == "Success":
            if event["Task Info"]["Launch Time"] < since * 1000:
                continue
            seconds[event["Stage ID"]].append(event["Task Metrics"]["Executor Run Time"] / 1000)
    found = [
        (max(own), max(own) / max(statistics.median(own), 1e-3), len(own), names.get(stage, "?"))
        for stage, own in seconds.items()
        if len(own) > 1
    ]
    return sorted(found, key=lambda row: -row[1])


def skew(log: Path, since: float) -> None:
    """Say how evenly the tasks of each stage took."""
    found = stages(log, since)
    measured = [row for row in found if row[0] >= LEAST]
    print(f"{len(found)} stages of two tasks or more; {len(measured)} with a task of {LEAST:g} s or more:")
    print("| longest task, s | times the median | tasks | step |\n|---:|---:|---:|---|")
    for longest, times, tasks, name in measured[:15]:
        print(f"| {longest:.1f} | {times:.2f} | {tasks} | {name} |")
    worst = max((row[1] for row in measured), default=0.0)
    print(
        f"the least even: {worst:.2f} times the median ({'within' if worst <= MOST else 'ABOVE'} {MOST:g})",
        flush=True,
    )


def run(options: argparse.Namespace, folder: Path) -> None:
    """Do all that with Spark, and compare."""
    logs = folder / "events"
    logs.mkdir()
    spark = start_session(
        options.master,
        {
            "spark.driver.host": "127.0.0.1", "spark.driver.memory": options.memory, "spark.ui.enabled": "false",
            "spark.eventLog.enabled": "true", "spark.eventLog.dir": logs.as_uri(),
            "spark.eventLog.compress": "false", "spark.eventLog.rolling.enabled": "false",
        },
    )  # fmt: skip
    local, cluster = Index(folder / "local.naskh"), Index(folder / "spark.naskh")
    step: Callable[[str], Any] = lambda name: print(f"  {time.strftime('%H:%M:%S')} {name}", flush=True)  # noqa: E731
    with timed("all of the sample crawl, Spark, so that workers are ready"):
        build_index(spark, folder / "sample.naskh", [str(SAMPLE)])
        with working(spark, folder / "sample.naskh", partitions=options.partitions) as work:
            work.written(paragraph_pairs(work), folder / "sample-pairs")
        with working(spark, folder / "sample.naskh", partitions=options.partitions) as work:
            work.written(all_families(work, compare(work, 1.0, 0.25)), folder / "sample-families")
    since = time.time()
    with timed("index, one machine"):
        local.add(Reader([options.corpus]).batches())
    with timed("index, Spark"):
        report = build_index(spark, cluster.path, [options.corpus])
    print(report.counts, f"{len(report.rejections):,} rejected")
    say("index", contents(local) == contents(cluster), len(cluster))
    damaged = verify(cluster.path).damage
    print("verify:", damaged or "all sound")
    with (
        timed("pairs of paragraphs, Spark"),
        working(spark, cluster.path, partitions=options.partitions, progress=step) as work,
    ):
        work.written(paragraph_pairs(work), folder / "paragraphs")
    with (
        timed("families and pairs, Spark"),
        working(spark, cluster.path, partitions=options.partitions, progress=step) as work,
    ):
        compared = compare(work, 1.0, 0.25)
        work.written(named_pairs(work, compared), folder / "pairs")
        work.written(named_pairs(work, compared, 0.5, 0.25), folder / "contained")
        work.written(all_families(work, compared), folder / "families")
    spark.stop()
    if not options.skew_only:
        compare_results(local, folder)
    skew(max(logs.iterdir(), key=lambda path: path.stat().st_size), since)


def compare_results(local: Index, folder: Path) -> None:
    """Hold what Spark wrote against one machine's results."""
    with timed("all of that, one machine"):
        paragraphs = local.pairs("paragraph")
        compared = local.compare_all()
        pairs, contained = compared.pairs(), compared.pairs(min_containment=0.25)
        families = compared.families()
    for name, expected in (("paragraphs", paragraphs), ("pairs", pairs), ("contained", contained)):
        found = parquet(folder / name, expected.schema)
        say(name, found.equals(expected), len(found))
    stories = [
        row for path in sorted((folder / "families").glob("part-*")) for row in pq.read_table(path).to_pylist()
    ]
    expected = msgspec.json.decode(msgspec.json.encode(families))
    say("families", msgspec.json.decode(msgspec.json.encode(stories)) == expected, len(stories))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--memory", default="3g", help="of the driver, which runs the tasks of a local master")
    parser.add_argument("--partitions", type=int)
    parser.add_argument("--folder", type=Path, help="for all files, removed at the end")
    parser.add_argument("--skew-only", action="store_true", help="do not compare with one machine")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="naskh-bench-", dir=options.folder))
    try:
        run(options, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
