"""Runs of whole paragraphs that stand more than once in one article.

Paragraphs are put into classes of (nearly) the same words; a repeat is then a run in the sequence of classes:

1. from left to right, the longest run at each place that stands again further on (`_longest`);
2. what is left over although it stands in such a run too, pasted a third time in another extent, cuts the run
   (`_with_leftovers`): of ``B C D A B C E B C D`` the run B C is there three times and D twice;
3. every occurrence is compared with the first one, word for word (`_verified`).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from naskh.matching.alike import SIZE, Shingles, jaccard, shingle_set, similarity_of_words

#: A paragraph is compared with those that share a shingle which at most so many have: text pasted twice shares
#: rarer ones too, and an article of a hundred thousand stock lines does not take hours.
MAX_COMPARED = 32
#: A run is compared with so many of the next places that go on like it for each of `_WINDOWS` paragraphs.
MAX_PLACES = 8
#: The search for further occurrences of a run ends after so many places that only begin like it.
MAX_FAILURES = 256

#: Of two paragraphs of one class the shorter has this share of the words of the longer, unless that is of no more
#: than `_SHORT`: otherwise one was pasted into the other, whose stretch `naskh.matching.word_repeats` finds.
SAME_LENGTH = 0.8

_SHORT = 24
_WINDOWS = (2, 8, 32, 256)

Words = Sequence[str]


class Run(NamedTuple):
    """`length` paragraphs, counted from 0, that stand at each of `starts`."""

    starts: list[int]
    length: int


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
    article = _Classes(classes, [len(w) for w in words], min_words)
    runs = _with_leftovers(article, _longest(article))
    return [part for run in runs for part in _verified(run, words, min_words, min_similarity)]


def paragraph_classes(words: Sequence[Words], min_similarity: float) -> list[int]:
    """A class for each paragraph: the index of the first paragraph that it is like.

    Each is compared with the first of its class only, so that no chain of small changes joins two paragraphs
    that differ.
    """
    firsts: dict[tuple[str, ...], int] = {}
    holders: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)  # shingle -> first paragraphs with it
    sets: dict[int, Shingles] = {}
    classes = []
    for index, paragraph in enumerate(map(tuple, words)):
        if paragraph not in firsts:
            shingles = shingle_set(paragraph)
            similar = index
            if min_similarity < 1.0 and len(paragraph) >= SIZE:
                rare = [held for s in shingles if len(held := holders.get(s, ())) <= MAX_COMPARED]
                near = {first for held in rare for first in held if _same_length(words[first], paragraph)}
                scored = ((jaccard(shingles, sets[first]), -first) for first in near)
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


def _same_length(first: Words, second: Words) -> bool:
    shorter, longer = sorted((len(first), len(second)))
    return longer <= _SHORT or shorter >= SAME_LENGTH * longer


class _Level(NamedTuple):
    """Where the article goes on alike for some paragraphs: a key for each place, -1 for one that stands alone."""

    keys: array[int]
    places: dict[int, list[int]]

    def near(self, place: int) -> list[int]:
        """The next places that go on like this one."""
        alike = self.places.get(self.keys[place], [])
        after = bisect_right(alike, place)
        return alike[after : after + MAX_PLACES]


class _Classes:
    """The sequence of classes, prepared for looking up where it goes on alike."""

    def __init__(self, classes: list[int], word_counts: list[int], min_words: int) -> None:
        self.classes = classes
        self.word_counts = word_counts
        self.min_words = min_words
        self.same_until = list(range(1, len(classes) + 1))  # where the run of one class ends
        for place in range(len(classes) - 2, -1, -1):
            if classes[place] == classes[place + 1]:
                self.same_until[place] = self.same_until[place + 1]
        self.levels = [_level(classes, self._openings())]
        for window in _WINDOWS:
            repeated = (p for p, key in enumerate(self.levels[-1].keys) if key >= 0)
            self.levels.append(_level(classes, ((p, p + window) for p in repeated if p + window <= len(classes))))

    def _openings(self) -> Iterator[tuple[int, int]]:
        """The shortest run of enough words at each place; none begins with a line that has no words."""
        end = words = 0
        for start, count in enumerate(self.word_counts):
            while words < self.min_words and end < len(self.classes):
                words += self.word_counts[end]
                end += 1
            if words < self.min_words:
                return
            if count:
                yield start, end
            words -= count

    def words(self, start: int, length: int) -> int:
        """The number of words in so many paragraphs."""
        return sum(self.word_counts[start : start + length])

    def repeated(self, place: int) -> bool:
        """Whether a run of enough words begins here that stands elsewhere too."""
        return self.levels[0].keys[place] >= 0

    def near(self, place: int) -> set[int]:
        """The next places to compare with this one."""
        near = {other for level in self.levels for other in level.near(place)}
        last = self.same_until[place] - 1  # of one line over and over, the places that go on alike when it ends
        if last > place:
            ends = {other for level in self.levels for other in level.near(last)}
            near |= {other - last + place for other in ends if other - last > 0}
        return near

    def some(self, place: int) -> set[int]:
        """The first places in the article to compare with this one."""
        return {other for level in self.levels for other in level.places.get(level.keys[place], [])[:MAX_PLACES]}

    def alike(self, place: int, length: int) -> list[int]:
        """Places, in order, some of which go on like this one for `length` paragraphs."""
        best = self.levels[0]
        for window, level in zip(_WINDOWS, self.levels[1:], strict=True):
            if window <= length and level.keys[place] >= 0:
                best = level
        return best.places[best.keys[place]]

    def same(self, first: int, second: int, length: int) -> bool:
        """Whether so many paragraphs are alike at two places."""
        return self.classes[first : first + length] == self.classes[second : second + length]

    def common(self, first: int, second: int, limit: int) -> int:
        """How many paragraphs are alike at two places, at most `limit`."""
        length = 0
        while length < limit and self.classes[first + length] == self.classes[second + length]:
            length += 1
        return length


def _level(classes: list[int], windows: Iterator[tuple[int, int]]) -> _Level:
    keys = array("q", [-1]) * len(classes)
    numbers: dict[int, int] = {}
    for start, end in windows:  # hashes: that two runs are the same is looked at again where it matters
        keys[start] = numbers.setdefault(hash(tuple(classes[start:end])), len(numbers))
    counts = Counter(keys)
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        if key >= 0:
            if counts[key] > 1:
                places[key].append(place)
            else:
                keys[place] = -1
    return _Level(keys, places)


def _longest(article: _Classes) -> list[Run]:
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


def _free_run(article: _Classes, taken: bytearray, first: int, second: int) -> int:
    """How far the run at `first` goes on alike at `second`, without reaching it or what is taken."""
    length = article.common(first, second, min(second - first, len(taken) - second))
    for place in (first, second):
        end = taken.find(1, place, place + length)
        length = length if end < 0 else end - place
    return length


def _occurrences(article: _Classes, taken: bytearray, start: int, length: int) -> list[int]:
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


class _Leftover(NamedTuple):
    """Paragraphs at `place` that no run took, which are those from `offset` on of a run."""

    place: int
    length: int
    run: int
    offset: int


def _with_leftovers(article: _Classes, runs: list[Run]) -> list[Run]:
    """The runs, cut so that each paragraph which is left over but stands in one of them has a place in a piece."""
    leftovers = _leftovers(article, runs) if runs else []
    if not leftovers:
        return runs
    counts = [Counter(article.classes[run.starts[0] : run.starts[0] + run.length]) for run in runs]
    edges = [{0, run.length} for run in runs]
    for place, length, number, offset in leftovers:
        if 1 in (counts[number][cls] for cls in article.classes[place : place + length]):
            edges[number] |= {offset, offset + length}
    pieces = [sorted(cuts) for cuts in edges]
    parts: defaultdict[tuple[int, ...], set[int]] = defaultdict(set)  # the classes of a piece -> its starts

    def add(places: Iterable[int], length: int) -> None:
        for place in places:
            parts[tuple(article.classes[place : place + length])].add(place)

    for run, cuts in zip(runs, pieces, strict=True):
        for start, end in pairwise(cuts):
            add((place + start for place in run.starts), end - start)
    for place, length, number, offset in leftovers:
        if {offset, offset + length} <= edges[number]:
            cuts = pieces[number]
            inside = cuts[bisect_left(cuts, offset) : bisect_right(cuts, offset + length)]
            for start, end in pairwise(inside):
                add([place + start - offset], end - start)
        elif place not in parts[tuple(article.classes[place : place + length])]:
            add(_places(article, place, length), length)
    return [
        Run(_apart(sorted(starts), len(part)), len(part))
        for part, starts in parts.items()
        if article.words(min(starts, default=0), len(part)) >= article.min_words
    ]


def _leftovers(article: _Classes, runs: list[Run]) -> list[_Leftover]:
    """What no run took though it begins like something in one, each as long as it goes on like that."""
    owners: list[tuple[int, int] | None] = [None] * len(article.classes)  # run, start of its occurrence
    for number, run in enumerate(runs):
        for start in run.starts:
            owners[start : start + run.length] = [(number, start)] * run.length
    found = []
    start = 0
    while start < len(owners):
        if owners[start] is not None or not article.repeated(start):
            start += 1
            continue
        best = _Leftover(start, 0, 0, 0)
        for place in article.some(start):
            if owner := owners[place]:
                number, first = owner
                length = article.common(start, place, min(first + runs[number].length - place, len(owners) - start))
                length = next((n for n in range(length) if owners[start + n]), length)
                while length and not article.word_counts[start + length - 1]:
                    length -= 1
                if length > best.length and article.words(start, length) >= article.min_words:
                    best = _Leftover(start, length, number, place - first)
        if best.length:
            found.append(best)
        start += max(best.length, 1)
    return found


def _apart(starts: list[int], length: int) -> list[int]:
    """Those of some places, in order, at which runs of this length do not overlap."""
    kept: list[int] = []
    for start in starts:
        if not kept or start >= kept[-1] + length:
            kept.append(start)
    return kept


def _places(article: _Classes, start: int, length: int) -> list[int]:
    """All places of a run that do not overlap, inside other runs or not."""
    same = [place for place in article.alike(start, length) if article.same(start, place, length)]
    return _apart(same, length)


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
