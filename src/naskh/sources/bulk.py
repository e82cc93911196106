"""Whole blocks of JSON lines to columns, for blocks in which nothing is wrong.

What is out of the ordinary is left to `naskh.sources.jsonlines`, line by line, which is also the reference: both
give the same articles (tests/test_sources_bulk.py).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from naskh.arrays import Bool
from naskh.columns import ARTICLES
from naskh.sources.dates import iso_date
from naskh.sources.records import LINE_ERRORS, RecordDecoder


class Block(NamedTuple):
    """The articles of a block of lines, one for each line.

    `may_be_blank` lists the lines, from 0, whose text has to be looked at; `unreadable_dates` has one entry for
    each line whose date is given up.
    """

    articles: pa.RecordBatch
    may_be_blank: list[int]
    unreadable_dates: list[int]


def decode_block(decoder: RecordDecoder, block: bytes) -> Block | None:
    """The articles of some whole lines; None unless every line is a record with an id and well-formed text."""
    lines = _lines_of_objects(block)
    if not lines:
        return None
    try:
        records = decoder.decode_lines(block)
    except LINE_ERRORS:
        return None
    if records is None or len(records) != lines:  # two of them on one line
        return None
    ids = [record.id if type(record.id) is str else str(record.id) for record in records]
    if not all(map(str.strip, ids)):  # one is empty or blank
        return None
    texts = _texts([record.text for record in records])
    if texts is None:
        return None
    outlets = [str(record.outlet) if type(record.outlet) is int else record.outlet for record in records]
    dates, unreadable = readable_dates([record.date for record in records])
    columns = [
        pa.array(ids, pa.string()), texts[0], pa.array(outlets, pa.string()), dates,
        pa.array([record.title for record in records], pa.string()),
        pa.array([record.url for record in records], pa.string()),
    ]  # fmt: skip
    return Block(pa.record_batch(columns, schema=ARTICLES), np.flatnonzero(~texts[1]).tolist(), unreadable)


def _lines_of_objects(block: bytes) -> int:
    """How many lines there are; 0 if one does not begin with a brace and end with one.

    Where all do, no JSON value goes over two of them: its parts would need a comma between the braces.
    """
    data = np.frombuffer(block, np.uint8)
    breaks = np.flatnonzero(data == ord("\n"))
    starts, ends = np.append(0, breaks + 1), np.append(breaks, len(data))
    if starts[-1] == len(data):  # the last line is empty
        return 0
    ends -= data[ends - 1] == ord("\r")
    is_object = (data[starts] == ord("{")) & (data[ends - 1] == ord("}"))
    return len(starts) if is_object.all() else 0


def _texts(raw: list[msgspec.Raw]) -> tuple[pa.StringArray, Bool] | None:
    """JSON strings as a column, and which of them are certainly not blank; None if one is malformed."""
    from naskh.sources.json_kernels import unescape

    data = np.frombuffer(b"".join(raw), np.uint8)
    edges = np.zeros(len(raw) + 1, np.int64)
    np.cumsum([len(memoryview(value)) for value in raw], out=edges[1:])
    out, out_edges = np.empty(len(data) + 8, np.uint8), np.empty(len(edges), np.int32)
    is_visible = np.empty(len(raw), np.bool_)
    if unescape(data, edges, out, out_edges, is_visible) >= 0:
        return None
    buffers = [None, pa.py_buffer(out_edges), pa.py_buffer(out)]
    return pa.Array.from_buffers(pa.string(), len(raw), buffers), is_visible


def readable_dates(given: list[str | None]) -> tuple[pa.Array, list[int]]:
    """The dates as ISO 8601, and the places of those that cannot be read."""
    known: dict[str | None, Any] = {None: None}
    unreadable = []
    for line, date in enumerate(given):
        if date not in known:
            try:
                known[date] = iso_date(date)  # type: ignore[arg-type]  # None is known
            except ValueError:
                known[date] = ValueError
        if known[date] is ValueError:
            unreadable.append(line)
    dates = [None if (found := known[date]) is ValueError else found for date in given]
    return pa.array(dates, pa.string()), unreadable
