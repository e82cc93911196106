"""Whatever is read breaks nothing, and compiled code agrees with its reference; the long runs are ``make fuzz``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.running import TARGETS, fuzz


@pytest.mark.parametrize(("target", "inputs"), [("lines", 3000), ("files", 300), ("texts", 100), ("commands", 12)])
def test_random_input_breaks_nothing(target: str, inputs: int, tmp_path: Path) -> None:
    tally = fuzz(target, "short", inputs, tmp_path, tmp_path / "crashes")
    assert tally.inputs >= inputs
    assert not tally.crashes, tally.crashes[0].with_suffix(".txt").read_text()


def test_every_target_is_in_the_short_run() -> None:
    assert set(TARGETS) == {"lines", "files", "texts", "commands"}
