"""A reader process: it asks, and notes what it was told and which states were the last ones meanwhile."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import BinaryIO

import msgspec
import pytest

from naskh import Article, Index
from naskh.index import checks
from naskh.index.manifest import listed_files, read_manifest
from tests.torture.questions import KINDS, Held, Question, asked, begin, digest, draw

#: A reader holds on to a snapshot for about so many of the questions that it asks it; to its first one, to the end.
_HELD = 10
#: Readers give way to the writer, so that most questions see commits.
_NICE = 10
#: Articles of a source that is answered while it is read.
_SOURCE = 20


class Told(msgspec.Struct, frozen=True):
    """An answer, by its digest; it must be that of a generation from `first` to `last`.

    Attributes:
        reader: who was told.
        how: it asked.
        outlived: files of the snapshot that was asked had been removed from the folder.

    """

    reader: int
    how: str
    question: Question
    first: int
    last: int
    digest: str
    outlived: bool = False


class Reader:
    """What a reader process does."""

    def __init__(self, folder: Path, number: int, seed: int, notes: BinaryIO) -> None:
        self._folder = folder
        self._number = number
        self._rng = random.Random(f"{seed}-{number}")  # noqa: S311 - questions, no secret
        self._notes = notes
        self._index = Index(folder)
        self._first = self._hold()
        self._held = self._hold()

    def warm_up(self) -> None:
        """Ask everything once: what is compiled is loaded."""
        for kind in KINDS:
            begin(self._index, Question(kind))()

    def ask(self) -> None:
        """Ask something, somehow."""
        (how,) = self._rng.choices(
            (self._ask_last, self._ask_held, self._ask_while_reading, self._ask_in_threads), (80, 18, 1.5, 0.5)
        )
        how()

    def finish(self) -> None:
        """Once more ask what is held."""
        for _ in range(5):
            self._ask(self._first)

    def _last(self) -> int:
        return read_manifest(self._folder).generation

    def _hold(self) -> Held:
        return Held(self._folder, self._index.snapshot)

    def _note(self, how: str, question: Question, first: int, last: int, answer: object, outlived: bool) -> None:
        told = Told(self._number, how, question, first, last, digest(answer), outlived)
        self._notes.write(msgspec.json.encode(told) + b"\n")

    def _ask_last(self) -> None:
        """Ask the last committed state: through an index that was opened long ago, or one opened now."""
        if self._rng.random() < 0.1:
            self._index = Index(self._folder)
        question = draw(self._rng)
        first = self._last()
        answer = begin(self._index, question)
        last = self._last()
        if question.kind in ("pairs", "families") and self._rng.random() < 0.5:
            time.sleep(self._rng.random() / 2)  # the answer is given when that state is gone
        self._note("last", question, first, last, answer(), outlived=False)

    def _ask_held(self) -> None:
        if self._rng.random() < 1 / (2 * _HELD):
            self._held = self._hold()
        self._ask(self._rng.choice((self._held, self._first)))

    def _ask(self, held: Held) -> None:
        """Ask a snapshot that is held on to: the answer is what it was."""
        question = draw(self._rng)
        if question.kind == "verify":  # is of the folder
            return
        manifest = held.snapshot.manifest
        outlived = not all((self._folder / file.name).exists() for file in listed_files(manifest))
        answer = begin(held, question)()
        self._note("held", question, manifest.generation, manifest.generation, answer, outlived)

    def _ask_while_reading(self) -> None:
        """Ask with a source whose articles come one by one: each is answered from what is there when it comes."""
        first = 0

        def source() -> Iterator[Article]:
            nonlocal first
            for number in range(_SOURCE):
                time.sleep(self._rng.random() / 100)
                first = self._last()
                yield asked(number)

        answers = self._index.query_many(source(), at_once=True, workers=1)
        for number, (_, result) in enumerate(answers):
            self._note("while reading", Question("query", number), first, self._last(), result, outlived=False)

    def _ask_in_threads(self) -> None:
        """Ask with many articles that threads answer at the same time."""
        first = self._last()
        articles = [asked(number) for number in range(120)]
        answers = [*self._index.query_many(articles, explain=True, min_containment=0.5, workers=2)]
        last = self._last()
        for number, (_, result) in enumerate(answers):
            self._note("threads", Question("explain", number), first, last, result, outlived=False)


def read(folder: Path, number: int, seed: int, notes: Path, ready: Synchronized[int], stop: Event) -> None:
    """Say when it is ready, and ask until it is time to stop; whatever goes wrong ends the process."""
    os.nice(_NICE)
    with notes.open("wb") as file, pytest.MonkeyPatch.context() as patch:
        if number % 2:  # as with a large index: files that are known to be sound are not read
            patch.setattr(checks, "READ_ALWAYS", 0)
        reader = Reader(folder, number, seed, file)
        reader.warm_up()
        with ready.get_lock():
            ready.value += 1
        while not stop.is_set():
            reader.ask()
        reader.finish()
