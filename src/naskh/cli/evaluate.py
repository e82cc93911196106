"""``naskh evaluate``: how complete an index is, measured on a sample of it, and pairs to choose a threshold by."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from naskh.article import BorderlinePair, BorderlineParagraph, Evaluation, ThresholdResult
from naskh.cli.options import INDEX, JSON, Share, print_json
from naskh.cli.progress import share_done
from naskh.engine import Index
from naskh.matching.measures import EVALUATION_BORDERLINE, EVALUATION_FLOOR, EVALUATION_SAMPLE

if TYPE_CHECKING:
    from rich.console import Console


@click.command(
    "evaluate",
    epilog="""\b
Examples:
  naskh evaluate news.naskh
  naskh evaluate news.naskh --sample 5000 --borderline 0      a narrower interval, and figures only
  naskh evaluate news.naskh --json | jq '.thresholds[] | select(.threshold == 0.5) | .recall'""",
)
@INDEX
@click.option(
    "--sample",
    default=EVALUATION_SAMPLE,
    show_default=True,
    type=click.IntRange(min=1),
    help="So many articles are compared with all.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0, 2**32 - 1),
    help="Another seed draws another sample.",
)
@click.option(
    "--floor",
    default=EVALUATION_FLOOR,
    show_default=True,
    type=Share(),
    help="Pairs below this exact Jaccard are not looked for.",
)
@click.option(
    "--borderline",
    default=EVALUATION_BORDERLINE,
    show_default=True,
    type=click.IntRange(min=0),
    help="Pairs shown of each range of Jaccards beside a threshold.",
)
@JSON
def evaluate_command(
    index_path: Path, sample: int, seed: int, floor: float, borderline: int, as_json: bool
) -> None:
    """Measure recall and precision of paragraph pairs on a sample of INDEX, against an exact join.

    All paragraphs of the sampled articles are compared with all paragraphs of the index, and with what the bands
    find of these pairs. The pairs that are shown lie just below and above each threshold: read them to choose
    yours. It is given to `naskh pairs`; nothing need be indexed again.
    """
    with share_done("evaluating") as progress:
        result = Index(index_path).evaluate(
            sample=sample, seed=seed, floor=floor, borderline=borderline, progress=progress
        )
    if as_json:
        print_json(result)
    elif not result.articles:
        click.echo(f"{index_path} holds no articles: there is nothing to evaluate", err=True)
    else:
        _show(result, index_path)


def _show(result: Evaluation, index_path: Path) -> None:
    from naskh.cli.output import console, isolated, show_columns

    out = console()
    out.print(
        f"{result.sampled:,} of {result.articles:,} articles (seed {result.seed}): {result.sampled_paragraphs:,} "
        f"paragraphs, compared with all {result.paragraphs:,} (short ones are left out)\n"
    )
    if not result.thresholds[0].pairs:
        out.print(f"None of them is like another at Jaccard {result.floor} or above: try a larger --sample")
        return
    head = (
        "Jaccard >=", "pairs", "found", "recall", "95% interval", "expected", "precision", "candidates a pair",
    )  # fmt: skip
    show_columns(out, head, [_row(at) for at in result.thresholds])
    curve = ", ".join(f"{recall:.4f} at {at}" for at, recall in result.expected_recall.items())
    out.print(f"\n{result.bands} bands of {result.rows} rows find a pair with the chance {curve}")
    _show_borderline(out, result.borderline)
    out.print(
        "\nA threshold is chosen when pairs are written, and nothing need be indexed again:\n"
        f"  naskh pairs {isolated(str(index_path))} -o FILE --level paragraph --min-jaccard X",
        markup=False,
    )


def _row(at: ThresholdResult) -> tuple[str, ...]:
    low_high = "-" if at.recall_interval is None else "{:.4f}-{:.4f}".format(*at.recall_interval)
    measured = (_figure(at.recall), low_high, _figure(at.expected_recall), _figure(at.precision))
    return (
        f"{at.threshold:.2f}", f"{at.pairs:,}", f"{at.found:,}", *measured, _figure(at.candidates_per_found, 1),
    )  # fmt: skip


def _figure(value: float | None, digits: int = 4) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _show_borderline(out: Console, pairs: tuple[BorderlinePair, ...]) -> None:
    """Pairs under the range of their Jaccard."""
    from rich.text import Text

    from naskh.cli.output import excerpt

    for (low, high), found in groupby(pairs, key=lambda pair: pair.range):
        title = f"Jaccard {low:.2f} up to {high:.2f}" if low < high else f"Jaccard {low:.2f}"
        out.print(Text(f"\n{title}", style="bold yellow"))
        for pair in found:
            out.print(
                Text(f"  {pair.jaccard:.3f}  {'found' if pair.found else 'MISSED by the bands'}", style="bold")
            )
            for side in (pair.a, pair.b):
                out.print(Text(f"    {_heading(side)}", style="dim"))
                if side.text is not None:
                    out.print(Text(f"      {excerpt(side.text)}"))


def _heading(side: BorderlineParagraph) -> str:
    from naskh.cli.output import isolated

    fields = [field for field in (side.id, side.outlet, side.date) if field]
    return "  ".join([*map(isolated, fields), f"¶{side.paragraph}"])
