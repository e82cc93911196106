"""The relation of two articles that share text: copy, partial, quote or formula, decided on evidence.

Rules in order, each with its reason; the limits were read off one half of the labelled pairs and are reported
on the other (`python -m benchmarks.labels`). What matters most is how much of the shared text is the story's
own: the sum of the weights of the shared shingles, in which formulas count for next to nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from naskh.article import Evidence, Relation
from naskh.matching.measures import share as share_of
from naskh.matching.recurrence import STORY_DAYS

#: From so many shared words of the shorter article on, most of its body is the other's text. Words rather than
#: shingles: a changed word breaks three shingles, but is one word.
COPY_SHARE = 0.55
#: Two articles share a story's own words when the weights of their shared shingles come to so much: about two
#: sentences that no other story has ...
DISTINCTIVE = 26.5
#: ... or so many times that where a date is not known, and other stories are told less well, ...
UNDATED_FACTOR = 1.4
#: ... or somewhat less where most words of the shorter article are shared, and most of these its own.
DISTINCTIVE_SHORT = 18.0
SHORT_SHARE = 0.67
SHORT_RATIO = 0.55
#: Two outlets that have so much of an article in common on one day have it from one source, in whatever words.
SAME_DAY_SHARE = 0.64
#: So much of an article is the whole of it, be it made of formulas ...
WHOLE_CONTAINMENT = 0.76
#: ... unless more of its words than this are substituted (another name in the same cable), ...
WHOLE_SUBSTITUTED = 0.07
#: ... or it has fewer words than this.
WHOLE_WORDS = 12
#: The same frame, most of an article, more than so many days later (`BACKGROUND_DAYS` for a part) with so many
#: substitutions tells of another event, unless it is nearly the whole article; ...
LATER_DAYS = 4
LATER_SUBSTITUTIONS = 2
LATER_CONTAINMENT = 0.8
#: ... and what is shared more than so many days apart is standing background or a recurring notice, unless it
#: has so much of its own, and so many words of it in a row.
BACKGROUND_DAYS = 7
BACKGROUND_DISTINCTIVE = 60.0
BACKGROUND_WORDS = 25
#: ... and of what is shared by articles of different stories (`STORY_DAYS`) at least this part must be their own.
LATER_RATIO = 0.3
#: Of standings, prices and tables the numbers change: so many of them, and so many times those that are kept.
CHANGED_NUMBERS = 5
CHANGED_RATIO = 3
#: ... or more than are kept, where the same outlet has less than this of the article again on another day, which
#: is then its next bulletin, ...
BULLETIN_CONTAINMENT = 0.5
#: ... and with them at least this share of the words of the frame.
CHANGED_PART = 0.125
#: Without dates, a part that was taken over has at least so many words in a row, a sentence; else phrases are
#: scattered.
PARTIAL_ROW = 13
#: A sentence or two are no more than a quote, in whoever's words ...
QUOTE_WORDS = 25
#: ... and words of which this share is speech are one, if they are few, ...
SPEECH_SHARE = 0.83
SPEECH_WORDS = 40
SPEECH_PART = 0.25
#: ... or somewhat more, but a smaller part of the article.
LONG_SPEECH_WORDS = 70
LONG_SPEECH_PART = 0.125
#: Less than a story's own words, but so much, and little else shared, is a turn of somebody's speech.
QUOTE_DISTINCTIVE = 8.0
QUOTE_RATIO = 0.6

#: From the strongest relation to the weakest.
ORDER: tuple[Relation, ...] = ("copy", "partial", "quote", "formula")


class Verdict(NamedTuple):
    """A relation and, in a few words, why."""

    relation: Relation
    reason: str


def relation_of(evidence: Evidence) -> Verdict:
    """What the evidence on two articles amounts to."""
    share = share_of(evidence.shared_words, evidence.words)
    reason = _story(evidence, share)
    if reason is None:
        return _no_story(evidence, share)
    if _is_later_event(evidence, share):
        return Verdict("formula", "the same frame, days apart, with other words in it")
    if _numbers_changed(evidence):
        return Verdict("formula", "the same frame with other numbers")
    if _is_background(evidence):
        return Verdict("formula", "a standing background or a recurring notice, days apart")
    if share >= COPY_SHARE:
        return Verdict("copy", f"most of the shorter article, {reason}")
    if evidence.shared_words <= QUOTE_WORDS:
        return Verdict("quote", "a sentence or two")
    if _is_speech(evidence, share):
        return Verdict("quote", "somebody's words, in reports that are otherwise independent")
    if evidence.days_apart is None and evidence.longest < PARTIAL_ROW:
        return _no_story(evidence, share)
    return Verdict("partial", f"a part of the shorter article, {reason}")


def turns_on_text(evidence: Evidence) -> bool:
    """Whether the verdict may depend on what only the texts tell: numbers and speech."""
    share = share_of(evidence.shared_words, evidence.words)
    if _story(evidence, share) is None or _is_later_event(evidence, share):
        return False
    return _is_dense_frame(evidence) or _is_small(evidence, share)


def _story(evidence: Evidence, share: float) -> str | None:
    """Why the shared text is a story's own; None if it is not."""
    if evidence.distinctive >= DISTINCTIVE * (UNDATED_FACTOR if evidence.days_apart is None else 1.0):
        return "in words that other stories lack"
    own = share_of(evidence.distinctive, evidence.shared)
    if evidence.distinctive >= DISTINCTIVE_SHORT and share >= SHORT_SHARE and own >= SHORT_RATIO:
        return "in words that other stories lack, though few"
    two_outlets_one_day = evidence.days_apart == 0 and evidence.same_outlet is False
    if two_outlets_one_day and share >= SAME_DAY_SHARE and evidence.words >= WHOLE_WORDS:
        return "in two outlets on one day"
    return "nearly word for word" if _is_whole(evidence) else None


def _is_whole(evidence: Evidence) -> bool:
    substituted = share_of(evidence.substituted_words, evidence.shared_words)
    most = evidence.containment >= WHOLE_CONTAINMENT and substituted <= WHOLE_SUBSTITUTED
    return most and evidence.words >= WHOLE_WORDS


def _no_story(evidence: Evidence, share: float) -> Verdict:
    """A quote or a formula."""
    own = share_of(evidence.distinctive, evidence.shared)
    same_days = evidence.days_apart is None or evidence.days_apart <= BACKGROUND_DAYS
    if evidence.distinctive >= QUOTE_DISTINCTIVE and own >= QUOTE_RATIO and same_days and share < COPY_SHARE:
        return Verdict("quote", "a few words that other stories lack")
    if own >= QUOTE_RATIO:
        return Verdict("formula", "too few words to tell of copying")
    return Verdict("formula", "words that stand in other stories too")


def _is_later_event(evidence: Evidence, share: float) -> bool:
    days = evidence.days_apart
    least = LATER_DAYS if share >= COPY_SHARE else BACKGROUND_DAYS
    if days is None or days <= least or evidence.containment >= LATER_CONTAINMENT:
        return False
    return evidence.substitutions >= LATER_SUBSTITUTIONS


def _is_background(evidence: Evidence) -> bool:
    days = evidence.days_apart
    if days is None or days <= STORY_DAYS:
        return False
    if evidence.containment < LATER_CONTAINMENT and share_of(evidence.distinctive, evidence.shared) < LATER_RATIO:
        return True
    little = evidence.distinctive < BACKGROUND_DISTINCTIVE or evidence.longest < BACKGROUND_WORDS
    return days > BACKGROUND_DAYS and little and not _is_whole(evidence)


def _numbers_changed(evidence: Evidence) -> bool:
    if evidence.numbers_changed is None or evidence.numbers_kept is None or not _is_dense_frame(evidence):
        return False
    changed = evidence.numbers_changed
    ratio = 1 if _is_bulletin(evidence) else CHANGED_RATIO
    return changed >= CHANGED_NUMBERS and changed > ratio * evidence.numbers_kept


def _is_bulletin(evidence: Evidence) -> bool:
    """Whether the two may be an outlet's reports of a kind that it has again and again."""
    another_day = evidence.days_apart is not None and evidence.days_apart > 0
    return another_day and evidence.same_outlet is True and evidence.containment < BULLETIN_CONTAINMENT


def _is_dense_frame(evidence: Evidence) -> bool:
    least = max(CHANGED_NUMBERS, CHANGED_PART * evidence.shared_words)
    return evidence.substituted_words >= least


def _is_speech(evidence: Evidence, share: float) -> bool:
    return evidence.speech is not None and evidence.speech >= SPEECH_SHARE and _is_small(evidence, share)


def _is_small(evidence: Evidence, share: float) -> bool:
    few = evidence.shared_words < SPEECH_WORDS and share < SPEECH_PART
    return few or (evidence.shared_words < LONG_SPEECH_WORDS and share < LONG_SPEECH_PART)
