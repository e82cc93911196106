"""The page of a report: one file that needs nothing else, neither the network nor, for its tables, a script.

Its only scripts and style sheet are those that stand in it; the policy in its head names them by their digests, so
that nothing that came with an article can run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import msgspec
from jinja2 import Environment
from markupsafe import Markup

from naskh import __version__
from naskh.report.figures import MATRIX_OUTLETS, Figures
from naskh.report.matrix import Matrix, most_shared, shade_of
from naskh.report.periods import Period, Unit, periods_of
from naskh.report.shown import named, plain, web_address
from naskh.report.templating import environment_of
from naskh.report.words import Language, day_in_words, words_of

#: Outlets of a chart, and rows of a table, at most: those with most articles.
CHART_OUTLETS = 20
TABLE_OUTLETS = 200
#: Articles of a story that are listed.
STORY_ARTICLES = 300

#: What charts say.
_CHART_WORDS = ("role_origin", "role_copy", "role_unknown", "own", "unordered", "taken", "repeats_articles")

_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)


class Cell(NamedTuple):
    """A cell of the matrix: families of both outlets, in how many the row's was earlier, and how dark it is."""

    shared: int
    earlier: int
    shade: int
    is_same: bool


class _Inlined(NamedTuple):
    """A style sheet or script as it stands in the page, and its digest as the policy names it."""

    content: Markup
    digest: str


def render(figures: Figures, *, language: Language, name: str, made: str | None = None) -> str:
    """The page.

    Args:
        figures: what it says.
        language: of its words.
        name: of the index.
        made: the day it is made, in ISO 8601.

    """
    unit, periods = periods_of(figures.days)
    return (
        _environment()
        .get_template("report.html")
        .render(
            f=figures,
            w=words_of(language),
            language=language,
            direction="rtl" if language == "ar" else "ltr",
            name=name,
            made=made,
            unit=unit,
            periods=periods,
            rows=cells_of(figures.matrix),
            data=_data(figures, language, unit, periods),
            version=__version__,
            matrix_outlets=MATRIX_OUTLETS,
            table_outlets=TABLE_OUTLETS,
            members=STORY_ARTICLES,
            day=lambda date: day_in_words(plain(date), language),
            **_assets(),
        )
    )


def cells_of(matrix: Matrix) -> list[list[Cell]]:
    """The cells of the matrix, the darker the more families two outlets share, by the square root."""
    size = range(len(matrix.outlets))
    most = most_shared(matrix, len(matrix.outlets))
    return [
        [
            Cell(
                matrix.shared[row][column],
                matrix.earlier[row][column],
                0 if row == column else shade_of(matrix.shared[row][column], most),
                row == column,
            )
            for column in size
        ]
        for row in size
    ]


def _data(figures: Figures, language: Language, unit: Unit, periods: list[Period]) -> Markup:
    """What the charts show, as JSON that may stand in a script element."""
    words = words_of(language)
    texts = [own for own in figures.texts[:CHART_OUTLETS] if own.shingles]
    repeats = (figures.repeats or ())[:CHART_OUTLETS]
    given = {
        "rtl": language == "ar",
        "words": {key: words[key] for key in _CHART_WORDS},
        "days": {
            "unit": unit,
            "labels": [day_in_words(period.start, language) for period in periods],
            **{role: [getattr(period, role) for period in periods] for role in ("origin", "copy", "unknown")},
        },
        "texts": {
            "labels": [plain(own.outlet) for own in texts],
            **{part: [getattr(own, part) for own in texts] for part in ("own", "unordered", "taken", "shingles")},
        },
        "repeats": {
            "labels": [plain(own.outlet) for own in repeats],
            **{part: [getattr(own, part) for own in repeats] for part in ("repeating", "articles")},
        },
    }
    encoded = msgspec.json.encode(given).decode()
    # Neither the end of the element nor what opens a comment can be written with these.
    return Markup(encoded.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704


@cache
def _environment() -> Environment:
    environment = environment_of("naskh.report")
    environment.globals["named"] = named
    environment.filters.update(
        number=lambda value: f"{value:,}",
        plain=plain,
        share=lambda part: f"{part:.1%}",
        web_address=web_address,
        code=lambda said: Markup(re.sub("`([^`]*)`", r"<code>\1</code>", said)),  # noqa: S704 - our own words
    )
    return environment


@cache
def _assets() -> dict[str, _Inlined]:
    library = "\n".join(
        [
            *(f"/*\n{_asset(f'chartjs/{name}')}*/" for name in ("LICENSE.md", "LICENSE-kurkle-color")),
            _SOURCE_MAP.sub("", _asset("chartjs/chart.umd.min.js")),
        ]
    )
    contents = {"library": library, "script": _asset("report.js"), "style": _asset("report.css")}
    return {name: _inlined(content) for name, content in contents.items()}


def _asset(path: str) -> str:
    return files("naskh.report").joinpath("assets", path).read_text("utf-8")


def _inlined(content: str) -> _Inlined:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return _Inlined(Markup(content), f"'sha256-{digest}'")  # noqa: S704 - files of the package
