"""``naskh stats`` and ``naskh delete``."""

from __future__ import annotations

from pathlib import Path

import click

from naskh.article import Stats
from naskh.cli.options import INDEX, JSON, print_json, printable
from naskh.engine import Index
from naskh.settings import Settings


@click.command(
    "stats",
    epilog="""\b
Examples:
  naskh stats news.naskh
  naskh stats news.naskh --json | jq .articles""",
)
@INDEX
@JSON
def stats_command(index_path: Path, as_json: bool) -> None:
    """Say what INDEX holds: articles, outlets, dates, size on disk, settings, expected recall."""
    stats = Index(index_path).stats()
    if as_json:
        print_json(stats)
        return
    from naskh.cli.output import console, show_table

    show_table(console(), _rows(stats))


def _rows(stats: Stats) -> list[tuple[str, str]]:
    size = sum(stats.bytes.values())
    each = f" ({size / stats.articles:,.0f} bytes an article)" if stats.articles else ""
    outlets = ", ".join(
        f"{printable(name) or 'none'} {count:,}" for name, count in list(stats.outlets.items())[:12]
    )
    if len(stats.outlets) > 12:
        outlets += f", and {len(stats.outlets) - 12} more"
    return [
        ("articles", f"{stats.articles:,}"),
        ("paragraphs", f"{stats.paragraphs:,}"),
        ("outlets", outlets or "none"),
        ("dates", f"{stats.first_date} to {stats.last_date}" if stats.first_date else "none"),
        ("deleted", f"{stats.deleted:,} (naskh compact frees their space)"),
        ("segments", f"{stats.segments}, generation {stats.generation}"),
        ("on disk", f"{size:,} bytes{each}"),
        ("", ", ".join(f"{kind} {count:,}" for kind, count in stats.bytes.items())),
        ("settings", _settings(stats.settings)),
        (
            "recall",
            ", ".join(f"{recall:.4f} at Jaccard {at}" for at, recall in stats.expected_recall.items()),
        ),
    ]


def _settings(settings: Settings) -> str:
    return (
        f"shingles of {settings.shingle_words} words, {settings.num_perm} permutations, {settings.bands} bands of "
        f"{settings.rows} rows, texts {'kept' if settings.store_text else 'not kept'}"
    )


@click.command(
    "delete",
    epilog="""\b
Example:
  naskh delete news.naskh alsahifa-0012 annil-0003""",
)
@INDEX
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
def delete_command(index_path: Path, ids: tuple[str, ...]) -> None:
    """Delete articles by id; the next query no longer sees them. Exit status 1 if one was not there."""
    unknown = Index(index_path).delete(ids)
    click.echo(f"{len(set(ids)) - len(unknown):,} deleted", err=True)
    if unknown:
        click.echo(f"{len(unknown):,} not in {index_path}:", err=True)
        for article_id in unknown:
            click.echo(f"  {printable(article_id)}", err=True)
        raise click.exceptions.Exit(1)
