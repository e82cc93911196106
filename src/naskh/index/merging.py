"""Merging segments into one, file by file, without sketching anything again and with little in memory.

Held are some 100 bytes an article (where its fields and its text begin), 4 bytes a row of segments with deleted
articles, and some MB for what is under way, whatever the size of the segments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, wait
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from naskh.arrays import NDArray, UInt32, UInt64
from naskh.columns import FIELDS
from naskh.index import disk
from naskh.index.files import FileEntry, Kind, check_content, write_table
from naskh.index.manifest import SegmentEntry
from naskh.index.merge_postings import Merge, band_parts, frac_parts
from naskh.index.merge_source import PART, Source, runs, sources, totals
from naskh.index.merge_texts import Addresses, MergedTexts
from naskh.index.parts import FileInParts, Later
from naskh.settings import Settings
from naskh.sketch.banding import BAND_KEY_BITS
from naskh.sketch.reference import HASH_BITS

_STRINGS = tuple(name for name in FIELDS if name != "text")
#: The columns of articles that are copied as they are.
_COPIED = {
    "digest": pa.uint64(),
    "words": pa.uint32(),
    "paragraphs": pa.uint32(),
    "dateline_first": pa.uint32(),
    "dateline_end": pa.uint32(),
}


def merge_segments(
    folder: Path,
    name: str,
    entries: Sequence[SegmentEntry],
    settings: Settings,
    pool: Executor,
    on_write: Callable[[int], None] = lambda _: None,
) -> SegmentEntry:
    """Write a segment of what is not deleted in some others; it takes effect when a manifest lists it.

    Args:
        folder: the index.
        name: of the new segment.
        entries: the segments, at least one article of which is not deleted.
        settings: those of the index.
        pool: its threads make files side by side.
        on_write: called with the number of bytes that were written, again and again, from any of these.

    Raises:
        IndexCorrupt: a file of the segments is damaged. Its damage must not get a new checksum.

    """
    for entry in entries:
        for file in entry.files.values():
            check_content(folder, file)
    return _Merging(folder, name, sources(folder, entries), settings, on_write).run(pool)


class _Merging:
    """A merge: what all of its files need."""

    def __init__(
        self, folder: Path, name: str, merged: list[Source], settings: Settings, on_write: Callable[[int], None]
    ) -> None:
        self.folder = folder
        self.name = name
        self.sources = merged
        self.settings = settings
        self.articles, self.paragraphs = totals(merged)
        self.on_write = on_write

    def run(self, pool: Executor) -> SegmentEntry:
        """Write all files, four groups of them side by side."""
        writing = [
            pool.submit(write) for write in (self._bands, self._frac, self._texts_and_articles, self._others)
        ]
        wait(writing)
        files = {kind: file for written in writing for kind, file in written.result().items()}
        return SegmentEntry(
            name=self.name,
            articles=self.articles,
            paragraphs=self.paragraphs,
            files={kind.value: files[kind] for kind in Kind if kind in files},
        )

    def _texts_and_articles(self) -> dict[Kind, FileEntry]:
        if not self.settings.store_text:
            return {Kind.ARTICLES: self._articles(None)}
        texts, addresses = self._texts()
        return {Kind.TEXTS: texts, Kind.ARTICLES: self._articles(addresses)}

    def _others(self) -> dict[Kind, FileEntry]:
        return {
            Kind.SHINGLES: self._shingles(),
            Kind.PARAGRAPHS: self._paragraphs(),
            Kind.IDS: self._ids(),
        }

    def _bands(self) -> dict[Kind, FileEntry]:
        bands = self.settings.bands
        merge = Merge(band_parts(self.sources, bands), self.paragraphs, self.paragraphs, BAND_KEY_BITS, bands)
        return self._postings(Kind.BANDS, Kind.BAND_TABLE, merge)

    def _frac(self) -> dict[Kind, FileEntry]:
        entries = sum(self._frac_entries(source) for source in self.sources)
        merge = Merge(frac_parts(self.sources), entries, self.articles, HASH_BITS)
        return self._postings(Kind.FRAC, Kind.FRAC_TABLE, merge)

    def _file_name(self, kind: Kind, part: str = "") -> str:
        return f"{self.name}.{kind.value}{part and '-'}{part}.arrow"

    def _write(
        self,
        kind: Kind,
        columns: dict[str, pa.Array | Later],
        values: Iterable[tuple[str, Iterable[NDArray[Any]]]],
    ) -> FileEntry:
        """Write a file: the columns that come later are given value after value, in parts."""
        with closing(FileInParts(self.folder, self._file_name(kind), kind, columns)) as file:
            for column, parts in values:
                for part in parts:
                    self.on_write(file.write(column, part))
            return file.finish()

    def _texts(self) -> tuple[FileEntry, Addresses]:
        spool_path = self.folder / self._file_name(Kind.TEXTS, "spool")
        with disk.create(spool_path) as spool:
            disk.remove(spool_path)  # what it is called matters when the process ends between the two: it is debris
            texts = MergedTexts(self.sources, self.articles, spool)
            return self._write(Kind.TEXTS, texts.columns(), [("block", texts.frames())]), texts.addresses

    def _articles(self, addresses: Addresses | None) -> FileEntry:
        columns: dict[str, pa.Array | Later] = {name: self._strings(name) for name in _STRINGS}
        columns |= {name: Later(type_, self.articles) for name, type_ in _COPIED.items()}
        columns["shingles_end"] = Later(pa.uint64(), self.articles)
        if addresses is not None:
            columns |= {f"text_{name}": pa.array(values) for name, values in addresses._asdict().items()}
        values: list[tuple[str, Iterable[NDArray[Any]]]] = [(name, self._string_bytes(name)) for name in _STRINGS]
        values += [(name, self._staying(Kind.ARTICLES, name)) for name in _COPIED]
        values.append(("shingles_end", self._shingles_end()))
        return self._write(Kind.ARTICLES, columns, values)

    def _strings(self, name: str) -> Later:
        """Where each value of a column of strings begins, and which are null."""
        sizes, valid = [np.zeros(1, np.int64)], []
        for source in self.sources:
            for part, stays in source.row_parts(Kind.ARTICLES):
                column = part.column(name)
                sizes.append(np.diff(_string_buffers(column)[0])[stays])
                valid.append(column.is_valid().to_numpy(zero_copy_only=False)[stays])
        is_valid = np.concatenate(valid)
        offsets = np.cumsum(np.concatenate(sizes)).astype(np.int32)
        return Later(pa.string(), self.articles, offsets, None if is_valid.all() else is_valid)

    def _string_bytes(self, name: str) -> Iterator[NDArray[np.uint8]]:
        for source in self.sources:
            for part, stays in source.row_parts(Kind.ARTICLES):
                offsets, data = _string_buffers(part.column(name))
                for first, end in runs(stays, len(part)):
                    yield data[offsets[first] : offsets[end]]

    def _staying(self, kind: Kind, name: str) -> Iterator[NDArray[Any]]:
        for source in self.sources:
            for part, stays in source.row_parts(kind):
                yield part.column(name).to_numpy(zero_copy_only=True)[stays]

    def _shingles_end(self) -> Iterator[UInt64]:
        end = np.uint64(0)
        for source in self.sources:
            stays = source.articles.stays(0, source.entry.articles)
            counts = np.diff(source.column(Kind.ARTICLES, "shingles_end"), prepend=np.uint64(0))[stays]
            if len(counts):
                ends: UInt64 = end + np.cumsum(counts)
                yield ends
                end = ends[-1]

    def _paragraphs(self) -> FileEntry:
        names = ("number", "first_shingle", "shingles")
        columns: dict[str, pa.Array | Later] = {
            name: Later(pa.uint32(), self.paragraphs) for name in ("article", *names)
        }
        values = [(name, self._staying(Kind.PARAGRAPHS, name)) for name in names]
        return self._write(Kind.PARAGRAPHS, columns, [("article", self._paragraph_articles()), *values])

    def _paragraph_articles(self) -> Iterator[UInt32]:
        for source in self.sources:
            for part in source.parts(Kind.PARAGRAPHS, "article", [(0, source.entry.paragraphs)]):
                yield source.articles.of(part)[0]

    def _shingles(self) -> FileEntry:
        spans = [list(source.shingle_spans()) for source in self.sources]
        count = sum(end - first for own in spans for first, end in own)
        parts = (
            part
            for source, own in zip(self.sources, spans, strict=True)
            for part in source.parts(Kind.SHINGLES, "hash", own)
        )
        return self._write(Kind.SHINGLES, {"hash": Later(pa.uint32(), count)}, [("hash", parts)])

    def _ids(self) -> FileEntry:
        columns: dict[str, pa.Array | Later] = {
            "hash": Later(pa.uint64(), self.articles),
            "article": Later(pa.uint32(), self.articles),
        }

        def values() -> Iterator[tuple[str, list[NDArray[Any]]]]:
            for hashes, rows in self._sorted_ids():
                yield "hash", [hashes]
                yield "article", [rows]

        return self._write(Kind.IDS, columns, values())

    def _sorted_ids(self) -> Iterator[tuple[UInt64, UInt32]]:
        """Hashes and rows of ids, sorted by hash; a range of hashes at a time."""
        ranges = self.articles // PART + 1
        edges = [(1 << 64) * number // ranges for number in range(1, ranges)]
        bounds = [
            np.searchsorted(source.column(Kind.IDS, "hash"), np.array(edges, np.uint64)) for source in self.sources
        ]
        for number in range(ranges):
            hashes, rows = [], []
            for source, inner in zip(self.sources, bounds, strict=True):
                places = [0, *inner.tolist(), source.entry.articles]
                part = source.table(Kind.IDS).slice(places[number], places[number + 1] - places[number])
                new_rows, stays = source.articles.of(part.column("article").to_numpy())
                hashes.append(part.column("hash").to_numpy()[stays])
                rows.append(new_rows)
            found = np.concatenate(hashes)
            order = np.argsort(found, kind="stable")
            yield found[order], np.concatenate(rows)[order]

    def _frac_entries(self, source: Source) -> int:
        """How many FracMinHash postings of a source stay."""
        entries = len(source.table(Kind.FRAC))
        if source.articles.numbers is None:
            return entries
        return sum(len(source.articles.of(part)[0]) for part in source.parts(Kind.FRAC, "row", [(0, entries)]))

    def _postings(self, kind: Kind, table_kind: Kind, merge: Merge) -> dict[Kind, FileEntry]:
        table = np.zeros(merge.lists * merge.buckets + 1, np.uint32)
        like = merge.room(0, 0)
        columns: dict[str, pa.Array | Later] = {
            column: Later(pa.from_numpy_dtype(values.dtype), merge.lists * merge.entries)
            for column, values in (("key", like.rest), ("row", like.rows))
        }

        def values() -> Iterator[tuple[str, list[NDArray[Any]]]]:
            bucket = entries = 0
            for found in merge.ranges():
                table[bucket : bucket + len(found.table)] = found.table + np.uint32(entries)
                bucket += len(found.table) - 1
                entries += len(found.rows)
                yield "key", [found.rest]
                yield "row", [found.rows]

        entry = self._write(kind, columns, values())
        table_entry = write_table(self.folder, self._file_name(table_kind), table_kind, {"first": pa.array(table)})
        self.on_write(table_entry.bytes)
        return {kind: entry, table_kind: table_entry}


def _string_buffers(column: pa.Array) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Where the strings of a column begin and the last ends in their bytes, and the bytes."""
    _, offsets, data = column.buffers()
    edges = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    return edges, np.frombuffer(b"" if data is None else data, np.uint8)
