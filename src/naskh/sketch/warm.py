"""Compile every kernel once, so that no command has to at its first run: ``python -m naskh.sketch.warm``."""

from __future__ import annotations

import io
import tempfile
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


def warm() -> None:
    """Index and pair two small articles: numba keeps the machine code beside the modules."""
    text = "خبر قصير يمر بكل مراحل المعالجة مرة واحدة كي تترجم النواة إلى لغة الآلة"
    lines = b"".join(msgspec.json.encode(Article(id=id_, text=text)) + b"\n" for id_ in "ab")
    with tempfile.TemporaryDirectory() as folder:
        index = Index(Path(folder) / "index")
        index.add(Reader(["-"], stdin=io.BytesIO(lines)).batches())
        index.pairs("paragraph")
        index.pairs("article")
        index.families()
        index.signatures()
        list(index.query_many([Article(id="c", text=text)] * COMPILED_FROM))
        list(index.query_json([Article(id="c", text=text)] * CHUNK))
    one = np.zeros(1, np.uint32)
    for rest, rows in product((np.uint16, np.uint32), repeat=2):  # small and large segments
        fill_list(one, one, 0, 1, 16, np.zeros(2, np.uint32), np.zeros(1, rest), np.zeros(1, rows))


if __name__ == "__main__":
    warm()
