"""Where the system refuses to write: an error that says what, why, and what helps."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from naskh.errors import FileUnwritable, NaskhError

_FULL = "Free some space, or write to another disk"
_FORBIDDEN = "Have the right to write there, or write elsewhere"
#: What helps, by the reason that the system gives.
_REMEDIES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: "Raise the limit on the size of a file (ulimit -f)",
    errno.EROFS: "Mount it for writing, or write elsewhere",
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EIO: "See what the system's log says of the disk",
}


@contextmanager
def writing(what: Path | str, error: type[NaskhError] = FileUnwritable, then: str = "") -> Iterator[None]:
    """Writing in here, which the system may refuse.

    Args:
        what: is written.
        error: what to raise when it cannot be.
        then: what to do when the remedy was applied.

    Raises:
        NaskhError: `error`, whose message names what was to be written, the system's reason, and a remedy.

    """
    try:
        yield
    except OSError as refused:
        remedy = _REMEDIES.get(refused.errno or 0)
        if remedy is None:
            raise
        raise error(f"{what} cannot be written: {os.strerror(refused.errno or 0)}. {remedy}{then}.") from refused


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write in here; in the end it takes the place of `path`, which stays as it is until then.

    Raises:
        FileUnwritable: the system does not let it be written.

    """
    partial = path.with_name(path.name + ".part")
    try:
        with writing(path):
            yield partial
        with writing(path):
            partial.replace(path)
    finally:
        with suppress(OSError):
            partial.unlink()
