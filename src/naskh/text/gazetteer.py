"""The names that datelines are made of, and what a stretch of words is according to them.

Places, agencies, outlets, cue words, months, given names, verbs: tables with folded keys (`fold`), so that
``القاهرة``, ``القاهره`` and ``الــقاهرة`` are one entry. They favour Saudi Arabia, the Gulf and the Maghreb; a name
that is missing costs recall, not correctness. `classify` says what the words between two separators are.

More than 400 lines: two thirds are tables, and the functions that read them belong beside them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

_ALEF: Final = "أإآٱ"
_DROPPED: Final = (
    "".join(map(chr, range(0x064B, 0x0660)))  # harakat
    + "\u0670\u0640\u061c\u200b\u200c\u200d\u200e\u200f\u00ad\ufeff"  # dagger alef, tatweel, invisible marks
    + "".join(map(chr, range(0x202A, 0x202F)))
    + "".join(map(chr, range(0x2066, 0x206A)))
    + "\"'`«»“”„‟‘’‚‹›{}"  # quote marks; braces stand for them in some outlets
)
_FOLDING: Final = str.maketrans(
    dict.fromkeys(_ALEF, "ا")
    | {"ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", ".": " ", "_": " ", "!": " !", "؟": " ؟", "?": " ?"}
    | dict.fromkeys(_DROPPED, "")
)


def fold(words: str) -> str:
    """Give `words` in the form of the table keys.

    NFKC, lower case, bare alef, final ha and ya, no harakat, tatweel, quote marks or invisible marks, full
    stops read as spaces (``أ.ف.ب``), single spaces.
    """
    return " ".join(unicodedata.normalize("NFKC", words).translate(_FOLDING).casefold().split())


def _folded(names: str) -> frozenset[str]:
    """Split a list at its Arabic commas and fold each name."""
    return frozenset(fold(name) for name in names.split("،"))


#: Countries, cities, Saudi provinces and governorates, in the spellings that news uses.
PLACES: Final = _folded(
    # Saudi Arabia
    "السعودية،المملكة،المملكة العربية السعودية،الرياض،جدة،مكة،مكة المكرمة،العاصمة المقدسة،المدينة المنورة،"
    "الدمام،الخبر،الظهران،الطائف،أبها،تبوك،بريدة،عنيزة،حائل،جازان،جيزان،نجران،الباحة،الجوف،سكاكا،عرعر،عسير،"
    "القصيم،الأحساء،الإحساء،الحسا،الهفوف،المبرز،القطيف،الجبيل،ينبع،حفر الباطن،حفرالباطن،القيصومة،"
    "الجبيل الصناعية،خميس مشيط،بيشة،الخرج،السيح،الدوادمي،المجمعة،الزلفي،شقراء،وادي الدواسر،الأفلاج،الرس،"
    "البكيرية،المذنب،البدائع،رياض الخبراء،القريات،طبرجل،دومة الجندل،رفحاء،طريف،القنفذة،الليث،رابغ،الخرمة،"
    "تربة،رنية،المخواة،بلجرشي،المندق،العقيق،قلوة،محايل،محايل عسير،النماص،تنومة،ظهران الجنوب،سراة عبيدة،"
    "أحد رفيدة،رجال ألمع،المجاردة،بارق،صبيا،أبو عريش،أبوعريش،صامطة،بيش،العارضة،الدرب،فيفاء،فيفا،الداير،"
    "فرسان،جزر فرسان،أحد المسارحة،شرورة،حبونا،بدر الجنوب،أملج،الوجه،ضباء،ضبا،تيماء،حقل،البدع،العلا،خيبر،"
    "الحناكية،المهد،مهد الذهب،بدر،عفيف،القويعية،الدلم،حوطة بني تميم،الحريق،المزاحمية،ضرما،الدرعية،رماح،"
    "حريملاء،ثادق،الغاط،السليل،النعيرية،الخفجي،بقيق،رأس تنورة،سيهات،صفوى،تاروت،قرية العليا،الشرقية،"
    "المنطقة الشرقية،الحدود الشمالية،الحد الجنوبي،المشاعر المقدسة،مزدلفة،بلقرن،تثليث،ضمد،بللسمر،بللحمر،"
    "الحرث،الشريط الحدودي،العيص،أشيقر،ساجر،تمير،النبهانية،سدير،حوطة سدير،بقعاء،الحرجة،طريب،الشماسية،الأسياح،"
    "ميسان،أضم،خليص،الجموم،بحرة،ثول،العرضيات،البرك،"
    # Gulf and Yemen
    "الإمارات،الإمارات العربية المتحدة،أبوظبي،أبو ظبي،دبي،الشارقة،عجمان،رأس الخيمة،الفجيرة،أم القيوين،العين،"
    "الكويت،الجهراء،الأحمدي،حولي،قطر،الدوحة،البحرين،المنامة،المحرق،عمان،سلطنة عمان،مسقط،صلالة،صحار،نزوى،صور،"
    "ظفار،اليمن،صنعاء،عدن،تعز،الحديدة،المكلا،مأرب،إب،لحج،صعدة،حضرموت،الضالع،أبين،شبوة،ذمار،عمران،حجة،"
    "البيضاء،المهرة،سقطرى،سيئون،زنجبار،المخا،"
    # Levant and Iraq
    "لبنان،بيروت،طرابلس،صيدا،صور،زحلة،بعلبك،سوريا،سورية،دمشق،حلب،حمص،حماة،اللاذقية،طرطوس،إدلب،درعا،الرقة،"
    "دير الزور،الحسكة،القامشلي،السويداء،عفرين،الأردن،إربد،الزرقاء،العقبة،مادبا،الكرك،السلط،جرش،عجلون،معان،"
    "فلسطين،القدس،القدس المحتلة،القدس الشرقية،رام الله،غزة،قطاع غزة،الضفة الغربية،نابلس،الخليل،بيت لحم،جنين،"
    "طولكرم،قلقيلية،أريحا،رفح،خان يونس،خانيونس،حيفا،يافا،الناصرة،تل أبيب،إسرائيل،العراق،بغداد،البصرة،الموصل،"
    "أربيل،السليمانية،كركوك،النجف،كربلاء،الأنبار،الرمادي،الفلوجة،تكريت،سامراء،ديالى،بعقوبة،بابل،الحلة،واسط،"
    "الكوت،ذي قار،الناصرية،ميسان،العمارة،الديوانية،السماوة،دهوك،سنجار،كردستان،"
    # Egypt, Sudan, Horn
    "مصر،القاهرة،الجيزة،الإسكندرية،الاسكندرية،القليوبية،بورسعيد،السويس،الإسماعيلية،دمياط،المنصورة،الدقهلية،"
    "الزقازيق،طنطا،الغربية،المنوفية،البحيرة،كفر الشيخ،الفيوم،بني سويف،المنيا،أسيوط،سوهاج،قنا،الأقصر،أسوان،"
    "الغردقة،شرم الشيخ،العريش،سيناء،شمال سيناء،جنوب سيناء،مرسى مطروح،مطروح،الوادي الجديد،السودان،الخرطوم،"
    "أم درمان،بورتسودان،بورت سودان،الفاشر،نيالا،الأبيض،كسلا،القضارف،دارفور،جنوب السودان،جوبا،الصومال،مقديشو،"
    "هرجيسا،جيبوتي،إريتريا،أسمرة،إثيوبيا،أديس أبابا،جزر القمر،موروني،"
    # Maghreb
    "ليبيا،طرابلس،بنغازي،مصراتة،سرت،درنة،سبها،طبرق،البيضاء،الزاوية،تونس،صفاقس،سوسة،القيروان،بنزرت،قابس،قفصة،"
    "سيدي بوزيد،القصرين،المنستير،المهدية،نابل،مدنين،تطاوين،توزر،الكاف،جندوبة،باجة،الجزائر،الجزائر العاصمة،"
    "وهران،قسنطينة،عنابة،سطيف،باتنة،بجاية،تيزي وزو،تلمسان،ورقلة،غرداية،البليدة،تمنراست،بشار،تندوف،المغرب،"
    "المملكة المغربية،الرباط،سلا،الدار البيضاء،مراكش،فاس،مكناس،طنجة،تطوان،أكادير،أغادير،وجدة،الناظور،"
    "الحسيمة،العيون،الداخلة،القنيطرة،الجديدة،آسفي،أسفي،الصويرة،بني ملال،خريبكة،سطات،المحمدية،تازة،الراشيدية،"
    "الرشيدية،ورزازات،زاكورة،تزنيت،كلميم،طانطان،السمارة،بوجدور،بركان،تاوريرت،جرادة،الدريوش،ميضار،خنيفرة،"
    "أزيلال،العرائش،شفشاون،تارودانت،إنزكان،سيدي قاسم،سيدي سليمان،الخميسات،الصخيرات،تمارة،سبتة،مليلية،مليلة،"
    "أزغنغان،زايو،العروي،سلوان،الكركرات،الصحراء المغربية،موريتانيا،نواكشوط،نواذيبو،"
    # Asia
    "تركيا،أنقرة،إسطنبول،أسطنبول،أزمير،غازي عنتاب،أنطاليا،إيران،طهران،مشهد،أصفهان،أفغانستان،كابول،كابل،"
    "قندهار،باكستان،إسلام آباد،إسلام أباد،كراتشي،لاهور،بيشاور،الهند،نيودلهي،نيو دلهي،دلهي،مومباي،بومباي،"
    "كشمير،بنغلاديش،دكا،سريلانكا،كولومبو،نيبال،كاتماندو،كاتمندو،المالديف،ماليه،الصين،بكين،بيجين،شنغهاي،"
    "هونغ كونغ،هونج كونج،تايوان،تايبيه،اليابان،طوكيو،هيروشيما،أوساكا،كوريا الجنوبية،كوريا الشمالية،سول،سيول،"
    "سيئول،بيونغ يانغ،بيونجيانج،فيتنام،هانوي،تايلاند،بانكوك،ماليزيا،كوالالمبور،كوالا لمبور،إندونيسيا،جاكرتا،"
    "جاكارتا،بالي،سنغافورة،الفلبين،مانيلا،ميانمار،بورما،يانغون،كمبوديا،بنوم بنه،بروناي،سري بغاوان،"
    "بندر سري بغاوان،كازاخستان،أستانا،أستانة،ألماتي،أوزبكستان،طشقند،تركمانستان،عشق أباد،طاجيكستان،دوشنبه،"
    "قرغيزستان،بشكيك،أذربيجان،باكو،أرمينيا،يريفان،جورجيا،تبليسي،تبيليسي،قبرص،نيقوسيا،منغوليا،"
    # Europe
    "بريطانيا،المملكة المتحدة،إنجلترا،لندن،مانشستر،ليفربول،برمنغهام،برمنجهام،اسكتلندا،أدنبره،جلاسجو،أيرلندا،"
    "دبلن،فرنسا،باريس،مرسيليا،ليون،نيس،ستراسبورغ،ستراسبورج،كاليه،بلجيكا،بروكسل،هولندا،أمستردام،لاهاي،"
    "لوكسمبورغ،ألمانيا،برلين،ميونيخ،ميونخ،فرانكفورت،فرنكفورت،هامبورغ،هامبورج،بون،كولونيا،دوسلدورف،شتوتغارت،"
    "النمسا،فيينا،سويسرا،جنيف،زيورخ،زيوريخ،زوريخ،برن،دافوس،لوزان،إيطاليا،روما،ميلانو،نابولي،البندقية،"
    "الفاتيكان،مدينة الفاتيكان،إسبانيا،مدريد،برشلونة،إشبيلية،فالنسيا،البرتغال،لشبونة،اليونان،أثينا،ألبانيا،"
    "تيرانا،كوسوفو،بريشتينا،صربيا،بلغراد،بلجراد،البوسنة،سراييفو،كرواتيا،زغرب،سلوفينيا،ليوبليانا،مقدونيا،"
    "سكوبيه،بلغاريا،صوفيا،رومانيا،بوخارست،المجر،بودابست،التشيك،براغ،سلوفاكيا،براتيسلافا،بولندا،وارسو،"
    "أوكرانيا،كييف،دونيتسك،روسيا،موسكو،سان بطرسبرج،سان بطرسبورغ،سوتشي،بيلاروسيا،روسيا البيضاء،مينسك،"
    "ليتوانيا،فيلنيوس،لاتفيا،ريغا،إستونيا،تالين،فنلندا،هلسنكي،السويد،ستوكهولم،النرويج،أوسلو،الدنمارك،"
    "كوبنهاغن،كوبنهاجن،أيسلندا،ريكيافيك،مالطا،فاليتا،موناكو،مولدوفا،"
    # Africa south of the Sahara
    "نيجيريا،أبوجا،لاغوس،لاجوس،غانا،أكرا،السنغال،داكار،دكار،مالي،باماكو،النيجر،نيامي،تشاد،نجامينا،انجامينا،"
    "الكاميرون،ياوندي،ساحل العاج،أبيدجان،بوركينا فاسو،واغادوغو،واجادوجو،بنين،توغو،لومي،غينيا،كوناكري،"
    "سيراليون،فريتاون،ليبيريا،مونروفيا،غامبيا،بانجول،كينيا،نيروبي،أوغندا،كمبالا،رواندا،كيغالي،كيجالي،"
    "بوروندي،بوجومبورا،تنزانيا،دار السلام،الكونغو،كينشاسا،برازافيل،الغابون،ليبرفيل،أنغولا،لواندا،موزمبيق،"
    "مابوتو،زامبيا،لوساكا،زيمبابوي،هراري،ملاوي،مدغشقر،جنوب أفريقيا،جوهانسبرغ،جوهانسبرج،بريتوريا،كيب تاون،"
    "موريشيوس،سيشل،ناميبيا،بوتسوانا،سوازيلاند،ليسوتو،غينيا بيساو،غينيا الاستوائية،أفريقيا الوسطى،بانغي،"
    "بانجي،"
    # The Americas and Oceania
    "الولايات المتحدة،الولايات المتحدة الأمريكية،أمريكا،أميركا،واشنطن،نيويورك،لوس أنجليس،لوس أنجلوس،"
    "لوس أنجيليس،سان فرانسيسكو،شيكاغو،شيكاجو،بوسطن،هيوستن،ميامي،أتلانتا،دالاس،ديترويت،لاس فيجاس،لاس فيغاس،"
    "فيلادلفيا،سياتل،كاليفورنيا،فلوريدا،تكساس،الأمم المتحدة،كندا،أوتاوا،تورونتو،مونتريال،المكسيك،مكسيكو،"
    "مكسيكو سيتي،كوبا،هافانا،هايتي،بنما،كولومبيا،بوغوتا،بوجوتا،فنزويلا،كراكاس،كاراكاس،البرازيل،برازيليا،"
    "ريو دي جانيرو،ساو باولو،الأرجنتين،بوينس أيرس،بوينس آيرس،بوينوس أيرس،بوينوس آيرس،تشيلي،سانتياغو،"
    "سانتياجو،بيرو،ليما،الإكوادور،كيتو،بوليفيا،باراغواي،أوروغواي،مونتيفيديو،أستراليا،سيدني،ملبورن،كانبيرا،"
    "نيوزيلندا،ولنغتون،ويلنغتون،أوكلاند،"
    # Words that stand where the place stands
    "عواصم،العواصم،عواصم العالم"
)

#: What may stand before a place without changing it (``مدينة طنجة``).
PLACE_PREFIXES: Final = _folded("مدينة،محافظة،منطقة،ولاية،العاصمة،إقليم،بلدة،مركز،قرية،جنوب،شمال،شرق،غرب،وسط")
#: What may stand after it (``القدس المحتلة``).
PLACE_SUFFIXES: Final = _folded("المحتلة،المكرمة،المنورة،العاصمة،عاصمة")

_AGENCY_NAMES: Final = {
    "was": "واس،و ا س،وكالة الأنباء السعودية",
    "reuters": "رويترز،رويتر،reuters،روتيرز،رويتزر",
    "afp": "أ ف ب،أف ب،أ إف ب،إ إف ب،أفب،فرانس برس،الفرنسية،وكالة فرانس برس،afp،ا ف پ",
    "dpa": "د ب أ،الألمانية،وكالة الأنباء الألمانية،dpa",
    "ap": "أ ب،أسوشيتد برس،أسوشيتدبرس،أسوشييتد برس،أسوشيتيد برس،الأسوشيتد برس،ap",
    "upi": "يو بي آي،يو بي أي،upi",
    "aa": "الأناضول،وكالة الأناضول،aa",
    "kuna": "كونا",
    "wam": "وام",
    "qna": "قنا",
    "bna": "بنا",
    "petra": "بترا",
    "mena": "أ ش أ،أش أ،وكالة أنباء الشرق الأوسط",
    "map": "و م ع،ومع",
    "tap": "وات",
    "aps": "واج،و أ ج",
    "ona": "العمانية،وكالة الأنباء العمانية",
    "saba": "سبأ،سبأ نت،سبأنت",
    "sana": "سانا",
    "nna": "الوكالة الوطنية للإعلام",
    "ina": "واع",
    "nina": "نينا",
    "wafa": "وفا",
    "lana": "وال",
    "suna": "سونا",
    "irna": "إرنا",
    "naba": "نبأ",
    "efe": "إفي،أفي",
    "ansa": "أنسا",
    "aki": "آكي",
    "tass": "تاس،إيتار تاس",
    "ria": "نوفوستي",
    "sputnik": "سبوتنيك،سبوتنك",
    "xinhua": "شينخوا،تشينخوا،شينجوا",
    "bloomberg": "بلومبرج،بلومبرغ،بلومبيرج،بلومبيرغ",
    "cnn": "سي إن إن،سي ان ان،cnn",
    "una": "إينا،يونا",
    "agencies": "وكالات،الوكالات،وكالات الأنباء،وكالات أنباء،وكالات عالمية،الوكالات العالمية",
}
#: Folded name of an agency -> its short id.
AGENCIES: Final = {name: short for short, names in _AGENCY_NAMES.items() for name in _folded(names)}
#: Initials written in any spacing (``أ.ف.ب``, ``اف ب``) -> id; only consulted where there is a space.
INITIALS: Final = {name.replace(" ", ""): AGENCIES[name] for name in AGENCIES if " " in name and len(name) < 9}

#: Outlets whose name can hardly mean anything else at the head of an article.
OUTLETS: Final = _folded(
    "عين اليوم،سبق الإلكترونية،صحيفة سبق،الشرق الأوسط،الشرق الأوسط أونلاين،الاقتصادية الإلكترونية،الوئام،"
    "عكاظ،عكاظ اليوم،الرياض الإلكتروني،الرياض الإلكترونية،أخبار 24،العربية نت،الجزيرة نت،روسيا اليوم،"
    "سكاي نيوز،سكاي نيوز عربية،بي بي سي،bbc،فرانس 24،دويتشه فيله،rt،إيلاف،اليوم السابع،المصري اليوم،"
    "القدس العربي،العربي الجديد،العربي 21،عربي21،عربي 21،رأي اليوم،الإمارات اليوم،أخبار الخليج،أخبار اليوم،"
    "شفق نيوز،رووداو،السومرية،السومرية نيوز،دنيا الوطن،هسبريس،هسبرس،هسبورت،ناظورسيتي،ناظور سيتي،ناظور24،"
    "ناظور 24،أريفينو،أريفنو،هبة بريس،أخبارنا،أخبارنا المغربية،اليوم 24،اليوم24،كواليس اليوم،شوف تيفي،"
    "تيل كيل عربي،زنقة 20،زنقة20،برلمان كوم،العمق المغربي،فبراير كوم،لو360،ميدي1،الأحداث المغربية،"
    "الاتحاد الاشتراكي،الشروق أونلاين،النهار الجديد،النهار أونلاين،بوابة الأهرام،بوابة الوفد،صدى البلد،"
    "الخليج أونلاين،الخليج الجديد،سودان تريبيون،دنيا الرياضة،رصيف 22،رصيف22"
)
#: Outlets that are also everyday words (``اليوم``) or places: weaker evidence.
WEAK_OUTLETS: Final = _folded(
    "سبق،الجزيرة،الوطن،المدينة،اليوم،الاقتصادية،الرياضية،الرياضي،الحياة،المسار،المواطن،تواصل،الشرق،"
    "مكة أون لاين،الأهرام،الأخبار،الشروق،الوفد،الدستور،الغد،الرأي،الراي،القبس،السياسة،الأنباء،الجريدة،"
    "الخليج،البيان،الراية،العرب،الشبيبة،الأيام،الوسط،النهار،السفير،اللواء،المستقبل،الديار،تشرين،"
    "الثورة،الصباح،الزمان،المدى،المساء،العلم،الخبر،العربية،المحليات،ثقافة اليوم،الميدان،"
    "البلاد،الندوة،معا،صفا،لكم،عاجل،كود،المرصد،أنحاء"
)
#: What stands before the name of an outlet (``مكتب الجزيرة``, ``صحيفة سبق``).
OFFICES: Final = _folded("مكتب،صحيفة،جريدة،وكالة،موقع،قناة،بوابة،إذاعة،مجلة")
#: Agencies whose name is also an everyday word: not believed right before body text (``الرباط - ومع ذلك``).
WORDLIKE: Final = _folded("ومع،وام،بنا،وال،وفا،قنا،الفرنسية،الألمانية،العمانية،نبأ،وات،سبأ،بترا،واع،نينا،تاس،إينا")
#: Names that are a place or a source; the other parts of the dateline decide.
DUAL: Final = _folded("المدينة،قنا،بترا،الخبر،الشرقية،بنا")

#: Words that credit without naming (``متابعة``, ``مراسلنا``); the part may go on for two more words.
CUES: Final = _folded(
    "متابعة،متابعات،تابعة،خاص،خاصة،مراسلنا،مراسلتنا،مراسل،مراسلة،مراسلون،رصد،كتب،كتبت،كتبه،كتبها،بقلم،تقرير،"
    "تقارير،تحقيق،حوار،حاوره،حاورته،حاورها،أجرى الحوار،أجرت الحوار،تصوير،عدسة،إعداد،أعده،أعدته،ترجمة،تحرير،"
    "المحرر،قسم التحرير،هيئة التحرير،فريق التحرير،موفد،موفدنا،تغطية،إعداد وترجمة،رصد وتصوير،المصدر،"
    "مصدر الخبر،مواقع،صحف،كتابة،استطلاع،تحليل،لقاء،عرض"
)
#: Cue words that are credits even when they stand alone before a colon.
SOLO_CUES: Final = _folded("متابعة،متابعات")

_MONTHS: Final = (
    # Hijri
    "محرم،صفر،ربيع الأول،ربيع الآخر،ربيع الثاني،ربيع ثاني،ربيع أول،جمادى الأولى،جمادى الأول،جمادى الآخرة،"
    "جمادى الآخر،جمادى الثانية،جمادى الثاني،رجب،شعبان،رمضان،شوال،ذو القعدة،ذي القعدة،ذوالقعدة،ذو الحجة،"
    "ذي الحجة،ذوالحجة،ذي القعده،"
    # Egypt and the Gulf
    "يناير،فبراير،مارس،أبريل،إبريل،مايو،يونيو،يونيه،يوليو،يوليه،أغسطس،سبتمبر،أكتوبر،نوفمبر،ديسمبر،"
    # Morocco and Mauritania
    "ماي،يوليوز،غشت،شتنبر،نونبر،دجنبر،دجمبر،"
    # Algeria and Tunisia
    "جانفي،فيفري،أفريل،جوان،جويلية،أوت،"
    # Levant and Iraq
    "كانون الثاني،شباط،آذار،نيسان،أيار،حزيران،تموز،آب،أيلول،تشرين الأول،تشرين الثاني،كانون الأول"
)
MONTHS: Final = _folded(_MONTHS)

#: Weekdays and prepositions that may stand between the place and the day of the month.
WEEKDAYS: Final = _folded("السبت،الأحد،الاثنين،الإثنين،الثلاثاء،الأربعاء،الخميس،الجمعة")
DATE_LEADS: Final = WEEKDAYS | _folded("في،يوم،مساء،صباح،اليوم")

#: Given names: the first word of a writer's name. ``عبد…`` and ``أبو`` are handled by rule.
GIVEN_NAMES: Final = _folded(
    "محمد،أحمد،محمود،خالد،علي،فهد،صالح،إبراهيم،سلطان،حسن،عادل،سعيد،ماجد،عماد،حسين،بندر،نايف،ياسر،منصور،تركي،"
    "ناصر،طارق،عيسى،حمد،سعود،بدر،متعب،فارس،سعد،سليمان،راشد،يوسف،سلمان،سالم،جاسر،يحيى،عمر،عدنان،فيصل،أسامة،"
    "وائل،حمزة،طلال،وليد،مريم،منير،عليان،علاء،عرفات،سامي،حامد،صادق،هاني،سعاد،جعفر،حجب،مبارك،عبده،فواز،مروان،"
    "عايض،عوض،سباعي،جمال،عايدة،أيمن،مسعد،حمود،طالب،فوزية،وهيب،بسام،مشعل،خلف،إيمان،إسماعيل،أسمهان،فاطمة،نصير،"
    "مشاري،نواف،فهيم،دلشاد،مازن،زاهر،أسماء،طاهر،عبير،مهنا،نورة،مساعد،نجلاء،عثمان،ميرزا،ثائر،فائز،سامية،غازي،"
    "رياض،مسعود،هادي،نذير،فيفيان،سطام،جابر،سليم،سعدون،مرشد،رندة،منال،السيد،كمال،بشرى،أمين،زيد،خليفة،مها،"
    "عزيزة،بلال،داليا،عمار،هتان،فالح،ملفي،نجيب،زياد،هناء،ميشال،خلدون،قاسم،شلاش،مينا،ظافر،حاتم،فايز،أنور،"
    "مناف،نظير،هشام،إكرامي،هالة،رقية،شوقي،حازم،جوسلين،جميلة،معيض،مفضي،حذيفة،بكر،ليلى،الحسن،الحسين،افتخار،"
    "شجاع،سارة،لحسن،عواض،ديفيد،منيس،نادر،عمرو،ممدوح،بليغ،ساعد،بثينة،سوسن،سجى،فادي،حسام،عافت،مناحي،مصطفى،"
    "نانسي،هايل،أفراح،صفاء،سهيل،عائشة،قبلان،ضيف،هتاف،صلاح،جمعان،بشير،مشعي،سالمة،نهى،بشائر،هبة،خلود،فريح،"
    "رائد،سيد،رضوى،ميسون،عهود،مجاهد،راكان،عبيد،محسن،غسان،ياسين،ابتسام،شريف،سمير،لطيفة،وسمي،ريان،مهدي،موسى،"
    "حمدي،مغرم،رشيد،عيد،رمزي،كريم،سعدية،خديجة،زينب،حنان،سميرة،نادية،فريدة،رشيدة،ربيع،لؤي،قصي،معاذ،أنس،إلياس،"
    "إدريس،ادريس،رضوان،نبيل،جواد،عزيز،سعيدة،توفيق،حكيم،الطيب،العربي،الحاج،مولاي،سيدي،ميلود،بوشعيب،هند،سلوى،"
    "رغد،لجين،منيف،غالب،مسلم،حنين،دعاء،رنا،ريم،لمى،لينا،لارا،كارين،جورج،جوزيف،بيار،بيير،جان،مارك،جون،شقران،"
    "غزوان،ذياب،سحر،أمل،منى،أكرم،أشرف،أدهم،إيهاب،تامر،رامي،شادي،شريفة،صبري،طه،عاصم،عصام،عاطف،فؤاد،فتحي،فريد،"
    "فوزي،كامل،كاظم،لطفي،ماهر،مجدي،محيي،مراد،معتز،نزار،نزيه،هيثم،هيفاء،وجدي،وحيد،ونيس،يونس،يعقوب،داود،داوود،"
    "زكريا،هارون،أيوب،إسحاق،قيس،رشا،مي،نسرين،هدى،وفاء،بهاء،ضياء،سيف،عز،نور،شمس،حافظ،خضر،رؤوف،ذوالفقار،مثنى،"
    "محيسن،مفرح،مقبل،موضي،مشبب،ظبية،مهند،نوف،وجدان،وعد،خليف،مرزوق،صفوت،نصار،عدي،مخلد،زايد،أحلام،عالية،تيسير،"
    "بنان،شيخة،عزام،عضوان،محارب،عطية،مسفر،حسان،حميد،حمدان،جبر،جبران،جلال،جهاد،حبيب،خليل،دلال،دينا،راضي،رامز،"
    "رجاء،رحاب،رزان،رغدة،روان،رولا،زكي،زهير،زينة،سامر،سناء،سهام،سهى،شاكر،شهاب،شيماء،صفية،ضاري،عائض،عباس،عزة،"
    "عفاف،عقيل،علوي،عنود،غادة،غدير،فاتن،فاروق،فاضل،فدوى،فراس،فرح،فيروز،لبنى،لمياء،ماجدة،مجيد،محفوظ،مدحت،"
    "مرام،مرتضى،مشهور،معن،منذر،ميساء،ناجي،نبيلة،نجاة،نجوى،نضال،نعيم،نهال،نهاد،نوال،هاجر،هديل،همام،هويدا،"
    "وسام،وسيم،ولاء،ياسمين،يسرى"
)

#: The past-tense verbs that open a news report; they also say that a part is body text.
LEAD_VERBS: Final = _folded(
    "قال،قالت،أعلن،أعلنت،أكد،أكدت،كشف،كشفت،ذكر،ذكرت،أفاد،أفادت،أوضح،أوضحت،صرح،صرحت،أضاف،أضافت،أشار،أشارت،"
    "دعا،دعت،طالب،طالبت،طلب،طلبت،شدد،شددت،نفى،نفت،حذر،حذرت،أدان،أدانت،استقبل،استقبلت،التقى،التقت،بحث،بحثت،"
    "ناقش،ناقشت،عقد،عقدت،وصل،وصلت،غادر،غادرت،زار،زارت،افتتح،افتتحت،دشن،دشنت،أطلق،أطلقت،اطلع،اطلعت،وقع،وقعت،"
    "وجه،وجهت،تلقى،تلقت،بعث،بعثت،هنأ،تسلم،تسلمت،نظم،نظمت،أقام،أقامت،شارك،شاركت،شهد،شهدت،قتل،قتلت،أصيب،أصيبت،"
    "لقي،ألقى،ألقت،ضبط،ضبطت،تمكن،تمكنت،نجح،نجحت،فاز،فازت،خسر،تعادل،تأهل،تغلب،حقق،حققت،سجل،سجلت،ارتفع،ارتفعت،"
    "انخفض،انخفضت،تراجع،تراجعت،هبط،هبطت،صعد،صعدت،بدأ،بدأت،انطلق،انطلقت،اختتم،اختتمت،انتهى،انتهت،قرر،قررت،"
    "أمر،أمرت،وافق،وافقت،رفض،رفضت،منح،منحت،منع،منعت،أصدر،أصدرت،صدر،صدرت،نشر،نشرت،أظهر،أظهرت،أثار،أثارت،أعرب،"
    "أعربت،عبر،عبرت،رحب،رحبت،نقل،نقلت،سيطر،سيطرت،شن،شنت،قصف،قصفت،استهدف،استهدفت،هاجم،هاجمت،فجر،انفجر،انفجرت،"
    "توفي،توفيت،توصل،توصلت،تعرض،تعرضت،تعهد،تعهدت،تسبب،تسببت،عاد،عادت،فتح،فتحت،أغلق،أغلقت،رفع،رفعت،خفض،خفضت،"
    "حصل،حصلت،دخل،دخلت،خرج،خرجت،حكم،حكمت،قضى،قضت،اعتقل،اعتقلت،أوقف،أوقفت،أحبط،أحبطت،أنهى،أنهت،تبدأ،تنطلق،"
    "تستعد،يستعد،يعقد،تعقد،تتواصل،يتواصل،تواصل،يواصل،واصل،واصلت،أنقذ،انتشل،عثر،عثرت،كرم،كرمت،أجرى،أجرت،حدد،"
    "حددت،رصد،رصدت،نعى،نعت،أجلت،أجل،كلف،كلفت،عينت،حضر،رعى،ترأس،تفقد،أبلغ،أبلغت،اتهم،اتهمت،اعتبر،اعتبرت،توقع،"
    "توقعت،اتفق،اتفقت،أقر،أقرت،وفر،نفذ،نفذت،ساد،سادت،استنكر،استنكرت،تقدم،تقدمت،قام،قامت،أحال،أحالت،علم،علمت،"
    "تداول،احتفل،احتفلت،حث،أبان،بين،بينت،أشاد،أشادت،نوه،اقتحم،اقتحمت،تنفذ،تنظم،نعيش،ناشد،ندد،نددت،عزز،عززت،"
    "أثنى،أدلى،تصدر،تصدرت،يتوجه،يغادر،يصل،تصل،يزور،تزور،يبدأ،أسفر،أسفرت،أبدى،أبدت،اندلع،اندلعت،هز،هزت،لجأ،"
    "انتقد،انتقدت،تحول،سلم،سلمت،كثف،كثفت،قدم،قدمت،جدد،جددت"
)

#: Words that no name of a person, place or outlet contains: a part with one of them is body text.
BODY_WORDS: Final = _folded(
    "في،من،إلى،الى،عن،أن،إن،إنه،أنه،ما،لا،لم،لن،قد،كان،كانت،هذا،هذه،ذلك،تلك،التي،الذي،الذين،بعد،قبل،مع،بين،"
    "كل،غير،حتى،عند،عندما،منذ،ثم،أو،هو،هي،هم،نحن،أنا،كما،حيث،لكن،ولكن،إذا،إذ،ليس،ليست،هل،كيف،لماذا،متى،أين،"
    "أي،نعم،رحمه،رحمها،رحمة،حفظه،حفظها،وفقه،أيده،رعاه،صلى،سبحانه،وتعالى،عليه،رضي،بإذن،بمشيئة،بحفظ،عزوجل،لـ،"
    "ل،ب،س،ج،أولا،ثانيا،ثالثا،رابعا،خامسا،أخيرا،سؤال،جواب،السؤال،الجواب،المكان،الزمان،الوقت،الموضوع،العنوان،"
    "ملاحظة،مقدمة،المقدمة،خاتمة،الخاتمة،تنبيه،تعليق،تعليقات،وسوم،الكلمات،التقييم،الاسم،اسم،رقم،هاتف،"
    "المقادير،رئيس،وزير،ملك،أمير،سمو،سفير،مدير،عضو،نائب،سعادة،معالي،فخامة،بسم،قالوا،يقول،تقول،بحسب،حسب،وفق،"
    "وفقا،نقلا،لوكالة،مما،يضيف،تضيف،يرى،ترى،يشير،تشير،أيضا،مباراة،الدوري،كأس،بطولة،دوري،المجموعة،الجولة،"
    "الحلقة،الجزء،الفصل،مهرجان،مؤتمر،ندوة،المباراة،النتيجة،قمة،حرب،أزمة،اتفاق،طريق،قطار،رحلة،خط،علاقات،"
    "العلاقات،مقتطفات،نثريات،شاهد،بالصور،بالفيديو،فيديو،صور،لمراسلة،للتواصل،رابط،!،؟،?"
)
#: Ranks: as the first word they open a sentence or a caption, further on they may be a surname (محمد الشيخ).
RANKS: Final = _folded("الملك،الأمير،الشيخ،الأستاذ،المهندس،العميد،اللواء،العقيد،السلام،السفير،الوزير،الرئيس")

# --- dates ---------------------------------------------------------------------------------------------------

#: Blanks and invisible marks within a line, as a pattern.
BLANK: Final = r"[ \t\x1f\u00a0\u00ad\u061c\u1680\u2000-\u200f\u202a-\u202f\u205f\u2060\u2066-\u2069\u3000\ufeff]"
#: The same as characters, to strip.
BLANKS: Final = " \t\x1f\u00a0\u00ad\u061c\u1680\u202f\u205f\u2060\u3000\ufeff" + "".join(
    map(chr, (*range(0x2000, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
_GAP: Final = rf"{BLANK}{{0,3}}"  # bounded, so that no run of blanks can make the matching slow
_BETWEEN: Final = rf"{_GAP}[/.\-]{_GAP}"
_FIGURES: Final = re.compile(
    rf"\d{{1,2}}{_BETWEEN}\d{{1,2}}{_BETWEEN}\d{{2,4}}|\d{{4}}{_BETWEEN}\d{{1,2}}{_BETWEEN}\d{{1,2}}"
    # Two figures are a score as easily as a date, but not before a bracket: الكويت - 12 - 3 (كونا).
    rf"|\d{{1,2}}{_BETWEEN}\d{{1,2}}(?={_GAP}\()"
)
_DAY: Final = re.compile(rf"0?\d{{1,2}}{_GAP}(?:من{BLANK}{_GAP})?")
_MONTH: Final = re.compile(rf"([\u0621-\u0671]+)(?:{BLANK}{_GAP}([\u0621-\u0671]+))?")
_OTHER_MONTH: Final = re.compile(rf"{_GAP}[(/]?{_GAP}")
_YEAR: Final = re.compile(rf"{_GAP}\)?{_GAP}[,،]?{_GAP}(?:(?:عام|سنة){_GAP})?\d{{4}}|{_GAP}\)|")
_ERA: Final = re.compile(rf"(?:{_GAP}(?:ه\u0640+|ه(?!\w)|هجرية?|م(?!\w)|م(?=واس)|ميلادية?)\.?)?")
_CONCORDANCE: Final = re.compile(rf"{_GAP}[,،.]?{_GAP}[(/]?{_GAP}ا?ل?موافق{_GAP}(?:ل\u0640*{_GAP})?")


def _month_end(text: str, pos: int, stop: int) -> int | None:
    """Find the end of the month name at `pos`: two words (``تشرين الثاني``) before one."""
    match = _MONTH.match(text, pos, stop)
    if match is None:
        return None
    if match[2] and fold(match[0]) in MONTHS:
        return match.end()
    return match.end(1) if fold(match[1]) in MONTHS else None


def _one_date_end(text: str, pos: int, stop: int) -> int | None:
    """Find the end of the date at `pos`, with year and era, in one calendar."""
    if match := _FIGURES.match(text, pos, stop):
        end = match.end()
    else:
        match = _DAY.match(text, pos, stop)
        month = match and _month_end(text, match.end(), stop)
        if not month:
            return None
        end = month
        if match := _OTHER_MONTH.match(text, end, stop):  # Reuters writes both names: 26 يوليو تموز
            end = _month_end(text, match.end(), stop) or end
        if match := _YEAR.match(text, end, stop):
            end = match.end()
    match = _ERA.match(text, end, stop)
    return match.end() if match else end


def date_end(text: str, pos: int, stop: int) -> int | None:
    """Find the end of the date whose figures begin at `pos`, the same day in the other calendar included."""
    end = _one_date_end(text, pos, stop)
    if end is None:
        return None
    match = _CONCORDANCE.match(text, end, stop)
    second = match and _one_date_end(text, match.end(), stop)
    return second or end


def without_date_lead(words: str) -> str:
    """Drop what stands between a place and the day of the month (``في``, ``يوم``, a weekday)."""
    while (pieces := words.rsplit(None, 1)) and fold(pieces[-1].strip("،,")) in DATE_LEADS:
        if len(pieces) == 1:
            break
        words = pieces[0]
    return words


# --- what a stretch of words is ------------------------------------------------------------------------------


class Kind:
    """What a part of a dateline can be, as bits: one part may be several things.

    ``عبدالله البرقاوي سبق`` is a writer and an outlet. Plain integers, since IntFlag is slow at `|` and `&`.
    """

    PLACE = 1
    AGENCY = 2
    OUTLET = 4
    WEAK = 8  # an outlet whose name is an everyday word
    CUE = 16
    PERSON = 32
    NAME = 64  # unknown, two to four words that may be a writer or a town
    DATE = 128
    BODY = 256
    DUAL = 512  # a place that is also a source, beside PLACE
    BRACKETED = 1024
    SOLO = 2048  # a cue that is a credit by itself, beside CUE
    WORD = 4096  # unknown and less like a name than NAME: one word, or with an article
    WORDLIKE = 8192  # an agency whose name is an everyday word, beside AGENCY
    UNKNOWN = NAME | WORD
    SOURCE = AGENCY | OUTLET | WEAK
    KNOWN = PLACE | SOURCE | CUE | DATE


class Part(NamedTuple):
    """A stretch of words: its kinds, the place as written, the source (an agency's id, else as written)."""

    kind: int
    place: str | None = None
    source: str | None = None


BODY_PART: Final = Part(Kind.BODY)

#: Trimmed from a part: blanks, quote marks, commas, full stops, invisible marks.
_TRIM: Final = (
    " \t\xa0\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u202f\u2066\u2067\u2068\u2069\ufeff\u061c"
    "\"'`«»“”„‟‘’‹›{}،,.؛;*•+~\u0640"
)
_WORD: Final = re.compile(r"\S+")
_COMMAS: Final = re.compile(r"[،,+]")
_SENTENCE: Final = re.compile(r"[؟?!؛;%$#@=<>]|\d")
_TITLES: Final = _folded("د،م،أ،أ د،دكتور،الدكتور")


def _lookup(folded: str, written: str) -> Part | None:
    """Find the whole of a part in the tables."""
    if folded in DUAL:
        return Part(Kind.PLACE | Kind.DUAL, written, AGENCIES.get(folded, written))
    short = AGENCIES.get(folded) or (" " in folded and INITIALS.get(folded.replace(" ", "")))
    if short:
        return Part(Kind.AGENCY | Kind.WORDLIKE if folded in WORDLIKE else Kind.AGENCY, None, short)
    if folded in PLACES:
        return Part(Kind.PLACE, written)
    if folded in OUTLETS:
        return Part(Kind.OUTLET, None, written)
    if folded in WEAK_OUTLETS:
        return Part(Kind.WEAK, None, written)
    if folded in CUES:
        return Part(Kind.CUE | Kind.SOLO if folded in SOLO_CUES else Kind.CUE)
    return Part(Kind.DATE) if folded in WEEKDAYS else None


def source_rank(kind: int) -> int:
    """Rank what can be a source: an agency before an outlet before a writer; 0 is none."""
    if kind & Kind.AGENCY:
        return 3
    return 2 if kind & (Kind.OUTLET | Kind.WEAK) else int(kind & Kind.PERSON > 0)


def _source_of(parts: Sequence[Part]) -> str | None:
    """Choose among the sources of several parts."""
    best = max(parts, key=lambda part: source_rank(part.kind))
    return best.source if source_rank(best.kind) else None


def _two_names(words: list[str], written: str) -> Part | None:
    """Recognise two known names without a mark between them (``سبق الطائف``, ``جدة متابعات``)."""
    spelt = written.split()
    if len(words) > 4 or len(spelt) != len(words):
        return None
    for at in range(1, len(words)):
        one = _lookup(" ".join(words[:at]), " ".join(spelt[:at]).strip(_TRIM))
        two = one and _lookup(" ".join(words[at:]), " ".join(spelt[at:]).strip(_TRIM))
        if one and two and not two.kind & Kind.WEAK and (one.kind | two.kind) & (Kind.SOURCE | Kind.CUE):
            return Part(one.kind | two.kind, one.place or two.place, _source_of((one, two)))
    return None


def _compound(words: list[str], written: str) -> Part | None:
    """Recognise a place with its qualifier, two places, an office of an outlet, a cue with its object."""
    first, rest = words[0], " ".join(words[1:])
    if first in PLACE_PREFIXES and rest in PLACES:
        return Part(Kind.PLACE, written)
    if words[-1] in PLACE_SUFFIXES and " ".join(words[:-1]) in PLACES:
        return Part(Kind.PLACE, written)
    if rest[:1] == "و" and first in PLACES and rest[1:] in PLACES:
        return Part(Kind.PLACE, written)
    if first in OFFICES:
        return _lookup(rest, written.split(None, 1)[-1].strip(_TRIM)) or Part(Kind.OUTLET, None, written)
    if first in CUES and len(words) <= 3:
        return Part(Kind.CUE) if LEAD_VERBS.isdisjoint(words[1:]) else BODY_PART
    if words[-1].isdecimal() and " ".join(words[:-1]) in PLACES:
        return Part(Kind.PLACE, written.rsplit(None, 1)[0].strip(_TRIM))
    return _two_names(words, written)


def _person(words: list[str], written: str) -> Part | None:
    """Recognise a writer by the first word, with the outlet behind the name if there is one."""
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    first = words[0]
    given = first in GIVEN_NAMES or (first.startswith("عبد") and len(first) > 3)
    if len(words) == 1 or not (given or first in ("عبد", "ابو", "بن", "ال")):
        return None
    if len(words) > 2 and not words[-1].startswith("ال"):  # surnames do: محمد الصباح
        outlet = _lookup(words[-1], written.split()[-1].strip(_TRIM))
        if outlet and outlet.kind & Kind.SOURCE:
            return outlet._replace(kind=outlet.kind | Kind.PERSON)
    return Part(Kind.PERSON, None, written)


def _from_place(words: list[str], written: str) -> Part | None:
    """Recognise ``عادل الخنين من الرياض``: a source, and the place behind من."""
    if "من" not in words[1:-1]:
        return None
    at = words.index("من", 1)
    place = " ".join(words[at + 1 :])
    source = classify(" ".join(words[:at]))
    if place not in PLACES or not source.kind & (Kind.SOURCE | Kind.PERSON):
        return None
    halves = re.split(r"\sمن\s", written, maxsplit=1)
    named = source.source if source.kind & Kind.AGENCY else halves[0].strip(_TRIM)
    return Part(source.kind | Kind.PLACE, halves[-1].strip(_TRIM), named)


def _unknown(folded: str, written: str) -> Part:
    """Judge a part that stands in no table by its shape."""
    words = folded.replace("عبد ال", "عبدال").split()
    if len(words) > 6 or starts_body(words[0]) or _SENTENCE.search(folded):
        return BODY_PART
    if "على" in written.split()[1:]:  # folded it is the name علي
        return BODY_PART
    if not BODY_WORDS.isdisjoint(words) or max(map(len, words)) > 16:
        return BODY_PART
    if person := _person(words, written):
        return person
    if len(words) > 4 or not LEAD_VERBS.isdisjoint(words):
        return BODY_PART
    named = len(words) > 1 and not words[0].startswith("ال") and not folded.isascii() and len(folded) > 4
    return Part(Kind.NAME if named else Kind.WORD, None, written)


def _several(pieces: list[str], written: str) -> Part:
    """Judge a part with commas in it by its pieces (``سبق، واس``, ``أتلانتا، أمريكا``)."""
    parts = [classify(piece) for piece in pieces]
    kind = 0
    for part in parts:
        kind |= part.kind
    if kind & Kind.BODY:
        return BODY_PART
    place = next((part.place for part in parts if part.place), None)
    source = _source_of(parts)
    if kind & (Kind.PERSON | Kind.UNKNOWN) and not kind & Kind.KNOWN:
        return Part(kind, None, written)
    if kind & Kind.PLACE and not kind & (Kind.SOURCE | Kind.PERSON):
        place = pieces[0].strip(_TRIM)  # also an unlisted town before its country
    return Part(kind & ~Kind.UNKNOWN, place, source)


@lru_cache(maxsize=4096)  # outlets repeat their parts: in a bulk run four of five look-ups are hits
def classify(part: str) -> Part:
    """Say what a part is; kind 0 when there is nothing in it."""
    written = part.strip(_TRIM)
    folded = fold(written)
    if not folded:
        return Part(0)
    if found := _lookup(folded, written):
        return found
    pieces = [piece for piece in _COMMAS.split(written) if piece.strip(_TRIM)]
    if 1 < len(pieces) <= 3:
        return _several(pieces, written)
    words = folded.split()
    return _compound(words, written) or _from_place(words, written) or _unknown(folded, written)


@lru_cache(maxsize=4096)
def starts_body(word: str) -> bool:
    """Tell whether a line that begins with `word` is body text: a verb of reports or no part of a name."""
    folded = fold(word)
    if folded in LEAD_VERBS:
        return folded not in CUES
    if folded in BODY_WORDS or folded in RANKS:
        return True
    if folded[:1] != "و":
        return False
    return folded[1:] in LEAD_VERBS or folded[1:] in BODY_WORDS or folded[1:] in CUES


@lru_cache(maxsize=1024)
def leading(words: str) -> tuple[int, Part] | None:
    """Find the known name with which body text begins: its length as written and what it is.

    `words` are the first five words, without a blank before them. Only names that can hardly belong to the
    sentence are found; what follows must be a verb or at least without an article, so that ``القاهرة الجديدة``
    stays whole.
    """
    spans = [match.span() for match in _WORD.finditer(words)]
    for count in range(min(4, len(spans) - 1), 0, -1):
        end = spans[count - 1][1]
        written = words[:end].strip(_TRIM)
        folded = fold(written)
        part = _lookup(folded, written)
        if part is None:
            continue
        following = words[slice(*spans[count])].lstrip(_TRIM)
        verb = fold(following) in LEAD_VERBS
        if part.kind & (Kind.WEAK | Kind.DUAL) or (part.kind & Kind.WORDLIKE and not verb):
            return None
        if part.kind & Kind.CUE and not part.kind & Kind.SOLO:
            return None
        return (end, part) if verb or not following.startswith("ال") else None
    return _leading_person(words, spans)


def _leading_person(words: str, spans: list[tuple[int, int]]) -> tuple[int, Part] | None:
    """Find a writer of two to four words before a verb of reports (``محمد الحيدر نظمت``)."""
    for start, end in spans[2:]:
        if fold(words[start:end]) in LEAD_VERBS:
            name = words[:start].rstrip()
            part = classify(name)
            return (len(name), part) if part.kind == Kind.PERSON else None
    return None


def opens_report(words: str) -> bool:
    """Tell whether the first of `words` is a verb with which news reports begin."""
    match = _WORD.search(words)
    return match is not None and fold(match[0]) in LEAD_VERBS
