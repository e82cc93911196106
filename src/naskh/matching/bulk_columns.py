"""The articles of a snapshot, and those that are looked for, as columns: what queries by the thousand run over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from naskh.arrays import Int64, NDArray, ranks
from naskh.article import Article
from naskh.index.postings import Postings
from naskh.matching.recurrence import day_of
from naskh.matching.stored import Stored


class Queries(NamedTuple):
    """Articles that are looked for.

    Attributes:
        ids: of each.
        id_bytes: these in UTF-8, one after the other, uint8.
        id_ends: (n + 1,) int64, where each begins.
        texts: likewise the texts, uint8.
        text_ends: likewise.
        days: (n,) int64, `day_of` each.
        outlets: (n,) int64, see `Stored.outlet_code`.

    """

    ids: list[str]
    id_bytes: NDArray[np.uint8]
    id_ends: Int64
    texts: NDArray[np.uint8]
    text_ends: Int64
    days: Int64
    outlets: Int64

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def id_places(self) -> Int64:
        """Address and bytes of each id: (n, 2) int64."""
        return np.stack([self.id_bytes.ctypes.data + self.id_ends[:-1], np.diff(self.id_ends)], axis=1)


def queries_of(articles: Sequence[Article], stored: Stored) -> Queries:
    """Articles as columns.

    Raises:
        UnicodeEncodeError: an id or a text holds a lone surrogate.

    """
    ids = [article.id for article in articles]
    return Queries(
        ids,
        *_joined(ids),
        *_joined([article.text for article in articles]),
        np.array([day_of(article.date) for article in articles], np.int64),
        np.array([stored.outlet_code(article.outlet) for article in articles], np.int64),
    )


def _joined(values: list[str]) -> tuple[NDArray[np.uint8], Int64]:
    encoded = [value.encode() for value in values]
    return np.frombuffer(b"".join(encoded), np.uint8), np.cumsum([0, *map(len, encoded)])


class Columns:
    """The articles of a snapshot, segment after segment and row after row, deleted ones too.

    Attributes:
        first: (segments + 1,) int64, the number of the first article of each.
        starts: (n,) int64, the address of an article's first shingle.
        counts: (n,) int64, how many it has.
        gaps: (n, 2) int64, those of its dateline, [first, end).
        is_live: (n,) bool.
        days: (n,) int64, see `naskh.matching.stored.StoredSegment`.
        outlets: (n,) int64, likewise.
        sizes: (n,) int64, its distinct shingles outside its dateline; -1 where they were not counted yet.
        ids: (n, 2) int64, address and bytes of its id.

    """

    def __init__(self, stored: Stored) -> None:
        self._held: list[Any] = []
        self._segments = stored.snapshot.segments
        self.first = np.cumsum([0, *(segment.entry.articles for segment in self._segments)])
        total = int(self.first[-1])
        self.starts, self.counts = np.empty(total, np.int64), np.empty(total, np.int64)
        self.gaps = np.empty((total, 2), np.int64)
        self.is_live = np.empty(total, np.bool_)
        self.days, self.outlets = np.empty(total, np.int64), np.empty(total, np.int64)
        self.sizes = np.full(total, -1, np.int64)
        for number, segment in enumerate(self._segments):
            own = slice(int(self.first[number]), int(self.first[number + 1]))
            self.starts[own] = self.address(segment.shingles) + 4 * segment.bounds[:-1]
            self.counts[own] = np.diff(segment.bounds)
            self.gaps[own, 0], self.gaps[own, 1] = segment.datelines
            self.is_live[own] = segment.is_live(np.arange(segment.entry.articles))
            known = stored.segment(number)
            self.days[own], self.outlets[own] = known.days, known.outlets
        self.ids = self.strings("id", np.arange(total))

    def address(self, array: NDArray[Any]) -> int:
        """Where an array begins; it stays there as long as this is used."""
        assert array.flags.c_contiguous  # noqa: S101 - all are columns of mapped files
        self._held.append(array)
        return int(array.ctypes.data)

    def postings(self, postings: Postings) -> Int64:
        """A row for `naskh.matching.bulk_candidate_kernels`."""
        arrays = [self.address(array) for array in (postings.table, postings.rest, postings.rows)]
        wide = [int(array.itemsize == 4) for array in (postings.rest, postings.rows)]
        return np.array([*arrays, postings.buckets, postings.rest_bits, *wide], np.int64)

    def segments_of(self, articles: Int64) -> list[tuple[int, Int64, Int64]]:
        """Of the segments that hold some articles the number, the places of these in `articles`, and their rows."""
        numbers = np.searchsorted(self.first, articles, "right") - 1
        found = []
        for number in np.unique(numbers).tolist():
            own = np.flatnonzero(numbers == number)
            found.append((number, own, articles[own] - self.first[number]))
        return found

    def strings(self, name: str, articles: Int64) -> Int64:
        """Address and bytes of a field of some articles, in UTF-8: (n, 2) int64; -1 bytes where there is none."""
        found = np.empty((len(articles), 2), np.int64)
        for number, own, rows in self.segments_of(articles):
            values = self._segments[number].articles.column(name)
            validity, offsets, data = values.buffers()
            edges = np.frombuffer(offsets, np.int32)
            first = edges[rows].astype(np.int64)
            sizes = edges[rows + 1] - first
            if validity is not None:
                bits = np.frombuffer(validity, np.uint8)
                sizes[bits[rows >> 3] >> (rows & 7).astype(np.uint8) & 1 == 0] = -1
            found[own, 0] = first + (0 if data is None else data.address)
            found[own, 1] = sizes
        return found

    def ranks(self, articles: Int64) -> Int64:
        """The place of each of some articles, which are sorted by number, in the order of their ids."""
        ids = [
            self._segments[number].articles.column("id").take(pa.array(rows))
            for number, _, rows in self.segments_of(articles)
        ]
        order = pc.sort_indices(pa.chunked_array(ids, pa.string()))  # by code point, as Python sorts
        return ranks(order.to_numpy().astype(np.int64))
