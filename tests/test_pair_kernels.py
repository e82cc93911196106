"""The kernels of the join of all pairs: each gives what plain Python gives."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naskh import Article, Index
from naskh.article import Evidence
from naskh.index.posting_kernels import fill_list
from naskh.index.postings import empty_postings
from naskh.matching import (
    join_kernels,
    number_kernels,
    pair_kernels,
    posting_kernels,
    recurrence_kernels,
    sort_kernels,
    weigh_kernels,
)
from naskh.matching.corpus import Corpus
from naskh.matching.evidence import covered_words, numbers
from naskh.matching.numbers import digits
from naskh.matching.pair_candidates import _bucket_pairs, _shared_keys
from naskh.matching.pairs import join_articles
from naskh.matching.postings import Postings, postings_of, turned
from naskh.matching.recurrence import STORY_ARTICLES, STORY_DAYS, UNDATED, Holder, Recurrence, boilerplate
from naskh.matching.relation import ORDER, relation_of
from naskh.matching.relations import Figures, needs_numbers, needs_speech, relations_of
from naskh.text.analysis import analyse
from naskh.text.folding import FOLDING

compiling = settings(deadline=None)  # the first example compiles
hashes = st.integers(0, 2**32 - 1)
#: Hashes as they come, few of them often, and many that begin alike.
values = st.lists(hashes | st.integers(0, 3) | st.integers(2**31, 2**31 + 500), max_size=300)


def set_of(items: list[int]) -> np.ndarray:
    return np.unique(np.array(items, np.uint32))


def text_order(items: list[int], gap: list[int], known: np.ndarray, of_all: np.ndarray) -> np.ndarray:
    """What the kernel of this name gives of a text."""
    count = len(items)
    room = np.empty(count, np.uint64), np.empty(count, np.uint64)
    bounds, order = np.empty((1 << sort_kernels.bucket_bits(count)) + 1, np.int64), np.empty(count, np.int32)
    weigh_kernels.text_order(
        np.array(items, np.uint32), 0, count, np.array(gap), known, of_all, *room, bounds, order
    )
    return order


# --- sorting ---------------------------------------------------------------------------------------------------


@compiling
@given(values, st.booleans())
def test_hashes_are_sorted_as_numpy_sorts_them(items: list[int], is_packed: bool) -> None:
    given_values = np.array(items, np.uint64) << np.uint64(32) if is_packed else np.array(items, np.uint32)
    ordered = np.zeros_like(given_values)
    bounds = np.empty((1 << sort_kernels.bucket_bits(len(items))) + 1, np.int64)
    sort_kernels.spread_sort(given_values, len(items), 64 if is_packed else 32, ordered, bounds)
    assert ordered.tolist() == sorted(given_values.tolist())


@compiling
@given(st.lists(st.tuples(values, st.integers(0, 9), st.integers(0, 9)), max_size=6))
def test_each_range_becomes_its_distinct_shingles_without_the_gap(ranges: list[tuple[list[int], int, int]]) -> None:
    lists = [items for items, _, _ in ranges]
    gaps = [sorted((min(a, len(items)), min(b, len(items)))) for items, a, b in ranges]
    shingles = np.array([value for items in lists for value in items], np.uint32)
    counts = np.array([len(items) for items in lists], np.int64)
    sets, ends = np.empty(len(shingles), np.uint32), np.empty(len(lists) + 1, np.int64)
    starts = np.cumsum(counts) - counts
    sort_kernels.sorted_sets(shingles, starts, counts, np.array(gaps, np.int64).reshape(-1, 2), sets, ends)
    for place, (items, (first, end)) in enumerate(zip(lists, gaps, strict=True)):
        assert sets[ends[place] : ends[place + 1]].tolist() == sorted({*items[:first], *items[end:]})


@compiling
@given(st.lists(st.integers(-10, 9), max_size=40))
def test_places_are_grouped_by_value(members: list[int]) -> None:
    ends, order = np.empty(11, np.int64), np.empty(len(members), np.int64)
    join_kernels.group(np.array(members, np.int64), ends, order)
    for value in range(10):
        expected = [place for place, member in enumerate(members) if member in (value, ~value)]
        assert order[ends[value] : ends[value + 1]].tolist() == expected


@compiling
@given(values, hashes)
def test_a_place_in_a_sorted_array_is_that_of_bisection(items: list[int], wanted: int) -> None:
    ordered = set_of(items)
    expected = bisect_left(ordered.tolist(), wanted)
    assert recurrence_kernels.not_below(ordered, 0, len(ordered), np.uint32(wanted)) == expected


@compiling
@given(values, values)
def test_what_two_sets_share_is_marked_in_the_first(one: list[int], other: list[int]) -> None:
    first, second = set_of(one), set_of(other)
    marked = np.empty(len(first), np.bool_)
    both = np.concatenate([first, second])
    weigh_kernels.mark_shared(both, 0, len(first), len(first), len(both), marked)
    assert marked.tolist() == [value in set(other) for value in first.tolist()]


@compiling
@given(st.lists(st.integers(0, 5) | hashes, max_size=60), st.integers(0, 9), st.integers(0, 9), st.integers(0, 255))
def test_a_text_is_its_shingles_as_places_among_the_known_ones(
    items: list[int], one: int, other: int, seed: int
) -> None:
    gap = sorted((min(one, len(items)), min(other, len(items))))
    rest = [*items[: gap[0]], *items[gap[1] :]]
    of_all = set_of([*items, 3, 2**31])
    chosen = np.random.default_rng(seed).random(len(of_all)) < 0.5
    known = np.flatnonzero(chosen & np.isin(of_all, rest)).astype(np.int32)
    order = text_order(items, gap, known, of_all)
    values_of = of_all[known].tolist()
    expected = [values_of.index(value) if value in values_of else -1 for value in rest]
    assert order.tolist() == [*expected[: gap[0]], *[-1] * (gap[1] - gap[0]), *expected[gap[0] :]]
    text, places, bounds = recurrence_kernels.places_in(order, np.array(gap), len(known))
    assert text.tolist() == expected
    for index in range(len(known)):
        stands = [place for place, held in enumerate(expected) if held == index]
        assert places[bounds[index] : bounds[index + 1]].tolist() == stands


@compiling
@given(st.lists(values, max_size=8), st.integers(0, 255))
def test_ranges_are_copied_as_slices_are(parts: list[list[int]], seed: int) -> None:
    given_values = np.array([value for part in parts for value in part], np.uint32)
    ends = np.cumsum([0, *(len(part) for part in parts)])
    chosen = np.flatnonzero(np.random.default_rng(seed).random(len(parts)) < 0.5)
    begins, counts = ends[chosen], ends[chosen + 1] - ends[chosen]
    closed = np.cumsum([0, *counts])
    expected = [value for place in chosen for value in parts[place]]
    copies = np.zeros(closed[-1], np.uint32)
    sort_kernels.copy_ranges(given_values, begins, closed[:-1], counts, copies)
    assert copies.tolist() == expected


@compiling
@given(st.lists(st.lists(st.integers(0, 3) | hashes, max_size=5), max_size=12))
def test_only_equal_sets_have_one_digest(lists: list[list[int]]) -> None:
    sets = [set_of(items) for items in lists]
    ends, digests = np.cumsum([0, *(len(own) for own in sets)]), np.empty(len(sets), np.uint64)
    sort_kernels.set_digests(np.concatenate([np.zeros(0, np.uint32), *sets]), ends, digests)
    for a, b in combinations(range(len(sets)), 2):
        assert (digests[a] == digests[b]) == (sets[a].tolist() == sets[b].tolist())


# --- the join --------------------------------------------------------------------------------------------------

small_sets = st.lists(st.lists(st.integers(0, 40), max_size=30), min_size=1, max_size=8)


def inverted(sets: list[np.ndarray], workers: int = 1) -> Postings:
    """The postings of some sets, none of them boilerplate."""
    held: dict[int, list[int]] = {}
    for place, own in enumerate(sets):
        for value in own.tolist():
            held.setdefault(value, []).append(place)
    shared = sorted(value for value in held if len(held[value]) > 1)
    ends = np.cumsum([0, *(len(held[value]) for value in shared)])
    holders = np.array([holder for value in shared for holder in held[value]], np.int32)
    by_article = turned(ends, holders, len(sets), workers=workers)
    return Postings(np.array(shared, np.uint32), ends, np.zeros(len(shared), np.uint8), holders, *by_article)


@pytest.mark.parametrize("workers", [1, 3])
@compiling
@given(small_sets)
def test_an_article_has_the_shingles_that_it_is_a_holder_of(workers: int, lists: list[list[int]]) -> None:
    sets = [set_of(items) for items in lists]
    postings = inverted(sets, workers)
    for article, own in enumerate(sets):
        found = postings.shingles[postings.article_ends[article] : postings.article_ends[article + 1]]
        assert postings.hashes[found].tolist() == [value for value in own.tolist() if value in postings.hashes]


@pytest.mark.parametrize("copies", [1, join_kernels.MAX_COUNTED])
@compiling
@given(small_sets)
def test_stock_shingles_are_those_that_are_not_counted(copies: int, lists: list[list[int]]) -> None:
    sets = [set_of(items) for items in lists] * copies  # many copies make most of it stock text
    postings = inverted(sets)
    stock, counts = np.zeros(len(sets), np.int64), np.full(len(sets), -1, np.int64)
    join_kernels.count_stock(postings.ends, postings.holders, stock)
    last = len(sets) - 1
    own = postings.shingles[postings.article_ends[last] :]
    holders = Counter(value for s in sets for value in s.tolist())
    lists = np.empty((len(own), 3), np.int64)
    join_kernels.count_shared(last, own, postings.ends, postings.holders, counts, lists)
    for article, items in enumerate(sets[:-1]):
        both = np.intersect1d(items, sets[last])
        is_stock = np.array([holders[value] > join_kernels.MAX_COUNTED for value in both.tolist()], np.bool_)
        counted = counts[article] - last * join_kernels._ROUND
        assert max(counted, 0) == (~is_stock).sum() if last else True
        assert stock[article] >= is_stock.sum()


@compiling
@given(small_sets, st.sampled_from([0.2, 0.5, 1.0]), st.sampled_from([None, 0.25, 0.6]), st.integers(0, 255))
def test_articles_that_share_a_posting_or_are_linked_are_verified(
    lists: list[list[int]], min_jaccard: float, min_containment: float | None, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    sets = [set_of(items) for items in lists]
    sizes = np.array([len(own) for own in sets])
    posted: list[int] = []
    for value in range(6):
        holders = [place for place, own in enumerate(sets) if value in own]
        posted += [~holders[0], *holders[1:]] if holders else []
    links = [pair for pair in combinations(range(len(sets)), 2) if rng.random() < 0.3]
    candidates, linked = np.array(posted, np.int32), np.array([a << 32 | b for a, b in links], np.uint64)
    pairs, shared = join_articles(candidates, linked, sizes, inverted(sets), min_jaccard, min_containment, 1)
    expected = {}
    for a, b in combinations(range(len(sets)), 2):
        both = set(sets[a].tolist()) & set(sets[b].tolist())
        if both and ((a, b) in links or any(value < 6 for value in both)):
            is_alike = len(both) / (len(sets[a]) + len(sets[b]) - len(both)) >= min_jaccard
            least = len(both) / min(len(sets[a]), len(sets[b]))
            if is_alike or (min_containment is not None and least >= min_containment):
                expected[a << 32 | b] = len(both)
    assert dict(zip(pairs.tolist(), shared.tolist(), strict=True)) == expected


@compiling
@given(values, values, st.integers(0, 60))
def test_what_two_sets_share_is_counted_unless_it_cannot_be_enough(
    one: list[int], other: list[int], needed: int
) -> None:
    first, second = set_of(one), set_of(other)
    both = len(np.intersect1d(first, second))
    found = pair_kernels.shared_count(
        np.concatenate([first, second]), 0, len(first), len(first), len(first) + len(second), needed
    )
    assert found == both or (found == 0 and both < needed)


@compiling
@given(st.integers(1, 3), st.integers(0, 400), st.integers(28, 32), st.integers(0, 255))
def test_the_entries_of_a_band_are_collected_by_ranges_of_keys(
    bands: int, count: int, range_bits: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    postings = empty_postings(count, count, 32, bands)
    for number in range(bands):
        keys, rows = rng.integers(0, 1 << 32, count, np.uint32), np.arange(count, dtype=np.uint32)
        fill_list(
            keys, rows, number, postings.buckets, postings.rest_bits, postings.table, postings.rest, postings.rows
        )
    members = rng.integers(-1, 50, count).astype(np.int32)
    for number in range(bands):
        found, packed = [], np.empty(count, np.uint64)
        table = postings.table[number * postings.buckets : (number + 1) * postings.buckets + 1]
        for low in range(0, 1 << 32, 1 << range_bits):
            start, end, bucket = postings.bounds(low, low + (1 << range_bits), number)
            entries = pair_kernels.band_entries(
                table, postings.rest, postings.rows, members, postings.rest_bits, start, end, bucket, low,
                range_bits, packed, 0,
            )  # fmt: skip
            found += packed[:entries].tolist()
        keys, rows = postings.entries(number)
        expected = [k << 32 | m for k, m in zip(keys.tolist(), members[rows].tolist(), strict=True) if m >= 0]
        assert found == expected


@compiling
@given(st.lists(values, min_size=1, max_size=8))
def test_sets_share_no_more_than_their_bitmaps_let_them(lists: list[list[int]]) -> None:
    sets = [set_of(items) for items in lists]
    bitmaps = np.empty((len(sets), 2), np.uint64)
    sort_kernels.set_bitmaps(np.concatenate(sets), np.cumsum([0, *map(len, sets)]), bitmaps)
    for bits, own in zip(bitmaps.tolist(), sets, strict=True):
        assert bits[0] | bits[1] << 64 == sum(1 << bit for bit in {value % 128 for value in own.tolist()})
    for a, b in combinations(range(len(sets)), 2):
        most = pair_kernels.most_shared(bitmaps[a], bitmaps[b], len(sets[a]), len(sets[b]))
        rest = [{value % 128 for value in sets[place].tolist()} for place in (a, b)]
        assert most == min(len(sets[a]) - len(rest[0] - rest[1]), len(sets[b]) - len(rest[1] - rest[0]))
        assert most >= len(np.intersect1d(sets[a], sets[b]))


@pytest.mark.parametrize("at_a_time", [1, 1 << 20])
@compiling
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), max_size=40, unique=True), st.integers(0, 255))
def test_paragraphs_of_one_bucket_that_may_be_alike_are_paired(
    at_a_time: int, entries: list[tuple[int, int]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    bitmaps, sizes = rng.integers(0, 2**6, (31, 2), np.uint64), rng.integers(6, 20, 31)
    packed = np.sort(np.array([key << 32 | member for key, member in entries], np.uint64))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("naskh.matching.pair_candidates._CANDIDATES", at_a_time)
        parts = list(_bucket_pairs(_shared_keys(packed), bitmaps, sizes, 0.5))
    expected = []
    for (key, a), (other, b) in combinations(sorted(entries), 2):
        most = pair_kernels.most_shared(bitmaps[a], bitmaps[b], sizes[a], sizes[b])
        if key == other and most >= pair_kernels.needed_of(sizes[a], sizes[b], 0.5, 2.0):
            expected.append(a << 32 | b)
    assert [pair for part in parts for pair in part.tolist()] == expected


@compiling
@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=20))
def test_connected_nodes_have_the_lowest_of_them_in_common(links: list[tuple[int, int]]) -> None:
    lowest = np.arange(16)
    first, second = (np.array([link[end] for link in links], np.int64) for end in (0, 1))
    pair_kernels.connect(first, second, lowest)
    expected = list(range(16))
    for _ in range(16):
        for a, b in links:
            expected[a] = expected[b] = min(expected[a], expected[b])
    assert lowest.tolist() == expected


@pytest.mark.parametrize("held", [1 << 24, 40])
def test_postings_are_the_holders_of_each_shingle_of_two_articles_or_more(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr("naskh.matching.postings._HELD", held)
    words = [f"كلمة{n}" for n in range(30)]
    index = Index(f"{tmp_path}/index")
    texts = [" ".join(words[n : n + 8 + n % 5] * (1 + n % 2)) for n in range(20)] + [" ".join(words[3:14])] * 2
    index.add(Article(id=f"{n:02}", text=text) for n, text in enumerate(texts))
    snapshot = index.snapshot
    found = postings_of(Corpus(snapshot))
    holders: dict[int, list[int]] = {}
    for article in range(len(texts)):
        place = snapshot.find(f"{article:02}")
        assert place is not None
        for shingle in np.unique(snapshot.segments[place.segment].evidence(place.row)).tolist():
            holders.setdefault(shingle, []).append(article)
    expected = {shingle: held for shingle, held in holders.items() if len(held) > 1}
    assert found.hashes.tolist() == sorted(expected)
    for place, shingle in enumerate(found.hashes.tolist()):
        assert found.holders[found.ends[place] : found.ends[place + 1]].tolist() == expected[shingle]


@compiling
@given(st.lists(st.lists(st.integers(0, 3), max_size=12), min_size=2, max_size=60), st.booleans())
def test_a_shingle_stands_in_others_beside_a_neighbour_of_it(texts: list[list[int]], is_frequent: bool) -> None:
    if is_frequent:
        texts = texts * 40  # more than are told apart, and enough to be remembered
    sets = [set_of(items) for items in texts]
    postings = inverted(sets)
    days = np.arange(len(texts)) * 10
    scratch = (
        np.full(4, recurrence_kernels.NOTHING), np.zeros(5, np.int64),
        np.empty((5, recurrence_kernels.MOST + 1), np.int32), np.zeros(len(texts), np.int64), np.zeros(1, np.int64),
    )  # fmt: skip
    for article, items in enumerate(texts[:3]):
        own = postings.shingles[postings.article_ends[article] : postings.article_ends[article + 1]]
        order = text_order(items, [0, 0], own, postings.hashes)
        text = recurrence_kernels.places_in(order, np.zeros(2, np.int64), len(own))
        found = np.empty((len(own), 2), np.int64)
        recurrence_kernels.look_up(own, postings.ends, found)
        for index, value in enumerate(postings.hashes[own].tolist()):
            beside = {b for a, b in pairwise(items) if a == value} | {a for a, b in pairwise(items) if b == value}
            expected = {
                int(days[other])
                for other, theirs in enumerate(texts)
                if other != article and value in theirs and beside & set(theirs)
            }
            pool = np.empty(recurrence_kernels.MOST, np.int64)
            count = recurrence_kernels.others_in_row(
                index, own, found, text, article, days, postings.holders, scratch, pool
            )
            if len(expected) >= recurrence_kernels.MOST:
                assert count == recurrence_kernels._MANY
            else:
                assert set(pool[:count].tolist()) == expected
                assert count == len(expected)


@compiling
@given(
    st.lists(st.just(UNDATED) | st.integers(700, 720), max_size=60),
    st.just(UNDATED) | st.integers(700, 720),
    st.just(UNDATED) | st.integers(700, 720),
)
def test_a_shingle_weighs_what_the_reference_says(others: list[int], day: int, match_day: int) -> None:
    hit = np.zeros(1, np.int64)
    holders = [Holder(other, -1, hit, hit) for other in others]
    expected = Recurrence(1, Holder(day, -1, hit, hit), holders).weights(hit, match_day)
    assert recurrence_kernels.weight(np.array(others, np.int64), len(others), day, match_day) == expected[0]


@compiling
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 2), st.integers(-1, 9)), max_size=120))
def test_boilerplate_of_many_shingles_is_that_of_the_reference(held: list[tuple[int, int, int]]) -> None:
    shingle, outlet, day = (np.array([row[k] for row in sorted(held)], np.int64) for k in range(3))
    ends = np.searchsorted(shingle, np.arange(5))
    found = np.zeros(4, np.uint8)
    posting_kernels.mark_stock(
        ends, np.arange(len(held), dtype=np.int32), outlet, day, np.zeros(3, np.int64), np.full(10, -1), found
    )
    expected = boilerplate(shingle, outlet, np.where(day < 0, UNDATED, day), shingles=4)
    assert (found == posting_kernels.STOCK).tolist() == expected.tolist()


@compiling
@given(st.lists(st.just(UNDATED) | st.integers(700, 709), min_size=2, max_size=25))
def test_a_brief_shingle_weighs_1_between_any_two_that_have_it(days: list[int]) -> None:
    traits, ends = np.zeros(1, np.uint8), np.array([0, len(days)])
    posting_kernels.mark_brief(ends, np.arange(len(days), dtype=np.int32), np.array(days, np.int32), traits)
    is_brief = traits[0] == posting_kernels.BRIEF
    dated = [day for day in days if day != UNDATED]
    assert is_brief == (len(days) <= STORY_ARTICLES and max(dated, default=0) - min(dated, default=0) <= STORY_DAYS)
    if is_brief:
        hit = np.zeros(1, np.int64)
        for one, other in combinations(days, 2):
            others = [Holder(day, -1, hit, hit) for day in days]
            assert Recurrence(1, Holder(one, -1, hit, hit), others).weights(hit, other)[0] == 1.0


# --- relations -------------------------------------------------------------------------------------------------


def either(*limits: float) -> st.SearchStrategy[float]:
    """Numbers at, and on both sides of some limits."""
    return st.sampled_from([value for limit in limits for value in (limit, limit * 0.97, limit * 1.03)] + [0.0])


evidences = st.builds(
    Evidence,
    shared=st.integers(0, 90), distinctive=either(8.0, 18.0, 26.5, 37.1, 60.0), boilerplate=st.just(0),
    containment=either(0.3, 0.76, 0.8), words=st.integers(0, 200), shared_words=st.integers(0, 120),
    longest=st.integers(0, 60), substitutions=st.integers(0, 4), substituted_words=st.integers(0, 20),
    days_apart=st.none() | st.integers(0, 12), same_outlet=st.none() | st.booleans(),
    numbers_kept=st.integers(0, 4), numbers_changed=st.integers(0, 16), speech=either(0.83),
)  # fmt: skip


def figures_of(evidence: Evidence, *, texts: bool) -> Figures:
    """Figures of one pair, with or without what only the texts tell."""
    known = {name: getattr(evidence, name) for name in Figures._fields}
    if not texts:
        known |= {"numbers_kept": None, "numbers_changed": None, "speech": None}
    known["speech"] = np.nan if known["speech"] is None else known["speech"]
    return Figures(**{name: np.array([-1 if value is None else value]) for name, value in known.items()})


@settings(max_examples=1000)
@given(evidences)
def test_many_relations_at_once_are_those_of_the_rules(evidence: Evidence) -> None:
    figures = figures_of(evidence, texts=True)
    assert ORDER[relations_of(figures)[0]] == relation_of(evidence).relation
    assert figures.evidence(0) == evidence
    bare = figures_of(evidence, texts=False)
    if needs_numbers(bare)[0]:
        bare.numbers_kept[0], bare.numbers_changed[0] = evidence.numbers_kept, evidence.numbers_changed
    if needs_speech(bare)[0]:
        bare.speech[0] = evidence.speech
    assert ORDER[relations_of(bare)[0]] == relation_of(evidence).relation


# --- numbers ---------------------------------------------------------------------------------------------------


@compiling
@given(st.lists(st.sampled_from(["كلمة", "12", "ع4"]), max_size=60), st.integers(1, 4), st.integers(0, 255))
def test_numbers_are_counted_in_covered_words_and_gaps_as_in_one_text(
    words: list[str], size: int, seed: int
) -> None:
    analysis = analyse(" ".join(words))
    shingles = max(len(words) - size + 1, min(len(words), 1))
    marked = np.random.default_rng(seed).random(shingles) < 0.3
    numeric = np.array([any(c.isdigit() for c in word) for word in analysis.words], np.bool_)
    expected = numbers(analysis, covered_words(analysis, marked, size))
    assert number_kernels.count_numbers(numeric, len(words), marked, size) == expected


@compiling
@given(st.text(max_size=6) | st.sampled_from(["الف", "٣", "x²", "①", "❶", "፩"]))
def test_a_word_is_numeric_if_a_character_is_a_digit_once_folded(text: str) -> None:
    for word in analyse(text).words:
        raw = np.frombuffer(word.encode(), np.uint8)
        assert number_kernels.is_numeric(raw, 0, len(raw), digits()) == any(c.isdigit() for c in word)


def test_all_digits_of_unicode_that_folding_keeps_are_known() -> None:
    kept = {char for c in range(sys.maxunicode + 1) if chr(c).isdigit() for char in FOLDING[c]}
    expected = {int.from_bytes(c.encode(), "big") for c in kept if c.isdigit() and not c.isascii()}
    assert set(digits().tolist()) == expected


@pytest.mark.parametrize("workers", [1, 3])
def test_pairs_do_not_depend_on_the_number_of_threads(sample_index: Index, workers: int) -> None:
    for options in ({"min_containment": 0.2}, {"level": "paragraph"}):
        assert sample_index.pairs(**options, workers=workers).equals(sample_index.pairs(**options, workers=2))


def test_pairs_and_families_do_not_depend_on_how_much_is_held_at_a_time(
    sample_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> list[object]:
        levels = ({"min_containment": 0.2}, {"level": "paragraph"})
        return [*(sample_index.pairs(**options).to_pylist() for options in levels), sample_index.families()]

    expected = found()
    little = {
        "scratch._SMALL": 100, "scratch._RESIDENT": 0, "scratch._CROWDED": 0,
        "postings._HELD": 5000, "postings._ARTICLES": 3,
        "postings._SHINGLES": 7, "pairs._PAIRS": 2, "pairs._ARTICLES": 5, "pairs._ROOM": 1,
        "pair_candidates._ENTRIES": 50, "pair_candidates._CANDIDATES": 10, "pair_candidates._POSTINGS": 100,
        "pair_evidence._REMEMBERED": 4,
    }  # fmt: skip
    for name, value in little.items():
        monkeypatch.setattr(f"naskh.matching.{name}", value)
    assert found() == expected
