"""Threads share an `Index` while it is written: each answer is that of one committed state, and of the last one."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest

import naskh.opened
from naskh import Article, Index
from naskh.index.manifest import MANIFEST
from naskh.index.snapshot import Snapshot

TEXT = "وأعلنت الوزارة أن المشروع الجديد سيبدأ في مطلع العام القادم بتكلفة تبلغ مئة مليون ريال في جميع المناطق"
COMMITS = 10
READERS = 6


def copy(number: int) -> Article:
    return Article(
        id=f"{number:03}", text=TEXT, title=f"عنوان {number}", date="2025-11-02", outlet=f"o{number % 3}"
    )


#: What is asked: the ids that an answer holds, all of which are copies of one text.
QUESTIONS: dict[str, Callable[[Index], list[str]]] = {
    "query": lambda index: [match.id for match in index.query(TEXT).matches],
    "query_id": lambda index: ["000", *(match.id for match in index.query_id("000").matches)],
    "query_many": lambda index: [
        match.id for match in next(iter(index.query_many([Article(id="", text=TEXT)])))[1].matches
    ],
    "search": lambda index: [head.id for head in index.search(title="عنوان", size=100).articles],
    "heads": lambda index: list(index.heads(f"{number:03}" for number in range(COMMITS))),
    "snapshot": lambda index: [f"{number:03}" for number in range(index.snapshot.articles)],
}


@pytest.mark.parametrize("compiled", [False, True], ids=["reference", "compiled"])
def test_each_answer_is_of_one_of_the_last_states(
    index: Index, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(naskh.opened, "COMPILED_FROM", 1 if compiled else 10**9)
    index.add([copy(0)])
    committed, ended = 1, Event()

    def read(ask: Callable[[Index], list[str]]) -> int:
        answers = 0
        while not ended.is_set() or not answers:
            before = committed
            ids = sorted(ask(index))
            assert ids == [f"{number:03}" for number in range(len(ids))]  # of no state but those that were
            assert before <= len(ids) <= committed + 1
            answers += 1
        return answers

    with ThreadPoolExecutor(len(QUESTIONS)) as pool:
        reading = [pool.submit(read, ask) for ask in QUESTIONS.values()]
        try:
            for number in range(1, COMMITS):
                Index(index.path).add([copy(number)])
                committed = number + 1
        finally:
            ended.set()
        assert all(each.result() for each in reading)


def test_threads_that_ask_at_once_open_a_state_once(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.add([copy(0)])
    os.utime(index.path / MANIFEST, (0, 0))  # of one that is new, nobody knows whether it is the last
    opened: list[Any] = []
    start = Barrier(READERS)
    open_snapshot = naskh.opened.open_snapshot

    def counted(*arguments: Any) -> Snapshot:
        opened.append(arguments)
        return open_snapshot(*arguments)

    monkeypatch.setattr(naskh.opened, "open_snapshot", counted)
    shared = Index(index.path)

    def ask() -> Snapshot:
        start.wait()
        return shared.snapshot

    with ThreadPoolExecutor(READERS) as pool:
        found = {id(each) for each in pool.map(lambda _: ask(), range(READERS))}
    assert len(found) == len(opened) == 1


def test_an_index_that_is_warm_answers_by_compiled_code(index: Index) -> None:
    index.add([copy(0)])
    index.warm_up()
    assert index._opened.engine(1).is_compiled
