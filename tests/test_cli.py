"""The command line: what is printed where, exit statuses, the JSON of the contract, messages that help."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from conftest import ROOT, SAMPLE
from naskh import Article, Index
from naskh.cli import COMMANDS, cli
from naskh.errors import IndexMissing

DOUBLED = (
    "أعلنت وزارة النقل اليوم أنها ستفتتح الطريق الساحلي الجديد أمام المركبات في مطلع الشهر المقبل\n"
    "وأوضح المتحدث باسم الوزارة أن أعمال السفلتة انتهت وأن فرق السلامة تجري الفحص الأخير للجسور\n"
)


class Done(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def json(self) -> list[dict]:
        return [json.loads(line) for line in self.out.splitlines()]


def naskh(*arguments: object, stdin: bytes = b"") -> Done:
    """Run the command as a user does."""
    command = [sys.executable, "-c", "from naskh.cli import main; main()", *map(str, arguments)]
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the sample, made by the command; only to be read."""
    path = tmp_path_factory.mktemp("cli") / "sample.naskh"
    done = naskh("index", path, SAMPLE)
    assert (done.status, done.out) == (0, "")
    assert "64 added, 0 replaced, 0 unchanged" in done.err
    return path


@pytest.mark.parametrize("command", [[], *[[name] for name in COMMANDS]])
def test_every_command_explains_itself_with_an_example(command: list[str]) -> None:
    done = naskh(*command, "--help")
    assert done.status == 0
    assert "Example" in done.out
    assert f"naskh {' '.join(command)}" in done.out


def test_the_version() -> None:
    from naskh import __version__

    assert naskh("--version").out == f"naskh, version {__version__}\n"


def test_indexing_the_same_again_changes_nothing_and_says_so(built: Path) -> None:
    done = naskh("index", built, SAMPLE)
    assert done.status == 0
    assert "64 unchanged (nothing to do)" in done.err


def test_query_gives_one_json_object_a_line_in_the_order_of_the_input(built: Path) -> None:
    done = naskh("query", built, "--json", SAMPLE)
    ids = [json.loads(line)["id"] for line in SAMPLE.read_text().splitlines()]
    assert done.status == 0
    assert [result["id"] for result in done.json] == ids
    match = next(result["matches"][0] for result in done.json if result["matches"])
    assert list(match) == [
        "id", "outlet", "date", "title", "url",
        "relation", "containment", "containment_in_match", "jaccard", "passages",
    ]  # fmt: skip
    passage = match["passages"][0]
    assert list(passage) == ["query", "match", "similarity"]
    assert list(passage["query"]) == ["paragraphs", "chars"]


def test_query_by_id_is_query_by_the_stored_text(built: Path) -> None:
    by_id = naskh("query", built, "--json", "--id", "nabaa-0012")
    (line,) = [line for line in SAMPLE.read_text().splitlines() if '"nabaa-0012"' in line]
    by_text = naskh("query", built, "--json", "-", stdin=line.encode())
    assert by_id.json == by_text.json
    assert {match["id"] for match in by_id.json[0]["matches"]} >= {"alsahifa-0012", "annil-0010", "alsham-0009"}


def test_ids_that_are_not_stored_are_listed_and_the_others_answered(built: Path) -> None:
    done = naskh("query", built, "--json", "--id", "nowhere", "--id", "nabaa-0012")
    assert done.status == 1
    assert [result["id"] for result in done.json] == ["nabaa-0012"]
    assert "has no article 'nowhere'" in done.err


def test_every_line_of_a_query_is_answered_even_with_the_same_id() -> None:
    line = json.dumps({"id": "a", "text": DOUBLED}).encode() + b"\n"
    assert len(naskh("blocks", "--json", "-", stdin=line * 3).json) == 3


def test_query_for_people_names_the_copies_and_counts_the_formulas(built: Path) -> None:
    done = naskh("query", built, "--id", "nabaa-0012")
    assert done.status == 0
    assert done.out.startswith("nabaa-0012: 3 matches\n")
    assert "copy    alsahifa-0012  alsahifa  2025-11-17" in done.out
    assert "\x1b" not in done.out
    assert "\u2068" not in done.out


def test_blocks_of_a_text_on_standard_input() -> None:
    done = naskh("blocks", "--json", "-", stdin=(DOUBLED + DOUBLED).encode())
    half = len(DOUBLED)
    assert done.status == 0
    assert done.json == [
        {
            "id": "-",
            "paragraphs": 4,
            "blocks": [
                {
                    "occurrences": [
                        {"paragraphs": [1, 2], "chars": [0, half - 1]},
                        {"paragraphs": [3, 4], "chars": [half, 2 * half - 1]},
                    ],
                    "similarity": 1.0,
                    "exact": True,
                }
            ],
        }
    ]


def test_a_closed_standard_input_is_said_to_be_closed() -> None:
    command = f"{sys.executable} -c 'from naskh.cli import main; main()' blocks - <&-"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert done.returncode == 1
    assert b"standard input is closed" in done.stderr
    assert b"Traceback" not in done.stderr


def test_blocks_for_people(tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text(DOUBLED * 2)
    done = naskh("blocks", tmp_path / "article.txt")
    assert "article.txt: 1 repeated block in 4 paragraphs\n  ¶1-2 = ¶3-4  the same words" in done.out


def test_a_title_cannot_steer_the_terminal(tmp_path: Path) -> None:
    article = Article(id="evil\x1b[2J", text=DOUBLED * 2, title="\x1b]0;owned\x07", outlet="[red]x[/red]")
    (tmp_path / "in.jsonl").write_bytes(msgspec.json.encode(article))
    naskh("index", tmp_path / "i", tmp_path / "in.jsonl")
    for done in (
        naskh("blocks", tmp_path / "in.jsonl"),
        naskh("query", tmp_path / "i", "-", stdin=DOUBLED.encode()),
    ):
        assert done.status == 0
        assert "evil�[2J" in done.out
        assert not {"\x1b", "\x07"} & set(done.out + done.err)
    assert "[red]x[/red]" in done.out


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
@pytest.mark.parametrize("level", ["article", "paragraph"])
def test_pairs_go_to_a_file_of_either_format(built: Path, tmp_path: Path, level: str, suffix: str) -> None:
    output = tmp_path / f"pairs{suffix}"
    done = naskh("pairs", built, "-o", output, "--level", level)
    assert (done.status, done.out) == (0, "")
    rows = (
        pq.read_table(output).to_pylist()
        if suffix == ".parquet"
        else [json.loads(line) for line in output.read_text().splitlines()]
    )
    assert rows == Index(built).pairs(level).to_pylist()
    assert f"{len(rows):,} pairs of {level}s to {output}" in done.err
    assert list(tmp_path.iterdir()) == [output]


def test_a_failed_pairs_keeps_the_file_that_stood_there(tmp_path: Path) -> None:
    output = tmp_path / "pairs.jsonl"
    output.write_text("old")
    assert naskh("pairs", tmp_path / "nowhere", "-o", output).status == 2
    assert output.read_text() == "old"


BAD_LINES = {
    b'{"id": "broken", "text": ': "in.jsonl:2:",
    b'{"id": "no text"}': "in.jsonl:3:",
    b'{"text": "no id"}': "in.jsonl:4:",
    b'{"id": "empty", "text": "  "}': "in.jsonl:5:",
    b'{"id": "good", "text": "again"}': "in.jsonl:6: duplicate id 'good'",
    b'{"id": "windows", "text": "\xe3\xcf"}': "in.jsonl:7: not UTF-8",
    b"[1, 2]": "in.jsonl:8:",
}


def test_bad_lines_are_listed_and_the_rest_is_indexed(tmp_path: Path) -> None:
    lines = [b'{"id": "good", "text": "%s"}' % DOUBLED.strip().replace("\n", " ").encode(), *BAD_LINES]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines) + b'\n{"id": 7, "text": "last", "date": "yesterday"}\n')
    done = naskh("index", tmp_path / "i", tmp_path / "in.jsonl")
    assert done.status == 1
    assert "2 added" in done.err
    assert "7 rejected:" in done.err
    assert "1 dates could not be read" in done.err
    for start in BAD_LINES.values():
        assert start in done.err
    logged = [json.loads(line) for line in (tmp_path / "i" / "rejected.jsonl").read_text().splitlines()]
    assert [rejection["line"] for rejection in logged] == [2, 3, 4, 5, 6, 7, 8]
    assert all(rejection["file"].endswith("in.jsonl") and rejection["reason"] for rejection in logged)
    assert "7" in Index(tmp_path / "i")
    naskh("index", tmp_path / "i", SAMPLE)
    assert not (tmp_path / "i" / "rejected.jsonl").exists(), "the list is of the last run"


def test_a_truncated_archive_is_reported_and_what_came_before_is_kept(tmp_path: Path) -> None:
    packed = gzip.compress(SAMPLE.read_bytes())
    (tmp_path / "cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "whole.jsonl").write_bytes(b'{"id": "after", "text": "x"}\n')
    done = naskh("index", tmp_path / "i", tmp_path / "cut.jsonl.gz", tmp_path / "whole.jsonl")
    assert done.status == 1
    assert "cut.jsonl.gz" in done.err
    assert "truncated" in done.err
    index = Index(tmp_path / "i")
    assert 10 < len(index) < 65
    assert "after" in index


def test_fields_of_other_names_are_mapped(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"guid": "g1", "content": "نص الخبر", "site": "x"}\n')
    done = naskh(
        "index",
        tmp_path / "i",
        tmp_path / "in.jsonl",
        *["--map", "id=guid", "--map", "text=content", "--map", "outlet=site"],
    )
    assert done.status == 0
    assert Index(tmp_path / "i").get("g1") == Article(id="g1", text="نص الخبر", outlet="x")


def test_a_folder_of_texts_is_indexed_by_file_name(tmp_path: Path) -> None:
    (tmp_path / "texts" / "sub").mkdir(parents=True)
    (tmp_path / "texts" / "a.txt").write_text(DOUBLED)
    (tmp_path / "texts" / "sub" / "b.txt").write_text(DOUBLED)
    assert naskh("index", tmp_path / "i", tmp_path / "texts").status == 0
    assert [m.id for m in Index(tmp_path / "i").query(DOUBLED).matches] == ["a.txt", "sub/b.txt"]


def test_delete_is_seen_by_the_next_query_and_unknown_ids_are_listed(tmp_path: Path) -> None:
    naskh("index", tmp_path / "i", SAMPLE)
    done = naskh("delete", tmp_path / "i", "alsham-0009", "nowhere")
    assert done.status == 1
    assert "1 deleted\n1 not in" in done.err
    assert "nowhere" in done.err
    done = naskh("query", tmp_path / "i", "--json", "--id", "nabaa-0012")
    assert "alsham-0009" not in done.out
    assert naskh("delete", tmp_path / "i", "annil-0010").status == 0


def test_a_query_leaves_out_what_it_does_not_need(built: Path, tmp_path: Path) -> None:
    """Where pandas is installed, pyarrow would import it for the first array."""
    (tmp_path / "a.txt").write_text("نص قصير", encoding="utf-8")
    code = (
        "import atexit, sys; from naskh.cli import main\n"
        "atexit.register(lambda: print([n for n in ('numba', 'pandas', 'scipy', 'rich') if sys.modules.get(n)]))\n"
        "main()"
    )
    command = [sys.executable, "-c", code, "query", built, tmp_path / "a.txt", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("options", [[], ["--all"]])
def test_compact_frees_the_space_of_what_was_deleted(tmp_path: Path, options: list[str]) -> None:
    index = tmp_path / "i"
    naskh("index", index, SAMPLE)
    naskh("delete", index, "alsham-0009", "annil-0010")
    before = naskh("query", index, "--json", SAMPLE).out
    done = naskh("compact", index, *options)
    assert (done.status, done.out) == (0, "")
    assert "1 segment became 1, 2 deleted articles were removed" in done.err
    assert naskh("query", index, "--json", SAMPLE).out == before
    (stats,) = naskh("stats", index, "--json").json
    assert (stats["articles"], stats["deleted"]) == (62, 0)


def test_stats_for_people_and_programs(built: Path) -> None:
    assert "articles    64\n" in naskh("stats", built).out
    (stats,) = naskh("stats", built, "--json").json
    assert stats["articles"] == 64
    assert stats["settings"]["bands"] == 20


def test_bands_are_chosen_for_a_wanted_recall(tmp_path: Path) -> None:
    assert naskh("index", tmp_path / "i", SAMPLE, "--recall", "0.999", "--at", "0.7", "--no-text").status == 0
    (stats,) = naskh("stats", tmp_path / "i", "--json").json
    assert stats["expected_recall"]["0.7"] >= 0.999
    assert stats["settings"]["store_text"] is False
    done = naskh("index", tmp_path / "i", SAMPLE, "--recall", "0.9")
    assert done.status == 2
    assert "built under other settings" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["query", "nowhere.naskh", "-"], "no naskh index at nowhere.naskh: create one with  naskh index"),
        (["stats", "nowhere.naskh"], "no naskh index at"),
        (["delete", "nowhere.naskh", "a"], "no naskh index at"),
        (["compact", "nowhere.naskh"], "no naskh index at"),
        (["pairs", "nowhere.naskh", "-o", "p.csv"], "must end in .jsonl or .parquet"),
        (["pairs", "nowhere.naskh", "-o", "p.jsonl", "--min-jaccard", "0"], "--min-jaccard"),
        (
            ["pairs", "i", "-o", "p.jsonl", "--level", "paragraph", "--min-containment", "0.5"],
            "is for --level article",
        ),
        (["index", "i.naskh", "missing.jsonl"], "missing.jsonl"),
        (["index", "i.naskh"], "Missing argument"),
        (["index", "i.naskh", "-", "--map", "text"], "is not FIELD=NAME"),
        (["index", "i.naskh", "-", "--map", "body=content"], "body"),
        (["query", "i.naskh"], "give a SOURCE"),
        (["blocks"], "Missing argument"),
        (["blocks", "--fix", "-", "-o", "no-such-folder/fixed.txt"], "make it first"),
        (["report", "nowhere.naskh", "-o", "report.html"], "no naskh index at"),
        (["report", "nowhere.naskh", "-o", "no-such-folder/report.html"], "make it first"),
        (["nonsense"], "No such command"),
    ],
)
def test_wrong_usage_is_status_2_and_says_what_is_wrong(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = naskh(*arguments)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_the_reader_of_our_output_may_go_away(built: Path) -> None:
    code = "from naskh.cli import main; main()"
    command = f"{sys.executable} -c '{code}' query {built} --json {SAMPLE} | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert len(done.stdout) == 10
    assert b"Traceback" not in done.stderr


def test_the_sample_and_its_truth_name_the_same_articles() -> None:
    truth = json.loads((ROOT / "examples" / "sample-expected.json").read_text())
    ids = {json.loads(line)["id"] for line in SAMPLE.read_text().splitlines()}
    assert {id_ for family in truth["families"] for id_ in family} <= ids
    assert {id_ for pair in truth["pairs"] for id_ in (pair["a"], pair["b"])} <= ids


def test_a_query_is_given_a_date_where_the_text_has_none(sample_index: Index, tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text(sample_index.get("nabaa-0004").text)
    options = ["query", str(sample_index.path), str(article), "--json", "--explain"]
    for date, apart in (("2025-10-27", 0), ("2025-10-30", 3)):
        done = CliRunner().invoke(cli, [*options, "--date", date])
        matches = {match["id"]: match for match in json.loads(done.stdout)["matches"]}
        assert matches["nabaa-0004"]["evidence"]["days_apart"] == apart
    assert CliRunner().invoke(cli, [*options, "--date", "yesterday"]).exit_code == 2


def test_an_output_in_a_folder_that_is_not_there_is_refused_before_any_work(
    sample_index: Index, tmp_path: Path
) -> None:
    done = CliRunner().invoke(cli, ["families", str(sample_index.path), "-o", str(tmp_path / "no" / "f.jsonl")])
    assert done.exit_code == 2
    assert "is not there; make it first" in done.stderr


def test_an_article_given_in_the_place_of_the_index_is_named(sample_index: Index, tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text("خبر")
    with pytest.raises(IndexMissing, match="is a file, no naskh index: the index comes first"):
        Index(article).query("خبر")


def test_without_a_folder_for_compiled_code_the_remedy_is_told() -> None:
    code = """
from naskh import cli
def fail(**options):
    raise RuntimeError("cannot cache function 'f': no locator available for file 'f.py'")
cli.cli.main = fail
cli.main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "NUMBA_CACHE_DIR=" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["blocks", "--min-similarity"],
        ["query", "i", "--min-containment"],
        ["pairs", "i", "-o", "o.jsonl", "--min-jaccard"],
        ["evaluate", "i", "--floor"],
        ["index", "i", "--recall"],
    ],
)
def test_a_share_that_is_not_a_number_is_wrong_usage(command: list[str]) -> None:
    done = CliRunner().invoke(cli, [*command, "nan", *([str(SAMPLE)] if command[0] in ("blocks", "index") else [])])
    assert done.exit_code == 2
    assert "nan is no number" in done.output
