"""Which segments to merge, and when: few of them for queries, and no article written more often than need be.

Segments of about the same size make a level. When a level is full, all of it becomes one segment of the next level,
so the number of segments grows with the logarithm of the number of articles, and so does the number of times that
an article is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from naskh.index.files import Kind
from naskh.index.manifest import SegmentEntry

#: Segments of a level that are merged. An index of 1,000,000 articles, which came in segments of 16,384, then never
#: has more than 10 segments (5 on average while it grows), and an article has been written 2.5 times, its first
#: writing included. At 4 these would be 8 (4.4) and 2.6 times, at 8: 13 (6.9) and 1.9, at 10: 14 (7.1) and 2.0.
FULL_LEVEL = 6
#: A segment is of the level of another that has at most so many times its articles: half of `FULL_LEVEL`, so that a
#: full level's segment stands well above the level, and segments that were cut short at the end of a run in it.
ALIKE = 3
#: Smaller segments than this count as so large: below, a merge costs what it costs to make a dozen files.
SMALLEST = 256
#: A segment is rewritten when more of it is deleted. The deleted then take at most a third of what the others do,
#: and for each of them at most three others are written again.
MOST_DELETED = 0.25

#: Places in postings are 32-bit.
_MOST_ENTRIES = 1 << 32
#: So are places in the bytes of one column of strings, with a sign; all columns of the file together count here.
#: On SaudiNewsNet, that is a segment of 8 million articles.
_MOST_BYTES = 1 << 31
#: Bytes of a FracMinHash posting, at least.
_POSTING_BYTES = 4

Group = tuple[SegmentEntry, ...]


class CompactReport(msgspec.Struct, frozen=True):
    """What compaction did to an index: segments, and bytes on disk, before and after."""

    segments_before: int
    segments: int
    bytes_before: int
    bytes: int
    #: Deleted articles whose space was freed.
    freed: int


def live(entry: SegmentEntry) -> int:
    """Articles that are not deleted."""
    return entry.articles - entry.deleted_articles


def size(entry: SegmentEntry) -> int:
    """The bytes of a segment's files."""
    return sum(file.bytes for file in entry.files.values()) + (entry.deleted.bytes if entry.deleted else 0)


def due(entries: Sequence[SegmentEntry], bands: int, most_deleted: float = MOST_DELETED) -> list[Group]:
    """The groups of segments that should become one segment each, now.

    Args:
        entries: all segments of the index.
        bands: those of its settings.
        most_deleted: a segment of which more than this share is deleted is rewritten, alone if need be.

    """
    levels = _levels(entries)
    full: list[SegmentEntry] = []
    for level in reversed(levels):
        if full and not _alike(sum(map(live, full)), _counted(level[0])):
            break
        if len(level) + bool(full) < FULL_LEVEL:
            if full:
                break
            continue
        full += level  # what a merge makes may fill the next level: then that is merged at once
    chosen = {entry.name for entry in full}
    in_order = [entry for entry in entries if entry.name in chosen]
    groups = [group for group in _fitting(in_order, bands) if len(group) > 1]
    merged = {entry.name for group in groups for entry in group}
    groups += [
        (entry,)
        for entry in entries
        if entry.name not in merged and entry.deleted_articles > most_deleted * entry.articles
    ]
    return groups


def everything(entries: Sequence[SegmentEntry], bands: int) -> list[Group]:
    """Groups that make one segment of all, or as few as can be."""
    return [group for group in _fitting(entries, bands) if len(group) > 1 or group[0].deleted_articles]


def _counted(entry: SegmentEntry) -> int:
    return max(live(entry), SMALLEST)


def _alike(articles: int, largest: int) -> bool:
    return articles * ALIKE >= largest


def _levels(entries: Sequence[SegmentEntry]) -> list[list[SegmentEntry]]:
    """Segments by level, the largest first."""
    levels: list[list[SegmentEntry]] = []
    for entry in sorted(entries, key=_counted, reverse=True):
        if levels and _alike(_counted(entry), _counted(levels[-1][0])):
            levels[-1].append(entry)
        else:
            levels.append([entry])
    return levels


def _fitting(entries: Sequence[SegmentEntry], bands: int) -> Iterator[Group]:
    """Cut segments into groups that are each within the bounds of the format."""
    group: list[SegmentEntry] = []
    for entry in entries:
        if group and not _fits([*group, entry], bands):
            yield tuple(group)
            group = []
        group.append(entry)
    if group:
        yield tuple(group)


def _fits(group: list[SegmentEntry], bands: int) -> bool:
    return (
        sum(entry.paragraphs for entry in group) * bands < _MOST_ENTRIES
        and sum(entry.files[Kind.FRAC.value].bytes for entry in group) // _POSTING_BYTES < _MOST_ENTRIES
        and sum(entry.files[Kind.ARTICLES.value].bytes for entry in group) < _MOST_BYTES
    )
