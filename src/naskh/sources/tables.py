"""Articles from Parquet files and from Arrow IPC files: Feather, and what Hugging Face datasets keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from naskh.columns import ARTICLES, BATCH_ARTICLES, FIELDS
from naskh.sources.checks import Checks
from naskh.sources.frames import PIECE_BYTES, BadTable, Columns, pieces
from naskh.sources.records import FieldNames
from naskh.sources.rejection import UnreadableFile, empty_or_blank, readable_size
from naskh.sources.streams import cannot_be_read

if TYPE_CHECKING:
    from naskh.sources.jsonlines import Reject

#: Called with the part of the file that was gone through, 0 to 1.
Progress = Callable[[float], None]

#: So many pieces of a Parquet file are read at a time, since each time its dictionaries are looked through.
_READ = 16

_ARROW_FILE, _FEATHER_1 = b"ARROW1", b"FEA1"
#: What Arrow raises for a file that is not what was written; ArrowInvalid is a ValueError, and some are an OSError.
#: One that claims to have more than there is of memory is a MemoryError.
_DAMAGE = (pa.ArrowException, OSError, ValueError, MemoryError)


class TableFile:
    """Reads the rows of one file, which are numbered from 1. `line` is the last one read.

    Args:
        names: where the fields are read from.
        reject: told of each row that gives no article.
        max_article_bytes: a longer text is rejected.
        unique_ids: reject a row whose id another one has.

    """

    def __init__(
        self, names: FieldNames, reject: Reject, *, max_article_bytes: int, unique_ids: bool = True
    ) -> None:
        self.line = 0
        self._names = names
        self._reject = reject
        self._max_article_bytes = max_article_bytes
        self._checks = Checks(names, "column {}", "in row", unique_ids=unique_ids)

    @property
    def unreadable_dates(self) -> int:
        """How many dates were given up so far."""
        return self._checks.unreadable_dates

    def parquet(self, file: BinaryIO, progress: Progress) -> Iterator[pa.RecordBatch]:
        """The articles of a Parquet file, of which some thousand rows are held at a time.

        Raises:
            UnreadableFile: it is none, is damaged, or has not the columns of articles.

        """
        import pyarrow.parquet as pq

        try:
            # Without buffering ahead, which holds a whole row group: all of a file that was written at once.
            opened = pq.ParquetFile(
                file, pre_buffer=False, buffer_size=PIECE_BYTES, page_checksum_verification=True
            )
            schema, facts = opened.schema_arrow, opened.metadata
        except _DAMAGE as error:
            raise _damaged("no Parquet file, or a truncated one", error) from error
        columns = self._columns(schema)
        strings = [name for name in columns.read if _is_string(schema.field(name).type)]
        # Where a text of many rows is stored once, it is held once, until the batch is cut into pieces.
        opened = pq.ParquetFile(
            file, metadata=facts, read_dictionary=strings, pre_buffer=False, buffer_size=PIECE_BYTES,
            page_checksum_verification=True,
        )  # fmt: skip
        stored = sum(facts.row_group(group).total_byte_size for group in range(facts.num_row_groups))
        rows = max(1, min(_READ * BATCH_ARTICLES, _READ * PIECE_BYTES * facts.num_rows // max(1, stored)))
        batches = opened.iter_batches(rows, columns=columns.read)
        yield from self._articles(columns, batches, lambda: progress(self.line / max(1, facts.num_rows)))

    def arrow(self, file: BinaryIO, progress: Progress) -> Iterator[pa.RecordBatch]:
        """The articles of an Arrow IPC file or stream, of which a batch is held at a time.

        Raises:
            UnreadableFile: it is none, is damaged, or has not the columns of articles.

        """
        magic = file.read(len(_ARROW_FILE))
        if magic.startswith(_FEATHER_1):
            raise UnreadableFile("Feather of version 1; write it again with version 2")
        size = file.seek(0, 2)
        file.seek(0)
        damage: Exception | None = None
        try:
            try:
                opened: Any = pa.ipc.open_file(file)
            except pa.ArrowException as error:
                # A file is a stream between two marks, after which stands where each batch is. Where that is cut
                # off, the batches before are there.
                file.seek(0)
                if magic == _ARROW_FILE:
                    damage = error
                    file.seek(8)
                opened = pa.ipc.open_stream(file)
            schema = opened.schema
        except _DAMAGE as error:
            raise _damaged("no Arrow file, or a truncated one", error) from error
        columns = self._columns(schema)
        is_file = isinstance(opened, pa.ipc.RecordBatchFileReader)
        batches = (opened.get_batch(at) for at in range(opened.num_record_batches)) if is_file else opened
        yield from self._articles(columns, batches, lambda: progress(file.tell() / max(1, size)))
        if damage is not None:
            raise _damaged("truncated", damage, self.line)

    def _columns(self, schema: pa.Schema) -> Columns:
        try:
            return Columns(schema, self._names)
        except BadTable as error:
            raise UnreadableFile(str(error)) from error
        except UnicodeDecodeError as error:
            raise UnreadableFile(f"the name or type of a column is not UTF-8: {error}") from error

    def _articles(
        self, columns: Columns, batches: Iterable[pa.RecordBatch], update: Callable[[], None]
    ) -> Iterator[pa.RecordBatch]:
        given = (piece for batch in batches for piece in pieces(batch.select(columns.read)))
        while True:
            try:
                piece = next(given, None)
                found = None if piece is None else self._checked(columns, piece)
            except _DAMAGE as error:
                raise _damaged("damaged", error, self.line) from error
            if found is None:
                return
            update()
            if len(found):
                yield found

    def _checked(self, columns: Columns, piece: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of a piece that are articles; the others are rejected."""
        bad: dict[int, tuple[str | None, str]] = {}
        piece, too_long = columns.plain(piece, self._max_article_bytes)
        rows = list(range(len(piece)))
        try:
            piece.validate(full=True)
        except pa.ArrowInvalid:
            for row in rows:
                reason = _unreadable_column(piece.slice(row, 1))
                if reason is not None:
                    bad[row] = None, reason
            rows = [row for row in rows if row not in bad]
            piece = pa.concat_batches([piece.slice(0, 0), *(piece.slice(row, 1) for row in rows)])
        made, unreadable = columns.strings(piece)
        ids = made["id"].to_pylist()
        for at, reason in self._without_content(made):
            bad.setdefault(rows[at], (ids[at], reason))
        for at, row in enumerate(rows):
            if row in too_long:
                bad[row] = ids[at], f"text larger than {readable_size(self._max_article_bytes)}"
        kept = [at for at, row in enumerate(rows) if row not in bad]
        first = self.line + 1
        if not self._checks.take([ids[at] for at in kept], [first + rows[at] for at in kept]):
            for at in kept:
                repeated = self._checks.repeated(ids[at], first + rows[at])
                if repeated is not None:
                    bad[rows[at]] = ids[at], repeated
            kept = [at for at in kept if rows[at] not in bad]
        for row in sorted(bad):
            self._reject(first + row, *bad[row])
        self.line += len(rows) + sum(row not in rows for row in bad)
        self._checks.unreadable_dates += len(set(unreadable).intersection(kept))
        articles = pa.record_batch([made[name] for name in FIELDS], schema=ARTICLES)
        return articles if len(kept) == len(articles) else articles.take(pa.array(kept, pa.int64()))

    def _without_content(self, made: dict[str, pa.Array]) -> Iterator[tuple[int, str]]:
        """The places of rows without an id or a text, and what is wrong there."""
        for name in ("id", "text"):
            values = made[name]
            for at in _places(pc.is_null(values)):
                yield at, f"{self._checks.named(name)} is null"
            for at in _places(pc.or_(pc.equal(pc.binary_length(values), 0), pc.utf8_is_space(values))):
                yield at, f"{self._checks.named(name)} is {empty_or_blank(values[at].as_py())}"


def _is_string(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _places(mask: pa.BooleanArray) -> list[int]:
    return pc.indices_nonzero(mask).to_pylist() if mask.true_count else []


def _unreadable_column(row: pa.RecordBatch) -> str | None:
    for name, column in zip(row.schema.names, row.columns, strict=True):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid as error:
            return f"column {name!r} cannot be read: {_first_line(error)}"
    return None


def _damaged(how: str, error: Exception, row: int = 0) -> UnreadableFile:
    if isinstance(error, OSError) and error.errno is not None:  # of the file, not of its content
        return UnreadableFile(cannot_be_read(error).reason, line=row or None)
    return UnreadableFile(f"{how}: {_first_line(error)}", line=row or None)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
