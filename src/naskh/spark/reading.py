"""Articles out of what Spark reads: JSON lines or Parquet, by the rules of the local reader, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pyarrow as pa

from naskh.columns import FIELDS
from naskh.errors import SourceError
from naskh.sources.jsonlines import JsonLines
from naskh.sources.reader import MAX_ARTICLE_BYTES
from naskh.sources.records import RecordDecoder
from naskh.spark.stored import Batches

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: What every row that is read has besides its content: where it comes from.
_WHERE = "_metadata.file_path AS file", "_metadata.file_block_start AS block"


class Origin(NamedTuple):
    """Where articles come from that follow each other: the `number` of the first, from 0, in a part of a file."""

    file: str
    block: int
    number: int


class Refused(msgspec.Struct):
    """A line or row that gives no article; `line` is counted, from 1, in the part of the file at `block`."""

    file: str
    block: int
    line: int
    id: str | None
    reason: str


class PartRead(msgspec.Struct):
    """A part of a file that was read: how many lines and articles it has."""

    file: str
    block: int
    lines: int = 0
    articles: int = 0


class Reading:
    """Reads the rows of one task.

    Args:
        fields: names of the fields in the input that differ, as {"text": "content"}.

    Attributes:
        parts: of files, that were read so far.
        refused: what gave no article.
        unreadable_dates: dates that were given up.

    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.parts: dict[tuple[str, int], PartRead] = {}
        self.refused: list[Refused] = []
        self.unreadable_dates = 0
        self._fields = fields
        self._decoder = RecordDecoder(fields)

    def articles(self, batches: Batches) -> Iterator[tuple[Origin, pa.RecordBatch]]:
        """The articles, see `naskh.columns.ARTICLES`, of one part of a file at a time."""
        for batch in batches:
            for start, end in _runs(batch):
                file, block = _address(batch.column("file")[start].as_py()), batch.column("block")[start].as_py()
                part = self.parts.setdefault((file, block), PartRead(file, block))
                some = batch.slice(start, end - start)
                content = some.column("line").to_pylist() if "line" in some.schema.names else self._as_lines(some)
                for found in self._decoded(content, part):
                    yield Origin(file, block, part.articles), found
                    part.articles += len(found)
                part.lines += end - start

    def _as_lines(self, part: pa.RecordBatch) -> list[bytes]:
        """Rows of Parquet as JSON lines, so that there is one set of rules."""
        columns = {self._fields.get(name, name): part.column(name).to_pylist() for name in FIELDS}
        return [
            msgspec.json.encode({name: values[row] for name, values in columns.items() if values[row] is not None})
            for row in range(len(part))
        ]

    def _decoded(self, content: list[bytes], part: PartRead) -> Iterator[pa.RecordBatch]:
        def reject(line: int | None, id_: str | None, reason: str) -> None:
            assert line is not None  # noqa: S101 - JSON has lines
            self.refused.append(Refused(part.file, part.block, part.lines + line, id_, reason))

        lines = JsonLines(self._decoder, reject, max_article_bytes=MAX_ARTICLE_BYTES, unique_ids=False)
        yield from lines.batches(iter([b"\n".join(content) + b"\n"]))
        self.unreadable_dates += lines.unreadable_dates


def _address(file: str) -> str:
    """The address of a file in one spelling: Spark has two for local ones."""
    return file.replace("file:///", "file:/", 1)


def _runs(batch: pa.RecordBatch) -> Iterator[tuple[int, int]]:
    """Rows of one part of a file."""
    places = list(zip(batch.column("file").to_pylist(), batch.column("block").to_pylist(), strict=True))
    start = 0
    for at in range(1, len(places) + 1):
        if at == len(places) or places[at] != places[start]:
            yield start, at
            start = at


def read_sources(
    spark: SparkSession, sources: Sequence[str], fields: Mapping[str, str]
) -> tuple[DataFrame, dict[str, int]]:
    """What is to be indexed, not read yet.

    Args:
        spark: the session.
        sources: paths or addresses that Spark reads, of JSON lines, or all of Parquet (files or folders whose names
            end in .parquet).
        fields: names of the fields in the input that differ, as {"text": "content"}.

    Returns:
        the rows; and the place of each file in the order of the sources, those of a folder in the order of their
        paths.

    Raises:
        SourceError: a source is not there; a mixture of both; an unknown field; no column of the id or the text.

    """
    from pyspark.errors import AnalysisException

    RecordDecoder(fields)  # says which fields there are
    are_parquet = {source.rstrip("/").endswith(".parquet") for source in sources}
    if len(are_parquet) > 1:
        raise SourceError("JSON lines and Parquet cannot be read at once: index them one after the other")
    is_parquet = True in are_parquet

    def read(*paths: str) -> DataFrame:
        return spark.read.parquet(*paths) if is_parquet else spark.read.text(list(paths), lineSep="\n")

    files: dict[str, int] = {}
    try:
        for source in sources:
            files |= {
                file: len(files) + place
                for place, file in enumerate(sorted(map(_address, read(source).inputFiles())))
            }
    except AnalysisException as error:
        raise SourceError(f"{source}: {str(error).splitlines()[0]}") from None
    frame = read(*sources)
    if not is_parquet:
        return frame.selectExpr(*_WHERE, "CAST(value AS BINARY) AS line"), files
    names = {name: fields.get(name, name) for name in FIELDS}
    missing = [names[name] for name in ("id", "text") if names[name] not in frame.columns]
    if missing:
        raise SourceError(f"{sources[0]}: no column {missing[0]!r}; there are: {', '.join(frame.columns)}")
    chosen = {name: f"`{names[name]}`" if names[name] in frame.columns else "NULL" for name in FIELDS}
    return frame.selectExpr(
        *_WHERE, *(f"CAST({value} AS STRING) AS {name}" for name, value in chosen.items())
    ), files
