"""The race: naskh and its peers in turn, whole processes, so that what else the machine does hits all of them.

This module imports the standard library only: see `benchmarks.measure.run`.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measure import (
    NASKH,
    ROOT,
    WITH_REJECTED,
    CommandFailed,
    Cost,
    Costs,
    folder_bytes,
    load,
    run,
    together,
)
from benchmarks.peers import Peer, Variant
from benchmarks.peers.environment import NotInstalled, python_of, version_of

#: Names of naskh's runs, as the tables have them.
INDEX, SLIM = "`naskh index`, new folder", "`naskh index --no-text`, new folder"
PAIRS, FAMILIES = "`naskh pairs`", "`naskh families`"
BOTH = "`naskh families --pairs`"
CLEAN = "`naskh clean`, no index left"
JOB, JOB_ONE = "`index` + `families --pairs`", "the same, one Python process"


class Run(NamedTuple):
    """One command of a round."""

    name: str
    command: Sequence[str | Path]
    ok: tuple[int, ...] = (0,)
    env: Mapping[str, str] | None = None
    #: Whether what it prints is needed: reading much would make the measuring process, and so all peaks, larger.
    keep: bool = True


class Contender(NamedTuple):
    """A peer that is installed, in one of its variants."""

    peer: Peer
    variant: Variant
    python: Path
    #: What was prepared for it.
    prepared: Path

    def adaptor(self, command: str, *arguments: str | Path) -> Run:
        """A command of its adaptor."""
        module = f"benchmarks.peers.{self.peer.key}"
        words = [self.python, "-m", module, command, *arguments, *self.variant.options]
        return Run(self.variant.name, words, env={"PYTHONPATH": str(ROOT)})


@dataclass
class Field:
    """All who run, and what became of them."""

    contenders: list[Contender] = field(default_factory=list)
    #: Peers, or variants of them, that take no part, and why.
    absent: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    #: Rounds by name of the run.
    taken: dict[str, list[Cost]] = field(default_factory=dict)
    loads: list[float] = field(default_factory=list)

    def costs(self, name: str) -> Costs:
        """The rounds of a run."""
        return Costs(self.taken[name])


class Examination(NamedTuple):
    """What a peer's adaptor said after the race; see `benchmarks.peers.adaptor.Examined`."""

    found: Path
    figures: dict[str, Any]


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def line_up(peers: Sequence[Peer], folder: Path, parts: Sequence[str]) -> Field:
    """Install the peers that can be, and prepare what they read."""
    lined = Field()
    for peer in peers:
        say(f"{peer.package}: making ready")
        prepared = folder / peer.key
        prepared.mkdir()
        try:
            python = python_of(peer)
            contenders = [Contender(peer, variant, python, prepared) for variant in peer.variants]
            execute(contenders[0].adaptor("prepare", prepared, *parts))
        except (NotInstalled, CommandFailed) as error:
            lined.absent[peer.package] = reason(error)
            say(f"{peer.package}: {lined.absent[peer.package]}")
            continue
        lined.versions[peer.package] = version_of(python, peer.package)
        lined.contenders += contenders
    return lined


def reason(error: Exception) -> str:
    """Why a peer takes no part, in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"cannot be installed here: {lines[-1]}" if isinstance(error, NotInstalled) else f"failed: {lines[-1]}"


def execute(wanted: Run) -> Cost:
    """Run and measure."""
    return run(wanted.command, ok=wanted.ok, env=wanted.env, keep=wanted.keep)


def naskh_runs(folder: Path, corpus: str) -> Iterator[Run]:
    """What naskh does in a round; later runs read what earlier ones wrote."""
    index = folder / "index"
    one = folder / "one"
    one.mkdir()
    yield Run(INDEX, [NASKH, "index", index, corpus], WITH_REJECTED)
    yield Run(PAIRS, [NASKH, "pairs", index, "-o", folder / "pairs.parquet"])
    yield Run(FAMILIES, [NASKH, "families", index, "-o", folder / "families.jsonl"])
    both = [folder / "both.jsonl", "--pairs", folder / "both.parquet"]
    yield Run(BOTH, [NASKH, "families", index, "-o", *both])
    yield Run(JOB_ONE, [sys.executable, "-m", "benchmarks.job", corpus, one])
    yield Run(CLEAN, [NASKH, "clean", corpus, "-o", folder / "clean.jsonl"], WITH_REJECTED)
    yield Run(SLIM, [NASKH, "index", "--no-text", folder / "slim", corpus], WITH_REJECTED)


def race(lined: Field, folder: Path, corpus: str, rounds: int) -> Path:
    """Run all of the field in turn, some rounds; returns the folder of the last round."""
    for number in range(rounds):
        lined.loads.append(load())
        place = folder / f"round-{number}"
        place.mkdir()
        say(f"round {number + 1} of {rounds}")
        for wanted in naskh_runs(place, corpus):
            note(lined, wanted.name, execute(wanted))
        parts = (INDEX, BOTH)
        lined.taken.setdefault(JOB, []).append(together([lined.taken[name][-1] for name in parts]))
        for contender in list(lined.contenders):
            output = place / contender.variant.name
            output.mkdir()
            try:
                cost = execute(contender.adaptor("run", contender.prepared, output, corpus))
            except CommandFailed as error:
                drop(lined, contender, error)
                continue
            note(lined, contender.variant.name, cost)
        if number + 1 < rounds:
            shutil.rmtree(place)
    return place


def note(lined: Field, name: str, cost: Cost) -> None:
    """Keep what a run took."""
    lined.taken.setdefault(name, []).append(cost._replace(stdout="", stderr=""))
    say(f"  {name}: {cost.wall:.2f} s, {cost.cpu:.2f} s of CPU, {cost.memory / 2**20:,.0f} MiB")


def drop(lined: Field, contender: Contender, error: CommandFailed) -> None:
    """Go on without a variant that failed."""
    name = contender.variant.name
    lined.contenders.remove(contender)
    lined.absent[name] = reason(error)
    say(f"  {name}: {lined.absent[name]}")


def examine(lined: Field, place: Path, corpus: str, queries: int) -> dict[str, Examination]:
    """What each peer found in the last round, and its queries; not on the clock."""
    examined = {}
    for contender in lined.contenders:
        if not contender.variant.examined:
            continue
        name = contender.variant.name
        found = place / f"{name}.json"
        count = ["--queries", str(queries)] if contender.variant.queries else []
        output = place / name
        try:
            cost = execute(contender.adaptor("examine", contender.prepared, output, corpus, found, *count))
        except CommandFailed as error:
            lined.absent[f"what {name} found"] = reason(error)
            say(f"  {name}: {reason(error)}")
            continue
        examined[name] = Examination(found, json.loads(cost.stdout.splitlines()[-1]))
        say(f"  {name}: {examined[name].figures}")
    return examined


def disk(place: Path) -> dict[str, int]:
    """Bytes of naskh's two indexes."""
    return {INDEX: folder_bytes(place / "index"), SLIM: folder_bytes(place / "slim")}
