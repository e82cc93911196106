"""All of it, long.

usage: python -m tests.torture [--histories 12] [--kills 500] [--damages 3000] [--readers 8] [--examples 200]
                               [--seed 0]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.torture import damage, model, readers
from tests.torture.endings import end_at_each_change
from tests.torture.kills import kill


def main() -> None:
    """End histories at each change; kill writers; damage files; read for a minute; compare with a dictionary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=12)
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
        print(f"history {seed}: {endings:,} endings so far, nothing lost", file=sys.stderr, flush=True)
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
