"""Where the system refuses to write, the message says what helps, and what was committed is as it was."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from naskh import Article, Index
from naskh.errors import FileUnwritable, IndexUnwritable
from naskh.index import disk, manifest
from naskh.index.snapshot import listed_by_copy, own_files
from naskh.index.verify import verify
from naskh.index.writer import IndexWriter
from naskh.matching import scratch
from naskh.writing import replacing, replacing_together
from tests.conftest import ROOT
from tests.torture.endings import debris
from tests.torture.histories import contents, small_and_fast
from tests.torture.refusals import refuse_each_change, refuse_repairs

SAMPLE = ROOT / "examples" / "sample-crawl.jsonl"


def naskh(*arguments: str | Path, before: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-c", "from naskh.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, preexec_fn=before)


def kept_files(index: Index) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in index.path.iterdir() if path.name not in ("checked.json", "lock")
    }


def lightning(*_: Path) -> None:
    raise RuntimeError("lightning")


@pytest.fixture
def disk_of_1_mb(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path) -> Path:
    """Take what is left of a disk."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (4096, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    return filler


def numbered(sample: list[Article], times: int) -> list[Article]:
    return [Article(id=f"{n} {each.id}", text=f"{n}\n{each.text}") for n in range(times) for each in sample]


def test_whatever_change_is_refused_the_last_commit_stays_and_no_debris(tmp_path: Path) -> None:
    assert refuse_each_change(tmp_path, seed=0, steps=3, every=12) > 10


def test_whatever_change_of_a_repair_is_refused_the_next_one_goes_on(tmp_path: Path) -> None:
    assert refuse_repairs(tmp_path, seed=0, every=120) > 3


@pytest.mark.parametrize("command", ["index", "compact"])
def test_a_file_that_may_not_grow_so_large_is_an_error_of_one_line(
    index: Index, sample: list[Article], command: str
) -> None:
    for each in sample[:3]:
        index.add([each])
    before = kept_files(index)
    added = [SAMPLE] if command == "index" else ["--all"]
    unlimited = shutil.copytree(index.path, index.path.with_name("unlimited"))
    assert naskh(command, unlimited, *added).returncode == 0  # it would be done, and compiled code is cached
    limit = max(path.stat().st_size for path in unlimited.glob("*.arrow")) - 1
    done = naskh(
        command, index.path, *added, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    )
    assert done.returncode == 2, done.stderr
    assert "cannot be written: File too large. Raise the limit on the size of a file (ulimit -f)" in done.stderr
    assert done.stderr.startswith("naskh: ")
    assert done.stderr.count("\n") == 1
    if command == "index":
        assert f"{index.path} holds 3 articles, all of them safe." in done.stderr
    assert kept_files(index) == before
    assert not verify(index.path).damage


def test_a_full_disk_keeps_what_was_committed_and_what_was_begun_frees_its_space(
    disk_of_1_mb: Path, sample: list[Article]
) -> None:
    index = Index(disk_of_1_mb / "index")
    durable = 0

    def on_commit(report: object) -> None:
        nonlocal durable
        durable = len(Index(index.path))

    articles = numbered(sample, 40)
    with small_and_fast(), pytest.raises(IndexUnwritable, match=r"No space left on device\. Free some space"):
        index.add(articles, workers=2, on_commit=on_commit)
    assert 0 < durable < len(articles)
    held = contents(Index(index.path))
    assert held == {each.id: each for each in articles[: len(held)]}
    assert len(held) >= durable
    used = sum(path.stat().st_size for path in index.path.iterdir())
    assert shutil.disk_usage(disk_of_1_mb).used < used + 100 * 4096  # pages are not filled to their ends
    assert not verify(index.path).damage


def test_compaction_of_a_full_disk_changes_nothing_and_is_done_when_there_is_room(
    disk_of_1_mb: Path, sample: list[Article]
) -> None:
    index = Index(disk_of_1_mb / "index")
    for first in range(0, 12, 4):
        index.add(sample[first : first + 4])
    index.delete([sample[0].id])
    before, held = kept_files(index), contents(index)
    filler = fill(disk_of_1_mb)
    for refused in (
        lambda: index.compact(everything=True),
        lambda: index.delete([sample[1].id]),
        lambda: index.add([sample[20]]),
    ):
        with pytest.raises(IndexUnwritable, match=r"index cannot be written: No space left on device"):
            refused()
        assert kept_files(index) == before
    assert contents(Index(index.path)) == held
    filler.unlink()
    assert index.compact(everything=True).segments == 1
    assert contents(index) == held


def test_a_read_only_folder_is_read_and_not_written(disk_of_1_mb: Path, sample: list[Article]) -> None:
    index = Index(disk_of_1_mb / "index")
    index.add(sample[:8])
    (disk_of_1_mb / "index" / "000009.bands.arrow").write_bytes(b"debris, which cannot be cleared away")
    answer = index.query(sample[0])
    subprocess.run(["mount", "-o", "remount,ro", str(disk_of_1_mb)], check=True)
    for command in (
        ["index", index.path, SAMPLE],
        ["compact", index.path],
        ["delete", index.path, sample[0].id],
        ["verify", "--repair", index.path],
        ["index", disk_of_1_mb / "another", SAMPLE],
    ):
        done = naskh(*command)
        assert done.returncode == 2, (command, done.stderr)
        assert "cannot be written: Read-only file system. Mount it for writing" in done.stderr
        assert done.stderr.count("\n") == 1
    assert Index(index.path).query(sample[0]) == answer
    assert naskh("verify", index.path).returncode == 0


def test_a_writer_whose_change_failed_takes_nothing_more(
    index: Index, sample: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add(sample[:2])
    with IndexWriter(index.path) as writer:
        monkeypatch.setattr(disk, "rename", lightning)
        with pytest.raises(RuntimeError, match="lightning"):
            writer.delete([sample[0].id])
        monkeypatch.undo()
        with pytest.raises(IndexUnwritable, match="an earlier change failed"):
            writer.delete([sample[1].id])
    assert len(Index(index.path)) == 2


def test_where_one_copy_of_the_manifest_cannot_be_made_nothing_of_it_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Merges while an add goes on: what the copy before lists stays for it, and goes with the writer at last."""
    articles = [Article(id=f"{n}", text=f"نص المقال رقم {n} من هذه الصحيفة") for n in range(60)]
    renew, calls = manifest.renew_copy, 0

    def fail_once(folder: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        renew(folder)

    monkeypatch.setattr(manifest, "renew_copy", fail_once)
    with small_and_fast():
        for failing in range(1, 40, 3):
            calls = 0
            index = Index(tmp_path / f"{failing}")
            index.add(articles)
            assert debris(index) == []
            assert listed_by_copy(index.path) <= own_files(index.snapshot.manifest)


@pytest.mark.parametrize(
    ("command", "name"),
    [("pairs", "pairs.jsonl"), ("pairs", "pairs.parquet"), ("report", "report.html"), ("blocks", "fixed.jsonl")],
)
def test_an_output_that_does_not_fit_leaves_the_one_before_it(
    disk_of_1_mb: Path, sample_index: Index, command: str, name: str
) -> None:
    output = disk_of_1_mb / name
    output.write_text("the one before")
    fill(disk_of_1_mb)
    source = ["--fix", SAMPLE] if command == "blocks" else [sample_index.path]
    done = naskh(command, *source, "-o", output)
    assert done.returncode == 2
    assert f"naskh: {output} cannot be written: No space left on device. Free some space" in done.stderr
    assert output.read_text() == "the one before"
    assert not list(disk_of_1_mb.glob(".*.part"))


def test_a_file_is_replaced_by_a_new_one_that_nobody_had_a_name_for(tmp_path: Path) -> None:
    output, precious = tmp_path / "x.jsonl", tmp_path / "precious"
    precious.write_text("as it was")
    (tmp_path / "x.jsonl.part").symlink_to(precious)
    before = os.umask(0o027)
    try:
        with replacing(output) as one, replacing(output) as another:
            assert one != another
            one.write_text("one")
            another.write_text("another")
    finally:
        os.umask(before)
    assert output.read_text() == "one"
    assert output.stat().st_mode & 0o777 == 0o640
    assert precious.read_text() == "as it was"
    assert (tmp_path / "x.jsonl.part").is_symlink()
    assert len(list(tmp_path.iterdir())) == 3


def test_of_files_that_are_written_together_all_are_replaced_or_none(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for path in (first, second):
        path.write_text("old")

    def write(*, whole: bool) -> None:
        with replacing_together(first, second) as partials:
            for partial in partials:
                partial.write_text("new")
            if not whole:
                lightning()

    with pytest.raises(RuntimeError, match="lightning"):
        write(whole=False)
    assert [path.read_text() for path in (first, second)] == ["old", "old"]
    write(whole=True)
    assert [path.read_text() for path in (first, second)] == ["new", "new"]
    assert len(list(tmp_path.iterdir())) == 2


def test_temporary_files_that_do_not_fit_name_their_folder(
    disk_of_1_mb: Path, sample_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(disk_of_1_mb)
    monkeypatch.setattr("tempfile.tempdir", str(disk_of_1_mb))
    monkeypatch.setattr(scratch, "_SMALL", 0)
    with pytest.raises(FileUnwritable, match=rf"temporary files in {disk_of_1_mb} .*TMPDIR="):
        Index(sample_index.path).pairs()
