"""A segment as a reader sees it: arrays on mapped files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import xxhash

from naskh.arrays import Bool, Int64, NDArray, UInt32, UInt64, look_up
from naskh.article import Article
from naskh.index.files import Kind, column, map_table
from naskh.index.manifest import SegmentEntry
from naskh.index.postings import Postings
from naskh.settings import Settings
from naskh.sketch.banding import BAND_KEY_BITS
from naskh.sketch.reference import HASH_BITS, without
from naskh.text.packing import unpack


class TextPlace(NamedTuple):
    """Where a text is: bytes [start, start + bytes) of a block."""

    block: int
    start: int
    bytes: int


#: The columns of the articles that say so.
_TEXT_PLACE = ("text_block", "text_start", "text_bytes")


def hash_ids(ids: Iterable[str]) -> UInt64:
    """XXH3-64 of ids, by which they are looked up; one that is not valid Unicode is not stored, and not found."""
    digest = xxhash.xxh3_64_intdigest
    return np.array([digest(id_.encode("utf-8", "surrogatepass")) for id_ in ids], np.uint64)


def map_bands(folder: Path, entry: SegmentEntry, bands: int) -> Postings:
    """A segment's paragraph rows by band key, a list for each band."""
    return _map_postings(folder, entry, (Kind.BANDS, Kind.BAND_TABLE), BAND_KEY_BITS, bands)


def map_frac(folder: Path, entry: SegmentEntry) -> Postings:
    """A segment's article rows by FracMinHash hash."""
    return _map_postings(folder, entry, (Kind.FRAC, Kind.FRAC_TABLE), HASH_BITS, 1)


def _map_postings(
    folder: Path, entry: SegmentEntry, kinds: tuple[Kind, Kind], key_bits: int, lists: int
) -> Postings:
    stored, table = (map_table(folder, entry.files[kind.value], kind) for kind in kinds)
    return Postings(key_bits, column(table, "first"), column(stored, "key"), column(stored, "row"), lists)


class Segment:
    """A segment as a reader sees it: arrays on mapped files.

    Attributes:
        entry: what the manifest says of it.
        articles: the mapped table of articles.
        deleted: (d,) uint32, rows of deleted articles, sorted.

    """

    def __init__(self, folder: Path, entry: SegmentEntry, settings: Settings) -> None:
        self.entry = entry
        self._folder = folder

        def table(kind: Kind) -> pa.RecordBatch:
            return map_table(folder, entry.files[kind.value], kind)

        self.articles = table(Kind.ARTICLES)
        self.paragraphs = table(Kind.PARAGRAPHS)
        self.shingles: UInt32 = column(table(Kind.SHINGLES), "hash")

        #: For each band, the paragraph rows by key.
        self.bands = map_bands(folder, entry, settings.bands)
        #: The article rows by FracMinHash hash.
        self.frac = map_frac(folder, entry)
        ids = table(Kind.IDS)
        self._id_hashes: UInt64 = column(ids, "hash")
        self._id_articles: UInt32 = column(ids, "article")
        self._text_places: tuple[NDArray[Any], ...] | None = None
        self._text_blocks: tuple[pa.Array, UInt64] | None = None
        if settings.store_text:
            texts = table(Kind.TEXTS)
            self._text_blocks = texts.column("block"), column(texts, "bytes")
            self._text_places = tuple(column(self.articles, name) for name in _TEXT_PLACE)
        self.digests: UInt64 = column(self.articles, "digest")
        self.datelines = (column(self.articles, "dateline_first"), column(self.articles, "dateline_end"))
        #: (articles + 1,) int64: article ``i`` has ``shingles[bounds[i] : bounds[i + 1]]``.
        self.bounds: Int64 = np.append(0, column(self.articles, "shingles_end").astype(np.int64))
        self.paragraph_article: UInt32 = column(self.paragraphs, "article")
        self.deleted = self._map_deleted(entry)

    def mapped(self) -> list[tuple[int, int]]:
        """Where in memory the buffers of the mapped files begin and end; those of deleted rows are left out."""
        columns = [*self.articles.columns, *self.paragraphs.columns]
        arrays: list[NDArray[Any]] = [self.shingles, *self.id_table, *self.bands.arrays, *self.frac.arrays]
        if self._text_blocks is not None:
            columns.append(self._text_blocks[0])
            arrays.append(self._text_blocks[1])
        buffers = [buffer for column in columns for buffer in column.buffers() if buffer]
        return [(buffer.address, buffer.address + buffer.size) for buffer in buffers] + [
            (array.ctypes.data, array.ctypes.data + array.nbytes) for array in arrays
        ]

    def _map_deleted(self, entry: SegmentEntry) -> UInt32:
        if entry.deleted is None:
            return np.zeros(0, np.uint32)
        rows: UInt32 = column(map_table(self._folder, entry.deleted, Kind.DELETED), "article")
        return rows

    def with_deleted(self, entry: SegmentEntry) -> Segment:
        """The same segment under a newer manifest, which may delete more of it."""
        if entry.deleted == self.entry.deleted:
            return self
        twin = object.__new__(Segment)
        twin.__dict__.update(self.__dict__)
        twin.entry = entry
        twin.deleted = self._map_deleted(entry)
        return twin

    def without(self, rows: Int64) -> Segment:
        """The same segment as if some rows more were deleted; nothing is written, nor is its `entry` another."""
        twin = object.__new__(Segment)
        twin.__dict__.update(self.__dict__)
        twin.deleted = np.union1d(self.deleted, rows.astype(np.uint32))
        return twin

    def is_live(self, rows: Int64) -> Bool:
        """Which article rows are not deleted."""
        if not len(self.deleted):
            return np.ones(len(rows), np.bool_)
        return np.isin(rows, self.deleted, invert=True)

    def live_rows(self) -> Int64:
        """All article rows that are not deleted."""
        rows = np.arange(self.entry.articles)
        return rows[self.is_live(rows)]

    def find(self, id_hashes: UInt64) -> tuple[Int64, Int64]:
        """Live articles by the hash of their ids.

        Args:
            id_hashes: (n,) uint64.

        Returns:
            positions in `id_hashes` that are found, and their article rows.

        """
        place, is_known = look_up(self._id_hashes, id_hashes)
        found = np.flatnonzero(is_known)
        rows = self._id_articles[place[found]].astype(np.int64)
        live = self.is_live(rows)
        return found[live], rows[live]

    @property
    def id_table(self) -> tuple[UInt64, UInt32]:
        """The hashes of the ids, sorted, and the article row of each."""
        return self._id_hashes, self._id_articles

    def paragraph_column(self, name: str) -> Int64:
        """A column of the paragraphs: "article", "number", "first_shingle" or "shingles", as int64."""
        return column(self.paragraphs, name).astype(np.int64)

    def evidence(self, row: int) -> UInt32:
        """An article's shingle hashes in text order, without those of its dateline."""
        return without(self.article_shingles(row), self.dateline(row))

    def dateline(self, row: int) -> tuple[int, int]:
        """Which of an article's shingles touch its dateline, [first, end)."""
        first, end = self.datelines
        return int(first[row]), int(end[row])

    def shingle_counts(self, rows: Int64) -> Int64:
        """How many shingles each article has."""
        return self.bounds[rows + 1] - self.bounds[rows]

    def article_shingles(self, row: int) -> UInt32:
        """An article's shingle hashes in text order."""
        return self.shingles[self.bounds[row] : self.bounds[row + 1]]

    def article(self, row: int, text: str = "") -> Article:
        """An article's fields; its text must be asked for by `text`."""
        fields = {
            name: self.articles.column(name)[row].as_py() for name in ("id", "outlet", "date", "title", "url")
        }
        return Article(text=text, **fields)

    def text(self, row: int) -> str | None:
        """An article's text as it was given; None where texts are not stored."""
        place = self.text_place(row)
        if place is None:
            return None
        return unpack(self.text_block(place.block)[place.start : place.start + place.bytes])

    def text_place(self, row: int) -> TextPlace | None:
        """Where an article's text is; None where texts are not stored."""
        if self._text_places is None:
            return None
        return TextPlace(*(int(values[row]) for values in self._text_places))

    def text_places(self, rows: Int64) -> tuple[Int64, Int64, Int64] | None:
        """As `text_place`, of many articles: blocks, starts and bytes, (n,) each."""
        if self._text_places is None:
            return None
        block, start, size = (values[rows].astype(np.int64) for values in self._text_places)
        return block, start, size

    def text_block(self, block: int) -> bytes:
        """A block of packed texts (see `naskh.text.packing`), decompressed."""
        assert self._text_blocks is not None  # noqa: S101 - asked for where texts are stored
        compressed, size = self._text_blocks
        raw: bytes = pa.decompress(compressed[block].as_buffer(), int(size[block]), "zstd", asbytes=True)
        return raw
