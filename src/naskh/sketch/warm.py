"""Compile every kernel once, so that no command has to at its first run: ``python -m naskh.sketch.warm``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from naskh.article import Article
from naskh.engine import Index


def warm() -> None:
    """Index and pair two small articles: numba keeps the machine code beside the modules."""
    text = "خبر قصير يمر بكل مراحل المعالجة مرة واحدة كي تترجم النواة إلى لغة الآلة"
    with tempfile.TemporaryDirectory() as folder:
        index = Index(Path(folder) / "index")
        index.add([Article(id="a", text=text), Article(id="b", text=text)])
        index.pairs("paragraph")
        index.pairs("article")


if __name__ == "__main__":
    warm()
