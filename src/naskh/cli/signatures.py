"""``naskh signatures``: the MinHash signatures of an index, to a file."""

from __future__ import annotations

import time
from pathlib import Path

import click

from naskh.article import Level
from naskh.cli.files import write_batches
from naskh.cli.options import INDEX, OUTPUT, level
from naskh.engine import Index
from naskh.index.signatures import signatures_schema


@click.command(
    "signatures",
    epilog="""\b
Examples:
  naskh signatures news.naskh -o signatures.parquet
  naskh signatures news.naskh -o paragraphs.parquet --level paragraph""",
)
@INDEX
@OUTPUT
@level("Signatures of what.")
def signatures_command(index_path: Path, output: Path, level: Level) -> None:
    """Write the MinHash signatures of all articles, or of all paragraphs, for other programs.

    They are those of datasketch, value for value (scheme "affine32"): docs/from-datasketch.md shows how to use
    them there. In Parquet, the schema's metadata `minhash` says how they are made.
    """
    started = time.perf_counter()
    index = Index(index_path)
    schema = signatures_schema(index.snapshot.manifest.settings, level)
    count = write_batches(output, schema, index.iter_signatures(level))
    elapsed = time.perf_counter() - started
    click.echo(f"{count:,} signatures of {level}s to {output} in {elapsed:.1f} s", err=True)
