"""All duplicate pairs of an index, on a cluster: the rows of `naskh.matching.pairs`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from naskh.arrays import Int64
from naskh.matching.measures import MIN_JACCARD
from naskh.matching.relation import ORDER
from naskh.spark.buckets import by_segment
from naskh.spark.candidates import article_pairs
from naskh.spark.evidence import related
from naskh.spark.expansion import expanded
from naskh.spark.inverted import invert
from naskh.spark.numbering import by_number, number_articles
from naskh.spark.paragraphs import all_paragraphs, similar_paragraphs
from naskh.spark.session import Work
from naskh.spark.stored import Batches, State, mapped, numbers, rows

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_RELATIONS = pa.array(ORDER, pa.string())

_PARAGRAPH_PAIRS = "article_a string, paragraph_a int, article_b string, paragraph_b int, jaccard double"
_ARTICLE_PAIRS = (
    "article_a string, article_b string, relation string, "
    "containment_a double, containment_b double, jaccard double"
)


class Compared(NamedTuple):
    """What a comparison of all articles found.

    Attributes:
        articles: see `naskh.spark.numbering.number_articles`.
        pairs: by number, see `naskh.spark.evidence.related`; kept, in order.

    """

    articles: DataFrame
    pairs: DataFrame


def paragraph_pairs(work: Work, min_jaccard: float = MIN_JACCARD) -> DataFrame:
    """All pairs of paragraphs, as `naskh.Index.pairs("paragraph")` gives them, in order."""
    from pyspark.sql import functions as F  # noqa: N812

    work.check()
    number_articles(work)
    paragraphs, distinct = all_paragraphs(work)
    similar = similar_paragraphs(work, distinct, min_jaccard)
    sets = distinct.selectExpr("place AS set", "size", "copies")
    member = F.struct("article", "number").alias("member")
    members = paragraphs.select("digest", member).join(distinct.selectExpr("digest", "place AS set"), "digest")
    pairs = expanded(work, similar, sets, members.select("set", "member"), "pairs of paragraphs")
    flat = pairs.selectExpr(
        "one.article AS one", "one.number AS one_number", "other.article AS other", "other.number AS other_number",
        "shared / (one_size + other_size - shared) AS jaccard",
    )  # fmt: skip
    keys = ["one", "one_number", "other", "other_number"]
    ordered = flat.repartitionByRange(work.partitions, *keys).sortWithinPartitions(*keys)
    return mapped(ordered, partial(_name_paragraphs, work.state, work.folder), _PARAGRAPH_PAIRS)


def compare(work: Work, min_jaccard: float, min_containment: float | None) -> Compared:
    """Compare all articles, as `naskh.matching.pairs.related_articles` does."""
    work.check()
    articles = number_articles(work)
    paragraphs, distinct = all_paragraphs(work)
    similar = similar_paragraphs(work, distinct, MIN_JACCARD)
    found = article_pairs(work, paragraphs, distinct, similar, min_jaccard, min_containment)
    sets = articles.groupBy("copy").agg({"size": "first", "number": "count"})
    sets = sets.toDF("set", *sets.columns[1:]).selectExpr(
        "set", "`first(size)` AS size", "`count(number)` AS copies"
    )
    members = articles.selectExpr("copy AS set", "number AS member")
    pairs = expanded(work, found, sets, members, "all pairs of articles")
    outlets = int(articles.agg({"code": "max"}).collect()[0][0] or 0) + 1
    shift = invert(work, outlets)
    return Compared(articles, work.kept(related(work, pairs, shift), "relations"))


def named_pairs(
    work: Work, compared: Compared, min_jaccard: float = MIN_JACCARD, min_containment: float | None = None
) -> DataFrame:
    """The pairs that reach a threshold, as `naskh.Index.pairs("article")` gives them, in order."""
    in_one, in_other = "shared / greatest(first_size, 1)", "shared / greatest(second_size, 1)"
    reaches = f"jaccard >= {min_jaccard!r}D"
    if min_containment is not None:
        reaches += f" OR greatest({in_one}, {in_other}) >= {min_containment!r}D"
    chosen = compared.pairs.where(reaches).selectExpr(
        "first", "second", "relation", f"{in_one} AS in_first", f"{in_other} AS in_second", "jaccard"
    )
    ordered = chosen.repartitionByRange(work.partitions, "first", "second").sortWithinPartitions("first", "second")
    return mapped(ordered, partial(_name_articles, work.state, work.folder), _ARTICLE_PAIRS)


def ids_of(state: State, folder: Path, articles: Int64) -> pa.Array:
    """The ids of articles by number."""
    distinct, back = np.unique(articles, return_inverse=True)
    place = by_number(folder).place[distinct]
    parts, order = [pa.array([], pa.string())], [np.zeros(0, np.int64)]
    for segment, which in by_segment(place >> 32):
        column = state.open().segment(segment).articles.column("id")
        parts.append(column.take(pa.array(place[which] & 0xFFFFFFFF)))
        order.append(which)
    found = pa.concat_arrays(parts)
    return found.take(pa.array(np.argsort(np.concatenate(order))[back]))


def _name_paragraphs(state: State, folder: Path, batches: Batches) -> Batches:
    for batch in batches:
        yield rows(
            article_a=ids_of(state, folder, numbers(batch, "one")),
            paragraph_a=numbers(batch, "one_number"),
            article_b=ids_of(state, folder, numbers(batch, "other")),
            paragraph_b=numbers(batch, "other_number"),
            jaccard=numbers(batch, "jaccard"),
        )


def _name_articles(state: State, folder: Path, batches: Batches) -> Batches:
    for batch in batches:
        yield rows(
            article_a=ids_of(state, folder, numbers(batch, "first")),
            article_b=ids_of(state, folder, numbers(batch, "second")),
            relation=_RELATIONS.take(pa.array(numbers(batch, "relation"))),
            containment_a=numbers(batch, "in_first"),
            containment_b=numbers(batch, "in_second"),
            jaccard=numbers(batch, "jaccard"),
        )
