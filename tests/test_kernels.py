"""The compiled kernels give the same bits as the readable reference, and that the same as datasketch."""

from __future__ import annotations

import datasketch
import numpy as np
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from arabic import any_unicode, texts
from naskh import Article, Settings, minhash
from naskh.sketch import fold_table
from naskh.sketch.banding import Banding, band_keys
from naskh.sketch.batch import BatchSketch, Sketcher, sketcher
from naskh.sketch.fold_table import FoldTable
from naskh.sketch.kernels import xxh64
from naskh.sketch.reference import ArticleSketch, permutations, shingle_hashes, signature, sketch_text
from naskh.text.analysis import analyse

DEFAULTS = Settings()
#: Settings that move every boundary: short shingles, few words in a paragraph, bands that use all permutations.
OTHERS = Settings(shingle_words=2, num_perm=12, bands=4, rows=3, min_paragraph_words=2, frac_scale=2, seed=7)


def one(batch: BatchSketch, article: int) -> ArticleSketch:
    """One article of a batch in the form of the reference (signatures are not kept in a batch)."""
    start, end = batch.shingle_offsets[article : article + 2]
    frac_start, frac_end = batch.frac_offsets[article : article + 2]
    own = batch.paragraphs[:, 0] == article
    return ArticleSketch(
        shingles=batch.shingles[start:end],
        dateline=(int(batch.datelines[article, 0]), int(batch.datelines[article, 1])),
        paragraph_numbers=batch.paragraphs[own, 1],
        first_shingle=batch.paragraphs[own, 2],
        shingle_count=batch.paragraphs[own, 3],
        signatures=np.zeros((int(own.sum()), 0), np.uint32),
        band_keys=batch.band_keys[own],
        frac=np.unique(batch.frac[frac_start:frac_end]),
    )


def assert_same(reference: ArticleSketch, kernel: ArticleSketch) -> None:
    for name in (
        "shingles",
        "dateline",
        "paragraph_numbers",
        "first_shingle",
        "shingle_count",
        "band_keys",
        "frac",
    ):
        np.testing.assert_array_equal(getattr(kernel, name), getattr(reference, name), err_msg=name)


@pytest.mark.parametrize("config", [DEFAULTS, OTHERS], ids=["defaults", "others"])
@given(batch=st.lists(texts(), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_batch_is_sketched_as_the_reference_sketches_each_text(config: Settings, batch: list[str]) -> None:
    sketched = sketcher(config).sketch_texts(batch)
    for number, text in enumerate(batch):
        assert_same(sketch_text(text, config), one(sketched, number))
        analysis = analyse(text)
        assert sketched.word_counts[number] == len(analysis.words)
        assert sketched.paragraph_counts[number] == len(analysis.paragraphs)


@given(st.lists(any_unicode, max_size=30).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_unicode_is_folded_alike(text: str) -> None:
    assert_same(sketch_text(text, OTHERS), one(sketcher(OTHERS).sketch_texts([text]), 0))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n \n",
        "كلمة",
        "كلمتان فقط",
        "ﷺ" * 40,  # the largest expansion: 3 bytes to 33
        "ا" * 5000,
        "12 آب " * 30 + "آب 12 " * 30,
        "كانون الثاني " * 20 + "كانون الثاني\nالثاني كانون",
        "ي " * 2000,
        "الرياض - واس" + " " * 2500 + "نص",
        "\U0001eef0\U0010ffff\U00020000 " * 20,
    ],
)
def test_extreme_texts_are_sketched_alike(text: str) -> None:
    for config in (DEFAULTS, OTHERS):
        assert_same(sketch_text(text, config), one(Sketcher(config).sketch_texts([text, text]), 1))


def test_every_code_point_is_folded_alike() -> None:
    config = OTHERS
    points = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    text = " ".join(f"ب{char}ت" for char in points[:0x3000] + points[0xA000:0x12000] + points[0x1D000:0x20200])
    assert_same(sketch_text(text, config), one(sketcher(config).sketch_texts([text]), 0))


def test_broken_utf8_is_read_as_separators_and_never_past_the_end() -> None:
    whole = "خبر من الرياض اليوم".encode()
    for cut in range(len(whole) + 1):
        data = np.frombuffer(whole[:cut] + b"\xff\xf0\x9f", np.uint8)
        sketched = sketcher(OTHERS).sketch(data, np.array([0, len(data)]))
        assert sketched.word_counts[0] <= 5


@given(st.binary(max_size=200), st.integers(0, 7))
@settings(max_examples=500, deadline=None)
def test_xxh64_is_xxhash(data: bytes, start: int) -> None:
    start = min(start, len(data))
    buffer = np.frombuffer(data + b"\0" * 8, np.uint8)
    assert int(xxh64(buffer, start, len(data) - start)) == xxhash.xxh64_intdigest(data[start:])


def datasketch_signature(text: str, config: Settings = DEFAULTS) -> np.ndarray:
    """What a user of datasketch gets from the same words."""
    words = analyse(text).words
    size = config.shingle_words
    expected = datasketch.MinHash(
        num_perm=config.num_perm,
        seed=config.seed,
        hashfunc=lambda data: xxhash.xxh64_intdigest(data) & 0xFFFFFFFF,
        scheme="affine32",
    )
    for i in range(max(len(words) - size + 1, min(len(words), 1))):
        expected.update(" ".join(words[i : i + size]).encode())
    return expected.hashvalues


@given(texts())
@settings(max_examples=200, deadline=None)
def test_signatures_are_those_of_datasketch(text: str) -> None:
    ours = signature(shingle_hashes(analyse(text).words))
    np.testing.assert_array_equal(ours, datasketch_signature(text))


@pytest.mark.parametrize(("num_perm", "seed"), [(128, 1), (16, 1), (256, 42)])
def test_permutations_are_those_of_datasketch(num_perm: int, seed: int) -> None:
    theirs = datasketch.MinHash(num_perm=num_perm, seed=seed, scheme="affine32").permutations
    np.testing.assert_array_equal(np.stack(permutations(num_perm, seed)), theirs)


@given(st.lists(st.integers(0, 2**32 - 1), max_size=50), st.sampled_from([(128, 1), (64, 3)]))
@settings(max_examples=100, deadline=None)
def test_a_signature_of_any_hashes_is_that_of_datasketch(hashes: list[int], shape: tuple[int, int]) -> None:
    num_perm, seed = shape
    expected = datasketch.MinHash(num_perm=num_perm, seed=seed, hashfunc=lambda h: h, scheme="affine32")
    for value in hashes:
        expected.update(value)
    np.testing.assert_array_equal(signature(np.array(hashes, np.uint32), num_perm, seed), expected.hashvalues)


@given(texts(), texts())
@settings(max_examples=50, deadline=None)
def test_a_minhash_handed_out_estimates_as_datasketch_does(first: str, second: str) -> None:
    a, b = minhash(first), minhash(second)
    expected = float(np.mean(datasketch_signature(first) == datasketch_signature(second)))
    assert a.jaccard(b) == expected
    assert datasketch.LeanMinHash(a).jaccard(datasketch.LeanMinHash(b)) == expected
    a.merge(b)  # the permutations are datasketch's own, so merging and updating go on as there
    assert a.count() >= 0


def test_real_articles_are_sketched_alike_and_as_datasketch(corpus: list[Article]) -> None:
    chosen = [article.text for article in corpus[:: len(corpus) // 400]]
    sketched = sketcher(DEFAULTS).sketch_texts(chosen)
    banding = Banding(DEFAULTS.bands, DEFAULTS.rows)
    for number, text in enumerate(chosen):
        reference = sketch_text(text, DEFAULTS)
        assert_same(reference, one(sketched, number))
        analysis = analyse(text)
        paragraphs = [p for p in analysis.paragraphs if p.word_count >= DEFAULTS.min_paragraph_words]
        theirs = [datasketch_words(analysis.paragraph_words(p)) for p in paragraphs]
        if theirs:
            np.testing.assert_array_equal(reference.signatures, np.stack(theirs))
            np.testing.assert_array_equal(one(sketched, number).band_keys, band_keys(np.stack(theirs), banding))


def datasketch_words(words: list[str]) -> np.ndarray:
    expected = datasketch.MinHash(
        hashfunc=lambda data: xxhash.xxh64_intdigest(data) & 0xFFFFFFFF, scheme="affine32"
    )
    expected.update_batch([" ".join(words[i : i + 3]).encode() for i in range(len(words) - 2)])
    return expected.hashvalues


def test_a_kernel_that_asks_for_a_filled_page_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold_table, "_MAX_ASKED_AGAIN", 3)
    table = FoldTable()
    for _ in range(3):
        table.fill(0x0600)
    with pytest.raises(RuntimeError, match="remove its __pycache__ folders"):
        table.fill(0x0600)
