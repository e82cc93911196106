"""`clean`: a corpus without duplicates, made of sources in one call."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from naskh.arrays import Int64, UInt64, look_up
from naskh.cleaning.audit import CleanReport
from naskh.cleaning.deciding import Options, Progress, decide
from naskh.cleaning.emitting import emit
from naskh.cleaning.intake import Intake
from naskh.cleaning.keep import Rule
from naskh.cleaning.sinks import SUFFIXES
from naskh.cleaning.store import Store, hashes_of
from naskh.engine import Index
from naskh.errors import IndexMissing, IndexUnusable, SourceError, TextNotStored
from naskh.matching.measures import check_containment
from naskh.sources import Rejection


def clean(
    sources: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str] | None,
    *,
    audit: str | os.PathLike[str] | None = None,
    keep: Rule = "earliest",
    prefer: Sequence[str] = (),
    also_partial: bool = False,
    min_containment: float = 0.0,
    fix_similar: bool = False,
    boilerplate: bool = False,
    index: str | os.PathLike[str] | None = None,
    fields: Mapping[str, str] | None = None,
    workers: int | None = None,
    stdin: BinaryIO | None = None,
    on_reject: Callable[[Rejection], None] = lambda _: None,
    progress: Progress = lambda *_: None,
) -> CleanReport:
    """Write the articles of some sources without duplicates.

    Of articles that are copies of each other one stays, and no two that stay are copies; of what stays, repeats
    are taken out. The articles come in the order of the sources, JSON lines with all their fields, of which only
    the text may differ. Clean the output again, and nothing is removed. It is the same for any number of workers.

    Args:
        sources: see `naskh.sources.Reader`. They are read twice.
        output: the file to write, .jsonl (also .jsonl.gz, .jsonl.zst) or .parquet; None writes no articles.
        audit: the file for what is not in the output, see `naskh.cleaning.audit.Removed`; of the same formats.
        keep: which of several copies stays: the "earliest", or the "longest".
        prefer: outlets whose articles stay before all others', those of the first one first.
        also_partial: let go also of articles that have whole paragraphs of one that stays, beside their own text.
        min_containment: let go only of articles of whose shingles the one that stays has this share, 0 to 1. Then
            copies stay beside each other if the preferred one has less of the other's text.
        fix_similar: take out repeats with other words, too, see `naskh.without_repeats`.
        boilerplate: take out paragraphs that an outlet has in many articles over many days.
        index: a folder for the index of the sources, which is made or brought up to date, and stays; else a
            temporary one is made.
        fields: see `Reader`.
        workers: threads, and processes that read web pages; all cores by default.
        stdin: what the source "-" reads, instead of the standard input of the process.
        on_reject: told of every line or file that gives no article.
        progress: told what is being done and which share of it is done, 0 to 1.

    Raises:
        SourceError: see `Reader`; a file to write is a source; the sources changed while they were read.
        TextNotStored: `index` keeps no texts.
        IndexUnusable: see `naskh.errors`.
        FileUnwritable: the system does not let a file be written.
        ValueError: the name of a file to write has another ending; `min_containment` is not 0 to 1.

    """
    check_containment(min_containment)
    output, audit = (None if path is None else Path(path) for path in (output, audit))
    threads = workers or os.cpu_count() or 1
    options = Options(
        keep=keep,
        prefer=tuple(prefer),
        partial=also_partial,
        min_containment=min_containment,
        similar=fix_similar,
        boilerplate=boilerplate,
    )
    with (
        Intake(sources, fields=fields, stdin=stdin, workers=threads) as intake,
        tempfile.TemporaryDirectory(prefix="naskh-clean-", ignore_cleanup_errors=True) as folder,
    ):
        _check(intake, output, audit)
        scratch = Path(folder)
        held = Index(scratch / "index" if index is None else index)
        _check_texts(held)
        intake.index(held, on_reject=on_reject, progress=lambda share: progress("reading", share))
        store = Store(held, intake.id_hashes, scratch / "changed", workers=threads)
        numbers, places = _numbered(held.path, intake.id_hashes, hashes_of(store.given))
        decided = decide(store, places, options, workers=threads, progress=progress)
        return emit(intake, numbers, decided, options, output, audit, progress)


def _check(intake: Intake, output: Path | None, audit: Path | None) -> None:
    for path in (output, audit):
        if path is None:
            continue
        if not path.name.endswith(SUFFIXES):
            raise ValueError(f"{path} must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
        if intake.reads(path):
            raise SourceError(f"{path} is a source; nothing is written in place")
    if output is not None and audit is not None and output.resolve() == audit.resolve():
        raise ValueError(f"{output} is for the articles: name another file for the audit")


def _check_texts(index: Index) -> None:
    try:
        settings = index.snapshot.manifest.settings
    except IndexMissing:  # it is going to be made
        return
    if not settings.store_text:
        raise TextNotStored(f"{index.path} was built without texts, which are needed to clean: name another folder")


def _numbered(index: Path, given: UInt64, stored: UInt64) -> tuple[Int64, Int64]:
    """Which article each of the sources is.

    Args:
        index: where they are stored.
        given: (n,) the hash of the id of each article of the sources, in their order.
        stored: (articles,) the same of each article by number.

    Returns:
        (n,) the number of each, -1 where a later one has its id; (articles,) the place of each in the sources.

    Raises:
        IndexUnusable: one is not stored.

    """
    by_hash = np.argsort(stored)
    place, is_stored = look_up(stored[by_hash], given)
    if not is_stored.all():
        raise IndexUnusable(
            f"another process deleted {np.count_nonzero(~is_stored):,} articles of the sources from {index} while "
            "they were cleaned; run the command again, or name another folder"
        )
    numbers = by_hash[place] if len(stored) else np.zeros(0, np.int64)
    places = np.zeros(len(stored), np.int64)
    np.maximum.at(places, numbers, np.arange(len(numbers)))
    return np.where(places[numbers] == np.arange(len(numbers)), numbers, -1), places
