"""A text taken apart only where it is looked at.

Folding all words of a text to say where a passage of it begins takes a thousand times as long as aligning it. What
the index knows of an article, how many words each of its longer paragraphs has, is enough to go straight to the
paragraph that holds a word.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property

from naskh.text.analysis import Line, Paragraph, fold_line, lines_of
from naskh.text.datelines import HEAD_CHARS, find_dateline


class LazyAnalysis:
    """`naskh.text.analysis.Words` of a text of which only some paragraphs are looked at.

    Args:
        text: the text.
        word_count: how many folded words it has.
        known: (number, first word, words) of some of its paragraphs, in order. The words of all others are counted
            as far as they are needed, so these had better be short.

    """

    def __init__(self, text: str, word_count: int, known: Sequence[tuple[int, int, int]]) -> None:
        self.text = text
        self.word_count = word_count
        self._known = known
        self._first_words = [first for _, first, _ in known]
        self._folded: dict[int, tuple[list[str], list[int], list[int]]] = {}

    def paragraph_at(self, word: int) -> Paragraph:
        """The paragraph in which a word stands."""
        place = bisect_right(self._first_words, word) - 1
        number, first, count = self._known[place] if place >= 0 else (0, 0, 0)
        while word >= first + count:
            number, first = number + 1, first + count
            count = len(self._fold(number)[0])
        return self._paragraph(number, first, count)

    def line(self, paragraph: Paragraph) -> Line:
        """The words of one paragraph with their places."""
        return Line(paragraph, *self._fold(paragraph.number))

    def place(self, paragraph: Paragraph, word: int) -> tuple[int, int]:
        """Where a word of that paragraph begins and ends."""
        _, starts, ends = self._fold(paragraph.number)
        return starts[word - paragraph.first_word], ends[word - paragraph.first_word]

    def _paragraph(self, number: int, first: int, count: int) -> Paragraph:
        start, end = self._lines[number - 1]
        return Paragraph(number, start, end, first, count)

    def _fold(self, number: int) -> tuple[list[str], list[int], list[int]]:
        if number not in self._folded:
            start, end = self._lines[number - 1]
            self._folded[number] = fold_line(self.text, start, end, self._edges if start < HEAD_CHARS else (-1, -1))
        return self._folded[number]

    @cached_property
    def _lines(self) -> list[tuple[int, int]]:
        return lines_of(self.text)

    @cached_property
    def _edges(self) -> tuple[int, int]:
        dateline = find_dateline(self.text)
        return (dateline.start, dateline.end) if dateline else (-1, -1)
