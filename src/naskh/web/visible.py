"""Text that others wrote, put into a page so that it can do nothing there.

Markup is escaped, and what would steer the page without being seen is named instead: control characters, halves
of surrogate pairs, and the marks that turn the direction of what follows (embeddings, overrides, isolates). The
joiners and the single direction marks, which Arabic typists use, stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from markupsafe import Markup, escape

from naskh.article import Article

_HIDDEN = re.compile(
    "([\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff\ufff9-\ufffb])\\1*"
)
#: A page names so many hidden characters in one stretch of text; the others become a replacement character each.
_NAMED = 12
#: A word of so many characters, which no language has: lines may break in it, or else a browser takes 20 seconds to
#: lay out 100,000 letters without a space. Not before a mark, which belongs to the letter that it stands on.
_ENDLESS = re.compile(r"\S{100}\S*?(?=\w)")
_BREAK = Markup("<wbr>")


def visible(text: str) -> Markup:
    """The text as markup, with a named pill for each hidden character (or run of the same one)."""
    if _HIDDEN.search(text) is None:
        return _breakable(text)
    parts: list[Markup] = []
    end = 0
    for place, found in enumerate(_HIDDEN.finditer(text)):
        parts.append(_breakable(text[end : found.start()]))
        end = found.end()
        parts.append(_pill(found.group(1), len(found.group())) if place < _NAMED else Markup("\ufffd"))
    parts.append(_breakable(text[end:]))
    return Markup("").join(parts)


def _breakable(text: str) -> Markup:
    if _ENDLESS.search(text) is None:
        return escape(text)
    parts: list[str] = []
    end = 0
    for found in _ENDLESS.finditer(text):
        parts += text[end : found.end()], _BREAK
        end = found.end()
    return Markup("").join([*parts, text[end:]])


def plain(text: str) -> str:
    """The text for an attribute or a title: hidden characters become replacement characters."""
    return _HIDDEN.sub("\ufffd", text)


def isolated(text: object) -> Markup:
    """A value inside a sentence of the page, in its own direction."""
    return Markup('<bdi dir="auto">{}</bdi>').format(visible(str(text)))


def named(article: Article | None, article_id: str) -> str:
    """What an article is called: its title, or else its id."""
    title = article.title if article is not None else None
    return title if title and not title.isspace() else article_id


@lru_cache(1024)
def _pill(char: str, times: int) -> Markup:
    code = f"U+{ord(char):04X}"
    name = unicodedata.name(char, "") or unicodedata.category(char)
    many = f" ×{times}" if times > 1 else ""
    pill = Markup('<span class="hidden-char" dir="ltr" title="{}" data-times="{}">{}</span>')
    return pill.format(name.title(), times, code + many)
