"""Compiled kernels that find the candidates of many queries at once; conventions as in `naskh.sketch.kernels`.

They give what `naskh.matching.candidates` gives for each. All that is looked up is sorted first, so that memory is
read in its order: looked up one by one, a key waits for memory as long as ten that are sorted.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import peek_u32
from naskh.matching.candidate_kernels import first_entry, peek_entry
from naskh.matching.lookup_kernels import grown

#: Columns of a row that tells of a `naskh.index.postings.Postings`: addresses and what they point to.
TABLE, REST, ROWS, BUCKETS, REST_BITS, REST_WIDE, ROWS_WIDE = range(7)
POSTINGS_COLUMNS = 7

#: An article that shares a band, whatever else it shares.
_SURE = np.uint32(1 << 31)


@njit(nogil=True, cache=True)
def own_shingles(
    packed: Any, owners: Any, offsets: Any, gaps: Any, distinct: Any, own: Any, counts: Any, text: Any
) -> int:
    """The distinct shingles of some queries, of all together and of each, datelines left out.

    Args:
        packed: (n,) uint64, sorted: (shingle << 32 | place) of all queries, one after the other.
        owners: (n,) int32, the query of each place.
        offsets: (queries + 1,) int64, the places of each.
        gaps: (queries, 2) int64, those of its dateline, from its first.
        distinct: (n,) uint32, out: the distinct shingles, sorted.
        own: (n,) int32, out: those of query q, as indices of `distinct`, sorted, from ``offsets[q]`` on.
        counts: (queries,) int64, zeros; out: how many each has.
        text: (n,) int32, out: of each place the index in its query's `own`; -1 for a shingle of the dateline alone.

    Returns:
        how many distinct shingles there are.

    """
    low = np.uint64(0xFFFFFFFF)
    found = 0
    i = 0
    while i < len(packed):
        shingle = packed[i] >> np.uint64(32)
        is_new = True
        while i < len(packed) and packed[i] >> np.uint64(32) == shingle:
            query = owners[np.int64(packed[i] & low)]
            end = i
            is_own = False
            while end < len(packed) and packed[end] >> np.uint64(32) == shingle:
                place = np.int64(packed[end] & low)
                if owners[place] != query:
                    break
                is_own = is_own or not gaps[query, 0] <= place - offsets[query] < gaps[query, 1]
                end += 1
            index = -1
            if is_own:
                if is_new:
                    is_new = False
                    distinct[found] = np.uint32(shingle)
                    found += 1
                index = counts[query]
                own[offsets[query] + index] = found - 1
                counts[query] += 1
            for k in range(i, end):
                text[np.int64(packed[k] & low)] = index
            i = end
    return found


@njit(nogil=True, cache=True)
def _range_of(postings: Any, number: Any, key: Any) -> Any:
    """Where the entries of a key of a list begin and end."""
    bits, rest, wide = postings[REST_BITS], postings[REST], postings[REST_WIDE]
    bucket = number * postings[BUCKETS] + (key >> bits)
    low, end = np.int64(peek_u32(postings[TABLE], bucket)), np.int64(peek_u32(postings[TABLE], bucket + 1))
    wanted = key & ((np.int64(1) << bits) - 1)
    low = first_entry(rest, wide, low, end, wanted)
    last = low
    while last < end and peek_entry(rest, last, wide) == wanted:
        last += 1
    return low, last


@njit(nogil=True, cache=True)
def shingle_ranges(postings: Any, distinct: Any, found: Any) -> None:
    """Where the entries of sorted shingles are: (n, 2) uint32 `found`, begin and end of each."""
    for k in range(len(distinct)):
        found[k, 0], found[k, 1] = _range_of(postings, 0, np.int64(distinct[k]))


@njit(nogil=True, cache=True)
def band_ranges(postings: Any, packed: Any, found: Any) -> None:
    """Where the entries of the band keys of paragraphs are.

    Args:
        postings: (POSTINGS_COLUMNS,) int64.
        packed: (bands, paragraphs) uint64, each row sorted: (key << 32 | paragraph).
        found: (paragraphs, bands, 2) uint32, out: begin and end of each.

    """
    for band in range(packed.shape[0]):
        for k in range(packed.shape[1]):
            paragraph = np.int64(packed[band, k] & np.uint64(0xFFFFFFFF))
            begin, end = _range_of(postings, band, np.int64(packed[band, k] >> np.uint64(32)))
            found[paragraph, band, 0], found[paragraph, band, 1] = begin, end


@njit(nogil=True, cache=True)
def candidates(
    queries: Any, by_shingle: Any, by_band: Any, paragraph_article: Any, stored: Any, itself: Any, scratch: Any,
    pairs: Any, count: int,
) -> Any:  # fmt: skip
    """The articles of a segment that may share text with each query, as `naskh.matching.candidates.candidates`.

    Args:
        queries: offsets, own and counts of `own_shingles`, and (queries + 1,) int64: where the paragraphs of each
            begin.
        by_shingle: FracMinHash postings of the segment, and `shingle_ranges`.
        by_band: its band postings, and `band_ranges`.
        paragraph_article: address of uint32, the article row of each paragraph row.
        stored: first article of the segment; (articles,) int64 shingles of each article of the index, and bool,
            which are not deleted.
        itself: (queries,) int64, the article that is left out; -1 for none.
        scratch: (>= articles of the segment,) uint32, zeros, and left so; and int64.
        pairs: uint64, of which `count` are taken.
        count: of these.

    Returns:
        `pairs`, or a larger array, with (query << 32 | article) of this segment behind those that were there; and
        how many there are now. Queries come in their order, articles of one in any.

    """
    offsets, own, own_counts, paragraph_ends = queries
    frac, frac_ranges = by_shingle
    bands, ranges = by_band
    first_article, sizes, is_live = stored
    counts, touched = scratch
    for query in range(len(own_counts)):
        seen = 0
        for i in range(offsets[query], offsets[query] + own_counts[query]):
            for place in range(frac_ranges[own[i], 0], frac_ranges[own[i], 1]):
                row = peek_entry(frac[ROWS], place, frac[ROWS_WIDE])
                if counts[row] == 0:
                    touched[seen] = row
                    seen += 1
                counts[row] += np.uint32(1)
        for paragraph in range(paragraph_ends[query], paragraph_ends[query + 1]):
            for band in range(ranges.shape[1]):
                for place in range(ranges[paragraph, band, 0], ranges[paragraph, band, 1]):
                    row = np.int64(peek_u32(paragraph_article, peek_entry(bands[ROWS], place, bands[ROWS_WIDE])))
                    if counts[row] == 0:
                        touched[seen] = row
                        seen += 1
                    counts[row] |= _SURE
        least = min(2, own_counts[query])
        pairs = grown(pairs, count + seen)
        for i in range(seen):
            row = touched[i]
            article = first_article + row
            enough = np.int64(counts[row]) >= least or sizes[article] <= least
            counts[row] = 0
            if enough and is_live[article] and article != itself[query] and own_counts[query] > 0:
                pairs[count] = np.uint64(query) << np.uint64(32) | np.uint64(article)
                count += 1
    return pairs, count
