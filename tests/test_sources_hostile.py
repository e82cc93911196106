"""Sources that were made to do harm, and disks that fail: the file is rejected, and the others are read."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from naskh.sources import Reader, Rejection
from naskh.sources.tables import TableFile
from tests.archives import STORY, page, response

pytest.importorskip("trafilatura", reason="needs the extra warc", exc_type=ImportError)

URL = "https://wadi.example/1"


def read(*sources: Path, **options: object) -> tuple[list[str], list[str]]:
    """The ids of the articles, and what was rejected without the folder."""
    rejections: list[Rejection] = []
    reader = Reader(sources, on_reject=rejections.append, workers=1, **options)
    ids = [id_ for batch in reader.batches() for id_ in batch.column("id").to_pylist()]
    return ids, [str(rejection).removeprefix(f"{sources[0].parent}/") for rejection in rejections]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A file that has to be read whatever is wrong with the ones before it."""
    path = tmp_path / "z.jsonl"
    path.write_text('{"id": "good", "text": "نص"}\n')
    return path


def test_a_line_of_a_list_that_names_no_record_costs_that_line(tmp_path, good):
    (tmp_path / "w.warc").write_bytes(response(URL, page("جسر", STORY)))
    os.mkfifo(tmp_path / "pipe.warc")
    (tmp_path / "deep").mkdir()
    elsewhere = "a list names archives from its own folder on"
    wrong = [
        ('"offset": "-5"', "names no record"),
        ('"offset": -1', "names no record"),
        (f'"offset": {2**63 - 1}', "w.warc: "),
        (f'"offset": "{"9" * 30}"', "names no record"),
        (f'"offset": "{"9" * 9000}"', "names no record"),
        ('"offset": 1000000', "there is no record at byte 1000000"),
        (r'"filename": "a\u0000b"', "null "),
        (f'"filename": "{"x" * 5000}"', "File name too long"),
        ('"filename": "pipe.warc"', "pipe.warc: no regular file"),
        ('"filename": "deep"', "deep: no regular file"),
        ('"filename": ""', "no regular file"),
        ('"filename": "/dev/zero"', elsewhere),
        ('"filename": "deep/../w.warc"', elsewhere),
        (f'"a": {"[" * 100_000}{"]" * 100_000}', "names no record"),
        (f'"status": {"9" * 9000}', "names no record"),
    ]
    right = f'"url": "{URL}", "status": "200", "mime": "text/html", "filename": "w.warc", "offset": "0"'
    lines = [f"key 2025 {{{right}, {said}}}\n" for said, _ in wrong]
    (tmp_path / "l.cdxj").write_text("".join([*lines, f"key 2025 {{{right}}}\n"]))

    ids, rejected = read(tmp_path / "l.cdxj", good)

    assert ids == [URL, "good"]
    assert [reason for (_, reason), said in zip(wrong, rejected, strict=True) if reason not in said] == []
    assert max(map(len, rejected)) < 500


def a_text_of_many_rows(path: Path, size: int, rows: int = 300) -> Path:
    """A table of some KB in which all rows have the same long text."""
    text = pa.array(["x" * size])
    ids = pa.array([str(row) for row in range(rows)])
    if path.name == "views.arrow":
        views = text.cast(pa.string_view()).buffers()
        column = pa.Array.from_buffers(
            pa.string_view(), rows, [None, pa.py_buffer(views[1].to_pybytes() * rows), *views[2:]]
        )
    else:
        column = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), text)
    table = pa.table({"id": ids, "text": column})
    if path.suffix == ".parquet":
        pq.write_table(table, path, compression="zstd")
    else:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    return path


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "views.arrow"])
def test_a_text_that_many_rows_have_is_unpacked_for_some_of_them_at_a_time(tmp_path, name):
    path = a_text_of_many_rows(tmp_path / name, 1 << 19)
    before = pa.total_allocated_bytes()

    held = [pa.total_allocated_bytes() for _ in Reader([path]).batches()]

    assert len(held) >= 150, "two rows are a piece"
    assert max(held) - before < 32 << 20, "all of them are 150 MB"


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "views.arrow"])
def test_a_text_that_is_too_long_is_not_unpacked_for_each_row(tmp_path, name, monkeypatch):
    path = a_text_of_many_rows(tmp_path / name, 1 << 20)
    longest = []
    checked = TableFile._without_content

    def watched(self: TableFile, made: dict[str, pa.Array]):
        longest.append(made["text"].nbytes)
        return checked(self, made)

    monkeypatch.setattr(TableFile, "_without_content", watched)

    ids, rejected = read(path, max_article_bytes=1 << 19)

    assert ids == []
    assert rejected[:1] + rejected[-1:] == [f"{name}:{row}: text larger than 512 KiB" for row in (1, 300)]
    assert max(longest) < 1 << 19


def test_one_text_of_a_dictionary_that_is_not_utf8_costs_its_rows(tmp_path):
    values = pa.Array.from_buffers(pa.string(), 2, pa.array([b"fine", b"\xc7\xe1"]).buffers())
    column = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0, None]), values, safe=False)
    table = pa.table({"id": ["a", "b", "c", "d"], "text": column})
    with pa.OSFile(str(tmp_path / "t.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)

    ids, (not_utf8, null) = read(tmp_path / "t.arrow")

    assert ids == ["a", "c"]
    assert not_utf8.startswith("t.arrow:2: column 'text' cannot be read")
    assert null == "t.arrow:4: column 'text' is null"


def test_names_of_columns_that_are_not_utf8_are_a_rejection(tmp_path, good):
    path = tmp_path / "t.arrow"
    table = pa.table({"id": ["a"], "text": ["x"], "abcdefgh": ["y"]})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    path.write_bytes(path.read_bytes().replace(b"abcdefgh", b"abc\xffefgh"))

    ids, (rejected,) = read(path, good)

    assert ids == ["good"]
    assert "the name or type of a column is not UTF-8" in rejected


def test_a_stream_that_claims_more_than_there_is_of_memory_is_a_rejection(tmp_path, good, monkeypatch):
    def claims(*_: object) -> None:
        raise MemoryError("malloc of size 4611686018427387904 failed")

    path = a_text_of_many_rows(tmp_path / "t.arrow", 9)
    monkeypatch.setattr("naskh.sources.tables.pieces", claims)

    ids, (rejected,) = read(path, good)

    assert ids == ["good"]
    assert rejected == "t.arrow: damaged: malloc of size 4611686018427387904 failed"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read")
@pytest.mark.parametrize(
    "name", ["mem.warc", "mem.arrow", "mem.parquet", "mem.csv", "mem.jsonl", "mem.cdx", "mem.txt"]
)
def test_a_disk_that_fails_is_a_rejection_of_the_file(tmp_path, good, name):
    (tmp_path / name).symlink_to("/proc/self/mem")

    ids, (rejected,) = read(tmp_path / name, good)

    assert ids == ["good"]
    assert rejected.startswith(f"{name}: cannot be read: I")
