"""Work on many rows, in parts, by threads: numpy's sorts and the kernels run without the GIL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from naskh.matching.scratch import release

#: Parts for each thread: rows differ in cost, so that equal parts do not end together.
_PARTS = 8

Result = TypeVar("Result")


def of_parts(work: Callable[[slice], Result], count: int, workers: int, *, each: int = _PARTS) -> Iterator[Result]:
    """What threads make of the parts of `count` rows, `each` parts a thread, in order; see `release` for memory."""
    size = max(1, -(-count // (each * workers)))
    parts = [slice(start, min(start + size, count)) for start in range(0, count, size)]

    def do(part: slice) -> Result:
        result = work(part)
        release(hot=True)
        return result

    with ThreadPoolExecutor(workers, thread_name_prefix="naskh-pairs") as pool:
        yield from pool.map(do, parts)


def in_parts(work: Callable[[slice], None], count: int, workers: int, *, each: int = _PARTS) -> None:
    """Have threads do the parts of some work, as `of_parts`."""
    for _ in of_parts(work, count, workers, each=each):
        pass
