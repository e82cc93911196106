"""What the documents say is so: paths exist, the transcript is what the demo prints, the known answers hold."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
import xxhash

from conftest import ROOT
from naskh import Article, Index, Settings, normalize
from naskh.index.checks import CHECKED, read_checked, write_checked
from naskh.index.files import FileEntry, Kind, check_content, map_table
from naskh.index.manifest import MANIFEST, read_manifest, write_manifest
from naskh.index.postings import bucket_bits
from naskh.sketch.reference import permutations, sketch_text


@pytest.mark.parametrize(
    "document",
    [
        *("README.md", "ARCHITECTURE.md", "CHANGELOG.md"),
        *("docs/format.md", "docs/editors.md", "docs/report.md", "docs/serve.md", "docs/spark.md"),
    ],
)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    named = re.findall(r"`((?:src|tests|docs|examples|benchmarks)/[\w./-]*)`", text)
    linked = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    missing = [path for path in named if not (ROOT / path).exists()]
    missing += [link for link in linked if not ((ROOT / document).parent / link).exists()]
    assert missing == []


def settled(transcript: str) -> list[str]:
    """The lines of a transcript without what differs from run to run: seconds and rates."""
    lines = [re.sub(r"[\d.,]+ s\b|[\d,]+ articles/s", "#", line).rstrip() for line in transcript.splitlines()]
    return [line for line in lines if line]


def test_the_readme_opens_with_what_the_demo_prints(tmp_path: Path) -> None:
    (transcript,) = re.findall(r"```console\n\$ make demo\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    command = ["bash", str(ROOT / "examples" / "demo.sh"), str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    printed = done.stdout.replace(str(tmp_path / "demo"), "demo")
    assert settled(transcript) == settled(printed)


FORMAT = ROOT / "docs" / "format.md"


def section(title: str) -> str:
    """A section of the format, up to the next one."""
    return re.split(r"^#+ ", FORMAT.read_text().split(f"## {title}\n")[1], flags=re.MULTILINE)[0]


def blocks(title: str) -> list[str]:
    """The code blocks of a section."""
    return re.findall(r"```\w*\n(.*?)```", section(title), re.DOTALL)


def test_the_known_answers_of_the_format_hold() -> None:
    text = FORMAT.read_text()
    (article,) = re.findall(r"for the text `(.+?)`:", text)
    answers = dict(re.findall(r"^\| (.+?) \| (`.+`) \|$", section("Known answers"), re.MULTILINE))
    sketch = sketch_text(article, Settings())
    written = {
        "folded": [normalize(article)],
        "shingle hashes": [f"{value:08x}" for value in sketch.shingles],
        "`a`, first four": [f"{value:08x}" for value in permutations(128, 1)[0][:4]],
        "`b`, first four": [f"{value:08x}" for value in permutations(128, 1)[1][:4]],
        "signature, first four": [f"{value:08x}" for value in sketch.signatures[0, :4]],
        "band keys, first three": [f"{value:08x}" for value in sketch.band_keys[0, :3]],
        "FracMinHash": [f"{value:08x}" for value in sketch.frac],
    }
    assert answers == {name: ", ".join(f"`{value}`" for value in values) for name, values in written.items()}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the articles of the format's example."""
    index = Index(tmp_path_factory.mktemp("format") / "index")
    index.add(msgspec.json.decode(line, type=Article) for line in blocks("Files")[0].splitlines())
    index.delete(["b"])
    return index.path


def shown(buffer: pa.Buffer | None) -> str:
    """The bytes of a buffer; an empty one need not be there."""
    return f"`{buffer.to_pybytes().hex()}`" if buffer is not None and buffer.size else "–"


def test_the_files_of_the_example_are_those_that_are_written(tiny: Path) -> None:
    entry = read_manifest(tiny).segments[0]
    assert entry.deleted is not None
    rows = []
    for kind, file in [*entry.files.items(), ("deleted", entry.deleted)]:
        table = map_table(tiny, file, Kind(kind))
        for name, column in zip(table.schema.names, table.columns, strict=True):
            if name != "block":  # zstd may compress it in other ways
                rows.append(f"| `{kind}` | `{name}` | {', '.join(map(shown, column.buffers()))} |")
    assert re.findall(r"^\| `.*\|$", section("Files"), re.MULTILINE) == rows


def test_the_texts_and_digests_of_the_example_are_those_that_are_written(tiny: Path) -> None:
    segment = Index(tiny).snapshot.segments[0]
    packed, frame, fields = (re.sub(r"\s", "", block) for block in blocks("Texts and digests"))
    assert segment.text_block(0).hex() == packed
    assert pa.decompress(bytes.fromhex(frame), len(packed) // 2, "zstd", asbytes=True).hex() == packed
    (seed, digest) = re.findall(r"`([0-9a-f]{16})`", section("Texts and digests"))
    assert f"{xxhash.xxh3_64_intdigest(bytes.fromhex(fields)):016x}" == seed
    assert f"{segment.digests[0]:016x}" == digest
    text = segment.text(0)
    assert text is not None
    assert f"{xxhash.xxh3_64_intdigest(text.encode(), int(seed, 16)):016x}" == digest


def test_the_numbers_of_buckets_are_those_that_are_written() -> None:
    rows = re.findall(r"^\| ([\d,]+) \| (\d+) \| (\d+) \|$", section("Buckets"), re.MULTILINE)
    assert len(rows) > 4
    for entries, *bits in rows:
        count = int(entries.replace(",", ""))
        assert [str(1 << bucket_bits(count, key_bits)) for key_bits in (28, 32)] == bits


def test_the_manifest_of_the_example_is_read_and_written_to_the_byte(tiny: Path, tmp_path: Path) -> None:
    (example,) = blocks("A manifest")
    (tmp_path / MANIFEST).write_text(example)
    manifest = read_manifest(tmp_path)
    write_manifest(tmp_path, manifest)
    assert (tmp_path / MANIFEST).read_text() == example
    written = read_manifest(tiny)
    same = {"unicode": manifest.unicode, "segments": manifest.segments}
    assert msgspec.structs.replace(written, **same) == manifest
    for found, wanted in zip(written.segments, manifest.segments, strict=True):
        assert found.files.keys() == wanted.files.keys()
        assert (found.name, found.articles, found.paragraphs) == (wanted.name, wanted.articles, wanted.paragraphs)
        assert found.deleted is not None
        assert wanted.deleted is not None
        assert (found.deleted.name, found.deleted_articles) == (wanted.deleted.name, wanted.deleted_articles)


def test_the_list_of_checked_files_is_written_as_the_example_says(tmp_path: Path) -> None:
    (example,) = blocks("A list of checked files")
    (tmp_path / CHECKED).write_text(example)
    checked = read_checked(tmp_path)
    assert len(checked) == 1
    (tmp_path / CHECKED).unlink()
    write_checked(tmp_path, checked)
    assert (tmp_path / CHECKED).read_text() == example


def test_the_file_of_the_example_is_read_byte_by_byte(tiny: Path, tmp_path: Path) -> None:
    (dump,) = blocks("A whole file")
    content = bytes.fromhex("".join(line.partition(":")[2] for line in dump.splitlines()))
    (checksum,) = re.findall(r"XXH3-64 is `([0-9a-f]{16})`", section("A whole file"))
    entry = FileEntry("000001.deleted-00000002.arrow", len(content), checksum)
    (tmp_path / entry.name).write_bytes(content)
    check_content(tmp_path, entry)
    assert map_table(tmp_path, entry, Kind.DELETED) == map_table(
        tiny, read_manifest(tiny).segments[0].deleted, Kind.DELETED
    )
    parts = re.findall(r"^\| `0x(\w+)` \| (\d+) \|", section("A whole file"), re.MULTILINE)
    ends = [int(start, 16) + int(size) for start, size in parts]
    assert [0, *ends] == [*(int(start, 16) for start, _ in parts), len(content)]
