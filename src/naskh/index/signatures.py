"""The MinHash signatures of what is stored, for other programs: they are computed from the stored shingles.

In the "affine32" scheme of datasketch 2.0, value for value those of a ``MinHash`` that is updated with the same
32-bit hashes (see `docs/format.md`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from naskh.arrays import Int64, UInt32
from naskh.article import Level
from naskh.index.segment import Segment
from naskh.index.snapshot import Snapshot
from naskh.settings import Settings
from naskh.sketch.reference import permutations

if TYPE_CHECKING:
    from datasketch import MinHash

#: Rows of a record batch: 2 MiB of signatures, as a rule.
_ROWS = 4096


def signatures_schema(settings: Settings, level: Level) -> pa.Schema:
    """The columns of `iter_signatures`; the metadata `minhash` says how the signatures are made, as JSON."""
    made = {
        "scheme": "affine32", "num_perm": settings.num_perm, "seed": settings.seed,
        "shingle_words": settings.shingle_words,
    }  # fmt: skip
    key = [("article", pa.string())] + ([("paragraph", pa.int32())] if level == "paragraph" else [])
    values = [("shingles", pa.int32()), ("signature", pa.list_(pa.uint32(), settings.num_perm))]
    return pa.schema([*key, *values], metadata={"minhash": json.dumps(made)})


def iter_signatures(snapshot: Snapshot, level: Level) -> Iterator[pa.RecordBatch]:
    """The signatures of all articles or paragraphs that are not deleted, as they are stored.

    Those of articles are of the shingles that their Jaccard is about: the dateline's are left out.
    """
    settings = snapshot.manifest.settings
    schema = signatures_schema(settings, level)
    for segment in snapshot.segments:
        rows = _rows(segment, level)
        for start in range(0, len(rows), _ROWS):
            yield pa.record_batch(_columns(segment, rows[start : start + _ROWS], settings, level), schema=schema)


def minhashes(snapshot: Snapshot, level: Level) -> Iterator[tuple[str | tuple[str, int], MinHash]]:
    """As `iter_signatures`, each as a ``datasketch.MinHash`` behind its id, or its id and paragraph."""
    from datasketch import MinHash  # costs half a second: only who asks for it pays

    settings = snapshot.manifest.settings
    made: dict[str, Any] = {
        "num_perm": settings.num_perm, "seed": settings.seed, "scheme": "affine32",
        "permutations": permutations(settings.num_perm, settings.seed),
    }  # fmt: skip
    for batch in iter_signatures(snapshot, level):
        values = batch.column("signature").flatten().to_numpy().reshape(-1, settings.num_perm)
        keys = [batch.column(name).to_pylist() for name in ("article", "paragraph")[: batch.num_columns - 2]]
        for row, key in enumerate(zip(*keys, strict=True)):
            yield key if level == "paragraph" else key[0], MinHash(hashvalues=values[row].copy(), **made)


def _rows(segment: Segment, level: Level) -> Int64:
    """The rows of a segment's articles or paragraphs that are not deleted."""
    if level == "article":
        return segment.live_rows()
    return np.flatnonzero(segment.is_live(segment.paragraph_article.astype(np.int64)))


def _columns(segment: Segment, rows: Int64, settings: Settings, level: Level) -> list[pa.Array]:
    """The columns of some rows of a segment."""
    if level == "article":
        first, count = segment.bounds[rows], segment.shingle_counts(rows)
        begin, end = (place[rows].astype(np.int64) for place in segment.datelines)
        keys = [segment.articles.column("id").take(pa.array(rows))]
    else:
        articles = segment.paragraph_article[rows].astype(np.int64)
        numbers, first, count = (
            segment.paragraph_column(name)[rows] for name in ("number", "first_shingle", "shingles")
        )
        first = first + segment.bounds[articles]
        begin = end = np.zeros(len(rows), np.int64)
        keys = [segment.articles.column("id").take(pa.array(articles)), pa.array(numbers, pa.int32())]
    signatures = _sign(segment.shingles, first, count, (begin, end), settings)
    listed = pa.FixedSizeListArray.from_arrays(pa.array(signatures.reshape(-1)), settings.num_perm)
    return [*keys, pa.array(count - (end - begin), pa.int32()), listed]


def _sign(hashes: UInt32, first: Int64, count: Int64, gaps: tuple[Int64, Int64], settings: Settings) -> UInt32:
    from naskh.sketch.signature_kernels import sign

    signatures = np.empty((len(first), settings.num_perm), np.uint32)
    sign(hashes, first, count, gaps, *permutations(settings.num_perm, settings.seed), signatures)
    return signatures
