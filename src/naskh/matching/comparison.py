"""All articles of an index compared with each other, once; pairs and families are two views of that."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from naskh.article import Family, OutletText
from naskh.index.snapshot import Snapshot
from naskh.matching.corpus import Corpus
from naskh.matching.families import families_of
from naskh.matching.measures import MIN_JACCARD
from naskh.matching.pair_candidates import Progress
from naskh.matching.pairs import ARTICLE_SCHEMA, related_articles, tabulate

#: Pairs of which neither article has so much of the other are not looked at: a copy has more than half of the
#: shorter article's words, which is still a quarter of its shingles when every fifth word differs. No pair at so
#: large a Jaccard is left out by it.
MIN_CONTAINMENT = 0.25


class Comparison:
    """All pairs of articles of which either has `MIN_CONTAINMENT` of the other, in one state of an index.

    Args:
        snapshot: that state; what is written to the index afterwards is not in the comparison.
        workers: threads.
        progress: called with the share of the work that is done, 0 to 1.

    Attributes:
        corpus: all articles.
        related: the pairs.

    """

    def __init__(self, snapshot: Snapshot, *, workers: int = 1, progress: Progress = lambda _: None) -> None:
        self._workers = workers
        self.corpus = Corpus(snapshot, workers=workers)
        self.related = related_articles(
            self.corpus, min_jaccard=1.0, min_containment=MIN_CONTAINMENT, workers=workers, progress=progress
        )

    def families(self) -> list[Family]:
        """All families of two articles and more, the largest first.

        They depend on the articles alone: not on the order in which they came, nor on `workers`.
        """
        return families_of(self.corpus, self.related, workers=self._workers)

    def originality(self) -> list[OutletText]:
        """How much of each outlet's text is its own, the outlets with most articles first.

        What two articles share counts if either has `MIN_CONTAINMENT` of the other.
        """
        from naskh.matching.originality import originality

        return originality(self.corpus, self.related, workers=self._workers)

    def pairs(self, *, min_jaccard: float = MIN_JACCARD, min_containment: float | None = None) -> pa.Table:
        """As `iter_pairs`, in one Arrow table."""
        batches = self.iter_pairs(min_jaccard=min_jaccard, min_containment=min_containment)
        return pa.Table.from_batches(batches, schema=ARTICLE_SCHEMA)

    def iter_pairs(
        self, *, min_jaccard: float = MIN_JACCARD, min_containment: float | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The pairs of articles that `Index.iter_pairs` gives at these thresholds.

        Args:
            min_jaccard: `MIN_CONTAINMENT` to 1.
            min_containment: also pairs of which either has this share of the other, `MIN_CONTAINMENT` to 1.

        Raises:
            ValueError: a threshold is lower: such pairs were not looked at.

        """
        for least in (min_jaccard, min_containment):
            if least is not None and not MIN_CONTAINMENT <= least <= 1.0:
                raise ValueError(f"pairs of a comparison are at {MIN_CONTAINMENT} and above, up to 1: not {least}")
        return tabulate(self.corpus, self.related, min_jaccard, min_containment)
