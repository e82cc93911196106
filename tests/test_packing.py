"""Texts are stored in one byte a letter and come back as they were; the kernel packs as the reference does."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arabic import texts
from naskh.index.pack_kernels import pack_texts, unpack_texts
from naskh.text.packing import pack, unpack


@pytest.mark.parametrize(
    ("text", "packed"),
    [
        ("", b""),
        ("خبر", bytes([0x80 + 0x2E, 0x80 + 0x28, 0x80 + 0x31])),
        ("SPA 12\n", b"SPA 12\n"),
        ("«", b"\x1a\xc2\xab"),
        ("گ", b"\x1a\xda\xaf"),
        ("\x1a", b"\x1a\x1a"),
        ("\u0600\u067f\u0680", b"\x80\xff\x1a\xda\x80"),
    ],
)
def test_arabic_letters_and_ascii_take_a_byte_and_others_one_more_than_in_utf8(text: str, packed: bytes) -> None:
    assert pack(text) == packed


@given(st.text() | texts())
@example("\x1a\x1a«\x1aخ")
def test_what_is_packed_comes_back(text: str) -> None:
    assert unpack(pack(text)) == text


@settings(deadline=None)  # the first example loads the kernel
@given(st.lists(st.text() | texts(), max_size=5))
def test_the_kernel_packs_as_the_reference(given_texts: list[str]) -> None:
    encoded = [text.encode() for text in given_texts]
    offsets = np.append(0, np.cumsum([len(text) for text in encoded])).astype(np.int64)
    data = np.frombuffer(b"".join(encoded), np.uint8)
    out, edges = np.empty(2 * len(data), np.uint8), np.empty_like(offsets)
    pack_texts(data, offsets, out, edges)
    assert [out[a:b].tobytes() for a, b in pairwise(edges.tolist())] == list(map(pack, given_texts))
    back, ends = np.empty(2 * len(out), np.uint8), np.zeros_like(offsets)
    unpack_texts(out, edges[:-1], np.diff(edges), back, ends)
    assert [back[a:b].tobytes() for a, b in pairwise(ends.tolist())] == encoded
