"""Large arrays: in files or not, they hold what was put into them."""

from __future__ import annotations

import numpy as np
import pytest

from naskh.matching import scratch as arrays
from naskh.matching.scratch import Growing, release, scratch


@pytest.fixture(params=[0, 1 << 26], ids=["in files", "in memory"])
def _kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "_SMALL", request.param)
    monkeypatch.setattr(arrays, "_RESIDENT", 0)


@pytest.mark.usefixtures("_kept")
def test_an_array_keeps_what_was_written_when_memory_is_let_go_of() -> None:
    values = scratch(100_000, np.int64)
    values[:] = np.arange(100_000)
    release()
    assert values.tolist() == list(range(100_000))
    values[7] = -1
    release()
    assert values[7] == -1


@pytest.mark.usefixtures("_kept")
@pytest.mark.parametrize("lengths", [[], [0], [1], [3, 0, 5], [5000, 70_000]])
def test_a_growing_array_is_all_that_was_added_in_order(lengths: list[int]) -> None:
    parts = [np.full(length, place) for place, length in enumerate(lengths)]
    growing = Growing(np.int32)
    for part in parts:
        growing.add(part)
    found = growing.array()
    release()
    assert found.dtype == np.int32
    assert found.tolist() == [value for part in parts for value in part.tolist()]
