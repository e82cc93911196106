"""``naskh verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from naskh.cli.options import INDEX, JSON, print_json
from naskh.cli.progress import share_done

if TYPE_CHECKING:
    from naskh.index.verify import VerifyReport


@click.command(
    "verify",
    epilog="""\b
Examples:
  naskh verify news.naskh
  naskh verify news.naskh --repair     keep what is sound, and list what is lost""",
)
@INDEX
@JSON
@click.option("--repair", is_flag=True, help="Keep all that is sound, and list what is lost.")
def verify_command(index_path: Path, as_json: bool, repair: bool) -> None:
    """Read all of INDEX against its checksums, and for sense, and name each file that is damaged.

    With --repair, the index is sound afterwards: of a segment that has a damaged file, articles that can still be
    read and are what was given are indexed again; the others are listed in a file in INDEX/damaged, where the
    segment's files are kept too. Exit status 1 if anything was damaged.
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
        for line in _summary(index_path, report):
            click.echo(line, err=True)
    if report.damage:
        raise click.exceptions.Exit(1)


def _summary(index_path: Path, report: VerifyReport) -> list[str]:
    """What was found, what was done about it, and what is left to do."""
    outcome = f"{len(report.damage):,} damaged" if report.damage else "all sound"
    lines = [f"{report.files:,} files of {report.segments:,} segments, {report.bytes:,} bytes: {outcome}"]
    if not report.damage:
        return lines
    what = f"{report.damaged_articles:,} of {report.articles:,} articles are in damaged segments"
    if not report.repaired:
        keep = f"naskh verify --repair {index_path}"
        return [*lines, f"{what}: restore the folder from a copy, or keep what is sound with  {keep}"]
    lines.append(f"{what}: {report.recovered:,} were indexed again, {report.lost:,} are lost")
    if report.lost:
        listed = f", which {report.lost_file} lists" if report.lost_file else ""
        lines.append(f"index the sources again to have the lost ones back{listed}")
    for each in report.outcomes:
        if each.unnamed:
            lines.append(f"the ids of {each.unnamed:,} lost articles of segment {each.segment} are not known")
        if each.perhaps_deleted:
            lines.append(
                f"which {each.perhaps_deleted:,} articles of segment {each.segment} had been deleted is not known: "
                "these are listed with the lost ones"
            )
    if report.unlisted:
        lines.append(
            f"{report.unlisted:,} files that the copy of the manifest does not list, of a later commit or of a run "
            f"that was killed, are kept in {index_path / 'damaged'}"
        )
    return lines
