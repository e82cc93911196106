"""Are disguised copies found? Recall of `Index.query` for each kind of disguise.

usage: python -m benchmarks.disguised [--index FOLDER] [--articles 150] [--seed N] [--kind NAME]... [--misses]

Each kind of `benchmarks.disguise` is tried on its own `articles`, taken evenly from all over the corpus among
those of at least 60 words that it suits. The disguise, under a new id, is put to an index of the whole corpus,
and is found if the article that it was made of, the origin, is among the matches: that the corpus holds more
copies of the origin does not count. The second article that some kinds need is one from elsewhere in the corpus;
it is in the index too, so that it takes the first rank before three paragraphs set into it.

- "recall": the origin is given as copy or partial;
- "as expected": given as copy, or as partial where less than half of the words of either article, the origin and
  the disguise, are shared;
- "rank": of the origin, median of those found;
- "covered": the part of the shared text (letters and digits, as naskh folds them) that the passages show, median
  of those found.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

from benchmarks.corpus import DEFAULT_INPUT, evenly, read_articles, require
from benchmarks.disguise import INTO_ANOTHER, KINDS, WORD, Material, suits
from benchmarks.indexed import open_index
from benchmarks.measure import table
from naskh import Article, Index, Match, normalize
from naskh.article import Relation
from naskh.matching.relation import ORDER

#: Words that an article must have: a third of it is still two sentences.
MIN_WORDS = 60
#: Articles of which the words that replace others are taken.
VOCABULARY_ARTICLES = 3_000

Text = tuple[str, str]


class Outcome(NamedTuple):
    """What a query with one disguised article gave; of an origin that was missed, the numbers are 0."""

    kind: str
    origin: str
    expected: Relation
    #: None: the origin was not found.
    relation: Relation | None
    rank: int
    containment: float
    containment_in_match: float
    #: Share of the shared letters and digits, 0 to 1.
    covered: float

    @property
    def recalled(self) -> bool:
        """Given as what an editor would look at."""
        return self.relation in ("copy", "partial")


def letters(text: str) -> int:
    """Letters and digits of a text as naskh folds them."""
    return sum(map(len, normalize(text).split()))


def expected_relation(origin: str, disguised: str, shared_words: int) -> Relation:
    """Copy if at least half of the shorter article is the other's text, else partial."""
    shorter = min(len(origin.split()), len(disguised.split()))
    return "copy" if 2 * shared_words >= shorter else "partial"


def covered_share(match: Match, origin: str, shared_letters: int) -> float:
    """How much of the shared text the passages show, counted in the origin."""
    shown = 0
    end = 0
    for start, stop in sorted(passage.match.chars for passage in match.passages):
        shown += letters(origin[max(start, end) : max(stop, end)])
        end = max(stop, end)
    return min(shown / shared_letters, 1.0)


def try_disguise(index: Index, kind: str, article: Text, material: Material) -> Outcome:
    """Disguise one article, query with it and look for its origin."""
    origin, text = article
    disguised = KINDS[kind](text, material)
    host = material.other if kind in INTO_ANOTHER else ""
    expected = expected_relation(text, disguised, len(disguised.split()) - len(host.split()))
    matches = index.query(Article(id=f"disguised-{origin}", text=disguised)).matches
    rank = next((number for number, match in enumerate(matches, 1) if match.id == origin), 0)
    if not rank:
        return Outcome(kind, origin, expected, None, 0, 0.0, 0.0, 0.0)
    match = matches[rank - 1]
    covered = covered_share(match, text, min(letters(disguised) - letters(host), letters(text)))
    return Outcome(
        kind, origin, expected, match.relation, rank, match.containment, match.containment_in_match, covered
    )


def sample(articles: Sequence[Text], kind: str, count: int) -> Sequence[Text]:
    """The articles that a kind is tried on: other ones for each kind."""
    own = articles[list(KINDS).index(kind) :: len(KINDS)]
    return evenly([article for article in own if suits(kind, article[1])], count)


def vocabulary_of(articles: Sequence[Text]) -> list[str]:
    """The distinct words of articles from all over the corpus, sorted."""
    some = evenly(articles, VOCABULARY_ARTICLES)
    return sorted({word for _, text in some for word in WORD.findall(text)})


def elsewhere(articles: Sequence[Text], place: int, random: Random) -> str:
    """The text of an article a quarter to three quarters of the corpus away, of other days where that is sorted."""
    count = len(articles)
    return articles[(place + random.randint(count // 4, 3 * count // 4)) % count][1]


def try_all(
    index: Index, articles: Sequence[Text], kinds: Sequence[str], count: int, seed: int
) -> Iterator[Outcome]:
    """The outcomes of `count` articles of each kind; says on stderr how far it is."""
    vocabulary = vocabulary_of(articles)
    places = {name: place for place, (name, _) in enumerate(articles)}
    for kind in kinds:
        print(f"{kind} ...", file=sys.stderr)
        for article in sample(articles, kind, count):
            random = Random(f"{seed}/{kind}/{article[0]}")  # noqa: S311  # no secret
            other = elsewhere(articles, places[article[0]], random)
            yield try_disguise(index, kind, article, Material(random, other, vocabulary))


def row(name: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """One row of the table."""
    total = len(outcomes)
    counts = Counter(outcome.relation for outcome in outcomes)
    found = [outcome for outcome in outcomes if outcome.relation is not None]
    recalled = sum(outcome.recalled for outcome in outcomes)
    expected = sum(outcome.relation == outcome.expected for outcome in outcomes)
    return (
        name, f"{total:,}", f"{len(found) / total:.1%}", f"{recalled / total:.1%}", f"{expected / total:.1%}",
        *(f"{counts[relation]:,}" for relation in ORDER), f"{counts[None]:,}",
        f"{median(outcome.rank for outcome in found):g}" if found else "",
        f"{median(outcome.covered for outcome in found):.2f}" if found else "",
    )  # fmt: skip


def results_table(outcomes: Sequence[Outcome]) -> str:
    """A Markdown table: a row for each kind and one for all."""
    head = ("disguise", "articles", "found", "recall", "as expected", *ORDER, "missed", "rank", "covered")
    kinds = dict.fromkeys(outcome.kind for outcome in outcomes)
    rows = [row(kind, [outcome for outcome in outcomes if outcome.kind == kind]) for kind in kinds]
    return table(head, [*rows, row("all", outcomes)])


def miss_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """A line for each origin that was not given as copy or partial."""
    return [
        f"{outcome.kind}\t{outcome.origin}\t{outcome.relation or 'missed'}"
        f"\t{outcome.containment:.3f}\t{outcome.containment_in_match:.3f}"
        for outcome in outcomes
        if not outcome.recalled
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, default=DEFAULT_INPUT, help="the corpus that is in the index")
    parser.add_argument("--index", type=Path, help="an index of the corpus; by default one is made and removed")
    parser.add_argument("--articles", type=int, default=150, help="how many for each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="only this one; may be repeated")
    parser.add_argument("--misses", action="store_true", help="list the origins not given as copy or partial")
    options = parser.parse_args()
    corpus = require(options.input, "the corpus")
    articles = [(name, text) for name, text in read_articles(corpus) if len(text.split()) >= MIN_WORDS]
    with open_index(options.index, corpus) as index:
        tried = try_all(index, articles, options.kind or list(KINDS), options.articles, options.seed)
        outcomes = list(tried)
    print(f"`{corpus.name}`, {len(articles):,} articles of {MIN_WORDS} words and more, seed {options.seed}\n")
    print(results_table(outcomes))
    if options.misses:
        print("\nNot given as copy or partial: kind, origin, relation, containment, containment in the origin\n")
        print("\n".join(miss_lines(outcomes)))


if __name__ == "__main__":
    main()
