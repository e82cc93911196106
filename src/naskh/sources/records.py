"""One JSON line to the fields of an article, and why a line is none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import msgspec

from naskh.article import Article
from naskh.errors import SourceError
from naskh.sources.encoding import not_utf8

#: The fields of an article, in the order of their claim on an input field that two of them are read from.
_TYPES: dict[str, Any] = {
    "text": str,
    "id": str | int,
    "title": str | None,
    "url": str | None,
    "date": str | None,
    "outlet": str | int | None,
}
REQUIRED = ("text", "id")

#: What RecordDecoder.decode raises for a line that is no record; RecursionError for one nested too deeply.
LINE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# Left to right: a good surrogate pair, a lone surrogate (the group), any other escape.
_SURROGATES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
_ONE_A_LINE = "write one article a line, for example with jq -c"
_SHOWN_FIELDS = 8  # a rejection is one line on the terminal


class Record(Protocol):
    """The fields of one line, types checked, values not."""

    id: str | int
    text: str
    outlet: str | int | None
    date: str | None
    title: str | None
    url: str | None


class FieldNames:
    """Which field or column of the input each field of Article is read from.

    Raises SourceError for a field that articles do not have.

    Attributes:
        of: the name in the input, by field, in the order of their claim.
        asked: the fields that were given another name.

    """

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        fields = dict(fields or {})
        for name in fields:
            if name not in _TYPES:
                allowed = "id, text, outlet, date, title, url"
                raise SourceError(f"articles have no field {name!r}; the fields to read are: {allowed}")
        self.of = {name: fields.get(name, name) for name in _TYPES}
        self.asked = frozenset(fields)

    def named(self, name: str) -> str:
        """Name a field as the input does, with its meaning where that is another word."""
        key = self.of[name]
        return f"{key!r}" if key == name else f"{key!r} (read as {name})"


class RecordDecoder:
    """Decodes lines. `fields` maps a field of Article to the name it has in the input.

    Raises SourceError for a field that articles do not have.
    """

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        self.fields = FieldNames(fields)
        self._names = self.fields.of
        # Where another field is read from that of the text as well, it needs the text as a string.
        self._is_shared = list(self._names.values()).count(self._names["text"]) > 1
        self._decoder = msgspec.json.Decoder(_record_type(self._names, str if self._is_shared else msgspec.Raw))
        self._text_decoder = msgspec.json.Decoder(str)

    def decode(self, line: bytes) -> Record:
        """Decode one JSON object. Raises one of LINE_ERRORS.

        Of a field that stands there twice, the last counts; an earlier text may be anything, as in `decode_lines`.
        """
        record: Any = self._decoder.decode(line)
        if not self._is_shared:
            record.text = self._text_decoder.decode(record.text)
        return cast("Record", record)

    def decode_lines(self, block: bytes) -> list[Any] | None:
        """Decode the objects of some lines at once, leaving their texts as JSON; None where that cannot be.

        Raises one of LINE_ERRORS.
        """
        return None if self._is_shared else cast("list[Any]", self._decoder.decode_lines(block))

    def with_text(self, line: bytes, text: str) -> bytes:
        """A line that was decoded, with another text: its other fields as they are written there."""
        try:
            return self._with_text(line, text)
        except UnicodeDecodeError:  # in the name of a field that is not read, whose bytes stay
            broken = line.decode("utf-8", "surrogateescape")
            marks = _marks({ord(character) >> 8 for character in broken + text})
            marked = self._with_text(broken.translate(marks).encode(), text).decode()
            return marked.translate({mark: escaped for escaped, mark in marks.items()}).encode(
                "utf-8", "surrogateescape"
            )

    def _with_text(self, line: bytes, text: str) -> bytes:
        fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
        fields[self._names["text"]] = msgspec.Raw(msgspec.json.encode(text))
        return msgspec.json.encode(fields)

    def as_line(self, article: Article) -> bytes:
        """A line of the fields that an article has, named as they are read."""
        fields = {name: value for name, value in msgspec.structs.asdict(article).items() if value is not None}
        owners: dict[str, str] = {}
        for name, key in self._names.items():
            if name in fields:
                owners.setdefault(key, name)
        return msgspec.json.encode(
            {key: fields[name] for name in fields if owners[key := self._names[name]] == name}
        )

    def explain(self, line: bytes, error: Exception) -> tuple[str, str | None]:
        """Return why `decode` raised `error` for `line`, and the id of the article where it can be read."""
        try:
            line.decode("utf-8")
            document = msgspec.json.decode(line)
        except UnicodeDecodeError as bad:
            return not_utf8(line, bad.start, bad.start + 1), None
        except RecursionError:
            return "broken JSON: nested too deeply", None
        except msgspec.DecodeError as bad:
            return broken_json(line, str(bad)), None
        if not isinstance(document, dict):
            return _not_an_object(document), None
        return self._bad_field(document) or str(error), _readable_id(document.get(self._names["id"]))

    def _bad_field(self, document: dict[str, object]) -> str | None:
        for name in REQUIRED:
            if self._names[name] not in document:
                return f"no field {self.fields.named(name)}; the line has: {listed(list(document))}"
        for name, accepted in _TYPES.items():
            value = document.get(self._names[name])
            if (value is None and name not in REQUIRED) or type(value) is str:
                continue
            if type(value) is not int or accepted in (str, str | None):
                return f"field {self.fields.named(name)} is {_json_type(value)}, not a string"
        return None


def _marks(held: set[int]) -> dict[int, int]:
    """A character for private use for each byte that is not UTF-8, which Python escapes; of none of some blocks."""
    block = next(block for block in range(0xF00, 0x10FF) if block not in held)
    return {0xDC00 | byte: block << 8 | byte for byte in range(0x80, 0x100)}


def listed(names: Sequence[str]) -> str:
    """The names of the fields that there are, as many as are enough to recognise one's own data."""
    present = ", ".join(repr(name[:40]) for name in names[:_SHOWN_FIELDS])
    return (present or "none") + (", …" if len(names) > _SHOWN_FIELDS else "")


def incomplete(line: bytes) -> str | None:
    """Return what to say of a first line that is only the beginning of a document, else None."""
    try:
        msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        if "truncated" in str(error) and _lone_surrogate(line) is None:
            query = "'.[]'" if line.lstrip().startswith(b"[") else "."
            return f"not JSON lines: the first line is not a complete JSON object; {_ONE_A_LINE} {query}"
    except (UnicodeDecodeError, RecursionError):
        pass
    return None


def _record_type(names: Mapping[str, str], text: Any) -> type[msgspec.Struct]:
    """Make the struct for one naming, with texts of that type.

    Of two fields read from one key, the later mirrors the earlier.
    """
    types = {**_TYPES, "text": text}
    owners: dict[str, str] = {}
    mirrors: dict[str, Any] = {}
    for name, key in names.items():
        owner = owners.setdefault(key, name)
        if owner != name:
            mirrors[name] = property(_mirror(owner))
    fields = [
        (name, types[name]) if name in REQUIRED else (name, types[name], None)
        for name in _TYPES
        if name not in mirrors
    ]
    rename = {name: key for key, name in owners.items()}
    return msgspec.defstruct("Record", fields, rename=rename, namespace=mirrors)


def _mirror(owner: str) -> Any:
    def read(record: object) -> str | None:
        value = getattr(record, owner)
        return str(value) if type(value) is int else value

    return read


def broken_json(line: bytes, message: str) -> str:
    """Say what is wrong with a line that is no JSON, of which msgspec says `message`."""
    lone = _lone_surrogate(line)
    if lone is not None:
        # msgspec says "truncated" of some of these.
        return f"lone surrogate {lone.group(1).decode('ascii')} at column {lone.start() + 1}: half a character"
    message = message.removeprefix("JSON is malformed: ").partition(" - at ")[0]
    return f"broken JSON: {message[:1].lower()}{message[1:]}"


def _lone_surrogate(line: bytes) -> re.Match[bytes] | None:
    return next((match for match in _SURROGATES.finditer(line) if match.group(1)), None)


def _not_an_object(document: object) -> str:
    reason = f"{_json_type(document)}, not a JSON object"
    return f"{reason}; {_ONE_A_LINE} '.[]'" if isinstance(document, list) else reason


def _json_type(value: object) -> str:
    if value is None:
        return "null"
    names = {str: "a string", bool: "true or false", int: "a number", float: "a number", list: "an array"}
    return names.get(type(value), "an object")


def _readable_id(value: object) -> str | None:
    if type(value) is int:
        return str(value)
    return value if isinstance(value, str) else None
