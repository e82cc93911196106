"""An article as a sequence of classes of (nearly) the same paragraphs, looked up for where it goes on alike."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from naskh.matching.alike import SIZE, Shingles, jaccard, shingle_set

#: A paragraph is compared with those that share a shingle which at most so many have: text pasted twice shares
#: rarer ones too, and an article of a hundred thousand stock lines does not take hours.
MAX_COMPARED = 32
#: Of two paragraphs of one class the shorter has this share of the words of the longer, unless that is of no more
#: than `_SHORT`: otherwise one was pasted into the other, whose stretch `naskh.matching.word_repeats` finds.
SAME_LENGTH = 0.8

_SHORT = 24

#: A run is compared with so many of the next places that go on like it for each of `_WINDOWS` paragraphs.
MAX_PLACES = 8
_WINDOWS = (2, 8, 32, 256)

Words = Sequence[str]


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


class Run(NamedTuple):
    """`length` paragraphs, counted from 0, that stand at each of `starts`."""

    starts: list[int]
    length: int


class _Level(NamedTuple):
    """Where the article goes on alike for some paragraphs: a key for each place, -1 for one that stands alone."""

    keys: array[int]
    places: dict[int, list[int]]

    def near(self, place: int) -> list[int]:
        """The next places that go on like this one."""
        alike = self.places.get(self.keys[place], [])
        after = bisect_right(alike, place)
        return alike[after : after + MAX_PLACES]


class Classes:
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
