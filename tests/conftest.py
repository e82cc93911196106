"""What tests share: the data beside the project, and a small index."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from naskh import Article, Index

if TYPE_CHECKING:
    from naskh.report.figures import Figures

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"
SAMPLE = ROOT / "examples" / "sample-crawl.jsonl"


def shared(name: str) -> Path:
    """A file of the data beside the project; the test is skipped where it is not there."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"needs {name}, which is kept beside the project and not in it")
    return path


def file_of(index: Index, kind: str) -> Path:
    """A file of the first segment of an index."""
    return min(index.path.glob(f"000001.{kind}*.arrow"))


@pytest.fixture
def signals_as_usual() -> Iterator[None]:
    """Whoever runs the tests may ignore SIGINT, as a shell lets its background jobs do; processes inherit that."""
    usual = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_DFL,
    }
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def corpus_file() -> Path:
    """SaudiNewsNet as JSON lines, zstd-compressed."""
    return shared("saudinewsnet.jsonl.zst")


@pytest.fixture(scope="session")
def corpus(corpus_file: Path) -> list[Article]:
    """The articles of SaudiNewsNet that have text."""
    from naskh.sources import Reader

    return list(Reader([corpus_file]))


@pytest.fixture(scope="session")
def corpus_figures(corpus: list[Article], tmp_path_factory: pytest.TempPathFactory) -> tuple[Index, Figures]:
    """An index of SaudiNewsNet, only to be read, and the figures of its report."""
    from naskh.report.figures import figures_of

    index = Index(tmp_path_factory.mktemp("corpus") / "index")
    index.add(corpus)
    return index, figures_of(index.snapshot, workers=2)


@pytest.fixture(scope="session")
def sample() -> list[Article]:
    """The articles of the sample crawl."""
    from naskh.sources import Reader

    return list(Reader([SAMPLE]))


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory: pytest.TempPathFactory, sample: list[Article]) -> Index:
    """An index of the sample crawl; only to be read."""
    index = Index(tmp_path_factory.mktemp("sample") / "index")
    index.add(sample)
    return index


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """An index that does not exist yet."""
    return Index(tmp_path / "index")


@pytest.fixture
def three(index: Index, sample: list[Article]) -> Index:
    """An index of three segments, with deleted articles in the first."""
    for first in range(0, 48, 16):
        index.add(sample[first : first + 16])
    index.delete([sample[0].id])
    return Index(index.path)
