"""The compiled kernels: from UTF-8 bytes to shingle hashes, signatures' band keys and FracMinHash.

Conventions, for all of them: arrays are C-contiguous; offsets are int64; no Python object is touched, so they
run without the GIL; ``fastmath`` is off (they do no floating point); ``cache=True`` keeps the machine code
beside this file (compiling takes some seconds, loading some milliseconds); numba checks no bounds, so the
caller sizes the arrays as `naskh.sketch.batch` does. Each has its reference in `naskh.text` and
`naskh.sketch.reference` and gives the same bits (tests/test_kernels.py).

One long module, because numba's cache only notices a change of the file that a function stands in, not of another
file whose functions or constants it uses.
"""

# numba types its arguments by what it is called with; the annotations are for readers.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import load_u8, load_u16, load_u32, load_u64, rotate_left, store_u8, store_u32
from naskh.sketch.banding import BAND_KEY_BITS
from naskh.sketch.fold_table import EXPAND, LINE_BREAK, SEPARATOR, SPACE, MonthTable

#: What a kernel returns instead of a count.
OUT_OF_SPACE = -1
#: ``UNKNOWN - code_point``: the fold table has no entry for it yet.
UNKNOWN = -2

_ALL = 1 << 32  # every hash is below

_KEY_SHIFT = np.uint32(32 - BAND_KEY_BITS)

_LAST_WORD_ENTRY = np.uint32(0x3FFFFFF)  # the greatest entry of a character that words are made of, or dropped

_SPACE_BYTE = np.uint8(0x20)

_OTHER, _NUMBER, _NAME = 0, 1, 2  # what the word before was: _NAME + row of the month table

_MONTH = MonthTable.MONTH
_AMBIGUOUS = MonthTable.AMBIGUOUS
_FIRST_WORD = MonthTable.FIRST_WORD

_P1 = np.uint64(0x9E3779B185EBCA87)
_P2 = np.uint64(0xC2B2AE3D27D4EB4F)
_P3 = np.uint64(0x165667B19E3779F9)
_P4 = np.uint64(0x85EBCA77C2B2AE63)
_P5 = np.uint64(0x27D4EB2F165667C5)


@njit(inline="always")
def _round(lane: Any, value: Any) -> Any:
    return rotate_left(lane + value * _P2, 31) * _P1


@njit(inline="always", nogil=True, cache=True)  # a call costs a tenth of it
def xxh64(data: Any, start: int, length: int) -> Any:
    """XXH64 with seed 0 of ``data[start : start + length]`` (xxHash specification, Y. Collet).

    Args:
        data: (n,) uint8.
        start: first byte.
        length: bytes, 0 or more.

    Returns:
        uint64.

    """
    place = start
    end = start + length
    if length >= 32:
        a = _P1 + _P2
        b = _P2
        c = np.uint64(0)
        d = np.uint64(0) - _P1
        while place + 32 <= end:
            a = _round(a, load_u64(data, place))
            b = _round(b, load_u64(data, place + 8))
            c = _round(c, load_u64(data, place + 16))
            d = _round(d, load_u64(data, place + 24))
            place += 32
        digest = rotate_left(a, 1) + rotate_left(b, 7) + rotate_left(c, 12) + rotate_left(d, 18)
        digest = (digest ^ _round(np.uint64(0), a)) * _P1 + _P4
        digest = (digest ^ _round(np.uint64(0), b)) * _P1 + _P4
        digest = (digest ^ _round(np.uint64(0), c)) * _P1 + _P4
        digest = (digest ^ _round(np.uint64(0), d)) * _P1 + _P4
    else:
        digest = _P5
    digest += np.uint64(length)
    while place + 8 <= end:
        digest = rotate_left(digest ^ _round(np.uint64(0), load_u64(data, place)), 27) * _P1 + _P4
        place += 8
    if place + 4 <= end:
        digest = rotate_left(digest ^ (np.uint64(load_u32(data, place)) * _P1), 23) * _P2 + _P3
        place += 4
    while place < end:
        digest = rotate_left(digest ^ (np.uint64(load_u8(data, place)) * _P5), 11) * _P1
        place += 1
    digest = (digest ^ (digest >> np.uint64(33))) * _P2
    digest = (digest ^ (digest >> np.uint64(29))) * _P3
    return digest ^ (digest >> np.uint64(32))


@njit(inline="always")
def _fmix32(value: Any) -> Any:
    value = np.uint32(value ^ (value >> np.uint32(16)))
    value = np.uint32(value * np.uint32(0x85EBCA6B))
    value = np.uint32(value ^ (value >> np.uint32(13)))
    value = np.uint32(value * np.uint32(0xC2B2AE35))
    return np.uint32(value ^ (value >> np.uint32(16)))


@njit(inline="always")
def _is_plain(folded: Any, start: int, end: int, before: int, letters: Any) -> bool:
    """Whether a word neither is nor touches a number or a month: true of nearly all, so kept cheap."""
    if before != _OTHER or load_u8(folded, start) <= 0x39:
        return False
    return not _may_be_month(folded, start, end, letters)


@njit(inline="always")
def _may_be_month(folded: Any, start: int, end: int, letters: Any) -> Any:
    """Whether a word begins like a name of a month."""
    if end < start + 4:
        return False
    second = load_u8(folded, start + 3) & 63
    if not (letters[load_u8(folded, start + 1) & 63] >> np.uint64(second)) & np.uint64(1):
        return False
    return end < start + 6 or bool(
        (letters[64 + second] >> np.uint64(load_u8(folded, start + 5) & 63)) & np.uint64(1)
    )


@njit(nogil=True, cache=True)
def _equals(data: Any, start: int, end: int, row: Any) -> bool:
    if end - start != row[16]:
        return False
    for i in range(end - start):
        if data[start + i] != row[i]:
            return False
    return True


@njit(nogil=True, cache=True)
def _put_target(folded: Any, place: int, row: Any) -> Any:
    for i in range(row[33]):
        folded[place + i] = row[17 + i]
    return place + row[33]


@njit(nogil=True, cache=True)
def _fold_month(folded: Any, starts: Any, n: int, end: int, before: int, months: Any) -> tuple[int, int, int]:
    """Finish word `n`, which ends at `end`, as `naskh.text.months.fold_months` does.

    Args:
        folded: (n,) uint8, the words so far with a space after each.
        starts: (n,) int64, where each word begins in `folded`.
        n: the word.
        end: one past its last byte.
        before: what the word before in the same paragraph was.
        months: names, pairs and letters of a `MonthTable`.

    Returns:
        words so far (this one included), end of the last one in `folded`, and what it was.

    """
    names, pairs, letters = months
    start = starts[n]
    kind = names[before - _NAME, 34] if before >= _NAME else 0
    if kind == _FIRST_WORD:
        for row in pairs:
            if row[34] == before - _NAME and _equals(folded, start, end, row):
                return n, _put_target(folded, starts[n - 1], row), _OTHER
    if _is_number(folded, start, end):
        if kind == _AMBIGUOUS:
            # The name before the number becomes its target, which is no shorter: the number moves right.
            moved = starts[n - 1] + names[before - _NAME, 33] + 1
            for i in range(end - start - 1, -1, -1):
                folded[moved + i] = folded[start + i]
            folded[_put_target(folded, starts[n - 1], names[before - _NAME])] = _SPACE_BYTE
            starts[n] = moved
            end += moved - start
        return n + 1, end, _NUMBER
    if not _may_be_month(folded, start, end, letters):
        return n + 1, end, _OTHER
    for i in range(len(names)):
        if names[i, 16] == end - start and _equals(folded, start, end, names[i]):
            if names[i, 34] == _MONTH or (names[i, 34] == _AMBIGUOUS and before == _NUMBER):
                return n + 1, _put_target(folded, start, names[i]), _OTHER
            return n + 1, end, _NAME + i
    return n + 1, end, _OTHER


@njit(nogil=True, cache=True)
def _is_number(folded: Any, start: int, end: int) -> bool:
    for place in range(start, end):
        if not 0x30 <= folded[place] <= 0x39:
            return False
    return True


@njit(nogil=True, cache=True)
def _end_word(folded: Any, starts: Any, words: int, out: int, before: int, months: Any) -> tuple[int, int, int]:
    """End the word being written, if there is one, with a space."""
    _, _, letters = months
    if out > starts[words]:
        if _is_plain(folded, starts[words], out, before, letters):
            words += 1
        else:
            words, out, before = _fold_month(folded, starts, words, out, before, months)
        folded[out] = _SPACE_BYTE
        out += 1
        starts[words] = out
    return words, out, before


@njit(inline="always")
def _decode(data: Any, place: int, end: int) -> Any:
    """The code point at `place`, not ASCII, and its length in bytes; a broken sequence is a NUL of one byte."""
    lead = np.int64(data[place])
    if lead < 0xE0:
        if place + 2 <= end:
            return (lead & 0x1F) << 6 | (np.int64(data[place + 1]) & 0x3F), 2
    elif lead < 0xF0:
        if place + 3 <= end:
            point = (lead & 0x0F) << 12 | (np.int64(data[place + 1]) & 0x3F) << 6
            return point | (np.int64(data[place + 2]) & 0x3F), 3
    elif place + 4 <= end:
        point = (lead & 0x07) << 18 | (np.int64(data[place + 1]) & 0x3F) << 12
        point |= (np.int64(data[place + 2]) & 0x3F) << 6 | (np.int64(data[place + 3]) & 0x3F)
        if point < 0x110000:
            return point, 4
    return 0, 1


@njit(nogil=True, cache=True)
def fold_words(  # noqa: C901 - one loop over the bytes, a branch for each kind of character
    data: Any,
    start: int,
    end: int,
    skip_start: int,
    skip_end: int,
    table: Any,
    months: Any,
    folded: Any,
    starts: Any,
    lines: Any,
    dateline: Any,
) -> Any:
    """Fold one article into words, as `naskh.text.analysis.analyse` does.

    Args:
        data: (n,) uint8, valid UTF-8 (anything else is read as separators, never past `end`).
        start: the article's first byte.
        end: one past its last byte.
        skip_start: first byte of the dateline.
        skip_end: one past its last byte; equal when there is none.
        table: entries, expansions and expansion_lengths of a `FoldTable`.
        months: names, pairs and letters of a `MonthTable`.
        folded: (>= 12 * (end - start) + 16,) uint8, out: the words, one space after each; some bytes beyond
            the last one are written over.
        starts: (>= 2 * (end - start) + 2,) int64, out: where each word begins in `folded`, and the end.
        lines: (>= (end - start) + 1, 2) int64, out: first word and number of words of each paragraph.
        dateline: (2,) int64, out: its first word, and one past its last.

    Returns:
        words and paragraphs; or ``UNKNOWN - code_point`` and 0.

    """
    entries, expansions, expansion_lengths = table
    _, _, letters = months
    words = 0
    paragraphs = 0
    out: Any = 0
    word_start = 0
    starts[0] = 0
    before = _OTHER
    in_line = False
    first_word = 0
    dateline[0] = dateline[1] = 0
    place = start
    edge = skip_start if skip_end > skip_start else end  # the next edge of the dateline, then the end
    while place < end:
        if place == edge:
            words, out, before = _end_word(folded, starts, words, out, before, months)
            word_start = out
            dateline[0 if place == skip_start else 1] = words
            edge = skip_end if place == skip_start else end
        # A run of Arabic letters, U+0600-06FF, and of what is dropped between them: nearly all there is.
        run = place
        while place + 1 < edge:
            pair = np.int64(load_u16(data, place))
            if pair & 0xFC != 0xD8:
                break
            entry = entries[0x600 + ((pair & 0x03) << 6 | (pair >> 8 & 0x3F))]
            if entry > _LAST_WORD_ENTRY:
                break
            store_u32(folded, out, entry)
            out += np.int64(entry >> np.uint32(24))
            place += 2
        if place != run:
            in_line = True
            if place >= edge:
                continue
        lead = np.int64(load_u8(data, place))
        if lead < 0x80:
            point, size = lead, 1
        else:
            point, size = _decode(data, place, end)
        entry = entries[point]
        kind = entry >> np.uint32(24)
        place += size
        if kind in (SPACE, SEPARATOR, LINE_BREAK):
            # `_end_word` written out: with a call for each word the whole loop takes twice as long.
            if out > word_start:
                if _is_plain(folded, word_start, out, before, letters):
                    words += 1
                else:
                    words, out, before = _fold_month(folded, starts, words, out, before, months)
                store_u8(folded, out, _SPACE_BYTE)
                out += 1
                starts[words] = out
                word_start = out
            if kind == SEPARATOR:
                in_line = True
            elif kind == LINE_BREAK:
                if in_line:
                    lines[paragraphs, 0] = first_word
                    lines[paragraphs, 1] = words - first_word
                    paragraphs += 1
                first_word = words
                before = _OTHER
                in_line = False
        elif kind <= 3:  # one character of so many bytes; none of one that is dropped
            store_u32(folded, out, entry)
            out += np.int64(kind)
            in_line = True
        elif kind == EXPAND:
            in_line = True
            row = entry & np.uint32(0xFFFFFF)
            for i in range(expansion_lengths[row]):
                if expansions[row, i] == _SPACE_BYTE:
                    words, out, before = _end_word(folded, starts, words, out, before, months)
                    word_start = out
                else:
                    folded[out] = expansions[row, i]
                    out += 1
        else:
            return UNKNOWN - point, 0
    words, out, before = _end_word(folded, starts, words, out, before, months)
    if skip_end > skip_start and skip_end >= end:
        dateline[1] = words
    if in_line:
        lines[paragraphs, 0] = first_word
        lines[paragraphs, 1] = words - first_word
        paragraphs += 1
    return words, paragraphs


@njit(nogil=True, cache=True)
def hash_shingles(folded: Any, starts: Any, words: int, size: int, shingles: Any, first: int) -> int:
    """Hash every run of `size` words, as `naskh.sketch.reference.shingle_hashes`.

    Args:
        folded: see `fold_words`.
        starts: likewise.
        words: how many there are.
        size: words in a shingle.
        shingles: (>= first + words,) uint32, out from `first` on: the low halves of the hashes, in text order.
        first: the place of the first.

    Returns:
        the number of shingles.

    """
    count = words - size + 1 if words >= size else min(words, 1)
    for i in range(count):
        digest = xxh64(folded, starts[i], starts[min(i + size, words)] - 1 - starts[i])
        shingles[first + i] = np.uint32(digest & np.uint64(0xFFFFFFFF))
    return count


@njit(nogil=True, cache=True)
def minhash(hashes: Any, start: int, end: int, a: Any, b: Any, lowest: Any) -> None:
    """The signature of ``hashes[start:end]``, as `naskh.sketch.reference.signature`.

    Args:
        hashes: (n,) uint32.
        start: first hash.
        end: one past the last.
        a: (p,) uint32, odd.
        b: (p,) uint32.
        lowest: (p,) uint32, out.

    """
    for lane in range(len(a)):
        lowest[lane] = np.uint32(0xFFFFFFFF)
    lanes = lowest[: len(a)]
    place = start
    while place + 4 <= end:  # four at a time: `lowest` is read and written once for them
        h0, h1 = _fmix32(hashes[place]), _fmix32(hashes[place + 1])
        h2, h3 = _fmix32(hashes[place + 2]), _fmix32(hashes[place + 3])
        for lane in range(len(lanes)):
            first = min(np.uint32(a[lane] * h0 + b[lane]), np.uint32(a[lane] * h1 + b[lane]))
            second = min(np.uint32(a[lane] * h2 + b[lane]), np.uint32(a[lane] * h3 + b[lane]))
            lanes[lane] = min(lanes[lane], min(first, second))
        place += 4
    while place < end:
        mixed = _fmix32(hashes[place])
        for lane in range(len(lanes)):
            lanes[lane] = min(lanes[lane], np.uint32(a[lane] * mixed + b[lane]))
        place += 1


@njit(nogil=True, cache=True)
def dateline_shingles(first_word: int, end_word: int, size: int, count: int) -> tuple[int, int]:
    """Which of an article's `count` shingles touch words [first_word, end_word), as [first, end)."""
    if end_word <= first_word:
        return 0, 0
    return min(max(0, first_word - size + 1), count), min(end_word, count)


@njit(nogil=True, cache=True)
def keep_frac(
    shingles: Any, first: int, count: int, skip: int, skip_end: int, limit: int, frac: Any, place: int
) -> int:
    """Copy an article's hashes below `limit` to `frac` from `place` on, those in [skip, skip_end) left out."""
    kept = 0
    for i in range(count):
        if np.int64(shingles[first + i]) < limit and not skip <= i < skip_end:
            frac[place + kept] = shingles[first + i]
            kept += 1
    return kept


@njit(nogil=True, cache=True)
def band_keys(lowest: Any, bands: int, rows: int, keys: Any, paragraph: int) -> None:
    """The band keys of a signature into a row of `keys`, as `naskh.sketch.banding.band_keys`."""
    for band in range(bands):
        key = np.uint32(0)
        for row in range(rows):
            key = np.uint32(_fmix32(np.uint32(key ^ lowest[band * rows + row])) + np.uint32(0x9E3779B9))
        keys[paragraph, band] = key >> _KEY_SHIFT


@njit(nogil=True, cache=True)
def sketch_articles(
    begin: int,
    data: Any,
    offsets: Any,
    skips: Any,
    table: Any,
    months: Any,
    permutations: Any,
    shape: Any,
    scratch: Any,
    article_ends: Any,
    shingles: Any,
    frac: Any,
    paragraphs: Any,
    keys: Any,
) -> tuple[int, int]:
    """Sketch a batch of articles in one pass over their bytes.

    Args:
        begin: the article to start at; what stands in `article_ends` of those before it is kept.
        data: (n,) uint8: the articles' UTF-8, one after the other.
        offsets: (articles + 1,) int64: where each begins in `data`.
        skips: (articles, 2) int64: first and last byte of each dateline in `data`.
        table: see `fold_words`.
        months: see `fold_words`.
        permutations: a and b of those that are in a band, (bands * rows,) uint32 each.
        shape: shingle_words, bands, rows, min_paragraph_words, frac_limit, fewest kept by FracMinHash.
        scratch: `folded`, `starts` and `lines` of `fold_words` for the longest article, `dateline`, and
            `lowest` of `minhash`.
        article_ends: (articles + 1, 7) int64, out, the first row zeros: after each article the number of
            shingles, FracMinHash hashes and rows of `paragraphs` so far; then its own number of words and of
            paragraphs, the first of its shingles that touch the dateline, and one past the last of them.
        shingles: (capacity,) uint32, out.
        frac: (capacity,) uint32, out: unsorted, repeats included.
        paragraphs: (capacity, 4) int64, out: article, paragraph number from 1, first shingle in the article,
            number of shingles.
        keys: (capacity, bands) uint32, out.

    Returns:
        The number of articles done, and why it stopped: 0 when all are, `OUT_OF_SPACE` when an output is too
        small, or ``UNKNOWN - code_point``. Mend that and call it again with the number as `begin`.

    """
    size, bands, rows, min_words, frac_limit, fewest_kept = shape
    folded, starts, lines, dateline, lowest = scratch
    a, b = permutations
    for article in range(begin, len(offsets) - 1):
        n_shingles = article_ends[article, 0]
        n_frac = article_ends[article, 1]
        n_paragraphs = article_ends[article, 2]
        words, n_lines = fold_words(
            data, offsets[article], offsets[article + 1], skips[article, 0], skips[article, 1],
            table, months, folded, starts, lines, dateline,
        )  # fmt: skip
        if words < 0:
            return article, words
        count = words - size + 1 if words >= size else min(words, 1)
        if n_shingles + count > len(shingles) or n_frac + count > len(frac):
            return article, OUT_OF_SPACE
        first = n_shingles
        skip, skip_end = dateline_shingles(dateline[0], dateline[1], size, count)
        n_shingles += hash_shingles(folded, starts, words, size, shingles, first)
        kept = keep_frac(shingles, first, count, skip, skip_end, frac_limit, frac, n_frac)
        if kept < fewest_kept:
            kept = keep_frac(shingles, first, count, skip, skip_end, _ALL, frac, n_frac)
        n_frac += kept
        for line in range(n_lines):
            if lines[line, 1] < min_words:
                continue
            if n_paragraphs == len(paragraphs):
                return article, OUT_OF_SPACE
            own = lines[line, 1] - size + 1
            minhash(shingles, first + lines[line, 0], first + lines[line, 0] + own, a, b, lowest)
            band_keys(lowest, bands, rows, keys, n_paragraphs)
            paragraphs[n_paragraphs, 0] = article
            paragraphs[n_paragraphs, 1] = line + 1
            paragraphs[n_paragraphs, 2] = lines[line, 0]
            paragraphs[n_paragraphs, 3] = own
            n_paragraphs += 1
        article_ends[article + 1, 0] = n_shingles
        article_ends[article + 1, 1] = n_frac
        article_ends[article + 1, 2] = n_paragraphs
        article_ends[article + 1, 3] = words
        article_ends[article + 1, 4] = n_lines
        article_ends[article + 1, 5] = skip
        article_ends[article + 1, 6] = skip_end
    return len(offsets) - 1, 0
