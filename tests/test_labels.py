"""The labelled pairs that the benchmark of relations rests on: complete, and free of article text."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.labels import LABELS, NAMES, Labelled, read_labels, scores

PAIRS = [json.loads(line) for line in LABELS.read_text().splitlines()]


def test_labels_hold_ids_outlets_and_labels_only() -> None:
    assert {frozenset(pair) for pair in PAIRS} == {
        frozenset({"a", "b", "outlets", "label", "reader_1", "reader_2", "half"})
    }
    assert all(len(value) < 20 for pair in PAIRS for value in (pair["a"], pair["b"], *pair["outlets"]))


def test_there_are_enough_pairs_read_twice_and_no_article_is_in_both_halves() -> None:
    assert len(PAIRS) >= 150
    halves = Counter(pair["half"] for pair in PAIRS)
    assert set(halves) == {"tune", "report"}
    articles = {half: {p[k] for p in PAIRS if p["half"] == half for k in "ab"} for half in halves}
    assert not articles["tune"] & articles["report"]
    for pair in PAIRS:
        assert {pair["reader_1"], pair["reader_2"]} <= set(NAMES)
        assert pair["label"] == (pair["reader_1"] if pair["reader_1"] == pair["reader_2"] else None)


def test_pairs_on_which_the_readers_differ_count_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    lines = [
        {"a": "1", "b": "2", "label": "copy", "half": "report"},
        {"a": "3", "b": "4", "label": None, "half": "report"},
        {"a": "5", "b": "6", "label": "none", "half": "tune"},
        {"a": "7", "b": "8", "label": "quote"},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_labels(path, "report") == [("1", "2", "copy")]
    assert read_labels(path, "tune") == [("5", "6", "none"), ("7", "8", "quote")]


def test_f1_is_of_copy_or_partial_against_the_rest() -> None:
    given = [("copy", "partial"), ("partial", "formula"), ("formula", "copy"), ("none", "none"), ("copy", "copy")]
    pairs = [Labelled("a", "b", label, naskh, 0.0, 0.0) for label, naskh in given]
    told = scores(pairs, lambda pair: pair.given in ("copy", "partial"))
    assert (told.precision, told.recall) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert told.f1 == pytest.approx(2 / 3)
