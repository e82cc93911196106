"""All pairs of articles at Jaccard 0.5 and above, by an exact join that knows neither bands nor sketches.

usage: python -m benchmarks.exact_pairs CORPUS OUTPUT.parquet

An article is the set of its shingles without the dateline, as naskh's readable reference folds and hashes them.
Two sets of n and m shingles at Jaccard t share at least t times the larger of n and m; so with all shingles in one
order, the rarest first, they share one among the first ``n - ceil(t * n) + 1`` of each (prefix filter: Chaudhuri,
Ganti, Kaushik 2006). Pairs that do are compared on their whole sets.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from numba import njit

from benchmarks.corpus import read_articles
from benchmarks.measure import cores
from naskh.settings import Settings
from naskh.sketch.reference import sketch_text

THRESHOLD = 0.5
#: Articles that a process sketches at a time.
CHUNK = 256

UInt32 = npt.NDArray[np.uint32]


def shingles(text: str) -> UInt32:
    """The distinct shingles of an article, (n,) uint32."""
    return np.unique(sketch_text(text, Settings()).evidence)


def rarest_first(sets: Sequence[UInt32]) -> list[UInt32]:
    """The sets with each shingle replaced by its rank from the rarest, and sorted."""
    _, inverse, counts = np.unique(np.concatenate(sets), return_inverse=True, return_counts=True)
    rank = np.empty(len(counts), np.uint32)
    rank[np.argsort(counts, kind="stable")] = np.arange(len(counts), dtype=np.uint32)
    ends = np.cumsum([len(own) for own in sets])[:-1]
    return [np.sort(own) for own in np.split(rank[inverse], ends)]


@njit
def shared_count(values: Any, a: Any, a_end: Any, b: Any, b_end: Any) -> Any:
    """How many values two sorted ranges of (n,) uint32 `values` share."""
    shared = 0
    while a < a_end and b < b_end:
        if values[a] == values[b]:
            shared += 1
            a += 1
            b += 1
        elif values[a] < values[b]:
            a += 1
        else:
            b += 1
    return shared


@njit
def join(values: Any, offsets: Any, prefix: Any, postings: Any, places: Any, threshold: Any) -> Any:
    """Pairs (earlier, later) of sets at the threshold and above, with their Jaccard.

    Args:
        values: (n,) uint32, all sets one after the other, sorted.
        offsets: (s + 1,) int64, where each begins.
        prefix: (s,) int64, how many of the first of each count.
        postings: (p,) int64, the sets whose prefix has a value, in order, by value.
        places: (v + 1,) int64, where those of a value begin.
        threshold: least Jaccard.

    """
    sets = len(prefix)
    last = np.full(sets, -1, np.int64)
    found = [(0, 0, 0.0)]
    for a in range(sets):
        size = offsets[a + 1] - offsets[a]
        for i in range(offsets[a], offsets[a] + prefix[a]):
            for j in range(places[values[i]], places[values[i] + 1]):
                b = postings[j]
                if b >= a:
                    break
                if last[b] == a:
                    continue
                last[b] = a
                other = offsets[b + 1] - offsets[b]
                if min(size, other) < threshold * max(size, other):
                    continue
                shared = shared_count(values, offsets[a], offsets[a + 1], offsets[b], offsets[b + 1])
                jaccard = shared / (size + other - shared)
                if jaccard >= threshold:
                    found.append((b, a, jaccard))
    return found[1:]


def exact_pairs(sets: Sequence[UInt32], threshold: float = THRESHOLD) -> list[tuple[int, int, float]]:
    """Pairs of places in the list, the lesser first, with their Jaccard; empty sets are in none."""
    if not sum(map(len, sets)):
        return []
    ranked = rarest_first(sets)
    values = np.concatenate(ranked)
    offsets = np.concatenate([[0], np.cumsum([len(own) for own in ranked])]).astype(np.int64)
    prefix = np.array([len(own) - math.ceil(threshold * len(own)) + 1 if len(own) else 0 for own in ranked])
    heads = np.concatenate([own[:count] for own, count in zip(ranked, prefix, strict=True)])
    owners = np.repeat(np.arange(len(ranked)), prefix)
    order = np.argsort(heads, kind="stable")
    places = np.searchsorted(heads[order], np.arange(int(values.max()) + 2))
    return list(join(values, offsets, prefix, owners[order], places, threshold))


def main() -> None:
    """Join and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    names, texts = zip(*read_articles(options.corpus), strict=True)
    with Pool(cores()) as pool:
        sets = pool.map(shingles, texts, CHUNK)
    pairs = exact_pairs(sets)
    rows = [
        {"article_a": min(names[a], names[b]), "article_b": max(names[a], names[b]), "jaccard": jaccard}
        for a, b, jaccard in pairs
    ]
    schema = pa.schema([("article_a", pa.string()), ("article_b", pa.string()), ("jaccard", pa.float64())])
    pq.write_table(pa.Table.from_pylist(rows, schema), options.output)
    print(f"{len(rows):,} pairs")


if __name__ == "__main__":
    main()
