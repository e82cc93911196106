"""A corpus without duplicates: what stays, what goes and why, and that nothing is lost from the account."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyarrow import feather

import naskh
from archives import page, response
from conftest import SAMPLE
from naskh import CleanReport, Index, repeated_blocks, without_repeats
from naskh.cleaning.audit import Removed
from naskh.cleaning.intake import Intake
from naskh.cleaning.keep import choose, kept_twins
from naskh.cleaning.sinks import sinks
from naskh.cleaning.store import view_of
from naskh.cli import cli
from naskh.errors import FileUnwritable, IndexUnusable, SourceError, TextNotStored
from naskh.matching.corpus import Corpus
from naskh.matching.many_blocks import articles_that_may_repeat
from naskh.matching.pairs import alike_articles, by_story, evidence_on
from naskh.matching.postings import thinned
from naskh.sources import Reader
from naskh.sources.records import RecordDecoder
from test_blocks import articles_of_pieces, sentences

#: Sentences of ten words; no two share one.
TEXT = sentences("س", 30)
OTHER = sentences("ع", 30)


class Cleaned(NamedTuple):
    report: CleanReport
    lines: list[dict[str, Any]]
    audit: list[dict[str, Any]]
    raw: bytes

    @property
    def ids(self) -> list[str]:
        return [line["id"] for line in self.lines]

    def removed(self, kind: str) -> dict[str, dict[str, Any]]:
        return {record["id"]: record for record in self.audit if record["kind"] == kind}


def written(path: Path, articles: list[dict[str, Any]]) -> Path:
    path.write_bytes(b"".join(msgspec.json.encode(article) + b"\n" for article in articles))
    return path


def as_columns(path: Path, articles: list[dict[str, Any]]) -> Path:
    """A table of the articles, in the format that the name says."""
    names = list(dict.fromkeys(name for article in (*articles, COPIES[0]) for name in article))
    table = pa.table({name: pa.array([article.get(name) for article in articles], pa.string()) for name in names})
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    elif path.suffix == ".arrow":
        feather.write_feather(table, path)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, names, delimiter="," if path.suffix == ".csv" else "\t")
            rows.writeheader()
            rows.writerows(articles)
    return path


def as_source(path: Path, articles: list[dict[str, Any]]) -> Path:
    """A source of the articles, of the kind that the name says."""
    if path.suffix == ".jsonl":
        return written(path, articles)
    if path.suffix != ".warc":
        return as_columns(path, articles)
    pages = [response("https://a.example/", "gone", status="404 Not Found")]  # an archive is never empty
    for article in articles:
        date = article["date"] and f'<meta property="article:published_time" content="{article["date"]}">'
        outlet = quote(article["outlet"] or "خبر")
        url = f"https://{article['id']}.{outlet}.example/"
        pages.append(response(url, page(article["text"][:20], article["text"].split("\n"), head=date or "")))
    path.write_bytes(b"".join(pages))
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def cleaned(folder: Path, *sources: Path | str, **options: Any) -> Cleaned:
    output, audit = folder / "out.jsonl", folder / "audit.jsonl"
    report = naskh.clean(list(sources), output, audit=audit, **options)
    return Cleaned(report, read(output), read(audit), output.read_bytes())


def story(*names: str, **fields: Any) -> dict[str, Any]:
    """An article of an id and sentences, a paragraph each."""
    texts = {**{f"t{n}": text for n, text in enumerate(TEXT)}, **{f"o{n}": text for n, text in enumerate(OTHER)}}
    return {"id": names[0], "text": "\n".join(texts[name] for name in names[1:]), **fields}


STORY = ("t0", "t1", "t2", "t3")


# --- which one stays -------------------------------------------------------------------------------------------

COPIES = [
    story("late", *STORY, outlet="نبأ", date="2025-11-03"),
    story("early", *STORY, outlet="وكالة", date="2025-11-01T10:00:00+03:00"),
    story("undated", *STORY, outlet="موقع"),
    story("long", *STORY, "t4", outlet="صحيفة", date="2025-11-02"),
    story("else", "o0", "o1", "o2", outlet="نبأ", date="2025-11-02"),
]


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, "early"),
        ({"keep": "longest"}, "long"),
        ({"prefer": ["موقع"]}, "undated"),
        ({"prefer": ["لا أحد", "نبأ", "موقع"]}, "late"),
        ({"keep": "longest", "prefer": ["وكالة"]}, "early"),
    ],
)
def test_of_copies_the_preferred_one_stays(tmp_path: Path, options: dict[str, Any], kept: str) -> None:
    found = cleaned(tmp_path, written(tmp_path / "a.jsonl", COPIES), **options)
    assert found.ids == [line["id"] for line in COPIES if line["id"] in (kept, "else")]
    gone = found.removed("article")
    assert {record["kept"] for record in gone.values()} == {kept}
    assert {record["relation"] for record in gone.values()} == {"copy"}
    assert len(gone) == found.report.removed == 3


def test_without_dates_the_first_of_the_input_stays(tmp_path: Path) -> None:
    twins = [story("b", *STORY), story("a", *STORY)]
    assert cleaned(tmp_path, written(tmp_path / "a.jsonl", twins)).ids == ["b"]


def test_a_partial_copy_goes_only_when_asked(tmp_path: Path) -> None:
    articles = [
        story("a", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", date="2025-11-01"),
        story("b", "t0", "t1", "t2", *(f"o{n}" for n in range(6)), date="2025-11-02"),
    ]
    source = written(tmp_path / "a.jsonl", articles)
    assert cleaned(tmp_path, source).ids == ["a", "b"]
    found = cleaned(tmp_path, source, also_partial=True)
    assert found.ids == ["a"]
    assert found.removed("article")["b"]["relation"] == "partial"


def test_a_removed_article_of_which_more_than_half_is_lost_is_counted(tmp_path: Path) -> None:
    articles = [story("brief", *STORY, date="2025-11-01"), story("round-up", *STORY, *(f"o{n}" for n in range(9)))]
    source = written(tmp_path / "a.jsonl", articles)
    found = cleaned(tmp_path, source)
    assert found.ids == ["brief"]
    assert found.report.half_lost == 1
    assert found.removed("article")["round-up"]["containment"] < 0.5
    found = cleaned(tmp_path, source, keep="longest")
    assert (found.ids, found.report.half_lost) == (["round-up"], 0)


def test_an_article_stays_of_which_the_one_kept_has_too_little(tmp_path: Path) -> None:
    articles = [
        story("brief", *STORY, date="2025-11-01"),
        story("round-up", *STORY, *(f"o{n}" for n in range(9)), date="2025-11-02"),
        story("same", *STORY, date="2025-11-03"),
    ]
    source = written(tmp_path / "a.jsonl", articles)
    assert cleaned(tmp_path, source, min_containment=0.8).ids == ["brief", "round-up"]
    # The brief stands whole in the round-up, wherever that comes first.
    assert cleaned(tmp_path, source, min_containment=0.8, keep="longest").ids == ["round-up"]
    with pytest.raises(ValueError, match="0 to 1"):
        cleaned(tmp_path, source, min_containment=1.5)


graphs = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1]))


@given(graphs, st.permutations(range(12)))
@settings(deadline=None)
def test_who_stays_is_chosen_along_the_order_and_who_goes_has_a_twin_that_stays(
    links: list[tuple[int, int]], order: list[int]
) -> None:
    first, second = (np.array([link[end] for link in links], np.int64) for end in (0, 1))
    place = np.array(order, np.int64)
    expected: set[int] = set()
    for node in np.argsort(place).tolist():
        linked = {b if a == node else a for a, b in links if node in (a, b)}
        expected |= set() if linked & expected else {node}
    stays = choose(first, second, place)
    assert set(np.flatnonzero(stays).tolist()) == expected
    twins = kept_twins(first, second, np.ones(len(links)), place, stays)
    for node in range(12):
        if not stays[node]:
            (twin,) = {*links[twins[node]]} - {node}
            assert stays[twin]
            assert place[twin] < place[node]
        else:
            assert twins[node] == -1


# --- what is written -------------------------------------------------------------------------------------------


def test_lines_keep_their_fields_and_their_bytes_but_for_a_text_that_changed(tmp_path: Path) -> None:
    twice = "\n".join([TEXT[0], TEXT[1], TEXT[2], TEXT[0], TEXT[1]])
    lines = [
        b'{"id": 7, "extra": {"a": [1, 2]},  "body": ' + json.dumps(OTHER[0]).encode() + b', "date": "1/5/2025"}',
        b'{"body": ' + json.dumps(twice).encode() + b', "id": "x", "extra": 1.50}',
    ]
    source = tmp_path / "a.jsonl"
    source.write_bytes(b"\n".join(lines))
    found = cleaned(tmp_path, source, fields={"text": "body"})
    first, second = found.raw.splitlines()
    assert first == lines[0]
    assert json.loads(second) == {"body": "\n".join(TEXT[:3]), "id": "x", "extra": 1.5}
    assert b'"extra":1.50' in second
    (record,) = found.audit
    assert record["kind"] == "repeat"
    assert record["paragraphs"] == [4, 5]
    assert twice[slice(*record["chars"])] == f"{TEXT[0]}\n{TEXT[1]}"
    assert record["first"] == {"paragraphs": [1, 2], "chars": [0, len(TEXT[0]) + len(TEXT[1]) + 1]}
    assert record["similarity"] == 1.0
    assert record["characters"] == len(twice) - len("\n".join(TEXT[:3]))


def test_near_repeats_go_when_asked(tmp_path: Path) -> None:
    first = f"{TEXT[0]} {TEXT[1]}"
    near = first.split()
    near[4] = "جديد"
    source = written(tmp_path / "a.jsonl", [{"id": "a", "text": "\n".join([first, TEXT[2], " ".join(near)])}])
    assert cleaned(tmp_path, source).report.repeats == 0
    found = cleaned(tmp_path, source, fix_similar=True)
    assert found.lines[0]["text"] == f"{first}\n{TEXT[2]}"
    assert 0.6 < found.removed("repeat")["a"]["similarity"] < 1.0


def test_text_files_become_lines_with_the_names_that_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "b.txt").write_text(TEXT[0], encoding="utf-8")
    found = cleaned(tmp_path, folder, fields={"text": "content"})
    assert found.lines == [{"id": "b.txt", "content": TEXT[0]}]


#: An article with all its fields.
WHOLE = {
    **story("a", *STORY),
    "outlet": "وكالة",
    "date": "2025-11-01",
    "title": "عنوان",
    "url": "https://a.example/1",
}


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv", ".tsv"])
def test_what_came_as_columns_becomes_lines_of_all_its_fields(tmp_path: Path, suffix: str) -> None:
    names = {"text": "body", "date": "day"}
    table = [{names.get(name, name): value for name, value in article.items()} for article in (WHOLE, COPIES[4])]
    found = cleaned(tmp_path, as_columns(tmp_path / f"a{suffix}", table), fields=names)
    assert found.lines == table
    assert list(found.lines[0]) == ["id", "body", "outlet", "day", "title", "url"]


def test_a_field_that_two_are_read_from_is_written_once() -> None:
    decoder = RecordDecoder({"outlet": "site", "title": "site", "url": "text"})
    article = naskh.Article(id="1", text="نص", outlet="موقع", title="موقع", url="نص")
    line = decoder.as_line(article)
    assert json.loads(line) == {"id": "1", "text": "نص", "site": "موقع"}
    record = decoder.decode(line)
    assert [getattr(record, name) for name in ("text", "outlet", "title", "url")] == ["نص", "موقع", "موقع", "نص"]


def test_bytes_of_other_fields_stay_though_they_are_no_text(tmp_path: Path) -> None:
    twice = "\n".join([*TEXT[:3], TEXT[0], TEXT[1]])
    source = tmp_path / "a.jsonl"
    line = b'{"id":"a","k\xffy\xd9\x85":"\xf0\x80","\xf3\xb0\x82\x80":1.50,"text":%s}'
    source.write_bytes(line % json.dumps(twice).encode())
    expected = line % msgspec.json.encode("\n".join(TEXT[:3])) + b"\n"
    naskh.clean([source], tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == expected
    fixed = CliRunner().invoke(cli, ["blocks", "--fix", "--json", str(source)])
    assert (fixed.exit_code, fixed.stdout_bytes) == (0, expected)


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet"])
def test_the_name_of_the_file_chooses_the_format(tmp_path: Path, suffix: str) -> None:
    source = written(tmp_path / "a.jsonl", COPIES)
    output, audit = tmp_path / f"out{suffix}", tmp_path / f"audit{suffix}"
    naskh.clean([source], output, audit=audit)
    plain = cleaned(tmp_path, source)
    if suffix == ".parquet":
        rows = pq.read_table(output).to_pylist()
        assert [{k: v for k, v in row.items() if v is not None} for row in rows] == plain.lines
        records = pq.read_table(audit).to_pylist()
        assert [{k: v for k, v in record.items() if v is not None} for record in records] == plain.audit
    else:
        assert [msgspec.to_builtins(article)["id"] for article in Reader([output])] == plain.ids
    assert not list(tmp_path.glob(".*.part"))


def test_standard_input_is_read_once(tmp_path: Path) -> None:
    source = written(tmp_path / "a.jsonl", COPIES)
    plain = cleaned(tmp_path, source)
    assert cleaned(tmp_path, "-", stdin=io.BytesIO(source.read_bytes())).raw == plain.raw


def test_a_source_is_never_written_to(tmp_path: Path) -> None:
    source = written(tmp_path / "a.jsonl", COPIES)
    before = source.read_bytes()
    for output, audit in ((source, None), (None, source)):
        with pytest.raises(SourceError, match="is a source"):
            naskh.clean([source], output, audit=audit)
    with pytest.raises(ValueError, match="another file for the audit"):
        naskh.clean([source], tmp_path / "x.jsonl", audit=tmp_path / "x.jsonl")
    with pytest.raises(ValueError, match="must end in"):
        naskh.clean([source], tmp_path / "x.csv")
    assert source.read_bytes() == before


@pytest.mark.parametrize("how", ["symbolic link", "hard link", "another way"])
def test_nor_is_a_source_by_another_name(tmp_path: Path, how: str) -> None:
    source = written(tmp_path / "a.jsonl", COPIES)
    before = source.read_bytes()
    (tmp_path / "folder").mkdir()
    other = tmp_path / ("folder/../a.jsonl" if how == "another way" else "other.jsonl")
    if how == "symbolic link":
        other.symlink_to("a.jsonl")
    elif how == "hard link":
        other.hardlink_to(source)
    for output, audit in ((other, None), (tmp_path / "x.jsonl", other)):
        with pytest.raises(SourceError, match="is a source"):
            naskh.clean([source], output, audit=audit)
    assert source.read_bytes() == before
    assert not (tmp_path / "x.jsonl").exists()


def test_what_stands_beside_the_output_is_left_alone(tmp_path: Path) -> None:
    source = written(tmp_path / "a.jsonl", COPIES)
    before = source.read_bytes()
    (tmp_path / "x.jsonl.part").symlink_to("a.jsonl")
    naskh.clean([source], tmp_path / "x.jsonl")
    assert source.read_bytes() == before
    assert (tmp_path / "x.jsonl.part").is_symlink()


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
@pytest.mark.parametrize("which", ["out", "audit"])
def test_an_output_that_cannot_be_written_leaves_the_audit_before_it_too(
    tmp_path: Path, suffix: str, which: str
) -> None:
    """And the other way round."""
    output, audit = tmp_path / f"out{suffix}", tmp_path / f"audit{suffix}"
    for path in (output, audit):
        path.write_text("as it was")
    broken = output if which == "out" else audit
    article, record = naskh.Article(id="a", text=TEXT[0]), Removed(kind="article", id="a", characters=0)

    def write() -> None:
        with sinks(output, audit) as (write_article, write_record):
            write_article(article, lambda: b"{}")
            write_record(record)
            limit = resource.getrlimit(resource.RLIMIT_FSIZE)
            handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limit[1]))
            undo.callback(resource.setrlimit, resource.RLIMIT_FSIZE, limit)
            undo.callback(signal.signal, signal.SIGXFSZ, handler)
            noise = random.Random(1).randbytes(100_000).hex()  # noqa: S311 - it cannot be packed well
            if which == "out":
                write_article(naskh.Article(id="b", text=noise), lambda: noise.encode())
            else:
                write_record(Removed(kind="rejected", id="b", characters=0, reason=noise))

    with ExitStack() as undo, pytest.raises(FileUnwritable, match=f"{broken} cannot be written: File too large"):
        write()
    assert [output.read_text(), audit.read_text()] == ["as it was", "as it was"]
    assert {path.name for path in tmp_path.iterdir()} == {output.name, audit.name}


def test_long_articles_do_not_wait_for_many_others_to_be_written_to_parquet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("naskh.cleaning.sinks._CHARS", 10_000)
    path = tmp_path / "out.parquet"
    texts = ["x" * (9_000 if n % 3 else 20_000) for n in range(7)]
    with sinks(path, None) as (write, _):
        for n, text in enumerate(texts):
            write(naskh.Article(id=str(n), text=text), bytes)
    assert pq.read_table(path).column("text").to_pylist() == texts
    groups = pq.read_metadata(path)
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == [1, 2, 1, 2, 1]


@pytest.mark.parametrize(
    "other",
    [
        COPIES[1:],
        [*COPIES, COPIES[0] | {"id": "more"}],
        [COPIES[0] | {"text": COPIES[0]["text"].replace("س", "ش")}, *COPIES[1:]],
        [COPIES[0] | {"date": "2025-11-04"}, *COPIES[1:]],
    ],
    ids=["one less", "one more", "another text of the same length", "another date"],
)
def test_sources_that_change_while_they_are_read_leave_what_was_there(
    tmp_path: Path, other: list[dict[str, Any]]
) -> None:
    source = written(tmp_path / "a.jsonl", COPIES)
    output = tmp_path / "out.jsonl"
    output.write_text("as it was")

    def change(phase: str, share: float) -> None:
        if phase == "comparing" and share == 1.0:
            written(source, other)

    with pytest.raises(SourceError, match="changed while they were being read"):
        naskh.clean([source], output, audit=tmp_path / "audit.jsonl", progress=change)
    assert output.read_text() == "as it was"
    assert not (tmp_path / "audit.jsonl").exists()
    assert not list(tmp_path.glob(".*.part"))


# --- the index ---------------------------------------------------------------------------------------------------


def test_an_index_is_kept_as_the_sources_are_and_other_articles_in_it_do_not_count(tmp_path: Path) -> None:
    source = written(tmp_path / "a.jsonl", COPIES)
    plain = cleaned(tmp_path, source)
    index = Index(tmp_path / "index")
    index.add([naskh.Article(id="old", text=COPIES[0]["text"], date="2020-01-01")])
    for _ in range(2):
        assert cleaned(tmp_path, source, index=index.path) == plain
    assert len(Index(index.path)) == len(COPIES) + 1
    assert Index(index.path).get("late").text == COPIES[0]["text"]


def test_an_empty_folder_becomes_the_index(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    naskh.clean([written(tmp_path / "a.jsonl", COPIES)], None, index=tmp_path / "index")
    assert len(Index(tmp_path / "index")) == len(COPIES)


def test_articles_that_another_process_deletes_from_the_index_meanwhile_are_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = Intake.index

    def fill(intake: Intake, index: Index, **options: Any) -> None:
        filled(intake, index, **options)
        index.delete(["late"])

    monkeypatch.setattr(Intake, "index", fill)
    with pytest.raises(IndexUnusable, match="another process deleted 1 articles of the sources"):
        naskh.clean([written(tmp_path / "a.jsonl", COPIES)], None, index=tmp_path / "index")


def test_an_index_without_texts_is_refused(tmp_path: Path) -> None:
    index = Index(tmp_path / "index", naskh.Settings(store_text=False))
    index.add([])
    with pytest.raises(TextNotStored, match="name another folder"):
        naskh.clean([written(tmp_path / "a.jsonl", COPIES)], None, index=index.path)


# --- boilerplate -------------------------------------------------------------------------------------------------


def test_what_an_outlet_has_in_many_articles_goes_when_asked(tmp_path: Path) -> None:
    rights = "جميع الحقوق محفوظة لهذه الصحيفة ولا يجوز نقل المواد دون إذن مكتوب من إدارتها"
    bodies = [sentences(letter, 4) for letter in "بتثجحخدذرزشص"]
    articles = [
        {"id": f"a{n:02}", "outlet": "صحيفة", "date": f"2025-11-{n + 1:02}", "text": "\n\n".join([*body, rights])}
        for n, body in enumerate(bodies)
    ]
    articles[3]["text"] = f"{rights}\n" + "\n".join(bodies[3])  # at the head
    articles.append({"id": "only", "outlet": "صحيفة", "date": "2025-12-01", "text": rights})
    source = written(tmp_path / "a.jsonl", articles)
    assert cleaned(tmp_path, source).report.boilerplate == 0
    found = cleaned(tmp_path, source, boilerplate=True)
    assert [line["text"] for line in found.lines] == [
        *("\n".join(body) if n == 3 else "\n\n".join(body) for n, body in enumerate(bodies)),
        rights,  # an article of nothing else stays as it is
    ]
    record = found.removed("boilerplate")["a00"]
    assert record["articles"] == 13
    assert record["paragraphs"] == [5, 5]
    assert articles[0]["text"][slice(*record["chars"])] == rights
    assert record["characters"] == len(rights) + 2
    again = cleaned(tmp_path, written(tmp_path / "b.jsonl", found.lines), boilerplate=True)
    assert again.lines == found.lines


# --- the command -------------------------------------------------------------------------------------------------


def run(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["clean", *map(str, arguments)], input=stdin)


def test_the_command_says_what_became_of_the_sources_and_lists_what_was_rejected(tmp_path: Path) -> None:
    source = written(tmp_path / "a.jsonl", [*COPIES, {"id": "blank", "text": " "}])
    output = tmp_path / "out.jsonl"
    result = run("--json", "--prefer", "موقع", "-o", output, source)
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["articles_in"], report["kept"], report["removed"], report["rejected"]) == (6, 2, 3, 1)
    assert "6 articles in: 2 kept, 3 copies removed, 0 replaced by later ones, 1 rejected" in result.stderr
    assert f"{source}:6: field 'text' is only white space" in result.stderr
    assert [line["id"] for line in read(output)] == ["undated", "else"]
    records = read(tmp_path / "out.jsonl.audit.jsonl")
    assert Counter(record["kind"] for record in records) == {"article": 3, "rejected": 1}
    assert "white space" in records[-1]["reason"]


def test_what_gave_no_article_or_not_all_of_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("trafilatura", reason="needs the extra warc", exc_type=ImportError)
    workers = []

    def extractors(number: int | None) -> Extractors:
        workers.append(number)
        return Extractors(number)

    from naskh.sources.extraction import Extractors

    monkeypatch.setattr("naskh.sources.extraction.Extractors", extractors)
    source = written(tmp_path / "a.jsonl", [COPIES[0] | {"date": "gestern"}])
    archive = tmp_path / "b.warc"
    archive.write_bytes(response("https://a.example/", "gone", status="404 Not Found"))
    result = run("--workers", 1, "--json", "--dry-run", source, archive)
    assert result.exit_code == 0
    assert "1 dates could not be read and are null" in result.stderr
    assert "passed over in web archives: 1 " in result.stderr
    report = json.loads(result.stdout)
    assert (report["unreadable_dates"], sum(report["passed_over"].values())) == (1, 1)
    assert workers == [1, 1]


def test_a_dry_run_writes_the_account_alone(tmp_path: Path) -> None:
    source = written(tmp_path / "a.jsonl", COPIES)
    assert run("--dry-run", "--audit", tmp_path / "audit.jsonl", "-", stdin=source.read_bytes()).exit_code == 0
    assert run("--dry-run", "-o", tmp_path / "x.parquet", source).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl", "audit.jsonl", "x.parquet.audit.parquet"}
    assert len(read(tmp_path / "audit.jsonl")) == pq.read_metadata(tmp_path / "x.parquet.audit.parquet").num_rows


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say where to write the articles"),
        (["-o", "a.csv"], "must end in .jsonl, .jsonl.gz, .jsonl.zst or .parquet"),
        (["-o", "b.jsonl", "--audit", "b.jsonl"], "are the same file"),
        (["-o", "a.jsonl"], "is a source"),
        (["-o", "nowhere/b.jsonl"], "the folder nowhere is not there"),
    ],
)
def test_wrong_usage_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "a.jsonl", COPIES)
    result = run("a.jsonl", *arguments)
    assert said in (result.stderr + str(result.exception))
    assert result.exit_code in (1, 2)  # 1 is that of an error which `naskh.cli.main` makes 2 of
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


@pytest.mark.usefixtures("signals_as_usual")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_ended_while_it_reads_it_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [
        sys.executable,
        "-c",
        "from naskh.cli import main; main()",
        "clean",
        "-",
        "-o",
        tmp_path / "out.jsonl",
    ]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(msgspec.json.encode(COPIES[0]) + b"\n")
        process.stdin.flush()
        deadline = time.monotonic() + 60
        while not list(temporary.glob("naskh-clean-*/index/lock")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        said = process.stderr.read().decode()
    assert process.returncode == 130
    assert "interrupted" in said
    assert list(temporary.iterdir()) == []
    assert list(tmp_path.iterdir()) == [temporary]


# --- the account, on any corpus ----------------------------------------------------------------------------------


@st.composite
def corpora(draw: st.DrawFn) -> list[list[dict[str, Any]]]:
    """Files of articles made of few sentences: copies, partial ones, repeats, boilerplate, ids again, bad lines."""
    rng = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311
    pool = [*TEXT[:12], *OTHER[:4]]
    articles: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 40))):
        kind = rng.random()
        if kind < 0.1:
            text = " "
        elif kind < 0.5 and articles:
            lines = rng.choice(articles)["text"].split("\n")
            text = "\n".join(line for line in lines if rng.random() < 0.9) or TEXT[0]
        else:
            text = "\n".join(rng.choices(pool, k=rng.randrange(1, 9)))
        if rng.random() < 0.4:
            text += "\n" + OTHER[20]
        articles.append(
            {
                "id": f"{rng.randrange(60)}" if rng.random() < 0.3 else f"n{number}",
                "text": text,
                "outlet": rng.choice(["أ", "أ", "ب", None]),
                "date": rng.choice([None, *(f"2025-11-{day:02}" for day in range(1, 16))]),
            }
        )
    cut = rng.randrange(len(articles) + 1)
    return [articles[:cut], articles[cut:]]


OPTIONS = st.fixed_dictionaries(
    {
        "keep": st.sampled_from(["earliest", "longest"]),
        "also_partial": st.booleans(),
        "min_containment": st.sampled_from([0.0, 0.0, 0.5, 0.9]),
        "fix_similar": st.booleans(),
        "boilerplate": st.booleans(),
        "workers": st.sampled_from([1, 2, 3]),
    }
)


def check_account(files: list[list[dict[str, Any]]], options: dict[str, Any], suffix: str) -> None:
    """Whether the account of cleaning some files adds up, and whether cleaning again removes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        sources = [as_source(place / f"{n}{suffix}", articles) for n, articles in enumerate(files)]
        found = cleaned(place, *sources, **options)
        report, kinds = found.report, Counter(record["kind"] for record in found.audit)
        # Of archives, pages that were fetched again or have no text are passed over, and one record in any case.
        passed_over = sum(report.passed_over.values()) - len(files) * (suffix == ".warc")
        assert report.articles_in + passed_over == sum(map(len, files))
        assert report.articles_in == report.kept + report.removed + report.replaced + report.rejected
        assert (report.removed, report.replaced) == (kinds["article"], kinds["replaced"])
        assert (report.rejected, report.repeats) == (kinds["rejected"], kinds["repeat"])
        assert report.boilerplate == kinds["boilerplate"]
        assert (report.kept, report.characters_out) == (
            len(found.lines),
            sum(len(line["text"]) for line in found.lines),
        )
        removed = sum(msgspec.to_builtins(report.characters_removed).values())
        assert report.characters_in == report.characters_out + removed
        assert removed == sum(record["characters"] for record in found.audit)
        assert len(set(found.ids)) == len(found.ids)
        gone = [record for record in found.audit if record["kind"] == "article"]
        assert all(record["containment"] >= options["min_containment"] for record in gone)
        twins = {record["kept"] for record in gone}
        assert twins <= set(found.ids)
        for line in found.lines:
            assert without_repeats(line["text"], similar=options["fix_similar"]) == line["text"]
        kept = written(place / "kept.jsonl", found.lines)
        again = cleaned(place, kept, **{**options, "workers": 2})
        assert again.lines == found.lines
        assert again.audit == []
        other = cleaned(place, *sources, **{**options, "workers": 3 if options["workers"] == 1 else 1})
        assert (other.lines, other.audit) == (found.lines, found.audit)


@given(corpora(), OPTIONS)
@settings(max_examples=25, deadline=None)
def test_the_account_adds_up_and_cleaning_again_removes_nothing(
    files: list[list[dict[str, Any]]], options: dict[str, Any]
) -> None:
    check_account(files, options, ".jsonl")


@given(corpora(), OPTIONS, st.sampled_from([".parquet", ".csv"]))
@settings(max_examples=10, deadline=None)
def test_nor_does_it_when_the_sources_were_tables(
    files: list[list[dict[str, Any]]], options: dict[str, Any], suffix: str
) -> None:
    check_account(files, options, suffix)


@given(corpora(), OPTIONS)
@settings(max_examples=2, deadline=None, phases=[Phase.generate])
def test_nor_does_it_when_the_sources_were_web_archives(
    files: list[list[dict[str, Any]]], options: dict[str, Any]
) -> None:
    pytest.importorskip("trafilatura", reason="needs the extra warc", exc_type=ImportError)
    check_account(files, options, ".warc")


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet", ".csv", ".warc"])
def test_what_dates_decide_they_decide_again(tmp_path: Path, suffix: str) -> None:
    """Standing text in articles years apart is a formula; without their dates they would be copies."""
    if suffix == ".warc":
        pytest.importorskip("trafilatura", reason="needs the extra warc", exc_type=ImportError)
    articles = [
        story(f"{n}", *(f"t{m}" for m in range(5)), *(f"o{n * 2 + m}" for m in range(2)), outlet=f"o{n}",
              date=f"{2010 + n}-01-01")
        for n in range(12)
    ]  # fmt: skip
    found = cleaned(tmp_path, as_source(tmp_path / f"a{suffix}", articles))
    assert [line["date"] for line in found.lines] == [article["date"] for article in articles]
    assert cleaned(tmp_path, written(tmp_path / "b.jsonl", found.lines)).report.removed == 0
    undated = [{name: value for name, value in line.items() if name != "date"} for line in found.lines]
    assert cleaned(tmp_path, written(tmp_path / "b.jsonl", undated)).report.removed > 0


def test_pairs_of_what_is_left_weigh_what_they_do_in_an_index_of_their_own(tmp_path: Path) -> None:
    sample = list(Reader([SAMPLE]))
    index = Index(tmp_path / "all")
    index.add(sample)
    corpus = Corpus(index.snapshot)
    stays = np.arange(len(corpus.ids)) % 3 > 0
    own = Index(tmp_path / "own")
    own.add([article for article in sample if stays[corpus.ids.to_pylist().index(article.id)]])
    left, alone = Corpus(view_of(corpus)(stays)), Corpus(own.snapshot)
    assert left.ids == alone.ids
    number = np.flatnonzero(stays)

    def figures(corpus: Corpus, pairs: Any, postings: Any) -> list[Any]:
        rows = by_story(pairs, len(corpus.ids))
        return [list(column[np.argsort(part)]) for part, e in evidence_on(corpus, postings, pairs, rows)
                for column in (*e.figures()[:10], e.relations())]  # fmt: skip

    pairs, postings = alike_articles(alone, min_containment=0.05)
    expected = figures(alone, pairs, postings)
    assert len(pairs.first) > 5
    assert [list(column) for column in alike_articles(left, min_containment=0.05)[0]] == [list(c) for c in pairs]
    inside = pairs._replace(first=number[pairs.first], second=number[pairs.second])
    _, of_all = alike_articles(corpus, min_containment=0.05)
    assert figures(corpus, inside, thinned(of_all, corpus, stays)) == expected


@given(st.lists(articles_of_pieces(), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_an_article_that_is_taken_to_repeat_no_words_has_no_exact_repeat(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = Index(Path(folder) / "index")
        index.add([naskh.Article(id=f"{n:02}", text=f"{text}\n{TEXT[n]}") for n, text in enumerate(texts)])
        corpus = Corpus(index.snapshot)
        may = articles_that_may_repeat(corpus, exactly=True)
        for number, id_ in enumerate(corpus.ids.to_pylist()):
            text = index.get(id_).text
            assert may[number] or without_repeats(text) == text, repeated_blocks(text)
