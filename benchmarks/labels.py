"""Relations against an editor's labels: confusion, accuracy, and syndicated or not.

usage: python -m benchmarks.labels [--index FOLDER] [--labels FILE] [--wrong]

The labels are benchmarks/labels.jsonl, see labels-guide.md. For each pair the first article queries an index of the
whole corpus, and the second should come back with the relation that two readers gave. A pair that naskh does not
report shares less than the floor; the guide calls such a pair formula if stock words are all that is shared (a
dateline, an outlet's own lines, a title), and none otherwise, and so does this benchmark.

The limits of the rules were chosen on the half of the pairs marked "tune" and on the shared development set, if it
is there; the half marked "report" is what counts. Below, the same question (copy or partial, or not) is put to
whole-article Jaccard and containment at their best threshold on the first half.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpus import DEFAULT_INPUT, ROOT, require
from benchmarks.indexed import open_index
from benchmarks.measure import table
from naskh import Index, Match
from naskh.matching.sharing import is_above_floor
from naskh.text.datelines import find_dateline

LABELS = Path(__file__).with_name("labels.jsonl")
DEVELOPMENT = ROOT / ".." / "shared" / "data" / "labels-dev.jsonl"
NAMES = ("copy", "partial", "quote", "formula", "none")
SYNDICATED = ("copy", "partial")
#: Shared words in a row, below the floor of a query, that are a title or another formula: no turn of phrase.
STOCK_WORDS = 7
THRESHOLDS = [n / 100 for n in range(5, 100, 5)]


class Labelled(NamedTuple):
    """A pair: its articles, the readers' label, what naskh says, and two plain measures."""

    first: str
    second: str
    label: str
    given: str
    jaccard: float
    containment: float


def read_labels(path: Path, half: str) -> list[tuple[str, str, str]]:
    """The pairs of one half that both readers agree on."""
    pairs = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(p["a"], p["b"], p["label"]) for p in pairs if p.get("half", "tune") == half and p["label"]]


def judge(index: Index, first: str, second: str, label: str) -> Labelled:
    """What naskh says of a pair."""
    match = index.compare(first, second)
    if match is None:
        return Labelled(first, second, label, below_floor(index, first, second), 0.0, 0.0)
    most = max(match.containment, match.containment_in_match)
    return Labelled(first, second, label, given(index, match, first, second), match.jaccard, most)


def given(index: Index, match: Match, first: str, second: str) -> str:
    """The relation of a match above the floor of a query; below it, formula or none."""
    evidence = match.evidence
    assert evidence is not None  # noqa: S101 - compare always explains
    if is_above_floor(evidence.shared, evidence.containment):
        return match.relation
    if evidence.longest >= STOCK_WORDS or evidence.boilerplate:
        return "formula"
    return below_floor(index, first, second)


def below_floor(index: Index, first: str, second: str) -> str:
    """The label of a pair that shares a dateline or nothing."""
    return "formula" if all(find_dateline(index.get(article).text) for article in (first, second)) else "none"


def confusion(pairs: Sequence[Labelled]) -> str:
    """Rows are the readers' labels, columns what naskh gives."""
    counted = Counter((pair.label, pair.given) for pair in pairs)
    rows = [(name, *(str(counted[name, other]) for other in NAMES)) for name in NAMES]
    return table(("label \\ naskh", *NAMES), rows)


class Scores(NamedTuple):
    """How well syndicated pairs (copy or partial) are told from others."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def scores(pairs: Iterable[Labelled], syndicated: Callable[[Labelled], bool]) -> Scores:
    """Precision and recall of a way to tell."""
    told = Counter((pair.label in SYNDICATED, syndicated(pair)) for pair in pairs)
    right = told[True, True]
    return Scores(right / max(right + told[False, True], 1), right / max(right + told[True, False], 1))


def by_threshold(tune: Sequence[Labelled], measure: Callable[[Labelled], float]) -> float:
    """The threshold of a measure with the best F1."""
    return max(THRESHOLDS, key=lambda least: scores(tune, lambda pair: measure(pair) >= least).f1)


def score_rows(tune: Sequence[Labelled], report: Sequence[Labelled]) -> list[tuple[str, ...]]:
    """A row for each way to tell syndicated pairs from others."""
    jaccard = by_threshold(tune, lambda pair: pair.jaccard)
    containment = by_threshold(tune, lambda pair: pair.containment)
    ways: list[tuple[str, Callable[[Labelled], bool]]] = [
        ("naskh: copy or partial", lambda pair: pair.given in SYNDICATED),
        (f"containment >= {containment}", lambda pair: pair.containment >= containment),
        (f"Jaccard >= {jaccard}", lambda pair: pair.jaccard >= jaccard),
        ("Jaccard >= 0.5", lambda pair: pair.jaccard >= 0.5),
    ]
    rows = []
    for name, way in ways:
        ours, theirs = scores(tune, way), scores(report, way)
        rows.append((name, f"{ours.f1:.3f}", f"{theirs.f1:.3f}", f"{theirs.precision:.3f}", f"{theirs.recall:.3f}"))
    return rows


def results(index: Index, labels: Path, *, wrong: bool = False) -> str:
    """The tables of both halves, in Markdown."""
    known = read_labels(labels, "tune") + (read_labels(DEVELOPMENT, "tune") if DEVELOPMENT.is_file() else [])
    tune = [judge(index, *pair) for pair in known]
    report = [judge(index, *pair) for pair in read_labels(labels, "report")]
    parts = []
    for name, pairs in (("Reported half", report), ("Half that the limits were chosen on", tune)):
        accuracy = sum(pair.label == pair.given for pair in pairs) / len(pairs)
        parts.append(f"{name}: {len(pairs)} pairs, five-way accuracy {accuracy:.3f}\n\n{confusion(pairs)}")
    head = ("copy or partial, against not", "F1, chosen on", "F1, reported", "precision", "recall")
    parts.append(table(head, score_rows(tune, report)))
    if wrong:
        lines = (f"{p.first} {p.second}: {p.label}, naskh {p.given}" for p in report + tune if p.label != p.given)
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, default=DEFAULT_INPUT, help="the corpus that is in the index")
    parser.add_argument("--index", type=Path, help="an index of the corpus; by default one is made and removed")
    parser.add_argument("--labels", type=Path, default=LABELS)
    parser.add_argument("--wrong", action="store_true", help="list the pairs that are told otherwise")
    options = parser.parse_args()
    with open_index(options.index, require(options.input, "the corpus")) as index:
        print(results(index, options.labels, wrong=options.wrong))


if __name__ == "__main__":
    main()
