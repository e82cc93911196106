"""From words back to the text: where a stretch of words stands."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter

from naskh.article import Span
from naskh.text.analysis import Analysis

_first_word = attrgetter("first_word")


def span_of_words(analysis: Analysis, first: int, end: int) -> Span:
    """Where words [first, end) stand; a whole paragraph is taken with its punctuation."""
    end = min(end, len(analysis.words))
    paragraphs = analysis.paragraphs
    opening = paragraphs[bisect_right(paragraphs, first, key=_first_word) - 1]
    closing = paragraphs[bisect_right(paragraphs, end - 1, key=_first_word) - 1]
    start_char = opening.start if first == opening.first_word else analysis.starts[first]
    end_char = closing.end if end == closing.first_word + closing.word_count else analysis.ends[end - 1]
    return Span((opening.number, closing.number), (start_char, end_char))
