"""Runs of whole paragraphs that stand more than once in one article.

Paragraphs are put into classes of (nearly) the same words; a repeat is then a run in the sequence of classes:

1. from left to right, the longest run at each place that stands again further on (`_longest`);
2. what is left over although it stands in such a run too, pasted a third time in another extent, cuts the run
   (`naskh.matching.leftover_repeats`): of ``B C D A B C E B C D`` the run B C is there three times and D twice;
3. every occurrence is compared with the first one, word for word (`_verified`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from naskh.matching.alike import similarity_of_words
from naskh.matching.leftover_repeats import with_leftovers
from naskh.matching.paragraph_classes import Classes, Run, Words, paragraph_classes

#: The search for further occurrences of a run ends after so many places that only begin like it.
MAX_FAILURES = 256


def paragraph_repeats(words: Sequence[Words], min_words: int, min_similarity: float) -> list[Run]:
    """The repeated runs of an article, given the words of each of its paragraphs.

    A paragraph is in one run only, but for one that stands several times inside a longer run and once more
    elsewhere (a refrain, pasted with the rest): this is given by itself with all its places.

    Args:
        words: the folded words of each paragraph.
        min_words: runs of fewer words are left out.
        min_similarity: the least Jaccard of an occurrence with the first one.

    """
    classes = paragraph_classes(words, min_similarity)
    if len(set(classes)) == len(classes):
        return []
    article = Classes(classes, [len(w) for w in words], min_words)
    runs = with_leftovers(article, _longest(article))
    return [part for run in runs for part in _verified(run, words, min_words, min_similarity)]


def _longest(article: Classes) -> list[Run]:
    """From left to right, the longest run at each place that stands again further on."""
    taken = bytearray(len(article.classes))
    runs = []
    start = 0
    while start < len(taken):
        length = 0
        if not taken[start] and article.repeated(start):
            length = max((_free_run(article, taken, start, place) for place in article.near(start)), default=0)
            while length and not article.word_counts[start + length - 1]:
                length -= 1
        period = _period(article.classes[start : start + length])
        if article.words(start, period) >= article.min_words:
            starts = _occurrences(article, taken, start, period)
            for place in starts:
                taken[place : place + period] = b"\1" * period
            runs.append(Run(starts, period))
            start += period
        elif period < length:  # yes, no, yes, no: short lines by turns are no block, however long it goes on
            start += length
            while start < len(taken) and article.classes[start] == article.classes[start - length]:
                start += 1
        else:
            start += 1
    return runs


def _free_run(article: Classes, taken: bytearray, first: int, second: int) -> int:
    """How far the run at `first` goes on alike at `second`, without reaching it or what is taken."""
    length = article.common(first, second, min(second - first, len(taken) - second))
    for place in (first, second):
        end = taken.find(1, place, place + length)
        length = length if end < 0 else end - place
    return length


def _occurrences(article: Classes, taken: bytearray, start: int, length: int) -> list[int]:
    """Where the run at `start` stands; occurrences do not overlap each other or what is taken."""
    starts = [start]
    alike = article.alike(start, length)
    failures = 0
    for place in alike[bisect_right(alike, start) :]:
        if place < starts[-1] + length:
            continue
        if taken.find(1, place, place + length) < 0 and article.same(start, place, length):
            starts.append(place)
            failures = 0
        else:
            failures += 1
            if failures == MAX_FAILURES:
                break
    return starts


def _period(run: list[int]) -> int:
    """The length of the shortest run that `run` repeats: A A A A is A four times, not A A twice."""
    for length in range(1, len(run) // 2 + 1):
        if len(run) % length == 0 and run == run[:length] * (len(run) // length):
            return length
    return len(run)


def _verified(run: Run, words: Sequence[Words], min_words: int, min_similarity: float) -> list[Run]:
    """The occurrences that are like the first one; if none is, as much of each paragraph by itself.

    Two paragraphs of one class may both be like its first one without being like each other, and what several
    near-repeats share weighs less in all of them together.
    """
    first, *others = ([w for p in words[s : s + run.length] for w in p] for s in run.starts)
    if len(first) < min_words:
        return []
    alike = [
        start
        for start, other in zip(run.starts[1:], others, strict=True)
        if similarity_of_words(first, other) >= min_similarity
    ]
    if alike:
        return [Run([run.starts[0], *alike], run.length)]
    if run.length > 1:
        singles = (Run([start + i for start in run.starts], 1) for i in range(run.length))
        return [part for single in singles for part in _verified(single, words, min_words, min_similarity)]
    if len(run.starts) > 2:
        return _verified(Run(run.starts[1:], 1), words, min_words, min_similarity)
    return []
