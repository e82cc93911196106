"""The picture of the architecture: the folders of the code as layers, of which each uses only those below it."""

from __future__ import annotations

from docs.making.drawing import FAINT, TEAL, arrow, box, svg, text

#: From the bottom to the top: folder or module, and what it does. A test sees to it that each is there.
LAYERS = (
    (
        ("naskh/article.py", "the nouns"),
        ("naskh/settings.py", "what an index holds"),
        ("naskh/errors.py", "errors"),
    ),
    (("naskh/sources", "files, archives → articles"),),
    (("naskh/text", "Arabic → folded words with their places"),),
    (("naskh/sketch", "words → shingles → signatures → band keys"),),
    (("naskh/index", "segments on disk, one manifest, one writer"),),
    (("naskh/matching", "candidates → exact overlap → relations, families"),),
    (("naskh/engine.py", "Index: the library's face"), ("naskh/report", "figures, the page")),
    (("naskh/cli", "the command line"), ("naskh/web", "HTTP and pages")),
)

_WIDTH, _ROW, _GAP = 600, 46, 14


def architecture() -> str:
    """The layers, the lowest at the bottom."""
    marks = []
    for number, layer in enumerate(reversed(LAYERS)):
        y = 20.0 + number * (_ROW + _GAP)
        width = (_WIDTH - 40 - 10 * (len(layer) - 1)) / len(layer)
        for place, (name, does) in enumerate(layer):
            x = 20 + place * (width + 10)
            marks.append(box((x, y), (width, _ROW), fill="#f0f7f6", stroke=TEAL))
            marks.append(text((x + width / 2, y + 19), name.removeprefix("naskh/"), anchor="middle", bold=True))
            marks.append(text((x + width / 2, y + 36), does, anchor="middle", size=12, fill=FAINT))
        if number < len(LAYERS) - 1:
            marks.append(arrow((_WIDTH / 2, y + _ROW), (_WIDTH / 2, y + _ROW + _GAP)))
    return svg(_WIDTH, 40 + len(LAYERS) * (_ROW + _GAP) - _GAP, "The layers of naskh", marks)
