"""Compile every kernel once, so that no command has to at its first run: ``python -m naskh.sketch.warm``."""

from __future__ import annotations

import io
import multiprocessing
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

import msgspec
import numpy as np

from naskh.article import Article
from naskh.engine import Index
from naskh.index.posting_kernels import fill_list
from naskh.matching.many import CHUNK
from naskh.opened import COMPILED_FROM
from naskh.sources import Reader

_TEXT = "خبر قصير يمر بكل مراحل المعالجة مرة واحدة كي تترجم النواة إلى لغة الآلة"
_ARTICLE = Article(id="c", text=_TEXT)


def warm() -> None:
    """Index and compare two small articles: numba keeps the machine code beside the modules.

    What needs an index is done side by side: compiling takes some minutes of one core.
    """
    lines = b"".join(msgspec.json.encode(Article(id=id_, text=_TEXT)) + b"\n" for id_ in "ab")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        Index(path).add(Reader(["-"], stdin=io.BytesIO(lines)).batches())
        _fill()
        processes = min(len(_JOBS), os.cpu_count() or 1)
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
            for done in [pool.submit(job, path) for job in _JOBS]:
                done.result()


def _fill() -> None:
    one = np.zeros(1, np.uint32)
    for rest, rows in product((np.uint16, np.uint32), repeat=2):  # small and large segments
        fill_list(one, one, 0, 1, 16, np.zeros(2, np.uint32), np.zeros(1, rest), np.zeros(1, rows))


def _compare(path: Path) -> None:
    index = Index(path)
    index.pairs("paragraph")
    index.pairs("article")
    index.families()


def _query(path: Path) -> None:
    list(Index(path).query_many([_ARTICLE] * COMPILED_FROM))


def _query_in_bulk(path: Path) -> None:
    index = Index(path)
    list(index.query_json([_ARTICLE] * CHUNK))
    index.signatures()


_JOBS: tuple[Callable[[Path], None], ...] = (_compare, _query_in_bulk, _query)


if __name__ == "__main__":
    warm()
