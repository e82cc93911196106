"""Ids of articles across segments: each has one live article in an index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from naskh.arrays import Bool, UInt32, UInt64, look_up
from naskh.index.files import Kind, column, map_table
from naskh.index.manifest import SegmentEntry


def live_ids(folder: Path, entry: SegmentEntry) -> tuple[UInt64, UInt32]:
    """The hashes of the ids of a sound segment's live articles, sorted, and the row of each."""
    table = map_table(folder, entry.files[Kind.IDS.value], Kind.IDS)
    hashes, rows = column(table, "hash"), column(table, "article")
    if entry.deleted is None:
        return hashes, rows
    deleted = column(map_table(folder, entry.deleted, Kind.DELETED), "article")
    is_live = np.isin(rows, deleted, invert=True)
    return hashes[is_live], rows[is_live]


def standing_twice(folder: Path, entries: Sequence[SegmentEntry]) -> Iterator[tuple[SegmentEntry, str]]:
    """The sound segments that have a live article whose id has another before it, and what to say of it."""
    hashes = np.sort(np.concatenate([np.zeros(0, np.uint64), *(live_ids(folder, entry)[0] for entry in entries)]))
    doubled = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
    if not len(doubled):
        return
    first: dict[str, str] = {}
    for entry in entries:
        own, rows = live_ids(folder, entry)
        ids = map_table(folder, entry.files[Kind.ARTICLES.value], Kind.ARTICLES).column("id")
        again = None
        for row in rows[np.isin(own, doubled)].tolist():
            article_id = ids[row].as_py()
            if again is None and article_id in first:
                again = f"the id {article_id!r} has a live article in segment {first[article_id]}, too"
            first.setdefault(article_id, entry.name)
        if again is not None:
            yield entry, again


class Taken:
    """The ids that have their article: another article of the same id is not taken in.

    Args:
        hashes: of the ids that have it already.

    """

    def __init__(self, hashes: UInt64) -> None:
        self._before = np.sort(hashes)
        self._since: set[int] = set()

    def take(self, hashes: UInt64) -> Bool:
        """Which of some ids had no article, and have one from now on."""
        is_new = ~look_up(self._before, hashes)[1]
        for place, value in enumerate(hashes.tolist()):
            is_new[place] &= value not in self._since
            self._since.add(value)
        return is_new
