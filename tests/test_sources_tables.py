"""Parquet, Arrow IPC and CSV: the same articles as JSON lines give, and what of a table gives none."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from naskh.article import Article
from naskh.errors import SourceError
from naskh.sources import Reader, Rejection

TEXT = "قال المتحدث إن الأعمال ستنتهي قبل نهاية العام.\nوأضاف أن الطريق سيفتح قريبا."
FIELDS = ("id", "text", "outlet", "date", "title", "url")


def write(path: Path, table: pa.Table) -> Path:
    """A table in the format that the name says."""
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=7)
    elif path.suffix == ".feather":
        feather.write_feather(table, path, chunksize=5)
    else:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table, max_chunksize=5)
    return path


def write_csv(path: Path, rows: list[dict[str, str | None]], **options: object) -> Path:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), **options)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode())
    return path


def read(path: Path, **options: object) -> tuple[list[Article], list[str]]:
    """The articles, which are the same one by one and in batches, and the rejections without their file."""
    rejections: list[Rejection] = []
    reader = Reader([path], on_reject=rejections.append, **options)
    batches = list(reader.batches())
    assert reader.articles == sum(map(len, batches))
    for batch in batches:
        batch.validate(full=True)
    in_bulk = [Article(**row) for batch in batches for row in batch.to_pylist()]
    told, dates = [str(rejection) for rejection in rejections], reader.unreadable_dates
    rejections.clear()
    assert list(reader) == in_bulk
    assert [str(rejection) for rejection in rejections] == told
    assert reader.unreadable_dates == dates
    return in_bulk, [line.removeprefix(f"{path}") for line in told]


table_formats = pytest.mark.parametrize("name", ["t.parquet", "t.feather", "t.arrow"])

_plain = st.characters(codec="utf-8", exclude_characters="\0")
_value = st.text(_plain, min_size=1, max_size=12)
_seen = _value.filter(lambda value: not value.isspace())
_articles = st.lists(
    st.fixed_dictionaries(
        {
            "id": _seen,
            "text": _seen,
            "outlet": st.none() | _value,
            "date": st.sampled_from([None, "2015-07-21", "Tue, 21 Jul 2015 10:00:00 +0300", "gestern", " "]),
            "title": st.none() | _value,
            "url": st.none() | _value,
        }
    ),
    max_size=20,
    unique_by=lambda row: row["id"],
)


class TestSameAsJsonLines:
    @settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(rows=_articles)
    @example(rows=[{"id": "a", "text": 'x,"y"\r\nz\r', "outlet": "\n", "date": None, "title": '"', "url": ";"}])
    def test_every_format_gives_what_json_lines_give(self, tmp_path, rows):
        lines = tmp_path / "a.jsonl"
        lines.write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
        table = pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in FIELDS]))
        expected = read(lines)
        assert expected[1] == []

        for name in ("t.parquet", "t.feather", "t.arrow"):
            assert read(write(tmp_path / name, table)) == expected
        if rows:
            for name, dialect in (("t.csv", "excel"), ("t.tsv", "excel-tab")):
                quoted = write_csv(tmp_path / name, rows, dialect=dialect, quoting=csv.QUOTE_ALL)
                assert read(quoted) == expected

    def test_white_space_is_what_python_takes_for_it(self):
        every = [chr(c) for c in range(0x11000) if not 0xD800 <= c < 0xE000]

        found = pc.utf8_is_space(pa.array(every, pa.string())).to_pylist()

        assert [c for c, is_space in zip(every, found, strict=True) if is_space != c.isspace()] == []

    @table_formats
    def test_types_become_what_json_lines_would_give(self, tmp_path, name):
        tz = dt.timezone(dt.timedelta(hours=3))
        table = pa.table(
            {
                "id": pa.array([7, 8], pa.uint64()),
                "text": pa.array([TEXT, TEXT + "!"], pa.large_string()),
                "outlet": pa.array(["was", None]).dictionary_encode(),
                "title": pa.array(["خبر", "خبر"]).dictionary_encode(),
                "date": pa.array([dt.datetime(2015, 7, 21, 10, 0, tzinfo=tz), None], pa.timestamp("ns", "+03:00")),
                "url": pa.nulls(2),
                "tags": pa.array([["a"], []]),
            }
        )

        assert read(write(tmp_path / name, table)) == (
            [
                Article(id="7", text=TEXT, outlet="was", title="خبر", date="2015-07-21T10:00:00+03:00"),
                Article(id="8", text=TEXT + "!", title="خبر"),
            ],
            [],
        )

    @pytest.mark.parametrize(
        ("dates", "expected"),
        [
            (pa.array([dt.date(2015, 7, 21)], pa.date32()), "2015-07-21"),
            (pa.array([dt.date(2015, 7, 21)], pa.date64()), "2015-07-21"),
            (pa.array([dt.datetime(2015, 7, 21, 10)], pa.timestamp("s")), "2015-07-21T10:00:00"),
            (pa.array(["2015-07-21"]).dictionary_encode(), "2015-07-21"),
        ],
    )
    def test_dates_are_iso_8601(self, tmp_path, dates, expected):
        table = pa.table({"id": ["a"], "text": [TEXT], "date": dates})

        (article,), _ = read(write(tmp_path / "t.arrow", table))

        assert article.date == expected

    def test_a_date_out_of_range_is_null_and_counted(self, tmp_path):
        table = pa.table({"id": ["a"], "text": [TEXT], "date": pa.array([10**14], pa.timestamp("s"))})
        reader = Reader([write(tmp_path / "t.arrow", table)])

        assert [article.date for article in reader] == [None]
        assert reader.unreadable_dates == 1

    def test_views_of_strings_are_strings(self, tmp_path):
        table = pa.table({"id": pa.array(["a"], pa.string_view()), "text": pa.array([TEXT], pa.string_view())})

        assert read(write(tmp_path / "t.arrow", table)) == ([Article(id="a", text=TEXT)], [])

    def test_large_tables_come_in_small_batches(self, tmp_path):
        table = pa.table({"id": [str(n) for n in range(3000)], "text": [TEXT * 20] * 3000})
        reader = Reader([write(tmp_path / "t.feather", table.combine_chunks())])

        batches = list(reader.batches())

        assert max(map(len, batches)) <= 1024
        assert pa.Table.from_batches(batches).select(["id", "text"]).combine_chunks() == table.combine_chunks()


class TestRows:
    @table_formats
    def test_a_row_that_gives_no_article_is_named_and_the_others_are_taken(self, tmp_path, name):
        ids = ["a", None, " ", "d", "e", "a", "g", "h"]
        texts = [TEXT, TEXT, TEXT, None, "", TEXT, " \n ", TEXT]

        articles, rejected = read(write(tmp_path / name, pa.table({"id": ids, "text": texts})))

        assert [article.id for article in articles] == ["a", "h"]
        assert rejected == [
            ":2: column 'id' is null",
            ":3: column 'id' is only white space",
            ":4: column 'text' is null",
            ":5: column 'text' is empty",
            ":6: duplicate id 'a', first in row 1",
            ":7: column 'text' is only white space",
        ]

    @table_formats
    def test_a_text_that_is_not_utf8_or_too_large_is_rejected(self, tmp_path, name):
        texts = pa.array([TEXT.encode(), b"\xc7\xe1", b"x" * 500]).cast(pa.binary())
        broken = pa.Array.from_buffers(pa.string(), 3, texts.buffers())

        articles, rejected = read(
            write(tmp_path / name, pa.table({"id": ["a", "b", "c"], "text": broken})), max_article_bytes=400
        )

        assert [article.id for article in articles] == ["a"]
        assert rejected[0].startswith(":2: column 'text' cannot be read: Invalid")
        assert rejected[1:] == [":3: text larger than 400 bytes"]

    def test_a_record_of_csv_that_gives_no_article_is_named_by_its_first_line(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_bytes(
            b"id,text,title\n"
            b'a,"one\ntwo",t\n'
            b"b,one\n"
            b"\n"
            b"c,\xc7\xe1\xda\xd1\xc8,t\n"
            b'd,"x"y,t\n'
            b"e,,t\n"
            b"a,again,t\n"
            b'f,"fine ""f""",\n'
            b'g,"never closed,t\nh,x,t\n'
        )

        articles, rejected = read(path)

        assert articles == [
            Article(id="a", text="one\ntwo", title="t"),
            Article(id="f", text='fine "f"'),
        ]
        assert rejected == [
            ":4: 2 fields, but the header has 3",
            ":6: not UTF-8 (byte 0xC7 at column 3); convert it, for example with iconv -f windows-1256 -t utf-8",
            ":7: a quote is closed in the middle of a field; a quote inside of quotes is written twice",
            ":8: column 'text' is empty",
            ":9: duplicate id 'a', first on line 2",
            ":11: a quote that is opened here is not closed",
        ]

    def test_a_record_of_csv_that_is_too_long_is_rejected(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text("id,text\na," + "x" * 900 + "\nb,fine\n")

        articles, rejected = read(path, max_article_bytes=500)

        assert [article.id for article in articles] == ["b"]
        assert rejected == [":2: record longer than 500 bytes"]

    @pytest.mark.parametrize("chunk_bytes", [7, 64, 1 << 20])
    @pytest.mark.parametrize(
        "long",
        [
            '"' + "x" * 60 + "\nfake,an article\n" + 'more"',
            '"' + "x" * 60 + '""\nfake,an article\n' + 'more"',
            '"' + "x" * 30 + "\nfake,an article\n" * 9 + '"',
            "x" * 90 + ',"and\nfake,an article\n"',
        ],
    )
    def test_of_a_record_of_csv_that_is_too_long_no_line_is_a_record(self, tmp_path, chunk_bytes, long):
        path = tmp_path / "t.csv"
        path.write_text(f"id,text\na,{long}\nb,fine\n")

        articles, rejected = read(path, max_article_bytes=50, chunk_bytes=chunk_bytes)

        assert [article.id for article in articles] == ["b"]
        assert rejected == [":2: record longer than 50 bytes"]

    def test_a_quote_in_a_field_without_quotes_costs_no_other_record(self, tmp_path):
        (tmp_path / "t.csv").write_text('id,text\na,one\na,7" wide\nb,fine\nc,9" wide\n')

        assert [article.id for article in read(tmp_path / "t.csv")[0]] == ["a", "b", "c"]

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"id,text\ra,b\rc,d\r", ":1: the names of the columns cannot be read: a carriage return outside of"),
            (b"id," + b"x" * 900, ":1: no names of columns: record longer than 500 bytes"),
        ],
    )
    def test_a_header_of_csv_that_cannot_be_read_is_a_rejection(self, tmp_path, content, said):
        (tmp_path / "t.csv").write_bytes(content)

        articles, (rejected,) = read(tmp_path / "t.csv", max_article_bytes=500)

        assert articles == []
        assert rejected.startswith(said)

    @pytest.mark.parametrize("mark", [";", "\t"])
    def test_the_header_tells_how_csv_is_separated(self, tmp_path, mark):
        rows = [{"id": "a", "text": "one, two", "outlet": "o"}]

        assert read(write_csv(tmp_path / "t.csv", rows, delimiter=mark)) == (
            [Article(id="a", text="one, two", outlet="o")],
            [],
        )

    def test_a_text_longer_than_csv_has_by_default_is_read(self, tmp_path):
        rows = [{"id": "a", "text": "x" * 300_000}]

        assert len(read(write_csv(tmp_path / "t.csv", rows))[0][0].text) == 300_000

    @pytest.mark.parametrize("suffix", [".gz", ".zst"])
    def test_compressed_csv_is_unpacked_and_a_truncated_one_gives_what_it_holds(self, tmp_path, suffix):
        rows = [{"id": f"{n}", "text": f"{TEXT} {n * 7919 % 1000}"} for n in range(900)]
        content = write_csv(tmp_path / "t.csv", rows).read_bytes()
        packed = gzip.compress(content) if suffix == ".gz" else pa.compress(content, "zstd", asbytes=True)
        whole, cut = tmp_path / f"whole.csv{suffix}", tmp_path / f"cut.csv{suffix}"
        whole.write_bytes(packed)
        cut.write_bytes(packed[:-40])

        articles, rejected = read(whole)
        before, cut_off = read(cut)

        assert ([article.id for article in articles], rejected) == ([row["id"] for row in rows], [])
        assert before == articles[: len(before)]
        assert "truncated archive" in cut_off[-1]


class TestColumns:
    def columns(self, tmp_path: Path, name: str, **options: object) -> list[str]:
        path = tmp_path / name
        if path.suffix == ".csv":
            write_csv(path, [{"id": "a", "content": TEXT, "site": "s"}])
        else:
            write(path, pa.table({"id": ["a"], "content": [TEXT], "site": ["s"]}))
        articles, rejected = read(path, **options)
        return [*map(str, articles), *rejected]

    @pytest.mark.parametrize("name", ["t.parquet", "t.feather", "t.arrow", "t.csv"])
    def test_fields_are_read_from_columns_of_other_names(self, tmp_path, name):
        found = self.columns(tmp_path, name, fields={"text": "content", "outlet": "site"})

        assert found == [str(Article(id="a", text=TEXT, outlet="s"))]

    @pytest.mark.parametrize("name", ["t.parquet", "t.feather", "t.arrow", "t.csv"])
    @pytest.mark.parametrize(
        ("fields", "missing"),
        [
            ({}, "'text'"),
            ({"text": "body"}, "'body' (read as text)"),
            ({"text": "content", "outlet": "paper"}, "'paper' (read as outlet)"),
        ],
    )
    def test_a_missing_column_is_said_with_those_that_are_there(self, tmp_path, name, fields, missing):
        (rejection,) = self.columns(tmp_path, name, fields=fields)

        assert rejection.endswith(f"no column {missing}; the columns are: 'id', 'content', 'site'")

    @pytest.mark.parametrize(
        ("column", "said"),
        [
            (pa.array([{"body": TEXT}]), "column 'text' is of type struct<body: string>; it must hold strings"),
            (pa.array([[TEXT]]), "column 'text' is of type list<"),
            (pa.array([TEXT.encode()]), "column 'text' is of type binary; it must hold strings"),
            (pa.array([Decimal("1.5")]), "column 'text' is of type decimal128(2, 1); it must hold strings"),
            (pa.array([1.5]), "column 'text' is of type double; it must hold strings"),
        ],
    )
    @table_formats
    def test_a_column_of_a_wrong_type_is_said(self, tmp_path, name, column, said):
        _, (rejection,) = read(write(tmp_path / name, pa.table({"id": ["a"], "text": column})))

        assert said in rejection

    def test_a_column_that_stands_there_twice_is_said(self, tmp_path):
        table = pa.table([["a"], ["x"], ["y"]], names=["id", "text", "text"])
        (tmp_path / "t.csv").write_text("id,text,text\na,x,y\n")

        for path in (write(tmp_path / "t.arrow", table), tmp_path / "t.csv"):
            assert "column 'text' stands there 2 times" in read(path)[1][0]


class TestDamage:
    def made(self, path: Path) -> Path:
        return write(
            path, pa.table({"id": [str(n) for n in range(40)], "text": [f"{TEXT} {n}" for n in range(40)]})
        )

    @table_formats
    @pytest.mark.parametrize("content", [b"", b"PAR1", b"ARROW1", b"no table at all" * 99, b"FEA1" + b"\0" * 99])
    def test_a_foreign_file_is_a_rejection(self, tmp_path, name, content):
        path = tmp_path / name
        path.write_bytes(content)

        articles, rejected = read(path)

        assert articles == []
        assert len(rejected) == 1

    @table_formats
    def test_a_truncated_file_is_a_rejection_behind_what_was_read(self, tmp_path, name):
        path = self.made(tmp_path / name)
        path.write_bytes(path.read_bytes()[:-700])

        articles, rejected = read(path)

        assert [article.id for article in articles] == [str(n) for n in range(len(articles))]
        assert len(articles) > 20 or name == "t.parquet", "a Parquet file is read from its end"
        assert len(rejected) == 1

    @table_formats
    def test_no_flipped_byte_gives_anything_but_rejections(self, tmp_path, name):
        whole = self.made(tmp_path / name).read_bytes()
        for place in range(0, len(whole), max(1, len(whole) // 60)):
            damaged = bytearray(whole)
            damaged[place] ^= 0xFF
            (tmp_path / name).write_bytes(damaged)

            read(tmp_path / name)


class TestPatterns:
    def names(self, *sources: object) -> list[str]:
        return [article.id for article in Reader([str(source) for source in sources])]

    def put(self, path: Path, id_: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"id": id_, "text": TEXT}) + "\n")

    def test_a_pattern_stands_for_its_files_sorted(self, tmp_path):
        for name in ("b/2.jsonl", "a/1.jsonl", "3.jsonl", "a/x.md", ".hidden/4.jsonl", "a/deep/5.jsonl"):
            self.put(tmp_path / name, name)

        assert self.names(tmp_path / "**/*.jsonl") == ["3.jsonl", "a/1.jsonl", "a/deep/5.jsonl", "b/2.jsonl"]
        assert self.names(tmp_path / "**") == ["3.jsonl", "a/1.jsonl", "a/deep/5.jsonl", "b/2.jsonl"]
        assert self.names(tmp_path / "[ab]") == ["a/1.jsonl", "a/deep/5.jsonl", "b/2.jsonl"]
        assert self.names(tmp_path / "?/?.jsonl") == ["a/1.jsonl", "b/2.jsonl"]

    def test_the_id_of_a_text_is_its_path_behind_the_fixed_part(self, tmp_path):
        for name in ("2015/a.txt", "2016/a.txt"):
            self.put(tmp_path / name, name)

        assert self.names(tmp_path / "20*/*.txt") == ["2015/a.txt", "2016/a.txt"]

    def test_json_files_are_read_where_the_pattern_names_them(self, tmp_path):
        self.put(tmp_path / "a.json", "a")
        self.put(tmp_path / "b.jsonl", "b")

        assert self.names(tmp_path / "*.json") == ["a"]
        assert self.names(tmp_path / "*") == ["b"]

    def test_the_files_of_an_index_are_left_out(self, tmp_path):
        self.put(tmp_path / "a.jsonl", "a")
        for name in ("manifest.json", "lock", "rejected.jsonl"):
            self.put(tmp_path / "news.naskh" / name, "no")

        assert self.names(tmp_path / "**/*.jsonl") == ["a"]
        assert self.names(tmp_path / "*") == ["a"]

    def test_a_pattern_that_matches_nothing_is_an_error(self, tmp_path):
        (tmp_path / "a.md").write_text("x")
        for pattern in ("*.jsonl", "**/*.parquet", "*"):
            with pytest.raises(SourceError, match=r"no file of a kind that is read matches this pattern"):
                Reader([tmp_path / pattern])

    def test_a_file_whose_name_looks_like_a_pattern_is_that_file(self, tmp_path):
        self.put(tmp_path / "[a].jsonl", "itself")
        self.put(tmp_path / "a.jsonl", "other")

        assert self.names(tmp_path / "[a].jsonl") == ["itself"]

    def test_links_to_folders_are_not_followed_at_any_depth(self, tmp_path):
        self.put(tmp_path / "a/x.jsonl", "x")
        for folder in ("a", "."):
            for name in ("one", "two"):
                (tmp_path / folder / name).symlink_to(tmp_path)

        assert self.names(tmp_path / "**/*.jsonl") == ["x"]
        assert self.names(tmp_path / "**") == ["x"]
        assert self.names(tmp_path / "o*/a/x.jsonl") == ["x"], "one that is matched itself is"

    def test_a_folder_whose_name_looks_like_a_pattern_is_that_folder(self, tmp_path):
        for name in ("e[1]/a.jsonl", "e1/b.jsonl", "f[1]/c.jsonl", "f1/d.jsonl"):
            self.put(tmp_path / name, name)
        (tmp_path / "e[1]" / "t.txt").write_text(TEXT)

        assert self.names(tmp_path / "e[1]/*") == ["e[1]/a.jsonl", "t.txt"]
        assert self.names(tmp_path / "f[[]1]/*.jsonl") == ["f[1]/c.jsonl"]
        assert self.names(tmp_path / "f[1-9]/*.jsonl") == ["f1/d.jsonl"]

    def test_stars_within_a_name_are_one(self, tmp_path):
        for name in ("day/a.jsonl", "day/deep/b.jsonl", "c.jsonl"):
            self.put(tmp_path / name, name)

        assert self.names(tmp_path / "d**") == ["day/a.jsonl", "day/deep/b.jsonl"]
        assert self.names(f"{tmp_path}/d**/") == ["day/a.jsonl", "day/deep/b.jsonl"]

    def test_patterns_begin_where_the_command_is_run(self, tmp_path, monkeypatch):
        for name in ("a/b/1.jsonl", "2.jsonl", "a/.hidden/3.jsonl"):
            self.put(tmp_path / name, name)
        monkeypatch.chdir(tmp_path)

        for pattern in ("**/*.jsonl", "**", "./**", "./**/*.jsonl", f"{tmp_path}//**/**/*.jsonl"):
            assert self.names(pattern) == ["2.jsonl", "a/b/1.jsonl"]
        assert self.names("a/**/.h*/*") == ["a/.hidden/3.jsonl"]

    def test_a_folder_holds_every_kind(self, tmp_path):
        self.put(tmp_path / "x/a.jsonl", "a")
        write(tmp_path / "x/b.parquet", pa.table({"id": ["b"], "text": [TEXT]}))
        write(tmp_path / "x/c.arrow", pa.table({"id": ["c"], "text": [TEXT]}))
        write_csv(tmp_path / "x/d.csv", [{"id": "d", "text": TEXT}])
        (tmp_path / "x/e.txt").write_text(TEXT)

        assert self.names(tmp_path) == ["a", "b", "c", "d", "x/e.txt"]
