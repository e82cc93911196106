"""Sketching a batch of articles with the kernels: sizes their arrays and fills the fold table on demand."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from naskh.arrays import Int64, NDArray, Scratch, UInt32
from naskh.settings import Settings
from naskh.sketch.fold_table import MAX_GROWTH, FoldTable, MonthTable
from naskh.sketch.head_kernels import may_have_dateline
from naskh.sketch.kernels import OUT_OF_SPACE, UNKNOWN, sketch_articles
from naskh.sketch.reference import FEWEST_KEPT, frac_limit, permutations
from naskh.text.datelines import HEAD_CHARS, find_dateline

#: Bytes at an article's head that mostly hold all the characters which `find_dateline` looks at.
_HEAD_BYTES = 2 * (HEAD_CHARS + 50)


class BatchSketch(NamedTuple):
    """The sketches of a batch of articles, one after the other; see `naskh.sketch.reference.ArticleSketch`."""

    #: (articles + 1,) int64: article ``i`` has ``shingles[shingle_offsets[i] : shingle_offsets[i + 1]]``.
    shingle_offsets: Int64
    #: (s,) uint32, in text order.
    shingles: UInt32
    #: (articles + 1,) int64, into `frac`.
    frac_offsets: Int64
    #: (f,) uint32: each article's FracMinHash, its dateline left out, in text order, with repeats.
    frac: UInt32
    #: (articles,) int64: words of each article.
    word_counts: Int64
    #: (articles,) int64: all non-empty lines, short ones included.
    paragraph_counts: Int64
    #: (articles, 2) int64: the shingles that touch the dateline, [first, end); equal when there is none.
    datelines: Int64
    #: (p, 4) int64: article, paragraph number from 1, its first shingle in the article, its shingles.
    paragraphs: Int64
    #: (p, bands) uint32.
    band_keys: UInt32


class Sketcher:
    """Sketches batches under one set of settings. Threads may share it: each has buffers of its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._scratch = Scratch()
        self._table = FoldTable()
        months = MonthTable()
        self._months = (months.names, months.pairs, months.letters)

    @property
    def tables(self) -> tuple[Any, Any]:
        """`table` and `months` of `naskh.sketch.kernels.fold_words`."""
        return (self._table.entries, self._table.expansions, self._table.expansion_lengths), self._months

    def fill(self, code_point: int) -> None:
        """Let the table know a code point that a kernel did not find in it."""
        self._table.fill(code_point)

    def sketch(self, data: NDArray[np.uint8], offsets: Int64) -> BatchSketch:
        """Sketch a batch.

        Args:
            data: (n,) uint8: the articles' texts in UTF-8.
            offsets: (articles + 1,) int64: where each begins in `data`.

        """
        settings = self.settings
        articles = len(offsets) - 1
        longest = int(np.diff(offsets).max(initial=0))
        take = self._scratch.take
        scratch = (
            take("folded", MAX_GROWTH * longest + 16, np.uint8),
            take("starts", 2 * longest + 2, np.int64),
            take("lines", longest + 1, np.int64, 2),
            np.empty(2, np.int64),
            np.empty(settings.bands * settings.rows, np.uint32),
        )
        shape = (
            settings.shingle_words, settings.bands, settings.rows, settings.min_paragraph_words,
            frac_limit(settings.frac_scale), FEWEST_KEPT,
        )  # fmt: skip
        used = settings.bands * settings.rows
        a, b = (values[:used] for values in permutations(settings.num_perm, settings.seed))
        skips = find_skips(data, offsets)
        # An Arabic word takes about 11 bytes and a paragraph 500; for denser text the arrays grow.
        capacity = int(offsets[-1] - offsets[0]) // 6 + 64
        shingles, frac = take("shingles", capacity, np.uint32), take("frac", capacity, np.uint32)
        paragraphs = take("paragraphs", capacity // 16 + 4, np.int64, 4)
        keys = take("keys", len(paragraphs), np.uint32, settings.bands)
        ends = np.zeros((articles + 1, 7), np.int64)
        done = 0
        while done < articles:
            done, status = sketch_articles(
                done, data, offsets, skips,
                *self.tables, (a, b), shape, scratch,
                ends, shingles, frac, paragraphs, keys,
            )  # fmt: skip
            if status == OUT_OF_SPACE:
                shingles, frac, paragraphs, keys = (_doubled(array) for array in (shingles, frac, paragraphs, keys))
            elif status <= UNKNOWN:
                self._table.fill(UNKNOWN - status)
        n_shingles, n_frac, n_paragraphs = (int(n) for n in ends[-1, :3])
        return BatchSketch(
            shingle_offsets=ends[:, 0].copy(),
            shingles=shingles[:n_shingles].copy(),
            frac_offsets=ends[:, 1].copy(),
            frac=frac[:n_frac].copy(),
            word_counts=ends[1:, 3].copy(),
            paragraph_counts=ends[1:, 4].copy(),
            datelines=ends[1:, 5:].copy(),
            paragraphs=paragraphs[:n_paragraphs].copy(),
            band_keys=keys[:n_paragraphs].copy(),
        )

    def sketch_texts(self, texts: list[str]) -> BatchSketch:
        """Sketch texts held as strings.

        Raises:
            UnicodeEncodeError: a text holds a lone surrogate.

        """
        encoded = [text.encode() for text in texts]
        offsets = np.zeros(len(texts) + 1, np.int64)
        np.cumsum([len(text) for text in encoded], out=offsets[1:])
        return self.sketch(np.frombuffer(b"".join(encoded), np.uint8), offsets)


def concatenate(sketches: list[BatchSketch]) -> BatchSketch:
    """The sketch of several batches, one after the other, as if they had been one."""
    firsts = np.cumsum([0, *(len(sketch.word_counts) for sketch in sketches)]).tolist()
    paragraphs = np.concatenate([sketch.paragraphs for sketch in sketches])
    paragraphs[:, 0] += np.repeat(firsts[:-1], [len(sketch.paragraphs) for sketch in sketches])
    return BatchSketch(
        shingle_offsets=_joined_offsets([sketch.shingle_offsets for sketch in sketches]),
        shingles=np.concatenate([sketch.shingles for sketch in sketches]),
        frac_offsets=_joined_offsets([sketch.frac_offsets for sketch in sketches]),
        frac=np.concatenate([sketch.frac for sketch in sketches]),
        word_counts=np.concatenate([sketch.word_counts for sketch in sketches]),
        paragraph_counts=np.concatenate([sketch.paragraph_counts for sketch in sketches]),
        datelines=np.concatenate([sketch.datelines for sketch in sketches]),
        paragraphs=paragraphs,
        band_keys=np.concatenate([sketch.band_keys for sketch in sketches]),
    )


def _joined_offsets(offsets: list[Int64]) -> Int64:
    lengths = np.concatenate([np.diff(part) for part in offsets])
    return np.append(0, np.cumsum(lengths))


@cache
def sketcher(settings: Settings) -> Sketcher:
    """The one `Sketcher` of these settings: its tables are filled once in a process."""
    return Sketcher(settings)


def _doubled(array: NDArray[Any]) -> NDArray[Any]:
    grown = np.empty((2 * len(array), *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


def find_skips(data: NDArray[np.uint8], offsets: Int64) -> Int64:
    """The datelines of a batch: (articles, 2) int64, first byte and end in `data`; both 0 where there is none."""
    skips = np.zeros((len(offsets) - 1, 2), np.int64)
    may = np.empty(len(skips), np.bool_)
    may_have_dateline(data, offsets, may)
    raw = data.data
    for article in np.flatnonzero(may).tolist():
        start, end = offsets[article], offsets[article + 1]
        head = bytes(raw[start : min(end, start + _HEAD_BYTES)]).decode("utf-8", "ignore")
        if len(head) <= HEAD_CHARS < end - start:
            head = bytes(raw[start : min(end, start + 4 * (HEAD_CHARS + 1))]).decode("utf-8", "ignore")
        dateline = find_dateline(head)
        if dateline is not None:
            first = start + len(head[: dateline.start].encode())
            skips[article] = first, first + len(head[dateline.start : dateline.end].encode())
    return skips
