"""Endings of a writer, or of a repair, at each change of its folder: by a kill, and by a loss of power."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from naskh import Index
from naskh.index.keeping import DAMAGED
from naskh.index.manifest import MANIFEST, MANIFEST_COPY, listed_files
from naskh.index.repair import repair
from naskh.index.snapshot import listed_by_copy, own_files
from naskh.index.verify import verify
from tests.torture.damage import damaged
from tests.torture.histories import Checker, State, Step, article, contents, history, small_and_fast
from tests.torture.recording import Recording


def end_at_each_change(folder: Path, seed: int, *, steps: int = 7, samples: int = 1) -> int:
    """Play a history; after each change of the folder let all end there, reopen, check, and go on from there.

    Args:
        folder: an empty one, for indexes.
        seed: of the history, and of what is lost.
        steps: of the history.
        samples: so many losses of power at each change.

    Returns:
        how many endings there were.

    """
    rng = random.Random(seed)  # noqa: S311 - endings, no secret
    checker = Checker(folder / "sound")
    live = Index(folder / "live")
    endings = 0
    with small_and_fast():
        for step in history(seed, steps):
            recording = Recording(live.path)
            with recording.watch():
                step.act(live, recording.report)
            checker(live, step, len(step.states) - 1)
            for moment in range(len(recording.changes) + 1):
                for power in [False] + [True] * samples:
                    files = recording.folder_after(moment, rng, power=power)
                    reopen(folder / "ended", files, step, recording.durable_before(moment), checker)
                    endings += 1
    return endings


def reopen(folder: Path, files: dict[str, bytes], step: Step, durable: int, checker: Checker) -> None:
    """Make the folder as it was left, and check it."""
    make(folder, files)
    check_reopened(folder, step, durable, checker)


def make(folder: Path, files: dict[str, bytes]) -> None:
    """Make a folder of these files, and no others."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


def check_reopened(folder: Path, step: Step, durable: int, checker: Checker) -> None:
    """Check what the folder holds, and do the step again: then all of it is there, and nothing else."""
    index = Index(folder)
    if step.states[0] or (folder / MANIFEST).exists():
        checker(index, step, durable)
    else:
        assert not durable, f"{step.name}: the index is gone"
    step.act(index, lambda _: None)
    again = Index(folder)
    checker(again, step, len(step.states) - 1)
    assert not debris(again), f"{step.name}: debris: {debris(again)}"
    assert (folder / MANIFEST_COPY).exists(), f"{step.name}: the manifest has no copy"


def debris(index: Index) -> list[str]:
    """The names of what stands in the folder of an index, and should not.

    What the copy of the manifest lists may be there as long as there is no copy of this one.
    """
    left = {path.name for path in index.path.iterdir()}
    return sorted(left - own_files(index.snapshot.manifest) - listed_by_copy(index.path) - {DAMAGED})


class Repaired(NamedTuple):
    """What an index holds that was repaired, and what it keeps of what was damaged."""

    contents: State
    damaged: dict[str, bytes]

    @classmethod
    def of(cls, folder: Path) -> Repaired:
        """Look at an index, which must be sound."""
        assert not verify(folder).damage
        index = Index(folder)
        assert not debris(index), f"debris: {debris(index)}"
        return cls(contents(index), {path.name: path.read_bytes() for path in (folder / DAMAGED).iterdir()})


def damaged_indexes(sound: Path, live: Path, rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """Make an index, and copies of it in which a file of each kind is damaged; yields its name and content."""
    index = Index(sound)
    index.add([article(rng, number) for number in range(24)], workers=1)
    index.delete(["n3", "n17"])
    files = [index.path / file.name for file in listed_files(index.snapshot.manifest)]
    kinds = {path.name.partition(".")[2]: path for path in sorted(files)}
    for path in [*kinds.values(), index.path / MANIFEST]:
        shutil.rmtree(live, ignore_errors=True)
        shutil.copytree(index.path, live)
        content = damaged(path.read_bytes(), rng)
        (live / path.name).write_bytes(content)
        yield path.name, content


def end_repairs(folder: Path, seed: int, *, every: int = 1, samples: int = 1) -> int:
    """Damage a file of each kind, and repair; let all end at changes of the folder, and repair again.

    Args:
        folder: an empty one, for indexes.
        seed: of the articles, of the damage, and of what is lost.
        every: all ends at one of so many changes.
        samples: so many losses of power at each change.

    Returns:
        how many endings there were.

    """
    rng = random.Random(seed)  # noqa: S311 - damage, no secret
    endings = 0
    with small_and_fast():
        live = folder / "live"
        for name, content in damaged_indexes(folder / "sound", live, rng):
            recording = Recording(live)
            with recording.watch():
                repair(live)
            wanted = Repaired.of(live)
            assert content in wanted.damaged.values()
            for moment in range(rng.randrange(every), len(recording.changes) + 1, every):
                for power in [False] + [True] * samples:
                    ended = folder / "ended"
                    make(ended, recording.folder_after(moment, rng, power=power))
                    kept = [each.read_bytes() for each in ended.rglob("*") if each.is_file()]
                    assert content in kept, f"{name}: the damaged file is gone, change {moment}"
                    repair(ended)
                    assert Repaired.of(ended) == wanted, f"{name}, change {moment}"
                    endings += 1
    return endings
