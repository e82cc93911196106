"""One article's text without its repeats and without boilerplate, and what was taken out where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from naskh.article import Span
from naskh.cleaning.stock import NO_STOCK, Stock, stock_paragraphs
from naskh.matching.fixing import Places, Repeat, cut_repeats
from naskh.text.analysis import analyse


class Taken(NamedTuple):
    """What was taken out of a text.

    Attributes:
        kind: a later occurrence of a block, or a paragraph of boilerplate.
        span: where it stood in the text as given.
        cut: how many characters went with it.
        repeat: of a repeat, that which it repeats, and how alike the two are.
        articles: of boilerplate, how many articles had it.

    """

    kind: Literal["repeat", "boilerplate"]
    span: Span
    cut: int
    repeat: Repeat | None = None
    articles: int | None = None


class Tidied(NamedTuple):
    """A text, and what was taken out of it, in text order."""

    text: str
    taken: tuple[Taken, ...]


def tidy(text: str, stocks: Sequence[Stock], *, similar: bool, size: int) -> Tidied:
    """Take boilerplate out of a text, one stock after the other, and repeats.

    An article that is boilerplate from end to end stays as it is.

    Args:
        text: as given.
        stocks: see `naskh.cleaning.stock`; none for repeats alone.
        similar: take out near repeats as well, see `naskh.without_repeats`.
        size: words of a shingle.

    """
    places = Places(text)
    taken: list[Taken] = []
    for stock in stocks or [NO_STOCK]:
        taken += _cut_stock(places, stock, size) if len(stock.digests) else []
        repeats, _ = cut_repeats(places, similar=similar)
        taken += [Taken("repeat", repeat.span, repeat.cut, repeat=repeat) for repeat in repeats]
    return Tidied(places.kept.text, tuple(sorted(taken, key=lambda each: each.span.chars)))


def _cut_stock(places: Places, stock: Stock, size: int) -> list[Taken]:
    analysis = analyse(places.kept.text)
    paragraphs = analysis.paragraphs
    is_stock, articles = stock_paragraphs(analysis, stock, size)
    if is_stock.all():
        return []
    found, cuts = [], []
    has_text_before = False
    for paragraph, goes, count in zip(paragraphs, is_stock.tolist(), articles.tolist(), strict=True):
        has_text_before |= not goes
        if not goes:
            continue
        # With the line breaks before it; at the head of the text, with those after it.
        if has_text_before:
            cut = paragraphs[paragraph.number - 2].end, paragraph.end
        else:
            cut = paragraph.start, paragraphs[paragraph.number].start
        span = places.span((paragraph.start, paragraph.end))
        found.append(Taken("boilerplate", span, cut[1] - cut[0], articles=count))
        cuts.append(cut)
    places.kept.cut(cuts)
    return found
