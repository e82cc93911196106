"""Web archives through the command line: what is indexed, what a later run does not read again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("trafilatura", reason="needs the extra warc", exc_type=ImportError)

from naskh import Index
from naskh.cli import cli
from naskh.index.journal import Journal
from naskh.index.repair import repair
from naskh.index.verify import verify
from naskh.sources.html import EXTRACTION, Extract
from tests.archives import OTHER, STORY, packed, page, response

MAIN = "from naskh.cli import main; main()"
BRIDGE = "https://www.wadi-news.com.sa/bridge"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture
def crawl(tmp_path: Path) -> Path:
    """Two archives: a story of an agency, and another outlet's copy of it in windows-1256."""
    folder = tmp_path / "crawl"
    folder.mkdir()
    (folder / "a.warc.gz").write_bytes(
        packed(
            response("https://agency.example/1", page("افتتاح جسر وادي الريحان", STORY, site="وكالة مثال")),
            response("https://agency.example/2", page("تراجع محصول العسل", OTHER, site="وكالة مثال")),
            response("https://agency.example/x.png", b"\x89PNG", content_type="image/png"),
        )
    )
    copy = page("جسر جديد", STORY[:3]).encode("cp1256", "ignore")
    broken = bytearray(packed(response("https://broken.example/1", page("خبر", OTHER))))
    broken[60:90] = bytes(30)
    (folder / "b.warc.gz").write_bytes(
        packed(response(BRIDGE, copy, content_type="text/html; charset=windows-1256")) + bytes(broken)
    )
    return folder


def journal(index: Path) -> list[str]:
    lines = (index / "finished.jsonl").read_text().splitlines()
    return [Path(json.loads(line)["file"]["path"]).name for line in lines]


def test_a_crawl_becomes_an_index_and_a_query_finds_the_syndicated_page(crawl, tmp_path):
    done = run("index", tmp_path / "i", f"{crawl}/**/*.warc.gz")

    assert done.exit_code == 1, done.stderr
    assert "3 added" in done.stderr
    assert "passed over in web archives: 1 not HTML" in done.stderr
    assert "1 rejected:" in done.stderr
    assert "b.warc.gz: damaged archive behind the record at byte 0" in done.stderr

    found = json.loads(run("query", tmp_path / "i", "--id", BRIDGE, "--json").stdout)

    (match,) = found["matches"]
    assert (match["id"], match["outlet"], match["relation"]) == (
        "https://agency.example/1",
        "agency.example",
        "copy",
    )
    assert [passage["similarity"] for passage in match["passages"]] == [1.0]
    assert (Index(tmp_path / "i").get(BRIDGE).outlet, Index(tmp_path / "i").get(BRIDGE).title) == (
        "wadi-news.com.sa",
        "جسر جديد",
    )


def test_what_was_finished_is_not_read_again_unless_it_changed_or_is_asked_for(crawl, tmp_path):
    run("index", tmp_path / "i", crawl)
    assert journal(tmp_path / "i") == ["a.warc.gz", "b.warc.gz"]

    second = run("index", tmp_path / "i", crawl)

    assert second.exit_code == 0
    assert "2 web archives were read before and left out; --again reads them again" in second.stderr
    assert "0 added, 0 replaced, 0 unchanged (nothing to do)" in second.stderr

    os.utime(crawl / "a.warc.gz", ns=(1, 1))
    third = run("index", tmp_path / "i", crawl)
    fourth = run("index", tmp_path / "i", crawl / "a.warc.gz", "--again")

    assert "1 web archive was read before" in third.stderr
    assert "2 unchanged" in third.stderr
    assert "2 unchanged" in fourth.stderr
    assert "web archive" not in fourth.stderr.partition("passed over")[0]
    assert journal(tmp_path / "i")[2:] == ["a.warc.gz", "a.warc.gz"]
    assert verify(tmp_path / "i").damage == []


def test_an_archive_is_finished_only_behind_the_commit_of_its_last_article(crawl, tmp_path, monkeypatch):
    monkeypatch.setattr("naskh.index.writer.SEGMENT_ARTICLES", 2)
    index = Index(tmp_path / "i")
    seen = []
    notes = Journal(tmp_path / "i", EXTRACTION)

    def on_commit(report: object) -> None:
        notes.commit(report.durable)
        seen.append(
            (report.durable, journal(tmp_path / "i") if (tmp_path / "i" / "finished.jsonl").exists() else [])
        )

    def batches():
        from naskh.sources import Reader

        reader = Reader([crawl], workers=1, on_finish=lambda path, _: notes.finish(path, reader.articles))
        yield from reader.batches()
        raise InterruptedError

    with pytest.raises(InterruptedError):
        index.add(batches(), workers=1, on_commit=on_commit)

    assert all((durable >= 2) == (names == ["a.warc.gz"]) for durable, names in seen)
    assert "b.warc.gz" not in str(seen), "its article was not committed"
    assert Journal(tmp_path / "i", EXTRACTION).has(crawl / "b.warc.gz") is False


def test_after_a_kill_the_finished_archives_are_not_read_again(crawl, tmp_path):
    (crawl / "c.warc").write_bytes(
        b"".join(response(f"https://c.example/{n}", page("خبر", OTHER)) for n in range(30))
    )
    program = "import naskh.index.writer as w; w.SEGMENT_ARTICLES = 1; " + MAIN
    process = subprocess.Popen(
        [sys.executable, "-c", program, "index", str(tmp_path / "i"), str(crawl), "--workers", "1"],
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    # With one worker, batches are committed when two more are on their way; the third archive ends none.
    while (
        not (tmp_path / "i" / "finished.jsonl").exists() and process.poll() is None and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    known = Journal(tmp_path / "i", EXTRACTION)
    finished = [name for name in ("a.warc.gz", "b.warc.gz", "c.warc") if known.has(crawl / name)]
    again = run("index", tmp_path / "i", crawl)

    assert f"{len(finished)} web archive" in again.stderr or not finished
    assert len(Index(tmp_path / "i")) == 33


@pytest.mark.usefixtures("signals_as_usual")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_what_it_read_and_leaves_no_process(crawl, tmp_path, number):
    pages = "".join(f"<p>{n} {paragraph}</p>" for n in range(40) for paragraph in STORY)
    (crawl / "c.warc").write_bytes(
        b"".join(response(f"https://c.example/{n}", f"<html><body><article>{pages}</article>") for n in range(3000))
    )
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "index", str(tmp_path / "i"), str(crawl), "--workers", "1"],
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (extracting := _children(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 128 + number, said
    assert "Run the same command again to go on." in said
    assert "Traceback" not in said
    assert not any(Path(f"/proc/{pid}").exists() for pid in extracting)


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


def test_a_list_is_read_again_when_an_archive_that_it_names_changed(crawl, tmp_path):
    line = {"url": "https://agency.example/1", "status": "200", "mime": "text/html", "filename": "a.warc.gz"}
    listed = crawl / "l.cdxj"
    listed.write_text(f"key 2025 {json.dumps(line | {'offset': 0})}\n")
    run("index", tmp_path / "i", listed)

    second = run("index", tmp_path / "i", listed)
    changed = packed(response("https://agency.example/1", page("افتتاح جسر", STORY[:3])))
    (crawl / "a.warc.gz").write_bytes(changed)
    third = run("index", tmp_path / "i", listed)

    assert "1 web archive was read before" in second.stderr
    assert "1 replaced" in third.stderr


def test_an_archive_of_which_a_page_took_too_long_is_read_again(crawl, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "naskh.sources.extraction._Child.extract", lambda *_: Extract(reason="late", is_passing=True)
    )
    first = run("index", tmp_path / "i", crawl / "a.warc.gz")
    monkeypatch.undo()

    second = run("index", tmp_path / "i", crawl / "a.warc.gz")

    assert (first.exit_code, second.exit_code) == (1, 0)
    assert "2 added" in second.stderr


class TestJournal:
    def entry(self, tmp_path: Path) -> tuple[Path, Journal]:
        archive = tmp_path / "a.warc"
        archive.write_text("x")
        notes = Journal(tmp_path, 1)
        assert not notes.has(archive)
        notes.finish(archive, 5)
        return archive, notes

    def test_an_archive_is_noted_when_all_its_articles_are_durable(self, tmp_path):
        archive, notes = self.entry(tmp_path)

        notes.commit(4)
        assert not Journal(tmp_path, 1).has(archive)
        notes.commit(5)
        assert Journal(tmp_path, 1).has(archive)

    def test_another_archive_in_its_place_is_read_whatever_its_time_says(self, tmp_path):
        archive, notes = self.entry(tmp_path)
        notes.commit(5)
        other = tmp_path / "b.warc"
        other.write_text("y")
        time.sleep(0.02)  # of the file system's clock
        os.utime(other, ns=(archive.stat().st_atime_ns, archive.stat().st_mtime_ns))
        other.replace(archive)

        assert not Journal(tmp_path, 1).has(archive)

    def test_another_version_of_what_reads_pages_reads_it_again(self, tmp_path):
        archive, notes = self.entry(tmp_path)
        notes.commit(5)

        assert not Journal(tmp_path, 2).has(archive)

    def test_an_archive_that_changed_while_it_was_read_is_not_noted(self, tmp_path):
        archive = tmp_path / "a.warc"
        archive.write_text("x")
        notes = Journal(tmp_path, 1)
        notes.has(archive)
        archive.write_text("longer")
        notes.finish(archive, 0)
        notes.commit(0)

        assert not Journal(tmp_path, 1).has(archive)

    @pytest.mark.parametrize("cut", range(1, 60, 7))
    def test_a_torn_line_is_harmless(self, tmp_path, cut):
        archive, notes = self.entry(tmp_path)
        notes.commit(5)
        path = tmp_path / "finished.jsonl"
        path.write_bytes(path.read_bytes()[:-cut])
        second = tmp_path / "b.warc"
        second.write_text("y")

        notes = Journal(tmp_path, 1)
        assert notes.has(archive) is (cut == 1)
        notes.finish(second, 0)
        notes.commit(0)

        assert Journal(tmp_path, 1).has(second)
        assert Journal(tmp_path, 1).has(archive) is (cut == 1)

    def test_a_repair_that_may_have_lost_articles_forgets_it(self, tmp_path, sample):
        index = Index(tmp_path / "i")
        index.add(sample)
        (tmp_path / "i" / "finished.jsonl").write_text("{}\n")
        texts = next((tmp_path / "i").glob("*.texts.arrow"))
        content = bytearray(texts.read_bytes())
        content[len(content) // 2] ^= 0xFF
        texts.write_bytes(content)

        repair(tmp_path / "i")

        assert not (tmp_path / "i" / "finished.jsonl").exists()
