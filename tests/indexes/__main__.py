"""Make the kept index of the current format, or record the answers of all kept ones anew.

usage: python -m tests.indexes [--answers]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from naskh import Index
from naskh.index.checks import CHECKED
from naskh.index.files import FORMAT_VERSION
from naskh.index.lock import LOCK
from naskh.sources import Reader
from tests.conftest import SAMPLE
from tests.indexes import INDEXES, answers, make
from tests.torture.histories import contents


def record(folder: Path) -> None:
    """Write down what an index answers."""
    found = msgspec.json.encode(answers(Index(folder)))
    folder.with_suffix(".json").write_bytes(msgspec.json.format(found, indent=1) + b"\n")


def main() -> None:
    """Do as was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", action="store_true", help="leave the indexes as they are")
    if parser.parse_args().answers:
        for folder in sorted(INDEXES.glob("format-*/")):
            record(folder)
        return
    folder = INDEXES / f"format-{FORMAT_VERSION}"
    if folder.exists():
        parser.error(f"{folder} is kept for ever")
    held = make(folder, list(Reader([SAMPLE])))
    if contents(Index(folder)) != held:
        raise SystemExit(f"{folder} does not hold what was given")
    for name in (CHECKED, LOCK):  # of this folder on this machine
        (folder / name).unlink()
    record(folder)


if __name__ == "__main__":
    main()
