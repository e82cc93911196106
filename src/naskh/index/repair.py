"""Repairing an index: what is sound of a damaged one is kept.

Damaged files get a second name in the folder `damaged` before the commit, so that whenever all ends they are in one
folder or the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import msgspec

from naskh.errors import NaskhError
from naskh.index import disk
from naskh.index.files import READ_BYTES
from naskh.index.lock import writer_lock
from naskh.index.manifest import Manifest, SegmentEntry, read_manifest, segment_files, write_manifest
from naskh.index.pool import writing_pool
from naskh.index.recover import Recovery, list_lost, recover
from naskh.index.remains import Remains
from naskh.index.snapshot import check_normaliser, clear_debris, is_segment_file, own_files
from naskh.index.verify import Damage, VerifyReport, find_manifest, verify

#: The folder, inside the index, of what was taken out.
DAMAGED = "damaged"


def repair(folder: Path, progress: Callable[[float], None] = lambda _: None) -> VerifyReport:
    """Make a damaged index sound, in one commit; restore the manifest from its copy if need be.

    The articles of a segment with damage are indexed again as far as they can still be read and are what was given
    (see `naskh.index.remains`); the others are listed in the folder `damaged` inside the index, where the files of
    the segment are kept too.

    Args:
        folder: the index.
        progress: called with the share of the bytes that were read, 0 to 1.

    Raises:
        IndexLocked: another process writes.
        IndexUnwritable: the system does not let the index be changed.
        SettingsMismatch: another normaliser made the index.
        IndexMissing, IndexCorrupt, FormatUnsupported: see `naskh.index.verify.verify`.

    """
    with disk.changing(folder), writer_lock(folder), _clearing(folder):
        report = verify(folder, progress)
        manifest, of_manifest = find_manifest(folder)
        check_normaliser(folder, manifest)
        if not report.damage:
            clear_debris(folder, manifest)  # of a repair that ended after its commit
            return report
        unlisted = _unlisted(folder, manifest) if of_manifest else []
        broken = {found.segment for found in report.damage}
        taken = [file.name for entry in manifest.segments if entry.name in broken for file in segment_files(entry)]
        _keep(folder, [*taken, *unlisted, *(found.file for found in of_manifest)])
        # A file that has a second name must not be written again under its first.
        numbers = count(max([manifest.next_segment, *(int(name.partition(".")[0]) + 1 for name in unlisted)]))
        recovered = _recover(folder, manifest, report.damage, (f"{number:06}" for number in numbers))
        outcomes = [recovery.outcome for recovery in recovered.values()]
        lost_file: Path | None = None
        if any(outcome.lost > outcome.unnamed for outcome in outcomes):
            lost_file = folder / DAMAGED / f"lost-{manifest.generation:08}.jsonl"
            list_lost(lost_file, recovered.values())
        disk.sync(folder / DAMAGED)
        repaired = Manifest(
            settings=manifest.settings,
            generation=manifest.generation + 1,
            segments=_segments(manifest, recovered),
            next_segment=next(numbers),
        )
        write_manifest(folder, repaired)
        clear_debris(folder, repaired)
    return msgspec.structs.replace(
        report,
        repaired=True,
        recovered=sum(outcome.recovered for outcome in outcomes),
        lost=sum(outcome.lost for outcome in outcomes),
        lost_file=None if lost_file is None else str(lost_file),
        outcomes=outcomes,
        unlisted=len(unlisted),
    )


@contextmanager
def _clearing(folder: Path) -> Iterator[None]:
    """Clear away what a repair that fails has begun; where the manifest is damaged, the next one does."""
    try:
        yield
    except BaseException:
        with suppress(OSError, NaskhError):
            clear_debris(folder, read_manifest(folder))
        raise


def _recover(
    folder: Path, manifest: Manifest, damage: Iterable[Damage], names: Iterator[str]
) -> dict[str, Recovery]:
    """Recover the segments that have damage, by their names."""
    files = {found.file for found in damage}
    settings = manifest.settings
    found: dict[str, Recovery] = {}
    with writing_pool(os.cpu_count() or 1) as pool:
        for entry in manifest.segments:
            if any(file.name in files for file in segment_files(entry)):
                remains = Remains(folder, entry, files, store_text=settings.store_text)
                found[entry.name] = recover(folder, remains, names, settings, pool)
    return found


def _segments(manifest: Manifest, recovered: dict[str, Recovery]) -> tuple[SegmentEntry, ...]:
    """The segments of a manifest, with those that were recovered in the place of damaged ones."""
    segments = [recovered[entry.name].segment if entry.name in recovered else entry for entry in manifest.segments]
    return tuple(entry for entry in segments if entry is not None)


def _unlisted(folder: Path, manifest: Manifest) -> list[str]:
    """The names of segments' files that a manifest does not list."""
    listed = own_files(manifest)
    names = sorted(path.name for path in folder.iterdir())
    return [name for name in names if is_segment_file(name) and name not in listed]


def _keep(folder: Path, names: Iterable[str]) -> None:
    """Give files of an index a second name in the folder of what is damaged."""
    disk.make_folder(folder / DAMAGED)
    for name in names:
        path, kept = folder / name, folder / DAMAGED / name
        if not path.exists():
            continue
        if kept.exists():  # of a repair that ended before its commit
            disk.remove(kept)
        try:
            disk.link(path, kept)
        except OSError:  # the file system has no links
            _copy(path, kept)


def _copy(path: Path, other: Path) -> None:
    with path.open("rb") as file, disk.create(other) as copy:
        while part := file.read(READ_BYTES):
            copy.write(part)
    disk.sync(other)
