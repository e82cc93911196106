"""``naskh verify``."""

from __future__ import annotations

from pathlib import Path

import click

from naskh.cli.options import INDEX, JSON, print_json
from naskh.cli.progress import share_done


@click.command(
    "verify",
    epilog="""\b
Examples:
  naskh verify news.naskh
  naskh verify news.naskh --repair     keep what is sound; then index the sources again""",
)
@INDEX
@JSON
@click.option("--repair", is_flag=True, help="Take damaged segments out, and restore the manifest from its copy.")
def verify_command(index_path: Path, as_json: bool, repair: bool) -> None:
    """Read all of INDEX against its checksums, and name each file that is damaged.

    With --repair, segments that have a damaged file are taken out (their files are kept in INDEX/damaged), and all
    others stay. Exit status 1 if anything was damaged.
    """
    from naskh.index.repair import repair as repaired
    from naskh.index.verify import verify

    with share_done("verifying") as progress:
        report = (repaired if repair else verify)(index_path, progress)
    if as_json:
        print_json(report)
    else:
        for found in report.damage:
            click.echo(f"{index_path / found.file}: {found.reason}")
        outcome = f"{len(report.damage):,} damaged" if report.damage else "all sound"
        click.echo(
            f"{report.files:,} files of {report.segments:,} segments, {report.bytes:,} bytes: {outcome}", err=True
        )
        if report.damage:
            what = f"{report.damaged_articles:,} of {report.articles:,} articles are in damaged segments"
            remedy = (
                "these were taken out; index the sources again to have their articles back"
                if report.repaired
                else f"restore the folder from a copy, or keep the others with  naskh verify --repair {index_path}"
            )
            click.echo(f"{what}: {remedy}", err=True)
    if report.damage:
        raise click.exceptions.Exit(1)
