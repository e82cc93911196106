"""``naskh clean``: a corpus without duplicates, and an account of what is not in it."""

from __future__ import annotations

import time
from pathlib import Path

import click

from naskh.cleaning.audit import CleanReport
from naskh.cleaning.cleaner import clean
from naskh.cleaning.keep import Rule
from naskh.cleaning.sinks import SUFFIXES
from naskh.cli.interruption import ending_as_interrupted
from naskh.cli.options import MAP, SOURCES, Rejections, Share, checked_folder, output, print_json, show_losses
from naskh.cli.progress import phases_done


def _checked(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    """The name of a file to be written, in one of the formats, in a folder that is there."""
    if path is not None and not path.name.endswith(SUFFIXES):
        raise click.BadParameter(f"{path} must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    return checked_folder(ctx, param, path)


@click.command(
    "clean",
    epilog="""\b
Examples:
  naskh clean crawl.jsonl.zst -o clean.jsonl
  naskh clean 2024/ 2025/ -o clean.parquet --keep longest --prefer was --prefer spa
  naskh clean crawl.jsonl -o clean.jsonl --boilerplate        "read also" and rights lines too
  naskh clean crawl.jsonl --dry-run --audit audit.jsonl       only what would go, and why
  jq -r 'select(.kind == "article") | [.id, .kept] | @tsv' clean.jsonl.audit.jsonl""",
)
@SOURCES
@output("Where to; .jsonl (also .jsonl.gz, .jsonl.zst) or .parquet chooses the format.", check=_checked)
@click.option(
    "--keep",
    type=click.Choice(["earliest", "longest"]),
    default="earliest",
    show_default=True,
    help="Which of several copies stays: by date, or by words; then the first in the input.",
)
@click.option(
    "--prefer",
    metavar="OUTLET",
    multiple=True,
    help="Before that, keep the copy of this outlet. Repeatable; the first named comes first.",
)
@click.option(
    "--also",
    type=click.Choice(["partial"]),
    help="Remove also articles that share whole paragraphs with one that stays, the rest being different.",
)
@click.option(
    "--min-containment",
    type=Share(min_open=False),
    default=0.0,
    show_default=True,
    help="Remove only articles of whose text the one kept has this share, 0 to 1; others stay, copies or not.",
)
@click.option("--fix-similar", is_flag=True, help="Remove near repeats inside articles too, as naskh blocks does.")
@click.option(
    "--boilerplate", is_flag=True, help="Remove paragraphs that an outlet has in many articles over many days."
)
@click.option(
    "--audit",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_checked,
    help="Where to write what was removed, and why. [default: beside the output, FILE.audit.jsonl or .parquet]",
)
@click.option(
    "--index",
    "index_path",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Index the sources here, and keep it: done again, only what is new is indexed.",
)
@click.option("--dry-run", is_flag=True, help="Write no articles, only the account.")
@click.option("--json", "as_json", is_flag=True, help="The summary as one JSON object on standard output.")
@MAP
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Threads, and processes that read web pages; all cores by default.",
)
def clean_command(
    sources: tuple[str, ...],
    output: Path | None,
    keep: Rule,
    prefer: tuple[str, ...],
    also: str | None,
    min_containment: float,
    fix_similar: bool,
    boilerplate: bool,
    audit: Path | None,
    index_path: Path | None,
    dry_run: bool,
    as_json: bool,
    fields: dict[str, str],
    workers: int | None,
) -> None:
    """Write a corpus without duplicates: of articles that are copies one stays, each text said once.

    SOURCE is JSON lines, CSV, Parquet, Arrow, a text file, a web archive, a folder or a quoted pattern of these,
    or - for standard input; see naskh index --help. Sources are read twice, web archives too. Articles come out
    in the order of the input, JSON lines with all their fields. No two of them are copies; each that was removed
    is a copy of the one that the audit names. Cleaning the output again removes nothing. No SOURCE is ever
    written to.
    """
    if output is None and not dry_run:
        raise click.UsageError("say where to write the articles (-o FILE), or ask for --dry-run")
    if audit is None and output is not None:
        audit = output.with_name(f"{output.name}.audit{'.parquet' if output.suffix == '.parquet' else '.jsonl'}")
    if audit is not None and output is not None and audit.resolve() == output.resolve():
        raise click.UsageError("--audit and --output are the same file")
    started = time.perf_counter()
    rejections = Rejections(also=lambda _: None)
    with ending_as_interrupted(), phases_done("reading") as progress:
        report = clean(
            sources,
            None if dry_run else output,
            audit=audit,
            keep=keep,
            prefer=prefer,
            also_partial=also == "partial",
            min_containment=min_containment,
            fix_similar=fix_similar,
            boilerplate=boilerplate,
            index=index_path,
            fields=fields,
            workers=workers,
            on_reject=rejections,
            progress=progress,
        )
    if as_json:
        print_json(report)
    _tell(report, time.perf_counter() - started)
    show_losses(report)
    rejections.show("" if audit is None else f" in {audit}")
    if rejections.count:
        raise click.exceptions.Exit(1)


def _tell(report: CleanReport, elapsed: float) -> None:
    """Say on standard error what became of the sources."""
    removed = report.characters_removed
    passes = "1 pass" if report.passes == 1 else f"{report.passes:,} passes"
    click.echo(
        f"{report.articles_in:,} articles in: {report.kept:,} kept, {report.removed:,} copies removed, "
        f"{report.replaced:,} replaced by later ones, {report.rejected:,} rejected",
        err=True,
    )
    if report.half_lost:
        click.echo(
            f"{report.half_lost:,} of the copies have more than twice the words of the one kept, and are lost with "
            "what else they say: --keep longest keeps them instead, --min-containment beside it",
            err=True,
        )
    click.echo(
        f"{report.characters_in:,} characters in: {report.characters_out:,} out, {removed.article:,} with copies, "
        f"{removed.replaced:,} replaced, {removed.repeat:,} in {report.repeats:,} repeats, "
        f"{removed.boilerplate:,} in {report.boilerplate:,} paragraphs of boilerplate",
        err=True,
    )
    click.echo(f"{passes}; {elapsed:.1f} s, {report.articles_in / elapsed:,.0f} articles/s", err=True)
