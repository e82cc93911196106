"""Taking a stretch of words out of a text, with what belongs to it and nothing else.

Whole paragraphs go with the line breaks before them. Out of the middle of a paragraph go the words, the punctuation
that is written onto them and the white space on one side; a bracket or quote mark stays if its other half does.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise

from naskh.text.analysis import Analysis, Paragraph, analyse
from naskh.text.folding import LINE_BREAKS

#: [start, end) in code points.
Range = tuple[int, int]

_CLOSED_BY = {"«": "»", "“": "”", "‹": "›", "(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_CLOSED_BY.values())
#: Opens and closes alike: which it does is told by how many stand before it in its paragraph.
_EITHER = '"'
_BLANKS = re.compile(r"\s+")


class Kept:
    """What is left of a text after cuts: its places, and where these were in the text as given.

    Args:
        text: as given.

    """

    def __init__(self, text: str) -> None:
        self._given = text
        self._gone: list[Range] = []
        self._pieces: list[Range] = [(0, len(text))]
        self._starts = [0]

    @property
    def text(self) -> str:
        """What is left."""
        return "".join(self._given[start:end] for start, end in self._pieces)

    def given(self, part: Range) -> Range:
        """Where a part of what is left, of a character or more, begins and ends in the text as given."""
        return self._place(part[0]), self._place(part[1] - 1) + 1

    def cut(self, parts: Iterable[Range]) -> None:
        """Take some parts out of what is left."""
        self._gone = list(merged(sorted([*self._gone, *map(self.given, parts)])))
        bounds = pairwise([(0, 0), *self._gone, (len(self._given), len(self._given))])
        self._pieces = [(start, end) for (_, start), (end, _) in bounds if start < end]
        self._starts = [0, *accumulate(end - start for start, end in self._pieces[:-1])]

    def _place(self, place: int) -> int:
        piece = bisect_right(self._starts, place) - 1
        return self._pieces[piece][0] + place - self._starts[piece]


def merged(ranges: Iterable[Range]) -> Iterator[Range]:
    """Sorted ranges, those that touch or overlap made one."""
    last: Range | None = None
    for start, end in ranges:
        if last is not None and start <= last[1]:
            last = last[0], max(last[1], end)
            continue
        if last is not None:
            yield last
        last = start, end
    if last is not None:
        yield last


def cuts_for(analysis: Analysis, chars: Range) -> list[Range]:
    """The parts of a text to take out so that the words in a stretch of it are gone; other words stand before it.

    Args:
        analysis: the text.
        chars: from the beginning of a word or paragraph to the end of one.

    """
    first, end = bisect_left(analysis.starts, chars[0]), bisect_left(analysis.starts, chars[1])
    opening, closing = analysis.paragraph_at(first), analysis.paragraph_at(end - 1)
    begins, ends = first == opening.first_word, end == closing.first_word + closing.word_count
    if begins and ends:
        return [_whole_paragraphs(analysis, opening, closing)]
    start = opening.start if begins else _end_of_kept(analysis, first)
    stop = closing.end if ends else _start_of_kept(analysis, end)
    closers, openers = _halves(analysis.text, opening.start, (start, stop))
    stays = [(place, place + 1) for place in closers + openers]
    if not begins and not ends:
        if start < analysis.starts[first]:
            least = closers[-1] + 1 if closers else start
            stays += _separator(analysis.text, (least, openers[0] if openers else stop))
        before, after = (analysis.ends[first - 1], start), (stop, analysis.starts[end])
        between = "".join(analysis.text[slice(*part)] for part in (before, *sorted(stays), after))
        if not _keeps_apart(between):  # only what is no part of words, such as a quote mark, stands there
            stays += [next((n, n + 1) for n in range(start, stop) if _keeps_apart(analysis.text[n]))]
    edges = [(start, start), *sorted(stays), (stop, stop)]
    return [(a, b) for (_, a), (b, _) in pairwise(edges) if a < b]


def _whole_paragraphs(analysis: Analysis, opening: Paragraph, closing: Paragraph) -> Range:
    """From the end of the paragraph before; a line of no words that would then stand twice in a row goes too."""
    text, paragraphs = analysis.text, analysis.paragraphs
    before = paragraphs[opening.number - 2]
    last = closing
    if not before.word_count and closing.number < len(paragraphs):
        after = paragraphs[closing.number]
        if text[before.start : before.end] == text[after.start : after.end]:
            last = after
    return before.end, last.end


def _end_of_kept(analysis: Analysis, word: int) -> int:
    """Where the text before a word ends that is not written onto it: behind the punctuation of the one before."""
    text, least, place = analysis.text, analysis.ends[word - 1], analysis.starts[word]
    while place > least and not text[place - 1].isspace():
        place -= 1
    if place == least:
        return analysis.starts[word]
    while place > least and text[place - 1].isspace():
        place -= 1
    return place


def _start_of_kept(analysis: Analysis, word: int) -> int:
    """Where the text begins that is written onto a word: behind what is written onto the one before."""
    place, most = analysis.ends[word - 1], analysis.starts[word]
    blanks = _BLANKS.search(analysis.text, place, most)
    return blanks.end() if blanks else most


def _halves(text: str, line: int, part: Range) -> tuple[list[int], list[int]]:
    """The closing and the opening brackets and quote marks in a part of a text whose other half is outside it.

    Args:
        text: the text.
        line: where the line begins in which the part does.
        part: the part.

    """
    closers: list[int] = []
    openers: list[int] = []
    for place in range(*part):
        if text[place] in _CLOSED_BY:
            openers.append(place)
        elif text[place] in _CLOSING:
            if openers and _CLOSED_BY[text[openers[-1]]] == text[place]:
                openers.pop()
            else:
                closers.append(place)
    either = [place for place in range(*part) if text[place] == _EITHER]
    if len(either) % 2 and text.count(_EITHER, line, part[0]) % 2:
        closers = sorted([*closers, either[0]])
    elif len(either) % 2:
        openers = sorted([*openers, either[-1]])
    return closers, openers


def _keeps_apart(between: str) -> bool:
    """Whether two words stay two with this between them."""
    return len(analyse(f"ب{between}ب").starts) > 1


def _separator(text: str, part: Range) -> list[Range]:
    """The white space in a part that is to keep apart what stands before and behind it, one with a line break."""
    blanks = [blank.span() for blank in _BLANKS.finditer(text, part[0], max(part))]
    broken = [span for span in blanks if not LINE_BREAKS.isdisjoint(text[slice(*span)])]
    return broken[-1:] or blanks[:1]
