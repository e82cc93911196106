"""What can still be read of a damaged segment, and what of that is right.

That is asked of each article, not of each file: it is right if its id has the hash that the file of ids says, and
its other fields and its text have its digest. A wrong one would pass with a chance of 1 in 2^64.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from naskh.arrays import Bool, Int64, UInt64
from naskh.article import Article
from naskh.columns import FIELDS, in_batches
from naskh.errors import IndexCorrupt
from naskh.index.files import Kind, column
from naskh.index.incoming import Incoming, digests, incoming
from naskh.index.manifest import SegmentEntry
from naskh.index.schema import map_sound
from naskh.index.structure import rows_named
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
        copies: where in the index copies are of what can be read of some files, by their names; these files are
            not mapped, since what cannot be read would end the process.
        store_text: whether the index stores texts.

    Attributes:
        is_live: (articles,) bool, which articles are not deleted; None where that is not known.
        is_named: (articles,) bool, whose ids are known.
        has_sound_fields: whether their other fields are known, without regard to their digests.

    """

    def __init__(
        self,
        folder: Path,
        entry: SegmentEntry,
        damage: Collection[str],
        copies: Mapping[str, str],
        *,
        store_text: bool,
    ) -> None:
        files = {Kind(kind): file for kind, file in entry.files.items()}
        if entry.deleted is not None:
            files[Kind.DELETED] = entry.deleted

        def is_sound(kind: Kind) -> bool:
            return kind not in files or files[kind].name not in damage

        def table(kind: Kind) -> pa.RecordBatch | None:
            if kind not in files:
                return None
            file = msgspec.structs.replace(files[kind], name=copies.get(files[kind].name, files[kind].name))
            try:
                return map_sound(folder, file, kind, store_text=store_text)
            except (FileNotFoundError, IndexCorrupt):
                return None

        self.entry = entry
        self._articles = table(Kind.ARTICLES)
        if self._articles is not None and len(self._articles) != entry.articles:
            self._articles = None
        self._texts = table(Kind.TEXTS)
        self._block: tuple[int, bytes] = (-1, b"")
        self.is_live = _live(entry, table(Kind.DELETED)) if is_sound(Kind.DELETED) else None
        self.has_sound_fields = self._articles is not None and is_sound(Kind.ARTICLES)
        self.is_named = np.full(entry.articles, self.has_sound_fields)
        if self._articles is not None and not self.has_sound_fields and is_sound(Kind.IDS):
            self.is_named = rows_named(self._articles, table(Kind.IDS))

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


def _live(entry: SegmentEntry, deleted: pa.RecordBatch | None) -> Bool:
    live = np.ones(entry.articles, np.bool_)
    if deleted is not None:
        live[column(deleted, "article")] = False
    return live
