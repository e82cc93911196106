"""How well naskh agrees with an editor: all measurements of matching in one run.

usage: python -m benchmarks.matching [--input FILE] [--index FOLDER] [--articles 150] [--write]

Recall of disguised copies, false alarms between two weeks, labelled pairs, families in any order and on any number
of threads, paragraph pairs and repeats inside articles against the exact join. Each part can be run alone (see
benchmarks/README.md); with --write the tables go to docs/matching.md.
"""

from __future__ import annotations

import argparse
import datetime
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import block_recall, disguised, false_alarms, labels, recall
from benchmarks.corpus import DEFAULT_INPUT, DEFAULT_TRUTH, ROOT, read_articles, require
from benchmarks.disguise import KINDS
from benchmarks.indexed import open_index
from benchmarks.measure import machine, table
from naskh import Article, Family, Index
from naskh.sources import Reader

REPORT = ROOT / "docs" / "matching.md"
SHUFFLES = 5
THREADS = (1, 2, 4)
#: Articles added at a time when the order is shuffled, so that segments differ too.
BATCH = 9_000


def disguises(index: Index, corpus: Path, count: int) -> str:
    """The table of disguised copies."""
    articles = [(name, text) for name, text in read_articles(corpus) if len(text.split()) >= disguised.MIN_WORDS]
    outcomes = list(disguised.try_all(index, articles, list(KINDS), count, 1))
    return (
        f"{count} articles a kind where so many suit, of {len(articles):,} of {disguised.MIN_WORDS} words and "
        "more; each disguised text is a query without a date, against the whole corpus.\n\n"
        + disguised.results_table(outcomes)
    )


def alarms(articles: list[Article]) -> str:
    """The table of false alarms between the first and the last week."""
    first, last = false_alarms.two_weeks(articles, 7)
    queries = disguised.evenly(first, 2_000)
    with tempfile.TemporaryDirectory(prefix="naskh-matching-") as folder:
        index = Index(Path(folder) / "index")
        index.add(last)
        flagged = list(false_alarms.flag(index, queries))
    verdicts = false_alarms.read_verdicts(false_alarms.RERUNS)
    return (
        f"{len(queries):,} of the {len(first):,} articles of the first week, queries to an index of the "
        f"{len(last):,} of the last.\n\n" + false_alarms.results_table(len(queries), flagged, verdicts)
    )


def stable_families(articles: list[Article], index: Index) -> str:
    """Whether families are the same in any order of arrival and on any number of threads."""
    plain = index.families(workers=1)
    same = [index.families(workers=workers) == plain for workers in THREADS]
    shuffled = []
    for seed in range(SHUFFLES):
        order = random.Random(seed).sample(articles, len(articles))  # noqa: S311 - an order, no secret
        with tempfile.TemporaryDirectory(prefix="naskh-matching-") as folder:
            other = Index(Path(folder) / "index")
            for start in range(0, len(order), BATCH):
                other.add(order[start : start + BATCH])
            shuffled.append(other.families() == plain)
    rows = [
        (f"on {', '.join(map(str, THREADS))} threads", f"{sum(same)} of {len(same)}"),
        ("indexed in shuffled order, in batches", f"{sum(shuffled)} of {len(shuffled)}"),
    ]
    return table(("families", "the same"), rows) + "\n\n" + family_figures(plain)


def family_figures(families: list[Family]) -> str:
    """How many there are, and how large."""
    roles = [article.role for family in families for article in family.articles]
    syndicated = sum(family.kind == "syndication" for family in families)
    largest = families[0]
    shares = ", ".join(f"{roles.count(role):,} {role}" for role in ("origin", "copy", "unknown"))
    return (
        f"{len(families):,} families of {len(roles):,} articles ({shares}); {syndicated:,} are carried by two "
        f"outlets and more. The largest has {len(largest.articles)} articles of {largest.outlets} outlets around "
        f"{largest.representative}."
    )


def paragraph_recall(index: Index, corpus: Path, truth_path: Path) -> str:
    """The table of paragraph pairs against the exact join."""
    found = recall.find_pairs(index.path)
    return recall.recall_table(recall.read_pairs(truth_path), found, dict(read_articles(corpus)))


def timed(title: str, part: Callable[[], str]) -> str:
    """A section of the report."""
    print(title, "...", end=" ", file=sys.stderr, flush=True)
    started = time.perf_counter()
    content = part()
    seconds = time.perf_counter() - started
    print(f"{seconds:.0f} s", file=sys.stderr)
    return f"## {title}\n\n{content}\n\n({seconds:.0f} s)\n"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, default=DEFAULT_INPUT)
    parser.add_argument("--truth", type=Path, default=DEFAULT_TRUTH)
    parser.add_argument("--index", type=Path, help="an index of the corpus; by default one is made and removed")
    parser.add_argument("--articles", type=int, default=150, help="disguised copies of each kind")
    parser.add_argument("--write", action="store_true", help="write the tables to docs/matching.md")
    options = parser.parse_args()
    corpus = require(options.input, "the corpus")
    truth = require(options.truth, "the exact join")
    articles = list(Reader([corpus]))
    with open_index(options.index, corpus) as index:
        sections = [
            timed("Disguised copies", lambda: disguises(index, corpus, options.articles)),
            timed("False alarms", lambda: alarms(articles)),
            timed("Labelled pairs", lambda: labels.results(index, labels.LABELS)),
            timed("Families", lambda: stable_families(articles, index)),
            timed("Paragraph pairs", lambda: paragraph_recall(index, corpus, truth)),
            timed("Repeats inside an article", lambda: block_recall.block_table(corpus, truth)),
        ]
    now = datetime.datetime.now(datetime.UTC)
    head = (
        "# How well naskh agrees with an editor\n\nWritten by `python -m benchmarks.matching --write`; do not "
        "edit. How to read it:\n[benchmarks/README.md](../benchmarks/README.md).\n\n"
        f"- {now:%Y-%m-%d %H:%M} UTC\n- Corpus: `{corpus.name}`, {len(articles):,} articles with text\n"
        f"{machine()}\n"
    )
    report = head + "\n" + "\n".join(sections)
    print(report)
    if options.write:
        REPORT.write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
