"""Verifying an index: every file is read against its checksum; and keeping what is sound of a damaged one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from naskh.errors import IndexCorrupt, IndexMissing
from naskh.index import disk
from naskh.index.checks import Checked, FileState, write_checked
from naskh.index.files import FileEntry, check_content, check_size
from naskh.index.lock import writer_lock
from naskh.index.manifest import (
    MANIFEST,
    MANIFEST_COPY,
    Manifest,
    SegmentEntry,
    listed_files,
    read_manifest,
    segment_files,
    write_manifest,
)


class Damage(msgspec.Struct, frozen=True):
    """A file that is not what was written; `segment` is null for the manifest."""

    file: str
    segment: str | None
    reason: str


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
    #: Whether those segments were taken out of the index; their files are in the folder `damaged`.
    repaired: bool = False


def verify(folder: Path, progress: Callable[[float], None] = lambda _: None) -> VerifyReport:
    """Read all files of an index against their checksums, whatever is known of them.

    Args:
        folder: the index.
        progress: called with the share of the bytes that were read, 0 to 1.

    Raises:
        IndexMissing: there is no index.
        IndexCorrupt: the manifest and its copy are both damaged.
        FormatUnsupported: another version of naskh wrote it.

    """
    manifest, damage = _manifest(folder)
    files = listed_files(manifest)
    total, done = sum(file.bytes for file in files) or 1, 0
    sound: Checked = {}
    for entry in manifest.segments:
        for file in segment_files(entry):
            found = _read(folder, file)
            if isinstance(found, FileState):
                sound[file.name] = found
            else:
                damage.append(Damage(file.name, entry.name, found))
            done += file.bytes
            progress(done / total)
    now, _ = _manifest(folder)
    if damage and now.generation != manifest.generation:  # a writer replaced files meanwhile
        return verify(folder, progress)
    if not damage and now.generation == manifest.generation:
        write_checked(folder, sound)
    broken = {found.segment for found in damage}
    return VerifyReport(
        generation=manifest.generation,
        segments=len(manifest.segments),
        files=len(files),
        bytes=sum(file.bytes for file in files),
        articles=sum(map(_live, manifest.segments)),
        damage=damage,
        damaged_articles=sum(_live(entry) for entry in manifest.segments if entry.name in broken),
    )


def repair(folder: Path, progress: Callable[[float], None] = lambda _: None) -> VerifyReport:
    """Take the segments with damage out of an index, in one commit; restore the manifest from its copy if need be.

    The files that are taken out are kept in the folder `damaged` inside the index.

    Raises:
        IndexLocked: another process writes.
        IndexUnwritable: the system does not let the index be changed.
        IndexMissing, IndexCorrupt, FormatUnsupported: see `verify`.

    """
    with disk.changing(folder), writer_lock(folder):
        report = verify(folder, progress)
        if not report.damage:
            return report
        manifest, _ = _manifest(folder)
        broken = {found.segment for found in report.damage}
        write_manifest(
            folder,
            msgspec.structs.replace(
                manifest,
                generation=manifest.generation + 1,
                segments=tuple(entry for entry in manifest.segments if entry.name not in broken),
            ),
        )
        disk.make_folder(folder / "damaged")
        for entry in manifest.segments:
            for file in segment_files(entry) if entry.name in broken else ():
                if (folder / file.name).exists():
                    disk.rename(folder / file.name, folder / "damaged" / file.name)
    return msgspec.structs.replace(report, repaired=True)


def _live(entry: SegmentEntry) -> int:
    return entry.articles - entry.deleted_articles


def _manifest(folder: Path) -> tuple[Manifest, list[Damage]]:
    """The manifest; where it is damaged, its copy, and the damage."""
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
        return str(error).partition(" is damaged: ")[2].partition(". Restore")[0]
    return FileState.of(file, status)
