"""Reading the sources twice: once into an index, once more for what is written; also where they are a pipe."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Self, cast

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from naskh.arrays import Int64, UInt64
from naskh.article import Article
from naskh.columns import articles_of
from naskh.engine import Index
from naskh.errors import SourceError
from naskh.index.segment import hash_ids
from naskh.matching.pair_candidates import Progress
from naskh.sources import Given, Reader, Rejection
from naskh.writing import writing

OnReject = Callable[[Rejection], None]


class Intake:
    """The articles of sources, in their order, read twice.

    Of standard input the bytes are kept in a temporary file, so that it can be read again.

    Args:
        sources: see `Reader`.
        fields: likewise.
        stdin: what "-" reads, instead of the standard input of the process.
        workers: threads, and processes that read web pages.

    Raises:
        SourceError: see `Reader`.

    Attributes:
        id_hashes: (n,) of each article, by which it is looked up.
        chars: (n,) the code points of its text.
        rejected: lines and files that gave none.
        unreadable_dates, passed_over: see `Reader`.

    """

    def __init__(
        self,
        sources: Sequence[str | os.PathLike[str]],
        *,
        fields: Mapping[str, str] | None = None,
        stdin: BinaryIO | None = None,
        workers: int,
    ) -> None:
        self._sources, self._fields, self._workers = sources, fields, workers
        if stdin is None and sys.stdin is not None:
            stdin = getattr(sys.stdin, "buffer", None)
        self._stdin = None if stdin is None else _Spool(stdin)
        self.reader = Reader(sources, fields=fields)
        self.id_hashes: UInt64 = np.zeros(0, np.uint64)
        self.chars: Int64 = np.zeros(0, np.int64)
        self._digests: UInt64 = np.zeros(0, np.uint64)
        self.rejected = self.unreadable_dates = 0
        self.passed_over: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._stdin is not None:
            self._stdin.close()

    def __len__(self) -> int:
        return len(self.id_hashes)

    def reads(self, path: Path) -> bool:
        """Whether a file is among the sources."""
        return self.reader.reads(path)

    def index(self, index: Index, *, on_reject: OnReject, progress: Progress) -> None:
        """Read all articles into an index, where those that are there already stay as they are.

        Args:
            index: may hold others.
            on_reject: told of every line or file that gives no article.
            progress: called with the share of the work that is done, as far as that is known.

        """
        hashes, chars, digests = [self.id_hashes], [self.chars], [self._digests]

        def counted(reader: Reader) -> Iterator[pa.RecordBatch]:
            for batch in reader.batches():
                hashes.append(hash_ids(batch.column("id").to_pylist()))
                chars.append(pc.utf8_length(batch.column("text")).to_numpy().astype(np.int64))
                digests.append(np.fromiter(map(_digest, articles_of(batch)), np.uint64, len(batch)))
                yield batch
                progress(reader.bytes_read / reader.total_bytes if reader.total_bytes else 0.0)

        reader = self._reader(on_reject)
        index.add(counted(reader), workers=self._workers)
        self.id_hashes, self.chars = np.concatenate(hashes), np.concatenate(chars)
        self._digests = np.concatenate(digests)
        self.rejected, self.unreadable_dates = reader.rejected, reader.unreadable_dates
        self.passed_over = reader.passed_over

    def again(self, *, on_reject: OnReject, progress: Progress) -> Iterator[Given]:
        """The same articles once more, each with the line that it was read from.

        Raises:
            SourceError: they are others than before.

        """
        if self._stdin is not None:
            self._stdin.rewind()
        self.reader = reader = self._reader(on_reject)
        for number, given in enumerate(reader.given()):
            if number == len(self) or _digest(given.article) != self._digests[number]:
                break
            yield given
            if number % 64 == 0 and reader.total_bytes:
                progress(reader.bytes_read / reader.total_bytes)
        if (reader.articles, reader.rejected) != (len(self), self.rejected):
            raise SourceError("the sources changed while they were being read; run the command again")

    def _reader(self, on_reject: OnReject) -> Reader:
        stdin = cast("BinaryIO", self._stdin)
        return Reader(self._sources, fields=self._fields, on_reject=on_reject, stdin=stdin, workers=self._workers)


def _digest(article: Article) -> int:
    """By which an article is known again, with all its fields."""
    return xxhash.xxh3_64_intdigest(msgspec.json.encode(article))


class _Spool:
    """A pipe of which all that is read is kept in a temporary file, so that it can be read again."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe_read: Callable[[int], bytes] = getattr(pipe, "read1", pipe.read)
        self._file: BinaryIO | None = None
        self._again = False

    def read1(self, size: int = -1) -> bytes:
        """Read what is there, at most `size` bytes."""
        if self._again:
            return b"" if self._file is None else self._file.read(size)
        chunk = self._pipe_read(size)
        if self._file is None:
            self._file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - `close` closes it
        with writing(f"temporary files in {tempfile.gettempdir()}", then=" (TMPDIR=/some/folder names one)"):
            self._file.write(chunk)
        return chunk

    read = read1

    def rewind(self) -> None:
        """From here on give again what was read."""
        self._again = True
        if self._file is not None:
            self._file.seek(0)

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()
