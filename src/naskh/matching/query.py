"""Query: the stored articles that share text with a given one, best first."""

from __future__ import annotations

import numpy as np

from naskh.arrays import Int64, sorted_distinct
from naskh.article import Article, Match, Passage, QueryResult
from naskh.index.segment import Segment
from naskh.index.snapshot import Place, Snapshot
from naskh.matching.candidates import candidates
from naskh.matching.measures import Overlap, overlap
from naskh.matching.passages import Side, passages
from naskh.matching.relation import ORDER, relation_of
from naskh.sketch.reference import sketch_analysis
from naskh.text.analysis import analyse

#: A match shares at least this part of the query or of itself ...
MIN_CONTAINMENT = 0.1
#: ... or so many shingles: a paragraph that two long articles have in common.
MIN_SHARED = 20


def query(snapshot: Snapshot, article: Article, *, min_containment: float = MIN_CONTAINMENT) -> QueryResult:
    """The matches of one article; a stored article of its own id is left out.

    Args:
        snapshot: where to look.
        article: what to look for; it need not be stored.
        min_containment: the floor on the larger of the two containments; at 0.1 or below, articles that share
            at least `MIN_SHARED` shingles are kept below it too; a higher floor is strict.

    """
    settings = snapshot.manifest.settings
    analysis = analyse(article.text)
    sketch = sketch_analysis(analysis, settings)
    own = sorted_distinct([sketch.evidence])
    side = Side(analysis, sketch.shingles, sketch.dateline)
    order = np.argsort(sketch.shingles, kind="stable")
    matches = []
    for number, segment in enumerate(snapshot.segments):
        for row in candidates(segment, sketch, own).tolist():
            shared = overlap(own, sorted_distinct([segment.evidence(row)]))
            if not _is_above_floor(shared, min_containment):
                continue
            stored = snapshot.article(Place(number, row))
            if stored.id != article.id:
                aligned = _passages(segment, row, side, order, settings.shingle_words)
                matches.append(_match(stored, shared, aligned))
    return QueryResult(article.id, tuple(sorted(matches, key=_best_first)))


def _is_above_floor(shared: Overlap, min_containment: float) -> bool:
    if not shared.shared:
        return False
    most = max(shared.containment, shared.containment_in_second)
    return most >= min_containment or (min_containment <= MIN_CONTAINMENT and shared.shared >= MIN_SHARED)


def _passages(segment: Segment, row: int, query_side: Side, order: Int64, size: int) -> tuple[Passage, ...]:
    """The aligned passages; none where the text of the match is not stored."""
    text = segment.text(row)
    if text is None:
        return ()
    match_side = Side(analyse(text), segment.article_shingles(row), segment.dateline(row))
    return passages(query_side, match_side, size, order)


def _match(stored: Article, shared: Overlap, aligned: tuple[Passage, ...]) -> Match:
    return Match(
        id=stored.id,
        outlet=stored.outlet,
        date=stored.date,
        title=stored.title,
        url=stored.url,
        relation=relation_of(shared),
        containment=shared.containment,
        containment_in_match=shared.containment_in_second,
        jaccard=shared.jaccard,
        passages=aligned,
    )


def _best_first(match: Match) -> tuple[int, float, float, str]:
    most = max(match.containment, match.containment_in_match)
    return ORDER.index(match.relation), -most, -match.jaccard, match.id
