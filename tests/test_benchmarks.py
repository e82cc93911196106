"""The benchmarks' own reckoning: what was found, ratios, tables, and what pip says. No peer is run here."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import report, serve
from benchmarks.corpus import prepare, read_articles
from benchmarks.exact_pairs import exact_pairs, shingles
from benchmarks.found import agreement, components, findings, in_order, read
from benchmarks.measure import Cost, Costs, cores, together
from benchmarks.peers import PEERS, chosen
from benchmarks.peers.adaptor import articles, query_times
from benchmarks.peers.environment import NotInstalled, last_error
from benchmarks.race import BOTH, CLEAN, FAMILIES, INDEX, JOB, JOB_ONE, PAIRS, SLIM, Field, naskh_runs, reason
from benchmarks.stages import stage_table
from naskh import Article, Index
from tests.conftest import ROOT, SAMPLE

EXACT = in_order([("a", "b"), ("c", "d"), ("d", "e")])


def cost(wall: float, *, memory: int = 2**20) -> Cost:
    return Cost(wall, 2 * wall, memory, "", "")


def results(**peers: float) -> report.Results:
    """What a race would give in which a run takes so many seconds."""
    lined = Field(absent={"rensa": "cannot be installed here: ERROR: no wheel"}, versions={"datatrove": "0.10.1"})
    seconds = {
        INDEX: 1.0,
        SLIM: 1.0,
        PAIRS: 1.0,
        FAMILIES: 2.0,
        BOTH: 2.0,
        JOB: 4.0,
        JOB_ONE: 3.0,
        CLEAN: 5.0,
        report.BATCH: 2.0,
    }
    seconds |= {report.COLD: 0.5, report.BLOCKS: 0.1, **peers}
    lined.taken = {name: [cost(wall), cost(2 * wall), cost(wall)] for name, wall in seconds.items()}
    lined.loads = [0.0, 0.1]
    warm = {
        "queries": 4,
        "matches": 7,
        "bulk": 9,
        "bulk_rate": 30.0,
        "query_p50": 0.002,
        "query_p99": 0.02,
        "query_mean": 0.004,
    }
    return report.Results(
        corpus={"articles": 110, "with_text": 100, "bytes": 300_000, "queries": 50},
        source="crawl.jsonl",
        limit=None,
        rounds=3,
        lined=lined,
        kept={INDEX: 250_000},
        examined={"datasketch, one process": {**warm, "query_p50": 0.001}},
        agreements={PAIRS: agreement(EXACT, findings({"pairs": sorted(EXACT)}))},
        warm=warm,
        compile=cost(9),
        warm_up=cost(1),
    )


def cells(text: str, name: str) -> list[str]:
    """The row of a Markdown table that begins with a name."""
    row = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in row.strip("|").split("|")][1:]


def brute_force(sets: list[set[int]], threshold: float) -> dict[tuple[int, int], float]:
    """Pairs at the threshold and above, each two sets compared."""
    jaccards = {}
    for (i, a), (j, b) in combinations(enumerate(sets), 2):
        if a | b:
            jaccards[i, j] = len(a & b) / len(a | b)
    return {pair: jaccard for pair, jaccard in jaccards.items() if jaccard >= threshold}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sets(st.integers(0, 12), max_size=10), max_size=12),
    st.sampled_from([0.3, 0.5, 0.8, 1.0]),
)
def test_the_exact_join_gives_what_comparing_all_gives(sets: list[set[int]], threshold: float) -> None:
    arrays = [np.array(sorted(own), np.uint32) for own in sets]
    assert {(a, b): jaccard for a, b, jaccard in exact_pairs(arrays, threshold)} == brute_force(sets, threshold)


def test_the_exact_join_of_articles_gives_what_naskh_gives(sample: list[Article], sample_index: Index) -> None:
    ids = [article.id for article in sample]
    joined = {
        (*sorted((ids[a], ids[b])), jaccard)
        for a, b, jaccard in exact_pairs([shingles(article.text) for article in sample])
    }
    given_by_naskh = sample_index.pairs("article").select(["article_a", "article_b", "jaccard"]).to_pydict()
    assert joined == set(zip(*given_by_naskh.values(), strict=True))


def test_groups_that_share_an_article_are_one() -> None:
    group = components([["a", "b"], ["c", "d"], ["b", "d"], ["e"], ["f", "f"]])
    assert set(group) == set("abcd")
    assert len(set(group.values())) == 1


@pytest.mark.parametrize(
    ("found", "pairs_found", "flagged", "right", "removed"),
    [
        pytest.param({"pairs": [["b", "a"], ["d", "e"]]}, 2, 4, 4, 2, id="pairs, in any order"),
        pytest.param({"groups": [["c", "d", "e"]]}, 2, 3, 3, 2, id="all pairs of a group count"),
        pytest.param({"groups": [["a", "x"], ["x", "b"]]}, 1, 3, 2, 2, id="a chain is a group"),
        pytest.param({"flagged": ["a", "x"]}, None, 2, 1, None, id="flags tell no pairs"),
        pytest.param({"groups": []}, None, 0, 0, None, id="nothing"),
    ],
)
def test_what_was_found_is_counted_against_the_exact_pairs(
    found: dict[str, Any], pairs_found: int | None, flagged: int, right: int, removed: int | None
) -> None:
    assert agreement(EXACT, findings(found)) == {
        "exact_pairs": 3,
        "exact_articles": 5,
        "pairs_found": pairs_found,
        "flagged": flagged,
        "flagged_exact": right,
        "removed": removed,
    }


def test_files_of_naskh_and_of_adaptors_are_read_alike(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"article_a": ["a"], "article_b": ["b"]}), tmp_path / "pairs.parquet")
    family = {"family": 1, "articles": [{"id": "a", "role": "origin"}, {"id": "b", "role": "copy"}]}
    (tmp_path / "families.jsonl").write_text(json.dumps(family) + "\n")
    (tmp_path / "peer.json").write_text('{"groups": [["a", "b"]]}')
    names = ("pairs.parquet", "families.jsonl", "peer.json")
    assert [agreement(EXACT, findings(read(tmp_path / name)))["pairs_found"] for name in names] == [1, 1, 1]


def test_processes_one_after_the_other_add_their_times_and_not_their_memory() -> None:
    whole = together([cost(1.0, memory=5), cost(2.0, memory=9)])
    assert (whole.wall, whole.cpu, whole.memory) == (3.0, 6.0, 9)
    assert Costs([cost(1), cost(3), cost(2)]).wall == 2


def test_the_job_is_compared_in_its_faster_form() -> None:
    assert report.faster(results().lined).wall == 3.0


def test_ratios_are_of_the_peer_to_naskh() -> None:
    row = cells(report.ratios(results(**{"text-dedup, minhash": 30.0})), "text-dedup, minhash")
    assert row == ["30", "30", "30", "1.0", "10", "10", "10", "1.0", "6.0", "6.0"]


def test_throughput_counts_articles_with_text_and_names_who_is_absent() -> None:
    text = report.throughput(results(**{"text-dedup, minhash": 30.0}))
    assert cells(text, INDEX) == ["100", "1.0 (1.0 to 2.0)", "2.0", "1 MiB", "2,500"]
    assert cells(text, "text-dedup, minhash")[0] == "3"
    assert cells(text, "rensa")[0] == "cannot be installed here: ERROR: no wheel"


def test_the_page_has_every_table_and_a_note_for_each_peer_that_ran() -> None:
    text = report.page(results(**{"datatrove, words cut at spaces": 9.0}))
    for heading in ("Throughput", "Peers : naskh", "One article", "What each found", "Notes"):
        assert f"\n## {heading}\n" in text
    assert "- datatrove 0.10.1: the four stages" in text
    assert "- text-dedup" not in text
    assert cells(text, "`Index.query` in a running process") == ["2.00 ms", "20.0 ms", "250", ""]
    assert cells(text, "datasketch, one process, in a running process")[0] == "1.00 ms"
    assert cells(text, PAIRS)[0] in {"100", "5"}


def test_raw_figures_are_json() -> None:
    raw = json.loads(json.dumps(report.raw(results())))
    assert raw["runs"][INDEX][1] == {"wall": 2.0, "cpu": 4.0, "memory": 2**20}


@pytest.mark.parametrize(
    ("messages", "line"),
    [
        (
            "ERROR: no candidate\nERROR: No matching distribution for x\n",
            "ERROR: No matching distribution",
        ),
        ("ERROR: build failed\n\n[notice] A new release of pip\nWARNING: ignored\n", "ERROR: build failed"),
        ("WARNING: a\nOSError: no space left\n", "OSError: no space left"),
        ("", "no reason given"),
    ],
)
def test_the_reason_why_a_peer_is_absent_is_pips_last_word(messages: str, line: str) -> None:
    assert last_error(messages).startswith(line)
    assert reason(NotInstalled(last_error(messages))).startswith(f"cannot be installed here: {line}")


def test_peers_are_chosen_by_name_in_the_order_of_the_table() -> None:
    assert [peer.key for peer in chosen("text-dedup, datasketch")] == ["datasketch", "text_dedup"]
    assert chosen("all") == list(PEERS)
    assert chosen("") == []
    with pytest.raises(ValueError, match="no such peer: dedupe; there are datasketch, rensa"):
        chosen("rensa,dedupe")


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.key)
def test_every_peer_has_an_adaptor_and_packages_with_lower_bounds(peer: Any) -> None:
    folder = Path(__file__).parent.parent / "benchmarks" / "peers"
    assert (folder / f"{peer.key}.py").is_file()
    assert all(">=" in requirement for requirement in peer.requirements)
    assert any(requirement.startswith(f"{peer.package}>=") for requirement in peer.requirements)


def test_names_of_runs_are_told_apart() -> None:
    names = [*report.NASKH_ROWS, *(variant.name for peer in PEERS for variant in peer.variants)]
    assert len(set(names)) == len(names)


def test_runs_of_naskh_come_in_an_order_in_which_each_finds_its_index(tmp_path: Path) -> None:
    names = [run.name for run in naskh_runs(tmp_path, "crawl.jsonl")]
    assert names.index(INDEX) < names.index(PAIRS) < names.index(FAMILIES)


def test_the_parts_are_the_articles_with_text_in_order(tmp_path: Path) -> None:
    prepared = prepare(SAMPLE, tmp_path, 20, 2, 3)
    parts = [Path(part) for part in prepared["parts"]]
    expected = [article for article in read_articles(SAMPLE, 20) if article[1].strip()]
    assert list(articles(parts)) == expected
    assert len(parts) == cores()
    assert prepared["with_text"] == len(expected)
    assert len(list(read_articles(Path(prepared["some"])))) == 3


def test_query_times_are_percentiles_in_seconds() -> None:
    assert query_times([3.0, 1.0, 2.0]) == {
        "queries": 3,
        "query_p50": 2.0,
        "query_p99": pytest.approx(2.98),
        "query_mean": 2.0,
    }


def test_every_stage_of_indexing_is_timed() -> None:
    rows = [line.split("|")[1].strip() for line in stage_table(SAMPLE, 2).splitlines() if line.startswith("|")]
    assert rows[2:3] == ["unpack the archive"]
    assert rows[-2:] == ["write, checksum and sync", "all of these"]


def test_the_load_generator_finds_no_error_on_the_sample(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.serve", "--input", str(SAMPLE), "--folder", str(tmp_path)]
    options = ["--connections", "4", "--seconds", "3", "--articles", "2", "--every", "0.5"]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "- Errors: 0\n" in done.stdout
    rows = {line.split("|")[1].strip() for line in done.stdout.splitlines() if line.startswith("|")}
    assert rows >= {*serve.MIX, "POST /articles", "all that read"}
