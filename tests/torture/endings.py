"""Endings of a writer at each change of its folder: by a kill, and by a loss of power."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from naskh import Index
from naskh.index.checks import CHECKED
from naskh.index.files import REJECTED
from naskh.index.manifest import MANIFEST, MANIFEST_COPY
from naskh.index.snapshot import own_files
from tests.torture.histories import Checker, Step, history, small_and_fast
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
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    check_reopened(folder, step, durable, checker)


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
    check_debris(again, step)
    assert (folder / MANIFEST_COPY).exists(), f"{step.name}: the manifest has no copy"


def check_debris(index: Index, step: Step) -> None:
    """Check that nothing is left in the folder that is not the index's."""
    listed = own_files(index.snapshot.manifest) - {CHECKED, REJECTED}
    left = {path.name for path in index.path.iterdir()} - {CHECKED}
    assert left <= listed, f"{step.name}: debris: {sorted(left - listed)}"
