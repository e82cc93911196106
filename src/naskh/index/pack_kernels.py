"""The compiled kernels that pack texts for storing, and unpack them; conventions as in `naskh.sketch.kernels`."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from naskh.intrinsics import load_u8, load_u16, store_u8
from naskh.text.packing import ESCAPE


@njit(nogil=True, cache=True)
def pack_texts(data: Any, offsets: Any, out: Any, out_offsets: Any) -> None:
    """Pack texts, as `naskh.text.packing.pack` does.

    Args:
        data: (n,) uint8: the texts in well-formed UTF-8, one after the other.
        offsets: (texts + 1,) int64: where each begins in `data`.
        out: (>= 2 * n,) uint8, out: the packed texts, one after the other.
        out_offsets: (texts + 1,) int64, out: where each begins in `out`.

    """
    place = 0
    out_offsets[0] = 0
    for text in range(len(offsets) - 1):
        at, end = offsets[text], offsets[text + 1]
        while at < end:
            lead = np.int64(load_u8(data, at))
            if lead & 0xFE == 0xD8 and at + 1 < end:  # U+0600-067F
                pair = np.int64(load_u16(data, at))
                store_u8(out, place, np.uint8(0x80 | (pair & 0x01) << 6 | (pair >> 8 & 0x3F)))
                place += 1
                at += 2
            elif lead < 0x80 and lead != ESCAPE:
                store_u8(out, place, np.uint8(lead))
                place += 1
                at += 1
            else:
                size = 1 if lead < 0xC0 else (2 if lead < 0xE0 else (3 if lead < 0xF0 else 4))
                store_u8(out, place, np.uint8(ESCAPE))
                for i in range(min(size, end - at)):
                    store_u8(out, place + 1 + i, load_u8(data, at + i))
                place += 1 + size
                at += size
        out_offsets[text + 1] = place


@njit(nogil=True, cache=True)
def unpack_texts(packed: Any, starts: Any, sizes: Any, data: Any, offsets: Any) -> None:
    """Unpack texts into UTF-8, as `naskh.text.packing.unpack` does.

    Args:
        packed: uint8: texts as `pack_texts` writes them.
        starts: (texts,) int64: where each begins in `packed`.
        sizes: (texts,) int64: its bytes.
        data: uint8, out: the texts, one after the other, in at most twice their sizes.
        offsets: (texts + 1,) int64, in and out: where each begins in `data`, and the end; the first one is given.

    """
    place = offsets[0]
    for text in range(len(starts)):
        at = starts[text]
        end = at + sizes[text]
        while at < end:
            byte = np.int64(load_u8(packed, at))
            if byte >= 0x80:  # U+0600-067F
                store_u8(data, place, np.uint8(0xD8 | (byte >> 6 & 0x01)))
                store_u8(data, place + 1, np.uint8(0x80 | (byte & 0x3F)))
                place += 2
                at += 1
                continue
            if byte == ESCAPE and at + 1 < end:
                at += 1
                lead = np.int64(load_u8(packed, at))
                size = 1 if lead < 0xC0 else (2 if lead < 0xE0 else (3 if lead < 0xF0 else 4))
                for _ in range(min(size, end - at) - 1):
                    store_u8(data, place, load_u8(packed, at))
                    place += 1
                    at += 1
            store_u8(data, place, load_u8(packed, at))
            place += 1
            at += 1
        offsets[text + 1] = place
