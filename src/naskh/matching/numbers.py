"""Numbers that were kept and changed between the articles of many pairs; only their texts tell these."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from naskh.arrays import Bool, Int64, NDArray, UInt32, UInt64
from naskh.matching import number_kernels as kernels
from naskh.matching.corpus import Corpus
from naskh.matching.parts import in_parts
from naskh.matching.scratch import release
from naskh.sketch.batch import find_skips
from naskh.sketch.fold_table import MAX_GROWTH, FoldTable, MonthTable
from naskh.sketch.kernels import UNKNOWN
from naskh.text.folding import FOLDING

if TYPE_CHECKING:
    from naskh.matching.pair_evidence import Texts

#: Articles whose texts are in memory at a time, some kilobytes each.
_ARTICLES = 1 << 14
#: All digits that folding leaves as they are (other than ASCII) are below.
_DIGITS_END = 0x20000


def changed_numbers(
    corpus: Corpus, shorter: Int64, longer: Int64, texts: Texts, *, workers: int = 1
) -> tuple[Int64, Int64]:
    """As `naskh.matching.evidence.numbers`: numbers kept and changed in the shorter article of each pair.

    Args:
        corpus: all articles.
        shorter: (n,) the articles with fewer distinct shingles.
        longer: (n,) the others.
        texts: the shingles of both.
        workers: threads.

    Returns:
        how many are kept, and how many are changed; -1 where texts are not stored.

    """
    counts = np.full((len(shorter), 2), -1, np.int64)
    settings = corpus.snapshot.manifest.settings
    if not settings.store_text:
        return counts[:, 0], counts[:, 1]
    order = np.argsort(shorter, kind="stable")
    articles = np.unique(shorter)
    for start in range(0, len(articles), _ARTICLES):
        chunk = articles[start : start + _ARTICLES]
        first, last = np.searchsorted(shorter[order], [chunk[0], chunk[-1] + 1])
        rows = order[first:last]
        one, other, places = shorter[rows], longer[rows], np.searchsorted(chunk, shorter[rows])
        own = np.empty((len(rows), 2), np.int64)
        arguments = (one, other, places), _numeric_words(corpus, chunk, workers), own

        def count(part: slice, arguments: Any = arguments) -> None:
            (one, other, places), (numeric, begins, ends), own = arguments
            kernels.pair_numbers(
                one[part], other[part], places[part], tuple(texts), numeric, begins, ends, settings.shingle_words,
                own[part],
            )  # fmt: skip

        in_parts(count, len(rows), workers)
        counts[rows] = own
        release(index=True)
    return counts[:, 0], counts[:, 1]


def _numeric_words(corpus: Corpus, articles: Int64, workers: int) -> tuple[Bool, Int64, Int64]:
    """Which words of some articles have digits: `numeric`, `begins` and `ends` of `number_kernels.pair_numbers`."""
    order = np.argsort(corpus.rows(articles))  # as they are stored
    known_words = corpus.words(articles)
    found: list[tuple[Int64, Bool, Int64]] = []

    def find(part: slice) -> None:
        own = order[part]
        for index, data, offsets in corpus.raw_texts(articles[own]):
            found.append((own[index], *numeric_words(data, offsets, known_words[own[index]])))

    in_parts(find, len(articles), workers)
    begins, ends = np.empty(len(articles), np.int64), np.empty(len(articles), np.int64)
    words = 0
    for places, _, word_ends in found:
        begins[places], ends[places] = words + word_ends[:-1], words + word_ends[1:]
        words += int(word_ends[-1])
    return np.concatenate([numeric for _, numeric, _ in found]), begins, ends


def numeric_words(data: NDArray[np.uint8], offsets: Int64, known_words: Int64) -> tuple[Bool, Int64]:
    """`numeric` and `word_ends` of `naskh.matching.number_kernels.numeric_words`.

    A dateline ends a word where it ends; it is only looked for where the words are not as many without it.
    """
    table, months = _tables()
    articles, longest = len(offsets) - 1, int(np.diff(offsets).max())
    numeric = np.empty(2 * (len(data) + articles), np.bool_)
    word_ends = np.zeros(articles + 1, np.int64)
    scratch = (
        np.empty(MAX_GROWTH * longest + 16, np.uint8),
        np.empty(2 * longest + 2, np.int64),
        np.empty((longest + 1, 2), np.int64),
        np.empty(2, np.int64),
    )
    skips = np.zeros((articles, 2), np.int64)
    begin = 0
    while begin < articles:
        entries = table.entries, table.expansions, table.expansion_lengths
        begin, status = kernels.numeric_words(
            begin, articles, data, offsets, skips, known_words, entries, months, scratch, digits(), numeric,
            word_ends,
        )  # fmt: skip
        if status <= UNKNOWN:
            table.fill(UNKNOWN - status)
        elif begin < articles:
            skips[begin] = find_skips(data, offsets[begin : begin + 2])[0]
            known_words[begin] = kernels.UNCHECKED
    return numeric[: word_ends[-1]].copy(), word_ends


@cache
def _tables() -> tuple[FoldTable, tuple[NDArray[np.uint8], NDArray[np.uint8], UInt64]]:
    months = MonthTable()
    return FoldTable(), (months.names, months.pairs, months.letters)


@cache
def digits() -> UInt32:
    """What `naskh.matching.number_kernels.is_numeric` takes for a digit besides 0 to 9: their UTF-8, sorted."""
    found = [
        char
        for char in map(chr, range(0x80, _DIGITS_END))
        if char.isdigit() and not char.isdecimal() and FOLDING[ord(char)] == char
    ]
    return np.array(sorted(int.from_bytes(char.encode(), "big") for char in found), np.uint32)
