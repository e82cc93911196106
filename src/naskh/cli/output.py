"""What people read: results on the terminal, Arabic isolated so that right-to-left text keeps its place."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from naskh.article import Article, ArticleBlocks, Evidence, Match, QueryResult, Span
from naskh.cli.options import printable
from naskh.report.shown import shortened

_STYLES = {"copy": "bold red", "partial": "bold yellow", "quote": "cyan", "formula": "dim"}
_SNIPPET = 70
#: Enough of a paragraph to judge a pair by.
_EXCERPT = 280


def console() -> Console:
    """The console for results: standard output, never wrapped inside a word."""
    return Console(highlight=False, soft_wrap=True)


def isolated(text: str, *, err: bool = False) -> str:
    """Text of either direction, kept from reordering what stands around it (first-strong isolate).

    Only on a terminal: in a file or a pipe the marks would be in the way. With `err`, it is for standard error.
    """
    clean = printable(" ".join(text.split()))
    on_terminal = (sys.stderr if err else sys.stdout).isatty()
    return f"\N{FIRST STRONG ISOLATE}{clean}\N{POP DIRECTIONAL ISOLATE}" if on_terminal else clean


def snippet(text: str, span: Span) -> str:
    """The first words of a span."""
    return isolated(shortened(text[slice(*span.chars)], _SNIPPET))


def excerpt(paragraph: str) -> str:
    """A paragraph, or the first lines of a long one."""
    return isolated(shortened(paragraph, _EXCERPT))


def paragraphs(span: Span) -> str:
    """A range of paragraphs, as ¶2-4."""
    first, last = span.paragraphs
    return f"¶{first}" if first == last else f"¶{first}-{last}"


def show_blocks(out: Console, article: Article, found: ArticleBlocks) -> None:
    """The repeated blocks of one article."""
    title = Text(isolated(found.id), style="bold")
    if not found.blocks:
        out.print(title.append(f": no repeated blocks in {found.paragraphs} paragraphs", style="not bold green"))
        return
    count = "1 repeated block" if len(found.blocks) == 1 else f"{len(found.blocks)} repeated blocks"
    out.print(title.append(f": {count} in {found.paragraphs} paragraphs", style="not bold"))
    for block in found.blocks:
        places = " = ".join(paragraphs(span) for span in block.occurrences)
        how = "the same words" if block.exact else f"{block.similarity:.0%} alike"
        out.print(Text(f"  {places}", style="bold yellow").append(f"  {how}", style="not bold default"))
        out.print(Text("    " + snippet(article.text, block.occurrences[0]), style="dim"))


def show_matches(out: Console, article: Article, result: QueryResult, *, limit: int) -> None:
    """The matches of one article, best first; formulas are only counted."""
    shown = [match for match in result.matches if match.relation != "formula"]
    formulas = len(result.matches) - len(shown)
    head = Text(isolated(result.id or "-"), style="bold")
    counted = "no duplicates" if not shown else f"{len(shown)} match" + ("es" if len(shown) != 1 else "")
    if formulas:
        counted += f" ({formulas} more share only formulaic text)"
    out.print(head.append(f": {counted}", style="not bold"))
    for match in shown[:limit]:
        _show_match(out, article, match)
    if len(shown) > limit:
        out.print(Text(f"  … and {len(shown) - limit} more; --limit shows them", style="dim"))


def _show_match(out: Console, article: Article, match: Match) -> None:
    line = Text("  ").append(f"{match.relation:<8}", style=_STYLES[match.relation])
    line.append(isolated(match.id), style="bold")
    for field in (match.outlet, match.date):
        if field:
            line.append("  " + isolated(field))
    out.print(line)
    if match.title:
        out.print(Text("           " + isolated(match.title)))
    measures = (
        f"           {match.containment:.0%} of this article is in it, "
        f"{match.containment_in_match:.0%} of it is in this article; Jaccard {match.jaccard:.2f}"
    )
    out.print(Text(measures, style="dim"))
    if match.evidence is not None:
        out.print(Text(f"           {match.relation}: {match.reason}", style="italic"))
        out.print(Text("           " + explained(match.evidence), style="dim"))
    for passage in match.passages:
        places = f"           {paragraphs(passage.query)} = {paragraphs(passage.match)}"
        out.print(Text(places).append(f"  {passage.similarity:.0%}  ").append(snippet(article.text, passage.query)))


def explained(evidence: Evidence) -> str:
    """The figures of the evidence in one line."""
    shorter = f"{evidence.shared_words} of the shorter article's {evidence.words} words are shared"
    figures = [
        f"{shorter}, {evidence.longest} in a row",
        f"of {evidence.shared} shared shingles {evidence.distinctive:.0f} are this story's own",
    ]
    if evidence.substitutions:
        figures.append(f"other words in {evidence.substitutions} places of the frame")
    if evidence.boilerplate:
        figures.append(f"boilerplate of an outlet: {evidence.boilerplate}")
    if evidence.numbers_kept or evidence.numbers_changed:
        figures.append(f"numbers kept: {evidence.numbers_kept}, changed: {evidence.numbers_changed}")
    if evidence.speech:
        figures.append(f"{evidence.speech:.0%} of it is speech")
    if evidence.days_apart is not None:
        figures.append(f"days apart: {evidence.days_apart}")
    else:
        figures.append("a date is not known: formulas are told less well")
    return "; ".join(figures)


def show_table(out: Console, rows: Iterable[tuple[str, str]]) -> None:
    """Names and values in two columns."""
    listed = list(rows)
    width = max(len(name) for name, _ in listed)
    for name, value in listed:
        out.print(Text(f"{name:<{width}}  ", style="dim").append(value, style="default"))


def show_columns(out: Console, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table of figures, aligned to the right under its head."""
    listed = [head, *rows]
    widths = [max(len(row[column]) for row in listed) for column in range(len(head))]
    for number, row in enumerate(listed):
        line = "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        out.print(Text(line, style="default" if number else "dim"))
