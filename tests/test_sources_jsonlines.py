"""JSON lines become articles; a line that cannot is told with its reason, and reading goes on."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path

import pytest

from naskh.article import Article
from naskh.errors import SourceError
from naskh.sources import Reader, Rejection

TEXT = "أعلنت الوزارة اليوم افتتاح الجسر الجديد.\nوحضر الافتتاح عدد من المسؤولين."
GOOD = {"id": "خبر-1", "text": TEXT}
LONE_LINE = json.dumps(GOOD, ensure_ascii=False).encode()


def read(path: Path, content: bytes, **options: object) -> tuple[list[Article], list[Rejection]]:
    path.write_bytes(content)
    rejections: list[Rejection] = []
    return list(Reader([path], on_reject=rejections.append, **options)), rejections


def line(**fields: object) -> bytes:
    return json.dumps({**GOOD, **fields}, ensure_ascii=False).encode() + b"\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "أخبار.jsonl"


def test_all_fields_are_read_and_unknown_ones_ignored(path):
    fields = {"outlet": "واس", "date": "2015-07-21", "title": "افتتاح الجسر", "url": "https://example.org/1"}

    articles, rejections = read(path, line(**fields, author="محرر", tags=[1, {"a": None}]))

    assert articles == [Article(**GOOD, **fields)]
    assert rejections == []


@pytest.mark.parametrize("suffix", [".jsonl", ".ndjson", ".json", ".JSONL"])
def test_every_suffix_of_json_lines_is_read(tmp_path, suffix):
    articles, _ = read(tmp_path / f"news{suffix}", line())

    assert [article.id for article in articles] == ["خبر-1"]


def test_fields_that_are_absent_or_null_are_none(path):
    articles, _ = read(path, line(id="a") + line(id="b", outlet=None, date=None, title=None, url=None))

    assert articles == [Article(id="a", text=TEXT), Article(id="b", text=TEXT)]


@pytest.mark.parametrize(
    ("given", "expected"), [(7, "7"), (-7, "-7"), (0, "0"), (10**25, str(10**25)), ("007", "007")]
)
def test_an_integer_id_or_outlet_becomes_its_decimal_string(path, given, expected):
    articles, _ = read(path, line(id=given, outlet=given))

    assert articles == [Article(id=expected, outlet=expected, text=TEXT)]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(LONE_LINE, id="no newline at the end"),
        pytest.param(LONE_LINE + b"\r\n", id="windows line end"),
        pytest.param(b"\n  \n\t\r\n" + LONE_LINE + b"\n\n \n", id="blank lines"),
        pytest.param(b"\xef\xbb\xbf" + LONE_LINE, id="byte order mark"),
        pytest.param(b"\xef\xbb\xbf\r\n" + LONE_LINE, id="byte order mark on a blank line"),
        pytest.param(b"  " + LONE_LINE + b"  \n", id="indented"),
        pytest.param(json.dumps(GOOD).encode(), id="ascii escapes"),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1, 2, 1000])
def test_line_ends_blank_lines_and_byte_order_marks_do_not_matter(path, content, chunk_bytes):
    articles, rejections = read(path, content, chunk_bytes=chunk_bytes)

    assert articles == [Article(**GOOD)]
    assert rejections == []


def test_an_empty_file_has_no_articles(path):
    assert read(path, b"") == ([], [])


def test_nul_characters_are_text(path):
    articles, _ = read(path, line(text="قبل\0بعد"))

    assert articles[0].text == "قبل\0بعد"


def test_a_character_beyond_the_basic_plane_may_be_escaped_as_a_pair(path):
    articles, _ = read(path, rb'{"id": "1", "text": "\\ud83d \ud83d\ude00"}')

    assert articles[0].text == "\\ud83d 😀"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"id": "1", "text": "x"', "broken JSON: input data was truncated"),
        (b'{"id": "1", "text": "x"} y', "broken JSON: trailing characters (byte 2"),
        (b'{"id": "1", "text": x}', "broken JSON: invalid character (byte 20)"),
        (b'{"id": "1", "text": "a\0b"}', "broken JSON: invalid character (byte 22)"),
        (b"{'id': 1}", "broken JSON: "),
        (b'{"id": ' + b"9" * 5000 + b', "text": "x"}', "broken JSON: integer value out of range"),
        (b'{"id": "1", "text": "x", "deep": ' + b"[" * 100_000, "broken JSON: nested too deeply"),
        (b"[" * 100_000, "broken JSON: nested too deeply"),
        (
            b'{"id": "1", "text": "\xc7\xe1\xde"}',
            "not UTF-8 (byte 0xC7 at column 22); convert it, for example with iconv -f windows-1256 -t utf-8",
        ),
        ('{"id": "1", "text": "x"}'.encode("utf-16"), "iconv -f utf-16 -t utf-8"),
        (b'{"id": "1", "text": "\xed\xa0\x80"}', "not UTF-8 (byte 0xED at column 22)"),
        (rb'{"id": "1", "text": "\ud800"}', r"lone surrogate \ud800 at column 22"),
        (rb'{"id": "1", "text": "\udc00 and more"}', r"lone surrogate \udc00 at column 22"),
        (rb'{"id": "1", "text": "\ud83d\ude00\ud83d and more"}', r"lone surrogate \ud83d at column 34"),
        (rb'{"id": "1", "text": "x", "author": "\ud83d"}', r"lone surrogate \ud83d at column 37"),
        (b'[{"id": "1", "text": "x"}]', "an array, not a JSON object; write one article a line"),
        (b"3", "a number, not a JSON object"),
        (b"null", "null, not a JSON object"),
        (b"true", "true or false, not a JSON object"),
        (b'"text"', "a string, not a JSON object"),
    ],
)
def test_a_line_that_is_no_json_object_is_rejected(path, content, reason):
    articles, rejections = read(path, line(id="a") + content + b"\n" + line(id="b"))

    assert [article.id for article in articles] == ["a", "b"]
    assert len(rejections) == 1
    assert reason in rejections[0].reason
    assert (rejections[0].file, rejections[0].line, rejections[0].id) == (str(path), 2, None)


@pytest.mark.parametrize(
    ("fields", "reason", "id_"),
    [
        ({"text": "x"}, "no field 'id'; the line has: 'text'", None),
        ({"id": "1"}, "no field 'text'; the line has: 'id'", "1"),
        ({"id": 1, "body": "x"}, "no field 'text'; the line has: 'id', 'body'", "1"),
        ({}, "no field 'text'; the line has: none", None),
        ({"id": "", "text": "x"}, "field 'id' is empty", ""),
        ({"id": " ", "text": "x"}, "field 'id' is only white space", " "),
        ({"id": None, "text": "x"}, "field 'id' is null, not a string", None),
        ({"id": 1.5, "text": "x"}, "field 'id' is a number, not a string", None),
        ({"id": True, "text": "x"}, "field 'id' is true or false, not a string", None),
        ({"id": ["1"], "text": "x"}, "field 'id' is an array, not a string", None),
        ({"id": "1", "text": ""}, "field 'text' is empty", "1"),
        ({"id": "1", "text": " \n\t\u00a0\u3000"}, "field 'text' is only white space", "1"),
        ({"id": "1", "text": None}, "field 'text' is null, not a string", "1"),
        ({"id": "1", "text": 5}, "field 'text' is a number, not a string", "1"),
        ({"id": "1", "text": ["فقرة"]}, "field 'text' is an array, not a string", "1"),
        ({"id": "1", "text": "x", "title": {}}, "field 'title' is an object, not a string", "1"),
        ({"id": "1", "text": "x", "url": 5}, "field 'url' is a number, not a string", "1"),
        ({"id": "1", "text": "x", "date": 20150721}, "field 'date' is a number, not a string", "1"),
        ({"id": "1", "text": "x", "outlet": 1.5}, "field 'outlet' is a number, not a string", "1"),
        ({"id": "1", "text": "x", "outlet": False}, "field 'outlet' is true or false, not a string", "1"),
    ],
)
def test_a_missing_or_wrong_field_is_named(path, fields, reason, id_):
    articles, rejections = read(path, json.dumps(fields).encode())

    assert articles == []
    assert rejections == [Rejection(file=str(path), line=1, id=id_, reason=reason)]


def test_a_line_with_many_fields_is_described_by_the_first_eight(path):
    _, rejections = read(path, json.dumps({f"field-{n}": n for n in range(30)}).encode())

    assert rejections[0].reason.endswith("'field-6', 'field-7', …")


def test_a_duplicate_id_is_rejected_and_the_first_kept(path):
    content = line(id="x", text="الأول") + line(id=5) + b"\n" + line(id="x", text="الثاني") + line(id="5")

    articles, rejections = read(path, content)

    assert [(article.id, article.text) for article in articles] == [("x", "الأول"), ("5", TEXT)]
    assert [(r.line, r.id, r.reason) for r in rejections] == [
        (4, "x", "duplicate id 'x', first on line 1"),
        (5, "5", "duplicate id '5', first on line 2"),
    ]


def test_an_id_is_not_taken_by_a_line_that_was_rejected(path):
    articles, rejections = read(path, line(id="x", text=" ") + line(id="x"))

    assert [article.id for article in articles] == ["x"]
    assert len(rejections) == 1


def test_the_same_id_in_two_files_is_no_duplicate(tmp_path):
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for path in paths:
        path.write_bytes(line())

    assert [article.id for article in Reader(paths)] == ["خبر-1", "خبر-1"]


@pytest.mark.parametrize("chunk_bytes", [1, 7, 64, 10_000])
def test_a_line_longer_than_the_limit_is_rejected_and_the_next_one_read(path, chunk_bytes):
    content = line(id="a") + line(id="long", text="س" * 2000) + line(id="b") + line(id="long", text="س" * 2000)

    articles, rejections = read(path, content, chunk_bytes=chunk_bytes, max_article_bytes=1024)

    assert [article.id for article in articles] == ["a", "b"]
    assert [(r.line, r.reason) for r in rejections] == [
        (2, "line longer than 1 KiB"),
        (4, "line longer than 1 KiB"),
    ]


@pytest.mark.parametrize(("limit", "read_ids"), [(len(LONE_LINE), ["خبر-1"]), (len(LONE_LINE) - 1, [])])
def test_a_line_of_exactly_the_limit_is_read(path, limit, read_ids):
    articles, _ = read(path, LONE_LINE, max_article_bytes=limit)

    assert [article.id for article in articles] == read_ids


def test_a_line_longer_than_the_limit_is_never_held_whole():
    class Endless(io.RawIOBase):
        left = 64 * 1024 * 1024

        def read(self, size: int = -1) -> bytes:
            size = min(size, self.left)
            self.left -= size
            return b"{" * size

    limit = 1024 * 1024
    reader = Reader(["-"], stdin=Endless(), max_article_bytes=limit)

    tracemalloc.start()
    assert list(reader) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert reader.rejected == 1
    assert peak < 4 * limit


def test_fields_are_read_under_the_names_they_are_mapped_from(path):
    content = json.dumps({"guid": 9, "content": TEXT, "text": 5, "source": "واس", "id": None}).encode()

    articles, rejections = read(path, content, fields={"text": "content", "id": "guid", "outlet": "source"})

    assert articles == [Article(id="9", text=TEXT, outlet="واس")]
    assert rejections == []


def test_two_fields_may_change_places(path):
    articles, _ = read(path, line(title="عنوان"), fields={"text": "title", "title": "text"})

    assert articles == [Article(id="خبر-1", text="عنوان", title=TEXT)]


@pytest.mark.parametrize(("value", "expected"), [("https://example.org/1", "https://example.org/1"), (12, "12")])
def test_two_fields_may_be_read_from_one(path, value, expected):
    articles, _ = read(path, json.dumps({"url": value, "text": TEXT}).encode(), fields={"id": "url"})

    assert articles == [Article(id=expected, url=expected, text=TEXT)]


def test_a_rejection_names_a_mapped_field_as_the_input_does(path):
    _, rejections = read(path, line(content=5) + line(id="2"), fields={"text": "content"})

    assert [r.reason for r in rejections] == [
        "field 'content' (read as text) is a number, not a string",
        "no field 'content' (read as text); the line has: 'id', 'text'",
    ]


def test_mapping_a_field_that_articles_do_not_have_is_an_error(path):
    path.write_bytes(LONE_LINE)

    with pytest.raises(SourceError, match=r"no field 'body'.*id, text, outlet, date, title, url"):
        Reader([path], fields={"body": "content"})


@pytest.mark.parametrize(("document", "remedy"), [([GOOD, {**GOOD, "id": "2"}], "jq -c '.[]'"), (GOOD, "jq -c .")])
def test_a_json_document_over_many_lines_is_given_up_once_with_the_remedy(tmp_path, document, remedy):
    path = tmp_path / "news.json"

    articles, rejections = read(path, json.dumps(document, indent=2).encode())

    assert articles == []
    assert len(rejections) == 1
    assert rejections[0].line == 1
    assert "not JSON lines: the first line is not a complete JSON object" in rejections[0].reason
    assert rejections[0].reason.endswith(remedy)


def test_in_a_jsonl_file_a_broken_first_line_is_one_rejection_and_reading_goes_on(path):
    articles, rejections = read(path, b'{"id": "1",\n' + line())

    assert [article.id for article in articles] == ["خبر-1"]
    assert ["not JSON lines" in r.reason for r in rejections] == [True]


def test_unreadable_dates_are_counted_and_dropped(path):
    dates = ["2015-07-21", "Tue, 21 Jul 2015 10:00:00 +0300", "أمس", "", None, "5 شوال 1436"]
    path.write_bytes(b"".join(line(id=n, date=date) for n, date in enumerate(dates)))
    reader = Reader([path])

    assert [article.date for article in reader] == [
        "2015-07-21",
        "2015-07-21T10:00:00+03:00",
        None,
        None,
        None,
        None,
    ]
    assert (reader.articles, reader.unreadable_dates, reader.rejected) == (6, 2, 0)
