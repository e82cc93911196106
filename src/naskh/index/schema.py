"""The columns of a segment's files, and mapping a file of which nothing is known."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from naskh.index.files import FileEntry, Kind, damaged, map_table

_FIELD = (pa.string(),)
_SHORT = (pa.uint32(),)
_LONG = (pa.uint64(),)
_SMALLEST = (pa.uint16(), pa.uint32())

#: The columns of each kind of file, and the types that each may have.
COLUMNS: dict[Kind, dict[str, tuple[pa.DataType, ...]]] = {
    Kind.ARTICLES: {
        **dict.fromkeys(("id", "outlet", "date", "title", "url"), _FIELD),
        "digest": _LONG,
        **dict.fromkeys(("words", "paragraphs", "dateline_first", "dateline_end"), _SHORT),
        "shingles_end": _LONG,
        "text_block": _SHORT,
        **dict.fromkeys(("text_start", "text_bytes"), _LONG),
    },
    Kind.PARAGRAPHS: dict.fromkeys(("article", "number", "first_shingle", "shingles"), _SHORT),
    Kind.SHINGLES: {"hash": _SHORT},
    Kind.BANDS: {"key": _SMALLEST, "row": _SMALLEST},
    Kind.BAND_TABLE: {"first": _SHORT},
    Kind.FRAC: {"key": _SMALLEST, "row": _SMALLEST},
    Kind.FRAC_TABLE: {"first": _SHORT},
    Kind.IDS: {"hash": _LONG, "article": _SHORT},
    Kind.TEXTS: {"block": (pa.large_binary(),), "bytes": _LONG},
    Kind.DELETED: {"article": _SHORT},
}
#: Where texts are not stored, articles are without these.
_TEXT_PLACE = ("text_block", "text_start", "text_bytes")
#: What may be unknown.
_NULLABLE = ("outlet", "date", "title", "url")


def map_sound(folder: Path, entry: FileEntry, kind: Kind, *, store_text: bool) -> pa.RecordBatch:
    """Map a file of which nothing is known: it has the columns of its kind, and all values can be read.

    Raises:
        FileNotFoundError: it is gone.
        IndexCorrupt: it is not such a file.

    """
    try:
        table = map_table(folder, entry, kind)
        table.validate(full=True)
        names = table.schema.names
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise damaged(folder / entry.name, str(error)) from error
    columns = {name: types for name, types in COLUMNS[kind].items() if store_text or name not in _TEXT_PLACE}
    if names != list(columns):
        raise damaged(folder / entry.name, f"its columns are {', '.join(names)}")
    for name, types in columns.items():
        values = table.column(name)
        if values.type not in types:
            raise damaged(folder / entry.name, f"its column {name} has the type {values.type}")
        if values.null_count and name not in _NULLABLE:
            raise damaged(folder / entry.name, f"its column {name} has nulls")
    return table
