"""Input made to break a reader: it is refused clearly, in bounded memory, and what stands behind it is read."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from naskh import Article, Index, repeated_blocks
from naskh.sources import Reader, Rejection

AFTER = b'{"id":"after","text":"\xd8\xae\xd8\xa8\xd8\xb1"}\n'
SENTENCE = "أعلنت وزارة النقل اليوم افتتاح الطريق الساحلي الجديد أمام المركبات بعد أعمال توسعة"
MIB = 1 << 20
PACKERS = {".gz": gzip.compress, ".zst": lambda data: pa.compress(data, codec="zstd", asbytes=True)}


def read(path: Path, way: str = "one by one", **options: int) -> tuple[list[str], list[Rejection]]:
    rejections: list[Rejection] = []
    reader = Reader([path], on_reject=rejections.append, **options)
    if way == "batches":
        ids = [id_ for batch in reader.batches() for id_ in batch.column("id").to_pylist()]
    else:
        ids = [article.id for article in reader]
    return ids, rejections


both_ways = pytest.mark.parametrize("way", ["one by one", "batches"])


def peak_mib(command: str, path: Path) -> int:
    """The most memory that a process of its own holds while it reads a file, in MiB, above what it began with."""
    script = (
        "import resource, sys\n"
        "import pyarrow, numba\n"
        "from naskh.sources import Reader\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        f"before = peak(); reader = Reader([sys.argv[1]]); {command}; print(peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_an_article_of_100_mb_is_rejected_by_file_and_line_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    path.write_bytes(b'{"id":"huge","text":"' + b"x" * 100_000_000 + b'"}\n' + AFTER)
    ids, (rejection,) = read(path)
    assert ids == ["after"]
    assert str(rejection) == f"{path}:1: line longer than 64 MiB"


@pytest.mark.parametrize("command", ["list(reader)", "list(reader.batches())"])
def test_reading_an_article_of_100_mb_holds_no_more_than_three_lines_of_the_limit(
    tmp_path: Path, command: str
) -> None:
    path = tmp_path / "huge.jsonl"
    path.write_bytes(b'{"id":"huge","text":"' + b"x" * 100_000_000 + b'"}\n' + AFTER)
    assert peak_mib(command, path) < 3 * 64 + 64


@both_ways
@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("content", [b"\0", b"[", b'{"a":'], ids=["zeros", "arrays", "objects"])
def test_an_archive_that_unpacks_to_one_endless_line_is_one_rejection(
    tmp_path: Path, suffix: str, content: bytes, way: str
) -> None:
    path = tmp_path / f"bomb.jsonl{suffix}"
    path.write_bytes(PACKERS[suffix](content * (8 * MIB) + b"\n" + AFTER))
    ids, (rejection,) = read(path, way, max_article_bytes=MIB)
    assert ids == ["after"]
    assert (rejection.line, rejection.reason) == (1, "line longer than 1 MiB")


@pytest.mark.parametrize("command", ["list(reader)", "list(reader.batches())"])
def test_an_archive_of_a_gigabyte_of_zeros_is_read_in_bounded_memory(tmp_path: Path, command: str) -> None:
    path = tmp_path / "bomb.jsonl.zst"
    with pa.OSFile(str(path), "wb") as file, pa.CompressedOutputStream(file, "zstd") as packed:
        for _ in range(1024):
            packed.write(bytes(MIB))
        packed.write(b"\n" + AFTER)
    assert peak_mib(command, path) < 3 * 64 + 64


@both_ways
@pytest.mark.parametrize("depth", [50_000, 1_000_000])
@pytest.mark.parametrize(
    "line",
    [b"%s", b'{"id":"a","text":%s}', b'{"id":%s,"text":"b"}', b'{"id":"a","text":"b","other":%s}'],
    ids=["whole line", "text", "id", "unknown field"],
)
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")], ids=["arrays", "objects"])
def test_json_nested_without_end_breaks_nothing(
    tmp_path: Path, opening: bytes, closing: bytes, line: bytes, depth: int, way: str
) -> None:
    path = tmp_path / "nested.jsonl"
    path.write_bytes(line % (opening * depth + b"1" + closing * depth) + b"\n" + AFTER)
    ids, rejections = read(path, way)
    assert ids == ["after"]
    assert [len(rejection.reason) < 200 for rejection in rejections] == [True]


@both_ways
@pytest.mark.parametrize("escape", ["\\ud800", "\\udc00", "\\udc00\\ud800", "\\ud83dx"])
@pytest.mark.parametrize("field", ["id", "text", "title", "outlet", "url"])
def test_half_a_character_is_rejected_in_any_field(tmp_path: Path, field: str, escape: str, way: str) -> None:
    path = tmp_path / "half.jsonl"
    record = {"id": "a", "text": "b", field: "HALF"}
    path.write_bytes(json.dumps(record).replace("HALF", escape).encode() + b"\n" + AFTER)
    ids, (rejection,) = read(path, way)
    assert ids == ["after"]
    assert "lone surrogate" in rejection.reason


def test_nul_characters_and_path_separators_in_ids_are_kept_and_lead_nowhere(index: Index) -> None:
    ids = ["../../outside", "/etc/passwd", "a\0b", "..", "", "\u202egpj.exe"]
    articles = [Article(id=id_, text=f"{SENTENCE} \0 {n}") for n, id_ in enumerate(ids) if id_]
    before = set(index.path.parent.iterdir())
    index.add(articles)
    assert [index.get(article.id) for article in articles] == articles
    assert set(index.path.parent.iterdir()) - before <= {index.path}
    assert all(path.parent == index.path for path in index.path.rglob("*"))


STEERING = ["\x1b[2J", "\x9b31m", "\x07", "\u202e", "\u2066", "\u2028", "\r"]


def test_no_field_of_an_article_steers_the_terminal(tmp_path: Path) -> None:
    with (tmp_path / "in.jsonl").open("w") as file:
        for n, mark in enumerate(STEERING):
            record = {"id": f"a{mark}z{n}", "text": f"{SENTENCE}\n" * 2, "title": mark, "outlet": mark}
            file.write(f"{json.dumps(record)}\n{json.dumps({**record, 'id': f'{mark}b{n}'})}\n")
    for command in (["blocks", "in.jsonl"], ["index", "i", "in.jsonl"], ["query", "i", "in.jsonl"], ["stats", "i"]):
        naskh = [sys.executable, "-c", "from naskh.cli import main; main()", *command]
        done = subprocess.run(naskh, capture_output=True, cwd=tmp_path, check=True)
        said = (done.stdout + done.stderr).decode()
        assert not [mark for mark in STEERING if mark in said]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda n: "كلمة\n" * n, id="paragraphs of one word"),
        pytest.param(lambda n: "كلمة " * n, id="one word again and again"),
        pytest.param(lambda n: f"{SENTENCE}\n" * (n // 12), id="one paragraph again and again"),
        pytest.param(lambda n: "ا" * 10 * n, id="a paragraph without spaces"),
    ],
)
def test_text_that_repeats_without_end_is_taken_apart_and_indexed(index: Index, make: Callable[[int], str]) -> None:
    text = make(30_000)
    for block in repeated_blocks(text):
        ends = [span.chars[1] for span in block.occurrences]
        assert all(end <= span.chars[0] for end, span in zip(ends, block.occurrences[1:], strict=False))
    index.add([Article(id="a", text=text)])
    index.query(text)
    assert len(index) == 1
