"""What a batch of queries found, as JSON lines, as objects and as a table."""

from __future__ import annotations

import msgspec
import numpy as np

from naskh.arrays import Float64, Int64, NDArray
from naskh.article import QueryResult
from naskh.matching import bulk_json_kernels as kernels
from naskh.matching.bulk import Found
from naskh.matching.bulk_columns import Columns, Queries
from naskh.matching.bulk_match_kernels import ARTICLE

_COMMA, _CLOSING = ord(","), ord("]")


def json_lines(found: Found, queries: Queries, columns: Columns) -> tuple[NDArray[np.uint8], Int64]:
    """The JSON of each query's `naskh.article.QueryResult`, a line each, as msgspec writes it.

    Returns:
        uint8, and (queries + 1,) int64: where each line begins.

    """
    articles, article = np.unique(found.table[:, ARTICLE], return_inverse=True)
    strings = np.stack([columns.strings(name, articles) for name in kernels.FIELDS], axis=1)
    heads = kernels.put_heads(strings, *kernels.HEAD)
    lines: tuple[NDArray[np.uint8], Int64] = kernels.put_results(
        queries.id_places, found.match_ends, found.order, found.table, (*heads, article), found.relations,
        found.here, found.there, _in_ascii(found.measures, found.similarity), kernels.PIECES,
    )  # fmt: skip
    return lines


def results(found: Found, queries: Queries, columns: Columns) -> list[QueryResult]:
    """The results as objects; read from their JSON, which is faster than to make them one by one."""
    decode = msgspec.json.Decoder(QueryResult).decode
    data, ends = json_lines(found, queries, columns)
    lines = data.data
    return [decode(lines[first:end]) for first, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]


def _in_ascii(measures: Float64, similarity: Float64) -> tuple[NDArray[np.uint8], Int64]:
    """Numbers as msgspec writes them, and one before the first byte of each, and of what stands behind them all."""
    numbers = np.concatenate([measures.ravel(), similarity])
    text = np.frombuffer(msgspec.json.encode(numbers.tolist()), np.uint8)
    return text, np.concatenate([[0], np.flatnonzero((text == _COMMA) | (text == _CLOSING))])
