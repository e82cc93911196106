"""All duplicate pairs of an index, of paragraphs or of articles, each verified on its exact shingles.

Exact copies are collapsed first: texts with the same set of shingles are one from there on, so that a stock
paragraph costs the join once, however often it stands. The pairs that are written are still all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from naskh.arrays import HALF, LOW, Float64, Int8, Int32, Int64, UInt64, ranks
from naskh.index.snapshot import Snapshot
from naskh.matching import join_kernels as kernels
from naskh.matching.corpus import Corpus
from naskh.matching.measures import MIN_JACCARD
from naskh.matching.pair_candidates import (
    Progress,
    group_product,
    linked_by_paragraphs,
    posting_candidates,
    similar_paragraphs,
)
from naskh.matching.pair_evidence import Memory, PairEvidence
from naskh.matching.pair_kernels import connect
from naskh.matching.parts import in_parts
from naskh.matching.postings import Postings, postings_of
from naskh.matching.relation import ORDER
from naskh.matching.scratch import release, scratch

#: Rows of a record batch.
_ROWS = 1 << 16
#: Articles that a kernel joins at a time, and pairs that it is given room for at first; one article may have more.
_ARTICLES = 1 << 8
_ROOM = 1 << 14
#: Pairs whose evidence is weighed at a time; the texts of their articles are in memory.
_PAIRS = 1 << 14


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
    kept, shared = similar_paragraphs(snapshot, items, distinct, min_jaccard, workers=workers, progress=progress)
    a, b, jaccard, _ = _expand(kept, shared, items.sizes, items.distinct_of)
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


class Alike(NamedTuple):
    """Pairs of articles that share enough, sorted by (first, second), with the exact measures of `Related`."""

    first: Int64
    second: Int64
    shared: Int64
    jaccard: Float64


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
    alike, postings = alike_articles(
        corpus,
        min_jaccard=min_jaccard,
        min_containment=min_containment,
        workers=workers,
        progress=lambda share: progress(0.6 * share),
    )
    relations = np.empty(len(alike.first), np.int8)
    rows = by_story(alike, len(corpus.ids))
    done = 0
    for part, evidence in evidence_on(corpus, postings, alike, rows, workers=workers):
        progress(0.6 + 0.4 * done / len(rows))
        relations[part] = evidence.relations()
        done += len(part)
    progress(1.0)
    return Related(*alike, relations)


def alike_articles(
    corpus: Corpus,
    *,
    min_jaccard: float = MIN_JACCARD,
    min_containment: float | None = None,
    workers: int = 1,
    progress: Progress = lambda _: None,
) -> tuple[Alike, Postings]:
    """As `related_articles`, without the relations; and the postings on which these are weighed."""
    linked = linked_by_paragraphs(corpus, workers=workers, progress=lambda share: progress(share * 0.7))
    candidates = posting_candidates(corpus, workers=workers)
    progress(0.8)
    release()
    postings = postings_of(corpus, workers=workers)
    release()
    articles = corpus.articles
    pairs, common = join_articles(
        candidates, linked, articles.of_articles, postings, min_jaccard, min_containment, workers
    )
    del candidates, linked
    release()
    distinct = [
        articles.distinct_of[half.astype(np.int64)].astype(np.uint64) for half in (pairs >> HALF, pairs & LOW)
    ]
    one, other, jaccard, shared = _expand(distinct[0] << HALF | distinct[1], common, *articles)
    first, second = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((second, first))
    progress(1.0)
    return Alike(first[order], second[order], shared[order], jaccard[order]), postings


def by_story(alike: Alike, articles: int) -> Int64:
    """The rows of pairs, those of one story together: so that texts and what is remembered serve more often."""
    story = np.arange(articles)
    connect(alike.first, alike.second, story)
    return np.argsort(story[alike.first], kind="stable")


def evidence_on(
    corpus: Corpus, postings: Postings, alike: Alike, rows: Int64, *, workers: int = 1
) -> Iterator[tuple[Int64, PairEvidence]]:
    """The evidence on some pairs, a bounded number of them at a time.

    Args:
        corpus: all articles.
        postings: what shared text is weighed on: of all articles, or of some of them (`naskh.matching.postings`).
        alike: pairs.
        rows: which of these, see `by_story`.
        workers: threads.

    Yields:
        rows, and the evidence on these.

    """
    memory = Memory(len(corpus.ids))
    for start in range(0, len(rows), _PAIRS):
        part = rows[start : start + _PAIRS]
        pairs_of = alike.first[part], alike.second[part], alike.shared[part]
        yield part, PairEvidence(corpus, postings, *pairs_of, workers=workers, memory=memory)


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
    yield from tabulate(corpus, related, min_jaccard, min_containment)


def tabulate(
    corpus: Corpus, related: Related, min_jaccard: float, min_containment: float | None
) -> Iterator[pa.RecordBatch]:
    """Those of the pairs that reach a threshold, in record batches of `ARTICLE_SCHEMA`."""
    sizes = np.maximum(corpus.sizes, 1)
    for start in range(0, len(related.first), _ROWS):
        left, right, shared, jaccard, relations = (values[start : start + _ROWS] for values in related)
        in_left, in_right = shared / sizes[left], shared / sizes[right]
        kept = jaccard >= min_jaccard
        if min_containment is not None:
            kept |= np.maximum(in_left, in_right) >= min_containment
        batch = pa.record_batch(
            [
                corpus.ids.take(pa.array(left)), corpus.ids.take(pa.array(right)),
                _RELATIONS.take(pa.array(relations)), pa.array(in_left), pa.array(in_right), pa.array(jaccard),
            ],
            schema=ARTICLE_SCHEMA,
        )  # fmt: skip
        yield batch if kept.all() else batch.filter(pa.array(kept))


def join_articles(
    candidates: Int32,
    linked: UInt64,
    sizes: Int64,
    postings: Postings,
    min_jaccard: float,
    min_containment: float | None,
    workers: int,
) -> tuple[UInt64, Int64]:
    """The pairs that share a posting or are linked, and that reach a threshold; see `naskh.matching.join_kernels`.

    Args:
        candidates: see `posting_candidates`.
        linked: pairs of articles.
        sizes: how many distinct shingles each article has.
        postings: of all articles.
        min_jaccard: in (0, 1].
        min_containment: in (0, 1]; None for none.
        workers: threads.

    Returns:
        pairs (one article << 32 | another), and the exact number of shingles that each pair shares.

    """
    count = len(sizes)
    ends, order = np.empty(count + 1, np.int64), scratch(len(candidates), np.int32)
    kernels.group(candidates, ends, order)
    higher = np.sort(linked << HALF | linked >> HALF)
    linked_ends = np.searchsorted(higher >> HALF, np.arange(count + 1, dtype=np.uint64))
    by_link = linked_ends, (higher & LOW).astype(np.int32)
    shingles_of = postings.ends, postings.holders, postings.article_ends, postings.shingles
    stock = np.zeros(count, np.int64)
    kernels.count_stock(postings.ends, postings.holders, stock)
    floor = 2.0 if min_containment is None else min_containment
    found: dict[int, tuple[UInt64, Int64]] = {}

    def join_part(part: slice) -> None:
        seen = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
        begin, room = part.start, _ROOM
        while begin < part.stop:
            pairs, shared = np.empty(room, np.uint64), np.empty(room, np.int64)
            stop = min(begin + _ARTICLES, part.stop)
            done, pairs_found = kernels.join(
                begin, stop, (candidates, ends, order), by_link, shingles_of, sizes, stock, min_jaccard, floor,
                seen, pairs, shared,
            )  # fmt: skip
            found[begin] = pairs[:pairs_found].copy(), shared[:pairs_found].copy()
            room *= 1 if done > begin else 2
            begin = done
            release(hot=True)

    in_parts(join_part, count, workers)
    parts = [found[begin] for begin in sorted(found)]
    pairs = np.concatenate([np.zeros(0, np.uint64), *(part[0] for part in parts)])
    return pairs, np.concatenate([np.zeros(0, np.int64), *(part[1] for part in parts)])


def _expand(pairs: UInt64, shared: Int64, sizes: Int64, distinct_of: Int64) -> tuple[Int64, Int64, Float64, Int64]:
    """From pairs of distinct sets to pairs of items, and the pairs of exact copies.

    Args:
        pairs: (one set << 32 | another).
        shared: what each pair shares.
        sizes: of the distinct sets.
        distinct_of: the set of each item.

    Returns:
        both items of each pair, their Jaccard, and the shingles that they share.

    """
    order = np.argsort(distinct_of, kind="stable")
    starts = np.searchsorted(distinct_of[order], np.arange(len(sizes) + 1))
    counts = np.diff(starts)
    one, other = (pairs >> HALF).astype(np.int64), (pairs & LOW).astype(np.int64)
    copies = np.flatnonzero((counts > 1) & (sizes > 0))
    one, other = np.concatenate([one, copies]), np.concatenate([other, copies])
    shared = np.concatenate([shared, sizes[copies]])
    first, second, times = group_product(one, other, starts, counts)
    a, b = order[first], order[second]
    jaccard = np.repeat(shared / (sizes[one] + sizes[other] - shared), times)
    keep = np.repeat(one != other, times) | (a < b)
    return a[keep], b[keep], jaccard[keep], np.repeat(shared, times)[keep]


def _in_order(first: Int64, second: Int64) -> Iterator[Int64]:
    """Row numbers sorted by (first, second), a batch at a time."""
    order = np.lexsort((second, first))
    for start in range(0, len(order), _ROWS):
        yield order[start : start + _ROWS]
