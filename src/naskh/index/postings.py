"""Postings: which rows have which key, sorted by key, in few bytes and searched without loading them.

A key is cut in two. Its first bits name a bucket: a table says where the entries of each begin. The other bits
stand beside each entry, and fit in 16 wherever there are enough entries for so many buckets; no bit is lost.
Several lists of the same length, one for each band, stand one after the other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from naskh.arrays import Int64, NDArray, UInt32, ranges

#: Bits beside an entry, where they suffice.
_SHORT = 16
#: Entries of a bucket, at least: with fewer, its place in the table takes more than the bits that it saves.
_FEWEST = 8
#: Entries of a bucket on average, at most: a search looks at all of them.
_MOST = 64


class Postings(NamedTuple):
    """Lists of (key, row), each sorted.

    Attributes:
        key_bits: bits of a key, 17 to 32.
        table: (lists * buckets + 1,) uint32: where the entries of each bucket begin, and the end.
        rest: (lists * entries,) uint16 or uint32: the last bits of each key.
        rows: (lists * entries,) uint16 or uint32.
        lists: how many there are.

    """

    key_bits: int
    table: UInt32
    rest: NDArray[Any]
    rows: NDArray[Any]
    lists: int = 1

    @property
    def buckets(self) -> int:
        """Buckets of one list, a power of two."""
        return (len(self.table) - 1) // self.lists

    @property
    def rest_bits(self) -> int:
        """Bits of a key that stand beside its entry."""
        return self.key_bits - (self.buckets.bit_length() - 1)

    def find(self, keys: UInt32, number: int = 0) -> Int64:
        """The rows of all entries of a list whose key is among these (distinct ones, else rows come again)."""
        bits = self.rest_bits
        bucket = number * self.buckets + (keys.astype(np.int64) >> bits)
        first = self.table[bucket].astype(np.int64)
        counts = self.table[bucket + 1] - first
        places = ranges(first, counts)
        wanted = np.repeat(keys & np.uint32((1 << bits) - 1), counts)
        found: Int64 = self.rows[places[self.rest[places] == wanted]].astype(np.int64)
        return found

    def entries(self, number: int = 0) -> tuple[UInt32, NDArray[Any]]:
        """All keys and rows of a list: (n,) uint32, sorted; (n,) uint16 or uint32."""
        return self.between(0, 1 << self.key_bits, number)

    def between(self, low: int, high: int, number: int = 0) -> tuple[UInt32, NDArray[Any]]:
        """The entries of a list with keys in [low, high), as `entries` gives them."""
        bits = self.rest_bits
        first, end = low >> bits, (high - 1 >> bits) + 1
        edges = self.table[number * self.buckets + first : number * self.buckets + end + 1].astype(np.int64)
        place = slice(int(edges[0]), int(edges[-1]))
        keys = np.repeat(np.arange(first, end, dtype=np.uint32) << np.uint32(bits), np.diff(edges))
        keys |= self.rest[place]
        start, stop = 0, len(keys)
        if low > first << bits:
            start = int(np.searchsorted(keys, np.uint32(low)))
        if high < end << bits:
            stop = int(np.searchsorted(keys, np.uint32(high)))
        return keys[start:stop], self.rows[place][start:stop]

    def bounds(self, low: int, high: int, number: int = 0) -> tuple[int, int, int]:
        """Where the buckets of a list that may hold keys in [low, high) begin and end, and the first bucket."""
        first, end = low >> self.rest_bits, (high - 1 >> self.rest_bits) + 1
        edges = self.table[number * self.buckets + np.array([first, end])].tolist()
        return edges[0], edges[1], first


def bucket_bits(entries: int, key_bits: int) -> int:
    """How many bits of a key name its bucket, in a list of so many entries."""
    size = max(entries.bit_length() - 1, 0)  # log2, rounded down
    least = key_bits - _SHORT
    few = min(least, size - _FEWEST.bit_length() + 1)
    return max(few, min(size - _MOST.bit_length() + 1, key_bits - 1), 0)


def empty_postings(entries: int, rows: int, key_bits: int, lists: int = 1) -> Postings:
    """Room for lists of so many entries each; to be filled, list by list."""
    bits = bucket_bits(entries, key_bits)
    return Postings(
        key_bits,
        np.zeros(lists * (1 << bits) + 1, np.uint32),
        np.empty(lists * entries, np.uint16 if key_bits - bits <= _SHORT else np.uint32),
        np.empty(lists * entries, np.uint16 if rows <= 1 << 16 else np.uint32),
        lists,
    )
