"""The manifest: the one file that says what the index holds. Replacing it is what commits a change."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import msgspec
import xxhash

from naskh.errors import FormatUnsupported, IndexCorrupt, IndexMissing, SettingsMismatch
from naskh.index import disk
from naskh.index.files import FORMAT_VERSION, OLDEST_READABLE_FORMAT, FileEntry
from naskh.settings import Settings

MANIFEST = "manifest.json"
_FORMAT = "naskh-index"


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
    temporary = folder / (MANIFEST + ".new")
    disk.write(temporary, msgspec.json.encode(envelope) + b"\n")
    disk.sync(folder)  # the segments' names come before the manifest that lists them
    disk.rename(temporary, folder / MANIFEST)
    disk.sync(folder)


def read_manifest(folder: Path) -> Manifest:
    """The committed state.

    Raises:
        IndexMissing: the folder is no index.
        IndexCorrupt: the manifest is damaged.
        FormatUnsupported: a newer version of naskh wrote it.

    """
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
    except NotADirectoryError:
        raise IndexMissing(f"{folder} is a file, no naskh index: the index comes first, then the sources") from None
    except FileNotFoundError:
        raise IndexMissing(f"no naskh index at {folder}: create one with  naskh index {folder} SOURCE...") from None
    try:
        envelope = msgspec.json.decode(content, type=_Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise IndexCorrupt(f"{path} is damaged: {error}") from error
    if envelope.format != _FORMAT:
        raise IndexCorrupt(f"{path} is not the manifest of a naskh index")
    if not OLDEST_READABLE_FORMAT <= envelope.version <= FORMAT_VERSION:
        raise FormatUnsupported(
            f"{folder} has index format {envelope.version}; this naskh reads {OLDEST_READABLE_FORMAT} to "
            f"{FORMAT_VERSION}. Use the naskh that wrote it or a newer one."
        )
    if xxhash.xxh3_64_hexdigest(envelope.manifest) != envelope.checksum:
        raise IndexCorrupt(f"{path} is damaged: its checksum does not match")
    try:
        return msgspec.json.decode(envelope.manifest, type=Manifest)
    except msgspec.DecodeError as error:
        raise IndexCorrupt(f"{path} is damaged: {error}") from error


def manifest_state(folder: Path) -> tuple[int, int, int] | None:
    """What changes whenever a manifest is replaced, without reading it; None if it is not there."""
    try:
        status = (folder / MANIFEST).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def check_settings(folder: Path, stored: Settings, wanted: Settings) -> None:
    """Refuse to go on under other settings than those of the index."""
    if stored != wanted:
        raise SettingsMismatch(
            f"{folder} was built under other settings ({'; '.join(stored.differences(wanted))}). "
            "Leave the settings out to use its own, or index into a new folder."
        )
