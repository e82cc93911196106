"""The evidence on two articles that share text: the figures from which their relation is decided.

Most of it is about the shorter article (the one with fewer distinct shingles): how much of it stands in the
other, what of that is the story's own, and how the frame around the shared text differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from msgspec import structs

from naskh.arrays import Bool, UInt32, look_up
from naskh.article import Evidence
from naskh.matching.measures import Overlap
from naskh.matching.recurrence import UNDATED
from naskh.text.analysis import Line, Words
from naskh.text.speech import line_speech

#: A gap of so many words in both texts between shared words is a substitution: other names, other numbers.
MAX_SUBSTITUTED = 8
#: Gaps of up to so many words in the other text are looked at.
MAX_OTHER_GAP = 12


class Side(NamedTuple):
    """One of two articles: its shingles in text order, those that touch its dateline, and its text taken apart.

    `told` keeps what its text tells, for one that is held against many.
    """

    shingles: UInt32
    dateline: tuple[int, int]
    analysis: Words | None
    told: Told | None = None

    @property
    def positions(self) -> int:
        """Shingles outside the dateline, repeats included."""
        return len(self.shingles) - (self.dateline[1] - self.dateline[0])


class Told:
    """What the paragraphs of a text tell: looked at when first asked for, and kept."""

    def __init__(self) -> None:
        self._numeric: dict[int, Bool] = {}
        self._speech: dict[int, Bool] = {}

    def numeric(self, line: Line) -> Bool:
        """Which words of a paragraph have a digit."""
        number = line.paragraph.number
        if number not in self._numeric:
            words = line.words if not "".join(line.words).isalpha() else ()  # nearly all words are letters
            found = np.zeros(len(line.words), np.bool_)
            found[[i for i, word in enumerate(words) if _has_digit(word)]] = True
            self._numeric[number] = found
        return self._numeric[number]

    def speech(self, text: str, line: Line) -> Bool:
        """Which words of a paragraph are speech."""
        number = line.paragraph.number
        if number not in self._speech:
            self._speech[number] = line_speech(text, line)
        return self._speech[number]


class Frame(NamedTuple):
    """How the shared shingles of the shorter article lie in it; see `Evidence`."""

    words: int
    shared_words: int
    longest: int
    substitutions: int
    substituted_words: int


def put_together(
    overlap: Overlap,
    frame: Frame,
    *,
    distinctive: float,
    boilerplate: int,
    days: tuple[int, int],
    outlets: tuple[str | None, str | None],
) -> Evidence:
    """The evidence on two articles, but for what their texts tell (`text_figures`).

    Args:
        overlap: of the shorter with the longer.
        frame: how the shared shingles lie in the shorter.
        distinctive: the sum of the weights of the shared shingles.
        boilerplate: how many of these are boilerplate.
        days: `day_of` both.
        outlets: of both.

    """
    return Evidence(
        shared=overlap.shared,
        distinctive=distinctive,
        boilerplate=boilerplate,
        containment=overlap.containment,
        words=frame.words,
        shared_words=frame.shared_words,
        longest=frame.longest,
        substitutions=frame.substitutions,
        substituted_words=frame.substituted_words,
        days_apart=None if UNDATED in days else abs(days[0] - days[1]),
        same_outlet=None if None in outlets else outlets[0] == outlets[1],
    )


def text_figures(evidence: Evidence, shorter: Side, longer: Side, shared: UInt32, size: int) -> Evidence:
    """The evidence with what only the texts tell, numbers and speech, where both are known."""
    if shorter.analysis is None or longer.analysis is None:
        return evidence
    covered = covered_words(shorter.analysis, is_shared(shorter, shared), size)
    other = covered_words(longer.analysis, is_shared(longer, shared), size)
    kept, changed = numbers(shorter.analysis, covered, shorter.told)
    said = speech_share(shorter.analysis, covered, shorter.told)
    return structs.replace(
        evidence,
        numbers_kept=kept,
        numbers_changed=changed,
        speech=min(said, speech_share(longer.analysis, other, longer.told)) if said else 0.0,
    )


def is_shared(side: Side, shared: UInt32) -> Bool:
    """Which of an article's shingles, outside its dateline, are among the shared ones: (s,) bool."""
    marked = look_up(shared, side.shingles)[1]
    marked[slice(*side.dateline)] = False
    return marked


def frame_of(shorter: Side, longer: Side, shared: UInt32, size: int) -> Frame:
    """How the shared shingles lie in the shorter article.

    Args:
        shorter: the article with fewer distinct shingles.
        longer: the other.
        shared: (n,) uint32, sorted: distinct shingles that both have outside their datelines.
        size: words in a shingle.

    """
    marked = is_shared(shorter, shared)
    words = words_of(shorter.positions, size)
    return Frame(words, *lie_of(shorter.shingles, longer.shingles, marked, size))


def words_of(positions: int, size: int) -> int:
    """The words of so many shingles in a row."""
    return positions + size - 1 if positions else 0


def lie_of(shorter: UInt32, longer: UInt32, marked: Bool, size: int) -> tuple[int, int, int, int]:
    """The figures of a `Frame` but for the article's words.

    The reference of `naskh.matching.weigh_kernels.frame`.

    Args:
        shorter: (s,) uint32, its shingles in text order.
        longer: (t,) uint32, those of the other article.
        marked: (s,) bool, which of `shorter` are shared.
        size: words in a shingle.

    """
    edges = np.flatnonzero(np.diff(marked, prepend=False, append=False)).reshape(-1, 2).tolist()
    shared_words = longest = substitutions = substituted = 0
    previous_end = -size
    for first, end in edges:  # shingles [first, end) cover words [first, end + size - 1)
        gap = first - previous_end - size + 1  # uncovered words since the last run
        shared_words += end - first + size - 1 + min(gap, 0)
        longest = max(longest, end - first + size - 1)
        if previous_end >= 0 and 1 <= gap <= MAX_SUBSTITUTED:
            other = gap_between(longer, shorter[previous_end - 1], shorter[first], size)
            if 1 <= other <= MAX_SUBSTITUTED:
                substitutions += 1
                substituted += gap
        previous_end = end
    return shared_words, longest, substitutions, substituted


def gap_between(shingles: UInt32, before: np.uint32, after: np.uint32, size: int) -> int:
    """Words between a shingle and the next of another, the least distance from 0 of all.

    Negative where the two overlap; over `MAX_OTHER_GAP` if none is near enough.
    """
    best = MAX_OTHER_GAP + 1
    for place in np.flatnonzero(shingles == before).tolist():
        follow = shingles[place + 1 : place + size + MAX_OTHER_GAP + 1]
        for distance in np.flatnonzero(follow == after).tolist():
            gap = distance + 1 - size
            if abs(gap) < abs(best):
                best = gap
    return best


def covered_words(analysis: Words, marked: Bool, size: int) -> Bool:
    """Which words stand in shared shingles: (words,) bool."""
    words = analysis.word_count
    covered = np.zeros(max(words, len(marked) + size), np.bool_)
    for word in range(size):
        covered[word : word + len(marked)] |= marked
    return covered[:words]


def numbers(analysis: Words, covered: Bool, told: Told | None = None) -> tuple[int, int]:
    """Numbers in covered words, and in the gaps of up to `MAX_SUBSTITUTED` words between covered ones."""
    told = told or Told()
    edges = np.flatnonzero(np.diff(covered, prepend=False, append=False)).tolist()
    gap_edges = zip(edges[1::2], edges[2::2], strict=False)
    gaps = [(end, start) for end, start in gap_edges if start - end <= MAX_SUBSTITUTED]
    gapped = np.zeros(len(covered), np.bool_)
    for start, end in gaps:
        gapped[start:end] = True
    kept = changed = 0
    for line in _lines_with(analysis, covered | gapped):
        own = slice(line.paragraph.first_word, line.paragraph.first_word + len(line.words))
        numeric = told.numeric(line)
        kept += int(np.count_nonzero(numeric & covered[own]))
        changed += int(np.count_nonzero(numeric & gapped[own]))
    return kept, changed


def _has_digit(word: str) -> bool:
    return not word.isalpha() and any(c.isdigit() for c in word)


def speech_share(analysis: Words, covered: Bool, told: Told | None = None) -> float:
    """The share of the covered words that is speech; 0 for no words."""
    told = told or Told()
    said = 0
    for line in _lines_with(analysis, covered):
        own = slice(line.paragraph.first_word, line.paragraph.first_word + len(line.words))
        said += int(np.count_nonzero(told.speech(analysis.text, line) & covered[own]))
    return said / int(covered.sum()) if said else 0.0


def _lines_with(analysis: Words, wanted: Bool) -> Iterator[Line]:
    """The paragraphs that have wanted words."""
    places = np.flatnonzero(wanted)
    at = 0
    while at < len(places):
        line = analysis.line(analysis.paragraph_at(int(places[at])))
        yield line
        at = int(np.searchsorted(places, line.paragraph.first_word + len(line.words)))
