"""The families of an index that grows: computed in the background, and the last ones served meanwhile."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from threading import Condition, Lock, Thread
from typing import NamedTuple

import numpy as np

from naskh.arrays import Bool, Int64
from naskh.article import Family
from naskh.errors import NaskhError, NotReady
from naskh.index.manifest import Manifest
from naskh.index.snapshot import Snapshot
from naskh.matching.comparison import Comparison
from naskh.matching.recurrence import day_of
from naskh.matching.search import Wanted
from naskh.report.matrix import Matrix, matrix_of

_log = logging.getLogger(__name__)

#: After families were computed, they are not computed again before so many times the time that it took: at most one
#: eleventh of the time goes into it, however often the index changes.
REST = 10
#: When to ask again for families of which nothing is known yet.
FIRST_SECONDS = 2
#: The index is looked at so often for whether it has changed.
LOOK_SECONDS = 2.0
#: Outlets of a matrix, whose size is their square, and matrices of other days that are remembered.
MATRIX_OUTLETS = 200
_MATRICES = 8
#: A step that takes longer ends with the process.
_END_SECONDS = 5.0


class FoundFamilies:
    """The families of one state of the index, to be looked up.

    Attributes:
        families: the largest first.
        manifest: of the state. An index that was made anew counts its generations anew.
        seconds: that they took.
        at: when they were ready, in seconds of `time.time`.

    """

    def __init__(self, families: Iterable[Family], manifest: Manifest, seconds: float, at: float) -> None:
        self.families = tuple(families)
        self.manifest = manifest
        self.seconds = seconds
        self.at = at
        self._matrices: dict[tuple[str | None, str | None], Matrix] = {}
        self._counting = Lock()

    @property
    def generation(self) -> int:
        """The number of the state."""
        return self.manifest.generation

    def matrix(self, wanted: Wanted) -> Matrix:
        """Who shares families with whom, of the outlets with most articles; the last ones are remembered.

        Raises:
            ValueError: a date is none.

        """
        key = wanted.date_from, wanted.date_to
        with self._counting:  # by one thread: the others need what it finds
            if key not in self._matrices:
                matrix = matrix_of(self.meeting(wanted), most=MATRIX_OUTLETS)
                self._matrices = {**dict(list(self._matrices.items())[1 - _MATRICES :]), key: matrix}
            return self._matrices[key]

    def of(self, article_id: str) -> Family | None:
        """The family that an article is in."""
        number = self._by_article.get(article_id)
        return None if number is None else self.families[number]

    def meeting(self, wanted: Wanted, min_outlets: int = 1, *, also: str | None = None) -> list[Family]:
        """The families that have an article of the outlet, dated in the range, and so many outlets.

        One article must meet all that is asked of it; from two outlets on, those of one outlet alone are left out.

        Args:
            wanted: what is asked of the article; its title is not looked at.
            also: a second outlet that the family has. Then an article of any outlet is to be dated in the range, so
                that there are as many families as the matrix of these days says.
            min_outlets: outlets that the family has at least; at 1, those of no known outlet are in.

        Raises:
            ValueError: a date is none.

        """
        days = wanted.days
        columns = self._columns
        meets = np.ones(len(columns.family), np.bool_)
        if days is not None:
            meets &= (columns.day >= days[0]) & (columns.day <= days[1])
        if wanted.outlet is not None and also is None:
            meets &= columns.outlet == columns.outlets.get(wanted.outlet, -1)
        has = self._having(meets)
        if also is not None:
            for outlet in (wanted.outlet, also):
                has &= self._having(columns.outlet == columns.outlets.get(outlet, -1))
        if min_outlets > 1:
            has &= columns.outlet_counts >= min_outlets
        return [self.families[number] for number in np.flatnonzero(has).tolist()]

    def _having(self, articles: Bool) -> Bool:
        """Which families have any of these articles."""
        has: Bool = np.zeros(len(self.families), np.bool_)
        has[self._columns.family[articles]] = True
        return has

    @cached_property
    def _by_article(self) -> dict[str, int]:
        return {article.id: number for number, family in enumerate(self.families) for article in family.articles}

    @cached_property
    def _columns(self) -> _Columns:
        articles = [article for family in self.families for article in family.articles]
        outlets: dict[str | None, int] = {}
        codes = [outlets.setdefault(article.outlet, len(outlets)) for article in articles]
        return _Columns(
            family=np.repeat(np.arange(len(self.families)), [len(family.articles) for family in self.families]),
            day=np.array([day_of(article.date) for article in articles], np.int64),
            outlet=np.array(codes, np.int64),
            outlets=outlets,
            outlet_counts=np.array([family.outlets for family in self.families], np.int64),
        )


class _Columns(NamedTuple):
    """The articles of all families, one family after the other; of each family how many outlets it has."""

    family: Int64
    day: Int64
    outlet: Int64
    outlets: dict[str | None, int]
    outlet_counts: Int64


class Families:
    """Computes the families of an index by a thread of its own: at the start, and whenever it has changed since.

    Args:
        snapshot: gives the last committed state.
        workers: threads that compute.

    """

    def __init__(self, snapshot: Callable[[], Snapshot], *, workers: int) -> None:
        self._snapshot = snapshot
        self._workers = workers
        self._changed = Condition()
        self._thread: Thread | None = None
        self._asked = False
        self._closed = False
        self._not_before = 0.0  # of `time.monotonic`
        self._tried: Manifest | None = None  # the state of which they were computed, or could not be
        self.last: FoundFamilies | None = None

    def current(self) -> FoundFamilies:
        """The last ones; newer ones are computed if there are any.

        Raises:
            NotReady: there are none yet.

        """
        last = self.last
        if last is None or self.is_behind(last):
            self.refresh()
        if last is None:
            raise NotReady("the families of the index are being computed", FIRST_SECONDS)
        return last

    def is_behind(self, found: FoundFamilies) -> bool:
        """Whether the index has changed since."""
        return found.manifest != self._snapshot().manifest

    def refresh(self) -> None:
        """Have them computed soon."""
        with self._changed:
            self._asked = True
            self._changed.notify_all()
            if self._thread is None and not self._closed:
                self._thread = Thread(target=self._run, name="naskh-families", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Compute no more; what is being computed is given up at its next step, which is waited for."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_END_SECONDS)

    def _run(self) -> None:
        while self._wait():
            started = time.monotonic()
            try:
                self._compute()
            except _GivenUp:
                return
            except Exception:  # the last ones go on being served, and the next try comes
                _log.exception("the families could not be computed")
            ended = time.monotonic()
            self._not_before = ended + REST * (ended - started)

    def _wait(self) -> bool:
        """Wait until they are asked for or the index has changed, and they may be computed; False at the end."""
        while True:
            with self._changed:
                pause = max(0.0, self._not_before - time.monotonic()) if self._asked else LOOK_SECONDS
                if pause and not self._closed:
                    self._changed.wait(pause)
                if self._closed:
                    return False
                if self._asked and self._not_before <= time.monotonic():
                    self._asked = False
                    return True
                asked = self._asked
            if not asked and self._has_changed():
                self.refresh()

    def _has_changed(self) -> bool:
        try:
            return self._snapshot().manifest != self._tried
        except NaskhError:  # whoever asks for them is told
            return False

    def _compute(self) -> None:
        snapshot = self._snapshot()
        self._tried = snapshot.manifest
        if self.last is not None and self.last.manifest == snapshot.manifest:
            return
        started = time.monotonic()
        families = Comparison(snapshot, workers=self._workers, progress=self._give_up_at_end).families()
        self.last = FoundFamilies(families, snapshot.manifest, time.monotonic() - started, time.time())

    def _give_up_at_end(self, _: float) -> None:
        if self._closed:
            raise _GivenUp


class _GivenUp(Exception):
    """The process ends."""
