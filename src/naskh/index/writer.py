"""Writing: articles come in one by one and leave as segments; each commit makes a batch durable."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import pyarrow as pa

from naskh.article import Article
from naskh.errors import IndexCorrupt, IndexMissing, NotAnIndex
from naskh.index.build import Chunk, Incoming, assemble, incoming, sketch_chunk, write
from naskh.index.files import Kind, sync, write_table
from naskh.index.lock import LOCK, writer_lock
from naskh.index.manifest import (
    MANIFEST,
    Manifest,
    SegmentEntry,
    check_settings,
    read_manifest,
    write_manifest,
)
from naskh.index.snapshot import Place, Snapshot, is_segment_file, open_snapshot, referenced_files
from naskh.settings import Settings

#: A chunk, the unit of work of a thread, is closed at so many articles or bytes; with w workers at most
#: 2 w + 1 of them are held, whatever the size of the crawl.
CHUNK_ARTICLES = 1024
CHUNK_BYTES = 16 << 20
#: A segment is written, and committed, when its sketched chunks have so many articles or bytes: some 30 MB
#: of sketches and compressed text.
SEGMENT_ARTICLES = 8192
SEGMENT_BYTES = 64 << 20


class AddReport(msgspec.Struct):
    """What became of the articles given to the index."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0

    @property
    def articles(self) -> int:
        """All of them."""
        return self.added + self.replaced + self.unchanged


def create_index(folder: Path, settings: Settings | None = None) -> Settings:
    """Make an empty index, or check that the one which is there has these settings; returns its settings.

    Raises:
        SettingsMismatch: the message lists what differs.
        NotAnIndex: the path is a file, or a folder that holds other things.

    """
    try:
        stored = read_manifest(folder).settings
    except IndexMissing:
        _check_free(folder)
        folder.mkdir(parents=True, exist_ok=True)
        sync(folder.parent)
        with writer_lock(folder):
            try:  # another process may have made it meanwhile
                stored = read_manifest(folder).settings
            except IndexMissing:
                stored = settings or Settings()
                write_manifest(folder, Manifest(settings=stored))
    if settings is not None:
        check_settings(folder, stored, settings)
    return stored


def _check_free(folder: Path) -> None:
    """Refuse to make an index among somebody's files."""
    if folder.exists() and not folder.is_dir():
        raise NotAnIndex(f"{folder} is a file; an index is a folder: give another path")
    names = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if MANIFEST in names:  # made by another process just now
        return
    if any(is_segment_file(name) for name in names):
        raise IndexCorrupt(f"{folder / MANIFEST} is missing; restore it from a copy, or index into a new folder")
    if names - {LOCK, MANIFEST + ".new"}:  # those are of a run that was killed before its first commit
        raise NotAnIndex(
            f"{folder} holds other files and is no naskh index; give a new folder (the index comes first, "
            "then the sources)"
        )


class IndexWriter:
    """Writes to an existing index and holds its lock; to be used in a ``with`` statement.

    Args:
        folder: the index.
        workers: threads that sketch and compress.
        on_commit: called after each commit with the report so far: all that it counts is durable.

    Raises:
        IndexLocked: another process is writing.
        IndexUnusable: see `naskh.errors`.

    """

    def __init__(
        self, folder: Path, *, workers: int = 2, on_commit: Callable[[AddReport], None] | None = None
    ) -> None:
        self.report = AddReport()
        self._folder = folder
        self._on_commit = on_commit
        self._open = ExitStack()
        self._open.enter_context(writer_lock(folder))
        try:
            self._snapshot = open_snapshot(folder)
        except BaseException:
            self._open.close()
            raise
        self._clear_debris()
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="naskh-sketch")
        self._batch: list[Incoming] = []
        self._batch_bytes = 0
        self._batch_places: dict[int, int] = {}  # where in the batch an id is, by its hash
        self._underway: set[int] = set()  # hashes of the ids that are taken in but not yet committed
        self._sketching: deque[Future[Chunk]] = deque()
        self._sketched: list[Chunk] = []  # chunks of the segment to be written next

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        with self._open:
            try:
                if error is None:
                    self.flush()
            finally:
                self._pool.shutdown(cancel_futures=True)

    def add(self, articles: Iterable[Article]) -> None:
        """Add articles. One whose id is stored replaces it, unless nothing in it changed.

        They are durable once `on_commit` was called after them, or the writer closed.

        Raises:
            ValueError: an article has an empty id, or is not valid Unicode.

        """
        for article in articles:
            item = incoming(article)
            place = self._batch_places.get(item.id_hash)
            if place is not None and self._batch[place].article.id == article.id:
                self._batch_bytes += item.bytes - self._batch[place].bytes
                self._batch[place] = item
                self.report.replaced += 1
                continue
            if item.id_hash in self._underway:
                self.flush()
            self._underway.add(item.id_hash)
            self._batch_places[item.id_hash] = len(self._batch)
            self._batch.append(item)
            self._batch_bytes += item.bytes
            if len(self._batch) >= CHUNK_ARTICLES or self._batch_bytes >= CHUNK_BYTES:
                self._submit()

    def delete(self, ids: Iterable[str]) -> list[str]:
        """Delete articles by id in one commit; returns the ids that were not there."""
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

    def flush(self) -> None:
        """Commit everything that was added so far."""
        self._submit()
        while self._sketching:
            self._collect()
        self._write_segment()

    def _submit(self) -> None:
        """Start sketching the batch, less what is stored unchanged."""
        stored = _stored(self._snapshot, [i.id_hash for i in self._batch], [i.article.id for i in self._batch])
        fresh = []
        for item, place in zip(self._batch, stored, strict=True):
            if place is not None and self._snapshot.segments[place.segment].digests[place.row] == item.digest:
                self.report.unchanged += 1
                self._underway.discard(item.id_hash)
            else:
                fresh.append(item)
        self._batch, self._batch_bytes, self._batch_places = [], 0, {}
        if fresh:
            self._sketching.append(self._pool.submit(self._sketch, fresh))
        while len(self._sketching) > 2 * self._workers:
            self._collect()

    def _sketch(self, batch: list[Incoming]) -> Chunk:
        from naskh.sketch.batch import sketcher  # brings numba, which deleting does not need

        return sketch_chunk(batch, sketcher(self._snapshot.manifest.settings))

    def _collect(self) -> None:
        """Wait for the oldest chunk; write a segment when there are enough of them."""
        self._sketched.append(self._sketching.popleft().result())
        articles = sum(len(chunk.ids) for chunk in self._sketched)
        size = sum(chunk.bytes for chunk in self._sketched)
        if articles >= SEGMENT_ARTICLES or size >= SEGMENT_BYTES:
            self._write_segment()

    def _write_segment(self) -> None:
        """Commit the sketched chunks as one segment."""
        if not self._sketched:
            return
        id_hashes = [id_hash for chunk in self._sketched for id_hash in chunk.id_hashes.tolist()]
        stored = _stored(self._snapshot, id_hashes, [id_ for chunk in self._sketched for id_ in chunk.ids])
        replaced = [place for place in stored if place is not None]
        entry = write(self._folder, f"{self._snapshot.manifest.next_segment:06}", assemble(self._sketched))
        self._sketched = []
        self._commit([entry], replaced)
        self._underway.difference_update(id_hashes)
        self.report.added += entry.articles - len(replaced)
        self.report.replaced += len(replaced)
        if self._on_commit is not None:
            self._on_commit(self.report)

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
            segments[number] = msgspec.structs.replace(segments[number], deleted=file, deleted_articles=len(merged))
        write_manifest(
            self._folder,
            Manifest(
                settings=manifest.settings,
                generation=generation,
                segments=(*segments, *added),
                next_segment=manifest.next_segment + len(added),
            ),
        )
        self._snapshot = open_snapshot(self._folder, self._snapshot)

    def _clear_debris(self) -> None:
        """Remove files that no manifest lists: a writer that was killed left them."""
        kept = referenced_files(self._snapshot.manifest)
        for path in self._folder.iterdir():
            if path.name == MANIFEST + ".new" or (is_segment_file(path.name) and path.name not in kept):
                path.unlink()


def _stored(snapshot: Snapshot, id_hashes: Sequence[int], ids: Sequence[str]) -> list[Place | None]:
    """Where each article's id is stored already, or None."""
    places: list[Place | None] = [None] * len(ids)
    hashes = np.array(id_hashes, np.uint64)
    for number, segment in enumerate(snapshot.segments):
        found, rows = segment.find(hashes)
        for position, row in zip(found.tolist(), rows.tolist(), strict=True):
            if segment.articles.column("id")[row].as_py() == ids[position]:
                places[position] = Place(number, row)
    return places
