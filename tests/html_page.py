"""A page as tests read it: its elements, its text, and what is marked in it."""

from __future__ import annotations

import time
from html.parser import HTMLParser
from typing import Any, NamedTuple

from fastapi.testclient import TestClient

from naskh.article import CharRange
from naskh.text.analysis import lines_of
from naskh.web.app import create_app
from naskh.web.service import Service

Attributes = dict[str, str | None]


class Marked(NamedTuple):
    """A `mark`: the numbers of its blocks or passages, its place in the text, and what it holds."""

    side: str
    numbers: tuple[int, ...]
    start: int
    end: int
    text: str
    changed: bool


def hidden_character(named: str) -> str:
    """The character that a pill stands for."""
    return chr(int(named.partition(" ")[0].removeprefix("U+"), 16))


class HtmlPage(HTMLParser):
    """A page, read."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Attributes]] = []
        self.text = ""
        self.marked: list[Marked] = []
        self._side = ""
        self._hidden = 0
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append((tag, given))
        if tag == "section" and (given.get("id") or "").startswith("side-"):
            self._side = given["id"] or ""
        self._hidden = int(given.get("data-times") or 0)
        if tag == "mark" and given.get("data-marks"):
            numbers = tuple(int(number) for number in (given["data-marks"] or "").split())
            start, end = int(given["data-start"] or 0), int(given["data-end"] or 0)
            self.marked.append(Marked(self._side, numbers, start, end, "", "changed" in (given["class"] or "")))
            self._inside = True
        elif tag == "mark":
            self._inside = False

    def handle_endtag(self, tag: str) -> None:
        self._hidden = 0
        if tag == "mark":
            self._inside = False

    _inside = False

    def handle_data(self, data: str) -> None:
        shown = hidden_character(data) * self._hidden if self._hidden else data
        self.text += shown
        if self._inside:
            self.marked[-1] = self.marked[-1]._replace(text=self.marked[-1].text + shown)

    def all(self, tag: str, **wanted: str) -> list[Attributes]:
        """The elements of a name with these attributes."""
        names = {name.rstrip("_").replace("_", "-"): value for name, value in wanted.items()}
        return [a for t, a in self.elements if t == tag and all(a.get(n) == v for n, v in names.items())]

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        return [attributes["href"] or "" for attributes in self.all("a") if "href" in attributes]

    def spans(self, number: int, side: str = "") -> list[Marked]:
        """The marks of one block or passage."""
        return [mark for mark in self.marked if number in mark.numbers and mark.side == side]


def ready(service: Service) -> Service:
    """The service once its families are computed."""
    service.start()
    while service.found_families.last is None:
        time.sleep(0.02)
    return service


def client_for(service: Service, **options: Any) -> TestClient:
    """A client of an application, which follows no redirects; whoever made the service starts and closes it."""
    return TestClient(create_app(service, **options), follow_redirects=False)


def get(client: TestClient, address: str, status: int = 200) -> HtmlPage:
    answer = client.get(address)
    assert answer.status_code == status, answer.text[:300]
    return HtmlPage(answer.text)


def post(client: TestClient, address: str, status: int = 200, **fields: str) -> HtmlPage:
    answer = client.post(address, files={"file": ("", b"")}, data=fields)
    assert answer.status_code == status
    return HtmlPage(answer.text)


def assert_marks_are(found: HtmlPage, number: int, text: str, chars: list[CharRange], side: str = "") -> None:
    """The marks of a block or passage are its spans, paragraph by paragraph, and hold just their text."""
    wanted = [
        (max(start, line_start), min(end, line_end))
        for start, end in chars
        for line_start, line_end in lines_of(text)
        if max(start, line_start) < min(end, line_end)
    ]
    marks = found.spans(number, side)
    assert all(mark.text == text[mark.start : mark.end] for mark in marks)
    joined: list[tuple[int, int]] = []
    for mark in marks:  # words that differ are marks of their own
        if joined and joined[-1][1] == mark.start:
            joined[-1] = joined[-1][0], mark.end
        else:
            joined.append((mark.start, mark.end))
    assert joined == wanted
