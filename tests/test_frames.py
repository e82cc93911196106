"""Tables of other programs: `Index.add` and `Index.query_many` take them, and say what is wrong with one."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from naskh import Article, Index
from naskh.errors import SourceError
from naskh.sources.frames import frame_batches


def rows(sample: list[Article]) -> dict[str, list[str | None]]:
    return {name: [getattr(article, name) for article in sample] for name in Article.__struct_fields__}


def duckdb_relation(table: pa.Table) -> object:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    return duckdb.connect().from_arrow(table)


MAKERS = {
    "pandas": lambda table: table.to_pandas(),
    "pandas of objects": lambda table: table.to_pandas().astype(object),
    "polars": lambda table: pl.from_arrow(table),
    "pyarrow table": lambda table: table,
    "record batch": lambda table: table.to_batches()[0],
    "record batch reader": lambda table: table.to_reader(),
    "dictionaries": lambda table: table.set_column(2, "outlet", table["outlet"].dictionary_encode()),
    "duckdb": duckdb_relation,
}


@pytest.mark.parametrize("maker", MAKERS)
def test_a_table_is_added_as_its_articles_are(index, sample, maker):
    index.add(sample)

    report = index.add(MAKERS[maker](pa.table(rows(sample))))

    assert (report.unchanged, report.articles, report.durable) == (len(sample), len(sample), len(sample))


def test_columns_of_other_names_are_read_and_the_others_left_aside(index, sample):
    frame = pl.DataFrame({"key": [7, 8], "body": [a.text for a in sample[:2]], "score": [0.5, 0.7]})

    index.add(frame, fields={"id": "key", "text": "body"})

    assert index.get("7") == Article(id="7", text=sample[0].text)
    assert "8" in index


def test_a_frame_is_queried_as_its_articles_are(sample_index, sample):
    frame = pd.DataFrame(rows(sample)).rename(columns={"text": "content"})

    found = list(sample_index.query_many(frame, fields={"text": "content"}))

    assert found == list(sample_index.query_many(sample))
    assert b"".join(sample_index.query_json(frame, fields={"text": "content"})).count(b"\n") == len(sample)


def test_dates_of_pandas_are_iso_8601(index):
    frame = pd.DataFrame({"id": ["a"], "text": ["قال"], "date": pd.to_datetime(["2015-07-21T10:00:00+03:00"])})

    index.add(frame)

    assert index.get("a").date == "2015-07-21T10:00:00+03:00"


def test_texts_of_a_table_are_not_copied():
    table = pa.table({"id": ["a", "b"], "text": pa.array(["قال المتحدث", "وأضاف"], pa.large_string())})

    (batch,) = frame_batches(table)

    assert batch.column("text").buffers()[2].address == table["text"].chunk(0).buffers()[2].address


def test_later_rows_of_the_same_id_replace_earlier_ones(index):
    index.add(pa.table({"id": ["a", "a"], "text": ["one", "two"]}))

    assert index.get("a").text == "two"


@pytest.mark.parametrize(
    ("table", "fields", "said"),
    [
        ({"id": ["a"]}, None, r"no column 'text'; the columns are: 'id'"),
        ({"id": ["a"], "text": ["x"]}, {"title": "t"}, r"no column 't' \(read as title\); the columns are: 'id'"),
        ({"id": ["a", None], "text": ["x", "y"]}, None, r"row 2: column 'id' is null"),
        ({"id": ["a", ""], "text": ["x", "y"]}, None, r"row 2: column 'id' is empty"),
        ({"id": ["a"] * 3, "text": ["x", "y", None]}, None, r"row 3: column 'text' is null"),
        ({"id": ["a"], "text": [1.5]}, None, r"column 'text' is of type double; it must hold strings"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_said(index, table, fields, said):
    with pytest.raises(ValueError, match=said):
        index.add(pa.table(table), fields=fields)


def test_fields_are_those_of_articles_and_for_tables(index):
    with pytest.raises(SourceError, match="no field 'author'"):
        index.add(pa.table({"id": ["a"], "text": ["x"]}), fields={"author": "a"})
    with pytest.raises(TypeError, match="these are articles"):
        index.add([Article(id="a", text="x")], fields={"text": "body"})
    with pytest.raises(TypeError, match="these are articles"):
        index.query_many([Article(id="a", text="x")], fields={"text": "body"})


def test_a_wrong_table_makes_no_index(tmp_path):
    index = Index(tmp_path / "index")

    with pytest.raises(ValueError, match="no column 'text'"):
        index.add(pa.table({"id": ["a"]}))

    assert not (tmp_path / "index" / "000001.articles.arrow").exists()
