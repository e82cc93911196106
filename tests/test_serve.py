"""``naskh serve`` as a process: it says where it is, answers, ends well, and says what it cannot do."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

import naskh.web.server
from naskh import Article, Index
from naskh.cli import cli
from naskh.errors import CannotListen
from naskh.web.hosts import LOOPBACK
from naskh.web.server import listen
from naskh.web.service import Service
from tests.web import BEARER, TOKEN, Server


@pytest.fixture
def indexed(index: Index) -> Path:
    index.add([Article(id="a", text="نص قديم كان هنا من قبل")])
    return index.path


def refused(code: str, *arguments: str | Path) -> str:
    """What the command line says where it ends at once, by status 2 and in one line."""
    command = [sys.executable, "-c", f"{code}\nfrom naskh.cli import main; main()", "serve", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@contextmanager
def half_sent(server: Server, articles: list[dict[str, str]]) -> Iterator[tuple[socket.socket, bytes]]:
    """A request to add articles of which only a half is sent: the connection, and the other half."""
    body = json.dumps(articles).encode()
    head = (
        f"POST /articles HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(60)
        connection.sendall(head.encode() + body[:10])
        time.sleep(0.5)  # until it is being answered
        yield connection, body[10:]


def read_all(connection: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_when_told(indexed: Path, with_signal: int) -> None:
    with Server(indexed) as server:
        assert "(1 articles)" in server.greeting
        assert "nobody adds articles" in server.greeting
        assert httpx.get(f"{server.url}/health").json()["articles"] == 1
        said = server.end(with_signal)
    assert server.process.returncode == 0
    assert said.splitlines()[-1] == "naskh: ended"
    assert "GET /health 200" in said
    assert "Traceback" not in said


def test_what_is_being_answered_comes_to_its_end(indexed: Path) -> None:
    with (
        Server(indexed, token=TOKEN) as server,
        half_sent(server, [{"id": "b", "text": "نص جديد"}]) as (connection, rest),
    ):
        server.process.terminate()
        time.sleep(0.5)
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(rest)
        answer = read_all(connection)
        assert server.process.wait(60) == 0
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"added":1' in answer
    assert "b" in Index(indexed)


def test_a_second_signal_waits_for_nobody(indexed: Path) -> None:
    with Server(indexed, token=TOKEN) as server, half_sent(server, [{"id": "b", "text": "نص جديد"}]):
        server.process.terminate()
        time.sleep(0.5)
        assert server.process.poll() is None
        server.process.terminate()
        assert server.process.wait(20) == 0
    assert "b" not in Index(indexed)


def test_the_token_is_not_logged(indexed: Path) -> None:
    with Server(indexed, token=TOKEN) as server:
        assert TOKEN not in server.greeting
        article = {"id": "b", "text": "نص جديد"}
        assert httpx.post(f"{server.url}/articles", json=article, headers=BEARER).status_code == 200
        assert httpx.post(f"{server.url}/articles", content=b"{", headers=BEARER).status_code == 415
        assert httpx.get(f"{server.url}/article", params={"id": "ما يبحث عنه"}).status_code == 404
        said = server.end()
    assert "POST /articles 200" in said
    assert TOKEN not in said
    assert "%D9" not in said  # nor what is searched for


def test_a_body_that_is_too_large_is_answered_before_the_connection_ends(indexed: Path) -> None:
    with Server(indexed) as server:
        for content in (b"x" * 5_000_000, iter([b"x" * 500_000] * 10)):
            answer = httpx.post(
                f"{server.url}/query", content=content, headers={"Content-Type": "application/json"}, timeout=30
            )
            assert answer.status_code == 413


def test_what_another_process_adds_is_in_the_next_answer(indexed: Path) -> None:
    with Server(indexed, "--quiet") as server:
        assert httpx.get(f"{server.url}/article", params={"id": "b"}).status_code == 404
        Index(indexed).add([Article(id="b", text="نص")])
        assert httpx.get(f"{server.url}/article", params={"id": "b"}).json()["text"] == "نص"
        assert httpx.get(f"{server.url}/health").json()["generation"] == 2
        assert server.end() == "naskh: ended\n"


def test_several_share_a_port_if_all_of_them_want_to(indexed: Path) -> None:
    with Server(indexed, "--share-port") as one, Server(indexed, "--share-port", "--port", str(one.port)) as other:
        assert other.port == one.port
        for _ in range(24):  # that all come to one of them has a chance of one in eight million
            assert httpx.get(f"{one.url}/health").status_code == 200
        answered = [server.end().count("GET /health") for server in (one, other)]
    assert sum(answered) == 24
    assert all(answered)
    with pytest.raises(CannotListen), listen("127.0.0.1", 0, shared=True) as shared:
        listen("127.0.0.1", shared.getsockname()[1])


# --- what it cannot do -----------------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_named(indexed: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused("", indexed, "--port", str(port))
    assert (
        said
        == f"naskh: port {port} of 127.0.0.1 is taken, by another naskh serve perhaps;  --port N  takes another\n"
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "no host", ".x", "a" * 70])
def test_an_address_that_is_not_of_this_machine_is_named(host: str) -> None:
    with pytest.raises(CannotListen, match=f"{host}( port 8750)? cannot be listened on: "):
        listen(host, 8750)


def test_an_index_must_be_there(tmp_path: Path) -> None:
    assert refused("", tmp_path / "nowhere").startswith("naskh: no naskh index at ")


def test_an_index_that_cannot_be_used_when_the_server_starts_is_named(indexed: Path) -> None:
    code = """
from naskh import Index
from naskh.errors import IndexCorrupt
def warm_up(self): raise IndexCorrupt("a file of it is damaged")
Index.warm_up = warm_up"""
    assert refused(code, indexed, "--port", "0") == "naskh: a file of it is damaged\n"


@pytest.mark.parametrize("arguments", [(), ("--max-text", "10")])
def test_a_title_longer_than_a_text_may_be_is_no_fault(index: Index, arguments: tuple[str, ...]) -> None:
    index.add([Article(id="a", text="نص قديم كان هنا من قبل", title="نسخ " * 30_000)])
    with Server(index.path, *arguments) as server:
        assert httpx.get(f"{server.url}/health").status_code == 200
        assert "Traceback" not in server.end()


def test_what_goes_wrong_when_the_index_is_tried_is_logged_and_no_more(
    index: Index, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    index.add([Article(id="a", text="نص قديم كان هنا من قبل")])
    service = Service(index)
    monkeypatch.setattr(service, "query", lambda _: 1 / 0)
    service.start()
    service.close()
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("package", ["fastapi", "uvicorn"])
def test_a_missing_extra_is_named(indexed: Path, package: str) -> None:
    assert "pip install 'naskh[serve]'" in refused(f"import sys; sys.modules[{package!r}] = None", indexed)


@pytest.mark.parametrize("token", ["", "short", "with blanks in the middle", "كلمة سر طويلة بما يكفي"])
def test_a_token_that_is_none_is_refused(indexed: Path, tmp_path: Path, token: str) -> None:
    file = tmp_path / "token"
    file.write_text(token + "\n", "utf-8")
    for arguments, environment in (([], {"NASKH_TOKEN": token}), (["--token-file", str(file)], {})):
        done = CliRunner().invoke(cli, ["serve", str(indexed), *arguments], env=environment)
        assert done.exit_code == 2
        assert "must hold 16 ASCII characters or more" in done.stderr
        assert not token or token not in done.stderr


# --- who may reach it ------------------------------------------------------------------------------------------


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The applications that would have been served; nothing is listened on."""
    apps: list[Any] = []
    bind = naskh.web.server.listen
    monkeypatch.setattr(naskh.web.server, "listen", lambda host, *_, **__: bind(host, 0))
    monkeypatch.setattr(naskh.web.server, "serve", lambda app, *_: apps.append(app))
    return apps


def names_of(app: Any) -> Any:
    """The names to which an application answers."""
    return next(layer.kwargs["names"] for layer in app.user_middleware if "names" in layer.kwargs)


@pytest.mark.parametrize(("token", "warned"), [(None, False), (TOKEN, True)], ids=["no token", "token"])
def test_who_lets_others_reach_it_is_warned(
    indexed: Path, served: list[Any], token: str | None, warned: bool
) -> None:
    environment = {"NASKH_TOKEN": token}
    done = CliRunner().invoke(cli, ["serve", str(indexed), "--host", "0.0.0.0"], env=environment)  # noqa: S104
    assert done.exit_code == 0, done.output
    assert "warning: whoever reaches 0.0.0.0 can read the whole index" in done.stderr
    assert ("unencrypted" in done.stderr) == warned
    assert names_of(served[0]) is None


def test_a_server_for_this_machine_answers_to_its_names_and_those_allowed(indexed: Path, served: list[Any]) -> None:
    done = CliRunner().invoke(cli, ["serve", str(indexed), "--allow-host", "naskh.example"])
    assert done.exit_code == 0, done.output
    assert "warning" not in done.stderr
    assert names_of(served[0]) == {*LOOPBACK, "naskh.example"}


@pytest.mark.parametrize(("host", "address"), [("127.0.0.2", "127.0.0.2"), ("127.1", "127.0.0.1")])
def test_it_answers_to_the_address_that_it_has_and_the_name_that_was_given(
    indexed: Path, served: list[Any], host: str, address: str
) -> None:
    done = CliRunner().invoke(cli, ["serve", str(indexed), "--host", host])
    assert done.exit_code == 0, done.output
    assert "warning" not in done.stderr
    assert names_of(served[0]) == {*LOOPBACK, host, address}


def test_a_server_that_others_reach_is_held_to_the_names_that_are_allowed(indexed: Path, served: list[Any]) -> None:
    every = "0.0.0.0"  # noqa: S104
    done = CliRunner().invoke(cli, ["serve", str(indexed), "--host", every, "--allow-host", "naskh.example"])
    assert "warning: whoever reaches" in done.stderr
    assert names_of(served[0]) == {*LOOPBACK, every, "naskh.example"}


def test_a_token_is_read_from_a_file(indexed: Path, served: list[Any], tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN + "\n")
    CliRunner().invoke(cli, ["serve", str(indexed), "--token-file", str(tmp_path / "token")])
    assert served[0].state.token.is_this(TOKEN)
    assert not served[0].state.token.is_this(TOKEN + "\n")
