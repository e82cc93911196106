"""A segment: some thousands of articles with their sketches, written once; built here, and read here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from naskh.article import Article
from naskh.index.files import Kind, column, map_table, write_table
from naskh.index.manifest import SegmentEntry
from naskh.settings import Settings
from naskh.sketch.reference import without

if TYPE_CHECKING:
    from naskh.sketch.batch import BatchSketch, Sketcher

UInt32 = npt.NDArray[np.uint32]
UInt64 = npt.NDArray[np.uint64]
Int64 = npt.NDArray[np.int64]

#: Uncompressed bytes of a text block: small enough to read one article alone in well under a millisecond,
#: large enough to compress about four times.
_TEXT_BLOCK = 1 << 16

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


class Incoming(NamedTuple):
    """An article on its way into the index.

    `id_hash` is the XXH3-64 of its id; `digest` that of all its fields: the same digest under the same id
    means that nothing changed.
    """

    article: Article
    text: bytes
    id_hash: int
    digest: int


def incoming(article: Article) -> Incoming:
    """Hash an article's id and content.

    Raises:
        ValueError: its id is empty, or it holds a lone surrogate, which has no UTF-8.

    """
    if not article.id:
        raise ValueError("an article has an empty id")
    fields = (article.outlet, article.date, article.title, article.url)
    try:
        text = article.text.encode()
        rest = "\x1f".join("" if field is None else "\x02" + field for field in fields).encode()
        id_hash = hash_id(article.id)
    except UnicodeEncodeError as error:
        raise ValueError(f"article {article.id!r}: not valid Unicode ({error.reason})") from None
    digest = xxhash.xxh3_64_intdigest(text, xxhash.xxh3_64_intdigest(rest))
    return Incoming(article, text, id_hash, digest)


def hash_id(article_id: str) -> int:
    """XXH3-64 of an id."""
    return xxhash.xxh3_64_intdigest(article_id.encode())


def build(batch: list[Incoming], sketcher: Sketcher) -> dict[Kind, dict[str, pa.Array]]:
    """The columns of every file of a segment that holds the batch."""
    offsets = np.zeros(len(batch) + 1, np.int64)
    np.cumsum([len(item.text) for item in batch], out=offsets[1:])
    data = np.frombuffer(b"".join(item.text for item in batch), np.uint8)
    sketch = sketcher.sketch(data, offsets)
    postings = _postings(sketch)
    files = {
        Kind.ARTICLES: _article_columns(batch, offsets, sketch, postings),
        Kind.PARAGRAPHS: {
            name: pa.array(sketch.paragraphs[:, i].astype(np.uint32))
            for i, name in enumerate(("article", "number", "first_shingle", "shingles"))
        },
        Kind.SHINGLES: {"hash": pa.array(sketch.shingles)},
        Kind.BANDS: _band_columns(sketch.band_keys),
        Kind.FRAC: _unpacked(postings, "hash", "article"),
        Kind.IDS: _id_columns(batch),
    }
    if sketcher.settings.store_text:
        files[Kind.TEXTS] = _text_columns(memoryview(data.data), offsets)
    return files


def write(folder: Path, name: str, files: dict[Kind, dict[str, pa.Array]]) -> SegmentEntry:
    """Write a built segment; it takes effect when a manifest lists it."""
    return SegmentEntry(
        name=name,
        articles=len(files[Kind.ARTICLES]["id"]),
        paragraphs=len(files[Kind.PARAGRAPHS]["article"]),
        files={
            kind.value: write_table(folder, f"{name}.{kind.value}.arrow", kind, columns)
            for kind, columns in files.items()
        },
    )


def _article_columns(
    batch: list[Incoming], offsets: Int64, sketch: BatchSketch, postings: UInt64
) -> dict[str, pa.Array]:
    articles = [item.article for item in batch]
    blocks = _block_starts(offsets)
    block = np.searchsorted(blocks, np.arange(len(batch)), "right") - 1
    frac_count = np.bincount((postings & _LOW).astype(np.int64), minlength=len(batch))
    paragraph_ends = np.searchsorted(sketch.paragraphs[:, 0], np.arange(len(batch)), "right")
    return {
        "id": pa.array([a.id for a in articles], pa.string()),
        "outlet": pa.array([a.outlet for a in articles], pa.string()),
        "date": pa.array([a.date for a in articles], pa.string()),
        "title": pa.array([a.title for a in articles], pa.string()),
        "url": pa.array([a.url for a in articles], pa.string()),
        "digest": pa.array([item.digest for item in batch], pa.uint64()),
        "words": pa.array(sketch.word_counts.astype(np.uint32)),
        "paragraphs": pa.array(sketch.paragraph_counts.astype(np.uint32)),
        "dateline_first": pa.array(sketch.datelines[:, 0].astype(np.uint32)),
        "dateline_end": pa.array(sketch.datelines[:, 1].astype(np.uint32)),
        "shingles_end": pa.array(sketch.shingle_offsets[1:].astype(np.uint64)),
        "paragraphs_end": pa.array(paragraph_ends.astype(np.uint32)),
        "frac_count": pa.array(frac_count.astype(np.uint32)),
        "text_block": pa.array(block.astype(np.uint32)),
        "text_start": pa.array((offsets[:-1] - offsets[blocks[block]]).astype(np.uint64)),
        "text_bytes": pa.array(np.diff(offsets).astype(np.uint64)),
    }


def _band_columns(keys: UInt32) -> dict[str, pa.Array]:
    rows = np.arange(len(keys), dtype=np.uint64)
    packed = np.empty((keys.shape[1], len(keys)), np.uint64)
    for band in range(keys.shape[1]):
        packed[band] = keys[:, band].astype(np.uint64) << _HALF | rows
        packed[band].sort()
    return _unpacked(packed.reshape(-1), "key", "paragraph")


def _postings(sketch: BatchSketch) -> UInt64:
    """(hash << 32 | article), sorted and distinct."""
    article = np.repeat(np.arange(len(sketch.frac_offsets) - 1, dtype=np.uint64), np.diff(sketch.frac_offsets))
    postings = sketch.frac.astype(np.uint64) << _HALF | article
    postings.sort()  # np.unique hashes, which takes ten times as long here
    return postings[np.append(True, postings[1:] != postings[:-1])] if len(postings) else postings


def _id_columns(batch: list[Incoming]) -> dict[str, pa.Array]:
    hashes = np.array([item.id_hash for item in batch], np.uint64)
    order = np.argsort(hashes, kind="stable")
    return {"hash": pa.array(hashes[order]), "article": pa.array(order.astype(np.uint32))}


def _unpacked(packed: UInt64, high: str, low: str) -> dict[str, pa.Array]:
    return {
        high: pa.array((packed >> _HALF).astype(np.uint32)),
        low: pa.array((packed & _LOW).astype(np.uint32)),
    }


def _block_starts(offsets: Int64) -> Int64:
    """The first article of each text block: a block is closed by the article that fills it."""
    starts = [0]
    limit = _TEXT_BLOCK
    for article, start in enumerate(offsets[:-1].tolist()):
        if start >= limit:
            starts.append(article)
            limit = start + _TEXT_BLOCK
    return np.array(starts, np.int64)


def _text_columns(data: memoryview, offsets: Int64) -> dict[str, pa.Array]:
    codec = pa.Codec("zstd")
    edges = np.append(offsets[_block_starts(offsets)], offsets[-1])
    pieces = (data[start:end] for start, end in zip(edges.tolist(), edges[1:].tolist(), strict=False))
    return {
        "block": pa.array([codec.compress(piece, asbytes=True) for piece in pieces], pa.large_binary()),
        "bytes": pa.array(np.diff(edges).astype(np.uint64)),
    }


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
        self._settings = settings

        def table(kind: Kind) -> pa.RecordBatch:
            return map_table(folder, entry.files[kind.value], kind)

        self.articles = table(Kind.ARTICLES)
        self.paragraphs = table(Kind.PARAGRAPHS)
        self.shingles: UInt32 = column(table(Kind.SHINGLES), "hash")
        bands = table(Kind.BANDS)
        shape = (settings.bands, entry.paragraphs)
        self.band_keys: UInt32 = column(bands, "key").reshape(shape)
        self.band_paragraphs: UInt32 = column(bands, "paragraph").reshape(shape)
        frac = table(Kind.FRAC)
        self.frac_hashes: UInt32 = column(frac, "hash")
        self.frac_articles: UInt32 = column(frac, "article")
        ids = table(Kind.IDS)
        self._id_hashes: UInt64 = column(ids, "hash")
        self._id_articles: UInt32 = column(ids, "article")
        self._texts = table(Kind.TEXTS) if settings.store_text else None
        self.digests: UInt64 = column(self.articles, "digest")
        self.datelines = (column(self.articles, "dateline_first"), column(self.articles, "dateline_end"))
        self.shingles_end: UInt64 = column(self.articles, "shingles_end")
        self.paragraph_article: UInt32 = column(self.paragraphs, "article")
        self.deleted: UInt32 = np.zeros(0, np.uint32)
        if entry.deleted is not None:
            self.deleted = column(map_table(folder, entry.deleted, Kind.DELETED), "article")

    def with_deleted(self, entry: SegmentEntry) -> Segment:
        """The same segment under a newer manifest, which may delete more of it."""
        if entry.deleted == self.entry.deleted:
            return self
        twin = object.__new__(Segment)
        twin.__dict__.update(self.__dict__)
        twin.entry = entry
        if entry.deleted is not None:
            twin.deleted = column(map_table(self._folder, entry.deleted, Kind.DELETED), "article")
        return twin

    def is_live(self, rows: Int64) -> npt.NDArray[np.bool_]:
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
        if not len(self._id_hashes):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        place = np.searchsorted(self._id_hashes, id_hashes)
        place[place == len(self._id_hashes)] = 0
        found = np.flatnonzero(self._id_hashes[place] == id_hashes)
        rows = self._id_articles[place[found]].astype(np.int64)
        live = self.is_live(rows)
        return found[live], rows[live]

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

    def article_shingles(self, row: int) -> UInt32:
        """An article's shingle hashes in text order."""
        start = int(self.shingles_end[row - 1]) if row else 0
        return self.shingles[start : int(self.shingles_end[row])]

    def article(self, row: int, text: str = "") -> Article:
        """An article's fields; its text must be asked for by `text`."""
        fields = {
            name: self.articles.column(name)[row].as_py() for name in ("id", "outlet", "date", "title", "url")
        }
        return Article(text=text, **fields)

    def text(self, row: int) -> str | None:
        """An article's text as it was given; None where texts are not stored."""
        if self._texts is None:
            return None
        block, start, size = (
            self.articles.column(name)[row].as_py() for name in ("text_block", "text_start", "text_bytes")
        )
        compressed = self._texts.column("block")[block].as_buffer()
        raw_size = self._texts.column("bytes")[block].as_py()
        raw: bytes = pa.Codec("zstd").decompress(compressed, decompressed_size=raw_size, asbytes=True)
        return raw[start : start + size].decode()
