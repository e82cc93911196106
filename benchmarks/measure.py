"""Measuring whole processes from outside, describing the machine, and writing tables."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
#: naskh's command, beside the Python that runs this.
NASKH = Path(sys.executable).parent / "naskh"
#: Some of the corpus' articles have no text: naskh rejects these and ends with 1.
WITH_REJECTED = (0, 1)
PACKAGES = ("naskh", "numba", "numpy", "pyarrow", "msgspec", "xxhash", "datasketch")


class Cost(NamedTuple):
    """What one process took, its children included."""

    #: From start to end, in seconds.
    wall: float
    #: User and system time of all its threads, in seconds.
    cpu: float
    #: Peak resident bytes of the largest single process.
    memory: int
    stdout: str
    stderr: str


class Costs(NamedTuple):
    """The same command, several times."""

    rounds: list[Cost]

    @property
    def wall(self) -> float:
        """Median seconds."""
        return median(cost.wall for cost in self.rounds)

    @property
    def best(self) -> float:
        """Seconds of the fastest round."""
        return min(cost.wall for cost in self.rounds)

    @property
    def worst(self) -> float:
        """Seconds of the slowest round."""
        return max(cost.wall for cost in self.rounds)

    @property
    def cpu(self) -> float:
        """Median CPU seconds."""
        return median(cost.cpu for cost in self.rounds)

    @property
    def memory(self) -> int:
        """Largest peak of resident bytes."""
        return max(cost.memory for cost in self.rounds)


def together(costs: Sequence[Cost]) -> Cost:
    """Some processes one after the other as if they were one: times added, the largest memory."""
    return Cost(
        wall=sum(cost.wall for cost in costs),
        cpu=sum(cost.cpu for cost in costs),
        memory=max(cost.memory for cost in costs),
        stdout="".join(cost.stdout for cost in costs),
        stderr="".join(cost.stderr for cost in costs),
    )


class CommandFailed(Exception):
    """A measured command ended with a status that it may not end with; holds the end of its messages."""


def run(
    command: Sequence[str | Path],
    *,
    ok: Iterable[int] = (0,),
    env: Mapping[str, str] | None = None,
    keep: bool = True,
) -> Cost:
    """Run a command and measure it from outside.

    Linux counts what the calling process holds into the peak of the one it starts, so the caller must stay
    small: import neither Arrow nor numpy there.

    Args:
        command: program and arguments.
        ok: statuses that count as success (``naskh`` ends with 1 when some of the input was rejected).
        env: variables added to the environment.
        keep: read what the command prints; without, its standard output goes nowhere.

    Raises:
        CommandFailed: it ended with another status.

    """
    words = [str(word) for word in command]
    with (
        tempfile.TemporaryFile() if keep else Path(os.devnull).open("r+b", buffering=0) as stdout,
        tempfile.TemporaryFile() as stderr,
    ):
        started = time.perf_counter()
        process = subprocess.Popen(words, stdout=stdout, stderr=stderr, env={**os.environ, **(env or {})})
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (stdout, stderr):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    if process.returncode not in ok:
        raise CommandFailed(f"{' '.join(words)}\nended with {process.returncode}:\n{texts[1][-2000:]}")
    scale = 1 if sys.platform == "darwin" else 1024
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale, *texts)


def folder_bytes(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> str:
    """Processor, memory, system and versions, in two Markdown lines."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return (
        f"- Machine: {_processor()}, {cores()} cores, {memory:.0f} GiB of memory, "
        f"{platform.system()} {platform.release()}\n"
        f"- {platform.python_implementation()} {platform.python_version()}, {versions}"
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


def _processor() -> str:
    """The processor's name; a virtual machine may hide the model, so its family and widest vectors go with it."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    lines = (line.partition(":") for line in info.read_text().splitlines())
    facts = {name.strip(): value.strip() for name, _, value in lines}
    flags = facts.get("flags", "").split()
    vectors = next((name for name in ("avx512f", "avx2", "sse4_2") if name in flags), "no vectors")
    name = facts.get("model name", platform.machine())
    return f"{name} (family {facts.get('cpu family', '?')} model {facts.get('model', '?')}, {vectors})"


def load() -> float:
    """Processes that ran or wanted to in the last minute: above 0 before a measurement, others are at work."""
    return os.getloadavg()[0]


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which a share (0 to 1) of the values lies, by linear interpolation."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column is words, the others are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def mebibytes(size: float) -> str:
    """Bytes as MiB."""
    return f"{size / 2**20:,.0f} MiB"


def milliseconds(seconds: float) -> str:
    """Seconds as ms, with three digits that count."""
    value = seconds * 1000
    return f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f} ms"


def best_of(call: Callable[[], object], repeats: int) -> float:
    """Seconds of the fastest of some calls, after one that is not counted (it may compile)."""
    return min(repeated(call, repeats))


def repeated(call: Callable[[], object], repeats: int) -> list[float]:
    """Seconds of each of some calls, after one that is not counted (it may compile)."""
    call()
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return seconds
