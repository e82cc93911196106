"""All targets, long: first in kernels that check their bounds, then in those that run.

usage: python -m tests.fuzz [--inputs 1000000] [--bounds 10000] [--seed 0] [--workers N] [--crashes FOLDER]
       python -m tests.fuzz --again CASE

An input is one line, text, file or command that was drawn by itself. A case that fails is written to the folder of
crashes, with what it raised beside it; `--again` runs it once more.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from tests.fuzz.running import TARGETS, Tally, fuzz_part, run_again

#: The share of the inputs that each target is given: about as much time for each.
_SHARES = {"lines": 0.9, "files": 0.06, "texts": 0.038, "commands": 0.002}
#: Parts of a target that may run at once.
_PARTS = 8


def main() -> None:
    """Fuzz, or run a case again; the status is 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--bounds", type=int, default=10_000, help="so many in kernels that check their bounds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--crashes", type=Path, default=Path("fuzz-crashes"))
    parser.add_argument("--target", choices=TARGETS, action="append", help="only this one; repeatable")
    parser.add_argument("--again", type=Path, metavar="CASE")
    options = parser.parse_args()
    if options.again is not None:
        with tempfile.TemporaryDirectory() as folder:
            run_again(options.again, Path(folder))
        print(f"{options.again}: nothing is wrong")
        return
    failed = bool(options.bounds) and _check_bounds(options)
    shares = {name: _SHARES[name] for name in options.target or TARGETS}
    each = options.inputs / sum(shares.values()) / _PARTS
    parts = [
        (name, f"{options.seed}-{part}", int(each * share) + 1, options.crashes)
        for part in range(_PARTS)
        for name, share in shares.items()
    ]  # fmt: skip
    tallies: defaultdict[str, list[Tally]] = defaultdict(list)
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        for name, tally in pool.imap_unordered(fuzz_part, parts):
            tallies[name].append(tally)
            for crash in tally.crashes:
                print(f"{crash}; again: python -m tests.fuzz --again {crash}", file=sys.stderr, flush=True)
    for name, those in tallies.items():
        inputs, seconds = sum(tally.inputs for tally in those), sum(tally.seconds for tally in those)
        crashes = sum(len(tally.crashes) for tally in those)
        print(
            f"{name:<9} {inputs:>9,} inputs, {inputs / seconds:>7,.0f}/s a process, {crashes} crashes", flush=True
        )
        failed |= crashes > 0
    sys.exit(failed)


def _check_bounds(options: argparse.Namespace) -> bool:
    """Run the same over fewer inputs; numba compiles other code for it, kept in a folder of its own."""
    print(f"bounds checked ({options.bounds:,} inputs):", flush=True)
    command = [sys.executable, "-m", "tests.fuzz", "--bounds", "0", "--inputs", str(options.bounds)]
    command += ["--seed", f"{options.seed}", "--workers", str(options.workers), "--crashes", str(options.crashes)]
    command += [word for name in options.target or () for word in ("--target", name)]
    with tempfile.TemporaryDirectory() as cache:
        checking = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": cache}
        return subprocess.run(command, env=checking, check=False).returncode != 0


if __name__ == "__main__":
    main()
