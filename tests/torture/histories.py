"""Random histories of an index, and what it must hold after each step: the model is a dictionary."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import xxhash

from naskh import Article, Index, QueryResult
from naskh.index import compaction, disk, snapshot, writer

#: Articles of a segment, so that adding some dozens makes several commits.
SEGMENT = 8

WORDS = (  # noqa: SIM905 - a sentence
    "أعلنت وزارة النقل اليوم افتتاح الطريق الساحلي الجديد أمام المركبات بعد أعمال توسعة استمرت ثلاث سنوات وشملت "
    "إنشاء جسور وأنفاق ومخارج تخدم الأحياء السكنية المجاورة كما بدأ مجلس البلدية توزيع حاويات الفرز على المنازل"
).split()

#: What outlets end their articles with.
_LAST_LINES: dict[str | None, list[str]] = {"nabaa": [" ".join(WORDS[:12])], "annil": [" ".join(WORDS[12:24])]}
#: Stories that articles carry.
_STORIES = 8

State = dict[str, Article]


class Step(NamedTuple):
    """One call: what it does to an index, and its states, one of which is found when it is cut off."""

    name: str
    act: Callable[[Index, Callable[[int], None]], object]
    states: list[State]


def article(rng: random.Random, number: int) -> Article:
    """An article: half of them carry one of a few stories, or a part of it; an outlet has its own last line."""
    lines = [" ".join(rng.sample(WORDS, 9 + rng.randrange(6))) for _ in range(1 + rng.randrange(3))]
    story = rng.randrange(2 * _STORIES)
    if story < _STORIES:
        words = random.Random(story)  # noqa: S311 - a text, no secret
        told = [" ".join(words.sample(WORDS, 24)) for _ in range(4)]
        lines = [*told[: rng.randrange(1, 5)], *lines[: rng.randrange(2)]]
    outlet = rng.choice(["nabaa", "nabaa", "annil", None])
    return Article(
        id=f"n{number}",
        text="\n".join([*lines, *_LAST_LINES.get(outlet, ())]),
        outlet=outlet,
        date=rng.choice([None, *[f"2026-03-{1 + story + rng.randrange(2):02}"] * 5]),
    )


def add(articles: list[Article], before: State) -> Step:
    """Add articles; they are committed some at a time, in their order."""
    states = [dict(before)]
    for each in articles:
        states.append({**states[-1], each.id: each})

    def act(index: Index, durable: Callable[[int], None]) -> None:
        index.add(articles, workers=1, on_commit=lambda report: durable(report.articles))

    return Step(f"add {len(articles)}", act, states)


def delete(ids: list[str], before: State) -> Step:
    """Delete articles, in one commit."""
    after = {id_: each for id_, each in before.items() if id_ not in ids}
    return Step(f"delete {len(ids)}", lambda index, _: index.delete(ids), [before, after])


def compact(before: State, *, everything: bool) -> Step:
    """Merge; the articles stay as they are."""
    return Step("compact", lambda index, _: index.compact(everything=everything, workers=1), [before])


def history(seed: int, steps: int = 7) -> Iterator[Step]:
    """Some steps: articles come, come again changed, and go."""
    rng = random.Random(seed)  # noqa: S311 - a history, no secret
    state: State = {}
    for number in range(steps):
        verb = rng.choice(["add", "add", "replace", "delete", "compact"]) if number else "add"
        if verb == "add":
            first = rng.randrange(40)
            step = add([article(rng, first + n) for n in range(rng.randrange(1, 3 * SEGMENT))], state)
        elif verb == "replace":
            step = add([article(rng, int(id_[1:])) for id_ in rng.sample(sorted(state), len(state) // 2)], state)
        elif verb == "delete":
            step = delete(rng.sample(sorted(state), len(state) // 3), state)
        else:
            step = compact(state, everything=rng.random() < 0.5)
        yield step
        state = step.states[-1]


@contextmanager
def small_and_fast() -> Iterator[None]:
    """Segments of a few articles, and levels of three: merges come often. Nothing waits for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "sync", lambda _: None)
        patch.setattr(writer, "SEGMENT_ARTICLES", SEGMENT)
        patch.setattr(compaction, "FULL_LEVEL", 3)
        patch.setattr(compaction, "SMALLEST", SEGMENT)
        patch.setattr("naskh.columns.BATCH_ARTICLES", SEGMENT // 2)
        yield


def contents(index: Index) -> State:
    """What an index holds, read back article by article."""
    found: State = {}
    opened = index.snapshot
    for number, segment in enumerate(opened.segments):
        for row in segment.live_rows().tolist():
            each = opened.article(snapshot.Place(number, row), with_text=True)
            assert each.id not in found, f"{each.id} stands twice"
            found[each.id] = each
    assert len(index) == len(found)
    return found


class Sound:
    """Indexes of states, each built at once in one segment: none was cut off, nothing of it replaced or merged.

    Args:
        folder: for them.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._built: dict[str, Index] = {}

    def __call__(self, state: State) -> Index:
        """The index of a state."""
        articles = [state[each] for each in sorted(state)]
        key = xxhash.xxh3_64_hexdigest(msgspec.json.encode(articles))
        if key not in self._built:
            self._built[key] = Index(self._folder / key)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(writer, "SEGMENT_ARTICLES", len(articles) + 1)
                self._built[key].add(articles, workers=1)
        return self._built[key]


class Checker:
    """Holds what is reopened against the model, and its answers against those of an index that was never cut off.

    Args:
        folder: for such indexes, one for each state.

    """

    def __init__(self, folder: Path) -> None:
        self._sound = Sound(folder)
        self._answers: dict[tuple[Path, str], QueryResult] = {}

    def __call__(self, index: Index, step: Step, durable: int) -> None:
        """What it holds is one of the states of the step, and none before the one that was reported as durable."""
        found = contents(index)
        assert found in step.states[durable:], f"{step.name}: {len(found)} articles, {durable} were durable"
        for id_ in sorted(found)[:2]:
            assert index.query(found[id_]) == self._answer(found, id_), step.name

    def _answer(self, state: State, id_: str) -> QueryResult:
        sound = self._sound(state)
        if (sound.path, id_) not in self._answers:
            self._answers[sound.path, id_] = sound.query(state[id_])
        return self._answers[sound.path, id_]
