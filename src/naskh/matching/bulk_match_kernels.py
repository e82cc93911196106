"""The compiled kernel that answers the queries of a batch, one by one; conventions as in `naskh.sketch.kernels`.

It gives what `naskh.matching.sharing` and `naskh.matching.weighing` give for each, as columns.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.matching.bulk_align_kernels import FEW, find_runs, jaccard, own_places, passages
from naskh.matching.bulk_frame_kernels import lie
from naskh.matching.bulk_weigh_kernels import hold, is_less, mark_rows, weigh
from naskh.matching.lookup_kernels import grown
from naskh.matching.weigh_kernels import FIGURES

#: Columns of the figures on a match; those of a frame are the last.
QUERY, ARTICLE, SHARED, TURNED, BOILERPLATE, PASSAGES, FRAME = range(7)
COLUMNS = FRAME + FIGURES

#: Bits of the filter of a query's shingles: it stays in the nearest cache.
_FILTER = 1 << 15


@njit(nogil=True, cache=True)
def _room(rows: Any, needed: int) -> Any:
    """As `grown`, for rows."""
    if needed <= len(rows):
        return rows
    larger = np.empty((max(needed, 2 * len(rows)), rows.shape[1]), rows.dtype)
    larger[: len(rows)] = rows
    return larger


@njit(nogil=True, cache=True)
def choose_matches(
    query: int, own: Any, articles: Any, shared: Any, stored: Any, floor: Any, found: Any, matches: int, chosen: Any
) -> Any:  # fmt: skip
    """The candidates that are above the floor.

    Args:
        query: the number of the query.
        own: its distinct shingles, all of them, its dateline left out; address and bytes of its id.
        articles: (c,) int32, the candidates.
        shared: (c,) int64, what each shares with it.
        stored: see `answer`.
        floor: likewise.
        found: likewise, of which `matches` are taken.
        matches: see above.
        chosen: (c,) int64, out: the number of each candidate's match, from 0; -1 for none.

    Returns:
        `found`, or a larger array, and how many there are now.

    """
    distinct, positions, query_id, query_bytes = own
    _, counts, gaps, sizes, _, _, ids = stored
    min_containment, min_shared = floor
    before = matches
    for i in range(len(articles)):
        chosen[i] = -1
        both = shared[i]
        if both == 0:
            continue
        article = articles[i]
        theirs = sizes[article]
        if both < min_shared and both / distinct < min_containment and both / theirs < min_containment:
            continue
        their_positions = counts[article] - (gaps[article, 1] - gaps[article, 0])
        is_turned = distinct > theirs or (distinct == theirs and positions > their_positions)
        if distinct == theirs and positions == their_positions:
            is_turned = is_less(ids[article, 0], ids[article, 1], query_id, query_bytes)
        found = _room(found, matches + 1)
        found[matches, QUERY], found[matches, ARTICLE] = query, article
        found[matches, SHARED], found[matches, TURNED] = both, is_turned
        found[matches, BOILERPLATE] = 0
        chosen[i] = matches - before
        matches += 1
    return found, matches


@njit(nogil=True, cache=True)
def find_stands(hits: Any, article: int, gap: Any, own: Any, stands: Any, index: Any) -> int:
    """Where an article has shingles of a query.

    Args:
        hits: what `naskh.matching.bulk_scan_kernels.scan` gives.
        article: the article.
        gap: places of its dateline.
        own: bits, a filter of the query's shingles, and (distinct,) int32, the index of each, -1 for others.
        stands: see `naskh.matching.bulk_align_kernels.find_runs`, out.
        index: likewise, of -1, out.

    Returns:
        how many there are.

    """
    ends, places, words = hits
    bits, keys_of = own
    stand_places, keys = stands
    first = ends[article]
    count = 0
    for at in range(ends[article + 1] - first):
        word = words[first + at]
        keys[count] = at
        count += (bits[(word & (_FILTER - 1)) >> 5] >> np.uint32(word & 31)) & np.uint32(1)
    passed, count = count, 0
    for i in range(passed):
        at = first + keys[i]
        key = keys_of[words[at]]
        if key >= 0:
            place = places[at]
            stand_places[count] = place
            keys[count] = key
            count += 1
            if not gap[0] <= place < gap[1]:
                index[place] = key
    return count


@njit(nogil=True, cache=True)
def mark_shared(is_turned: bool, own: Any, stands: Any, gap: Any, has: Any, match: int, marked: Any) -> int:
    """Where shared shingles stand in the shorter of two articles, outside its dateline.

    Args:
        is_turned: whether that is the match.
        own: places and indices of all shingles of the query outside its dateline, int32.
        stands: see `naskh.matching.bulk_align_kernels.find_runs`.
        gap: places of the match's dateline.
        has: (d,) int64, `match` is written here for those that are shared.
        match: a number of its own.
        marked: places and indices, int32, out.

    Returns:
        how many there are.

    """
    places, keys = marked
    stand_places, stand_keys = stands
    count = 0
    if is_turned:
        for at in range(len(stand_keys)):
            places[count], keys[count] = stand_places[at], stand_keys[at]
            count += not gap[0] <= stand_places[at] < gap[1]
        return count
    for at in range(len(stand_keys)):
        if not gap[0] <= stand_places[at] < gap[1]:
            has[stand_keys[at]] = match
    own_at, own_keys = own
    for at in range(len(own_keys)):
        places[count], keys[count] = own_at[at], own_keys[at]
        count += has[own_keys[at]] == match
    return count


@njit(nogil=True, cache=True)
def outside(text: Any, gap: Any) -> Any:
    """Places and indices of the shingles of a text outside its dateline, int32."""
    count = len(text) - (gap[1] - gap[0])
    places, keys = np.empty(count, np.int32), np.empty(count, np.int32)
    for i in range(count):
        places[i] = i if i < gap[0] else i + gap[1] - gap[0]
        keys[i] = text[places[i]]
    return places, keys


@njit(nogil=True, cache=True)
def answer(
    queries: Any, stored: Any, hits: Any, postings: Any, candidates: Any, floor: Any, size: int, codes: int
) -> Any:
    """The matches of the queries of a batch.

    Args:
        queries: shingles (n,) uint32, the text of one after the other; offsets (queries + 1,) int64; gaps
            (queries, 2) int64; own, counts and text of `naskh.matching.bulk_candidate_kernels.own_shingles`; days
            and outlets (queries,) int64; address and bytes of each id, (queries, 2) int64.
        stored: of the articles that are looked at, in the order of their days: starts, counts and gaps, see
            `naskh.matching.bulk_scan_kernels`; their distinct_sizes; days, outlets; address and bytes of each id.
        hits: what `naskh.matching.bulk_scan_kernels.scan` gives of them.
        postings: what `naskh.matching.bulk_scan_kernels.invert` gives.
        candidates: ends (queries + 1,) int64 and articles, int32, ascending in each query.
        floor: min_containment, and the shared shingles that are enough in any case.
        size: words in a shingle.
        codes: how many outlets there may be.

    Returns:
        matches, (m, COLUMNS) int64, by query: PASSAGES says where the runs of each end; distinctive, (m,) float64;
        runs, (r, 4) int64, and similarity, (r,) float64, of the passages; see
        `naskh.matching.weighing.Weighed`.

    """
    shingles, offsets, gaps, own, own_counts, texts, days, outlets, ids = queries
    starts, counts, match_gaps, sizes, match_days, match_outlets, _ = stored
    candidate_ends, candidate_articles = candidates
    longest = 1
    for article in range(len(counts)):
        longest = max(longest, counts[article])
    for query in range(len(days)):
        longest = max(longest, offsets[query + 1] - offsets[query])
    slots = np.full(len(starts), -1, np.int32)
    base = 0
    held, rows, in_rows = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024, np.bool_)
    bits = np.zeros(_FILTER // 32, np.uint32)
    keys_of = np.full(len(postings[0]), -1, np.int32)
    index = np.full(longest, -1, np.int32)
    stands = np.empty(longest + 1, np.int32), np.empty(longest + 1, np.int32)
    marked = np.empty(longest + 1, np.int32), np.empty(longest + 1, np.int32)
    size_of_seen = 1024
    while size_of_seen < 2 * longest + 2:
        size_of_seen *= 2
    seen = np.zeros(size_of_seen, np.uint64)
    packed = np.empty(256, np.int64)
    scratch = np.empty((FEW, 3), np.int64), np.empty((5, FEW), np.int64), np.zeros(longest + size, np.bool_)
    found, distinctive = np.empty((1024, COLUMNS), np.int64), np.empty(1024, np.float64)
    runs, similarity = np.empty((1024, 4), np.int64), np.empty(1024, np.float64)
    matches = run_count = 0
    for query in range(len(days)):
        articles = candidate_articles[candidate_ends[query] : candidate_ends[query + 1]]
        if len(articles) == 0:
            continue
        begin, end = offsets[query], offsets[query + 1]
        distinct = own_counts[query]
        mine, text, gap = own[begin : begin + distinct], texts[begin:end], gaps[query]
        ends, held, shared = hold(mine, postings, articles, slots, base, held)
        base += len(articles)
        first_match = matches
        chosen = np.empty(len(articles), np.int64)
        found, matches = choose_matches(
            query, (distinct, end - begin - (gap[1] - gap[0]), ids[query, 0], ids[query, 1]), articles, shared,
            stored, floor, found, matches, chosen,
        )  # fmt: skip
        if matches == first_match:
            continue
        in_rows = grown(in_rows, ends[-1])
        rows = grown(rows, ends[-1] + 1)
        mark_rows(text, gap, ends, held, in_rows)
        distinctive = grown(distinctive, matches)
        distinctive[first_match:matches] = 0.0
        weigh(
            ends, held, in_rows, (match_days[articles], match_outlets[articles]), chosen,
            (days[query], outlets[query]), codes, (np.empty(len(ends), np.int64), rows),
            (distinctive[first_match:matches], found[first_match:matches, BOILERPLATE]),
        )  # fmt: skip
        for k in range(distinct):
            keys_of[mine[k]] = k
            bits[(mine[k] & (_FILTER - 1)) >> 5] |= np.uint32(1) << np.uint32(mine[k] & 31)
        standing = own_places(text, distinct)
        whole = outside(text, gap)
        stamps = np.zeros((distinct, 2), np.uint64)
        has = np.full(distinct, -1, np.int64)
        for match in range(first_match, matches):
            article, is_turned = found[match, ARTICLE], found[match, TURNED] != 0
            count, match_gap = counts[article], match_gaps[article]
            near = find_stands(hits, article, match_gap, (bits, keys_of), stands, index)
            own_stands = stands[0][:near], stands[1][:near]
            shorter = mark_shared(is_turned, whole, own_stands, match_gap, has, match, marked)
            lie(
                (marked[0][:shorter], marked[1][:shorter]), not is_turned, text, standing, own_stands, size,
                found[match, FRAME:],
            )  # fmt: skip
            packed, joined = find_runs(text, standing, gap, index[:count], own_stands, match_gap, packed)
            runs = _room(runs, run_count + joined)
            aligned = passages(packed, joined, end - begin, size, scratch, runs[run_count:])
            similarity = grown(similarity, run_count + aligned)
            is_distinct = sizes[article] == count - (match_gap[1] - match_gap[0])
            theirs = starts[article], count, is_distinct, match_gap, own_stands
            for run in range(run_count, run_count + aligned):
                similarity[run] = jaccard(
                    (shingles[begin:end], text, gap), theirs, runs[run], np.uint64(run + 1), stamps, seen
                )
            run_count += aligned
            found[match, PASSAGES] = run_count
            for at in range(near):
                index[stands[0][at]] = -1
        for k in range(distinct):
            bits[(mine[k] & (_FILTER - 1)) >> 5] = np.uint32(0)
            keys_of[mine[k]] = -1
    return found[:matches], distinctive[:matches], runs[:run_count], similarity[:run_count]
