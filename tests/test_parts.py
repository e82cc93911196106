"""A file written in parts is, byte for byte, the one that is written at once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pytest

from naskh import Index
from naskh.index import disk
from naskh.index.files import Kind, check_content, map_table, write_table
from naskh.index.parts import FileInParts, Later
from naskh.index.snapshot import is_segment_file


@pytest.mark.parametrize("rows", [0, 1, 3, 1000, 100_003])
@pytest.mark.parametrize("part", [1 << 10, 1 << 20])
def test_numbers_strings_and_whole_columns_side_by_side(tmp_path: Path, rows: int, part: int) -> None:
    random = np.random.default_rng(rows)
    sizes = random.integers(0, 9, rows)
    valid = random.integers(0, 3, rows) > 0
    sizes[~valid] = 0
    strings = random.integers(97, 123, int(sizes.sum())).astype(np.uint8)
    offsets = np.append(0, np.cumsum(sizes)).astype(np.int32)
    short, long = random.integers(0, 99, rows).astype(np.uint16), random.integers(0, 99, rows).astype(np.uint64)
    nulls = Later(pa.string(), rows, offsets, valid if not valid.all() else None)
    whole = {
        "short": pa.array(short),
        "string": nulls.over(pa.py_buffer(strings)),
        "held": pa.array(valid),
        "long": pa.array(long),
    }
    file = FileInParts(
        tmp_path,
        "parts",
        Kind.ARTICLES,
        {
            "short": Later(pa.uint16(), rows),
            "string": nulls,
            "held": whole["held"],
            "long": Later(pa.uint64(), rows),
        },
    )
    for column, values in (("long", long), ("short", short), ("string", strings)):
        for start in range(0, len(values), part):
            file.write(column, values[start : start + part])
    entry = file.finish()
    at_once = write_table(tmp_path, "at once", Kind.ARTICLES, whole)
    assert (entry.bytes, entry.xxh3) == (at_once.bytes, at_once.xxh3)
    check_content(tmp_path, entry)
    stored = map_table(tmp_path, entry, Kind.ARTICLES)
    stored.validate(full=True)
    expected = [
        strings[a:b].tobytes().decode() if ok else None
        for a, b, ok in zip(offsets, offsets[1:], valid, strict=False)
    ]
    assert stored.column("string").to_pylist() == expected


def test_bytes_of_a_large_binary_column(tmp_path: Path) -> None:
    blocks = [b"first", b"", b"third block"]
    offsets = np.append(0, np.cumsum([len(block) for block in blocks])).astype(np.int64)
    file = FileInParts(tmp_path, "parts", Kind.TEXTS, {"block": Later(pa.large_binary(), 3, offsets)})
    file.write("block", np.frombuffer(b"".join(blocks), np.uint8))
    entry = file.finish()
    assert map_table(tmp_path, entry, Kind.TEXTS).column("block").to_pylist() == blocks


@pytest.mark.parametrize(("values", "message"), [(4, "too few"), (6, "too many")])
def test_a_column_is_written_to_its_end_and_no_further(tmp_path: Path, values: int, message: str) -> None:
    file = FileInParts(tmp_path, "parts", Kind.IDS, {"hash": Later(pa.uint64(), 5)})

    def write() -> None:
        file.write("hash", np.arange(values, dtype=np.uint64))
        file.finish()

    with closing(file), pytest.raises(RuntimeError, match=f"{message} values for hash"):
        write()


def test_where_merging_is_killed_nothing_stays_that_no_writer_clears(
    three: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New blocks of texts wait in a file that has a name for a moment only."""
    found: list[str] = []
    original = disk.create

    def create(path: Path) -> BinaryIO:
        file = original(path)
        found.extend(each.name for each in three.path.iterdir())
        return file

    monkeypatch.setattr(disk, "create", create)
    monkeypatch.setattr("tempfile.TemporaryFile", None)
    before = {path.name for path in three.path.iterdir()}
    three.compact(everything=True)
    begun = [name for name in set(found) - before if not name.endswith(disk.NEW)]
    assert "000004.texts-spool.arrow" in begun
    assert all(is_segment_file(name) for name in begun)
    assert not list(three.path.glob("*spool*"))
