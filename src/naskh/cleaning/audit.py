"""The account of a cleaning: one record for each thing that is not in the output, and the sums of them."""

from __future__ import annotations

from typing import Literal

import msgspec
import pyarrow as pa

from naskh.article import CharRange, ParagraphRange, Relation, Span

Kind = Literal["article", "repeat", "boilerplate", "replaced", "rejected"]


class Removed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One thing that is in the sources and not in the output.

    Attributes:
        kind: a whole "article" that has a copy; a "repeat" inside an article that stays, or a paragraph of
            "boilerplate"; an article "replaced" by a later one of the same id; a line or file "rejected".
        id: of the article; null for a rejected line without one.
        characters: how many are gone with it, in code points; 0 for a rejected line, whose text is not known.
        relation: that of an article to the one that stays in its place, which is `kept`; `containment` is the share
            of the removed article's shingles that this has, `containment_in_kept` the other way round.
        kept: the id of the article that stays; of one that was replaced, its own, which the later one has.
        similarity: of a repeat, its Jaccard with that which it repeats, which stands at `first`.
        articles: of boilerplate, how many articles had the paragraph when it was found to be that.
        paragraphs: of a repeat or boilerplate, where it stood in the text as given, as `chars`.
        reason: why a line was rejected.

    """

    kind: Kind
    id: str | None
    outlet: str | None = None
    date: str | None = None
    characters: int
    relation: Relation | None = None
    containment: float | None = None
    containment_in_kept: float | None = None
    jaccard: float | None = None
    kept: str | None = None
    similarity: float | None = None
    articles: int | None = None
    paragraphs: ParagraphRange | None = None
    chars: CharRange | None = None
    first: Span | None = None
    reason: str | None = None


_RANGE = pa.list_(pa.int64())
#: The columns of `Removed` in Parquet.
SCHEMA = pa.schema(
    [
        ("kind", pa.string()), ("id", pa.string()), ("outlet", pa.string()), ("date", pa.string()),
        ("characters", pa.int64()), ("relation", pa.string()), ("containment", pa.float64()),
        ("containment_in_kept", pa.float64()), ("jaccard", pa.float64()), ("kept", pa.string()),
        ("similarity", pa.float64()), ("articles", pa.int64()), ("paragraphs", _RANGE), ("chars", _RANGE),
        ("first", pa.struct([("paragraphs", _RANGE), ("chars", _RANGE)])), ("reason", pa.string()),
    ]
)  # fmt: skip


class CharactersRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """Code points that are not in the output, by what they went with."""

    article: int
    replaced: int
    repeat: int
    boilerplate: int


class CleanReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the sources.

    ``articles_in = kept + removed + replaced + rejected``, and
    ``characters_in = characters_out + the sum of characters_removed``; of rejected lines no characters are counted.

    Attributes:
        articles_in: articles, and lines and files that gave none.
        kept: articles in the output.
        removed: articles that have a copy in the output.
        replaced: articles whose id a later one has.
        rejected: lines and files that gave no article.
        half_lost: of those removed, the ones of more than twice the words of the article that stays in their
            place: round-ups and long reports of which this is a part, and which have more to say.
        changed: articles in the output whose text is another than given.
        repeats: repeats taken out of these.
        boilerplate: paragraphs of boilerplate taken out of these.
        characters_in: code points of the texts of all articles.
        characters_out: those in the output.
        characters_removed: the others.
        passes: how many times the relations of articles were weighed, the first time on all of them.
        unreadable_dates: articles whose date could not be read and is taken to be unknown.
        passed_over: records of web archives that hold no article, by kind; nothing else counts them.

    """

    articles_in: int
    kept: int
    removed: int
    replaced: int
    rejected: int
    half_lost: int
    changed: int
    repeats: int
    boilerplate: int
    characters_in: int
    characters_out: int
    characters_removed: CharactersRemoved
    passes: int
    unreadable_dates: int
    passed_over: dict[str, int]
