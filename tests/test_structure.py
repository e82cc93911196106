"""Files in which there is no sense are found, although their checksums are right; and what is sound is kept."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from naskh import Article, Index, Settings
from naskh.index import structure
from naskh.index.files import FileEntry, Kind, map_table, write_table
from naskh.index.keeping import write_twin
from naskh.index.manifest import Manifest, SegmentEntry, read_manifest, twin, write_manifest
from naskh.index.repair import repair
from naskh.index.verify import verify
from tests.fuzz.making import text
from tests.torture.histories import contents

Columns = dict[str, Any]
Change = Callable[[Columns], Columns | None]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, sample: list[Article]) -> Path:
    """An index of two segments, the first of which has deleted articles; only to be read."""
    index = Index(tmp_path_factory.mktemp("structure") / "index")
    index.add(sample[:32])
    index.add(sample[32:48])
    index.delete([sample[3].id, sample[7].id, sample[8].id])
    return index.path


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(sound, tmp_path / "index"))


def rewrite(folder: Path, kind: Kind, change: Change) -> str:
    """Put another file in the place of one of the first segment, with a manifest that has its checksum."""
    manifest = read_manifest(folder)
    entry = manifest.segments[0]
    file = entry.deleted if kind is Kind.DELETED else entry.files[kind.value]
    assert file is not None
    table = map_table(folder, file, kind)
    columns: Columns = {}
    for name, column in zip(table.schema.names, table.columns, strict=True):
        is_number = pa.types.is_integer(column.type)
        columns[name] = column.to_numpy().copy() if is_number else column.to_pylist()
    types = dict(zip(table.schema.names, table.schema.types, strict=True))
    changed = change(columns) or columns
    (folder / file.name).unlink()
    arrays = {
        name: values if isinstance(values, pa.Array) else pa.array(values, types[name])
        for name, values in changed.items()
    }
    file = write_table(folder, file.name, kind, arrays)
    if kind is Kind.DELETED:
        (folder / twin(file).name).unlink()
        write_twin(folder, file)
    write_manifest(folder, with_file(manifest, kind, file))
    return file.name


def with_file(manifest: Manifest, kind: Kind, file: FileEntry) -> Manifest:
    """A manifest with another file of its first segment."""
    first: SegmentEntry = manifest.segments[0]
    replaced = {"deleted": file} if kind is Kind.DELETED else {"files": first.files | {kind.value: file}}
    first = msgspec.structs.replace(first, **replaced)
    return msgspec.structs.replace(manifest, segments=(first, *manifest.segments[1:]))


def put(name: str, row: int, value: object) -> Change:
    def change(columns: Columns) -> None:
        columns[name][row] = value

    return change


def more(name: str, row: int, value: int) -> Change:
    def change(columns: Columns) -> None:
        columns[name][row] += value

    return change


def swap(row: int, *names: str) -> Change:
    """Let a row and the next one change places."""

    def change(columns: Columns) -> None:
        for name in names or columns:
            columns[name][row], columns[name][row + 1] = columns[name][row + 1], columns[name][row]

    return change


def again(row: int) -> Change:
    """Put a row in the place of the next one, too."""

    def change(columns: Columns) -> None:
        for values in columns.values():
            values[row + 1] = values[row]

    return change


def short(columns: Columns) -> Columns:
    """Leave out the last row."""
    return {name: values[:-1] for name, values in columns.items()}


def retyped(name: str, type_: pa.DataType) -> Change:
    return lambda columns: columns | {name: pa.array(columns[name], type_)}


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        (Kind.ARTICLES, short, "31 rows, and its manifest says 32"),
        (Kind.ARTICLES, put("id", 5, ""), "an id is empty"),
        (Kind.ARTICLES, put("id", 5, None), "column id has nulls"),
        (Kind.ARTICLES, retyped("words", pa.uint64()), "column words has the type uint64"),
        (Kind.ARTICLES, lambda columns: {"id": columns["id"]}, "its columns are id"),
        (Kind.ARTICLES, swap(5, "shingles_end"), "shingles_end does not ascend"),
        (Kind.ARTICLES, more("shingles_end", -1, 1), "shingles_end does not end at"),
        (Kind.ARTICLES, put("dateline_first", 5, 1000), "a dateline ends before it begins"),
        (Kind.ARTICLES, put("dateline_end", 5, 1000), "a dateline ends behind its article"),
        (Kind.ARTICLES, more("words", 5, 1), "another number of shingles"),
        (Kind.ARTICLES, put("text_block", 5, 1000), "text_block is 1,000, and there are"),
        (Kind.ARTICLES, put("text_start", 5, 1 << 40), "a text ends behind its block"),
        (Kind.ARTICLES, put("text_bytes", 5, (1 << 64) - 1), "a text ends behind its block"),
        (Kind.PARAGRAPHS, short, "rows, and its manifest says"),
        (Kind.PARAGRAPHS, put("article", -1, 32), "article is 32, and there are 32 articles"),
        (Kind.PARAGRAPHS, put("article", 20, 0), "article does not ascend"),
        (Kind.PARAGRAPHS, put("number", 0, 0), "numbers of an article's paragraphs"),
        (Kind.PARAGRAPHS, again(0), "numbers of an article's paragraphs"),
        (Kind.PARAGRAPHS, put("number", -1, 1000), "number is larger"),
        (Kind.PARAGRAPHS, put("shingles", 0, 1000), "two paragraphs have a shingle in common"),
        (Kind.PARAGRAPHS, put("shingles", 0, 0), "or one has none"),
        (Kind.PARAGRAPHS, put("shingles", -1, 1000), "a paragraph ends behind its article"),
        (Kind.BANDS, short, "rows, and its manifest says"),
        (Kind.BANDS, put("row", 5, 1000), "row is 1,000, and there are"),
        (Kind.BANDS, again(5), "a paragraph is missing in band 0"),
        (Kind.BANDS, swap(5), "the entries of a bucket are not sorted"),
        (Kind.BANDS, put("key", -1, (1 << 32) - 1), "key is 4,294,967,295"),
        (Kind.BAND_TABLE, short, "no number of buckets"),
        (Kind.BAND_TABLE, put("first", 0, 1), "first does not ascend from 0"),
        (Kind.BAND_TABLE, swap(3), "first does not ascend from 0"),
        (Kind.FRAC, put("row", 5, 32), "row is 32, and there are 32 articles"),
        (Kind.FRAC, swap(5), "the entries of a bucket are not sorted"),
        (Kind.FRAC, again(5), "or one stands twice"),
        (Kind.FRAC, short, "its table ends at"),
        (Kind.FRAC_TABLE, short, "no number of buckets"),
        (Kind.IDS, short, "31 rows, and its manifest says 32"),
        (Kind.IDS, put("article", 5, 32), "article is 32, and there are 32 articles"),
        (Kind.IDS, swap(5, "hash"), "hash does not ascend"),
        (Kind.IDS, lambda columns: put("article", 5, columns["article"][6])(columns), "an article is missing"),
        (Kind.IDS, swap(5, "article"), "the id of an article has another hash"),
        (Kind.DELETED, short, "2 rows, and its manifest says 3"),
        (Kind.DELETED, put("article", -1, 32), "article is 32, and there are 32 articles"),
        (Kind.DELETED, swap(0), "article does not ascend"),
        (Kind.DELETED, again(0), "article does not ascend"),
    ],
)
@pytest.mark.parametrize("part", [structure._PART, 3])
def test_each_kind_of_nonsense_is_named(
    folder: Path, kind: Kind, change: Change, reason: str, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structure, "_PART", part)
    assert not verify(folder).damage
    before = contents(Index(folder))
    name = rewrite(folder, kind, change)
    (found,) = verify(folder).damage
    assert (found.file, found.segment) == (name, "000001")
    assert reason in found.reason
    report = repair(folder)
    assert not verify(folder).damage
    after = contents(Index(folder))
    assert after.items() <= before.items()
    assert report.lost == len(before) - len(after)
    if kind not in {Kind.ARTICLES, Kind.DELETED}:
        assert not report.lost


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        (Kind.SHINGLES, short, "shingles_end does not end at"),
        (Kind.TEXTS, put("bytes", 0, 1), "a text ends behind its block"),
    ],
)
def test_files_that_contradict_each_other_are_named(folder: Path, kind: Kind, change: Change, reason: str) -> None:
    before = contents(Index(folder))
    rewrite(folder, kind, change)
    (found,) = verify(folder).damage
    assert (found.file, found.segment) == ("000001.articles.arrow", "000001")
    assert reason in found.reason
    repair(folder)
    assert not verify(folder).damage
    assert contents(Index(folder)).items() <= before.items()


def test_a_file_that_is_damaged_judges_no_other(folder: Path) -> None:
    rewrite(folder, Kind.SHINGLES, short)
    rewrite(folder, Kind.IDS, swap(5, "article"))
    path = next(folder.glob("000001.articles*"))
    path.write_bytes(path.read_bytes()[:-1])
    assert [found.file for found in verify(folder).damage] == [path.name]


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(shingle_words=2, num_perm=12, bands=4, rows=3, min_paragraph_words=2, frac_scale=2),
        Settings(shingle_words=1, min_paragraph_words=1, store_text=False),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_indexed_makes_sense(tmp_path: Path, settings: Settings, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - texts, no secret
    index = Index(tmp_path / "index", settings)
    for first in range(0, 60, 20):
        index.add([Article(id=f"{first + n}", text=text(rng, rng.choice((4, 20, 60)))) for n in range(20)])
    index.delete([f"{rng.randrange(60)}" for _ in range(5)])
    assert not verify(index.path).damage
    index.compact(everything=True)
    assert not verify(index.path).damage
