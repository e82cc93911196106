"""What the machine itself allows, on one thread: memory bandwidth and the rate of 32-bit multiply-adds.

usage: python -m benchmarks.limits

Measured in the same run as the kernels, and in the same way (Python calling compiled loops that LLVM vectorises for
this processor), so that a kernel's time can be held against what no kernel could go below.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from benchmarks.measure import best_of, table

#: Far beyond the caches: bandwidth is that of the memory.
LARGE = 256 * 2**20
#: Well within the first-level cache, and long enough that starting the loop costs nothing.
SMALL = 4096
#: Multiply-adds on each number once it is in a register: the loads and stores are lost beside them.
CHAIN = 4
PASSES = 1000


class Limits(NamedTuple):
    """The machine's limits, each the best of some repeats."""

    #: Bytes a second that numpy copies, counted once though each is read and written.
    copy: float
    #: Bytes a second that a loop reads and adds up.
    read: float
    #: 32-bit multiply-adds (``x * a + b`` modulo 2**32) a second.
    multiply_adds: float


@njit(nogil=True)
def read_all(words: Any) -> Any:
    """The sum of (n,) uint64 words, modulo 2**64."""
    total = np.uint64(0)
    for word in words:
        total += word
    return total


@njit(nogil=True)
def multiply_add(numbers: Any, a: Any, b: Any, passes: Any) -> None:
    """Replace each of (n,) uint32 `numbers` by itself times a plus b, `CHAIN` times in each of so many passes.

    The numbers are independent of each other, so that vectors of them keep the multipliers busy while others wait
    for their results.
    """
    for _ in range(passes):
        for i in range(len(numbers)):
            x = numbers[i]
            for _ in range(CHAIN):
                x = np.uint32(x * a + b)
            numbers[i] = x


def measure(repeats: int) -> Limits:
    """Measure all three."""
    source = np.arange(LARGE // 8, dtype=np.uint64)
    target = np.empty_like(source)
    copying = best_of(lambda: np.copyto(target, source), repeats)
    reading = best_of(lambda: read_all(source), repeats)
    numbers = np.arange(SMALL, dtype=np.uint32)
    a, b = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B)
    multiplying = best_of(lambda: multiply_add(numbers, a, b, PASSES), repeats)
    return Limits(LARGE / copying, LARGE / reading, SMALL * CHAIN * PASSES / multiplying)


def limits_table(limits: Limits) -> str:
    """The three figures."""
    rows = [
        ("memory, copied by numpy", f"{limits.copy / 1e9:.1f} GB/s"),
        ("memory, read by a compiled loop", f"{limits.read / 1e9:.1f} GB/s"),
        ("32-bit multiply-adds", f"{limits.multiply_adds / 1e9:.1f} a ns"),
    ]
    return table(("the machine, one thread", "best"), rows)


def main() -> None:
    """Measure and print."""
    print(limits_table(measure(5)))


if __name__ == "__main__":
    main()
