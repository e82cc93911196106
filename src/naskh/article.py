"""The nouns: what goes in (`Article`) and what comes out (`Match`, `Block` and their parts).

Each is an immutable msgspec struct, so ``msgspec.json.encode(match)`` is the JSON of the command line's
``--json`` and of the documented contract: the field names and their order are fixed.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from naskh.settings import Settings

Relation = Literal["copy", "partial", "quote", "formula"]
#: What is compared.
Level = Literal["article", "paragraph"]

#: [first, last] paragraph numbers, from 1, both included.
ParagraphRange = tuple[int, int]
#: [start, end) in Python code points of the text as it was given.
CharRange = tuple[int, int]


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """One news article. `id` and `text` are needed; `date` is ISO 8601 where it is known."""

    id: str
    text: str
    outlet: str | None = None
    date: str | None = None
    title: str | None = None
    url: str | None = None


class Span(msgspec.Struct, frozen=True, gc=False):
    """A stretch of one text: the paragraphs that it touches and its characters."""

    paragraphs: ParagraphRange
    chars: CharRange


class Block(msgspec.Struct, frozen=True):
    """A block of text that stands two or more times in one article.

    `occurrences` are in text order and do not overlap; each is whole paragraphs, or a stretch that begins or ends
    inside one, where the text was pasted again with other paragraph breaks. `similarity` is the lowest exact
    Jaccard of an occurrence with the first one; `exact` says that all have the same words after normalisation.
    """

    occurrences: tuple[Span, ...]
    similarity: float
    exact: bool


class ArticleBlocks(msgspec.Struct, frozen=True):
    """The repeated blocks of one article of `paragraphs` paragraphs."""

    id: str
    paragraphs: int
    blocks: tuple[Block, ...]


class Passage(msgspec.Struct, frozen=True, gc=False):
    """A stretch of the query and the stretch of the match that says the same."""

    query: Span
    match: Span
    similarity: float


class Evidence(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The figures behind the relation of two articles; most are about the shorter one.

    `shared` counts distinct shingles that both articles have, datelines left out; `distinctive` is their sum of
    weights, see `naskh.matching.recurrence`; `boilerplate` of them are boilerplate of an outlet. Of the shorter
    article's `words`, `shared_words` stand in shared shingles, the longest run of them `longest`.
    `substitutions` are the places where a few words of the shorter article stand for a few others in the same
    frame; `numbers_kept` and `numbers_changed` count its numbers in shared words and in the short gaps between
    them. `speech` is the share of the shared words that is somebody's speech, the less of both articles'. The
    last three are null where no texts are stored. `days_apart` is null where a date is not known, `same_outlet`
    where an outlet is not.
    """

    shared: int
    distinctive: float
    boilerplate: int
    containment: float
    words: int
    shared_words: int
    longest: int
    substitutions: int
    substituted_words: int
    days_apart: int | None
    same_outlet: bool | None
    numbers_kept: int | None = None
    numbers_changed: int | None = None
    speech: float | None = None


class Match(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One stored article that shares text with the query.

    `containment` is the share of the query's shingles that the match has, `containment_in_match` the other
    way round, `jaccard` of the two shingle sets; all three are exact. `passages` are in the query's order.
    `reason` and `evidence` say why the relation is what it is; they are there when asked for.
    """

    id: str
    outlet: str | None
    date: str | None
    title: str | None
    url: str | None
    relation: Relation
    containment: float
    containment_in_match: float
    jaccard: float
    passages: tuple[Passage, ...]
    reason: str | None = None
    evidence: Evidence | None = None


class SideBySide(msgspec.Struct, frozen=True):
    """Two articles of one state of an index with their texts, and the second as a match of the first.

    `match` is None where they share nothing but a dateline.
    """

    first: Article
    second: Article
    match: Match | None


class QueryResult(msgspec.Struct, frozen=True):
    """The matches of one article, best first."""

    id: str
    matches: tuple[Match, ...]


Role = Literal["origin", "copy", "unknown"]


class FamilyArticle(msgspec.Struct, frozen=True, kw_only=True):
    """One article of a family.

    `role` is unknown where the evidence does not decide. `revises` names the article of the same outlet that it
    is a later version of.
    """

    id: str
    outlet: str | None
    date: str | None
    role: Role
    revises: str | None


class Bridge(msgspec.Struct, frozen=True, kw_only=True):
    """A link to another family: `article` of this family and `other` of that one share text."""

    family: int
    article: str
    other: str
    relation: Relation


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One story and who carried it, by date.

    `outlets` counts the outlets, `first` is the first known date. Every article is a copy of the
    `representative` or has one in it, by the relation of the two; no chain of weaker likenesses holds a family
    together, and what links it to others is listed in `bridges`. `credit` is the agency that its articles
    credit, if any. A family of one outlet alone is of kind "revisions".
    """

    family: int
    articles: tuple[FamilyArticle, ...]
    outlets: int
    first: str | None
    representative: str
    kind: Literal["syndication", "revisions"]
    credit: str | None
    bridges: tuple[Bridge, ...]


class Head(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A stored article without its text."""

    id: str
    outlet: str | None
    date: str | None
    title: str | None
    url: str | None


class ArticleList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the stored articles that a search found, newest first; `total` counts all of them.

    Pages are numbered from 1 and have `size` articles; `generation` is the state of the index that was searched.
    """

    generation: int
    total: int
    page: int
    size: int
    articles: tuple[Head, ...]


class OutletText(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an outlet's text is its own.

    `shingles` counts the distinct shingles of each of its `articles`, datelines left out. `taken` of them also
    stand in an earlier article of another outlet of which theirs is a copy or a partial copy; `unordered` only in
    such articles that are neither known to be earlier nor to be later: of the same day, or without a date. The
    rest is its own, as far as the index knows.
    """

    outlet: str
    articles: int
    shingles: int
    taken: int
    unordered: int

    @property
    def own(self) -> int:
        """The rest."""
        return self.shingles - self.taken - self.unordered


class Stats(msgspec.Struct, frozen=True):
    """What an index holds.

    `outlets` counts its articles ("" for those without one); `first_date` and `last_date` are the bounds of
    the dates that are known; `bytes` is the size on disk by kind of file; `expected_recall` the chance that a
    pair of paragraphs at that Jaccard is found.
    """

    articles: int
    paragraphs: int
    deleted: int
    outlets: dict[str, int]
    first_date: str | None
    last_date: str | None
    segments: int
    generation: int
    bytes: dict[str, int]
    settings: Settings
    expected_recall: dict[str, float]


class ThresholdResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the bands find of the pairs of paragraphs at `threshold` or above.

    `pairs` are those of the exact join, `given` those that bands and verification give, `found` those that are in
    both. `recall` is found / pairs, `precision` found / given; None where there are none. `recall_interval` holds
    the recall of the whole index with a chance of 95% (Wilson; pairs of the same two texts, which are found or
    missed together, do not count as many); `expected_recall` is what the bands promise for pairs of exactly these
    Jaccards. `candidates_per_found` says how many candidates are verified for each pair of different texts that
    is found.
    """

    threshold: float
    pairs: int
    given: int
    found: int
    recall: float | None
    recall_interval: tuple[float, float] | None
    expected_recall: float | None
    precision: float | None
    candidates_per_found: float | None


class BorderlineParagraph(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a borderline pair; `text` is None where texts are not stored."""

    id: str
    outlet: str | None
    date: str | None
    paragraph: int
    text: str | None


class BorderlinePair(msgspec.Struct, frozen=True):
    """A pair of paragraphs to look at: its Jaccard is in `range`, [low, high), just above or below a threshold.

    The last range is 1.0 alone. `found` says whether the bands find it.
    """

    range: tuple[float, float]
    jaccard: float
    found: bool
    a: BorderlineParagraph
    b: BorderlineParagraph


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """Recall and precision of an index, measured on all pairs of a sample of its articles.

    The paragraphs of `sampled` of its `articles` were compared with every one of the index; counted are those
    with enough words for a signature. `candidates` are pairs of different texts that share a band, and
    `expected_recall` the chance that a pair at that Jaccard does.
    """

    articles: int
    sampled: int
    seed: int
    paragraphs: int
    sampled_paragraphs: int
    floor: float
    bands: int
    rows: int
    candidates: int
    thresholds: tuple[ThresholdResult, ...]
    expected_recall: dict[str, float]
    borderline: tuple[BorderlinePair, ...]
