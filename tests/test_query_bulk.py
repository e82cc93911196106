"""Queries by the thousand are answered as a batch, in arrays, as each is answered alone."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from naskh import Article, Index, Settings
from naskh.article import QueryResult
from naskh.cli import cli
from naskh.index.snapshot import open_snapshot
from naskh.matching import many
from naskh.matching.align_kernels import PLACE_BITS, text_places
from naskh.matching.align_kernels import find_runs as reference_runs
from naskh.matching.bulk import BulkEngine
from naskh.matching.bulk_align_kernels import FEW, find_runs, own_places, passages
from naskh.matching.bulk_columns import queries_of
from naskh.matching.bulk_json_kernels import put_number, put_string
from naskh.matching.bulk_output import json_lines, results
from naskh.matching.bulk_texts import packed, spans_of
from naskh.matching.passages import align
from naskh.matching.query import Engine, query
from naskh.matching.spans import span_of_words
from naskh.matching.stored import Stored
from naskh.sketch.batch import sketcher
from naskh.text.analysis import analyse
from tests.test_query_many import PHRASES, crawls, edited, few, gaps, some


def assert_same_answers(index: Index, articles: list[Article], min_containment: float = 0.1) -> int:
    """A batch and the reference give the same bytes and objects; how many matches there are."""
    snapshot = open_snapshot(index.path)
    reference, engine = Engine(Stored(snapshot)), BulkEngine(Stored(snapshot))
    expected = [
        query(reference, reference.subject(article), min_containment=min_containment) for article in articles
    ]
    queries = queries_of(articles, engine.stored)
    found = engine.answer(queries, min_containment)
    lines, ends = json_lines(found, queries, engine.columns)
    assert lines.tobytes() == b"".join(msgspec.json.encode(result) + b"\n" for result in expected)
    assert ends[-1] == len(lines)
    assert results(found, queries, engine.columns) == expected
    return len(found.table)


# --- a batch and its queries alone -----------------------------------------------------------------------------


@settings(deadline=None, max_examples=80)
@given(
    crawl=crawls,
    scale=st.sampled_from([1, 4]),
    stored=st.booleans(),
    min_containment=st.sampled_from([0.0, 0.05, 0.1, 0.3, 1.0]),
    deleted=st.sets(st.integers(0, 29), max_size=3),
)
def test_a_batch_is_answered_as_each_article_alone(
    crawl: list[tuple[list[str], str | None, str | None]],
    scale: int,
    stored: bool,
    min_containment: float,
    deleted: set[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    index = Index(tmp_path_factory.mktemp("crawl") / "index", Settings(frac_scale=scale, store_text=stored))
    articles = [
        Article(id=f"{i}", text=" ".join(phrases), date=date, outlet=outlet, title='"\t')
        for i, (phrases, date, outlet) in enumerate(crawl)
    ]
    index.add(articles[::2])
    index.add(articles[1::2])
    index.delete(f"{i}" for i in deleted)
    assert_same_answers(index, [*articles, Article(id="", text=articles[0].text)], min_containment)


def test_the_sample_is_answered_as_each_article_alone(sample: list[Article], sample_index: Index) -> None:
    assert assert_same_answers(sample_index, sample) > 100
    assert assert_same_answers(sample_index, sample, 0.0) > 100
    assert assert_same_answers(sample_index, sample, 0.5) > 20


def test_tables_speech_and_boilerplate_are_told_from_copies_as_alone(tmp_path: Path) -> None:
    line = "تابعوا آخر الأخبار على صفحاتنا في مواقع التواصل الاجتماعي"
    speech = "وقال الوزير إن العمل في المشروع مستمر حتى نهاية العام المقبل بإذن الله كما كان مقررا له من قبل"
    articles = [
        Article(
            id=f"{n:02}",
            text="\n".join(
                [f"نص{n} جملة{n} كلمة{n} " * (1 + n % 30), speech if n % 3 else "", line if n < 14 else "",
                 " ".join(f"سعر السلعة{i} في السوق {n * i}" for i in range(12)) if n % 2 else ""]
            ),
            outlet="a" if n < 14 else f"b{n % 5}",
            date=f"2025-11-{1 + (n % 7 if n < 14 else n % 2):02}",
        )
        for n in range(60)
    ]  # fmt: skip
    index = Index(tmp_path / "index")
    index.add(articles)
    assert assert_same_answers(index, articles, 0.0) > 500


def test_nothing_is_found_in_an_index_without_articles_or_by_texts_without_words(
    tmp_path: Path, sample: list[Article]
) -> None:
    index = Index(tmp_path / "index")
    index.add(sample[:1])
    index.delete([sample[0].id])
    assert assert_same_answers(index, sample) == 0
    index.add(sample)
    assert assert_same_answers(index, [Article(id="", text=""), Article(id="x", text="\n.\n")]) == 0


# --- many articles ---------------------------------------------------------------------------------------------


@pytest.fixture
def asked(sample: list[Article]) -> list[Article]:
    """More than one batch of articles."""
    return [*sample, *reversed(sample), *sample, *sample]


@pytest.fixture
def alone(sample: list[Article], sample_index: Index) -> dict[str, QueryResult]:
    """What each is answered alone."""
    return {article.id: Index(sample_index.path).query(article) for article in sample}


@pytest.mark.parametrize("workers", [1, 3])
def test_batches_are_answered_in_their_order_whatever_the_workers(
    asked: list[Article], alone: dict[str, QueryResult], sample_index: Index, workers: int
) -> None:
    answers = list(Index(sample_index.path).query_many(asked, workers=workers))
    assert answers == [(article, alone[article.id]) for article in asked]
    lines = b"".join(Index(sample_index.path).query_json(asked, workers=workers))
    assert lines == b"".join(msgspec.json.encode(alone[article.id]) + b"\n" for article in asked)


def test_the_size_of_batches_makes_no_difference(
    asked: list[Article], sample_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = b"".join(sample_index.query_json(asked))
    monkeypatch.setattr(many, "BATCH", 70)
    assert b"".join(sample_index.query_json(asked)) == expected


def test_an_article_with_a_lone_surrogate_is_answered_among_the_others(
    asked: list[Article], alone: dict[str, QueryResult], sample_index: Index
) -> None:
    odd = Article(id="odd", text=f"{asked[0].text} \ud800")
    answers = list(sample_index.query_many([*asked, odd]))
    assert answers[:-1] == [(article, alone[article.id]) for article in asked]
    assert asked[0].id in [match.id for match in answers[-1][1].matches]


def test_an_article_too_long_for_the_kernels_is_answered(asked: list[Article], sample_index: Index) -> None:
    long = Article(id="long", text=asked[0].text + " و" * (1 << PLACE_BITS - 1))
    (*_, (article, result)) = sample_index.query_many([*asked[:70], long])
    assert article is long
    assert result.matches


def test_what_is_added_and_deleted_between_batches_is_seen(index: Index, sample: list[Article]) -> None:
    index.add(sample)
    copies = [Article(id="copy", text=sample[0].text)]
    many_times = [sample[0]] * 70
    for change, is_there in ((index.add, True), (index.delete, False)):
        change(copies if is_there else ["copy"])  # type: ignore[operator]
        found = [[match.id for match in result.matches] for _, result in index.query_many(many_times)]
        assert all(("copy" in ids) == is_there for ids in found)


def test_bad_lines_of_a_bulk_are_listed_and_the_others_answered(
    asked: list[Article], sample_index: Index, tmp_path: Path
) -> None:
    lines = [msgspec.json.encode(article).decode() for article in asked]
    lines[40:40] = ["{", '{"id": "no text"}']
    source = tmp_path / "many.jsonl"
    source.write_text("\n".join(lines))
    done = CliRunner().invoke(cli, ["query", str(sample_index.path), "--json", str(source)])
    assert done.exit_code == 1
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [article.id for article in asked]
    assert "2 rejected" in done.stderr
    assert "many.jsonl:41" in done.stderr


# --- the kernels and their references --------------------------------------------------------------------------


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.tuples(few, few), st.tuples(some, some), edited()), gaps, gaps, st.integers(1, 4))
def test_shared_shingles_alone_are_aligned_as_whole_texts_are(
    texts: tuple[list[int], list[int]], skip: tuple[int, int], match_skip: tuple[int, int], size: int
) -> None:
    text, match = (np.array(text, np.uint32) for text in texts)
    outside = [text[place] for place in range(len(text)) if not skip[0] <= place < skip[1]]
    own = {shingle: k for k, shingle in enumerate(sorted(set(outside)))}
    keys = np.array([own.get(shingle, -1) for shingle in text], np.int32)
    index = np.array([own.get(shingle, -1) for shingle in match], np.int32)
    stands = np.flatnonzero(index >= 0).astype(np.int32)
    near = stands, index[stands]
    index[slice(*match_skip)] = -1
    packed_runs, count = find_runs(
        keys, own_places(keys, len(own)), np.array(skip), index, near, np.array(match_skip), np.empty(1, np.int64)
    )
    mask = (1 << PLACE_BITS) - 1
    runs = [
        (run >> 2 * PLACE_BITS, run & mask, (run >> PLACE_BITS & mask) + 1) for run in packed_runs[:count].tolist()
    ]
    assert runs == [tuple(run) for run in reference_runs(text_places(text), match, skip, match_skip).tolist()]
    scratch = np.empty((FEW, 3), np.int64), np.empty((5, FEW), np.int64), np.zeros(len(text) + size, np.bool_)
    out = np.empty((count, 4), np.int64)
    found = passages(packed_runs, count, len(text), size, scratch, out)
    assert out[:found].tolist() == [list(run[:4]) for run in align(text, match, size, skip, match_skip)]
    assert not scratch[2].any()


words_of_all_kinds = st.lists(
    st.one_of(
        st.sampled_from([*PHRASES, "\n\n", " \t", "***", "تشرين الثاني", "ﷺ", "مُحمَّـد", "«قال»", "\u0650", "٣٫٥"]),
        st.text(max_size=6),
    ),
    max_size=20,
).map(" ".join)


@settings(deadline=None, max_examples=300)
@given(st.lists(words_of_all_kinds, min_size=1, max_size=4))
def test_stretches_of_words_are_found_in_packed_texts(texts: list[str]) -> None:
    own = Settings()
    raw = [text.encode() for text in texts]
    data, ends = np.frombuffer(b"".join(raw), np.uint8), np.cumsum([0, *map(len, raw)])
    sketch = sketcher(own).sketch(data, ends)
    analyses = [analyse(text) for text in texts]
    owners, stretches, expected = [], [], []
    for number, analysis in enumerate(analyses):
        for first in range(len(analysis.words)):
            for end in {first + 1, first + 5, len(analysis.words) + 2}:
                span = span_of_words(analysis, first, end)
                owners.append(number)
                stretches.append((first, end))
                expected.append([*span.paragraphs, *span.chars])
    texts_packed = packed(data, ends, sketch.word_counts, sketch.datelines[:, 1] > sketch.datelines[:, 0])
    stretch_array = np.array(stretches, np.int64).reshape(-1, 2)
    assert spans_of(texts_packed, np.array(owners, np.int64), stretch_array, own).tolist() == expected


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.none(), st.text(), st.text(st.characters(max_codepoint=0x7F))))
def test_strings_are_written_as_msgspec_writes_them(value: str | None) -> None:
    data = np.frombuffer((value or "").encode() + b"\0", np.uint8)
    out = np.zeros(6 * len(data) + 4, np.uint8)
    end = put_string(out, 0, data.ctypes.data, -1 if value is None else len(data) - 1)
    assert out[:end].tobytes() == msgspec.json.encode(value)


@given(st.integers(0, 1 << 62))
def test_numbers_are_written_in_ascii(value: int) -> None:
    out = np.zeros(20, np.uint8)
    assert out[: put_number(out, 0, value)].tobytes() == str(value).encode()
