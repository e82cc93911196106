"""A text file is one article, kept character for character, its id the name of the file."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from naskh.article import Article
from naskh.sources import Reader, Rejection

TEXT = "الرياض - واس:\r\nأقيمت صلاة الاستسقاء اليوم.\n\nوأمّ المصلين إمام الجامع.\n"


def read(path: Path, content: bytes, **options: object) -> tuple[list[Article], list[Rejection]]:
    path.write_bytes(content)
    rejections: list[Rejection] = []
    return list(Reader([path], on_reject=rejections.append, **options)), rejections


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("chunk_bytes", [1, 3, 10_000])
def test_the_text_is_kept_as_it_stands_without_its_byte_order_mark(tmp_path, encoding, chunk_bytes):
    articles, rejections = read(tmp_path / "خبر.txt", TEXT.encode(encoding), chunk_bytes=chunk_bytes)

    assert articles == [Article(id="خبر.txt", text=TEXT)]
    assert rejections == []


def test_big_endian_utf_16_is_read_by_its_mark(tmp_path):
    articles, _ = read(tmp_path / "a.txt", b"\xfe\xff" + TEXT.encode("utf-16-be"))

    assert articles[0].text == TEXT


def test_nul_characters_are_text(tmp_path):
    articles, _ = read(tmp_path / "a.txt", "قبل\0بعد".encode())

    assert articles[0].text == "قبل\0بعد"


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (
            "سطر\nثان ".encode() + "خبر".encode("windows-1256"),
            2,
            "not UTF-8 (byte 0xCE at column 8); convert it, for example with iconv -f windows-1256 -t utf-8",
        ),
        (TEXT.encode("utf-32"), 1, "iconv -f utf-32 -t utf-8"),
        (TEXT.encode("utf-16")[:-1], None, "damaged UTF-16 (truncated data at byte "),
        (b"\xff\xfe\x00\xd8", None, "damaged UTF-16"),
        (b"\x1f\x8b\x08\x00", None, "compressed data; unpack it first, for example with gzip -dc"),
        (b"\x28\xb5\x2f\xfd\x00", None, "compressed data; unpack it first, for example with zstd -dc"),
        (b"", None, "the text is empty"),
        (b"\xef\xbb\xbf", None, "the text is empty"),
        (" \n\u00a0\n".encode(), None, "the text is only white space"),
    ],
)
def test_what_is_no_text_is_rejected_with_the_remedy(tmp_path, content, line, reason):
    path = tmp_path / "خبر.txt"

    articles, rejections = read(path, content)

    assert articles == []
    assert len(rejections) == 1
    assert (rejections[0].file, rejections[0].line, rejections[0].id) == (str(path), line, "خبر.txt")
    assert reason in rejections[0].reason


@pytest.mark.parametrize(("limit", "count"), [(1000, 1), (999, 0)])
def test_a_text_larger_than_the_limit_is_rejected(tmp_path, limit, count):
    articles, rejections = read(tmp_path / "a.txt", b"x" * 1000, max_article_bytes=limit)

    assert len(articles) == count
    assert [r.reason for r in rejections] == ["text larger than 999 bytes"] * (1 - count)


def test_a_file_name_that_is_not_utf_8_cannot_be_an_id(tmp_path):
    name = "خبر.txt".encode("windows-1256")
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(TEXT, encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    rejections: list[Rejection] = []

    assert list(Reader([tmp_path], on_reject=rejections.append)) == []
    assert rejections[0].reason.startswith("the file name is not UTF-8")
    assert r"\xce\xc8\xd1.txt" in rejections[0].file
    assert msgspec.json.decode(msgspec.json.encode(rejections[0]), type=Rejection) == rejections[0]
