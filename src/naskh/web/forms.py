"""What people type, paste and upload, read into an article; and the conditions of lists."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

import msgspec
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from naskh.article import Article
from naskh.sources.dates import iso_date
from naskh.sources.encoding import decode_text
from naskh.sources.records import LINE_ERRORS, RecordDecoder
from naskh.sources.rejection import UnreadableFile
from naskh.web.limits import CHARACTER_BYTES

#: A page of a list has so many entries; pages beyond this number are not looked for.
PAGE_SIZE = 50
MAX_PAGE = 100_000
#: Fields beside the text have at most so many characters.
MAX_FIELD = 2_000
#: How files of word processors begin: archives (docx, odt), older Word, PDF, RTF.
_DOCUMENTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"{\\rtf")
_UTF8 = (b"utf-8", b"utf8")
_FIELDS = ("text", "title", "outlet", "date", "id", "b")


class Unreadable(Exception):
    """What was given is no article. `key` names the sentence that says so, `detail` the reason, in English."""

    def __init__(self, key: str, status: int, detail: str | None = None) -> None:
        super().__init__(detail or key)
        self.key = key
        self.status = status
        self.detail = detail


class BadValue(Exception):
    """A value in the address of a page is not what it should be."""


class Given(NamedTuple):
    """A form as it was sent: its fields, and the name and content of the file, if one was chosen."""

    fields: Mapping[str, str]
    file_name: str
    file: bytes | None


async def read_form(request: Request, max_text: int) -> Given:
    """The fields and the file of a form.

    Raises:
        Unreadable: it is no form, or the text or file is larger than a text may be.

    """
    most = max_text * CHARACTER_BYTES
    charset = parse_options_header(request.headers.get("content-type"))[1].get(b"charset", b"utf-8")
    if charset.lower() not in _UTF8:  # decoders of Python that are none of text, or make half characters
        raise Unreadable("problem_form", 415)
    try:
        return await _read_form(request, most)
    except HTTPException as error:
        if error.status_code != 400:
            raise
        key, status = ("problem_size", 413) if "maximum size" in error.detail else ("problem_form", 400)
        raise Unreadable(key, status) from error
    except (FormParserError, UnicodeError) as error:  # the first of versions of Starlette that tell it otherwise
        raise Unreadable("problem_form", 400) from error


async def _read_form(request: Request, most: int) -> Given:
    async with request.form(max_files=1, max_fields=2 * len(_FIELDS), max_part_size=most) as form:
        fields = {name: value for name in _FIELDS if isinstance(value := form.get(name), str)}
        file = _chosen(form)
        for value in (*fields.values(), (file and file.filename) or ""):
            value.encode()  # or it has half a character, see `read_form`
        if file is None:
            return Given(fields, "", None)
        content = await file.read(most + 1)
        if len(content) > most:
            raise Unreadable("problem_size", 413)
        return Given(fields, file.filename or "", content)


def _chosen(form: FormData) -> UploadFile | None:
    file = form.get("file")
    return file if isinstance(file, UploadFile) and file.filename and file.size else None


def article_of(given: Given, max_text: int) -> Article:
    """The article that a form gives: that of its file, or else the text in it.

    Raises:
        Unreadable: there is none, or it is too long.

    """
    typed = _typed(given.fields)
    article = typed if given.file is None else _uploaded(given.file, given.file_name, typed)
    if not article.text or article.text.isspace():
        raise Unreadable("problem_empty", 422)
    if len(article.text) > max_text or any(len(value) > MAX_FIELD for value in _heads(article)):
        raise Unreadable("problem_size", 413)
    return article


def _typed(fields: Mapping[str, str]) -> Article:
    """The article as typed. Browsers send line breaks as CR LF, which the text had not where it was pasted."""
    given = {name: value.strip() for name, value in fields.items() if name != "text"}
    return Article(
        id=given.get("id", ""),
        text=fields.get("text", "").replace("\r\n", "\n"),
        outlet=given.get("outlet") or None,
        date=_date(given.get("date", "")),
        title=given.get("title") or None,
    )


def _date(value: str) -> str | None:
    try:
        return iso_date(value)
    except ValueError as error:
        raise Unreadable("problem_date", 422) from error


def _uploaded(content: bytes, name: str, typed: Article) -> Article:
    """The article in a file; what it does not say of itself, the form says."""
    if content.startswith(_DOCUMENTS):
        raise Unreadable("problem_document", 422)
    try:
        text = decode_text(content)
    except UnreadableFile as error:
        raise Unreadable("problem_encoding", 422, str(error)) from error
    if not name.lower().endswith((".json", ".jsonl", ".ndjson")):
        return msgspec.structs.replace(typed, text=text, id=typed.id or name)
    record = _record(text.strip().encode())
    return Article(
        id=str(record.id),
        text=record.text,
        outlet=str(record.outlet) if record.outlet not in (None, "") else typed.outlet,
        date=_readable_date(record.date) or typed.date,
        title=record.title or typed.title,
        url=record.url,
    )


def _record(given: bytes) -> Any:
    decoder = RecordDecoder()
    try:
        return decoder.decode(given)
    except LINE_ERRORS as error:
        first, _, rest = given.partition(b"\n")
        with suppress(*LINE_ERRORS):
            if decoder.decode(first) and rest:
                raise Unreadable("problem_several", 422) from None
        raise Unreadable("problem_file", 422, decoder.explain(given, error)[0]) from error


def _readable_date(value: str | None) -> str | None:
    """As an index does: a date that cannot be read is not known."""
    try:
        return iso_date(value or "")
    except ValueError:
        return None


def _heads(article: Article) -> list[str]:
    return [value for value in (article.id, article.outlet, article.title, article.url) if value]


class Filters(NamedTuple):
    """The conditions of a list of families or articles."""

    outlet: str | None
    other: str | None
    date_from: str | None
    date_to: str | None
    min_outlets: int
    title: str | None
    page: int


def filters_of(request: Request) -> Filters:
    """The conditions in the address of a page; what is left empty is none.

    Raises:
        BadValue: a date is none, a number is none or out of range.

    """
    query = request.query_params
    first, last = _day(query.get("from")), _day(query.get("to"))
    if first and last and first > last:
        raise BadValue(f"{first} is later than {last}")
    return Filters(
        outlet=query.get("outlet") or None,
        other=query.get("with") or None,
        date_from=first,
        date_to=last,
        min_outlets=_number(query.get("min"), 999),
        title=(query.get("title") or "").strip()[:MAX_FIELD] or None,
        page=_number(query.get("page"), MAX_PAGE),
    )


def id_of(request: Request, name: str = "id") -> str:
    """The id in the address of a page.

    Raises:
        BadValue: there is none.

    """
    value = request.query_params.get(name)
    if not value:
        raise BadValue(f"no {name}")
    return value


def _day(value: str | None) -> str | None:
    if not value:
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise BadValue(f"{value!r} is no date, such as 2025-11-24") from error


def _number(value: str | None, most: int) -> int:
    if not value:
        return 1
    if not (value.isascii() and value.isdigit() and len(value) < 10 and 1 <= int(value) <= most):
        raise BadValue(f"{value!r} is no number from 1 to {most}")
    return int(value)
