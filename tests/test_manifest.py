"""A manifest in which there is no sense is refused, whatever its checksum says: nothing is done by its names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from naskh import Index
from naskh.cli import cli
from naskh.errors import IndexCorrupt
from naskh.index.manifest import (
    MANIFEST,
    MANIFEST_COPY,
    Manifest,
    SegmentEntry,
    read_manifest,
    write_manifest,
)
from naskh.index.repair import repair
from naskh.index.verify import verify
from naskh.settings import Settings

Change = Callable[[Manifest], Manifest]


def first(**changes: object) -> Change:
    """Change fields of the first segment."""

    def change(manifest: Manifest) -> Manifest:
        entry = msgspec.structs.replace(manifest.segments[0], **changes)
        return msgspec.structs.replace(manifest, segments=(entry, *manifest.segments[1:]))

    return change


def of_first(change: Callable[[SegmentEntry], dict[str, object]]) -> Change:
    """Change fields of the first segment by what they are."""
    return lambda manifest: first(**change(manifest.segments[0]))(manifest)


def file_named(name: str) -> Change:
    """Give the file of bands of the first segment another name."""
    return of_first(
        lambda entry: {"files": entry.files | {"bands": msgspec.structs.replace(entry.files["bands"], name=name)}}
    )


def deleted_named(name: str) -> Change:
    """Give the file of deleted rows another name."""
    return of_first(lambda entry: {"deleted": msgspec.structs.replace(entry.deleted, name=name)})


def whole(**changes: object) -> Change:
    return lambda manifest: msgspec.structs.replace(manifest, **changes)


def without_bands(entry: SegmentEntry) -> dict[str, object]:
    return {"files": {kind: file for kind, file in entry.files.items() if kind != "bands"}}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (first(name="/tmp/x/evil"), "its name is no number"),  # noqa: S108 - nothing is made there
        (first(name="../1"), "its name is no number"),
        (first(name="٠٠٠٠٠١"), "its name is no number"),
        (first(name="0000001"), "its name is no number"),
        (file_named("/etc/passwd"), "its file of the kind bands has the name '/etc/passwd'"),
        (file_named("000002.bands.arrow"), "has the name '000002.bands.arrow'"),
        (file_named("lock"), "has the name 'lock'"),
        (deleted_named("../000001.deleted-00000004.arrow"), "has the name '../000001"),
        (deleted_named("000002.deleted-00000004.arrow"), "has the name '000002"),
        (deleted_named("000001.deleted-00000009.arrow"), "has the name '000001.deleted-00000009.arrow'"),
        (of_first(without_bands), "it has files of the kinds articles"),
        (of_first(lambda entry: {"files": entry.files | {"x": entry.files["ids"]}}), "it has files of the kinds"),
        (whole(settings=Settings(store_text=False)), "it has files of the kinds"),
        (first(articles=10**15), "1,000,000,000,000,000 articles"),
        (first(articles=-5), "-5 articles"),
        (first(paragraphs=1 << 32), "4,294,967,296 paragraphs"),
        (first(deleted_articles=17), "17 of its 16 articles are deleted"),
        (first(deleted_articles=-1), "-1 of its 16 articles are deleted"),
        (first(deleted=None), "1 of its 16 articles are deleted"),
        (file_named("000001.bands.arrow\x1b[2J"), r"arrow\x1b[2J'"),
        (lambda manifest: whole(segments=manifest.segments * 2)(manifest), "a segment is listed twice"),
        (whole(next_segment=3), "next_segment is 3"),
        (whole(generation=-1), "generation is -1"),
    ],
)
def test_a_manifest_without_sense_is_damaged(three: Index, change: Change, reason: str) -> None:
    write_manifest(three.path, change(read_manifest(three.path)))
    before = {path.name: path.read_bytes() for path in three.path.iterdir()}
    for use in (lambda: len(Index(three.path)), lambda: verify(three.path), lambda: repair(three.path)):
        with pytest.raises(IndexCorrupt) as found:
            use()
        assert f"{three.path / MANIFEST} is damaged" in str(found.value)
        assert reason in str(found.value)
    assert {path.name: path.read_bytes() for path in three.path.iterdir()} == before


@pytest.mark.parametrize(
    ("field", "value"), [("bands", "0"), ("bands", "100"), ("shingle_words", "2147483648"), ("seed", "-1")]
)
def test_settings_that_cannot_be_are_damage(three: Index, field: str, value: str) -> None:
    from xxhash import xxh3_64_hexdigest

    manifest = read_manifest(three.path)
    raw = msgspec.json.encode(manifest)
    old = f'"{field}":{getattr(manifest.settings, field)}'.encode()
    assert raw.count(old) == 1
    raw = raw.replace(old, f'"{field}":{value}'.encode())
    content = b'{"format":"naskh-index","version":3,"checksum":"%b","manifest":%b}\n'
    (three.path / MANIFEST).write_bytes(content % (xxh3_64_hexdigest(raw).encode(), raw))
    with pytest.raises(IndexCorrupt, match=rf"manifest\.json is damaged: .*{field}"):
        len(Index(three.path))


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"x":' + b"[" * 100_000, b'{"format":"\xff"}', b""])
def test_whatever_stands_in_a_manifest_is_an_error_of_one_line(three: Index, content: bytes) -> None:
    (three.path / MANIFEST).write_bytes(content)
    (three.path / MANIFEST_COPY).unlink()
    with pytest.raises(IndexCorrupt, match=r"manifest\.json is damaged"):
        verify(three.path)


def test_nothing_outside_the_index_is_touched(three: Index, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"x")
    write_manifest(three.path, file_named(str(precious))(read_manifest(three.path)))
    for command in (["verify", "--repair", str(three.path)], ["delete", str(three.path), "x"]):
        assert isinstance(CliRunner().invoke(cli, command).exception, IndexCorrupt)
    assert [path.name for path in tmp_path.iterdir() if path != three.path] == ["precious"]
    assert precious.read_bytes() == b"x"
