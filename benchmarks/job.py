"""The whole job in one process, through the Python API: index a corpus, write its pairs and its families.

usage: python -m benchmarks.job CORPUS FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from naskh import Index
from naskh.cli.files import write_batches
from naskh.engine import pairs_schema
from naskh.sources import Reader


def main() -> None:
    """Do it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    index = Index(options.folder / "index")
    index.add(Reader([options.corpus]).batches())
    compared = index.compare_all()
    write_batches(options.folder / "pairs.parquet", pairs_schema("article"), compared.iter_pairs())
    (options.folder / "families.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(compared.families()))


if __name__ == "__main__":
    main()
