"""Where stretches of words stand in many texts: drives the kernel of `naskh.sketch.place_kernels`."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any

import numpy as np

from naskh.arrays import Bool, Int64, NDArray
from naskh.settings import Settings
from naskh.sketch.batch import find_skips, sketcher
from naskh.sketch.fold_table import MAX_GROWTH
from naskh.sketch.kernels import UNKNOWN
from naskh.sketch.place_kernels import place_words, spans_of
from naskh.text.analysis import Line, Paragraph

#: All combining marks are below.
_MARKS_END = 0x20000


@cache
def combining_marks() -> Bool:
    """Which code points are combining marks: (0x110000,) bool."""
    marks = np.zeros(0x110000, np.bool_)
    marks[:_MARKS_END] = [unicodedata.combining(chr(point)) != 0 for point in range(_MARKS_END)]
    return marks


class PlacedWords:
    """`naskh.text.analysis.Words` of a text, found by the kernel when they are first asked for.

    Args:
        settings: for the tables of which.
        text: any text without lone surrogates.

    """

    def __init__(self, settings: Settings, text: str) -> None:
        self.text = text
        self._settings = settings

    @cached_property
    def _placed(self) -> tuple[list[str], Int64, Int64]:
        """The words; where each begins and ends, (n, 2); the paragraphs, see `place_words`."""
        data = np.frombuffer(self.text.encode(), np.uint8)
        folded, starts, words, lines = _scratch(len(data))
        skip = find_skips(data, np.array([0, len(data)]))[0]
        count, status = -1, 0
        while count < 0:
            fold, months, marks = _tables(self._settings)
            count, status = place_words(
                data, 0, len(data), skip, fold, months, marks, (folded, starts), words, lines
            )
            if count < 0:
                sketcher(self._settings).fill(UNKNOWN - count)
        joined = folded[: max(int(starts[count]) - 1, 0)].tobytes().decode()
        return joined.split(" ") if count else [], words[:count], lines[:status]

    @property
    def word_count(self) -> int:
        """How many words the text has."""
        return len(self._placed[0])

    def paragraph_at(self, word: int) -> Paragraph:
        """The paragraph in which a word stands."""
        lines = self._placed[2]
        number = int(np.searchsorted(lines[:, 3], word, "right"))
        start, end, first, last = lines[number].tolist()
        return Paragraph(number + 1, start, end, first, last - first)

    def line(self, paragraph: Paragraph) -> Line:
        """The words of one paragraph with their places."""
        words, places, _ = self._placed
        own = slice(paragraph.first_word, paragraph.first_word + paragraph.word_count)
        starts, ends = places[own].T.tolist()
        return Line(paragraph, words[own], starts, ends)


def _scratch(longest: int) -> tuple[NDArray[np.uint8], Int64, Int64, Int64]:
    """`folded`, `starts`, `words` and `lines` of `place_words`."""
    return (
        np.empty(MAX_GROWTH * longest + 16, np.uint8),
        np.empty(2 * longest + 2, np.int64),
        np.empty((2 * longest + 2, 2), np.int64),
        np.empty((longest + 1, 4), np.int64),
    )


def _tables(settings: Settings) -> Any:
    """`table`, `months` and `marks` of `place_words`."""
    return *sketcher(settings).tables, combining_marks()


def spans(settings: Settings, texts: Sequence[bytes], dated: Bool, stretches: Int64, ends: Int64) -> Int64:
    """Where stretches of words stand in some texts.

    Args:
        settings: for the tables of which.
        texts: in UTF-8.
        dated: (texts,) bool, which of them have a dateline, as their sketches say.
        stretches: (s, 2) int64, words [first, end).
        ends: (texts + 1,) int64: a text has ``stretches[ends[i] : ends[i + 1]]``.

    Returns:
        (s, 4) int64: first and last paragraph, from 1; first code point, and one past the last.

    """
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    offsets = np.append(0, np.cumsum(lengths))
    data = np.frombuffer(b"".join(texts), np.uint8)
    scratch = _scratch(int(lengths.max(initial=0)))
    skips = np.zeros((len(texts), 2), np.int64)
    for text in np.flatnonzero(dated).tolist():
        skips[text] = find_skips(data, offsets[text : text + 2])[0]
    found = np.empty((len(stretches), 4), np.int64)
    done = 0
    while done < len(texts):
        done, status = spans_of(done, data, offsets, skips, _tables(settings), scratch, stretches, ends, found)
        if status <= UNKNOWN:
            sketcher(settings).fill(UNKNOWN - status)
    return found
