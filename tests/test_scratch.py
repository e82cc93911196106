"""Large arrays: in files or not, they hold what was put into them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from naskh import Index
from naskh.index.snapshot import Place, open_snapshot
from naskh.matching import scratch as arrays
from naskh.matching.scratch import Growing, follow, release, scratch


@pytest.fixture(params=[0, 1 << 26], ids=["in files", "in memory"])
def _kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "_SMALL", request.param)
    for limit in ("_RESIDENT", "_FEW"):
        monkeypatch.setattr(arrays, limit, 0)


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


@pytest.mark.usefixtures("_kept")
def test_an_index_is_the_same_after_its_files_were_let_go_of(sample_index: Index) -> None:
    snapshot = open_snapshot(sample_index.path)
    before = [snapshot.article(Place(0, row), with_text=True) for row in range(snapshot.articles)]
    shingles = snapshot.segments[0].shingles.tolist()
    follow(snapshot)
    release(snapshot.segments[0].shingles)
    release(index=True)
    release()
    assert [snapshot.article(Place(0, row), with_text=True) for row in range(snapshot.articles)] == before
    assert snapshot.segments[0].shingles.tolist() == shingles


def test_nearly_all_of_the_files_of_an_index_is_followed(sample_index: Index) -> None:
    (segment,) = open_snapshot(sample_index.path).segments
    followed = sum(end - start for start, end in segment.mapped())
    assert followed > 0.85 * sum(file.bytes for file in segment.entry.files.values())


@pytest.mark.usefixtures("_kept")
def test_threads_let_go_while_others_make_arrays() -> None:
    def work(number: int) -> bool:
        values = scratch(10_000, np.int64)
        values[:] = number
        release()
        return bool((values == number).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(400)))
