"""Real uses of the public API that the type checker must accept (it is checked, not run)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, assert_type

import naskh


def articles() -> Iterator[naskh.Article]:
    yield naskh.Article(id="a", text="نص", outlet="o", date="2025-11-01")


def use_index(folder: Path) -> None:
    index = naskh.Index(folder, naskh.Settings(store_text=True))
    report = index.add(articles())
    assert_type(report.added, int)
    result = index.query("نص", min_containment=0.2)
    assert_type(result, naskh.QueryResult)
    for match in result.matches:
        assert_type(match, naskh.Match)
        assert_type(match.passages, tuple[naskh.Passage, ...])
    assert_type(index.query_id("a").id, str)
    assert_type(index.delete(["a"]), list[str])
    assert_type(len(index), int)
    assert_type(index.compare("a", "b"), naskh.Match | None)
    for family in index.families(workers=2):
        assert_type(family, naskh.Family)
        assert_type(family.articles[0].role, Literal["origin", "copy", "unknown"])
    for head in index.search(title="القدس", date_from="2025-11-01", page=2, size=10).articles:
        assert_type(head.date, str | None)
    assert_type(index.heads(["a"]), dict[str, naskh.Article])
    assert_type([key for key, _ in index.minhashes("paragraph")], list[str | tuple[str, int]])
    evaluation = index.evaluate(sample=100, seed=1)
    assert_type(evaluation, naskh.Evaluation)
    assert_type([at.recall for at in evaluation.thresholds], list[float | None])


def use_texts() -> None:
    assert_type(naskh.normalize("نصّ"), str)
    for block in naskh.repeated_blocks("نص"):
        assert_type(block.occurrences, tuple[naskh.Span, ...])
    assert_type(naskh.without_repeats("نص", similar=True), str)


def use_clean(source: Path, output: Path) -> None:
    report = naskh.clean(
        [source, "-"], output, audit="audit.parquet", keep="longest", prefer=["و"], boilerplate=True
    )
    assert_type(report, naskh.CleanReport)
    assert_type(report.characters_removed.article, int)
