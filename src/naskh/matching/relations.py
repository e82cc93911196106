"""The relations of many pairs at once: `naskh.matching.relation` on arrays, rule for rule; it has the reasons."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from naskh.arrays import Bool, Float64, Int8, Int64
from naskh.article import Evidence
from naskh.matching import relation as limits
from naskh.matching.recurrence import STORY_DAYS

COPY, PARTIAL, QUOTE, FORMULA = range(len(limits.ORDER))


class Figures(NamedTuple):
    """The evidence on pairs of articles, a column each; see `naskh.article.Evidence`.

    All are (n,). `days_apart`, `same_outlet`, `numbers_kept` and `numbers_changed` are -1 where they are not known,
    or not needed; `speech` is nan there.
    """

    shared: Int64
    distinctive: Float64
    boilerplate: Int64
    containment: Float64
    words: Int64
    shared_words: Int64
    longest: Int64
    substitutions: Int64
    substituted_words: Int64
    days_apart: Int64
    same_outlet: Int64
    numbers_kept: Int64
    numbers_changed: Int64
    speech: Float64

    def evidence(self, row: int) -> Evidence:
        """That on one pair."""
        known = dict(zip(self._fields, (column[row].item() for column in self), strict=True))
        for name in ("days_apart", "same_outlet", "numbers_kept", "numbers_changed"):
            known[name] = None if known[name] < 0 else known[name]
        known["same_outlet"] = None if known["same_outlet"] is None else bool(known["same_outlet"])
        known["speech"] = None if np.isnan(known["speech"]) else known["speech"]
        return Evidence(**known)

    @property
    def share(self) -> Float64:
        """The share of the shorter article's words that is shared."""
        return _share(self.shared_words, self.words)

    @property
    def own(self) -> Float64:
        """The share of what is shared that is the story's own."""
        return _share(self.distinctive, self.shared)

    @property
    def is_dated(self) -> Bool:
        """Whether both dates are known."""
        return self.days_apart >= 0


def relations_of(figures: Figures) -> Int8:
    """The relation of each pair, as `naskh.matching.relation.relation_of` tells it: (n,), into its `ORDER`."""
    share = figures.share
    is_story = _is_story(figures)
    scattered = ~figures.is_dated & (figures.longest < limits.PARTIAL_ROW)
    rules: list[tuple[Bool, int | Int64]] = [
        (~is_story, _no_story(figures)),
        (_is_later_event(figures) | _numbers_changed(figures) | _is_background(figures), FORMULA),
        (share >= limits.COPY_SHARE, COPY),
        (figures.shared_words <= limits.QUOTE_WORDS, QUOTE),
        ((figures.speech >= limits.SPEECH_SHARE) & _is_small(figures), QUOTE),
        (scattered, _no_story(figures)),
    ]
    return np.select([rule for rule, _ in rules], [found for _, found in rules], PARTIAL).astype(np.int8)


def needs_numbers(figures: Figures) -> Bool:
    """Whether the relation may depend on numbers that were changed."""
    undecided = _is_story(figures) & ~_is_later_event(figures) & ~_is_background(figures)
    return undecided & _is_dense_frame(figures)


def needs_speech(figures: Figures) -> Bool:
    """Whether the relation may depend on how much of the shared text is speech, whatever of the numbers."""
    undecided = _is_story(figures) & ~_is_later_event(figures) & ~_is_background(figures)
    long = (figures.shared_words > limits.QUOTE_WORDS) & (figures.share < limits.COPY_SHARE)
    return undecided & long & _is_small(figures)


def _share(part: Int64 | Float64, whole: Int64) -> Float64:
    """As `naskh.matching.measures.share`."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole != 0)


def _is_story(figures: Figures) -> Bool:
    share = figures.share
    least = np.where(figures.is_dated, limits.DISTINCTIVE, limits.DISTINCTIVE * limits.UNDATED_FACTOR)
    few = (figures.distinctive >= limits.DISTINCTIVE_SHORT) & (share >= limits.SHORT_SHARE)
    two_outlets_one_day = (figures.days_apart == 0) & (figures.same_outlet == 0)
    same_day = two_outlets_one_day & (share >= limits.SAME_DAY_SHARE) & (figures.words >= limits.WHOLE_WORDS)
    own = few & (figures.own >= limits.SHORT_RATIO)
    found: Bool = (figures.distinctive >= least) | own | same_day | _is_whole(figures)
    return found


def _is_whole(figures: Figures) -> Bool:
    substituted = _share(figures.substituted_words, figures.shared_words)
    most = (figures.containment >= limits.WHOLE_CONTAINMENT) & (substituted <= limits.WHOLE_SUBSTITUTED)
    found: Bool = most & (figures.words >= limits.WHOLE_WORDS)
    return found


def _no_story(figures: Figures) -> Int64:
    own = (figures.distinctive >= limits.QUOTE_DISTINCTIVE) & (figures.own >= limits.QUOTE_RATIO)
    same_days = figures.days_apart <= limits.BACKGROUND_DAYS  # or not known
    return np.where(own & same_days & (figures.share < limits.COPY_SHARE), QUOTE, FORMULA)


def _is_later_event(figures: Figures) -> Bool:
    least = np.where(figures.share >= limits.COPY_SHARE, limits.LATER_DAYS, limits.BACKGROUND_DAYS)
    later = (figures.days_apart > least) & (figures.containment < limits.LATER_CONTAINMENT)
    found: Bool = later & (figures.substitutions >= limits.LATER_SUBSTITUTIONS)
    return found


def _is_background(figures: Figures) -> Bool:
    stock = (figures.containment < limits.LATER_CONTAINMENT) & (figures.own < limits.LATER_RATIO)
    little = (figures.distinctive < limits.BACKGROUND_DISTINCTIVE) | (figures.longest < limits.BACKGROUND_WORDS)
    recurring = (figures.days_apart > limits.BACKGROUND_DAYS) & little & ~_is_whole(figures)
    found: Bool = (figures.days_apart > STORY_DAYS) & (stock | recurring)
    return found


def _numbers_changed(figures: Figures) -> Bool:
    changed = figures.numbers_changed
    ratio = np.where(_is_bulletin(figures), 1, limits.CHANGED_RATIO)
    many = (changed >= limits.CHANGED_NUMBERS) & (changed > ratio * figures.numbers_kept)
    found: Bool = many & _is_dense_frame(figures)
    return found


def _is_bulletin(figures: Figures) -> Bool:
    another_day = figures.days_apart > 0
    found: Bool = another_day & (figures.same_outlet == 1) & (figures.containment < limits.BULLETIN_CONTAINMENT)
    return found


def _is_dense_frame(figures: Figures) -> Bool:
    least = np.maximum(limits.CHANGED_NUMBERS, limits.CHANGED_PART * figures.shared_words)
    found: Bool = figures.substituted_words >= least
    return found


def _is_small(figures: Figures) -> Bool:
    few = (figures.shared_words < limits.SPEECH_WORDS) & (figures.share < limits.SPEECH_PART)
    long = (figures.shared_words < limits.LONG_SPEECH_WORDS) & (figures.share < limits.LONG_SPEECH_PART)
    found: Bool = few | long
    return found
