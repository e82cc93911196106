"""The reasons that `naskh.matching.relation` gives, in Arabic."""

from __future__ import annotations

_STORY = {
    "in words that other stories lack": "بكلمات لا ترد في أخبار أخرى",
    "in words that other stories lack, though few": "بكلمات لا ترد في أخبار أخرى، وإن كانت قليلة",
    "in two outlets on one day": "في وسيلتين إعلاميتين في يوم واحد",
    "nearly word for word": "كلمة بكلمة تقريبا",
}

ARABIC_REASONS: dict[str, str] = {
    "the same frame, days apart, with other words in it": "القالب نفسه، بعد أيام، وفيه كلمات أخرى",
    "the same frame with other numbers": "القالب نفسه بأرقام أخرى",
    "a standing background or a recurring notice, days apart": "خلفية ثابتة أو إعلان متكرر، تفصل بينهما أيام",
    "a sentence or two": "جملة أو جملتان",
    "somebody's words, in reports that are otherwise independent": "كلام منقول عن شخص، في خبرين مستقلين فيما عداه",
    "a few words that other stories lack": "كلمات قليلة لا ترد في أخبار أخرى",
    "too few words to tell of copying": "كلمات أقل من أن تدل على النسخ",
    "words that stand in other stories too": "كلمات ترد في أخبار أخرى أيضا",
    **{f"most of the shorter article, {how}": f"معظم المقال الأقصر، {said}" for how, said in _STORY.items()},
    **{f"a part of the shorter article, {how}": f"جزء من المقال الأقصر، {said}" for how, said in _STORY.items()},
}
