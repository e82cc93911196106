"""The articles of an index with some texts changed, or with some articles left out; the index stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from naskh.arrays import Bool, UInt64
from naskh.article import Article
from naskh.cleaning.copies import View
from naskh.engine import Index
from naskh.index.segment import Segment
from naskh.index.snapshot import Snapshot
from naskh.matching.corpus import Corpus


class Store:
    """The articles of an index that have certain ids.

    Those whose text is changed are put into a second index, and are left out of the first, in memory alone.

    Args:
        index: holds these articles, and maybe others.
        id_hashes: of the wanted ids.
        beside: a folder for the second index, that does not exist.
        workers: threads.

    Attributes:
        given: the articles with their texts as given, numbered in the order of their ids.

    """

    def __init__(self, index: Index, id_hashes: UInt64, beside: Path, *, workers: int) -> None:
        self._first = index.snapshot
        self._second = Index(beside, self._first.manifest.settings)
        self._own = np.unique(id_hashes)
        self._workers = workers
        self.given = Corpus(self._state([]), workers=workers)

    def change(self, articles: Iterable[Article]) -> None:
        """Replace articles by these, which have the same ids and other texts."""
        self._second.add(articles, workers=self._workers)

    def corpus(self) -> Corpus:
        """The articles with their texts as changed, by the same numbers."""
        if not self._second.path.exists():
            return self.given
        return Corpus(self._state(self._second.snapshot.segments), workers=self._workers)

    def _state(self, changed: list[Segment]) -> Snapshot:
        hashes = [segment.id_table[0][_is_live(segment)] for segment in changed]
        elsewhere = np.sort(np.concatenate([np.zeros(0, np.uint64), *hashes]))
        kept = []
        for segment in self._first.segments:
            own, rows = segment.id_table
            stays = np.isin(own, self._own) & ~np.isin(own, elsewhere)
            kept.append(segment.without(rows[~stays].astype(np.int64)))
        return Snapshot(self._first.manifest, [*kept, *changed], self._first.checked)


def _is_live(segment: Segment) -> Bool:
    return segment.is_live(segment.id_table[1].astype(np.int64))


def hashes_of(corpus: Corpus) -> UInt64:
    """The hash of the id of each article, by number."""
    found = np.empty(len(corpus.ids), np.uint64)
    for segment, numbers in zip(corpus.snapshot.segments, corpus.numbers, strict=True):
        hashes, rows = segment.id_table
        own = numbers[rows]
        found[own[own >= 0]] = hashes[own >= 0]
    return found


def view_of(corpus: Corpus) -> View:
    """What makes the state in which only some articles of a corpus are left."""

    def view(stays: Bool) -> Snapshot:
        snapshot = corpus.snapshot
        left = []
        for segment, numbers in zip(snapshot.segments, corpus.numbers, strict=True):
            left.append(segment.without(np.flatnonzero((numbers >= 0) & ~stays[numbers])))
        return Snapshot(snapshot.manifest, left, snapshot.checked)

    return view
