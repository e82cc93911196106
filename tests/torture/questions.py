"""Questions to an index: all that its readers may ask, drawn at random, and their answers as bytes."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pyarrow as pa
import xxhash

from naskh import Article, Index
from naskh.engine import pairs_schema
from naskh.errors import UnknownArticle
from naskh.index.snapshot import Snapshot
from naskh.index.verify import verify
from naskh.opened import Opened
from tests.torture.histories import article, contents

#: So many texts are asked for: few, so that the answers to many questions are known.
_TEXTS = 120
#: Ids that are asked for: those of a history, and one that never was.
_IDS = 65
#: Articles that `Index.query_many` answers as one batch.
_BATCH = 64

#: What can be asked, and how often it is.
KINDS = {
    "query": 20,
    "explain": 6,
    "query_id": 20,
    "compare": 10,
    "get": 12,
    "in": 6,
    "len": 6,
    "contents": 6,
    "stats": 6,
    "pairs": 5,
    "paragraph pairs": 3,
    "families": 4,
    "evaluate": 2,
    "query_many": 1,
    "query_json": 1,
    "verify": 4,
}


class Question(msgspec.Struct, frozen=True):
    """What is asked, of which article: `number` and `other` are of its text or its id."""

    kind: str
    number: int = 0
    other: int = 0


class _HeldState(Opened):
    """A snapshot that is not opened again, whatever is committed."""

    def __init__(self, path: Path, snapshot: Snapshot) -> None:
        super().__init__(path)
        self._held = snapshot

    @property
    def snapshot(self) -> Snapshot:
        return self._held


class Held(Index):
    """A reader that holds on to one snapshot."""

    def __init__(self, path: Path, snapshot: Snapshot) -> None:
        super().__init__(path)
        self._opened = _HeldState(path, snapshot)


def draw(rng: random.Random) -> Question:
    """A question at random."""
    (kind,) = rng.choices(list(KINDS), list(KINDS.values()))
    if kind in ("query", "explain", "query_many", "query_json"):
        return Question(kind, rng.randrange(_TEXTS))
    if kind in ("query_id", "get", "in"):
        return Question(kind, rng.randrange(_IDS))
    return Question(kind, rng.randrange(_IDS), rng.randrange(_IDS)) if kind == "compare" else Question(kind)


def asked(text: int, number: int | None = None) -> Article:
    """The article of a number, and with the id of that one or another: a stored one of its id is left out."""
    return article(random.Random(text), text if number is None else number)  # noqa: S311 - a text, no secret


def begin(index: Index, question: Question) -> Callable[[], object]:
    """Ask; what is returned gives the answer, and may do so long after the state that it is of is gone."""
    if question.kind == "pairs":
        batches = index.iter_pairs(min_jaccard=0.2, min_containment=0.5, workers=1)
        return lambda: pa.Table.from_batches(batches, schema=pairs_schema("article")).to_pydict()
    if question.kind == "families":
        comparison = index.compare_all(workers=1)
        return lambda: [comparison.families(), comparison.pairs(min_jaccard=0.4).to_pydict()]
    try:
        answer = _ASK[question.kind](index, question)
    except UnknownArticle:
        answer = "unknown"
    return lambda: answer


def _batch(question: Question) -> list[Article]:
    return [asked(question.number + n) for n in range(_BATCH)]


_ASK: dict[str, Callable[[Index, Question], object]] = {
    "query": lambda index, q: index.query(asked(q.number)),
    "explain": lambda index, q: index.query(asked(q.number), explain=True, min_containment=0.5),
    "query_id": lambda index, q: index.query_id(f"n{q.number}"),
    "compare": lambda index, q: index.compare(f"n{q.number}", f"n{q.other}"),
    "get": lambda index, q: index.get(f"n{q.number}"),
    "in": lambda index, q: f"n{q.number}" in index,
    "len": lambda index, _: len(index),
    "contents": lambda index, _: contents(Held(index.path, index.snapshot)),
    "stats": lambda index, _: index.stats(),
    "paragraph pairs": lambda index, _: index.pairs("paragraph", workers=1).to_pydict(),
    "evaluate": lambda index, _: index.evaluate(sample=10, borderline=2),
    "query_many": lambda index, q: [result for _, result in index.query_many(_batch(q))],
    "query_json": lambda index, q: b"".join(index.query_json(_batch(q))).decode(),
    "verify": lambda index, _: verify(index.path),
}


def digest(answer: object) -> str:
    """What tells one answer from another."""
    return xxhash.xxh3_64_hexdigest(msgspec.json.encode(answer, order="deterministic"))
