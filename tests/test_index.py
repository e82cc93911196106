"""The index on disk: adding, replacing, deleting, reopening; many readers and one writer; damage is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from naskh import Article, Index, Settings, columns
from naskh.errors import (
    FormatUnsupported,
    IndexCorrupt,
    IndexLocked,
    IndexMissing,
    NotAnIndex,
    SettingsMismatch,
    TextNotStored,
    UnknownArticle,
)
from naskh.index import manifest as manifest_module
from naskh.index import snapshot as snapshot_module
from naskh.index import writer as writer_module
from naskh.index.lock import writer_lock
from naskh.index.manifest import MANIFEST
from naskh.index.writer import IndexWriter

WIRE = (
    "افتتح وزير الزراعة صباح اليوم في مدينة السويداء معرض الزيتون السنوي بمشاركة مئتي مزارع من ثماني محافظات\n"
    "وقال الوزير إن الموسم الحالي أفضل من سابقه بنحو الثلث وإن المعاصر تعمل ليل نهار لاستقبال المحصول الجديد\n"
    "ويستمر المعرض أسبوعا كاملا ويضم ركنا لتذوق الزيت وآخر لبيع شتلات الزيتون المحسنة بأسعار مخفضة للمزارعين"
)
OTHER = "خسر فريق الميناء مباراته الأخيرة أمام ضيفه الواحة بهدفين دون رد في ختام مباريات الدوري المحلي هذا الموسم"


def small_segments(monkeypatch: pytest.MonkeyPatch, articles: int) -> None:
    """Let a batch and a segment be full at so many articles."""
    monkeypatch.setattr(columns, "BATCH_ARTICLES", articles)
    monkeypatch.setattr(writer_module, "SEGMENT_ARTICLES", articles)


def test_an_article_is_found_after_it_was_added(index: Index) -> None:
    report = index.add([Article(id="a", text=WIRE, outlet="o", date="2025-11-01", title="ت", url="u")])
    assert (report.added, report.replaced, report.unchanged) == (1, 0, 0)
    assert len(index) == 1
    assert "a" in index
    assert index.get("a") == Article(id="a", text=WIRE, outlet="o", date="2025-11-01", title="ت", url="u")
    (match,) = index.query(WIRE).matches
    assert (match.id, match.outlet, match.date, match.title, match.url) == ("a", "o", "2025-11-01", "ت", "u")
    assert match.jaccard == match.containment == match.containment_in_match == 1.0


def test_the_same_articles_again_change_nothing(index: Index) -> None:
    articles = [Article(id="a", text=WIRE), Article(id="b", text=OTHER)]
    index.add(articles)
    before = sorted((path.name, path.read_bytes()) for path in index.path.iterdir())
    report = index.add(articles)
    assert (report.added, report.replaced, report.unchanged) == (0, 0, 2)
    assert sorted((path.name, path.read_bytes()) for path in index.path.iterdir()) == before


@pytest.mark.parametrize("change", [{"text": OTHER}, {"title": "جديد"}, {"date": None}, {"outlet": ""}])
def test_the_same_id_again_replaces_the_article(index: Index, change: dict[str, str | None]) -> None:
    article = Article(id="a", text=WIRE, date="2025-11-01", title="قديم")
    index.add([article, Article(id="b", text=WIRE)])
    report = index.add([msgspec.structs.replace(article, **change)])
    assert (report.added, report.replaced) == (0, 1)
    assert len(index) == 2
    assert index.get("a") == msgspec.structs.replace(article, **change)
    assert [m.id for m in index.query(Article(id="b", text=WIRE)).matches] == ([] if "text" in change else ["a"])


def test_a_deleted_article_is_gone_from_the_next_query_and_can_come_back(index: Index) -> None:
    index.add([Article(id="a", text=WIRE), Article(id="b", text=WIRE), Article(id="c", text=OTHER)])
    assert index.delete(["a", "nowhere", "a"]) == ["nowhere"]
    assert len(index) == 2
    assert "a" not in index
    assert [m.id for m in index.query(WIRE).matches] == ["b"]
    assert index.pairs(min_jaccard=0.1).num_rows == 0
    with pytest.raises(UnknownArticle, match="'a'"):
        index.get("a")
    assert index.add([Article(id="a", text=WIRE)]).added == 1
    assert [m.id for m in index.query(WIRE).matches] == ["a", "b"]


def test_an_index_whose_articles_are_all_deleted_answers_as_an_empty_one(index: Index) -> None:
    def ask(index: Index) -> list[object]:
        compared = index.compare_all()
        return [
            index.query(WIRE),
            [result for _, result in index.query_many([Article(id="q", text=WIRE)] * 64)],
            index.pairs(min_containment=0.5),
            index.pairs("paragraph"),
            index.families(),
            compared.pairs(),
            index.evaluate(),
        ]

    index.add([])
    empty = ask(index)
    index.add([Article(id="a", text=WIRE), Article(id="b", text=WIRE)])
    index.delete(["a", "b"])
    assert index.stats().segments == 1
    assert ask(index) == empty


def test_an_id_may_come_twice_in_one_run_and_the_last_one_stays(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_segments(monkeypatch, 3)
    first = [Article(id=str(n), text=f"{WIRE} {n}") for n in range(7)]
    report = index.add([*first, *(Article(id=str(n), text=f"{OTHER} {n}") for n in (0, 6))])
    assert (report.added, report.replaced) == (7, 2)
    assert [index.get(str(n)).text for n in (0, 1, 6)] == [f"{OTHER} 0", f"{WIRE} 1", f"{OTHER} 6"]


@pytest.mark.parametrize("segment_articles", [1, 3, 1000])
def test_answers_do_not_depend_on_how_articles_fall_into_segments(
    tmp_path: Path,
    sample: list[Article],
    sample_index: Index,
    segment_articles: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small_segments(monkeypatch, segment_articles)
    other = Index(tmp_path / "other")
    other.add(reversed(sample), workers=2)
    for article in sample[::5]:
        assert other.query(article) == sample_index.query(article)
    for level in ("article", "paragraph"):
        assert other.pairs(level) == sample_index.pairs(level)


def test_memory_is_bounded_by_batches_that_are_committed_one_by_one(
    index: Index, sample: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    small_segments(monkeypatch, 10)
    taken = 0
    most_underway = 0
    durable = 0

    def articles():
        nonlocal taken
        for article in sample:
            taken += 1
            yield article

    def on_commit(report: writer_module.AddReport) -> None:
        nonlocal most_underway, durable
        most_underway = max(most_underway, taken - durable)
        durable = report.added
        assert len(Index(index.path)) == durable

    index.add(articles(), workers=2, on_commit=on_commit)
    assert durable == len(sample)
    assert most_underway <= 6 * 10  # 2 workers: five chunks on their way and one being gathered


def test_a_run_that_was_cut_off_keeps_what_was_committed_and_goes_on(
    index: Index, sample: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    small_segments(monkeypatch, 8)

    def broken():
        yield from sample[:40]
        raise RuntimeError("the crawl ends here")

    with pytest.raises(RuntimeError, match="the crawl ends here"):
        index.add(broken(), workers=1)
    kept = len(index)
    assert 0 < kept <= 40
    (index.path / "000099.bands.arrow").write_bytes(b"debris of a killed writer")
    (index.path / "notes.txt").write_text("not ours")
    report = index.add(sample)
    assert (report.unchanged, report.added) == (kept, len(sample) - kept)
    assert not (index.path / "000099.bands.arrow").exists()
    assert (index.path / "notes.txt").exists()


def test_without_texts_an_index_still_finds_and_measures(index: Index) -> None:
    slim = Index(index.path, Settings(store_text=False))
    slim.add([Article(id="a", text=WIRE), Article(id="b", text=WIRE)])
    match = slim.query(WIRE).matches[0]
    assert (match.containment, match.passages) == (1.0, ())
    assert slim.get("a").text == ""
    with pytest.raises(TextNotStored):
        slim.query_id("a")


def test_articles_without_words_do_no_harm(index: Index) -> None:
    index.add([Article(id="dots", text="…"), Article(id="one", text="كلمة"), Article(id="a", text=WIRE)])
    assert index.query("…").matches == ()
    assert [m.id for m in index.query(WIRE).matches] == ["a"]
    assert index.pairs().num_rows == 0


@pytest.mark.parametrize("article", [Article(id="", text=WIRE), Article(id="a", text="\ud800")])
def test_an_article_that_cannot_be_stored_is_an_error(index: Index, article: Article) -> None:
    with pytest.raises(ValueError, match=r"empty id|not valid Unicode"):
        index.add([article])


def test_an_index_is_opened_under_its_own_settings_only(index: Index) -> None:
    index.add([Article(id="a", text=WIRE)])
    with pytest.raises(SettingsMismatch, match=r"bands: 20, not 21"):
        Index(index.path, Settings(bands=21)).add([])
    assert len(Index(index.path, Settings())) == 1


def test_there_must_be_an_index_to_read(tmp_path: Path) -> None:
    for use in (len, lambda i: i.query("نص"), lambda i: i.delete(["a"]), lambda i: i.pairs(), lambda i: i.stats()):
        with pytest.raises(IndexMissing, match="no naskh index at"):
            use(Index(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()


def test_no_index_is_made_among_other_files(tmp_path: Path) -> None:
    (tmp_path / "crawl").mkdir()
    (tmp_path / "crawl" / "a.txt").write_text(WIRE)
    with pytest.raises(NotAnIndex, match="holds other files"):
        Index(tmp_path / "crawl").add([])
    with pytest.raises(NotAnIndex, match="is a file"):
        Index(tmp_path / "crawl" / "a.txt").add([])
    assert [path.name for path in (tmp_path / "crawl").iterdir()] == ["a.txt"]
    (tmp_path / "empty").mkdir()
    assert Index(tmp_path / "empty").add([Article(id="a", text=WIRE)]).added == 1


def test_a_second_writer_is_told_who_writes(index: Index) -> None:
    index.add([Article(id="a", text=WIRE)])
    code = f"""
import sys
from pathlib import Path
from naskh.index.lock import writer_lock
with writer_lock(Path({str(index.path)!r})):
    print("locked", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(IndexLocked, match=f"process {holder.pid}"):
            index.add([Article(id="b", text=OTHER)])
        assert len(index) == 1
        holder.kill()
        holder.wait()
    assert index.add([Article(id="b", text=OTHER)]).added == 1  # a dead holder's lock is free


def test_a_reader_keeps_its_snapshot_while_others_write(index: Index) -> None:
    index.add([Article(id="a", text=WIRE)])
    old = index.snapshot
    index.add([Article(id="b", text=WIRE)])
    index.delete(["a"])
    assert old.articles == 1
    assert old.find("a") is not None
    assert index.snapshot.find("a") is None


def ask_by_id(index: Index) -> object:
    return index.query_id("a", explain=True)


def ask_to_compare(index: Index) -> object:
    return index.compare("a", "b")


@pytest.mark.parametrize("ask", [ask_by_id, ask_to_compare])
def test_an_answer_is_of_one_state_even_when_a_commit_comes_in_the_middle(
    index: Index, ask: Callable[[Index], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add([Article(id="a", text=WIRE), Article(id="b", text=WIRE)])
    wanted = ask(index)
    original = snapshot_module.Snapshot.article

    def article(*arguments: Any, **named: Any) -> Article:
        found = original(*arguments, **named)
        Index(index.path).add([Article(id="b", text=OTHER)])
        return found

    monkeypatch.setattr(snapshot_module.Snapshot, "article", article)
    assert ask(index) == wanted
    assert ask(index) != wanted


@pytest.mark.parametrize("tick", [1, 10**7, 10**9], ids=["nanoseconds", "ticks of the system", "seconds"])
def test_a_commit_is_seen_even_when_its_manifest_looks_like_the_one_before(index: Index, tick: int) -> None:
    index.add([Article(id="a", text=WIRE)])
    path = index.path / MANIFEST
    first = path.read_bytes()
    index.delete(["a"])
    second = path.read_bytes()
    now = time.time_ns() // tick * tick
    for content, articles in ((first, 1), (second, 0)):  # in one tick of the clock, in the same place on the disk
        path.write_bytes(content.ljust(len(second)))
        os.utime(path, ns=(now, now))
        assert len(index) == articles


@pytest.mark.parametrize(("age", "reads"), [(0.05, 2), (1.0, 0)])
def test_the_manifest_is_read_again_as_long_as_it_may_be_replaced_unseen(
    index: Index, age: float, reads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add([Article(id="a", text=WIRE)])
    at = int((time.time() // 1 + 0.5) * 10**9)  # of a clock that tells more than seconds
    os.utime(index.path / MANIFEST, ns=(at, at))
    monkeypatch.setattr(manifest_module.time, "time_ns", lambda: at + int(age * 10**9))
    assert len(index) == 1
    opened: list[Path] = []
    read = snapshot_module.read_manifest
    monkeypatch.setattr(snapshot_module, "read_manifest", lambda path: opened.append(path) or read(path))
    assert [len(index), len(index)] == [1, 1]
    assert len(opened) == reads


@pytest.mark.parametrize("kind", ["articles", "paragraphs", "shingles", "bands", "frac", "ids", "texts"])
@pytest.mark.parametrize("damage", ["truncated", "grown", "missing", "foreign"])
def test_a_damaged_segment_is_refused_by_name(index: Index, kind: str, damage: str) -> None:
    index.add([Article(id="a", text=WIRE)])
    path = index.path / f"000001.{kind}.arrow"
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        foreign = b"x" * len(content)
        path.write_bytes({"truncated": content[:-8], "grown": content + b"\0", "foreign": foreign}[damage])
    with pytest.raises(IndexCorrupt, match=path.name):
        Index(index.path).query(WIRE)


def test_a_file_of_another_kind_is_refused(index: Index) -> None:
    index.add([Article(id=str(n), text=f"{WIRE} {n}") for n in range(3)])
    shutil.copy(index.path / "000001.bands.arrow", index.path / "000001.frac.arrow")
    with pytest.raises(IndexCorrupt, match=r"000001\.frac"):
        Index(index.path).query(WIRE)


@pytest.mark.parametrize("cut", [0, 1, 10, -20])
def test_a_damaged_manifest_is_refused(index: Index, cut: int) -> None:
    index.add([Article(id="a", text=WIRE)])
    path = index.path / MANIFEST
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(IndexCorrupt, match="manifest"):
        len(Index(index.path))


def test_a_changed_byte_of_the_manifest_is_noticed(index: Index) -> None:
    index.add([Article(id="a", text=WIRE)])
    path = index.path / MANIFEST
    path.write_bytes(path.read_bytes().replace(b'"seed":1', b'"seed":2'))
    with pytest.raises(IndexCorrupt, match="checksum"):
        len(Index(index.path))


def test_an_index_of_a_newer_format_is_refused(index: Index) -> None:
    index.add([Article(id="a", text=WIRE)])
    path = index.path / MANIFEST
    path.write_bytes(path.read_bytes().replace(b'"version":3', b'"version":99'))
    with pytest.raises(FormatUnsupported, match="index format 99"):
        len(Index(index.path))


def test_an_index_of_another_normaliser_is_neither_read_nor_written(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add([Article(id="a", text=WIRE)])
    monkeypatch.setattr(snapshot_module, "NORMALISER_VERSION", 2)
    for use in (lambda: IndexWriter(index.path), lambda: Index(index.path).query(WIRE)):
        with pytest.raises(SettingsMismatch, match="built by normaliser 1, and this naskh has normaliser 2"):
            use()
    with writer_lock(index.path):  # and the lock was let go
        pass


def test_a_folder_that_was_made_anew_is_read_anew(index: Index) -> None:
    index.add([Article(id="a", text=WIRE)])
    assert [m.id for m in index.query(WIRE).matches] == ["a"]
    shutil.rmtree(index.path)
    Index(index.path).add([Article(id="b", text=WIRE)])
    assert [m.id for m in index.query(WIRE).matches] == ["b"]


def test_segments_without_their_manifest_are_no_place_for_a_new_index(index: Index) -> None:
    index.add([Article(id="a", text=WIRE)])
    (index.path / MANIFEST).unlink()
    with pytest.raises(IndexCorrupt, match=r"manifest\.json is (missing|damaged: it is missing)"):
        index.add([Article(id="b", text=WIRE)])
    assert (index.path / "000001.texts.arrow").exists()


def test_an_id_that_is_not_unicode_is_simply_not_there(index: Index) -> None:
    index.add([Article(id="a", text=WIRE)])
    assert "\udcff" not in index
    assert index.delete(["\udcff"]) == ["\udcff"]


def test_an_id_in_every_file_of_a_run_does_not_make_a_segment_each(index: Index) -> None:
    files = [[Article(id="front page", text=f"{WIRE} {n}"), Article(id=str(n), text=OTHER)] for n in range(20)]
    report = index.add(article for file in files for article in file)
    assert (report.added, report.replaced) == (21, 19)
    assert index.stats().segments == 1
    assert index.get("front page").text == f"{WIRE} 19"


def test_a_report_counts_nothing_that_is_not_durable(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    small_segments(monkeypatch, 2)
    counted: list[int] = []
    articles = [Article(id=id_, text=f"{WIRE} {n}") for n, id_ in enumerate(["a", "b", "c", "c"])]
    report = index.add(articles, workers=1, on_commit=lambda report: counted.append(report.articles))
    assert (counted, report.articles) == ([2, 3], 4)


@pytest.mark.parametrize("text", ["خبر", "خبر عاجل الآن", "خبر عاجل من مدينة الساحل الآن"])
def test_even_an_article_of_a_few_words_is_found_again(index: Index, text: str) -> None:
    index.add([Article(id="short", text=text), Article(id="other", text=OTHER)])
    assert [m.id for m in index.query(text).matches] == ["short"]
