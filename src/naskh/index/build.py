"""Building a segment: batches of articles are sketched side by side, then put together, sorted and written."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from naskh.arrays import Int64, NDArray, Scratch, UInt32, UInt64
from naskh.columns import FIELDS
from naskh.index.files import FileEntry, Kind, write_table
from naskh.index.incoming import Incoming, digests
from naskh.index.manifest import SegmentEntry
from naskh.index.postings import Postings, empty_postings
from naskh.sketch.banding import BAND_KEY_BITS
from naskh.sketch.reference import HASH_BITS

if TYPE_CHECKING:
    from naskh.sketch.batch import BatchSketch, Sketcher

#: Packed bytes of a text block: small enough to read one article alone in some 50 us, large enough to compress
#: nearly as well as any (twice as many bytes take 1.5% less).
TEXT_BLOCK = 1 << 15

Columns = dict[str, pa.Array]

_scratch = Scratch()


class Texts(NamedTuple):
    """Compressed blocks of packed texts, their sizes before that, and where each article's text is in them."""

    blocks: list[bytes]
    block_bytes: Int64
    article_block: Int64
    article_start: Int64
    article_bytes: Int64


class Chunk(NamedTuple):
    """Some articles, sketched; their texts are held compressed, or not at all."""

    #: All fields but the text.
    fields: pa.RecordBatch
    id_hashes: UInt64
    digests: UInt64
    sketch: BatchSketch
    texts: Texts | None
    #: Bytes of all fields in UTF-8.
    bytes: int

    def __len__(self) -> int:
        return len(self.id_hashes)


def sketch_chunk(batch: Incoming, sketcher: Sketcher) -> Chunk:
    """Sketch and compress some articles: what threads do side by side."""
    data, offsets = batch.text_bytes()
    return Chunk(
        fields=batch.articles.drop_columns(["text"]),
        id_hashes=batch.id_hashes,
        digests=digests(batch),
        sketch=sketcher.sketch(data, offsets),
        texts=_stored_texts(data, offsets) if sketcher.settings.store_text else None,
        bytes=batch.articles.nbytes,
    )


def write_segment(folder: Path, name: str, chunks: list[Chunk], pool: Executor) -> SegmentEntry:
    """Put chunks together and write them as a segment; it takes effect when a manifest lists it.

    The files are made and written side by side.
    """
    from naskh.sketch.batch import concatenate

    sketch = concatenate([chunk.sketch for chunk in chunks])
    texts = _joined_texts([chunk.texts for chunk in chunks if chunk.texts is not None])
    makers: dict[Kind, Callable[[], Columns]] = {
        Kind.SHINGLES: lambda: {"hash": pa.array(sketch.shingles)},
        Kind.ARTICLES: lambda: _article_columns(chunks, sketch, texts),
        Kind.PARAGRAPHS: lambda: {
            column: pa.array(sketch.paragraphs[:, i].astype(np.uint32))
            for i, column in enumerate(("article", "number", "first_shingle", "shingles"))
        },
        Kind.IDS: lambda: _id_columns(np.concatenate([chunk.id_hashes for chunk in chunks])),
    }
    if texts is not None:
        makers[Kind.TEXTS] = lambda: {
            "block": pa.array(texts.blocks, pa.large_binary()),
            "bytes": pa.array(texts.block_bytes.astype(np.uint64)),
        }

    def write_file(kind: Kind) -> FileEntry:
        return write_table(folder, f"{name}.{kind.value}.arrow", kind, makers[kind]())

    def write_postings(kind: Kind, table: Kind, postings: Postings) -> list[tuple[Kind, FileEntry]]:
        makers[table] = lambda: {"first": pa.array(postings.table)}
        makers[kind] = lambda: {"key": pa.array(postings.rest), "row": pa.array(postings.rows)}
        return [(each, write_file(each)) for each in (table, kind)]

    plain_kinds = tuple(makers)  # now: `write_postings` adds to them
    frac = pool.submit(lambda: write_postings(Kind.FRAC, Kind.FRAC_TABLE, _frac_postings(sketch)))
    plain = {kind: pool.submit(write_file, kind) for kind in plain_kinds}
    try:
        bands = write_postings(Kind.BANDS, Kind.BAND_TABLE, _band_postings(sketch, pool))
    finally:
        pending: list[Future[Any]] = [frac, *plain.values()]
        wait(pending)  # where one fails, no other may go on and leave a file behind
    entries = dict([*bands, *frac.result()])
    entries |= {kind: file.result() for kind, file in plain.items()}
    return SegmentEntry(
        name=name,
        articles=len(sketch.word_counts),
        paragraphs=len(sketch.paragraphs),
        files={kind.value: entries[kind] for kind in Kind if kind in entries},
    )


def _band_postings(sketch: BatchSketch, pool: Executor) -> Postings:
    paragraphs = len(sketch.paragraphs)
    bands = empty_postings(paragraphs, paragraphs, BAND_KEY_BITS, sketch.band_keys.shape[1])
    bands.table[:: bands.buckets] = np.arange(bands.lists + 1) * paragraphs
    list(pool.map(lambda band: _fill_band(bands, sketch.band_keys, band), range(bands.lists)))
    return bands


def _fill_band(bands: Postings, keys: UInt32, band: int) -> None:
    from naskh.index.posting_kernels import fill_list

    rows = np.arange(len(keys), dtype=np.uint32)
    column = np.ascontiguousarray(keys[:, band])
    fill_list(column, rows, band, bands.buckets, bands.rest_bits, bands.table, bands.rest, bands.rows)


def _frac_postings(sketch: BatchSketch) -> Postings:
    from naskh.index.posting_kernels import fill_list

    articles = len(sketch.frac_offsets) - 1
    owners = np.repeat(np.arange(articles, dtype=np.uint32), np.diff(sketch.frac_offsets))
    found = empty_postings(len(owners), articles, HASH_BITS)
    count = fill_list(sketch.frac, owners, 0, found.buckets, found.rest_bits, found.table, found.rest, found.rows)
    return found._replace(rest=found.rest[:count], rows=found.rows[:count])


def _article_columns(chunks: list[Chunk], sketch: BatchSketch, texts: Texts | None) -> Columns:
    columns: Columns = {
        name: pa.concat_arrays([chunk.fields.column(name) for chunk in chunks]) for name in FIELDS if name != "text"
    }
    columns |= {
        "digest": pa.array(np.concatenate([chunk.digests for chunk in chunks])),
        "words": pa.array(sketch.word_counts.astype(np.uint32)),
        "paragraphs": pa.array(sketch.paragraph_counts.astype(np.uint32)),
        "dateline_first": pa.array(sketch.datelines[:, 0].astype(np.uint32)),
        "dateline_end": pa.array(sketch.datelines[:, 1].astype(np.uint32)),
        "shingles_end": pa.array(sketch.shingle_offsets[1:].astype(np.uint64)),
    }
    if texts is not None:
        columns |= {
            "text_block": pa.array(texts.article_block.astype(np.uint32)),
            "text_start": pa.array(texts.article_start.astype(np.uint64)),
            "text_bytes": pa.array(texts.article_bytes.astype(np.uint64)),
        }
    return columns


def _id_columns(hashes: UInt64) -> Columns:
    order = np.argsort(hashes, kind="stable")
    return {"hash": pa.array(hashes[order]), "article": pa.array(order.astype(np.uint32))}


def _stored_texts(data: NDArray[np.uint8], offsets: Int64) -> Texts:
    """Pack the texts of a chunk, and compress them in blocks; a block is closed by the article that fills it."""
    from naskh.index.pack_kernels import pack_texts

    packed, edges = _scratch.take("packed", 2 * len(data), np.uint8), np.empty_like(offsets)
    pack_texts(data, offsets, packed, edges)
    return compressed_texts(packed[: edges[-1]].data, edges)


def compressed_texts(data: memoryview, offsets: Int64) -> Texts:
    """Cut packed texts into blocks; `offsets`, (articles + 1,), is where each begins."""
    starts = [0]
    for article, start in enumerate(offsets[:-1].tolist()):
        if start - offsets[starts[-1]] >= TEXT_BLOCK:
            starts.append(article)
    codec = pa.Codec("zstd")
    edges = np.append(offsets[starts], offsets[-1])
    block = np.searchsorted(starts, np.arange(len(offsets) - 1), "right") - 1
    return Texts(
        blocks=[codec.compress(data[start:end], asbytes=True) for start, end in pairwise(edges.tolist())],
        block_bytes=np.diff(edges),
        article_block=block,
        article_start=offsets[:-1] - edges[block],
        article_bytes=np.diff(offsets),
    )


def _joined_texts(texts: list[Texts]) -> Texts | None:
    if not texts:
        return None
    first_blocks = np.cumsum([0, *(len(text.blocks) for text in texts)])
    return Texts(
        blocks=[block for text in texts for block in text.blocks],
        block_bytes=np.concatenate([text.block_bytes for text in texts]),
        article_block=np.concatenate(
            [t.article_block + first for t, first in zip(texts, first_blocks, strict=False)]
        ),
        article_start=np.concatenate([text.article_start for text in texts]),
        article_bytes=np.concatenate([text.article_bytes for text in texts]),
    )
