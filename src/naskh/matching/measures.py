"""Exact measures on two sets of shingles. What naskh reports is computed here, never estimated."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from naskh.arrays import UInt32, look_up

#: Pairs at this exact Jaccard or above, unless asked otherwise; the bands are chosen for it.
MIN_JACCARD = 0.5
#: Articles that `naskh evaluate` compares with all: enough for some thousand pairs of a news crawl.
EVALUATION_SAMPLE = 1000
#: Pairs below this Jaccard are not looked for there; one step below its lowest threshold.
EVALUATION_FLOOR = 0.3
#: Pairs that it shows of each range of Jaccards beside a threshold: 28 in all.
EVALUATION_BORDERLINE = 2


class Overlap(NamedTuple):
    """How two sets of shingles overlap; the figures of two empty sets are 0."""

    first: int
    second: int
    shared: int

    @property
    def turned(self) -> Overlap:
        """The same, seen from the second set."""
        return Overlap(self.second, self.first, self.shared)

    @property
    def most(self) -> float:
        """The larger containment: that of the smaller set."""
        return max(self.containment, self.containment_in_second)

    @property
    def jaccard(self) -> float:
        """Shared shingles as a share of all."""
        return share(self.shared, self.first + self.second - self.shared)

    @property
    def containment(self) -> float:
        """The share of the first set that the second has."""
        return share(self.shared, self.first)

    @property
    def containment_in_second(self) -> float:
        """The share of the second set that the first has."""
        return share(self.shared, self.second)


def overlap(first: UInt32, second: UInt32) -> Overlap:
    """Compare two sets, each sorted and distinct."""
    if len(first) > len(second):
        return overlap(second, first).turned
    return Overlap(len(first), len(second), int(np.count_nonzero(look_up(second, first)[1])))


def check_containment(least: float) -> None:
    """Refuse what is no share.

    Raises:
        ValueError: `least` is not 0 to 1.

    """
    if not 0.0 <= least <= 1.0:
        raise ValueError(f"min_containment must be 0 to 1, not {least}")


def share(part: float, whole: float) -> float:
    """A part as a share of the whole; 0 of nothing."""
    return part / whole if whole else 0.0
