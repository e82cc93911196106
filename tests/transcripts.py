"""Running what the documents show: fenced blocks of ``python`` and ``console``, each page in a folder of its own.

* A ``console`` block is commands behind ``$ ``, each with what it prints below it; where nothing stands below it,
  nothing is said about it. A command must end with status 0.
* A ``python`` block is run as it stands, after those before it on the page; an ``output`` block right below it is
  what it prints.
* In what is printed, ``…`` stands for anything within a line, and a line of ``...`` for any lines; seconds and
  rates vary.
* ``<!-- not run: WHY -->`` above a block leaves it out.

``python -m tests.transcripts PAGE ...`` writes what is printed into pages where it is something else than shown.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

import pyarrow as pa
from click.testing import CliRunner

import naskh
from naskh.cli import cli
from naskh.errors import NaskhError
from naskh.sources import Reader

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "examples" / "sample-crawl.jsonl"

_FENCE = re.compile(
    r"(?:^<!-- not run: (?P<why>.+?) -->\n+)?^```(?P<kind>\w+).*\n(?P<body>(?s:.*?))^```$", re.MULTILINE
)
#: What only a shell understands.
_OF_SHELLS = re.compile(r"[|<>&;$(`*]")
_PORT = "127.0.0.1:8750"


class Fence(NamedTuple):
    """A fenced block of a page: what it is, what is in it, from where to where, and why it is not run."""

    kind: str
    body: str
    start: int
    end: int
    why: str | None


class Difference(NamedTuple):
    """A place of a page where something else was printed than is shown."""

    said_by: str
    start: int
    end: int
    printed: str


def fences(page: str) -> list[Fence]:
    """The fenced blocks of a page, in order."""
    return [
        Fence(found["kind"], found["body"], found.start("body"), found.end("body"), found["why"])
        for found in _FENCE.finditer(page)
    ]


def settled(transcript: str) -> list[str]:
    """The lines of a transcript without what differs from run to run: seconds and rates."""
    lines = [re.sub(r"[\d.,]+ s\b|[\d,]+ articles/s", "#", line).rstrip() for line in transcript.splitlines()]
    return [line for line in lines if line]


def agree(shown: str, printed: str) -> bool:
    """Whether this was printed as shown, elisions allowed."""
    pattern = ""
    for line in settled(shown):
        if line == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(map(re.escape, line.split("…"))) + "\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in settled(printed))) is not None


def prepare(folder: Path) -> None:
    """What the pages take to be there: the sample as a crawl in several forms, its index, an article, a draft."""
    (folder / "examples").symlink_to(ROOT / "examples")
    lines = SAMPLE.read_text()
    for name in ("crawl-2025-11.jsonl.zst", "crawl.jsonl.zst"):
        with pa.output_stream(str(folder / name), compression="zstd") as file:
            file.write(lines.encode())
    same, changed, new = lines.splitlines()[:3]
    today = [
        same,
        changed.replace('"text": "', '"text": "عاجل\\n', 1),
        re.sub('"id": "[^"]*"', '"id": "a1"', new, count=1),
    ]
    (folder / "today.jsonl").write_text("\n".join(today) + "\n")
    index = naskh.Index(folder / "news.naskh")
    index.add(Reader([SAMPLE]).batches())
    (folder / "article.txt").write_text(index.get("alsahifa-0002").text)
    command = folder / ".bin" / "naskh"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from naskh.cli import main; main()" "$@"\n')
    command.chmod(0o755)


class Shell:
    """Runs the commands of a page in its folder, and ends the servers that they start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = {
            **os.environ,
            "PATH": f"{folder / '.bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(Path(naskh.__file__).parents[1]),
        }
        self._server: subprocess.Popen[str] | None = None
        self._address = _PORT

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_server()

    def run(self, command: str) -> str:
        """What a command prints, on both streams.

        Raises:
            AssertionError: it ends with another status than 0.

        """
        if command.startswith("naskh serve "):
            return self._serve(command)
        if command.startswith("naskh ") and not _OF_SHELLS.search(command):
            return self._run_here(command)
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command.replace(_PORT, self._address)],
            cwd=self._folder, env=self._environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}: status {done.returncode}\n{done.stdout}"
        return done.stdout

    def _run_here(self, command: str) -> str:
        """Run naskh in this process, which has imported it already."""
        with contextlib.chdir(self._folder):
            done = CliRunner().invoke(cli, shlex.split(command, comments=True)[1:])
        said = f"naskh: {done.exception}\n" if isinstance(done.exception, NaskhError) else done.output
        assert done.exit_code == 0, f"{command}: status {done.exit_code}\n{said}{done.exception!r}"
        return said

    def _serve(self, command: str) -> str:
        """Start a server on a free port; what it says first."""
        self._end_server()
        words = [*shlex.split(command, comments=True), "--port", "0"]
        self._server = subprocess.Popen(
            words, cwd=self._folder, env=self._environment, stderr=subprocess.PIPE, text=True
        )
        assert self._server.stderr is not None
        greeting = self._server.stderr.readline()
        found = re.search(r"127\.0\.0\.1:\d+", greeting)
        assert found, f"{command}: {greeting}"
        self._address = found[0]
        return greeting.replace(self._address, _PORT)

    def _end_server(self) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.communicate(timeout=60)
            self._server = None


def commands(body: str) -> Iterator[tuple[str, int, int]]:
    """The commands of a console block, each with where in the block its output begins and ends.

    A command goes on in the next line where a line ends in a backslash.
    """
    starts = [found.start() for found in re.finditer(r"^\$ ", body, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], len(body)], strict=True):
        found = re.match(r"\$ ((?:.*\\\n)*.*\n)", body[start:end])
        assert found is not None
        yield found[1].rstrip("\n"), start + found.end(), end


def differences(page: str, folder: Path) -> list[Difference]:
    """Run the blocks of a page in a prepared folder; where something else is printed than shown.

    Raises:
        Exception: a command or a piece of Python fails.

    """
    differing = []
    names: dict[str, Any] = {"__name__": "page"}
    blocks = fences(page)
    with Shell(folder) as shell:
        for number, block in enumerate(blocks):
            if block.why is not None:
                continue
            if block.kind == "console":
                for command, start, end in commands(block.body):
                    shown, printed = block.body[start:end], shell.run(command)
                    if shown.strip() and not agree(shown, printed):
                        differing.append(Difference(command, block.start + start, block.start + end, printed))
            elif block.kind == "python":
                printed = run_python(block.body, folder, names)
                below = blocks[number + 1] if number + 1 < len(blocks) else None
                if below is not None and below.kind == "output" and not agree(below.body, printed):
                    differing.append(Difference(block.body, below.start, below.end, printed))
    return differing


def run_python(code: str, folder: Path, names: dict[str, Any]) -> str:
    """Run a piece of Python in a folder; what it prints."""
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        exec(compile(code, "page", "exec"), names)  # noqa: S102 - the project's own pages
    return printed.getvalue()


def write(path: Path) -> None:
    """Put into a page what its blocks print."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        page = path.read_text()
        for differing in reversed(differences(page, Path(folder))):
            gap = "\n" if page[differing.start : differing.end].endswith("\n\n") else ""
            page = page[: differing.start] + differing.printed.rstrip("\n") + "\n" + gap + page[differing.end :]
    path.write_text(page)


if __name__ == "__main__":
    assert shutil.which("bash")
    for name in sys.argv[1:]:
        write(Path(name))
