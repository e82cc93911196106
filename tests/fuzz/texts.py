"""Texts: what the kernels make of them, and what the readable reference does."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Self

import msgspec
import numpy as np

from naskh import Settings, normalize, repeated_blocks
from naskh.article import Span
from naskh.index.pack_kernels import pack_texts, unpack_texts
from naskh.sketch.batch import sketcher
from naskh.sketch.places import PlacedWords
from naskh.sketch.reference import sketch_text
from naskh.text.analysis import Analysis, analyse
from naskh.text.packing import pack, unpack
from tests.fuzz.making import mutated, text

_DEFAULTS = Settings()
#: Settings that move every boundary: short shingles and paragraphs, bands that use all permutations.
_OTHERS = Settings(shingle_words=2, num_perm=12, bands=4, rows=3, min_paragraph_words=2, frac_scale=2, seed=7)


class TextsCase(msgspec.Struct, frozen=True, tag="texts"):
    """Some texts in UTF-8; each is an input."""

    texts: list[bytes]

    @property
    def inputs(self) -> int:
        """How many texts."""
        return len(self.texts)

    @classmethod
    def draw(cls, rng: Random) -> Self:
        """A few texts, most of them short; some lost a few bytes."""
        texts = []
        for _ in range(rng.randrange(1, 6)):
            encoded = text(rng, rng.choice((4, 20, 20, 60))).encode()
            if rng.random() < 0.2:
                encoded = mutated(rng, encoded).decode("utf-8", "ignore").encode()
            texts.append(encoded)
        return cls(texts)

    def check(self, _: object = None) -> None:
        """Sketches, packed forms and places are those of the reference; blocks and normal forms hold together."""
        texts = [encoded.decode() for encoded in self.texts]
        analyses = [analyse(each) for each in texts]
        for settings in (_DEFAULTS, _OTHERS):
            _check_sketches(texts, analyses, settings)
        _check_packing(texts)
        for analysis in analyses:
            _check_places(analysis)
            _check_blocks(analysis)
            # U+06C2 becomes U+06C1, which a second time becomes U+0647: another normaliser version is to mend it.
            once = normalize(analysis.text.replace("\u06c2", ""))
            assert [line.split() for line in normalize(once).split("\n") if line.split()] == [
                line.split() for line in once.split("\n") if line.split()
            ], "the normal form is not stable"


def _check_sketches(texts: list[str], analyses: list[Analysis], settings: Settings) -> None:
    batch = sketcher(settings).sketch_texts(texts)
    bounds = zip(pairwise(batch.shingle_offsets.tolist()), pairwise(batch.frac_offsets.tolist()), strict=True)
    for number, (each, analysis, (shingles, frac)) in enumerate(zip(texts, analyses, bounds, strict=True)):
        expected = sketch_text(each, settings)
        own = batch.paragraphs[batch.paragraphs[:, 0] == number]
        found = {
            "shingles": batch.shingles[slice(*shingles)],
            "dateline": batch.datelines[number],
            "paragraph_numbers": own[:, 1],
            "first_shingle": own[:, 2],
            "shingle_count": own[:, 3],
            "band_keys": batch.band_keys[batch.paragraphs[:, 0] == number],
            "frac": np.unique(batch.frac[slice(*frac)]),
        }
        for name, values in found.items():
            np.testing.assert_array_equal(values, getattr(expected, name), err_msg=name)
        assert batch.word_counts[number] == len(analysis.words)
        assert batch.paragraph_counts[number] == len(analysis.paragraphs)


def _check_packing(texts: list[str]) -> None:
    encoded = [each.encode() for each in texts]
    offsets = np.append(0, np.cumsum([len(each) for each in encoded])).astype(np.int64)
    data = np.frombuffer(b"".join(encoded), np.uint8)
    packed, edges = np.empty(2 * len(data), np.uint8), np.empty_like(offsets)
    pack_texts(data, offsets, packed, edges)
    for each, (start, end) in zip(texts, pairwise(edges.tolist()), strict=True):
        assert packed[start:end].tobytes() == pack(each)
        assert unpack(pack(each)) == each
    back, ends = np.empty(2 * len(packed), np.uint8), np.zeros_like(offsets)
    unpack_texts(packed, edges[:-1], np.diff(edges), back, ends)
    assert back[: ends[-1]].tobytes() == b"".join(encoded)


def _check_places(analysis: Analysis) -> None:
    """`PlacedWords` finds the same words at the same places."""
    placed = PlacedWords(_DEFAULTS, analysis.text)
    assert placed.word_count == analysis.word_count
    for paragraph in analysis.paragraphs:
        if paragraph.word_count:
            assert placed.paragraph_at(paragraph.first_word) == paragraph
            assert placed.line(paragraph) == analysis.line(paragraph)


def _check_blocks(analysis: Analysis) -> None:
    paragraphs = analysis.paragraphs
    for block in (
        *repeated_blocks(analysis.text),
        *repeated_blocks(analysis.text, min_words=2, min_similarity=0.3),
    ):
        assert len(block.occurrences) > 1
        assert 0.0 < block.similarity <= 1.0
        for span in block.occurrences:
            assert 1 <= span.paragraphs[0] <= span.paragraphs[1] <= len(paragraphs)
            first, last = (paragraphs[number - 1] for number in span.paragraphs)
            assert first.start <= span.chars[0] < span.chars[1] <= last.end, _shown(span)
        for before, after in pairwise(block.occurrences):
            assert before.chars[1] <= after.chars[0], f"{_shown(before)} and {_shown(after)} overlap"


def _shown(span: Span) -> str:
    return f"¶{span.paragraphs} {span.chars}"
