"""The inverted index of shingles, built in memory.

Most shingles stand in one article alone, and are not kept. It is built a
range of hashes at a time, by threads, so that little more than what is kept is ever held.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from naskh.arrays import Bool, Int32, Int64, UInt32, UInt64
from naskh.matching import posting_kernels as kernels
from naskh.matching.corpus import Corpus, Items
from naskh.matching.parts import in_parts
from naskh.matching.recurrence import UNDATED
from naskh.matching.weigh_kernels import STOCK

#: Ranges of hashes that are inverted one by one: so many that one of some ten thousand articles fits into the
#: processor's cache.
_RANGE_BITS = 7
#: Parts of the articles that threads gather from.
_PARTS = 16
#: Shingles of articles that are gathered at a time (8 bytes each).
_HELD = 1 << 24


#: The hashes, sizes, days and holders of a range of `Postings`.
_Range = tuple[UInt32, Int64, Int32, Int32]


class Postings(NamedTuple):
    """Which articles have which shingle.

    Shingle ``i``, `hashes` is sorted, stands in articles ``holders[ends[i] : ends[i + 1]]``, ascending. Those that
    begin with bits b are between ``directory[b]`` and ``directory[b + 1]``; `shift` gives the bits. `days` holds
    the first and the last of the days of its articles, see `naskh.matching.posting_kernels.invert`; of boilerplate
    of an outlet, the last is `naskh.matching.weigh_kernels.STOCK`.
    """

    hashes: UInt32
    directory: Int64
    shift: int
    ends: Int64
    days: Int32
    holders: Int32


def postings_of(corpus: Corpus, *, workers: int = 1) -> Postings:
    """The shingles that two articles or more have, and who has them.

    Args:
        corpus: all articles.
        workers: threads.

    """
    items, days = corpus.articles, corpus.days
    total = int(items.sizes[items.distinct_of].sum())
    passes = 1 << max(0, total // _HELD).bit_length()
    found = [_nothing()]
    for number in range(passes):
        width = (1 << 32) // passes
        packed, bounds = _gathered(items, number * width, (number + 1) * width, workers)
        of_ranges = [_nothing()] * (len(bounds) - 1)

        def invert(
            part: slice, packed: UInt64 = packed, bounds: Int64 = bounds, of_ranges: list[_Range] = of_ranges
        ) -> None:
            for place in range(part.start, part.stop):
                own = packed[bounds[place] : bounds[place + 1]]
                room = len(own)
                hashes, sizes = np.empty(room, np.uint32), np.empty(room, np.int64)
                between, holders = np.empty((room, 2), np.int32), np.empty(room, np.int32)
                shingles, held = kernels.invert(
                    own,
                    room,
                    64 - passes.bit_length() + 1 - _RANGE_BITS,
                    days,
                    hashes,
                    sizes,
                    between,
                    holders,
                )
                columns = hashes[:shingles], sizes[:shingles], between[:shingles], holders[:held]
                of_ranges[place] = columns[0].copy(), columns[1].copy(), columns[2].copy(), columns[3].copy()

        in_parts(invert, len(of_ranges), workers)
        found += of_ranges
    hashes, sizes, between, holders = (np.concatenate(column) for column in zip(*found, strict=True))
    ends = np.append(0, np.cumsum(sizes))
    bits = max(1, len(hashes).bit_length())
    first = np.bincount(hashes >> np.uint32(32 - bits), minlength=1 << bits)
    between[_boilerplate(ends, holders, corpus.outlets, days, workers), 1] = STOCK
    return Postings(hashes, np.append(0, np.cumsum(first)), 32 - bits, ends, between, holders)


def _gathered(items: Items, low: int, high: int, workers: int) -> tuple[UInt64, Int64]:
    """All (shingle << 32 | article) of shingles in [low, high), in ranges, and where each range begins."""
    shift = (high - low).bit_length() - 1 - _RANGE_BITS
    articles = len(items.distinct_of)
    starts = np.linspace(0, articles, _PARTS + 1).astype(np.int64)
    counts = np.empty((_PARTS, 1 << _RANGE_BITS), np.int64)

    def count(parts: slice) -> None:
        for part in range(parts.start, parts.stop):
            own = items.distinct_of[starts[part] : starts[part + 1]]
            kernels.count(items.sets, items.set_ends, own, low, high, shift, counts[part])

    in_parts(count, _PARTS, workers)
    # Range by range, and in each by the parts of the articles.
    ends = np.cumsum(counts.T).reshape(counts.T.shape)
    places = np.ascontiguousarray((ends - counts.T).T)
    bounds = np.append(0, ends[:, -1])
    packed = np.empty(int(ends[-1, -1]), np.uint64)

    def gather(parts: slice) -> None:
        for part in range(parts.start, parts.stop):
            own = items.distinct_of[starts[part] : starts[part + 1]]
            kernels.gather(items.sets, items.set_ends, own, starts[part], low, high, shift, places[part], packed)

    in_parts(gather, _PARTS, workers)
    return packed, bounds


def _nothing() -> _Range:
    return np.zeros(0, np.uint32), np.zeros(0, np.int64), np.zeros((0, 2), np.int32), np.zeros(0, np.int32)


def _boilerplate(ends: Int64, holders: Int32, outlets: Int64, days: Int64, workers: int) -> Bool:
    """Which shingles are boilerplate of one outlet; see `naskh.matching.recurrence.boilerplate`."""
    found = np.empty(len(ends) - 1, np.bool_)
    known, day = np.unique(days, return_inverse=True)
    day[days == UNDATED] = -1
    outlet_count = int(outlets.max(initial=-1)) + 1

    def find(part: slice) -> None:
        own = ends[part.start : part.stop + 1]
        scratch = np.zeros(outlet_count, np.int64), np.full(len(known), -1, np.int64)
        kernels.boilerplate(own, holders, outlets, day, *scratch, found[part])

    in_parts(find, len(found), workers)
    return found
