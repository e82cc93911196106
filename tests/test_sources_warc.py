"""Web archives: which records give articles, what of a page is its text, and what damage costs."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("trafilatura", reason="needs the extra warc", exc_type=ImportError)

import pyarrow as pa

from naskh.article import Article
from naskh.errors import SourceError
from naskh.sources import Reader, Rejection
from naskh.sources.charsets import decode_page
from naskh.sources.extraction import _Child
from naskh.sources.html import Page, extract, outlet_of
from naskh.sources.rejection import UnreadableFile
from naskh.sources.warc import Broken, PassedOver, records
from tests.archives import DATE, OTHER, STORY, packed, page, record, response

URL = "https://www.wadi-news.com.sa/2025/bridge"
BRIDGE = response(
    "https://agency.example/bridge",
    page("افتتاح جسر", STORY, head='<meta name="date" content="2025-11-29">'),
)
STORY_PAGE = page("افتتاح جسر وادي الريحان", STORY)


def read(*sources: Path, **options: object) -> tuple[list[Article], list[str], Counter[str]]:
    rejections: list[Rejection] = []
    reader = Reader(sources, on_reject=rejections.append, workers=1, **options)
    articles = [Article(**row) for batch in reader.batches() for row in batch.to_pylist()]
    return articles, [str(rejection) for rejection in rejections], reader.passed_over


def found(content: bytes, most: int = 1 << 20) -> list[object]:
    """What the records of an archive hold; pages by their address."""
    items = records(io.BytesIO(content), most, lambda _: None)
    return [item.url if isinstance(item, Page) else item for item in items]


def as_page(body: bytes, content_type: str | None = "text/html", **options: object) -> Page:
    given = {"encodings": (), "captured": DATE[:10], "is_text": False, "most": 1 << 20, "url": URL, **options}
    return Page(body=body, content_type=content_type, **given)


def chunked(body: bytes) -> bytes:
    return b"%x;x=y\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (100, body[:100], len(body) - 100, body[100:])


class TestPages:
    def test_paragraphs_come_out_as_lines_without_what_is_around_them(self):
        article = extract(as_page(STORY_PAGE.encode()))

        assert [line for line in article.text.split("\n") if line in STORY] == list(STORY)
        for around in ("الرئيسية", "اقرأ أيضا", "تعليق من زائر", "جميع الحقوق"):
            assert around not in article.text
        assert article.title == "افتتاح جسر وادي الريحان"
        assert article.outlet == "wadi-news.com.sa"
        assert article.date is None, "neither the footer's year nor the day of the capture is its date"

    def test_lines_broken_inside_a_paragraph_are_lines(self):
        html = page("خبر", ["<br>".join(STORY[:2]), "<br><br>".join(STORY[2:])])

        assert set(STORY) <= set(extract(as_page(html.encode())).text.split("\n"))

    @pytest.mark.parametrize(
        ("head", "date"),
        [
            (
                '<meta property="article:published_time" content="2025-10-27T15:45:00+03:00">',
                "2025-10-27T15:45:00+03:00",
            ),
            ('<meta name="date" content="2025-10-27">', "2025-10-27"),
            ('<script>{"dateModified":"2025-10-29","datePublished": "2025-10-27"}</script>', "2025-10-27"),
            ('<meta property="article:published_time" content="2025-12-24T15:45:00+03:00">', None),
            ('<meta property="article:published_time" content="gestern">', None),
            ('<meta property="article:publisher" content="https://a.example/2025-10-27">', None),
            ('<meta property="article:modified_time" content="2025-10-27">', None),
        ],
    )
    def test_the_date_is_that_of_the_metadata_and_not_after_the_capture(self, head, date):
        assert extract(as_page(page("خبر", STORY, head=head).encode())).date == date

    def test_a_day_in_the_address_is_its_date(self):
        for path, day in (
            ("2025/10/27/bridge", "2025-10-27"),
            ("n/2025-1-2-x", "2025-01-02"),
            ("2025/13/41", None),
        ):
            assert extract(as_page(STORY_PAGE.encode(), url=f"https://a.example/{path}")).date == day

    def test_a_page_without_text_has_none(self):
        for html in ("", "   ", "<html><body><script>run()</script></body></html>", "\0", "not html at all"[:0]):
            found = extract(as_page(html.encode()))
            assert (found.text, found.reason) == (None, None)

    @pytest.mark.parametrize(
        ("url", "outlet"),
        [
            ("http://www.news.example.com.sa/x", "example.com.sa"),
            ("https://someone.blogspot.com/2025", "someone.blogspot.com"),
            ("http://192.0.2.7:8080/x", "192.0.2.7"),
            ("https://موقع.مصر/x", "موقع.مصر"),
            ("http://localhost/x", "localhost"),
        ],
    )
    def test_the_outlet_is_the_registered_domain(self, url, outlet):
        assert outlet_of(url) == outlet

    @pytest.mark.parametrize(
        ("encoding", "content_type", "head"),
        [
            ("utf-8", "text/html", ""),
            ("utf-8", "text/html; charset=windows-1256", ""),
            ("cp1256", "text/html; charset=windows-1256", ""),
            ("cp1256", 'text/html; charset="Windows-1256"', ""),
            ("cp1256", "text/html", '<meta charset="windows-1256">'),
            (
                "cp1256",
                None,
                '<meta http-equiv="Content-Type" content="text/html; charset=windows-1256">',
            ),
            ("cp1256", "text/html; charset=utf-8", ""),
            ("cp1256", "text/html; charset=none-such", ""),
            ("cp1256", "text/html", ""),
            ("iso8859-6", "text/html; charset=ISO-8859-6", ""),
            ("utf-16", "text/html", ""),
            ("utf-16-le", "text/html; charset=utf-16", ""),
            ("utf-16-be", "text/html; charset=utf-16be", ""),
            ("utf-16-le", "text/html", ""),
        ],
    )
    def test_the_encoding_is_found(self, encoding, content_type, head):
        html = page("خبر", STORY, head=head).replace("©", "(c)")

        assert decode_page(html.encode(encoding), content_type).removeprefix("\ufeff") == html

    @pytest.mark.parametrize("content_type", [None, "text/html", "text/html; charset=windows-1256"])
    def test_a_nul_does_not_make_utf8_something_else(self, content_type):
        assert STORY[0] in decode_page(STORY_PAGE.encode() + b"\0", content_type)

    @pytest.mark.parametrize("captured", ["9999-12-31", "2100-01-01"])
    def test_a_time_of_capture_that_cannot_be_is_not_believed(self, captured):
        head = '<meta name="date" content="2025-10-27">'

        found = extract(as_page(page("خبر", STORY, head=head).encode(), captured=captured))

        assert (found.date, found.reason) == ("2025-10-27", None)

    def test_one_broken_character_does_not_make_utf8_something_else(self):
        body = STORY_PAGE.encode()[:-9] + b"\xd8</html>"

        assert STORY[0] in decode_page(body, "text/html; charset=utf-8")

    @pytest.mark.parametrize(
        ("pack", "encodings"),
        [
            (gzip.compress, ("gzip",)),
            (zlib.compress, ("deflate",)),
            (lambda body: zlib.compress(body)[2:-4], ("deflate",)),
            (lambda body: pa.compress(body, "brotli", asbytes=True), ("br",)),
            (lambda body: pa.compress(body, "zstd", asbytes=True), ("zstd",)),
            (chunked, ("chunked",)),
            (lambda body: chunked(gzip.compress(body)), ("gzip", "chunked")),
            (bytes, ("gzip", "chunked")),  # unpacked by the crawler, which left the header as it was
            (lambda body: gzip.compress(body)[:-5], ("gzip",)),
            (lambda body: gzip.compress(body[:99]) + gzip.compress(b"") + gzip.compress(body[99:]), ("gzip",)),
            (lambda body: gzip.compress(body) + b"\x1f\x8b no member", ("gzip",)),
            (bytes, ("identity",)),
        ],
    )  # fmt: skip
    def test_a_packed_page_is_unpacked(self, pack, encodings):
        assert STORY[0] in extract(as_page(pack(STORY_PAGE.encode()), encodings=encodings)).text

    @pytest.mark.parametrize(
        ("pack", "encoding"),
        [
            (gzip.compress, "gzip"),
            (zlib.compress, "deflate"),
            (lambda body: pa.compress(body, "brotli", asbytes=True), "br"),
            (lambda body: pa.compress(body, "zstd", asbytes=True), "zstd"),
        ],
    )
    def test_a_bomb_is_refused_without_being_unpacked(self, pack, encoding):
        bomb = pack(b"<p>" + b"a" * (64 << 20))

        reason = extract(as_page(bomb, encodings=(encoding,))).reason

        assert reason == "page larger than 1 MiB when it is unpacked"

    @pytest.mark.parametrize(
        ("body", "encoding", "said"), [(b"\x1f\x8b\x08\xff", "br", "cannot be unpacked"), (b"<p>", "lzw", "'lzw'")]
    )
    def test_what_cannot_be_unpacked_is_a_reason(self, body, encoding, said):
        assert said in extract(as_page(body, encodings=(encoding,))).reason


class TestRecords:
    def test_what_is_no_page_is_passed_over_by_kind(self):
        content = packed(
            record("", b"software: x\r\n", kind="warcinfo", content_type="application/warc-fields"),
            record(
                URL, b"GET / HTTP/1.1\r\n\r\n", kind="request", content_type="application/http; msgtype=request"
            ),
            response(URL, STORY_PAGE),
            response(URL + "/gone", "x", status="404 Not Found"),
            response(URL + "/moved", "", status="301 Moved Permanently"),
            response(URL + "/a.jpg", b"\xff\xd8", content_type="image/jpeg"),
            response(URL + "/untyped", b"?", content_type=None),
            record(URL, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", kind="revisit"),
            record("dns:example.sa", b"20251130\r\n", content_type="text/dns"),
            record(f"<{URL}/xhtml>", b"HTTP/1.1 200 OK\r\nContent-Type: APPLICATION/XHTML+xml\r\n\r\n<p>"),
            record(URL + "/saved", b"<p>x", kind="resource", content_type="text/html"),
        )

        assert found(content) == [
            URL,
            PassedOver("not status 200"),
            PassedOver("not status 200"),
            PassedOver("not HTML"),
            PassedOver("not HTML"),
            PassedOver("revisits"),
            PassedOver("not HTML"),
            URL + "/xhtml",
            URL + "/saved",
        ]

    def test_a_page_that_is_too_large_is_refused_and_the_next_one_read(self):
        content = b"".join([response("http://a.example/1", "x" * 3000), response("http://a.example/2", "x")])

        assert found(content, most=2048) == [
            Broken("http://a.example/1", "page larger than 2 KiB"),
            "http://a.example/2",
        ]

    def test_a_broken_http_header_is_refused(self):
        content = b"".join(
            [
                record("http://a.example/1", b"no header at all"),
                record("http://a.example/2", b""),
                response(URL, "x"),
            ]
        )

        one, two, three = found(content)

        assert (one.url, two.url, three) == ("http://a.example/1", "http://a.example/2", URL)

    @pytest.mark.parametrize("is_packed", [False, True])
    @pytest.mark.parametrize("damage", ["flipped", "garbage", "short", "long", "no length"])
    def test_behind_a_damaged_record_the_next_ones_are_read(self, is_packed, damage):
        urls = [f"http://a.example/{n}" for n in range(5)]
        all_ = [response(url, page("خبر", [f"{n} {time}" for time in STORY])) for n, url in enumerate(urls)]
        length = b"\r\nContent-Length: "
        if damage in ("short", "long", "no length"):
            head, _, rest = all_[2].partition(length)
            wrong = {"short": b"99", "long": b"99999999", "no length": b"x"}[damage]
            all_[2] = head + length + wrong + rest[rest.index(b"\r\n") :]
        if is_packed:
            all_ = [packed(each) for each in all_]
        if damage == "flipped":
            all_[2] = all_[2][:40] + b"\xff" * 99 + all_[2][139:]
        content = b"".join([*all_[:2], *([b"garbage" * 9] if damage == "garbage" else []), *all_[2:]])

        items = found(content)

        assert [item for item in items if item in (urls[0], urls[1], urls[3], urls[4])] == urls[:2] + urls[3:]
        assert sum(isinstance(item, Broken) for item in items) == 1
        if damage == "garbage":
            assert urls[2] in items

    @pytest.mark.parametrize("is_packed", [False, True])
    def test_a_truncated_archive_gives_the_records_before(self, is_packed):
        content = [response(f"http://a.example/{n}", STORY_PAGE) for n in range(3)]
        if is_packed:
            content = [packed(each) for each in content]

        for missing in (20, 500, len(content[2]) - 30):
            items = found(b"".join(content)[:-missing])
            assert items[:2] == ["http://a.example/0", "http://a.example/1"]
            assert len(items) == 3
            assert isinstance(items[2], Broken)

    def test_no_flipped_byte_ends_the_reading_or_gives_an_unknown_address(self):
        content = packed(*(response(f"http://a.example/{n}", STORY_PAGE) for n in range(3)))
        for place in range(0, len(content), 41):
            damaged = bytearray(content)
            damaged[place] ^= 0xFF

            items = found(bytes(damaged))

            assert len([item for item in items if isinstance(item, str)]) >= 2

    @pytest.mark.parametrize("flags", [b"", b"\x08"])
    def test_what_only_looks_like_the_beginning_of_records_is_passed_quickly(self, flags):
        content = (b"\x1f\x8b\x08" + flags) * 100_000 + packed(response(URL, STORY_PAGE))
        started = time.process_time()

        assert found(content)[1:] == [URL]
        assert time.process_time() - started < 3, "each was looked at with a read of its own"

    @pytest.mark.parametrize(
        "content", [b"", b"no archive" * 200, packed(b"no archive" * 200)], ids=["empty", "text", "packed text"]
    )
    def test_what_is_no_archive_is_a_rejection_of_the_file(self, content):
        with pytest.raises(UnreadableFile, match="no web archive"):
            found(content)


@pytest.fixture(scope="module")
def crawl(tmp_path_factory) -> Path:
    """A folder of archives."""
    folder = tmp_path_factory.mktemp("crawl")
    (folder / "one.warc.gz").write_bytes(
        packed(
            BRIDGE,
            response(
                "https://www.alwadi.com.sa/n/1",
                page("جسر جديد", STORY).encode("cp1256"),
                content_type="text/html; charset=windows-1256",
            ),
            response("https://agency.example/empty", "<html><body></body></html>"),
            response("https://agency.example/logo.png", b"\x89PNG", content_type="image/png"),
            response("https://agency.example/bridge", page("افتتاح جسر", OTHER)),
        )
    )
    (folder / "deep").mkdir()
    (folder / "deep" / "two.warc").write_bytes(response("https://nahl.example/honey", page("عسل", OTHER)))
    text = "\n".join(["عسل", *OTHER])
    (folder / "three.warc.wet.gz").write_bytes(
        packed(record("https://nahl.example/text", text.encode(), kind="conversion", content_type="text/plain"))
    )
    return folder


@pytest.fixture
def child() -> Iterator[_Child]:
    """A process that reads pages."""
    child = _Child(30.0)
    yield child
    child.kill()
    child.clear()


class TestReader:
    def test_pages_become_articles_in_the_order_of_the_records(self, crawl):
        articles, rejected, passed_over = read(crawl)

        assert [(article.id, article.outlet, article.date) for article in articles] == [
            ("https://nahl.example/honey", "nahl.example", None),
            ("https://agency.example/bridge", "agency.example", "2025-11-29"),
            ("https://www.alwadi.com.sa/n/1", "alwadi.com.sa", None),
            ("https://nahl.example/text", "nahl.example", None),
        ]
        assert all(article.url == article.id for article in articles)
        assert STORY[0] in articles[1].text, "the first capture counts"
        assert STORY[0] in articles[2].text
        assert articles[3].text == "\n".join(["عسل", *OTHER])
        assert rejected == []
        assert passed_over == {"pages without text": 1, "not HTML": 1, "captured again": 1}

    def test_one_by_one_and_with_more_processes_they_are_the_same(self, crawl):
        expected = read(crawl)[0]

        assert list(Reader([crawl], workers=3)) == expected
        assert [given.article for given in Reader([f"{crawl}/**/*w[ae]*"], workers=2).given()] == expected

    @pytest.mark.parametrize("name", ["index.cdxj", "index.cdx"])
    def test_a_list_of_records_names_those_to_be_read(self, crawl, name):
        lines = [
            ("https://www.alwadi.com.sa/n/1", len(packed(BRIDGE)), "200", "text/html", "one.warc.gz"),
            ("https://agency.example/logo.png", 0, "200", "image/png", "one.warc.gz"),
            ("https://agency.example/gone", 0, "404", "text/html", "one.warc.gz"),
            ("https://agency.example/no", 7, "200", "text/html", "one.warc.gz"),
            ("https://nahl.example/honey", 0, "200", "text/html", "deep/two.warc"),
            ("https://nahl.example/lost", 0, "200", "text/html", "lost.warc"),
        ]
        with (crawl / name).open("w") as file:
            print(" CDX N b a m s k r M S V g", file=file)
            for url, at, status, mime, archive in lines:
                said = {"url": url, "mime": mime, "status": status, "offset": str(at), "filename": archive}
                if name == "index.cdxj":
                    print("sa,key)/ 20251130080000", json.dumps(said), file=file)
                else:
                    print("sa,key)/ 20251130080000", url, mime, status, "AA - - 9", at, archive, file=file)
            print("nonsense", file=file)

        articles, rejected, passed_over = read(crawl / name)

        assert [article.id for article in articles] == [
            "https://www.alwadi.com.sa/n/1",
            "https://nahl.example/honey",
        ]
        assert passed_over == {"not HTML": 1, "not status 200": 1}
        damaged, lost, nonsense = rejected
        assert "the record at byte 7 is damaged" in damaged
        assert "lost.warc: No such file or directory" in lost
        assert ": line 8: " in nonsense

    def test_without_the_extra_the_message_says_what_to_install(self, crawl, monkeypatch):
        monkeypatch.setattr("naskh.sources.reader.find_spec", lambda _: None)

        with pytest.raises(SourceError, match=r"fastwarc is not installed:  pip install 'naskh\[warc\]'"):
            Reader([crawl])

    def test_a_page_that_ends_its_process_is_rejected_and_the_next_one_read(self, child, monkeypatch):
        ending = "import os, sys; sys.stdin.buffer.read(99); os.kill(os.getpid(), 9)"
        with monkeypatch.context() as patch:
            patch.setattr("naskh.sources.extraction._PROGRAM", ending)
            ended = child.extract(as_page(b"<p>" * 30))
        read = child.extract(as_page(STORY_PAGE.encode()))

        assert (ended.reason, ended.is_passing) == (
            "the page cannot be read: its process ended with status -9",
            True,
        )
        assert read.text is not None

    @pytest.mark.parametrize("is_noticed", [True, False])
    def test_a_process_that_ends_between_two_pages_costs_none(self, child, monkeypatch, is_noticed):
        first = child.extract(as_page(STORY_PAGE.encode()))
        process = child._process
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        if not is_noticed:  # it ends only then when the page is sent
            monkeypatch.setattr(process, "poll", lambda: None)

        assert child.extract(as_page(STORY_PAGE.encode())) == first
        assert first.text is not None

    def test_a_page_that_takes_too_long_is_rejected(self):
        found = _Child(0.01).extract(as_page(STORY_PAGE.encode()))

        assert found.reason.endswith("it took longer than 0.01 s")
        assert found.is_passing

    def test_time_that_is_up_behind_the_answer_costs_no_page(self, child):
        first = child.extract(as_page(STORY_PAGE.encode()))
        child._give_up(child._process)

        assert child.extract(as_page(STORY_PAGE.encode())) == first

    def test_the_processes_end_with_the_one_that_started_them(self, tmp_path):
        (tmp_path / "a.warc").write_bytes(b"".join(response(f"http://a.example/{n}", STORY_PAGE) for n in range(3)))
        program = (
            "import sys, os, naskh.sources as s\n"
            f"it = iter(s.Reader([{str(tmp_path / 'a.warc')!r}], workers=1))\n"
            "next(it)\n"
            "import naskh.sources.extraction as e, gc\n"
            "child = next(o for o in gc.get_objects() if isinstance(o, e._Child))\n"
            "print(child._process.pid, flush=True)\n"
            "os._exit(9)\n"
        )

        out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

        deadline = time.monotonic() + 20
        while Path(f"/proc/{int(out.stdout)}").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not Path(f"/proc/{int(out.stdout)}").exists()
