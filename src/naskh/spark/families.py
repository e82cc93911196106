"""Families over a cluster: those of `naskh.matching.families`, component by component.

A star and what it depends on lie within one component of the links between copies, so that the clustering of the
local engine, given one component, finds what it finds of it in the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from naskh.arrays import Int64, group_bounds
from naskh.article import Bridge, Family
from naskh.matching.families import FAMILY_SCHEMA, MAX_BRIDGES, MIN_RESEMBLANCE, Listed, assembled
from naskh.matching.family_facts import SAMPLED, agency_of, credits_of
from naskh.matching.origin import Member
from naskh.matching.recurrence import UNDATED
from naskh.matching.relation import ORDER
from naskh.matching.relations import COPY, PARTIAL
from naskh.matching.stars import star_clusters
from naskh.spark.components import components
from naskh.spark.evidence import Excerpt
from naskh.spark.numbering import in_order
from naskh.spark.pairs import Compared, ids_of
from naskh.spark.session import Work
from naskh.spark.stored import Batches, State, mapped, numbers, rows, whole_groups

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: Links that are gone through at a time, and members; of one component all, in any case.
_ROWS = 1 << 17
#: Articles whose texts are read at a time.
_ARTICLES = 1 << 12

_STARS = "centre long, member long, revised long, count int, undated boolean, day int, hour double"
FAMILY = (
    "family long, articles array<struct<id string, outlet string, date string, role string, revises string>>, "
    "outlets long, first string, representative string, kind string, credit string, "
    "bridges array<struct<family long, article string, other string, relation string>>"
)


def all_families(work: Work, compared: Compared) -> DataFrame:
    """All families, as `naskh.Index.families` gives them, in order.

    Args:
        work: the run.
        compared: all articles, at the thresholds of `naskh.matching.comparison.Comparison`.

    """
    from pyspark.sql import functions as F  # noqa: N812

    members = _members(work, compared)
    bridges = _bridges(work, compared.pairs, members)
    credited_by = _credits(work, members.select("member"), "credits")
    agencies = _agencies(work, compared.articles, members)
    facts = compared.articles.selectExpr("number AS member", "outlet", "code", "date", "day", "hour")
    known = members.join(facts, "member").join(credited_by, "member")
    listed = known.select(
        "family",
        F.struct("member", "centre", "revised", "outlet", "date", "day", "hour", "credit", "words").alias("one"),
    )
    gathered = listed.groupBy("family").agg(F.collect_list("one").alias("members"))
    whole = gathered.join(bridges, "family", "left")
    ordered = whole.repartitionByRange(work.partitions, "family").sortWithinPartitions("family")
    return mapped(ordered, partial(_gather, work.state, work.folder, agencies), FAMILY)


def _members(work: Work, compared: Compared) -> DataFrame:
    """(family, centre, member, revised): the articles of families, these numbered; `revised` is -1 for none."""
    facts = compared.articles.select("number", "code", "day", "hour")
    alike = compared.pairs.where(f"relation = {COPY} AND jaccard >= {MIN_RESEMBLANCE!r}D").select(
        "first", "second", "jaccard"
    )
    alike = work.kept(alike, "copies")
    of_nodes = work.kept(components(work, alike), "components")
    one = facts.toDF("first", "first_code", "first_day", "first_hour")
    other = facts.toDF("second", "second_code", "second_day", "second_hour")
    links = (
        alike.join(of_nodes.withColumnRenamed("node", "first"), "first").join(one, "first").join(other, "second")
    )
    grouped = links.repartition(work.partitions, "component").sortWithinPartitions("component")
    stars = work.kept(mapped(grouped, _stars, _STARS), "families")
    largest_first = ["count DESC", "undated", "day", "hour", "centre"]
    centres = stars.where("member = centre").selectExpr("centre", "-count AS fewer", "undated", "day", "hour")
    keys = ["fewer", *largest_first[1:]]
    ordered = centres.repartitionByRange(work.partitions, *keys).sortWithinPartitions(*keys)
    numbered, _ = in_order(work, ordered, "families in order")
    named = numbered.selectExpr("centre", "number + 1 AS family")
    return work.kept(stars.select("centre", "member", "revised").join(named, "centre"), "members")


def _stars(batches: Batches) -> Batches:
    """The stars of whole components."""
    for batch in whole_groups(batches, ["component"], _ROWS):
        first, second = numbers(batch, "first"), numbers(batch, "second")
        nodes, at = np.unique(np.concatenate([first, second]), return_index=True)
        day, hour, code = (
            np.concatenate([numbers(batch, f"{side}_{name}") for side in ("first", "second")])[at]
            for name in ("day", "hour", "code")
        )
        order = np.lexsort((hour, day, day == UNDATED))  # which leaves the order of the numbers, else
        rank = np.empty(len(nodes), np.int64)
        rank[order] = np.arange(len(nodes))
        changed = (np.diff(day[order]) != 0) | (np.diff(hour[order]) != 0)
        moment = np.append(0, np.cumsum(changed))[rank]
        one, other = np.searchsorted(nodes, first), np.searchsorted(nodes, second)
        stars = star_clusters(one, other, numbers(batch, "jaccard") ** 2, rank.tolist())
        centre = np.full(len(nodes), -1, np.int64)
        count = np.zeros(len(nodes), np.int32)
        for star, members in stars.items():
            centre[[star, *members]] = star
            count[star] = len(members)
        revised = _revised(one, other, centre, code, moment, rank)
        chosen = np.flatnonzero(centre >= 0)
        middle = centre[chosen]
        yield rows(
            centre=nodes[middle], member=nodes[chosen],
            revised=np.where(revised[chosen] >= 0, nodes[revised[chosen]], -1),
            count=count[middle], undated=day[middle] == UNDATED, day=day[middle], hour=hour[middle],
        )  # fmt: skip


def _revised(one: Int64, other: Int64, centre: Int64, code: Int64, moment: Int64, rank: Int64) -> Int64:
    """As `naskh.matching.families._revisions`, for the nodes of components; -1 for none."""
    left, right = np.concatenate([one, other]), np.concatenate([other, one])
    later = (centre[left] == centre[right]) & (centre[left] >= 0)
    later &= (code[left] == code[right]) & (code[left] >= 0) & (moment[left] < moment[right])
    left, right = left[later], right[later]
    order = np.lexsort((rank[left], right))
    earliest = group_bounds(right[order])[:-1]
    found = np.full(len(centre), -1, np.int64)
    found[right[order][earliest]] = left[order][earliest]
    return found


def _bridges(work: Work, pairs: DataFrame, members: DataFrame) -> DataFrame:
    """(family, bridges): the strongest link to each other family, the strongest of these first."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812

    linked = pairs.where(f"relation <= {PARTIAL}").select("first", "second", "jaccard", "relation")
    of_first = members.selectExpr("member AS first", "family AS first_family")
    of_second = members.selectExpr("member AS second", "family AS second_family")
    across = linked.join(of_first, "first").join(of_second, "second").where("first_family <> second_family")
    across = work.kept(across, "links across")
    there = across.selectExpr(
        "first_family AS family",
        "second_family AS to",
        "-jaccard AS weaker",
        "first AS article",
        "second AS other",
        "relation",
    )
    back = across.selectExpr(
        "second_family AS family",
        "first_family AS to",
        "-jaccard AS weaker",
        "second AS article",
        "first AS other",
        "relation",
    )
    strongest = (
        there.union(back)
        .groupBy("family", "to")
        .agg(F.min(F.struct("weaker", "article", "other", "relation")).alias("link"))
    )
    rank = F.row_number().over(Window.partitionBy("family").orderBy("link.weaker", "to"))
    listed = strongest.withColumn("rank", rank).where(f"rank <= {MAX_BRIDGES}")
    one = F.struct("rank", "to", "link.article", "link.other", "link.relation").alias("one")
    return listed.select("family", one).groupBy("family").agg(F.sort_array(F.collect_list("one")).alias("bridges"))


def _credits(work: Work, articles: DataFrame, name: str) -> DataFrame:
    """(member, credit, words) of articles, by their texts."""
    near = articles.repartition(work.partitions, articles["member"].bitwiseAND(~0x3F)).sortWithinPartitions(
        "member"
    )
    return work.kept(
        mapped(near, partial(_credited, work.state, work.folder), "member long, credit string, words int"), name
    )


def _credited(state: State, folder: Path, batches: Batches) -> Batches:
    for batch in whole_groups(batches, ["member"], _ARTICLES):
        members = numbers(batch, "member")
        articles, back = np.unique(members, return_inverse=True)
        corpus = Excerpt(state.open(), folder, articles)
        credited_by = pa.array(credits_of(corpus, articles), pa.string())
        yield rows(
            member=members,
            credit=credited_by.take(pa.array(back)),
            words=corpus.words(articles)[back].astype(np.int32),
        )


def _agencies(work: Work, articles: DataFrame, members: DataFrame) -> dict[str, str | None]:
    """The agency that each outlet of a family's articles is; see `naskh.matching.family_facts.agency_of`.

    Of each outlet some dozens of articles, evenly spread in the order of their ids, tell it.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812

    of_outlets = articles.where("outlet IS NOT NULL").select("outlet", "code", "part", "number")
    own = members.selectExpr("member AS number").join(of_outlets, "number").select("outlet").distinct()
    known = of_outlets.join(F.broadcast(own), "outlet")
    counts = known.groupBy("outlet", "part").agg(F.count(F.lit(1)).alias("here"))
    whole = Window.partitionBy("outlet")
    before = counts.withColumn("total", F.sum("here").over(whole)).withColumn(
        "before", F.sum("here").over(whole.orderBy("part")) - F.col("here")
    )
    within = F.row_number().over(Window.partitionBy("outlet", "part").orderBy("number")) - 1
    step = f"greatest(1, total DIV {SAMPLED})"
    sampled = (
        known.withColumn("within", within)
        .join(before, ["outlet", "part"])
        .withColumn("at", F.expr("before + within"))
        .where(f"at % {step} = 0 AND at DIV {step} < {SAMPLED}")
        .selectExpr("outlet", "number AS member", "at")
    )
    sampled = work.kept(sampled, "samples of outlets")
    credited_by = _credits(work, sampled.select("member"), "credits of samples")
    credited: dict[str, list[str | None]] = {}
    for row in sampled.join(credited_by, "member").orderBy("outlet", "at").select("outlet", "credit").collect():
        credited.setdefault(row["outlet"], []).append(row["credit"])
    return {outlet: agency_of(outlet, credited_by) for outlet, credited_by in credited.items()}


def _gather(
    state: State, folder: Path, agencies: dict[str, str | None], batches: Batches
) -> Iterator[pa.RecordBatch]:
    """Put families together."""
    for batch in batches:
        gathered = batch.to_pylist()
        named = [
            number
            for row in gathered
            for one in [*row["members"], *(row["bridges"] or [])]
            for number in (one.get("member"), one.get("revised"), one.get("article"), one.get("other"))
            if number is not None and number >= 0
        ]
        articles = np.unique(np.array(named, np.int64))
        ids = dict(zip(articles.tolist(), ids_of(state, folder, articles).to_pylist(), strict=True))
        found = [_family(row, ids, agencies) for row in gathered]
        yield pa.RecordBatch.from_pylist(msgspec.to_builtins(found), FAMILY_SCHEMA)


def _family(row: dict[str, Any], ids: dict[int, str], agencies: dict[str, str | None]) -> Family:
    members = sorted(
        row["members"], key=lambda one: (one["day"] == UNDATED, one["day"], one["hour"], one["member"])
    )
    listed = [
        Listed(
            ids[one["member"]],
            Member(one["outlet"], one["date"], one["credit"], agencies.get(one["outlet"]), one["words"]),
            ids[one["revised"]] if one["revised"] >= 0 else None,
        )
        for one in members
    ]
    bridges = [
        Bridge(
            family=one["to"], article=ids[one["article"]], other=ids[one["other"]], relation=ORDER[one["relation"]]
        )
        for one in row["bridges"] or []
    ]
    first = None if members[0]["day"] == UNDATED else members[0]["date"]
    return assembled(row["family"], listed, first, ids[members[0]["centre"]], bridges)
