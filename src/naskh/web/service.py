"""What the server does, without HTTP: one object of a process, which its threads share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from naskh.article import Article, ArticleBlocks, ArticleList, Family, QueryResult, SideBySide, Stats
from naskh.engine import Index
from naskh.errors import TextTooLong
from naskh.index.manifest import Manifest
from naskh.index.survey import survey
from naskh.matching.blocks import MIN_SIMILARITY, MIN_WORDS, find_blocks
from naskh.matching.search import Wanted
from naskh.matching.sharing import MIN_CONTAINMENT
from naskh.web.families import Families
from naskh.web.log import LOG

if TYPE_CHECKING:
    from naskh.index.writer import AddReport
    from naskh.report.matrix import Matrix

#: Characters of a text that is queried, checked or added: the longest of SaudiNewsNet has 33,687. A text put
#: together from a thousand stored articles, of this length, takes half a second.
MAX_TEXT = 100_000


class FamilyList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the families that were asked for, the largest first; `total` counts all of them.

    Pages are numbered from 1 and have `size` families; `generation` is the state of the index whose families these
    are, which may be an earlier one than the last.
    """

    generation: int
    total: int
    page: int
    size: int
    families: tuple[Family, ...]


class Service:
    """Answers of an index that may grow meanwhile. Threads may share it, one at a time to write; `close` it.

    Args:
        index: the index.
        max_text: characters that a given text may have.
        workers: threads that compute families.

    """

    def __init__(self, index: Index, *, max_text: int = MAX_TEXT, workers: int = 1) -> None:
        self.index = index
        self.max_text = max_text
        self.found_families = Families(lambda: index.snapshot, workers=workers)
        self._stats: tuple[Manifest, Stats] | None = None
        self._is_started = False

    def start(self) -> None:
        """Load what answers need, and begin with the families; once is enough.

        Raises:
            IndexUnusable: see `naskh.errors`.

        """
        if self._is_started:
            return
        self._is_started = True
        self.index.warm_up()
        try:
            for head in self.search(title="نسخ", size=1).articles or self.search(size=1).articles:
                self.query(Article(id="", text=(head.title or head.id)[: self.max_text], date=head.date))
        except Exception:  # it was to make the first answers quicker: whoever asks for what is wrong is told
            LOG.exception("the index could not be tried before the first answer")
        self.found_families.refresh()

    def close(self) -> None:
        """End the work in the background."""
        self.found_families.close()

    def generation(self) -> int:
        """The number of the last committed state."""
        return self.index.snapshot.manifest.generation

    def stats(self) -> Stats:
        """What the index holds."""
        snapshot = self.index.snapshot
        known = self._stats
        if known is None or known[0] != snapshot.manifest:
            self._stats = known = snapshot.manifest, survey(snapshot)
        return known[1]

    def outlets(self) -> tuple[str, ...]:
        """The outlets that have articles, those with the most first."""
        return tuple(outlet for outlet in self.stats().outlets if outlet)

    def article(self, article_id: str) -> Article:
        """A stored article, with its text ("" where texts are not stored).

        Raises:
            UnknownArticle: there is none of this id.

        """
        return self.index.get(article_id)

    def heads(self, ids: Iterable[str]) -> dict[str, Article]:
        """The stored articles of these ids, in their order, without texts; ids that are not stored are left out."""
        return self.index.heads(ids)

    def query(
        self, article: Article, *, min_containment: float = MIN_CONTAINMENT, explain: bool = False
    ) -> QueryResult:
        """The stored articles that share text with this one, best first; its own id is left out.

        Raises:
            TextTooLong: the text has more than `max_text` characters.

        """
        self._check(article)
        return self.index.query(article, min_containment=min_containment, explain=explain)

    def query_id(
        self, article_id: str, *, min_containment: float = MIN_CONTAINMENT, explain: bool = False
    ) -> QueryResult:
        """As `query`, for an article that is stored.

        Raises:
            UnknownArticle: there is none of this id.
            TextNotStored: the index keeps no texts.
            TextTooLong: the text has more than `max_text` characters.

        """
        self._check(self.index.get(article_id))
        return self.index.query_id(article_id, min_containment=min_containment, explain=explain)

    def compare(self, first: Article | str, second: str) -> SideBySide:
        """An article, or a stored one by its id, beside a stored one; and how they relate.

        Raises:
            UnknownArticle: there is none of this id.
            TextNotStored: `first` is an id, and the index keeps no texts.
            TextTooLong: either text has more than `max_text` characters.

        """
        for article in (first, second):
            self._check(article if isinstance(article, Article) else self.index.get(article))
        return self.index.side_by_side(first, second)

    def blocks(
        self, article: Article, *, min_words: int = MIN_WORDS, min_similarity: float = MIN_SIMILARITY
    ) -> ArticleBlocks:
        """The repeated blocks of an article, see `naskh.repeated_blocks`.

        Raises:
            TextTooLong: the text has more than `max_text` characters.

        """
        self._check(article)
        return find_blocks(article, min_words=min_words, min_similarity=min_similarity)

    def families(
        self,
        *,
        outlet: str | None = None,
        also: str | None = None,
        date_from: str | None = None,
        date_to: str | None = None,
        min_outlets: int = 1,
        page: int = 1,
        size: int = 50,
    ) -> FamilyList:
        """The families that have an article of the outlet dated in the range, the largest first, one page of them.

        With `also`, those that both outlets carried, see `naskh.web.families.FoundFamilies.meeting`.

        They are of the last state whose families are known; those of a later one are then computed.

        Raises:
            NotReady: none are known yet.
            ValueError: a date is none; page or size is below 1.

        """
        if page < 1 or size < 1:
            raise ValueError("page and size must be 1 or more")
        known = self.found_families.current()
        if outlet is None:
            outlet, also = also, None
        found = known.meeting(Wanted(outlet=outlet, date_from=date_from, date_to=date_to), min_outlets, also=also)
        return FamilyList(
            generation=known.generation,
            total=len(found),
            page=page,
            size=size,
            families=tuple(found[(page - 1) * size : page * size]),
        )

    def family_of(self, article_id: str) -> Family | None:
        """The family that an article is in; numbers of families hold within one generation only.

        Raises:
            NotReady: no families are known yet.

        """
        return self.found_families.current().of(article_id)

    def families_are_behind(self) -> bool:
        """Whether the families are of an earlier state of the index: an article that is new has none yet."""
        last = self.found_families.last
        return last is None or self.found_families.is_behind(last)

    def matrix(self, *, date_from: str | None = None, date_to: str | None = None) -> Matrix:
        """Who shares families with whom; with dates, families that have an article of those days.

        Raises:
            NotReady: no families are known yet.
            ValueError: a date is none.

        """
        return self.found_families.current().matrix(Wanted(date_from=date_from, date_to=date_to))

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
        """The stored articles that meet all conditions, newest first, one page of them; see `Index.search`.

        Raises:
            ValueError: a date is none; the page is out of range.

        """
        return self.index.search(
            outlet=outlet, date_from=date_from, date_to=date_to, title=title, page=page, size=size
        )

    def add(self, articles: Iterable[Article]) -> AddReport:
        """Add articles; they are durable, and in the next answer, when this returns.

        Raises:
            IndexLocked: another process or thread writes.
            IndexUnusable: see `naskh.errors`.
            ValueError: an article has an empty id or is not valid Unicode.
            TextTooLong: a text has more than `max_text` characters.

        """
        given = list(articles)
        for article in given:
            self._check(article)
        return self.index.add(given)

    def delete(self, ids: Iterable[str]) -> list[str]:
        """Delete articles; returns the ids that were not there.

        Raises:
            IndexLocked: see `add`.
            IndexUnusable: see `naskh.errors`.

        """
        return self.index.delete(ids)

    def _check(self, article: Article) -> None:
        if len(article.text) > self.max_text:
            raise TextTooLong(f"the text has {len(article.text):,} characters; at most {self.max_text:,} are taken")
