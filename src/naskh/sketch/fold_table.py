"""The folding of `naskh.text` as arrays for the kernels.

One uint32 an entry for each code point: the top byte is the kind, the low three bytes its payload. Entries are
filled a page of 256 code points at a time, when a text first needs the page: filling all of Unicode would take
a second, and Arabic news uses a few dozen pages. A kernel that meets an empty entry stops and names the code
point; the caller fills its page and runs it again.
"""

from __future__ import annotations

import threading

import numpy as np

from naskh.arrays import NDArray, UInt32
from naskh.text.folding import FOLDING, LINE_BREAKS
from naskh.text.months import AMBIGUOUS_MONTHS, MONTHS, TWO_WORD_MONTHS

# Compiled into `naskh.sketch.kernels`: a change here takes effect there only when that file is touched too.
#: Kinds 0 to 3: a word character of so many UTF-8 bytes, which are the payload (first byte lowest), or dropped.
DROP = 0
SEPARATOR = 4
SPACE = 5
LINE_BREAK = 6
EMPTY = 7
#: The payload is the row of `expansions`: several characters, or one of four bytes.
EXPAND = 8

#: Longest expansion in UTF-8 bytes: U+FDFA gives 18 characters of which three are spaces.
_MAX_EXPANSION = 40
_MAX_EXPANSIONS = 300_000  # code points of four bytes are kept as expansions; touched rows alone cost memory

#: Many threads may ask for a page at once, each page once.
_MAX_ASKED_AGAIN = 100_000

#: A text of n bytes folds to at most this many times n (U+FDFA: 3 bytes to 33, and a space).
MAX_GROWTH = 12


class FoldTable:
    """The lookup arrays of the kernels; only ever grows, so that threads may share it.

    Attributes:
        entries: (0x110000,) uint32, by code point.
        expansions: (rows, 40) uint8, UTF-8 with spaces where words part.
        expansion_lengths: (rows,) uint8.

    """

    def __init__(self) -> None:
        self.entries: UInt32 = np.full(0x110000, EMPTY << 24, np.uint32)
        self.expansions = np.zeros((_MAX_EXPANSIONS, _MAX_EXPANSION), np.uint8)
        self.expansion_lengths = np.zeros(_MAX_EXPANSIONS, np.uint8)
        self._used = 0
        self._asked_again = 0
        self._lock = threading.Lock()
        # ASCII and Latin-1, Arabic, its supplement, general punctuation, Arabic presentation forms.
        for page in (0x00, 0x06, 0x07, 0x20, 0xFB, 0xFC, 0xFD, 0xFE):
            self.fill(page << 8)

    def fill(self, code_point: int) -> None:
        """Fill the page of 256 code points that holds `code_point`.

        Raises:
            RuntimeError: a kernel asks again and again for what is there: its machine code is older than this.

        """
        first = code_point & ~0xFF
        with self._lock:
            if self.entries[first] == EMPTY << 24:
                page = [self._entry(point) for point in range(first, first + 256)]
                self.entries[first : first + 256] = page
                return
            self._asked_again += 1  # another thread may just have filled it
        if self._asked_again > _MAX_ASKED_AGAIN:
            raise RuntimeError("stale machine code of naskh's kernels: remove its __pycache__ folders")

    def _entry(self, code_point: int) -> int:
        char = chr(code_point)
        folded = FOLDING[code_point]
        if char in LINE_BREAKS:
            return LINE_BREAK << 24
        if char.isspace():
            return SPACE << 24
        if folded == "":
            return DROP << 24
        if folded.strip(" ") == "":
            return SEPARATOR << 24
        encoded = folded.encode()
        if len(folded) == 1 and len(encoded) <= 3:
            return len(encoded) << 24 | int.from_bytes(encoded, "little")
        row = self._used
        self.expansions[row, : len(encoded)] = np.frombuffer(encoded, np.uint8)
        self.expansion_lengths[row] = len(encoded)
        self._used += 1
        return EXPAND << 24 | row


class MonthTable:
    """Month names (see `naskh.text.months`) as arrays of byte rows.

    A row holds a name and what it becomes, each in UTF-8, padded to 16 bytes and followed by its length:
    name [0, 16), its length [16], target [17, 33), its length [33], kind [34].

    Attributes:
        names: (n, 35) uint8: single names, then the first words of two-word names (they have no target).
        pairs: (m, 35) uint8: the second words of two-word names with the target of the whole; instead of the
            kind, the row of the first word in `names`.
        letters: (128,) uint64: bit ``b3 & 63`` of row ``b1 & 63`` is set where a name has b1 and b3 as the last
            bytes of its first two letters, and bit ``b5 & 63`` of row ``64 + (b3 & 63)`` where it has b3 and b5
            as those of its second and third: most words go no further than this.

    """

    MONTH = 1
    AMBIGUOUS = 2
    FIRST_WORD = 3

    def __init__(self) -> None:
        rows = [_month_row(name, target, self.MONTH) for name, target in MONTHS.items()]
        rows += [_month_row(name, target, self.AMBIGUOUS) for name, target in AMBIGUOUS_MONTHS.items()]
        firsts = {first: len(rows) + i for i, first in enumerate(sorted({a for a, _ in TWO_WORD_MONTHS}))}
        rows += [_month_row(first, "", self.FIRST_WORD) for first in firsts]
        self.names = np.stack(rows)
        self.pairs = np.stack([_month_row(b, target, firsts[a]) for (a, b), target in TWO_WORD_MONTHS.items()])
        self.letters = np.zeros(128, np.uint64)
        for name in self.names:
            self.letters[name[1] & 63] |= np.uint64(1) << np.uint64(name[3] & 63)
            if name[16] >= 6:
                self.letters[64 + (name[3] & 63)] |= np.uint64(1) << np.uint64(name[5] & 63)


def _month_row(name: str, target: str, last: int) -> NDArray[np.uint8]:
    row = np.zeros(35, np.uint8)
    for place, word in ((0, name.encode()), (17, target.encode())):
        row[place : place + len(word)] = np.frombuffer(word, np.uint8)
        row[place + 16] = len(word)
    row[34] = last
    return row
