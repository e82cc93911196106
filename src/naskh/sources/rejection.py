"""What is said about input that gives no article."""

from __future__ import annotations

import msgspec


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """One line, or one file, that gave no article.

    `file` is the path as it was given ("-" for standard input). `line` counts from 1, rows in a Parquet or Arrow
    file; for a problem with a whole file it is the last one that was read, or null where there is none. `id` is
    there when it could be read.
    """

    file: str
    line: int | None
    id: str | None
    reason: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.reason}"


class UnreadableFile(Exception):
    """Reading the current file cannot go on; what was read before stands. Never leaves this package."""

    def __init__(self, reason: str, *, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def readable_size(size: int) -> str:
    """Write `size` bytes for a reader: "64 MiB", or "1000 bytes" where it is no whole number of units."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"


def empty_or_blank(value: str) -> str:
    """Say in which of the two ways a `value` without content is one."""
    return "only white space" if value else "empty"
