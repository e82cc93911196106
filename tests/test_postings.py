"""Postings: every key is found with its rows, in whatever list, and nothing else is; in few bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naskh.arrays import UInt32
from naskh.index.posting_kernels import fill_list
from naskh.index.postings import Postings, bucket_bits, empty_postings


def filled(lists: list[list[tuple[int, int]]], key_bits: int, rows: int = 1 << 16) -> Postings:
    """Postings of lists of (key, row), as long as each other."""
    entries = len(lists[0])
    found = empty_postings(entries, rows, key_bits, len(lists))
    found.table[:: found.buckets] = np.arange(len(lists) + 1) * entries
    for number, pairs in enumerate(lists):
        ordered = sorted(pairs, key=lambda pair: pair[1])
        keys = np.array([key for key, _ in ordered], np.uint32)
        owners = np.array([row for _, row in ordered], np.uint32)
        fill_list(keys, owners, number, found.buckets, found.rest_bits, found.table, found.rest, found.rows)
    return found


def distinct(entries: int, key_bits: int, seed: int) -> list[tuple[int, int]]:
    """Random pairs, some keys in many rows, each pair once."""
    random = np.random.default_rng(seed)
    keys = random.integers(0, 1 << key_bits, entries)
    keys[: entries // 3] = keys[:1]
    return list(zip(keys.tolist(), range(entries), strict=True))


@pytest.mark.parametrize("entries", [0, 1, 7, 8, 1000, 40_000])
@pytest.mark.parametrize("key_bits", [28, 32])
def test_every_list_gives_its_entries_sorted_by_key_then_row(entries: int, key_bits: int) -> None:
    lists = [distinct(entries, key_bits, seed) for seed in range(3)]
    postings = filled(lists, key_bits)
    for number, pairs in enumerate(lists):
        keys, rows = postings.entries(number)
        assert list(zip(keys.tolist(), rows.tolist(), strict=True)) == sorted(pairs)


@pytest.mark.parametrize("entries", [0, 5, 1000, 40_000])
@pytest.mark.parametrize(
    ("low", "high"), [(0, 1 << 28), (0, 1), (77, 1 << 20), ((1 << 27) + 1, (1 << 27) + 99_999)]
)
def test_the_entries_of_a_range_of_keys_are_those_and_no_others(entries: int, low: int, high: int) -> None:
    lists = [distinct(entries, 28, seed) for seed in range(2)]
    postings = filled(lists, 28)
    for number, pairs in enumerate(lists):
        keys, rows = postings.between(low, high, number)
        wanted = sorted(pair for pair in pairs if low <= pair[0] < high)
        assert list(zip(keys.tolist(), rows.tolist(), strict=True)) == wanted


@settings(deadline=None)  # the first example loads the kernel
@given(
    st.lists(
        st.tuples(st.integers(0, 2**32 - 1) | st.integers(0, 5), st.integers(0, 300)), unique=True, max_size=60
    ),
    st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 5), unique=True, max_size=10),
)
def test_a_key_is_found_with_all_its_rows_and_no_others(pairs: list[tuple[int, int]], others: list[int]) -> None:
    postings = filled([pairs], 32)
    for keys in ([key for key, _ in pairs[:3]], others):
        wanted: UInt32 = np.array(sorted(set(keys)), np.uint32)
        assert sorted(postings.find(wanted).tolist()) == sorted(row for key, row in pairs if key in set(keys))


def test_a_pair_that_comes_twice_stands_once() -> None:
    pairs = [(9, 1), (9, 1), (4, 1), (9, 2), (9, 1)]
    found = empty_postings(len(pairs), 3, 32)
    keys = np.array([key for key, _ in sorted(pairs, key=lambda pair: pair[1])], np.uint32)
    rows = np.array(sorted(row for _, row in pairs), np.uint32)
    count = fill_list(keys, rows, 0, found.buckets, found.rest_bits, found.table, found.rest, found.rows)
    assert count == 3
    assert found.find(np.array([4, 9], np.uint32)).tolist() == [1, 1, 2]


def test_a_bucket_of_thousands_of_entries_is_sorted_too() -> None:
    pairs = [(key % 1500, row) for row, key in enumerate(range(3000, 0, -1))]
    keys, rows = filled([pairs], 28).entries()
    assert list(zip(keys.tolist(), rows.tolist(), strict=True)) == sorted(pairs)


def test_a_usual_segment_takes_two_bytes_for_a_key_and_two_or_four_for_a_row() -> None:
    few, many = empty_postings(50_000, 50_000, 28), empty_postings(100_000, 100_000, 28)
    assert (few.rest.dtype, few.rows.dtype) == (np.uint16, np.uint16)
    assert (many.rest.dtype, many.rows.dtype) == (np.uint16, np.uint32)


@pytest.mark.parametrize("key_bits", [28, 32])
@pytest.mark.parametrize("entries", [0, 1, 100, 30_000, 600_000, 10**7, 10**9])
def test_buckets_hold_some_dozens_of_entries_or_all(entries: int, key_bits: int) -> None:
    bits = bucket_bits(entries, key_bits)
    assert bits == 0 or 8 <= entries / 2**bits < 128 or bits == key_bits - 1
