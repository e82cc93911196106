"""Files of an index that are damaged at random: what is answered is right, or the damage is named and repaired.

usage: python -m tests.torture.damage [--trials 2000] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

import pytest

from naskh import Article, Index
from naskh.errors import NaskhError
from naskh.index import build, checks, merge_texts
from naskh.index.repair import repair
from naskh.index.verify import verify
from tests.torture.histories import article, contents, small_and_fast

#: Trials of one process, so that one that dies is seen.
_AT_ONCE = 50


def damaged(content: bytes, rng: random.Random) -> bytes:
    """A content with a bit flipped, bytes overwritten, cut off, grown, or zeroed from some place on."""
    if not content:
        return b"x"
    place = rng.randrange(len(content))
    how = rng.choice(["flip", "flip", "flip", "overwrite", "cut", "cut", "grow", "zero"])
    if how == "flip":
        return content[:place] + bytes([content[place] ^ 1 << rng.randrange(8)]) + content[place + 1 :]
    if how == "overwrite":
        return (content[:place] + rng.randbytes(rng.randrange(1, 64)))[: len(content)] + content[place + 64 :]
    if how == "cut":
        return content[:place]
    return content + rng.randbytes(8) if how == "grow" else content[:place] + bytes(len(content) - place)


def trial(index: Path, asked: list[Article], wanted: list[object], path: Path, rng: random.Random) -> str:
    """Damage one file, ask, repair a copy, and put the file back; returns what came of it."""
    content = path.read_bytes()
    path.write_bytes(damaged(content, rng))
    try:
        changed = path.read_bytes() != content
        refused = None
        try:
            answers = ask(index, asked)
        except NaskhError as error:
            refused = str(error)
        if refused is not None:
            assert path.name in refused or "index format" in refused, refused
            if path.name.endswith(".arrow"):
                assert path.name in [each.file for each in verify(index).damage]
                return f"named, {repaired(index, wanted, rng)}"
            return "named"
        assert answers == wanted, f"{path.name}: a wrong answer"
        listed = path.name.endswith(".arrow") and not path.name.endswith(".copy.arrow")
        assert not (changed and listed), f"{path.name}: not noticed"
        return "harmless"
    finally:
        path.write_bytes(content)


def repaired(index: Path, wanted: list[object], rng: random.Random) -> str:
    """Damage perhaps one more file, repair, and see that what is lost is listed; returns how much was lost."""
    before = wanted[0]
    assert isinstance(before, dict)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "index"
        shutil.copytree(index, copy)
        if rng.random() < 0.3:
            other = rng.choice(sorted(copy.glob("*.arrow")))
            other.write_bytes(damaged(other.read_bytes(), rng))
        report = repair(copy)
        assert not verify(copy).damage
        after = contents(Index(copy))
        assert after.items() <= before.items(), "an article that was not given, or was deleted"
        assert (len(after), len(before) - len(after)) == (
            report.recovered + report.articles - report.damaged_articles,
            report.lost,
        )
        lost = before.keys() - after.keys()
        lines = Path(report.lost_file).read_bytes().splitlines() if report.lost_file else []
        listed = [json.loads(line)["id"] for line in lines]
        assert len(set(listed)) == len(listed)
        if not any(each.perhaps_deleted for each in report.outcomes):
            assert set(listed) <= lost, "an article is listed that is not lost"
        assert len(lost - set(listed)) == sum(each.unnamed for each in report.outcomes)
        return "all lost" if report.lost == report.damaged_articles else "some lost" if report.lost else "none lost"


def ask(index: Path, asked: list[Article]) -> list[object]:
    """All that it holds, and the answers to some queries."""
    opened = Index(index)
    return [contents(opened), *(opened.query(each) for each in asked)]


def torture(trials: int, seed: int) -> Counter[str]:
    """Damage files; returns how often what came of it, by kind of file."""
    rng = random.Random(seed)  # noqa: S311 - damage, no secret
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, small_and_fast(), pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "index"
        index = Index(path)
        patch.setattr(build, "TEXT_BLOCK", 600)  # some articles
        patch.setattr(merge_texts, "TEXT_BLOCK", 600)
        index.add([article(rng, number) for number in range(30)], workers=1)
        index.delete(["n3", "n17"])
        (path / "rejected.jsonl").write_text('{"file": "x", "line": 1, "id": null, "reason": "no text"}\n')
        asked = [article(rng, 100 + number) for number in range(2)]
        wanted = ask(path, asked)
        names = sorted(each.name for each in path.iterdir())
        for first in range(0, trials, _AT_ONCE):
            patch.setattr(checks, "READ_ALWAYS", rng.choice([0, 1 << 30]))
            reading, writing = os.pipe()
            state = rng.randrange(1 << 62)
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    own = random.Random(state)  # noqa: S311 - damage, no secret
                    for _ in range(min(_AT_ONCE, trials - first)):
                        name = own.choice(names)
                        outcome = trial(path, asked, wanted, path / name, own)
                        kind = name.split(".")[1].partition("-")[0] if name.endswith(".arrow") else name
                        os.write(writing, f"{kind} {outcome}\n".encode())
                    status = 0
                except BaseException:
                    traceback.print_exc()
                    raise
                finally:
                    os._exit(status)
            os.close(writing)
            with os.fdopen(reading) as outcomes:
                found.update(line.strip() for line in outcomes)
            _, status = os.waitpid(child, 0)
            if status:
                raise AssertionError(f"a process ended with status {status}, seed {seed}, trial {found.total()}")
    return found


def main() -> None:
    """Damage as often as was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found = torture(options.trials, options.seed)
    for outcome, times in sorted(found.items()):
        print(f"{times:6,} {outcome}", file=sys.stderr)
    print(f"{found.total():,} damaged files: no wrong answer, no process died", file=sys.stderr)


if __name__ == "__main__":
    main()
