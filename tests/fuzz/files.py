"""Files of every kind that is read: archives, texts in any encoding, standard input; whole or damaged."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Self

import msgspec
import pyarrow as pa

from naskh import Article
from naskh.sources import Reader, Rejection
from naskh.sources.streams import BULK_CHUNK_BYTES
from tests.fuzz.lines import Found, assert_same
from tests.fuzz.making import line, mutated, text

_NAMES = (
    "a.jsonl", "a.json", "a.txt", "a.txt", "-", "a.jsonl.gz", "a.jsonl.gz", "a.jsonl.zst", "a.jsonl.zst",
    "a.json.gz",
)  # fmt: skip
_ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "windows-1256", "utf-7")


def _zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="zstd", asbytes=True))


class FileCase(msgspec.Struct, frozen=True, tag="file"):
    """One file and how much is read of it at a time; each line, or the text, is an input."""

    name: str
    content: bytes
    inputs: int
    chunk_bytes: int
    max_article_bytes: int

    @classmethod
    def draw(cls, rng: Random) -> Self:
        """A file of one of the kinds; half of them are damaged."""
        name = rng.choice(_NAMES)
        inputs = 1
        if name in ("a.txt", "-") and rng.random() < 0.8:
            content = text(rng).encode(rng.choice(_ENCODINGS), "replace")
        else:
            lines = [line(rng, rng.choice((0.0, 0.2))) for _ in range(rng.randrange(1, 12))]
            content, inputs = rng.choice((b"\n", b"\r\n")).join(lines), len(lines)
        if name.endswith((".gz", ".zst")):
            content = _packed(rng, gzip.compress if name.endswith(".gz") else _zstd, content)
        if rng.random() < 0.5:
            content = mutated(rng, content)
        return cls(
            name=name,
            content=content,
            inputs=inputs,
            chunk_bytes=rng.choice((1, 5, 100, 4096, 1 << 18)),
            max_article_bytes=rng.choice((50, 300, 1 << 20, 1 << 20)),
        )

    def check(self, scratch: Path) -> None:
        """Both ways of reading give the same, count the same, and read to the end."""
        # Damage is met sooner or later by chunks of another size, and so are other lines before it.
        batches = self._read(scratch, BULK_CHUNK_BYTES, "batches")
        assert_same(batches, self._read(scratch, BULK_CHUNK_BYTES, "one by one"))
        small = self._read(scratch, self.chunk_bytes, "one by one")
        if not any("archive" in rejection.reason for rejection in (*small.rejections, *batches.rejections)):
            assert_same(small, batches)

    def _read(self, scratch: Path, chunk_bytes: int, way: str) -> Found:
        path = scratch / self.name
        if self.name != "-":
            path.write_bytes(self.content)
        rejections: list[Rejection] = []
        reader = Reader(
            ["-" if self.name == "-" else path],
            on_reject=rejections.append,
            stdin=io.BytesIO(self.content),
            max_article_bytes=self.max_article_bytes,
            chunk_bytes=chunk_bytes,
        )
        articles = list(self._rows(reader) if way == "batches" else reader)
        assert (reader.articles, reader.rejected) == (len(articles), len(rejections)), "miscounted"
        assert self.name == "-" or reader.bytes_read == reader.total_bytes, "the end was not reached"
        for rejection in rejections:
            msgspec.json.encode(rejection)
        rejections.sort(key=lambda rejection: rejection.line or 0)
        return Found(articles, rejections, reader.unreadable_dates, 0, None)

    def _rows(self, reader: Reader) -> Iterator[Article]:
        for batch in reader.batches():
            batch.validate(full=True)
            yield from (Article(**row) for row in batch.to_pylist())


def _packed(rng: Random, pack: object, content: bytes) -> bytes:
    """An archive: in one, in several members, with junk behind, or of many zeros."""
    assert callable(pack)
    kind = rng.random()
    if kind < 0.6:
        packed = pack(content)
    elif kind < 0.8:
        cut = rng.randrange(len(content) + 1)
        packed = pack(content[:cut]) + pack(content[cut:])
    elif kind < 0.9:
        packed = pack(content) + rng.choice((b"\0" * 7, b"junk", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\n"))
    else:
        packed = pack(
            rng.choice((b"\0", b"x", b"[", b"\n", b'{"id":')) * rng.choice((1000, 100_000)) + b"\n" + content
        )
    return bytes(packed)
