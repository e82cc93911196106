"""From a text to its paragraphs and words, each with its place in the text as given.

This is the readable reference of the normaliser and what one article at a time goes through; the kernel in
`naskh.sketch.kernels` does the same to a batch and is tested to agree.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple, Protocol

from naskh.text.datelines import Dateline, find_dateline
from naskh.text.folding import FOLDING, LINE_BREAKS
from naskh.text.months import fold_months

# What is dropped from a word holds its place in the folded text, so that places are found again.
_DROPPED = "\0"
_DROPPED_MARK = "\1"
# From a word's first letter to its last, or to the last of the marks on that.
_WORD = re.compile("[^ \0\1](?:[^ ]*[^ \0])?")
_LINE = re.compile(f"[^{''.join(sorted(LINE_BREAKS))}]+")

_first_word = attrgetter("first_word")


class _AlignedFolding(dict[int, str]):
    """`FOLDING` with a place-holder for what is dropped."""

    def __missing__(self, code_point: int) -> str:
        dropped = _DROPPED_MARK if unicodedata.combining(chr(code_point)) else _DROPPED
        self[code_point] = aligned = FOLDING[code_point] or dropped
        return aligned


_ALIGNED = _AlignedFolding()


class Paragraph(NamedTuple):
    """A non-empty line of the text.

    `number` counts from 1. [start, end) are code points of the text, white space at either end left out.
    The paragraph's words are ``words[first_word : first_word + word_count]``.
    """

    number: int
    start: int
    end: int
    first_word: int
    word_count: int


class Line(NamedTuple):
    """The folded words of one paragraph, and where each begins and ends in the text."""

    paragraph: Paragraph
    words: list[str]
    starts: list[int]
    ends: list[int]


class Words(Protocol):
    """What can be asked of a text that is taken apart, at once or where it is looked at."""

    @property
    def text(self) -> str:
        """The text."""

    @property
    def word_count(self) -> int:
        """How many words the text has."""

    def paragraph_at(self, word: int) -> Paragraph:
        """The paragraph in which a word stands."""

    def line(self, paragraph: Paragraph) -> Line:
        """The words of one paragraph with their places."""

    def place(self, paragraph: Paragraph, word: int) -> tuple[int, int]:
        """Where a word of that paragraph begins and ends."""


class Analysis(NamedTuple):
    """A text taken apart: word ``i`` was written as ``text[starts[i]:ends[i]]``."""

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    paragraphs: list[Paragraph]
    #: The dateline at the head, which is no evidence of copying, and its words, [first, end).
    dateline: Dateline | None
    dateline_words: tuple[int, int]

    def paragraph_words(self, paragraph: Paragraph) -> list[str]:
        """The folded words of one paragraph."""
        return self.words[paragraph.first_word : paragraph.first_word + paragraph.word_count]

    def words_in(self, chars: tuple[int, int]) -> list[str]:
        """The folded words that begin in a stretch of the text."""
        return self.words[bisect_left(self.starts, chars[0]) : bisect_left(self.starts, chars[1])]

    @property
    def word_count(self) -> int:
        """How many words the text has."""
        return len(self.words)

    def paragraph_at(self, word: int) -> Paragraph:
        """The paragraph in which a word stands."""
        return self.paragraphs[bisect_right(self.paragraphs, word, key=_first_word) - 1]

    def line(self, paragraph: Paragraph) -> Line:
        """The words of one paragraph with their places."""
        own = slice(paragraph.first_word, paragraph.first_word + paragraph.word_count)
        return Line(paragraph, self.words[own], self.starts[own], self.ends[own])

    def place(self, paragraph: Paragraph, word: int) -> tuple[int, int]:  # noqa: ARG002
        """Where a word of that paragraph begins and ends."""
        return self.starts[word], self.ends[word]


def analyse(text: str) -> Analysis:
    """Split a text, any string, into paragraphs and folded words; lone surrogates part words."""
    dateline = find_dateline(text)
    edges = (dateline.start, dateline.end) if dateline else (-1, -1)
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    paragraphs: list[Paragraph] = []
    for start, end in lines_of(text):
        line_words, line_starts, line_ends = fold_line(text, start, end, edges)
        paragraphs.append(Paragraph(len(paragraphs) + 1, start, end, len(words), len(line_words)))
        words += line_words
        starts += line_starts
        ends += line_ends
    in_dateline = bisect_left(starts, edges[0]), bisect_left(starts, edges[1])
    return Analysis(text, words, starts, ends, paragraphs, dateline, in_dateline)


def normalize(text: str) -> str:
    """The text as naskh compares it: folded words, one space between them, one paragraph a line.

    Examples:
        >>> normalize("أُعلِنَ في ١٢ نونبر ٢٠٢٥: «الاتفاقية» وُقِّعت")
        'اعلن في 12 نوفمبر 2025 الاتفاقيه وقعت'

    """
    analysis = analyse(text)
    return "\n".join(" ".join(analysis.paragraph_words(p)) for p in analysis.paragraphs)


def lines_of(text: str) -> list[tuple[int, int]]:
    """The non-empty lines of a text, [start, end) in code points, white space at either end left out."""
    found = []
    for line in _LINE.finditer(text):
        start, end = line.span()
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if start < end:
            found.append((start, end))
    return found


def fold_line(text: str, start: int, end: int, edges: tuple[int, int]) -> tuple[list[str], list[int], list[int]]:
    """The folded words of one line and where each begins and ends.

    Args:
        text: the whole text.
        start: the line's first code point.
        end: one past its last.
        edges: of the dateline, (-1, -1) without one; no word reaches across these.

    """
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece_start, piece_end in pairwise([start, *(edge for edge in edges if start < edge < end), end]):
        piece_words, piece_starts, piece_ends = _fold_words(text, piece_start, piece_end)
        words += piece_words
        starts += piece_starts
        ends += piece_ends
    fold_months(words, starts, ends)
    return words, starts, ends


def _fold_words(text: str, start: int, end: int) -> tuple[list[str], list[int], list[int]]:
    """The folded words of a stretch of text and where each stands."""
    piece = text[start:end]
    folded = piece.translate(_ALIGNED)
    places: Sequence[int] = range(start, end)
    if len(folded) != len(piece):  # a ligature became several letters
        places = [start + i for i, char in enumerate(piece) for _ in _ALIGNED[ord(char)]]
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _WORD.finditer(folded):
        words.append(match.group().replace(_DROPPED, "").replace(_DROPPED_MARK, ""))
        starts.append(places[match.start()])
        ends.append(places[match.end() - 1] + 1)
    return words, starts, ends
