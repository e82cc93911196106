"""Datelines: which heads of articles are recognised, with what extent, place and agency, and which are body."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naskh.sketch.head_kernels import may_have_dateline
from naskh.text.datelines import _PREFILTER, HEAD_CHARS, MAX_CHARS, MAX_WORDS, Dateline, find_dateline
from naskh.text.gazetteer import AGENCIES, PLACES, fold

BODY = "تسلم المزارعون في الوادي أول دفعة من البذور المحسنة بعد انتظار دام أسبوعين كاملين"

# (dateline, place, agency): followed by a line break and body text
WHOLE_LINE = [
    ("الرياض 26 شوال 1436 هـ الموافق 11 أغسطس 2015 م واس", "الرياض", "was"),
    ("تبليسي (جورجيا) 26 شوال 1436 هـ الموافق 11 اغسطس 2015 م واس", "تبليسي", "was"),
    ("القاهرة 25 شوال 1436هـ الموافق 10 أغسطس 2015م واس", "القاهرة", "was"),
    ("وادي الدواسر 25 شوال 1436ه لموافق 10 اغسطس 2015م .واس", "وادي الدواسر", "was"),
    ("ينبع26 شوال 1436هـ الموافق 011 أغسطس 2015 مواس", "ينبع", "was"),
    ("أبهــا ٢٥ شوّال ١٤٣٦ هـ الموافق ١٠ أغسطس ٢٠١٥ م واس", "أبهــا", "was"),
    ("هدادة 3 محرم 1440 هـ واس", "هدادة", "was"),
    ("الإثنين 25 شوال 1436 هـ الموافق 10 اغسطس 2015 م واس", None, "was"),
    ("سان فرانسيسكو 20 يوليو تموز (رويترز) -", "سان فرانسيسكو", "reuters"),
    ("الرباط - وكالات:", "الرباط", "agencies"),
    ("الرباط - وكالات", "الرباط", "agencies"),
    ("الرباط ـ و م ع", "الرباط", "map"),
    ("ناظورسيتي: متابعة", None, "ناظورسيتي"),
    ("صدى الريف: متابعة", None, "صدى الريف"),
    ("متابعة:", None, None),
    ("عين اليوم – دبي", "دبي", "عين اليوم"),
    ("عين اليوم – متابعات", None, "عين اليوم"),
    ("عين اليوم – واس", None, "was"),
    ("عين اليوم – مانسانار", "مانسانار", "عين اليوم"),
    ("عين اليوم – أتلانتا، أمريكا", "أتلانتا", "عين اليوم"),
    ("نواف الصيعري – جدة", "جدة", "نواف الصيعري"),
    ("مهند قحطان – جدة (تصوير: غرم عسيري)", "جدة", "مهند قحطان"),
    ("جدة ـ علي الحسن", "جدة", "علي الحسن"),
    ("واس - الرياض:", "الرياض", "was"),
    ("(د ب أ)", None, "dpa"),
    ("رويترز", None, "reuters"),
    ("أنقرة/ الأناضول", "أنقرة", "aa"),
    ('بيروت- "نبأ"', "بيروت", "naba"),
    ("لندن: «الشرق الأوسط»", "لندن", "الشرق الأوسط"),
    ("مسقط - باريس: «الشرق الأوسط»", "مسقط", "الشرق الأوسط"),
    ("غشتاد: أ ف ب", "غشتاد", "afp"),
    ("الصخيرات (المغرب): رويترز", "الصخيرات", "reuters"),
    ("تبوك: سعاد محمود", "تبوك", "سعاد محمود"),
    ("كتب - عمر عبدالعزيز:", None, "عمر عبدالعزيز"),
    ("حاوره: خالد سعيد", None, "خالد سعيد"),
    ("عكاظ (جدة)", "جدة", "عكاظ"),
    ("عادل الحسين من الدمام", "الدمام", "عادل الحسين"),
    ("القاهرة - مكتب الجزيرة - طارق محيي:", "القاهرة", "الجزيرة"),
    ("المدينة - جدة", "جدة", "المدينة"),
    ("سالم الأحمدي - المدينة", "المدينة", "سالم الأحمدي"),
    ("الدوحة - قنا", "الدوحة", "qna"),
    ("محمود السيد - قنا", "قنا", "محمود السيد"),
    ("الرّباطُ – وَكالات:", "الرّباطُ", "agencies"),
    ("عمان - بترا", "عمان", "petra"),
]

# (dateline, place, agency): followed by body text in the same line
RUN_ON = [
    ("سبق- الرياض:", "الرياض", "سبق"),
    ("سبق ابها :", "ابها", "سبق"),
    ("ياسر العتيبي- سبق- الباحة:", "الباحة", "سبق"),
    ("هادي العصيمي، ياسر العتيبي-سبق- جدة:", "جدة", "سبق"),
    ("سبق، واس- الباحة:", "الباحة", "was"),
    ("سبق- هدادة:", "هدادة", "سبق"),
    ("محمد زامل ــ سبق ــ الرياض:", "الرياض", "سبق"),
    ("عافت الزويدـ سبق ـ حفر الباطن:", "حفر الباطن", "سبق"),
    ("حوار: سعاد منصور- سبق- الرياض:", "الرياض", "سبق"),
    ("باريس (أ ف ب) -", "باريس", "afp"),
    ("باريس (أ.ف.ب) –", "باريس", "afp"),
    ("باريس - ا ف ب -", "باريس", "afp"),
    ("(د ب أ) -", None, "dpa"),
    ("القاهرة 26 يوليو (رويترز) -", "القاهرة", "reuters"),
    ("القاهرة في 5 مارس /أ ش أ/", "القاهرة", "mena"),
    ("أبوظبي في 5 يناير / وام /", "أبوظبي", "wam"),
    ("الكويت - 12 - 3 (كونا) --", "الكويت", "kuna"),
    ("رام الله 5-3-2020 وفا-", "رام الله", "wafa"),
    ("تونس 5 جويلية 2020 (وات) -", "تونس", "tap"),
    ("الدار البيضاء، الجمعة 7 نونبر 2014 (و م ع) –", "الدار البيضاء", "map"),
    ("دمشق 3 تشرين الثاني 2019 - سانا:", "دمشق", "sana"),
    ("دبي، الإمارات العربية المتحدة (CNN) --", "دبي", "cnn"),
    ("صنعاء - سبأ:", "صنعاء", "saba"),
    ("الرباط\xa0– وكالات:", "الرباط", "agencies"),
    ("رويترز- لونبورج (ألمانيا):", "لونبورج", "reuters"),
    ("أثينا - «الشرق الأوسط»:", "أثينا", "الشرق الأوسط"),
]

# (dateline, text that follows it without a mark, place, agency)
UNMARKED = [
    ("عين اليوم – متابعات", "طالب السكان بفتح الطريق القديم أمام السيارات الصغيرة", None, "عين اليوم"),
    ("نايف السعدي – الطائف", "شهدت الساحة الكبرى أمس عرضا للخيول العربية الأصيلة", "الطائف", "نايف السعدي"),
    ("أنقرة/ الأناضول", "أعلن وزير الزراعة عن موسم وفير من القمح هذا العام", "أنقرة", "aa"),
    ("الرباط - و م ع", "ترأس العامل اجتماعا خصص لبرامج الماء الصالح للشرب", "الرباط", "map"),
    ("(د ب أ)", "أعلنت الشركة عن طراز جديد من سياراتها الكهربائية الصغيرة", None, "dpa"),
    ("الرياض (واس)", "أعلنت الهيئة عن موعد التسجيل في برامجها للعام القادم", "الرياض", "was"),
    ("الرياض - محمد الحيدر", "نظمت الشركة حفلا لموظفيها في المقر الرئيس بحي الملز", "الرياض", "محمد الحيدر"),
    ("الجزائر: «الشرق الأوسط»", "أفادت تقارير بأن الطريق الوطني أغلق بسبب الثلوج", "الجزائر", "الشرق الأوسط"),
    ("الرياض:", "أعلنت وزارة الصحة عن افتتاح ثلاثة مراكز جديدة في الأحياء", "الرياض", None),
    ("القاهرة -", "قال مسؤول في هيئة الآثار إن القاعة ستفتح للزوار غدا", "القاهرة", None),
]

NOT_DATELINES = [
    'وقال المتحدث: "هذه أول زيارة"',
    "أكدت وكالات الأنباء أن الطريق مفتوح أمام الشاحنات القادمة من الميناء",
    "الرياض تستضيف معرض الكتاب",
    "قال الوزير - في تصريح صحفي - إن المشروع سيكتمل قبل نهاية العام",
    "2-1",
    "- قال الكاتب إن الرواية كتبت في عامين",
    "– الرياض - واس",
    "أولا: المقدمة",
    "أولاً: الرياض",
    "س: ما رأيك في الموسم الجديد؟",
    "سؤال: كيف بدأت الفكرة",
    "واشنطن: لا نية لنا في تمديد المفاوضات بعد نهاية الشهر الجاري مهما كانت الأسباب",
    "رويترز: شركات الطيران الكبرى تستعد لموسم صعب هذا الشتاء",
    "دمشق: هدوء حذر",
    "العاصمة: الرياض",
    "افتتاح المعرض",
    "تونس - لندن",
    "لبنان - أزمة مفتوحة",
    "المغرب - السنغال",
    "المغرب - السنغال: تاريخ طويل من المباريات التي لا تنسى في ملاعب القارة",
    "الأهلي - الهلال: 2-1",
    "مصر 2 - 1 السعودية",
    "11 أغسطس 2015",
    "الرياض",
    "السلام عليكم ورحمة الله وبركاته، وبعد:",
    "مرشد السالم -رحمه الله-",
    "كشفت مصادر لـ«الوطن» أن العمل سيبدأ غدا - بإذن الله - في الموقع الجديد",
    "قال لـ(عكاظ) مدير المشروع إن المرحلة الأولى انتهت قبل موعدها",
    "شهدت منطقة السوق القديم ـ أكبر أسواق المدينة ـ حركة كبيرة قبل العيد بيومين",
    "الرباط - ومع اقتراب رمضان ترتفع أسعار التمور في الأسواق الشعبية",
    "الرياض - الوطن العربي كله ينتظر نتائج القمة التي تعقد غدا في القصر",
    "طريق الرياض - جدة: أعمال الصيانة تبدأ بعد العيد مباشرة",
    "بحسب وكالة (رويترز) فإن الأسعار سترتفع في الربع الأخير من العام",
    "الشاعر (سالم الأحمد) قال:",
    "ندى - الخبر",
    "على وقع البيت الشهير: لا تنه عن خلق وتأتي مثله",
    "",
    "   ",
    "\u200f\n\u200f",
]


def _named(text: str, found: Dateline | None) -> tuple[str, str | None, str | None] | None:
    return found and (text[found.start : found.end], found.place, found.agency)


@pytest.mark.parametrize(("dateline", "place", "agency"), WHOLE_LINE)
def test_dateline_that_fills_the_first_line(dateline: str, place: str | None, agency: str | None) -> None:
    text = f"{dateline}\n{BODY}"
    assert _named(text, find_dateline(text)) == (dateline, place, agency)


@pytest.mark.parametrize(("dateline", "place", "agency"), RUN_ON)
def test_dateline_before_body_text_ends_with_its_closing_mark(
    dateline: str, place: str | None, agency: str | None
) -> None:
    text = f"{dateline} {BODY}"
    assert _named(text, find_dateline(text)) == (dateline, place, agency)


@pytest.mark.parametrize(("dateline", "body", "place", "agency"), UNMARKED)
def test_dateline_before_body_text_without_a_mark(
    dateline: str, body: str, place: str | None, agency: str | None
) -> None:
    text = f"{dateline} {body}"
    assert _named(text, find_dateline(text)) == (dateline, place, agency)


@pytest.mark.parametrize("text", NOT_DATELINES)
def test_body_text_and_titles_are_left_alone(text: str) -> None:
    assert find_dateline(text) is None
    assert find_dateline(f"{text}\n{BODY}") is None


@pytest.mark.parametrize(
    ("dateline", "place", "agency"),
    [case for case in WHOLE_LINE if case[2] in ("was", "reuters", "agencies", "map")],
)
def test_certain_dateline_is_found_after_a_title(dateline: str, place: str | None, agency: str | None) -> None:
    text = f"مشروع جديد لزراعة النخيل\n\n{dateline}\n{BODY}"
    assert _named(text, find_dateline(text)) == (dateline, place, agency)


@pytest.mark.parametrize(
    "clutter", ["Next Previous ", "\u200f\u202b", " \t\xa0", "* ", "Share Tweet\n", "\n\n\r\n", "\ufeff"]
)
def test_clutter_before_the_dateline_is_not_part_of_it(clutter: str) -> None:
    text = f"{clutter}عين اليوم – دبي \u200f\xa0\n{BODY}"
    assert _named(text, find_dateline(text)) == ("عين اليوم – دبي", "دبي", "عين اليوم")


def test_weak_evidence_counts_only_in_the_first_line() -> None:
    weak = "سالم الناصري - هدادة السفلى:"
    assert find_dateline(f"{weak} {BODY}") is not None
    assert find_dateline(f"مشروع جديد\n{weak} {BODY}") is None


def test_dateline_after_a_paragraph_is_not_at_the_head() -> None:
    assert find_dateline(f"{BODY} {BODY}\nالرباط - وكالات:\n{BODY}") is None
    assert find_dateline(f"سطر\nسطر\nسطر\nالرباط - وكالات:\n{BODY}") is None


def test_reader_of_a_long_text_looks_only_at_its_head() -> None:
    head = f"الرباط - وكالات:\n{BODY}\n"
    assert find_dateline(head + BODY * 10_000) == find_dateline(head)
    assert find_dateline(" " * HEAD_CHARS + head) is None


@pytest.mark.parametrize(
    "month", ["نونبر", "نوفمبر", "تشرين الثاني", "يوليوز", "غشت", "جويلية", "آب", "ذي القعدة", "ربيع الآخر"]
)
def test_months_of_every_region_make_a_date(month: str) -> None:
    text = f"الرباط 7 {month} 2014 - {BODY}"
    assert _named(text, find_dateline(text)) == (f"الرباط 7 {month} 2014 -", "الرباط", None)


@pytest.mark.parametrize(("name", "short"), sorted(AGENCIES.items()))
def test_every_agency_is_known_beside_a_place(name: str, short: str) -> None:
    text = f"الرباط - {name}:\n{BODY}"
    assert _named(text, find_dateline(text)) == (f"الرباط - {name}:", "الرباط", short)


def test_tables_are_folded() -> None:
    assert all(fold(name) == name for name in PLACES)
    assert {"القاهره", "الدار البيضاء", "مكه المكرمه"} <= PLACES


@pytest.mark.parametrize(
    "text",
    [
        piece * 50_000
        for piece in (
            "- ",
            "-",
            "(",
            "()",
            "ـ ",
            "1 ",
            " ",
            "\u200f",
            "\n",
            "12-",
            ": ",
            "5 مايو ",
            "،",
            "_ ",
            "عبد ",
            "الرياض - ",
            "next ",
        )
    ]
    + [
        "الرياض" + " " * 99_000 + "5 مايو",
        "الرياض 5 مايو" + " " * 99_000 + "الموافق",
        "الرياض ، في" * 9_000 + " 5 مايو",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_text_costs_no_more_than_other_text(text: str) -> None:
    started = time.process_time()
    find_dateline(text)
    find_dateline(f"عنوان\n{text}")
    # Measured: below 1 ms each; the limit leaves room for a loaded machine, not for a quadratic pattern.
    assert time.process_time() - started < 0.25


_PIECES = st.sampled_from(
    [
        *(
            "الرياض",
            "واس",
            "سبق",
            "عين اليوم",
            "متابعة",
            "محمد علي",
            "كلمة",
            "قال",
            "و م ع",
            "رويترز",
            "26 شوال 1436 هـ",
        ),
        *(
            " ",
            " ",
            "-",
            "–",
            "ـ",
            ":",
            "/",
            "(",
            ")",
            "|",
            "\n",
            "\r\n",
            "\u2028",
            "\u200f",
            "\xa0",
            "،",
            ".",
            "«",
            "»",
            "12",
        ),
    ]
)


@given(st.lists(_PIECES, max_size=60).map("".join) | st.text(max_size=400))
def test_span_is_a_short_stretch_of_one_line(text: str) -> None:
    found = find_dateline(text)
    if found is None:
        return
    dateline = text[found.start : found.end]
    assert 0 <= found.start < found.end <= len(text)
    assert len(dateline) <= MAX_CHARS
    assert len(dateline.split()) <= MAX_WORDS
    assert dateline.splitlines() == [dateline]
    assert dateline == dateline.strip()
    for name in (found.place, found.agency):
        assert name is None or name.strip() == name != ""
    assert found.place is None or found.place in dateline


@given(st.sampled_from(WHOLE_LINE), st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_what_follows_the_line_does_not_change_its_dateline(
    case: tuple[str, str | None, str | None], rest: str
) -> None:
    text = f"{case[0]}\n{rest}"
    assert _named(text, find_dateline(text)) == case


@settings(deadline=None)  # the first example loads the kernel
@given(st.text(alphabet=list("ابتثأ واسرويترز :-()0123٠١ـ\n\r\t«»“”…—\u00a0\u2028،.a"), max_size=150))
def test_the_kernel_refuses_no_text_that_may_have_a_dateline(text: str) -> None:
    data = np.frombuffer(text.encode(), np.uint8)
    may = np.empty(1, np.bool_)
    may_have_dateline(data, np.array([0, len(data)]), may)
    assert may[0] or _PREFILTER.match(text, 0, HEAD_CHARS) is None
