"""naskh over a cluster: an index, all pairs and families by Spark, each as the local engine gives it.

It needs the extra, ``pip install 'naskh[spark]'``, Java, and a file system that all machines see under the same
path. See docs/spark.md.

Example:
    >>> from naskh import spark as cluster
    >>> session = cluster.start_session("local[4]")
    >>> cluster.build_index(session, Path("news.naskh"), ["crawl/*.jsonl.gz"])
    >>> with cluster.working(session, Path("news.naskh")) as work:
    ...     cluster.paragraph_pairs(work).write.parquet("pairs.parquet")

"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from naskh.spark.build import BuildReport, build_index
    from naskh.spark.families import all_families
    from naskh.spark.pairs import Compared, compare, named_pairs, paragraph_pairs
    from naskh.spark.session import Work, start_session, working

__all__ = [
    "BuildReport",
    "Compared",
    "Work",
    "all_families",
    "build_index",
    "compare",
    "named_pairs",
    "paragraph_pairs",
    "start_session",
    "working",
]

_MODULES = {
    "build": ("BuildReport", "build_index"),
    "families": ("all_families",),
    "pairs": ("Compared", "compare", "named_pairs", "paragraph_pairs"),
    "session": ("Work", "start_session", "working"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"naskh.spark.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
