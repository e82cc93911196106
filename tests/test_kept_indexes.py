"""An index of each format that this version reads is kept, and answers as it did when it was written."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from naskh import Article, Index
from naskh.index.files import FORMAT_VERSION, OLDEST_READABLE_FORMAT
from naskh.index.manifest import read_manifest
from naskh.index.verify import verify
from tests.indexes import DELETED, INDEXES, answers, make
from tests.torture.histories import contents

FORMATS = range(OLDEST_READABLE_FORMAT, FORMAT_VERSION + 1)


@pytest.fixture(params=FORMATS)
def kept(request: pytest.FixtureRequest) -> Path:
    """The index of a format, where it is kept."""
    return INDEXES / f"format-{request.param}"


def recorded(kept: Path) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(kept.with_suffix(".json").read_bytes())
    return found


def test_it_answers_to_the_letter_and_reading_leaves_it_as_it_is(kept: Path) -> None:
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in kept.iterdir()}
    found = answers(Index(kept))
    wanted = recorded(kept)
    assert found.keys() == wanted.keys()
    for what, answer in found.items():
        assert answer == wanted[what], what
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in kept.iterdir()} == before


def test_it_has_what_a_format_has_to_show(kept: Path) -> None:
    manifest = read_manifest(kept)
    assert len(manifest.segments) == 2
    assert manifest.segments[0].deleted_articles == 2
    assert sum(path.stat().st_size for path in kept.iterdir()) < 64 << 10
    wanted = recorded(kept)
    assert all(len(answer) > 2 for answer in wanted.values())
    assert any(match["passages"] for query in wanted["queries"] for match in query["matches"])


def test_it_is_found_sound(kept: Path, tmp_path: Path) -> None:
    shutil.copytree(kept, tmp_path / "copy")
    assert not verify(tmp_path / "copy").damage


def test_it_is_added_to_and_compacted(kept: Path, tmp_path: Path, sample: list[Article]) -> None:
    shutil.copytree(kept, tmp_path / "copy")
    index = Index(tmp_path / "copy")
    wanted = {each["id"]: msgspec.convert(each, Article) for each in recorded(kept)["contents"]}
    assert contents(index) == wanted
    deleted = next(article for article in sample if article.id == DELETED)
    assert index.add([deleted, *wanted.values()]).added == 1
    index.compact(everything=True)
    again = Index(index.path)
    assert contents(again) == wanted | {DELETED: deleted}
    assert len(again.snapshot.segments) == 1
    assert not verify(index.path).damage


def test_the_recipe_makes_what_is_kept(tmp_path: Path, sample: list[Article]) -> None:
    held = make(tmp_path / "index", sample)
    assert contents(Index(tmp_path / "index")) == held
    assert msgspec.to_builtins(list(held.values())) == recorded(INDEXES / f"format-{FORMAT_VERSION}")["contents"]
