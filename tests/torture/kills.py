"""Writers that are killed (SIGKILL) at random moments: real processes on a real folder.

usage: python -m tests.torture.kills [--kills 500] [--seed 0] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from naskh import Index
from tests.torture.endings import check_reopened
from tests.torture.histories import Checker, Step, history, small_and_fast

#: Kills of each step of a history.
_KILLS = 12


def run(folder: Path, step: Step, after: float | None) -> tuple[float, int]:
    """Let another process do a step, and kill it after so many seconds; None: let it be.

    Returns:
        the seconds that it lived, and how many articles it had reported as durable.

    """
    reading, writing = os.pipe()
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        try:
            step.act(Index(folder), lambda durable: os.write(writing, durable.to_bytes(4)) and None)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if after is None and status:
        raise RuntimeError(f"{step.name} ended with status {status}")
    lived = time.perf_counter() - started
    with os.fdopen(reading, "rb") as reports:
        told = reports.read()
    return lived, int.from_bytes(told[-4:])


def kill_at_random(folder: Path, seed: int) -> Iterator[int]:
    """Play a history, kill each step some times, and check what is left; yields the number of kills so far."""
    rng = random.Random(seed)  # noqa: S311 - moments, no secret
    checker = Checker(folder / "sound")
    live, trial = folder / "live", folder / "trial"
    live.mkdir()
    kills = 0
    with small_and_fast():
        for step in history(seed):
            shutil.copytree(live, folder / "next")
            lived, _ = run(folder / "next", step, None)
            for _ in range(_KILLS):
                shutil.rmtree(trial, ignore_errors=True)
                shutil.copytree(live, trial)
                _, durable = run(trial, step, rng.random() * lived)
                check_reopened(trial, step, durable, checker)
                kills += 1
                yield kills
            shutil.rmtree(live)
            (folder / "next").rename(live)


def kill(kills: int, seed: int, folder: Path | None) -> None:
    """Kill until there were enough kills."""
    total = 0
    while total < kills:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            for _ in kill_at_random(Path(place), seed):
                total += 1
                if total >= kills:
                    break
        print(f"{total} kills, histories up to seed {seed}: nothing lost", file=sys.stderr, flush=True)
        seed += 1


def main() -> None:
    """Kill as often as was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where; by default a temporary folder")
    options = parser.parse_args()
    kill(options.kills, options.seed, options.folder)


if __name__ == "__main__":
    main()
