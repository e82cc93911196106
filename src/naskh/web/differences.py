"""The words that differ inside an aligned passage: what is the same after normalisation is not a difference."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

from naskh.article import CharRange, Passage
from naskh.text.analysis import fold_line, lines_of

#: Passages of more words on either side are not compared word by word, nor those after so many words of a page.
MAX_WORDS = 5_000
MAX_WORDS_OF_PAGE = 40_000
#: Pairs of equal words from which frequent words may no longer begin a run (difflib's heuristic), so that a page
#: does not wait for a text made of one word.
MAX_EQUAL_PAIRS = 50_000


class Differences(NamedTuple):
    """Stretches of both texts in which words differ; `passed_over` counts the passages that were too long."""

    first: list[CharRange]
    second: list[CharRange]
    passed_over: int


class _Words(NamedTuple):
    words: list[str]
    starts: list[int]
    ends: list[int]


class _Side(NamedTuple):
    """Of one text: the passages that were compared, and the stretches in which words differ, passage by passage."""

    compared: list[CharRange]
    changed: list[CharRange]

    def differing(self) -> list[CharRange]:
        """The stretches in which words differ; where passages overlap, those that differ in each of them."""
        steps: dict[int, list[int]] = {}
        for kind, ranges in enumerate(self):
            for start, end in ranges:
                steps.setdefault(start, [0, 0])[kind] += 1
                steps.setdefault(end, [0, 0])[kind] -= 1
        found: list[CharRange] = []
        compared = changed = 0
        for start, end in pairwise(sorted(steps)):
            compared += steps[start][0]
            changed += steps[start][1]
            if changed and changed == compared:
                found.append((start, end))
        return found


def differences(first: str, second: str, passages: tuple[Passage, ...]) -> Differences:
    """The words that differ in aligned passages of two texts."""
    one, other = _Side([], []), _Side([], [])
    passed_over = 0
    left = MAX_WORDS_OF_PAGE
    for passage in passages:
        # A word is rarely longer than 20 letters: what is far too long is not even folded.
        longest = max(end - start for start, end in (passage.query.chars, passage.match.chars))
        if left <= 0 or longest > MAX_WORDS * 20:
            passed_over += 1
            continue
        words, other_words = _words_in(first, passage.query.chars), _words_in(second, passage.match.chars)
        left -= len(words.words) + len(other_words.words)
        if max(len(words.words), len(other_words.words)) > MAX_WORDS:
            passed_over += 1
            continue
        one.compared.append(passage.query.chars)
        other.compared.append(passage.match.chars)
        _compare(words, other_words, one.changed, other.changed)
    return Differences(one.differing(), other.differing(), passed_over)


def _words_in(text: str, chars: CharRange) -> _Words:
    """The folded words of a stretch and where they stand in the text."""
    start, end = chars
    piece = text[start:end]
    found = _Words([], [], [])
    for line_start, line_end in lines_of(piece):
        words, starts, ends = fold_line(piece, line_start, line_end, (-1, -1))
        found.words.extend(words)
        found.starts.extend(start + place for place in starts)
        found.ends.extend(start + place for place in ends)
    return found


def _compare(one: _Words, other: _Words, changed: list[CharRange], other_changed: list[CharRange]) -> None:
    counts = Counter(other.words)
    equal_pairs = sum(counts[word] for word in one.words)
    matcher = SequenceMatcher(None, one.words, other.words, autojunk=equal_pairs > MAX_EQUAL_PAIRS)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        if start < end:
            changed.append((one.starts[start], one.ends[end - 1]))
        if other_start < other_end:
            other_changed.append((other.starts[other_start], other.ends[other_end - 1]))
