"""``naskh verify``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from naskh.cli.options import INDEX, JSON, print_json, printable
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
    segment's files are kept too, until you delete that folder. Exit status 1 if anything was damaged.
    """
    from naskh.index.repair import repair as repaired
    from naskh.index.verify import verify

    with share_done("verifying") as progress:
        report = (repaired if repair else verify)(index_path, progress)
    if as_json:
        print_json(_in_unicode(report))
    else:
        for found in report.damage:
            click.echo(printable(f"{index_path / found.file}: {found.reason}"))
        for line in _summary(index_path, report):
            click.echo(printable(line), err=True)
    if report.damage:
        raise click.exceptions.Exit(1)


def _in_unicode(report: VerifyReport) -> VerifyReport:
    """The report with replacement characters for what is not UTF-8 in the path of the index: JSON has no bytes."""

    def text(path: str) -> str:
        return os.fsencode(path).decode("utf-8", "replace")

    return msgspec.structs.replace(
        report,
        damage=[msgspec.structs.replace(found, reason=text(found.reason)) for found in report.damage],
        lost_file=None if report.lost_file is None else text(report.lost_file),
    )


def _summary(index_path: Path, report: VerifyReport) -> list[str]:
    """What was found, what was done about it, and what is left to do."""
    from naskh.index.keeping import DAMAGED

    outcome = f"{len(report.damage):,} damaged" if report.damage else "all sound"
    lines = [f"{report.files:,} files of {report.segments:,} segments, {report.bytes:,} bytes: {outcome}"]
    if not report.damage:
        return lines
    what = f"{report.damaged_articles:,} of {report.articles:,} articles are in damaged segments"
    if not report.repaired:
        keep = f"naskh verify --repair {index_path}"
        return [*lines, f"{what}: restore the folder from a copy, or keep what is sound with  {keep}"]
    lines.append(f"{what}: {report.recovered:,} indexed again, {report.lost:,} lost")
    if report.lost:
        lines.append("index the sources again to have the lost ones back")
    if report.lost_file:
        lines.append(f"the lost ones are listed in {report.lost_file}")
    for each in report.outcomes:
        if each.unnamed:
            lines.append(f"lost ones of segment {each.segment} whose ids are not known: {each.unnamed:,}")
        if each.perhaps_deleted:
            lines.append(
                f"listed with the lost ones of segment {each.segment}, since it is not known which these are: "
                f"{each.perhaps_deleted:,} that had been deleted"
            )
    if report.unlisted:
        lines.append(
            "files that the copy of the manifest does not list, of a later commit or of a run that was killed: "
            f"{report.unlisted:,}"
        )
    kept = index_path / DAMAGED
    if kept.exists():
        lines.append(f"what was taken out is kept in {kept}; delete that folder when you like")
    return lines
