"""Locality-sensitive hashing: how a signature is cut into bands, and what that finds.

Two paragraphs at Jaccard J agree in one row with chance J, in a whole band of r rows with ``J**r``, and in at
least one of b bands with ``1 - (1 - J**r)**b`` (Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4).
"""

from __future__ import annotations

from typing import NamedTuple, overload

import numpy as np

from naskh.arrays import Float64, UInt32

#: Bits of a band key. Two paragraphs that share no band agree in one of 20 such keys with a chance of 1 in
#: 13 million, and are a candidate pair for nothing. More would not fit beside an entry of a usual segment.
BAND_KEY_BITS = 28


class Banding(NamedTuple):
    """A number of bands and of rows in each."""

    bands: int
    rows: int

    @overload
    def recall(self, jaccard: float) -> float: ...

    @overload
    def recall(self, jaccard: Float64) -> Float64: ...

    def recall(self, jaccard: float | Float64) -> float | Float64:
        """The chance that a pair at this Jaccard, or at each of these, shares a band, from 0 to 1."""
        chance: float | Float64 = 1.0 - (1.0 - jaccard**self.rows) ** self.bands
        return chance


def choose_bands(num_perm: int, *, jaccard: float = 0.5, recall: float = 0.99) -> Banding:
    """The most selective banding that finds pairs at `jaccard` with at least the wanted `recall`.

    More rows mean fewer false candidates to verify, fewer bands less to store; recall sets the limit.

    Args:
        num_perm: permutations in a signature.
        jaccard: the similarity that must be found, in (0, 1].
        recall: the wanted chance of finding a pair at exactly that similarity, in (0, 1).

    Raises:
        ValueError: no banding of so few permutations gets there; the message says what is reached.

    """
    for rows in range(num_perm, 0, -1):
        banding = Banding(num_perm // rows, rows)
        if banding.recall(jaccard) >= recall:
            bands = next(b for b in range(1, banding.bands + 1) if Banding(b, rows).recall(jaccard) >= recall)
            return Banding(bands, rows)
    best = Banding(num_perm, 1).recall(jaccard)
    raise ValueError(
        f"{num_perm} permutations cannot find Jaccard {jaccard} with recall {recall} (at most {best:.4f}); "
        "use more permutations or a lower recall"
    )


def fmix32(values: UInt32) -> UInt32:
    """The 32-bit finaliser of MurmurHash3 (A. Appleby), a bijection that mixes all bits."""
    values = values ^ (values >> np.uint32(16))
    values = values * np.uint32(0x85EBCA6B)
    values = values ^ (values >> np.uint32(13))
    values = values * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


def band_keys(signatures: UInt32, banding: Banding) -> UInt32:
    """One key of `BAND_KEY_BITS` bits a band: equal keys mean, but for chance, equal rows.

    Args:
        signatures: (n, num_perm) uint32.
        banding: how to cut them; permutations beyond ``bands * rows`` are not used.

    Returns:
        (n, bands) uint32.

    """
    rows = signatures[:, : banding.bands * banding.rows].reshape(len(signatures), banding.bands, banding.rows)
    keys = np.zeros((len(signatures), banding.bands), np.uint32)
    for row in range(banding.rows):
        keys = fmix32(keys ^ rows[:, :, row])
        keys += np.uint32(0x9E3779B9)
    return keys >> np.uint32(32 - BAND_KEY_BITS)
