"""Articles from web archives: WARC files as crawlers write them, and WET files, which hold the text of pages.

What an archive holds besides pages (pictures, redirects, what a page asked for) is no fault of it: it is counted by
kind in `passed_over`. What is damaged is rejected, and reading goes on at the next record.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from naskh.article import Article
from naskh.sources.checks import Checks
from naskh.sources.extraction import Extractors
from naskh.sources.html import Extract, Page
from naskh.sources.records import FieldNames
from naskh.sources.rejection import UnreadableFile, readable_size

if TYPE_CHECKING:
    from naskh.sources.jsonlines import Reject

#: The kinds of what is passed over.
NOT_200, NOT_HTML, REVISIT, NO_TEXT = "not status 200", "not HTML", "revisits", "pages without text"
AGAIN = "captured again"

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})

#: Where a record may begin: a gzip member, with at most a name and extra fields, or a version with its line end.
_BEGINNING = re.compile(rb"\x1f\x8b\x08[\x00\x04\x08\x0c]|WARC/1\.[01]\r?\n")
_SCAN_BYTES = 1 << 20
#: So much of a gzip member is unpacked to see whether a record begins in it.
_LOOK_BYTES = 1024


class Broken(NamedTuple):
    """A record that is rejected."""

    url: str | None
    reason: str


class PassedOver(NamedTuple):
    """A record that holds no page."""

    kind: str


Found = Page | Broken | PassedOver


class ArchiveFile:
    """Reads the records of one file, or of those that a list of records names.

    Of two captures of the same address the first that has a text is read, and the others are counted.

    Args:
        reject: told of each record that is damaged.
        passed_over: counts records without a page, and pages without a text, by kind.
        extractors: what reads the pages.
        max_article_bytes: a larger page is rejected.
        unique_ids: leave out later captures.

    """

    unreadable_dates = 0
    line = 0
    #: No page was lost that another run may read.
    is_complete = True

    def __init__(
        self,
        reject: Reject,
        passed_over: Counter[str],
        extractors: Extractors,
        *,
        max_article_bytes: int,
        unique_ids: bool = True,
    ) -> None:
        self._reject = reject
        self._passed_over = passed_over
        self._extractors = extractors
        self._max_article_bytes = max_article_bytes
        self._checks = Checks(FieldNames(), "{}", "", unique_ids=unique_ids)
        self._number = 0

    def articles(self, file: BinaryIO, progress: Callable[[int], None]) -> Iterator[Article]:
        """The articles of an archive, in the order of its records.

        Args:
            file: the archive.
            progress: called with the bytes that were read.

        Raises:
            UnreadableFile: it is no web archive, or cannot be read.

        """
        yield from self.extracted(records(file, self._max_article_bytes, progress))

    def extracted(self, found: Iterable[Found]) -> Iterator[Article]:
        """The articles in pages."""
        for item in self._extractors.each(found):
            if isinstance(item, PassedOver):
                self._passed_over[item.kind] += 1
            elif isinstance(item, Broken):
                self._reject(None, item.url, item.reason if item.url is None else f"{item.url}: {item.reason}")
            else:
                article = self._article(*item)
                if article is not None:
                    yield article

    def _article(self, page: Page, extract: Extract) -> Article | None:
        if extract.reason is not None:
            self.is_complete &= not extract.is_passing
            self._reject(None, page.url, f"{page.url}: {extract.reason}")
            return None
        if extract.text is None:
            self._passed_over[NO_TEXT] += 1
            return None
        self._number += 1
        if self._checks.repeated(page.url, self._number) is not None:
            self._passed_over[AGAIN] += 1
            return None
        return Article(
            id=page.url,
            text=extract.text,
            outlet=extract.outlet,
            date=extract.date,
            title=extract.title,
            url=page.url,
        )


def records(file: BinaryIO, most: int, progress: Callable[[int], None]) -> Iterator[Found]:
    """What the records of an archive hold. Behind damage, the next record is looked for.

    Raises:
        UnreadableFile: no record is in it, or it cannot be read.

    """
    start: int | None = 0
    is_archive = is_told = False
    while start is not None:
        last = start
        reason = None
        try:
            for place, record in _iterate(file, start):
                is_archive, is_told, last = True, False, place
                for found in _found(record, most):
                    is_told = isinstance(found, Broken)
                    yield found
                progress(file.tell())
            if is_archive and not is_told and _is_cut_off(file, last):
                yield Broken(None, f"truncated archive: it ends inside of a record, behind that at byte {last}")
        except _CutOff as cut:
            reason = str(cut)
            yield Broken(cut.url, f"the record at byte {last} is damaged: {reason}")
            is_told = True
        except OSError as error:
            if error.errno is not None:  # of the file, not of its content
                raise
            reason = str(error)
            if is_archive and not is_told:  # of a stretch of damage once
                yield Broken(None, f"damaged archive behind the record at byte {last}: {reason}")
                is_told = True
        start = None if reason is None else _next_record(file, last + 1)
        if not is_archive and reason is not None and start is not None:
            is_archive = is_told = True
            yield Broken(None, f"damaged archive before the record at byte {start}: {reason}")
    if not is_archive:
        raise UnreadableFile("no web archive: there is no record in it")


def record_at(file: BinaryIO, offset: int, most: int) -> Iterator[Found]:
    """What the record holds that begins at a byte of an archive."""
    try:
        for _, record in _iterate(file, offset):
            yield from _found(record, most)
            return
        yield Broken(None, f"there is no record at byte {offset}")
    except _CutOff as cut:
        yield Broken(cut.url, f"the record at byte {offset} is damaged: {cut}")
    except OSError as error:
        if error.errno is not None:
            raise
        yield Broken(None, f"the record at byte {offset} is damaged: {error}")


class _CutOff(Exception):
    """A record has fewer bytes than it says."""

    def __init__(self, url: str | None) -> None:
        super().__init__("it has fewer bytes than it says")
        self.url = url


class _From:
    """A file from a byte on, as FastWARC takes it."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._start = start
        file.seek(start)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def tell(self) -> int:
        return self._file.tell() - self._start

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset + self._start if whence == 0 else offset, whence) - self._start

    def close(self) -> None:
        """Leave it open: who opened the file closes it."""


def _iterate(file: BinaryIO, start: int) -> Iterator[tuple[int, Any]]:
    """The records that may hold pages, with their places in the file."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    wanted = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion | WarcRecordType.revisit
    for record in ArchiveIterator(_From(file, start), record_types=wanted, parse_http=False):
        yield start + record.stream_pos, record


def _found(record: Any, most: int) -> Iterator[Found]:
    """What one record holds. Raises _CutOff."""
    from fastwarc.warc import WarcRecordType

    # A crawler that was widely used writes these in angle brackets, as the standard of 2009 had it.
    url = (record.headers.get("WARC-Target-URI") or "").strip().removeprefix("<").removesuffix(">")
    if record.record_type == WarcRecordType.revisit:
        yield PassedOver(REVISIT)
        return
    is_response = record.record_type == WarcRecordType.response and record.is_http
    headers, size = record.headers, record.content_length
    if headers.get("Content-Length") is None:
        yield Broken(url or None, "its header is damaged or cut off")
        return
    if is_response:
        try:
            record.parse_http()
        except OSError as error:
            if error.errno is not None:
                raise
            yield Broken(url or None, f"its HTTP header cannot be read: {error}")
            return
        headers, size = record.http_headers, record.content_length
        if headers is None or headers.status_code is None:
            yield Broken(url or None, "it has no HTTP header")
            return
        if headers.status_code != 200:
            yield PassedOver(NOT_200)
            return
    content_type = headers.get("Content-Type")
    is_text = record.record_type == WarcRecordType.conversion
    if not (is_text or is_html(content_type)):
        yield PassedOver(NOT_HTML)
        return
    body = record.reader.read(most + 1)
    if len(body) > most:
        yield Broken(url, f"page larger than {readable_size(most)}")
    elif len(body) < size:
        raise _CutOff(url or None)
    elif not url.startswith(("http://", "https://")):
        yield Broken(url or None, f"the record {record.record_id} has no address of a page")
    else:
        yield Page(
            url=url,
            body=body,
            content_type=content_type,
            encodings=_encodings(headers) if is_response else (),
            captured=_day(record.headers.get("WARC-Date")),
            is_text=is_text,
            most=most,
        )


def is_html(content_type: str | None) -> bool:
    """Whether a Content-Type is that of a web page."""
    return (content_type or "").partition(";")[0].strip().lower() in HTML_TYPES


def _encodings(headers: Any) -> tuple[str, ...]:
    given = f"{headers.get('Content-Encoding') or ''},{headers.get('Transfer-Encoding') or ''}"
    return tuple(name for part in given.split(",") if (name := part.strip().lower()))


def _day(value: str | None) -> str | None:
    try:
        return date.fromisoformat((value or "")[:10]).isoformat()
    except ValueError:
        return None


def _next_record(file: BinaryIO, start: int) -> int | None:
    """Where the next record begins, at a byte or behind it; None if there is none."""
    overlap = _LOOK_BYTES  # more than a version, and what is looked at of a member
    file.seek(start)
    scanned, data = start, file.read(_SCAN_BYTES)
    while data:
        for match in _BEGINNING.finditer(data):
            place = scanned + match.start()
            if match.group().startswith(b"WARC") or _is_member(data, match.start()):
                return place
        file.seek(scanned + max(len(data) - overlap, 1))
        scanned = file.tell()
        data = file.read(_SCAN_BYTES)
        if len(data) <= overlap:
            return None
    return None


def _is_cut_off(file: BinaryIO, place: int) -> bool:
    """Whether a file ends inside of a gzip member, where one begins at a byte."""
    file.seek(place)
    data = file.read(_SCAN_BYTES)
    while data.startswith(b"\x1f\x8b"):
        member = zlib.decompressobj(31)
        while not member.eof:
            try:
                member.decompress(data, _SCAN_BYTES)
            except zlib.error:
                return False
            data = member.unconsumed_tail or file.read(_SCAN_BYTES)
            if not data and not member.eof:
                return True
        data = member.unused_data or file.read(_SCAN_BYTES)
    return False


def _is_member(data: bytes, place: int) -> bool:
    """Whether a record begins in the gzip member at a byte."""
    try:
        return (
            zlib.decompressobj(31)
            .decompress(memoryview(data)[place : place + _LOOK_BYTES], 16)
            .startswith(b"WARC/")
        )
    except zlib.error:
        return False
