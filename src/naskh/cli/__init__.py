"""The command line: a thin layer over `naskh.Index`, one module a command, each imported only when it is called."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from naskh import __version__
from naskh.cli.interruption import uninterrupted_imports
from naskh.errors import NaskhError

#: The commands, in the order of the help, with the module of each.
COMMANDS = {
    "index": "index",
    "query": "query",
    "blocks": "blocks",
    "pairs": "pairs",
    "families": "families",
    "report": "report",
    "clean": "clean",
    "evaluate": "evaluate",
    "signatures": "signatures",
    "stats": "admin",
    "delete": "admin",
    "compact": "compact",
    "verify": "verify",
    "serve": "serve",
    "spark": "spark",
    "completion": "completion",
}

UNUSABLE = 2


class _WithoutPandas:
    """Lets nobody find pandas: pyarrow would import it for the first array, for a third of a second and nothing."""

    def find_spec(self, name: str, *_: object) -> None:
        """Refuse one module, and leave others to other finders."""
        if name == "pandas":
            raise ModuleNotFoundError(f"{name} is not used here", name=name)


WITHOUT_PANDAS = _WithoutPandas()


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed: starting must not cost half a second."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        with uninterrupted_imports():
            module = import_module(f"naskh.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  naskh blocks article.txt               text pasted twice into one article
  naskh index news.naskh crawl.jsonl.zst index a crawl; run it again for what is new
  naskh query news.naskh article.txt     who else carried this story
  naskh pairs news.naskh -o pairs.parquet
  naskh families news.naskh -o families.jsonl
  naskh report news.naskh -o report.html  all that on one page
  naskh clean crawl.jsonl.zst -o clean.jsonl   a corpus without duplicates
  naskh evaluate news.naskh              how complete that is, and where to set the threshold
  naskh signatures news.naskh -o signatures.parquet   MinHash signatures, for datasketch
  naskh serve news.naskh                 the same over HTTP, and pages to look at in a browser
Each command has its own --help. Exit status: 0 done, 1 done but some input was rejected, 2 not done.""",
)
@click.version_option(__version__, prog_name="naskh")
def cli() -> None:
    """Find near-duplicates in Arabic news: blocks repeated inside an article, copies across outlets."""


def _fail(error: NaskhError | OSError) -> NoReturn:
    """Say in one line what went wrong, with nothing in it that steers the terminal."""
    from naskh.cli.options import printable

    said = str(error)
    if isinstance(error, OSError) and error.strerror is not None:
        said = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    click.echo(f"naskh: {printable(said)}", err=True)
    sys.exit(UNUSABLE)


def main() -> None:
    """Run the command line; errors that a user can mend are one line, without a traceback."""
    # Imports leave hundreds of thousands of objects, and looking through them again and again for cycles takes a
    # third as long as they do.
    gc.set_threshold(100_000)
    # OpenBLAS starts a thread for each core and lets them spin for a while; nothing here multiplies matrices.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # numba looks whether scipy is there, for a linear algebra that no kernel here does: a quarter of a second.
    sys.modules.setdefault("scipy", None)  # type: ignore[arg-type]
    sys.meta_path.insert(0, WITHOUT_PANDAS)
    try:
        sys.exit(
            cli.main(prog_name="naskh", standalone_mode=False)
        )  # the status that a command exits with, or None
    except click.Abort:
        click.echo("\nnaskh: interrupted", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        sys.stderr.close()
        sys.exit(1)
    except (NaskhError, OSError) as error:
        _fail(error)
    except RuntimeError as error:
        if "no locator available" not in str(error):  # numba's words
            raise
        click.echo(
            "naskh: there is no folder to keep compiled code in: neither naskh's own nor the user's cache can be "
            "written. Name one:  NUMBA_CACHE_DIR=/some/folder naskh ...",
            err=True,
        )
        sys.exit(UNUSABLE)
    finally:
        gc.freeze()  # else the interpreter looks for cycles once more before it ends, for a sixth of a second
