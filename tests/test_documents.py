"""What the documents say is so: paths exist, their blocks run and print what is shown, the known answers hold."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
import xxhash

from conftest import ROOT
from docs.making.architecture import LAYERS
from docs.making.figures import FIGURES, figures
from naskh import Article, Index, Settings, normalize
from naskh.index.checks import CHECKED, read_checked, write_checked
from naskh.index.files import FileEntry, Kind, check_content, map_table
from naskh.index.manifest import MANIFEST, read_manifest, write_manifest
from naskh.index.postings import bucket_bits
from naskh.sketch.reference import permutations, sketch_text
from tests.transcripts import agree, differences, fences, prepare, settled

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
DOCUMENTS = [*PAGES, *(ROOT / name for name in ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"))]

#: The blocks that are not run: (page, the first line of the block, why).
NOT_RUN = {
    ("README.md", "$ make demo", "a test of its own holds it against examples/demo.sh"),
    (
        "README.md",
        "$ naskh serve news.naskh                               # pip install '.[serve]'; http://127.0.0.1:8750/",
        "each goes on until it is ended; docs/serve.md is run",
    ),
    ("docs/analysts.md", "$ pip install duckdb polars", "installs"),
    ("docs/clean.md", "$ naskh clean crawl.jsonl.zst -o clean.jsonl", "of SaudiNewsNet"),
    (
        "docs/clean.md",
        """$ jq -r 'select(.kind == "article") | [.outlet, .id, .kept] | @tsv' clean.jsonl.audit.jsonl""",
        "of what the block above writes",
    ),
    (
        "docs/sources.md",
        "$ naskh index news.naskh 'crawl/**/*.warc.gz' archive.parquet today.csv --map text=body",
        "of files of the reader's own",
    ),
    (
        "docs/sources.md",
        "index.add(frame)  # pandas (2.2), Polars, a pyarrow table, a DuckDB relation",
        "of tables of the reader's own",
    ),
    ("docs/install.md", "$ pip install .                       # the command and the library", "installs"),
    (
        "docs/install.md",
        "$ naskh completion bash > ~/.local/share/bash-completion/completions/naskh",
        "writes into the reader's own settings",
    ),
    (
        "docs/spark.md",
        "$ pip install 'naskh[spark]'                 # pyspark 3.5 or newer, and Java 17",
        "installs",
    ),
    ("docs/install.md", "$ docker build -t naskh .", "needs docker"),
}


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text()
    named = re.findall(r"`((?:src|tests|docs|examples|benchmarks)/[\w./-]*)`", text)
    linked = [link for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) if "://" not in link]
    missing = [path for path in named if not (ROOT / path).exists()]
    missing += [link for link in linked if not (document.parent / link).exists()]
    assert missing == []


def test_the_readme_opens_with_what_the_demo_prints(tmp_path: Path) -> None:
    (transcript,) = re.findall(r"```console\n\$ make demo\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    command = ["bash", str(ROOT / "examples" / "demo.sh"), str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    printed = done.stdout.replace(str(tmp_path / "demo"), "demo")
    assert settled(transcript) == settled(printed)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_blocks_of_a_page_run_and_print_what_is_shown(page: Path, tmp_path: Path) -> None:
    text = page.read_text()
    used = [block.body for block in fences(text) if block.kind == "console" and block.why is None]
    for tool in ("curl", "jq"):
        if shutil.which(tool) is None and any(re.search(rf"\b{tool}\b", body) for body in used):
            pytest.skip(f"its commands need {tool}")
    prepare(tmp_path)
    assert differences(text, tmp_path) == []


def test_the_blocks_that_are_not_run_are_those_that_are_listed_here() -> None:
    marked = {
        (name_of(page), block.body.partition("\n")[0], block.why)
        for page in PAGES
        for block in fences(page.read_text())
        if block.why is not None
    }
    assert marked == NOT_RUN


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_json_and_shell_scripts_of_a_page_can_be_read(page: Path) -> None:
    for block in fences(page.read_text()):
        if block.kind == "json" and "…" not in block.body:
            for line in block.body.splitlines():
                msgspec.json.decode(line)
        if block.kind == "sh":
            subprocess.run(["sh", "-n"], input=block.body, text=True, check=True)


def test_every_page_is_in_the_navigation() -> None:
    site = (ROOT / "mkdocs.yml").read_text()
    assert [page.name for page in PAGES[1:] if f": {page.name}\n" not in site] == []


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("64 added. 1.0 s, 67 articles/s", "64 added. 0.3 s, 1,067 articles/s", True),
        ("64 added", "65 added", False),
        ("a … c", "a b c", True),
        ("a … c", "a b d", False),
        ("a\n...\nd", "a\nb\nc\nd", True),
        ("a\n...\nd", "a\nb\nc", False),
        ("a", "a\nb", False),
    ],
)
def test_what_is_printed_is_held_against_what_is_shown(shown: str, printed: str, same: bool) -> None:
    assert agree(shown, printed) is same


def test_the_figures_are_those_that_are_computed() -> None:
    assert {path.name: path.read_text() for path in FIGURES.iterdir()} == figures()


def test_the_picture_of_the_architecture_shows_what_is_there() -> None:
    shown = [name for layer in LAYERS for name, _ in layer]
    assert [name for name in shown if not (ROOT / "src" / name).exists()] == []


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
