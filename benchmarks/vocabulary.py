"""Words and phrases for `benchmarks.newswire`: Arabic shapes made by rule, and how often each is used.

Words are roots in patterns with clitics and endings (``والمفاعلات``), behind the true function words and a few true
words of the news; hardly any of the others means anything, but their letters, lengths and families of one stem are
those of Arabic. Phrases are a few words that stand together again and again: they make runs of three words recur in
unrelated articles as they do in the news.

How often a word or phrase of some rank is used is given by `Usage`, fitted to SaudiNewsNet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from naskh.arrays import Float64, Int64

#: Consonants in the order of their frequency, more or less.
_CONSONANTS: Final = "رلمنبدعسحقفجشكوصطيهختذضزثغظ"
_ROOTS: Final = 4_000


def _listed(names: str) -> list[str]:
    """Split at commas; an empty part is no ending, or nothing before."""
    return names.split("،")


#: 1, 2, 3 stand for the consonants of the root; the most usual patterns first.
_NOUNS: Final = _listed(
    "123،12ي3،12ا3،1ا23،م123،12و3،123ي،1ي23،ا12ا3،ت12ي3،م12و3،م1ا23،12ا3ي،ا1ت2ا3،ت1ا23،مت123،م1ت23،من123،م12ا3،"
    "1وا23،مست123،م1ا2ي3،مت1ا23،ان12ا3،است12ا3"
)
_VERBS: Final = _listed("123،ي123،ت123،ن123،ا1ت23،ي1ا23،ي1ت23،ت1ا23،يت1ا23،تت123،است123،يست123")
#: Before and behind nouns, the most usual first; behind the article there is no pronoun.
_DEFINITE: Final = (_listed("ال،وال،بال،لل،كال،فال"), _listed("،ة،ات،ين،ية،ون،ان"))
_INDEFINITE: Final = (_listed("،،و،ب،ل،ف،ول،وب،ك"), _listed("،،ة،ا،ات،ها،ه،ية،ين،هم،تها،نا،اته،تهم،اتها"))
_VERBAL: Final = (_listed("،،و،ل،س،ف،ول،وس"), _listed("،،ت،ه،وا،ها،ون،هم،نا،تا"))

#: The words of the first ranks, most frequent first.
_FUNCTION_WORDS: Final = _listed(
    "في،من،على،أن،إلى،التي،عن،مع،الذي،ما،هذا،هذه،بن،بين،لا،كما،بعد،ذلك،كان،أو،خلال،كل،غير،كانت،قبل،وقد،وفي،"
    "قد،هو،عبر،حيث،هي،لم،ومن،وأن،أكثر،إن،وهو،الذين،وذلك،وعلى،منذ،يوم،تم،أي،عدد،عدم،بعض،حول،بها،منها،فيها،به،"
    "إذا،لكن،حتى،وهي،كذلك،أكد،فقد،أيضا،لها،له،أما،نحو،ضد،عند،لدى،أحد،تلك،وكان،ثم،وأكد،أمام،يتم،إضافة،جميع،"
    "ليس،مثل،دون،وقال،قال،أضاف،وأضاف،اليوم،أمس،تحت،فيما،والتي،والذي،الأول،الثاني،الماضي،المقبل،عام،شهر،مليون،"
    "ألف،بسبب،وأشار،وأوضح،مشيرا،موضحا،مؤكدا،لافتا،بينما،حين،رغم،سوف،لن،يمكن،يكون،تكون،يجب،كبيرة،كبير،جديدة،"
    "جديد،الجديدة،الكبيرة،عليه،عليها،إليه،إنه،أنه،أنها،بأن،لأن،ولا،وما،ولم،وإن،ومع،وعن،وبعد،وبين،كلها،نفسه،"
    "ذاته،أيام،ساعة،مرة،مرات،ثلاثة،أربعة،خمسة،عشرة،مئات،آلاف"
)
_NEWS_WORDS: Final = _listed(
    "المملكة،السعودية،رئيس،وزير،الوزراء،مجلس،العربية،محمد،عبدالله،الدولة،الحكومة،المنطقة،الرياض،المدينة،"
    "الأمير،الملك،العام،الوزارة،الهيئة،الشركة،العمل،المشروع،المشاريع،الخدمات،التعليم،الصحة،الأمن،الأمنية،"
    "القوات،العسكرية،الحرب،السلام،الاتفاق،المفاوضات،الدول،الدولية،الأمم،المتحدة،أمريكا،إيران،مصر،سورية،"
    "العراق،اليمن،لبنان،المغرب،تونس،الجزائر،ليبيا،فلسطين،الأردن،الخليج،قطر،الكويت،الإمارات،عمان،البحرين،"
    "أوروبا،فرنسا،روسيا،الصين،السوق،الأسهم،النفط،الأسعار،البنك،المال،الاقتصاد،الاقتصادي،التجارة،الاستثمار،"
    "المؤشر،النمو،الإنتاج،الطاقة،المياه،الزراعة،الصناعة،النقل،الطيران،الفريق،المباراة،اللاعبين،النادي،الدوري،"
    "البطولة،الموسم،المدرب،الهدف،الفوز،كأس،المنتخب،القدم،الرياضة،الشباب،المرأة،الأطفال،الأسرة،الطلاب،الجامعة،"
    "المدارس،المعلمين،الكتاب،الثقافة،المهرجان،المعرض،الفن،السينما،التاريخ،العلماء،الدراسة،البحث،العلاج،"
    "المستشفى،المرضى،الأطباء،القضاء،المحكمة،الشرطة،الحادث،الطريق،السيارات،المرور،البلدية،الأمانة،المواطنين،"
    "السكان،المسؤولين،المدير،المتحدث،البيان،التقرير،المصادر،المؤتمر،الاجتماع،الزيارة،اللقاء،القمة،الرئيس،"
    "الوزير،السفير،النائب،البرلمان،الانتخابات،الأحزاب،القانون،النظام،القرار،الخطة،البرنامج،الدعم،التعاون،"
    "التنمية،العالم،العالمية"
)
#: The phrases of the first ranks.
_STOCK_PHRASES: Final = _listed(
    "خلال الفترة من،رئيس مجلس الوزراء،في الوقت الذي،من جهة أخرى،على صعيد آخر،الأمين العام للأمم المتحدة،"
    "وأشار إلى أن،من جانبه أكد،على الرغم من،في تصريح خاص،بالإضافة إلى ذلك،مجلس التعاون لدول الخليج العربية،"
    "وزارة الشؤون الخارجية،ولي العهد نائب رئيس مجلس الوزراء،في ختام الجلسة،على هامش الاجتماع،"
    "خلال الأشهر الستة الأولى من العام،من خلال هذا،ما لا يقل عن،أكثر من مئة ألف،في نهاية تعاملات اليوم،"
    "مقارنة بالفترة نفسها من العام الماضي،بحسب وسائل إعلام محلية،نقلت وكالة الأنباء عن،لم يتم الكشف عن،"
    "وأكد المتحدث باسم الوزارة،وفي سياق متصل،تجدر الإشارة إلى أن،يذكر أن هذا،من المتوقع أن يتم،"
    "في إطار الجهود الرامية إلى،بما في ذلك،على حد قوله،في مختلف أنحاء البلاد،منذ بداية العام الجاري،"
    "وزير الدفاع والطيران،على مدى السنوات الماضية،في مؤتمر صحفي عقده أمس،لا سيما في ظل،"
    "من أجل تعزيز التعاون بين،الجهات ذات العلاقة بهذا الشأن،وفق ما أعلنت عنه،في المرتبة الأولى بين،"
    "قال في بيان له،إلى جانب عدد من المسؤولين،بحضور عدد كبير من،الأسبوع الماضي في العاصمة،"
    "حسب ما ذكرت مصادر مطلعة،ولم ترد تفاصيل أخرى عن،إثر حادث سير وقع على،بنسبة بلغت نحو،"
    "بلغ عدد المستفيدين من،المباراة التي أقيمت مساء أمس على،الجولة الثالثة من الدوري،في الدقيقة الأخيرة من"
)
#: Words of a phrase, and how many phrases of 20 have as many.
_PHRASE_LENGTHS: Final = (2,) * 4 + (3,) * 6 + (4,) * 5 + (5,) * 3 + (6, 8)
#: Words of a phrase on average.
PHRASE_WORDS: Final = sum(_PHRASE_LENGTHS) / len(_PHRASE_LENGTHS)
#: Letters by which a word may be longer or shorter than its rank says.
_LENGTH_NOISE: Final = 2.5
_WORDS_AT_ONCE: Final = 20_000
#: Letters by which a number counts as longer than it is: most are rare.
_NUMBER_LETTERS: Final = 3
#: Every how many words one is a number.
_NUMBER_EVERY: Final = 60

#: (rank, frequency): as the words of SaudiNewsNet, see `benchmarks.newswire`. The phrases take some of it.
WORD_USAGE: Final = (
    (1, 4.9e-2), (10, 3.8e-3), (100, 7.2e-4), (1_000, 1.25e-4),
    (10_000, 1.24e-5), (100_000, 2.7e-7), (600_000, 4e-8),
)  # fmt: skip
#: (rank, frequency): so that shingles recur as they do there.
PHRASE_USAGE: Final = ((1, 2e-3), (300, 1.4e-4), (15_000, 7e-6), (500_000, 5e-7))


#: Stands for 0, for which the integral would be a logarithm.
_LEAST_EXPONENT: Final = 1e-6


class Kind(NamedTuple):
    """Units of one kind, most used first, and how often each is used."""

    units: pa.StringArray
    #: (rank from 1, frequency in any unit), ascending; between two points it falls as a power of the rank.
    usage: Sequence[tuple[int, float]]
    #: Share of all units in a text.
    share: float


class Usage:
    """Draws units of several kinds: their ranks, from 0, their kind's first number and how many it has."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        rows: list[tuple[float, ...]] = []
        first_number = 0
        for kind in kinds:
            segments = list(_segments(kind.usage, len(kind.units)))
            total = sum(mass for mass, *_ in segments)
            rows += [(mass / total * kind.share, *rest, first_number, len(kind.units)) for mass, *rest in segments]
            first_number += len(kind.units)
        masses, begins, stops, exponents, firsts, counts = np.array(rows).T
        ends = np.cumsum(masses) / masses.sum()
        self._ends: Float64 = ends[:-1]
        #: With u in a segment, the rank from 1 is ``(offset + u * slope) ** power``.
        self._slopes: Float64 = (stops - begins) / np.diff(ends, prepend=0.0)
        self._offsets: Float64 = stops - ends * self._slopes
        self._powers: Float64 = 1 / exponents
        self._firsts: Int64 = firsts.astype(np.int64)
        self._counts: Int64 = counts.astype(np.int64)

    def draw(self, uniform: Float64) -> tuple[Int64, Int64, Int64]:
        """What belongs to numbers drawn evenly from [0, 1): rank, first number of its kind, size of its kind."""
        segment = np.searchsorted(self._ends, uniform, "right")
        ranks = (self._offsets[segment] + uniform * self._slopes[segment]) ** self._powers[segment]
        counts = self._counts[segment]
        return np.minimum(ranks.astype(np.int64), counts) - 1, self._firsts[segment], counts


def _segments(points: Sequence[tuple[int, float]], ranks: int) -> Iterator[tuple[float, ...]]:
    """The stretches between the points that some of the `ranks` lie in.

    Gives mass, ``rank ** exponent`` at both ends, exponent: the integral of ``rank ** -slope`` is
    ``rank ** exponent / exponent``.
    """
    for (first, high), (last, low) in pairwise(points):
        if first <= ranks:
            exponent = 1 - np.log(high / low) / np.log(last / first)
            if abs(exponent) < _LEAST_EXPONENT:
                exponent = _LEAST_EXPONENT
            begin, end = first**exponent, min(last, ranks + 1) ** exponent
            yield high * first ** (1 - exponent) * (end - begin) / exponent, begin, end, exponent


def make_vocabulary(words: int, phrases: int, seed: int) -> tuple[pa.StringArray, pa.StringArray]:
    """So many of each, most used first, from a seed."""
    rng = np.random.default_rng([seed, 0])
    listed = pa.array(_words(words, rng), pa.string())
    lengths = rng.choice(np.array(_PHRASE_LENGTHS), phrases - len(_STOCK_PHRASES))
    bounds = np.append(0, np.cumsum(lengths)).astype(np.int32)
    drawn, _, _ = Usage([Kind(listed, WORD_USAGE, 1.0)]).draw(rng.random(bounds[-1]))
    made = pc.binary_join(pa.ListArray.from_arrays(bounds, listed.take(drawn)), " ")
    return listed, pa.concat_arrays([pa.array(_STOCK_PHRASES, pa.string()), made])


def _words(count: int, rng: np.random.Generator) -> list[str]:
    """Different words also after folding: ه and ة are one at the end of a word."""
    nouns, verbs = _stems(_NOUNS, rng), _stems(_VERBS, rng)
    kinds = ((nouns, *_DEFINITE), (nouns, *_INDEFINITE), (verbs, *_VERBAL))
    true = list(dict.fromkeys([*_FUNCTION_WORDS, *_NEWS_WORDS]))
    seen = {word.replace("ة", "ه").replace("أ", "ا").replace("إ", "ا") for word in true}
    made: list[str] = []
    while len(made) < count:
        columns = [_inflected(stems, before, behind, _WORDS_AT_ONCE, rng) for stems, before, behind in kinds]
        numbers = rng.integers(1, 60_000, _WORDS_AT_ONCE // _NUMBER_EVERY + 1).tolist()
        for at, forms in enumerate(zip(*columns, strict=True)):
            word = forms[at % 3] if at % _NUMBER_EVERY else str(numbers[at // _NUMBER_EVERY])
            key = word.replace("ة", "ه")
            if key not in seen:
                seen.add(key)
                made.append(word)
    # The more a word is used, the shorter it is, by and large.
    lengths = [len(word.replace("ال", "")) + _NUMBER_LETTERS * word.isdecimal() for word in made]
    order = np.argsort(np.array(lengths) + rng.gumbel(0, _LENGTH_NOISE, len(made)))
    return [*true, *(made[place] for place in order.tolist())][:count]


def _stems(patterns: Sequence[str], rng: np.random.Generator) -> list[str]:
    """All roots in all patterns, usual ones more or less first."""
    weights = 1 / np.arange(4, len(_CONSONANTS) + 4)
    drawn = rng.choice(len(_CONSONANTS), (3 * _ROOTS, 3), p=weights / weights.sum())
    drawn = drawn[(drawn[:, 0] != drawn[:, 1]) & (drawn[:, 1] != drawn[:, 2]) & (drawn[:, 0] != drawn[:, 2])]
    roots = ["".join(_CONSONANTS[letter] for letter in root) for root in drawn[:_ROOTS].tolist()]
    stems = list(dict.fromkeys(
        pattern.replace("1", root[0]).replace("2", root[1]).replace("3", root[2])
        for pattern in patterns for root in dict.fromkeys(roots)
    ))  # fmt: skip
    order = np.argsort(np.arange(len(stems)) * rng.random(len(stems)))
    return [stems[place] for place in order.tolist()]


def _inflected(
    stems: list[str], before: list[str], behind: list[str], count: int, rng: np.random.Generator
) -> list[str]:
    chosen = [_skewed(len(listed), count, rng) for listed in (before, stems, behind)]
    return [before[start] + stems[place] + behind[end] for start, place, end in zip(*chosen, strict=True)]


def _skewed(size: int, count: int, rng: np.random.Generator) -> list[int]:
    """Places in a list, the first ones much more often."""
    places: list[int] = (rng.random(count) ** 3 * size).astype(np.int64).tolist()
    return places
