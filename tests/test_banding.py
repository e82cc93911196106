"""Bands are chosen for a wanted recall, and find pairs as often as they promise."""

from __future__ import annotations

import numpy as np
import pytest

from naskh import Settings
from naskh.sketch.banding import Banding, band_keys, choose_bands
from naskh.sketch.reference import signature


@pytest.mark.parametrize(
    ("jaccard", "recall", "banding"),
    [(0.5, 0.99, (35, 3)), (0.5, 0.996, (42, 3)), (0.8, 0.999, (18, 5)), (0.5, 0.5, (22, 5))],
)
def test_the_most_selective_banding_of_a_recall_is_chosen(
    jaccard: float, recall: float, banding: tuple[int, int]
) -> None:
    chosen = choose_bands(128, jaccard=jaccard, recall=recall)
    assert chosen == banding
    assert chosen.recall(jaccard) >= recall
    assert Banding(128 // (chosen.rows + 1), chosen.rows + 1).recall(jaccard) < recall
    assert Banding(chosen.bands - 1, chosen.rows).recall(jaccard) < recall


def test_a_recall_out_of_reach_is_an_error_that_says_what_is_reached() -> None:
    with pytest.raises(ValueError, match=r"at most 0\.96"):
        choose_bands(8, jaccard=0.35, recall=0.999)


def test_the_defaults_find_half_alike_paragraphs() -> None:
    settings = Settings()
    assert Banding(settings.bands, settings.rows).recall(0.5) > 0.996


def test_pairs_are_found_as_often_as_promised() -> None:
    banding = Banding(16, 4)
    rng = np.random.default_rng(1)
    found, trials = 0, 400
    for _ in range(trials):
        hashes = rng.integers(0, 2**32, 90, np.uint32)
        pair = np.stack([signature(hashes[:60], 64), signature(hashes[30:], 64)])  # 30 of 90 shared: Jaccard 1/3
        keys = band_keys(pair, banding)
        found += bool((keys[0] == keys[1]).any())
    assert abs(found / trials - banding.recall(1 / 3)) < 0.08  # three standard deviations


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"bands": 64, "rows": 3}, "need 192 permutations"),
        ({"shingle_words": 0}, "shingle_words must be at least 1"),
        ({"min_paragraph_words": 2}, "min_paragraph_words must be at least shingle_words"),
        ({"seed": -1}, "seed must fit"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(**wrong)
