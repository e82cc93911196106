"""How many requests `naskh serve` answers, and how soon, while articles are added to its index.

usage: python -m benchmarks.serve [--input FILE] [--connections 32] [--seconds 60] [--articles 20] [--every 1.0]
                                  [--folder FOLDER] [--write]

Nine of ten articles of the corpus are indexed into a folder. Then a server in a process of its own is asked on
loopback by so many connections, each of which asks again as soon as it is answered: the mix is in `MIX`, texts to
query and to check are those of the tenth articles, which are not in the index. A writer meanwhile adds some of
these again and again. Whatever is not 200, or is not what was asked for, is an error. ``--write`` puts the table
into docs/serve.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from benchmarks.corpus import DEFAULT_INPUT, ROOT, require
from benchmarks.datasketch_pipeline import open_lines
from benchmarks.measure import NASKH, WITH_REJECTED, cores, load, machine, milliseconds, percentile, run, table

PAGE = ROOT / "docs" / "serve.md"
BEGIN, END = "<!-- benchmarks.serve -->", "<!-- end -->"
TOKEN = "benchmark-" + "0" * 32
#: One article in so many is kept out of the index.
HELD_OUT = 10
#: Of a hundred requests so many ask for this.
MIX = {
    "GET /query": 25,
    "POST /query": 20,
    "POST /blocks": 15,
    "GET /article": 20,
    "GET /search": 10,
    "GET /families": 8,
    "GET /stats": 2,
}


class Asked(NamedTuple):
    """A request, and what must stand in the answer."""

    kind: str
    bytes: bytes
    holds: bytes


class Connection:
    """One connection to the server; it is kept open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        fields = head.lower().split(b"\r\n")
        size = next(int(field.partition(b":")[2]) for field in fields if field.startswith(b"content-length:"))
        body = await reader.readexactly(size)
        if b"connection: close" in fields:
            self.close()
        return int(head.split(b" ", 2)[1]), body

    def close(self) -> None:
        """Close it; the next request opens another."""
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


class Load:
    """Asks a server, and notes what came of it.

    Args:
        port: of the server.
        indexed: articles that it has.
        others: articles that it has not.

    """

    def __init__(self, port: int, indexed: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
        self._port = port
        self._indexed = indexed
        self._others = others
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self.errors: Counter[str] = Counter()
        self.added = 0

    async def run(self, connections: int, seconds: float, articles: int, every: float) -> float:
        """Ask for so long; returns how long it was."""
        started = time.perf_counter()
        end = started + seconds
        await asyncio.gather(
            *(self._ask(number, end) for number in range(connections)), self._write(articles, every, end)
        )
        return time.perf_counter() - started

    async def _ask(self, number: int, end: float) -> None:
        connection, chance = Connection(self._port), random.Random(number)  # noqa: S311
        kinds, weights = list(MIX), list(MIX.values())
        while time.perf_counter() < end:
            await self._one(connection, self._request(chance.choices(kinds, weights)[0], chance))
        connection.close()

    async def _write(self, articles: int, every: float, end: float) -> None:
        """Add the articles that are not in the index, some at a time, under new ids when they are all in it."""
        connection, given = Connection(self._port), 0
        while articles and time.perf_counter() < end:
            batch = [
                {**self._others[number % len(self._others)], "id": f"added-{number}"}
                for number in range(given, given + articles)
            ]
            given += articles
            lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in batch)
            request = _request("POST /articles", "/articles", lines.encode(), "application/x-ndjson")
            await self._one(connection, Asked("POST /articles", request, f'"added":{articles},'.encode()))
            self.added = given
            await asyncio.sleep(every)
        connection.close()

    async def _one(self, connection: Connection, asked: Asked) -> None:
        started = time.perf_counter()
        try:
            status, body = await connection.ask(asked.bytes)
        except (OSError, EOFError, asyncio.IncompleteReadError) as error:
            connection.close()
            self.errors[f"{asked.kind}: {type(error).__name__}"] += 1
            return
        self.seconds[asked.kind].append(time.perf_counter() - started)
        if status != 200 or asked.holds not in body:
            self.errors[f"{asked.kind}: {status} {body[:100]!r}"] += 1

    def _request(self, kind: str, chance: random.Random) -> Asked:
        stored, other = chance.choice(self._indexed), chance.choice(self._others)
        id_ = quote(stored["id"])
        match kind:
            case "GET /query" | "GET /article":
                return Asked(kind, _request(kind, f"{kind[4:]}?id={id_}"), json.dumps(stored["id"]).encode())
            case "POST /query":
                return Asked(
                    kind, _post(kind, {"text": other["text"], "date": other["date"] or None}), b'"matches":['
                )
            case "POST /blocks":
                return Asked(kind, _post(kind, {"text": other["text"]}), b'"blocks":[')
            case "GET /search":
                words = stored["title"].split() or [""]
                asked = {"title": chance.choice(words), "outlet": stored["outlet"]}
                return Asked(kind, _request(kind, f"/search?{_parameters(asked)}"), b'"articles":[{')
            case "GET /families":
                asked = {"outlet": stored["outlet"]}
                return Asked(kind, _request(kind, f"/families?{_parameters(asked)}"), b'"families":[')
        return Asked(kind, _request(kind, kind[4:]), b'"articles":')


def _parameters(wanted: dict[str, str]) -> str:
    return urlencode({name: value for name, value in wanted.items() if value})


def _post(kind: str, value: dict[str, Any]) -> bytes:
    return _request(kind, kind[5:], json.dumps(value, ensure_ascii=False).encode(), "application/json")


def _request(kind: str, path: str, body: bytes = b"", media_type: str = "") -> bytes:
    method = kind.partition(" ")[0]
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n"
    if media_type:
        head += f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


@contextmanager
def server(index: Path) -> Iterator[int]:
    """A server of the index in a process of its own: its port. It ends with SIGTERM, and must end well."""
    environment = {**os.environ, "NASKH_TOKEN": TOKEN}
    command = [NASKH, "serve", index, "--port", "0", "--quiet"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None  # noqa: S101
    try:
        line = process.stderr.readline()
        port = int(line.partition("http://127.0.0.1:")[2].partition("/")[0])
        _wait(port)
        yield port
    finally:
        process.terminate()
        _, said = process.communicate(timeout=60)
        print(said, end="", file=sys.stderr)
    if process.returncode:
        raise SystemExit(f"the server ended with {process.returncode}")


def _wait(port: int) -> None:
    """Wait until the server has computed its first families."""

    async def ready() -> None:
        connection = Connection(port)
        while True:
            try:
                status, _ = await connection.ask(_request("GET /families", "/families?size=1"))
            except OSError:
                status = 0
                connection.close()
            if status == 200:
                return connection.close()
            await asyncio.sleep(0.2)

    asyncio.run(asyncio.wait_for(ready(), 120))


def read(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The articles with text: those that are indexed, and those that are not."""
    with open_lines(path) as lines:
        read = [json.loads(line) for line in lines]
    fields = ("id", "text", "outlet", "date", "title")
    articles = [{name: each.get(name) or "" for name in fields} for each in read if each["text"].strip()]
    held = articles[::HELD_OUT]
    kept = [article for number, article in enumerate(articles) if number % HELD_OUT]
    return kept, held


def report(found: Load, seconds: float, options: argparse.Namespace, loads: tuple[float, float]) -> str:
    """What came of it, in Markdown."""
    rows = []
    groups: list[tuple[str, Callable[[str], bool]]] = [(kind, kind.__eq__) for kind in (*MIX, "POST /articles")]
    for name, is_in in (*groups, ("all that read", lambda kind: kind in MIX)):
        times = [each for kind, listed in found.seconds.items() if is_in(kind) for each in listed]
        if times:
            at = (milliseconds(percentile(times, share)) for share in (0.5, 0.99))
            rows.append((name, f"{len(times):,}", f"{len(times) / seconds:,.1f}", *at, milliseconds(max(times))))
    errors = "".join(f"\n- {count} x {name}" for name, count in found.errors.most_common(10))
    return (
        f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {options.input.name}, {options.connections} connections, "
        f"{seconds:.0f} seconds; {found.added:,} articles added meanwhile, {options.articles} at a time; the "
        f"client runs on the same {cores()} cores\n{machine()}\n"
        f"- Errors: {found.errors.total()}{errors}\n"
        f"- Load of the machine before and after: {loads[0]:.1f}, {loads[1]:.1f}\n\n"
        + table(("request", "answers", "a second", "p50", "p99", "longest"), rows)
    )


def main() -> None:
    """Index, serve, ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, default=DEFAULT_INPUT)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--articles", type=int, default=20, help="that the writer adds at a time; 0: no writer")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two times")
    parser.add_argument("--folder", type=Path, help="for the index; a temporary one by default")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    options.input = require(options.input, "the corpus")
    kept, held = read(options.input)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        source, index = Path(folder) / "kept.jsonl", Path(folder) / "index"
        source.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in kept), encoding="utf-8")
        run([NASKH, "index", index, source], ok=WITH_REJECTED)
        with server(index) as port:
            found, before = Load(port, kept, held), load()
            seconds = asyncio.run(found.run(options.connections, options.seconds, options.articles, options.every))
    told = report(found, seconds, options, (before, load()))
    print(told)
    if options.write:
        before_it, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(f"{before_it}{BEGIN}\n{told}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    sys.exit(bool(found.errors))


if __name__ == "__main__":
    main()
