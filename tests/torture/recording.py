"""A disk that remembers what was brought to it, so that the folder can be made as a loss of power would leave it.

What POSIX promises is little: the bytes of a file are on the disk after `fsync` of it, its name after that of its
folder. Before that, bytes may be there in part, or as zeros, and any of the names may or may not be, in any order;
only a rename is all or nothing. A writer must be sound under all of it. (The method is that of Pillai et al., "All
File Systems Are Not Created Equal", OSDI 2014.)
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Literal, NamedTuple

import pytest

from naskh.index import disk


class Change(NamedTuple):
    """A change of the folder, or of one in it: `file` is a number, which a file keeps under each of its names."""

    kind: Literal["create", "sync", "sync folder", "rename", "link", "remove"]
    file: int = -1
    name: str = ""
    content: bytes = b""
    other: str = ""


class Recording:
    """Changes of a folder, in the order in which they were made; `durable` is what was reported before each."""

    def __init__(self, folder: Path) -> None:
        self.changes: list[Change] = []
        self.durable: list[int] = []
        self.reported = 0
        self._folder = folder
        self._files: dict[str, int] = {}
        self._count = 0
        self._lock = Lock()
        self._before: dict[str, bytes] = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self._before[self._name(path)] = path.read_bytes()
                self._files[self._name(path)] = self._new()

    def report(self, durable: int) -> None:
        """So much was reported as durable."""
        self.reported = durable

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Record what is done in here."""
        original = disk.create, disk.sync, disk.rename, disk.remove, disk.link

        def create(path: Path) -> BinaryIO:
            self._note("create", path)
            return original[0](path)

        def sync(path: Path) -> None:
            original[1](path)
            if path.is_dir() and (path == self._folder or self._folder in path.parents):
                self._append(Change("sync folder", name=self._name(path)))
            elif path.is_file():
                self._note("sync", path, path.read_bytes())

        def rename(path: Path, other: Path) -> None:
            original[2](path, other)
            with self._lock:
                file = self._files.pop(self._name(path))
                self._files[self._name(other)] = file
                self._append(Change("rename", file, self._name(path), other=self._name(other)))

        def remove(path: Path) -> None:
            was_there = path.exists()
            original[3](path)
            if was_there:
                self._note("remove", path)

        def link(path: Path, other: Path) -> None:
            original[4](path, other)
            with self._lock:
                file = self._files[self._name(other)] = self._files[self._name(path)]
                self._append(Change("link", file, self._name(path), other=self._name(other)))

        with pytest.MonkeyPatch.context() as patch:
            for stand_in in (create, sync, rename, remove, link):
                patch.setattr(disk, stand_in.__name__, stand_in)
            yield

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def _new(self) -> int:
        self._count += 1
        return self._count

    def _note(self, kind: Literal["create", "sync", "remove"], path: Path, content: bytes = b"") -> None:
        name = self._name(path)
        with self._lock:
            if kind == "create":
                self._files[name] = self._new()
            self._append(Change(kind, self._files[name], name, content))

    def _append(self, change: Change) -> None:
        self.changes.append(change)
        self.durable.append(self.reported)

    def durable_before(self, moment: int) -> int:
        """What was reported as durable when so many changes had been made."""
        return self.durable[moment] if moment < len(self.durable) else self.reported

    def folder_after(self, moment: int, rng: random.Random, *, power: bool) -> dict[str, bytes]:
        """The files that there may be when all ends after so many changes.

        Args:
            moment: how many.
            rng: chooses among what may be.
            power: what was not brought to the disk may be lost; else only the process ends.

        """
        done = self.changes[:moment]
        contents = {file: self._content(file, done, rng, power=power) for file in range(1, self._count + 1)}
        names = {name: number for number, name in enumerate(self._before, 1)}
        synced = {change.name: at for at, change in enumerate(done) if change.kind == "sync folder"}
        waiting = []
        for at, change in enumerate(done):
            if at <= synced.get(_folder(change), -1):
                _apply(change, names)
            else:
                waiting.append(change)
        in_order = rng.random() < 0.5
        kept = rng.randrange(len(waiting) + 1)
        for number, change in enumerate(waiting):
            if not power or (number < kept if in_order else rng.random() < 0.5):
                _apply(change, names)
        return {name: contents[file] for name, file in names.items()}

    def _content(self, file: int, done: list[Change], rng: random.Random, *, power: bool) -> bytes:
        if file <= len(self._before):
            return list(self._before.values())[file - 1]
        if any(change.file == file and change.kind == "sync" for change in done):
            return next(c.content for c in done if c.file == file and c.kind == "sync")
        whole = next((c.content for c in self.changes if c.file == file and c.kind == "sync"), b"")
        part = whole[: rng.randrange(len(whole) + 1)]
        return rng.choice([b"", part, part + bytes(len(whole) - len(part)), whole]) if power else part


def _folder(change: Change) -> str:
    """The folder in which a change is."""
    return Path(change.other or change.name).parent.as_posix()


def _apply(change: Change, names: dict[str, int]) -> None:
    if change.kind == "create":
        names[change.name] = change.file
    elif change.kind == "rename":
        names.pop(change.name, None)
        names[change.other] = change.file
    elif change.kind == "link":
        names[change.other] = change.file
    elif change.kind == "remove" and names.get(change.name) == change.file:
        del names[change.name]
