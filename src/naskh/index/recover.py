"""Recovering a damaged segment: articles of it that are still right are indexed again; the others are listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from naskh.arrays import Bool, Int64
from naskh.index import disk
from naskh.index.build import Chunk, sketch_chunk, write_segment
from naskh.index.manifest import SegmentEntry
from naskh.index.remains import Remains
from naskh.index.verify import Outcome
from naskh.index.writer import make_a_segment
from naskh.settings import Settings


class Lost(msgspec.Struct):
    """A line of the list of lost articles; all but the id are null where they are not known to be right."""

    id: str
    outlet: str | None
    date: str | None
    title: str | None
    url: str | None
    segment: str
    #: The file that says which articles of the segment were deleted is damaged.
    perhaps_deleted: bool


class Recovery(NamedTuple):
    """What became of a damaged segment.

    Attributes:
        remains: what can be read of it.
        segment: one of the articles that were indexed again; None where there are none.
        is_right: (articles,) bool, which these are.

    """

    remains: Remains
    segment: SegmentEntry | None
    is_right: Bool

    @property
    def lost(self) -> Int64:
        """The rows of the other articles, without those that are known to be deleted."""
        live = self.remains.is_live
        return np.flatnonzero(~self.is_right if live is None else live & ~self.is_right)

    @property
    def outcome(self) -> Outcome:
        """The figures."""
        entry = self.remains.entry
        recovered = int(np.count_nonzero(self.is_right))
        lost = entry.articles - entry.deleted_articles - recovered
        unnamed = int(np.count_nonzero(~self.remains.is_named[self.lost]))
        perhaps_deleted = entry.deleted_articles if self.remains.is_live is None else 0
        return Outcome(entry.name, recovered, lost, min(unnamed, lost), perhaps_deleted)


def recover(folder: Path, remains: Remains, names: Iterator[str], settings: Settings, pool: Executor) -> Recovery:
    """Index again the live articles of a damaged segment that are right; takes effect when a manifest lists it.

    Args:
        folder: the index.
        remains: what can be read of the segment.
        names: of new segments.
        settings: those of the index.
        pool: its threads make files side by side.

    """
    from naskh.index.merging import merge_segments
    from naskh.sketch.batch import sketcher

    is_right = np.zeros(remains.entry.articles, np.bool_)
    if remains.is_live is None:
        return Recovery(remains, None, is_right)
    pieces: list[SegmentEntry] = []
    chunks: list[Chunk] = []
    for rows, batch in remains.right(np.flatnonzero(remains.is_live)):
        if len(batch):
            is_right[rows] = True
            chunks.append(sketch_chunk(batch, sketcher(settings)))
        if make_a_segment(chunks):
            pieces.append(write_segment(folder, next(names), chunks, pool))
            chunks = []
    if chunks:
        pieces.append(write_segment(folder, next(names), chunks, pool))
    if len(pieces) > 1:
        pieces = [merge_segments(folder, next(names), pieces, settings, pool)]
    return Recovery(remains, pieces[0] if pieces else None, is_right)


def list_lost(path: Path, recoveries: Iterable[Recovery]) -> None:
    """Write a list of lost articles, a JSON object a line, and bring it to the disk."""
    with disk.create(path) as file:
        for recovery in recoveries:
            for lost in _lost(recovery):
                file.write(msgspec.json.encode(lost) + b"\n")
    disk.sync(path)


def _lost(recovery: Recovery) -> Iterator[Lost]:
    remains = recovery.remains
    for _, fields in remains.fields(recovery.lost):
        known = fields if remains.has_sound_fields else dict.fromkeys(fields)
        yield Lost(
            id=fields["id"] or "",
            outlet=known["outlet"],
            date=known["date"],
            title=known["title"],
            url=known["url"],
            segment=remains.entry.name,
            perhaps_deleted=remains.is_live is None,
        )
