"""Whenever a writer ends, whatever is damaged, whoever reads meanwhile; the long runs are ``make torture``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.torture import damage, readers
from tests.torture.endings import end_at_each_change, end_repairs


def test_nothing_is_lost_when_all_ends_at_any_change_of_the_folder(tmp_path: Path) -> None:
    assert end_at_each_change(tmp_path, seed=0, steps=3) > 100


def test_a_repair_that_ends_at_any_change_of_the_folder_loses_no_more_and_goes_on(tmp_path: Path) -> None:
    assert end_repairs(tmp_path, seed=0, every=20) > 80


def test_nothing_is_lost_when_the_writer_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.torture.kills", "--kills", "12", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "12 kills" in done.stderr


def test_damage_is_named_and_repaired_or_harmless() -> None:
    assert damage.torture(200, seed=0).total() == 200


def test_whatever_readers_are_told_beside_a_writer_is_the_answer_of_one_committed_state(tmp_path: Path) -> None:
    found = readers.torture(3, readers=3, seed=0, folder=tmp_path)
    assert all(found[what] for what in ("while a commit came", "of files that were gone", "merges"))
