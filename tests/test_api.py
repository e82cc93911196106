"""The public names, what importing costs, and what the API's small parts promise."""

from __future__ import annotations

import subprocess
import sys

import pytest

import naskh
from naskh import Index


def test_the_public_names_are_listed_sorted_and_exist() -> None:
    assert naskh.__all__ == sorted(naskh.__all__)
    for name in naskh.__all__:
        assert getattr(naskh, name).__name__ == name
        assert name in dir(naskh)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        naskh.nothing  # noqa: B018


def test_the_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert naskh.__version__ == version("naskh")


@pytest.mark.parametrize(
    ("use", "spared"),
    [
        ("import naskh", {"numpy", "pyarrow", "numba", "rich", "datasketch"}),
        ("import naskh; naskh.repeated_blocks('نص')", {"numpy", "pyarrow", "numba", "rich", "datasketch"}),
        ("import naskh.cli.blocks", {"numpy", "pyarrow", "numba", "rich", "datasketch"}),
        ("import naskh.cli.query", {"numba", "rich", "datasketch"}),
        ("import naskh.cli.evaluate", {"numba", "rich", "datasketch"}),
        ("import naskh.cli.signatures", {"numba", "rich", "datasketch"}),
        ("import naskh.cli.admin", {"numba", "rich", "datasketch"}),
        ("import naskh.cli.serve", {"numba", "rich", "datasketch", "fastapi", "starlette", "uvicorn", "pydantic"}),
    ],
)
def test_nothing_is_imported_that_is_not_needed(use: str, spared: set[str]) -> None:
    code = f"import sys\n{use}\nprint(*{spared!r} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_an_index_says_what_it_holds(sample_index: Index) -> None:
    stats = sample_index.stats()
    assert stats.articles == len(sample_index) == 64
    assert sum(stats.outlets.values()) == 64
    assert len(stats.outlets) == 6
    assert stats.first_date is not None
    assert stats.first_date.startswith("2025-10-20")
    assert stats.expected_recall["0.5"] == 0.9968
    kinds = {"articles", "paragraphs", "shingles", "bands", "bandtable", "frac", "fractable", "ids", "texts"}
    assert set(stats.bytes) == kinds
    assert repr(sample_index) == f"Index({str(sample_index.path)!r})"
