"""Compiled kernels that count numbers in shared text; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.matching.evidence import MAX_SUBSTITUTED
from naskh.matching.weigh_kernels import mark_shared, mark_text
from naskh.sketch.kernels import fold_words

#: Instead of a number of words: whatever it is.
UNCHECKED = -1


@njit(nogil=True, cache=True)
def is_numeric(folded: Any, start: int, end: int, digits: Any) -> bool:
    """Whether a folded word has a digit.

    Args:
        folded: uint8, UTF-8.
        start: the word's first byte.
        end: one past its last.
        digits: (n,) uint32, sorted: the UTF-8 of each digit that is not ASCII once it is folded, the first byte
            highest.

    """
    place = start
    while place < end:
        lead = folded[place]
        if lead < 0x80:
            if 0x30 <= lead <= 0x39:
                return True
            place += 1
            continue
        size = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
        if size > 2:
            code = np.int64(0)
            for k in range(place, min(place + size, end)):
                code = code << 8 | np.int64(folded[k])
            at = np.searchsorted(digits, code)
            if at < len(digits) and digits[at] == code:
                return True
        place += size
    return False


@njit(nogil=True, cache=True)
def count_numbers(numeric: Any, words: int, marked: Any, size: int) -> tuple[int, int]:
    """As `naskh.matching.evidence.numbers`, on the words that `marked` shingles of `size` words cover.

    Args:
        numeric: (words or more,) bool, which words have digits.
        words: how many.
        marked: (shingles,) bool.
        size: words in a shingle.

    """
    kept = changed = gap_changed = 0
    covered_to = 0  # one past the last word that a shingle so far covers
    last = -1  # the last covered word
    for word in range(words):
        if word < len(marked) and marked[word]:
            covered_to = word + size
        if word < covered_to:
            if last >= 0 and 1 < word - last <= MAX_SUBSTITUTED + 1:
                changed += gap_changed
            gap_changed = 0
            kept += numeric[word]
            last = word
        else:
            gap_changed += numeric[word]
    return kept, changed


@njit(nogil=True, cache=True)
def numeric_words(
    begin: int, end: int, data: Any, offsets: Any, skips: Any, known_words: Any, table: Any, months: Any,
    scratch: Any, digits: Any, numeric: Any, word_ends: Any,
) -> tuple[int, int]:  # fmt: skip
    """Which words of articles [begin, end) have digits.

    Args:
        begin: the first.
        end: one past the last.
        data: see `naskh.sketch.kernels.sketch_articles`.
        offsets: likewise.
        skips: likewise.
        known_words: (articles,) int64: how many words each article has, or `UNCHECKED`.
        table: likewise.
        months: likewise.
        scratch: `folded`, `starts`, `lines` and `dateline` of `naskh.sketch.kernels.fold_words`.
        digits: see `is_numeric`.
        numeric: (2 * (len(data) + articles),) bool, out: of the words of one article after the other.
        word_ends: (articles + 1,) int64, in and out: where those of each begin, and the end; the first one is 0.

    Returns:
        the article at which it stopped, and 0 if that is `end`, or if the article has another number of words;
        else ``UNKNOWN - code_point``.

    """
    folded, starts, lines, dateline = scratch
    for article in range(begin, end):
        count, _ = fold_words(
            data, offsets[article], offsets[article + 1], skips[article, 0], skips[article, 1], table, months,
            folded, starts, lines, dateline,
        )  # fmt: skip
        if count < 0:
            return article, count
        if known_words[article] not in (count, UNCHECKED):
            return article, 0
        first = word_ends[article]
        for word in range(count):
            numeric[first + word] = is_numeric(folded, starts[word], starts[word + 1] - 1, digits)
        word_ends[article + 1] = first + count
    return end, 0


@njit(nogil=True, cache=True)
def pair_numbers(
    shorter: Any, longer: Any, places: Any, texts: Any, numeric: Any, begins: Any, ends: Any, size: int, counts: Any
) -> None:  # fmt: skip
    """The numbers that are kept and changed in the shorter article of each pair, see `count_numbers`.

    Args:
        shorter: see `naskh.matching.weigh_kernels.frames`.
        longer: likewise.
        places: (n,) int64, which of the articles of `numeric` the shorter is.
        texts: see `naskh.matching.pair_evidence.Texts`.
        numeric: see `numeric_words`.
        begins: (articles,) int64: where the words of each article begin in `numeric`.
        ends: (articles,) int64: where they end.
        size: words in a shingle.
        counts: (n, 2) int64, out.

    """
    _, starts, lengths, _, known, known_starts, known_counts, order = texts
    article = -1
    marked = np.empty(0, np.bool_)
    along = np.empty(0, np.bool_)
    for pair in range(len(shorter)):
        a, b = shorter[pair], longer[pair]
        first, last = known_starts[a], known_starts[a] + known_counts[a]
        if a != article:
            article = a
            marked = np.empty(last - first, np.bool_)
            along = np.empty(lengths[a], np.bool_)
        mark_shared(known, first, last, known_starts[b], known_starts[b] + known_counts[b], marked)
        mark_text(order[starts[a] : starts[a] + lengths[a]], marked, along)
        own = numeric[begins[places[pair]] : ends[places[pair]]]
        counts[pair, 0], counts[pair, 1] = count_numbers(own, len(own), along, size)
