"""What a report says, in English and in Arabic. Numbers stand apart from words, so that none need be declined."""

from __future__ import annotations

from typing import Literal, get_args

Language = Literal["ar", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

MONTHS: dict[Language, tuple[str, ...]] = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    "ar": (
        "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
    ),
}  # fmt: skip

#: Each in English and in Arabic.
_WORDS: dict[str, tuple[str, str]] = {
    "name": ("naskh", "نسخ"),
    "title": ("Who copied whom", "من نقل عمّن"),
    "lead": (
        "All articles of this collection compared with each other: which stories were carried by whom, how much of "
        "each outlet's text is its own, and what was pasted twice.",
        "قورنت مقالات هذه المجموعة كلها بعضها ببعض: أي الأخبار نشرها أكثر من وسيلة، وكم من نصوص كل وسيلة لها وحدها، "
        "وما أُلصق مرتين.",
    ),
    "contents": ("Contents", "المحتويات"),
    "headline": ("In figures", "بالأرقام"),
    "articles": ("Articles", "المقالات"),
    "outlets": ("Outlets", "الوسائل"),
    "outlet": ("Outlet", "الوسيلة"),
    "period": ("Period", "الفترة"),
    "no_dates": ("no dates", "بلا تواريخ"),
    "undated": ("Without a date", "بلا تاريخ"),
    "pairs": ("Pairs of duplicates", "أزواج المقالات المتكررة"),
    "families": ("Families", "عائلات الأخبار"),
    "carried": ("Of two outlets and more", "لدى وسيلتين أو أكثر"),
    "family_articles": ("Articles in families", "مقالات ضمن العائلات"),
    "copies": ("Copies", "النسخ"),
    "copy_share": ("Share of copies", "حصة النسخ"),
    "repeating": ("Articles with text pasted twice", "مقالات أُلصق فيها نص مرتين"),
    "relations": ("Pairs by relation", "الأزواج بحسب العلاقة"),
    "relation": ("Relation", "العلاقة"),
    "relation_copy": ("Copy", "نسخة"),
    "relation_partial": ("Partial copy", "نسخة جزئية"),
    "relation_quote": ("Quote", "اقتباس"),
    "relation_formula": ("Formula", "صيغة متكررة"),
    "days": ("Copies over time", "النسخ عبر الزمن"),
    "days_lead": (
        "Articles in families by the day they are dated, by their part in the story.",
        "المقالات التي ضمن العائلات، بحسب تاريخها ودورها في الخبر.",
    ),
    "day": ("Day", "اليوم"),
    "week": ("Week from", "الأسبوع من"),
    "month": ("Month", "الشهر"),
    "year": ("Year", "السنة"),
    "role_origin": ("Origin", "الأصل"),
    "role_copy": ("Copy", "نسخة"),
    "role_unknown": ("Not decided", "غير محدد"),
    "role": ("Part", "الدور"),
    "date": ("Date", "التاريخ"),
    "all_articles": ("All articles", "كل المقالات"),
    "stories": ("Most carried stories", "أكثر الأخبار تداولا"),
    "stories_lead": (
        "The largest families, named by the article that the others resemble most.",
        "أكبر العائلات، وعنوان كل منها عنوان المقالة التي تشبهها البقية أكثر من غيرها.",
    ),
    "first": ("First", "أول ظهور"),
    "credit": ("Agency credited", "الوكالة المذكورة"),
    "carriers": ("Who carried it", "من نشره"),
    "unnamed": ("not named", "لم تُسمّ"),
    "matrix": ("Who shares with whom", "من يشارك من"),
    "matrix_lead": (
        "Families in which both outlets have an article. On the diagonal: families in which an outlet has two or "
        "more of its own.",
        "عدد العائلات التي لكلتا الوسيلتين مقالة فيها. وعلى القطر: العائلات التي للوسيلة نفسها فيها مقالتان أو أكثر.",
    ),
    "earlier": ("Who was earlier", "من كان الأسبق"),
    "earlier_lead": (
        "In how many of these families the first article of the outlet in the row is dated before that of the outlet "
        "in the column. Of the same day, without a time, neither is.",
        "في كم من هذه العائلات سبق تاريخُ أول مقالة لوسيلة السطر تاريخَ أول مقالة لوسيلة العمود. وما كان من اليوم "
        "نفسه بلا ساعة فلا يُعدّ لأي منهما.",
    ),
    "texts": ("Own text", "النص الأصلي"),
    "texts_lead": (
        "Of every outlet's text, the share that stands in no article of another outlet that it is a copy of, wholly "
        "or in part, and that is not later.",
        "حصة النص من كل وسيلة الذي لا يوجد في مقالة لوسيلة أخرى هي نسخة منها، كليا أو جزئيا، ولم تُنشر بعدها.",
    ),
    "own": ("Its own", "لها وحدها"),
    "unordered": ("Shared, first not known", "مشترك، والأسبق غير معروف"),
    "taken": ("Stood elsewhere earlier", "نُشر قبلها لدى غيرها"),
    "repeats": ("Pasted twice", "نص ملصق مرتين"),
    "repeats_lead": (
        "Articles in which a block of eight words or more stands twice, in the same words or nearly so.",
        "المقالات التي تتكرر فيها فقرة من ثماني كلمات أو أكثر، بالكلمات نفسها أو بما يقاربها.",
    ),
    "repeats_articles": ("Articles with repeats", "مقالات فيها تكرار"),
    "repeats_share": ("Share", "الحصة"),
    "blocks": ("Repeated blocks", "الفقرات المتكررة"),
    "exact": ("In the same words", "بالكلمات نفسها"),
    "no_texts": (
        "The index keeps no texts, so what stands twice in an article is not known.",
        "لا يحفظ هذا الفهرس نصوص المقالات، فلا يُعرف ما تكرر داخل المقالة الواحدة.",
    ),
    "nothing": ("None.", "لا شيء."),
    "table": ("The figures as a table", "الأرقام في جدول"),
    "more_outlets": (
        "Only the outlets with most articles are shown. Not shown:",
        "تظهر هنا الوسائل الأكثر مقالات فقط. وعدد ما لا يظهر:",
    ),
    "how": ("How this is counted", "كيف حُسب هذا"),
    "how_pairs": (
        "Pairs are those of which the Jaccard of the shingles (runs of three words) is 0.5 or more, as `naskh pairs` "
        "writes them; every figure is exact, none an estimate.",
        "الأزواج هي ما كان معامل جاكار بين متتالياتهما الثلاثية من الكلمات 0.5 أو أكثر، كما يكتبها الأمر `naskh pairs`؛ "
        "وكل رقم محسوب بدقة، وليس فيها تقدير.",
    ),
    "how_copies": (
        "Copies are the articles of families beyond one of each: what could be left out, and every story would still "
        "be there once.",
        "النسخ هي مقالات العائلات ما زاد منها على واحدة في كل عائلة: لو حُذفت لبقي كل خبر مرة واحدة.",
    ),
    "how_roles": (
        "An origin is told from a copy by dates, agency credits and lengths; where these do not decide, the part is "
        "not decided.",
        "يُميَّز الأصل من النسخة بالتواريخ وذكر الوكالات وطول النص؛ فإن لم تحسم هذه الأمر بقي الدور غير محدد.",
    ),
    "how_texts": (
        "Text is counted in distinct shingles of each article, its dateline left out. What two articles share counts "
        "if one has a quarter of the other or more, and if their relation is copy or partial copy; quotes and "
        "formulas count as own text.",
        "يُقاس النص بالمتتاليات الثلاثية المختلفة في كل مقالة، بلا ترويسة المكان والتاريخ. ويُحسب المشترك بين مقالتين "
        "إن كان في إحداهما ربع الأخرى فأكثر وكانت العلاقة نسخة أو نسخة جزئية؛ أما الاقتباسات والصيغ المتكررة فتُعدّ من "
        "النص الأصلي.",
    ),
    "made": ("Made on", "أُعدّ في"),
    "state": ("State of the index", "حالة الفهرس"),
    "index": ("Index", "الفهرس"),
    "charts_by": ("Charts by", "الرسوم بواسطة"),
}


def words_of(language: Language) -> dict[str, str]:
    """All words in one language."""
    return {key: said[language == "ar"] for key, said in _WORDS.items()}


def day_in_words(date: str, language: Language) -> str:
    """A date as people write it: 9 August 2015; what is no date of that form stays as it is."""
    year, _, rest = date[:10].partition("-")
    month, _, day = rest.partition("-")
    if not (year.isdecimal() and month.isdecimal() and 1 <= int(month) <= 12):
        return date
    named = MONTHS[language][int(month) - 1]
    return f"{int(day)} {named} {year}" if day.isdecimal() else f"{named} {year}"
