"""Whether there is sense in a segment's files, whatever their checksums say.

A checksum says that a file is what was written, not that sense was. What is checked here is what the kernels rely
on, which look at places without asking: rows are within bounds, what is searched is sorted, counts agree. Files are
gone through a part at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from naskh.arrays import HALF, Bool, Int64, NDArray
from naskh.errors import IndexCorrupt
from naskh.index.files import FileEntry, Kind, column, reason_of
from naskh.index.manifest import SegmentEntry
from naskh.index.postings import Postings
from naskh.index.schema import map_sound
from naskh.index.segment import hash_ids
from naskh.settings import Settings
from naskh.sketch.banding import BAND_KEY_BITS
from naskh.sketch.reference import HASH_BITS

#: Values that are looked at at once, and articles whose ids are.
_PART = 1 << 20
_IDS = 1 << 14

#: What is wrong, thing after thing; each is looked for only where there is nothing before it.
_Findings = Iterator[str]


def problems(
    folder: Path, entry: SegmentEntry, settings: Settings, unsound: Collection[str] = ()
) -> Iterator[tuple[FileEntry, str]]:
    """The files of a segment in which there is no sense, and what is wrong.

    Args:
        folder: the index.
        entry: what the manifest says of the segment.
        settings: those of the index.
        unsound: names of files that are known to be damaged; these are not looked at, nor used to judge others.

    """
    files = {Kind(kind): file for kind, file in entry.files.items()}
    if entry.deleted is not None:
        files[Kind.DELETED] = entry.deleted
    checks = _Checks(entry, settings)
    for kind, check in checks.in_order():
        if kind in files and files[kind].name not in unsound:
            try:
                table = map_sound(folder, files[kind], kind, store_text=settings.store_text)
            except FileNotFoundError:
                yield files[kind], "it is missing"
            except IndexCorrupt as error:
                yield files[kind], reason_of(error)
            else:
                reason = next(check(table), None)
                if reason is None:
                    checks.sound[kind] = table
                else:
                    yield files[kind], reason


def rows_named(articles: pa.RecordBatch, ids: pa.RecordBatch) -> Bool:
    """Which articles have an id with the hash that the file of ids, whose rows are in bounds, says: (articles,)."""
    hashes = np.zeros(len(articles), np.uint64)
    hashes[column(ids, "article")] = column(ids, "hash")
    named = np.zeros(len(articles), np.bool_)
    for start in range(0, len(articles), _IDS):
        part = hash_ids(articles.column("id").slice(start, _IDS).to_pylist())
        named[start : start + len(part)] = part == hashes[start : start + len(part)]
    return named


class _Checks:
    """The checks of a segment's files; `sound` are those in which nothing is wrong, by which others are judged."""

    def __init__(self, entry: SegmentEntry, settings: Settings) -> None:
        self.sound: dict[Kind, pa.RecordBatch] = {}
        self._entry = entry
        self._settings = settings

    def in_order(self) -> list[tuple[Kind, Callable[[pa.RecordBatch], _Findings]]]:
        """The check of each kind of file, after those of the kinds by which it judges."""
        bands, paragraphs = self._settings.bands, self._entry.paragraphs
        return [
            (Kind.SHINGLES, lambda _: iter(())),
            (Kind.TEXTS, lambda _: iter(())),
            (Kind.ARTICLES, self._articles),
            (Kind.PARAGRAPHS, self._paragraphs),
            (Kind.BAND_TABLE, lambda table: _bucket_table(table, bands, BAND_KEY_BITS)),
            (Kind.BANDS, lambda table: self._postings(table, Kind.BAND_TABLE, BAND_KEY_BITS, bands, paragraphs)),
            (Kind.FRAC_TABLE, lambda table: _bucket_table(table, 1, HASH_BITS)),
            (Kind.FRAC, lambda table: self._postings(table, Kind.FRAC_TABLE, HASH_BITS, 1, self._entry.articles)),
            (Kind.IDS, self._ids),
            (Kind.DELETED, self._deleted),
        ]

    def _articles(self, table: pa.RecordBatch) -> _Findings:
        yield from _rows(table, self._entry.articles)
        if pc.any(pc.equal(table.column("id"), "")).as_py():
            yield "an id is empty"
        ends = column(table, "shingles_end")
        if not _ascends(ends):
            yield "shingles_end does not ascend"
        shingles = self.sound.get(Kind.SHINGLES)
        if shingles is not None and int(ends[-1] if len(ends) else 0) != len(shingles):
            yield f"shingles_end does not end at {len(shingles):,}, the number of shingles"
        for part in _parts(len(table)):
            counts = _shingle_counts(table, np.arange(part.start, min(part.stop, len(table))))
            if (column(table, "dateline_first")[part] > column(table, "dateline_end")[part]).any():
                yield "a dateline ends before it begins"
            if (column(table, "dateline_end")[part] > counts).any():
                yield "a dateline ends behind its article"
            words = column(table, "words")[part].astype(np.int64)
            if (counts != np.maximum(words - (self._settings.shingle_words - 1), words > 0)).any():
                yield "an article has another number of shingles than its words give"
        yield from self._text_places(table)

    def _text_places(self, table: pa.RecordBatch) -> _Findings:
        texts = self.sound.get(Kind.TEXTS)
        if texts is None:
            return
        sizes = column(texts, "bytes")
        for part in _parts(len(table)):
            block, start, size = (column(table, f"text_{name}")[part] for name in ("block", "start", "bytes"))
            yield from _below(block, len(sizes), "text_block", "blocks of texts")
            if (start > sizes[block]).any() or (size > sizes[block] - start).any():
                yield "a text ends behind its block"

    def _paragraphs(self, table: pa.RecordBatch) -> _Findings:
        yield from _rows(table, self._entry.paragraphs)
        article, number, first, count = (column(table, name) for name in table.schema.names)
        yield from _below(article, self._entry.articles, "article", "articles")
        if not _ascends(article):
            yield "article does not ascend"
        articles = self.sound.get(Kind.ARTICLES)
        for part in _parts(len(table), overlap=1):
            same = article[part][1:] == article[part][:-1]
            ends = first[part].astype(np.int64) + count[part]
            if (same & (number[part][1:] <= number[part][:-1])).any() or not number[part].all():
                yield "the numbers of an article's paragraphs do not ascend from 1"
            if (same & (first[part][1:] < ends[:-1])).any() or not count[part].all():
                yield "two paragraphs have a shingle in common, or one has none"
            if articles is not None and (ends > _shingle_counts(articles, article[part])).any():
                yield "a paragraph ends behind its article"
            if articles is not None and (number[part] > column(articles, "paragraphs")[article[part]]).any():
                yield "a paragraph's number is larger than its article has paragraphs"

    def _postings(
        self, table: pa.RecordBatch, table_kind: Kind, key_bits: int, lists: int, owners: int
    ) -> _Findings:
        """Lists of postings; where there are several, each owner is once in each."""
        what = "paragraphs" if table_kind is Kind.BAND_TABLE else "articles"
        yield from _below(column(table, "row"), owners, "row", what)
        if table_kind is Kind.BAND_TABLE:
            yield from _rows(table, lists * owners)
            for number in range(lists):
                if not _has_each(column(table, "row")[number * owners : (number + 1) * owners], owners):
                    yield f"a paragraph is missing in band {number}"
        buckets = self.sound.get(table_kind)
        if buckets is None:
            return
        found = Postings(key_bits, column(buckets, "first"), column(table, "key"), column(table, "row"), lists)
        ends = found.table[found.buckets :: found.buckets].astype(np.int64)
        if int(ends[-1]) != len(table) or (ends != np.arange(1, lists + 1) * (len(table) // lists)).any():
            yield f"its table ends at {int(ends[-1]):,}, and there are {len(table):,} entries"
        yield from _below(found.rest, 1 << found.rest_bits, "key", "keys in a bucket")
        if not _sorted_in_buckets(found):
            yield "the entries of a bucket are not sorted, or one stands twice"

    def _ids(self, table: pa.RecordBatch) -> _Findings:
        yield from _rows(table, self._entry.articles)
        yield from _below(column(table, "article"), self._entry.articles, "article", "articles")
        if not _ascends(column(table, "hash")):
            yield "hash does not ascend"
        if not _has_each(column(table, "article"), self._entry.articles):
            yield "an article is missing"
        articles = self.sound.get(Kind.ARTICLES)
        if articles is not None and not rows_named(articles, table).all():
            yield "the id of an article has another hash"

    def _deleted(self, table: pa.RecordBatch) -> _Findings:
        yield from _rows(table, self._entry.deleted_articles)
        yield from _below(column(table, "article"), self._entry.articles, "article", "articles")
        if not _ascends(column(table, "article"), strictly=True):
            yield "article does not ascend"


def _rows(table: pa.RecordBatch, rows: int) -> _Findings:
    if len(table) != rows:
        yield f"it has {len(table):,} rows, and its manifest says {rows:,}"


def _bucket_table(table: pa.RecordBatch, lists: int, key_bits: int) -> _Findings:
    first = column(table, "first")
    buckets, odd = divmod(len(first) - 1, lists)
    if odd or buckets < 1 or buckets & (buckets - 1) or buckets > 1 << key_bits:
        yield f"it has {len(first):,} rows, which is no number of buckets"
    if first[0] or not _ascends(first):
        yield "first does not ascend from 0"


def _below(values: NDArray[Any], limit: int, name: str, what: str) -> _Findings:
    if len(values) and int(values.max()) >= limit:
        yield f"{name} is {int(values.max()):,}, and there are {limit:,} {what}"


def _parts(values: int, overlap: int = 0) -> Iterator[slice]:
    """So many values in parts; each but the last has some values of the next one, too."""
    return (slice(start, start + _PART + overlap) for start in range(0, values, _PART))


def _ascends(values: NDArray[Any], *, strictly: bool = False) -> bool:
    """Whether no value, or with `strictly` the one before it neither, is less than the one before."""
    less = np.less if strictly else np.less_equal
    return all(less(values[part][:-1], values[part][1:]).all() for part in _parts(len(values), overlap=1))


def _has_each(rows: NDArray[Any], count: int) -> bool:
    """Whether so many rows, all below `count`, are each number once."""
    seen = np.zeros(count, np.bool_)
    seen[rows] = True
    return bool(seen.all())


def _shingle_counts(articles: pa.RecordBatch, rows: NDArray[Any]) -> Int64:
    """How many shingles some articles have."""
    ends = column(articles, "shingles_end")
    before = np.where(rows > 0, ends[np.maximum(rows, 1) - 1], 0).astype(np.int64)
    counts: Int64 = ends[rows].astype(np.int64) - before
    return counts


def _sorted_in_buckets(found: Postings) -> bool:
    """Whether each entry of a bucket is larger than the one before it: by key, then by row."""
    for part in _parts(len(found.rows), overlap=1):
        entries = found.rest[part].astype(np.uint64) << HALF | found.rows[part]
        rises = entries[1:] > entries[:-1]
        edges = np.array([part.start + 1, part.start + len(entries)], found.table.dtype)
        low, high = np.searchsorted(found.table, edges)
        rises[found.table[low:high] - edges[0]] = True  # where a bucket begins
        if not rises.all():
            return False
    return True
