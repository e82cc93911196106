"""How alike two runs of words are: the exact Jaccard of their word-3-shingles, in plain Python.

For one article at a time, where loading numpy would take longer than the whole answer.
"""

from __future__ import annotations

from collections.abc import Sequence

SIZE = 3  # words in a shingle

Shingles = frozenset[tuple[object, ...]]


def shingle_set(words: Sequence[object]) -> Shingles:
    """The distinct runs of three words; of fewer words, the one run of them all."""
    if len(words) < SIZE:
        return frozenset([tuple(words)] if words else [])
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def jaccard(first: Shingles, second: Shingles) -> float:
    """The share of the shingles of both that each has; 0.0 where there are none."""
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared) if shared else 0.0


def similarity_of_words(first: Sequence[object], second: Sequence[object]) -> float:
    """Exact Jaccard of the shingles of two runs of words; 1.0 for the same words."""
    return 1.0 if first == second else jaccard(shingle_set(first), shingle_set(second))
