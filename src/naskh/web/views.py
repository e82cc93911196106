"""A text of which stretches are marked, cut up for a page. No HTML is made here.

What a page highlights is exactly what the API names: a mark is a stretch of code points, and the segments of a text
say of each of its characters which marks it stands in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise
from typing import Literal, NamedTuple

from naskh.article import Block, CharRange, Passage
from naskh.text.analysis import lines_of
from naskh.text.cutting import merged

#: A page shows so many characters of a text, and so many of its lines: more would keep a browser busy for seconds.
#: The longest article of SaudiNewsNet has 33,687 characters, and another 544 lines.
SHOWN_CHARS = 100_000
SHOWN_LINES = 2_000
#: Letters by which the direction of a text is told.
_DIRECTION_LETTERS = 400

Direction = Literal["rtl", "ltr"]


class Mark(NamedTuple):
    """A stretch of a text, [start, end), that is an occurrence of block or passage `number`.

    `anchor` names the mark in the page, and `twin` is the anchor of what says the same.
    """

    start: int
    end: int
    number: int
    anchor: str
    twin: str


class Segment(NamedTuple):
    """A stretch of a text in which nothing begins or ends.

    `marks` are those that it stands in, by number; `begins` those of them that begin with it. `changed` says that
    its words differ from what the twin has.
    """

    start: int
    end: int
    text: str
    marks: tuple[Mark, ...]
    begins: tuple[Mark, ...]
    changed: bool


class ShownLine(NamedTuple):
    """A paragraph, numbered from 1 as in the API, and its segments; white space around it is left out."""

    number: int
    direction: Direction
    segments: tuple[Segment, ...]


class ShownText(NamedTuple):
    """What a page shows of a text; `left_out` counts the characters behind that."""

    direction: Direction
    lines: tuple[ShownLine, ...]
    left_out: int


def show(text: str, marks: Sequence[Mark] = (), changes: Iterable[CharRange] = ()) -> ShownText:
    """The text as paragraphs of segments, as far as a page shows it.

    Args:
        text: any text.
        marks: stretches to highlight; they may overlap.
        changes: stretches in which words differ.

    """
    lines = [(start, min(end, SHOWN_CHARS)) for start, end in lines_of(text[: SHOWN_CHARS + 1])]
    lines = [line for line in lines[:SHOWN_LINES] if line[0] < line[1]]
    shown_end = lines[-1][1] if lines else 0
    main = direction_of(text)
    pieces = iter(segments(text[:shown_end], marks, changes, cuts=[edge for line in lines for edge in line]))
    shown = []
    for number, (start, end) in enumerate(lines, 1):
        own: list[Segment] = []
        for piece in pieces:
            if piece.start >= start:
                own.append(piece)
            if piece.end >= end:
                break
        shown.append(ShownLine(number, direction_of(text[start:end], main), tuple(own)))
    return ShownText(main, tuple(shown), len(text.rstrip()) - shown_end)


def segments(
    text: str, marks: Sequence[Mark], changes: Iterable[CharRange] = (), *, cuts: Iterable[int] = ()
) -> list[Segment]:
    """The text cut where a mark or a change begins or ends, and at `cuts`; joined, the segments are the text."""
    size = len(text)
    inside = sorted(mark for mark in marks if mark.start < min(mark.end, size))
    inside_text = ((start, min(end, size)) for start, end in changes)
    changed = list(merged(sorted(change for change in inside_text if change[0] < change[1])))
    edges = {0, size, *(cut for cut in cuts if cut < size)}
    edges.update(edge for mark in inside for edge in (mark.start, min(mark.end, size)))
    edges.update(edge for change in changed for edge in change)
    found = []
    open_marks: list[Mark] = []
    next_mark = next_change = 0
    for start, end in pairwise(sorted(edges)):
        open_marks = [mark for mark in open_marks if mark.end > start]
        before = next_mark
        while next_mark < len(inside) and inside[next_mark].start == start:
            next_mark += 1
        begins = sorted(inside[before:next_mark], key=_number)
        if begins:
            open_marks = sorted([*open_marks, *begins], key=_number)
        while next_change < len(changed) and changed[next_change][1] <= start:
            next_change += 1
        is_changed = next_change < len(changed) and changed[next_change][0] <= start
        found.append(Segment(start, end, text[start:end], tuple(open_marks), tuple(begins), is_changed))
    return found


def _number(mark: Mark) -> tuple[int, int]:
    return mark.number, mark.start


def block_marks(blocks: Sequence[Block]) -> list[Mark]:
    """A mark for each occurrence of each block, linked in a ring: ``b2-1`` to ``b2-2`` and so on."""
    marks = []
    for number, block in enumerate(blocks, 1):
        count = len(block.occurrences)
        for place, span in enumerate(block.occurrences):
            following = (place + 1) % count + 1
            marks.append(Mark(*span.chars, number, f"b{number}-{place + 1}", f"b{number}-{following}"))
    return marks


def passage_marks(passages: Sequence[Passage]) -> tuple[list[Mark], list[Mark]]:
    """A mark for each passage in both articles, linked to each other: ``a3`` and ``b3``."""
    numbered = list(enumerate(passages, 1))
    first = [Mark(*passage.query.chars, n, f"a{n}", f"b{n}") for n, passage in numbered]
    second = [Mark(*passage.match.chars, n, f"b{n}", f"a{n}") for n, passage in numbered]
    return first, second


def direction_of(text: str, otherwise: Direction = "rtl") -> Direction:
    """The direction of most of the first letters; a Latin name at the head of an Arabic line does not turn it."""
    strong = (unicodedata.bidirectional(char) for char in text if char.isalpha())
    first = list(islice(strong, _DIRECTION_LETTERS))
    to_left = sum(kind in ("R", "AL") for kind in first)
    if not first:
        return otherwise
    return "rtl" if 2 * to_left >= len(first) else "ltr"
