"""JSON lines: read one by one, in batches, and by Python's own decoder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import zip_longest
from random import Random
from typing import Self

import msgspec

from naskh import Article
from naskh.sources.jsonlines import JsonLines
from naskh.sources.records import RecordDecoder
from naskh.sources.rejection import Rejection, UnreadableFile
from tests.fuzz.making import line

_FIELDS: tuple[dict[str, str], ...] = (
    {}, {}, {}, {"text": "title"}, {"title": "text"}, {"id": "url", "url": "id"}, {"text": "content"}, {"id": ""},
)  # fmt: skip
_ENDS = (b"\n", b"\n", b"\n", b"\r\n", b"\n\n", b"\n \n")


class Found(msgspec.Struct, frozen=True):
    """What one way of reading gives."""

    articles: list[Article]
    rejections: list[Rejection]
    unreadable_dates: int
    last_line: int
    given_up: str | None


def assert_same(found: Found, expected: Found) -> None:
    """Two ways of reading gave the same; else say where they part."""
    for name in Found.__struct_fields__:
        ours, theirs = getattr(found, name), getattr(expected, name)
        if isinstance(ours, list):
            parted = [pair for pair in zip_longest(ours, theirs) if pair[0] != pair[1]]
            assert not parted, f"{name}: {parted[0][0]}, not {parted[0][1]}"
        assert ours == theirs, f"{name}: {ours}, not {theirs}"


class LinesCase(msgspec.Struct, frozen=True, tag="lines"):
    """A file of JSON lines, and how it is read; each line is an input."""

    content: bytes
    inputs: int
    chunk_bytes: int
    max_article_bytes: int
    unique_ids: bool
    strict: bool
    fields: dict[str, str]

    @classmethod
    def draw(cls, rng: Random) -> Self:
        """Some dozens of lines: clean ones, which are read at once, or more or less dirty ones."""
        dirt = rng.choice((0.0, 0.02, 0.1, 0.5, 1.0))
        lines = [line(rng, dirt) for _ in range(rng.randrange(1, 64))]
        end = rng.choice(_ENDS)
        mark = rng.choice((b"", b"", b"", b"\xef\xbb\xbf"))
        return cls(
            content=mark + end.join(lines) + rng.choice((b"", end)),
            inputs=len(lines),
            chunk_bytes=rng.choice((1, 7, 64, 500, 4096, 4096, 1 << 18, 1 << 18)),
            max_article_bytes=rng.choice((1, 100, 300, 1000, 1 << 20, 1 << 20)),
            unique_ids=rng.random() < 0.7,
            strict=rng.random() < 0.2,
            fields=rng.choice(_FIELDS),
        )

    def check(self, _: object = None) -> None:
        """The ways agree, every line is accounted for, and each article is what Python's decoder reads."""
        one_by_one = self._read("one by one", self.chunk_bytes)
        assert_same(self._read("one by one", 13), one_by_one)
        assert_same(self._read("batches", self.chunk_bytes), one_by_one)
        for rejection in one_by_one.rejections:
            assert msgspec.json.decode(msgspec.json.encode(rejection), type=Rejection) == rejection
            assert len(rejection.reason) < 1000, f"a reason of {len(rejection.reason)} characters"
        if one_by_one.given_up is None:
            self._account(one_by_one)

    def _read(self, way: str, chunk_bytes: int) -> Found:
        rejections: list[Rejection] = []
        reader = JsonLines(
            RecordDecoder(self.fields),
            lambda line, id_, why: rejections.append(Rejection(file="f", line=line, id=id_, reason=why)),
            max_article_bytes=self.max_article_bytes,
            strict=self.strict,
            unique_ids=self.unique_ids,
        )
        chunks = (self.content[at : at + chunk_bytes] for at in range(0, len(self.content), chunk_bytes))
        articles: list[Article] = []
        given_up = None
        try:
            if way == "batches":
                for batch in reader.batches(chunks):
                    batch.validate(full=True)
                    articles += (Article(**row) for row in batch.to_pylist())
            else:
                articles += reader.articles(chunks)
        except UnreadableFile as error:
            given_up = f"{error.line}: {error.reason}"
        # Of a block, what is read at once rejects before it gives an article.
        rejections.sort(key=lambda rejection: rejection.line or 0)
        return Found(articles, rejections, reader.unreadable_dates, reader.line, given_up)

    def _account(self, found: Found) -> None:
        rejected = {rejection.line for rejection in found.rejections}
        assert len(rejected) == len(found.rejections), "a line is rejected twice"
        articles = iter(found.articles)
        for number, content in self._lines():
            if number not in rejected:
                self._compare(content, next(articles))
        assert next(articles, None) is None, "an article that no line gives"

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines that are not blank, with their numbers."""
        for number, content in enumerate(self.content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
            if content and not content.isspace():
                yield number, content

    def _compare(self, content: bytes, article: Article) -> None:
        try:
            # Fields that are not used may be in no encoding, and lone surrogates are no characters.
            read = json.loads(content.decode("utf-8", "replace"))
        except RecursionError:
            return
        except ValueError as error:
            if "integer string conversion" in str(error):
                return  # a number of thousands of digits, in a field that is not used
            raise
        for name in ("id", "text", "outlet", "title", "url"):
            given = read.get(self.fields.get(name, name))
            assert getattr(article, name) == (str(given) if type(given) is int else given), f"{name}: {article}"
