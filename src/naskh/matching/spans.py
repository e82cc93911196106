"""From words back to the text: where a stretch of words stands."""

from __future__ import annotations

from naskh.article import Span
from naskh.text.analysis import Words


def span_of_words(analysis: Words, first: int, end: int) -> Span:
    """Where words [first, end) stand; a whole paragraph is taken with its punctuation."""
    end = min(end, analysis.word_count)
    opening = analysis.paragraph_at(first)
    closing = opening if end <= opening.first_word + opening.word_count else analysis.paragraph_at(end - 1)
    start_char, end_char = opening.start, closing.end
    if first != opening.first_word:
        start_char = analysis.place(opening, first)[0]
    if end != closing.first_word + closing.word_count:
        end_char = analysis.place(closing, end - 1)[1]
    return Span((opening.number, closing.number), (start_char, end_char))
