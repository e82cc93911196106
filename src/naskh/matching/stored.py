"""What a query needs of stored articles beside their shingles: days, outlets, fields and texts.

The arrays of a segment are made when one of its articles is first asked for, and kept as long as it is open.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa

from naskh.arrays import Int64, NDArray
from naskh.index.files import Kind, column
from naskh.index.segment import Segment
from naskh.index.snapshot import Snapshot
from naskh.matching.recurrence import UNDATED, day_of
from naskh.text.bulk_folding import Folded, folded
from naskh.text.lazy import LazyAnalysis
from naskh.text.packing import unpack

#: Bytes of decompressed blocks of texts that are kept: the matches of one query, and of queries on one story, stand
#: in few blocks.
_KEPT_BYTES = 64 << 20

#: The code of an outlet that no article has.
_NOWHERE = -2

_coding = Lock()


class Stored:
    """The articles of a snapshot. Threads may share it.

    Args:
        snapshot: the snapshot.
        earlier: of an earlier snapshot; what is known of the segments that both have is taken from there.

    """

    def __init__(self, snapshot: Snapshot, earlier: Stored | None = None) -> None:
        self.snapshot = snapshot
        self._codes: dict[str, int] = {} if earlier is None else earlier._codes
        self._blocks: _Blocks = _Blocks() if earlier is None else earlier._blocks
        known = {} if earlier is None else {id(one.segment): one for one in earlier._segments if one is not None}
        self._segments: list[StoredSegment | None] = [known.get(id(segment)) for segment in snapshot.segments]

    def outlet_code(self, outlet: str | None) -> int:
        """A number for each outlet that is the same in all segments; -1 for none."""
        if outlet is None:
            return -1
        with _coding:  # two threads must not give one number to two outlets
            return self._codes.setdefault(outlet, len(self._codes))

    def known_outlet(self, outlet: str) -> int:
        """As `outlet_code`, of an outlet that need not be in the index; then it is no article's."""
        return self._codes.get(outlet, _NOWHERE)

    @property
    def outlet_codes(self) -> int:
        """How many outlets have one so far."""
        return len(self._codes)

    def segment(self, number: int) -> StoredSegment:
        """The articles of one segment."""
        found = self._segments[number]
        if found is None:
            segment = self.snapshot.segments[number]
            found = self._segments[number] = StoredSegment(segment, self.outlet_code, self._blocks)
        return found


class StoredSegment:
    """The articles of one segment, by row.

    Attributes:
        days: (articles,) int64, `day_of` each.
        outlets: (articles,) int64, `Stored.outlet_code` of each.

    """

    def __init__(self, segment: Segment, outlet_code: Callable[[str], int], blocks: _Blocks) -> None:
        import pyarrow.compute as pc  # 30 ms, which indexing new articles does without

        self.segment = segment
        articles = segment.articles
        dates = pc.utf8_slice_codeunits(articles.column("date"), 0, 10)
        self.days = _decoded(dates, day_of, UNDATED)
        self.outlets = _decoded(articles.column("outlet"), outlet_code, -1)
        self._blocks = blocks
        self._fields = {name: _Strings(articles.column(name)) for name in ("id", "outlet", "date", "title", "url")}
        self._words: NDArray[Any] = column(articles, "words")
        numbers = ("number", "first_shingle", "shingles")
        self._paragraphs = tuple(column(segment.paragraphs, name) for name in numbers)

    @cached_property
    def folded_titles(self) -> Folded:
        """The titles, folded (see `naskh.text.folding`), to be searched; "" where there is none."""
        return folded(self.segment.articles.column("title"))

    def article_id(self, row: int) -> str:
        """The id of an article."""
        found = self._fields["id"][row]
        assert found is not None  # noqa: S101 - all have one
        return found

    def fields(self, row: int) -> dict[str, Any]:
        """The fields of an article but for its text."""
        return {name: values[row] for name, values in self._fields.items()}

    def text(self, row: int) -> str | None:
        """The text of an article; None where texts are not stored."""
        packed = self.packed(row)
        return None if packed is None else unpack(packed)

    def packed(self, row: int) -> bytes | None:
        """The text of an article in packed form (see `naskh.text.packing`); None where texts are not stored."""
        place = self.segment.text_place(row)
        if place is None:
            return None
        return self._blocks.read(self.segment, place.block)[place.start : place.start + place.bytes]

    def analysis(self, row: int, size: int) -> LazyAnalysis | None:
        """The text of an article, to be taken apart where it is looked at; None where texts are not stored.

        Args:
            row: the article.
            size: words in a shingle.

        """
        text = self.text(row)
        if text is None:
            return None
        edges = np.searchsorted(self.segment.paragraph_article, np.array([row, row + 1], np.uint32)).tolist()
        numbers, firsts, counts = (values[slice(*edges)].tolist() for values in self._paragraphs)
        known = [(n, first, count + size - 1) for n, first, count in zip(numbers, firsts, counts, strict=True)]
        return LazyAnalysis(text, int(self._words[row]), known)


class _Strings:
    """A column of strings, read some times as fast as through Arrow's scalars."""

    def __init__(self, column: pa.Array) -> None:
        validity, offsets, data = column.buffers()
        assert column.type == pa.string()  # noqa: S101
        assert column.offset == 0  # noqa: S101 - all are whole columns of mapped files
        self._offsets = memoryview(offsets).cast("i")
        self._data = memoryview(b"" if data is None else data)
        self._validity = None if validity is None else memoryview(validity).cast("B")

    def __getitem__(self, row: int) -> str | None:
        if self._validity is not None and not self._validity[row >> 3] >> (row & 7) & 1:
            return None
        return str(self._data[self._offsets[row] : self._offsets[row + 1]], "utf-8")


def _decoded(values: pa.Array, decode: Callable[[str], int], missing: int) -> Int64:
    """A number for each string, of which many are alike."""
    encoded = values.dictionary_encode()
    numbers = np.array([*(decode(value) for value in encoded.dictionary.to_pylist()), missing], np.int64)
    codes = encoded.indices.fill_null(len(numbers) - 1).to_numpy(zero_copy_only=False)
    found: Int64 = numbers[codes]
    return found


class _Blocks:
    """The blocks of texts that were read last, decompressed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._bytes = 0

    def read(self, segment: Segment, block: int) -> bytes:
        """A block of a segment."""
        key = segment.entry.files[Kind.TEXTS.value].xxh3, block
        with self._lock:
            raw = self._kept.get(key)
            if raw is not None:
                self._kept.move_to_end(key)
                return raw
        raw = segment.text_block(block)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = raw
                self._bytes += len(raw)
            while self._bytes > _KEPT_BYTES and len(self._kept) > 1:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        return raw
