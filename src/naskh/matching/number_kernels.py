"""Compiled kernels that count numbers in shared text; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.matching.evidence import MAX_SUBSTITUTED
from naskh.matching.weigh_kernels import mark_shared, mark_text, text_order
from naskh.sketch.kernels import fold_words


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
    begin: int, end: int, data: Any, offsets: Any, skips: Any, table: Any, months: Any, scratch: Any, digits: Any,
    numeric: Any, words: Any,
) -> tuple[int, int]:  # fmt: skip
    """Which words of articles [begin, end) have digits.

    Args:
        begin: the first.
        end: one past the last.
        data: see `naskh.sketch.kernels.sketch_articles`.
        offsets: likewise.
        skips: likewise.
        table: likewise.
        months: likewise.
        scratch: `folded`, `starts`, `lines` and `dateline` of `naskh.sketch.kernels.fold_words`.
        digits: see `is_numeric`.
        numeric: (2 * len(data) + 2 * articles,) bool, out: of the words of article i from `words_begin` on.
        words: (articles,) int64, out: how many there are.

    Returns:
        the article at which it stopped, and 0 if that is `end`, else ``UNKNOWN - code_point``.

    """
    folded, starts, lines, dateline = scratch
    for article in range(begin, end):
        count, _ = fold_words(
            data, offsets[article], offsets[article + 1], skips[article, 0], skips[article, 1], table, months,
            folded, starts, lines, dateline,
        )  # fmt: skip
        if count < 0:
            return article, count
        first = words_begin(offsets, article)
        for word in range(count):
            numeric[first + word] = is_numeric(folded, starts[word], starts[word + 1] - 1, digits)
        words[article] = count
    return end, 0


@njit(nogil=True, cache=True)
def words_begin(offsets: Any, article: int) -> Any:
    """Where the words of an article begin in `numeric`: there are at most twice as many as bytes, and one."""
    return 2 * (offsets[article] + article)


@njit(nogil=True, cache=True)
def pair_numbers(
    shorter: Any, longer: Any, places: Any, texts: Any, hashes: Any, offsets: Any, numeric: Any, words: Any,
    size: int, counts: Any,
) -> None:  # fmt: skip
    """The numbers that are kept and changed in the shorter article of each pair, see `count_numbers`.

    Args:
        shorter: see `naskh.matching.weigh_kernels.frames`.
        longer: likewise.
        places: (n,) int64, which of the articles of `numeric` the shorter is.
        texts: see `naskh.matching.weigh_kernels.weigh_shared`.
        hashes: see `naskh.matching.postings.Postings`.
        offsets: see `numeric_words`.
        numeric: likewise.
        words: likewise.
        size: words in a shingle.
        counts: (n, 2) int64, out.

    """
    shingles, starts, lengths, gaps, known, known_starts, known_counts = texts
    article = -1
    text = np.empty(0, np.int64)
    marked = np.empty(0, np.bool_)
    along = np.empty(0, np.bool_)
    for pair in range(len(shorter)):
        a, b = shorter[pair], longer[pair]
        first, last = known_starts[a], known_starts[a] + known_counts[a]
        if a != article:
            article = a
            text = text_order(shingles, starts[a], lengths[a], gaps[a], known[first:last], hashes)[0]
            marked = np.empty(last - first, np.bool_)
            along = np.empty(lengths[a], np.bool_)
        mark_shared(known, first, last, known_starts[b], known_starts[b] + known_counts[b], marked)
        mark_text(text, marked, gaps[a], along)
        own = numeric[words_begin(offsets, places[pair]) :]
        counts[pair, 0], counts[pair, 1] = count_numbers(own, words[places[pair]], along, size)
