"""When a web page was published, as its metadata or its address say.

Not from its text: what looks like a date there is as often that of another story, of today, or of the copyright. A
library that searches there as well (htmldate) gave the first of a month for a page that names only the month.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from naskh.sources.dates import iso_date

#: Names of metadata that hold it: Open Graph, Dublin Core, schema.org, and what is in use besides.
_NAMES = re.compile(
    r"publi(shed|cation|sh)|issued|pub_?date|^(dc(terms)?[.:])?date([.:]created)?$|datecreated", re.IGNORECASE
)
#: The same in JSON-LD.
_JSON_LD = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
#: A day in an address, as in /2025/10/27/ and /2025-10-27-.
_IN_ADDRESS = re.compile(r"(?<!\d)((?:19|20)\d\d)([/-])(\d\d?)\2(\d\d?)(?!\d)")
_SLASHED = re.compile(r"(\d{4})/(\d\d)/(\d\d)")

#: No page is older, and what says so is a default.
_EARLIEST = "1995-01-01"


def published(tree: Any, url: str, latest: str) -> str | None:
    """The date of a page as ISO 8601, with the time of day where it is known; None where nothing says it.

    Args:
        tree: the page, of lxml.
        url: its address.
        latest: a day, ISO 8601, after which it was not published.

    """
    day = None
    for given in _given(tree, url):
        try:
            found = iso_date(_SLASHED.sub(r"\1-\2-\3", given))
        except ValueError:
            continue
        if found is None or not _EARLIEST <= found[:10] <= latest:
            continue
        if day is None:
            day = found
        if "T" in found and found.startswith(day[:10]):
            return found
    return day


def _given(tree: Any, url: str) -> Iterator[str]:
    """What may be its date, the most trustworthy first."""
    for meta in tree.iter("meta"):
        if _NAMES.search(meta.get("property") or meta.get("name") or meta.get("itemprop") or ""):
            yield meta.get("content") or ""
    for script in tree.iter("script"):
        yield from _JSON_LD.findall(script.text or "")
    for time in tree.iter("time"):
        if time.get("itemprop") == "datePublished" or time.get("pubdate") is not None:
            yield time.get("datetime") or ""
    in_address = _IN_ADDRESS.search(urlsplit(url).path)
    if in_address:
        year, _, month, day = in_address.groups()
        yield f"{year}-{int(month):02}-{int(day):02}"
