"""Verifying an index: every file is read against its checksum, and for whether there is sense in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from naskh.errors import IndexCorrupt, IndexMissing
from naskh.index.checks import Checked, FileState, write_checked
from naskh.index.compaction import live
from naskh.index.files import FileEntry, Kind, check_file, reason_of
from naskh.index.manifest import (
    MANIFEST,
    MANIFEST_COPY,
    Manifest,
    SegmentEntry,
    damage_of_copy,
    listed_files,
    read_manifest,
    segment_files,
    twin,
)
from naskh.index.structure import problems
from naskh.index.twice import standing_twice

#: Rounds of reading beside a writer: each but the first reads what was committed during the one before.
_ROUNDS = 8
#: Seconds until the copy of the manifest is looked at again where it is another one.
_WAITS = (0.0, 0.05, 0.2)


class Damage(msgspec.Struct, frozen=True):
    """A file that is not what was written; `segment` is null for the manifest and for copies."""

    file: str
    segment: str | None
    reason: str
    #: The system cannot read all of it.
    unreadable: bool = False


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

    Where a writer replaces files before they are read, those that it commits are read instead; after some rounds of
    that, what was replaced is left out.

    Args:
        folder: the index.
        progress: called with the share of the bytes that were read, 0 to 1.

    Raises:
        IndexMissing: there is no index.
        IndexCorrupt: the manifest and its copy are both damaged.
        FormatUnsupported: another version of naskh wrote it.
        OSError: a file may be sound, but the system does not let it be read: no permission, say.

    """
    reading = _Reading(folder, progress)
    for _ in range(_ROUNDS):
        manifest, of_manifest = find_manifest(folder)
        found = reading.damage(manifest)
        now, _ = find_manifest(folder)
        listed = {file.name for file in listed_files(now)}
        damage = [each for each in found if each.file in listed]
        if len(damage) == len(found):
            break
    if not found and now.generation == manifest.generation:
        write_checked(folder, reading.sound)
    if not of_manifest:
        of_manifest = _damage_of_copy(folder)
    of_manifest += _damage_of_twins(folder, manifest)
    broken = {each.segment for each in damage}
    files = listed_files(manifest)
    return VerifyReport(
        generation=manifest.generation,
        segments=len(manifest.segments),
        files=len(files),
        bytes=sum(file.bytes for file in files),
        articles=sum(map(live, manifest.segments)),
        damage=[*of_manifest, *damage],
        damaged_articles=sum(live(entry) for entry in manifest.segments if entry.name in broken),
    )


class _Reading:
    """Reads the files of an index; those that were sound once are not read again.

    Attributes:
        sound: the files that were sound.

    """

    def __init__(self, folder: Path, progress: Callable[[float], None]) -> None:
        self.sound: Checked = {}
        self._folder = folder
        self._progress = progress
        self._segments: dict[str, SegmentEntry] = {}  # in which nothing is wrong

    def damage(self, manifest: Manifest) -> list[Damage]:
        """What is damaged of the files that a manifest lists."""
        total, done = sum(file.bytes for file in listed_files(manifest)) or 1, 0
        damage: list[Damage] = []
        for entry in manifest.segments:
            if self._segments.get(entry.name) == entry:
                done += sum(file.bytes for file in segment_files(entry))
                continue
            found: dict[str, Damage] = {}
            for file in segment_files(entry):
                self._read(file, entry.name, found)
                done += file.bytes
                self._progress(done / total)
            for file, reason in problems(self._folder, entry, manifest.settings, found):
                found[file.name] = Damage(file.name, entry.name, reason)
            if not found:
                self._segments[entry.name] = entry
            damage += found.values()
        return damage or list(self._standing_twice(manifest))

    def _read(self, file: FileEntry, segment: str, found: dict[str, Damage]) -> None:
        """Hold a file against its checksum; what is wrong with it goes to what was found."""
        if file.name in self.sound and self.sound[file.name].xxh3 == file.xxh3:
            return
        try:
            status = check_file(self._folder, file)
        except FileNotFoundError:
            found[file.name] = Damage(file.name, segment, "it is missing")
        except IndexCorrupt as error:
            unreadable = isinstance(error.__cause__, OSError)
            found[file.name] = Damage(file.name, segment, reason_of(error), unreadable=unreadable)
        else:
            self.sound[file.name] = FileState.of(file, status)

    def _standing_twice(self, manifest: Manifest) -> Iterator[Damage]:
        try:
            for entry, reason in standing_twice(self._folder, manifest.segments):
                yield Damage(entry.files[Kind.IDS.value].name, entry.name, reason)
        except FileNotFoundError as error:  # replaced just now
            yield Damage(Path(error.filename or "").name, None, "it is missing")


def find_manifest(folder: Path) -> tuple[Manifest, list[Damage]]:
    """The manifest; where it is damaged, its copy, and the damage.

    Raises:
        IndexMissing, IndexCorrupt, FormatUnsupported: see `verify`.

    """
    try:
        return read_manifest(folder), []
    except IndexCorrupt as error:
        reason = reason_of(error)
        try:
            return read_manifest(folder, MANIFEST_COPY), [Damage(MANIFEST, None, reason)]
        except IndexMissing:
            of_copy = "is missing"
        except IndexCorrupt as other:
            of_copy = f"is damaged, too ({reason_of(other)})"
        raise IndexCorrupt(
            f"{folder / MANIFEST} is damaged: {reason}; and its copy {MANIFEST_COPY} {of_copy}. Restore the folder "
            "from a copy, or index the sources again into a new folder"
        ) from None


def _damage_of_twins(folder: Path, manifest: Manifest) -> Iterator[Damage]:
    """The damage of second files of deleted rows; one that is missing is none."""
    for entry in manifest.segments:
        if entry.deleted is not None:
            file = twin(entry.deleted)
            try:
                check_file(folder, file)
            except FileNotFoundError:
                continue
            except IndexCorrupt as error:
                yield Damage(file.name, None, reason_of(error))


def _damage_of_copy(folder: Path) -> list[Damage]:
    """The damage of the copy of a sound manifest, if it stays: a writer makes the copy after the manifest."""
    found: list[Damage] = []
    for wait in _WAITS:
        time.sleep(wait)
        reason = damage_of_copy(folder)
        if reason is None:
            return []
        found = [Damage(MANIFEST_COPY, None, reason)]
    return found
