"""A virtual environment for each peer, made on demand: never naskh's own, whose packages must not be changed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.peers import Peer

ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENTS = ROOT / "build" / "peers"
#: Written when all is installed; holds what was, so that other requirements make the environment anew.
READY = "requirements.txt"


class NotInstalled(Exception):
    """A peer could not be installed; holds the reason, in one line."""


def python_of(peer: Peer) -> Path:
    """The Python that has the peer, installing it if it has not been.

    Raises:
        NotInstalled: pip would not; partly made environments are removed.

    """
    folder = ENVIRONMENTS / peer.key
    python = folder / "bin" / "python"
    ready = folder / READY
    wanted = "".join(f"{requirement}\n" for requirement in peer.requirements)
    if ready.is_file() and ready.read_text() == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    for command in (
        [sys.executable, "-m", "venv", folder],
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *peer.requirements],
    ):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            raise NotInstalled(last_error(done.stderr or done.stdout))
    ready.write_text(wanted)
    return python


def last_error(messages: str) -> str:
    """The last line of pip's messages that says what went wrong."""
    lines = [line.strip() for line in messages.splitlines() if line.strip()]
    told = [line for line in lines if not re.match(r"(WARNING|\[?notice)\b", line)]
    errors = [line for line in told if re.match(r"(ERROR|error)\b", line)]
    return next(reversed(errors or told or lines), "no reason given")


def version_of(python: Path, package: str) -> str:
    """The version of a package that a Python has."""
    code = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    done = subprocess.run([str(python), "-c", code, package], capture_output=True, text=True, check=True)
    return done.stdout.strip()
