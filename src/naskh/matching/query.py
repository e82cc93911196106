"""Query: the stored articles that share text with a given one, best first.

Candidates are counted (`naskh.matching.sharing`), those above the floor are weighed (`naskh.matching.weighing`),
and what is found becomes matches here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from naskh.arrays import Bool, Int64
from naskh.article import Article, Evidence, Match, Passage, QueryResult, Span
from naskh.index.snapshot import Place
from naskh.matching.evidence import Frame, Side, Told, put_together, text_figures, words_of
from naskh.matching.measures import Overlap
from naskh.matching.recurrence import day_of
from naskh.matching.relation import ORDER, relation_of, turns_on_text
from naskh.matching.sharing import MIN_CONTAINMENT, Sharing, distinct_sizes, share, share_with
from naskh.matching.stored import Stored
from naskh.matching.subject import Subject, subject_of
from naskh.matching.weighing import Weighed, recurrence_of, spans_of, weigh
from naskh.text.analysis import Words


class Engine:
    """What counts and weighs; its twin in compiled code is `naskh.matching.compiled.CompiledEngine`."""

    is_compiled = False

    def __init__(self, stored: Stored) -> None:
        self.stored = stored

    def subject(self, article: Article) -> Subject:
        """The query, sketched."""
        return next(self.subjects([article]))

    def subjects(self, articles: Sequence[Article]) -> Iterator[Subject]:
        """Many of them."""
        settings = self.stored.snapshot.manifest.settings
        return (subject_of(article, settings) for article in articles)

    def share(self, subject: Subject, min_containment: float) -> tuple[Sharing, Int64]:
        """See `naskh.matching.sharing`: `share`, with the query itself left out, and `distinct_sizes`."""
        snapshot = self.stored.snapshot
        itself = snapshot.find(subject.article.id)
        sharing = share(snapshot, subject.sketch, subject.own, subject.text, itself)
        return sharing, distinct_sizes(snapshot, sharing, len(subject.own), min_containment)

    def weigh(self, subject: Subject, sharing: Sharing, chosen: Int64, turned: Bool) -> Weighed:
        """See `naskh.matching.weighing.weigh`."""
        recurrence = recurrence_of(self.stored, subject, sharing)
        return weigh(self.stored, subject, recurrence, sharing, chosen, turned)

    def words(self, place: Place, size: int) -> Words | None:
        """The text of a stored article taken apart; None where texts are not stored."""
        return self.stored.segment(place.segment).analysis(place.row, size)

    def spans(self, subject: Subject, places: list[Place], weighed: Weighed) -> tuple[Int64, Int64]:
        """See `naskh.matching.weighing.spans_of`."""
        return spans_of(self.stored, subject, places, weighed)


class _Found(NamedTuple):
    """A stored article that is held against the query: its number among those that share text, and its fields."""

    holder: int
    place: Place
    overlap: Overlap
    fields: dict[str, Any]


def query(
    engine: Engine, subject: Subject, *, min_containment: float = MIN_CONTAINMENT, explain: bool = False
) -> QueryResult:
    """The matches of one article; a stored article of its own id is left out.

    Args:
        engine: where to look, and by which means.
        subject: what to look for; it need not be stored.
        min_containment: the floor on the larger of the two containments; at 0.1 or below, articles that share
            at least `MIN_SHARED` shingles are kept below it too; a higher floor is strict.
        explain: give the figures behind each match's relation, and the reason.

    """
    sharing, sizes = engine.share(subject, min_containment)
    found = _found(engine.stored, subject, sharing, sizes)
    chosen, turned = _chosen(engine.stored, subject, found)
    weighed = engine.weigh(subject, sharing, chosen, turned)
    matches = _matches(engine, subject, sharing, found, turned, weighed, explain=explain)
    return QueryResult(subject.article.id, tuple(sorted(matches, key=_best_first)))


def compare(engine: Engine, article: Article, place: Place) -> Match | None:
    """One article held against a stored one, explained; None if they share nothing but datelines.

    As in `query`, all articles that share text with the first tell which of its words recur.
    """
    stored = engine.stored
    subject = engine.subject(article)
    others, _ = engine.share(subject, MIN_CONTAINMENT)
    segment = stored.snapshot.segments[place.segment]
    one = share_with(segment, place.segment, np.array([place.row]), subject.own, subject.text)
    if not len(one.rows):
        return None
    found = _found(stored, subject, one, distinct_sizes(stored.snapshot, one, len(subject.own), 0.0))
    chosen, turned = _chosen(stored, subject, found)
    weighed = weigh(stored, subject, recurrence_of(stored, subject, others), one, chosen, turned)
    return next(_matches(Engine(stored), subject, one, found, turned, weighed, explain=True))


def _found(stored: Stored, subject: Subject, sharing: Sharing, sizes: Int64) -> list[_Found]:
    """The articles above the floor."""
    holders = np.flatnonzero(sizes)
    columns = (sharing.segments[holders], sharing.rows[holders], sizes[holders], np.diff(sharing.ends)[holders])
    own = len(subject.own)
    return [
        _Found(holder, Place(number, row), Overlap(own, size, shared), stored.segment(number).fields(row))
        for holder, number, row, size, shared in zip(
            holders.tolist(), *(values.tolist() for values in columns), strict=True
        )
    ]


def _chosen(stored: Stored, subject: Subject, found: list[_Found]) -> tuple[Int64, Bool]:
    """Which articles are weighed, and of which of them the query is the longer."""
    own, length, own_id = len(subject.own), len(subject.text), subject.article.id
    turned = [
        own > one.overlap.second
        or (own == one.overlap.second and (length, own_id) > (_positions(stored, one.place), one.fields["id"]))
        for one in found
    ]
    return np.array([one.holder for one in found], np.int64), np.array(turned, np.bool_)


def _positions(stored: Stored, place: Place) -> int:
    """Shingles of a stored article outside its dateline, repeats included."""
    segment = stored.snapshot.segments[place.segment]
    first, end = segment.dateline(place.row)
    return int(segment.bounds[place.row + 1] - segment.bounds[place.row]) - (end - first)


def _matches(
    engine: Engine,
    subject: Subject,
    sharing: Sharing,
    found: list[_Found],
    turned: Bool,
    weighed: Weighed,
    *,
    explain: bool,
) -> Iterator[Match]:
    """The matches, in the order of `found`."""
    stored = engine.stored
    frames, distinctive, boilerplate = (
        values.tolist() for values in (weighed.frames, weighed.distinctive, weighed.boilerplate)
    )
    passages = _passages(engine, subject, [one.place for one in found], weighed)
    own_day = day_of(subject.article.date)
    query = Side(subject.sketch.shingles, subject.sketch.dateline, subject.analysis, Told())
    for n, (one, is_turned) in enumerate(zip(found, turned.tolist(), strict=True)):
        place, overlap, fields = one.place, one.overlap, one.fields
        positions = _positions(stored, place) if is_turned else len(subject.text)
        evidence = put_together(
            overlap.turned if is_turned else overlap,
            Frame(words_of(positions, subject.size), *frames[n]),
            distinctive=distinctive[n],
            boilerplate=boilerplate[n],
            days=(own_day, int(stored.segment(place.segment).days[place.row])),
            outlets=(subject.article.outlet, fields["outlet"]),
        )
        if explain or turns_on_text(evidence):
            evidence = _with_text(engine, subject, query, sharing, one, is_turned, evidence)
        verdict = relation_of(evidence)
        yield Match(
            id=fields["id"],
            outlet=fields["outlet"],
            date=fields["date"],
            title=fields["title"],
            url=fields["url"],
            relation=verdict.relation,
            containment=overlap.containment,
            containment_in_match=overlap.containment_in_second,
            jaccard=overlap.jaccard,
            passages=passages[n],
            reason=verdict.reason if explain else None,
            evidence=evidence if explain else None,
        )


def _with_text(
    engine: Engine,
    subject: Subject,
    query: Side,
    sharing: Sharing,
    one: _Found,
    is_turned: bool,
    evidence: Evidence,
) -> Evidence:
    segment, row = engine.stored.snapshot.segments[one.place.segment], one.place.row
    words = engine.words(one.place, subject.size)
    match = Side(segment.article_shingles(row), segment.dateline(row), words)
    shared = subject.own[sharing.hits[sharing.ends[one.holder] : sharing.ends[one.holder + 1]]]
    sides = (match, query) if is_turned else (query, match)
    return text_figures(evidence, *sides, shared, subject.size)


def _passages(engine: Engine, subject: Subject, places: list[Place], weighed: Weighed) -> list[tuple[Passage, ...]]:
    """The passages of each match; none where texts are not stored."""
    if not len(weighed.runs) or not engine.stored.snapshot.manifest.settings.store_text:
        return [()] * len(places)
    here, there = engine.spans(subject, places, weighed)
    passages = [
        Passage(Span((a, b), (c, d)), Span((e, f), (g, h)), similarity)
        for (a, b, c, d), (e, f, g, h), similarity in zip(
            here.tolist(), there.tolist(), weighed.similarity.tolist(), strict=True
        )
    ]
    return [tuple(passages[first:end]) for first, end in pairwise(weighed.ends.tolist())]


def _best_first(match: Match) -> tuple[int, float, float, str]:
    most = max(match.containment, match.containment_in_match)
    return ORDER.index(match.relation), -most, -match.jaccard, match.id
