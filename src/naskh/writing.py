"""Where the system refuses to write: an error that says what, why, and what helps."""

from __future__ import annotations

import errno
import os
import secrets
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
    with replacing_together(path) as (partial,), writing(path):
        yield partial


@contextmanager
def replacing_together(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Files to write and close in here; in the end, when all are on the disk, they take the places of `paths`.

    Each is new, has a name that nobody can know before, and stands in the folder of the one that it replaces. It is
    removed if anything goes wrong in here. Who writes several says himself which of them could not be written.

    Raises:
        FileUnwritable: the system does not let one be made, or replaced.

    """
    partials = tuple(path.with_name(f".naskh-{secrets.token_hex(8)}.part") for path in paths)
    try:
        for path, partial in zip(paths, partials, strict=True):
            with writing(path):
                partial.open("xb").close()  # follows no link, and has the rights of any new file
        yield partials
        for path, partial in zip(paths, partials, strict=True):
            with writing(path), partial.open("rb") as file:
                os.fsync(file.fileno())
        for path, partial in zip(paths, partials, strict=True):
            with writing(path):
                partial.replace(path)
    finally:
        for partial in partials:
            with suppress(OSError):
                partial.unlink()
