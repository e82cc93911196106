"""Search of stored articles by outlet, date and title, in arrays, segment by segment."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from naskh.arrays import Bool, Int64
from naskh.article import Article, ArticleList, Head
from naskh.index.segment import hash_ids
from naskh.matching.recurrence import UNDATED, day_of
from naskh.matching.stored import Stored, StoredSegment
from naskh.text.folding import FOLDING

#: Articles that can be paged through, newest first: who looks further narrows the search.
DEEPEST = 10_000


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched for; None is no condition.

    `date_from` and `date_to` are days (ISO 8601), both included. Each word of `title` must stand in the title of an
    article, be it as a part of a word: proclitics are written onto words.
    """

    outlet: str | None = None
    date_from: str | None = None
    date_to: str | None = None
    title: str | None = None

    @property
    def days(self) -> tuple[int, int] | None:
        """The first and last day, as `day_of` numbers them; None if any will do, and articles without a date.

        Raises:
            ValueError: one is no date.

        """
        if self.date_from is None and self.date_to is None:
            return None
        first = UNDATED + 1 if self.date_from is None else known_day(self.date_from)
        return first, np.iinfo(np.int64).max if self.date_to is None else known_day(self.date_to)

    @property
    def words(self) -> list[str]:
        """The words of the title, folded."""
        return (self.title or "").translate(FOLDING).split()


def known_day(date: str) -> int:
    """The number of a day.

    Raises:
        ValueError: it is no ISO 8601 date.

    """
    day = day_of(date)
    if day == UNDATED:
        raise ValueError(f"{date!r} is no ISO 8601 date, such as 2025-11-24")
    return day


def search(stored: Stored, wanted: Wanted, *, page: int = 1, size: int = 50) -> ArticleList:
    """The articles that meet all conditions, newest first; those without a date come last, by their ids.

    Dates are compared as they were written, in whatever time zone.

    Args:
        stored: where to look.
        wanted: the conditions.
        page: from 1; all up to its end must be no more than `DEEPEST` articles.
        size: articles on a page.

    Raises:
        ValueError: a date is none; the page is not there to be asked for.

    """
    if page < 1 or size < 1 or page * size > DEEPEST:
        raise ValueError(f"page and size must be 1 or more, and page * size at most {DEEPEST:,}")
    segments = [stored.segment(number) for number in range(len(stored.snapshot.segments))]
    days, words = wanted.days, wanted.words
    outlet = None if wanted.outlet is None else stored.known_outlet(wanted.outlet)
    rows = [np.flatnonzero(_meets(segment, outlet, days, words)) for segment in segments]
    total = sum(map(len, rows))
    newest = _newest(segments, rows, page * size)[(page - 1) * size :]
    return ArticleList(
        generation=stored.snapshot.manifest.generation,
        total=total,
        page=page,
        size=size,
        articles=tuple(Head(**segments[number].fields(row)) for number, row in newest),
    )


def heads(stored: Stored, ids: Iterable[str]) -> dict[str, Article]:
    """The live articles of these ids, in their order, without texts; ids that are not there are left out."""
    wanted = list(dict.fromkeys(ids))
    hashes = hash_ids(wanted)
    found: dict[str, Article] = {}
    for number, segment in enumerate(stored.snapshot.segments):
        known = stored.segment(number)
        for place, row in zip(*(each.tolist() for each in segment.find(hashes)), strict=True):
            if known.article_id(row) == wanted[place]:
                found[wanted[place]] = Article(text="", **known.fields(row))
    return {article_id: found[article_id] for article_id in wanted if article_id in found}


def _meets(segment: StoredSegment, outlet: int | None, days: tuple[int, int] | None, words: list[str]) -> Bool:
    meets = np.ones(len(segment.days), np.bool_)
    meets[segment.segment.deleted] = False
    if outlet is not None:
        meets &= segment.outlets == outlet
    if days is not None:
        meets &= (segment.days >= days[0]) & (segment.days <= days[1])
    if words:
        from naskh.matching.search_kernels import keep_rows_with  # loads numba

        titles = segment.folded_titles
        for word in sorted(words, key=len, reverse=True):  # long ones are rarer
            keep_rows_with(titles.data, titles.offsets, np.frombuffer(word.encode(), np.uint8), meets)
    return meets


def _newest(segments: list[StoredSegment], rows: list[Int64], count: int) -> list[tuple[int, int]]:
    """The newest of some rows of each segment, as segment and row."""
    if not any(map(len, rows)):
        return []
    days = [segment.days[mine] for segment, mine in zip(segments, rows, strict=True)]
    joined = np.concatenate(days)
    if len(joined) > count:  # most are of earlier days, and need not be looked at
        earliest = np.partition(joined, len(joined) - count)[len(joined) - count]
        kept = [mine >= earliest for mine in days]
        rows = [mine[keep] for mine, keep in zip(rows, kept, strict=True)]
        days = [mine[keep] for mine, keep in zip(days, kept, strict=True)]
    table = pa.concat_tables(
        pa.table(
            {
                "day": mine_days,
                "date": segment.segment.articles.column("date").take(pa.array(mine)),
                "id": segment.segment.articles.column("id").take(pa.array(mine)),
                "segment": np.full(len(mine), number),
                "row": mine,
            }
        )
        for number, (segment, mine, mine_days) in enumerate(zip(segments, rows, days, strict=True))
    )
    keys = [("day", "descending"), ("date", "descending"), ("id", "ascending")]
    first = table.take(pc.select_k_unstable(table, k=min(count, len(table)), sort_keys=keys))
    return list(zip(first.column("segment").to_pylist(), first.column("row").to_pylist(), strict=True))
