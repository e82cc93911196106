"""Compressed files are read like plain ones; of a damaged one, what stands before the damage is kept."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from naskh.sources import Reader, Rejection
from naskh.sources.rejection import UnreadableFile
from naskh.sources.streams import CountedFile, counted, read_ahead, read_chunks


def zstd(data: bytes) -> bytes:
    """One frame without the content's size, as a stream writes it."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def zstd_sized(data: bytes) -> bytes:
    """One frame that names the content's size."""
    return pa.compress(data, codec="zstd", asbytes=True)


def skippable_frame(size: int) -> bytes:
    return struct.pack("<II", 0x184D2A50, size) + b"x" * size


PACKERS = [
    pytest.param(".gz", gzip.compress, id="gz"),
    pytest.param(".zst", zstd, id="zst"),
    pytest.param(".zst", zstd_sized, id="zst-sized"),
]
COMPRESSION = {".gz": "gzip", ".zst": "zstd"}
Packer = Callable[[bytes], bytes]


def news(*numbers: int) -> bytes:
    records = ({"id": n, "text": f"الخبر رقم {n}: هطلت أمطار غزيرة على المدينة مساء أمس."} for n in numbers)
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def read(path: Path, content: bytes, **options: object) -> tuple[list[str], list[Rejection]]:
    path.write_bytes(content)
    rejections: list[Rejection] = []
    return [a.id for a in Reader([path], on_reject=rejections.append, **options)], rejections


@pytest.mark.parametrize(("suffix", "pack"), PACKERS)
@pytest.mark.parametrize("stem", ["news.jsonl", "news.ndjson", "news.json"])
def test_a_compressed_file_is_unpacked(tmp_path, suffix, pack, stem):
    assert read(tmp_path / (stem + suffix), pack(news(1, 2, 3))) == (["1", "2", "3"], [])


@pytest.mark.parametrize(("suffix", "pack"), PACKERS)
def test_members_and_frames_are_read_to_the_last_even_where_a_line_goes_over_two(tmp_path, suffix, pack):
    content = news(1, 2, 3, 4)
    cut = len(content) // 2 + 3

    packed = pack(content[:cut]) + pack(b"") + pack(content[cut:])

    assert read(tmp_path / f"news.jsonl{suffix}", packed) == (["1", "2", "3", "4"], [])


def test_skippable_frames_are_skipped_whatever_their_size(tmp_path):
    packed = skippable_frame(200_000) + zstd(news(1)) + skippable_frame(0) + zstd(news(2)) + skippable_frame(70_000)

    assert read(tmp_path / "news.jsonl.zst", packed) == (["1", "2"], [])


def test_zeros_after_the_last_gzip_member_are_padding(tmp_path):
    assert read(tmp_path / "news.jsonl.gz", gzip.compress(news(1)) + b"\0" * 512) == (["1"], [])


@pytest.mark.parametrize(("suffix", "pack"), PACKERS)
def test_an_archive_cut_anywhere_is_noticed_and_its_whole_frames_kept(suffix, pack):
    parts = [news(1, 2), b"", news(3), news(*range(4, 30))]
    packed = [pack(part) for part in parts]
    # What a cut at the end of each frame leaves: a whole archive.
    whole = {len(b"".join(packed[:n])): b"".join(parts[:n]) for n in range(1, len(parts) + 1)}
    archive = b"".join(packed)

    for cut in range(len(archive) + 1):
        for step_bytes in (1, 64, 100_000) if suffix == ".zst" else (None,):
            got = b""
            reason = None
            file = CountedFile(io.BytesIO(archive[:cut]).read, step_bytes=step_bytes)
            try:
                for chunk in read_chunks(file, COMPRESSION[suffix], 1000):
                    got += chunk
            except UnreadableFile as error:
                reason = error.reason

            kept = max((content for size, content in whole.items() if size <= cut), key=len, default=b"")
            if cut in whole:
                assert (got, reason) == (kept, None)
            else:
                assert reason is not None, f"not noticed at {cut} of {len(archive)} bytes"
                assert got.startswith(kept)
                assert b"".join(parts).startswith(got)


@pytest.mark.parametrize(("suffix", "pack"), PACKERS)
@pytest.mark.parametrize("chunk_bytes", [50, 1 << 20])
def test_a_truncated_archive_is_one_rejection_with_the_line_reached(tmp_path, suffix, pack, chunk_bytes):
    path = tmp_path / f"news.jsonl{suffix}"
    packed = pack(news(1, 2)) + pack(news(3))[:-3]

    ids, rejections = read(path, packed, chunk_bytes=chunk_bytes)

    assert ids[:2] == ["1", "2"]
    assert len(rejections) == 1
    assert rejections[0].file == str(path)
    assert rejections[0].line == len(ids)
    assert rejections[0].reason.startswith("truncated archive")


def test_a_last_line_without_newline_is_kept_when_only_the_end_mark_is_missing(tmp_path):
    packed = gzip.compress(news(1, 2).rstrip())[:-4]

    ids, rejections = read(tmp_path / "news.jsonl.gz", packed)

    assert ids == ["1", "2"]
    assert [(r.line, r.reason[:17]) for r in rejections] == [(2, "truncated archive")]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_an_empty_file_is_a_truncated_archive(tmp_path, suffix):
    path = tmp_path / f"news.jsonl{suffix}"

    ids, rejections = read(path, b"")

    assert ids == []
    assert rejections == [
        Rejection(file=str(path), line=None, id=None, reason="truncated archive: the file is empty")
    ]


@pytest.mark.parametrize(("suffix", "pack"), PACKERS)
@pytest.mark.parametrize("junk", [b"not an archive at all", b"\xff" * 40])
def test_junk_after_the_content_is_damage(tmp_path, suffix, pack, junk):
    ids, rejections = read(tmp_path / f"news.jsonl{suffix}", pack(news(1, 2)) + junk)

    assert ids == ["1", "2"]
    assert [(r.line, r.reason[:15]) for r in rejections] == [(2, "damaged archive")]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_plain_file_under_a_compressed_name_is_damage(tmp_path, suffix):
    ids, rejections = read(tmp_path / f"news.jsonl{suffix}", news(1))

    assert ids == []
    assert [r.reason[:15] for r in rejections] == ["damaged archive"]


def test_a_wrong_checksum_is_damage(tmp_path):
    packed = bytearray(gzip.compress(news(1)))
    packed[-6] ^= 1

    ids, rejections = read(tmp_path / "news.jsonl.gz", bytes(packed))

    assert ids == ["1"]
    assert "CRC" in rejections[0].reason


def before_error(chunks: Iterator[bytes]) -> tuple[list[bytes], str]:
    """The chunks up to an error, and its reason."""
    got = []
    try:
        for chunk in chunks:
            got.append(chunk)  # noqa: PERF402 - what came before the error counts
    except UnreadableFile as error:
        return got, error.reason
    return got, ""


@pytest.mark.parametrize("chunk_bytes", [50, 1 << 20])
def test_a_damaged_zst_file_gives_the_same_whoever_reads_it(tmp_path, chunk_bytes):
    digests = (hashlib.sha512(str(n).encode()).hexdigest() for n in range(3000))  # hardly compressible
    content = b"".join(b'{"id": "%s", "text": "x"}\n' % digest.encode() for digest in digests)
    path = tmp_path / "news.jsonl.zst"
    packed = zstd(content)
    path.write_bytes(packed[: len(packed) // 2])

    found = []
    for given in (str(path), None):  # with the path, Arrow reads the file by itself
        with path.open("rb") as file:
            got, reason = before_error(read_chunks(counted(file, "zstd", given), "zstd", chunk_bytes))
        found.append((b"".join(got), reason))

    assert found[0] == found[1]
    assert found[0][1].startswith("truncated archive")
    assert content.startswith(found[0][0])
    assert len(found[0][0]) > 100_000


def test_chunks_that_are_read_ahead_come_in_their_order_and_an_error_after_them():
    def chunks():
        yield from (b"1", b"", b"2")
        raise UnreadableFile("damaged")

    for most in (1, 2, 32):
        assert before_error(read_ahead(chunks(), most)) == ([b"1", b"", b"2"], "damaged")


def test_reading_ahead_stops_when_no_more_is_asked_for():
    asked = []

    def chunks():
        for number in range(1000):
            asked.append(number)
            yield b"x"

    ahead = read_ahead(chunks(), 3)
    next(ahead)
    ahead.close()

    assert len(asked) <= 5


@pytest.mark.parametrize(("suffix", "pack"), PACKERS)
def test_reading_goes_on_with_the_next_file(tmp_path, suffix, pack):
    (tmp_path / f"a.jsonl{suffix}").write_bytes(pack(news(1))[:-1])
    (tmp_path / "b.jsonl").write_bytes(news(2))
    reader = Reader([tmp_path])

    assert [a.id for a in reader][-1] == "2"
    assert reader.rejected == 1
    assert reader.bytes_read == reader.total_bytes


@pytest.mark.parametrize(("suffix", "pack"), PACKERS)
def test_progress_is_the_position_in_the_compressed_file(tmp_path, suffix, pack):
    path = tmp_path / f"news.jsonl{suffix}"
    digests = (hashlib.sha512(str(n).encode()).hexdigest() for n in range(3000))  # hardly compressible
    path.write_bytes(pack(b"".join(b'{"id": "%s", "text": "x"}\n' % digest.encode() for digest in digests)))
    reader = Reader([path], chunk_bytes=4096)

    assert reader.bytes_read == 0
    positions = [reader.bytes_read for _ in reader]

    assert 0 < positions[0] < positions[-1] <= reader.total_bytes == path.stat().st_size
    assert positions == sorted(positions)
    assert reader.bytes_read == reader.total_bytes


@pytest.mark.parametrize("compression", [None, "gzip", "zstd"])
def test_an_error_of_the_disk_is_not_taken_for_damage(compression):
    class FailingDisk(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, f"no {size} bytes to be had")

    with pytest.raises(UnreadableFile, match=r"cannot be read: no .* bytes to be had"):
        list(read_chunks(counted(FailingDisk(), compression), compression))


def test_importing_the_package_loads_no_heavy_library():
    code = "import sys, naskh.sources; print(*{'pyarrow', 'numpy', 'numba', 'email.utils'} & sys.modules.keys())"

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.split() == []
