"""What the kernels of the sketch take, one by one, on one thread, beside what the machine allows.

usage: python -m benchmarks.kernels [--input FILE] [--limit 8000] [--repeats 5]

A figure is the best of some repeats, and the median goes beside it to show the noise. Where the machine has a
limit of its own (`benchmarks.limits`, measured first), the best is given as a multiple of it: text cannot be folded
faster than memory is read, and a shingle needs as many 32-bit multiply-adds as there are permutations.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from benchmarks.corpus import DEFAULT_INPUT, read_articles, require
from benchmarks.limits import Limits, limits_table
from benchmarks.limits import measure as measure_limits
from benchmarks.measure import repeated, table
from naskh.settings import Settings
from naskh.sketch.batch import Sketcher, find_skips
from naskh.sketch.fold_table import MAX_GROWTH, FoldTable, MonthTable
from naskh.sketch.kernels import UNKNOWN, fold_words, hash_shingles, minhash
from naskh.sketch.reference import permutations

SIZE = Settings().shingle_words
#: Articles that are joined for one call of a kernel: about 100 KB of text.
CHUNK = 32


class Times(NamedTuple):
    """Seconds of some repeats."""

    best: float
    middle: float


class Folded(NamedTuple):
    """The words of all texts: what `fold_words` gives."""

    folded: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    #: (paragraphs, 2): first word and number of words.
    lines: npt.NDArray[np.int64]


def timed(call: Callable[[], object], repeats: int) -> Times:
    """Time a call, after one that is not counted (it may compile)."""
    seconds = repeated(call, repeats)
    return Times(min(seconds), median(seconds))


@njit(nogil=True)
def minhash_all(hashes: Any, lines: Any, a: Any, b: Any, lowest: Any) -> None:
    """The signature of every paragraph, one after the other into `lowest`."""
    for i in range(len(lines)):
        minhash(hashes, lines[i, 0], lines[i, 0] + lines[i, 1] - SIZE + 1, a, b, lowest)


class Steps:
    """Calls the three kernels on texts that are joined by the chunk.

    A chunk and its words stay in the second-level cache, as an article's do in the sketch; the call from Python
    is lost in the noise.
    """

    def __init__(self, chunks: list[npt.NDArray[np.uint8]]) -> None:
        settings = Settings()
        longest = max(map(len, chunks))
        self._chunks = chunks
        self._min_words = settings.min_paragraph_words
        self._table = FoldTable()
        self._months = MonthTable()
        self._out = Folded(
            np.empty(MAX_GROWTH * longest + 16, np.uint8),
            np.empty(2 * longest + 2, np.int64),
            np.empty((longest + 1, 2), np.int64),
        )
        self._dateline = np.zeros(2, np.int64)
        self._hashes = np.empty(longest, np.uint32)
        self._permutations = permutations(settings.num_perm, settings.seed)
        self._lowest = np.empty(settings.num_perm, np.uint32)
        #: All shingles, and those of the long enough paragraphs, of one pass.
        self.hashed = 0
        self.permuted = 0

    def one_pass(self) -> tuple[float, float, float]:
        """Seconds that folding, hashing and permuting all chunks took."""
        seconds = [0.0, 0.0, 0.0]
        self.hashed = self.permuted = 0
        for data in self._chunks:
            started = time.perf_counter()
            found = self._fold(data)
            folded = time.perf_counter()
            words = len(found.starts) - 1
            hash_shingles(found.folded, found.starts, words, SIZE, self._hashes, 0)
            hashed = time.perf_counter()
            lines = found.lines[found.lines[:, 1] >= self._min_words]
            chosen = time.perf_counter()
            minhash_all(self._hashes, lines, *self._permutations, self._lowest)
            permuted = time.perf_counter()
            seconds[0] += folded - started
            seconds[1] += hashed - folded
            seconds[2] += permuted - chosen
            self.hashed += max(words - SIZE + 1, 0)
            self.permuted += int((lines[:, 1] - SIZE + 1).sum())
        return seconds[0], seconds[1], seconds[2]

    def _fold(self, data: npt.NDArray[np.uint8]) -> Folded:
        """Fold a chunk, filling the table as far as it is needed."""
        table, months = self._table, self._months
        while True:
            words, paragraphs = fold_words(
                data, 0, len(data), 0, 0,
                (table.entries, table.expansions, table.expansion_lengths),
                (months.names, months.pairs, months.letters), *self._out, self._dateline,
            )  # fmt: skip
            if words >= 0:
                return Folded(self._out.folded, self._out.starts[: words + 1], self._out.lines[:paragraphs])
            table.fill(UNKNOWN - words)


def kernel_rows(texts: list[bytes], repeats: int, limits: Limits) -> list[tuple[str, ...]]:
    """Rows of the table for the three kernels."""
    joined = (b"".join(texts[i : i + CHUNK]) for i in range(0, len(texts), CHUNK))
    steps = Steps([np.frombuffer(chunk, np.uint8) for chunk in joined])
    steps.one_pass()
    passes = [steps.one_pass() for _ in range(repeats)]
    fold, hashing, permuting = (Times(min(step), median(step)) for step in zip(*passes, strict=True))
    size = sum(map(len, texts))
    articles = len(texts)
    lanes = Settings().num_perm

    def speed(seconds: float) -> str:
        return f"{size / seconds / 1e6:,.0f} MB/s"

    def shingle(seconds: float, count: int) -> str:
        return f"{seconds / count * 1e9:.1f} ns/shingle"

    return [
        _row("fold_words", fold, articles, speed, size / limits.read),
        _row("xxh64 of 3 words", hashing, articles, lambda s: shingle(s, steps.hashed)),
        _row(
            f"minhash, {lanes} permutations", permuting, articles, lambda s: shingle(s, steps.permuted),
            steps.permuted * lanes / limits.multiply_adds,
        ),
    ]  # fmt: skip


def _row(
    name: str, times: Times, articles: int, figure: Callable[[float], str], limit: float | None = None
) -> tuple[str, ...]:
    """A row; `limit` is the seconds that the machine needs at least."""
    allowed = ("", "") if limit is None else (figure(limit), f"{times.best / limit:.1f}")
    return name, figure(times.best), figure(times.middle), f"{times.best / articles * 1e6:.1f}", *allowed


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, default=DEFAULT_INPUT)
    parser.add_argument("--limit", type=int, default=8000, help="articles")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    source = require(options.input, "the corpus")
    texts = [text.encode() + b"\n" for _, text in read_articles(source, options.limit) if text.strip()]
    data = np.frombuffer(b"".join(texts), np.uint8)
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    articles = len(texts)
    limits = measure_limits(options.repeats)
    print(f"{articles:,} articles, {len(data) / 1e6:.1f} MB of UTF-8, one thread\n")
    rows = kernel_rows(texts, options.repeats, limits)
    skips = timed(lambda: find_skips(data, offsets), options.repeats)
    rows.append(_row("find_skips (datelines)", skips, articles, lambda s: f"{articles / s:,.0f} articles/s"))
    sketcher = Sketcher(Settings())
    whole = timed(lambda: sketcher.sketch(data, offsets), options.repeats)
    rows.append(_row("Sketcher.sketch, all of it", whole, articles, lambda s: f"{articles / s:,.0f} articles/s"))
    print(table(("step", "best", "median", "us/article", "machine's limit", "best : limit"), rows))
    print()
    print(limits_table(limits))


if __name__ == "__main__":
    main()
