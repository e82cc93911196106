"""The relation of two articles that share text: copy, partial, quote or formula.

A first, plain rule on two-way containment: what an editor calls a copy holds most of the shorter article.
"""

from __future__ import annotations

from naskh.article import Relation
from naskh.matching.measures import Overlap

# The limits were read off the 100 labelled pairs of the development set: at or above the first stand all its 42
# copies (and 8 of its 41 formulas, which containment cannot tell from copies).

#: From here on the shorter article is mostly the other's text.
COPY_CONTAINMENT = 0.45
#: So many shared shingles (some two sentences) are whole paragraphs taken over ...
PARTIAL_SHINGLES = 30
#: ... and so many are somebody's words.
QUOTE_SHINGLES = 12
#: Below this part of the shorter article, shared text is no more than a quote.
PARTIAL_CONTAINMENT = 0.09

#: From the strongest relation to the weakest.
ORDER: tuple[Relation, ...] = ("copy", "partial", "quote", "formula")


def relation_of(shared: Overlap) -> Relation:
    """What the exact overlap of two articles amounts to."""
    most = max(shared.containment, shared.containment_in_second)
    if most >= COPY_CONTAINMENT:
        return "copy"
    if shared.shared >= PARTIAL_SHINGLES and most >= PARTIAL_CONTAINMENT:
        return "partial"
    return "quote" if shared.shared >= QUOTE_SHINGLES else "formula"
