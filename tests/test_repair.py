"""A repair keeps what is sound of a damaged index, and the damaged files, whenever it ends."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from threading import current_thread
from typing import Any

import pytest
from click.testing import CliRunner

from conftest import file_of
from naskh import Article, Index, Settings
from naskh.cli import cli
from naskh.errors import IndexUnusable
from naskh.index import build, recover, writer
from naskh.index.files import Kind
from naskh.index.keeping import DAMAGED
from naskh.index.manifest import MANIFEST, MANIFEST_COPY, read_manifest, segment_files
from naskh.index.repair import repair
from naskh.index.verify import Outcome, VerifyReport, verify
from tests.torture.histories import contents

#: Files that are made from the articles and their texts.
DERIVED = [kind.value for kind in Kind if kind not in {Kind.ARTICLES, Kind.TEXTS, Kind.DELETED}]


def answers(index: Index, asked: list[Article]) -> list[object]:
    """All that an index says."""
    return [
        contents(index),
        [index.query(article) for article in asked],
        index.pairs().to_pylist(),
        index.pairs("paragraph").to_pylist(),
        index.families(),
    ]


def cut(path: Path) -> None:
    """Leave out the last byte."""
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path, found: bytes) -> None:
    """Change a bit where these bytes are."""
    content = bytearray(path.read_bytes())
    content[content.index(found)] ^= 1
    path.write_bytes(content)


def listed(report: VerifyReport) -> list[dict[str, object]]:
    """The list of lost articles."""
    assert report.lost_file is not None
    return [json.loads(line) for line in Path(report.lost_file).read_bytes().splitlines()]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts are stored in blocks of one or two articles."""
    monkeypatch.setattr(build, "TEXT_BLOCK", 2000)


@pytest.mark.parametrize("articles", [writer.SEGMENT_ARTICLES, 4])  # in one piece, and in pieces that are merged
@pytest.mark.parametrize("kind", DERIVED)
def test_what_can_be_made_again_is(
    three: Index, sample: list[Article], monkeypatch: pytest.MonkeyPatch, kind: str, articles: int
) -> None:
    before = answers(three, sample)
    monkeypatch.setattr(writer, "SEGMENT_ARTICLES", articles)
    monkeypatch.setattr("naskh.columns.BATCH_ARTICLES", 2)
    cut(file_of(three, kind))
    report = repair(three.path)
    assert (report.recovered, report.lost, report.lost_file) == (15, 0, None)
    assert not verify(three.path).damage
    assert answers(Index(three.path), sample) == before


def test_articles_that_are_lost_are_listed(three: Index, sample: list[Article]) -> None:
    path = file_of(three, "texts")
    content = path.read_bytes()[:-1]
    path.write_bytes(content)
    report = repair(three.path)
    assert (report.repaired, report.articles, report.damaged_articles) == (True, 47, 15)
    assert (report.recovered, report.lost, report.outcomes) == (0, 15, [Outcome("000001", 0, 15, 0, 0)])
    assert listed(report) == [
        {
            "id": each.id,
            "outlet": each.outlet,
            "date": each.date,
            "title": each.title,
            "url": each.url,
            "segment": "000001",
            "perhaps_deleted": False,
        }
        for each in sample[1:16]
    ]
    assert (three.path / DAMAGED / path.name).read_bytes() == content
    assert not verify(three.path).damage
    kept = Index(three.path)
    assert contents(kept) == {each.id: each for each in sample[16:48]}
    kept.add(sample[1:48])
    assert len(kept) == 47


@pytest.mark.usefixtures("small_blocks")
def test_a_bit_in_the_texts_costs_the_articles_of_its_block(three: Index, sample: list[Article]) -> None:
    segment = three.snapshot.segments[0]
    block = segment.text_place(5).block
    of_block = [sample[row].id for row in range(1, 16) if segment.text_place(row).block == block]
    assert 0 < len(of_block) < 4
    flip(file_of(three, "texts"), segment._text_blocks[0][block].as_py()[40:])
    report = repair(three.path)
    assert (report.recovered, report.lost) == (15 - len(of_block), len(of_block))
    assert [each["id"] for each in listed(report)] == of_block
    assert contents(Index(three.path)) == {each.id: each for each in sample[1:48] if each.id not in of_block}


@pytest.mark.parametrize(("field", "named"), [("title", True), ("id", False)], ids=["in a title", "in an id"])
def test_a_bit_in_the_fields_costs_one_article(
    three: Index, sample: list[Article], field: str, named: bool
) -> None:
    flip(file_of(three, "articles"), getattr(sample[5], field).encode())
    report = repair(three.path)
    assert report.outcomes == [Outcome("000001", 14, 1, int(not named), 0)]
    assert contents(Index(three.path)) == {each.id: each for each in sample[1:48] if each is not sample[5]}
    if named:  # the other fields may be wrong
        (lost,) = listed(report)
        assert (lost["id"], lost["title"], lost["url"]) == (sample[5].id, None, None)
    else:
        assert report.lost_file is None


@pytest.mark.parametrize("also", [[], ["ids"], ["texts"]])
def test_ids_that_cannot_be_read_are_counted(three: Index, also: list[str]) -> None:
    for kind in ["articles", *also]:
        cut(file_of(three, kind))
    report = repair(three.path)
    assert report.outcomes == [Outcome("000001", 0, 15, 15, 0)]
    assert report.lost_file is None
    assert len(Index(three.path)) == 32


def test_a_column_whose_name_is_no_text_any_more_is_damage(three: Index) -> None:
    path = file_of(three, "articles")
    path.write_bytes(path.read_bytes().replace(b"dateline_first", b"dateline_fir\xf3t"))
    report = repair(three.path)
    assert report.outcomes == [Outcome("000001", 0, 15, 15, 0)]
    assert not verify(three.path).damage


def test_ids_are_not_believed_where_nothing_confirms_them(three: Index, sample: list[Article]) -> None:
    flip(file_of(three, "articles"), sample[5].id.encode())
    cut(file_of(three, "ids"))
    assert repair(three.path).outcomes == [Outcome("000001", 0, 15, 15, 0)]


def test_nothing_that_was_deleted_comes_back(three: Index, sample: list[Article]) -> None:
    cut(file_of(three, "deleted"))
    (three.path / "000001.deleted-00000004.copy.arrow").write_bytes(b"x")
    report = repair(three.path)
    assert report.outcomes == [Outcome("000001", 0, 15, 0, 1)]
    assert [(each["id"], each["perhaps_deleted"]) for each in listed(report)] == [
        (each.id, True) for each in sample[:16]
    ]
    assert contents(Index(three.path)) == {each.id: each for each in sample[16:48]}


@pytest.mark.parametrize("damage", [cut, Path.unlink])
def test_deleted_rows_are_read_from_their_second_file(
    three: Index, sample: list[Article], damage: Callable[[Path], object]
) -> None:
    damage(file_of(three, "deleted"))
    assert repair(three.path).outcomes == [Outcome("000001", 15, 0, 0, 0)]
    assert contents(Index(three.path)) == {each.id: each for each in sample[1:48]}
    assert not list(three.path.glob("*deleted*"))


def test_without_texts_what_is_lost_is_listed(index: Index, sample: list[Article]) -> None:
    bare = Index(index.path, Settings(store_text=False))
    bare.add(sample[:8])
    cut(file_of(bare, "frac"))
    report = repair(bare.path)
    assert report.outcomes == [Outcome("000001", 0, 8, 0, 0)]
    assert [each["title"] for each in listed(report)] == [each.title for each in sample[:8]]
    assert len(Index(bare.path)) == 0


def test_a_second_repair_keeps_the_list_of_the_first(three: Index, sample: list[Article]) -> None:
    cut(file_of(three, "texts"))
    first = listed(repair(three.path))
    cut(three.path / "000002.texts.arrow")
    assert len(listed(repair(three.path))) == 16
    lists = sorted((three.path / DAMAGED).glob("lost-*.jsonl"))
    assert [json.loads(line) for line in lists[0].read_bytes().splitlines()] == first
    assert len(lists) == 2


def test_a_sound_index_is_left_as_it_is(three: Index) -> None:
    before = {path.name: path.read_bytes() for path in three.path.iterdir()}
    report = repair(three.path)
    assert (report.damage, report.repaired) == ([], False)
    assert {path.name: path.read_bytes() for path in three.path.iterdir()} == before


def test_the_command_says_what_became_of_the_articles(three: Index, sample: list[Article]) -> None:
    cut(file_of(three, "texts"))
    cut(three.path / "000002.frac.arrow")
    cut(three.path / "000003.articles.arrow")
    done = CliRunner().invoke(cli, ["verify", "--repair", str(three.path)])
    assert done.exit_code == 1
    assert "47 of 47 articles are in damaged segments: 16 indexed again, 31 lost" in done.output
    assert f"the lost ones are listed in {three.path / DAMAGED / 'lost-00000004.jsonl'}" in done.output
    assert "lost ones of segment 000003 whose ids are not known: 16" in done.output
    assert CliRunner().invoke(cli, ["verify", str(three.path)]).exit_code == 0


def test_json_has_the_figures(three: Index) -> None:
    cut(file_of(three, "deleted"))
    (three.path / "000001.deleted-00000004.copy.arrow").unlink()
    done = CliRunner().invoke(cli, ["verify", "--repair", "--json", str(three.path)])
    report = json.loads(done.stdout)
    assert (report["repaired"], report["recovered"], report["lost"]) == (True, 0, 15)
    assert report["lost_file"] == str(three.path / DAMAGED / "lost-00000004.jsonl")
    assert report["outcomes"] == [
        {"segment": "000001", "recovered": 0, "lost": 15, "unnamed": 0, "perhaps_deleted": 1}
    ]


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
    file_of(three, "bands").unlink()  # so that a segment is written
    assert repair(three.path).unlisted == len(newer)
    assert len(Index(three.path)) == 47
    assert {path.name: path.read_bytes() for path in (three.path / DAMAGED).glob("000004.*")} == newer


def test_damaged_files_are_copied_where_the_file_system_has_no_links(
    three: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    segment = read_manifest(three.path).segments[0]
    file_of(three, "bands").write_bytes(b"x")
    before = {file.name: (three.path / file.name).read_bytes() for file in segment_files(segment)}
    (three.path / DAMAGED).mkdir()
    (three.path / DAMAGED / "000001.bands.arrow.new").write_bytes(b"")  # of a repair that was killed
    repair(three.path)
    assert {path.name: path.read_bytes() for path in (three.path / DAMAGED).iterdir()} == before
    assert not list(three.path.glob("000001.*"))


def test_articles_are_sketched_by_the_pool_and_its_progress_is_told(
    three: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[str] = set()
    original = recover.sketch_chunk

    def sketch_chunk(*arguments: Any) -> build.Chunk:
        threads.add(current_thread().name)
        return original(*arguments)

    monkeypatch.setattr(recover, "sketch_chunk", sketch_chunk)
    monkeypatch.setattr("naskh.columns.BATCH_ARTICLES", 5)
    for segment in ("000001", "000003"):
        cut(three.path / f"{segment}.bands.arrow")
    done: list[float] = []
    repair(three.path, done.append)
    assert all(name.startswith("naskh-write") for name in threads)
    read = done.index(1.0) + 1
    assert 0 < done[read] < 0.3
    assert sorted(done[read:]) == done[read:]
    assert done[-1] == 1.0
