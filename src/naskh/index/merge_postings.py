"""Merging postings: range of keys after range, each sorted from the entries that the sources have in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from naskh.arrays import NDArray, UInt32
from naskh.index.merge_source import PART, Renumbering, Source
from naskh.index.posting_kernels import fill_list
from naskh.index.postings import Postings, bucket_bits, empty_postings

#: Entries that are sorted at once if keys are spread evenly: some 30 MB with what is made of them on the way. The
#: hashes of FracMinHash stand in the first quarter of the keys, so four times as many come at once there; and the
#: entries of one key stay together, however many they are.
_AT_ONCE = PART


class Range(NamedTuple):
    """The merged entries of some buckets of one list: where each bucket begins in them, and the entries."""

    table: UInt32
    rest: NDArray[Any]
    rows: NDArray[Any]


class Merge(NamedTuple):
    """Postings that are being merged.

    Attributes:
        parts: for each source, a function that maps its postings, and the new numbers of their rows.
        entries: entries of each list that stay, over all sources.
        rows: rows of the merged segment.
        key_bits: as in `Postings`.
        lists: likewise.

    """

    parts: list[tuple[Callable[[], Postings], Renumbering]]
    entries: int
    rows: int
    key_bits: int
    lists: int = 1

    @property
    def buckets(self) -> int:
        """Buckets of one list."""
        return 1 << bucket_bits(self.entries, self.key_bits)

    def room(self, buckets: int, entries: int) -> Range:
        """Room for so many entries; the types are those that the whole has."""
        like = empty_postings(self.entries, self.rows, self.key_bits, lists=0)
        table = np.zeros(buckets + 1, np.uint32)
        return Range(table, np.empty(entries, like.rest.dtype), np.empty(entries, like.rows.dtype))

    def ranges(self) -> Iterator[Range]:
        """All merged entries, in order, a range of buckets at a time."""
        size = self.buckets
        while size > 1 and size * self.entries > _AT_ONCE * self.buckets:
            size //= 2
        for number in range(self.lists):
            for first in range(0, self.buckets, size):
                yield self._range(number, first, size)

    def _range(self, number: int, first: int, buckets: int) -> Range:
        rest_bits = self.key_bits - (self.buckets.bit_length() - 1)
        low = first << rest_bits
        found_keys, found_rows = [], []
        for opened, renumbering in self.parts:
            keys, rows = opened().between(low, low + (buckets << rest_bits), number)
            new_rows, stays = renumbering.of(rows)
            found_keys.append(keys[stays])
            found_rows.append(new_rows)
        keys = np.concatenate(found_keys) - np.uint32(low)
        room = self.room(buckets, len(keys))
        # Sources come in the order of their rows, so those of equal keys ascend: all that the kernel needs.
        fill_list(keys, np.concatenate(found_rows), 0, buckets, rest_bits, *room)
        return room


def frac_parts(sources: list[Source]) -> list[tuple[Callable[[], Postings], Renumbering]]:
    """The FracMinHash postings of some sources, for `Merge`."""
    return [(source.frac, source.articles) for source in sources]


def band_parts(sources: list[Source], bands: int) -> list[tuple[Callable[[], Postings], Renumbering]]:
    """The band postings of some sources, for `Merge`."""
    return [(partial(source.bands, bands), source.paragraphs) for source in sources]
