"""The figures on the matches of a query: their frames, the weights of what they share, their passages.

The readable reference of `naskh.matching.weighing_kernels`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from naskh.arrays import Bool, Float64, Int64, sorted_distinct
from naskh.index.snapshot import Place
from naskh.matching.evidence import Side, frame_of
from naskh.matching.measures import overlap
from naskh.matching.passages import align
from naskh.matching.recurrence import Holder, Holders, Recurrence, day_of
from naskh.matching.sharing import Sharing
from naskh.matching.spans import span_of_words
from naskh.matching.stored import Stored
from naskh.matching.subject import Subject


class Weighed(NamedTuple):
    """The figures on some matches, one after the other.

    Attributes:
        distinctive: (m,) float64, the sum of the weights of the shared shingles.
        boilerplate: (m,) int64, how many of these are boilerplate.
        frames: (m, 4) int64, those of a `Frame` but for the words.
        ends: (m + 1,) int64: a match has ``runs[ends[i] : ends[i + 1]]``.
        runs: (r, 4) int64, the passages: shingles [first, last] of the query, and of the match.
        similarity: (r,) float64, the Jaccard of the two stretches.

    """

    distinctive: Float64
    boilerplate: Int64
    frames: Int64
    ends: Int64
    runs: Int64
    similarity: Float64


def holders_of(stored: Stored, sharing: Sharing) -> Holders:
    """The articles that share text, as recurrence counts them."""
    days = np.empty(len(sharing.rows), np.int64)
    outlets = np.empty(len(sharing.rows), np.int64)
    for number in sorted_distinct([sharing.segments]).tolist():
        here = sharing.segments == number
        facts = stored.segment(number)
        days[here] = facts.days[sharing.rows[here]]
        outlets[here] = facts.outlets[sharing.rows[here]]
    return Holders(days, outlets, sharing.ends, sharing.hits, sharing.in_rows)


def recurrence_of(stored: Stored, subject: Subject, sharing: Sharing) -> Recurrence:
    """Which of the query's shingles stand where, among all articles that share text with it."""
    article, count = subject.article, len(subject.own)
    own = Holder(day_of(article.date), stored.outlet_code(article.outlet), np.arange(count), np.zeros(0, np.int64))
    return Recurrence(count, own, holders_of(stored, sharing))


def weigh(
    stored: Stored, subject: Subject, recurrence: Recurrence, sharing: Sharing, chosen: Int64, turned: Bool
) -> Weighed:
    """Weigh some of the articles that share text with the query.

    Args:
        stored: where they are.
        subject: the query.
        recurrence: see `recurrence_of`.
        sharing: articles that share text with the query.
        chosen: (m,) int64, which of these are weighed.
        turned: (m,) bool, where the query is the longer of the two.

    """
    sketch, size = subject.sketch, subject.size
    days = holders_of(stored, sharing).days
    order = np.argsort(sketch.shingles, kind="stable")
    query = Side(sketch.shingles, sketch.dateline, None)
    distinctive: list[float] = []
    boilerplate: list[int] = []
    frames: list[tuple[int, ...]] = []
    ends = [0]
    runs: list[tuple[int, ...]] = []
    similarity: list[float] = []
    for holder, is_turned in zip(chosen.tolist(), turned.tolist(), strict=True):
        segment, row = stored.snapshot.segments[sharing.segments[holder]], int(sharing.rows[holder])
        match = Side(segment.article_shingles(row), segment.dateline(row), None)
        hits = sharing.hits[sharing.ends[holder] : sharing.ends[holder + 1]]
        # In one order, shingle by shingle: a sum of numpy's own would depend on how it is cut up.
        distinctive.append(float(np.cumsum(recurrence.weights(hits, int(days[holder])))[-1]))
        boilerplate.append(int(recurrence.boilerplate[hits].sum()))
        sides = (match, query) if is_turned else (query, match)
        frames.append(frame_of(*sides, subject.own[hits], size)[1:])
        for run in align(query.shingles, match.shingles, size, query.dateline, match.dateline, order):
            here = sorted_distinct([query.shingles[run.first : run.last + 1]])
            there = sorted_distinct([match.shingles[run.match_first : run.match_last + 1]])
            runs.append(run[:4])
            similarity.append(overlap(here, there).jaccard)
        ends.append(len(runs))
    return Weighed(
        np.array(distinctive),
        np.array(boilerplate, np.int64),
        np.array(frames, np.int64).reshape(-1, 4),
        np.array(ends),
        np.array(runs, np.int64).reshape(-1, 4),
        np.array(similarity),
    )


def spans_of(stored: Stored, subject: Subject, places: list[Place], weighed: Weighed) -> tuple[Int64, Int64]:
    """Where passages stand, in the query and in the matches.

    Args:
        stored: where the matches are, with their texts.
        subject: the query.
        places: of the matches.
        weighed: the figures on these, in the same order.

    Returns:
        (r, 4) int64 twice: first and last paragraph; first code point, and one past the last.

    """
    here = np.empty((len(weighed.runs), 4), np.int64)
    there = np.empty((len(weighed.runs), 4), np.int64)
    for match, place in enumerate(places):
        runs = range(int(weighed.ends[match]), int(weighed.ends[match + 1]))
        analysis = stored.segment(place.segment).analysis(place.row, subject.size) if runs else None
        for run in runs:
            first, last, match_first, match_last = weighed.runs[run].tolist()
            assert analysis is not None  # noqa: S101
            for out, text, stretch in (
                (here, subject.analysis, (first, last)), (there, analysis, (match_first, match_last))
            ):  # fmt: skip
                span = span_of_words(text, stretch[0], stretch[1] + subject.size)
                out[run] = *span.paragraphs, *span.chars
    return here, there
