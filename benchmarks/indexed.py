"""An index of the corpus, for the benchmarks that query one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import NASKH, WITH_REJECTED, run
from naskh import Index


@contextmanager
def open_index(folder: Path | None, corpus: Path) -> Iterator[Index]:
    """The index in the folder, or one of the corpus that is made and removed."""
    with tempfile.TemporaryDirectory(prefix="naskh-benchmark-") as temporary:
        if folder is None:
            folder = Path(temporary) / "index"
            run([NASKH, "index", folder, corpus], ok=WITH_REJECTED)
        yield Index(folder)
