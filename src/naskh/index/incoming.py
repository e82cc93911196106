"""Articles on their way into the index: whose id is stored already, and whether anything in them changed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import xxhash

from naskh.arrays import Bool, Int64, NDArray, UInt64
from naskh.index.segment import hash_ids
from naskh.index.snapshot import Snapshot

#: The fields that an article's digest covers besides its text, in this order.
_REST = ("outlet", "date", "title", "url")


class Incoming(NamedTuple):
    """A batch of articles (see `naskh.columns.ARTICLES`) and the XXH3-64 of each id, (articles,) uint64."""

    articles: pa.RecordBatch
    id_hashes: UInt64

    def __len__(self) -> int:
        return len(self.id_hashes)

    def only(self, rows: Int64 | Bool) -> Incoming:
        """Some of the articles: by row, or those of a mask."""
        chosen = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return Incoming(self.articles.take(pa.array(chosen)), self.id_hashes[chosen])

    def text_bytes(self) -> tuple[NDArray[np.uint8], Int64]:
        """All texts in UTF-8, one after the other, and where each begins: (n,) uint8, (articles + 1,) int64."""
        texts = self.articles.column("text")
        _, offsets, data = texts.buffers()
        edges = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
        content = np.frombuffer(b"" if data is None else data, np.uint8)
        content.flags.writeable = False  # whoever made it: the kernels are compiled for one kind of array
        return content, edges


def incoming(articles: pa.RecordBatch) -> Incoming:
    """Hash the ids of a batch."""
    return Incoming(articles, hash_ids(articles.column("id").to_pylist()))


def last_of_each(batch: Incoming) -> Incoming:
    """The batch without articles that a later one of the same id replaces."""
    if len(np.unique(batch.id_hashes)) == len(batch):
        return batch
    last = {id_: row for row, id_ in enumerate(batch.articles.column("id").to_pylist())}
    return batch.only(np.array(sorted(last.values()), np.int64))


def digests(batch: Incoming) -> UInt64:
    """A digest of each article: the same under the same id means that nothing in it changed.

    XXH3-64 of the text, seeded with the XXH3-64 of the other fields, see docs/format.md.
    """
    data, edges = batch.text_bytes()
    texts = data.data
    rest = zip(*(batch.articles.column(name).to_pylist() for name in _REST), strict=True)
    found = np.empty(len(batch), np.uint64)
    for row, (fields, (start, end)) in enumerate(zip(rest, pairwise(edges.tolist()), strict=True)):
        joined = "\x1f".join(["" if field is None else "\x02" + field for field in fields])
        found[row] = xxhash.xxh3_64_intdigest(texts[start:end], xxhash.xxh3_64_intdigest(joined.encode()))
    return found


def stored_rows(snapshot: Snapshot, id_hashes: UInt64, ids: pa.StringArray) -> Iterator[tuple[int, Int64, Int64]]:
    """Where those of some articles stand that are stored already.

    Yields:
        for each segment its number, the places in `ids` of those that it has, and their rows.

    """
    for number, segment in enumerate(snapshot.segments):
        found, rows = segment.find(id_hashes)
        if len(found):
            import pyarrow.compute as pc  # 30 ms, which new articles do without

            stored = segment.articles.column("id").take(pa.array(rows))
            same = pc.equal(stored, ids.take(pa.array(found))).to_numpy(zero_copy_only=False)
            yield number, found[same], rows[same]


def is_changed(snapshot: Snapshot, batch: Incoming) -> Bool:
    """Which articles are new, or differ from the stored ones of their ids."""
    changed = np.ones(len(batch), np.bool_)
    for number, own, rows in stored_rows(snapshot, batch.id_hashes, batch.articles.column("id")):
        changed[own] = digests(batch.only(own)) != snapshot.segments[number].digests[rows]
    return changed
