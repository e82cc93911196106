"""Repairing an index: what is sound of a damaged one is kept.

Damaged files get a second name in the folder `damaged` before the commit, so that whenever all ends they are in one
folder or the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from naskh.index import disk
from naskh.index.files import READ_BYTES
from naskh.index.lock import writer_lock
from naskh.index.manifest import MANIFEST, segment_files, write_manifest
from naskh.index.snapshot import clear_debris, is_segment_file, own_files
from naskh.index.verify import VerifyReport, find_manifest, verify

#: The folder, inside the index, of what was taken out.
DAMAGED = "damaged"


def repair(folder: Path, progress: Callable[[float], None] = lambda _: None) -> VerifyReport:
    """Take the segments with damage out of an index, in one commit; restore the manifest from its copy if need be.

    The files that are taken out are kept in the folder `damaged` inside the index.

    Raises:
        IndexLocked: another process writes.
        IndexMissing, IndexCorrupt, FormatUnsupported: see `naskh.index.verify.verify`.

    """
    with writer_lock(folder):
        report = verify(folder, progress)
        manifest, of_manifest = find_manifest(folder)
        if not report.damage:
            clear_debris(folder, manifest)  # of a repair that ended after its commit
            return report
        broken = {found.segment for found in report.damage}
        taken = [file.name for entry in manifest.segments if entry.name in broken for file in segment_files(entry)]
        unlisted: list[str] = []
        if of_manifest:
            listed = own_files(manifest)
            names = sorted(path.name for path in folder.iterdir())
            unlisted = [name for name in names if is_segment_file(name) and name not in listed]
            taken.append(MANIFEST)
        _keep(folder, [*taken, *unlisted])
        repaired = msgspec.structs.replace(
            manifest,
            generation=manifest.generation + 1,
            segments=tuple(entry for entry in manifest.segments if entry.name not in broken),
        )
        write_manifest(folder, repaired)
        clear_debris(folder, repaired)
    return msgspec.structs.replace(report, repaired=True, unlisted=len(unlisted))


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
    disk.sync(folder / DAMAGED)


def _copy(path: Path, other: Path) -> None:
    with path.open("rb") as file, disk.create(other) as copy:
        while part := file.read(READ_BYTES):
            copy.write(part)
    disk.sync(other)
