"""Arrays that may be larger than memory should hold: in temporary files, mapped, and let go of in between.

The join of all pairs reads all of an index, and arrays of its own, here and there. What a process has read of
mapped files counts as its memory until it lets go of it: hence `release`. Little is lost by that, since the system
keeps the pages as long as it has room for them. Where there is no Linux nothing is let go of: the results are the
same, the process looks larger, and the system takes the pages back itself when it needs room.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import tempfile
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, cast
from weakref import WeakKeyDictionary

import numpy as np

from naskh.arrays import Item, NDArray
from naskh.index.snapshot import Snapshot
from naskh.writing import writing

#: Arrays of fewer bytes are held in memory.
_SMALL = 1 << 26
#: Mapped files are let go of when the process has so many bytes: while they are not needed, and while they are.
#: Together with what a step brings in before it asks again, that keeps a million articles at some 2 GB.
_RESIDENT = 1000 << 20
_CROWDED = 1700 << 20
#: As long as no more of these bytes are of mapped files, letting go gains less than reading them again costs.
_FEW = 64 << 20
#: The temporary files that are mapped: where each begins and ends.
_mapped: WeakKeyDictionary[mmap.mmap, tuple[int, int]] = WeakKeyDictionary()
#: And the mapped files of indexes, see `follow`.
_followed: WeakKeyDictionary[Snapshot, list[tuple[int, int]]] = WeakKeyDictionary()
_lock = Lock()


def scratch(count: int, kind: type[Item]) -> NDArray[Item]:
    """Room for an array, in a temporary file if it is large; the file goes with the array."""
    size = count * np.dtype(kind).itemsize
    if size <= _SMALL:
        return np.empty(count, kind)
    with _writing(), tempfile.TemporaryFile() as file:
        _reserve(file, size)
        return np.frombuffer(_map(file, size), kind)


class Growing:
    """An array of any length, to which is added.

    Args:
        kind: the type of its values.

    """

    def __init__(self, kind: type[Any]) -> None:
        self._kind = np.dtype(kind)
        self._held: list[NDArray[Any]] = []
        self._size = 0
        self._file: BinaryIO | None = None

    def add(self, values: NDArray[Any]) -> None:
        """Add some values."""
        values = np.ascontiguousarray(values, self._kind)
        self._size += values.nbytes
        if self._file is None and self._size <= _SMALL:
            self._held.append(values)
            return
        with _writing(), ExitStack() as undo:
            if self._file is None:
                self._file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - `array` closes it
            undo.push(closing(self._file))
            for earlier in (*self._held, values):
                self._file.write(earlier.data)
            self._held = []
            undo.pop_all()

    def array(self) -> NDArray[Any]:
        """All of them; nothing is to be added any more."""
        if self._file is None:
            return np.concatenate([np.zeros(0, self._kind), *self._held])
        with _writing(), self._file as file:
            file.flush()
            return np.frombuffer(_map(file, self._size), self._kind)


def release(*arrays: NDArray[Any], hot: bool = False, index: bool = False) -> None:
    """Let go of what was read and written of mapped files; what they hold stays as it is.

    Args:
        arrays: of the files in which these stand; of all where there are none.
        index: of those of indexes.
        hot: they are needed again at once, so that it is only done where memory is short.

    """
    if sys.platform != "linux":
        return
    resident, mapped = _resident()
    if mapped < _FEW or resident < (_CROWDED if hot else _RESIDENT):
        return
    with _lock:  # what is being let go of is held, so that nothing else comes to stand there
        held = list(_followed.items()) + ([] if index else [(each, [place]) for each, place in _mapped.items()])
    system = ctypes.CDLL(None)
    places = [array.ctypes.data for array in arrays]
    for start, end in (place for _, own in held for place in own):
        if not places or any(start <= at < end for at in places):
            first, last = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE, end // mmap.PAGESIZE * mmap.PAGESIZE
            if first < last:
                system.madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), mmap.MADV_DONTNEED)
    if not places and not index and hasattr(system, "malloc_trim"):  # what was freed, too: threads keep it
        system.malloc_trim(0)


def follow(snapshot: Snapshot) -> None:
    """Let `release` let go of the mapped files of an index too, as long as the snapshot is there."""
    with _lock:
        _followed[snapshot] = [place for segment in snapshot.segments for place in segment.mapped()]


def _writing() -> AbstractContextManager[None]:
    """Writing to a temporary file.

    Raises:
        FileUnwritable: the system does not let it.

    """
    return writing(f"temporary files in {tempfile.gettempdir()}", then=" (TMPDIR=/some/folder names one)")


def _map(file: Any, size: int) -> mmap.mmap:
    mapped = mmap.mmap(file.fileno(), size)
    start = np.frombuffer(mapped, np.uint8).ctypes.data
    with _lock:
        _mapped[mapped] = start, start + size
    return mapped


def _resident() -> tuple[int, int]:
    """The bytes that the process has in memory, and how many of these are of mapped files."""
    resident, mapped = Path("/proc/self/statm").read_text().split()[1:3]
    return int(resident) * mmap.PAGESIZE, int(mapped) * mmap.PAGESIZE


def _reserve(file: Any, size: int) -> None:
    """Make a file so long; where the system can, also see to it that there is room on the disk.

    A mapped file for whose bytes there is no room ends the process when they are written.
    """
    file.truncate(size)
    if sys.platform == "linux":
        os.posix_fallocate(file.fileno(), 0, size)
