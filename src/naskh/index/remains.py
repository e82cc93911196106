"""What can still be read of a damaged segment, and what of that is right.

That is asked of each article, not of each file: it is right if its id has the hash that the file of ids says, and
its other fields and its text have its digest. A wrong one would pass with a chance of 1 in 2^64.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa

from naskh.arrays import Bool, Int64, UInt64
from naskh.article import Article
from naskh.columns import FIELDS, in_batches
from naskh.index.files import Kind, column
from naskh.index.incoming import Incoming, digests, incoming
from naskh.index.manifest import SegmentEntry
from naskh.index.segment import hash_ids
from naskh.index.structure import map_if_sound
from naskh.text.packing import unpack

_FIELDS = tuple(name for name in FIELDS if name != "text")
#: Articles whose fields are read at once.
_ROWS = 4096


class Remains:
    """What can be read of a damaged segment.

    Args:
        folder: the index.
        entry: what the manifest says of the segment.
        damage: the names of its files that are not what was written.
        store_text: whether the index stores texts.

    Attributes:
        is_live: (articles,) bool, which articles are not deleted; None where that is not known.
        is_named: (articles,) bool, whose ids are known.
        has_sound_fields: whether their other fields are known, without regard to their digests.

    """

    def __init__(self, folder: Path, entry: SegmentEntry, damage: Collection[str], *, store_text: bool) -> None:
        def table(kind: Kind) -> pa.RecordBatch | None:
            file = entry.files.get(kind.value)
            return file and map_if_sound(folder, file, kind, store_text=store_text)

        def is_sound(kind: Kind) -> bool:
            file = entry.deleted if kind is Kind.DELETED else entry.files[kind.value]
            return file is None or file.name not in damage

        self.entry = entry
        self._articles = table(Kind.ARTICLES)
        if self._articles is not None and len(self._articles) != entry.articles:
            self._articles = None
        self._texts = table(Kind.TEXTS)
        self._block: tuple[int, bytes] = (-1, b"")
        self.is_live = self._live(folder) if is_sound(Kind.DELETED) else None
        self.has_sound_fields = self._articles is not None and is_sound(Kind.ARTICLES)
        if self.has_sound_fields:
            self.is_named = np.ones(entry.articles, np.bool_)
        else:
            self.is_named = self._named(table(Kind.IDS) if is_sound(Kind.IDS) else None)

    def _live(self, folder: Path) -> Bool | None:
        live = np.ones(self.entry.articles, np.bool_)
        if self.entry.deleted is not None:
            deleted = map_if_sound(folder, self.entry.deleted, Kind.DELETED, store_text=True)
            if deleted is None:
                return None
            live[column(deleted, "article")] = False
        return live

    def _named(self, ids: pa.RecordBatch | None) -> Bool:
        """Which ids have the hash that the file of ids says."""
        named = np.zeros(self.entry.articles, np.bool_)
        if ids is not None and self._articles is not None:
            hashes = np.zeros(self.entry.articles, np.uint64)
            hashes[column(ids, "article")] = column(ids, "hash")
            for start in range(0, self.entry.articles, _ROWS):
                part = hash_ids(self._articles.column("id").slice(start, _ROWS).to_pylist())
                named[start : start + len(part)] = part == hashes[start : start + len(part)]
        return named

    def fields(self, rows: Int64) -> Iterator[tuple[int, dict[str, str | None]]]:
        """The rows of some articles whose ids are known, and their fields, which may be wrong."""
        if self._articles is None:
            return
        named = rows[self.is_named[rows]]
        for start in range(0, len(named), _ROWS):
            part = named[start : start + _ROWS]
            columns = self._articles.select(_FIELDS).take(pa.array(part))
            yield from zip(part.tolist(), columns.to_pylist(), strict=True)

    def right(self, rows: Int64) -> Iterator[tuple[Int64, Incoming]]:
        """Those of some articles that are what they were, in their order and in batches, and the row of each."""
        if self._articles is None:
            return
        stored: UInt64 = column(self._articles, "digest")
        read: deque[int] = deque()

        def articles() -> Iterator[Article]:
            for row, fields in self.fields(rows):
                text = self._text(row)
                if text is not None and fields["id"]:
                    read.append(row)
                    yield Article(text=text, **fields)  # type: ignore[arg-type]

        for batch in in_batches(articles()):
            own = np.array([read.popleft() for _ in range(len(batch))], np.int64)
            found = incoming(batch)
            is_right = digests(found) == stored[own]
            yield own[is_right], found.only(is_right)

    def _text(self, row: int) -> str | None:
        """The text of an article, which may be wrong; None where there is none."""
        if self._texts is None or self._articles is None:
            return None
        block, start, size = (
            self._articles.column(name)[row].as_py() for name in ("text_block", "text_start", "text_bytes")
        )
        try:
            return unpack(self._unpacked(block)[start : start + size])
        except UnicodeDecodeError:
            return None

    def _unpacked(self, number: int) -> bytes:
        """A block of texts; empty where it cannot be read."""
        if self._block[0] != number:
            content = b""
            if self._texts is not None and number < len(self._texts):
                frame = self._texts.column("block")[number].as_buffer()
                size = self._texts.column("bytes")[number].as_py()
                with suppress(pa.ArrowException, OSError, MemoryError, OverflowError):
                    content = pa.decompress(frame, size, "zstd", asbytes=True)
            self._block = number, content
        return self._block[1]
