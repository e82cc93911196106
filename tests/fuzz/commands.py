"""The command line: commands with any options on hostile files, ids and paths, one after the other in a folder."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Self

import msgspec
import pytest

from naskh.cli import main
from naskh.index import compaction, disk, writer
from tests.fuzz.making import character, line, mutated, record, text

_STATUSES = (0, 1, 2, 130)
#: What may move the cursor, or turn the direction of what stands behind.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e]")
_ISOLATES = re.compile("\u2068[^\u2066-\u2069]*\u2069")
_INDEXES = ("i", "i", "i", "i", "j", "missing", "a.txt", ".", "i/i", "")
_FILES = ("a.jsonl", "b.jsonl", "a.txt", "b.txt", "a.jsonl.gz", "sub/a.txt", "sub/b.jsonl", "a.json", "a.bin")
_SOURCES = (*_FILES, "a.jsonl", "a.jsonl", "sub", "-", "i", "missing.jsonl", "*.txt")
_OUTPUTS = ("o.jsonl", "o.jsonl", "o.parquet", "o.txt", "sub/o.jsonl", "missing/o.jsonl", "sub", "-")
_NUMBERS = ("0", "1", "0.5", "0.01", "-1", "nan", "inf", "1e-300", "2", "x", "", "99999999999999999999", "٣")
_OPTIONS = {
    "index": ("--map", "--no-text", "--recall", "--at", "--workers"),
    "query": ("--id", "--id", "--json", "--json", "--map", "--min-containment", "--date", "--explain", "--limit"),
    "blocks": ("--json", "--map", "--min-words", "--min-similarity"),
    "pairs": ("--level", "--min-jaccard", "--min-containment"),
    "families": ("--min-outlets", "--pairs", "--workers"),
    "evaluate": ("--sample", "--seed", "--floor", "--borderline", "--json"),
    "stats": ("--json",),
    "delete": (),
    "compact": ("--all", "--workers"),
}
_FLAGS = ("--no-text", "--json", "--explain", "--all")
_COMMANDS = ("index", "index", "index", "query", "query", "query", "blocks", "blocks", *_OPTIONS)


class CommandsCase(msgspec.Struct, frozen=True, tag="commands"):
    """Files, and commands in their folder; each command is an input."""

    files: dict[str, bytes]
    stdin: bytes
    commands: list[list[bytes]]
    is_terminal: bool

    @property
    def inputs(self) -> int:
        """How many commands."""
        return len(self.commands)

    @classmethod
    def draw(cls, rng: Random) -> Self:
        """Some files, an index of one of them as a rule, and a few commands."""
        files = {name: _content(rng, name) for name in _FILES if rng.random() < 0.6}
        files["a.jsonl"] = _content(rng, "a.jsonl")
        ids = [match.decode("utf-8", "replace") for match in re.findall(rb'"id": ?"([^"\\]+)"', files["a.jsonl"])]
        commands = [["index", "i", "a.jsonl"]] if rng.random() < 0.8 else []
        commands += [_command(rng, ids) for _ in range(rng.randrange(1, 5))]
        # The system takes no argument with a NUL in it.
        encoded = [[os.fsencode(_argument(each)) for each in command] for command in commands]
        return cls(files, rng.choice((b"", files["a.jsonl"], text(rng).encode())), encoded, rng.random() < 0.5)

    def check(self, scratch: Path) -> None:
        """No command ends in a traceback or an unknown status, nor prints what steers a terminal."""
        folder = scratch / "commands"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "sub").mkdir(parents=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        with _in_folder(folder):
            for command in self.commands:
                self._run([os.fsdecode(each) for each in command])

    def _run(self, command: list[str]) -> None:
        streams = [_Stream(is_terminal=self.is_terminal) for _ in range(2)]
        stdin = io.TextIOWrapper(io.BytesIO(self.stdin))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["naskh", *command])
            patch.setattr(sys, "stdin", stdin)
            patch.setattr(sys, "stdout", streams[0])
            # Bars are drawn with control characters: not on this one.
            patch.setattr(sys, "stderr", _Stream(is_terminal=False))
            errors = sys.stderr
            status = _status()
        assert status in _STATUSES, f"{command}: status {status}"
        assert threading.active_count() < 64, f"{command}: threads are left"
        if self.is_terminal and "--json" not in command and not _STEERING.search("".join(command)):
            shown = _ISOLATES.sub("", streams[0].text()) + errors.text()  # type: ignore[attr-defined]
            steering = _STEERING.search(shown)
            assert steering is None, f"{command}: prints {steering.group()!r} in {shown[:2000]!r}"


class _Stream(io.TextIOWrapper):
    """Standard output, or error, that can be read afterwards."""

    def __init__(self, *, is_terminal: bool) -> None:
        self._bytes = io.BytesIO()
        self._is_terminal = is_terminal
        super().__init__(self._bytes, "utf-8", write_through=True)

    def isatty(self) -> bool:
        return self._is_terminal

    def text(self) -> str:
        return "" if self.closed else self._bytes.getvalue().decode("utf-8", "replace")


def _status() -> object:
    try:
        main()
    except SystemExit as ended:
        return 0 if ended.code is None else ended.code
    return 0


@contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    """Small segments, so that a few articles are merged; nothing waits for the disk, and nothing is coloured."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "sync", lambda _: None)
        patch.setattr(writer, "SEGMENT_ARTICLES", 8)
        patch.setattr(compaction, "FULL_LEVEL", 3)
        patch.setattr(compaction, "SMALLEST", 8)
        patch.setenv("TERM", "dumb")
        patch.chdir(folder)
        yield


def _content(rng: Random, name: str) -> bytes:
    if name.endswith(".txt"):
        content = text(rng).encode()
    elif name.endswith((".bin", ".gz")):
        content = rng.randbytes(50)
    else:
        dirt = rng.choice((0.0, 0.0, 0.1, 0.5))
        lines = [line(rng, dirt) for _ in range(rng.randrange(40))]
        lines += [_copied(rng, record(rng, 0.0), text(rng, 60)) for _ in range(rng.randrange(4))] * 2
        content = b"\n".join(lines)
    return mutated(rng, content) if rng.random() < 0.1 else content


def _copied(rng: Random, fields: dict[str, object], body: str) -> bytes:
    name = rng.choice(
        (f"n{rng.randrange(100)}", "../../x", "a/b", "\x1b[2J", "\u202egpj", "\x9b31m", "[red]", "a b")
    )
    return msgspec.json.encode({**fields, "id": name, "text": body or "x", "title": "\x1b]0;x\x07\u202e"})


def _command(rng: Random, ids: list[str]) -> list[str]:
    name = rng.choice(_COMMANDS)
    command = [name]
    if name != "blocks":
        command.append(rng.choice(_INDEXES))
    if name in ("index", "query", "blocks"):
        command += rng.choices(_SOURCES, k=rng.choice((0, 1, 1, 1, 2)))
    if name in ("pairs", "families") and rng.random() < 0.9:
        command += ["-o", rng.choice(_OUTPUTS)]
    if name == "delete":
        command += [_id(rng, ids) for _ in range(rng.randrange(4))]
    for option in rng.choices(_OPTIONS[name] or ("--help",), k=rng.choice((0, 0, 1, 1, 2, 3))):
        command.append(option)
        if option not in (*_FLAGS, "--help"):
            command.append(_option_value(rng, option, ids))
    if rng.random() < 0.03:
        command.insert(rng.randrange(len(command) + 1), rng.choice(("--help", "--", "--wat", "", character(rng))))
    return command


def _option_value(rng: Random, option: str, ids: list[str]) -> str:
    if option == "--id":
        return _id(rng, ids)
    if option == "--map":
        return rng.choice(
            ("text=content", "text=title", "id=url", "x=y", "=", "text=", "outlet=id", character(rng))
        )
    if option == "--date":
        return rng.choice(("2025-11-24", "gestern", "", "9999-12-31", "0001-01-01T00:00:00+23:59", character(rng)))
    if option == "--level":
        return rng.choice(("article", "paragraph", "paragraph", "word"))
    return rng.choice(_OUTPUTS) if option == "--pairs" else rng.choice(_NUMBERS)


def _id(rng: Random, ids: list[str]) -> str:
    if ids and rng.random() < 0.7:
        return rng.choice(ids)
    return rng.choice(("missing", "", "../../x", "a/b", "\x1b[2J", "\u202egpj", "\udcff", "-x", character(rng)))


def _argument(given: str) -> str:
    """What the system can pass on: no NUL."""
    return given.replace("\0", "")
