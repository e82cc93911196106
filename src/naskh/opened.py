"""What a process has open of an index: its last committed state, and what answers on it. Threads may share it."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from naskh.index.manifest import ManifestState, check_settings, manifest_state
from naskh.index.snapshot import Snapshot, open_snapshot
from naskh.matching.query import Engine
from naskh.matching.stored import Stored
from naskh.settings import Settings

if TYPE_CHECKING:
    from naskh.matching.bulk import BulkEngine

#: Queries of one index after which a process loads compiled code for them: this takes as long as some dozens.
COMPILED_FROM = 32


class Opened:
    """An index, opened again when another state of it was committed.

    What is known of an earlier state goes over to the next, so that only new segments are read.

    Args:
        path: the folder.
        wanted: the settings that it must have been built under, if that matters.

    """

    def __init__(self, path: Path, wanted: Settings | None = None) -> None:
        self._path = path
        self._wanted = wanted
        self._last: tuple[ManifestState | None, Snapshot] | None = None
        self._engine: Engine | None = None
        self._queries = 0
        self._bulk: BulkEngine | None = None
        self._opening = Lock()
        self._making = Lock()

    @property
    def snapshot(self) -> Snapshot:
        """The last committed state.

        Raises:
            IndexUnusable: see `naskh.errors`.

        """
        current = self._current()
        if current is not None:
            return current
        with self._opening:  # by one thread: it reads files, and all that ask meanwhile need what it opens
            return self._current() or self._open()

    def _current(self) -> Snapshot | None:
        """What was opened last, if nothing was committed since."""
        if self._last is None:
            return None
        known, snapshot = self._last  # both at once: another thread may open a later state meanwhile
        return snapshot if known is not None and manifest_state(self._path) == known else None

    def _open(self) -> Snapshot:
        state = manifest_state(self._path)  # before it is read: a commit after this is seen the next time
        snapshot = open_snapshot(self._path, self._last[1] if self._last else None)
        if self._wanted is not None:
            check_settings(self._path, snapshot.manifest.settings, self._wanted)
        self._last = state, snapshot
        return snapshot

    def engine(self, queries: int) -> Engine:
        """What answers so many more queries on the last committed state; see `COMPILED_FROM`."""
        self._queries += queries  # threads may lose some of each other's, which only puts off compiled code
        engine = self._engine
        if engine is not None and self._is_current(engine):
            return engine
        with self._making:
            engine = self._engine
            if engine is None or not self._is_current(engine):
                stored = Stored(self.snapshot, engine.stored if engine else None)
                compiled = self._queries >= COMPILED_FROM
                self._engine = engine = _compiled_engine(stored) if compiled else Engine(stored)
            return engine

    def _is_current(self, engine: Engine) -> bool:
        compiled = self._queries >= COMPILED_FROM
        return engine.is_compiled == compiled and engine.stored.snapshot is self.snapshot

    def bulk_engine(self) -> BulkEngine:
        """What answers batches of queries as a whole on the last committed state."""
        from naskh.matching.bulk import BulkEngine  # loads numba

        with self._making:
            snapshot = self.snapshot
            if self._bulk is None or self._bulk.stored.snapshot is not snapshot:
                self._bulk = BulkEngine(Stored(snapshot, self._bulk.stored if self._bulk else None))
            return self._bulk


def _compiled_engine(stored: Stored) -> Engine:
    from naskh.matching.compiled import CompiledEngine  # loads numba

    return CompiledEngine(stored)
