"""An index beside a dictionary: whatever is done to both, they hold the same, and the index answers accordingly.

usage: python -m tests.torture.model [--examples 1000] [--steps 40]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from naskh import Article, Index
from naskh.errors import UnknownArticle
from naskh.index.checks import CHECKED
from naskh.index.files import FINISHED, REJECTED
from naskh.index.snapshot import own_files
from naskh.index.verify import verify
from naskh.index.writer import AddReport
from tests.torture.histories import Sound, State, contents, small_and_fast
from tests.torture.questions import KINDS, Held, Question, asked, begin

#: Ids, and texts, that there are: few, so that articles come again.
_IDS = 30
_TEXTS = 8

numbers = st.integers(0, _IDS - 1)
ids = numbers.map("n{}".format)


def titled(number: int, text: int, title: str | None) -> Article:
    """One of a few articles."""
    return msgspec.structs.replace(asked(text, number), title=title)


articles = st.builds(titled, numbers, st.integers(0, _TEXTS - 1), st.sampled_from([None, "عنوان"]))
#: Questions whose answers depend on nothing but the articles.
questions = st.builds(Question, st.sampled_from(sorted(KINDS.keys() - {"stats", "verify"})), numbers, numbers)


class IndexBesideDictionary(RuleBasedStateMachine):
    """An index in a folder, the same articles in a dictionary, and a reader that keeps the index open."""

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self._open.enter_context(small_and_fast())
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        self.path = folder / "index"
        self.model: State = {}
        self.index = Index(self.path)
        self.index.add([])
        self.reader = Index(self.path)
        self.held = Held(self.path, self.reader.snapshot), dict(self.model)
        self.sound = Sound(folder / "sound")

    def teardown(self) -> None:
        self._open.close()

    @rule(given=st.lists(articles, max_size=30), workers=st.integers(1, 2))
    def add(self, given: list[Article], workers: int) -> None:
        """Add articles, new and stored ones, changed or not, some of them twice."""
        before = self.model
        states = [before]
        for each in given:
            states.append({**states[-1], each.id: each})
        at = 0

        def on_commit(report: AddReport) -> None:
            nonlocal at
            found = contents(Index(self.path))
            assert found in states[at:]
            at = states.index(found, at)
            assert report.added == len(found) - len(before)
            held = len(states) - states[::-1].index(found) - 1
            assert report.articles <= sum(n < held or found.get(each.id) == each for n, each in enumerate(given))

        report = self.index.add(given, workers=workers, on_commit=on_commit)
        self.model = states[-1]
        assert (report.added, report.articles) == (len(self.model) - len(before), len(given))
        if len({each.id for each in given}) == len(given):
            assert report.unchanged == sum(before.get(each.id) == each for each in given)

    @rule(given=st.lists(ids, max_size=10))
    def delete(self, given: list[str]) -> None:
        """Delete some that are there and some that are not."""
        assert self.index.delete(given) == [id_ for id_ in dict.fromkeys(given) if id_ not in self.model]
        self.model = {id_: each for id_, each in self.model.items() if id_ not in given}

    @rule(everything=st.booleans())
    def compact(self, everything: bool) -> None:
        """Merge what is due, or all."""
        before = self.index.stats()
        report = self.index.compact(everything=everything, workers=1)
        after = self.index.stats()
        assert (report.segments_before, report.bytes_before) == (before.segments, sum(before.bytes.values()))
        assert (report.segments, report.bytes) == (after.segments, sum(after.bytes.values()))
        assert (report.freed, after.deleted) == (before.deleted, 0)
        if everything:
            assert after.segments == bool(self.model)

    @rule()
    def reopen(self) -> None:
        """Go on with an index that was opened now."""
        self.index = Index(self.path)

    @rule()
    def hold(self) -> None:
        """Let the reader hold on to what there is now."""
        self.held = Held(self.path, self.reader.snapshot), dict(self.model)

    @rule(given=st.lists(questions, min_size=1, max_size=4))
    def ask(self, given: list[Question]) -> None:
        """Ask this and that."""
        for question in given:
            self._ask(self.index, self.model, question)
            self._ask(self.reader, self.model, question)
            self._ask(*self.held, question)

    def _ask(self, index: Index, state: State, question: Question) -> None:
        """Ask, and be told what an index would tell that was built of the dictionary at once."""
        assert begin(index, question)() == begin(self.sound(state), question)(), question

    @invariant()
    def answers_as_if_built_at_once(self) -> None:
        for number in range(_TEXTS):
            self._ask(self.reader, self.model, Question("query", number))

    @invariant()
    def holds_what_the_dictionary_holds(self) -> None:
        for index, state in ((Index(self.path), self.model), (self.reader, self.model), self.held):
            assert contents(index) == state
            assert len(index) == len(state)
            for id_ in map("n{}".format, range(_IDS)):
                assert (id_ in index) == (id_ in state)
                if id_ in state:
                    assert index.get(id_) == state[id_]
                else:
                    with pytest.raises(UnknownArticle):
                        index.get(id_)

    @invariant()
    def counts_what_it_holds(self) -> None:
        stats = self.reader.stats()
        dates = [each.date for each in self.model.values() if each.date is not None]
        assert stats.articles == len(self.model)
        assert stats.outlets == Counter(each.outlet or "" for each in self.model.values())
        assert (stats.first_date, stats.last_date) == (min(dates, default=None), max(dates, default=None))
        files = set(self.path.glob("*.arrow")) - set(self.path.glob("*.copy.arrow"))
        assert sum(stats.bytes.values()) == sum(path.stat().st_size for path in files)

    @invariant()
    def leaves_no_file_behind_and_all_are_sound(self) -> None:
        listed = own_files(self.reader.snapshot.manifest) - {CHECKED, REJECTED, FINISHED}
        assert {path.name for path in self.path.iterdir()} - {CHECKED} == listed
        assert not verify(self.path).damage


def torture(examples: int, steps: int) -> None:
    """Do so many random things in a row, so often."""
    long = settings(max_examples=examples, stateful_step_count=steps, deadline=None, database=None)
    run_state_machine_as_test(IndexBesideDictionary, settings=long)


def main() -> None:
    """Do so as often as was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=40)
    options = parser.parse_args()
    torture(options.examples, options.steps)
    print(f"{options.examples:,} histories beside a dictionary: nothing differs", file=sys.stderr)


if __name__ == "__main__":
    main()
