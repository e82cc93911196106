"""Every committed state of an index, kept: what its readers were told can be asked of each again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import pytest

from naskh import Index
from naskh.index import writer
from naskh.index.manifest import Manifest, listed_files, read_manifest, write_manifest
from tests.torture.questions import Question, begin, digest


class Generations:
    """The states of one index, each of them an index in a folder of its own.

    Args:
        folder: where they are kept.

    """

    def __init__(self, folder: Path) -> None:
        self._files = folder / "files"
        self._states = folder / "states"
        self._opened: dict[int, Generation] = {}

    def __len__(self) -> int:
        return sum(1 for _ in self._states.iterdir())

    def __getitem__(self, number: int) -> Generation:
        if number not in self._opened:
            self._opened[number] = Generation(self._states / str(number))
        return self._opened[number]

    @contextmanager
    def keep(self) -> Iterator[None]:
        """Keep what is committed in here, before it is: no reader knows of a state that is not kept."""
        self._files.mkdir(parents=True)

        def keep_and_write(folder: Path, manifest: Manifest) -> None:
            state = self._states / str(manifest.generation)
            state.mkdir(parents=True)
            for name in (file.name for file in listed_files(manifest)):
                if not (self._files / name).exists():  # a copy: a link would change the times of the file
                    shutil.copyfile(folder / name, self._files / name)
                (state / name).hardlink_to(self._files / name)
            write_manifest(state, manifest)
            write_manifest(folder, manifest)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(writer, "write_manifest", keep_and_write)
            yield

    def merges(self) -> int:
        """How many of the commits took segments away: these were merged, or nothing of them was left."""
        manifests = [read_manifest(self._states / str(number)) for number in range(len(self))]
        names = [{entry.name for entry in manifest.segments} for manifest in manifests]
        return sum(not before <= after for before, after in pairwise(names))


class Generation:
    """One state, and what it answers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: dict[Question, str] = {}

    @cached_property
    def index(self) -> Index:
        """An index that never was in another state."""
        return Index(self._folder)

    def answer(self, question: Question) -> str:
        """The digest of the answer."""
        if question not in self._answers:
            self._answers[question] = digest(begin(self.index, question)())
        return self._answers[question]
