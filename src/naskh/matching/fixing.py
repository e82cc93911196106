"""An article without its repeats: of text that stands several times the first occurrence stays."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from naskh.article import Block, Span
from naskh.matching.alike import similarity_of_words
from naskh.matching.blocks import MIN_SIMILARITY, MIN_WORDS, blocks_in
from naskh.text.analysis import Analysis, analyse, lines_of
from naskh.text.cutting import Kept, Range, cuts_for


class Repeat(NamedTuple):
    """A later occurrence of a block: where it stood in the text as given, and where that stood which it repeats.

    `similarity` is their exact Jaccard; `exact` says that their words are the same after normalisation. `cut` is
    how many characters were taken out for it: line breaks and punctuation go with words, or stay.
    """

    span: Span
    first: Span
    similarity: float
    exact: bool
    cut: int = 0


class Fixed(NamedTuple):
    """A text without repeats, what was taken out, and the repeats that are still in it, both in text order."""

    text: str
    removed: tuple[Repeat, ...]
    kept: tuple[Repeat, ...]


class _Later(NamedTuple):
    """An occurrence in the text as it is now, that which it repeats, and the words of both."""

    chars: Range
    first: Range
    words: list[str]
    first_words: list[str]


def without_repeats(
    text: str, *, similar: bool = False, min_words: int = MIN_WORDS, min_similarity: float = MIN_SIMILARITY
) -> str:
    """An article with the repeats of `repeated_blocks` taken out; of each block the first occurrence stays.

    By default only occurrences are taken out whose words all stand earlier in the same order, so that no word is
    lost: a near repeat may be the corrected version. The rest of the text stays as it is, character for character;
    done again, nothing more is taken out. A text of no such repeats is returned as it is.

    Args:
        text: the article.
        similar: take out near repeats as well. What only they say is lost.
        min_words: blocks of fewer words are left alone, see `repeated_blocks`.
        min_similarity: what is no repeat to `repeated_blocks` at this is none here.

    """
    return fix(text, similar=similar, min_words=min_words, min_similarity=min_similarity).text


def fix(
    text: str, *, similar: bool = False, min_words: int = MIN_WORDS, min_similarity: float = MIN_SIMILARITY
) -> Fixed:
    """As `without_repeats`, with what was taken out and what was not."""
    places = Places(text)
    removed, kept = cut_repeats(places, similar=similar, min_words=min_words, min_similarity=min_similarity)
    return Fixed(places.kept.text, *(tuple(sorted(repeats, key=_place)) for repeats in (removed, kept)))


def cut_repeats(
    places: Places, *, similar: bool = False, min_words: int = MIN_WORDS, min_similarity: float = MIN_SIMILARITY
) -> tuple[list[Repeat], list[Repeat]]:
    """Cut repeats out of what is left of a text, see `without_repeats`; returns what went, and what did not."""
    removed: list[Repeat] = []
    while True:
        # What is cut may bring together what is a repeat only then, and blocks overlap in part: so until there
        # are none. Each round cuts something, and nearly always all of it.
        analysis = analyse(places.kept.text)
        later = list(_later(analysis, blocks_in(analysis, min_words=min_words, min_similarity=min_similarity)))
        may_go = (occurrence for occurrence in later if similar or _is_exact(occurrence))
        going = list(_apart(may_go, len(analysis.text)))
        if not going:
            break
        cuts = [cuts_for(analysis, occurrence.chars) for occurrence in going]
        sizes = _sizes(cuts, len(analysis.text))
        removed += [_repeat(places, *each) for each in zip(going, sizes, strict=True)]
        places.kept.cut(part for parts in cuts for part in parts)
    return removed, [_repeat(places, occurrence, 0) for occurrence in later]


def _sizes(cuts: list[list[Range]], length: int) -> list[int]:
    """How many characters each of some cuts takes out of a text that the ones before it do not."""
    left, sizes = bytearray(b"\1" * length), []
    for parts in cuts:
        sizes.append(sum(left.count(1, start, end) for start, end in parts))
        for start, end in parts:
            left[start:end] = bytes(end - start)
    return sizes


def _repeat(places: Places, occurrence: _Later, cut: int) -> Repeat:
    """An occurrence as it stood in the text as given."""
    similarity = similarity_of_words(occurrence.first_words, occurrence.words)
    span, first = places.span(occurrence.chars), places.span(occurrence.first)
    return Repeat(span, first, similarity, _is_exact(occurrence), cut)


def _place(repeat: Repeat) -> Range:
    return repeat.span.chars


def _is_exact(occurrence: _Later) -> bool:
    return occurrence.words == occurrence.first_words


def _later(analysis: Analysis, blocks: tuple[Block, ...]) -> Iterator[_Later]:
    """The later occurrences of each block with the first that says the same, or else the first of all."""
    for block in blocks:
        seen: list[tuple[Range, list[str]]] = []
        for chars in (span.chars for span in block.occurrences):
            words = analysis.words_in(chars)
            first = next((known for known in seen if known[1] == words), seen[0] if seen else None)
            if first is None or first[1] != words:
                seen.append((chars, words))
            if first is not None:
                yield _Later(chars, first[0], words, first[1])


def _apart(occurrences: Iterator[_Later], length: int) -> Iterator[_Later]:
    """Those that can go at once: none that another one of them repeats, or overlaps.

    Args:
        occurrences: in any order; the first one is among those that can go.
        length: of the text.

    """
    stays, goes = bytearray(length), bytearray(length)
    for occurrence in occurrences:
        (start, end), first = occurrence.chars, occurrence.first
        if _is_marked(stays, (start, end)) or _is_marked(goes, (start, end)) or _is_marked(goes, first):
            continue
        stays[slice(*first)] = b"\1" * (first[1] - first[0])
        goes[start:end] = b"\1" * (end - start)
        yield occurrence


def _is_marked(marks: bytearray, part: Range) -> bool:
    return marks.find(1, *part) >= 0


class Places:
    """From places in what is left of a text to places in the text as given.

    Attributes:
        kept: what is left.

    """

    def __init__(self, text: str) -> None:
        self.kept = Kept(text)
        self._starts = [start for start, _ in lines_of(text)]

    def span(self, chars: Range) -> Span:
        """Where a part of what is left, of a character or more, stood in the text as given."""
        start, end = self.kept.given(chars)
        return Span((bisect_right(self._starts, start), bisect_right(self._starts, end - 1)), (start, end))
