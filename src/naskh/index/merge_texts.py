"""Merging texts: a block of texts is copied as it is, unless an article in it is deleted or it is small.

What remains of such blocks is put together into new ones, which wait in a file without a name until they are copied
behind the others. What is in a text's bytes does not matter here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa

from naskh.arrays import Bool, Int64, NDArray, UInt32, UInt64, group_bounds
from naskh.index.build import TEXT_BLOCK
from naskh.index.files import READ_BYTES, Kind
from naskh.index.merge_source import Source, runs
from naskh.index.parts import Later

#: A block of fewer bytes (unpacked) is put together with others: such are the blocks of an index that grew by a few
#: articles at a time, which compress badly one by one.
_SMALL = TEXT_BLOCK // 2


class Addresses(NamedTuple):
    """Where the text of each article of the merged segment is: (articles,) each."""

    block: UInt32
    start: UInt64
    bytes: UInt64


class _NewBlocks:
    """Blocks made of single texts; `packed` and `unpacked` are the sizes of those that are closed."""

    def __init__(self, spool: BinaryIO, number: int, addresses: Addresses) -> None:
        self.packed: list[int] = []
        self.unpacked: list[int] = []
        self._spool = spool
        self._first = number
        self._addresses = addresses
        self._codec = pa.Codec("zstd")
        self._texts: list[memoryview] = []
        self._size = 0

    def add(self, row: int, text: memoryview) -> None:
        """Take in the text of an article of the merged segment."""
        self._addresses.block[row] = self._first + len(self.packed)
        self._addresses.start[row] = self._size
        self._addresses.bytes[row] = len(text)
        self._texts.append(text)
        self._size += len(text)
        if self._size >= TEXT_BLOCK:
            self.close()

    def close(self) -> None:
        """End the block that was begun, if one was."""
        if self._texts:
            frame = self._codec.compress(b"".join(self._texts), asbytes=True)
            self._spool.write(frame)
            self.packed.append(len(frame))
            self.unpacked.append(self._size)
            self._texts, self._size = [], 0


class MergedTexts:
    """The texts of a merged segment.

    Args:
        sources: the segments, at least one article of which stays.
        articles: articles that stay, over all of them.
        spool: an empty file where new blocks wait.

    Attributes:
        addresses: for the file of articles.

    """

    def __init__(self, sources: list[Source], articles: int, spool: BinaryIO) -> None:
        self.addresses = Addresses(
            np.zeros(articles, np.uint32), np.zeros(articles, np.uint64), np.zeros(articles, np.uint64)
        )
        self._sources = sources
        self._spool = spool
        self._kept = [_kept_blocks(source) for source in sources]
        counts = [int(np.count_nonzero(kept)) for kept in self._kept]
        self._new = _NewBlocks(spool, sum(counts), self.addresses)
        number = 0
        for source, kept, count in zip(sources, self._kept, counts, strict=True):
            self._place(source, kept, number)
            number += count
        self._new.close()

    def _place(self, source: Source, kept: Bool, number: int) -> None:
        """Say where the texts of a source are; those of blocks that are not kept go into new ones."""
        stays = source.articles.stays(0, source.entry.articles)
        block, start, size = (
            source.column(Kind.ARTICLES, name)[stays].astype(np.int64)
            for name in ("text_block", "text_start", "text_bytes")
        )
        numbers = number + np.cumsum(kept) - 1
        copied = np.flatnonzero(kept[block])
        rows = copied + source.articles.first
        self.addresses.block[rows] = numbers[block[copied]]
        self.addresses.start[rows] = start[copied]
        self.addresses.bytes[rows] = size[copied]
        others = np.flatnonzero(~kept[block])
        others = others[np.argsort(block[others], kind="stable")]
        bounds = group_bounds(block[others])
        for raw, first, end in zip(_unpacked(source, block[others][bounds[:-1]]), bounds, bounds[1:], strict=False):
            for place in others[first:end].tolist():
                self._new.add(source.articles.first + place, raw[start[place] : start[place] + size[place]])

    def columns(self) -> dict[str, pa.Array | Later]:
        """The columns of the file of texts; the bytes of the blocks come later, from `frames`."""
        packed = [np.diff(_frames(source)[0])[kept] for source, kept in zip(self._sources, self._kept, strict=True)]
        unpacked = [
            source.column(Kind.TEXTS, "bytes")[kept] for source, kept in zip(self._sources, self._kept, strict=True)
        ]
        offsets = np.cumsum(np.concatenate([np.zeros(1, np.int64), *packed, np.array(self._new.packed, np.int64)]))
        return {
            "block": Later(pa.large_binary(), len(offsets) - 1, offsets),
            "bytes": pa.array(np.concatenate([*unpacked, np.array(self._new.unpacked, np.uint64)])),
        }

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """The bytes of all blocks, in parts."""
        for source, kept in zip(self._sources, self._kept, strict=True):
            offsets = _frames(source)[0].copy()
            for first, end in runs(kept, len(kept)):
                for start in range(int(offsets[first]), int(offsets[end]), READ_BYTES):
                    yield _frames(source)[1][start : min(start + READ_BYTES, int(offsets[end]))]
        self._spool.seek(0)
        while part := self._spool.read(READ_BYTES):
            yield np.frombuffer(part, np.uint8)


def _kept_blocks(source: Source) -> Bool:
    """Which blocks of a source are copied."""
    kept: Bool = source.column(Kind.TEXTS, "bytes") >= _SMALL
    if source.articles.numbers is not None:
        deleted = ~np.asarray(source.articles.stays(0, source.entry.articles))
        kept[source.column(Kind.ARTICLES, "text_block")[deleted]] = False
    return kept


def _frames(source: Source) -> tuple[Int64, NDArray[np.uint8]]:
    """Where each block begins and the last ends, and the bytes of all, mapped anew."""
    column = source.table(Kind.TEXTS).column("block")
    _, offsets, data = column.buffers()
    return np.frombuffer(offsets, np.int64)[: len(column) + 1], np.frombuffer(data or b"", np.uint8)


def _unpacked(source: Source, blocks: Int64) -> Iterator[memoryview]:
    """What is in some blocks of a source."""
    codec = pa.Codec("zstd")
    for place, block in enumerate(blocks.tolist()):
        if place % 64 == 0:  # some MB: see `naskh.index.merge_source`
            texts = source.table(Kind.TEXTS)
        size = texts.column("bytes")[block].as_py()
        frame = texts.column("block")[block].as_buffer()
        yield memoryview(codec.decompress(frame, decompressed_size=size, asbytes=True))
