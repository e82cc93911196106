"""All of it, long.

usage: python -m tests.torture [--histories 12] [--refused 2] [--kills 500] [--damages 3000] [--readers 8]
                               [--examples 200] [--seed 0]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.torture import damage, model, readers
from tests.torture.endings import end_at_each_change, end_repairs
from tests.torture.kills import kill
from tests.torture.refusals import refuse_each_change


def main() -> None:
    """End histories and repairs at each change, refuse changes, kill, damage, read beside a writer, ask a model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=12)
    parser.add_argument("--refused", type=int, default=2, help="histories of which one change in three is refused")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--damages", type=int, default=3000)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    endings = 0
    for seed in range(options.seed, options.seed + options.histories):
        with tempfile.TemporaryDirectory() as folder:
            endings += end_at_each_change(Path(folder), seed, samples=2)
        with tempfile.TemporaryDirectory() as folder:
            endings += end_repairs(Path(folder), seed, every=10, samples=2)
        print(f"history {seed}: {endings:,} endings so far, nothing lost", file=sys.stderr, flush=True)
    refusals = 0
    for seed in range(options.seed, options.seed + options.refused):
        with tempfile.TemporaryDirectory() as folder:
            refusals += refuse_each_change(Path(folder), seed, every=3)
        print(f"history {seed}: {refusals:,} refusals so far, nothing lost", file=sys.stderr, flush=True)
    kill(options.kills, options.seed, None)
    damaged = damage.torture(options.damages, options.seed)
    print(f"{damaged.total():,} damaged files: no wrong answer, no process died", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        read = readers.torture(60, options.readers, options.seed, Path(folder))
    print(
        f"{read['answers']:,} answers beside a writer: each was that of one committed state",
        file=sys.stderr,
        flush=True,
    )
    model.torture(options.examples, steps=40)
    print(f"{options.examples:,} histories beside a dictionary: nothing differs", file=sys.stderr)


if __name__ == "__main__":
    main()
