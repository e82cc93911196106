"""Numbers that were kept and changed between the articles of many pairs; only their texts tell these."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from naskh.arrays import Bool, Int64, NDArray, UInt32, UInt64
from naskh.matching import number_kernels as kernels
from naskh.matching.corpus import Corpus
from naskh.matching.parts import in_parts
from naskh.matching.postings import Postings
from naskh.matching.scratch import release
from naskh.sketch.batch import find_skips
from naskh.sketch.fold_table import MAX_GROWTH, FoldTable, MonthTable
from naskh.sketch.kernels import UNKNOWN
from naskh.text.folding import FOLDING

if TYPE_CHECKING:
    from naskh.matching.pair_evidence import Texts

#: Articles whose texts are in memory at a time, some kilobytes each.
_ARTICLES = 4096
#: All digits that folding leaves as they are (other than ASCII) are below.
_DIGITS_END = 0x20000


def changed_numbers(
    corpus: Corpus, shorter: Int64, longer: Int64, texts: Texts, postings: Postings, *, workers: int = 1
) -> tuple[Int64, Int64]:
    """As `naskh.matching.evidence.numbers`: numbers kept and changed in the shorter article of each pair.

    Args:
        corpus: all articles.
        shorter: (n,) the articles with fewer distinct shingles.
        longer: (n,) the others.
        texts: the shingles of both.
        postings: of all articles.
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
        numeric = _numeric_words(corpus, chunk, workers)
        first, last = np.searchsorted(shorter[order], [chunk[0], chunk[-1] + 1])
        rows = order[first:last]
        one, other, places = shorter[rows], longer[rows], np.searchsorted(chunk, shorter[rows])
        own = np.empty((len(rows), 2), np.int64)
        arguments = (one, other, places), numeric, own

        def count(part: slice, arguments: Any = arguments) -> None:
            (one, other, places), numeric, own = arguments
            kernels.pair_numbers(
                one[part], other[part], places[part], tuple(texts), postings.hashes,
                numeric[0], numeric[1], numeric[2], settings.shingle_words, own[part],
            )  # fmt: skip

        in_parts(count, len(rows), workers)
        counts[rows] = own
        release(index=True)
    return counts[:, 0], counts[:, 1]


def _numeric_words(corpus: Corpus, articles: Int64, workers: int) -> tuple[Int64, Bool, Int64]:
    """`offsets`, `numeric` and `words` of some articles, see `naskh.matching.number_kernels.numeric_words`."""
    stored = dict(corpus.raw_texts(articles))
    texts = [stored[place] for place in range(len(articles))]
    offsets = np.append(0, np.cumsum([len(text) for text in texts]))
    data = np.frombuffer(b"".join(texts), np.uint8)
    gaps = corpus.layout.gaps[articles]
    skips = np.zeros((len(articles), 2), np.int64)
    for place in np.flatnonzero(gaps[:, 1] > gaps[:, 0]).tolist():  # no others have a dateline
        skips[place] = find_skips(data, offsets[place : place + 2])[0]
    numeric = np.empty(2 * (len(data) + len(articles)), np.bool_)
    words = np.empty(len(articles), np.int64)
    table, months = _tables()
    longest = int(np.diff(offsets).max())

    def find(part: slice) -> None:
        scratch = (
            np.empty(MAX_GROWTH * longest + 16, np.uint8),
            np.empty(2 * longest + 2, np.int64),
            np.empty((longest + 1, 2), np.int64),
            np.empty(2, np.int64),
        )
        begin = part.start
        while begin < part.stop:
            begin, status = kernels.numeric_words(
                begin, part.stop, data, offsets, skips,
                (table.entries, table.expansions, table.expansion_lengths), months, scratch, digits(), numeric,
                words,
            )  # fmt: skip
            if status <= UNKNOWN:
                table.fill(UNKNOWN - status)

    in_parts(find, len(articles), workers)
    return offsets, numeric, words


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
