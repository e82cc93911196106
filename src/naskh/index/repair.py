"""Repairing an index: what is sound of a damaged one is kept.

Damaged files get a second name in the folder `damaged` before the commit, so that whenever all ends they are in one
folder or the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import msgspec
import numpy as np

from naskh.errors import IndexCorrupt
from naskh.index import disk
from naskh.index.files import FINISHED, Kind
from naskh.index.keeping import DAMAGED, keep, sound_twins, write_twin
from naskh.index.lock import writer_lock
from naskh.index.manifest import (
    MANIFEST,
    MANIFEST_COPY,
    Manifest,
    SegmentEntry,
    renew_copy,
    segment_files,
    twin,
    write_manifest,
)
from naskh.index.pool import writing_pool
from naskh.index.recover import Recovery, list_lost, recover
from naskh.index.remains import Remains
from naskh.index.snapshot import check_normaliser, clear_attempt, clear_debris, is_segment_file, own_files
from naskh.index.twice import Taken, live_ids
from naskh.index.verify import VerifyReport, find_manifest, verify


def repair(folder: Path, progress: Callable[[float], None] = lambda _: None) -> VerifyReport:
    """Make a damaged index sound, in one commit; restore the manifest from its copy, or the copy, if need be.

    The articles of a segment with damage are indexed again as far as they can still be read and are what was given
    (see `naskh.index.remains`); the others are listed in the folder `damaged` inside the index, where the files of
    the segment are kept too.

    Args:
        folder: the index.
        progress: called with the share of the bytes that were read, 0 to 1; and then, from 0 on again, with the
            share of the articles in damaged segments that were gone through.

    Raises:
        IndexLocked: another process writes.
        IndexUnwritable: the system does not let the index be changed.
        SettingsMismatch: another normaliser made the index.
        IndexMissing, IndexCorrupt, FormatUnsupported, OSError: see `naskh.index.verify.verify`; IndexCorrupt also
            where the copy of a damaged manifest is older than a commit that replaced files which it lists.

    """
    find_manifest(folder)  # of what is no index nothing is touched
    with ExitStack() as held:
        with disk.changing(folder):
            held.enter_context(writer_lock(folder))
        report = verify(folder, progress)
        manifest, _ = find_manifest(folder)
        check_normaliser(folder, manifest)
        try:
            with disk.changing(folder):
                return _repaired(folder, manifest, report, progress)
        except BaseException:
            clear_attempt(folder)
            raise


def _repaired(
    folder: Path, manifest: Manifest, report: VerifyReport, progress: Callable[[float], None]
) -> VerifyReport:
    if not report.damage:
        clear_debris(folder, manifest)  # of a repair that ended after its commit
        return report
    of_manifest = [found.file for found in report.damage if found.segment is None]
    broken = [entry for entry in manifest.segments if entry.name in {found.segment for found in report.damage}]
    unlisted = _unlisted(folder, manifest) if MANIFEST in of_manifest else []
    _check_age(folder, broken, unlisted)
    kept = [name for name in of_manifest if name == MANIFEST or (folder / name).is_dir()]
    if not broken and MANIFEST not in of_manifest:  # only copies are damaged
        if kept:
            keep(folder, kept, (), manifest.generation)
        renew_copy(folder)
        _renew_twins(folder, manifest.segments, of_manifest)
        clear_debris(folder, manifest)
        return msgspec.structs.replace(report, repaired=True)
    taken = [file.name for entry in broken for file in segment_files(entry)]
    unreadable = {found.file for found in report.damage if found.unreadable}
    copies = keep(folder, [*taken, *unlisted, *kept], unreadable, manifest.generation)
    _renew_twins(folder, [entry for entry in manifest.segments if entry not in broken], of_manifest)
    if MANIFEST not in of_manifest:
        clear_debris(folder, manifest)  # of a repair that ended before its commit, whose names are given again
    # A file that has a second name must not be written again under its first.
    numbers = count(max([manifest.next_segment, *(int(name.partition(".")[0]) + 1 for name in unlisted)]))
    recovered = _recover(folder, manifest, report, copies, (f"{number:06}" for number in numbers), progress)
    outcomes = [recovery.outcome for recovery in recovered.values()]
    lost_file: Path | None = None
    if any(outcome.lost > outcome.unnamed for outcome in outcomes):
        lost_file = list_lost(folder / DAMAGED / f"lost-{manifest.generation:08}.jsonl", recovered.values())
        disk.sync(folder / DAMAGED)
    repaired = Manifest(
        settings=manifest.settings,
        generation=manifest.generation + 1,
        segments=_segments(manifest, recovered),
        next_segment=next(numbers),
    )
    disk.remove(folder / FINISHED)  # what was lost must be read again
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


def _renew_twins(folder: Path, entries: Sequence[SegmentEntry], damaged: Sequence[str]) -> None:
    """Write second files of deleted rows of sound segments again, where they are damaged."""
    for entry in entries:
        if entry.deleted is not None and twin(entry.deleted).name in damaged:
            disk.remove(folder / twin(entry.deleted).name)
            write_twin(folder, entry.deleted)


def _check_age(folder: Path, broken: Sequence[SegmentEntry], unlisted: Sequence[str]) -> None:
    """Refuse to go on from a copy of the manifest where a later commit replaced files that it lists.

    What replaced them cannot be told from what a writer that was killed left behind; but all that it has would be
    taken for lost.

    Raises:
        IndexCorrupt: see above.

    """
    needed = {Kind.ARTICLES, Kind.TEXTS}
    gone: list[str] = []
    later: list[str] = []
    for entry in broken:
        own = [entry.deleted, *(file for kind, file in entry.files.items() if kind in needed)]
        gone += [file.name for file in own if file is not None and not os.path.lexists(folder / file.name)]
        later += [name for name in unlisted if name.startswith(f"{entry.name}.{Kind.DELETED}-")]
        for name in unlisted:
            segment, _, kind = name.partition(".")
            whole = {f"{segment}.{each}.arrow" for each in entry.files}
            later += [name] if kind == f"{Kind.ARTICLES}.arrow" and whole <= set(unlisted) else []
    if gone and later:
        raise IndexCorrupt(
            f"{folder / MANIFEST} is damaged, and its copy is of an earlier commit: {gone[0]} is gone, which it "
            f"lists, and {later[0]} is there, which it does not list. Restore the folder, or a later "
            f"{MANIFEST_COPY}, from a copy, or index the sources again into a new folder; nothing was changed"
        )


def _recover(
    folder: Path,
    manifest: Manifest,
    report: VerifyReport,
    copies: Mapping[str, str],
    names: Iterator[str],
    progress: Callable[[float], None],
) -> dict[str, Recovery]:
    """Recover the segments that have damage, by their names."""
    segments = {found.segment for found in report.damage}
    settings = manifest.settings
    broken = [entry for entry in manifest.segments if entry.name in segments]
    twins = sound_twins(folder, broken)
    files = {found.file for found in report.damage} - twins.keys()
    copies = {**copies, **twins}
    sound = [live_ids(folder, entry)[0] for entry in manifest.segments if entry.name not in segments]
    taken = Taken(np.concatenate([np.zeros(0, np.uint64), *sound]))
    total, done = sum(entry.articles for entry in broken) or 1, 0
    found: dict[str, Recovery] = {}
    with writing_pool(os.cpu_count() or 1) as pool:
        for entry in broken:
            remains = Remains(folder, entry, files, copies, store_text=settings.store_text)

            def on_row(row: int, before: int = done) -> None:
                progress((before + row) / total)

            found[entry.name] = recover(folder, remains, names, settings, pool, taken, on_row)
            done += entry.articles
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
