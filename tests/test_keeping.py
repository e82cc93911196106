"""What a repair keeps: what a later commit made, what can be read of a bad disk, and all that was damaged."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conftest import file_of
from naskh import Article, Index
from naskh.errors import IndexCorrupt, IndexMissing
from naskh.index import build, disk
from naskh.index.keeping import DAMAGED
from naskh.index.manifest import MANIFEST, MANIFEST_COPY, read_manifest, write_manifest
from naskh.index.repair import repair
from naskh.index.verify import VerifyReport, verify
from tests.torture.histories import contents


def cut(path: Path) -> None:
    """Leave out the last byte."""
    path.write_bytes(path.read_bytes()[:-1])


def broken_disk(monkeypatch: pytest.MonkeyPatch, path: Path, first: int, end: int) -> None:
    """From now on bytes [first, end) of a file cannot be read."""
    original = Path.open

    class Broken(FileIO):
        def readinto(self, part: Any) -> int:
            start = self.tell()
            if start < end and first < start + len(memoryview(part)):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return super().readinto(part) or 0

    def opening(self: Path, *arguments: Any, **options: Any) -> Any:
        return Broken(self) if self == path else original(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", opening)


def refuse_copies(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on the copy of the manifest cannot be made."""
    original = disk.rename

    def rename(path: Path, other: Path) -> None:
        if other.name == MANIFEST_COPY:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        original(path, other)

    monkeypatch.setattr(disk, "rename", rename)
    return lambda: monkeypatch.setattr(disk, "rename", original)


@pytest.mark.parametrize("opened_again", [False, True])
def test_what_the_copy_of_the_manifest_lists_stays_until_there_is_a_newer_one(
    three: Index, sample: list[Article], monkeypatch: pytest.MonkeyPatch, opened_again: bool
) -> None:
    before = contents(three)
    allow = refuse_copies(monkeypatch)
    three.compact(everything=True)
    if opened_again:
        three.add([])
    allow()
    (three.path / MANIFEST).write_bytes(b"{")
    report = repair(three.path)
    assert (report.lost, report.damaged_articles) == (0, 0)
    assert contents(Index(three.path)) == before
    three.add(sample[:1])
    assert not list(three.path.glob("000004.*"))


@pytest.mark.parametrize("change", ["compact", "delete"])
def test_a_copy_of_before_its_files_were_replaced_is_not_believed(
    three: Index, sample: list[Article], change: str
) -> None:
    older = (three.path / MANIFEST_COPY).read_bytes()
    if change == "compact":
        three.compact(everything=True)
    else:
        three.delete([sample[1].id])
    (three.path / MANIFEST_COPY).write_bytes(older)
    newer = (three.path / MANIFEST).read_bytes()
    (three.path / MANIFEST).write_bytes(b"{")
    before = {path.name: path.read_bytes() for path in three.path.iterdir()}
    with pytest.raises(IndexCorrupt, match=r"its copy is of an earlier commit: 00000\d\.\S+ is gone"):
        repair(three.path)
    assert {path.name: path.read_bytes() for path in three.path.iterdir()} == before
    (three.path / MANIFEST).write_bytes(newer)
    assert len(Index(three.path)) == 47 - (change == "delete")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path, _: path.unlink(), "it is missing"),
        (lambda path, _: path.write_bytes(path.read_bytes()[:-9]), "truncated"),
        (lambda path, older: path.write_bytes(older), "it is of another commit than the manifest"),
        (lambda path, _: (path.unlink(), path.mkdir()), "it cannot be read (Is a directory)"),
    ],
    ids=["missing", "cut", "older", "a folder"],
)
def test_the_copy_of_the_manifest_is_verified_and_made_again(
    three: Index, sample: list[Article], damage: Callable[[Path, bytes], object], reason: str
) -> None:
    copy = three.path / MANIFEST_COPY
    older = copy.read_bytes()
    three.delete([sample[1].id])
    damage(copy, older)
    (found,) = verify(three.path).damage
    assert (found.file, found.segment) == (MANIFEST_COPY, None)
    assert reason in found.reason
    report = repair(three.path)
    assert (report.repaired, report.lost, report.generation) == (True, 0, 5)
    assert not verify(three.path).damage
    assert copy.read_bytes() == (three.path / MANIFEST).read_bytes()


@pytest.mark.parametrize("also", [None, "000002.bands.arrow", "000001.bands.arrow"])
def test_a_damaged_second_file_of_deleted_rows_is_named_and_made_again(three: Index, also: str | None) -> None:
    path = three.path / "000001.deleted-00000004.copy.arrow"
    content = path.read_bytes()
    cut(path)
    if also is not None:
        cut(three.path / also)
    found = {(each.file, each.segment) for each in verify(three.path).damage}
    assert found == {(path.name, None)} | ({(also, also[:6])} if also else set())
    assert repair(three.path).lost == 0
    assert not verify(three.path).damage
    assert len(Index(three.path)) == 47
    assert also == "000001.bands.arrow" or path.read_bytes() == content


def test_a_sector_that_cannot_be_read_costs_the_articles_in_it(
    three: Index, sample: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "TEXT_BLOCK", 2000)
    index = Index(three.path.with_name("blocks"))
    index.add(sample[:48])
    path = file_of(index, "texts")
    content = path.read_bytes()
    assert len(content) > 3 * 4096
    broken_disk(monkeypatch, path, 5000, 5001)
    with pytest.raises(IndexCorrupt, match=r"texts\.arrow is damaged: it cannot be read \(Input/output error\)"):
        Index(index.path).add([])
    (found,) = verify(index.path).damage
    assert (found.file, found.unreadable) == (path.name, True)
    report = repair(index.path)
    assert 0 < report.lost < 20
    assert report.recovered == 48 - report.lost
    monkeypatch.undo()
    assert not verify(index.path).damage
    assert contents(Index(index.path)).items() <= {each.id: each for each in sample[:48]}.items()
    assert (index.path / DAMAGED / path.name).read_bytes() == content
    kept = (index.path / DAMAGED / f"{path.name}.readable").read_bytes()
    assert kept == content[:4096] + bytes(4096) + content[8192:]


def test_a_folder_in_the_place_of_a_file_is_moved_away(three: Index, sample: list[Article]) -> None:
    path = file_of(three, "bands")
    path.unlink()
    path.mkdir()
    (path / "note").write_text("x")
    (found,) = verify(three.path).damage
    assert (found.file, found.reason) == (path.name, "it is no file")
    assert repair(three.path).lost == 0
    assert (three.path / DAMAGED / path.name / "note").read_text() == "x"
    assert contents(Index(three.path)) == {each.id: each for each in sample[1:48]}


def test_a_folder_in_the_place_of_the_manifest_is_moved_away(three: Index) -> None:
    (three.path / MANIFEST).unlink()
    (three.path / MANIFEST).mkdir()
    assert [found.reason for found in verify(three.path).damage] == ["it cannot be read (Is a directory)"]
    assert repair(three.path).lost == 0
    assert len(Index(three.path)) == 47


def test_a_folder_that_has_the_name_of_a_segments_file_stops_no_writer(three: Index, sample: list[Article]) -> None:
    (three.path / "000009.bands.arrow").mkdir()
    three.delete([sample[1].id])
    assert not repair(three.path).damage
    assert len(three) == 46


def test_a_file_that_may_not_be_read_is_no_damage(three: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file_of(three, "bands")
    original = Path.open

    def opening(self: Path, *arguments: Any, **options: Any) -> Any:
        if self == path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))
        return original(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", opening)
    for use in (verify, repair):
        with pytest.raises(PermissionError, match=path.name):
            use(three.path)
    assert path.exists()


def kept(report: VerifyReport, folder: Path) -> dict[str, bytes]:
    assert report.repaired
    return {path.name: path.read_bytes() for path in (folder / DAMAGED).iterdir()}


def test_each_damaged_manifest_is_kept(three: Index) -> None:
    for number in range(3):
        (three.path / MANIFEST).write_bytes(b"{" * (number + 1))
        found = kept(repair(three.path), three.path)
    assert found == {f"manifest-0000000{4 + number}.json": b"{" * (number + 1) for number in range(3)}


def test_what_is_kept_is_not_replaced_by_what_has_the_same_name(three: Index) -> None:
    before = Path(shutil.copytree(three.path, three.path.with_name("before")))
    cut(file_of(three, "texts"))
    cut(three.path / "000001.bands.arrow")
    first = kept(repair(three.path), three.path)
    shutil.copytree(three.path / DAMAGED, before / DAMAGED)  # of an index that was restored
    cut(before / "000001.texts.arrow")
    cut(before / "000001.texts.arrow")
    (before / "000002.texts.arrow").unlink()
    second = kept(repair(before), before)
    assert {name: second[name] for name in first} == first
    assert second["000001.texts-2.arrow"] == first["000001.texts.arrow"][:-1]
    assert len(second["lost-00000004-2.jsonl"].splitlines()) == 31
    assert json.loads(second["lost-00000004-2.jsonl"].splitlines()[-1])["segment"] == "000002"


@pytest.mark.parametrize("first", [False, True])
def test_an_id_that_stands_twice_is_found_and_one_article_stays(
    three: Index, sample: list[Article], tmp_path: Path, first: bool
) -> None:
    other = Index(tmp_path / "other")
    other.add(sample[:20])
    entry = read_manifest(other.path).segments[0]
    files = {}
    for kind, file in entry.files.items():
        files[kind] = msgspec.structs.replace(file, name=file.name.replace("000001", "000004"))
        (other.path / file.name).rename(three.path / files[kind].name)
    entry = msgspec.structs.replace(entry, name="000004", files=files)
    manifest = read_manifest(three.path)
    write_manifest(
        three.path,
        msgspec.structs.replace(
            manifest,
            generation=5,
            segments=(entry, *manifest.segments) if first else (*manifest.segments, entry),
            next_segment=5,
        ),
    )
    damage = verify(three.path).damage
    named = ["000001", "000002"] if first else ["000004"]
    assert [(found.file, found.segment) for found in damage] == [(f"{name}.ids.arrow", name) for name in named]
    assert all("has a live article in segment" in found.reason for found in damage)
    repair(three.path)
    assert not verify(three.path).damage
    assert contents(Index(three.path)) == {each.id: each for each in sample[:48]}


@pytest.mark.parametrize("exists", [False, True])
def test_nothing_is_made_in_a_folder_that_is_no_index(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "folder"
    if exists:
        folder.mkdir()
    with pytest.raises(IndexMissing, match="no naskh index at"):
        repair(folder)
    assert list(tmp_path.rglob("*")) == [folder] * exists
