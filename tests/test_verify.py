"""Damage is found before anything is answered from it, named, and what is sound is kept."""

from __future__ import annotations

import json
import os
import random
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from conftest import file_of
from naskh import Article, Index
from naskh.cli import cli
from naskh.errors import IndexCorrupt, IndexUnusable, NaskhError
from naskh.index import checks, disk
from naskh.index.files import FileEntry, Kind
from naskh.index.manifest import MANIFEST, MANIFEST_COPY
from naskh.index.verify import verify

KINDS = [kind.value for kind in Kind]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path, rng: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


@pytest.mark.parametrize("remembered", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_is_found_before_anything_is_answered(
    three: Index, monkeypatch: pytest.MonkeyPatch, kind: str, remembered: bool
) -> None:
    if remembered:  # as in a large index, whose unchanged files are not read again
        monkeypatch.setattr(checks, "READ_ALWAYS", 0)
    path = file_of(three, kind)
    flip(path, random.Random(kind))  # noqa: S311 - a byte, no secret
    with pytest.raises(IndexUnusable, match=path.name):
        len(Index(three.path))
    assert [found.file for found in verify(three.path).damage] == [path.name]


def test_files_that_did_not_change_since_they_were_checked_are_not_read_again(
    three: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "READ_ALWAYS", 0)
    read: list[str] = []
    monkeypatch.setattr(checks, "check_content", lambda _, entry: read.append(entry.name))
    assert len(Index(three.path)) == 47
    assert not read
    path = file_of(three, "bands")
    path.write_bytes(path.read_bytes())
    assert len(Index(three.path)) == 47
    assert read == [path.name]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_files_that_a_writer_replaces_meanwhile_are_no_damage(three: Index, share: float) -> None:
    def progress(done: float) -> None:
        if done >= share and len(three.snapshot.segments) > 1:
            Index(three.path).compact(everything=True)

    report = verify(three.path, progress)
    assert (report.damage, report.articles) == ([], 47)


def test_it_ends_beside_a_writer_that_never_rests(
    three: Index, sample: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    original = checks.check_content

    def check_content(folder: Path, entry: FileEntry) -> None:
        read.append(entry.name)
        original(folder, entry)

    monkeypatch.setattr("naskh.index.files.check_content", check_content)

    def progress(_: float) -> None:
        if len(read) == len(set(read)) < 500:
            writer = Index(three.path)
            writer.add([sample[48 + len(read) % 12]])
            writer.delete([sample[48 + len(read) % 12].id])
            writer.compact(everything=True)

    report = verify(three.path, progress)
    assert report.damage == []
    assert report.articles in (47, 48)
    assert len(read) == len(set(read)), "a sound file is read again"


def test_a_writer_does_not_mind_that_verify_renames_a_file_which_it_takes_for_debris(
    three: Index, sample: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = three.path / (checks.CHECKED + disk.NEW)
    begun.write_bytes((three.path / checks.CHECKED).read_bytes())
    original = disk.remove

    def remove(path: Path) -> None:
        if path == begun:
            path.rename(three.path / checks.CHECKED)
        original(path)

    monkeypatch.setattr(disk, "remove", remove)
    assert three.delete([sample[1].id]) == []
    assert not begun.exists()


@pytest.mark.parametrize("name", [MANIFEST, MANIFEST_COPY, checks.CHECKED, "lock"])
def test_any_change_of_the_other_files_is_refused_or_harmless(
    three: Index, sample: list[Article], name: str
) -> None:
    path = three.path / name
    content = path.read_bytes()
    wanted = three.query(sample[1])
    rng = random.Random(name)  # noqa: S311 - bytes, no secret
    for _ in range(60):
        flip(path, rng)
        with nullcontext() if name != MANIFEST else suppress(NaskhError):
            assert Index(three.path).query(sample[1]) == wanted
        path.write_bytes(content)


def test_a_damaged_manifest_is_named_once_with_what_helps(three: Index) -> None:
    path = three.path / MANIFEST
    path.write_bytes(path.read_bytes().replace(b'"bytes":', b'"bytes": ', 1))
    found = CliRunner().invoke(cli, ["verify", str(three.path)])
    assert found.stdout == f"{path}: its checksum does not match\n"
    (three.path / MANIFEST_COPY).write_bytes(b"{")
    for repair in ([], ["--repair"]):
        both = CliRunner().invoke(cli, ["verify", *repair, str(three.path)])
        assert isinstance(both.exception, IndexCorrupt)
        said = str(both.exception)
        assert said.startswith(
            f"{path} is damaged: its checksum does not match; and its copy {MANIFEST_COPY} is damaged"
        )
        assert "from a copy, or index the sources again" in said
        assert "--repair" not in said


def test_the_command_names_the_file_and_its_damage(three: Index) -> None:
    sound = CliRunner().invoke(cli, ["verify", str(three.path)])
    assert sound.exit_code == 0
    assert "all sound" in sound.output
    path = file_of(three, "texts")
    path.unlink()
    found = CliRunner().invoke(cli, ["verify", str(three.path)])
    assert found.exit_code == 1
    assert f"{path}: it is missing" in found.output
    assert "--repair" in found.output
    assert CliRunner().invoke(cli, ["verify", "--repair", str(three.path)]).exit_code == 1
    assert CliRunner().invoke(cli, ["verify", str(three.path)]).exit_code == 0


def test_a_path_that_is_no_unicode_and_steers_the_terminal_is_written_with_replacements(
    tmp_path: Path, sample: list[Article]
) -> None:
    index = Index(tmp_path / os.fsdecode(b"n\xff\x1b[2J"))
    index.add(sample[:4])
    assert CliRunner().invoke(cli, ["verify", str(index.path)]).exit_code == 0
    cut(file_of(index, "texts"))
    for options in ([], ["--json"], ["--repair"]):
        done = CliRunner().invoke(cli, ["verify", *options, str(index.path)])
        assert done.exit_code == 1
        assert "\x1b" not in done.output
        if not options:
            assert f"{tmp_path}/n\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}[2J/000001.texts" in done.output
    index.add(sample[:4])
    cut(index.path / "000002.texts.arrow")
    report = json.loads(CliRunner().invoke(cli, ["verify", "--json", "--repair", str(index.path)]).stdout)
    assert report["lost_file"].startswith(f"{tmp_path}/n\N{REPLACEMENT CHARACTER}\x1b[2J/damaged/lost-")
