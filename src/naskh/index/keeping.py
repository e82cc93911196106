"""Keeping damaged files of an index, in a folder inside it: nothing that is kept there is ever replaced."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from io import FileIO
from itertools import count
from pathlib import Path
from typing import BinaryIO

from naskh.errors import IndexCorrupt
from naskh.index import disk
from naskh.index.files import READ_BYTES, FileEntry, check_file, reading
from naskh.index.manifest import MANIFEST, SegmentEntry, twin

#: The folder, inside the index, of what was taken out.
DAMAGED = "damaged"
#: What ends the name of a copy of a file that cannot be read as a whole, with zeros for the parts that are not.
READABLE = ".readable"

#: Bytes that a disk gives or does not give together.
_SECTOR = 4096


def keep(folder: Path, names: Iterable[str], unreadable: Collection[str], generation: int) -> dict[str, str]:
    """Give files of an index a second name in the folder of what is damaged, and bring that to the disk.

    What is no file, a folder in its place say, is moved there.

    Args:
        folder: the index.
        names: of the files.
        unreadable: names of those that cannot be read as a whole.
        generation: of the index that is damaged.

    Returns:
        for each unreadable file of which something could be read, where inside the index that is.

    """
    disk.make_folder(folder / DAMAGED)
    copies: dict[str, str] = {}
    for name in names:
        path, kept = folder / name, folder / DAMAGED / name
        if name == MANIFEST:  # the others have names that no other file ever had
            kept = kept.with_stem(f"{kept.stem}-{generation:08}")
        if path.is_file():
            _link(path, kept)
            if name in unreadable and (copy := _copy(path, kept.with_name(kept.name + READABLE))):
                copies[name] = copy.relative_to(folder).as_posix()
        elif os.path.lexists(path):
            disk.rename(path, next(each for each in _names(kept) if not os.path.lexists(each)))
    disk.sync(folder / DAMAGED)
    return copies


def write_twin(folder: Path, deleted: FileEntry) -> None:
    """Write the rows of deleted articles a second time, since without them no article of a segment can be kept.

    Nothing waits for the disk: a file that did not get there as a whole has another checksum.
    """
    with disk.create(folder / twin(deleted).name) as file:
        file.write((folder / deleted.name).read_bytes())


def sound_twins(folder: Path, entries: Iterable[SegmentEntry]) -> dict[str, str]:
    """For each damaged file of deleted rows, the name of the second one if that is what was written."""
    return {
        entry.deleted.name: twin(entry.deleted).name
        for entry in entries
        if entry.deleted is not None
        and not _is_sound(folder, entry.deleted)
        and _is_sound(folder, twin(entry.deleted))
    }


def _is_sound(folder: Path, file: FileEntry) -> bool:
    try:
        check_file(folder, file)
    except (FileNotFoundError, IndexCorrupt):
        return False
    return True


def make(wanted: Path, write: Callable[[BinaryIO], object]) -> Path:
    """Make a file for good, under a name, or one like it where that is another file's; returns which."""
    begun = wanted.with_name(wanted.name + disk.NEW)
    if begun.exists():  # of a repair that was killed
        disk.remove(begun)
    try:
        with disk.create(begun) as file:
            write(file)
        disk.sync(begun)
        for path in _names(wanted):
            if not os.path.lexists(path):
                disk.rename(begun, path)
                return path
            if _same(path, begun):
                disk.remove(begun)
                return path
    except OSError:
        with suppress(OSError):
            disk.remove(begun)
        raise
    raise AssertionError  # there is always another name


def _names(path: Path) -> Iterator[Path]:
    """A name, and others like it."""
    yield path
    for number in count(2):
        yield path.with_stem(f"{path.stem}-{number}")


def _link(path: Path, wanted: Path) -> None:
    """Give a file a second name; where the file system has no links, copy it."""
    for kept in _names(wanted):
        if os.path.lexists(kept):
            if _same(path, kept):  # of a repair that ended before its commit
                return
            continue
        try:
            disk.link(path, kept)
        except OSError:
            _copy(path, wanted)
        return


def _same(path: Path, other: Path) -> bool:
    """Whether two files have the same content; not where it cannot be read."""
    try:
        if path.samefile(other):
            return True
        if not other.is_file() or path.stat().st_size != other.stat().st_size:
            return False
        with path.open("rb") as file, other.open("rb") as another:
            while part := file.read(READ_BYTES):
                if another.read(READ_BYTES) != part:
                    return False
    except OSError:
        return False
    return True


def _copy(path: Path, wanted: Path) -> Path | None:
    """Copy what can be read of a file, with zeros for the rest; None where nothing can."""
    try:
        with reading(path):
            file = path.open("rb", buffering=0)
    except IndexCorrupt:
        return None
    with file:
        size = os.fstat(file.fileno()).st_size
        parts = (_part(file, start, min(READ_BYTES, size - start)) for start in range(0, size, READ_BYTES))

        def write(copy: BinaryIO) -> None:
            copy.writelines(parts)

        return make(wanted, write)


def _part(file: FileIO, start: int, size: int) -> bytes:
    """Bytes of a file, with zeros for those that cannot be read."""
    part = bytearray(size)
    try:
        file.seek(start)
        file.readinto(part)
    except OSError:
        if size <= _SECTOR:
            return bytes(size)
        return b"".join(
            _part(file, place, min(_SECTOR, start + size - place)) for place in range(start, start + size, _SECTOR)
        )
    return bytes(part)
