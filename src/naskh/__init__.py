"""naskh: near-duplicates in Arabic news.

Repeated blocks inside an article (`repeated_blocks`), and an index of a crawl (`Index`) that is queried for the
duplicates of an article and gives all duplicate pairs; `clean` writes a crawl without them. ``minhash`` hands a
text's signature to datasketch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from naskh.article import Article, Block, Evaluation, Family, Match, Passage, QueryResult, Span
    from naskh.cleaning.audit import CleanReport
    from naskh.cleaning.cleaner import clean
    from naskh.engine import Index
    from naskh.errors import NaskhError
    from naskh.matching.blocks import repeated_blocks
    from naskh.matching.fixing import without_repeats
    from naskh.settings import Settings
    from naskh.sketch.reference import minhash
    from naskh.text.analysis import normalize

__all__ = [
    "Article",
    "Block",
    "CleanReport",
    "Evaluation",
    "Family",
    "Index",
    "Match",
    "NaskhError",
    "Passage",
    "QueryResult",
    "Settings",
    "Span",
    "clean",
    "minhash",
    "normalize",
    "repeated_blocks",
    "without_repeats",
]

__version__ = "0.1.0"

# Each name is imported when it is first used: `naskh blocks` must not wait for Arrow, nor a query for numba.
_HOMES = {
    "Article": "article",
    "Block": "article",
    "CleanReport": "cleaning.audit",
    "Evaluation": "article",
    "Family": "article",
    "Index": "engine",
    "Match": "article",
    "NaskhError": "errors",
    "Passage": "article",
    "QueryResult": "article",
    "Settings": "settings",
    "Span": "article",
    "clean": "cleaning.cleaner",
    "minhash": "sketch.reference",
    "normalize": "text.analysis",
    "repeated_blocks": "matching.blocks",
    "without_repeats": "matching.fixing",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'naskh' has no attribute {name!r}")
    value = getattr(import_module(f"naskh.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
