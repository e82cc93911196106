"""The stories of `benchmarks.newswire`: their words, drawn in batches, and what other outlets do to them.

A text is a list of paragraphs, and a paragraph an array of units: numbers of words, or of phrases that stand
together. Editing works on units; Arrow joins those of many articles at once, which is several times as fast as
joining strings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from random import Random
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.disguise import MONTHS
from benchmarks.vocabulary import PHRASE_USAGE, PHRASE_WORDS, WORD_USAGE, Kind, Usage, make_vocabulary
from naskh.arrays import Float64, Int64

Units = Int64
Text = list[Units]

#: Words of an article: log-normal, as in SaudiNewsNet (percentiles 10, 50, 90 there: 76, 201, 599).
_LOG_WORDS, _SIGMA_WORDS, _MOST_WORDS = np.log(203), 0.83, 6_000
#: Words of a paragraph: a usual length for the article, and each around it.
_LOG_PARAGRAPH, _SIGMA_USUAL, _SIGMA_PARAGRAPH = np.log(62), 0.5, 0.4
#: Share of the articles that are one paragraph.
_UNBROKEN: Final = 0.05
_FEWEST_UNITS: Final = 11
#: Share of the lines that are headings of two units.
_HEADINGS: Final = 0.01
#: Share of the units that are phrases, and of all that are among the story's own few (names, what it is about).
_PHRASES, _OWN = 0.12, 0.025
_UNIT_WORDS: Final = 1 - _PHRASES + _PHRASES * PHRASE_WORDS
_OWN_UNITS: Final = 6
#: Subjects: each prefers words and phrases of its own, but for the most frequent ones and a share of the units.
_TOPICS, _COMMON_RANKS, _COMMON = 40, 512, 0.4
#: Share of the paragraphs that begin with an opener, and of the units that a comma or full stop follows.
_OPENED, _COMMAS, _STOPS = 0.45, 0.07, 0.02
_OPENING_WORDS: Final = (
    "وقال،وأضاف أن،وأكد أن،وأشار إلى،وأوضح أن،وكان،ويأتي ذلك،وبحسب المصدر،وتابع قائلا،وبين أن،كما أعلن،"
    "وشدد على،وفي المقابل،إلى ذلك،وزاد،ولفت إلى،وأعلن،وطالب،وذكر أن،يشار إلى،من جهته،بدوره قال،وأعرب عن،"
    "ومن المقرر"
)
_OPENERS: Final = tuple(_OPENING_WORDS.split("،"))
_QUOTES: Final = ("وقال:", "«", "»")
#: The days that a text may name, as the Gulf calls the months.
_DAYS: Final = tuple(f"{day} {month}" for month in MONTHS["gulf"] for day in range(1, 32))
#: Share of the words that an editor replaces, and how often an editor is of that kind.
_EDITORS: Final = ((0.0, 0.2), (0.02, 0.45), (0.06, 0.75), (0.12, 1.0))
#: Share of the copies that are cut at the end, set in one line, in paragraphs of two, in a line a sentence.
_ABRIDGED, _ONE_LINE, _MERGED, _SPLIT = 0.35, 0.08, 0.2, 0.12


class Story(msgspec.Struct):
    """What the wire carries."""

    name: str
    text: Text
    #: Days from the start.
    time: float
    place: str
    agency: str | None
    #: A day that its first paragraph names, as the Gulf calls it, and its month from 0.
    day: str = ""
    month: int = 0
    takes: str = ""
    form: str = ""
    template: str = ""


class Stock:
    """Texts that many stories use: a few at a time, each replaced by another when it has been used for long."""

    def __init__(self, size: int, uses: tuple[int, int]) -> None:
        self._uses = uses
        self._texts: list[tuple[str, Text]] = [("", [])] * size
        self._left = [0] * size

    def use(self, name: str, text: Text, random: Random) -> tuple[str, Text]:
        """One of them, with its name; where one is used up, the given one takes its place."""
        place = random.randrange(len(self._texts))
        if not self._left[place]:
            self._texts[place] = name, text
            self._left[place] = random.randint(*self._uses)
        self._left[place] -= 1
        return self._texts[place]


class Drawer:
    """Draws texts, and writes them out."""

    def __init__(self, words: int, phrases: int, seed: int) -> None:
        single, several = make_vocabulary(words, phrases, seed)
        self._usage = Usage([Kind(single, WORD_USAGE, 1 - _PHRASES), Kind(several, PHRASE_USAGE, _PHRASES)])
        extra = pa.array([*_OPENERS, *_QUOTES, *_DAYS], pa.string())
        plain = pa.concat_arrays([single, several, extra])
        self._first_opener = len(plain) - len(extra)
        self._first_day = len(plain) - len(_DAYS)
        #: Units without a mark behind them, with a comma, with a full stop: ``marked * marks + number``.
        self._strings = pa.concat_arrays(
            [plain, *(pc.binary_join_element_wise(plain, mark, "") for mark in ("،", "."))]
        )
        self._marked = len(plain)

    def stories(self, count: int, rng: np.random.Generator) -> list[Text]:
        """So many independent stories."""
        words = np.minimum(rng.lognormal(_LOG_WORDS, _SIGMA_WORDS, count), _MOST_WORDS)
        usual = rng.lognormal(_LOG_PARAGRAPH, _SIGMA_USUAL, count)
        usual[rng.random(count) < _UNBROKEN] = _MOST_WORDS
        paragraphs = np.maximum(np.rint(words / usual), 1).astype(np.int64)
        story = np.repeat(np.arange(count), paragraphs)
        spread = rng.lognormal(-(_SIGMA_PARAGRAPH**2) / 2, _SIGMA_PARAGRAPH, len(story))
        wanted = np.rint((words / paragraphs)[story] * spread / _UNIT_WORDS)
        units = np.maximum(wanted, _FEWEST_UNITS).astype(np.int64)
        units[rng.random(len(story)) < _HEADINGS] = 2
        ends = np.cumsum(units)
        numbers = self._draw(np.repeat(story, units), count, rng)
        opened = (rng.random(len(story)) < _OPENED) & (units > 2)
        numbers[(ends - units)[opened]] = self._first_opener + rng.integers(0, len(_OPENERS), int(opened.sum()))
        last = (ends - 1)[units > 2]
        numbers[last] = numbers[last] % self._marked + 2 * self._marked  # a full stop
        lines = [numbers[end - length : end] for end, length in zip(ends.tolist(), units.tolist(), strict=True)]
        bounds = zip(np.cumsum(paragraphs).tolist(), paragraphs.tolist(), strict=True)
        return [lines[end - length : end] for end, length in bounds]

    def spare(self, count: int, rng: np.random.Generator) -> Units:
        """Units of no story: what editors write."""
        return self._draw(np.zeros(count, np.int64), 1, rng)

    def day(self, day: int, month: int) -> int:
        """The unit that names a day; both count from 1."""
        return self._first_day + 31 * (month - 1) + day - 1

    def quoted(self, units: Units) -> Units:
        """Units as the words of a speaker."""
        said, begin, end = range(self._first_day - len(_QUOTES), self._first_day)
        return np.concatenate([[said, begin], units, [end]])

    def unmarked(self, units: Units) -> Units:
        """Units without commas and full stops."""
        return units % self._marked

    def lines(self, paragraphs: Sequence[Units]) -> list[bytes]:
        """Each paragraph as a line, written out in UTF-8."""
        bounds = np.append(0, np.cumsum([len(units) for units in paragraphs])).astype(np.int32)
        strings = self._strings.take(np.concatenate(paragraphs))
        joined = pc.binary_join(pa.ListArray.from_arrays(bounds, strings), " ").cast(pa.binary())
        written: list[bytes] = joined.to_numpy(zero_copy_only=False).tolist()  # to_pylist is ten times as slow
        return written

    def _draw(self, story: Int64, stories: int, rng: np.random.Generator) -> Units:
        """The number of each unit; `story` is that to which it belongs."""
        topic = rng.integers(1, _TOPICS + 1, stories)
        kind = rng.random(len(story), np.float32)
        numbers = self._of_topic(rng.random(len(story)), np.where(kind < _COMMON, 0, topic[story]))
        # The higher the number drawn, the rarer the word or phrase; a story's own are not the commonest.
        own = self._of_topic(rng.random(stories * _OWN_UNITS) * 0.5 + 0.5, np.repeat(topic, _OWN_UNITS))
        chosen = np.flatnonzero(kind > 1 - _OWN)
        numbers[chosen] = own[story[chosen] * _OWN_UNITS + rng.integers(0, _OWN_UNITS, len(chosen))]
        mark = rng.random(len(story), np.float32)
        numbers += ((mark < _COMMAS + _STOPS).astype(np.int64) + (mark < _STOPS)) * self._marked
        return numbers

    def _of_topic(self, uniform: Float64, topic: Int64) -> Units:
        """Numbers of words and phrases as topics use them, from numbers drawn evenly from [0, 1).

        Each rank is moved inside its octave, so that usage as a whole stays what it was; topic 0 moves nothing.
        """
        ranks, first, count = self._usage.draw(uniform)
        octave = np.int64(1) << (np.frexp(ranks + 1.0)[1].astype(np.int64) - 1)
        moved = octave - 1 + (((ranks + 1) * (2 * topic + 1) + topic * (octave >> 5)) & (octave - 1))
        # The last octave is not whole.
        stays = (ranks < _COMMON_RANKS) | (moved >= count)
        return first + np.where(stays, ranks, moved)


# --- what other outlets do to a text -----------------------------------------------------------------------------


def with_other_words(text: Text, share: float, spare: Iterator[int], random: Random) -> Text:
    """A share of the units replaced by others."""
    edited = []
    for units in text:
        kept = units.copy()
        for _ in range(int(share * len(units) + random.random())):
            kept[int(random.random() * len(kept))] = next(spare)
        edited.append(kept)
    return edited


def with_names(text: Text, names: Sequence[int], every: int = 7) -> Text:
    """A template with these names: one in every so many units is replaced."""
    filled = []
    for units in text:
        kept = units.copy()
        for turn, place in enumerate(range(1, len(kept) - 1, every)):
            kept[place] = names[turn % len(names)]
        filled.append(kept)
    return filled


def repeated_inside(text: Text, random: Random) -> Text:
    """One to three paragraphs pasted once more, right behind themselves."""
    length = min(random.randint(1, 3), len(text))
    first = random.randint(0, len(text) - length)
    return text[: first + length] + text[first:]


def _one_line(lines: list[bytes]) -> list[bytes]:
    return [b" ".join(lines)]


def _in_twos(lines: list[bytes]) -> list[bytes]:
    return [b" ".join(lines[first : first + 2]) for first in range(0, len(lines), 2)]


def _line_per_sentence(lines: list[bytes]) -> list[bytes]:
    return [line.replace(b". ", b".\n") for line in lines]


SETTINGS: Final[dict[str, Callable[[list[bytes]], list[bytes]]]] = {
    "one line": _one_line,
    "merged": _in_twos,
    "split": _line_per_sentence,
}
_SETTING_LIMITS: Final = tuple(zip(accumulate((_ONE_LINE, _MERGED, _SPLIT)), SETTINGS, strict=True))


def rewritten(text: Text, spare: Iterator[int], random: Random) -> tuple[Text, list[str]]:
    """A copy at another outlet, and what was done to it; see `set_otherwise` for its paragraphs."""
    edits = []
    kind = random.random()
    share = next(share for share, limit in _EDITORS if kind < limit)
    if share:
        text = with_other_words(text, share, spare, random)
        edits.append("words")
    if random.random() < _ABRIDGED and len(text) > 2:
        text = text[: max(1, round(len(text) * random.uniform(0.35, 0.85)))]
        edits.append("abridged")
    kind = random.random()
    edits += [name for limit, name in _SETTING_LIMITS if kind < limit][:1]
    return text, edits


def set_otherwise(lines: list[bytes], edits: Sequence[str]) -> list[bytes]:
    """The lines of a copy, set as its edits say."""
    for name in edits:
        if name in SETTINGS:
            return SETTINGS[name](lines)
    return lines
