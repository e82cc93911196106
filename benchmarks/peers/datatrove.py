"""datatrove: the four stages of its MinHash example, on local disk."""

from __future__ import annotations

import struct
import sys

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.dedup import MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter
from datatrove.utils.typeshelper import Languages
from datatrove.utils.word_tokenizers import WordTokenizer

from benchmarks.measure import folder_bytes
from benchmarks.peers.adaptor import (
    SHINGLE_WORDS,
    UNVERIFIED_BANDS,
    UNVERIFIED_ROWS,
    Examined,
    Found,
    Task,
    articles,
    link_parts,
    main,
    parts_of,
)

prepare = link_parts

SIGNATURES, BUCKETS, CLUSTERS, KEPT = "signatures", "buckets", "clusters", "kept"


class Spaces(WordTokenizer):
    """Words between spaces; datatrove has put these in place of punctuation by then."""

    def word_tokenize(self, text: str) -> list[str]:
        """The words."""
        return text.split()

    def sent_tokenize(self, text: str) -> list[str]:
        """Not asked for by MinHash."""
        raise NotImplementedError

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        """Not asked for by MinHash."""
        raise NotImplementedError


WORDS = {"spacy": Languages.arabic__arab, "spaces": Spaces()}


def run(task: Task) -> None:
    """Signatures, buckets, clusters, and the articles that are left."""
    config = MinhashConfig(n_grams=SHINGLE_WORDS, num_buckets=UNVERIFIED_BANDS, hashes_per_bucket=UNVERIFIED_ROWS)
    parts = parts_of(task.folder)
    workers = len(parts)
    folder = {name: str(task.output / name) for name in (SIGNATURES, BUCKETS, CLUSTERS, KEPT)}
    reader = JsonlReader(str(task.folder), glob_pattern="part-*.jsonl", compression=None)

    def execute(steps: list[PipelineStep], tasks: int) -> None:
        # "fork" starts faster than the default, and does not hide what the workers take
        LocalPipelineExecutor(
            steps,
            tasks=tasks,
            workers=min(tasks, workers),
            start_method="fork",
            logging_dir=str(task.output / "logs" / steps[-1].__class__.__name__),
        ).run()

    signature = MinhashDedupSignature(folder[SIGNATURES], config=config, language=WORDS[task.options["words"]])
    execute([reader, signature], workers)
    execute([MinhashDedupBuckets(folder[SIGNATURES], folder[BUCKETS], config=config)], UNVERIFIED_BANDS)
    execute([MinhashDedupCluster(folder[BUCKETS], folder[CLUSTERS], config=config, save_cluster_id=True)], 1)
    writer = JsonlWriter(folder[KEPT], compression=None)
    execute([reader, MinhashDedupFilter(folder[CLUSTERS]), writer], workers)


def examine(task: Task) -> tuple[Found, Examined]:
    """The clusters, which are written as number of the article in its part and of the cluster."""
    groups: dict[int, list[str]] = {}
    for number, part in enumerate(parts_of(task.folder)):
        names = [name for name, _ in articles([part])]
        file = task.output / CLUSTERS / f"{number:06}.clusters"
        if file.exists():
            for row, cluster in struct.iter_unpack("<2I", file.read_bytes()):
                groups.setdefault(cluster, []).append(names[row])
    return {"groups": list(groups.values())}, {"kept_bytes": folder_bytes(task.output / SIGNATURES)}


if __name__ == "__main__":
    main(sys.modules[__name__])
