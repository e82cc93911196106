"""All duplicate pairs: exact, complete to the promised recall, each once and in order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from conftest import shared
from naskh import Article, Index, Settings
from naskh.sketch.banding import Banding
from naskh.sketch.reference import shingle_hashes, sketch_text
from naskh.text.analysis import analyse

#: The least recall of paragraph pairs at Jaccard 0.5 and above; bands promise 0.996 at exactly 0.5 and more above.
MIN_RECALL = 0.99
#: The least recall of article pairs at 0.5 and above.
MIN_ARTICLE_RECALL = 0.99

Place = tuple[str, int]


def paragraph_sets(articles: Iterable[Article], min_words: int) -> dict[Place, frozenset[int]]:
    """The shingles of every paragraph with enough words, by the readable reference."""
    sets = {}
    for article in articles:
        analysis = analyse(article.text)
        for paragraph in analysis.paragraphs:
            if paragraph.word_count >= min_words:
                words = analysis.paragraph_words(paragraph)
                sets[article.id, paragraph.number] = frozenset(shingle_hashes(words).tolist())
    return sets


def exact_join(sets: dict, min_jaccard: float) -> dict[tuple, float]:
    """Every pair at or above a Jaccard, by counting the shingles that each two share."""
    holders = defaultdict(list)
    for key in sorted(sets):
        for shingle in sets[key]:
            holders[shingle].append(key)
    shared_shingles: Counter[tuple] = Counter()
    for keys in holders.values():
        shared_shingles.update(combinations(keys, 2))
    pairs = {}
    for (a, b), count in shared_shingles.items():
        jaccard = count / (len(sets[a]) + len(sets[b]) - count)
        if jaccard >= min_jaccard:
            pairs[a, b] = jaccard
    return pairs


def given_paragraph_pairs(index: Index, min_jaccard: float = 0.5) -> dict[tuple[Place, Place], float]:
    rows = index.pairs("paragraph", min_jaccard=min_jaccard).to_pylist()
    pairs = {((r["article_a"], r["paragraph_a"]), (r["article_b"], r["paragraph_b"])): r["jaccard"] for r in rows}
    assert len(pairs) == len(rows), "a pair is given twice"
    assert all(a < b for a, b in pairs), "a must come before b"
    assert list(pairs) == sorted(pairs), "pairs must be sorted"
    return pairs


@pytest.mark.parametrize("min_jaccard", [0.5, 0.3, 0.9])
def test_paragraph_pairs_of_the_sample_are_those_of_an_exact_join(
    sample: list[Article], sample_index: Index, min_jaccard: float
) -> None:
    expected = exact_join(paragraph_sets(sample, Settings().min_paragraph_words), min_jaccard)
    found = given_paragraph_pairs(sample_index, min_jaccard)
    assert found.items() <= expected.items()
    banding = Banding(Settings().bands, Settings().rows)
    promised = sum(banding.recall(jaccard) for jaccard in expected.values())
    assert len(found) >= promised - 3 * len(expected) ** 0.5 * 0.2


@pytest.fixture(scope="session")
def three_days(corpus: list[Article], tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Article], Index]:
    """Some thousands of articles with many copies among them, and their index."""
    articles = [article for article in corpus if article.date in ("2015-07-24", "2015-08-10", "2015-08-11")]
    index = Index(tmp_path_factory.mktemp("days") / "index")
    index.add(articles)
    return articles, index


def test_paragraph_pairs_of_real_articles_are_exact_and_complete(three_days: tuple[list[Article], Index]) -> None:
    articles, index = three_days
    assert len(articles) > 3000
    expected = exact_join(paragraph_sets(articles, Settings().min_paragraph_words), 0.5)
    found = given_paragraph_pairs(index)
    wrong = {pair: jaccard for pair, jaccard in found.items() if expected.get(pair) != jaccard}
    recall = len(found.keys() & expected.keys()) / len(expected)
    assert not wrong, "precision must be 1.0, to the last bit of each Jaccard"
    assert recall >= MIN_RECALL, f"recall {recall:.4f} of {len(expected):,} pairs, wanted {MIN_RECALL}"


def test_article_pairs_of_real_articles_are_exact_and_complete(three_days: tuple[list[Article], Index]) -> None:
    articles, index = three_days
    sets = {a.id: frozenset(sketch_text(a.text, Settings()).evidence.tolist()) for a in articles}
    expected = exact_join(sets, 0.5)
    rows = index.pairs("article").to_pylist()
    found = {(row["article_a"], row["article_b"]): row for row in rows}
    assert list(found) == sorted(found)
    for (a, b), row in found.items():
        both = len(sets[a] & sets[b])
        assert row["jaccard"] == expected[a, b]
        assert (row["containment_a"], row["containment_b"]) == (both / len(sets[a]), both / len(sets[b]))
    recall = len(found) / len(expected)
    assert recall >= MIN_ARTICLE_RECALL, (
        f"recall {recall:.4f} of {len(expected):,} pairs, wanted {MIN_ARTICLE_RECALL}"
    )


@pytest.fixture(scope="session")
def corpus_index(corpus: list[Article], tmp_path_factory: pytest.TempPathFactory) -> Index:
    """An index of all of SaudiNewsNet."""
    index = Index(tmp_path_factory.mktemp("corpus") / "index")
    index.add(corpus)
    return index


@pytest.mark.parametrize(("min_jaccard", "min_recall"), [(0.5, MIN_RECALL), (0.55, MIN_RECALL), (0.8, 0.999)])
def test_the_known_pairs_of_the_corpus_are_found(
    corpus_index: Index, min_jaccard: float, min_recall: float
) -> None:
    truth = pq.read_table(shared("saudinewsnet-pairs.parquet")).to_pylist()
    expected = {
        tuple(sorted([(row["article_a"], row["paragraph_a"]), (row["article_b"], row["paragraph_b"])]))
        for row in truth
        if row["jaccard"] >= min_jaccard
    }
    found = given_paragraph_pairs(corpus_index)
    recall = len(expected & found.keys()) / len(expected)
    assert recall >= min_recall, f"recall {recall:.5f} of {len(expected):,} pairs, wanted {min_recall}"


def test_abridged_copies_are_pairs_by_containment(index: Index) -> None:
    whole = "\n".join(
        f"فقرة {name} تروي تفاصيل مختلفة عن افتتاح الجسر المعلق {name} وما قاله {name} المهندس {name} للصحفيين"
        for name in ["الأول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس"]
    )
    index.add([Article(id="whole", text=whole), Article(id="third", text="\n".join(whole.split("\n")[:2]))])
    assert index.pairs("article").num_rows == 0
    (row,) = index.pairs("article", min_containment=0.5).to_pylist()
    assert (row["article_a"], row["article_b"], row["containment_a"], row["relation"]) == (
        "third",
        "whole",
        1.0,
        "copy",
    )
    assert row["containment_b"] < 0.5


def test_near_copies_by_the_hundred_are_all_paired(index: Index) -> None:
    words = [f"كلمة{n}" for n in range(120)]
    copies = [[*words[:n], "أخرى", *words[n + 1 :]] for n in range(5, 115)] * 2
    texts = ["\n".join(" ".join(copy[i : i + 6]) for i in range(0, 120, 6)) for copy in copies]
    index.add(Article(id=f"{n:03}", text=text) for n, text in enumerate(texts))
    assert index.pairs("article").num_rows == len(texts) * (len(texts) - 1) // 2


def test_a_footer_of_every_article_pairs_none_of_them(index: Index) -> None:
    footer = "جميع الحقوق محفوظة للصحيفة ولا يجوز النقل عنها إلا بإذن خطي مسبق من إدارة التحرير"
    articles = [
        Article(id=str(n), text=f"{' '.join(f'م{n}ك{i}' for i in range(40))}\n{footer}") for n in range(400)
    ]
    index.add(articles)
    assert index.pairs("article").num_rows == 0
    assert index.pairs("paragraph").num_rows == 400 * 399 // 2


def test_a_pair_exactly_at_the_threshold_is_given(index: Index) -> None:
    shared = [f"م{n}" for n in range(57)]  # 55 shingles
    index.add([
        Article(id="a", text=" ".join([*shared, *(f"أ{n}" for n in range(22))])),
        Article(id="b", text=" ".join([*shared, *(f"ب{n}" for n in range(23))])),
    ])  # fmt: skip
    for level in ("article", "paragraph"):
        (row,) = index.pairs(level, min_jaccard=0.55).to_pylist()
        assert row["jaccard"] == 0.55


@pytest.mark.parametrize("wrong", [{"level": "paragraphs"}, {"level": "paragraph", "min_containment": 0.5}])
def test_pairs_that_make_no_sense_are_an_error(sample_index: Index, wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"level must be|is for articles"):
        sample_index.pairs(**wrong)


def test_exact_copies_and_repeats_inside_an_article_are_all_paired(index: Index) -> None:
    line = "أعلنت الهيئة العامة للطرق عن إغلاق الجسر القديم أمام الحركة مدة أسبوع لأعمال الصيانة الدورية"
    index.add([Article(id="a", text=f"{line}\nسطر قصير\n{line}"), *(Article(id=i, text=line) for i in "bcd")])
    places = [("a", 1), ("a", 3), ("b", 1), ("c", 1), ("d", 1)]
    assert given_paragraph_pairs(index) == dict.fromkeys(combinations(places, 2), 1.0)


@pytest.mark.parametrize("wrong", [0.0, -1.0, 1.5])
def test_a_jaccard_out_of_range_is_an_error(sample_index: Index, wrong: float) -> None:
    with pytest.raises(ValueError, match="min_jaccard must be above 0"):
        sample_index.pairs(min_jaccard=wrong)


def test_an_index_without_articles_has_no_pairs(tmp_path: Path) -> None:
    empty = Index(tmp_path / "empty")
    empty.add([])
    assert empty.pairs("article").num_rows == empty.pairs("paragraph").num_rows == 0
