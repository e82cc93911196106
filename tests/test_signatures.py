"""Signatures for other programs: datasketch's own, value for value, of all that is stored and of nothing else."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import datasketch
import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from arabic import texts
from naskh import Article, Index, Settings, minhash
from naskh.cli import cli
from naskh.sketch.reference import sketch_text

DATELINE = "الرياض 26 شوال 1436 هـ الموافق 11 أغسطس 2015 م واس\n"


def theirs(hashes: np.ndarray, config: Settings) -> datasketch.MinHash:
    """What datasketch makes of the same hashes."""
    made = datasketch.MinHash(config.num_perm, config.seed, hashfunc=lambda value: value, scheme="affine32")
    made.update_batch(hashes.tolist())
    return made


@given(st.lists(texts(), min_size=1, max_size=6), st.booleans(), st.sampled_from([(128, 1, 3), (64, 9, 2)]))
@settings(max_examples=25, deadline=None)
def test_signatures_are_those_of_datasketch(
    given_texts: list[str], dated: bool, shape: tuple[int, int, int]
) -> None:
    config = Settings(num_perm=shape[0], seed=shape[1], shingle_words=shape[2])
    articles = {f"a{i}": (DATELINE if dated else "") + text for i, text in enumerate(given_texts)}
    with tempfile.TemporaryDirectory() as folder:
        index = Index(Path(folder) / "index", config)
        index.add(Article(id=id_, text=text) for id_, text in articles.items())
        whole = dict(index.minhashes())
        parts = dict(index.minhashes("paragraph"))
    sketches = {id_: sketch_text(text, config) for id_, text in articles.items()}
    assert whole == {id_: theirs(sketch.evidence, config) for id_, sketch in sketches.items()}
    assert parts == {
        (id_, number): theirs(sketch.shingles[first : first + count], config)
        for id_, sketch in sketches.items()
        for number, first, count in zip(
            sketch.paragraph_numbers.tolist(), sketch.first_shingle, sketch.shingle_count, strict=True
        )
    }
    made = {"num_perm": shape[0], "seed": shape[1], "shingle_words": shape[2], "dateline": False}
    assert whole == {id_: minhash(text, **made) for id_, text in articles.items()}


def test_what_is_deleted_has_no_signature(three: Index) -> None:
    ids = [key for key, _ in three.minhashes()]
    assert len(ids) == len(set(ids)) == len(three) == 47
    paragraphs = [key for key, _ in three.minhashes("paragraph")]
    assert len(paragraphs) == len(set(paragraphs))
    assert {id_ for id_, _ in paragraphs} <= set(ids)


def test_an_lsh_of_datasketch_finds_the_copies(sample_index: Index) -> None:
    lsh = datasketch.MinHashLSH(threshold=0.5, num_perm=128)
    for id_, signature in sample_index.minhashes():
        lsh.insert(id_, signature)
    text = sample_index.get("nabaa-0004").text
    assert set(lsh.query(minhash(text, dateline=False))) == {"nabaa-0004", "alsham-0002", "annil-0003"}


@pytest.mark.parametrize("level", ["article", "paragraph"])
@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_signatures_go_to_a_file_of_either_format(
    sample_index: Index, tmp_path: Path, level: str, suffix: str
) -> None:
    output = tmp_path / f"signatures.{suffix}"
    done = CliRunner().invoke(cli, ["signatures", str(sample_index.path), "-o", str(output), "--level", level])
    assert done.exit_code == 0, done.output
    expected = sample_index.signatures(level)
    assert f"{len(expected)} signatures of {level}s to {output}" in done.output
    if suffix == "parquet":
        table = pq.read_table(output)
        assert table == expected
        assert json.loads(table.schema.metadata[b"minhash"])["scheme"] == "affine32"
    else:
        assert [json.loads(line) for line in output.read_text().splitlines()] == expected.to_pylist()


def test_a_level_that_there_is_not_is_refused_at_once(sample_index: Index) -> None:
    with pytest.raises(ValueError, match="level must be 'article' or 'paragraph', not 'word'"):
        sample_index.iter_signatures("word")
