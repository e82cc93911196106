"""Writing: articles come in batches and leave as segments; each commit makes what came before it durable."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Self

import msgspec
import numpy as np
import pyarrow as pa

from naskh.errors import IndexCorrupt, IndexMissing, IndexUnwritable, NotAnIndex
from naskh.index import compaction, disk
from naskh.index.build import Chunk, sketch_chunk, write_segment
from naskh.index.checks import write_checked, written
from naskh.index.files import Kind, write_table
from naskh.index.incoming import Incoming, incoming, is_changed, last_of_each, stored_rows
from naskh.index.keeping import write_twin
from naskh.index.lock import LOCK, writer_lock
from naskh.index.manifest import (
    MANIFEST,
    Manifest,
    SegmentEntry,
    check_settings,
    copy_manifest,
    listed_files,
    read_manifest,
    write_manifest,
)
from naskh.index.pool import writing_pool
from naskh.index.snapshot import Place, clear_attempt, clear_debris, is_segment_file, open_snapshot
from naskh.settings import Settings

#: A segment is written, and committed, when its sketched batches have so many articles or bytes: some 60 MB
#: of sketches and compressed text. With w workers at most 2 w + 1 batches are held besides, whatever the size of
#: the crawl.
SEGMENT_ARTICLES = 16384
SEGMENT_BYTES = 128 << 20


class AddReport(msgspec.Struct):
    """What became of the articles given to the index.

    Of those, so many, from the first on, are `durable`.
    """

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    durable: int = 0

    @property
    def articles(self) -> int:
        """All of them."""
        return self.added + self.replaced + self.unchanged


def create_index(folder: Path, settings: Settings | None = None) -> Settings:
    """Make an empty index, or check that the one which is there has these settings; returns its settings.

    Raises:
        SettingsMismatch: the message lists what differs.
        NotAnIndex: the path is a file, or a folder that holds other things.
        IndexUnwritable: the system does not let it be made.

    """
    try:
        stored = read_manifest(folder).settings
    except IndexMissing:
        _check_free(folder)
        with disk.changing(folder):
            stored = _make_index(folder, settings or Settings())
    if settings is not None:
        check_settings(folder, stored, settings)
    return stored


def _make_index(folder: Path, settings: Settings) -> Settings:
    disk.make_folder(folder)
    with writer_lock(folder):
        try:  # another process may have made it meanwhile
            return read_manifest(folder).settings
        except IndexMissing:
            write_manifest(folder, Manifest(settings=settings))
            return settings


def make_a_segment(chunks: Sequence[Chunk]) -> bool:
    """Whether chunks are enough for a segment."""
    articles = sum(len(chunk) for chunk in chunks)
    return articles >= SEGMENT_ARTICLES or sum(chunk.bytes for chunk in chunks) >= SEGMENT_BYTES


def _check_free(folder: Path) -> None:
    """Refuse to make an index among somebody's files."""
    if folder.exists() and not folder.is_dir():
        raise NotAnIndex(f"{folder} is a file; an index is a folder: give another path")
    names = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if MANIFEST in names:  # made by another process just now
        return
    if any(is_segment_file(name) for name in names):
        raise IndexCorrupt(f"{folder / MANIFEST} is missing; restore it from a copy, or index into a new folder")
    if names - {LOCK, MANIFEST + disk.NEW}:  # those are of a run that was killed before its first commit
        raise NotAnIndex(
            f"{folder} holds other files and is no naskh index; give a new folder (the index comes first, "
            "then the sources)"
        )


class IndexWriter:
    """Writes to an existing index and holds its lock; to be used in a ``with`` statement.

    When a change fails, the index is what it was at the last commit, be that the change's own; the files of the
    attempt are cleared away, and the writer takes nothing more.

    Args:
        folder: the index.
        workers: threads that sketch, compress and sort.
        on_commit: called after each commit with the report so far: all that it counts is durable.

    Raises:
        IndexLocked: another process is writing.
        IndexUnwritable: the system does not let the index be written. Every method may raise this.
        IndexUnusable: see `naskh.errors`.

    """

    def __init__(
        self, folder: Path, *, workers: int = 2, on_commit: Callable[[AddReport], None] | None = None
    ) -> None:
        self.report = AddReport()
        self._folder = folder
        self._on_commit = on_commit
        self._failed = False
        with disk.changing(folder), ExitStack() as opening:
            opening.enter_context(writer_lock(folder))
            self._snapshot = open_snapshot(folder)
            copy_manifest(folder)
            disk.sync(folder)  # the manifest that was read stays, before files that only an older one lists go
            clear_debris(folder, self._snapshot.manifest)
            opening.callback(self._leave)
            self._pool = opening.enter_context(writing_pool(workers))
            self._open = opening.pop_all()
        self._workers = workers
        self._repeated = 0  # articles taken in that a later one of the same batch replaced
        self._underway: set[int] = set()  # hashes of the ids that are taken in but not yet committed
        self._given = 0  # articles taken in
        self._sketching: deque[Future[Chunk]] = deque()
        self._before: deque[int] = deque()  # for each of these, the articles taken in before it
        self._sketched: list[Chunk] = []  # chunks of the segment to be written next

    @property
    def _settings(self) -> Settings:
        return self._snapshot.manifest.settings

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        with self._open:
            if error is None and not self._failed:
                self.flush()

    def _leave(self) -> None:
        """Leave the folder in order, when nothing writes to it any more and the lock is still held."""
        if self._failed:
            clear_attempt(self._folder)
        else:  # what an older copy of the manifest lists stayed, where a commit could not make its own
            copy_manifest(self._folder)
            with suppress(OSError):
                clear_debris(self._folder, self._snapshot.manifest)
        write_checked(self._folder, self._snapshot.checked)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """A change of the index: when it fails, what is on its way is lost, and no later one may build on it."""
        if self._failed:
            raise IndexUnwritable(f"{self._folder}: an earlier change failed; open it again")
        try:
            with disk.changing(self._folder):
                yield
        except BaseException:
            self._failed = True
            raise

    def add(self, articles: pa.RecordBatch) -> None:
        """Add a batch of articles (see `naskh.columns.ARTICLES`).

        One whose id is stored replaces it, unless nothing in it changed; of two with the same id, the later
        replaces the earlier. They are durable once `on_commit` was called after them, or the writer closed.
        """
        given = incoming(articles)
        with self._changing():
            self._add(given)

    def _add(self, given: Incoming) -> None:
        batch = last_of_each(given)
        hashes = batch.id_hashes.tolist()
        if not self._underway.isdisjoint(hashes):
            self.flush()
        self._repeated += len(given) - len(batch)
        changed = is_changed(self._snapshot, batch)
        if not changed.all():
            self.report.unchanged += int(np.count_nonzero(~changed))
            batch = batch.only(changed)
        if len(batch):
            self._underway.update(batch.id_hashes.tolist())
            self._sketching.append(self._pool.submit(self._sketch, batch))
            self._before.append(self._given)
        self._given += len(given)
        while len(self._sketching) > 2 * self._workers:
            self._collect()

    def delete(self, ids: Iterable[str]) -> list[str]:
        """Delete articles by id in one commit; returns the ids that were not there."""
        with self._changing():
            return self._delete(ids)

    def _delete(self, ids: Iterable[str]) -> list[str]:
        self.flush()
        unknown = []
        doomed = []
        for article_id in dict.fromkeys(ids):
            place = self._snapshot.find(article_id)
            if place is None:
                unknown.append(article_id)
            else:
                doomed.append(place)
        if doomed:
            self._commit([], doomed)
        return unknown

    def compact(
        self, *, everything: bool = False, progress: Callable[[float], None] = lambda _: None
    ) -> compaction.CompactReport:
        """Merge segments that are many, and free the space of all deleted articles.

        Args:
            everything: make one segment of all.
            progress: called with the share of the work that is done, 0 to 1.

        """
        self.flush()
        before = self._snapshot.manifest.segments
        with self._changing():
            if everything:
                self._merge_groups(compaction.everything(before, self._settings.bands), progress)
            else:
                self._merge_due(most_deleted=0.0, progress=progress)
        after = self._snapshot.manifest.segments
        return compaction.CompactReport(
            segments_before=len(before),
            segments=len(after),
            bytes_before=sum(map(compaction.size, before)),
            bytes=sum(map(compaction.size, after)),
            freed=sum(entry.deleted_articles for entry in before) - sum(entry.deleted_articles for entry in after),
        )

    def flush(self) -> None:
        """Commit everything that was added so far."""
        with self._changing():
            while self._sketching:
                self._collect()
            self._write_segment()
        self.report.durable = self._given
        self.report.replaced += self._repeated
        self._repeated = 0

    def _sketch(self, batch: Incoming) -> Chunk:
        from naskh.sketch.batch import sketcher  # brings numba, which deleting does not need

        return sketch_chunk(batch, sketcher(self._settings))

    def _collect(self) -> None:
        """Wait for the oldest chunk; write a segment when there are enough of them."""
        self._sketched.append(self._sketching.popleft().result())
        self._before.popleft()
        if make_a_segment(self._sketched):
            self._write_segment()

    def _write_segment(self) -> None:
        """Commit the sketched chunks as one segment."""
        if not self._sketched:
            return
        chunks, self._sketched = self._sketched, []
        id_hashes = np.concatenate([chunk.id_hashes for chunk in chunks])
        ids = pa.concat_arrays([chunk.fields.column("id") for chunk in chunks])
        replaced = [
            Place(number, row)
            for number, _, rows in stored_rows(self._snapshot, id_hashes, ids)
            for row in rows.tolist()
        ]
        entry = write_segment(self._folder, f"{self._snapshot.manifest.next_segment:06}", chunks, self._pool)
        self._commit([entry], replaced)
        self._underway.difference_update(id_hashes.tolist())
        self.report.added += entry.articles - len(replaced)
        self.report.replaced += len(replaced)
        self.report.durable = self._before[0] if self._before else self._given
        if self._on_commit is not None:
            self._on_commit(self.report)
        self._merge_due()

    def _merge_due(
        self,
        most_deleted: float = compaction.MOST_DELETED,
        progress: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Merge until there is nothing that is due."""
        while groups := compaction.due(self._snapshot.manifest.segments, self._settings.bands, most_deleted):
            self._merge_groups(groups, progress)

    def _merge_groups(self, groups: list[compaction.Group], progress: Callable[[float], None]) -> None:
        total = sum(compaction.size(entry) for group in groups for entry in group)
        written = 0
        counting = Lock()

        def on_write(size: int) -> None:
            nonlocal written
            with counting:
                written += size
                progress(min(written / total, 1.0))

        for group in groups:
            self._merge(group, on_write)

    def _merge(self, group: compaction.Group, on_write: Callable[[int], None]) -> None:
        """Commit one segment in the place of some; none where all of them is deleted."""
        from naskh.index.merging import merge_segments

        manifest = self._snapshot.manifest
        merged: list[SegmentEntry] = []
        if any(map(compaction.live, group)):
            name = f"{manifest.next_segment:06}"
            merged.append(merge_segments(self._folder, name, group, self._settings, self._pool, on_write))
        segments = list(manifest.segments)
        place = segments.index(group[0])
        segments[place : place + 1] = merged
        self._replace_manifest([entry for entry in segments if entry not in group[1:]], len(merged))
        clear_debris(self._folder, self._snapshot.manifest)

    def _commit(self, added: Sequence[SegmentEntry], deleted: Iterable[Place]) -> None:
        """Replace the manifest by one with new segments and more deleted rows."""
        manifest = self._snapshot.manifest
        generation = manifest.generation + 1
        segments = list(manifest.segments)
        rows: dict[int, list[int]] = {}
        for place in deleted:
            rows.setdefault(place.segment, []).append(place.row)
        for number, gone in rows.items():
            merged = np.union1d(self._snapshot.segments[number].deleted, np.array(gone, np.uint32))
            name = f"{segments[number].name}.{Kind.DELETED.value}-{generation:08}.arrow"
            file = write_table(self._folder, name, Kind.DELETED, {"article": pa.array(merged)})
            write_twin(self._folder, file)
            segments[number] = msgspec.structs.replace(segments[number], deleted=file, deleted_articles=len(merged))
        self._replace_manifest([*segments, *added], len(added))
        if any(manifest.segments[number].deleted for number in rows):
            clear_debris(self._folder, self._snapshot.manifest)

    def _replace_manifest(self, segments: Sequence[SegmentEntry], new: int) -> None:
        """Commit: from now on these are the segments, so many of them new."""
        manifest = self._snapshot.manifest
        replacing = Manifest(
            settings=manifest.settings,
            generation=manifest.generation + 1,
            segments=tuple(segments),
            next_segment=manifest.next_segment + new,
        )
        known = self._snapshot.checked
        own = written(self._folder, [file for file in listed_files(replacing) if file.name not in known])
        write_manifest(self._folder, replacing)
        self._snapshot = open_snapshot(self._folder, self._snapshot, own)
