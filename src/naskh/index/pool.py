"""Threads that write to an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any


@contextmanager
def writing_pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that write to an index. This ends when none of them writes any more, however often it is interrupted.

    Else the lock would be let go of while they write, perhaps into the files of another writer's commit.
    """
    pool = _Pool(workers, thread_name_prefix="naskh-write")
    try:
        yield pool
    finally:
        pool.end()


class _Pool(ThreadPoolExecutor):
    """Knows what is not done yet: a thread that was interrupted while it joined another takes it for ended."""

    def __init__(self, workers: int, *, thread_name_prefix: str) -> None:
        super().__init__(workers, thread_name_prefix)
        self._pending: set[Future[Any]] = set()

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = super().submit(function, *args, **kwargs)
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        return future

    def end(self) -> None:
        """Let what runs come to its end, and nothing else begin."""
        interrupted: KeyboardInterrupt | None = None
        while True:
            try:
                self.shutdown(wait=False, cancel_futures=True)
                wait(list(self._pending))
                break
            except KeyboardInterrupt as again:
                interrupted = again
        if interrupted is not None:
            raise interrupted
