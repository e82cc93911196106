"""What naskh or a peer found, held against all pairs of articles at Jaccard 0.5 and above.

usage: python -m benchmarks.found EXACT.parquet FOUND...

EXACT is what `benchmarks.exact_pairs` writes. A FOUND ending in .parquet is what ``naskh pairs`` writes, one in
.jsonl what ``naskh families`` does, and one in .json what a peer's adaptor does (see `benchmarks.peers.adaptor`).
Prints one JSON object for each FOUND, a line each. It runs in a process of its own since the one that measures must
stay small (see `benchmarks.measure.run`).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

Pair = tuple[str, str]


class Agreement(TypedDict):
    """How what was found agrees with the exact pairs."""

    #: Exact pairs, and the articles that are in one.
    exact_pairs: int
    exact_articles: int
    #: Exact pairs that were found: both articles in one group; None where no pairs are told.
    pairs_found: int | None
    #: Articles that were found to have a duplicate, and those of them that are in an exact pair.
    flagged: int
    flagged_exact: int
    #: Articles that go when one of each group stays; None where no groups are told.
    removed: int | None


class Findings(NamedTuple):
    """What was found, in one form for all."""

    #: The group of each article that has a duplicate; empty where groups are not told.
    group: dict[str, str]
    #: Pairs, where they are told as such.
    pairs: frozenset[Pair] | None
    flagged: frozenset[str]


def components(groups: Iterable[Sequence[str]]) -> dict[str, str]:
    """One name for all articles that any chain of groups links; groups of one article count for nothing."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for group in groups:
        for other in group[1:]:
            if other != group[0]:
                parent[root(other)] = root(group[0])
    return {name: root(name) for name in parent}


def in_order(pairs: Iterable[Sequence[str]]) -> frozenset[Pair]:
    """Pairs with the lesser id first."""
    return frozenset((min(a, b), max(a, b)) for a, b in pairs)


def findings(found: dict[str, Any]) -> Findings:
    """Bring one of the three forms of `benchmarks.peers.adaptor` into one."""
    if "flagged" in found:
        return Findings({}, None, frozenset(found["flagged"]))
    pairs = in_order(found["pairs"]) if "pairs" in found else None
    group = components(found["groups"] if pairs is None else pairs)
    return Findings(group, pairs, frozenset(group))


def read(path: Path) -> dict[str, Any]:
    """A file of findings; see the module."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(path, columns=["article_a", "article_b"]).to_pydict()
        return {"pairs": list(zip(table["article_a"], table["article_b"], strict=True))}
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        families = map(json.loads, text.splitlines())
        return {"groups": [[article["id"] for article in family["articles"]] for family in families]}
    found: dict[str, Any] = json.loads(text)
    return found


def agreement(exact: frozenset[Pair], found: Findings) -> Agreement:
    """Count."""
    articles = frozenset(article for pair in exact for article in pair)
    pairs_found: int | None = None
    if found.pairs is not None:
        pairs_found = len(exact & found.pairs)
    elif found.group:
        pairs_found = sum(a in found.group and found.group[a] == found.group.get(b) for a, b in exact)
    return {
        "exact_pairs": len(exact),
        "exact_articles": len(articles),
        "pairs_found": pairs_found,
        "flagged": len(found.flagged),
        "flagged_exact": len(found.flagged & articles),
        "removed": len(found.group) - len(Counter(found.group.values())) if found.group else None,
    }


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exact", type=Path)
    parser.add_argument("found", type=Path, nargs="+")
    options = parser.parse_args()
    exact = in_order(read(options.exact)["pairs"])
    for path in options.found:
        print(json.dumps(agreement(exact, findings(read(path)))))


if __name__ == "__main__":
    main()
