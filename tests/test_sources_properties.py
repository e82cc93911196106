"""What holds for any input: articles come back as written, and no line is lost or counted twice."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naskh.article import Article
from naskh.sources import Reader

CORPUS = Path(__file__).parents[2] / "shared" / "data" / "saudinewsnet.jsonl.zst"

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}

_text = st.text() | st.text(alphabet='ابتثجح ،؛\n\r\t\0"\\/{}[]\u2028\u0085\u200f\U0001f600')
_not_blank = _text.filter(lambda value: bool(value.strip()))
_articles = st.lists(
    st.builds(
        Article,
        id=_not_blank,
        text=_not_blank,
        outlet=st.none() | _text,
        title=st.none() | _text,
        url=st.none() | _text,
        date=st.none() | st.dates().map(lambda day: day.isoformat()),
    ),
    unique_by=lambda article: article.id,
    max_size=6,
)


# No deadline: each example writes and reads a file, and how long a disk takes is not the subject.
on_disk = settings(deadline=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("properties")


@pytest.mark.parametrize("suffix", PACKERS)
@on_disk
@given(
    articles=_articles,
    chunk_bytes=st.sampled_from([1, 2, 3, 17, 256, 1 << 18]),
    ascii_only=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", "\n\n \n"]),
    mark=st.sampled_from(["", "\ufeff"]),
)
def test_articles_written_as_json_lines_come_back_equal(
    folder, suffix, articles, chunk_bytes, ascii_only, end, mark
):
    records = [{name: getattr(article, name) for name in Article.__struct_fields__} for article in articles]
    written = mark + end.join(json.dumps(record, ensure_ascii=ascii_only) for record in records)
    path = folder / f"news.jsonl{suffix}"
    path.write_bytes(PACKERS[suffix](written.encode()))

    reader = Reader([path], chunk_bytes=chunk_bytes)

    assert list(reader) == articles
    assert reader.rejected == reader.unreadable_dates == 0
    assert reader.bytes_read == reader.total_bytes


_pieces = st.sampled_from(
    [
        b'{"id": 1, "text": "x"}',
        b'{"id": "2", "text": "\xd8\xae\xd8\xa8\xd8\xb1"}',
        b'{"id": 3, "text": "x", "date": "yesterday"}',
        b'{"text": "x"',
        b'{"id": ',
        b'"\\ud800"',
        b"[" * 3000,
        b"[{",
        b"}",
        b'"',
        b"\\",
        b"\n",
        b"\r\n",
        b" ",
        b"\t\x0b\x0c",
        b"\0",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xd8",
    ]
)
_bytes = st.binary() | st.lists(_pieces | st.binary(max_size=5), max_size=20).map(b"".join)


@on_disk
@given(content=_bytes, chunk_bytes=st.sampled_from([1, 5, 1 << 18]))
def test_every_line_that_is_not_blank_is_an_article_or_a_rejection(folder, content, chunk_bytes):
    path = folder / "anything.jsonl"
    path.write_bytes(content)
    rejections = []

    reader = Reader([path], chunk_bytes=chunk_bytes, on_reject=rejections.append)
    articles = list(reader)

    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    numbers = [number for number, line in enumerate(lines, 1) if line.strip()]
    assert len(articles) + len(rejections) == len(numbers)
    assert {rejection.line for rejection in rejections} <= set(numbers)
    assert (reader.articles, reader.rejected) == (len(articles), len(rejections))


@on_disk
@given(content=_bytes, name=st.sampled_from(["a.txt", "a.json", "a.jsonl.gz", "a.jsonl.zst", "a.json.zst"]))
def test_no_content_of_any_kind_of_file_raises(folder, content, name):
    path = folder / name
    path.write_bytes(content)

    reader = Reader([path])

    assert len(list(reader)) == reader.articles
    assert reader.bytes_read == reader.total_bytes


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@on_disk
@given(articles=_articles, data=st.data())
def test_a_damaged_archive_never_raises(folder, suffix, articles, data):
    written = "\n".join(json.dumps({"id": article.id, "text": article.text}) for article in articles)
    packed = bytearray(PACKERS[suffix](written.encode()))
    position = data.draw(st.integers(0, len(packed) - 1))
    packed[position] ^= data.draw(st.integers(1, 255))
    path = folder / f"damaged.jsonl{suffix}"
    path.write_bytes(packed)

    reader = Reader([path])

    assert len(list(reader)) == reader.articles


@pytest.mark.skipif(not CORPUS.exists(), reason=f"the corpus is not at {CORPUS}")
def test_every_line_of_the_corpus_is_accounted_for():
    rejections = []
    reader = Reader([CORPUS], on_reject=rejections.append)

    outlets = {article.outlet for article in reader}

    assert reader.articles + reader.rejected == 31_030
    # 354 of its articles have no text.
    assert {r.reason for r in rejections} == {"field 'text' is empty", "field 'text' is only white space"}
    assert reader.unreadable_dates == 0
    assert len(outlets) == 14
    assert reader.bytes_read == reader.total_bytes
