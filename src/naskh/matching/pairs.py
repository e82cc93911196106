"""All duplicate pairs of an index, of paragraphs or of articles, each verified on its exact shingles.

Exact copies are collapsed first: texts with the same set of shingles are one from there on, so that a stock
paragraph costs the join once, however often it stands. The pairs that are written are still all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from naskh.arrays import HALF, LOW, Bool, Float64, Int8, Int64, UInt64, group_bounds, ranges, ranks, sorted_distinct
from naskh.index.snapshot import Snapshot
from naskh.matching import join_kernels as kernels
from naskh.matching.corpus import Corpus, Items
from naskh.matching.measures import MIN_JACCARD
from naskh.matching.pair_evidence import PairEvidence
from naskh.matching.pair_kernels import bucket_pairs, verify
from naskh.matching.parts import in_parts
from naskh.matching.postings import Postings, postings_of
from naskh.matching.relation import ORDER

#: FracMinHash postings of more articles than this bring no candidates for article pairs, a shingle of so many being
#: a formula; nor does a paragraph that stands in so many articles. ...
MAX_POSTINGS = 100
#: ... But an article's so many rarest postings always do: near-copies by the hundred share no others.
RAREST = 8
#: Rows of a record batch.
_ROWS = 1 << 16
#: Candidate pairs are made distinct whenever so many are in memory (8 bytes each).
_CANDIDATES = 1 << 24
#: Pairs of articles that a kernel is given room for at first; one article may have more.
_ROOM = 1 << 14


Progress = Callable[[float], None]
_RELATIONS = pa.array(ORDER, pa.string())

PARAGRAPH_SCHEMA = pa.schema(
    [
        ("article_a", pa.string()), ("paragraph_a", pa.int32()),
        ("article_b", pa.string()), ("paragraph_b", pa.int32()), ("jaccard", pa.float64()),
    ]
)  # fmt: skip
ARTICLE_SCHEMA = pa.schema(
    [
        ("article_a", pa.string()), ("article_b", pa.string()), ("relation", pa.string()),
        ("containment_a", pa.float64()), ("containment_b", pa.float64()), ("jaccard", pa.float64()),
    ]
)  # fmt: skip


def paragraph_pairs(
    snapshot: Snapshot,
    *,
    min_jaccard: float = MIN_JACCARD,
    workers: int = 1,
    progress: Progress = lambda _: None,
) -> Iterator[pa.RecordBatch]:
    """All pairs of paragraphs at `min_jaccard` or above that share a band, in order, as `PARAGRAPH_SCHEMA`."""
    corpus = Corpus(snapshot, workers=workers)
    items, article, number, distinct = corpus.paragraphs()
    candidates = _band_candidates(snapshot, distinct, workers, progress)
    kept, shared = _verified(candidates, items, min_jaccard, workers=workers)
    a, b, jaccard, _ = _expand(kept, shared, items)
    order = np.lexsort((number, article))  # paragraphs in the order of (article id, paragraph)
    place = ranks(order)
    first, second = np.minimum(place[a], place[b]), np.maximum(place[a], place[b])
    for rows in _in_order(first, second):
        left, right = order[first[rows]], order[second[rows]]
        yield pa.record_batch(
            [
                corpus.ids.take(pa.array(article[left])), pa.array(number[left].astype(np.int32)),
                corpus.ids.take(pa.array(article[right])), pa.array(number[right].astype(np.int32)),
                pa.array(jaccard[rows]),
            ],
            schema=PARAGRAPH_SCHEMA,
        )  # fmt: skip


class Related(NamedTuple):
    """Pairs of articles, sorted by (first, second): numbers, exact measures and the relation of each."""

    first: Int64
    second: Int64
    shared: Int64
    jaccard: Float64
    #: (n,) int8, into `naskh.matching.relation.ORDER`.
    relations: Int8


def related_articles(
    corpus: Corpus,
    *,
    min_jaccard: float = MIN_JACCARD,
    min_containment: float | None = None,
    workers: int = 1,
    progress: Progress = lambda _: None,
) -> Related:
    """All pairs of articles at `min_jaccard` or above, or of which either has `min_containment` of the other.

    Args:
        corpus: the articles.
        min_jaccard: in (0, 1].
        min_containment: in (0, 1]; None for no such pairs.
        workers: threads.
        progress: called with the share of the work that is done.

    """
    items = corpus.articles
    linked = _linked_by_paragraphs(corpus, items, workers, lambda share: progress(share * 0.4))
    candidates = _posting_candidates(corpus, items)
    progress(0.5)
    postings = postings_of(corpus, workers=workers)
    kept, shared = join_articles(candidates, linked, items, postings, min_jaccard, min_containment, workers)
    one, other, jaccard, shared = _expand(kept, shared, items)
    first, second = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((second, first))
    first, second, shared, jaccard = first[order], second[order], shared[order], jaccard[order]
    progress(0.6)
    relations = PairEvidence(corpus, postings, first, second, shared, workers=workers).relations()
    progress(1.0)
    return Related(first, second, shared, jaccard, relations)


def article_pairs(
    snapshot: Snapshot,
    *,
    min_jaccard: float = MIN_JACCARD,
    min_containment: float | None = None,
    workers: int = 1,
    progress: Progress = lambda _: None,
) -> Iterator[pa.RecordBatch]:
    """As `related_articles`, in record batches of `ARTICLE_SCHEMA`."""
    corpus = Corpus(snapshot, workers=workers)
    related = related_articles(
        corpus, min_jaccard=min_jaccard, min_containment=min_containment, workers=workers, progress=progress
    )
    items = corpus.articles
    sizes = items.sizes[items.distinct_of]
    for start in range(0, len(related.first), _ROWS):
        rows = slice(start, start + _ROWS)
        left, right, shared = related.first[rows], related.second[rows], related.shared[rows]
        yield pa.record_batch(
            [
                corpus.ids.take(pa.array(left)), corpus.ids.take(pa.array(right)),
                _RELATIONS.take(pa.array(related.relations[rows])),
                pa.array(shared / np.maximum(sizes[left], 1)), pa.array(shared / np.maximum(sizes[right], 1)),
                pa.array(related.jaccard[rows]),
            ],
            schema=ARTICLE_SCHEMA,
        )  # fmt: skip


def _band_candidates(snapshot: Snapshot, distinct: list[Int64], workers: int, progress: Progress) -> UInt64:
    """Pairs of distinct paragraphs that share a band, each once; `distinct`: see `Corpus.paragraphs`."""
    bands = snapshot.manifest.settings.bands

    def of_band(band: int) -> UInt64:
        packed = [np.zeros(0, np.uint64)]
        for segment, of_rows in zip(snapshot.segments, distinct, strict=True):
            keys, rows = segment.bands.entries(band)
            members = of_rows[rows]
            alive = members >= 0
            packed.append(keys[alive].astype(np.uint64) << HALF | members[alive].astype(np.uint64))
        return _bucket_pairs(sorted_distinct(packed))

    found = np.zeros(0, np.uint64)
    waiting: list[UInt64] = []
    with ThreadPoolExecutor(workers, thread_name_prefix="naskh-pairs") as pool:
        for band, pairs in enumerate(pool.map(of_band, range(bands))):
            waiting.append(pairs)
            if sum(map(len, waiting)) > _CANDIDATES:
                found, waiting = sorted_distinct([found, *waiting]), []
            progress((band + 1) / bands)
    return sorted_distinct([found, *waiting])


def _linked_by_paragraphs(corpus: Corpus, articles: Items, workers: int, progress: Progress) -> UInt64:
    """Pairs of articles, see `_linked`, that similar paragraphs link; of exact copies, the first stands for all."""
    paragraphs, article, _, distinct = corpus.paragraphs()
    found = _band_candidates(corpus.snapshot, distinct, workers, progress)
    similar = _verified(found, paragraphs, MIN_JACCARD, workers=workers)[0]
    return _linked(similar, paragraphs, articles.first[articles.distinct_of[article]])


def _posting_candidates(corpus: Corpus, items: Items) -> UInt64:
    """The FracMinHash postings by which articles are candidates, (hash << 32 | article), sorted.

    Each hash that is rare, or among the rarest of the article, and that another such article has; of exact copies,
    the first stands for all.
    """
    first_copy = items.first[items.distinct_of]
    packed = [np.zeros(0, np.uint64)]
    for segment, numbers in zip(corpus.snapshot.segments, corpus.numbers, strict=True):
        hashes, rows = segment.frac.entries()
        members = np.where(numbers >= 0, first_copy[numbers], -1)[rows]
        alive = members >= 0
        packed.append(hashes[alive].astype(np.uint64) << HALF | members[alive].astype(np.uint64))
    postings = sorted_distinct(packed)
    bounds = group_bounds(postings >> HALF)
    held = np.repeat(np.diff(bounds), np.diff(bounds))
    chosen = held <= MAX_POSTINGS
    members = (postings & LOW).astype(np.int64)
    rare = np.bincount(members[chosen], minlength=len(first_copy))
    poor = np.flatnonzero(rare[members] < RAREST)
    order = poor[np.lexsort((postings[poor], held[poor], members[poor]))]  # each one's postings, the rarest first
    first_of_article = group_bounds(members[order])
    rank = ranges(np.zeros(len(first_of_article) - 1, np.int64), np.diff(first_of_article))
    chosen[order[rank < RAREST]] = True
    postings = postings[chosen]
    bounds = group_bounds(postings >> HALF)
    return postings[np.repeat(np.diff(bounds) > 1, np.diff(bounds))]


def join_articles(
    candidates: UInt64,
    linked: UInt64,
    items: Items,
    postings: Postings,
    min_jaccard: float,
    min_containment: float | None,
    workers: int,
) -> tuple[UInt64, Int64]:
    """The pairs that share a posting or are linked, and that reach a threshold; see `naskh.matching.join_kernels`.

    Args:
        candidates: see `_posting_candidates`.
        linked: pairs of articles.
        items: all articles; of exact copies, the first stands for all.
        postings: of all articles.
        min_jaccard: in (0, 1].
        min_containment: in (0, 1]; None for none.
        workers: threads.

    Returns:
        pairs (one distinct set << 32 | another), and the exact number of shingles that each pair shares.

    """
    count = len(items.distinct_of)
    members = (candidates & LOW).astype(np.int64)
    bounds = group_bounds(candidates >> HALF)
    ends, order = np.empty(count + 1, np.int64), np.empty(len(members), np.int64)
    kernels.group(members, ends, order)
    by_posting = members, np.repeat(bounds[:-1], np.diff(bounds)), ends, order
    higher = np.sort(linked << HALF | linked >> HALF)
    linked_ends = np.searchsorted(higher >> HALF, np.arange(count + 1, dtype=np.uint64))
    by_link = linked_ends, (higher & LOW).astype(np.int64)
    article_ends, stock = np.empty(count + 1, np.int64), np.empty(count, np.int64)
    shingles = np.empty(len(postings.holders), np.int32)
    kernels.turn(postings.ends, postings.holders, article_ends, shingles, stock)
    counted = postings.ends, postings.holders, article_ends, shingles, stock
    floor = 2.0 if min_containment is None else min_containment
    found: dict[int, tuple[UInt64, Int64]] = {}

    def join_part(part: slice) -> None:
        scratch = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
        begin, room = part.start, _ROOM
        while begin < part.stop:
            pairs, shared = np.empty(room, np.uint64), np.empty(room, np.int64)
            done, pairs_found = kernels.join(
                begin, part.stop, by_posting, by_link, counted, tuple(items), min_jaccard, floor, scratch, pairs,
                shared,
            )  # fmt: skip
            found[begin] = pairs[:pairs_found].copy(), shared[:pairs_found].copy()
            room *= 1 if done > begin else 2
            begin = done

    in_parts(join_part, count, workers)
    parts = [found[begin] for begin in sorted(found)]
    pairs = np.concatenate([np.zeros(0, np.uint64), *(part[0] for part in parts)])
    one, other = (
        items.distinct_of[half.astype(np.int64)].astype(np.uint64) for half in (pairs >> HALF, pairs & LOW)
    )
    return one << HALF | other, np.concatenate([np.zeros(0, np.int64), *(part[1] for part in parts)])


def _bucket_pairs(packed: UInt64) -> UInt64:
    """The pairs of members in the buckets of a sorted (key << 32 | member) array, each once."""
    bounds = group_bounds(packed >> HALF)
    sizes = np.diff(bounds)
    total = np.append(0, np.cumsum(sizes * (sizes - 1) // 2))
    found = np.zeros(0, np.uint64)
    bucket = 0
    while bucket < len(sizes):
        # As many buckets at a time as bring in no more than `_CANDIDATES`, but at least one.
        last = max(int(np.searchsorted(total, total[bucket] + _CANDIDATES, "right")) - 1, bucket + 1)
        pairs = np.empty(total[last] - total[bucket], np.uint64)
        bucket_pairs(packed[bounds[bucket] : bounds[last]], pairs)
        found = sorted_distinct([found, pairs])
        bucket = last
    return found


def _verified(
    candidates: UInt64, items: Items, min_jaccard: float, min_containment: float | None = None, *, workers: int = 1
) -> tuple[UInt64, Int64]:
    """The candidates that reach a threshold, with the exact number of shingles that they share."""
    shared = np.empty(len(candidates), np.int64)
    floor = 2.0 if min_containment is None else min_containment

    def verify_part(part: slice) -> None:
        verify(candidates[part], items.sets, items.set_ends, min_jaccard, floor, shared[part])

    in_parts(verify_part, len(candidates), workers)
    first = items.sizes[(candidates >> HALF).astype(np.int64)]
    second = items.sizes[(candidates & LOW).astype(np.int64)]
    keep: Bool = (shared > 0) & (shared / np.maximum(first + second - shared, 1) >= min_jaccard)
    if min_containment is not None:
        keep |= (shared > 0) & (shared / np.maximum(np.minimum(first, second), 1) >= min_containment)
    return candidates[keep], shared[keep]


def _expand(pairs: UInt64, shared: Int64, items: Items) -> tuple[Int64, Int64, Float64, Int64]:
    """From pairs of distinct sets to pairs of items, and the pairs of exact copies.

    Returns:
        both items of each pair, their Jaccard, and the shingles that they share.

    """
    order = np.argsort(items.distinct_of, kind="stable")
    starts = np.searchsorted(items.distinct_of[order], np.arange(len(items.set_ends)))
    counts = np.diff(starts)
    one, other = (pairs >> HALF).astype(np.int64), (pairs & LOW).astype(np.int64)
    copies = np.flatnonzero((counts > 1) & (items.sizes > 0))
    one, other = np.concatenate([one, copies]), np.concatenate([other, copies])
    shared = np.concatenate([shared, items.sizes[copies]])
    first, second, times = _product(one, other, starts, counts)
    a, b = order[first], order[second]
    jaccard = np.repeat(shared / (items.sizes[one] + items.sizes[other] - shared), times)
    keep = np.repeat(one != other, times) | (a < b)
    return a[keep], b[keep], jaccard[keep], np.repeat(shared, times)[keep]


def _in_order(first: Int64, second: Int64) -> Iterator[Int64]:
    """Row numbers sorted by (first, second), a batch at a time."""
    order = np.lexsort((second, first))
    for start in range(0, len(order), _ROWS):
        yield order[start : start + _ROWS]


def _linked(pairs: UInt64, paragraphs: Items, article: Int64) -> UInt64:
    """Pairs of distinct articles that have a paragraph in common, or two of a pair; stock paragraphs link none."""
    holders = sorted_distinct([paragraphs.distinct_of.astype(np.uint64) << HALF | article.astype(np.uint64)])
    bounds = np.searchsorted(holders >> HALF, np.arange(len(paragraphs.set_ends), dtype=np.uint64))
    held = np.diff(bounds)
    same = np.arange(len(held))
    one = np.concatenate([(pairs >> HALF).astype(np.int64), same])
    other = np.concatenate([(pairs & LOW).astype(np.int64), same])
    few = (held[one] <= MAX_POSTINGS) & (held[other] <= MAX_POSTINGS)
    a, b, _ = _product(one[few], other[few], bounds[:-1], held)
    members = (holders & LOW).astype(np.int64)
    return _distinct_pairs(members[a], members[b])


def _product(one: Int64, other: Int64, starts: Int64, counts: Int64) -> tuple[Int64, Int64, Int64]:
    """For each pair of groups, every place in the one with every place in the other, and how many these are."""
    times = counts[one] * counts[other]
    within = ranges(np.zeros(len(times), np.int64), times)
    width = np.repeat(counts[other], times)
    first = np.repeat(starts[one], times) + within // width
    return first, np.repeat(starts[other], times) + within % width, times


def _distinct_pairs(a: Int64, b: Int64) -> UInt64:
    low, high = np.minimum(a, b).astype(np.uint64), np.maximum(a, b).astype(np.uint64)
    return sorted_distinct([(low << HALF | high)[low != high]])
