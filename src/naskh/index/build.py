"""Building a segment: chunks of articles are sketched side by side, then put together, sorted and written."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import xxhash

from naskh.arrays import HALF, LOW, Int64, UInt32, UInt64, sorted_distinct
from naskh.article import Article
from naskh.index.files import Kind, write_table
from naskh.index.manifest import SegmentEntry
from naskh.index.segment import hash_id

if TYPE_CHECKING:
    from naskh.sketch.batch import BatchSketch, Sketcher

Columns = dict[Kind, dict[str, pa.Array]]

#: Uncompressed bytes of a text block: small enough to read one article alone in well under a millisecond,
#: large enough to compress about four times.
_TEXT_BLOCK = 1 << 16

_FIELDS = ("outlet", "date", "title", "url")


class Incoming(NamedTuple):
    """An article on its way into the index.

    `id_hash` is the XXH3-64 of its id; `digest` that of all its fields: the same digest under the same id
    means that nothing changed.
    """

    article: Article
    text: bytes
    id_hash: int
    digest: int
    #: Bytes of all fields in UTF-8.
    bytes: int


class Texts(NamedTuple):
    """Compressed blocks of texts, their uncompressed sizes, and where each article's text is in them."""

    blocks: list[bytes]
    block_bytes: Int64
    article_block: Int64
    article_start: Int64
    article_bytes: Int64


class Chunk(NamedTuple):
    """Some articles, sketched; their texts are held compressed, or not at all."""

    ids: list[str]
    id_hashes: UInt64
    fields: dict[str, pa.Array]
    digests: UInt64
    sketch: BatchSketch
    texts: Texts | None
    #: Bytes of all fields in UTF-8.
    bytes: int


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
        identifier = article.id.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"article {article.id!r}: not valid Unicode ({error.reason})") from None
    id_hash = hash_id(article.id)
    digest = xxhash.xxh3_64_intdigest(text, xxhash.xxh3_64_intdigest(rest))
    return Incoming(article, text, id_hash, digest, len(text) + len(rest) + len(identifier))


def sketch_chunk(batch: list[Incoming], sketcher: Sketcher) -> Chunk:
    """Sketch and compress some articles: what threads do side by side."""
    offsets = np.zeros(len(batch) + 1, np.int64)
    np.cumsum([len(item.text) for item in batch], out=offsets[1:])
    data = np.frombuffer(b"".join(item.text for item in batch), np.uint8)
    articles = [item.article for item in batch]
    return Chunk(
        ids=[article.id for article in articles],
        id_hashes=np.array([item.id_hash for item in batch], np.uint64),
        fields={name: pa.array([getattr(a, name) for a in articles], pa.string()) for name in _FIELDS},
        digests=np.array([item.digest for item in batch], np.uint64),
        sketch=sketcher.sketch(data, offsets),
        texts=_compressed(data.data, offsets) if sketcher.settings.store_text else None,
        bytes=sum(item.bytes for item in batch),
    )


def assemble(chunks: list[Chunk]) -> Columns:
    """The columns of every file of a segment that holds the chunks."""
    from naskh.sketch.batch import concatenate

    sketch = concatenate([chunk.sketch for chunk in chunks])
    texts = _joined_texts([chunk.texts for chunk in chunks if chunk.texts is not None])
    postings = _postings(sketch)
    columns: Columns = {
        Kind.ARTICLES: _article_columns(chunks, sketch, texts),
        Kind.PARAGRAPHS: {
            name: pa.array(sketch.paragraphs[:, i].astype(np.uint32))
            for i, name in enumerate(("article", "number", "first_shingle", "shingles"))
        },
        Kind.SHINGLES: {"hash": pa.array(sketch.shingles)},
        Kind.BANDS: _band_columns(sketch.band_keys),
        Kind.FRAC: _unpacked(postings, "hash", "article"),
        Kind.IDS: _id_columns(np.concatenate([chunk.id_hashes for chunk in chunks])),
    }
    if texts is not None:
        blocks = pa.array(texts.blocks, pa.large_binary())
        columns[Kind.TEXTS] = {"block": blocks, "bytes": pa.array(texts.block_bytes.astype(np.uint64))}
    return columns


def write(folder: Path, name: str, columns: Columns) -> SegmentEntry:
    """Write a segment; it takes effect when a manifest lists it."""
    return SegmentEntry(
        name=name,
        articles=len(columns[Kind.ARTICLES]["id"]),
        paragraphs=len(columns[Kind.PARAGRAPHS]["article"]),
        files={
            kind.value: write_table(folder, f"{name}.{kind.value}.arrow", kind, values)
            for kind, values in columns.items()
        },
    )


def _article_columns(chunks: list[Chunk], sketch: BatchSketch, texts: Texts | None) -> dict[str, pa.Array]:
    columns = {"id": pa.array([id_ for chunk in chunks for id_ in chunk.ids], pa.string())}
    for name in _FIELDS:
        columns[name] = pa.concat_arrays([chunk.fields[name] for chunk in chunks])
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


def _band_columns(keys: UInt32) -> dict[str, pa.Array]:
    rows = np.arange(len(keys), dtype=np.uint64)
    packed = np.empty((keys.shape[1], len(keys)), np.uint64)
    for band in range(keys.shape[1]):
        packed[band] = keys[:, band].astype(np.uint64) << HALF | rows
        packed[band].sort()
    return _unpacked(packed.reshape(-1), "key", "paragraph")


def _postings(sketch: BatchSketch) -> UInt64:
    """(hash << 32 | article), sorted and distinct."""
    article = np.repeat(np.arange(len(sketch.frac_offsets) - 1, dtype=np.uint64), np.diff(sketch.frac_offsets))
    postings = sketch.frac.astype(np.uint64) << HALF | article
    return sorted_distinct([postings])


def _id_columns(hashes: UInt64) -> dict[str, pa.Array]:
    order = np.argsort(hashes, kind="stable")
    return {"hash": pa.array(hashes[order]), "article": pa.array(order.astype(np.uint32))}


def _unpacked(packed: UInt64, high: str, low: str) -> dict[str, pa.Array]:
    return {
        high: pa.array((packed >> HALF).astype(np.uint32)),
        low: pa.array((packed & LOW).astype(np.uint32)),
    }


def _compressed(data: memoryview, offsets: Int64) -> Texts:
    """Cut the texts of a chunk into blocks; a block is closed by the article that fills it."""
    starts = [0]
    for article, start in enumerate(offsets[:-1].tolist()):
        if start - offsets[starts[-1]] >= _TEXT_BLOCK:
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
