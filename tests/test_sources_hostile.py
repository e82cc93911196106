"""Sources that were made to do harm, and disks that fail: the file is rejected, and the others are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from naskh.sources import Reader, Rejection
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
        (r'"filename": "a\u0000b"', "null byte"),
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


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read")
@pytest.mark.parametrize(
    "name", ["mem.warc", "mem.arrow", "mem.parquet", "mem.csv", "mem.jsonl", "mem.cdx", "mem.txt"]
)
def test_a_disk_that_fails_is_a_rejection_of_the_file(tmp_path, good, name):
    (tmp_path / name).symlink_to("/proc/self/mem")

    ids, (rejected,) = read(tmp_path / name, good)

    assert ids == ["good"]
    assert rejected.startswith(f"{name}: cannot be read: I")
