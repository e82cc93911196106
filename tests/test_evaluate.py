"""`naskh evaluate`: what it counts is what brute force counts, whatever way the index was built."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naskh import Article, Evaluation, Index, Settings
from naskh.matching import exact_join
from naskh.matching.evaluate import THRESHOLDS, choose, wilson
from naskh.sketch.banding import Banding
from naskh.sketch.reference import sketch_text
from naskh.text.analysis import analyse

#: The least recall at Jaccard 0.5 that a sample of real news must show; the bands promise 0.996 at exactly 0.5.
MIN_RECALL = 0.99
#: Bands that miss half of the pairs at 0.5, and paragraphs that are easily long enough.
WEAK = Settings(num_perm=9, bands=3, rows=3, min_paragraph_words=4)

Place = tuple[str, int]
Sets = dict[Place, frozenset[int]]


def paragraph_sets(articles: Iterable[Article], config: Settings) -> Sets:
    """The shingles of each paragraph that has a signature, by the readable reference."""
    sets = {}
    for article in articles:
        sketch = sketch_text(article.text, config)
        places = zip(sketch.paragraph_numbers, sketch.first_shingle, sketch.shingle_count, strict=True)
        for number, first, count in places:
            sets[article.id, int(number)] = frozenset(sketch.shingles[first : first + count].tolist())
    return sets


def brute_force(articles: list[Article], config: Settings, sample: int, seed: int) -> tuple[Sets, dict]:
    """The sets of all paragraphs, and the Jaccard of every pair with one in a sampled article."""
    ids = sorted(article.id for article in articles)
    chosen = {ids[place] for place in choose(ids, sample, seed)}
    sets = paragraph_sets(articles, config)
    pairs = {}
    for a, b in combinations(sorted(sets), 2):
        if a[0] in chosen or b[0] in chosen:
            shared = len(sets[a] & sets[b])
            pairs[a, b] = shared / (len(sets[a]) + len(sets[b]) - shared)
    return sets, pairs


def built(folder: Path | str, articles: list[Article], config: Settings = WEAK, *, parts: int = 1) -> Index:
    """An index with as many segments."""
    index = Index(folder, config)
    for part in range(parts):
        index.add(articles[part::parts])
    return index


def assert_as_brute_force(index: Index, articles: list[Article], config: Settings, sample: int, seed: int) -> None:
    result = index.evaluate(sample=sample, seed=seed, floor=0.2, borderline=10**6)
    sets, pairs = brute_force(articles, config, sample, seed)
    rows = index.pairs("paragraph", min_jaccard=0.2).to_pylist()
    written = {((r["article_a"], r["paragraph_a"]), (r["article_b"], r["paragraph_b"])) for r in rows}
    banding = Banding(config.bands, config.rows)
    assert [at.threshold for at in result.thresholds] == [0.2, *THRESHOLDS]
    for at in result.thresholds:
        expected = {pair: jaccard for pair, jaccard in pairs.items() if jaccard >= at.threshold}
        assert at.pairs == len(expected)
        assert at.given == at.found == len(expected.keys() & written)
        assert at.recall == (round(at.found / at.pairs, 6) if at.pairs else None)
        assert at.precision == (1.0 if at.given else None)
        if at.pairs:
            promised = sum(banding.recall(jaccard) for jaccard in expected.values()) / at.pairs
            assert at.expected_recall == pytest.approx(promised, abs=1e-6)
    assert (result.paragraphs, result.articles) == (len(sets), len(articles))
    shown = set()
    for pair in result.borderline:
        a, b = (pair.a.id, pair.a.paragraph), (pair.b.id, pair.b.paragraph)
        assert a < b
        assert pair.jaccard == pairs[a, b]
        assert pair.found == ((a, b) in written)
        assert pair.range[0] <= pair.jaccard < pair.range[1] or pair.range == (1.0, 1.0) == (pair.jaccard,) * 2
        shown.add(frozenset([sets[a], sets[b]]))
    assert len(shown) == len(result.borderline), "two texts are shown once, however often they stand"
    assert shown == {frozenset([sets[a], sets[b]]) for (a, b), jaccard in pairs.items() if jaccard >= 0.35}


@pytest.mark.parametrize("sample_size", [64, 10, 1])
def test_the_sample_crawl_is_counted_as_brute_force_counts_it(
    sample: list[Article], sample_index: Index, sample_size: int
) -> None:
    assert_as_brute_force(sample_index, sample, Settings(), sample_size, seed=3)


def test_misses_of_weak_bands_are_counted_as_brute_force_counts_them(sample: list[Article], tmp_path: Path) -> None:
    index = built(tmp_path / "weak", sample, parts=3)
    assert_as_brute_force(index, sample, WEAK, 30, seed=0)
    assert_as_brute_force(index, sample, WEAK, 64, seed=0)


def test_the_interval_is_about_pairs_of_different_texts_and_allows_for_repeats(index: Index) -> None:
    words = [f"كلمة{n}" for n in range(40)]
    halves = [" ".join([*words, *(f"أخرى{k}ت{n}" for n in range(35))]) for k in range(6)]
    index = Index(index.path, Settings(num_perm=4, bands=1, rows=4))
    index.add(Article(id=f"{k}-{n}", text=half) for k, half in enumerate(halves) for n in range(4 if k else 1))
    index.add([Article(id="alone", text=" ".join(f"وحيد{n}" for n in range(9)))])
    result = index.evaluate(sample=21, floor=0.3)
    assert result.sampled == result.articles - 1
    at = {at.threshold: at for at in result.thresholds}
    assert at[1.0].pairs == 5 * 6
    assert at[1.0].recall_interval == (1.0, 1.0), "copies have the same keys: there is no chance in them"
    texts = list(combinations([1, 4, 4, 4, 4, 4], 2))
    different = sum(one * other for one, other in texts)
    assert at[0.3].pairs == different + 30
    trials = different**2 / sum((one * other) ** 2 for one, other in texts)
    expected = [
        (30 + bound * different) / at[0.3].pairs for bound in wilson((at[0.3].found - 30) / different, trials)
    ]
    assert at[0.3].recall_interval == pytest.approx(expected, abs=1e-6)
    assert trials < 15


def test_of_a_whole_index_the_recall_is_known(sample_index: Index) -> None:
    for at in sample_index.evaluate(sample=64).thresholds:
        assert at.recall_interval == (at.recall, at.recall)


lines = st.lists(st.sampled_from(["زار", "الوزير", "المدينة", "أمس"]), min_size=3, max_size=9).map(" ".join)
crawls = st.lists(st.lists(lines, max_size=4).map("\n".join), min_size=1, max_size=8)


@given(texts=crawls, parts=st.integers(1, 3), sample=st.integers(1, 8), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_any_crawl_is_counted_as_brute_force_counts_it(
    texts: list[str], parts: int, sample: int, seed: int
) -> None:
    articles = [Article(id=f"{number}", text=text) for number, text in enumerate(texts)]
    with tempfile.TemporaryDirectory() as folder:
        index = built(Path(folder) / "index", articles, parts=parts)
        assert_as_brute_force(index, articles, WEAK, sample, seed)


def test_blocks_of_few_paragraphs_make_no_difference(sample_index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sample_index.evaluate(sample=40)
    monkeypatch.setattr(exact_join, "BLOCK", 7)
    monkeypatch.setattr(exact_join, "_HITS", 5)
    assert sample_index.evaluate(sample=40) == whole


def test_the_result_depends_on_neither_order_of_arrival_nor_segments(sample: list[Article], tmp_path: Path) -> None:
    shuffled = [*sample[30:], *reversed(sample[:30])]
    one = built(tmp_path / "one", sample).evaluate(sample=20, seed=9)
    other = built(tmp_path / "other", shuffled, parts=4).evaluate(sample=20, seed=9)
    assert one == other
    assert msgspec.json.encode(one) == msgspec.json.encode(other)


def test_another_seed_draws_another_sample(sample: list[Article]) -> None:
    ids = sorted(article.id for article in sample)
    drawn = {tuple(choose(ids, 10, seed)) for seed in range(5)}
    assert len(drawn) == 5
    assert all(len(set(places)) == 10 for places in drawn)
    assert list(choose(ids, 1000, 0)) == list(range(64))


def test_deleted_and_replaced_articles_are_left_out(sample: list[Article], tmp_path: Path) -> None:
    index = built(tmp_path / "all", sample)
    index.add([msgspec.structs.replace(article, text=sample[0].text) for article in sample[40:50]])
    index.add(sample[40:50])
    index.delete(article.id for article in sample[:20])
    rest = built(tmp_path / "rest", sample[20:])
    assert index.evaluate(sample=15) == rest.evaluate(sample=15)


def test_borderline_pairs_come_with_the_paragraphs_themselves(sample: list[Article], sample_index: Index) -> None:
    articles = {article.id: article for article in sample}
    pairs = sample_index.evaluate(borderline=1).borderline
    assert pairs
    assert len({pair.range for pair in pairs}) == len(pairs)
    assert [pair.jaccard for pair in pairs] == sorted(pair.jaccard for pair in pairs)
    for side in (side for pair in pairs for side in (pair.a, pair.b)):
        article = articles[side.id]
        paragraph = analyse(article.text).paragraphs[side.paragraph - 1]
        assert side.text == article.text[paragraph.start : paragraph.end]
        assert (side.outlet, side.date) == (article.outlet, article.date)


def test_without_stored_texts_all_but_the_texts_is_the_same(
    sample: list[Article], sample_index: Index, tmp_path: Path
) -> None:
    bare = built(tmp_path / "bare", sample, Settings(store_text=False)).evaluate()
    whole = sample_index.evaluate()
    assert bare.thresholds == whole.thresholds
    assert bare.borderline
    for pair, same in zip(bare.borderline, whole.borderline, strict=True):
        assert pair.a == msgspec.structs.replace(same.a, text=None)
        assert pair.b == msgspec.structs.replace(same.b, text=None)


def test_precision_is_measured_and_not_taken_for_granted(
    sample_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(pairs: Any, sets: Any, begins: Any, sizes: Any, _: float, __: float, shared: Any) -> None:
        shared[:] = np.minimum(sizes[pairs >> np.uint64(32)], sizes[pairs & np.uint64(0xFFFFFFFF)])

    monkeypatch.setattr(exact_join, "verify", careless)
    at = {at.threshold: at for at in sample_index.evaluate(sample=64).thresholds}[0.5]
    assert at.given > at.found
    assert at.precision is not None
    assert at.precision < 1.0


def test_the_interval_is_the_known_one() -> None:
    assert wilson(0.5, 100) == (0.403832, 0.596168)
    assert wilson(1.0, 10)[1] == 1.0
    assert wilson(0.0, 10) == (0.0, round(1 - wilson(1.0, 10)[0], 6))


def test_thresholds_below_the_floor_are_left_out(sample_index: Index) -> None:
    result = sample_index.evaluate(floor=0.6)
    assert [at.threshold for at in result.thresholds] == [0.6, 0.7, 0.8, 0.9, 1.0]
    assert min(pair.range[0] for pair in result.borderline) >= 0.6


def test_progress_goes_from_nothing_to_all(sample_index: Index) -> None:
    shares: list[float] = []
    sample_index.evaluate(progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("wrong", [{"sample": 0}, {"borderline": -1}, {"seed": -1}, {"floor": 0.0}, {"floor": 1.1}])
def test_settings_out_of_range_are_an_error(sample_index: Index, wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"must be"):
        sample_index.evaluate(**wrong)


def test_an_empty_index_and_one_of_short_lines_have_nothing_to_measure(tmp_path: Path) -> None:
    for name, articles in (("empty", []), ("short", [Article(id="a", text="سطر قصير")])):
        result = built(tmp_path / name, articles, Settings()).evaluate()
        assert (result.articles, result.paragraphs) == (len(articles), 0)
        assert {(at.pairs, at.recall, at.recall_interval, at.precision) for at in result.thresholds} == {
            (0, None, None, None)
        }


def test_a_sample_of_real_articles_shows_the_promised_recall(corpus: list[Article], tmp_path: Path) -> None:
    index = built(tmp_path / "days", [a for a in corpus if a.date in ("2015-08-10", "2015-08-11")], Settings())
    at = {at.threshold: at for at in index.evaluate(sample=300, borderline=0).thresholds}[0.5]
    assert at.pairs > 100
    assert at.precision == 1.0
    assert at.recall is not None
    assert at.recall >= MIN_RECALL, f"recall {at.recall} of {at.pairs:,} pairs, wanted {MIN_RECALL}"


def naskh_evaluate(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from naskh.cli import main; main()", "evaluate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_prints_figures_pairs_and_what_to_do_next(sample_index: Index) -> None:
    done = naskh_evaluate(sample_index.path, "--sample", "30", "--borderline", "1")
    assert (done.returncode, done.stderr) == (0, "")
    out = done.stdout.splitlines()
    assert out[0].startswith("30 of 64 articles (seed 0): ")
    head = next(line for line in out if line.startswith("Jaccard >="))
    assert "95% interval" in head
    result = sample_index.evaluate(sample=30, borderline=1)
    (row,) = [line.split() for line in out if line.split()[:1] == ["0.50"]]
    (at,) = [at for at in result.thresholds if at.threshold == 0.5]
    assert row[1:3] == [f"{at.pairs}", f"{at.found}"]
    for pair in result.borderline:
        assert any(pair.a.id in line and f"¶{pair.a.paragraph}" in line for line in out)
        assert pair.b.text is not None
        assert any(pair.b.text[:100] in line for line in out)
    assert out[-1].strip() == f"naskh pairs {sample_index.path} -o FILE --level paragraph --min-jaccard X"


def test_json_is_one_line_with_the_same_result(sample_index: Index) -> None:
    done = naskh_evaluate(sample_index.path, "--json", "--sample", "30", "--seed", "4", "--floor", "0.4")
    (line,) = done.stdout.splitlines()
    expected = sample_index.evaluate(sample=30, seed=4, floor=0.4)
    assert msgspec.json.decode(line, type=Evaluation) == expected
    assert json.loads(line)["thresholds"][0]["threshold"] == 0.4


def test_the_command_says_what_cannot_be_evaluated(tmp_path: Path) -> None:
    missing = naskh_evaluate(tmp_path / "missing")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "missing" in missing.stderr
    assert naskh_evaluate(tmp_path / "missing", "--sample", "0").returncode == 2
    empty = built(tmp_path / "empty", [])
    done = naskh_evaluate(empty.path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "holds no articles" in done.stderr
    empty.add([Article(id="a", text=" ".join(f"كلمة{n}" for n in range(20)))])
    assert "None of them is like another" in naskh_evaluate(empty.path).stdout
