"""A snapshot: one committed state of the index, opened for reading. It does not change while it is used."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from naskh.article import Article
from naskh.errors import IndexUnusable, NaskhError, SettingsMismatch
from naskh.index import disk
from naskh.index.checks import CHECKED, Checked, check_files
from naskh.index.files import FINISHED, REJECTED, Kind, damaged
from naskh.index.lock import LOCK
from naskh.index.manifest import MANIFEST, MANIFEST_COPY, Manifest, listed_files, read_manifest, twin
from naskh.index.segment import Segment, hash_ids
from naskh.text.folding import NORMALISER_VERSION


class Place(NamedTuple):
    """Where an article is: a segment of the snapshot and a row in it."""

    segment: int
    row: int


class Snapshot:
    """Segments and manifest of one generation.

    Attributes:
        manifest: the committed state.
        segments: its segments, oldest first.
        checked: their files, which are what was written.

    """

    def __init__(self, manifest: Manifest, segments: list[Segment], checked: Checked) -> None:
        self.manifest = manifest
        self.segments = segments
        self.checked = checked

    @property
    def articles(self) -> int:
        """Live articles."""
        return sum(entry.articles - entry.deleted_articles for entry in self.manifest.segments)

    def find(self, article_id: str) -> Place | None:
        """Where the live article of this id is, if there is one."""
        hashes = hash_ids([article_id])
        for number, segment in enumerate(self.segments):
            for row in segment.find(hashes)[1].tolist():
                if segment.articles.column("id")[row].as_py() == article_id:
                    return Place(number, row)
        return None

    def article(self, place: Place, *, with_text: bool = False) -> Article:
        """The article at a place; its text is "" unless asked for (or where texts are not stored)."""
        segment = self.segments[place.segment]
        return segment.article(place.row, (segment.text(place.row) or "") if with_text else "")


def open_snapshot(folder: Path, earlier: Snapshot | None = None, known: Checked | None = None) -> Snapshot:
    """Open the committed state, whose files are held against their checksums (see `naskh.index.checks`).

    Segments that `earlier` has open already are shared with it. Files that are `known` to be sound are not read.

    A writer may replace files between our reading of the manifest and our opening them; then the manifest has
    a new generation, and is read again.

    Raises:
        IndexUnusable: see `naskh.errors`.

    """
    generation = -1
    while True:
        manifest = read_manifest(folder)
        if earlier is not None and earlier.manifest == manifest:
            return earlier
        check_normaliser(folder, manifest)
        try:
            sound = (known or {}) | (earlier.checked if earlier else {})
            checked = check_files(folder, listed_files(manifest), sound)
            return Snapshot(manifest, _open_segments(folder, manifest, earlier), checked)
        except FileNotFoundError as error:
            if manifest.generation == generation:
                raise damaged(Path(error.filename), "it is missing") from error
            generation = manifest.generation


def check_normaliser(folder: Path, manifest: Manifest) -> None:
    """Refuse an index whose words are others than this naskh would make.

    Raises:
        SettingsMismatch: another normaliser made it.

    """
    if manifest.settings.normaliser != NORMALISER_VERSION:
        raise SettingsMismatch(
            f"{folder} was built by normaliser {manifest.settings.normaliser}, and this naskh has normaliser "
            f"{NORMALISER_VERSION}: their words differ. Index the sources again into a new folder."
        )


def _open_segments(folder: Path, manifest: Manifest, earlier: Snapshot | None) -> list[Segment]:
    opened = {segment.entry.name: segment for segment in earlier.segments} if earlier else {}
    segments = []
    for entry in manifest.segments:
        known = opened.get(entry.name)
        if known is not None and known.entry.files == entry.files:
            segments.append(known.with_deleted(entry))
        else:
            segments.append(Segment(folder, entry, manifest.settings))
    return segments


def own_files(manifest: Manifest) -> set[str]:
    """The names of what may stand in the folder of an index."""
    return _segment_files(manifest) | {MANIFEST, MANIFEST_COPY, CHECKED, LOCK, REJECTED, FINISHED}


def _segment_files(manifest: Manifest) -> set[str]:
    """The names of the files that a manifest lists, and of the second ones of deleted rows."""
    twins = [twin(entry.deleted) for entry in manifest.segments if entry.deleted is not None]
    return {file.name for file in [*listed_files(manifest), *twins]}


def is_segment_file(name: str) -> bool:
    """Whether a file name has the form of a segment's files, so that a writer may clear it away as debris."""
    segment, _, rest = name.partition(".")
    kind = rest.removesuffix(".arrow").partition("-")[0]
    return segment.isdecimal() and rest.endswith(".arrow") and kind in set(Kind)


def clear_debris(folder: Path, manifest: Manifest) -> None:
    """Remove files that the manifest does not list: replaced ones, and those of a writer that was killed.

    Where its copy could not be made, what the earlier copy lists stays, too: that is all that there is when the
    manifest is damaged.
    """
    kept = _segment_files(manifest) | listed_by_copy(folder)
    begun = {name + disk.NEW for name in (MANIFEST, MANIFEST_COPY, CHECKED)}
    for path in folder.iterdir():
        if path.name in begun or (is_segment_file(path.name) and path.name not in kept and not path.is_dir()):
            disk.remove(path)


def clear_attempt(folder: Path) -> None:
    """Remove the files of a change that failed, be it before its manifest was in place or just after that.

    As far as that can be done: the next writer does it again, or where the manifest is damaged, the next repair.
    """
    with suppress(OSError, NaskhError):
        disk.sync(folder)  # the manifest that is read stays, before files that only an older one lists go
        clear_debris(folder, read_manifest(folder))


def listed_by_copy(folder: Path) -> set[str]:
    """The names of the segments' files by the copy of the manifest; none where it cannot be read."""
    try:
        return _segment_files(read_manifest(folder, MANIFEST_COPY))
    except (IndexUnusable, OSError):
        return set()
