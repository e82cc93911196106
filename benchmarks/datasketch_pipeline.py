"""The pipeline that a competent user writes with datasketch 2.x today; does not use naskh.

usage: python datasketch_pipeline.py CORPUS.jsonl[.zst|.gz] [--workers N] [--query N] [--json]
needs: datasketch xxhash numpy, and for .zst zstandard or pyarrow

It reads JSON lines, folds the Arabic, cuts paragraphs of 8 words and more into 3-word shingles, hashes them
(xxh64, low 32 bits), makes a MinHash of each paragraph and inserts it into an in-memory `MinHashLSH` of 20 bands of
2 rows, naskh's, with as many permutations as these need: 1,325 articles/s, where 42 bands of 3 rows, which find as
much, take 927, and 128 permutations instead of 40 take 1,249. The ways that datasketch's documentation and source
offer were measured one against the other (CPU microseconds an article of SaudiNewsNet with 42 bands of 3 of 128, a
process for each way, range of four):

- from words to MinHash: shingles joined as bytes by ``zip``, hashed, then ``MinHash.bulk`` with ``hashfunc=int``
  360-390; a Python function that hashes instead 369-399; shingles made distinct first 392-410; sliced as strings
  400-473; ``update_batch`` on objects that share permutations, without ``bulk``, 338-391;
- inserting: 645-869 by ``insert``; ``check_duplication=False`` (709-833) and ``insertion_session`` (748-828) are
  no faster on tables in memory, and stay since they do no harm; 454-691 with the cyclic
  garbage collector off, which finds nothing in the tables but walks them again and again.

With ``--workers`` N > 1, N processes read off the lines and sketch while this one inserts: datasketch's
tables live in one process.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import io
import json
import multiprocessing
import os
import re
import resource
import sys
import time
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import numpy.typing as npt
import xxhash
from datasketch import MinHash, MinHashLSH

BANDS, ROWS = 20, 2
NUM_PERM = BANDS * ROWS
SHINGLE_WORDS = 3
MIN_WORDS = 8
MIN_JACCARD = 0.5
#: Articles that are sketched together: enough for `MinHash.bulk` to pay, little enough to hold.
CHUNK = 256

FOLD = str.maketrans(
    {
        **dict(zip("أإآٱىةؤئیک", "اااايهوييك", strict=True)),
        **{chr(code): None for code in [0x640, *range(0x64B, 0x660), 0x670]},
        **{chr(0x660 + digit): str(digit) for digit in range(10)},
        **{chr(0x6F0 + digit): str(digit) for digit in range(10)},
    }
)
WORD = re.compile(r"[^\W_]+")

Key = tuple[str, int]
Signatures = tuple[list[Key], npt.NDArray[np.uint32]]


class Paragraphs(NamedTuple):
    """The long enough paragraphs of some articles: article id and number of each, and its shingle hashes."""

    keys: list[Key]
    hashes: list[list[int]]


def words(text: str) -> list[str]:
    """The folded words of a text."""
    return WORD.findall(unicodedata.normalize("NFKC", text).translate(FOLD).lower())


def shingle_hashes(folded: list[str]) -> list[int]:
    """32-bit hashes of every run of three words, repeats included."""
    encoded = " ".join(folded).encode().split(b" ")
    digest = xxhash.xxh64_intdigest
    runs = zip(encoded, encoded[1:], encoded[2:], strict=False)
    return [digest(run) & 0xFFFFFFFF for run in map(b" ".join, runs)]


def paragraphs(article_id: str, text: str) -> Paragraphs:
    """Cut one article; a paragraph is a non-empty line, numbered from 1."""
    found = Paragraphs([], [])
    for number, line in enumerate((line for line in text.splitlines() if line.strip()), 1):
        folded = words(line)
        if len(folded) >= MIN_WORDS:
            found.keys.append((article_id, number))
            found.hashes.append(shingle_hashes(folded))
    return found


def parse(lines: Iterable[str]) -> Paragraphs:
    """The paragraphs of some articles, one JSON object a line."""
    found = Paragraphs([], [])
    for line in lines:
        article = json.loads(line)
        own = paragraphs(article["id"], article["text"])
        found.keys.extend(own.keys)
        found.hashes.extend(own.hashes)
    return found


def minhashes(hashes: list[list[int]]) -> list[MinHash]:
    """One MinHash for each paragraph."""
    sketches: list[MinHash] = MinHash.bulk(hashes, num_perm=NUM_PERM, hashfunc=int)
    return sketches


def sketch(lines: list[str]) -> tuple[list[Key], list[MinHash]]:
    """Parse and sketch some articles."""
    found = parse(lines)
    return found.keys, minhashes(found.hashes)


def sketch_apart(lines: list[str]) -> Signatures:
    """As `sketch`, in a worker: a bare array of signatures is cheaper to send than MinHash objects."""
    keys, sketches = sketch(lines)
    return keys, np.array([sketched.hashvalues for sketched in sketches], np.uint32).reshape(-1, NUM_PERM)


def received(
    parts: Iterable[tuple[list[Key], npt.NDArray[np.uint32]]],
) -> Iterator[tuple[list[Key], list[MinHash]]]:
    """Make MinHash objects of what the workers send."""
    permutations = MinHash(NUM_PERM).permutations
    for keys, signatures in parts:
        yield (
            keys,
            [
                MinHash(hashvalues=signature, permutations=permutations, scheme="affine32")
                for signature in signatures
            ],
        )


def open_lines(path: Path) -> IO[str]:
    """The lines of a file, decompressed after its name."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    if path.suffix != ".zst":
        return path.open(encoding="utf-8")
    raw: IO[bytes]
    try:
        import zstandard
    except ImportError:
        import pyarrow as pa

        raw = pa.input_stream(str(path), compression="zstd")
    else:
        raw = zstandard.open(path, "rb")
    return io.TextIOWrapper(raw, encoding="utf-8")


def chunks(path: Path) -> Iterator[list[str]]:
    """The lines of a file, `CHUNK` at a time."""
    with open_lines(path) as lines:
        while chunk := list(islice(lines, CHUNK)):
            yield chunk


def build(path: Path, workers: int) -> tuple[MinHashLSH, int]:
    """The LSH index of a file, and the number of its articles."""
    lsh = MinHashLSH(num_perm=NUM_PERM, params=(BANDS, ROWS))
    articles = 0

    def counted() -> Iterator[list[str]]:
        nonlocal articles
        for chunk in chunks(path):
            articles += len(chunk)
            yield chunk

    gc.disable()
    with lsh.insertion_session() as session:
        if workers == 1:
            insert_all(session, map(sketch, counted()))
        else:
            with multiprocessing.Pool(workers) as pool:
                insert_all(session, received(pool.imap(sketch_apart, counted())))
    gc.enable()
    return lsh, articles


def insert_all(session: MinHashLSH, sketched: Iterable[tuple[list[Key], list[MinHash]]]) -> None:
    """Insert the paragraphs of all chunks."""
    for keys, sketches in sketched:
        for key, sketched_paragraph in zip(keys, sketches, strict=True):
            session.insert(key, sketched_paragraph, check_duplication=False)


class Queries:
    """Queries of whole articles: candidates of each paragraph, then their exact Jaccard."""

    def __init__(self, path: Path, lsh: MinHashLSH) -> None:
        self._lsh = lsh
        self._sets: dict[Key, frozenset[int]] = {}
        self.articles: list[tuple[str, str]] = []
        gc.disable()
        for chunk in chunks(path):
            found = parse(chunk)
            self._sets.update(zip(found.keys, map(frozenset, found.hashes), strict=True))
            texts = (json.loads(line) for line in chunk)
            self.articles.extend((article["id"], article["text"]) for article in texts)
        gc.enable()
        gc.freeze()

    def query(self, article_id: str, text: str) -> list[tuple[Key, Key, float]]:
        """Pairs of a paragraph of this article with one of another at `MIN_JACCARD` or above."""
        own = paragraphs(article_id, text)
        pairs = []
        for key, hashes, sketched in zip(own.keys, own.hashes, minhashes(own.hashes), strict=True):
            shingles = frozenset(hashes)
            for candidate in self._lsh.query(sketched):
                if candidate[0] == article_id:
                    continue
                others = self._sets[candidate]
                shared = len(shingles & others)
                jaccard = shared / (len(shingles) + len(others) - shared)
                if jaccard >= MIN_JACCARD:
                    pairs.append((key, candidate, jaccard))
        return pairs

    def time(self, count: int) -> list[float]:
        """Seconds that each of `count` queries took, with articles from all over the file."""
        with_text = [article for article in self.articles if article[1].strip()]
        seconds = []
        for article_id, text in with_text[:: max(len(with_text) // count, 1)][:count]:
            started = time.perf_counter()
            self.query(article_id, text)
            seconds.append(time.perf_counter() - started)
        return seconds


def peak_memory() -> int:
    """Peak resident bytes of this process (its workers are not counted)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Run the pipeline and print what it took."""
    started = time.perf_counter()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--workers", type=int, default=1, help="processes that sketch (default 1: this one)")
    parser.add_argument("--query", type=int, default=0, metavar="N", help="then time N queries")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    lsh, articles = build(options.corpus, options.workers)
    seconds = time.perf_counter() - started
    result = {
        "articles": articles,
        "paragraphs": len(lsh.keys),
        "seconds": seconds,
        "articles_per_second": articles / seconds,
        "peak_bytes": peak_memory(),
    }
    if options.query:
        times = Queries(options.corpus, lsh).time(options.query)
        result |= {"queries": len(times), "query_p50": np.median(times), "query_p99": np.percentile(times, 99)}
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:<20} {value:,.4f}" if isinstance(value, float) else f"{name:<20} {value:,}")
    sys.stdout.flush()
    os._exit(0)  # freeing the tables one by one takes 20 s; a server would never do it


if __name__ == "__main__":
    main()
