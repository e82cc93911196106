"""Writing what stays of the sources, in their order, and the account of the rest."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import numpy as np

from naskh.arrays import Int64
from naskh.article import Article
from naskh.cleaning.audit import CharactersRemoved, CleanReport, Removed
from naskh.cleaning.deciding import Decided, Options, Progress
from naskh.cleaning.intake import Intake
from naskh.cleaning.sinks import WriteArticle, WriteRecord, sinks
from naskh.cleaning.tidying import Taken, tidy
from naskh.matching.relation import ORDER
from naskh.sources import Given, Rejection

#: More than half of an article is lost with it if the one in its place has a smaller share of its words than this.
_HALF = 0.5


def emit(
    intake: Intake,
    numbers: Int64,
    decided: Decided,
    options: Options,
    output: Path | None,
    audit: Path | None,
    progress: Progress,
) -> CleanReport:
    """Write articles and account, both of which are there only when all is written.

    Args:
        intake: the sources, which are read once more.
        numbers: (n,) the number of each article of the sources, -1 for one that a later one replaces.
        decided: what stays.
        options: what that was decided by.
        output: for the articles, or None.
        audit: for the account, or None.
        progress: told of the phase "writing".

    Raises:
        SourceError: the sources are others than before.
        FileUnwritable: the system does not let a file be written.

    """
    with sinks(output, audit) as (write, record):
        emitter = _Emitter(intake, decided, options, write, record)
        again = intake.again(on_reject=emitter.reject, progress=lambda share: progress("writing", share))
        for given, number in zip(again, numbers.tolist(), strict=True):
            emitter.take(given, number)
        return emitter.report()


class _Emitter:
    """Sorts the articles of the sources one by one into what stays and what goes, and counts."""

    def __init__(
        self, intake: Intake, decided: Decided, options: Options, write: WriteArticle, record: WriteRecord
    ) -> None:
        self._intake, self._decided, self._options = intake, decided, options
        self._write, self._record = write, record
        self._sizes = decided.corpus.articles.of_articles
        self._words = decided.corpus.words(np.arange(len(decided.stays)))
        self._shingle_words = decided.corpus.snapshot.manifest.settings.shingle_words
        self._records: Counter[str] = Counter()
        self._characters: Counter[str] = Counter()
        self._kept = self._changed = self._half_lost = self._out = 0

    def reject(self, rejection: Rejection) -> None:
        """Take in a line or file that gave no article."""
        self._tell(Removed(kind="rejected", id=rejection.id, characters=0, reason=str(rejection)))

    def take(self, given: Given, number: int) -> None:
        """Take in an article."""
        article = given.article
        if number < 0:
            self._tell(_of(article, kind="replaced", characters=len(article.text), kept=article.id))
        elif self._decided.stays[number]:
            self._keep(given, number)
        else:
            self._tell(self._copy(article, number))

    def _keep(self, given: Given, number: int) -> None:
        article = given.article
        if self._decided.changed[number]:
            tidied = tidy(
                article.text, self._decided.stocks, similar=self._options.similar, size=self._shingle_words
            )
            for taken in tidied.taken:
                self._tell(_part(article, taken))
            given = Given(msgspec.structs.replace(article, text=tidied.text), given.line)
            self._changed += 1
        self._kept += 1
        self._out += len(given.article.text)
        self._write(given.article, lambda: self._line(given, changed=bool(self._decided.changed[number])))

    def _line(self, given: Given, *, changed: bool) -> bytes:
        reader = self._intake.reader
        if given.line is None:
            return reader.as_line(given.article)
        return reader.with_text(given.line, given.article.text) if changed else given.line

    def _copy(self, article: Article, number: int) -> Removed:
        """The record of an article that has a copy."""
        links, row = self._decided.links, int(self._decided.twins[number])
        ends = int(links.first[row]), int(links.second[row])
        twin = ends[0] if ends[1] == number else ends[1]
        shared = int(links.shared[row])
        self._half_lost += self._words[twin] < _HALF * self._words[number]
        return _of(
            article,
            kind="article",
            characters=len(article.text),
            relation=ORDER[links.relations[row]],
            containment=shared / max(int(self._sizes[number]), 1),
            containment_in_kept=shared / max(int(self._sizes[twin]), 1),
            jaccard=float(links.jaccard[row]),
            kept=self._decided.corpus.ids[twin].as_py(),
        )

    def _tell(self, removed: Removed) -> None:
        self._records[removed.kind] += 1
        self._characters[removed.kind] += removed.characters
        self._record(removed)

    def report(self) -> CleanReport:
        """The sums."""
        records, characters = self._records, self._characters
        return CleanReport(
            articles_in=len(self._intake) + self._intake.rejected,
            kept=self._kept,
            removed=records["article"],
            replaced=records["replaced"],
            rejected=records["rejected"],
            half_lost=int(self._half_lost),
            changed=self._changed,
            repeats=records["repeat"],
            boilerplate=records["boilerplate"],
            characters_in=int(self._intake.chars.sum()),
            characters_out=self._out,
            characters_removed=CharactersRemoved(
                article=characters["article"],
                replaced=characters["replaced"],
                repeat=characters["repeat"],
                boilerplate=characters["boilerplate"],
            ),
            passes=self._decided.passes,
            unreadable_dates=self._intake.unreadable_dates,
            passed_over=dict(self._intake.passed_over.most_common()),
        )


def _of(article: Article, **fields: object) -> Removed:
    known = {"id": article.id, "outlet": article.outlet, "date": article.date}
    return Removed(**known, **fields)  # type: ignore[arg-type]


def _part(article: Article, taken: Taken) -> Removed:
    """The record of a part of an article that stays."""
    repeat = taken.repeat
    return _of(
        article,
        kind=taken.kind,
        characters=taken.cut,
        similarity=None if repeat is None else repeat.similarity,
        first=None if repeat is None else repeat.first,
        articles=taken.articles,
        paragraphs=taken.span.paragraphs,
        chars=taken.span.chars,
    )
