"""Compaction: few segments, deleted articles gone for good, and every answer as before; whatever interrupts it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naskh import Article, Index, Settings
from naskh.errors import IndexCorrupt, IndexMissing
from naskh.index import compaction, disk, merge_postings, merge_source, merge_texts, merging, parts
from naskh.index import writer as writer_module
from naskh.index.compaction import FULL_LEVEL, MOST_DELETED, SMALLEST, due
from naskh.index.files import FileEntry, Kind
from naskh.index.manifest import SegmentEntry, read_manifest
from naskh.index.segment import Segment
from naskh.index.snapshot import own_files
from naskh.index.writer import IndexWriter

BANDS = Settings().bands


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be merged before it is asked for."""
    monkeypatch.setattr(writer_module.IndexWriter, "_merge_due", lambda *_, **__: None)


@pytest.fixture
def tiny_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all that is done in parts be done in many, whatever the size of the example."""
    monkeypatch.setattr(merge_source, "PART", 50)
    monkeypatch.setattr(merging, "PART", 7)
    monkeypatch.setattr(merge_source, "_ROWS", 5)
    monkeypatch.setattr(merge_postings, "_AT_ONCE", 16)
    monkeypatch.setattr(merge_texts, "READ_BYTES", 100)


def add_in_segments(index: Index, articles: Sequence[Article], each: int) -> None:
    """Add articles in runs of so many."""
    for first in range(0, len(articles), each):
        index.add(articles[first : first + each])


def content(segment: Segment) -> dict[str, object]:
    """All that a segment says, but for where its texts are."""
    places = {"text_block", "text_start"}
    found: dict[str, object] = {
        name: segment.articles.column(name).to_pylist()
        for name in segment.articles.schema.names
        if name not in places
    }
    found["texts"] = [segment.text(row) for row in range(len(segment.articles))]
    found["table of paragraphs"] = segment.paragraphs.to_pydict()
    found["shingles"] = segment.shingles.tolist()
    for name, lists in (("bands", BANDS), ("frac", 1)):
        postings = getattr(segment, name)
        entries = [postings.entries(number) for number in range(lists)]
        found[name] = [(keys.tolist(), rows.tolist(), keys.dtype, rows.dtype) for keys, rows in entries]
        found[f"{name} by key"] = [postings.find(keys[:9], n).tolist() for n, (keys, _) in enumerate(entries)]
    found["ids"] = [array.tolist() for array in segment.find(segment._id_hashes)]
    return found


def merged_and_at_once(folder: Path, articles: Sequence[Article], deleted: set[str], each: int) -> list[Segment]:
    """A segment merged of some without their deleted articles, and one that never had these."""
    merged, at_once = Index(folder / "merged"), Index(folder / "at once")
    add_in_segments(merged, articles, each)
    merged.delete(deleted)
    with IndexWriter(merged.path) as writer:
        writer.compact(everything=True)
    at_once.add([article for article in articles if article.id not in deleted])
    return [segment for index in (merged, at_once) for segment in index.snapshot.segments]


@pytest.mark.usefixtures("by_hand")
@pytest.mark.parametrize(
    ("each", "deleted", "text_block"),
    [
        (40, slice(0, 0), 2000),
        (3, slice(0, 0), 1 << 16),
        (7, slice(0, None, 3), 2000),
        (7, slice(0, None, 3), 1),
        (40, slice(5, 30), 1 << 16),
        (20, slice(1, None), 2000),
    ],
)
def test_a_merged_segment_is_the_one_that_would_have_been_built_at_once(
    tmp_path: Path,
    sample: list[Article],
    each: int,
    deleted: slice,
    text_block: int,
    tiny_parts: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(merge_texts, "TEXT_BLOCK", text_block)
    monkeypatch.setattr(merge_texts, "_SMALL", text_block // 2)
    merged, at_once = merged_and_at_once(tmp_path, sample, {article.id for article in sample[deleted]}, each)
    assert content(merged) == content(at_once)
    assert merged.entry.paragraphs == at_once.entry.paragraphs


fields = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=5))
words = st.lists(st.sampled_from(["خبر", "قصير", "عن", "معرض", "الزيتون\n", "في", "مدينة"]), max_size=40)


@pytest.mark.usefixtures("by_hand")
@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(words, fields, fields), min_size=2, max_size=12),
    st.sets(st.integers(0, 11)),
    st.integers(1, 5),
)
def test_a_merged_segment_is_the_one_built_at_once_whatever_the_articles(
    tmp_path_factory: pytest.TempPathFactory, given_articles: list, deleted: set[int], each: int
) -> None:
    articles = [
        Article(id=str(n), text=" ".join(text), outlet=outlet, title=title)
        for n, (text, outlet, title) in enumerate(given_articles)
    ]
    gone = {article.id for n, article in enumerate(articles) if n in deleted}
    found = merged_and_at_once(tmp_path_factory.mktemp("merged"), articles, gone, each)
    assert [content(segment) for segment in found[:1]] == [content(segment) for segment in found[1:]]
    assert len(found) == (2 if len(gone) < len(articles) else 0)


@pytest.mark.usefixtures("by_hand")
def test_without_texts_segments_are_merged_too(index: Index, sample: list[Article]) -> None:
    slim = Index(index.path, Settings(store_text=False))
    add_in_segments(slim, sample, 20)
    before = [slim.query(article) for article in sample]
    assert slim.compact(everything=True).segments == 1
    assert [slim.query(article) for article in sample] == before


def answers(index: Index, asked: Sequence[Article]) -> list[object]:
    """What an index says: queries as JSON, pairs, families."""
    return [
        *(msgspec.json.encode(index.query(article, explain=True)) for article in asked),
        index.pairs("paragraph"),
        index.pairs(min_containment=0.3),
        msgspec.json.encode(index.families()),
    ]


@pytest.mark.usefixtures("by_hand")
@pytest.mark.parametrize("everything", [False, True])
def test_answers_stay_the_same_and_space_is_freed(index: Index, sample: list[Article], everything: bool) -> None:
    add_in_segments(index, sample, 8)
    index.add(msgspec.structs.replace(article, title="جديد") for article in sample[::9])
    index.delete([article.id for article in sample[::7]])
    before = answers(index, sample)
    report = compact_by_policy(index, everything=everything)
    assert answers(index, sample) == before
    assert report.freed == len(sample[::9]) + len(sample[::7])
    assert report.segments < report.segments_before
    stats = index.stats()
    assert (stats.deleted, stats.segments, sum(stats.bytes.values())) == (0, report.segments, report.bytes)
    assert report.bytes < report.bytes_before
    assert {path.name for path in index.path.iterdir()} <= own_files(index.snapshot.manifest)
    assert sum(path.stat().st_size for path in index.path.glob("*.arrow")) == report.bytes


def sample_ids(articles: Sequence[Article]) -> Iterator[str]:
    return (article.id for article in articles)


def compact_by_policy(index: Index, *, everything: bool) -> compaction.CompactReport:
    """Compact as a user does, under `by_hand`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer_module.IndexWriter, "_merge_due", MERGE_DUE)
        return index.compact(everything=everything)


MERGE_DUE = writer_module.IndexWriter._merge_due


@pytest.mark.usefixtures("by_hand")
def test_answers_on_saudinewsnet_stay_the_same(index: Index, corpus: list[Article]) -> None:
    articles = corpus[:3000]
    add_in_segments(index, articles, 300)
    index.delete(sample_ids(articles[100:400]))
    before = answers(index, articles[::15])
    assert index.compact(everything=True).segments == 1
    assert answers(index, articles[::15]) == before


def test_segments_are_merged_while_articles_arrive(index: Index, sample: list[Article]) -> None:
    sample = sample[:30]
    most = 0
    for article in sample:
        index.add([article])
        most = max(most, index.stats().segments)
    assert most <= FULL_LEVEL
    assert len(index) == len(sample)
    assert [index.get(article.id) for article in sample] == sample


def test_a_run_that_adds_nothing_merges_nothing(
    index: Index, sample: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add(sample)
    index.delete(sample_ids(sample[1:]))
    before = index.snapshot.manifest
    assert index.add(sample[:1]).unchanged == 1
    assert index.snapshot.manifest == before


def test_what_is_all_deleted_is_dropped_without_a_successor(index: Index, sample: list[Article]) -> None:
    index.add(sample)
    index.delete(sample_ids(sample))
    assert index.compact().segments == 0
    assert index.add(sample).added == len(sample)


def test_a_compact_index_is_left_alone(index: Index, sample: list[Article]) -> None:
    index.add(sample)
    before = index.snapshot.manifest
    for everything in (False, True):
        report = index.compact(everything=everything)
        assert (report.segments_before, report.segments, report.freed) == (1, 1, 0)
    assert index.snapshot.manifest == before


def test_there_must_be_an_index_to_compact(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        Index(tmp_path / "nowhere").compact()


@pytest.mark.usefixtures("by_hand")
def test_the_done_share_rises_to_the_end(index: Index, sample: list[Article]) -> None:
    add_in_segments(index, sample, 32)
    shares: list[float] = []
    index.compact(everything=True, progress=shares.append)
    assert shares == sorted(shares)
    assert 0.5 < shares[-1] <= 1.0


@pytest.mark.usefixtures("by_hand")
def test_a_reader_keeps_its_snapshot_when_its_files_are_removed(index: Index, sample: list[Article]) -> None:
    add_in_segments(index, sample, 16)
    old = index.snapshot
    Index(index.path).compact(everything=True)
    assert not (index.path / "000001.texts.arrow").exists()
    for article in sample:
        place = old.find(article.id)
        assert place is not None
        assert old.article(place, with_text=True) == article
    assert len(index.snapshot.segments) == 1


@pytest.mark.usefixtures("by_hand")
@pytest.mark.parametrize("kind", ["articles", "shingles", "bands", "texts"])
def test_a_damaged_byte_is_not_carried_over_into_a_new_segment(
    index: Index, sample: list[Article], kind: str
) -> None:
    add_in_segments(index, sample, 32)
    path = index.path / f"000002.{kind}.arrow"
    before = read_manifest(index.path)
    with IndexWriter(index.path) as writer:
        damaged = bytearray(path.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(IndexCorrupt, match=rf"{path.name} is damaged: its checksum"):
            writer.compact(everything=True)
    assert read_manifest(index.path) == before


class Interrupted(Exception):
    """The process ends here."""


def interrupt(patch: pytest.MonkeyPatch, at: int | None) -> count[int]:
    """Let the call of that number that writes, syncs, renames or removes something be the last; counts them."""
    calls = count()

    def last(target: object, name: str) -> None:
        original = getattr(target, name)

        def call(*arguments: object, **named: object) -> object:
            if next(calls) == at:
                raise Interrupted
            return original(*arguments, **named)

        patch.setattr(target, name, call)

    for name in ("create", "write", "sync", "rename", "remove"):
        last(disk, name)
    last(parts.FileInParts, "write")
    return calls


@pytest.mark.usefixtures("by_hand")
def test_an_index_survives_an_end_of_the_process_at_any_step(tmp_path: Path, sample: list[Article]) -> None:
    base = Index(tmp_path / "base", Settings(bands=2))
    add_in_segments(base, sample[:24], 12)
    base.delete([sample[3].id])

    def ask(index: Index) -> list[object]:
        return [*(index.query(article) for article in sample[:24:6]), index.pairs("paragraph"), len(index)]

    wanted = ask(base)
    with pytest.MonkeyPatch.context() as patch:
        calls = interrupt(patch, None)
        Index(shutil.copytree(base.path, tmp_path / "whole")).compact(everything=True)
    steps = next(calls)
    assert steps > 40
    ended_old = 0
    for step in range(steps):
        index = Index(shutil.copytree(base.path, tmp_path / str(step)))
        with pytest.MonkeyPatch.context() as patch:
            interrupt(patch, step)
            with pytest.raises(Interrupted):
                index.compact(everything=True)
        reopened = Index(index.path)
        ended_old += len(reopened.snapshot.segments) == 2
        assert ask(reopened) == wanted
        assert reopened.compact(everything=True).segments == 1
        assert {path.name for path in index.path.iterdir()} <= own_files(reopened.snapshot.manifest)
    assert 0 < ended_old < steps


def entry(number: int, articles: int, deleted: int = 0, paragraphs: int = 0, kilobytes: int = 1) -> SegmentEntry:
    """A segment of so many articles."""
    file = FileEntry("", kilobytes << 10, "")
    return SegmentEntry(
        f"{number:06}",
        articles,
        paragraphs or 5 * articles,
        {Kind.FRAC.value: file, Kind.ARTICLES.value: file},
        deleted_articles=deleted,
    )


def grow(sizes: Sequence[int]) -> tuple[int, float]:
    """Let segments of these sizes arrive: the most there are at any time, and how often an article is written."""
    entries: list[SegmentEntry] = []
    numbers = count()
    most, written = 0, 0
    for articles in sizes:
        entries.append(entry(next(numbers), articles))
        written += articles
        while groups := due(entries, BANDS):
            (group,) = groups
            merged = sum(map(compaction.live, group))
            written += merged
            entries = [each for each in entries if each not in group] + [entry(next(numbers), merged)]
        most = max(most, len(entries))
    return most, written / sum(sizes)


@pytest.mark.parametrize(
    ("sizes", "most_segments", "most_writes"),
    [
        ([16384] * 61, 10, 2.5),  # 1,000,000 articles in one run
        ([16384, 8000] * 40, 11, 2.8),
        ([1000] * 31, 9, 2.0),
        ([1000] * 1000, 18, 3.6),
        ([20] * 100, 11, 13.0),  # under the smallest size that counts, articles are written more often
    ],
)
def test_segments_stay_few_and_articles_are_written_a_few_times(
    sizes: list[int], most_segments: int, most_writes: float
) -> None:
    segments, writes = grow(sizes)
    assert segments <= most_segments
    assert writes <= most_writes


def test_a_segment_is_rewritten_when_much_of_it_is_deleted() -> None:
    much = int(1000 * MOST_DELETED) + 1
    entries = [entry(1, 1000, much - 1), entry(2, 1000, much), entry(3, 1000)]
    assert due(entries, BANDS) == [(entries[1],)]
    assert due(entries, BANDS, most_deleted=0.0) == [(entries[0],), (entries[1],)]


def test_what_a_merge_makes_may_fill_the_next_level_and_is_merged_with_it_at_once() -> None:
    large = [entry(n, FULL_LEVEL * 1000) for n in range(FULL_LEVEL - 1)]
    small = [entry(n + 10, 1000) for n in range(FULL_LEVEL)]
    assert due([*large, *small], BANDS) == [(*large, *small)]
    assert due([*large[1:], *small], BANDS) == [tuple(small)]


def test_the_largest_segment_is_one_that_the_format_can_hold() -> None:
    many_paragraphs = [entry(n, 1000, paragraphs=(1 << 31) // BANDS + 1) for n in range(FULL_LEVEL)]
    assert due(many_paragraphs, BANDS) == []
    long_urls = [entry(n, 1000, kilobytes=1 << 19) for n in range(FULL_LEVEL)]
    assert [len(group) for group in due(long_urls, BANDS)] == [3, 3]
    assert [len(group) for group in compaction.everything(long_urls, BANDS)] == [3, 3]


def test_segments_of_a_few_articles_are_of_one_level() -> None:
    entries = [entry(n, size) for n, size in enumerate([SMALLEST, 1, 20, 3, 1, 1])]
    assert due(entries, BANDS) == [tuple(entries)]
