"""A segment that is being merged: which of its rows stay, their new numbers, and its columns a part at a time.

Files are mapped anew for each part: pages that were read count as the process' memory until their map goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from naskh.arrays import Bool, NDArray, UInt32, group_bounds
from naskh.index.files import Kind, column, map_table
from naskh.index.manifest import SegmentEntry
from naskh.index.postings import Postings
from naskh.index.segment import map_bands, map_frac

#: Values of one part of a column.
PART = 1 << 20
#: Rows of one part of a file, whose fields take some hundred bytes each.
_ROWS = 1 << 17

_GONE = np.uint32(0xFFFFFFFF)


class Renumbering(NamedTuple):
    """New numbers for the rows of a file of a segment.

    Attributes:
        first: that of its first row that stays.
        staying: how many rows stay.
        numbers: (rows,) uint32, `_GONE` for those that do not stay; None where all do.

    """

    first: int
    staying: int
    numbers: UInt32 | None = None

    @classmethod
    def dropping(cls, first: int, stays: Bool) -> Renumbering:
        """Number those rows that stay."""
        numbers = np.full(len(stays), _GONE, np.uint32)
        count = int(np.count_nonzero(stays))
        numbers[stays] = np.arange(first, first + count, dtype=np.uint32)
        return cls(first, count, numbers)

    def of(self, rows: NDArray[Any]) -> tuple[UInt32, Bool | slice]:
        """The new numbers of those of some rows that stay, and which these are."""
        if self.numbers is None:
            return rows.astype(np.uint32) + np.uint32(self.first), slice(None)
        numbers = self.numbers[rows]
        stays = numbers != _GONE
        return numbers[stays], stays

    def stays(self, first: int, end: int) -> Bool | slice:
        """Which rows of [first, end) stay."""
        return slice(None) if self.numbers is None else self.numbers[first:end] != _GONE


def runs(stays: Bool | slice, rows: int) -> list[tuple[int, int]]:
    """Those of so many rows that stay, as ranges [first, end)."""
    if isinstance(stays, slice):
        return [(0, rows)]
    bounds = group_bounds(stays)
    starts = np.flatnonzero(stays[bounds[:-1]])
    return list(zip(bounds[starts].tolist(), bounds[starts + 1].tolist(), strict=True))


class Source:
    """A segment that is being merged.

    Args:
        folder: the index.
        entry: what the manifest says of the segment.
        first_article: rows of articles of the sources before it that stay.
        first_paragraph: likewise of paragraphs.

    """

    def __init__(self, folder: Path, entry: SegmentEntry, first_article: int, first_paragraph: int) -> None:
        self.entry = entry
        self._folder = folder
        self.articles = Renumbering(first_article, entry.articles)
        self.paragraphs = Renumbering(first_paragraph, entry.paragraphs)
        if entry.deleted is not None:
            stays = np.ones(entry.articles, np.bool_)
            stays[column(map_table(folder, entry.deleted, Kind.DELETED), "article")] = False
            self.articles = Renumbering.dropping(first_article, stays)
            self.paragraphs = Renumbering.dropping(first_paragraph, stays[self.column(Kind.PARAGRAPHS, "article")])

    def table(self, kind: Kind) -> pa.RecordBatch:
        """One of its files, mapped anew."""
        return map_table(self._folder, self.entry.files[kind.value], kind)

    def column(self, kind: Kind, name: str) -> NDArray[Any]:
        """A numeric column, mapped anew."""
        return column(self.table(kind), name)

    def bands(self, bands: int) -> Postings:
        """Its band postings, mapped anew."""
        return map_bands(self._folder, self.entry, bands)

    def frac(self) -> Postings:
        """Its FracMinHash postings, mapped anew."""
        return map_frac(self._folder, self.entry)

    def parts(self, kind: Kind, name: str, spans: Iterable[tuple[int, int]]) -> Iterator[NDArray[Any]]:
        """The values of a numeric column in some spans of rows, [first, end), in parts."""
        read = PART
        values: NDArray[Any] | None = None
        for first, end in spans:
            for start in range(first, end, PART):
                stop = min(start + PART, end)
                if values is None or read >= PART:
                    values, read = self.column(kind, name), 0
                yield values[start:stop]
                read += stop - start

    def row_parts(self, kind: Kind) -> Iterator[tuple[pa.RecordBatch, Bool | slice]]:
        """The rows of the file of articles or of paragraphs in parts, and which rows of each part stay."""
        numbering, rows = (
            (self.articles, self.entry.articles)
            if kind is Kind.ARTICLES
            else (self.paragraphs, self.entry.paragraphs)
        )
        for start in range(0, rows, _ROWS):
            part = self.table(kind).slice(start, _ROWS)
            yield part, numbering.stays(start, start + len(part))

    def shingle_spans(self) -> Iterator[tuple[int, int]]:
        """Where the shingles of the articles that stay are: spans [first, end)."""
        ends = self.column(Kind.ARTICLES, "shingles_end").astype(np.int64)
        bounds = np.append(0, ends)
        for first, end in runs(self.articles.stays(0, self.entry.articles), self.entry.articles):
            yield int(bounds[first]), int(bounds[end])


def sources(folder: Path, entries: Iterable[SegmentEntry]) -> list[Source]:
    """Segments to be merged, each row numbered through."""
    found: list[Source] = []
    articles = paragraphs = 0
    for entry in entries:
        source = Source(folder, entry, articles, paragraphs)
        articles += source.articles.staying
        paragraphs += source.paragraphs.staying
        found.append(source)
    return found


def totals(merged: list[Source]) -> tuple[int, int]:
    """How many articles and paragraphs of some sources stay."""
    last = merged[-1]
    return last.articles.first + last.articles.staying, last.paragraphs.first + last.paragraphs.staying
