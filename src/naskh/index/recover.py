"""Recovering a damaged segment: articles of it that are still right are indexed again; the others are listed."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
import numpy as np

from naskh.arrays import Bool, Int64
from naskh.index.build import Chunk, sketch_chunk, write_segment
from naskh.index.compaction import live
from naskh.index.incoming import Incoming
from naskh.index.keeping import make
from naskh.index.manifest import SegmentEntry
from naskh.index.remains import Remains
from naskh.index.twice import Taken
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
        is_live = self.remains.is_live
        return np.flatnonzero(~self.is_right if is_live is None else is_live & ~self.is_right)

    @property
    def outcome(self) -> Outcome:
        """The figures."""
        entry = self.remains.entry
        recovered = int(np.count_nonzero(self.is_right))
        lost = live(entry) - recovered
        unnamed = int(np.count_nonzero(~self.remains.is_named[self.lost]))
        perhaps_deleted = entry.deleted_articles if self.remains.is_live is None else 0
        return Outcome(entry.name, recovered, lost, min(unnamed, lost), perhaps_deleted)


def recover(
    folder: Path,
    remains: Remains,
    names: Iterator[str],
    settings: Settings,
    pool: Executor,
    taken: Taken,
    on_row: Callable[[int], None],
) -> Recovery:
    """Index again the live articles of a damaged segment that are right; takes effect when a manifest lists it.

    Args:
        folder: the index.
        remains: what can be read of the segment.
        names: of new segments.
        settings: those of the index.
        pool: its threads sketch, and make files, side by side.
        taken: the ids that have their article in other segments, or in this one.
        on_row: called with the number of articles that were gone through.

    """
    from naskh.index.merging import merge_segments

    is_right = np.zeros(remains.entry.articles, np.bool_)
    if remains.is_live is None:
        return Recovery(remains, None, is_right)
    pieces: list[SegmentEntry] = []
    chunks: list[Chunk] = []
    for chunk in _sketched(_right(remains, taken, is_right, on_row), settings, pool):
        chunks.append(chunk)
        if make_a_segment(chunks):
            pieces.append(write_segment(folder, next(names), chunks, pool))
            chunks = []
    if chunks:
        pieces.append(write_segment(folder, next(names), chunks, pool))
    if len(pieces) > 1:
        pieces = [merge_segments(folder, next(names), pieces, settings, pool)]
    return Recovery(remains, pieces[0] if pieces else None, is_right)


def _right(remains: Remains, taken: Taken, is_right: Bool, on_row: Callable[[int], None]) -> Iterator[Incoming]:
    """The live articles that are right and whose ids are not taken, in batches; their rows are marked."""
    assert remains.is_live is not None  # noqa: S101 - else nothing is right
    for rows, batch in remains.right(np.flatnonzero(remains.is_live)):
        is_new = taken.take(batch.id_hashes)
        is_right[rows[is_new]] = True
        if is_new.any():
            yield batch.only(is_new)
        if len(rows):
            on_row(int(rows[-1]) + 1)


def _sketched(batches: Iterable[Incoming], settings: Settings, pool: Executor) -> Iterator[Chunk]:
    """Sketch batches side by side, and hand them on in their order; a few are held."""
    from naskh.sketch.batch import sketcher

    underway: deque[Future[Chunk]] = deque()
    for batch in batches:
        underway.append(pool.submit(lambda batch: sketch_chunk(batch, sketcher(settings)), batch))
        if len(underway) > 2 * (os.cpu_count() or 1):
            yield underway.popleft().result()
    while underway:
        yield underway.popleft().result()


def list_lost(path: Path, recoveries: Iterable[Recovery]) -> Path:
    """Write a list of lost articles, a JSON object a line, and bring it to the disk; returns where it is."""
    lines = (msgspec.json.encode(lost) + b"\n" for recovery in recoveries for lost in _lost(recovery))

    def write(file: BinaryIO) -> None:
        file.writelines(lines)

    return make(path, write)


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
