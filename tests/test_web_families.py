"""Families are computed in the background, for a small share of the time; the last ones are served meanwhile."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from naskh import Article, Family, Index, Settings
from naskh.article import FamilyArticle
from naskh.errors import NotReady
from naskh.index.manifest import Manifest
from naskh.matching.search import Wanted
from naskh.web import families as families_module
from naskh.web.families import Families, FoundFamilies
from naskh.web.service import Service


def family(number: int, *articles: tuple[str, str | None, str | None]) -> Family:
    listed = tuple(FamilyArticle(id=i, outlet=o, date=d, role="unknown", revises=None) for i, o, d in articles)
    outlets = len({article.outlet for article in listed} - {None})
    return Family(
        family=number, articles=listed, outlets=outlets, first=None, representative=listed[0].id,
        kind="syndication", credit=None, bridges=(),
    )  # fmt: skip


class Computing:
    """Stands in for the index and for the computation of its families, which goes on when it is let."""

    def __init__(self) -> None:
        self.generation = 1
        self.begun = 0
        self.go_on = Event()
        self.go_on.set()
        self.fails = False

    def snapshot(self) -> Any:
        return SimpleNamespace(manifest=SimpleNamespace(generation=self.generation))

    def compare(self, snapshot: Any, *, workers: int, progress: Callable[[float], None]) -> Any:
        assert workers == 1
        self.begun += 1
        while not self.go_on.wait(0.01):
            progress(0.5)
        if self.fails:
            raise RuntimeError("no room on the disk")
        return SimpleNamespace(families=lambda: [family(1, (f"of {snapshot.manifest.generation}", None, None))])


@pytest.fixture
def computing(monkeypatch: pytest.MonkeyPatch) -> Computing:
    found = Computing()
    monkeypatch.setattr(families_module, "Comparison", found.compare)
    monkeypatch.setattr(families_module, "REST", 0)
    return found


@pytest.fixture
def families(computing: Computing) -> Iterator[Families]:
    made = Families(computing.snapshot, workers=1)
    yield made
    made.close()
    computing.go_on.set()
    if made._thread is not None:
        made._thread.join(10)
        assert not made._thread.is_alive()


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to be so")


def current(families: Families) -> int:
    return families.current().generation


def test_the_first_are_not_ready_until_they_are_computed(families: Families, computing: Computing) -> None:
    computing.go_on.clear()
    with pytest.raises(NotReady) as told:
        families.current()
    assert told.value.seconds >= 1
    computing.go_on.set()
    until(lambda: families.last is not None)
    assert current(families) == 1
    assert families.current().of("of 1") is not None


def test_the_last_ones_are_served_while_newer_ones_are_computed(families: Families, computing: Computing) -> None:
    families.refresh()
    until(lambda: families.last is not None)
    computing.go_on.clear()
    computing.generation = 2
    assert current(families) == 1
    until(lambda: computing.begun == 2)
    assert current(families) == 1
    computing.go_on.set()
    until(lambda: current(families) == 2)


def test_they_are_computed_once_a_state_however_often_they_are_asked_for(
    families: Families, computing: Computing
) -> None:
    families.refresh()
    until(lambda: families.last is not None)
    for _ in range(100):
        assert current(families) == 1
    families.refresh()
    time.sleep(0.1)
    assert computing.begun == 1


def test_they_are_computed_anew_when_the_index_has_changed_though_nobody_asks(
    families: Families, computing: Computing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families_module, "LOOK_SECONDS", 0.01)
    families.refresh()
    until(lambda: families.last is not None)
    computing.generation = 2
    until(lambda: families.last is not None and families.last.generation == 2)
    assert computing.begun == 2


def test_what_cannot_be_computed_is_not_tried_again_by_itself(
    families: Families, computing: Computing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families_module, "LOOK_SECONDS", 0.01)
    computing.fails = True
    families.refresh()
    until(lambda: computing.begun == 1)
    time.sleep(0.2)
    assert computing.begun == 1


def test_an_index_made_anew_is_another_though_its_generations_are_counted_anew(tmp_path: Path) -> None:
    path = tmp_path / "index"
    Index(path).add([Article(id="x", text="نص قديم في فهرس قديم", outlet="a")])
    service = Service(Index(path))
    service.start()
    try:
        until(lambda: service.found_families.last is not None)
        assert service.stats().outlets == {"a": 1}
        shutil.rmtree(path)
        Index(path).add([Article(id="y", text="نص جديد في فهرس جديد", outlet="b")])
        assert service.generation() == 1
        assert service.stats().outlets == {"b": 1}
        assert service.families_are_behind()
        until(lambda: not service.families_are_behind())
    finally:
        service.close()


def test_the_time_between_is_a_multiple_of_what_they_take(
    families: Families, computing: Computing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families_module, "REST", 10**9)
    families.refresh()
    until(lambda: families.last is not None)
    computing.generation = 2
    for _ in range(20):
        assert current(families) == 1
        time.sleep(0.01)
    assert computing.begun == 1


def test_after_a_failure_the_last_ones_are_served_and_the_next_try_comes(
    families: Families, computing: Computing, caplog: pytest.LogCaptureFixture
) -> None:
    families.refresh()
    until(lambda: families.last is not None)
    computing.fails, computing.generation = True, 2
    assert current(families) == 1
    until(lambda: "no room on the disk" in caplog.text)
    computing.fails = False
    assert current(families) == 1
    until(lambda: current(families) == 2)
    assert caplog.records[0].levelno == logging.ERROR


def test_a_computation_is_given_up_at_the_end(families: Families, computing: Computing) -> None:
    computing.go_on.clear()
    families.refresh()
    until(lambda: computing.begun == 1)
    families.close()
    assert families._thread is not None
    families._thread.join(10)
    assert not families._thread.is_alive()
    assert families.last is None


def test_a_service_computes_them_when_it_starts(index: Index) -> None:
    index.add([Article(id="a", text="نص", title="عنوان")])
    service = Service(index)
    service.start()
    try:
        until(lambda: service.found_families.last is not None)
        assert service.families().total == 0
    finally:
        service.close()


# --- looking families up ---------------------------------------------------------------------------------------

FOUND = FoundFamilies(
    [
        family(1, ("a", "واس", "2025-11-01"), ("b", "annil", "2025-11-03T10:00:00+03:00"), ("c", None, None)),
        family(2, ("d", "annil", "2025-11-01"), ("e", "annil", "2025-11-02")),
        family(3, ("f", None, None), ("g", None, None)),
    ],
    Manifest(settings=Settings(), generation=7),
    seconds=1.0,
    at=0.0,
)


@pytest.mark.parametrize(
    ("asked", "min_outlets", "numbers"),
    [
        ({}, 1, [1, 2, 3]),
        ({}, 2, [1]),
        ({"outlet": "annil"}, 1, [1, 2]),
        ({"outlet": "annil", "date_to": "2025-11-02"}, 1, [2]),
        ({"date_from": "2025-11-03", "date_to": "2025-11-03"}, 1, [1]),
        ({"outlet": "nobody"}, 1, []),
    ],
)
def test_one_article_meets_all_that_is_asked(asked: dict[str, str], min_outlets: int, numbers: list[int]) -> None:
    assert [each.family for each in FOUND.meeting(Wanted(**asked), min_outlets)] == numbers


@pytest.mark.parametrize(("article", "number"), [("a", 1), ("e", 2), ("nobody", None)])
def test_the_family_of_an_article_is_found(article: str, number: int | None) -> None:
    found = FOUND.of(article)
    assert (found and found.family) == number


def test_no_families_are_looked_up_too() -> None:
    none = FoundFamilies([], Manifest(settings=Settings()), 0.0, 0.0)
    assert none.meeting(Wanted(outlet="واس", date_from="2025-11-01"), 2) == []
    assert none.of("a") is None
