"""``naskh serve``: the index over HTTP."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import click

from naskh.cli.extras import needs
from naskh.cli.options import INDEX
from naskh.engine import Index

PORT = 8750
#: The environment variable that may hold the token.
TOKEN = "NASKH_TOKEN"  # noqa: S105 - its name
#: Characters of a token at least: as many hexadecimal digits are 64 bits.
LEAST_TOKEN = 16


@click.command(
    "serve",
    epilog="""\b
Examples:
  naskh serve news.naskh                               http://127.0.0.1:8750/, for this machine alone
  naskh serve news.naskh --token-file token.txt        who has the token may add articles
  curl 'http://127.0.0.1:8750/query?id=alsahifa-0012'
  jq -Rs '{text: .}' article.txt | curl --json @- http://127.0.0.1:8750/blocks
  openssl rand -hex 32 > token.txt                     makes a token""",
)
@INDEX
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=PORT, type=click.IntRange(0, 65535), show_default=True, help="The port; 0 takes a free one."
)
@click.option(
    "--token-file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=f"Holds the token with which articles may be added and deleted; else {TOKEN} does, else nobody may.",
)
@click.option(
    "--allow-host",
    "hosts",
    metavar="NAME",
    multiple=True,
    help="A name that the server answers to besides: that of a proxy before it. Repeatable. One that others than "
    "this machine reach answers to any name, unless some are given.",
)
@click.option(
    "--max-text", type=click.IntRange(min=1), help="Characters that a given text may have; 100,000 by default."
)
@click.option(
    "--share-port",
    is_flag=True,
    help="Several servers may listen on the port; each answers with one core in Python.",
)
@click.option("--quiet", is_flag=True, help="Log what goes wrong only, and no requests.")
def serve_command(
    index_path: Path,
    host: str,
    port: int,
    token_file: Path | None,
    hosts: tuple[str, ...],
    max_text: int | None,
    share_port: bool,
    quiet: bool,
) -> None:
    """Serve INDEX over HTTP: queries, blocks, families, search; and articles are added by who has the token.

    What other processes add is in the next answer. /openapi.json describes the routes. SIGTERM and Ctrl-C let
    running answers come to their end.
    """
    with needs("serve"):
        from naskh.web.app import create_app
        from naskh.web.hosts import is_loopback, names_of
        from naskh.web.server import address_of, listen, serve
        from naskh.web.service import MAX_TEXT, Service
    token = _token(token_file)
    index = Index(index_path)
    articles = len(index)  # an index must exist
    _log_to_standard_error(quiet)
    with listen(host, port, shared=share_port) as listening:
        address = listening.getsockname()[0]
        app = create_app(
            Service(index, max_text=max_text or MAX_TEXT), token=token, hosts=names_of(address, host, hosts)
        )
        writing = "articles are added with the token" if token else "no token: nobody adds articles"
        where = f"{index_path} ({articles:,} articles) at {address_of(listening)} ({writing})"
        if not is_loopback(address):
            click.echo(_warning(host, token), err=True)
        serve(app, listening, lambda: click.echo(f"naskh: serving {where}; Ctrl-C ends it", err=True))
    click.echo("naskh: ended", err=True)


def _token(path: Path | None) -> str | None:
    """The token, if there is one.

    Raises:
        UsageError: it is too short to be one, or could not stand in a header.

    """
    given = os.environ.get(TOKEN) if path is None else path.read_text("utf-8", "replace")
    if given is None:
        return None
    token = given.strip()
    where = TOKEN if path is None else str(path)
    if len(token) < LEAST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise click.UsageError(
            f"{where} must hold {LEAST_TOKEN} ASCII characters or more and no space, such as  openssl rand -hex 32"
        )
    return token


def _warning(host: str, token: str | None) -> str:
    said = f"naskh: warning: whoever reaches {host} can read the whole index"
    if token is None:
        return said
    return f"{said}; and the token goes over the network unencrypted, unless a proxy with TLS stands before this"


def _log_to_standard_error(quiet: bool) -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("naskh.web").setLevel(logging.WARNING if quiet else logging.INFO)
