"""``naskh compact``."""

from __future__ import annotations

import time
from pathlib import Path

import click

from naskh.cli.options import INDEX
from naskh.cli.progress import share_done
from naskh.engine import Index


@click.command(
    "compact",
    epilog="""\b
Examples:
  naskh compact news.naskh          after naskh delete: frees the space
  naskh compact news.naskh --all    one segment, when nothing will be added for long""",
)
@INDEX
@click.option("--all", "everything", is_flag=True, help="Make one segment of all.")
@click.option("--workers", type=click.IntRange(min=1), help="Threads that make files. [default: all cores]")
def compact_command(index_path: Path, everything: bool, workers: int | None) -> None:
    """Free the space of deleted and replaced articles in INDEX, and merge small segments.

    Indexing merges segments by itself, so this is needed after deleting only. Queries go on meanwhile and
    answer the same before, during and after. The index takes up to twice its space until it is done; if it is
    interrupted, the index is as it was, and the next run clears away what was begun.
    """
    started = time.perf_counter()
    with share_done("compacting") as progress:
        try:
            report = Index(index_path).compact(everything=everything, workers=workers, progress=progress)
        except KeyboardInterrupt:
            click.echo(f"naskh: interrupted; nothing in {index_path} is lost", err=True)
            raise click.exceptions.Exit(130) from None
    segments = "1 segment" if report.segments_before == 1 else f"{report.segments_before:,} segments"
    freed = "1 deleted article was" if report.freed == 1 else f"{report.freed:,} deleted articles were"
    click.echo(
        f"{segments} became {report.segments:,}, {freed} removed; {index_path} takes {report.bytes:,} bytes, "
        f"{report.bytes_before:,} before. {time.perf_counter() - started:.1f} s",
        err=True,
    )
