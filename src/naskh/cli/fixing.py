"""``naskh blocks --fix``: articles without their repeats, and on standard error what went and what stayed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path

import click
import msgspec

from naskh.article import Article, Span
from naskh.cli.interruption import ending_as_interrupted
from naskh.cli.options import printable
from naskh.cli.progress import reading_given
from naskh.matching.fixing import Fixed, Repeat, fix
from naskh.sources import Given, Reader
from naskh.text.analysis import analyse, lines_of
from naskh.writing import replacing

#: Words shown of a repeat, and of those that went with it.
_SHOWN = 8


def fix_articles(
    reader: Reader, output: Path | None, *, as_json: bool, similar: bool, min_words: int, min_similarity: float
) -> None:
    """Write the articles of a reader without their repeats, in their order.

    Args:
        reader: of the sources; nothing is written to these.
        output: where to, or standard output.
        as_json: texts as JSON lines too; without it, a text is written as it is, and must be the only article.
        similar: take out near repeats as well.
        min_words: see `naskh.matching.fixing.fix`.
        min_similarity: see there.

    Raises:
        click.UsageError: there is a text and something else, or `output` is a source.

    """
    if output is not None and reader.reads(output):
        raise click.UsageError(f"{output} is a source; nothing is written in place")
    fixed_articles = removed = kept = 0
    with _written_to(output) as write, reading_given(reader, "fixing", results_follow=output is None) as articles:
        for given in articles if as_json else _one_text(articles):
            article = given.article
            fixed = fix(article.text, similar=similar, min_words=min_words, min_similarity=min_similarity)
            write(_written(reader, given, fixed, as_json))
            _tell(article, fixed)
            fixed_articles += bool(fixed.removed)
            removed += len(fixed.removed)
            kept += len(fixed.kept)
    noun, repeats = "article" if reader.articles == 1 else "articles", "repeat" if removed == 1 else "repeats"
    counts = f"{removed:,} {repeats} removed, {kept:,} kept"
    click.echo(f"{fixed_articles:,} of {reader.articles:,} {noun} fixed: {counts}", err=True)


@contextmanager
def _written_to(output: Path | None) -> Iterator[Callable[[bytes], object]]:
    """A function that writes to a file, which is there only when all is written, or to standard output."""
    if output is None:
        yield lambda data: click.echo(data, nl=False)
        return
    with ending_as_interrupted(), replacing(output) as partial, partial.open("wb") as file:
        yield file.write


def _one_text(articles: Iterator[Given]) -> Iterator[Given]:
    """The articles, of which a text must be the only one: two texts in one output could not be told apart."""
    first = list(islice(articles, 2))
    for given in chain(first, articles):
        if given.line is None and len(first) > 1:
            raise click.UsageError("several texts: fix them one by one, or all to JSON lines with --json")
        yield given


def _written(reader: Reader, given: Given, fixed: Fixed, as_json: bool) -> bytes:
    if given.line is not None:
        line = reader.with_text(given.line, fixed.text) if fixed.removed else given.line
        return line + b"\n"
    if as_json:
        return reader.as_line(msgspec.structs.replace(given.article, text=fixed.text)) + b"\n"
    return fixed.text.encode()


def _tell(article: Article, fixed: Fixed) -> None:
    """Say of each repeat whether it went, and why if not."""
    if not fixed.removed and not fixed.kept:
        return
    lines = lines_of(article.text)
    left = frozenset(analyse(fixed.text).words)
    for repeat in fixed.removed:
        how = "the same words as" if repeat.exact else f"{repeat.similarity:.0%} like"
        _say(article, repeat, f"removed: {how} {_where(repeat.first, lines)}", lines)
        lost = _words_lost(article.text, repeat.span, left)
        if lost:
            click.echo(f"    stands nowhere else: {printable(lost)}", err=True)
    for repeat in fixed.kept:
        how = f"kept: {repeat.similarity:.0%} like {_where(repeat.first, lines)}, not the same words"
        _say(article, repeat, f"{how}; --fix-similar removes it", lines)


def _say(article: Article, repeat: Repeat, what: str, lines: list[tuple[int, int]]) -> None:
    from naskh.cli.output import isolated  # loads rich, which most articles do without

    click.echo(f"{isolated(article.id, err=True)}: {_where(repeat.span, lines)} {what}", err=True)
    words = article.text[slice(*repeat.span.chars)].split(None, _SHOWN)
    click.echo(f"    {isolated(_first(words), err=True)}", err=True)


def _where(span: Span, lines: list[tuple[int, int]]) -> str:
    """A range of paragraphs, and whether it is these from end to end."""
    from naskh.cli.output import paragraphs  # loads rich, which most articles do without

    first, last = span.paragraphs
    numbers = paragraphs(span)
    return numbers if span.chars == (lines[first - 1][0], lines[last - 1][1]) else f"part of {numbers}"


def _words_lost(text: str, span: Span, left: frozenset[str]) -> str:
    """The words of a stretch that are no longer in the text, as they were written."""
    gone = analyse(text[slice(*span.chars)])
    lost = [
        gone.text[start:end]
        for word, start, end in zip(gone.words, gone.starts, gone.ends, strict=True)
        if word not in left
    ]
    return _first(lost)


def _first(words: list[str]) -> str:
    return " ".join(words[:_SHOWN]) + (" …" if len(words) > _SHOWN else "")
