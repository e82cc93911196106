"""Reading in batches gives the articles, rejections and counts that reading one by one gives, for any input."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from naskh import Article
from naskh.columns import ARTICLES, article_batch, in_batches
from naskh.sources import Reader
from naskh.sources.json_kernels import is_utf8, unescape
from naskh.sources.jsonlines import JsonLines
from naskh.sources.records import RecordDecoder

#: The first example loads a kernel, or compiles it.
compiling = settings(deadline=None)

TEXT = st.text(max_size=40) | st.sampled_from(["", " \n\t", "\u00a0\u2003", "نص عربي\nوسطر «آخر»", "a" * 200])
FIELD = TEXT | st.none() | st.integers() | st.just(["list"])
RECORD = st.fixed_dictionaries(
    {"id": TEXT | st.integers(0, 5), "text": TEXT},
    optional=dict.fromkeys(("outlet", "title", "url", "other"), FIELD)
    | {"date": st.sampled_from(["2025-11-01", "Tue, 21 Jul 2015 10:00:00 +0300", "gestern", "", None, 20251101])},
)
LINE = st.one_of(
    RECORD.map(json.dumps).map(str.encode),
    RECORD.map(lambda record: json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.binary(max_size=20),
    st.sampled_from(
        [b"", b"  ", b"{}", b'{"id":"a","text":"\\ud800"}', b'{"id":"a",', b'"text":"b"}', b"\xef\xbb\xbf"]
    ),
)


def read(lines: bytes, way: str, chunk: int, *, unique: bool, fields: dict[str, str]) -> tuple[object, ...]:
    """Articles, rejections, unreadable dates and the last line, of one way of reading."""
    rejections: list[tuple[int, str | None, str]] = []
    reader = JsonLines(
        RecordDecoder(fields),
        lambda line, id_, reason: rejections.append((line, id_, reason)),
        max_article_bytes=300,
        unique_ids=unique,
    )
    chunks = (lines[start : start + chunk] for start in range(0, len(lines), chunk))
    if way == "batches":
        articles = [Article(**row) for batch in reader.batches(chunks) for row in batch.to_pylist()]
    else:
        articles = list(reader.articles(chunks))
    return articles, sorted(rejections), reader.unreadable_dates, reader.line


@compiling
@given(
    st.lists(LINE, max_size=8).map(b"\n".join),
    st.sampled_from([7, 150, 4096]),
    st.booleans(),
    st.sampled_from([{}, {"text": "title"}, {"title": "text"}]),
)
@example(b'{"id": "a", "text": "b"}\n', 4096, True, {})
@example(b'{"id":"a",\n"text":"b"}\n{"id":"b","text":"c"}{"id":"c","text":"d"}', 4096, True, {})
@example(b' \n{"id":"a","text":"b"}{"id":"b","text":"c"}\n', 4096, True, {})
@example(b'{"id":"a","text":"b",\n"x":1}\n{"id":"b","text":"c"}{"id":"c","text":"d"}\n', 4096, True, {})
@example(b'{"id":"a","text":3,"text":"\\ud800","text":"c"}\n', 4096, True, {})
def test_batches_hold_what_reading_one_by_one_gives(
    lines: bytes, chunk: int, unique: bool, fields: dict[str, str]
) -> None:
    expected = read(lines, "one by one", chunk, unique=unique, fields=fields)
    assert read(lines, "batches", chunk, unique=unique, fields=fields) == expected


def unescaped(value: bytes) -> bytes | None:
    """One JSON value through the kernel; None if it is refused."""
    data, edges = np.frombuffer(value, np.uint8), np.array([0, len(value)])
    out, out_edges = np.empty(len(value) + 8, np.uint8), np.empty(2, np.int32)
    if unescape(data, edges, out, out_edges, np.empty(1, np.bool_)) == 0:
        return None
    return out[: out_edges[1]].tobytes()


@compiling
@given(st.text(), st.booleans())
def test_a_string_is_unescaped_as_json_does(text: str, ascii_only: bool) -> None:
    assert unescaped(json.dumps(text, ensure_ascii=ascii_only).encode()) == text.encode()


@compiling
@given(
    st.lists(
        st.binary(max_size=3) | st.sampled_from([b"\\u00e9", b"\\ud83d\\ude00", b"\\ud83d", b"\\n", b"\\x", b"\\"])
    )
)
@example([b"\\u12"])
@example([b"aaaaaaa\x1f"])
def test_what_is_no_json_string_is_refused(pieces: list[bytes]) -> None:
    inside = b"".join(pieces).replace(b'"', b"")
    try:
        expected: bytes | None = msgspec.json.decode(b'"' + inside + b'"', type=str).encode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        expected = None
    if not inside.endswith(b"\\"):  # else the quote behind it is escaped
        assert unescaped(b'"' + inside + b'"') == expected


@compiling
@given(
    st.lists(st.binary(max_size=4) | st.characters().map(lambda c: c.encode("utf-8", "surrogatepass"))).map(
        b"".join
    )
)
def test_well_formed_utf8_is_what_python_decodes(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        assert not is_utf8(np.frombuffer(data, np.uint8))
    else:
        assert is_utf8(np.frombuffer(data, np.uint8))


def test_a_reader_gives_its_articles_in_batches_and_counts_them() -> None:
    lines = b"".join(json.dumps({"id": str(n), "text": f"نص {n}"}).encode() + b"\n" for n in range(2500))
    reader = Reader(["-"], stdin=io.BytesIO(lines))
    batches = list(reader.batches())
    assert all(batch.schema == ARTICLES for batch in batches)
    assert [row["id"] for batch in batches for row in batch.to_pylist()] == [str(n) for n in range(2500)]
    assert reader.articles == 2500


def test_articles_and_batches_may_be_mixed_and_keep_their_order() -> None:
    def given_articles() -> Iterator[Article | pa.RecordBatch]:
        yield Article(id="a", text="واحد")
        yield article_batch([Article(id="b", text="اثنان"), Article(id="c", text="ثلاثة")])
        yield Article(id="d", text="أربعة")

    assert [row["id"] for batch in in_batches(given_articles()) for row in batch.to_pylist()] == list("abcd")


def test_a_batch_of_other_columns_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="columns id, text, outlet, date, title, url"):
        list(in_batches([pa.record_batch({"id": ["a"], "body": ["b"]})]))
