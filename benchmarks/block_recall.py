"""Recall of ``naskh blocks`` against an exact join.

usage: python -m benchmarks.block_recall [--input FILE] [--truth PAIRS.parquet]

The truth is the pairs of `benchmarks.recall` whose paragraphs are both in one article. A pair is found if its two
paragraphs are in two occurrences of one reported block, with the defaults of ``naskh blocks``. By default a block
needs a Jaccard of 0.6, so below that a pair is found only if what the two have in common is long enough.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpus import DEFAULT_INPUT, DEFAULT_TRUTH, read_articles, require
from benchmarks.measure import table
from benchmarks.recall import TOLERANCE, Pair, read_pairs
from naskh import Block, repeated_blocks

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def pairs_in_articles(truth: Path) -> dict[Pair, float]:
    """The pairs of the truth inside one article, with their Jaccard."""
    return {pair: jaccard for pair, jaccard in read_pairs(truth).items() if pair[0][0] == pair[1][0]}


def are_in_a_block(blocks: Sequence[Block], first: int, second: int) -> bool:
    """Whether two paragraphs are in two occurrences of one block."""
    for block in blocks:
        one, other = (
            {n for n, span in enumerate(block.occurrences) if span.paragraphs[0] <= number <= span.paragraphs[1]}
            for number in (first, second)
        )
        if one and other and len(one | other) > 1:
            return True
    return False


def found_pairs(corpus: Path, pairs: dict[Pair, float]) -> set[Pair]:
    """Those of some pairs that the reported blocks cover."""
    wanted = {pair[0][0] for pair in pairs}
    blocks = {id_: repeated_blocks(text) for id_, text in read_articles(corpus) if id_ in wanted}
    return {(a, b) for a, b in pairs if are_in_a_block(blocks.get(a[0], ()), a[1], b[1])}


def block_table(corpus_path: Path, truth_path: Path) -> str:
    """Pairs of the truth, those inside reported blocks, and recall for each threshold, as a Markdown table."""
    pairs = pairs_in_articles(truth_path)
    found = found_pairs(corpus_path, pairs)
    rows = []
    for threshold in THRESHOLDS:
        wanted = {pair for pair, jaccard in pairs.items() if jaccard >= threshold - TOLERANCE}
        given = len(wanted & found)
        recall = f"{given / len(wanted):.4f}" if wanted else ""
        rows.append((f"{threshold:.1f}", f"{len(wanted):,}", f"{given:,}", recall))
    return table(("Jaccard >=", "pairs inside an article", "inside reported blocks", "recall"), rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, default=DEFAULT_INPUT, help="the whole corpus of the truth")
    parser.add_argument("--truth", type=Path, default=DEFAULT_TRUTH)
    options = parser.parse_args()
    corpus = require(options.input, "the corpus")
    print(block_table(corpus, require(options.truth, "the truth")))


if __name__ == "__main__":
    main()
