"""The peers that naskh is raced against: one table of what each is, how it is installed and run.

Each has an adaptor in this folder (`benchmarks.peers.adaptor` says what that is), which uses the peer as its own
documentation does, at its fastest settings. Nothing here imports naskh or a peer.
"""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.measure import cores


class Variant(NamedTuple):
    """One way to run a peer."""

    #: As it stands in the tables.
    name: str
    #: What the adaptor is given.
    options: tuple[str, ...] = ()
    #: Whether queries of single articles are timed too.
    queries: bool = False
    #: Whether it may find something else than the peer's other variants.
    examined: bool = True


class Peer(NamedTuple):
    """A peer, its packages, and what must be known to read its figures."""

    #: Its name on the command line, and of its adaptor and its environment.
    key: str
    #: The package whose version is given.
    package: str
    #: What pip installs.
    requirements: tuple[str, ...]
    variants: tuple[Variant, ...]
    #: What it does and does not do, in Markdown.
    note: str


PEERS = (
    Peer(
        key="datasketch",
        package="datasketch",
        requirements=("datasketch>=2.0", "numpy>=2.0", "xxhash>=3.4", "zstandard>=0.22"),
        variants=(
            Variant("datasketch, one process", queries=True),
            Variant(
                f"datasketch, {cores()} processes sketch, one inserts", ("--workers", str(cores())), examined=False
            ),
        ),
        note=(
            "a pipeline of our own, as a competent user writes it (`benchmarks/datasketch_pipeline.py`). It "
            "reads naskh's file, folds the Arabic, cuts the same paragraphs (8 words and more) and uses naskh's "
            "shingles, permutations and bands, but keeps its tables in memory only: no index on disk, no whole "
            "articles, no passages. It runs with the garbage collector off and leaves without freeing its "
            "tables, both in its favour. Its speed is that of filling the tables; what it found was asked "
            "afterwards, off the clock: pairs of articles with two paragraphs at exact Jaccard 0.5, which is "
            "not the same question."
        ),
    ),
    Peer(
        key="rensa",
        package="rensa",
        requirements=("rensa>=0.5",),
        variants=(
            Variant("rensa, rho pipeline", ("--method", "rho")),
            Variant("rensa, R-MinHash deduplicator", ("--method", "deduplicator"), queries=True),
        ),
        note=(
            "whole documents, words cut at white space in Python as its documentation and benchmark do (no "
            "Arabic folding; punctuation stays on the words), 3-word shingles, 128 permutations, all in memory: "
            "no index on disk, Jaccards are estimates. Rho, its fastest, samples the shingles of an article and "
            "says of each only whether it has a duplicate, not of what; 32 bands of 4 rows, the nearest to 0.5 "
            "that divide 128. The deduplicator is the example of its documentation, with all shingles and its "
            "own choice of bands; it keeps unique documents. Reading and cutting words in Python is most of "
            "either's time, on one core; only sketching is spread over cores, for large batches."
        ),
    ),
    Peer(
        key="text_dedup",
        package="text-dedup",
        requirements=("text-dedup>=0.4",),
        variants=(Variant("text-dedup, minhash"),),
        note=(
            "its own command `python -m text_dedup.minhash` on Parquet, with `--hash_func xxh3 --hash_bits 32`, "
            "its fastest, and a process for each core. Whole documents, words cut at what `\\W` matches (no "
            "Arabic folding, and harakat cut words), 3-word shingles, 128 permutations. Candidates are not "
            "verified, so the bands are those that its own rule gives for 0.5 (25 of 5 rows); naskh's 20 of 2 "
            "would link more than half of the pairs at Jaccard 0.2. It writes the articles that are left, no "
            "index, and tells no pairs, only clusters, linked by any chain."
        ),
    ),
    Peer(
        key="datatrove",
        package="datatrove",
        requirements=(
            "datatrove>=0.10", "orjson>=3.10", "regex>=2024.5", "spacy>=3.8", "tokenizers>=0.20", "xxhash>=3.4,<4",
        ),
        variants=(
            Variant("datatrove, its Arabic tokenizer", ("--words", "spacy")),
            Variant("datatrove, words cut at spaces", ("--words", "spaces")),
        ),
        note=(
            "the four stages of its example `minhash_deduplication.py` on local disk, uncompressed JSON lines "
            "in one file for each core, a process for each core, 64-bit xxhash. Whole documents; it drops "
            "diacritics and punctuation and makes all numbers one, but folds no letters; 3-word shingles. "
            "Candidates are not verified, so 25 bands of 5 rows as for text-dedup. Its Arabic tokenizer "
            "(spaCy's) takes most of the time; the second row passes a tokenizer of two lines instead, which "
            "its code allows for. On disk are the sorted signatures, "
            "which a later run can use; clusters are linked by any chain."
        ),
    ),
)  # fmt: skip


def chosen(names: str) -> list[Peer]:
    """The peers of a list with commas, in the order of the table; "all", or none for "".

    Raises:
        ValueError: one is not known.

    """
    if names == "all":
        return list(PEERS)
    wanted = {name.strip().replace("-", "_") for name in names.split(",") if name.strip()}
    if unknown := wanted - {peer.key for peer in PEERS}:
        known = ", ".join(peer.key for peer in PEERS)
        raise ValueError(f"no such peer: {', '.join(sorted(unknown))}; there are {known}")
    return [peer for peer in PEERS if peer.key in wanted]
