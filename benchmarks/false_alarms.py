"""How often does a query find a copy where there is none? Articles against those of another week.

usage: python -m benchmarks.false_alarms [--input FILE] [--queries 2000] [--days 7] [--show N] [-o FLAGGED.jsonl]

An index is made of the articles of the last `days` days of the corpus, and queried with some of the first `days`
days. News more than a week apart have nothing to do with each other, so a match given as copy or partial is a
false alarm, unless somebody ran the same text again (a column, a recipe, an advertisement). Which it is, a person
tells who has read the pair; benchmarks/reruns.jsonl keeps the verdicts, one JSON object a line, ids only:
``{"query": "...", "match": "...", "verdict": "rerun" | "false", "why": "..."}``.

``--show`` prints flagged pairs that nobody has read yet, the best of each query; ``-o`` writes all of them, read
or not, as JSON lines.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from benchmarks.corpus import DEFAULT_INPUT, evenly, require
from benchmarks.measure import table
from naskh import Article, Index, Match
from naskh.sources import Reader

Verdict = Literal["rerun", "false"]
#: Query and match, by their ids.
PairIds = tuple[str, str]

#: The verdicts of those who read flagged pairs of SaudiNewsNet.
RERUNS = Path(__file__).parent / "reruns.jsonl"
#: Characters of a passage that are shown.
SNIPPET_CHARS = 160


class Flagged(NamedTuple):
    """A match that is given as copy or partial."""

    query: Article
    match: Match
    #: The beginning of the longest passage, in the query and in the match.
    snippets: tuple[str, str]
    #: Of the query and of the match, as blanks part them.
    words: tuple[int, int]

    @property
    def ids(self) -> PairIds:
        """What a verdict is kept under."""
        return self.query.id, self.match.id

    def record(self) -> dict[str, object]:
        """What is written of it: all that a person needs to judge, but the whole texts."""
        query, match = self.query, self.match
        return {
            "query": query.id,
            "match": match.id,
            "relation": match.relation,
            "containment": round(match.containment, 3),
            "containment_in_match": round(match.containment_in_match, 3),
            "query_outlet": query.outlet,
            "query_date": query.date,
            "query_title": query.title,
            "query_words": self.words[0],
            "match_outlet": match.outlet,
            "match_date": match.date,
            "match_title": match.title,
            "match_words": self.words[1],
            "query_snippet": self.snippets[0],
            "match_snippet": self.snippets[1],
        }


# --- the verdicts ------------------------------------------------------------------------------------------------


def read_verdicts(path: Path) -> dict[PairIds, Verdict]:
    """The verdicts by pair; none where there is no file.

    Raises:
        ValueError: a line is no verdict; names the file and the line.

    """
    verdicts: dict[PairIds, Verdict] = {}
    if not path.exists():
        return verdicts
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            read = json.loads(line)
            ids, verdict = (read["query"], read["match"]), read["verdict"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}:{number}: not a verdict: {error}") from error
        if verdict not in get_args(Verdict):
            raise ValueError(f"{path}:{number}: the verdict is 'rerun' or 'false', not {verdict!r}")
        verdicts[ids] = verdict
    return verdicts


def verdict_of_query(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    """What the verdicts on all flagged matches of a query make of it: false if one is, a re-run if all are."""
    given = set(verdicts)
    if "false" in given:
        return "false"
    return None if None in given else "rerun"


# --- the two weeks -----------------------------------------------------------------------------------------------


def two_weeks(articles: Sequence[Article], days: int) -> tuple[list[Article], list[Article]]:
    """The articles of the first and of the last `days` days, by their dates; those without one are left out.

    Raises:
        ValueError: there is fewer than another `days` days between the two, or no date at all.

    """
    dated = [(date.fromisoformat(article.date[:10]), article) for article in articles if article.date]
    if not dated:
        raise ValueError("no article has a date")
    first, last = min(day for day, _ in dated), max(day for day, _ in dated)
    end, start = first + timedelta(days), last - timedelta(days - 1)
    if start - end < timedelta(days):
        raise ValueError(f"{first} to {last} is too short for two stretches of {days} days, as many days apart")
    return [article for day, article in dated if day < end], [article for day, article in dated if day >= start]


def flagged_pair(query: Article, match: Match, stored: Article) -> Flagged:
    """A match with what a person needs to judge it; without a passage, the beginnings of both texts are shown."""
    sides = (query.text, stored.text)
    if match.passages:
        longest = max(match.passages, key=lambda passage: passage.query.chars[1] - passage.query.chars[0])
        sides = (query.text[slice(*longest.query.chars)], stored.text[slice(*longest.match.chars)])
    first, second = (" ".join(side.split())[:SNIPPET_CHARS] for side in sides)
    return Flagged(query, match, (first, second), (len(query.text.split()), len(stored.text.split())))


def flag(index: Index, queries: Sequence[Article]) -> Iterator[Flagged]:
    """The matches given as copy or partial, by query; says on stderr how far it is."""
    for number, query in enumerate(queries, 1):
        for match in index.query(query).matches:
            if match.relation in ("copy", "partial"):
                yield flagged_pair(query, match, index.get(match.id))
        if number % 100 == 0 or number == len(queries):
            print(f"\r{number:,} of {len(queries):,} queries ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


# --- the report --------------------------------------------------------------------------------------------------


def by_query(flagged: Iterable[Flagged]) -> dict[str, list[Flagged]]:
    """The flagged matches of each query that has any, best first."""
    queries: dict[str, list[Flagged]] = {}
    for pair in flagged:
        queries.setdefault(pair.query.id, []).append(pair)
    return queries


def results_table(queries: int, flagged: Sequence[Flagged], verdicts: Mapping[PairIds, Verdict]) -> str:
    """A Markdown table: queries by their best relation, all queries, and pairs."""
    outcomes = [
        (pairs[0].match.relation, verdict_of_query(verdicts.get(pair.ids) for pair in pairs))
        for pairs in by_query(flagged).values()
    ]
    groups: dict[str, list[Verdict | None]] = {
        f"queries, best match {relation}": [verdict for best, verdict in outcomes if best == relation]
        for relation in ("copy", "partial")
    }
    groups["queries"] = [verdict for _, verdict in outcomes]
    groups["pairs"] = [verdicts.get(pair.ids) for pair in flagged]
    rows = []
    for name, given in groups.items():
        counts = Counter(given)
        rate = "" if name == "pairs" else f"{len(given) / queries:.2%}"
        at_most = "" if name == "pairs" else f"{(counts['false'] + counts[None]) / queries:.2%}"
        numbers = (len(given), counts["rerun"], counts["false"], counts[None])
        rows.append((name, *(f"{number:,}" for number in numbers), rate, at_most))
    head = ("", "flagged", "of these re-runs", "false", "not read yet", "flagged, of all", "false at most, of all")
    return table(head, rows)


def pair_lines(pair: Flagged) -> str:
    """A flagged pair, to be read."""
    query, match = pair.query, pair.match
    return f"""\
{query.id} -> {match.id}: {match.relation} {match.containment:.3f} {match.containment_in_match:.3f}
  {query.outlet} {query.date} {pair.words[0]} words: {query.title}
  {match.outlet} {match.date} {pair.words[1]} words: {match.title}
  | {pair.snippets[0]}
  | {pair.snippets[1]}
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, default=DEFAULT_INPUT, help="the corpus; its articles have dates")
    parser.add_argument("--queries", type=int, default=2_000, help="at most, evenly over the first days")
    parser.add_argument("--days", type=int, default=7, help="of either stretch, and at least between them")
    parser.add_argument("--verdicts", type=Path, default=RERUNS)
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N pairs not read yet, one a query")
    parser.add_argument("-o", "--output", type=Path, help="write the flagged pairs to this file, as JSON lines")
    options = parser.parse_args()
    corpus = require(options.input, "the corpus")
    try:
        verdicts = read_verdicts(options.verdicts)
        first, last = two_weeks(list(Reader([corpus])), options.days)
    except ValueError as error:
        parser.error(str(error))
    queries = evenly(first, options.queries)
    with tempfile.TemporaryDirectory(prefix="naskh-false-alarms-") as folder:
        index = Index(Path(folder) / "index")
        index.add(last, workers=1)
        flagged = list(flag(index, queries))
    print(f"`{corpus.name}`: {len(queries):,} of {len(first):,} articles of the first {options.days} days against")
    print(f"{len(last):,} of the last {options.days} days\n")
    print(results_table(len(queries), flagged, verdicts))
    for pairs in list(by_query(pair for pair in flagged if pair.ids not in verdicts).values())[: options.show]:
        print("\n" + pair_lines(pairs[0]), end="")
    if options.output:
        lines = [json.dumps(pair.record(), ensure_ascii=False) + "\n" for pair in flagged]
        options.output.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
