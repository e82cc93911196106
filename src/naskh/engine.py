"""`Index`: everything that can be done with an index. The command line is a thin layer over it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from naskh.article import Article, ArticleList, Evaluation, Family, Level, Match, QueryResult, SideBySide, Stats
from naskh.errors import TextNotStored, UnknownArticle
from naskh.index.snapshot import Place, Snapshot
from naskh.matching.measures import (
    EVALUATION_BORDERLINE,
    EVALUATION_FLOOR,
    EVALUATION_SAMPLE,
    MIN_JACCARD,
    check_containment,
)
from naskh.matching.query import compare, query
from naskh.matching.sharing import MIN_CONTAINMENT
from naskh.opened import COMPILED_FROM, Opened
from naskh.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa
    from datasketch import MinHash

    from naskh.columns import Frame
    from naskh.index.compaction import CompactReport
    from naskh.index.writer import AddReport
    from naskh.matching.comparison import Comparison
    from naskh.matching.many import Form

Given = TypeVar("Given")


class Index:
    """An index of articles in a folder.

    Any number of processes may read it while one writes, and any number of threads may share one `Index`; each
    call answers from the last committed state. The folder is made by the first `add`.

    Args:
        path: the folder.
        settings: for a new index, how to build it; an existing one must have been built under the same.

    Examples:
        >>> index = Index("news.naskh")
        >>> index.add([Article(id="a", text="...")])
        >>> index.query("...").matches

    """

    def __init__(self, path: str | os.PathLike[str], settings: Settings | None = None) -> None:
        self.path = Path(path)
        self._wanted = settings
        self._opened = Opened(self.path, settings)

    def __repr__(self) -> str:
        return f"Index({str(self.path)!r})"

    def __len__(self) -> int:
        return self.snapshot.articles

    def __contains__(self, article_id: str) -> bool:
        return self.snapshot.find(article_id) is not None

    @property
    def snapshot(self) -> Snapshot:
        """The last committed state.

        Raises:
            IndexUnusable: see `naskh.errors`.

        """
        return self._opened.snapshot

    def add(
        self,
        articles: Iterable[Article | pa.RecordBatch] | Frame,
        *,
        fields: Mapping[str, str] | None = None,
        workers: int | None = None,
        on_commit: Callable[[AddReport], None] | None = None,
    ) -> AddReport:
        """Add articles; one whose id is stored replaces it, unless nothing in it changed.

        Articles are committed some thousands at a time, and a bounded number is held in memory.

        Args:
            articles: any iterable; it is read once. Arrow record batches of the columns of `naskh.columns.ARTICLES`
                are taken as they are. Or a table of any program that gives Arrow (``__arrow_c_stream__``): a pandas
                or Polars frame, a pyarrow table, a DuckDB relation. Its columns `id` and `text` are needed, others
                are left aside; see docs/sources.md for their types. Texts are not copied, unless the table keeps
                them as views.
            fields: columns of a table that have other names, as {"text": "content"}.
            workers: threads that sketch; all cores by default.
            on_commit: called with the report so far, all of which is durable.

        Raises:
            ValueError: an article has an empty id or is not valid Unicode; a table has not the columns, or a null
                among its ids or texts.
            SettingsMismatch: the index has other settings than asked for.
            IndexLocked: another process writes.

        """
        from naskh.columns import given_batches
        from naskh.index.writer import IndexWriter, create_index

        batches = given_batches(articles, fields)
        create_index(self.path, self._wanted)
        with IndexWriter(self.path, workers=_workers(workers), on_commit=on_commit) as writer:
            for batch in batches:
                writer.add(batch)
        return writer.report

    def delete(self, ids: Iterable[str]) -> list[str]:
        """Delete articles in one commit; returns the ids that were not there."""
        if isinstance(ids, str):
            raise TypeError("ids is a list of ids, not one id")
        from naskh.index.writer import IndexWriter

        self.snapshot  # an index must exist  # noqa: B018
        with IndexWriter(self.path) as writer:
            return writer.delete(ids)

    def compact(
        self,
        *,
        everything: bool = False,
        workers: int | None = None,
        progress: Callable[[float], None] = lambda _: None,
    ) -> CompactReport:
        """Free the space of deleted articles and merge small segments; what the index answers stays the same.

        `add` merges by itself whenever segments become many; deleted articles keep their space until they are a
        quarter of a segment, or until this.

        Args:
            everything: make one segment of all.
            workers: threads that make files; all cores by default.
            progress: called with the share of the work that is done, 0 to 1.

        Raises:
            IndexUnusable: see `naskh.errors`.

        """
        from naskh.index.writer import IndexWriter

        self.snapshot  # an index must exist  # noqa: B018
        with IndexWriter(self.path, workers=_workers(workers)) as writer:
            return writer.compact(everything=everything, progress=progress)

    def get(self, article_id: str) -> Article:
        """A stored article, with its text ("" where texts are not stored).

        Raises:
            UnknownArticle: there is none of this id.

        """
        snapshot = self.snapshot
        return snapshot.article(self._place(snapshot, article_id), with_text=True)

    def _place(self, snapshot: Snapshot, article_id: str) -> Place:
        place = snapshot.find(article_id)
        if place is None:
            raise UnknownArticle(f"{self.path} has no article {article_id!r}")
        return place

    def search(
        self,
        *,
        outlet: str | None = None,
        date_from: str | None = None,
        date_to: str | None = None,
        title: str | None = None,
        page: int = 1,
        size: int = 50,
    ) -> ArticleList:
        """The stored articles that meet all of these conditions, newest first, one page of them.

        Args:
            outlet: its name, as it was given.
            date_from: the first day, ISO 8601.
            date_to: the last day, included.
            title: words that stand in the title, in any order and spelling (see `naskh.normalize`), be it as a
                part of a word.
            page: from 1.
            size: articles on a page; `page * size` is at most 10,000.

        Raises:
            ValueError: a date is none; the page is out of range.

        """
        from naskh.matching.search import Wanted, search

        wanted = Wanted(outlet=outlet, date_from=date_from, date_to=date_to, title=title)
        return search(self._opened.engine(0).stored, wanted, page=page, size=size)

    def heads(self, ids: Iterable[str]) -> dict[str, Article]:
        """The stored articles of these ids, their texts left out; ids that are not stored are not in it."""
        from naskh.matching.search import heads

        return heads(self._opened.engine(0).stored, ids)

    def warm_up(self) -> None:
        """Load now what many queries need, rather than at the `COMPILED_FROM`-th."""
        self._opened.engine(COMPILED_FROM)

    def query(
        self, article: Article | str, *, min_containment: float = MIN_CONTAINMENT, explain: bool = False
    ) -> QueryResult:
        """The stored articles that share text with this one, best first; its own id is left out.

        Args:
            article: an article, or just a text. With its date, shared text is told better from formulas.
            min_containment: see `naskh.matching.query.query`.
            explain: give each match its `reason` and `evidence`.

        """
        check_containment(min_containment)
        if isinstance(article, str):
            article = Article(id="", text=article)
        engine = self._opened.engine(1)
        return query(engine, engine.subject(article), min_containment=min_containment, explain=explain)

    def query_many(
        self,
        articles: Iterable[Article] | Frame,
        *,
        fields: Mapping[str, str] | None = None,
        min_containment: float = MIN_CONTAINMENT,
        explain: bool = False,
        workers: int | None = None,
        at_once: bool = False,
    ) -> Iterator[tuple[Article, QueryResult]]:
        """As `query`, for many articles: each with its result, in their order, a bounded number held in memory.

        Those that are answered at once, some dozens to some thousands, are answered from one committed state.

        Args:
            articles: any iterable, which is read once, or a table; see `add`.
            fields: see `add`.
            min_containment: see `naskh.matching.query.query`.
            explain: give each match its `reason` and `evidence`.
            workers: threads; all cores by default. The results are the same for any number.
            at_once: answer each article before the next is read, for those that come slowly; by one thread.

        """
        from naskh.matching.many import Objects

        return self._answers(articles, fields, Objects(), min_containment, explain, workers, at_once)

    def query_json(
        self,
        articles: Iterable[Article] | Frame,
        *,
        fields: Mapping[str, str] | None = None,
        min_containment: float = MIN_CONTAINMENT,
        explain: bool = False,
        workers: int | None = None,
        at_once: bool = False,
    ) -> Iterator[bytes]:
        """As `query_many`, but the results as JSON lines, in pieces of any number of whole lines.

        For results that are stored or sent: it is faster than to make objects of them, and encode these.
        """
        from naskh.matching.many import Lines

        return self._answers(articles, fields, Lines(), min_containment, explain, workers, at_once)

    def _answers(
        self,
        articles: Iterable[Article] | Frame,
        fields: Mapping[str, str] | None,
        form: Form[Given],
        min_containment: float,
        explain: bool,
        workers: int | None,
        at_once: bool,
    ) -> Iterator[Given]:
        from naskh.columns import given_articles
        from naskh.matching.many import CHUNK, Engines, query_many

        check_containment(min_containment)
        return query_many(
            given_articles(articles, fields),
            Engines(self._opened.engine, self._opened.bulk_engine),
            form,
            min_containment=min_containment,
            explain=explain,
            workers=_workers(workers),
            chunk=1 if at_once else CHUNK,
        )

    def query_id(
        self, article_id: str, *, min_containment: float = MIN_CONTAINMENT, explain: bool = False
    ) -> QueryResult:
        """As `query`, for an article that is stored.

        Raises:
            UnknownArticle: there is none of this id.
            TextNotStored: the index keeps no texts.

        """
        check_containment(min_containment)
        engine = self._opened.engine(1)
        subject = engine.subject(self._with_text(engine.stored.snapshot, article_id))
        return query(engine, subject, min_containment=min_containment, explain=explain)

    def compare(self, first: Article | str, second: str) -> Match | None:
        """How an article relates to a stored one, with reason and evidence, however little they share.

        Args:
            first: an article, or the id of a stored one.
            second: the id of a stored article.

        Returns:
            the stored article as a match; None where the two share nothing but a dateline.

        Raises:
            UnknownArticle: there is none of this id.
            TextNotStored: `first` is an id, and the index keeps no texts.

        """
        return self.side_by_side(first, second).match

    def side_by_side(self, first: Article | str, second: str) -> SideBySide:
        """As `compare`, with both articles and their texts, of the state that was asked."""
        engine = self._opened.engine(1)
        snapshot = engine.stored.snapshot
        article = self._with_text(snapshot, first) if isinstance(first, str) else first
        place = self._place(snapshot, second)
        return SideBySide(article, snapshot.article(place, with_text=True), compare(engine, article, place))

    def _with_text(self, snapshot: Snapshot, article_id: str) -> Article:
        """A stored article; of the state that it is held against, else the answer would be that of no state."""
        place = self._place(snapshot, article_id)
        if not snapshot.manifest.settings.store_text:
            raise TextNotStored(f"{self.path} was built without texts: query with the article itself")
        return snapshot.article(place, with_text=True)

    def pairs(
        self,
        level: Level = "article",
        *,
        min_jaccard: float = MIN_JACCARD,
        min_containment: float | None = None,
        workers: int | None = None,
        progress: Callable[[float], None] = lambda _: None,
    ) -> pa.Table:
        """All duplicate pairs, as `iter_pairs` gives them, in one Arrow table."""
        import pyarrow as pa

        batches = self.iter_pairs(
            level, min_jaccard=min_jaccard, min_containment=min_containment, workers=workers, progress=progress
        )
        return pa.Table.from_batches(batches, schema=pairs_schema(level))

    def iter_pairs(
        self,
        level: Level = "article",
        *,
        min_jaccard: float = MIN_JACCARD,
        min_containment: float | None = None,
        workers: int | None = None,
        progress: Callable[[float], None] = lambda _: None,
    ) -> Iterator[pa.RecordBatch]:
        """All duplicate pairs of articles or of paragraphs, sorted, with their exact Jaccard.

        Args:
            level: "article" or "paragraph" (pairs inside one article included).
            min_jaccard: in (0, 1]; the bands are chosen for pairs at 0.5 and above, see `Stats`.
            min_containment: articles only: also pairs of which either has this share of the other.
            workers: threads; all cores by default.
            progress: called with the share of the work that is done, 0 to 1.

        """
        from naskh.matching.pairs import article_pairs, paragraph_pairs

        _check_level(level)
        if min_containment is not None and (level == "paragraph" or not 0.0 < min_containment <= 1.0):
            raise ValueError("min_containment is for articles, and must be above 0 and at most 1")
        if not 0.0 < min_jaccard <= 1.0:
            raise ValueError(f"min_jaccard must be above 0 and at most 1, not {min_jaccard}")
        if level == "paragraph":
            return paragraph_pairs(
                self.snapshot, min_jaccard=min_jaccard, workers=_workers(workers), progress=progress
            )
        return article_pairs(
            self.snapshot,
            min_jaccard=min_jaccard,
            min_containment=min_containment,
            workers=_workers(workers),
            progress=progress,
        )

    def families(
        self, *, workers: int | None = None, progress: Callable[[float], None] = lambda _: None
    ) -> list[Family]:
        """Who carried which story: copies around a representative, the largest family first.

        Args:
            workers: threads; all cores by default. The result is the same for any number.
            progress: called with the share of the work that is done, 0 to 1.

        """
        return self.compare_all(workers=workers, progress=progress).families()

    def compare_all(
        self, *, workers: int | None = None, progress: Callable[[float], None] = lambda _: None
    ) -> Comparison:
        """Compare all articles once, for their pairs and their families both.

        Args:
            workers: threads; all cores by default. The result is the same for any number.
            progress: called with the share of the work that is done, 0 to 1.

        """
        from naskh.matching.comparison import Comparison

        return Comparison(self.snapshot, workers=_workers(workers), progress=progress)

    def evaluate(
        self,
        *,
        sample: int = EVALUATION_SAMPLE,
        seed: int = 0,
        floor: float = EVALUATION_FLOOR,
        borderline: int = EVALUATION_BORDERLINE,
        progress: Callable[[float], None] = lambda _: None,
    ) -> Evaluation:
        """Recall and precision of paragraph pairs on a sample of the index, against an exact join.

        All paragraphs of the sampled articles are compared with all of the index. The result also has the recall
        that the bands promise, and some pairs just below and above each threshold, so as to choose one:
        `pairs` takes any, and nothing need be indexed again.

        Args:
            sample: so many articles; which ones depends on nothing but the ids and the seed.
            seed: for another sample, 0 to 2**32 - 1.
            floor: pairs below this Jaccard are not looked for, in (0, 1].
            borderline: so many pairs to look at from each range of Jaccards.
            progress: called with the share of the work that is done, 0 to 1.

        """
        from naskh.matching.evaluate import evaluate

        if sample < 1 or borderline < 0 or not 0 <= seed < 2**32:
            raise ValueError("sample must be at least 1, borderline at least 0, and seed in 0 to 2**32 - 1")
        if not 0.0 < floor <= 1.0:
            raise ValueError(f"floor must be above 0 and at most 1, not {floor}")
        return evaluate(
            self.snapshot, sample=sample, seed=seed, floor=floor, borderline=borderline, progress=progress
        )

    def signatures(self, level: Level = "article") -> pa.Table:
        """All signatures, as `iter_signatures` gives them, in one Arrow table."""
        import pyarrow as pa

        from naskh.index.signatures import iter_signatures, signatures_schema

        snapshot = self.snapshot
        _check_level(level)
        schema = signatures_schema(snapshot.manifest.settings, level)
        return pa.Table.from_batches(iter_signatures(snapshot, level), schema=schema)

    def iter_signatures(self, level: Level = "article") -> Iterator[pa.RecordBatch]:
        """The MinHash signatures of all articles or paragraphs, in the order in which they are stored.

        Columns: `article` (its id), with paragraphs `paragraph` (its number; short ones have no signature),
        `shingles` (how many, repeats included) and `signature`, a list of `num_perm` uint32, value for value that
        of a ``datasketch.MinHash`` of the scheme "affine32". Those of articles leave the dateline out, as their
        Jaccard does.

        Args:
            level: "article" or "paragraph".

        """
        from naskh.index.signatures import iter_signatures

        _check_level(level)
        return iter_signatures(self.snapshot, level)

    def minhashes(self, level: Level = "article") -> Iterator[tuple[str | tuple[str, int], MinHash]]:
        """As `iter_signatures`, as ``datasketch.MinHash`` objects to be compared, merged and indexed there.

        Each comes behind its key: the article's id, or its id and the paragraph's number. Ask an index of them with
        ``naskh.minhash(text, dateline=False)``, which makes the same of a text.

        Args:
            level: "article" or "paragraph".

        """
        from naskh.index.signatures import minhashes

        _check_level(level)
        return minhashes(self.snapshot, level)

    def stats(self) -> Stats:
        """What the index holds."""
        from naskh.index.survey import survey

        return survey(self.snapshot)


def _check_level(level: str) -> None:
    if level not in ("article", "paragraph"):
        raise ValueError(f"level must be 'article' or 'paragraph', not {level!r}")


def _workers(wanted: int | None) -> int:
    return wanted or os.cpu_count() or 1


def pairs_schema(level: Level) -> pa.Schema:
    """The columns of `Index.iter_pairs`."""
    from naskh.matching.pairs import ARTICLE_SCHEMA, PARAGRAPH_SCHEMA

    return PARAGRAPH_SCHEMA if level == "paragraph" else ARTICLE_SCHEMA
