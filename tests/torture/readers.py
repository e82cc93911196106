"""Readers beside a writer: whatever they are told is the answer of one committed state, and of none that was gone.

usage: python -m tests.torture.readers [--seconds 60] [--readers 8] [--seed 0] [--folder FOLDER]

The writer plays a history and merges; all its states are kept. Each reader notes which state was the last before it
asked, which one after, and the answer. Afterwards each state in between is asked the same; one of them must give
that answer. What the states hold is held against the dictionary of the history, and some of their answers against
those of an index that was built at once.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path

import msgspec

from naskh import Index
from tests.torture.generations import Generations
from tests.torture.histories import Checker, State, Step, contents, history, small_and_fast
from tests.torture.reading import Told, read

#: Answers that a process checks at once; they are of neighbouring states.
_AT_ONCE = 500
_ENDLESS = 1 << 40
#: Of one step in so many, answers are held against those of an index that was built at once.
_BUILT = 5
#: A wrong answer is looked for in so many states before and after those that it may be of.
_LOOK_AROUND = 30


class Run:
    """One run of a writer and readers, in an empty folder."""

    def __init__(self, folder: Path, readers: int, seed: int) -> None:
        self._folder = folder
        self._readers = readers
        self._seed = seed
        self._index = Index(folder / "live")
        self._kept = folder / "kept"
        #: For each step of the history, the last generation when it was done.
        self._ends: list[int] = []

    def go(self, seconds: float) -> None:
        """Write for so long, while all readers ask."""
        context = multiprocessing.get_context("spawn")
        ready, stop = context.Value("i"), context.Event()
        processes = [
            context.Process(target=read, args=(self._index.path, n, self._seed, self._notes(n), ready, stop))
            for n in range(self._readers)
        ]
        with small_and_fast(), Generations(self._kept).keep():
            steps = history(self._seed, _ENDLESS)
            self._play(next(steps))
            for process in processes:
                process.start()
            try:
                while ready.value < self._readers:
                    _check_alive(processes)
                    time.sleep(0.05)
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    _check_alive(processes)
                    self._play(next(steps))
                self._index.compact(everything=True, workers=1)
                self._ends[-1] = self._last()
            finally:
                stop.set()
        for process in processes:
            process.join(300)
        assert [process.exitcode for process in processes] == [0] * self._readers

    def _play(self, step: Step) -> None:
        step.act(self._index, lambda _: None)
        self._ends.append(self._last())

    def _last(self) -> int:
        return self._index.snapshot.manifest.generation

    def _notes(self, reader: int) -> Path:
        return self._folder / f"notes-{reader}.jsonl"

    def told(self) -> list[Told]:
        """All that readers noted, by the states that it is of."""
        decoder = msgspec.json.Decoder(Told)
        notes = [decoder.decode_lines(self._notes(reader).read_bytes()) for reader in range(self._readers)]
        return sorted((told for those in notes for told in those), key=lambda told: told.first)

    def check_answers(self) -> None:
        """Hold each answer against those of the states that it may be of."""
        told = self.told()
        parts = [told[first : first + _AT_ONCE] for first in range(0, len(told), _AT_ONCE)]
        with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
            wrong = [
                each for those in pool.imap_unordered(partial(wrong_answers, self._kept), parts) for each in those
            ]
        assert not wrong, "\n".join([f"{len(wrong)} of {len(told)} answers are wrong", *wrong[:20]])

    def check_states(self) -> Counter[str]:
        """Hold what each state holds against the history; returns how often it took each step."""
        generations = Generations(self._kept)
        checker = Checker(self._folder / "sound")
        taken: Counter[str] = Counter()
        number = 0
        found: State = {}
        with small_and_fast():
            steps = zip(history(self._seed, _ENDLESS), self._ends, strict=False)
            for played, (step, end) in enumerate(steps, 1):
                taken[step.name.split()[0]] += 1
                at = 0
                while number <= end:
                    found = contents(generations[number].index)
                    assert found in step.states[at:], f"generation {number}, {step.name}: not a state of it"
                    at = step.states.index(found, at)
                    number += 1
                assert found == step.states[-1], f"generation {end}, {step.name}: it is not done"
                if played % _BUILT == 0:
                    checker(generations[end].index, step, len(step.states) - 1)
        assert number == len(generations)
        return taken


def _check_alive(processes: list[multiprocessing.context.SpawnProcess]) -> None:
    assert all(process.is_alive() for process in processes), "a reader died"


def wrong_answers(kept: Path, part: list[Told]) -> list[str]:
    """Those of some answers that are of none of the states that they may be of."""
    generations = Generations(kept)

    def of(told: Told, numbers: range) -> int | None:
        return next(
            (number for number in numbers if generations[number].answer(told.question) == told.digest), None
        )

    wrong = []
    for told in part:
        if of(told, range(told.first, told.last + 1)) is None:
            around = range(max(told.first - _LOOK_AROUND, 0), min(told.last + _LOOK_AROUND, len(generations)))
            wrong.append(f"{told}: this is the answer of generation {of(told, around)}")
    return wrong


def torture(seconds: float, readers: int, seed: int, folder: Path) -> Counter[str]:
    """Read and write for so long, and check; returns the figures."""
    run = Run(folder, readers, seed)
    run.go(seconds)
    run.check_answers()
    told = run.told()
    generations = Generations(folder / "kept")
    return Counter(
        {
            "answers": len(told),
            **{f"asked: {kind}": count for kind, count in Counter(each.question.kind for each in told).items()},
            **{f"how: {how}": count for how, count in Counter(each.how for each in told).items()},
            "while a commit came": sum(each.first < each.last for each in told),
            "of files that were gone": sum(each.outlived for each in told),
            "generations": len(generations),
            "generations that answered": len({each.last for each in told}),
            "merges": generations.merges(),
            **{f"steps: {step}": count for step, count in run.check_states().items()},
        }
    )


def main() -> None:
    """Read for as long as was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where, and stays; by default a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        found = torture(options.seconds, options.readers, options.seed, options.folder or Path(temporary))
    for what, times in found.items():
        print(f"{times:8,} {what}", file=sys.stderr)
    print(f"{found['answers']:,} answers: each was that of one committed state", file=sys.stderr)


if __name__ == "__main__":
    main()
