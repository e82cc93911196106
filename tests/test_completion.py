"""Shells complete commands, options and files, by the script that `naskh completion` prints."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from naskh.cli import COMMANDS, cli


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the command in it, and an article."""
    command = tmp_path / "bin" / "naskh"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from naskh.cli import main; main()" "$@"\n')
    command.chmod(0o755)
    (tmp_path / "article.txt").write_text("نص")
    return tmp_path


def completions(folder: Path, line: str) -> list[str]:
    """What bash offers at the end of a line."""
    words = line.split(" ")
    script = (
        f'eval "$(naskh completion bash)"\n'
        f"COMP_WORDS=({' '.join(words)}{' ' + repr('') if not words[-1] else ''})\nCOMP_CWORD={len(words) - 1}\n"
        '_naskh_completion naskh\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("naskh fam", ["families"]),
        ("naskh pairs --min", ["--min-jaccard", "--min-containment"]),
        ("naskh pairs news.naskh --level ", ["article", "paragraph"]),
    ],
)
def test_bash_completes_commands_options_and_choices(folder: Path, line: str, offered: list[str]) -> None:
    assert completions(folder, line) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for_each_shell(shell: str) -> None:
    done = CliRunner().invoke(cli, ["completion", shell])
    assert done.exit_code == 0
    assert f"_NASKH_COMPLETE={shell}_complete" in done.output


@pytest.mark.parametrize("command", ["index", "query", "blocks"])
def test_sources_are_completed_as_files(command: str) -> None:
    sources = next(p for p in cli.get_command(None, command).params if p.name == "sources")
    (offered,) = sources.shell_complete(None, "art")
    assert (offered.type, offered.value) == ("file", "art")


def test_every_command_is_offered() -> None:
    from click.shell_completion import ShellComplete

    offered = ShellComplete(cli, {}, "naskh", "_NASKH_COMPLETE").get_completions([], "")
    assert [item.value for item in offered] == list(COMMANDS)
