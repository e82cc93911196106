"""Changing the index folder: its files are made, brought to the disk, renamed and removed here, and nowhere else.

Tests stand in for these functions, to cut a writer off at any of them and to lose what was not on the disk yet.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from naskh.errors import IndexUnwritable
from naskh.writing import writing

if TYPE_CHECKING:
    import pyarrow as pa

#: What ends the name of a file that is about to replace another; after a crash, it is debris.
NEW = ".new"


def changing(folder: Path) -> AbstractContextManager[None]:
    """Change an index in here.

    Raises:
        IndexUnwritable: the system does not let it be changed: no space, no permission.

    """
    return writing(folder, IndexUnwritable, ", and run this again; what was committed is safe")


def make_folder(path: Path) -> None:
    """Make a folder, and those above it that are not there, for good."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in reversed(missing):
        sync(folder.parent)


def create(path: Path) -> BinaryIO:
    """A new empty file, to be written and read; `sync` it by its path when it is closed.

    Raises:
        FileExistsError: there is one of that name, which nothing may overwrite.

    """
    return path.open("x+b")


def write(path: Path, content: bytes | pa.Buffer) -> None:
    """Make a file, and bring it to the disk."""
    with create(path) as file:
        file.write(content)
    sync(path)


def sync(path: Path) -> None:
    """Bring a file's bytes, or a folder's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, content: bytes, *, durable: bool) -> None:
    """Put new content in the place of a file at once: a crash leaves the old or the new, never a part.

    Args:
        path: the file.
        content: all of it.
        durable: it is on the disk afterwards, and the entries that the folder has now are so before it; else a loss
            of power may leave the old file.

    """
    temporary = path.with_name(path.name + NEW)
    if temporary.exists():  # after a crash
        remove(temporary)
    try:
        write(temporary, content)
        if durable:
            sync(path.parent)
        rename(temporary, path)
    except OSError:
        with suppress(OSError):
            remove(temporary)
        raise
    if durable:
        sync(path.parent)


def rename(path: Path, other: Path) -> None:
    """Put a file in the place of another at once."""
    path.replace(other)


def remove(path: Path) -> None:
    """Remove a file, if it is still there: `naskh verify`, which needs no lock, makes and renames one."""
    path.unlink(missing_ok=True)


def link(path: Path, other: Path) -> None:
    """Give a file a second name, which stays when the first is removed; not every file system can."""
    os.link(path, other)
