"""The reader: which files the sources stand for, standard input, counts, and sources that cannot be read."""

from __future__ import annotations

import io
import json
import os
import socket
from pathlib import Path

import msgspec
import pytest

from naskh.article import Article
from naskh.errors import SourceError
from naskh.sources import Reader, Rejection

TEXT = "قال المتحدث إن الأعمال ستنتهي قبل نهاية العام."


def lines(*ids: str) -> bytes:
    return b"".join(json.dumps({"id": id_, "text": TEXT}, ensure_ascii=False).encode() + b"\n" for id_ in ids)


def put(folder: Path, name: str, content: bytes = TEXT.encode()) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def read_stdin(content: bytes, **options: object) -> tuple[list[Article], list[Rejection]]:
    rejections: list[Rejection] = []
    reader = Reader(["-"], stdin=io.BytesIO(content), on_reject=rejections.append, **options)
    return list(reader), rejections


class TestFolders:
    def test_texts_and_json_lines_at_any_depth_come_in_the_order_of_their_paths(self, tmp_path):
        put(tmp_path, "b.txt")
        put(tmp_path, "a/z.txt")
        put(tmp_path, "a/أخبار/1.txt")
        put(tmp_path, "c.jsonl", lines("from-c"))
        put(tmp_path, "a.ndjson", lines("from-a"))

        assert [a.id for a in Reader([tmp_path])] == ["from-a", "a/z.txt", "a/أخبار/1.txt", "b.txt", "from-c"]

    def test_an_index_is_no_source_and_one_among_sources_is_passed_over(self, tmp_path):
        put(tmp_path, "a.jsonl", lines("a"))
        for name in ("manifest.json", "lock"):
            put(tmp_path, f"news.naskh/{name}")
        put(tmp_path, "news.naskh/rejected.jsonl", lines("rejected"))

        assert [a.id for a in Reader([tmp_path])] == ["a"]
        with pytest.raises(SourceError, match="this is an index, no source"):
            Reader([tmp_path / "news.naskh"])

    def test_hidden_files_and_other_kinds_are_left_out(self, tmp_path):
        put(tmp_path, "a.txt")
        for name in (".hidden.txt", ".git/x.txt", "notes.md", "t.xlsx", "settings.json", "a.txt.gz", "txt"):
            put(tmp_path, name)

        reader = Reader([tmp_path])

        assert [a.id for a in reader] == ["a.txt"]
        assert reader.rejected == 0

    def test_a_hidden_folder_is_read_when_it_is_named(self, tmp_path):
        put(tmp_path, ".news/a.txt")

        assert [a.id for a in Reader([tmp_path / ".news"])] == ["a.txt"]

    def test_ids_do_not_depend_on_how_the_folder_is_written(self, tmp_path, monkeypatch):
        put(tmp_path, "news/2015/a.txt")
        monkeypatch.chdir(tmp_path)

        for source in ("news", "news/", "./news", str(tmp_path / "news"), "news/../news"):
            assert [a.id for a in Reader([source])] == ["2015/a.txt"]

    def test_what_is_no_file_is_left_out(self, tmp_path):
        put(tmp_path, "a.txt")
        (tmp_path / "folder.txt").mkdir()
        os.mkfifo(tmp_path / "pipe.txt")

        assert [a.id for a in Reader([tmp_path])] == ["a.txt"]

    def test_a_link_to_a_file_is_read_and_a_dangling_one_rejected(self, tmp_path):
        put(tmp_path, "elsewhere/a.txt")
        put(tmp_path, "news/b.txt")
        (tmp_path / "news/a.txt").symlink_to(tmp_path / "elsewhere/a.txt")
        (tmp_path / "news/c.txt").symlink_to(tmp_path / "nowhere.txt")
        rejections: list[Rejection] = []

        assert [a.id for a in Reader([tmp_path / "news"], on_reject=rejections.append)] == ["a.txt", "b.txt"]
        assert [str(r) for r in rejections] == [f"{tmp_path}/news/c.txt: cannot be read: No such file or directory"]

    def test_a_link_that_goes_in_a_circle_ends(self, tmp_path):
        put(tmp_path, "a.txt")
        (tmp_path / "again").symlink_to(tmp_path)

        assert [a.id for a in Reader([tmp_path])] == ["a.txt"]

    def test_a_folder_with_nothing_to_read_is_an_error(self, tmp_path):
        put(tmp_path, "table.xlsx")

        with pytest.raises(SourceError, match=r"no \.txt, \.jsonl or \.ndjson file in this folder"):
            Reader([tmp_path])


class TestSources:
    def test_sources_are_read_in_the_order_given(self, tmp_path):
        second = put(tmp_path, "a.txt")
        first = put(tmp_path, "b.jsonl", lines("1", "2"))

        assert [a.id for a in Reader([str(first), second])] == ["1", "2", "a.txt"]

    def test_no_sources_give_no_articles(self):
        assert list(Reader([])) == []

    @pytest.mark.parametrize("name", ["missing.jsonl", "missing", "missing/"])
    def test_a_missing_source_is_an_error_that_says_what_is_accepted(self, tmp_path, name):
        source = f"{tmp_path}/{name}"

        with pytest.raises(SourceError) as caught:
            Reader([put(tmp_path, "good.txt"), source])

        assert source in str(caught.value)
        assert "No such file or directory" in str(caught.value)
        assert ".jsonl, .ndjson and .json" in str(caught.value)

    @pytest.mark.parametrize(
        "name", ["t.xlsx", "t.parquet.gz", "t.warc.zst", "t.wat.gz", "t.txt.gz", "t.gz", "t.xml", "noend", ".jsonl"]
    )
    def test_a_kind_that_is_not_read_is_an_error_that_says_which_are(self, tmp_path, name):
        with pytest.raises(SourceError, match=r"this kind of file is not read; naskh reads \.jsonl.*\.txt"):
            Reader([put(tmp_path, name)])

    def test_a_name_that_no_file_can_have_is_an_error(self):
        with pytest.raises(SourceError, match="null"):
            Reader(["a\0b.txt"])

    @pytest.mark.parametrize("source", ["news.jsonl", Path("news.jsonl")])
    def test_one_path_instead_of_a_list_is_a_type_error(self, source):
        with pytest.raises(TypeError, match="list of paths"):
            Reader(source)

    @pytest.mark.parametrize("option", ["max_article_bytes", "chunk_bytes"])
    def test_a_size_below_one_is_a_value_error(self, option):
        with pytest.raises(ValueError, match=option):
            Reader([], **{option: 0})

    def test_a_file_that_has_gone_since_is_a_rejection_and_the_next_one_is_read(self, tmp_path):
        gone, stays = put(tmp_path, "a.jsonl", lines("1")), put(tmp_path, "b.txt")
        rejections: list[Rejection] = []
        reader = Reader([gone, stays], on_reject=rejections.append)
        gone.unlink()

        assert [a.id for a in reader] == ["b.txt"]
        assert [str(r) for r in rejections] == [f"{gone}: cannot be read: No such file or directory"]
        assert reader.bytes_read == reader.total_bytes

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
    def test_a_file_without_permission_is_a_rejection(self, tmp_path):
        path = put(tmp_path, "a.txt")
        path.chmod(0)
        rejections: list[Rejection] = []

        assert list(Reader([path], on_reject=rejections.append)) == []
        assert [r.reason for r in rejections] == ["cannot be read: Permission denied"]

    def test_a_folder_inside_that_cannot_be_listed_is_a_rejection(self, tmp_path, monkeypatch):
        put(tmp_path, "a.txt")
        closed = put(tmp_path, "closed/b.txt").parent
        scan = os.scandir

        def refuse(path):
            if Path(path) == closed:
                raise PermissionError(13, "Permission denied", str(path))
            return scan(path)

        monkeypatch.setattr(os, "scandir", refuse)
        rejections: list[Rejection] = []
        reader = Reader([tmp_path], on_reject=rejections.append)
        monkeypatch.undo()

        assert [a.id for a in reader] == ["a.txt"]
        assert [str(r) for r in rejections] == [f"{closed}: cannot be read: Permission denied"]


class TestStandardInput:
    @pytest.mark.parametrize("before", ["", "\ufeff", " ", "\r\n \n", "\ufeff\n"])
    @pytest.mark.parametrize("chunk_bytes", [1, 1000])
    def test_it_is_json_lines_when_the_first_character_is_a_brace(self, before, chunk_bytes):
        articles, rejections = read_stdin(before.encode() + lines("1", "2"), chunk_bytes=chunk_bytes)

        assert [a.id for a in articles] == ["1", "2"]
        assert rejections == []

    @pytest.mark.parametrize("text", [TEXT, f"\n\n  {TEXT}\n", f"[رويترز] {TEXT}", "[", f"«{TEXT}»", '"{"'])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    @pytest.mark.parametrize("chunk_bytes", [1, 1000])
    def test_it_is_one_article_otherwise(self, text, encoding, chunk_bytes):
        articles, rejections = read_stdin(text.encode(encoding), chunk_bytes=chunk_bytes)

        assert articles == [Article(id="-", text=text)]
        assert rejections == []

    @pytest.mark.parametrize("content", [b"", b" \n"])
    def test_nothing_is_an_empty_article(self, content):
        articles, rejections = read_stdin(content)

        assert articles == []
        assert ["the text is " in str(r) for r in rejections] == [True]

    @pytest.mark.parametrize("chunk_bytes", [1, 1000])
    def test_a_json_array_is_rejected_with_the_remedy(self, chunk_bytes):
        articles, rejections = read_stdin(b'[\n  {"id": 1, "text": "x"}\n]', chunk_bytes=chunk_bytes)

        assert articles == []
        assert [str(r) for r in rejections] == [
            "-: a JSON array; write one article a line, for example with jq -c '.[]'"
        ]

    def test_lines_are_numbered_from_its_beginning(self):
        _, rejections = read_stdin(b"\n\n" + lines("1") + b"broken\n")

        assert [(r.file, r.line) for r in rejections] == [("-", 4)]

    def test_an_article_is_there_before_the_next_line_is_written(self):
        here, there = socket.socketpair()
        with here, there, there.makefile("rb") as stdin:
            here.sendall(lines("1"))
            there.settimeout(30)
            articles = iter(Reader(["-"], stdin=stdin))
            assert next(articles).id == "1"

            here.sendall(lines("2"))
            assert next(articles).id == "2"

            here.shutdown(socket.SHUT_WR)
            assert list(articles) == []

    def test_it_stays_open_and_its_size_is_unknown(self, tmp_path):
        stdin = io.BytesIO(lines("1"))
        path = put(tmp_path, "a.txt")
        reader = Reader([path, "-"], stdin=stdin)

        assert [a.id for a in reader] == ["a.txt", "1"]
        assert not stdin.closed
        assert reader.total_bytes is None
        assert reader.bytes_read == path.stat().st_size + len(lines("1"))

    def test_it_is_the_standard_input_of_the_process_by_default(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines("1"))))

        assert [a.id for a in Reader(["-"])] == ["1"]

    def test_it_is_read_only_once(self):
        with pytest.raises(SourceError, match="only once"):
            Reader(["-", "-"])

    def test_an_error_in_the_middle_keeps_what_came_before(self):
        class Breaking(io.BytesIO):
            def read1(self, size: int | None = -1) -> bytes:
                data = super().read1(size)
                if not data:
                    raise OSError(5, "Input/output error")
                return data

        rejections: list[Rejection] = []
        reader = Reader(["-"], stdin=Breaking(lines("1", "2") + b'{"id": '), on_reject=rejections.append)

        assert [a.id for a in reader] == ["1", "2"]
        assert [str(r) for r in rejections] == ["-:2: cannot be read: Input/output error"]


class TestCounts:
    def test_they_stand_at_what_has_been_read_so_far(self, tmp_path):
        put(tmp_path, "a.jsonl", lines("1") + b"broken\n" + lines("2"))
        put(tmp_path, "b.txt")
        reader = Reader([tmp_path])

        seen = [(a.id, reader.articles, reader.rejected) for a in reader]

        assert seen == [("1", 1, 0), ("2", 2, 1), ("b.txt", 3, 1)]

    def test_a_second_iteration_reads_again_and_counts_anew(self, tmp_path):
        path = put(tmp_path, "a.jsonl", lines("1", "2") + b"broken\n")
        reader = Reader([path])

        assert list(reader) == list(reader)
        assert (reader.articles, reader.rejected, reader.bytes_read) == (2, 1, path.stat().st_size)

    def test_stopping_early_leaves_no_file_open(self, tmp_path):
        reader = Reader([put(tmp_path, "a.jsonl", lines("1", "2"))])

        for article in reader:
            assert article.id == "1"
            break

        assert reader.articles == 1  # warnings are errors here, and a file left open warns

    def test_an_exception_of_the_callback_reaches_the_caller(self, tmp_path):
        def give_up(rejection: Rejection) -> None:
            raise BrokenPipeError(32, "Broken pipe")

        with pytest.raises(BrokenPipeError):
            list(Reader([put(tmp_path, "a.jsonl", b"broken\n")], on_reject=give_up))


@pytest.mark.parametrize(
    ("line", "text"), [(12, "news.jsonl:12: no field 'id'"), (None, "news.jsonl: no field 'id'")]
)
def test_a_rejection_reads_as_place_and_reason_and_is_json(line, text):
    rejection = Rejection(file="news.jsonl", line=line, id=None, reason="no field 'id'")

    assert str(rejection) == text
    assert msgspec.json.decode(msgspec.json.encode(rejection)) == {
        "file": "news.jsonl",
        "line": line,
        "id": None,
        "reason": "no field 'id'",
    }
