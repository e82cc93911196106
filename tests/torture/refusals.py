"""A system that refuses to write, from each change of the folder on: a full disk, a folder that became read-only.

usage: python -m tests.torture.refusals [--histories 4] [--every 2] [--seed 0]
"""

from __future__ import annotations

import argparse
import errno
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import pytest

from naskh import Index
from naskh.errors import IndexUnwritable
from naskh.index import disk
from naskh.index.manifest import MANIFEST
from naskh.index.repair import repair
from tests.torture.endings import Repaired, check_reopened, damaged_indexes, debris
from tests.torture.histories import Checker, Step, history, small_and_fast


class Refusals:
    """Counts what is asked of the system for a folder, and refuses it from some moment on.

    Args:
        first: so many things are done before.
        number: the system's reason. On a full disk files can be removed, and the folder be synced.
        lasting: whether all is refused from then on, or one thing only.

    """

    def __init__(self, first: int, number: int = errno.ENOSPC, *, lasting: bool = True) -> None:
        self.asked = 0
        self._first = first
        self._number = number
        self._lasting = lasting
        self._lock = Lock()

    def ask(self) -> None:
        """One thing more."""
        with self._lock:
            self.asked += 1
            over = self.asked - self._first
        if over == 1 or (over > 1 and self._lasting):
            raise OSError(self._number, os.strerror(self._number))

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Refuse in here."""
        original = {name: getattr(disk, name) for name in ("create", "sync", "rename", "remove", "link")}

        def asking(name: str) -> Callable[..., Any]:
            def call(*arguments: Path) -> Any:
                if self._number != errno.ENOSPC or not (name == "remove" or arguments[0].is_dir()):
                    self.ask()
                result = original[name](*arguments)
                return _Asking(result, self) if name == "create" else result

            return call

        with pytest.MonkeyPatch.context() as patch:
            for name in original:
                patch.setattr(disk, name, asking(name))
            yield


class _Asking:
    """A file that asks before it writes."""

    def __init__(self, file: BinaryIO, refusals: Refusals) -> None:
        self._file = file
        self._refusals = refusals

    def write(self, data: Any) -> int:
        self._refusals.ask()
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _Asking:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def refuse_each_change(folder: Path, seed: int, *, steps: int = 7, every: int = 1) -> int:
    """Play a history; do each of its steps again and again, refused from one change on; returns how often.

    What was committed is there and nothing else, with no debris where files could be removed; then the step is done
    with the system's consent.

    Args:
        folder: an empty one, for indexes.
        seed: of the history, and of how it is refused.
        steps: of the history.
        every: only one in so many changes, by chance.

    """
    rng = random.Random(seed)  # noqa: S311 - refusals, no secret
    checker = Checker(folder / "sound")
    live, trial = folder / "live", folder / "trial"
    live.mkdir(parents=True)
    done = 0
    with small_and_fast():
        for step in history(seed, steps):
            shutil.copytree(live, folder / "next")
            never = Refusals(sys.maxsize)
            with never.watch():
                step.act(Index(folder / "next"), lambda _: None)
            for first in range(never.asked):
                if rng.randrange(every):
                    continue
                shutil.rmtree(trial, ignore_errors=True)
                shutil.copytree(live, trial)
                number, lasting = rng.choice([(errno.ENOSPC, True), (errno.ENOSPC, False), (errno.EROFS, True)])
                with _told(
                    f"seed {seed}, {step.name}, change {first}, {errno.errorcode[number]}, lasting {lasting}"
                ):
                    _refuse(trial, step, Refusals(first, number, lasting=lasting), number, checker)
                done += 1
            shutil.rmtree(live)
            (folder / "next").rename(live)
    return done


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        error.add_note(what)
        raise


def _refuse(folder: Path, step: Step, refusals: Refusals, number: int, checker: Checker) -> None:
    durable = 0

    def report(articles: int) -> None:
        nonlocal durable
        durable = articles

    with refusals.watch():
        try:
            step.act(Index(folder), report)
        except IndexUnwritable as error:
            assert os.strerror(number) in str(error)  # noqa: PT017 - it need not come: a copy may fail, say
    if number == errno.ENOSPC and (folder / MANIFEST).exists():
        left = debris(Index(folder))
        assert not left, f"debris: {left}"
    check_reopened(folder, step, durable, checker)


def refuse_repairs(folder: Path, seed: int, *, every: int = 1) -> int:
    """Damage a file of each kind, and repair, refused from one change on; then repair with the system's consent.

    The damaged file is there in the meantime, and all is as it is after a repair that nothing refused.

    Args:
        folder: an empty one, for indexes.
        seed: of the articles, of the damage, and of how the repair is refused.
        every: only one in so many changes, by chance.

    Returns:
        how often a repair was refused.

    """
    rng = random.Random(seed)  # noqa: S311 - refusals, no secret
    live, trial = folder / "live", folder / "trial"
    done = 0
    with small_and_fast():
        for name, content in damaged_indexes(folder / "sound", live, rng):
            shutil.copytree(live, trial)
            never = Refusals(sys.maxsize)
            with never.watch():
                repair(trial)
            wanted = Repaired.of(trial)
            for first in range(never.asked):
                if rng.randrange(every):
                    continue
                shutil.rmtree(trial)
                shutil.copytree(live, trial)
                number, lasting = rng.choice([(errno.ENOSPC, True), (errno.ENOSPC, False), (errno.EROFS, True)])
                with _told(f"{name}, change {first}, {errno.errorcode[number]}, lasting {lasting}"):
                    with Refusals(first, number, lasting=lasting).watch(), suppress(IndexUnwritable):
                        repair(trial)
                    assert content in [path.read_bytes() for path in trial.rglob("*") if path.is_file()]
                    repair(trial)
                    assert Repaired.of(trial) == wanted
                done += 1
            shutil.rmtree(trial)
    return done


def main() -> None:
    """Refuse in as many histories as were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=4)
    parser.add_argument("--every", type=int, default=2, help="one in so many changes, by chance")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    refused = 0
    for seed in range(options.seed, options.seed + options.histories):
        with tempfile.TemporaryDirectory() as folder:
            refused += refuse_each_change(Path(folder) / "changes", seed, every=options.every)
            refused += refuse_repairs(Path(folder) / "repairs", seed, every=options.every)
        print(f"history {seed}: {refused:,} refusals so far, nothing lost", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
