"""Ctrl-C and SIGTERM: what was read is stored, and no writer lets go of its lock while it writes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from naskh import Article, Index
from naskh.cli import cli
from naskh.cli.interruption import ending_as_interrupted, interruption
from naskh.index.pool import writing_pool
from naskh.index.writer import IndexWriter

NASKH = [sys.executable, "-c", "from naskh.cli import main; main()"]


pytestmark = pytest.mark.usefixtures("signals_as_usual")


def line(article: Article) -> bytes:
    return json.dumps({"id": article.id, "text": article.text}).encode() + b"\n"


def test_a_first_signal_ends_gently_and_a_second_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    taken = []
    with interruption() as ending:
        for n in ending.gently(range(10)):
            taken.append(n)
            if n == 3:
                signal.raise_signal(signal.SIGTERM)
        assert taken == [0, 1, 2, 3]
        assert ending.status == 128 + signal.SIGTERM
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert "Once more ends" in capfd.readouterr().err


def test_an_interrupted_run_stores_what_it_took_in_and_the_next_goes_on(
    index: Index, sample: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    original, taken = IndexWriter.add, 0

    def add(writer: IndexWriter, batch: pa.RecordBatch) -> None:
        nonlocal taken
        original(writer, batch)
        taken += len(batch)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("naskh.columns.BATCH_ARTICLES", 4)
    source = index.path.with_name("crawl.jsonl")
    source.write_text("".join(json.dumps({"id": each.id, "text": each.text}) + "\n" for each in sample))
    with monkeypatch.context() as patch:
        patch.setattr(IndexWriter, "add", add)
        cut = CliRunner().invoke(cli, ["index", str(index.path), str(source)])
    assert cut.exit_code == 128 + signal.SIGINT, cut.output
    assert f"interrupted. {index.path} holds {taken} articles, all of them safe. Run the same" in cut.output
    again = CliRunner().invoke(cli, ["index", str(index.path), str(source)])
    assert again.exit_code == 0
    assert f"{len(sample) - taken:,} added, 0 replaced, {taken} unchanged" in again.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("listens", [True, False])
def test_a_signal_ends_a_run_that_waits_for_input_and_what_came_is_stored(
    index: Index, sample: list[Article], number: int, listens: bool
) -> None:
    process = subprocess.Popen(
        [*NASKH, "index", str(index.path), "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )
    with process:
        assert process.stdin is not None
        assert process.stderr is not None
        for article in sample[:5]:
            process.stdin.write(line(article))
        wait_until_idle(process.pid)
        if not listens:
            process.stderr.close()
        process.send_signal(number)
        said = process.stderr.read().decode() if listens else ""
        status = process.wait(60)
    assert len(Index(index.path)) == 5
    assert status == (128 + number if listens else 1)
    assert not listens or f"interrupted. {index.path} holds 5 articles" in said


def wait_until_idle(process: int) -> None:
    """Wait until a process waits for its input."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if Path(f"/proc/{process}/wchan").read_text() in ("pipe_read", "anon_pipe_read", "pipe_wait"):
            return
        time.sleep(0.05)
    raise AssertionError("it does not read its input")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_however_often_it_is_interrupted_it_clears_away_what_it_made(tmp_path: Path, number: int) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    made = tmp_path / "made"

    @ending_as_interrupted()
    def work() -> None:
        made.touch()
        try:
            signal.raise_signal(number)
        finally:
            for _ in range(3):
                signal.raise_signal(signal.SIGINT)
            made.unlink()

    with pytest.raises(KeyboardInterrupt):
        work()
    assert not list(tmp_path.iterdir())
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_work_that_does_not_end_is_ended_by_a_later_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("naskh.cli.interruption._CLEARING_SECONDS", 0.0)
    with ending_as_interrupted():
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            time.sleep(0.01)


class Swallowing:
    """Gets a signal where what its handler raises goes nowhere."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_a_signal_is_not_lost_where_nothing_can_be_raised() -> None:
    def items() -> Iterator[int]:
        Swallowing()
        time.sleep(30)
        yield 1

    with pytest.raises(KeyboardInterrupt), ending_as_interrupted():
        list(items())
    with interruption() as asked:
        assert list(asked.gently(items())) == []
        assert (asked.cut_short, asked.status) == (True, 130)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_signals_that_are_ignored_stay_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruption() as ending:
            signal.raise_signal(signal.SIGINT)
            assert list(ending.gently("ab")) == ["a", "b"]
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_signal_after_the_last_item_cuts_nothing_short() -> None:
    with interruption() as ending:
        assert list(ending.gently("ab")) == ["a", "b"]
        signal.raise_signal(signal.SIGTERM)
    assert not ending.cut_short


def test_however_often_it_is_interrupted_a_pool_ends_only_when_nothing_writes() -> None:
    written, main = [], threading.main_thread().ident
    assert main is not None

    def write() -> None:
        for _ in range(3):
            time.sleep(0.1)
            signal.pthread_kill(main, signal.SIGINT)
        time.sleep(0.1)
        written.append(True)

    def use() -> None:
        with writing_pool(1) as pool:
            pool.submit(write)

    with pytest.raises(KeyboardInterrupt):
        use()
    assert written
