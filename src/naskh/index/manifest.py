"""The manifest: the one file that says what the index holds. Replacing it is what commits a change."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec
import xxhash

from naskh.errors import FormatUnsupported, IndexCorrupt, IndexMissing, SettingsMismatch
from naskh.index import disk
from naskh.index.files import FORMAT_VERSION, OLDEST_READABLE_FORMAT, FileEntry, Kind, damaged, reading, reason_of
from naskh.settings import Settings

MANIFEST = "manifest.json"
MANIFEST_COPY = "manifest.copy.json"
_FORMAT = "naskh-index"
_SECOND = 10**9
#: Nanoseconds in which a file may be changed again without a later time to show for it: FAT counts in two seconds,
#: other file systems in the ticks of the system's clock, ten milliseconds at most.
_COARSE_TICK, _FINE_TICK = 2 * _SECOND, _SECOND // 10
#: What counts in a manifest is below this; a row of a segment, and what a segment has of rows, below the other.
_COUNTS = 1 << 63
_ROWS = 1 << 32
#: The number of a segment, and of a generation, in the name of a file.
_SEGMENT_NAME = re.compile(r"[0-9]{6,18}")
_DELETED_NAME = re.compile(rf"([0-9]{{6,18}})\.{Kind.DELETED.value}-([0-9]{{8,18}})\.arrow")

Decoded = TypeVar("Decoded")


class SegmentEntry(msgspec.Struct, frozen=True):
    """A segment: its files by kind, and the file of its deleted rows when there are any."""

    name: str
    articles: int
    paragraphs: int
    files: dict[str, FileEntry]
    deleted: FileEntry | None = None
    deleted_articles: int = 0


class Manifest(msgspec.Struct, frozen=True):
    """One committed state of the index. `generation` grows by one with each commit."""

    settings: Settings
    generation: int = 0
    segments: tuple[SegmentEntry, ...] = ()
    next_segment: int = 1
    #: Unicode version of the Python that wrote last: a character that is new since is folded otherwise.
    unicode: str = unicodedata.unidata_version


def segment_files(entry: SegmentEntry) -> list[FileEntry]:
    """All files of a segment."""
    return [*entry.files.values(), *([entry.deleted] if entry.deleted else [])]


def listed_files(manifest: Manifest) -> list[FileEntry]:
    """All files that a manifest lists."""
    return [file for entry in manifest.segments for file in segment_files(entry)]


def twin(deleted: FileEntry) -> FileEntry:
    """The second file of a segment's deleted rows: the same content; it may be missing."""
    return msgspec.structs.replace(deleted, name=deleted.name.removesuffix(".arrow") + ".copy.arrow")


class _Envelope(msgspec.Struct):
    """The file: the checksum (XXH3-64, hexadecimal) is over the bytes of the `manifest` value."""

    format: str
    version: int
    checksum: str
    manifest: msgspec.Raw


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest. Readers see the old one or the new one, never a part; so does a crash."""
    raw = msgspec.json.encode(manifest)
    envelope = _Envelope(_FORMAT, FORMAT_VERSION, xxhash.xxh3_64_hexdigest(raw), msgspec.Raw(raw))
    disk.replace(folder / MANIFEST, msgspec.json.encode(envelope) + b"\n", durable=True)
    copy_manifest(folder)


def copy_manifest(folder: Path) -> None:
    """See to it that the copy of the manifest, for `naskh verify --repair`, is of this one."""
    with suppress(OSError):  # a full disk, say: nothing is lost, and the next writer makes it
        renew_copy(folder)


def renew_copy(folder: Path) -> None:
    """As `copy_manifest`; an OSError where the system does not let it be made."""
    content = (folder / MANIFEST).read_bytes()
    copy = folder / MANIFEST_COPY
    try:
        is_current = copy.read_bytes() == content
    except OSError:  # it is not there, or cannot be read
        is_current = False
    if not is_current:
        disk.replace(copy, content, durable=False)


def damage_of_copy(folder: Path) -> str | None:
    """What is wrong with the copy of the manifest, which is sound; None where it is the same."""
    try:
        if (folder / MANIFEST_COPY).read_bytes() == (folder / MANIFEST).read_bytes():
            return None
        read_manifest(folder, MANIFEST_COPY)
    except (FileNotFoundError, IndexMissing):
        return "it is missing"
    except IndexCorrupt as error:
        return reason_of(error)
    except FormatUnsupported as error:
        return str(error)
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return "it is of another commit than the manifest"


def read_manifest(folder: Path, name: str = MANIFEST) -> Manifest:
    """The committed state.

    Args:
        folder: the index.
        name: of the file: the manifest's, or its copy's.

    Raises:
        IndexMissing: the folder is no index.
        IndexCorrupt: the manifest is damaged, or missing where its copy is there.
        FormatUnsupported: another version of naskh wrote it, in a format that this one does not read.

    """
    path = folder / name
    try:
        with reading(path):
            content = path.read_bytes()
    except NotADirectoryError:
        raise IndexMissing(f"{folder} is a file, no naskh index: the index comes first, then the sources") from None
    except FileNotFoundError:
        if name == MANIFEST and (folder / MANIFEST_COPY).exists():
            raise damaged(path, "it is missing") from None
        raise IndexMissing(f"no naskh index at {folder}: create one with  naskh index {folder} SOURCE...") from None
    envelope = _decoded(path, content, _Envelope)
    if envelope.format != _FORMAT:
        raise damaged(path, "it is not the manifest of a naskh index")
    if not OLDEST_READABLE_FORMAT <= envelope.version <= FORMAT_VERSION:
        remedy = (
            "Use the naskh that wrote it or a newer one."
            if envelope.version > FORMAT_VERSION
            else "Index the sources again into a new folder."
        )
        raise FormatUnsupported(
            f"{folder} has index format {envelope.version}; this naskh reads {OLDEST_READABLE_FORMAT} to "
            f"{FORMAT_VERSION}. {remedy}"
        )
    if xxhash.xxh3_64_hexdigest(envelope.manifest) != envelope.checksum:
        raise damaged(path, "its checksum does not match")
    manifest = _decoded(path, envelope.manifest, Manifest)
    nonsense = next(_nonsense(manifest), None)
    if nonsense is not None:
        raise damaged(path, nonsense)
    return manifest


def _decoded(path: Path, content: bytes | msgspec.Raw, type_: type[Decoded]) -> Decoded:
    try:
        return msgspec.json.decode(content, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise damaged(path, str(error)) from error


def _nonsense(manifest: Manifest) -> Iterator[str]:
    """What cannot be, whatever the checksum says: files are made, read and removed by these names and numbers."""
    if not 0 <= manifest.generation < _COUNTS:
        yield f"generation is {manifest.generation}"
    names = [entry.name for entry in manifest.segments]
    for entry in manifest.segments:
        for what in _nonsense_of(entry, manifest):
            yield f"segment {entry.name!r}: {what}"
    if len(set(names)) < len(names):
        yield "a segment is listed twice"
    if not max((int(name) for name in names), default=0) < manifest.next_segment < _COUNTS:
        yield f"next_segment is {manifest.next_segment}, which is not behind the segments"


def _nonsense_of(entry: SegmentEntry, manifest: Manifest) -> Iterator[str]:
    if not _SEGMENT_NAME.fullmatch(entry.name) or entry.name != f"{int(entry.name):06}":
        yield "its name is no number of six digits or more"
    kinds = {kind.value for kind in Kind} - {Kind.DELETED.value}
    if not manifest.settings.store_text:
        kinds.remove(Kind.TEXTS.value)
    if entry.files.keys() != kinds:
        yield f"it has files of the kinds {', '.join(entry.files)}"
    for kind, file in entry.files.items():
        if file.name != f"{entry.name}.{kind}.arrow":
            yield f"its file of the kind {kind} has the name {file.name!r}"
    if not (0 <= entry.articles < _ROWS and 0 <= entry.paragraphs < _ROWS):
        yield f"it has {entry.articles:,} articles and {entry.paragraphs:,} paragraphs"
    if not 0 <= entry.deleted_articles <= entry.articles or bool(entry.deleted_articles) != bool(entry.deleted):
        yield f"{entry.deleted_articles:,} of its {entry.articles:,} articles are deleted"
    if entry.deleted is not None:
        parts = _DELETED_NAME.fullmatch(entry.deleted.name)
        if parts is None or parts[1] != entry.name or int(parts[2]) > manifest.generation:
            yield f"its file of the kind deleted has the name {entry.deleted.name!r}"
    if not all(0 <= file.bytes < _COUNTS for file in segment_files(entry)):
        yield "a file has no such size"


ManifestState = tuple[int, int, int]


def manifest_state(folder: Path) -> ManifestState | None:
    """What changes whenever a manifest is replaced, without reading it.

    Returns:
        None if it is not there; or so new that the next one may look the same: a file system gives the number of a
        file that is gone to another, and some count time in seconds.

    """
    try:
        status = (folder / MANIFEST).stat()
    except OSError:
        return None
    in_seconds = status.st_mtime_ns % _SECOND == 0
    if status.st_mtime_ns > time.time_ns() - (_COARSE_TICK if in_seconds else _FINE_TICK):
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def check_settings(folder: Path, stored: Settings, wanted: Settings) -> None:
    """Refuse to go on under other settings than those of the index."""
    if stored != wanted:
        raise SettingsMismatch(
            f"{folder} was built under other settings ({'; '.join(stored.differences(wanted))}). "
            "Leave the settings out to use its own, or index into a new folder."
        )
