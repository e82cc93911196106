"""rensa: its rho pipeline, or its R-MinHash deduplicator, on whole documents."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path

from rensa import RMinHash, RMinHashDeduplicator, RMinHashLSH

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
    timed_queries,
)

prepare = link_parts

#: Those of rensa's own benchmark.
PROBES = 4
SEED = 42
#: Of 4 rows: rensa's bands must divide the permutations. Of 64 and 32, the nearest to `THRESHOLD`.
BANDS = 32
FLAGS = "flags.json"


def shingles(text: str) -> list[str]:
    """Every run of three words, cut at white space as in rensa's documentation and benchmark."""
    words = text.lower().split()
    if len(words) < SHINGLE_WORDS:
        return words
    return [" ".join(run) for run in zip(words, words[1:], words[2:], strict=False)]


def run(task: Task) -> None:
    """Write whether each article is a duplicate."""
    gc.disable()  # there are no cycles: it only costs
    method = {"rho": _rho, "deduplicator": _deduplicate}[task.options["method"]]
    (task.output / FLAGS).write_text(json.dumps(method(parts_of(task.folder))))


def _rho(parts: list[Path]) -> list[bool]:
    """The fastest way of rensa's benchmark; shingles are passed on article by article, which measured faster."""
    sets = (shingles(text) for _, text in articles(parts))
    matrix = RMinHash.digest_matrix_from_token_sets_rho(sets, num_perm=NUM_PERM, seed=SEED, probes=PROBES)
    lsh = RMinHashLSH(threshold=THRESHOLD, num_perm=NUM_PERM, num_bands=BANDS)
    return list(map(bool, lsh.query_duplicate_flags_matrix_one_shot(matrix)))


def _deduplicate(parts: list[Path]) -> list[bool]:
    """The example of rensa's documentation: whether each article is like one that came before it."""
    keep = _deduplicator().add_pairs((name, shingles(text)) for name, text in articles(parts))
    return [not kept for kept in keep]


def _deduplicator() -> RMinHashDeduplicator:
    return RMinHashDeduplicator(threshold=THRESHOLD, num_perm=NUM_PERM, use_lsh=True)


def examine(task: Task) -> tuple[Found, Examined]:
    """The flags; for the deduplicator, also which articles were kept in place of each."""
    flags = json.loads((task.output / FLAGS).read_text())
    rows = list(articles(parts_of(task.folder)))
    flagged = [row for row, flag in zip(rows, flags, strict=True) if flag]
    if task.options["method"] == "rho":
        return {"flagged": [name for name, _ in flagged]}, {}
    deduplicator = _deduplicator()
    deduplicator.add_pairs((name, shingles(text)) for name, text in rows)
    kept = deduplicator.get_duplicate_sets(shingles(text) for _, text in flagged)
    groups = [[name, *others] for (name, _), others in zip(flagged, kept, strict=True)]

    def query(text: str) -> object:
        return deduplicator.get_duplicate_sets([shingles(text)])

    return {"groups": groups}, timed_queries(
        [text for _, text in rows], query, task.queries
    ) if task.queries else {}


if __name__ == "__main__":
    main(sys.modules[__name__])
