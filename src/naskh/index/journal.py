"""Which web archives an index has all articles of, so that the next run need not read them again.

A file beside the segments that is outside of the manifest: losing it, or a part of it, costs time and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from naskh.index.files import FINISHED


class _State(msgspec.Struct, frozen=True):
    """A file as it was when it was read. One that is put in its place has another ctime, whatever its mtime."""

    path: str
    bytes: int
    mtime_ns: int
    ctime_ns: int


class _Entry(msgspec.Struct, frozen=True):
    """A line: an archive, or a list of records with the archives that were opened for it, and what read it."""

    file: _State
    extraction: int
    opened: tuple[_State, ...] = ()


class _Waiting(NamedTuple):
    articles: int
    entry: _Entry


class Journal:
    """The archives that were read.

    Args:
        folder: of the index, which need not be there yet.
        extraction: the version of what reads pages; what another one read is read again.

    """

    def __init__(self, folder: Path, extraction: int) -> None:
        self._path = folder / FINISHED
        self._extraction = extraction
        self._known = _read(self._path)
        self._seen: dict[str, _State] = {}
        self._waiting: list[_Waiting] = []

    def has(self, path: Path) -> bool:
        """Whether an archive was read and did not change since."""
        state = _state(path)
        if state is None:
            return False
        self._seen[state.path] = state
        known = self._known.get(state.path)
        return (
            known is not None
            and (known.file, known.extraction) == (state, self._extraction)
            and all(_state(Path(each.path)) == each for each in known.opened)
        )

    def finish(
        self, path: Path, articles: int, opened: Mapping[Path, os.stat_result] = MappingProxyType({})
    ) -> None:
        """An archive was read to its end; its articles are among so many that were given to the index by now.

        One that changed since `has` was asked is not finished.

        Args:
            path: of the archive, or of a list of records.
            articles: how many were given.
            opened: the archives that were opened for a list, as they were then.

        """
        state = _state(path)
        if state is not None and self._seen.get(state.path, state) == state:
            parts = tuple(_state_of(part, status) for part, status in opened.items())
            self._waiting.append(_Waiting(articles, _Entry(state, self._extraction, parts)))

    def commit(self, articles: int) -> None:
        """So many articles, from the first on, are durable: note the archives whose articles all are."""
        done = [each.entry for each in self._waiting if each.articles <= articles]
        if not done:
            return
        self._waiting = [each for each in self._waiting if each.articles > articles]
        self._known.update((entry.file.path, entry) for entry in done)
        lines = b"".join(msgspec.json.encode(entry) + b"\n" for entry in done)
        with suppress(OSError), self._path.open("ab") as file:  # it is there to save time
            file.write(b"\n" + lines if _is_torn(self._path) else lines)


def _state(path: Path) -> _State | None:
    try:
        return _state_of(path, path.stat())
    except OSError:
        return None


def _state_of(path: Path, status: os.stat_result) -> _State:
    name = os.fsencode(path.resolve()).decode("utf-8", "backslashreplace")
    return _State(name, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _read(path: Path) -> dict[str, _Entry]:
    """The entries by their paths, the last of each; a line that a crash tore apart is none."""
    entries = {}
    with suppress(OSError):
        for line in path.read_bytes().split(b"\n"):
            with suppress(msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
                entry = msgspec.json.decode(line, type=_Entry)
                entries[entry.file.path] = entry
    return entries


def _is_torn(path: Path) -> bool:
    """Whether the last line of a file has no end."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 1, 0))
        return file.read(1) not in (b"", b"\n")
