"""The inverted index of shingles: which articles have which, and which shingles each article has.

Most shingles stand in one article alone, and are not kept. It is built a range of hashes at a time, by threads,
from the segments' shingles as they are stored, so that little more than what is kept is ever held.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from naskh.arrays import Bool, Int32, Int64, UInt8, UInt32, UInt64
from naskh.matching import posting_kernels as kernels
from naskh.matching.corpus import Corpus, Ranges
from naskh.matching.parts import in_parts, of_parts
from naskh.matching.recurrence import UNDATED
from naskh.matching.scratch import Growing, release, scratch

#: Ranges of hashes that are inverted one by one: so many that one of some ten thousand articles fits into the
#: processor's cache.
_RANGE_BITS = 7
#: Articles of which threads gather the shingles at a time, at most, and parts of all of them, at least.
_ARTICLES = 1 << 16
_PARTS = 16
#: Shingles of articles that are gathered at a time (8 bytes each).
_HELD = 40_000_000

#: Shingles that are turned at a time.
_SHINGLES = 1 << 21

#: The hashes, sizes and holders of a range of `Postings`.
_Range = tuple[UInt32, Int32, Int32]
#: The shingles of some articles, and their numbers.
_Part = tuple[Ranges, Int64]


class Postings(NamedTuple):
    """Which articles have which shingle, and the other way round.

    Shingle ``i``, `hashes` is sorted, stands in articles ``holders[ends[i] : ends[i + 1]]``, ascending; its
    ``traits[i]`` are those of `naskh.matching.posting_kernels`. Article ``a`` has the shingles
    ``shingles[article_ends[a] : article_ends[a + 1]]``, ascending, of those that another one has too.
    """

    hashes: UInt32
    ends: Int64
    traits: UInt8
    holders: Int32
    article_ends: Int64
    shingles: Int32


def postings_of(corpus: Corpus, *, workers: int = 1) -> Postings:
    """The shingles that two articles or more have, who has them, and which each article has.

    Args:
        corpus: all articles.
        workers: threads.

    """
    parts = _parts(corpus.sources())
    total = sum(int(source.sizes.sum()) for source, _ in parts)
    pass_bits = (max(total - 1, 0) // _HELD).bit_length()
    shift = 32 - pass_bits - _RANGE_BITS
    counts = _counted(parts, shift, workers)
    hashes, sizes, holders = Growing(np.uint32), Growing(np.int32), Growing(np.int32)
    for number in range(1 << pass_bits):
        first = number << _RANGE_BITS
        own = counts[:, first : first + (1 << _RANGE_BITS)]
        for of_range in _inverted(*_gathered(parts, own, first, shift, workers), shift, workers):
            hashes.add(of_range[0])
            sizes.add(of_range[1])
            holders.add(of_range[2])
        release()
    ends, all_holders = _ends(sizes.array()), holders.array()
    traits = _traits(ends, all_holders, corpus.outlets, corpus.days, workers)
    release()
    by_article = turned(ends, all_holders, len(corpus.ids), workers=workers)
    return Postings(hashes.array(), ends, traits, all_holders, *by_article)


def thinned(postings: Postings, corpus: Corpus, kept: Bool, *, workers: int = 1) -> Postings:
    """The postings as if only some of the articles were there: what is shared is weighed on these alone.

    Shingles and articles keep their numbers, and each article its list of shingles, so that pairs of the others can
    be weighed on them, too. What it gives for a pair of kept articles is what the postings of these alone would.

    Args:
        postings: of all articles.
        corpus: these.
        kept: (articles,) bool.
        workers: threads.

    """
    stays = kept[postings.holders]
    before = np.empty(len(stays) + 1, postings.ends.dtype)
    before[0] = 0
    np.cumsum(stays, out=before[1:])
    ends, holders = before[postings.ends], postings.holders[stays]
    traits = _traits(ends, holders, corpus.outlets, corpus.days, workers)
    return postings._replace(ends=ends, traits=traits, holders=holders)


def turned(ends: Int64, holders: Int32, articles: int, *, workers: int = 1) -> tuple[Int64, Int32]:
    """From which articles have a shingle to which shingles an article has: `article_ends` and `shingles`."""
    article_ends = np.zeros(articles + 1, np.int64)
    kernels.count_holders(holders, article_ends[1:])
    np.cumsum(article_ends, out=article_ends)
    shingles = scratch(len(holders), np.int32)

    def turn(part: slice) -> None:
        places = article_ends[part.start : part.stop].copy()
        for first in range(0, len(ends) - 1, _SHINGLES):
            own = ends[first : first + _SHINGLES + 1]
            kernels.turn(own, holders, first, part.start, places, shingles)
            release(hot=True)

    in_parts(turn, articles, workers, each=1)
    return article_ends, shingles


def _ends(sizes: Int32) -> Int64:
    """Where lists of such sizes end, and 0 before them; in 32 bits where these suffice."""
    total = int(sizes.sum(dtype=np.int64))
    kind: type[np.int32 | np.int64] = np.int32 if total < 1 << 31 else np.int64
    ends: Any = scratch(len(sizes) + 1, kind)
    ends[0] = 0
    np.cumsum(sizes, out=ends[1:])
    found: Int64 = ends
    return found


def _parts(sources: list[_Part]) -> list[_Part]:
    """The articles in parts for threads."""
    articles = sum(len(numbers) for _, numbers in sources)
    size = max(1, min(_ARTICLES, -(-articles // _PARTS)))
    return [
        (source.part(slice(start, start + size)), numbers[start : start + size])
        for source, numbers in sources
        for start in range(0, len(numbers), size)
    ]


def _counted(parts: list[_Part], shift: int, workers: int) -> Int64:
    """How many shingles, repeats included, each part has in each range of 2 ** shift: (parts, ranges)."""
    counts = np.zeros((len(parts), 1 << 32 - shift), np.int64)

    def count(which: slice) -> None:
        for part in range(which.start, which.stop):
            kernels.count(*parts[part][0], shift, counts[part])
            release(parts[part][0].shingles)

    in_parts(count, len(parts), workers)
    return counts


def _gathered(parts: list[_Part], counts: Int64, first: int, shift: int, workers: int) -> tuple[UInt64, Int64]:
    """All (shingle << 32 | article) of the ranges from `first` on, range by range, and where each begins.

    Args:
        parts: all articles.
        counts: see `_counted`, of these ranges.
        first: the first range.
        shift: see `_counted`.
        workers: threads.

    """
    # Range by range, and in each by the parts of the articles.
    ends = np.cumsum(counts.T).reshape(counts.T.shape)
    places = np.ascontiguousarray((ends - counts.T).T)
    bounds = np.append(0, ends[:, -1]) if len(parts) else np.zeros(1, np.int64)
    packed = np.empty(int(bounds[-1]), np.uint64)

    def gather(which: slice) -> None:
        for part in range(which.start, which.stop):
            source, numbers = parts[part]
            kernels.gather(*source, numbers, first, shift, places[part], packed)
            release(source.shingles)

    in_parts(gather, len(parts), workers)
    return packed, bounds


def _inverted(packed: UInt64, bounds: Int64, shift: int, workers: int) -> Iterator[_Range]:
    """The shingles that two articles or more have, and who has them, range by range."""

    def invert(part: slice) -> list[_Range]:
        found = []
        for place in range(part.start, part.stop):
            own = packed[bounds[place] : bounds[place + 1]]
            room = len(own)
            hashes, sizes, holders = np.empty(room, np.uint32), np.empty(room, np.int32), np.empty(room, np.int32)
            shingles, held = kernels.invert(own, 32 + shift, hashes, sizes, holders)
            found.append((hashes[:shingles].copy(), sizes[:shingles].copy(), holders[:held].copy()))
        return found

    for found in of_parts(invert, len(bounds) - 1, workers):
        yield from found


def _traits(ends: Int64, holders: Int32, outlets: Int64, days: Int64, workers: int) -> UInt8:
    """The traits of each shingle, see `Postings`."""
    found = np.zeros(len(ends) - 1, np.uint8)
    short_days = days.astype(np.int32)  # half as much for the processor's cache
    known, day = np.unique(days, return_inverse=True)
    day[days == UNDATED] = -1
    outlet_count = int(outlets.max(initial=-1)) + 1

    def find(part: slice) -> None:
        own = ends[part.start : part.stop + 1]
        scratch = np.zeros(outlet_count, np.int64), np.full(len(known), -1, np.int64)
        kernels.mark_stock(own, holders, outlets, day, *scratch, found[part])
        kernels.mark_brief(own, holders, short_days, found[part])

    in_parts(find, len(found), workers)
    return found
