"""Values that others wrote, as a page may show them: nothing in them steers it."""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import urlsplit

# Control characters, halves of surrogate pairs, and what turns the direction of the text that follows.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff\ufff9-\ufffb]")
#: More of a title or a name is no help to a reader.
_MOST = 240


def plain(text: str) -> str:
    """The text without line breaks, shortened if it is long; what is hidden becomes a replacement character."""
    return _HIDDEN.sub("\N{REPLACEMENT CHARACTER}", opening(text, _MOST))


def opening(text: str, length: int) -> str:
    """The first words of a text on one line, so many characters at most."""
    return shortened(" ".join(text[: 4 * length].split()), length)


def shortened(text: str, length: int) -> str:
    """The text, or its first words where it has more than so many characters."""
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " …"


class _Titled(Protocol):
    @property
    def title(self) -> str | None: ...


def named(article: _Titled | None, otherwise: str) -> str:
    """What an article is called: its title if there is anything in it."""
    title = None if article is None else article.title
    return title if title and not title.isspace() else otherwise


def web_address(url: str | None) -> str | None:
    """The address of an article, if following it can do nothing but open a page of the web."""
    if url is None or _HIDDEN.search(url) or any(char.isspace() for char in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None
