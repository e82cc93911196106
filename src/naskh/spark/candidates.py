"""Which articles may be pairs: by similar paragraphs, by FracMinHash postings; and which of these are."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from naskh.arrays import HALF, LOW, Int64, group_bounds, sorted_distinct
from naskh.matching.corpus import Ranges
from naskh.matching.pair_candidates import MAX_POSTINGS, RAREST
from naskh.sketch.reference import HASH_BITS, frac_limit
from naskh.spark.buckets import bucket_pairs, by_segment, verified
from naskh.spark.numbering import by_number
from naskh.spark.session import Work
from naskh.spark.stored import Batches, Slice, State, load, mapped, numbers, over, rows, slices, whole_groups

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ROWS = 1 << 20


def article_pairs(
    work: Work,
    paragraphs: DataFrame,
    distinct: DataFrame,
    similar: DataFrame,
    min_jaccard: float,
    min_containment: float | None,
) -> DataFrame:
    """Pairs of first copies that `naskh.matching.pairs.join_articles` finds, as `verified` gives them.

    Args:
        work: the run.
        paragraphs: see `naskh.spark.paragraphs.all_paragraphs`.
        distinct: likewise.
        similar: pairs of distinct paragraphs, see `similar_paragraphs`, at `naskh.matching.measures.MIN_JACCARD`.
        min_jaccard: in (0, 1].
        min_containment: in (0, 1]; None for none.

    """
    floor = 2.0 if min_containment is None else min_containment
    linked = _linked(work, paragraphs, distinct, similar)
    by_postings = _by_postings(work, min_jaccard, floor)
    places = partial(_places, work.state, work.folder)
    return verified(work, linked.union(by_postings).distinct(), places, min_jaccard, floor, "pairs of articles")


def _linked(work: Work, paragraphs: DataFrame, distinct: DataFrame, similar: DataFrame) -> DataFrame:
    """As `naskh.matching.pair_candidates._linked`: stock paragraphs, of many articles, link none."""
    from pyspark.sql import functions as F  # noqa: N812

    holders = paragraphs.select("digest", "copy").distinct()
    few = holders.groupBy("digest").agg(F.count(F.lit(1)).alias("held")).where(f"held <= {MAX_POSTINGS}")
    lists = (
        holders.join(few, "digest")
        .groupBy("digest")
        .agg(F.collect_list("copy").alias("articles"))
        .join(distinct.select("digest", "place"), "digest")
        .select("place", "articles")
    )
    lists = work.kept(lists, "articles by paragraph")
    same = lists.where("size(articles) > 1").select(
        F.col("articles").alias("one"), F.col("articles").alias("other")
    )
    one = lists.selectExpr("place AS first", "articles AS one")
    other = lists.selectExpr("place AS second", "articles AS other")
    alike = similar.join(one, "first").join(other, "second").select("one", "other")
    products = (
        alike.union(same).select(F.explode("one").alias("a"), "other").select("a", F.explode("other").alias("b"))
    )
    return products.where("a <> b").selectExpr("least(a, b) AS first", "greatest(a, b) AS second").distinct()


def _by_postings(work: Work, min_jaccard: float, min_containment: float) -> DataFrame:
    """As `naskh.matching.pair_candidates.posting_candidates`, those of a pair that may reach a threshold."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812

    limit = frac_limit(work.manifest.settings.frac_scale)
    cut = slices(work.manifest, work.cores, limit)
    if limit < 1 << HASH_BITS:  # some short texts have hashes beyond
        cut += [Slice(number, limit, 1 << HASH_BITS) for number in range(len(work.manifest.segments))]
    kept_hashes = over(work.spark, cut, partial(_postings, work.state, work.folder), "key long, member long")
    by_hash = kept_hashes.repartition(work.partitions, "key").sortWithinPartitions("key", "member")
    counted = mapped(by_hash, partial(_held, work.folder), "key long, member long, held int, size int")
    postings = work.kept(counted, "postings")
    rare = postings.where(f"held <= {MAX_POSTINGS}")
    frequent = postings.where(f"held > {MAX_POSTINGS}")
    known = rare.groupBy("member").agg(F.count(F.lit(1)).alias("rare"))
    poor = frequent.join(known, "member", "left").fillna(0, ["rare"]).where(f"rare < {RAREST}")
    rank = F.row_number().over(Window.partitionBy("member").orderBy("held", "key"))
    chosen = poor.withColumn("rank", rank).where(f"rank + rare <= {RAREST}")
    members = rare.where("held > 1").select("key", "member", "size").union(chosen.select("key", "member", "size"))
    unmapped = "CAST(0 AS LONG) AS"
    entries = members.selectExpr("key", "member", "size", f"{unmapped} low", f"{unmapped} high")
    return bucket_pairs(work, work.kept(entries, "buckets"), min_jaccard, min_containment, "pairs by postings")


def _postings(state: State, folder: Path, hashes: Slice) -> Batches:
    """The kept hashes of articles, these as the first copies of theirs."""
    if not (folder / f"numbers-{hashes.segment}.npy").exists():  # all of its articles are deleted
        return
    copies = load(folder, f"numbers-{hashes.segment}")[:, 1]
    found, own = state.open().segment(hashes.segment).frac.between(hashes.low, hashes.high)
    members = copies[own]
    alive = members >= 0
    if alive.any():
        yield rows(key=found[alive].astype(np.int64), member=members[alive])


def _held(folder: Path, batches: Batches) -> Batches:
    """Each posting once, with the number of articles that have its hash."""
    for batch in whole_groups(batches, ["key"], _ROWS):
        key, member = numbers(batch, "key").astype(np.uint64), numbers(batch, "member").astype(np.uint64)
        postings = sorted_distinct([key << HALF | member])
        bounds = group_bounds(postings >> HALF)
        members = (postings & LOW).astype(np.int64)
        yield rows(
            key=(postings >> HALF).astype(np.int64),
            member=members,
            held=np.repeat(np.diff(bounds), np.diff(bounds)).astype(np.int32),
            size=by_number(folder).size[members],
        )


def _places(state: State, folder: Path, members: Int64) -> list[tuple[Int64, Ranges]]:
    """Where the shingles of articles stand, their datelines left out."""
    place = by_number(folder).place[members]
    found = []
    for segment_number, which in by_segment(place >> 32):
        segment = state.open().segment(segment_number)
        own = place[which] & 0xFFFFFFFF
        gaps = np.stack([edges[own] for edges in segment.datelines], axis=1).astype(np.int64)
        found.append((which, Ranges(segment.shingles, segment.bounds[own], segment.shingle_counts(own), gaps)))
    return found
