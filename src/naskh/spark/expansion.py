"""From pairs of distinct sets to pairs of all that have them, exact copies included, spread evenly over tasks.

A paragraph that stands in a tenth of the articles makes pairs with the square of their number: they are what was
asked for, but no one task makes them all. Who has a set is cut into lists of some hundreds, and each two lists of a
pair are a row of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from naskh.spark.session import Work

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: Members of a list.
_LIST = 256


def expanded(work: Work, pairs: DataFrame, sets: DataFrame, members: DataFrame, name: str) -> DataFrame:
    """All pairs of members, of sets that are a pair, and of one set.

    Args:
        work: the run.
        pairs: (first, second, shared, first_size, second_size), of sets.
        sets: (set, size, copies).
        members: (set, member), `member` of any type that has an order.
        name: under which they are kept.

    Returns:
        (one, other, shared, one_size, other_size), one before the other.

    """
    from pyspark.sql import functions as F  # noqa: N812

    many = sets.where(f"copies > {_LIST}").selectExpr("set", f"CAST(ceil(copies / {_LIST}) AS INT) AS lists")
    cut = members.join(F.broadcast(many), "set", "left").selectExpr(
        "set", "member", "coalesce(lists, 1) AS lists",
        "CAST(pmod(xxhash64(member), coalesce(lists, 1)) AS INT) AS list",
    )  # fmt: skip
    lists = work.kept(
        cut.groupBy("set", "list").agg(F.first("lists").alias("lists"), F.collect_list("member").alias("members")),
        name + ": lists",
    )
    copies = sets.where("copies > 1 AND size > 0").selectExpr(
        "set AS first", "set AS second", "size AS shared", "size AS first_size", "size AS second_size"
    )
    one = lists.selectExpr("set AS first", "list AS first_list", "members AS first_members")
    other = lists.selectExpr("set AS second", "list AS second_list", "members AS second_members")
    both = (
        pairs.select(*copies.columns)
        .union(copies)
        .join(one, "first")
        .join(other, "second")
        .where("first <> second OR first_list <= second_list")
        .repartition(work.partitions)
    )
    products = both.select("*", F.explode("first_members").alias("one")).select(
        "*", F.explode("second_members").alias("other")
    )
    within = "first = second AND first_list = second_list"
    chosen = products.where(f"NOT ({within}) OR one < other").selectExpr(
        "least(one, other) AS one", "greatest(one, other) AS other", "shared",
        "IF(one < other, first_size, second_size) AS one_size",
        "IF(one < other, second_size, first_size) AS other_size",
    )  # fmt: skip
    return work.kept(chosen, name)
