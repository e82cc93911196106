"""Where stretches of words stand in many texts: drives `place_kernels` and `span_kernels`."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np

from naskh.arrays import Bool, Int64, NDArray, UInt32
from naskh.index.pack_kernels import pack_texts
from naskh.settings import Settings
from naskh.sketch.batch import sketcher
from naskh.sketch.fold_table import MAX_GROWTH
from naskh.sketch.kernels import UNKNOWN
from naskh.sketch.place_kernels import place_words
from naskh.sketch.span_kernels import EDGE, NEEDS_EDGES, spans_of
from naskh.text.analysis import Analysis, Line, Paragraph
from naskh.text.datelines import find_dateline
from naskh.text.packing import unpack

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
    def packed(self) -> bytes:
        """The text in packed form, see `naskh.text.packing`."""
        data = np.frombuffer(self.text.encode(), np.uint8)
        packed, ends = np.empty(2 * len(data), np.uint8), np.zeros(2, np.int64)
        pack_texts(data, np.array([0, len(data)]), packed, ends)
        return packed[: ends[1]].tobytes()

    @cached_property
    def _placed(self) -> tuple[list[str], Int64, Int64]:
        """The words; where each begins and ends, (n, 2); the paragraphs, see `place_words`."""
        data = np.frombuffer(self.packed, np.uint8)
        folded, starts, words, lines, _ = _scratch(len(data))
        edges = np.array(edges_of(self.text), np.int64)
        count, paragraphs = -1, 0
        while count < 0:
            fold, months, marks = _tables(self._settings)
            count, paragraphs = place_words(
                data, 0, len(data), edges, fold, months, marks, (folded, starts), words, lines
            )
            if count < 0:
                sketcher(self._settings).fill(UNKNOWN - count)
        joined = folded[: max(int(starts[count]) - 1, 0)].tobytes().decode()
        return joined.split(" ") if count else [], words[:count], lines[:paragraphs]

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

    def analysis(self) -> Analysis:
        """The whole text taken apart, as `naskh.text.analysis.analyse` does, but for its dateline."""
        words, places, lines = self._placed
        starts, ends = places.T.tolist()
        paragraphs = [
            Paragraph(number, start, end, first, last - first)
            for number, (start, end, first, last) in enumerate(lines.tolist(), 1)
        ]
        return Analysis(self.text, words, starts, ends, paragraphs, None, (0, 0))

    def place(self, paragraph: Paragraph, word: int) -> tuple[int, int]:  # noqa: ARG002
        """Where a word of that paragraph begins and ends."""
        start, end = self._placed[1][word].tolist()
        return start, end


def edges_of(text: str) -> tuple[int, int]:
    """The edges of a text's dateline in code points; both 0 where there is none."""
    dateline = find_dateline(text)
    return (dateline.start, dateline.end) if dateline else (0, 0)


def _scratch(longest: int) -> tuple[NDArray[np.uint8], Int64, Int64, Int64, UInt32]:
    """`scratch` of `place_stretches`, for a packed text of so many bytes.

    A letter of two bytes is one there, so that it takes half as much again as the text in UTF-8 does.
    """
    return (
        np.empty(2 * MAX_GROWTH * longest + 16, np.uint8),
        np.empty(2 * longest + 2, np.int64),
        np.empty((2 * longest + 2, 2), np.int64),
        np.empty((longest + 1, 4), np.int64),
        np.empty(2 * longest + 2, np.uint32),
    )


def _tables(settings: Settings) -> Any:
    """`table`, `months` and `marks` of `place_words`."""
    return *sketcher(settings).tables, combining_marks()


class Known(NamedTuple):
    """What is known of some texts before they are read; see `naskh.sketch.span_kernels.spans_of`.

    Attributes:
        facts: (texts, FACTS) int64; the edges of datelines may be `NO_EDGES`.
        ends: (texts + 1,) int64: a text has ``paragraphs[ends[i] : ends[i + 1]]``.
        paragraphs: (k, 3) int64: number, first word and words of some.

    """

    facts: Int64
    ends: Int64
    paragraphs: Int64


def spans(
    settings: Settings, texts: Sequence[bytes | memoryview], known: Known, stretches: Int64, ends: Int64
) -> Int64:
    """Where stretches of words stand in some texts.

    Args:
        settings: for the tables of which.
        texts: in packed form.
        known: what is known of them.
        stretches: (s, 2) int64, words [first, end).
        ends: (texts + 1,) int64: a text has ``stretches[ends[i] : ends[i + 1]]``.

    Returns:
        (s, 4) int64: first and last paragraph, from 1; first code point, and one past the last.

    """
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    offsets = np.append(0, np.cumsum(lengths))
    data = np.frombuffer(b"".join(texts), np.uint8)
    scratch = _scratch(int(lengths.max(initial=0)))
    found = np.empty((len(stretches), 4), np.int64)
    done, status = 0, 0
    while done < len(texts):
        done, status = spans_of(
            done, data, offsets, known.facts, known[1:], settings.shingle_words, _tables(settings), scratch,
            stretches, ends, found,
        )  # fmt: skip
        if status <= UNKNOWN:
            sketcher(settings).fill(UNKNOWN - status)
        elif status == NEEDS_EDGES:
            known.facts[done, EDGE:] = edges_of(unpack(data[offsets[done] : offsets[done + 1]].tobytes()))
    return found
