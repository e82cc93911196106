"""Work on many rows, in parts, by threads: numpy's sorts and the kernels run without the GIL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from naskh.matching.scratch import release

#: Parts for each thread: rows differ in cost, so that equal parts do not end together.
_PARTS = 8


def in_parts(work: Callable[[slice], None], count: int, workers: int, *, each: int = _PARTS) -> None:
    """Have threads do the parts of some work on `count` rows, `each` parts a thread; see `release` for memory."""
    size = max(1, -(-count // (each * workers)))
    parts = [slice(start, min(start + size, count)) for start in range(0, count, size)]

    def do(part: slice) -> None:
        work(part)
        release(hot=True)

    with ThreadPoolExecutor(workers, thread_name_prefix="naskh-pairs") as pool:
        list(pool.map(do, parts))
