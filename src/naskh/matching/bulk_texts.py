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
from naskh.matching.numbers import digits
from naskh.settings import Settings
from naskh.sketch import places
from naskh.sketch.batch import find_skips, sketcher
from naskh.sketch.fold_table import MAX_GROWTH
from naskh.sketch.kernels import UNKNOWN
from naskh.sketch.places import PlacedWords, combining_marks
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
        blocks, starts, sizes = segment.text_places(rows)
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
        raw = [texts.text(text).encode() for text in left.tolist()]
        own_ends = np.append(0, np.cumsum(counts))
        found[rows] = places.spans(settings, raw, texts.dated[left], stretches[rows], own_ends)
    return found


class Side(NamedTuple):
    """One of two texts that share some: which, and its shingles: address, how many, its dateline [first, end)."""

    text: int
    shingles: tuple[int, int, int, int]


def changed_numbers(texts: Packed, pairs: list[tuple[Side, Side]], settings: Settings) -> Int64:
    """As `naskh.matching.evidence.numbers`: (pairs, 2), kept and changed in the first of each two."""
    counts = np.empty((len(pairs), 2), np.int64)
    numbers = sorted({shorter.text for shorter, _ in pairs})
    numeric = dict(zip(numbers, _numeric_words(texts, numbers, settings), strict=True))
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


def _numeric_words(texts: Packed, numbers: list[int], settings: Settings) -> Iterator[Bool]:
    """Which words of some texts have digits."""
    raw = [texts.text(number).encode() for number in numbers]
    offsets = np.cumsum([0, *map(len, raw)])
    data = np.frombuffer(b"".join(raw), np.uint8)
    skips = np.zeros((len(raw), 2), np.int64)
    for place in np.flatnonzero(texts.dated[numbers]).tolist():
        skips[place] = find_skips(data, offsets[place : place + 2])[0]
    numeric, words = np.empty(2 * (len(data) + len(raw)), np.bool_), np.empty(len(raw), np.int64)
    longest = max(map(len, raw), default=0)
    scratch = (
        np.empty(MAX_GROWTH * longest + 16, np.uint8),
        np.empty(2 * longest + 2, np.int64),
        np.empty((longest + 1, 2), np.int64),
        np.empty(2, np.int64),
    )
    begin = 0
    while begin < len(raw):
        begin, status = number_kernels.numeric_words(
            begin, len(raw), data, offsets, skips, *sketcher(settings).tables, scratch, digits(), numeric, words
        )
        if status <= UNKNOWN:
            sketcher(settings).fill(UNKNOWN - status)
    for place, count in enumerate(words.tolist()):
        first = 2 * (int(offsets[place]) + place)
        yield numeric[first : first + count]
