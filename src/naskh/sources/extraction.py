"""Reading many web pages at once, in processes of their own: one page takes 5 to 50 ms, and some take for ever.

A page that ends its process, or takes too long, is a page that was not read: the next one gets a new process. The
processes end when their standard input does, however this one ends; they take no part in Ctrl-C.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from queue import SimpleQueue
from typing import IO, NamedTuple, TypeVar

import msgspec

from naskh.errors import SourceError
from naskh.sources.html import Extract, Page

#: A page that takes so long is given up: the slowest of ordinary ones takes some seconds.
SECONDS = 60.0

#: Pages that are read ahead of the one that comes out next, for each process, and bytes of them in all.
_AHEAD = 8
_AHEAD_BYTES = 128 << 20

#: Bytes of the number that says how long a message is.
_SIZE = 8

#: Run with the folders of this process's modules; it must not be a module that Python may find elsewhere.
_PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from naskh.sources.extraction import serve; serve()"

#: What comes with the extra `warc`.
LIBRARIES = ("fastwarc", "trafilatura", "tldextract")

#: The status of a process that could not load these.
_CANNOT = 66

Other = TypeVar("Other")


class Answer(NamedTuple):
    """What was found in a page."""

    page: Page
    extract: Extract


class _Asked(NamedTuple):
    page: Page
    future: Future[Extract]


class _Ended(NamedTuple):
    """A process ended, with a status, without an answer. It `has_got_it` when it had all of the page."""

    status: int
    is_late: bool
    has_got_it: bool


class Extractors:
    """Processes that read pages, started when they are needed; `close` ends them.

    Args:
        processes: how many; all cores by default.
        seconds: a page that takes longer is given up.

    """

    def __init__(self, processes: int | None = None, *, seconds: float = SECONDS) -> None:
        self._processes = processes or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(self._processes, thread_name_prefix="naskh-extract")
        self._children = [_Child(seconds) for _ in range(self._processes)]
        self._idle: SimpleQueue[_Child] = SimpleQueue()
        for child in self._children:
            self._idle.put(child)

    def each(self, items: Iterable[Page | Other]) -> Iterator[Answer | Other]:
        """Each page with what was found in it, in their order; other items are passed on in their places."""
        waiting: deque[_Asked | Other] = deque()
        held = 0
        try:
            for item in items:
                if isinstance(item, Page):
                    held += len(item.body)
                    waiting.append(_Asked(item, self._threads.submit(self._extract, item)))
                else:
                    waiting.append(item)
                while len(waiting) > _AHEAD * self._processes or held > _AHEAD_BYTES:
                    first = waiting.popleft()
                    held -= len(first.page.body) if isinstance(first, _Asked) else 0
                    yield _answered(first)
            while waiting:
                yield _answered(waiting.popleft())
        finally:
            for later in waiting:
                if isinstance(later, _Asked):
                    later.future.cancel()

    def _extract(self, page: Page) -> Extract:
        child = self._idle.get()
        try:
            return child.extract(page)
        finally:
            self._idle.put(child)

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        for child in self._children:
            child.kill()
        self._threads.shutdown(cancel_futures=True)
        for child in self._children:
            child.clear()


def _answered(item: _Asked | Other) -> Answer | Other:
    return Answer(item.page, item.future.result()) if isinstance(item, _Asked) else item


class _Child:
    """A process that reads one page at a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._is_asked = False
        self._is_late = False
        self._is_over = False
        self._changing = threading.Lock()

    def extract(self, page: Page) -> Extract:
        """What is found in a page; a reason where the process did not live to say it.

        Raises:
            SourceError: pages cannot be read at all: a library is missing, or no process can be started.

        """
        message = msgspec.msgpack.encode(page)
        answer = self._asked(message)
        if isinstance(answer, _Ended) and not answer.has_got_it:  # it died before, and not of this page
            answer = self._asked(message)
        if isinstance(answer, bytes):
            return msgspec.msgpack.decode(answer, type=Extract)
        if answer is None:
            return Extract(reason="not read: the end was asked for", is_passing=True)
        if answer.is_late:
            reason = f"it took longer than {self._seconds:g} s"
        elif answer.status == _CANNOT:
            raise SourceError("web pages cannot be read:  pip install 'naskh[warc]'")
        else:
            reason = f"its process ended with status {answer.status}"
        return Extract(reason=f"the page cannot be read: {reason}", is_passing=True)

    def _asked(self, message: bytes) -> bytes | _Ended | None:
        """What the process answers, or how it ended; None where the end was asked for."""
        process = self._running()
        if process is None:
            return None
        timer = threading.Timer(self._seconds, self._give_up, [process])
        timer.daemon = True
        timer.start()
        answer, has_got_it = None, False
        try:
            _send(process.stdin, message)
            has_got_it = True
            answer = _receive(process.stdout)
        except OSError:
            pass
        finally:
            timer.cancel()
            with self._changing:  # from here on a timer that fires all the same finds nothing to end
                self._is_asked = False
                is_late = self._is_late
        if answer is None or is_late:
            self.clear()
        return _Ended(process.returncode, is_late, has_got_it or is_late) if answer is None else answer

    def _running(self) -> subprocess.Popen[bytes] | None:
        if self._process is not None and self._process.poll() is not None:
            self.clear()
        with self._changing:
            if self._is_over:
                return None
            if self._process is None:
                command = [sys.executable, "-c", _PROGRAM, *sys.path]
                try:
                    self._process = subprocess.Popen(  # noqa: S603 - this very program
                        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
                    )
                except OSError as error:
                    raise SourceError(f"no process can be started that reads web pages: {error}") from error
            self._is_late, self._is_asked = False, True
            return self._process

    def _give_up(self, process: subprocess.Popen[bytes]) -> None:
        with self._changing:
            if self._is_asked and process is self._process:
                self._is_late = True
                process.kill()

    def kill(self) -> None:
        """End the process, for good; a page that it is reading gets a reason."""
        with self._changing:
            self._is_over = True
            if self._process is not None:
                self._process.kill()

    def clear(self) -> None:
        """Clear away a process that ended; not to be called while a page is read."""
        with self._changing:
            process, self._process = self._process, None
        if process is not None:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what was not sent
                    pipe.close()  # type: ignore[union-attr]  # both are pipes


def serve() -> None:
    """Read pages from standard input and write what is found in them to standard output, until the first ends."""
    import logging

    from naskh.sources.html import extract

    logging.disable()
    try:
        for name in LIBRARIES:
            import_module(name)
    except ImportError as error:
        sys.stderr.write(f"naskh: {error}\n")
        sys.exit(_CANNOT)
    pages = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    while (message := _receive(pages)) is not None:
        found = extract(msgspec.msgpack.decode(message, type=Page))
        _send(answers, msgspec.msgpack.encode(found))


def _send(pipe: IO[bytes] | None, message: bytes) -> None:
    assert pipe is not None  # noqa: S101 - a process that was started has both
    pipe.write(len(message).to_bytes(_SIZE))
    pipe.write(message)
    pipe.flush()


def _receive(pipe: IO[bytes] | None) -> bytes | None:
    """The next message; None where there is none, or only a part of one."""
    assert pipe is not None  # noqa: S101 - as above
    size = pipe.read(_SIZE)
    if len(size) < _SIZE:
        return None
    message = pipe.read(int.from_bytes(size))
    return message if len(message) == int.from_bytes(size) else None
