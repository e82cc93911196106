"""Array types and the few array helpers that several modules need.

`NDArray` comes without the 70 milliseconds that importing `numpy.typing` costs at every start.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
else:
    from numpy import ndarray as NDArray  # noqa: N812 - the name that readers know

__all__ = [
    "HALF",
    "LOW",
    "Bool",
    "Float64",
    "Int8",
    "Int32",
    "Int64",
    "NDArray",
    "Scratch",
    "UInt8",
    "UInt32",
    "UInt64",
    "group_bounds",
    "look_up",
    "ranges",
    "ranks",
    "sorted_distinct",
]

if TYPE_CHECKING:
    Bool = NDArray[np.bool_]
    Float64 = NDArray[np.float64]
    Int8 = NDArray[np.int8]
    Int32 = NDArray[np.int32]
    Int64 = NDArray[np.int64]
    UInt8 = NDArray[np.uint8]
    UInt32 = NDArray[np.uint32]
    UInt64 = NDArray[np.uint64]
else:
    Bool = Float64 = Int8 = Int32 = Int64 = UInt8 = UInt32 = UInt64 = NDArray

#: Two 32-bit numbers packed into 64 bits: ``high << HALF | low``, and ``packed & LOW`` is the low one.
HALF = np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)

Item = TypeVar("Item", bound=np.generic)


class Scratch(threading.local):
    """Arrays that are written anew at each use, a set for each thread.

    Memory that the process has not touched yet costs more than most of the work on it: the system clears it first.
    """

    def __init__(self) -> None:
        self._held: dict[str, NDArray[Any]] = {}

    def take(self, name: str, rows: int, dtype: Any, *width: int) -> NDArray[Any]:
        """An array of at least so many rows, (>= rows, *width), with any content; it holds until the next take."""
        held = self._held.get(name)
        if held is None or len(held) < rows or held.shape[1:] != width or held.dtype != dtype:
            held = self._held[name] = np.empty((rows + rows // 4, *width), dtype)
        return held


def sorted_distinct(parts: Sequence[NDArray[Item]]) -> NDArray[Item]:
    """All values of some arrays (at least one), sorted, each once.

    `numpy.unique` hashes since numpy 2.3, which is slower on such arrays.
    """
    values = np.concatenate(parts)
    values.sort()
    return values[np.append(True, values[1:] != values[:-1])] if len(values) else values


def look_up(ordered: NDArray[Item], values: NDArray[Item]) -> tuple[Int64, Bool]:
    """Where some values stand in a sorted array, and which of them do; the place of one that does not is any."""
    if not len(ordered):
        return np.zeros(len(values), np.int64), np.zeros(len(values), np.bool_)
    place = np.searchsorted(ordered, values)
    place[place == len(ordered)] = 0
    return place, ordered[place] == values


def ranks(order: Int64) -> Int64:
    """The place of each item in an order that lists them all: the inverse permutation."""
    found = np.empty(len(order), np.int64)
    found[order] = np.arange(len(order))
    return found


def ranges(starts: Int64, counts: Int64) -> Int64:
    """All integers of the ranges [start, start + count), one range after the other."""
    ends = np.cumsum(counts)
    places: Int64 = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - counts), counts)
    return places


def group_bounds(values: NDArray[Item]) -> Int64:
    """Where runs of equal values begin, and the end of the last: (runs + 1,); one 0 for no values."""
    if not len(values):
        return np.zeros(1, np.int64)
    return np.concatenate([[0], np.flatnonzero(values[1:] != values[:-1]) + 1, [len(values)]])
