"""``naskh spark``: index, pairs and families over a cluster."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from naskh.cli import WITHOUT_PANDAS
from naskh.cli.options import INDEX, MAP, Rejections, Share, level
from naskh.index.files import REJECTED
from naskh.matching.measures import MIN_JACCARD
from naskh.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from naskh.spark.session import Work

Command = Callable[..., Any]


class _Cluster(msgspec.Struct):
    """Where Spark runs, and how."""

    master: str | None
    conf: dict[str, str]
    partitions: int | None
    work: Path | None


def _settings_of(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{pair!r} is not NAME=VALUE, such as spark.driver.memory=4g")
        found[name] = value
    return found


@click.group(
    "spark",
    epilog="""\b
Examples:
  naskh spark --master 'local[8]' index news.naskh 'crawl/*.jsonl.gz'
  naskh spark pairs news.naskh -o pairs.parquet --level paragraph
  naskh spark families news.naskh -o families.parquet --pairs pairs.parquet
  spark-submit --master yarn --archives env.tar.gz#env src/naskh/spark/__main__.py pairs /share/news.naskh ...
All machines must see INDEX and --work under the same path. Outputs are folders of Parquet files.""",
)
@click.option(
    "--master", help="Where Spark runs, such as local[8] or spark://host:7077. [default: as spark-submit says]"
)
@click.option(
    "--conf", multiple=True, metavar="NAME=VALUE", callback=_settings_of, help="A setting of Spark. Repeatable."
)
@click.option("--partitions", type=click.IntRange(min=1), help="Of each shuffle. [default: 4 a core, or more]")
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder that all machines see, for what is handed on; removed at the end. [default: beside INDEX]",
)
@click.pass_context
def spark_command(
    context: click.Context, master: str | None, conf: dict[str, str], partitions: int | None, work: Path | None
) -> None:
    """Index, pair and find families on a cluster, with the results of one machine.

    It needs  pip install 'naskh[spark]'  and Java 17 or newer.
    """
    with suppress(ValueError):
        sys.meta_path.remove(WITHOUT_PANDAS)  # Spark wants it
    context.obj = _Cluster(master, conf, partitions, work)


def _free(_: click.Context, __: click.Parameter, output: Path | None) -> Path | None:
    if output is not None and output.exists():
        raise click.BadParameter(f"{output} is there already; give another name, or remove it")
    return output


def _output(*names: str, text: str, required: bool = True) -> Callable[[Command], Command]:
    kind = click.Path(path_type=Path)
    return click.option(*names, metavar="FOLDER", required=required, type=kind, callback=_free, help=text)


@spark_command.command("index")
@INDEX
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@MAP
@click.option("--no-text", is_flag=True, help="New index: do not keep the texts.")
@click.pass_obj
def index_command(
    cluster: _Cluster, index_path: Path, sources: tuple[str, ...], fields: dict[str, str], no_text: bool
) -> None:
    """Add articles to INDEX in one commit, making it if there is none.

    SOURCE is what Spark reads: paths or addresses of JSON lines (with * if need be; .gz and .zst too) or of Parquet
    (.parquet), each row an article. A later source replaces articles of an earlier one.
    """
    started = time.perf_counter()
    with _session(cluster) as (spark, progress):
        from naskh.spark.build import build_index

        settings = Settings(store_text=False) if no_text else None
        report = build_index(spark, index_path, sources, fields=fields, settings=settings, progress=progress)
    counts = report.counts
    click.echo(
        f"{counts.added:,} added, {counts.replaced:,} replaced, {counts.unchanged:,} unchanged"
        f" in {time.perf_counter() - started:.1f} s",
        err=True,
    )
    if report.unreadable_dates:
        click.echo(f"{report.unreadable_dates:,} dates could not be read and are null", err=True)
    rejections = Rejections(also=lambda _: None)
    for rejection in report.rejections:
        rejections(rejection)
    rejections.show(where=f" in {index_path / REJECTED}")
    if rejections.count:
        raise click.exceptions.Exit(1)


@spark_command.command("pairs")
@INDEX
@_output("-o", "--output", text="Where to.")
@level("Of what.")
@click.option("--min-jaccard", default=MIN_JACCARD, show_default=True, type=Share(), help="As of naskh pairs.")
@click.option("--min-containment", type=Share(), help="As of naskh pairs.")
@click.pass_obj
def pairs_command(
    cluster: _Cluster, index_path: Path, output: Path, level: str, min_jaccard: float, min_containment: float | None
) -> None:
    """Write all duplicate pairs, the rows of `naskh pairs`, in the same order."""
    if min_containment is not None and level == "paragraph":
        raise click.UsageError("--min-containment is for --level article")
    started = time.perf_counter()
    with _working(cluster, index_path) as work:
        from naskh.spark.pairs import compare, named_pairs, paragraph_pairs

        if level == "paragraph":
            pairs = paragraph_pairs(work, min_jaccard)
        else:
            pairs = named_pairs(work, compare(work, min_jaccard, min_containment), min_jaccard, min_containment)
        count = work.written(pairs, output)
    click.echo(f"{count:,} pairs of {level}s to {output} in {time.perf_counter() - started:.1f} s", err=True)


@spark_command.command("families")
@INDEX
@_output("-o", "--output", text="Where to.")
@_output(
    "--pairs", "pairs_output", text="Also write the pairs of articles that `naskh pairs` writes.", required=False
)
@click.option(
    "--min-outlets", default=1, type=click.IntRange(min=1), show_default=True, help="As of naskh families."
)
@click.pass_obj
def families_command(
    cluster: _Cluster, index_path: Path, output: Path, pairs_output: Path | None, min_outlets: int
) -> None:
    """Write the syndication families, those of `naskh families`, in the same order."""
    started = time.perf_counter()
    with _working(cluster, index_path) as work:
        from naskh.matching.comparison import MIN_CONTAINMENT
        from naskh.spark.families import all_families
        from naskh.spark.pairs import compare, named_pairs

        compared = compare(work, 1.0, MIN_CONTAINMENT)
        if pairs_output is not None:
            count = work.written(named_pairs(work, compared), pairs_output)
            click.echo(f"{count:,} pairs of articles to {pairs_output}", err=True)
        found = all_families(work, compared)
        count = work.written(found if min_outlets == 1 else found.where(f"outlets >= {min_outlets}"), output)
    click.echo(f"{count:,} families to {output} in {time.perf_counter() - started:.1f} s", err=True)


@contextmanager
def _session(cluster: _Cluster) -> Iterator[tuple[SparkSession, Callable[[str], None]]]:
    from naskh.spark.session import start_session

    spark = start_session(cluster.master, cluster.conf)
    on_terminal = sys.stderr.isatty()

    def progress(step: str) -> None:
        if on_terminal:
            click.echo(f"\r\x1b[K{step} ...", nl=False, err=True)

    try:
        yield spark, progress
    finally:
        if on_terminal:
            click.echo("\r\x1b[K", nl=False, err=True)
        spark.stop()


@contextmanager
def _working(cluster: _Cluster, index_path: Path) -> Iterator[Work]:
    from naskh.spark.session import working

    with (
        _session(cluster) as (spark, progress),
        working(spark, index_path, cluster.work, partitions=cluster.partitions, progress=progress) as work,
    ):
        yield work
