"""All of it, long.

usage: python -m tests.torture [--histories 12] [--kills 500] [--damages 3000] [--seed 0]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.torture.damage import torture
from tests.torture.endings import end_at_each_change, end_repairs
from tests.torture.kills import kill


def main() -> None:
    """Play histories and repairs, and end them at each change; then kill; then damage files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=12)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--damages", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    endings = 0
    for seed in range(options.seed, options.seed + options.histories):
        with tempfile.TemporaryDirectory() as folder:
            endings += end_at_each_change(Path(folder), seed, samples=2)
        with tempfile.TemporaryDirectory() as folder:
            endings += end_repairs(Path(folder), seed, every=10, samples=2)
        print(f"history {seed}: {endings:,} endings so far, nothing lost", file=sys.stderr, flush=True)
    kill(options.kills, options.seed, None)
    found = torture(options.damages, options.seed)
    print(f"{found.total():,} damaged files: no wrong answer, no process died", file=sys.stderr)


if __name__ == "__main__":
    main()
