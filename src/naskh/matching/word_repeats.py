"""Stretches of words that stand more than once in one article, whatever the paragraph breaks.

Seed and extend, from left to right over what no block covers yet: five words that stand elsewhere too are a seed;
it is followed on both sides for as long as the words agree, across a few changed ones; what has come of it is
text pasted again, or no more than a turn of phrase, by its length and by how well it fills its paragraphs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Sequence

from naskh.matching.alike import SIZE, similarity_of_words

#: Words that begin a repeat. Shorter seeds are too common; an edit in each five words leaves no near-copy.
SEED = 5
#: Of five words in a row so many differ: a text of one word or two over and over is not pasted text.
MIN_DISTINCT = 3
#: Words that may differ between two stretches that agree: about a clause (as in `naskh.matching.passages`).
MAX_GAP = 12
#: After so many gaps that bring no better stretch, lines of one template go on as they do and nothing is expected.
MAX_FAILURES = 8
#: A seed is compared with so many other places, and one that stands in more of them with the next `MAX_COMMON`
#: only, if they go on for `TIMES_HALF_FILLED` times the least words of a block without a change: what stands in
#: many places is a stock phrase, and where it is not, the copies are found one after the other.
MAX_COMPARED = 8
MAX_COMMON = 2

#: A stretch fills its paragraphs if it has this share of their words: text that was only broken otherwise. All
#: but a word or two of a sentence.
FILLED = 0.9
#: How many times the least words of a block a stretch needs that fills its paragraphs in one place and stands
#: inside a longer one in the other, or that stands twice in a row: 14. A headline (8-13 words) is said again in
#: the opening paragraph by custom.
TIMES_HALF_FILLED = 1.75
#: Likewise of one that stands inside longer paragraphs in both places: 32. In SaudiNewsNet, 12 to 20 words are the
#: titles of princes and names of offices, and up to 30 the lead summing up what a later paragraph tells.
TIMES_INLINE = 4
#: The least Jaccard of such two: text that was pasted is the same but for a typo, what is only told again is not.
#: It is asked of a stretch that fills its paragraphs in one place, too.
INLINE_SIMILARITY = 0.75
#: A further occurrence of a block that is there already may be trimmed to what it has in common with it, if that
#: is this share of its paragraph: two of three items of a list are like the first and the third like the second.
#: Of what stands twice already by itself a third time is no phrase either, wherever it stands.
FILLED_FURTHER = 0.75

Stretch = tuple[int, int]
"""Words [start, end) of the article."""
Pair = tuple[Stretch, Stretch]
"""A stretch that no block covers yet, and the one that it repeats."""
Seed = tuple[str, ...]


def word_repeats(
    words: Sequence[str],
    edges: Sequence[int],
    blocks: Sequence[Sequence[Stretch]],
    *,
    min_words: int,
    min_similarity: float,
) -> list[list[Stretch]]:
    """The blocks with what else repeats in the article: further occurrences of them, and further blocks.

    What a block covers is not taken again, but where something pasted a third time is only part of a block:
    then that part is in a block of its own too.

    Args:
        words: the folded words of the article.
        edges: where paragraphs begin, in words, and the number of words.
        blocks: the occurrences, in order, of each block that is known.
        min_words: the least words of a stretch that fills its paragraphs; see `TIMES_INLINE`.
        min_similarity: the least Jaccard of an occurrence with the first one.

    """
    seeds = list(zip(*(words[i:] for i in range(SEED)), strict=False))
    if len(set(seeds)) == len(seeds):
        return [list(block) for block in blocks]
    search = _Search(words, edges, blocks, min_words, min_similarity)
    search.run(seeds)
    return search.blocks


class _Search:
    def __init__(
        self,
        words: Sequence[str],
        edges: Sequence[int],
        blocks: Sequence[Sequence[Stretch]],
        min_words: int,
        min_similarity: float,
    ) -> None:
        numbers: dict[str, int] = {}
        self.words = [numbers.setdefault(word, len(numbers)) for word in words]
        self.edges = edges
        self.edge_set = frozenset(edges)
        self.blocks = [list(block) for block in blocks]
        self.min_words = min_words
        self.min_similarity = min_similarity
        self.taken = bytearray(len(words))
        self.regions: list[tuple[int, int, int]] = []  # start, end, block; sorted, without overlap
        self.dead: dict[int, int] = {}  # diagonal -> where what was looked at and found wanting ends
        self.free_end = 0
        for number, block in enumerate(self.blocks):
            for stretch in block:
                if self.taken.find(1, *stretch) < 0:
                    self._take(stretch, number)

    def run(self, seeds: Sequence[Seed]) -> None:
        """Look at each place that no block covers.

        First for what is a further occurrence of a block, lest a longer stretch that begins before it hides that.
        """
        counts = Counter(seeds)
        places: defaultdict[Seed, list[int]] = defaultdict(list)
        for place, seed in enumerate(seeds):
            if counts[seed] > 1 and len(set(seed)) >= MIN_DISTINCT:
                places[seed].append(place)
        if self.regions:
            self._sweep(seeds, places, joining=True)
        self._sweep(seeds, places, joining=False)

    def _sweep(self, seeds: Sequence[Seed], places: dict[Seed, list[int]], *, joining: bool) -> None:
        """From left to right, over further occurrences of the blocks there are (`joining`), or all repeats."""
        self.dead.clear()
        self.free_end = 0
        place = 0
        while place < len(seeds):
            if self.taken[place]:
                place = self._region(place)[1]
                self.free_end = 0
                continue
            alike = places.get(seeds[place])
            pair = self._best(place, alike, joining) if alike else None
            place = max(place + 1, self._add(*pair)) if pair else place + 1

    def _best(self, place: int, alike: list[int], joining: bool) -> Pair | None:
        """The longest stretch here that is a repeat, and the place that it repeats."""
        if self.free_end <= place:
            self.free_end = self._next_taken(place, len(self.words))
        if self.free_end < place + SEED:
            return None
        found = []
        for other in self._others(place, alike, joining):
            if self.dead.get(other - place, 0) > place:
                continue
            if len(alike) > MAX_COMPARED:
                length = self._common(place, other, min(abs(other - place), len(self.words) - max(place, other)))
                if length < TIMES_HALF_FILLED * self.min_words:
                    self.dead[other - place] = place + length
                    continue
            pair = self._extended(place, other, self.min_similarity)
            if not self._is_repeat(*pair) and _length(pair) >= TIMES_HALF_FILLED * self.min_words:
                pair = self._extended(place, other, max(self.min_similarity, INLINE_SIMILARITY))
            if self._is_repeat(*pair) and (not joining or self._joins(*pair)):
                found.append((self._joins(*pair), _length(pair), pair))
            else:
                self.dead[other - place] = pair[0][1]
        return self._period(max(found)[2], [pair for *_, pair in found]) if found else None

    def _period(self, best: Pair, found: list[Pair]) -> Pair:
        """Of a stretch that says one thing over and over, that thing."""
        start, end = best[0]
        for first, second in found:
            times, rest = divmod(end - start, first[1] - start)
            once = times > 1 and not rest and first[0] == start and first[1] == second[0]
            if once and self.words[start:end] == self.words[start : first[1]] * times:
                return first, second
        return best

    def _others(self, place: int, alike: list[int], joining: bool) -> list[int]:
        """The places to compare with this one: what blocks cover on either side of it, and what comes after it."""
        most = MAX_COMPARED if len(alike) <= MAX_COMPARED else MAX_COMMON
        at = bisect_left(alike, place)
        earlier = [other for other in alike[: min(at, MAX_COMPARED)] if self.taken[other]][:most]
        after = bisect_left(alike, place + SEED, at)
        later = alike[after : after + most]
        return earlier + [other for other in later if not joining or self.taken[other]]

    def _extended(self, first: int, second: int, least: float) -> Pair:
        """The pair of stretches from two places on that agree best but for short gaps, at least so alike.

        Best is the most words that agree over those that are left out between.
        """
        end = self.free_end
        other_end = self._end_of_stretch(second)
        if first < second:
            end = min(end, second)
        else:
            other_end = min(other_end, first)
        a, b, shared, score = first, second, 0, 0
        best = (0, first, second)
        failures = 0
        while True:
            length = self._common(a, b, min(end - a, other_end - b))
            a, b, shared, score = a + length, b + length, shared + max(length - SIZE + 1, 0), score + length
            both = (a - first - SIZE + 1) + (b - second - SIZE + 1) - shared
            failures += 1
            if shared >= least * both and score > best[0]:
                best = (score, a, b)
                failures = 0
            if failures == MAX_FAILURES:
                break
            step = self._resume(a, b, end, other_end) if least < 1.0 else None
            if step is None or score <= max(step):  # as much is left out as agrees: better to begin anew there
                break
            a, b, score = a + step[0], b + step[1], score - max(step)
        return self._snapped((first, best[1]), (second, best[2]), end, other_end)

    def _common(self, a: int, b: int, limit: int) -> int:
        """How many words agree from two places on, at most `limit`; by doubling slices, then word by word."""
        words = self.words
        length, size = 0, 16
        while (
            length + size <= limit
            and words[a + length : a + length + size] == words[b + length : b + length + size]
        ):
            length += size
            size *= 2
        while size > 1:
            size //= 2
            while (
                length + size <= limit
                and words[a + length : a + length + size] == words[b + length : b + length + size]
            ):
                length += size
        return length

    def _resume(self, a: int, b: int, end: int, other_end: int) -> tuple[int, int] | None:
        """The fewest words to leave out on both sides for three to agree again."""
        words = self.words
        ahead: dict[tuple[int, ...], int] = {}
        for step in range(min(MAX_GAP, other_end - b - SIZE), -1, -1):
            ahead[tuple(words[b + step : b + step + SIZE])] = step
        found = [
            (step + other, step, other)
            for step in range(min(MAX_GAP, end - a - SIZE) + 1)
            if (other := ahead.get(tuple(words[a + step : a + step + SIZE]))) is not None
        ]
        return min(found)[1:] if found else None

    def _snapped(self, first: Stretch, second: Stretch, end: int, other_end: int) -> Pair:
        """The pair moved to the edges of paragraphs where less than a seed lies between.

        Outwards where both sides have such an edge: the copy's first words were changed. Inwards at one: the
        last word of the paragraph before is the same by chance.
        """
        starts = self._moved(
            first[0], second[0], -1, max(0, self._free_start(first[0])), self._open_start(second[0])
        )
        ends = self._moved(first[1], second[1], 1, end, other_end)
        if first[0] < second[0] < ends[0] or second[0] < first[0] < ends[1]:
            ends = first[1], second[1]
        if starts[0] < ends[1] <= first[0] or starts[1] < ends[0] <= second[0]:
            starts = first[0], second[0]
        moved = (starts[0], ends[0]), (starts[1], ends[1])
        if moved == (first, second) or self._similarity(*moved) >= self.min_similarity:
            return moved
        return first, second

    def _moved(self, a: int, b: int, outwards: int, limit: int, other_limit: int) -> tuple[int, int]:
        steps = range(SEED)
        to = next((a + outwards * n for n in steps if a + outwards * n in self.edge_set), None)
        other = next((b + outwards * n for n in steps if b + outwards * n in self.edge_set), None)
        if to is not None and other is not None:
            if outwards * (limit - to) >= 0 and outwards * (other_limit - other) >= 0:
                return to, other
            return a, b
        for n in steps:
            if a - outwards * n in self.edge_set or b - outwards * n in self.edge_set:
                return a - outwards * n, b - outwards * n
        return a, b

    def _is_repeat(self, first: Stretch, second: Stretch) -> bool:
        """Whether two stretches are text that was pasted again rather than a phrase."""
        size = _length((first, second))
        if size < self.min_words:
            return False
        similarity = self._similarity(first, second)
        if similarity < self.min_similarity:
            return False
        shares = self._filled(first, second), self._filled(second, first)
        if min(shares) >= FILLED:
            return True
        in_a_row = first[1] == second[0] or second[1] == first[0]
        times = TIMES_HALF_FILLED if max(shares) >= FILLED or in_a_row else TIMES_INLINE
        if size >= times * self.min_words and similarity >= INLINE_SIMILARITY:
            return True
        enough = shares[0] >= FILLED_FURTHER or shares[1] >= FILLED or size >= TIMES_HALF_FILLED * self.min_words
        return enough and self._joins(first, second)

    def _filled(self, stretch: Stretch, other: Stretch) -> float:
        """The share of its paragraphs that a stretch has; what the other one has of them does not count."""
        start = self.edges[bisect_right(self.edges, stretch[0]) - 1]
        end = self.edges[bisect_left(self.edges, stretch[1])]
        shared = max(0, min(end, other[1]) - max(start, other[0]))
        return (stretch[1] - stretch[0]) / (end - start - shared)

    def _similarity(self, first: Stretch, second: Stretch) -> float:
        return similarity_of_words(self.words[slice(*first)], self.words[slice(*second)])

    def _joins(self, stretch: Stretch, second: Stretch) -> bool:
        """Whether a stretch is a further occurrence of the block that its repeat is part of."""
        if not self.taken[second[0]]:
            return False
        block = self.blocks[self._region(second[0])[2]]
        if stretch < block[0]:
            return all(self._similarity(stretch, other) >= self.min_similarity for other in block)
        return self._similarity(block[0], stretch) >= self.min_similarity

    def _add(self, first: Stretch, second: Stretch) -> int:
        """Take a repeat into the blocks; the end of its first stretch."""
        if self._joins(first, second):
            number = self._region(second[0])[2]
            insort(self.blocks[number], first)
        else:
            number = len(self.blocks)
            self.blocks.append(sorted((first, second)))
            if not self.taken[second[0]]:
                self._take(second, number)
        self._take(first, number)
        self.free_end = 0
        return first[1]

    def _take(self, stretch: Stretch, number: int) -> None:
        start, end = stretch
        self.taken[start:end] = b"\1" * (end - start)
        insort(self.regions, (start, end, number))

    def _region(self, place: int) -> tuple[int, int, int]:
        """The occurrence that a word is in, and its block."""
        return self.regions[bisect_right(self.regions, (place, len(self.words) + 1, 0)) - 1]

    def _end_of_stretch(self, place: int) -> int:
        """Where what a place is in ends: an occurrence, or what is free."""
        if self.taken[place]:
            return self._region(place)[1]
        return self.free_end if place < self.free_end else self._next_taken(place, len(self.words))

    def _next_taken(self, place: int, end: int) -> int:
        found = self.taken.find(1, place, end)
        return end if found < 0 else found

    def _free_start(self, place: int) -> int:
        """Where what is free before a place begins, as far as a seed back."""
        return self.taken.rfind(1, max(0, place - SEED), place) + 1 or max(0, place - SEED)

    def _open_start(self, place: int) -> int:
        """Likewise, of a place that may be inside an occurrence."""
        if self.taken[place]:
            return self._region(place)[0]
        return self._free_start(place)


def _length(pair: Pair) -> int:
    return min(end - start for start, end in pair)
