"""The bytes of a file, chunk by chunk, unpacked where it is a .gz or .zst archive."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, Literal, cast

from naskh.sources.rejection import UnreadableFile

Compression = Literal["gzip", "zstd"]

# Unpacked bytes a chunk. Anything from 32 KiB to 1 MiB reads a corpus equally fast (within 5%).
CHUNK_BYTES = 256 * 1024

# The same where a chunk becomes a batch, the unit of work of a thread: some 300 articles.
BULK_CHUNK_BYTES = 1024 * 1024

# Chunks that are read before they are asked for. While numba is imported, a second core unpacks so many.
AHEAD_CHUNKS = 32

# Packed bytes given to the zstd decoder at a time: of a corrupt archive, the articles that this many bytes
# before the damage would give are lost as well.
_ZSTD_STEP_BYTES = 8 * 1024


class CountedFile:
    """A binary input that counts in `position` the bytes taken from it, at most `step_bytes` at a time.

    With its `path`, Arrow may read the file by itself, and sets `position`.
    """

    closed = False

    def __init__(
        self, read: Callable[[int], bytes], *, step_bytes: int | None = None, path: str | None = None
    ) -> None:
        self._read = read
        self._step_bytes = step_bytes
        self.path = path
        self.position = 0

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, and none only at the end."""
        data = self._read(size if self._step_bytes is None else min(size, self._step_bytes))
        self.position += len(data)
        return data

    def close(self) -> None:
        """Do nothing: who opened the input closes it (pyarrow asks for this method)."""


def counted(file: BinaryIO, compression: Compression | None, path: str | None = None) -> CountedFile:
    """Wrap an opened file for `read_chunks`, to be called with the same compression."""
    # gzip takes a short read for the end, so its steps are left whole.
    return CountedFile(file.read, step_bytes=_ZSTD_STEP_BYTES if compression == "zstd" else None, path=path)


def counted_pipe(pipe: BinaryIO) -> CountedFile:
    """Wrap a pipe or terminal: a chunk is what it holds now, so no line waits for the next one."""
    return CountedFile(getattr(pipe, "read1", pipe.read))


def read_chunks(
    file: CountedFile, compression: Compression | None, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[bytes]:
    """Yield the content of `file` in chunks of at most `chunk_bytes` unpacked bytes.

    Raises UnreadableFile for a read error and for an archive that is truncated or corrupt, after
    yielding what could be unpacked before that point.
    """
    try:
        if compression == "gzip":
            yield from _gzip_chunks(file, chunk_bytes)
        elif compression == "zstd":
            yield from _zstd_chunks(file, chunk_bytes)
        else:
            while chunk := file.read(chunk_bytes):
                yield chunk
    except OSError as error:
        raise cannot_be_read(error) from error
    if compression is not None and file.position == 0:
        raise UnreadableFile("truncated archive: the file is empty")


def read_ahead(chunks: Iterator[bytes], most: int = AHEAD_CHUNKS) -> Generator[bytes]:
    """Yield the same, up to `most` chunks of which a thread reads before they are asked for."""
    with ThreadPoolExecutor(1, thread_name_prefix="naskh-read") as thread:
        waiting = deque(thread.submit(next, chunks, None) for _ in range(most))
        try:
            while (chunk := waiting.popleft().result()) is not None:
                waiting.append(thread.submit(next, chunks, None))
                yield chunk
        finally:
            thread.shutdown(cancel_futures=True)


def cannot_be_read(error: OSError) -> UnreadableFile:
    """Turn an error of the operating system into a reason."""
    return UnreadableFile(f"cannot be read: {error.strerror or error}")


def _gzip_chunks(file: CountedFile, chunk_bytes: int) -> Iterator[bytes]:
    import gzip
    import zlib

    with gzip.GzipFile(fileobj=cast("BinaryIO", file), mode="rb") as stream:
        try:
            # read1, since read() throws away what it has gathered when it meets the damage.
            while chunk := stream.read1(chunk_bytes):
                yield chunk
        except EOFError as error:
            raise UnreadableFile("truncated archive: it ends before its end mark") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise UnreadableFile(f"damaged archive: {error}") from error


def _zstd_chunks(file: CountedFile, chunk_bytes: int) -> Iterator[bytes]:
    """Have Arrow read the file, which needs no interpreter; where it is damaged, again and step by step."""
    import pyarrow as pa  # here, since its import takes longer than reading most files

    done = 0
    if file.path is not None:
        try:
            with pa.OSFile(file.path) as packed, pa.CompressedInputStream(packed, "zstd") as stream:
                chunk = None
                while chunk != b"":
                    chunk = stream.read(chunk_bytes)
                    file.position = packed.tell()
                    if chunk:
                        done += len(chunk)
                        yield chunk
        except (OSError, pa.ArrowException) as error:
            if getattr(error, "errno", None) is not None:
                raise  # of the file, not of its content
            file.position = 0
        else:
            return
    for chunk in _zstd_steps(file, chunk_bytes):
        if done < len(chunk):
            yield chunk[done:]
        done = max(0, done - len(chunk))


def _zstd_steps(file: CountedFile, chunk_bytes: int) -> Iterator[bytes]:
    import pyarrow as pa

    with pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd") as stream:
        buffer = bytearray(chunk_bytes)
        zeros = bytes(chunk_bytes)
        while True:
            buffer[:] = zeros
            try:
                size = stream.readinto(buffer)
            except (OSError, pa.ArrowException) as error:
                if getattr(error, "errno", None) is not None:
                    raise  # of the file, not of its content
                # The call has filled part of the buffer but cannot say how much. JSON lines hold no zeros,
                # so these are the rest.
                yield bytes(buffer.rstrip(b"\0"))
                raise UnreadableFile(_zstd_reason(str(error))) from error
            if not size:
                return
            yield bytes(memoryview(buffer)[:size])


def _zstd_reason(message: str) -> str:
    if "runcated" in message:
        return "truncated archive: it ends before its end mark"
    if "too much memory" in message:
        return "packed with zstd --long; unpack it first, for example with zstd -dc --long=31"
    return f"damaged archive: {message}"
