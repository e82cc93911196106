"""The inverted index of shingles on the shared file system: which articles have which; tasks make it and read it.

A relation depends on all articles of the corpus: on who else has what two articles share, on which days, from which
outlets. So each task that relates pairs needs the articles of any shingle; it maps these files, and reads some.

Shingles are cut into ranges. Tasks that read segments gather (shingle << 32 | article) by range, a shuffle brings
those of a range together, and one task inverts it with the kernel of the local engine. All articles stand in one
file (the kernels weigh on one array), range after range, with room for as many as a range may have; each begins on
a page of its own, so that no two machines write to one. What is not written takes no space.
"""

from __future__ import annotations

import os
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from naskh.arrays import Int32, Int64, UInt8, UInt32, UInt64, group_bounds, look_up
from naskh.matching import posting_kernels as kernels
from naskh.matching.corpus import Ranges
from naskh.spark.numbering import by_number
from naskh.spark.session import Work
from naskh.spark.stored import Batches, Piece, State, load, mapped, numbers, over, pieces, rows, save

if TYPE_CHECKING:
    pass

#: Shingles of articles that a task inverts at once, at most on average (8 bytes each, some four times over).
_HELD = 1 << 25
#: Shingles in one row of the shuffle.
_ROW = 1 << 10
#: Articles of a range begin at multiples of this: a page of 4-byte values.
_PAGE = 1 << 10
#: The file of all articles, range after range.
_HOLDERS = "holders.bin"


class Holders(NamedTuple):
    """Who has some shingles.

    `hashes` are those of the wanted shingles that two articles or more have, sorted; shingle ``i`` stands in
    articles ``holders[starts[i] : ends[i]]``, and has ``traits[i]``, see `naskh.matching.postings.Postings`.
    """

    hashes: UInt32
    starts: Int64
    ends: Int64
    traits: UInt8
    holders: Int32


def invert(work: Work, outlets: int) -> int:
    """Make the inverted index of all articles; returns the logarithm of the width of a range.

    Args:
        work: the run, whose articles are numbered.
        outlets: how many there are.

    """
    work.step("inverted index")
    cut = pieces(work.manifest, work.cores)
    shingles = sum(
        entry.files["shingles"].bytes // 4
        for entry in work.manifest.segments
        if entry.articles > entry.deleted_articles
    )
    ranges_wanted = max(work.partitions, -(-shingles // _HELD))
    shift = 32 - (ranges_wanted - 1).bit_length()
    counted = over(work.spark, cut, partial(_counted, work.state, shift), "range int, shingles long")
    totals: dict[int, int] = dict(counted.groupBy("range").agg({"shingles": "sum"}).collect())
    starts, place = {}, 0
    for number in sorted(totals):
        starts[number] = place
        place += -(-totals[number] // _PAGE) * _PAGE
    with (work.folder / _HOLDERS).open("wb") as file:
        file.truncate(4 * place)
    gathered = over(work.spark, cut, partial(_gathered, work.state, work.folder, shift), "range int, packed binary")
    by_range = gathered.repartition(min(len(totals) or 1, work.partitions), "range").sortWithinPartitions("range")
    written = mapped(by_range, partial(_inverted, work.folder, shift, starts, outlets), "range int, shingles long")
    written.agg({"shingles": "sum"}).collect()
    return shift


def _ranges(state: State, piece: Piece) -> tuple[Ranges, Int64]:
    segment = state.open().segment(piece.segment)
    live = piece.live(segment)
    gaps = np.stack(segment.datelines, axis=1)[live].astype(np.int64)
    return Ranges(segment.shingles, segment.bounds[live], segment.shingle_counts(live), gaps), live


def _counted(state: State, shift: int, piece: Piece) -> Batches:
    counts = np.zeros(1 << 32 - shift, np.int64)
    kernels.count(*_ranges(state, piece)[0], shift, counts)
    found = np.flatnonzero(counts)
    yield rows(range=found.astype(np.int32), shingles=counts[found])


def _gathered(state: State, folder: Path, shift: int, piece: Piece) -> Batches:
    source, live = _ranges(state, piece)
    if not len(live):
        return
    articles = load(folder, f"numbers-{piece.segment}")[live, 0].copy()
    counts = np.zeros(1 << 32 - shift, np.int64)
    kernels.count(*source, shift, counts)
    ends = np.cumsum(counts)
    packed = np.empty(int(ends[-1]), np.uint64)
    kernels.gather(*source, articles, 0, shift, ends - counts, packed)
    for number in np.flatnonzero(counts).tolist():
        own = packed[ends[number] - counts[number] : ends[number]]
        parts = [own[start : start + _ROW].tobytes() for start in range(0, len(own), _ROW)]
        yield rows(range=np.full(len(parts), number, np.int32), packed=pa.array(parts, pa.binary()))


def _inverted(folder: Path, shift: int, starts: dict[int, int], outlets: int, batches: Batches) -> Batches:
    waiting: list[bytes] = []
    current = -1
    for batch in batches:
        of_rows = numbers(batch, "range")
        bounds = group_bounds(of_rows).tolist()
        packed = batch.column("packed")
        for start, end in pairwise(bounds):
            number = int(of_rows[start])
            if number != current and waiting:
                yield _write(folder, shift, current, starts[current], outlets, waiting)
                waiting = []
            current = number
            waiting += packed.slice(start, end - start).to_pylist()
    if waiting:
        yield _write(folder, shift, current, starts[current], outlets, waiting)


def _write(folder: Path, shift: int, number: int, start: int, outlets: int, waiting: list[bytes]) -> pa.RecordBatch:
    """Invert a range, and write it."""
    packed: UInt64 = np.frombuffer(b"".join(waiting), np.uint64).copy()
    room = len(packed)
    hashes, sizes, holders = np.empty(room, np.uint32), np.empty(room, np.int32), np.empty(room, np.int32)
    shingles, held = kernels.invert(packed, 32 + shift, hashes, sizes, holders)
    ends = np.append(0, np.cumsum(sizes[:shingles], dtype=np.int64))
    descriptor = os.open(folder / _HOLDERS, os.O_WRONLY)
    try:
        os.pwrite(descriptor, holders[:held].data, 4 * start)
    finally:
        os.close(descriptor)
    save(folder, f"hashes-{number}", hashes[:shingles])
    save(folder, f"ends-{number}", ends + start)
    save(folder, f"traits-{number}", _traits(folder, outlets, ends, holders[:held]))
    return rows(range=np.array([number], np.int32), shingles=np.array([shingles]))


def _traits(folder: Path, outlets: int, ends: Int64, holders: Int32) -> UInt8:
    """As `naskh.matching.postings._traits`; a day is its own code, since only its sign and sameness count."""
    articles = by_number(folder)
    traits = np.zeros(len(ends) - 1, np.uint8)
    days = int(articles.day[holders].max(initial=0)) + 1
    scratch = np.zeros(outlets, np.int64), np.full(max(days, 1), -1, np.int64)
    kernels.mark_stock(ends, holders, articles.outlet, articles.day, *scratch, traits)
    kernels.mark_brief(ends, holders, articles.day, traits)
    return traits


def look_up_shingles(folder: Path, shift: int, wanted: UInt32) -> Holders:
    """Who has some shingles.

    Args:
        folder: of the run.
        shift: what `invert` gave.
        wanted: sorted and distinct.

    """
    nothing = np.zeros(0, np.int64)
    found = [(wanted[:0], nothing, nothing, np.zeros(0, np.uint8))]
    bounds = group_bounds(wanted >> np.uint32(shift) if shift < 32 else np.zeros(len(wanted), np.uint32)).tolist()
    for start, end in pairwise(bounds):
        own = wanted[start:end]
        known = _range(folder, int(own[0]) >> shift)
        if known is None:
            continue
        place, is_known = look_up(known[0], own)
        at = place[is_known]
        found.append((own[is_known], known[1][at], known[1][at + 1], known[2][at]))
    hashes, starts, ends, traits = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Holders(hashes, starts, ends, traits, _holders(folder))


@lru_cache(1 << 14)
def _range(folder: Path, number: int) -> tuple[UInt32, Int64, UInt8] | None:
    if not (folder / f"hashes-{number}.npy").exists():
        return None
    return load(folder, f"hashes-{number}"), load(folder, f"ends-{number}"), load(folder, f"traits-{number}")


@lru_cache(2)
def _holders(folder: Path) -> Int32:
    path = folder / _HOLDERS
    if not path.stat().st_size:
        return np.zeros(0, np.int32)
    return np.asarray(np.memmap(path, np.int32, "c"))
