"""What no run took though it stands in one: text pasted a third time in another extent, which cuts the run."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from naskh.matching.paragraph_classes import Classes, Run


class _Leftover(NamedTuple):
    """Paragraphs at `place` that no run took, which are those from `offset` on of a run."""

    place: int
    length: int
    run: int
    offset: int


def with_leftovers(article: Classes, runs: list[Run]) -> list[Run]:
    """The runs, cut so that each paragraph which is left over but stands in one of them has a place in a piece."""
    leftovers = _leftovers(article, runs) if runs else []
    if not leftovers:
        return runs
    edges = _edges(article, runs, leftovers)
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


def _edges(article: Classes, runs: list[Run], leftovers: list[_Leftover]) -> list[set[int]]:
    """Where each run begins, is cut and ends, so that what is left over is a piece of it.

    But for a refrain, all of whose paragraphs the run has more than once: that is given by itself with all its
    places. Where a cut leaves one once in a piece, it is cut out of that as well, else it were in two blocks.
    """
    edges = [{0, run.length} for run in runs]
    _cut(article, runs, edges, {(number, offset, length) for _, length, number, offset in leftovers})
    refrains = {
        tuple(article.classes[place : place + length]): place
        for place, length, number, offset in leftovers
        if not {offset, offset + length} <= edges[number]
    }
    owners = _owners(article, runs)
    inside = {
        (owner[0], other - owner[1], len(classes))
        for classes, place in refrains.items()
        for other in _places(article, place, len(classes))
        if (owner := owners[other])
    }
    while _cut(article, runs, edges, inside):
        pass
    return edges


def _cut(article: Classes, runs: list[Run], edges: list[set[int]], stretches: set[tuple[int, int, int]]) -> bool:
    """Cut out each stretch (run, offset, length) that has a paragraph once in its piece; whether there were any."""
    once = [_once(article, run, cuts) for run, cuts in zip(runs, edges, strict=True)]
    before = sum(map(len, edges))
    for number, offset, length in stretches:
        end = min(offset + length, runs[number].length)
        if any(once[number][offset:end]):
            edges[number] |= {offset, end}
    return sum(map(len, edges)) > before


def _once(article: Classes, run: Run, cuts: set[int]) -> list[bool]:
    """For each paragraph of a run, whether the piece that it is in has it once."""
    classes = article.classes[run.starts[0] : run.starts[0] + run.length]
    once = []
    for start, end in pairwise(sorted(cuts)):
        counts = Counter(classes[start:end])
        once += [counts[cls] == 1 for cls in classes[start:end]]
    return once


def _owners(article: Classes, runs: list[Run]) -> list[tuple[int, int] | None]:
    """For each paragraph the run that it is in, and where that occurrence of it begins."""
    owners: list[tuple[int, int] | None] = [None] * len(article.classes)
    for number, run in enumerate(runs):
        for start in run.starts:
            owners[start : start + run.length] = [(number, start)] * run.length
    return owners


def _leftovers(article: Classes, runs: list[Run]) -> list[_Leftover]:
    """What no run took though it begins like something in one, each as long as it goes on like that."""
    owners = _owners(article, runs)
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


def _places(article: Classes, start: int, length: int) -> list[int]:
    """All places of a run that do not overlap, inside other runs or not."""
    same = [place for place in article.alike(start, length) if article.same(start, place, length)]
    return _apart(same, length)
