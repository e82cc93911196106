"""The shape of a corpus: lengths, words, and in how many articles a run of three words stands.

usage: python -m benchmarks.corpus_shape FILE [FILE ...] [--limit 31030]

One column a file: `benchmarks.newswire` was fitted to these figures of SaudiNewsNet. Words and shingles are
counted as naskh sees them, by their 32-bit hashes: of 5 million different ones, 3,000 pairs look alike. The shares
depend on the size of a corpus, so compare corpora at the same `--limit`. All hashes are held in memory: 2 KB an
article.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.corpus import read_articles
from benchmarks.measure import table
from naskh.arrays import Int64, NDArray, UInt32
from naskh.settings import Settings
from naskh.sketch.batch import Sketcher

#: Articles of SaudiNewsNet.
DEFAULT_LIMIT = 31_030
#: Articles of one call of the sketch.
BATCH = 1024
#: Percentiles of lengths that are given.
PERCENTILES = (10, 25, 50, 75, 90, 99)
#: Upper ends of the classes of document frequency; above the last is a class of its own.
CLASSES = (1, 10, 100)
#: Ranks of words whose share of the text is given.
RANKS = (1, 10, 100, 1_000, 10_000, 100_000)


class Counts(NamedTuple):
    """What is counted in some articles."""

    #: (articles,) int64: words of each article that has text.
    words: Int64
    #: (articles,) int64: its bytes in UTF-8.
    sizes: Int64
    #: (lines,) int64: words of each non-empty line.
    lengths: Int64
    #: (words,) uint32: the hash of each word.
    word_hashes: UInt32
    #: (s,) uint32: the hash of each shingle, once an article.
    shingles: UInt32


def counted(texts: Iterable[str]) -> Iterator[Counts]:
    """Count batch by batch; texts without words are left out."""
    single = Sketcher(Settings(shingle_words=1, min_paragraph_words=1, num_perm=1, bands=1, rows=1))
    triple = Sketcher(Settings(num_perm=1, bands=1, rows=1))
    remaining = (text for text in texts if text.strip())
    while batch := list(islice(remaining, BATCH)):
        words, triples = single.sketch_texts(batch), triple.sketch_texts(batch)
        article = np.repeat(np.arange(len(batch), dtype=np.uint64), np.diff(triples.shingle_offsets))
        distinct = np.unique(article << np.uint64(32) | triples.shingles)
        sizes = np.array([len(text.encode()) for text in batch])
        yield Counts(words.word_counts, sizes, words.paragraphs[:, 3], words.shingles, distinct.astype(np.uint32))


def frequencies(hashes: UInt32) -> Int64:
    """How often each hash occurs, in no order."""
    counts: Int64 = np.unique(hashes, return_counts=True)[1]
    return counts


def shape(texts: Iterable[str]) -> dict[str, str]:
    """The figures, by their names."""
    words, sizes, lengths, word_hashes, shingles = map(np.concatenate, zip(*counted(texts), strict=True))
    long = lengths >= Settings().min_paragraph_words
    figures = {
        "articles with text": f"{len(words):,}",
        "words an article": f"{words.mean():.0f}",
        "percentiles " + " ".join(map(str, PERCENTILES)): _percentiles(words),
        "bytes a word": f"{sizes.sum() / words.sum():.1f}",
        "paragraphs an article": f"{len(lengths) / len(words):.2f}",
        "of 8 words or more": f"{long.mean():.3f}",
        "words of these": f"{lengths[long].mean():.1f}",
        "percentiles of these": _percentiles(lengths[long]),
    }
    ordered = np.sort(frequencies(word_hashes))[::-1]
    figures["distinct words"] = f"{len(ordered):,}"
    figures["that occur once"] = f"{(ordered == 1).mean():.3f}"
    for rank in RANKS:
        if rank <= len(ordered):
            figures[f"share of the word of rank {rank:,}"] = f"{ordered[rank - 1] / ordered.sum():.2e}"
    found = frequencies(shingles)
    figures["distinct shingles"] = f"{len(found):,}"
    lower = 1
    for upper in (*CLASSES, int(found.max())):
        inside = (found >= lower) & (found <= upper)
        name = (
            f"in {lower:,}"
            if upper == lower
            else f"in {lower:,}-{upper:,}"
            if upper in CLASSES
            else f"in {lower:,}+"
        )
        figures[f"{name} articles"] = f"{inside.mean():.5f}"
        figures[f"{name} articles, of their occurrences"] = f"{found[inside].sum() / found.sum():.4f}"
        lower = upper + 1
    figures["in the most articles"] = f"{found.max() / len(words):.4f}"
    return figures


def _percentiles(values: NDArray[np.int64]) -> str:
    return " ".join(f"{value:.0f}" for value in np.percentile(values, PERCENTILES))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--limit", type=int, default=DEFAULT_LIMIT, help="articles of each file")
    options = parser.parse_args()
    shapes = [shape(text for _, text in read_articles(path, options.limit)) for path in options.files]
    names = list(dict.fromkeys(name for figures in shapes for name in figures))
    rows = [(name, *(figures.get(name, "") for figures in shapes)) for name in names]
    print(table(("", *(path.name for path in options.files)), rows))


if __name__ == "__main__":
    main()
