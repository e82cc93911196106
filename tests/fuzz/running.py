"""Cases drawn one after the other, checked, and written down where a check fails."""

from __future__ import annotations

import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec

from tests.fuzz.commands import CommandsCase
from tests.fuzz.files import FileCase
from tests.fuzz.lines import LinesCase
from tests.fuzz.texts import TextsCase

Case = LinesCase | FileCase | TextsCase | CommandsCase

TARGETS: dict[str, Callable[[Random], Case]] = {
    "lines": LinesCase.draw,
    "files": FileCase.draw,
    "texts": TextsCase.draw,
    "commands": CommandsCase.draw,
}


class Tally(NamedTuple):
    """What a target was given, and what came of it."""

    inputs: int
    seconds: float
    crashes: list[Path]


def fuzz(target: str, seed: str, inputs: int, scratch: Path, crashes: Path) -> Tally:
    """Check cases until they had so many inputs.

    Args:
        target: one of `TARGETS`.
        seed: of the first case; each has a seed of its own.
        inputs: at least so many.
        scratch: a folder for files.
        crashes: a folder for the cases that fail.

    """
    started = time.perf_counter()
    done = number = 0
    failed = []
    while done < inputs:
        case = TARGETS[target](Random(f"{target} {seed} {number}"))  # noqa: S311 - cases, no secret
        try:
            case.check(scratch)
        except Exception:
            failed.append(_write_down(crashes, f"{target}-{seed}-{number}", case))
        done += case.inputs
        number += 1
    return Tally(done, time.perf_counter() - started, failed)


def fuzz_part(part: tuple[str, str, int, Path]) -> tuple[str, Tally]:
    """`fuzz` in a process of a pool, given its target, seed, inputs and folder of crashes."""
    target, seed, inputs, crashes = part
    with tempfile.TemporaryDirectory() as folder:
        return target, fuzz(target, seed, inputs, Path(folder), crashes)


def run_again(path: Path, scratch: Path) -> None:
    """Check a case that was written down; what it raises comes out."""
    msgspec.msgpack.decode(path.read_bytes(), type=Case).check(scratch)


def _write_down(folder: Path, name: str, case: Case) -> Path:
    """The case, to be run again, and beside it what it raised."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.case"
    path.write_bytes(msgspec.msgpack.encode(case))
    path.with_suffix(".txt").write_text(traceback.format_exc(), "utf-8", "backslashreplace")
    return path
