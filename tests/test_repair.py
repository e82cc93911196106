"""A repair keeps what is sound of a damaged index, and the damaged files, whenever it ends."""

from __future__ import annotations

import errno
import os

import pytest

from conftest import file_of
from naskh import Article, Index
from naskh.errors import IndexUnusable
from naskh.index.files import Kind
from naskh.index.manifest import MANIFEST, MANIFEST_COPY, read_manifest
from naskh.index.repair import DAMAGED, repair
from naskh.index.verify import verify

KINDS = [kind.value for kind in Kind]


@pytest.mark.parametrize("kind", KINDS)
def test_repair_keeps_the_sound_segments(three: Index, sample: list[Article], kind: str) -> None:
    path = file_of(three, kind)
    path.write_bytes(path.read_bytes()[:-1])
    report = repair(three.path)
    assert (report.repaired, report.articles, report.damaged_articles) == (True, 47, 15)
    assert not verify(three.path).damage
    kept = Index(three.path)
    assert len(kept) == 32
    assert (three.path / "damaged" / path.name).exists()
    kept.add(sample[1:48])
    assert len(kept) == 47


@pytest.mark.parametrize("damage", [b"", b"{", None])
def test_a_damaged_manifest_is_restored_from_its_copy(three: Index, damage: bytes | None) -> None:
    before = read_manifest(three.path)
    if damage is None:
        (three.path / MANIFEST).unlink()
    else:
        (three.path / MANIFEST).write_bytes(damage)
    with pytest.raises(IndexUnusable, match="repair"):
        len(Index(three.path))
    assert repair(three.path).damaged_articles == 0
    assert read_manifest(three.path).segments == before.segments
    assert len(Index(three.path)) == 47


def test_what_an_older_copy_of_the_manifest_does_not_list_is_kept(three: Index, sample: list[Article]) -> None:
    older = (three.path / MANIFEST_COPY).read_bytes()
    three.add(sample[48:60])
    newer = {path.name: path.read_bytes() for path in three.path.glob("000004.*")}
    (three.path / MANIFEST_COPY).write_bytes(older)
    (three.path / MANIFEST).write_bytes(b"{")
    assert repair(three.path).unlisted == len(newer)
    assert len(Index(three.path)) == 47
    assert {path.name: path.read_bytes() for path in (three.path / DAMAGED).glob("000004.*")} == newer


def test_damaged_files_are_copied_where_the_file_system_has_no_links(
    three: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    file_of(three, "bands").write_bytes(b"x")
    before = {path.name: path.read_bytes() for path in three.path.glob("000001.*")}
    (three.path / DAMAGED).mkdir()
    (three.path / DAMAGED / "000001.bands.arrow").write_bytes(b"")  # of a repair that was killed
    repair(three.path)
    assert {path.name: path.read_bytes() for path in (three.path / DAMAGED).iterdir()} == before
    assert not list(three.path.glob("000001.*"))
