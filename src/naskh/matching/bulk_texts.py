"""What the texts of many queries and their matches tell: where passages stand, changed numbers, speech."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import string_at
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from naskh.arrays import Bool, Int64, NDArray
from naskh.index.pack_kernels import pack_texts
from naskh.index.segment import Segment
from naskh.matching import number_kernels
from naskh.matching.bulk_place_kernels import kinds_of_bytes, spans
from naskh.matching.bulk_scan_kernels import mark_shared
from naskh.matching.evidence import covered_words, speech_share
from naskh.matching.numbers import numeric_words
from naskh.settings import Settings
from naskh.sketch import places
from naskh.sketch.batch import sketcher
from naskh.sketch.places import PlacedWords, combining_marks
from naskh.sketch.span_kernels import EDGE, FACTS
from naskh.text.packing import unpack

#: Bytes of decompressed blocks of texts that are kept: what one batch matches, others do too.
_KEPT_BYTES = 128 << 20


class Packed(NamedTuple):
    """Texts in packed form, and what their sketches say of them.

    Attributes:
        places: (n, 2) int64, address and bytes of each, see `naskh.text.packing`.
        words: (n,) int64, how many words each has.
        dated: (n,) bool, which have a dateline.
        held: what the addresses point to.

    """

    places: Int64
    words: Int64
    dated: Bool
    held: list[Any]

    def text(self, number: int) -> str:
        """One of them."""
        return unpack(string_at(*self.places[number].tolist()))


def packed(texts: NDArray[np.uint8], ends: Int64, words: Int64, dated: Bool) -> Packed:
    """Texts in UTF-8, of which each begins where `ends` says, in packed form."""
    out, out_ends = np.empty(2 * len(texts) + 1, np.uint8), np.empty(len(ends), np.int64)
    pack_texts(texts, ends, out, out_ends)
    places = np.stack([out.ctypes.data + out_ends[:-1], np.diff(out_ends)], axis=1)
    return Packed(places, words, dated, [out])


class Blocks:
    """Blocks of packed texts that were read last, decompressed. Threads may share it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], tuple[bytes, int]] = {}
        self._bytes = 0
        self._lock = Lock()

    def read(self, number: int, segment: Segment, rows: Int64) -> tuple[Int64, list[Any]]:
        """Address and bytes of the texts of some articles of a segment, (n, 2) int64, and what holds them."""
        places = segment.text_places(rows)
        assert places is not None  # noqa: S101 - asked for where texts are stored
        blocks, starts, sizes = places
        needed = np.unique(blocks)
        found = [self._block(number, segment, block) for block in needed.tolist()]
        firsts = np.array([address for _, address in found], np.int64)[np.searchsorted(needed, blocks)]
        return np.stack([firsts + starts, sizes], axis=1), [raw for raw, _ in found]

    def _block(self, number: int, segment: Segment, block: int) -> tuple[bytes, int]:
        known = self._kept.get((number, block))
        if known is not None:
            return known
        raw = segment.text_block(block)
        found = raw, int(np.frombuffer(raw, np.uint8).ctypes.data)
        with self._lock:
            if (number, block) not in self._kept:
                while self._kept and self._bytes + len(raw) > _KEPT_BYTES:
                    self._bytes -= len(self._kept.pop(next(iter(self._kept)))[0])
                self._kept[number, block] = found
                self._bytes += len(raw)
        return found


def spans_of(texts: Packed, owners: Int64, stretches: Int64, settings: Settings) -> Int64:
    """Where stretches of words stand: (s, 4) int64, first and last paragraph, first code point and end.

    Args:
        texts: the texts.
        owners: (s,) int64, in which of them each stands.
        stretches: (s, 2) int64, words [first, end).
        settings: those of the index.

    """
    found = np.empty((len(stretches), 4), np.int64)
    done = np.empty(len(texts.places), np.bool_)
    order = np.argsort(owners, kind="stable")
    ends = np.searchsorted(owners[order], np.arange(len(done) + 1))
    table = sketcher(settings).tables[0][0], combining_marks()
    spans(texts.places, texts.words, kinds_of_bytes(*table), table, stretches, order, ends, found, done)
    left = np.flatnonzero(~done)
    if len(left):
        rows = np.concatenate([order[ends[text] : ends[text + 1]] for text in left.tolist()])
        counts = (ends[1:] - ends[:-1])[left]
        facts = np.zeros((len(left), FACTS), np.int64)
        for place in np.flatnonzero(texts.dated[left]).tolist():
            facts[place, EDGE:] = places.edges_of(texts.text(int(left[place])))
        known = places.Known(facts, np.zeros(len(left) + 1, np.int64), np.zeros((0, 3), np.int64))
        raw = [string_at(*texts.places[text].tolist()) for text in left.tolist()]
        found[rows] = places.spans(settings, raw, known, stretches[rows], np.append(0, np.cumsum(counts)))
    return found


class Side(NamedTuple):
    """One of two texts that share some: which, and its shingles: address, how many, its dateline [first, end)."""

    text: int
    shingles: tuple[int, int, int, int]


def changed_numbers(texts: Packed, pairs: list[tuple[Side, Side]], settings: Settings) -> Int64:
    """As `naskh.matching.evidence.numbers`: (pairs, 2), kept and changed in the first of each two."""
    counts = np.empty((len(pairs), 2), np.int64)
    numbers = sorted({shorter.text for shorter, _ in pairs})
    numeric = dict(zip(numbers, _numeric_words(texts, numbers), strict=True))
    for row, (shorter, longer) in enumerate(pairs):
        own = numeric[shorter.text]
        counts[row] = number_kernels.count_numbers(own, len(own), _marked(shorter, longer), settings.shingle_words)
    return counts


def speech(shorter: tuple[Side, str], longer: tuple[Side, str], settings: Settings) -> float:
    """The share of what two texts share that is speech, the less of both; see `naskh.matching.evidence`."""
    shares = []
    for (own, text), (other, _) in ((shorter, longer), (longer, shorter)):
        words = PlacedWords(settings, text)
        shares.append(speech_share(words, covered_words(words, _marked(own, other), settings.shingle_words)))
    return min(shares)


def _marked(own: Side, other: Side) -> Bool:
    marked = np.empty(own.shingles[1], np.bool_)
    mark_shared(own.shingles, other.shingles, marked)
    return marked


def _numeric_words(texts: Packed, numbers: list[int]) -> Iterator[Bool]:
    """Which words of some texts have digits."""
    if not numbers:
        return
    raw = [texts.text(number).encode() for number in numbers]
    data = np.frombuffer(b"".join(raw), np.uint8)
    numeric, ends = numeric_words(data, np.cumsum([0, *map(len, raw)]), texts.words[numbers])
    yield from np.split(numeric, ends[1:-1])
