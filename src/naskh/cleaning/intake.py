"""Reading the sources twice: once into an index, once more for what is written; also where they are a pipe."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Self, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from naskh.arrays import Int64, UInt64
from naskh.article import Article
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

    Raises:
        SourceError: see `Reader`.

    Attributes:
        id_hashes: (n,) of each article, by which it is looked up.
        chars: (n,) the code points of its text.
        rejected: lines and files that gave none.
        unreadable_dates: see `Reader`.

    """

    def __init__(
        self,
        sources: Sequence[str | os.PathLike[str]],
        *,
        fields: Mapping[str, str] | None = None,
        stdin: BinaryIO | None = None,
    ) -> None:
        self._sources, self._fields = sources, fields
        if stdin is None and sys.stdin is not None:
            stdin = getattr(sys.stdin, "buffer", None)
        self._stdin = None if stdin is None else _Spool(stdin)
        self.reader = Reader(sources, fields=fields)
        self.id_hashes: UInt64 = np.zeros(0, np.uint64)
        self.chars: Int64 = np.zeros(0, np.int64)
        self.rejected = self.unreadable_dates = 0

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

    def index(self, index: Index, *, workers: int, on_reject: OnReject, progress: Progress) -> None:
        """Read all articles into an index, where those that are there already stay as they are.

        Args:
            index: may hold others.
            workers: threads.
            on_reject: told of every line or file that gives no article.
            progress: called with the share of the work that is done, as far as that is known.

        """
        hashes, chars = [self.id_hashes], [self.chars]

        def counted(reader: Reader) -> Iterator[pa.RecordBatch]:
            for batch in reader.batches():
                hashes.append(hash_ids(batch.column("id").to_pylist()))
                chars.append(pc.utf8_length(batch.column("text")).to_numpy().astype(np.int64))
                yield batch
                progress(reader.bytes_read / reader.total_bytes if reader.total_bytes else 0.0)

        reader = self._reader(on_reject)
        index.add(counted(reader), workers=workers)
        self.id_hashes, self.chars = np.concatenate(hashes), np.concatenate(chars)
        self.rejected, self.unreadable_dates = reader.rejected, reader.unreadable_dates

    def again(self, *, on_reject: OnReject, progress: Progress) -> Iterator[Given]:
        """The same articles once more, each with the line that it was read from.

        Raises:
            SourceError: they are others than before.

        """
        if self._stdin is not None:
            self._stdin.rewind()
        self.reader = reader = self._reader(on_reject)
        for number, given in enumerate(reader.given()):
            if not self._is_known(number, given.article):
                break
            yield given
            if number % 64 == 0 and reader.total_bytes:
                progress(reader.bytes_read / reader.total_bytes)
        if (reader.articles, reader.rejected) != (len(self), self.rejected):
            raise SourceError("the sources changed while they were being read; run the command again")

    def _reader(self, on_reject: OnReject) -> Reader:
        stdin = cast("BinaryIO", self._stdin)
        return Reader(self._sources, fields=self._fields, on_reject=on_reject, stdin=stdin)

    def _is_known(self, number: int, article: Article) -> bool:
        """Whether that article was the one of this number before, as far as its id and its length tell."""
        if number == len(self) or len(article.text) != self.chars[number]:
            return False
        return bool(hash_ids([article.id])[0] == self.id_hashes[number])


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
