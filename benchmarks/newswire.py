"""A newswire simulation: any number of articles, from a seed, as JSON lines.

usage: python -m benchmarks.newswire ARTICLES [-o FILE] [--seed 0] [--boilerplate 0.1] [--per-day 1400]

Forty outlets publish their own reports and what the wire carries: stories go to several of them within days, with
other words, abridged, set and spelt otherwise, under other titles; round-ups take paragraphs over, reports quote,
cables are templates with other names, standing paragraphs close reports of many days. What an article is, it says
in fields that naskh does not read (`Report`), so that what is found can be checked at any size.

The same options give the same bytes, and fewer articles are the beginning of more. Articles a day stay the same,
and with them the articles that any one can be like: pairs grow in proportion to the articles, but for
`--boilerplate`, a fixed paragraph in that share of them all, whose pairs grow with the square. What is held does
not grow: the words and phrases (324 MiB at the peak, while they are made, for 100,000 articles as for 1,000,000),
and the copies of the next three days, which more articles a day make more.

Fitted to SaudiNewsNet (31,030 articles); `benchmarks.corpus_shape` measures both; the pairs are naskh's, there by
an exact join:

                                            SaudiNewsNet   31,030 of seed 0
    words an article, median, 99th          287, 201, 1328   287, 201, 1448
    paragraphs an article                             5.47             5.48
    of these with 8 words or more                    0.895            0.891
    their words, median, 99th                 58, 41, 339      58, 45, 245
    different words                                259,440          283,279
    different runs of three words                5,686,582        5,914,397
    of these in 1 article                           0.8258           0.8097
    in 2 to 10                                      0.1672           0.1840
    in 11 to 100                                    0.0068           0.0062
    in more                                        0.00013          0.00012
    pairs of paragraphs, Jaccard >= 0.5             83,987           87,150
    of these >= 0.7, >= 0.9                 61,062, 22,232   50,591, 29,460
    paragraphs in pairs                             39,452           50,853

It is not natural text: hardly any word means anything and none agrees with another. The paragraphs that recur most
are in 68 pairs, there in 180; copies are a little more often verbatim.
"""

from __future__ import annotations

import argparse
import sys
import time
from bisect import bisect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import accumulate, count, islice
from pathlib import Path
from random import Random
from typing import BinaryIO, Final

import msgspec
import numpy as np
import pyarrow as pa

from benchmarks.disguise import MONTHS
from benchmarks.houses import AGENCIES, PLACES, SPELLINGS, House, make_houses, spelt
from benchmarks.stories import (
    Drawer,
    Stock,
    Story,
    Text,
    repeated_inside,
    rewritten,
    set_otherwise,
    with_names,
    with_other_words,
)

WORDS: Final = 600_000
PHRASES: Final = 500_000
#: Articles of a day in SaudiNewsNet.
PER_DAY: Final = 1_400
START: Final = datetime(2015, 7, 21, tzinfo=UTC)

#: The months as the stories have them, before an outlet gives them its own names.
GULF: Final = MONTHS["gulf"]
_TITLE_UNITS, _QUOTED_UNITS = 5, 14
_LINES_AT_ONCE: Final = 256

#: Stories that are drawn at once.
_BATCH: Final = 128
_SPARE_UNITS: Final = 512
#: Articles of a story on average, measured; it turns articles a day into stories a day.
_ARTICLES_A_STORY: Final = 1.43

#: Share of the stories that several outlets carry, and how many do: as the sizes of SaudiNewsNet's families.
_CARRIED: Final = 0.16
_SIZES: Final = range(2, 21)
_SIZE_WEIGHTS: Final = list(accumulate(size**-2.7 for size in _SIZES))
#: Days between a story's first article and a copy: exponential, cut off.
_MEAN_LAG, _LONGEST_LAG = 0.25, 3.0
#: Shares of the stories that ...
_REVISED: Final = 0.025  # the same outlet brings again, with a few words more
_ROUNDUPS: Final = 0.015  # take three paragraphs over from another story
_QUOTING: Final = 0.03  # quote a few words of another story
_CABLES: Final = 0.02  # are a template with other names
_BACKGROUND: Final = 0.03  # end in a standing paragraph
_PASTED: Final = 0.005  # have paragraphs twice
_DATED: Final = 0.4  # name a day
#: Share of the copies with another spelling than the outlet's own, and with another title.
_RESPELT, _RETITLED = 0.08, 0.5
_SPELLINGS: Final = tuple(SPELLINGS)
#: Templates in use at a time, and how often one is used before another takes its place; so for background.
_TEMPLATES, _TEMPLATE_USES = 4, (4, 40)
_BACKGROUNDS, _BACKGROUND_USES = 8, (4, 60)

BOILERPLATE: Final = (
    "تنويه: المواد المنشورة في هذا الموقع تعبر عن آراء أصحابها ولا تعبر بالضرورة عن رأي الصحيفة، ويحق لجميع القراء "
    "التعليق عليها وفق شروط النشر المعمول بها، مع الالتزام بعدم الإساءة إلى الأشخاص أو المقدسات، وتحتفظ إدارة "
    "التحرير بحق حذف التعليقات المخالفة دون إشعار مسبق."
)


class Report(msgspec.Struct, omit_defaults=True):
    """An article and the truth about it, as it is written. naskh ignores the fields behind `text`.

    The text is JSON in UTF-8: a str in between would take 15 us more an article.
    """

    id: str
    outlet: str
    date: str
    title: str
    url: str
    text: msgspec.Raw
    #: Articles of one story are copies or revisions of each other.
    story: str
    #: original (the first article of its story), copy, revision.
    kind: str
    #: What the outlet did to the text: words, abridged, one line, merged, split, respelt, title.
    edits: list[str] = []
    #: Another story, of which three paragraphs (roundup) or some words (quoting) are in this one.
    takes: str = ""
    #: roundup, quoting, cable, background: what the story is, if it is no independent report.
    form: str = ""
    #: The template of a cable, or the standing paragraph: other stories have it too.
    template: str = ""
    #: Whether paragraphs stand in it twice.
    pasted: bool = False
    boilerplate: bool = False


class Draft(msgspec.Struct):
    """An article before it is written out."""

    story: Story
    house: House
    time: float
    text: Text
    kind: str
    edits: list[str]
    #: The first unit of the title, in the story.
    title_at: int = 0
    pasted: bool = False


class Newswire:
    """The simulation. `reports` begins anew at each call."""

    def __init__(
        self, seed: int = 0, *, per_day: int = PER_DAY, words: int = WORDS, phrases: int = PHRASES
    ) -> None:
        self._seed = seed
        self._drawer = Drawer(words, phrases, seed)
        self._houses, self._sizes = make_houses(seed)
        #: Days that a batch of stories takes.
        self._span = _BATCH * _ARTICLES_A_STORY / per_day

    def reports(self, boilerplate: float = 0.0) -> Iterator[Report]:
        """Articles without end, by date. `boilerplate`: the share of them that have the fixed paragraph."""
        random = Random(f"boilerplate {self._seed}")  # noqa: S311  # its own, so that all else stays the same
        waiting: list[tuple[float, int, Report]] = []
        serial, numbers = count(), count(1)
        templates, backgrounds = Stock(_TEMPLATES, _TEMPLATE_USES), Stock(_BACKGROUNDS, _BACKGROUND_USES)
        for batch in count():
            for moment, report in self._batch(batch, templates, backgrounds):
                heappush(waiting, (moment, next(serial), report))
            # No later story begins before the next batch.
            while waiting and waiting[0][0] < (batch + 1) * self._span:
                _, _, report = heappop(waiting)
                number = next(numbers)
                report.id = f"{report.outlet}-{number}"
                report.url = f"https://{report.outlet}.example/{number}"
                if random.random() < boilerplate:
                    report.boilerplate = True
                    report.text = msgspec.Raw(bytes(report.text)[:-1] + b"\\n" + BOILERPLATE.encode() + b'"')
                yield report

    def _batch(self, batch: int, templates: Stock, backgrounds: Stock) -> Iterator[tuple[float, Report]]:
        """The articles of a batch of stories, with their times in days, in no order."""
        random = Random(f"{self._seed} {batch}")  # noqa: S311  # no secret
        rng = np.random.default_rng([self._seed, 1, batch])
        spare = self._spare(rng)
        stories: list[Story] = []
        drafts: list[Draft] = []
        for turn, text in enumerate(self._drawer.stories(_BATCH, rng)):
            story = Story(
                name=f"s{batch * _BATCH + turn}",
                text=text,
                time=(batch + turn / _BATCH) * self._span,
                place=random.choice(PLACES),
                agency=random.choice(AGENCIES) if random.random() < _CARRIED else None,
            )
            self._shape(story, stories, templates, backgrounds, spare, random)
            stories.append(story)
            drafts += self._drafts(story, spare, random)
        return self._written(drafts, random)

    def _spare(self, rng: np.random.Generator) -> Iterator[int]:
        while True:
            yield from self._drawer.spare(_SPARE_UNITS, rng).tolist()

    def _shape(
        self,
        story: Story,
        before: list[Story],
        templates: Stock,
        backgrounds: Stock,
        spare: Iterator[int],
        random: Random,
    ) -> None:
        """Make a story what it is: a cable, a round-up that takes from one of those `before` it, ..."""
        if random.random() < _DATED:
            date = START + timedelta(days=story.time)
            story.day, story.month = f"{date.day} {GULF[date.month - 1]}", date.month - 1
            story.text[0] = story.text[0].copy()
            story.text[0][-2] = self._drawer.day(date.day, date.month)
        kind = random.random()
        if kind < _CABLES:
            story.form = "cable"
            story.template, text = templates.use(story.name, story.text[:4], random)
            story.text = with_names(text, [next(spare) for _ in range(4)])
        elif kind < _CABLES + _BACKGROUND:
            story.form = "background"
            story.template, text = backgrounds.use(story.name, story.text[-1:], random)
            if story.template != story.name:
                story.text = [*story.text, *text]
        elif kind < _CABLES + _BACKGROUND + _ROUNDUPS + _QUOTING and before:
            other = random.choice(before)
            story.takes = other.name
            if kind < _CABLES + _BACKGROUND + _ROUNDUPS:
                story.form = "roundup"
                taken = other.text[:3]
            else:
                story.form = "quoting"
                taken = [self._drawer.quoted(max(other.text, key=len)[:_QUOTED_UNITS])]
            story.text = [story.text[0], *taken, *story.text[1:]]

    def _drafts(self, story: Story, spare: Iterator[int], random: Random) -> Iterator[Draft]:
        """The articles of one story: that of its first outlet, those of others, a revision."""
        size = random.choices(_SIZES, cum_weights=_SIZE_WEIGHTS)[0] if story.agency else 1
        houses = self._carriers(size, random)
        pasted = random.random() < _PASTED
        text = repeated_inside(story.text, random) if pasted else story.text
        yield Draft(story, houses[0], story.time, text, "original", [], pasted=pasted)
        for house in houses[1:]:
            text, edits = rewritten(story.text, spare, random)
            copy = Draft(story, house, _later(story.time, random), text, "copy", edits)
            if random.random() < _RETITLED:
                copy.title_at = 1 + random.randrange(3)
                edits.append("title")
            yield copy
        if random.random() < _REVISED:
            added = np.array([next(spare) for _ in range(random.randint(8, 30))])
            text = [*with_other_words(story.text, 0.01, spare, random), added]
            yield Draft(story, houses[0], _later(story.time, random), text, "revision", [])

    def _carriers(self, size: int, random: Random) -> list[House]:
        """So many different outlets, large ones more often."""
        chosen: dict[str, House] = {}
        while len(chosen) < size:
            house = self._houses[bisect(self._sizes, random.random() * self._sizes[-1])]
            chosen[house.name] = house
        return list(chosen.values())

    def _written(self, drafts: list[Draft], random: Random) -> Iterator[tuple[float, Report]]:
        """The drafts as articles, in the styles of their outlets, with their times."""
        paragraphs = [units for draft in drafts for units in draft.text]
        titles = [
            self._drawer.unmarked(draft.story.text[0][draft.title_at : draft.title_at + _TITLE_UNITS])
            for draft in drafts
        ]
        lines = iter(self._drawer.lines([*paragraphs, *titles]))
        texts = [list(islice(lines, len(draft.text))) for draft in drafts]
        other_title = ""
        for draft, own_lines, title in zip(drafts, texts, lines, strict=True):
            own_title = title.decode()
            yield draft.time, _styled(draft, set_otherwise(own_lines, draft.edits), own_title, other_title, random)
            other_title = own_title


def _later(time: float, random: Random) -> float:
    return time + min(random.expovariate(1 / _MEAN_LAG), _LONGEST_LAG)


def _styled(draft: Draft, lines: list[bytes], title: str, other_title: str, random: Random) -> Report:
    """An article in the style of its outlet; the `other_title` may stand below it."""
    story, house = draft.story, draft.house
    date = START + timedelta(seconds=int(draft.time * 86_400))
    head = house.dateline(story.place, story.agency, date).encode()
    text = head + b"\n".join(lines) + house.below(other_title, date, random).encode()
    if story.day and house.months[story.month] != GULF[story.month]:
        other_day = f"{story.day.split()[0]} {house.months[story.month]}"
        text = text.replace(story.day.encode(), other_day.encode())
    if story.form == "quoting":
        text = text.replace("« ".encode(), "«".encode()).replace(" »".encode(), "»".encode())
    edits = draft.edits
    spelling = house.spelling
    if not spelling and random.random() < _RESPELT:
        spelling = random.choice(_SPELLINGS)
    if spelling:
        text = spelt(text, spelling)
        edits = [*edits, "respelt"]
    return Report(
        id="",  # it gets one when its turn comes
        outlet=house.name,
        date=date.isoformat(),
        title=title,
        url="",
        text=msgspec.Raw(b'"' + text.replace(b"\n", b"\\n") + b'"'),  # nothing else in it must be escaped
        story=story.name,
        kind=draft.kind,
        edits=edits,
        takes=story.takes,
        form=story.form,
        template=story.template,
        pasted=draft.pasted,
    )


# --- output ------------------------------------------------------------------------------------------------------


@contextmanager
def open_output(path: str) -> Iterator[BinaryIO]:
    """A file to write to, compressed if it ends with .zst; ``-`` is standard output."""
    if path == "-":
        yield sys.stdout.buffer
    elif path.endswith(".zst"):
        with pa.CompressedOutputStream(path, "zstd") as stream:
            yield stream
    else:
        with Path(path).open("wb") as file:
            yield file


def write(reports: Iterable[Report], file: BinaryIO) -> int:
    """Write them as JSON lines; return how many there were."""
    encoder, reports, written = msgspec.json.Encoder(), iter(reports), 0
    while lines := list(islice(reports, _LINES_AT_ONCE)):
        file.write(encoder.encode_lines(lines))
        written += len(lines)
    return written


def main() -> None:
    """Write so many articles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=int)
    parser.add_argument("-o", "--output", default="-", metavar="FILE", help=".jsonl, .jsonl.zst or - (the default)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--boilerplate", type=float, default=0.0, metavar="SHARE", help="of articles, 0 to 1")
    parser.add_argument("--per-day", type=int, default=PER_DAY, help="articles a day")
    parser.add_argument("--words", type=int, default=WORDS, help="different words at most")
    parser.add_argument("--phrases", type=int, default=PHRASES, help="different phrases at most")
    options = parser.parse_args()
    started = time.perf_counter()
    wire = Newswire(options.seed, per_day=options.per_day, words=options.words, phrases=options.phrases)
    made = time.perf_counter()
    with open_output(options.output) as file:
        written = write(islice(wire.reports(options.boilerplate), options.articles), file)
    seconds = time.perf_counter() - made
    print(
        f"{written:,} articles in {seconds:.1f} s, {written / seconds:,.0f} articles/s; "
        f"{made - started:.1f} s before that for words and phrases",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
