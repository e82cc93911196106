"""Query: the stored articles that share text with a given one, best first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from naskh.arrays import Int64, UInt32, look_up, sorted_distinct
from naskh.article import Article, Match, QueryResult
from naskh.index.segment import Segment
from naskh.index.snapshot import Place, Snapshot
from naskh.matching.candidates import candidates
from naskh.matching.evidence import Side, frame_of, put_together, text_figures
from naskh.matching.measures import Overlap
from naskh.matching.passages import passages
from naskh.matching.recurrence import Holder, Recurrence, day_of, in_rows
from naskh.matching.relation import ORDER, relation_of, turns_on_text
from naskh.sketch.reference import ArticleSketch, sketch_analysis
from naskh.text.analysis import analyse

#: A match shares at least this part of the query or of itself ...
MIN_CONTAINMENT = 0.1
#: ... or so many shingles: a paragraph that two long articles have in common.
MIN_SHARED = 20


class _Sharing(NamedTuple):
    """A stored article that shares text with the query: which of the query's distinct shingles it has."""

    stored: Article
    segment: Segment
    row: int
    hits: Int64
    overlap: Overlap


class _Subject(NamedTuple):
    """The query: its distinct shingles, their order in its text (dateline left out), and what sorts its side."""

    article: Article
    sketch: ArticleSketch
    own: UInt32
    text: Int64
    side: Side
    order: Int64
    size: int


def query(
    snapshot: Snapshot, article: Article, *, min_containment: float = MIN_CONTAINMENT, explain: bool = False
) -> QueryResult:
    """The matches of one article; a stored article of its own id is left out.

    Args:
        snapshot: where to look.
        article: what to look for; it need not be stored.
        min_containment: the floor on the larger of the two containments; at 0.1 or below, articles that share
            at least `MIN_SHARED` shingles are kept below it too; a higher floor is strict.
        explain: give the figures behind each match's relation, and the reason.

    """
    subject = _subject(snapshot, article)
    sharing = _sharing_articles(snapshot, subject)
    recurrence = _recurrence(subject, sharing)
    matches = [
        _match(subject, found, recurrence, explain=explain)
        for found in sharing
        if is_above_floor(found.overlap.shared, found.overlap.most, min_containment)
    ]
    return QueryResult(article.id, tuple(sorted(matches, key=_best_first)))


def compare(snapshot: Snapshot, article: Article, place: Place) -> Match | None:
    """One article held against a stored one, explained; None if they share nothing but datelines.

    As in `query`, all articles that share text with the first tell which of its words recur.
    """
    subject = _subject(snapshot, article)
    sharing = _sharing_articles(snapshot, subject)
    found = _sharing(snapshot, place, subject.own)
    if not found.overlap.shared:
        return None
    return _match(subject, found, _recurrence(subject, sharing), explain=True)


def _subject(snapshot: Snapshot, article: Article) -> _Subject:
    settings = snapshot.manifest.settings
    analysis = analyse(article.text)
    sketch = sketch_analysis(analysis, settings)
    own, text = np.unique(sketch.evidence, return_inverse=True)
    side = Side(sketch.shingles, sketch.dateline, analysis)
    return _Subject(
        article, sketch, own, text, side, np.argsort(sketch.shingles, kind="stable"), settings.shingle_words
    )


def _sharing_articles(snapshot: Snapshot, subject: _Subject) -> list[_Sharing]:
    """All stored articles but the query's own that are candidates, with what they share."""
    return [
        found
        for number, segment in enumerate(snapshot.segments)
        for row in candidates(segment, subject.sketch, subject.own).tolist()
        if (found := _sharing(snapshot, Place(number, row), subject.own)).stored.id != subject.article.id
    ]


def _sharing(snapshot: Snapshot, place: Place, own: UInt32) -> _Sharing:
    segment = snapshot.segments[place.segment]
    theirs = sorted_distinct([segment.evidence(place.row)])
    place_in_own, stands = look_up(own, theirs)
    hits = place_in_own[stands]
    return _Sharing(snapshot.article(place), segment, place.row, hits, Overlap(len(own), len(theirs), len(hits)))


def _recurrence(subject: _Subject, sharing: list[_Sharing]) -> Recurrence:
    codes: dict[str, int] = {}

    def holder(article: Article, hits: Int64, rows: Int64) -> Holder:
        outlet = -1 if article.outlet is None else codes.setdefault(article.outlet, len(codes))
        return Holder(day_of(article.date), outlet, hits, rows)

    count = len(subject.own)
    own = holder(subject.article, np.arange(count), np.zeros(0, np.int64))
    return Recurrence(count, own, [holder(f.stored, f.hits, in_rows(subject.text, f.hits, count)) for f in sharing])


def is_above_floor(shared: int, most: float, min_containment: float = MIN_CONTAINMENT) -> bool:
    """Whether a query reports an article: so many shared shingles, and the larger of the two containments."""
    if not shared:
        return False
    return most >= min_containment or (min_containment <= MIN_CONTAINMENT and shared >= MIN_SHARED)


def _match(subject: _Subject, found: _Sharing, recurrence: Recurrence, *, explain: bool) -> Match:
    stored, overlap = found.stored, found.overlap
    text = found.segment.text(found.row)
    theirs = Side(
        found.segment.article_shingles(found.row),
        found.segment.dateline(found.row),
        None if text is None else analyse(text),
    )
    ours = (overlap.first, subject.side.positions, subject.article.id) <= (
        overlap.second, theirs.positions, stored.id
    )  # the query is the shorter  # fmt: skip
    day = day_of(stored.date)
    shorter, longer = (subject.side, theirs) if ours else (theirs, subject.side)
    shared = subject.own[found.hits]
    evidence = put_together(
        overlap if ours else overlap.turned,
        frame_of(shorter, longer, shared, subject.size),
        distinctive=float(recurrence.weights(found.hits, day).sum()),
        boilerplate=int(recurrence.boilerplate[found.hits].sum()),
        days=(day_of(subject.article.date), day),
        outlets=(subject.article.outlet, stored.outlet),
    )
    if explain or turns_on_text(evidence):
        evidence = text_figures(evidence, shorter, longer, shared, subject.size)
    verdict = relation_of(evidence)
    return Match(
        id=stored.id,
        outlet=stored.outlet,
        date=stored.date,
        title=stored.title,
        url=stored.url,
        relation=verdict.relation,
        containment=overlap.containment,
        containment_in_match=overlap.containment_in_second,
        jaccard=overlap.jaccard,
        passages=passages(subject.side, theirs, subject.size, subject.order),
        reason=verdict.reason if explain else None,
        evidence=evidence if explain else None,
    )


def _best_first(match: Match) -> tuple[int, float, float, str]:
    most = max(match.containment, match.containment_in_match)
    return ORDER.index(match.relation), -most, -match.jaccard, match.id
