"""Holding the files of an index against their checksums, and knowing which of them need not be read again.

No answer is given from a damaged file, and no kernel sees one, so a reader reads all files of an index when it
opens them: a gigabyte takes a tenth of a second. Of a larger index it reads those that are not known to be sound.
A writer and `naskh verify` leave in the folder what they wrote or read: a file is known as long as the system says
that it has not been changed since. (Git knows in the same way which files it need not read.)
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec
import xxhash

from naskh.index import disk
from naskh.index.files import FileEntry, check_content, check_size

CHECKED = "checked.json"

#: Of new files with no more bytes in all, all are read whatever is known.
READ_ALWAYS = 1 << 30
#: Files with no more bytes in all are read by one thread: others would take longer to start.
_FEW = 1 << 22


class FileState(msgspec.Struct, frozen=True):
    """A file that was sound, as the system described it then; times are nanoseconds."""

    xxh3: str
    inode: int
    modified: int
    #: When anything of it was last changed, its times included; no program can set this.
    changed: int

    @classmethod
    def of(cls, entry: FileEntry, status: os.stat_result) -> Self:
        """The state of a file."""
        return cls(entry.xxh3, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)


class _Envelope(msgspec.Struct):
    """The file: the checksum (XXH3-64, hexadecimal) is over the bytes of the `files` value."""

    checksum: str
    files: msgspec.Raw


Checked = dict[str, FileState]


def check_files(folder: Path, entries: Sequence[FileEntry], known: Checked) -> Checked:
    """Read files, those but that are known and unchanged, against their checksums.

    Args:
        folder: the index.
        entries: what the manifest says of them.
        known: files that were sound.

    Returns:
        these files, all sound.

    Raises:
        FileNotFoundError: one is not there.
        IndexCorrupt: one is damaged.

    """
    found = {entry.name: FileState.of(entry, check_size(folder / entry.name, entry)) for entry in entries}
    new = [entry for entry in entries if known.get(entry.name) != found[entry.name]]
    size = sum(entry.bytes for entry in new)
    if size > READ_ALWAYS:
        remembered = read_checked(folder)
        new = [entry for entry in new if remembered.get(entry.name) != found[entry.name]]
    if size <= _FEW:
        for entry in new:
            check_content(folder, entry)
    elif new:
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="naskh-check") as pool:
            new.sort(key=lambda entry: -entry.bytes)
            list(pool.map(lambda entry: check_content(folder, entry), new))
    return found


def written(folder: Path, entries: Sequence[FileEntry]) -> Checked:
    """Files that this process has just written, hashing what it wrote."""
    return {entry.name: FileState.of(entry, (folder / entry.name).stat()) for entry in entries}


def read_checked(folder: Path) -> Checked:
    """The files that were sound when a writer or `naskh verify` last ended; none where this is not known."""
    try:
        envelope = msgspec.json.decode((folder / CHECKED).read_bytes(), type=_Envelope)
        if xxhash.xxh3_64_hexdigest(envelope.files) == envelope.checksum:
            return msgspec.json.decode(envelope.files, type=Checked)
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError):  # nothing depends on it but time
        pass
    return {}


def write_checked(folder: Path, checked: Checked) -> None:
    """Leave word of which files are sound, where that is possible."""
    if read_checked(folder) == checked:
        return
    raw = msgspec.json.encode(checked, order="sorted")
    envelope = _Envelope(xxhash.xxh3_64_hexdigest(raw), msgspec.Raw(raw))
    with suppress(OSError):
        disk.replace(folder / CHECKED, msgspec.json.encode(envelope) + b"\n", durable=False)
