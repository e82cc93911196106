"""Blocks of paragraphs that stand more than once in one article: text pasted twice.

Paragraphs are first put into classes of (nearly) the same words; a block is then a repeat in the sequence of
classes. It needs no index and no compiled kernel, so that an editor's check of one article is immediate.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict

from naskh.article import Article, ArticleBlocks, Block, Span
from naskh.text.analysis import Paragraph, analyse

#: Blocks of fewer words are refrains, questions of an interview or bylines rather than text pasted twice.
MIN_WORDS = 8
#: Paragraphs of one class have at least this Jaccard of their word-3-shingles with its first one: a typo, a
#: changed number or an added clause keeps a paragraph of ordinary length above it.
MIN_SIMILARITY = 0.6

#: A run is compared with so many of the next places that begin like it, and a paragraph with those that share a
#: shingle which at most so many have: text pasted twice is found well below that, and an article of a hundred
#: thousand stock lines does not take hours.
MAX_COMPARED = 32

_SIZE = 3  # words in a shingle

Words = tuple[str, ...]


def repeated_blocks(
    text: str, *, min_words: int = MIN_WORDS, min_similarity: float = MIN_SIMILARITY
) -> tuple[Block, ...]:
    """The repeated blocks of one article, in text order.

    Blocks are maximal; the occurrences of one do not overlap, and no paragraph is in two blocks.

    Args:
        text: the article.
        min_words: blocks of fewer words are left out.
        min_similarity: the least Jaccard of a paragraph with its first occurrence; 1.0 finds exact repeats
            only (after normalisation).

    """
    return find_blocks(Article(id="", text=text), min_words=min_words, min_similarity=min_similarity).blocks


def find_blocks(
    article: Article, *, min_words: int = MIN_WORDS, min_similarity: float = MIN_SIMILARITY
) -> ArticleBlocks:
    """As `repeated_blocks`, with the article's id and its number of paragraphs."""
    analysis = analyse(article.text)
    paragraphs = analysis.paragraphs
    words = [tuple(analysis.paragraph_words(p)) for p in paragraphs]
    classes = _classes(words, min_similarity)
    blocks = []
    for starts, length in _repeats(classes, [len(w) for w in words], min_words):
        first, *others = (tuple(w for p in words[s : s + length] for w in p) for s in starts)
        # Paragraphs of one class may both be like its first one without being like each other.
        alike = {
            start: similarity
            for start, other in zip(starts[1:], others, strict=True)
            if (similarity := similarity_of_words(first, other)) >= min_similarity
        }
        if alike:
            occurrences = tuple(_span(paragraphs[s : s + length]) for s in (starts[0], *alike))
            exact = all(other == first for start, other in zip(starts[1:], others, strict=True) if start in alike)
            blocks.append(Block(occurrences, min(alike.values()), exact))
    return ArticleBlocks(article.id, len(paragraphs), tuple(blocks))


def shingle_set(words: Words) -> frozenset[Words]:
    """The distinct runs of three words; of fewer words, the one run of them all."""
    if len(words) < _SIZE:
        return frozenset([words] if words else [])
    return frozenset(words[i : i + _SIZE] for i in range(len(words) - _SIZE + 1))


def similarity_of_words(first: Words, second: Words) -> float:
    """Exact Jaccard of the shingles of two runs of words; 1.0 for the same words."""
    if first == second:
        return 1.0
    a, b = shingle_set(first), shingle_set(second)
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared)


def _span(paragraphs: list[Paragraph]) -> Span:
    first, last = paragraphs[0], paragraphs[-1]
    return Span((first.number, last.number), (first.start, last.end))


def _classes(words: list[Words], min_similarity: float) -> list[int]:
    """A class for each paragraph: the index of the first paragraph that it is like.

    Each is compared with the first of its class only, so that no chain of small changes joins two paragraphs
    that differ.
    """
    firsts: dict[Words, int] = {}
    holders: defaultdict[Words, list[int]] = defaultdict(list)  # shingle -> first paragraphs that have it
    sets: dict[int, frozenset[Words]] = {}
    classes = []
    for index, paragraph in enumerate(words):
        if paragraph not in firsts:
            shingles = shingle_set(paragraph)
            similar = index
            scored: list[tuple[float, int]] = []
            if min_similarity < 1.0 and len(paragraph) >= _SIZE:
                rare = [holders[shingle] for shingle in shingles if len(holders[shingle]) <= MAX_COMPARED]
                for first in {first for holding in rare for first in holding}:
                    shared = len(shingles & sets[first])
                    scored.append((shared / (len(shingles) + len(sets[first]) - shared), -first))
                best, first = max(scored, default=(0.0, 0))
                if best >= min_similarity:
                    similar = -first
            firsts[paragraph] = similar
            if similar == index:
                sets[index] = shingles
                for shingle in shingles:
                    holders[shingle].append(index)
        classes.append(firsts[paragraph])
    return classes


def _repeats(classes: list[int], word_counts: list[int], min_words: int) -> list[tuple[list[int], int]]:
    """Repeated runs of classes: the starts of each, and its length in paragraphs.

    From left to right, the longest run at each place that stands again further on.
    """
    places: defaultdict[int, list[int]] = defaultdict(list)
    openings: defaultdict[tuple[int, int], list[int]] = defaultdict(list)  # places of two classes in a row
    for index, cls in enumerate(classes):
        places[cls].append(index)
        if index:
            openings[classes[index - 1], cls].append(index - 1)
    taken = [False] * len(classes)
    repeats = []
    for start in range(len(classes)):
        if taken[start] or not word_counts[start]:
            continue
        alike = places[classes[start]]
        next_one = bisect_right(alike, start)
        opening = openings[(classes[start], classes[start + 1])] if start + 1 < len(classes) else []
        next_opening = bisect_right(opening, start)
        nearest = [
            place
            for place in (
                *alike[next_one : next_one + MAX_COMPARED],
                *opening[next_opening : next_opening + MAX_COMPARED],
            )
            if not taken[place]
        ]
        length = max((_run_length(classes, taken, start, place) for place in nearest), default=0)
        while length and not word_counts[start + length - 1]:
            length -= 1
        length = _period(classes[start : start + length])
        if not length or sum(word_counts[start : start + length]) < min_words:
            continue
        starts = [start]
        for place in alike[next_one:]:
            free = place >= starts[-1] + length and not any(taken[place : place + length])
            if free and classes[place : place + length] == classes[start : start + length]:
                starts.append(place)
        for place in starts:
            taken[place : place + length] = [True] * length
        repeats.append((starts, length))
    return repeats


def _run_length(classes: list[int], taken: list[bool], first: int, second: int) -> int:
    """How far the run at `first` goes on alike at `second`, without reaching it."""
    length = 0
    while (
        first + length < second
        and second + length < len(classes)
        and classes[first + length] == classes[second + length]
        and not taken[first + length]
        and not taken[second + length]
    ):
        length += 1
    return length


def _period(run: list[int]) -> int:
    """The length of the shortest run that `run` repeats: A A A A is A four times, not A A twice."""
    for length in range(1, len(run) // 2 + 1):
        if len(run) % length == 0 and run == run[:length] * (len(run) // length):
            return length
    return len(run)
