"""The figures of docs/concepts.md and CONTRIBUTING.md, from naskh's own numbers: ``python -m docs.making.figures``.

A test holds the files in docs/figures/ against what this makes.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from docs.making.architecture import architecture
from docs.making.drawing import (
    AMBER,
    BLUE,
    FAINT,
    GREY,
    GRID,
    RED,
    TEAL,
    Axes,
    arrow,
    box,
    dot,
    line,
    svg,
    text,
)
from naskh import Article, Family, Index, Settings, normalize
from naskh.sketch.banding import Banding
from naskh.sketch.reference import sketch_text
from naskh.sources import Reader

ROOT = Path(__file__).parent.parent.parent
FIGURES = ROOT / "docs" / "figures"
SAMPLE = ROOT / "examples" / "sample-crawl.jsonl"
RELATIONS = {"copy": RED, "partial": AMBER, "quote": BLUE, "formula": GREY}
#: Which role of an article in a family has which colour.
ROLES = {"origin": TEAL, "copy": RED, "unknown": GREY}
#: The text of the known answers in docs/format.md.
SENTENCE = "أعلنت وزارة النقل اليوم افتتاح الطريق الساحلي الجديد أمام المركبات"


def recall_curve() -> str:
    """How likely a pair of paragraphs shares a band, by its Jaccard, under three bandings."""
    axes = Axes(60, 40, 480, 300)
    marks = axes.drawn("Jaccard of two paragraphs", "chance that they become candidates")
    jaccards = np.linspace(0, 1, 101)
    defaults = Banding(Settings().bands, Settings().rows)
    bandings = [(defaults, TEAL, ""), (Banding(42, 3), BLUE, "6 4"), (Banding(32, 4), GREY, "2 3")]
    for place, (banding, colour, dashes) in enumerate(bandings):
        curve = [axes.at(x, y) for x, y in zip(jaccards, banding.recall(jaccards), strict=True)]
        marks.append(line(curve, stroke=colour, width=2.5 if banding == defaults else 1.5, dashes=dashes))
        y = 250.0 + 22 * place
        name = f"{banding.bands} bands of {banding.rows} rows: {banding.recall(0.5):.3f} at 0.5"
        marks += [
            line([(305, y - 4), (333, y - 4)], stroke=colour, width=2.5, dashes=dashes),
            text((341, y), name, size=12, bold=banding == defaults),
        ]
    marks.append(line([axes.at(0.5, 0), axes.at(0.5, 1)], stroke=AMBER, dashes="4 3"))
    return svg(570, 392, "Recall of the bands against Jaccard", marks)


def sketch() -> str:
    """A sentence on its way: as it is written, folded, shingled, signed, cut into bands."""
    settings = Settings()
    made = sketch_text(SENTENCE, settings)
    words = normalize(SENTENCE).split()
    shingles = [(" ".join(words[i : i + settings.shingle_words]), f"{made.shingles[i]:08x}") for i in range(3)]
    signature = "  ".join(f"{value:08x}" for value in made.signatures[0, :4])
    bands = "  ".join(f"{value:08x}" for value in made.band_keys[0, :3])
    rows: list[tuple[str, list[tuple[str, ...]]]] = [
        ("as written", [(SENTENCE,)]),
        ("folded words", [(normalize(SENTENCE),)]),
        (f"{len(made.shingles)} shingles of {settings.shingle_words} words, hashed", [*shingles, ("…",)]),
        (f"signature: the least of each of {settings.num_perm} permutations", [(f"{signature}  …",)]),
        (f"keys of {settings.bands} bands of {settings.rows} rows", [(f"{bands}  …",)]),
    ]
    marks, y = [], 16.0
    for number, (title, lines) in enumerate(rows):
        height = 32.0 + 19 * len(lines)
        marks.append(box((20, y), (580, height), fill="#f6f9f8"))
        marks.append(text((32, y + 19), title, fill=FAINT, size=12))
        for i, said in enumerate(lines):
            columns = (310,) if len(said) == 1 else (360, 210)
            for x, part in zip(columns, said, strict=True):
                marks.append(text((x, y + 40 + 19 * i), part, anchor="middle", size=14))
        y += height
        if number < len(rows) - 1:
            marks.append(arrow((310, y), (310, y + 18)))
            y += 18
    return svg(620, int(y) + 16, "From a sentence to its band keys", marks)


def scatter(points: list[tuple[float, float, str]], x_title: str, y_title: str, title: str) -> str:
    """Pairs of articles by two shares, coloured by relation."""
    axes = Axes(60, 40, 400, 300)
    marks = axes.drawn(x_title, y_title)
    marks += [dot(axes.at(x, y), fill=RELATIONS[relation]) for x, y, relation in points]
    for place, (relation, colour) in enumerate(RELATIONS.items()):
        count = sum(1 for *_, known in points if known == relation)
        marks.append(dot((486, 60 + 24 * place), fill=colour))
        marks.append(text((498, 64 + 24 * place), f"{relation} ({count})"))
    return svg(590, 392, title, marks)


def containment(index: Index) -> str:
    """The pairs of the sample: an abridged copy has a low Jaccard and a high containment."""
    pairs = index.pairs(min_containment=0.25).to_pylist()
    points = [(max(p["containment_a"], p["containment_b"]), p["jaccard"], p["relation"]) for p in pairs]
    return scatter(
        points, "containment: share of the shorter text that the longer one has", "Jaccard",
        "Jaccard against containment of the sample's pairs",
    )  # fmt: skip


def relations(index: Index, articles: list[Article]) -> str:
    """All that the sample's articles match: how much is shared, and how much of that is the story's own."""
    points = []
    for article, result in index.query_many(articles, explain=True):
        for match in result.matches:
            if article.id < match.id and match.evidence is not None:
                own = match.evidence.distinctive / match.evidence.shared
                points.append((match.evidence.containment, own, match.relation))
    return scatter(
        sorted(points), "containment", "share of the shared shingles that is the story's own",
        "Relations of the sample's articles",
    )  # fmt: skip


def family(found: Family) -> str:
    """One family on its timeline: who carried the story, when, in which role."""
    hours = [_hours(str(article.date)) for article in found.articles]
    span = max(hours) - min(hours)
    places = {
        article.id: (150 + 300 * (hour - min(hours)) / span, 70.0 + 38 * row)
        for row, (article, hour) in enumerate(zip(found.articles, hours, strict=True))
    }
    marks = [text((20, 30), f"The family around {found.representative}, credit: {found.credit}", bold=True)]
    for article in found.articles:
        y = places[article.id][1]
        marks += [line([(150, y), (450, y)], stroke=GRID), text((20, y + 4), str(article.outlet))]
        marks.append(line([places[found.representative], places[article.id]], stroke=GREY, dashes="3 3"))
    for article in found.articles:
        x, y = places[article.id]
        anchor, aside = ("end", -12) if x > 300 else ("start", 12)
        said = f"{article.role}, {str(article.date)[5:].replace('T', ' ')}"
        marks += [
            dot((x, y), fill=ROLES[article.role], radius=6),
            text((x + aside, y - 7), said, size=12, anchor=anchor),
        ]
    return svg(490, 92 + 38 * len(hours), "A family on its timeline", marks)


def _hours(date: str) -> float:
    """When that was, in hours; a day without a time begins with it."""
    moment = datetime.fromisoformat(date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() / 3600


def figures() -> dict[str, str]:
    """All figures, by the name of their file."""
    articles = list(Reader([SAMPLE]))
    with tempfile.TemporaryDirectory() as folder:
        index = Index(Path(folder) / "sample.naskh")
        index.add(articles)
        return {
            "architecture.svg": architecture(),
            "containment.svg": containment(index),
            "family.svg": family(index.families()[0]),
            "recall.svg": recall_curve(),
            "relations.svg": relations(index, articles),
            "sketch.svg": sketch(),
        }


if __name__ == "__main__":
    FIGURES.mkdir(exist_ok=True)
    for name, drawn in figures().items():
        (FIGURES / name).write_text(drawn)
