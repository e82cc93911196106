"""Endings of a writer at each change of its folder: by a kill, and by a loss of power."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from naskh import Index
from tests.torture.histories import Checker, Step, history, small_segments
from tests.torture.recording import Recording


def end_at_each_change(folder: Path, seed: int, *, samples: int = 1) -> int:
    """Play a history; after each change of the folder let all end there, reopen, check, and go on from there.

    Args:
        folder: an empty one, for indexes.
        seed: of the history, and of what is lost.
        samples: so many losses of power at each change.

    Returns:
        how many endings there were.

    """
    rng = random.Random(seed)  # noqa: S311 - endings, no secret
    checker = Checker(folder / "sound")
    live = Index(folder / "live")
    endings = 0
    with small_segments():
        for step in history(seed):
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
    """Make the folder as it was left, check what it holds, and do the step again: then all of it is there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    index = Index(folder)
    if step.states[0] or "manifest.json" in files:
        checker(index, step, durable)
    again = Index(folder)
    step.act(again, lambda _: None)
    checker(again, step, len(step.states) - 1)
    left = {path.name for path in folder.iterdir()} - {"lock"}
    assert left == listed(again), f"{step.name}: debris: {sorted(left ^ listed(again))} of {sorted(files)}"


def listed(index: Index) -> set[str]:
    """The files that a sound index has, but for the lock."""
    from naskh.index.manifest import MANIFEST
    from naskh.index.snapshot import referenced_files

    return referenced_files(index.snapshot.manifest) | {MANIFEST}
