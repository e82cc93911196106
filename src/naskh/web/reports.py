"""What the service answers beside the objects of the command line."""

from __future__ import annotations

from typing import Literal

import msgspec


class Rejection(msgspec.Struct, frozen=True):
    """An article that was not taken: which of those given, from 1, its id where it could be read, and why."""

    item: int
    id: str | None
    reason: str


class Health(msgspec.Struct, frozen=True):
    """The server runs, and the index can be read.

    `families_generation` is null until the first families are computed.
    """

    status: Literal["ok"]
    articles: int
    generation: int
    families_generation: int | None


class WriteReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the articles that were given; those that were taken are durable, and in the next answer.

    `rejected` were not taken, and `rejections` say why, of the first of them; `unreadable_dates` were taken
    without their dates. `generation` is the state of the index that holds them, or a later one.
    """

    added: int
    replaced: int
    unchanged: int
    rejected: int
    rejections: tuple[Rejection, ...]
    unreadable_dates: int
    generation: int


class DeleteReport(msgspec.Struct, frozen=True):
    """How many articles were deleted, and the ids that were not there."""

    deleted: int
    unknown: tuple[str, ...]
    generation: int
