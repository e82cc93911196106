"""The readable reference of the sketch, on xxhash and numpy; datasketch is its judge in the tests.

It is also what sketches one article at a time (a query): numba is not imported for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xxhash

from naskh.arrays import Int64, UInt32
from naskh.settings import Settings
from naskh.sketch.banding import Banding, band_keys, fmix32
from naskh.text.analysis import Analysis, analyse

if TYPE_CHECKING:
    from datasketch import MinHash


#: Bits of a shingle's hash.
HASH_BITS = 32
#: A text whose FracMinHash would have fewer hashes keeps all of its hashes.
FEWEST_KEPT = 4


class ArticleSketch(NamedTuple):
    """All that is kept of an article for finding its duplicates.

    The shingles of paragraph ``i`` are ``shingles[first_shingle[i] : first_shingle[i] + shingle_count[i]]``;
    those that span two paragraphs belong to the article alone, so that an article's shingles do not depend
    on where its paragraphs break.
    """

    #: (s,) uint32: the article's shingle hashes in text order, repeats included.
    shingles: UInt32
    #: The shingles that touch the dateline, [first, end): they say nothing about copying.
    dateline: tuple[int, int]
    #: (p,) int64: numbers of the paragraphs with enough words, from 1.
    paragraph_numbers: Int64
    #: (p,) int64: index of each one's first shingle.
    first_shingle: Int64
    #: (p,) int64: how many shingles each has.
    shingle_count: Int64
    #: (p, num_perm) uint32: their MinHash signatures.
    signatures: UInt32
    #: (p, bands) uint32: their band keys.
    band_keys: UInt32
    #: (f,) uint32: FracMinHash of the article without its dateline, sorted and distinct.
    frac: UInt32

    @property
    def evidence(self) -> UInt32:
        """The shingles without those of the dateline: what containment and Jaccard of articles are about."""
        return without(self.shingles, self.dateline)


def shingle_hashes(words: Sequence[str], size: int = 3) -> UInt32:
    """Hash every run of `size` words: xxh64 of the words joined by a space, its low 32 bits.

    Fewer words than `size` make a single shingle of them all; no words make none.

    Returns:
        (max(n - size + 1, min(n, 1)),) uint32 in text order, repeats included.

    """
    count = len(words) - size + 1 if len(words) >= size else min(len(words), 1)
    joined = (" ".join(words[i : i + size]) for i in range(count))
    hashes = (xxhash.xxh64_intdigest(shingle.encode()) & 0xFFFFFFFF for shingle in joined)
    return np.fromiter(hashes, np.uint32, count)


@cache
def permutations(num_perm: int, seed: int) -> tuple[UInt32, UInt32]:
    """The multipliers (odd) and addends of datasketch's "affine32" scheme.

    Drawn as ``datasketch.MinHash(num_perm, seed, scheme="affine32")`` draws them.

    Returns:
        a, b: (num_perm,) uint32 each.

    """
    generator = np.random.RandomState(seed)
    a = generator.randint(0, 1 << 31, num_perm, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = generator.randint(0, 1 << 32, num_perm, dtype=np.uint32)
    return a, b


def signature(hashes: UInt32, num_perm: int = 128, seed: int = 1) -> UInt32:
    """The MinHash signature of a set of 32-bit hashes in the "affine32" scheme of datasketch 2.0.

    Each hash is mixed by `fmix32`; permutation k takes it to ``a[k] * h + b[k] mod 2**32``; the least wins.

    Returns:
        (num_perm,) uint32; all 2**32 - 1 for no hashes, as in datasketch.

    """
    a, b = permutations(num_perm, seed)
    lowest = np.full(num_perm, 0xFFFFFFFF, np.uint32)
    mixed = fmix32(hashes)
    for start in range(0, len(mixed), 4096):  # bounds the outer product to 2 MiB
        permuted = np.outer(mixed[start : start + 4096], a) + b
        lowest = np.minimum(lowest, permuted.min(axis=0))
    return lowest


def frac_minhash(hashes: UInt32, scale: int) -> UInt32:
    """The distinct hashes below ``2**32 / scale``, sorted (FracMinHash: Irber et al. 2022, sourmash).

    The same hashes are kept of every text, whatever its length. Of a short text with fewer than `FEWEST_KEPT`
    (repeats counted) below the limit, all hashes are kept, so that it can be found at all.
    """
    kept = hashes[hashes < frac_limit(scale)]
    return np.unique(kept if len(kept) >= FEWEST_KEPT else hashes)


def frac_limit(scale: int) -> int:
    """Hashes below this are kept by `frac_minhash`."""
    return min(2**32 // scale, 2**32 - 1)


def dateline_shingles(words: tuple[int, int], size: int, count: int) -> tuple[int, int]:
    """Which of an article's `count` shingles touch the words [first, end) of its dateline, as [first, end)."""
    first, end = words
    if end <= first:
        return 0, 0
    return min(max(0, first - size + 1), count), min(end, count)


def without(shingles: UInt32, gap: tuple[int, int]) -> UInt32:
    """Shingles without those in [first, end)."""
    return np.delete(shingles, slice(*gap)) if gap[1] > gap[0] else shingles


def sketch_analysis(analysis: Analysis, settings: Settings) -> ArticleSketch:
    """Sketch a text that was already taken apart."""
    size = settings.shingle_words
    shingles = shingle_hashes(analysis.words, size)
    chosen = [p for p in analysis.paragraphs if p.word_count >= settings.min_paragraph_words]
    first = np.array([p.first_word for p in chosen], np.int64)
    count = np.array([p.word_count - size + 1 for p in chosen], np.int64)
    dateline = dateline_shingles(analysis.dateline_words, size, len(shingles))
    signatures = np.empty((len(chosen), settings.num_perm), np.uint32)
    for i in range(len(chosen)):
        own = shingles[first[i] : first[i] + count[i]]
        signatures[i] = signature(own, settings.num_perm, settings.seed)
    return ArticleSketch(
        shingles=shingles,
        dateline=dateline,
        paragraph_numbers=np.array([p.number for p in chosen], np.int64),
        first_shingle=first,
        shingle_count=count,
        signatures=signatures,
        band_keys=band_keys(signatures, Banding(settings.bands, settings.rows)),
        frac=frac_minhash(without(shingles, dateline), settings.frac_scale),
    )


def sketch_text(text: str, settings: Settings) -> ArticleSketch:
    """Sketch one article's text."""
    return sketch_analysis(analyse(text), settings)


def minhash(
    text: str, *, num_perm: int = 128, seed: int = 1, shingle_words: int = 3, dateline: bool = True
) -> MinHash:
    """A text's signature as a `datasketch.MinHash`, to be compared, merged and indexed there.

    The same as updating a ``MinHash(num_perm, seed, scheme="affine32")`` with naskh's 32-bit shingle hashes.

    Args:
        text: an article, or a paragraph.
        num_perm: permutations.
        seed: of the permutations.
        shingle_words: words in a shingle.
        dateline: False leaves out the shingles that touch the dateline, as the signatures of an index do
            (see `naskh.Index.minhashes`).

    """
    from datasketch import MinHash  # costs half a second: only who asks for it pays

    analysis = analyse(text)
    hashes = shingle_hashes(analysis.words, shingle_words)
    if not dateline:
        hashes = without(hashes, dateline_shingles(analysis.dateline_words, shingle_words, len(hashes)))
    values = signature(hashes, num_perm, seed)
    return MinHash(
        num_perm=num_perm,
        seed=seed,
        hashvalues=values,
        permutations=permutations(num_perm, seed),
        scheme="affine32",
    )
