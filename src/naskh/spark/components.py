"""Connected components by alternating large-star and small-star (Kiveris et al. 2014), by joins and grouping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naskh.spark.session import Work

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: Rounds that are made at most. Each about halves the longest path, so that 2 ** 30 nodes need half as many.
_ROUNDS = 64


def components(work: Work, links: DataFrame) -> DataFrame:
    """The lowest node that each linked node is connected with.

    Args:
        work: the run.
        links: (first, second), distinct nodes.

    Returns:
        (node, component), each linked node once.

    """
    edges = work.kept(
        links.selectExpr("least(first, second) AS low", "greatest(first, second) AS high").distinct(), "links"
    )
    sums = _sums(edges)
    for number in range(_ROUNDS):
        edges = work.kept(_small_star(_large_star(edges)), f"stars, round {number + 1}")
        before, sums = sums, _sums(edges)
        if sums == before:
            break
    else:
        raise RuntimeError(f"components were not found in {_ROUNDS} rounds")
    roots = edges.select("low").distinct().selectExpr("low AS node", "low AS component")
    return edges.selectExpr("high AS node", "low AS component").union(roots)


def _large_star(edges: DataFrame) -> DataFrame:
    """Link each node's higher neighbours to the lowest of its neighbours and itself."""
    both = edges.selectExpr("low AS node", "high AS other").union(edges.selectExpr("high AS node", "low AS other"))
    lowest = both.groupBy("node").agg({"other": "min"}).toDF("node", "lowest")
    near = both.join(lowest.selectExpr("node", "least(node, lowest) AS lowest"), "node")
    return near.where("other > node").selectExpr("lowest AS low", "other AS high").distinct()


def _small_star(edges: DataFrame) -> DataFrame:
    """Link each node and its lower neighbours to the lowest of these."""
    lowest = edges.groupBy("high").agg({"low": "min"}).toDF("high", "lowest")
    near = edges.join(lowest, "high").where("low > lowest").selectExpr("lowest AS low", "low AS high")
    return near.union(lowest.selectExpr("lowest AS low", "high")).distinct()


def _sums(edges: DataFrame) -> tuple[int, ...]:
    """What changes as long as the edges do: how many there are, and the sum of a hash of each."""
    row = edges.selectExpr(
        "count(*)", "bit_xor(xxhash64(low, high))", "sum(CAST(low AS DECIMAL(38, 0)))"
    ).collect()[0]
    return tuple(row)
