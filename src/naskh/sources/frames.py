"""Tables of other programs as batches of articles: which columns are meant, and strings of what they hold.

No text becomes a Python object here: where a column is one of strings already, its bytes are those of the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from naskh.arrays import Bool, Int64
from naskh.columns import ARTICLES, BATCH_ARTICLES, FIELDS
from naskh.sources.bulk import readable_dates
from naskh.sources.records import REQUIRED, FieldNames, listed

#: A piece of a batch has no more bytes than this, unless it is one row.
PIECE_BYTES = 1 << 20

_IS_STRING = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_IS_DATE = (pa.types.is_date, pa.types.is_timestamp)
#: What each field may be made of, and how that is called.
_ACCEPTED: dict[str, tuple[tuple[Any, ...], str]] = {
    **dict.fromkeys(("text", "title", "url"), (_IS_STRING, "strings")),
    **dict.fromkeys(("id", "outlet"), ((*_IS_STRING, pa.types.is_integer), "strings or whole numbers")),
    "date": ((*_IS_STRING, *_IS_DATE), "strings, dates or timestamps"),
}


class BadTable(ValueError):
    """The columns of a table cannot be those of articles."""


class Columns:
    """The columns of a table that articles are made of.

    Args:
        schema: of the table.
        names: where the fields are read from.

    Attributes:
        names: as they were given.
        read: the names of the columns that are needed.

    Raises:
        BadTable: a column is missing, stands there twice, or has a type that no field can be made of.

    """

    def __init__(self, schema: pa.Schema, names: FieldNames) -> None:
        self.names = names
        self._found = {name: key for name, key in names.of.items() if key in schema.names}
        self.read = list(dict.fromkeys(self._found.values()))
        for name, key in names.of.items():
            if name in self._found:
                self._check(schema, name, key)
            elif name in REQUIRED or name in names.asked:
                raise BadTable(f"no column {names.named(name)}; the columns are: {listed(schema.names)}")

    def _check(self, schema: pa.Schema, name: str, key: str) -> None:
        if schema.names.count(key) > 1:
            raise BadTable(f"column {self.names.named(name)} stands there {schema.names.count(key)} times")
        kind = _plain_type(schema.field(key).type)
        accepted, called = _ACCEPTED[name]
        if not pa.types.is_null(kind) and not any(is_kind(kind) for is_kind in accepted):
            raise BadTable(f"column {self.names.named(name)} is of type {kind}; it must hold {called}")

    def plain(self, batch: pa.RecordBatch, most: int) -> tuple[pa.RecordBatch, set[int]]:
        """A piece without dictionaries, and its rows of which the text is longer than `most` bytes.

        Where these texts would have to be copied, they are null.
        """
        columns = dict(zip(self.read, batch.columns, strict=True))
        key = self._found["text"]
        is_long = _lengths(columns[key]) > most
        if is_long.any():
            columns[key] = _without(columns[key], is_long)
        plain = [_plain(column) for column in columns.values()]
        return pa.record_batch(plain, self.read), set(np.flatnonzero(is_long).tolist())

    def strings(self, batch: pa.RecordBatch) -> tuple[dict[str, pa.Array], list[int]]:
        """The fields of a batch's articles as columns of strings, and the rows whose date cannot be read.

        Raises:
            pa.ArrowInvalid: a column holds more than 2 GiB, or is damaged.

        """
        columns = {name: _plain(batch.column(key)) for name, key in self._found.items()}
        dates, unreadable = _dates(columns.pop("date", None), len(batch))
        made = {
            name: _strings(columns[name]) if name in columns else pa.nulls(len(batch), pa.string())
            for name in FIELDS
        }
        return made | {"date": dates}, unreadable


def pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch in pieces of at most `PIECE_BYTES` and some hundred rows, none of which is copied.

    What counts are the bytes without dictionaries, in which a text of many rows stands once.

    Raises:
        pa.ArrowInvalid: it is damaged, so that nothing of it can be read.

    """
    batch.validate()
    for column in batch.columns:
        _check_dictionary(column)
    ends = np.zeros(len(batch) + 1, np.int64)
    np.cumsum(sum(_lengths(column) for column in batch.columns), out=ends[1:])
    start = 0
    while start < len(batch):
        end = int(np.searchsorted(ends, ends[start] + PIECE_BYTES, side="right")) - 1
        end = min(max(end, start + 1), start + BATCH_ARTICLES)
        yield batch.slice(start, end - start)
        start = end


def frame_batches(frame: Any, fields: Mapping[str, str] | None = None) -> Iterator[pa.RecordBatch]:
    """The articles of an object that gives its rows as Arrow (``__arrow_c_stream__``), in batches.

    Args:
        frame: a pandas or Polars frame, a pyarrow table, a DuckDB relation and the like.
        fields: the columns that have another name, as {"text": "content"}.

    Raises:
        ValueError: a column is missing or has a wrong type; an id is null or empty, a text null or no UTF-8.
        SourceError: `fields` names what articles do not have.

    """
    reader = pa.RecordBatchReader.from_stream(frame)
    columns = Columns(reader.schema, FieldNames(fields))
    row = 0
    for batch in reader:
        for piece in pieces(batch.select(columns.read)):
            made, _ = columns.strings(piece)
            for name in REQUIRED:
                refused = pc.is_null(made[name])
                if name == "id":
                    refused = pc.or_kleene(refused, pc.equal(pc.binary_length(made[name]), 0))
                place = pc.index(refused, True).as_py()
                if place >= 0:
                    how = "null" if not made[name][place].is_valid else "empty"
                    raise ValueError(f"row {row + place + 1}: column {columns.names.named(name)} is {how}")
            articles = pa.record_batch([made[name] for name in FIELDS], schema=ARTICLES)
            try:
                articles.validate(full=True)
            except pa.ArrowInvalid as error:
                raise ValueError(f"rows {row + 1} to {row + len(piece)}: {error}") from None
            row += len(piece)
            yield articles


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of what a column says, without the way in which it is stored."""
    if isinstance(kind, pa.BaseExtensionType):
        return _plain_type(kind.storage_type)
    return _plain_type(kind.value_type) if pa.types.is_dictionary(kind) else kind


def _plain(column: pa.Array) -> pa.Array:
    if isinstance(column, pa.ExtensionArray):
        return _plain(column.storage)
    if not pa.types.is_dictionary(column.type):
        return column
    values = column.dictionary
    # As bytes, since one value that is not UTF-8 is no fault of the rows that have others.
    taken = _as_bytes(values).take(column.indices)
    return _plain(taken if taken.type == values.type else taken.view(values.type))


def _as_bytes(column: pa.Array) -> pa.Array:
    if column.type == pa.string():
        return column.view(pa.binary())
    return column.view(pa.large_binary()) if column.type == pa.large_string() else column


def _check_dictionary(column: pa.Array) -> None:
    """Raises pa.ArrowInvalid if the values of a dictionary are not where it says."""
    if isinstance(column, pa.ExtensionArray):
        _check_dictionary(column.storage)
    elif pa.types.is_dictionary(column.type):
        _as_bytes(column.dictionary).validate(full=True)
        _check_dictionary(column.dictionary)


def _lengths(column: pa.Array) -> Int64:
    """The bytes of each string of a column; of other values, which are small, none."""
    if isinstance(column, pa.ExtensionArray):
        return _lengths(column.storage)
    lengths = np.zeros(len(column), np.int64)
    if pa.types.is_dictionary(column.type):
        each = _lengths(column.dictionary)
        places = column.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        is_there = (places >= 0) & (places < len(each))
        lengths[is_there] = each[places[is_there]]
    elif pa.types.is_string_view(column.type):
        if len(column):  # a view begins with its length
            views = np.frombuffer(column.buffers()[1], np.int32).reshape(-1, 4)
            lengths[:] = views[column.offset : column.offset + len(column), 0]
    elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        lengths[:] = pc.binary_length(column).fill_null(0).to_numpy(zero_copy_only=False)
    return lengths.clip(0, 1 << 40)


def _without(column: pa.Array, is_left_out: Bool) -> pa.Array:
    """A column with nulls instead of some values that would have to be copied; other values stay."""
    if isinstance(column, pa.ExtensionArray):
        return _without(column.storage, is_left_out)
    if pa.types.is_dictionary(column.type):
        indices = pc.if_else(pa.array(is_left_out), pa.scalar(None, column.indices.type), column.indices)
        return pa.DictionaryArray.from_arrays(indices, column.dictionary, safe=False)
    if pa.types.is_string_view(column.type):
        is_kept = column.is_valid().to_numpy(zero_copy_only=False) & ~is_left_out
        bits = np.packbits(np.append(np.zeros(column.offset, np.bool_), is_kept), bitorder="little")
        buffers = [pa.py_buffer(bits), *column.buffers()[1:]]
        return pa.Array.from_buffers(column.type, len(column), buffers, offset=column.offset)
    return column


def _strings(column: pa.Array) -> pa.StringArray:
    return column if column.type == pa.string() else column.cast(pa.string())


def _dates(column: pa.Array | None, rows: int) -> tuple[pa.Array, list[int]]:
    """The dates as ISO 8601, and the rows whose date cannot be read."""
    if column is None or column.null_count == rows:
        return pa.nulls(rows, pa.string()), []
    if not any(is_date(column.type) for is_date in _IS_DATE):
        return readable_dates(_strings(column).to_pylist())
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":  # Python has microseconds
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    dates: list[str | None] = []
    unreadable = []
    for row, value in enumerate(column):
        try:
            date = value.as_py()
        except (ValueError, OverflowError, KeyError):  # a year that Python has not, or an unknown time zone
            unreadable.append(row)
            date = None
        dates.append(None if date is None else date.isoformat())
    return pa.array(dates, pa.string()), unreadable
