"""The relation of each pair, by the code of the local engine: tasks give it the articles of their pairs alone.

An `Excerpt` stands in for the corpus. Its numbers are those of all articles, so its arrays are as long as that; but
only what is written or read of them is ever in memory (a few pages for each article of the pairs).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from naskh.arrays import Int64, look_up
from naskh.index.snapshot import Snapshot
from naskh.matching import weigh_kernels as kernels
from naskh.matching.corpus import Corpus, Layout, Ranges, sets_of
from naskh.matching.pair_evidence import Memory, PairEvidence, Texts
from naskh.matching.postings import Postings
from naskh.spark.inverted import look_up_shingles
from naskh.spark.numbering import by_number
from naskh.spark.session import Work
from naskh.spark.stored import Batches, State, Stored, mapped, numbers, rows, whole_groups

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: Pairs whose evidence is weighed at a time; the texts of their articles are in memory.
_PAIRS = 1 << 13

_RELATED = "first long, second long, relation byte, shared int, first_size int, second_size int, jaccard double"


class Excerpt(Corpus):
    """Some articles of a corpus, under their numbers in it.

    Args:
        stored: the index.
        folder: of the run, where the articles were numbered.
        articles: (n,) numbers, sorted and distinct.

    """

    def __init__(self, stored: Stored, folder: Path, articles: Int64) -> None:
        known = by_number(folder)
        count = len(known.place)
        self._workers = 1
        self.ids = pa.nulls(count)  # how many there are is all that is asked for
        # Of 32 bits, which are read as they are in the files.
        self.days, self.outlets, self.sizes = known.day, known.outlet, known.size  # type: ignore[assignment]
        place = known.place[articles]
        segments, which = np.unique(place >> 32, return_inverse=True)
        self.snapshot = Snapshot(stored.manifest, [stored.segment(number) for number in segments.tolist()], {})
        self._places = np.zeros((count, 2), np.int64)
        self._places[articles, 0], self._places[articles, 1] = which, place & 0xFFFFFFFF
        self.layout = Layout(np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros((count, 2), np.int64))
        for number, segment in enumerate(self.snapshot.segments):
            own = articles[which == number]
            of_rows = self._places[own, 1]
            self.layout.starts[own] = segment.bounds[of_rows]
            self.layout.counts[own] = segment.shingle_counts(of_rows)
            self.layout.gaps[own] = np.stack([edges[of_rows] for edges in segment.datelines], axis=1)


def related(work: Work, pairs: DataFrame, shift: int) -> DataFrame:
    """The relation of each pair.

    Args:
        work: the run, whose articles are numbered, and whose shingles are inverted.
        pairs: (one, other, shared, one_size, other_size), kept.
        shift: see `naskh.spark.inverted.invert`.

    Returns:
        see `_RELATED`, in order: partition by partition, and in each by (first, second).

    """
    ordered = pairs.repartitionByRange(work.partitions, "one", "other").sortWithinPartitions("one", "other")
    return mapped(ordered, partial(_related, work.state, work.folder, shift), _RELATED)


def _related(state: State, folder: Path, shift: int, batches: Batches) -> Batches:
    for batch in whole_groups(batches, ["one", "other"], _PAIRS):
        for start in range(0, len(batch), _PAIRS):
            part = batch.slice(start, _PAIRS)
            first, second = numbers(part, "one"), numbers(part, "other")
            shared, one, other = (
                numbers(part, name).astype(np.int64) for name in ("shared", "one_size", "other_size")
            )
            articles = np.unique(np.concatenate([first, second]))
            corpus = Excerpt(state.open(), folder, articles)
            postings, texts = _known(corpus, folder, shift, articles)
            # What is remembered is by place among the shingles of these articles.
            memory = Memory(len(corpus.ids))
            evidence = PairEvidence(corpus, postings, first, second, shared, memory=memory, texts=texts)
            yield rows(
                first=first, second=second, relation=evidence.relations(),
                shared=shared.astype(np.int32), first_size=one.astype(np.int32), second_size=other.astype(np.int32),
                jaccard=shared / (one + other - shared),
            )  # fmt: skip


def _known(corpus: Excerpt, folder: Path, shift: int, articles: Int64) -> tuple[Postings, Texts]:
    """The inverted index of the shingles of some articles, and the articles in its terms.

    Who has a shingle stands in the file of all, so that between two shingles of these articles there are others.
    Each second shingle here stands for those: it has no article of these.
    """
    shingles, ends = corpus.texts(articles)
    layout, count = corpus.layout, len(corpus.ids)
    starts = np.zeros(count, np.int64)
    starts[articles] = ends[:-1]
    sets, sizes, _ = sets_of(Ranges(shingles, ends[:-1], layout.counts[articles], layout.gaps[articles]))
    found = look_up_shingles(folder, shift, np.unique(sets))
    edges = np.append(np.stack([found.starts, found.ends], axis=1).ravel(), found.ends[-1:])
    place, is_known = look_up(found.hashes, sets)
    of_article = np.repeat(np.arange(len(articles)), sizes)[is_known]
    known_starts, known_counts = np.zeros(count, np.int64), np.zeros(count, np.int64)
    counts = np.bincount(of_article, minlength=len(articles))
    known_starts[articles], known_counts[articles] = np.cumsum(counts) - counts, counts
    known = (2 * place[is_known]).astype(np.int32)
    order = np.empty(len(shingles), np.int32)
    texts = Texts(shingles, starts, layout.counts, layout.gaps, known, known_starts, known_counts, order)
    nothing = np.zeros(0, np.int32)
    postings = Postings(
        np.repeat(found.hashes, 2),
        edges,
        np.repeat(found.traits, 2),
        found.holders,
        nothing.astype(np.int64),
        nothing,
    )
    kernels.text_orders(articles, tuple(texts), postings.hashes)
    return postings, texts
