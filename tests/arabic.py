"""Hypothesis strategies for Arabic and for hostile text."""

from __future__ import annotations

from hypothesis import strategies as st

LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهويءأإآؤئةى"
MARKS = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670\u0640"
#: What trips normalisers: marks, joiners, bidi controls, ligatures, presentation forms, digits of three scripts,
#: quotes, every kind of line break and blank, combining Latin, astral letters, unassigned code points, NUL.
HOSTILE = (
    MARKS
    + "\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2066\u2069\ufeff\u061c\u00ad"
    + "ﷲﷺﷻﻻﻷﺁﺃﺇﺓﻯﻲﻴﮐﯽکیےہھۀگچپژ\ufe70\ufe71\ufe7f\ufc5e\ufcf2\u06dd\u06e5\u06e6\u0674\u0678"
    + "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹0123456789²½Ⅷ①"
    + "\"'`´«»‹›‘’“”„،؛؟.,:;!?()[]{}-–—_/\\|"
    + " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029\u3000"
    + "aZéÉe\u0301ßİıΣςǅ\u0130Kﬁ𝒜𞺀𐌰한글漢字あ\u0378\U0010fffd\x00\x1a"
)

month_like = (
    "آب أب اب ماي نيسان جوان أوت غشت نونبر تشرين كانون الثاني الأول الثانى يوليوز تموز شباط أيلول ٥ 12 2020 5أ"
)
months = st.sampled_from(month_like.split())
arabic_words = st.text(LETTERS + MARKS, min_size=1, max_size=12)
hostile_pieces = st.text(HOSTILE, min_size=1, max_size=6)
any_unicode = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
separators = st.sampled_from([" ", "  ", "\n", "\n\n", "\r\n", "، ", ": ", "", "\u200f", " «", "» "])


heads = st.sampled_from(
    [
        "", "", "الرياض - واس:", "الرباط ـ و م ع: ", "عنوان قصير\nباريس (أ ف ب) - ", "سبق- الرياض:",
        "عين اليوم – دبي\n", "القاهرة 5 آب 2020 (رويترز) -",
        "الرياض 26 شوال 1436 هـ الموافق 11 تشرين الثاني 2015 م واس\n", "واس",
    ]
)  # fmt: skip


@st.composite
def texts(draw: st.DrawFn, max_pieces: int = 60) -> str:
    """Texts of words, month names and hostile pieces with odd separators, some of them long enough to sketch."""
    pieces = draw(
        st.lists(st.one_of(arabic_words, arabic_words, months, hostile_pieces, any_unicode), max_size=max_pieces)
    )
    return draw(heads) + "".join(piece + draw(separators) for piece in pieces)
