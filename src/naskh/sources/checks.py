"""What makes the fields of a record an article: an id, a text, and in one file each id once."""

from __future__ import annotations

from collections.abc import Sequence

from xxhash import xxh3_64_intdigest

from naskh.article import Article
from naskh.sources.dates import iso_date
from naskh.sources.records import FieldNames, Record
from naskh.sources.rejection import empty_or_blank

#: So much of an id is shown in a reason.
_SHOWN_ID = 100


class BadRecord(Exception):
    """A record gives no article; `id` is None where it could not be read. Never leaves this package."""

    def __init__(self, reason: str, id_: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.id = id_


def is_blank(value: str) -> bool:
    """Whether nothing but white space is in it."""
    return not value or value.isspace()


class Checks:
    """The checks of one file, whose records are numbered from 1.

    Args:
        names: of the fields.
        field: what a field is called here, such as "field {}".
        place: how the number of a record is introduced, such as "on line".
        unique_ids: refuse a record whose id another one has.

    Attributes:
        unreadable_dates: dates given up so far.

    """

    def __init__(self, names: FieldNames, field: str, place: str, *, unique_ids: bool) -> None:
        self.unreadable_dates = 0
        self._names = names
        self._field = field
        self._place = place
        self._unique_ids = unique_ids
        # Ids as 64-bit hashes: about 110 bytes an article, whatever the length of its id. Two ids of
        # one file in ten million are taken for one with a chance of 3 in a million.
        self._numbers: dict[int, int] = {}

    def article(self, record: Record, number: int) -> Article:
        """The article of a record. Raises BadRecord."""
        id_ = record.id if isinstance(record.id, str) else str(record.id)
        for name, value in (("id", id_), ("text", record.text)):
            if is_blank(value):
                raise BadRecord(self.blank(name, value), id_)
        repeated = self.repeated(id_, number)
        if repeated is not None:
            raise BadRecord(repeated, id_)
        return Article(
            id=id_,
            text=record.text,
            outlet=str(record.outlet) if isinstance(record.outlet, int) else record.outlet,
            date=self._date(record.date),
            title=record.title,
            url=record.url,
        )

    def repeated(self, id_: str, number: int) -> str | None:
        """Take an id; what is wrong with it if an earlier record has it."""
        if not self._unique_ids:
            return None
        first = self._numbers.setdefault(xxh3_64_intdigest(id_.encode()), number)
        if first == number:
            return None
        shown = id_ if len(id_) <= _SHOWN_ID else id_[:_SHOWN_ID] + "…"
        return f"duplicate id {shown!r}, first {self._place} {first}"

    def take(self, ids: Sequence[str], numbers: Sequence[int]) -> bool:
        """Take some ids at once; False, and none is taken, if there is one that another record has."""
        if not self._unique_ids:
            return True
        hashes = [xxh3_64_intdigest(id_.encode()) for id_ in ids]
        if len(set(hashes)) != len(hashes) or not self._numbers.keys().isdisjoint(hashes):
            return False
        self._numbers.update(zip(hashes, numbers, strict=True))
        return True

    def blank(self, name: str, value: str) -> str:
        """What is wrong with a field that is blank."""
        return f"{self.named(name)} is {empty_or_blank(value)}"

    def named(self, name: str) -> str:
        """A field of an article, as the input calls it."""
        return self._field.format(self._names.named(name))

    def _date(self, date: str | None) -> str | None:
        if date is None:
            return None
        try:
            return iso_date(date)
        except ValueError:
            self.unreadable_dates += 1
            return None
