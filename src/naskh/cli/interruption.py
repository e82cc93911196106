"""Ctrl-C, and SIGTERM: the first lets work that stores come to a good end, the second ends it where it is."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

Item = TypeVar("Item")

_NOTICE = b"\nnaskh: ending; what was read so far is being stored. Once more ends it at once.\n"


class Interruption:
    """Whether an end was asked for; `signal` is the number of the signal that did."""

    signal: int | None = None

    @property
    def status(self) -> int:
        """The exit status of a process that a signal ended, as shells give it."""
        return 128 + (self.signal or signal.SIGINT)

    def gently(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items until an end is asked for."""
        for item in items:
            yield item
            if self.signal is not None:
                return


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Watch for signals in here. A second one raises KeyboardInterrupt."""
    asked = Interruption()

    def on_signal(number: int, _: FrameType | None) -> None:
        if asked.signal is not None:
            raise KeyboardInterrupt
        asked.signal = number
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, _NOTICE)

    if threading.current_thread() is not threading.main_thread():  # only that one is told of signals
        yield asked
        return
    earlier = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
