"""From what the user names to the files to read: kinds of file, what a folder holds, what a pattern matches."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from naskh.errors import SourceError
from naskh.sources.rejection import Rejection
from naskh.sources.streams import Compression

Kind = Literal["lines", "json", "text", "stdin", "parquet", "arrow", "csv", "tsv", "warc", "cdx"]

STDIN = "-"
ACCEPTED = (
    "naskh reads .jsonl, .ndjson and .json files of one JSON object a line, .csv and .tsv (these also compressed,"
    " .gz or .zst), .parquet, .arrow and .feather, .txt files of one article each, web archives (.warc, .wet, also"
    " .gz, and .cdx or .cdxj beside them), folders and quoted patterns of these, and - for standard input"
)

_COMPRESSIONS: dict[str, Compression] = {".gz": "gzip", ".zst": "zstd"}
_KINDS: dict[str, Kind] = {
    ".jsonl": "lines", ".ndjson": "lines", ".json": "json", ".txt": "text", ".csv": "csv", ".tsv": "tsv",
    ".parquet": "parquet", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow",
    ".warc": "warc", ".wet": "warc", ".cdx": "cdx", ".cdxj": "cdx",
}  # fmt: skip
# What may be compressed as a whole. Tables are inside, and web archives record by record.
_COMPRESSED: dict[Kind, tuple[Compression, ...]] = dict.fromkeys(("lines", "json", "csv", "tsv"), ("gzip", "zstd"))
_COMPRESSED |= {"warc": ("gzip",), "cdx": ("gzip",)}
# In a folder, .json is left alone: it is settings and metadata there as often as articles. So are the lists of
# records beside web archives, which are read themselves.
_FOLDER_KINDS = ("lines", "text", "parquet", "arrow", "csv", "tsv", "warc")
_PATTERN = re.compile(r"[*?[]")
# What a folder holds that is an index.
_INDEX = {"manifest.json", "lock"}


class SourceFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file to read. `size` is in bytes on disk; `id` names the article of a text file."""

    path: str
    kind: Kind
    compression: Compression | None = None
    size: int = 0
    id: str = STDIN

    @property
    def shown(self) -> str:
        """The path with every byte that is not UTF-8 escaped, so that it can be printed and put in JSON."""
        return printable(self.path)


class Located(msgspec.Struct, frozen=True):
    """The files of the sources, in reading order, and the folders inside them that could not be listed."""

    files: list[SourceFile]
    rejections: list[Rejection]


def locate(sources: list[str]) -> Located:
    """Find the files of all `sources`. Raises SourceError for one that is missing or of another kind."""
    located = Located([], [])
    for source in sources:
        located.files.extend(_files_of(source, located.rejections))
    if sum(file.kind == "stdin" for file in located.files) > 1:
        raise SourceError("standard input (-) is named twice, but can be read only once")
    return located


def printable(path: str) -> str:
    r"""Return `path` as valid Unicode: bytes of a file name that are not UTF-8 become \xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _files_of(source: str, rejections: list[Rejection]) -> Iterator[SourceFile]:
    if source == STDIN:
        yield SourceFile(path=STDIN, kind="stdin")
        return
    try:
        status = Path(source).stat()
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError) and _PATTERN.search(source):
            yield from _matched(source, rejections)
            return
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"{printable(source)}: {reason}; {ACCEPTED}") from error
    if stat.S_ISDIR(status.st_mode):
        yield from _files_in(source, rejections)
    else:
        yield _single_file(source, status.st_size)


def _single_file(source: str, size: int) -> SourceFile:
    name = Path(source).name
    found = _kind_of(name)
    if found is None:
        raise SourceError(f"{printable(source)}: this kind of file is not read; {ACCEPTED}")
    kind, compression = found
    return SourceFile(path=source, kind=kind, compression=compression, size=size, id=name)


def _files_in(folder: str, rejections: list[Rejection]) -> list[SourceFile]:
    """List the readable files under `folder`, sorted by their path within it."""
    unlisted: list[OSError] = []
    files = []
    for parent, folders, names in os.walk(folder, onerror=unlisted.append):
        if _INDEX.issubset(names):  # its list of rejections is no source
            if parent == folder:
                raise SourceError(f"{printable(folder)}: this is an index, no source; {ACCEPTED}")
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            found = None if name.startswith(".") else _kind_of(name)
            path = os.path.join(parent, name)  # noqa: PTH118 - the path as given: Path() would drop a leading ./
            if found is None or found[0] not in _FOLDER_KINDS or not _may_be_read(path):
                continue
            within = Path(path).relative_to(folder).as_posix()
            files.append(_file(path, found, within))
    if not files:
        reason = (
            unlisted[0].strerror
            if unlisted
            else "no .txt, .jsonl or .ndjson file in this folder, nor another kind that is read"
        )
        raise SourceError(f"{printable(folder)}: {reason}; {ACCEPTED}")
    rejections.extend(
        Rejection(
            file=printable(str(error.filename)),
            line=None,
            id=None,
            reason=f"cannot be read: {error.strerror}",
        )
        for error in unlisted
    )
    return sorted(files, key=lambda file: file.id)


def _matched(pattern: str, rejections: list[Rejection]) -> list[SourceFile]:
    """The files that a pattern stands for, sorted, and those in the folders that it does; "**" is any depth.

    Hidden files and the files of an index are left out; so are .json files and lists of records, unless the pattern
    names these. The id of a text is its path from the first folder on that the pattern leaves open.
    """
    root = _root(pattern)
    asked = _kind_of(pattern.rpartition("/")[2])
    allowed = {*_FOLDER_KINDS, *(asked or ())[:1]}
    files = []
    for path in sorted(set(_expanded(pattern))):
        if _is_in_index(path, root):
            continue
        if Path(path).is_dir():
            if "**" not in pattern.split("/"):  # else what is in it is matched itself
                with suppress(SourceError):  # there is nothing in it
                    files += _files_in(path, rejections)
            continue
        found = _kind_of(path.rpartition("/")[2])
        if found is not None and found[0] in allowed and _may_be_read(path):
            files.append(_file(path, found, path.removeprefix(root)))
    if not files:
        raise SourceError(f"{printable(pattern)}: no file of a kind that is read matches this pattern; {ACCEPTED}")
    return files


def _root(pattern: str) -> str:
    """The folder before the first part of a pattern that is not the name of what is there."""
    root = ""
    for part in pattern.split("/"):
        if _PATTERN.search(part) and not os.path.lexists(root + part):
            break
        root += f"{part}/"
    return root


def _expanded(pattern: str) -> list[str]:
    """The paths that a pattern stands for. A part of it that is the name of what is there stands for itself alone.

    The standard library's `glob` follows links to folders in "**": into a loop some forty times, into two of them
    for ever. Here "**" does not go into these, as a folder that is named does not.
    """
    *folders, last = pattern.split("/")
    found = [""]
    for part in folders:
        if part == "**":
            found = [folder for parent in found for folder, _ in _walked(parent)]
        else:
            found = [f"{path}/" for parent in found for path in _named(parent, part) if Path(path).is_dir()]
    if last == "**":
        return [folder + name for parent in found for folder, names in _walked(parent) for name in names]
    return [path for parent in found for path in _named(parent, last)]


def _named(parent: str, part: str) -> list[str]:
    """The paths in a folder, "" or with its slash, whose names a part of a pattern stands for."""
    if not part or os.path.lexists(parent + part):
        return [parent + part]
    try:
        names = os.listdir(parent or ".") if _PATTERN.search(part) else []  # noqa: PTH208 - no Path, for speed
    except OSError:
        return []
    return [parent + name for name in fnmatch.filter(names, part) if part.startswith(".") or name[0] != "."]


def _walked(folder: str) -> Iterator[tuple[str, list[str]]]:
    """A folder, "" or with its slash, and those below it, each with its slash and its files; no hidden ones."""
    for parent, folders, names in os.walk(folder or "."):
        folders[:] = [name for name in folders if name[0] != "."]
        within = parent if folder else parent[len("./") :]
        yield os.path.join(within, ""), [name for name in names if name[0] != "."]  # noqa: PTH118 - as given


def _is_in_index(path: str, root: str) -> bool:
    """Whether a path leads into an index below a folder."""
    return any(
        all((parent / name).exists() for name in _INDEX)
        for parent in (Path(path), *Path(path).parents)
        if parent != Path(root) and parent.is_relative_to(root)
    )


def _file(path: str, found: tuple[Kind, Compression | None], id_: str) -> SourceFile:
    return SourceFile(path=path, kind=found[0], compression=found[1], size=_size(path), id=id_)


def _kind_of(name: str) -> tuple[Kind, Compression | None] | None:
    stem, suffix = os.path.splitext(name.lower())  # noqa: PTH122 - runs for every name in a folder
    compression = _COMPRESSIONS.get(suffix)
    if compression is not None:
        suffix = os.path.splitext(stem)[1]  # noqa: PTH122
    kind = _KINDS.get(suffix)
    if kind is None or (compression is not None and compression not in _COMPRESSED.get(kind, ())):
        return None
    return kind, compression


def _may_be_read(path: str) -> bool:
    """Say no to a named pipe or socket, which could block for ever; a dangling link is for the reader."""
    try:
        return stat.S_ISREG(Path(path).stat().st_mode)
    except OSError:
        return True


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
