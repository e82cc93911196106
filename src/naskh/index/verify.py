"""Verifying an index: every file is read against its checksum, and for whether there is sense in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from naskh.errors import IndexCorrupt, IndexMissing
from naskh.index.checks import Checked, FileState, write_checked
from naskh.index.files import FileEntry, check_content, check_size, reason_of
from naskh.index.manifest import (
    MANIFEST,
    MANIFEST_COPY,
    Manifest,
    SegmentEntry,
    listed_files,
    read_manifest,
    segment_files,
)
from naskh.index.structure import problems


class Damage(msgspec.Struct, frozen=True):
    """A file that is not what was written; `segment` is null for the manifest."""

    file: str
    segment: str | None
    reason: str


class Outcome(msgspec.Struct, frozen=True):
    """What became of the live articles of a damaged segment: they were indexed again, or are lost."""

    segment: str
    recovered: int
    lost: int
    #: Lost articles whose ids are not known, so that they are not in the list of lost ones.
    unnamed: int
    #: Articles that had been deleted, but stand in that list, since the file that says which they are is damaged.
    perhaps_deleted: int


class VerifyReport(msgspec.Struct, frozen=True):
    """What `naskh verify` found: files, bytes and live articles that the manifest lists, and what is damaged."""

    generation: int
    segments: int
    files: int
    bytes: int
    articles: int
    damage: list[Damage]
    #: Live articles of the segments that have damage.
    damaged_articles: int
    #: Whether the index was repaired: the fields below are about that. The files of segments that had damage are in
    #: the folder `damaged`.
    repaired: bool = False
    #: Articles of these segments that were indexed again, and those that are lost.
    recovered: int = 0
    lost: int = 0
    #: Where the lost ones are listed, as far as their ids are known; null if there are none.
    lost_file: str | None = None
    outcomes: list[Outcome] = []
    #: Files of segments that the copy of a damaged manifest does not list: of commits after it, or of a writer that
    #: was killed. They are in the folder `damaged`, too.
    unlisted: int = 0


def verify(folder: Path, progress: Callable[[float], None] = lambda _: None) -> VerifyReport:
    """Read all files of an index against their checksums, whatever is known of them, and for sense.

    Args:
        folder: the index.
        progress: called with the share of the bytes that were read, 0 to 1.

    Raises:
        IndexMissing: there is no index.
        IndexCorrupt: the manifest and its copy are both damaged.
        FormatUnsupported: another version of naskh wrote it.

    """
    manifest, damage = find_manifest(folder)
    files = listed_files(manifest)
    total, done = sum(file.bytes for file in files) or 1, 0
    sound: Checked = {}
    for entry in manifest.segments:
        found: dict[str, str] = {}
        for file in segment_files(entry):
            state = _read(folder, file)
            if isinstance(state, FileState):
                sound[file.name] = state
            else:
                found[file.name] = state
            done += file.bytes
            progress(done / total)
        found |= {file.name: reason for file, reason in problems(folder, entry, manifest.settings, found)}
        damage += [Damage(name, entry.name, reason) for name, reason in found.items()]
    now, _ = find_manifest(folder)
    if damage and now.generation != manifest.generation:  # a writer replaced files meanwhile
        return verify(folder, progress)
    if not damage and now.generation == manifest.generation:
        write_checked(folder, sound)
    broken = {each.segment for each in damage}
    return VerifyReport(
        generation=manifest.generation,
        segments=len(manifest.segments),
        files=len(files),
        bytes=sum(file.bytes for file in files),
        articles=sum(map(_live, manifest.segments)),
        damage=damage,
        damaged_articles=sum(_live(entry) for entry in manifest.segments if entry.name in broken),
    )


def _live(entry: SegmentEntry) -> int:
    return entry.articles - entry.deleted_articles


def find_manifest(folder: Path) -> tuple[Manifest, list[Damage]]:
    """The manifest; where it is damaged, its copy, and the damage.

    Raises:
        IndexMissing, IndexCorrupt, FormatUnsupported: see `verify`.

    """
    try:
        return read_manifest(folder), []
    except IndexCorrupt as error:
        try:
            return read_manifest(folder, MANIFEST_COPY), [Damage(MANIFEST, None, str(error))]
        except (IndexCorrupt, IndexMissing):
            raise error from None


def _read(folder: Path, file: FileEntry) -> FileState | str:
    """A file that is what was written; or what is wrong with it."""
    try:
        status = check_size(folder / file.name, file)
        check_content(folder, file)
    except FileNotFoundError:
        return "it is missing"
    except IndexCorrupt as error:
        return reason_of(error)
    return FileState.of(file, status)
