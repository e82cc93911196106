"""Comments that begin with ``#:`` are what the reference says of an attribute, as elsewhere in Python's tools."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from griffe import Attribute, Docstring, Extension

_MARK = "#:"


class Comments(Extension):
    """Gives attributes without a docstring the ``#:`` comment above them."""

    def on_attribute(self, *, attr: Attribute, **_: Any) -> None:
        """Read the comment of an attribute, which may stand above several."""
        if attr.docstring is None and attr.lineno and isinstance(attr.filepath, Path):
            lines = _lines(attr.filepath)
            first = attr.lineno - 1
            while first > 0 and lines[first - 1].lstrip().startswith(_MARK):
                first -= 1
            said = " ".join(line.strip().removeprefix(_MARK).strip() for line in lines[first : attr.lineno - 1])
            if said:
                attr.docstring = Docstring(said, lineno=first + 1, parent=attr)


@cache
def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()
