"""The settings that decide what an index holds: stored in it, and checked whenever it is opened."""

from __future__ import annotations

from typing import Any

import msgspec

from naskh.text.folding import NORMALISER_VERSION


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How texts become shingles, signatures and band keys.

    Each default says what it means to change it.
    """

    #: Version of `naskh.text`; not for users to choose.
    normaliser: int = NORMALISER_VERSION
    #: Words in a shingle. Three is the field's usual choice for news; more is stricter on edited copies.
    shingle_words: int = 3
    #: Permutations of a signature; must hold at least ``bands * rows``.
    num_perm: int = 128
    #: Seed of the permutations, as in ``datasketch.MinHash(seed=1)``.
    seed: int = 1
    #: Bands and rows: a pair of paragraphs at Jaccard J is found with chance ``1 - (1 - J**rows)**bands``:
    #: 0.997 at 0.5, 0.9999 at 0.6. See `naskh.sketch.banding.choose_bands`. 42 bands of 3 rows find as much, and on
    #: SaudiNewsNet bring as many candidates (537,000, these 578,000), but take twice the space and time.
    bands: int = 20
    rows: int = 2
    #: Paragraphs of fewer words get no signature of their own (they still count in their article's shingles):
    #: datelines, headings and bylines repeat without being copies.
    min_paragraph_words: int = 8
    #: FracMinHash keeps the shingle hashes below ``2**32 / frac_scale``. At 4, an article of 60 words keeps
    #: about 15; a copy that shares half of its shingles is missed with a chance of 0.003. An article that keeps
    #: fewer than `naskh.sketch.reference.FEWEST_KEPT` keeps all.
    frac_scale: int = 4
    #: Keep each article's text, compressed: needed for passages, not for finding duplicates.
    store_text: bool = True

    def __post_init__(self) -> None:
        if self.normaliser < 1:
            raise ValueError("normaliser is a version")
        for name in ("shingle_words", "num_perm", "bands", "rows", "min_paragraph_words", "frac_scale"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
            if getattr(self, name) >= 2**31:
                raise ValueError(f"{name} must fit in 31 bits, which {getattr(self, name)} does not")
        if self.bands * self.rows > self.num_perm:
            raise ValueError(
                f"{self.bands} bands of {self.rows} rows need {self.bands * self.rows} permutations, "
                f"but num_perm is {self.num_perm}"
            )
        if self.min_paragraph_words < self.shingle_words:
            raise ValueError("min_paragraph_words must be at least shingle_words")
        if not 0 <= self.seed < 2**32:
            raise ValueError("seed must fit in 32 bits")

    def differences(self, other: Settings) -> list[str]:
        """What differs, as ``name: own value, other value`` lines for an error message."""
        own: dict[str, Any] = msgspec.structs.asdict(self)
        others = msgspec.structs.asdict(other)
        return [f"{name}: {own[name]}, not {others[name]}" for name in own if own[name] != others[name]]
