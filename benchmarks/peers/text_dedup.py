"""text-dedup: its command ``python -m text_dedup.minhash``."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from benchmarks.measure import cores
from benchmarks.peers.adaptor import (
    NUM_PERM,
    SHINGLE_WORDS,
    THRESHOLD,
    Examined,
    Found,
    Task,
    articles,
    link_parts,
    main,
    parts_of,
)

#: What ``--debug`` writes: the clusters, by row.
CLUSTERS = "uf.pkl"


def prepare(folder: Path, parts: Sequence[Path]) -> None:
    """Write Parquet, one file for each part."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    link_parts(folder, parts)
    for number, part in enumerate(parts):
        names, texts = zip(*articles([part]), strict=True)
        pq.write_table(pa.table({"id": names, "text": texts}), folder / f"part-{number:03}.parquet")


def run(task: Task) -> None:
    """Become text-dedup's own process; its cache is new, so that nothing is taken from an earlier run."""
    options = {
        "path": "parquet",
        "data_files": task.folder / "*.parquet",
        "split": "train",
        "cache_dir": task.output / "cache",
        "output": task.output / "kept",
        "column": "text",
        "ngram": SHINGLE_WORDS,
        "num_perm": NUM_PERM,
        "threshold": THRESHOLD,
        "hash_func": "xxh3",
        "hash_bits": 32,
        "num_proc": cores(),
    }
    words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(task.output / "home")}
    # --debug costs some hundredths of a second and is the only way to learn the clusters
    os.execv(sys.executable, [sys.executable, "-m", "text_dedup.minhash", *words, "--debug"])  # noqa: S606


def examine(task: Task) -> tuple[Found, Examined]:
    """The clusters."""
    with (task.output / "kept" / CLUSTERS).open("rb") as file:
        clusters = pickle.load(file)  # noqa: S301 - written just now
    names = dict(zip(count(), (name for name, _ in articles(parts_of(task.folder))), strict=False))
    return {"groups": [[names[row], names[clusters.find(row)]] for row in list(clusters.parent)]}, {}


if __name__ == "__main__":
    main(sys.modules[__name__])
