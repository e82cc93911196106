"""Ctrl-C, SIGTERM and SIGHUP: the first lets work that stores come to a good end, the next ends it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TypeVar

Item = TypeVar("Item")
_Handle = Callable[[int, FrameType | None], None]
_Handler = _Handle | int | signal.Handlers | None
_Lost = Callable[[type[BaseException]], None]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: A signal of which the exception went nowhere is sent again after so long.
_AGAIN_SECONDS = 0.05
#: For so long after a signal others are not heeded while temporary files are cleared away.
_CLEARING_SECONDS = 5.0
_NOTICE = (
    b"\nnaskh: ending; what was read so far is being stored. Once more ends as soon as nothing is being written.\n"
)


class _End(BaseException):
    """Ends the reading of an item that may never come."""


class Interruption:
    """Whether an end was asked for.

    Attributes:
        signal: the number of the signal that asked.
        cut_short: not all items were taken.

    """

    signal: int | None = None
    cut_short = False
    _is_reading = False
    _was_lost = False

    @property
    def status(self) -> int:
        """The exit status of a process that a signal ended, as shells give it."""
        return 128 + (self.signal or signal.SIGINT)

    def gently(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items until an end is asked for; one that is waited for then is given up."""
        iterator = iter(items)
        while True:
            try:
                self._is_reading = True
                if self.signal is not None:
                    raise _End
                item = next(iterator)
            except StopIteration:
                return
            except _End:
                self.cut_short = True
                return
            finally:
                self._is_reading = False
            yield item

    def ask(self, number: int, _: FrameType | None) -> None:
        """Take a signal."""
        if self.signal is not None and not self._was_lost:
            raise KeyboardInterrupt
        if self.signal is None:
            with suppress(OSError, ValueError):  # nobody reads it
                os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, _NOTICE)
        self.signal, self._was_lost = number, False
        if self._is_reading:
            raise _End

    def lost(self, raised: type[BaseException]) -> None:
        """Expect the last signal once more, since what it raised went nowhere."""
        self._was_lost = raised is _End


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Watch for signals in here, but for those that are ignored. A second one raises KeyboardInterrupt."""
    asked = Interruption()
    if threading.current_thread() is not threading.main_thread():  # only that one is told of signals
        yield asked
        return
    earlier = {number: signal.getsignal(number) for number in _SIGNALS}
    watched = {number: handler for number, handler in earlier.items() if handler not in (signal.SIG_IGN, None)}
    with _heard(watched, asked.ask, asked.lost):
        yield asked


@contextmanager
def ending_as_interrupted() -> Iterator[None]:
    """In here SIGTERM and SIGHUP end work as Ctrl-C does, so that temporary files are cleared away.

    While that is done more signals change nothing, but only for a few seconds: work that does not end can be ended.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: float | None = None

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        now = time.monotonic()
        if asked is None or now - asked > _CLEARING_SECONDS:
            asked = now
            signal.default_int_handler(number, frame)

    def lost(_: type[BaseException]) -> None:
        nonlocal asked
        asked = None

    usual = (signal.SIG_DFL, signal.default_int_handler)
    watched = {number: handler for number in _SIGNALS if (handler := signal.getsignal(number)) in usual}
    with _heard(watched, end, lost):
        yield


@contextmanager
def _heard(watched: Mapping[signal.Signals, _Handler], handle: _Handle, lost: _Lost) -> Iterator[None]:
    """In here signals are handled otherwise, and none is lost.

    What a handler raises goes nowhere where Python is called back from C, as by LLVM for each kernel that is
    loaded, or in `__del__`. Such a signal is sent again.

    Args:
        watched: the signals, with the handlers that they have outside.
        handle: handles them.
        lost: told what it raised, when that went nowhere.

    """
    last: int | None = None
    timer: threading.Timer | None = None
    hook = sys.unraisablehook

    def handle_last(number: int, frame: FrameType | None) -> None:
        nonlocal last
        last = number
        handle(number, frame)

    def notice(unraisable: sys.UnraisableHookArgs) -> None:
        nonlocal timer
        if last is None or unraisable.exc_type not in (KeyboardInterrupt, _End):
            hook(unraisable)
            return
        lost(unraisable.exc_type)
        timer = threading.Timer(_AGAIN_SECONDS, signal.pthread_kill, (threading.main_thread().ident, last))
        timer.daemon = True
        timer.start()

    sys.unraisablehook = notice
    for number in watched:
        signal.signal(number, handle_last)
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()
        for number, handler in watched.items():
            signal.signal(number, handler)
        sys.unraisablehook = hook


@contextmanager
def uninterrupted_imports() -> Iterator[None]:
    """In here Ctrl-C ends the process at once: modules that are cut off fail in ways of their own."""
    is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not is_default or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
