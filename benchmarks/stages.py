"""Where the time of indexing goes: each stage by itself, on one thread, in microseconds an article.

usage: python -m benchmarks.stages [--input FILE] [--repeats 5] [--write]

Each figure is the least of some repeats of CPU time. The start of the process, waiting for the disk, and what is
between the stages are not in it. ``--write`` puts the table into docs/performance.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.corpus import DEFAULT_INPUT, require
from benchmarks.kernels import Steps
from benchmarks.measure import ROOT, machine, table
from naskh.index import build
from naskh.index.files import Kind, write_table
from naskh.index.incoming import Incoming, digests, incoming
from naskh.index.pack_kernels import pack_texts
from naskh.index.postings import empty_postings
from naskh.settings import Settings
from naskh.sketch.banding import BAND_KEY_BITS
from naskh.sketch.batch import concatenate, find_skips, sketcher
from naskh.sources import Reader
from naskh.sources.bulk import decode_block
from naskh.sources.jsonlines import whole_lines
from naskh.sources.locate import locate
from naskh.sources.records import RecordDecoder
from naskh.sources.streams import BULK_CHUNK_BYTES, counted, read_chunks

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- benchmarks.stages -->", "<!-- end -->"


def least(call: Callable[[], Any], repeats: int) -> float:
    """The least CPU seconds of this thread that a call takes, after one that is not counted."""
    call()
    seconds = []
    for _ in range(repeats):
        started = time.thread_time()
        call()
        seconds.append(time.thread_time() - started)
    return min(seconds)


def reading(source: Path, repeats: int) -> list[tuple[str, float]]:
    """The stages up to Arrow columns."""
    file = locate([str(source)]).files[0]

    def unpacked() -> list[bytes]:
        with source.open("rb") as raw:
            packed = counted(raw, file.compression, file.path)
            return list(read_chunks(packed, file.compression, BULK_CHUNK_BYTES))

    blocks = list(whole_lines(unpacked(), 1 << 30))
    decoder = RecordDecoder()
    batches = least(lambda: list(Reader([source]).batches()), repeats)
    archive = least(unpacked, repeats)
    found = least(lambda: [decoder.decode_lines(block) for block in blocks], repeats)
    columns = least(lambda: [decode_block(decoder, block) for block in blocks], repeats)
    return [
        ("unpack the archive", archive),
        ("cut into lines, check ids for repeats, reject", batches - columns),  # unpacking is another thread
        ("find the fields (msgspec)", found),
        ("unescape texts, columns of the other fields", columns - found),
    ]


def sketching(batches: list[Incoming], repeats: int) -> list[tuple[str, float]]:
    """The stages from columns to sketches."""
    texts = [batch.text_bytes() for batch in batches]
    own = sketcher(Settings())
    skips = least(lambda: [find_skips(*text) for text in texts], repeats)
    whole = least(lambda: [own.sketch(*text) for text in texts], repeats)
    steps = Steps([data[edges[0] : edges[-1]] for data, edges in texts])
    steps.one_pass()
    fold, hashing, permuting = map(min, zip(*(steps.one_pass() for _ in range(repeats)), strict=True))
    used = Settings().bands * Settings().rows / Settings().num_perm
    return [
        (
            "hash ids and fields (XXH3)",
            least(lambda: [(incoming(b.articles), digests(b)) for b in batches], repeats),
        ),
        ("datelines", skips),
        ("fold into words", fold),
        ("hash shingles (xxh64)", hashing),
        (f"permutations, {used:.0%} of {Settings().num_perm}", permuting * used),
        ("band keys, FracMinHash, the arrays", whole - skips - fold - hashing - permuting * used),
    ]


def storing(batches: list[Incoming], folder: Path, repeats: int) -> list[tuple[str, float]]:
    """The stages from sketches to files."""
    texts = [batch.text_bytes() for batch in batches]
    packed = []
    for data, edges in texts:
        out, out_edges = np.empty(2 * len(data), np.uint8), np.empty_like(edges)
        pack_texts(data, edges, out, out_edges)
        packed.append((out[: out_edges[-1]].copy(), out_edges))
    sketch = concatenate([sketcher(Settings()).sketch(*text) for text in texts])
    keys = sketch.band_keys

    def sort_bands() -> None:
        bands = empty_postings(len(keys), len(keys), BAND_KEY_BITS, keys.shape[1])
        bands.table[:: bands.buckets] = np.arange(bands.lists + 1) * len(keys)
        for band in range(bands.lists):
            build._fill_band(bands, keys, band)

    content = {"hash": build.pa.array(sketch.shingles)}
    names = (f"stage-{n}.arrow" for n in count())  # a file is never written twice
    written = least(lambda: write_table(folder, next(names), Kind.SHINGLES, content), repeats)
    size = (folder / "stage-0.arrow").stat().st_size

    def pack_all() -> None:
        for data, edges in texts:
            pack_texts(data, edges, np.empty(2 * len(data), np.uint8), np.empty_like(edges))

    pack = least(pack_all, repeats)
    compress = least(lambda: [build.compressed_texts(data.data, edges) for data, edges in packed], repeats)
    articles = sum(map(len, batches))
    stored = 3200 * articles  # bytes of an index of SaudiNewsNet with texts
    return [
        ("pack texts", pack),
        ("compress texts (zstd)", compress),
        ("sort band keys", least(sort_bands, repeats)),
        ("sort FracMinHash postings", least(lambda: build._frac_postings(sketch), repeats)),
        ("write, checksum and sync", written * stored / size),
    ]


def stage_table(source: Path, repeats: int) -> str:
    """The table."""
    batches = [incoming(batch) for batch in Reader([source]).batches()]
    articles = sum(map(len, batches))
    with tempfile.TemporaryDirectory() as folder:
        stages = [*reading(source, repeats), *sketching(batches, repeats), *storing(batches, Path(folder), repeats)]
    total = sum(seconds for _, seconds in stages)
    rows = [(name, f"{s / articles * 1e6:.1f}", f"{s / total:.0%}") for name, s in stages]
    rows.append(("all of these", f"{total / articles * 1e6:.1f}", "100%"))
    return table(("stage", "us an article", "share"), rows)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, default=DEFAULT_INPUT)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    found = stage_table(require(options.input, "the corpus"), options.repeats)
    print(found)
    if options.write:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {options.input.name}\n{machine()}"
        PAGE.write_text(f"{before}{BEGIN}\n- {when}\n\n{found}\n{END}{after}")


if __name__ == "__main__":
    main()
