"""Which paragraphs, and which articles, may be pairs: by bands, by similar paragraphs, by FracMinHash postings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from naskh.arrays import HALF, LOW, Bool, Int32, Int64, UInt64, group_bounds, look_up, ranges, sorted_distinct
from naskh.index.snapshot import Snapshot
from naskh.matching.corpus import Corpus, Items
from naskh.matching.measures import MIN_JACCARD
from naskh.matching.pair_kernels import band_entries, bucket_pairs, verify
from naskh.matching.scratch import Growing, release
from naskh.matching.sort_kernels import bucket_bits, spread_sort
from naskh.sketch.banding import BAND_KEY_BITS
from naskh.sketch.reference import HASH_BITS, frac_limit

#: FracMinHash postings of more articles than this bring no candidates for article pairs, a shingle of so many being
#: a formula; nor does a paragraph that stands in so many articles. ...
MAX_POSTINGS = 100
#: ... But an article's so many rarest postings always do: near-copies by the hundred share no others.
RAREST = 8
#: Entries of a band, candidate pairs of paragraphs, and FracMinHash postings, that are gone through at a time by a
#: thread (8 bytes each).
_ENTRIES = 1 << 19
_CANDIDATES = 1 << 20
_POSTINGS = 1 << 22

Progress = Callable[[float], None]


def similar_paragraphs(
    snapshot: Snapshot,
    items: Items,
    distinct: list[Int32],
    min_jaccard: float,
    *,
    workers: int = 1,
    progress: Progress = lambda _: None,
) -> tuple[UInt64, Int64]:
    """Pairs of distinct paragraphs at `min_jaccard` or above that share a band, and what they share.

    Candidates are many, and are not held: each band's are verified at once.

    Args:
        snapshot: the articles.
        items: see `Corpus.paragraphs`.
        distinct: likewise.
        min_jaccard: in (0, 1].
        workers: threads.
        progress: called with the share of the work that is done.

    """
    bands = snapshot.manifest.settings.bands

    entries = sum(len(of_rows) for of_rows in distinct)
    range_bits = BAND_KEY_BITS - (entries // _ENTRIES).bit_length()

    def of_band(band: int) -> tuple[UInt64, Int64]:
        found = [(np.zeros(0, np.uint64), np.zeros(0, np.int64))]
        for low in range(0, 1 << BAND_KEY_BITS, 1 << range_bits):
            packed = _entries(snapshot, distinct, band, low, range_bits)
            for pairs in _bucket_pairs(_shared_keys(packed), items.bitmaps, items.sizes, min_jaccard):
                found.append(_verified(pairs, items, min_jaccard))
                release(hot=True)
        pairs, shared = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.argsort(pairs)
        return pairs[order], shared[order]

    known, shared = np.zeros(0, np.uint64), np.zeros(0, np.int64)
    with ThreadPoolExecutor(workers, thread_name_prefix="naskh-pairs") as pool:
        for band, (pairs, common) in enumerate(pool.map(of_band, range(bands))):
            new = ~look_up(known, pairs)[1]
            known, shared = np.concatenate([known, pairs[new]]), np.concatenate([shared, common[new]])
            order = np.argsort(known, kind="stable")  # which is fast on two runs that are sorted
            known, shared = known[order], shared[order]
            progress((band + 1) / bands)
    return known, shared


def linked_by_paragraphs(corpus: Corpus, *, workers: int = 1, progress: Progress = lambda _: None) -> UInt64:
    """Pairs of articles, see `_linked`, that similar paragraphs link; of exact copies, the first stands for all."""
    articles = corpus.articles
    paragraphs, article, number, distinct = corpus.paragraphs()
    del number
    release()
    similar = similar_paragraphs(
        corpus.snapshot, paragraphs, distinct, MIN_JACCARD, workers=workers, progress=progress
    )[0]
    release()
    return _linked(similar, paragraphs, articles.first[articles.distinct_of[article]])


def posting_candidates(corpus: Corpus, *, workers: int = 1) -> Int32:
    """The articles that share a FracMinHash posting, one posting's after the other's.

    Those of each hash that is rare, or among the rarest of the article, if there are two or more; of exact copies,
    the first stands for all. They are ascending, and the first of each hash is inverted (``~article``).
    """
    first_copy = corpus.articles.first[corpus.articles.distinct_of]
    by_number = np.append(first_copy, -1)  # a deleted article has the number -1

    def of_hashes(edges: tuple[int, int]) -> tuple[Int32, UInt64, Int64]:
        packed = [np.zeros(0, np.uint64)]
        for segment, numbers in zip(corpus.snapshot.segments, corpus.numbers, strict=True):
            hashes, rows = segment.frac.between(*edges)
            members = by_number[numbers][rows]
            alive = members >= 0
            packed.append(hashes[alive].astype(np.uint64) << HALF | members[alive].astype(np.uint64))
        postings = sorted_distinct(packed)
        bounds = group_bounds(postings >> HALF)
        held = np.repeat(np.diff(bounds), np.diff(bounds))
        rare = np.bincount((postings[held <= MAX_POSTINGS] & LOW).astype(np.int64), minlength=len(first_copy))
        release()
        return _members(postings, (held > 1) & (held <= MAX_POSTINGS)), postings[held > MAX_POSTINGS], rare

    found, frequent, rare = Growing(np.int32), [np.zeros(0, np.uint64)], np.zeros(len(first_copy), np.int64)
    with ThreadPoolExecutor(workers, thread_name_prefix="naskh-pairs") as pool:
        for members, others, own in pool.map(of_hashes, _hash_ranges(corpus)):
            found.add(members)
            frequent.append(others)
            rare += own
    postings = np.concatenate(frequent)
    found.add(_members(postings, _rarest(postings, rare)))
    return found.array()


def _hash_ranges(corpus: Corpus) -> Iterator[tuple[int, int]]:
    """Ranges of FracMinHash hashes that hold about as many postings each."""
    entries = sum(len(segment.frac.rows) for segment in corpus.snapshot.segments)
    limit = frac_limit(corpus.snapshot.manifest.settings.frac_scale)
    edges = np.linspace(0, limit, 2 + entries // _POSTINGS).astype(np.int64).tolist()
    yield from pairwise(edges)
    if limit < 1 << HASH_BITS:  # some short texts have hashes beyond
        yield limit, 1 << HASH_BITS


def _rarest(postings: UInt64, rare: Int64) -> Bool:
    """Which postings are among the `RAREST` of their article.

    Args:
        postings: (hash << 32 | article), sorted: all those of more than `MAX_POSTINGS` articles.
        rare: how many others each article has.

    """
    chosen = np.zeros(len(postings), np.bool_)
    members = (postings & LOW).astype(np.int64)
    bounds = group_bounds(postings >> HALF)
    held = np.repeat(np.diff(bounds), np.diff(bounds))
    poor = np.flatnonzero(rare[members] < RAREST)
    order = poor[np.lexsort((postings[poor], held[poor], members[poor]))]  # each one's postings, the rarest first
    first_of_article = group_bounds(members[order])
    rank = ranges(np.zeros(len(first_of_article) - 1, np.int64), np.diff(first_of_article))
    chosen[order[rank + rare[members[order]] < RAREST]] = True
    return chosen


def _members(postings: UInt64, chosen: Bool) -> Int32:
    """The articles of some postings, where two or more are chosen of a hash; see `posting_candidates`."""
    postings = postings[chosen]
    bounds = group_bounds(postings >> HALF)
    counts = np.diff(bounds)
    members = (postings & LOW).astype(np.int32)
    members[bounds[:-1]] = ~members[bounds[:-1]]
    return members[np.repeat(counts > 1, counts)]


def _entries(snapshot: Snapshot, distinct: list[Int32], band: int, low: int, range_bits: int) -> UInt64:
    """The entries of a band with keys in [low, low + 2 ** range_bits), as (key << 32 | member), sorted."""
    edges = [segment.bands.bounds(low, low + (1 << range_bits), band) for segment in snapshot.segments]
    packed = np.empty(sum(end - start for start, end, _ in edges), np.uint64)
    count = 0
    for segment, of_rows, (start, end, bucket) in zip(snapshot.segments, distinct, edges, strict=True):
        bands = segment.bands
        count = band_entries(
            bands.table[band * bands.buckets : (band + 1) * bands.buckets + 1], bands.rest, bands.rows, of_rows,
            bands.rest_bits, start, end, bucket, low, range_bits, packed, count,
        )  # fmt: skip
    ordered = np.empty(count, np.uint64)
    spread_sort(packed, count, 32 + range_bits, ordered, np.empty((1 << bucket_bits(count)) + 1, np.int64))
    return ordered


def _shared_keys(entries: UInt64) -> UInt64:
    """Sorted entries (key << 32 | member) without those whose key no other has."""
    is_same = np.zeros(len(entries) + 1, np.bool_)
    np.equal(entries[1:] >> HALF, entries[:-1] >> HALF, out=is_same[1:-1])
    return entries[is_same[1:] | is_same[:-1]]


def _bucket_pairs(packed: UInt64, bitmaps: UInt64, sizes: Int64, min_jaccard: float) -> Iterator[UInt64]:
    """The pairs of members in the buckets of a sorted (key << 32 | member) array, some at a time.

    Those that cannot reach the threshold by their bitmaps and sizes are left out: all but a few of a hundred.
    """
    bounds = group_bounds(packed >> HALF)
    members = np.diff(bounds)
    total = np.append(0, np.cumsum(members * (members - 1) // 2))
    bucket = 0
    while bucket < len(members):
        # As many buckets at a time as bring in no more than `_CANDIDATES`, but at least one.
        last = max(int(np.searchsorted(total, total[bucket] + _CANDIDATES, "right")) - 1, bucket + 1)
        pairs = np.empty(total[last] - total[bucket], np.uint64)
        yield pairs[: bucket_pairs(packed[bounds[bucket] : bounds[last]], bitmaps, sizes, min_jaccard, pairs)]
        bucket = last


def _verified(candidates: UInt64, items: Items, min_jaccard: float) -> tuple[UInt64, Int64]:
    """The candidates that reach a threshold, with the exact number of shingles that they share."""
    shared = np.empty(len(candidates), np.int64)
    verify(candidates, items.sets, items.begins, items.sizes, min_jaccard, 2.0, shared)
    candidates, shared = candidates[shared > 0], shared[shared > 0]
    first = items.sizes[(candidates >> HALF).astype(np.int64)]
    second = items.sizes[(candidates & LOW).astype(np.int64)]
    keep: Bool = shared / np.maximum(first + second - shared, 1) >= min_jaccard
    return candidates[keep], shared[keep]


def _linked(pairs: UInt64, paragraphs: Items, article: Int64) -> UInt64:
    """Pairs of distinct articles that have a paragraph in common, or two of a pair; stock paragraphs link none."""
    holders = sorted_distinct([paragraphs.distinct_of.astype(np.uint64) << HALF | article.astype(np.uint64)])
    bounds = np.searchsorted(holders >> HALF, np.arange(len(paragraphs.sizes) + 1, dtype=np.uint64))
    held = np.diff(bounds)
    same = np.arange(len(held))
    one = np.concatenate([(pairs >> HALF).astype(np.int64), same])
    other = np.concatenate([(pairs & LOW).astype(np.int64), same])
    few = (held[one] <= MAX_POSTINGS) & (held[other] <= MAX_POSTINGS)
    a, b, _ = group_product(one[few], other[few], bounds[:-1], held)
    members = (holders & LOW).astype(np.int64)
    return _distinct_pairs(members[a], members[b])


def group_product(one: Int64, other: Int64, starts: Int64, counts: Int64) -> tuple[Int64, Int64, Int64]:
    """For each pair of groups, every place in the one with every place in the other, and how many these are."""
    times = counts[one] * counts[other]
    within = ranges(np.zeros(len(times), np.int64), times)
    width = np.repeat(counts[other], times)
    first = np.repeat(starts[one], times) + within // width
    return first, np.repeat(starts[other], times) + within % width, times


def _distinct_pairs(a: Int64, b: Int64) -> UInt64:
    low, high = np.minimum(a, b).astype(np.uint64), np.maximum(a, b).astype(np.uint64)
    return sorted_distinct([(low << HALF | high)[low != high]])
