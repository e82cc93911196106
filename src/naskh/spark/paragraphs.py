"""Paragraphs that are alike: exact copies collapsed, candidates by bands, each verified."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from naskh.arrays import Int64
from naskh.matching.corpus import Ranges, sets_of
from naskh.matching.sort_kernels import set_bitmaps
from naskh.sketch.banding import BAND_KEY_BITS
from naskh.spark.buckets import ENTRY, bucket_pairs, by_segment, verified
from naskh.spark.session import Work
from naskh.spark.stored import (
    Batches,
    Piece,
    Slice,
    State,
    load,
    mapped,
    numbers,
    over,
    pieces,
    rows,
    save,
    slices,
    whole_groups,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import DataFrame

    from naskh.index.segment import Segment

_ROWS = 1 << 18

_PARAGRAPHS = "digest long, place long, article long, copy long, number int, size int, low long, high long"


def all_paragraphs(work: Work) -> tuple[DataFrame, DataFrame]:
    """All paragraphs with a signature, and their distinct sets.

    Returns:
        a row a paragraph: `digest` of its set, `article` and `copy` (the number of its article, and of the first
        one with the same set of shingles), `number` in the article;
        and a row a distinct set: `digest`, `place` of one paragraph that has it (segment << 32 | row), `size`,
        `low` and `high` of its bitmap, how many `copies` there are.

    """
    from pyspark.sql import functions as F  # noqa: N812

    found = over(
        work.spark, pieces(work.manifest, work.cores), partial(_paragraphs, work.state, work.folder), _PARAGRAPHS
    )
    paragraphs = work.kept(found, "paragraphs")
    first = F.min(F.struct("place", "size", "low", "high")).alias("first")
    distinct = paragraphs.groupBy("digest").agg(first, F.count(F.lit(1)).alias("copies"))
    return paragraphs, work.kept(distinct.select("digest", "first.*", "copies"), "distinct paragraphs")


def similar_paragraphs(work: Work, distinct: DataFrame, min_jaccard: float) -> DataFrame:
    """Pairs of distinct paragraphs (by place) at `min_jaccard` or above that share a band, as `verified`."""
    chosen = distinct.selectExpr("shiftright(place, 32) AS segment", "place", "size", "low", "high")
    by_place = chosen.repartition(work.partitions, "segment").sortWithinPartitions("place")
    mapped(by_place, partial(_to_rows, work.folder), "rows long").agg({"rows": "sum"}).collect()
    keys = slices(work.manifest, work.cores, 1 << BAND_KEY_BITS)
    entries = work.kept(over(work.spark, keys, partial(_entries, work.state, work.folder), ENTRY), "band entries")
    candidates = bucket_pairs(work, entries, min_jaccard, 2.0, "pairs by bands")
    places = partial(_places, work.state)
    return verified(work, candidates, places, min_jaccard, 2.0, "similar paragraphs")


def _paragraphs(state: State, folder: Path, piece: Piece) -> Batches:
    segment = state.open().segment(piece.segment)
    if not len(piece.live(segment)):
        return
    articles = load(folder, f"numbers-{piece.segment}")
    start, stop = np.searchsorted(segment.paragraph_article, [piece.start, piece.stop]).tolist()
    own = np.arange(start, stop)
    own = own[articles[segment.paragraph_article[start:stop], 0] >= 0]
    if not len(own):
        return
    of_articles = articles[segment.paragraph_article[own]]
    sets, sizes, digests = sets_of(_ranges(segment, own))
    bitmaps = np.empty((len(own), 2), np.uint64)
    set_bitmaps(sets, np.append(0, np.cumsum(sizes)), bitmaps)
    yield rows(
        digest=digests,
        place=np.int64(piece.segment) << 32 | own,
        article=of_articles[:, 0].copy(),
        copy=of_articles[:, 1].copy(),
        number=segment.paragraph_column("number")[own].astype(np.int32),
        size=sizes.astype(np.int32),
        low=bitmaps[:, 0].copy(),
        high=bitmaps[:, 1].copy(),
    )


def _ranges(segment: Segment, own: Int64) -> Ranges:
    """Where the shingles of some paragraph rows of a segment stand."""
    starts = segment.bounds[segment.paragraph_article[own]] + segment.paragraph_column("first_shingle")[own]
    counts = segment.paragraph_column("shingles")[own]
    return Ranges(segment.shingles, starts, counts, np.zeros((len(own), 2), np.int64))


def _places(state: State, members: Int64) -> list[tuple[Int64, Ranges]]:
    return [
        (which, _ranges(state.open().segment(segment), members[which] & 0xFFFFFFFF))
        for segment, which in by_segment(members >> 32)
    ]


def _to_rows(folder: Path, batches: Batches) -> Batches:
    """Leave for each segment which paragraph rows stand for a distinct set: row, size, low, high."""
    for batch in whole_groups(batches, ["segment"], _ROWS):
        segments = numbers(batch, "segment")
        columns = [numbers(batch, name).astype(np.int64) for name in ("place", "size", "low", "high")]
        columns[0] &= 0xFFFFFFFF
        found = np.stack(columns, axis=1)
        for segment in np.unique(segments).tolist():
            save(folder, f"paragraphs-{segment}", found[segments == segment])
        yield rows(rows=np.array([len(batch)]))


def _entries(state: State, folder: Path, keys: Slice) -> Batches:
    if not (folder / f"paragraphs-{keys.segment}.npy").exists():  # none of its paragraphs is the first of its kind
        return
    segment = state.open().segment(keys.segment)
    chosen = load(folder, f"paragraphs-{keys.segment}")
    index = np.full(segment.entry.paragraphs, -1, np.int64)
    index[chosen[:, 0]] = np.arange(len(chosen))
    for band in range(state.open().manifest.settings.bands):
        found, own = segment.bands.between(keys.low, keys.high, band)
        at = index[own]
        key, at = found[at >= 0].astype(np.int64), at[at >= 0]
        yield rows(
            key=np.int64(band) << BAND_KEY_BITS | key,
            member=np.int64(keys.segment) << 32 | chosen[at, 0],
            size=chosen[at, 1].astype(np.int32),
            low=chosen[at, 2].copy(),
            high=chosen[at, 3].copy(),
        )
