"""The page of a report: one file, whose figures are those of the JSON, in which nothing of an article can act."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from naskh import Article, Index
from naskh.article import OutletText
from naskh.report.figures import MATRIX_OUTLETS, Day, Figures, Story, StoryArticle, figures_of
from naskh.report.matrix import SHADES, Matrix
from naskh.report.page import STORY_ARTICLES, TABLE_OUTLETS, cells_of, render
from naskh.report.shown import plain, web_address
from naskh.report.words import LANGUAGES, Language, day_in_words, words_of
from test_originality import WIRE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def figures(sample_index: Index) -> Figures:
    return figures_of(sample_index.snapshot)


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the text of each that has no other in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._open = False
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._open = True

    def handle_endtag(self, _: str) -> None:
        self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.append((*self.found[-1], data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]

    def content(self, tag: str, **wanted: str) -> list[str]:
        return [text for name, own, text in self.texts if name == tag and wanted.items() <= own.items()]


@pytest.fixture(scope="module", params=LANGUAGES)
def page(figures: Figures, request: pytest.FixtureRequest) -> Elements:
    return Elements(render(figures, language=request.param, name="news.naskh", made="2026-11-28"))


def test_the_page_loads_nothing(page: Elements) -> None:
    assert not [own for _, own in page.found if own.get("src")]
    assert page.all("link") == [{"rel": "icon", "href": "data:,"}]
    assert not {"img", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in page.found}
    assert "url(" not in "".join(page.content("style"))
    assert "@import" not in "".join(page.content("style"))


def test_the_policy_allows_just_the_scripts_and_the_style_sheet_of_the_page(page: Elements) -> None:
    (policy,) = [own["content"] for own in page.all("meta") if own.get("http-equiv") == "Content-Security-Policy"]
    scripts = page.content("script")[1:]
    assert len(scripts) == 2

    def digest(content: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() + "'"

    (style,) = page.content("style")
    assert policy == (
        f"default-src 'none'; script-src {' '.join(map(digest, scripts))}; style-src {digest(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert not [name for _, own in page.found for name in own if name.startswith("on") or name == "style"]


def test_the_library_is_the_one_that_is_named_with_its_licence(page: Elements) -> None:
    folder = files("naskh.report") / "assets" / "chartjs"
    library = (folder / "chart.umd.min.js").read_bytes()
    assert hashlib.sha256(library).hexdigest() in (folder / "README.md").read_text("utf-8")
    assert b"Chart.js v4.6.1" in library[:60]
    inlined = page.content("script")[1]
    assert inlined.count("Permission is hereby granted") == 2
    assert "sourceMappingURL" not in inlined


def headline(elements: Elements) -> dict[str, float]:
    return {own["data-figure"]: float(own["value"]) for own in elements.all("data")}


def expected_headline(figures: Figures) -> dict[str, float]:
    named = ("articles", "outlets", "families", "carried", "family_articles", "copies", "copy_share", "repeating")
    return {
        **{name: getattr(figures, name) for name in named},
        **{f"pairs-{relation}": count for relation, count in figures.pairs.items()},
        "pairs": sum(figures.pairs.values()),
    }


def test_the_headline_figures_are_those_of_the_json(page: Elements, figures: Figures) -> None:
    assert headline(page) == expected_headline(figures)


def test_the_charts_are_given_the_figures_of_the_json(page: Elements, figures: Figures) -> None:
    data = json.loads(page.content("script", id="data")[0])
    days = data["days"]
    assert [sum(days[role]) for role in ("origin", "copy", "unknown")] == list(figures.roles.values())
    assert data["texts"]["own"] == [own.own for own in figures.texts]
    assert data["texts"]["taken"] == [own.taken for own in figures.texts]
    assert data["repeats"]["repeating"] == [own.repeating for own in figures.repeats]
    assert data["repeats"]["labels"] == [own.outlet for own in figures.texts]


def test_the_stories_are_listed_with_their_articles(page: Elements, figures: Figures) -> None:
    assert page.content("h3") == [plain(story.title) for story in figures.stories]
    links = [own["href"] for own in page.all("a")]
    listed = [*(each for story in figures.stories for each in story.articles), *(figures.repeating_articles or ())]
    assert links == [each.url for each in listed if each.url]


def test_both_languages_say_the_same() -> None:
    arabic, english = words_of("ar"), words_of("en")
    assert arabic.keys() == english.keys()
    for name, said in arabic.items():
        assert re.search("[\u0600-\u06ff]", said), name
        assert not re.search("[\u0600-\u06ff]", english[name]), name


class Noted(dict[str, str]):
    """Words that note which of them are asked for."""

    asked: ClassVar[set[str]] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)


def test_no_word_is_left_over(figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("naskh.report.page.words_of", lambda _: Noted(words_of("ar")))
    render(figures, language="ar", name="x", made="2026-11-28")
    render(_bare(figures), language="ar", name="x")
    render(_grown(figures), language="ar", name="x")
    for last in ("2025-12-30", "2028-01-01", "2999-01-01"):
        render(msgspec.structs.replace(figures, days=(day("2025-01-01"), day(last))), language="ar", name="x")
    assert Noted.asked == words_of("ar").keys()


def day(date: str) -> Day:
    return Day(date=date, articles=1, origin=0, copy=1, unknown=0)


def _grown(figures: Figures) -> Figures:
    """Figures of more outlets than the page has room for, and of a story of which nothing is known."""
    outlets = [f"outlet-{number}" for number in range(TABLE_OUTLETS + 5)]
    square = tuple((0,) * MATRIX_OUTLETS for _ in range(MATRIX_OUTLETS))
    unknown = StoryArticle(id="a", outlet=None, date=None, title=None, url=None, role="unknown")
    return msgspec.structs.replace(
        figures,
        outlets=len(outlets),
        repeating=9_999,
        matrix=Matrix(tuple(outlets[:MATRIX_OUTLETS]), square, square),
        texts=tuple(OutletText(outlet=each, articles=1, shingles=0, taken=0, unordered=0) for each in outlets),
        stories=(
            Story(
                family=1,
                title="a",
                representative="a",
                first=None,
                outlets=0,
                credit=None,
                articles=(unknown,) * (STORY_ARTICLES + 7),
            ),
        ),
    )


def test_of_more_outlets_than_there_is_room_for_the_page_says_how_many_are_left_out(figures: Figures) -> None:
    page = render(_grown(figures), language="en", name="x")
    assert f"{words_of('en')['more_outlets']} 5<" in page
    assert f"outlet-{TABLE_OUTLETS - 1}<" in page
    assert f"outlet-{TABLE_OUTLETS}<" not in page
    assert f"{words_of('en')['matrix_cut']} {MATRIX_OUTLETS}<" in page


def test_of_more_articles_than_there_is_room_for_the_page_says_how_many_are_left_out(figures: Figures) -> None:
    page = render(_grown(figures), language="en", name="x")
    assert f"{words_of('en')['more_articles']} 7<" in page
    assert f"{words_of('en')['more_articles']} {9_999 - len(figures.repeating_articles or ()):,}<" in page


def _bare(figures: Figures) -> Figures:
    """Figures of an index of nothing."""
    return msgspec.structs.replace(
        figures,
        stories=(),
        days=(),
        texts=(),
        repeats=None,
        repeating=None,
        repeating_articles=None,
        matrix=Matrix((), (), ()),
        undated=3,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_of_nothing_is_a_page(figures: Figures, language: Language) -> None:
    page = render(_bare(figures), language=language, name="x")
    assert words_of(language)["no_texts"] in page
    assert '<div class="chart"' not in page


@pytest.mark.parametrize(
    ("date", "in_english", "in_arabic"),
    [
        ("2015-08-09", "9 August 2015", "9 أغسطس 2015"),
        ("2015-08-09T10:00:00+03:00", "9 August 2015", "9 أغسطس 2015"),
        ("2015-01", "January 2015", "يناير 2015"),
        ("2015", "2015", "2015"),
        ("2015-13-01", "2015-13-01", "2015-13-01"),
        ("2015-W33-1", "2015-W33-1", "2015-W33-1"),
        ("gestern", "gestern", "gestern"),
        ("", "", ""),
    ],
)
def test_dates_are_in_words(date: str, in_english: str, in_arabic: str) -> None:
    assert (day_in_words(date, "en"), day_in_words(date, "ar")) == (in_english, in_arabic)


def test_a_cell_is_the_darker_the_more_is_shared() -> None:
    matrix = Matrix(("a", "b", "c"), ((9, 100, 1), (100, 0, 25), (1, 25, 0)), ((0, 3, 0), (2, 0, 1), (0, 0, 0)))
    cells = cells_of(matrix)
    assert [[cell.shade for cell in row] for row in cells] == [[0, SHADES, 1], [SHADES, 0, 3], [1, 3, 0]]
    assert [cell.earlier for cell in cells[0]] == [0, 3, 0]
    assert [cell.is_same for cell in cells[1]] == [False, True, False]


# --- hostile input -----------------------------------------------------------------------------------------------

SCRIPT = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=1'>"
HOSTILE = [
    Article(
        id=f"{SCRIPT}{number}",
        outlet=f"{outlet}\u202e{SCRIPT}<!--",
        title=f'"><svg/onload=window.hacked=1>\u202egnp.exe\u2066\x00 {{{{7*7}}}} {"ط" * (5_000_000 * number)}',
        date=f"2025-10-2{number}",
        url="javascript:window.hacked=1" if number else "https://a.example/?q=<script>&x='\"",
        text="\n".join(WIRE),
    )
    for number, outlet in enumerate(("&amp;", "{% raw %}", "'"))
]


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    index = Index(tmp_path_factory.mktemp("hostile") / "index")
    index.add(HOSTILE)
    return render(figures_of(index.snapshot), language="ar", name=SCRIPT)


def test_hostile_titles_and_outlets_are_text(hostile_page: str) -> None:
    page = Elements(hostile_page)
    assert len(page.all("script")) == 3
    assert not {"img", "svg"} & {tag for tag, _ in page.found}
    assert [own["href"] for own in page.all("a")] == [HOSTILE[0].url]
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", hostile_page.partition("<script")[0])
    assert "{{7*7}}" in hostile_page
    assert len(hostile_page) < 500_000
    labels = json.loads(page.content("script", id="data")[0])["texts"]["labels"]
    assert [label.count("</script>") for label in labels] == [2, 2, 2]


@pytest.mark.parametrize(
    ("url", "is_followed"),
    [
        ("https://a.example/خبر", True),
        ("http://a.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        (" https://a.example", False),
        ("https://a.example/\u202e", False),
        ("https://[", False),
        ("//a.example", False),
        ("", False),
        (None, False),
    ],
)
def test_only_pages_of_the_web_are_linked(url: str | None, is_followed: bool) -> None:
    assert web_address(url) == (url if is_followed else None)


# --- in a browser ------------------------------------------------------------------------------------------------

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian's package chromium)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A page that was opened without a network, what it asked for, and what it complained of."""

    def __init__(self, browser: Any, content: str, folder: Path, **context: Any) -> None:
        path = folder / "report.html"
        path.write_text(content, encoding="utf-8")
        self.page = browser.new_context(offline=True, **context).new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.add_init_script(
            "window.violations = [];"
            "addEventListener('securitypolicyviolation', event => violations.push(event.violatedDirective))"
        )
        self.address = path.as_uri()
        self.page.goto(self.address)

    def is_quiet(self) -> bool:
        """Nothing was asked for but the page, and nothing refused."""
        return (self.requests, self.complaints, self.page.evaluate("violations")) == ([self.address], [], [])

    def drawn(self) -> dict[str, bool]:
        """Which charts are drawn: those of which more than one colour is on the canvas."""
        drawn: dict[str, bool] = self.page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll("canvas")].map(canvas => {
                 const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
                 return [canvas.parentElement.id, new Set(new Uint32Array(pixels.buffer)).size > 2];
               }))"""
        )
        return drawn


SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_in_a_browser_the_charts_are_drawn_and_axe_has_nothing_serious_to_say(
    browser: Any, figures: Figures, tmp_path: Path, language: Language, size: dict[str, int], scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    content = render(figures, language=language, name="news.naskh", made="2026-11-28")
    opened = Opened(browser, content, tmp_path, viewport=size, color_scheme=scheme)
    assert opened.drawn() == {"chart-days": True, "chart-texts": True, "chart-repeats": True}
    assert opened.is_quiet()
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    opened.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = axe.run(opened.page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


@needs_chromium
def test_in_a_browser_the_figures_are_those_of_the_json(browser: Any, figures: Figures, tmp_path: Path) -> None:
    opened = Opened(browser, render(figures, language="ar", name="x"), tmp_path)
    shown = opened.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("data")].map(each =>
             [each.dataset.figure, each.innerText.replaceAll(",", "")]))"""
    )
    expected = expected_headline(figures)
    share = float(shown.pop("copy_share").rstrip("%"))
    assert share == pytest.approx(100 * expected.pop("copy_share"), abs=0.05)
    assert {name: float(value) for name, value in shown.items()} == expected


@needs_chromium
def test_in_a_browser_hostile_input_does_nothing(browser: Any, hostile_page: str, tmp_path: Path) -> None:
    opened = Opened(browser, hostile_page, tmp_path)
    assert opened.page.evaluate("typeof window.hacked") == "undefined"
    assert opened.is_quiet()
    assert all(opened.drawn().values())


@needs_chromium
def test_without_scripts_the_tables_are_there(browser: Any, figures: Figures, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render(figures, language="ar", name="x"), encoding="utf-8")
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(path.as_uri())
    assert not page.locator("canvas").first.is_visible()
    assert page.locator("table.matrix").first.is_visible()
    page.locator("section[aria-labelledby=texts] summary").click()
    assert page.locator("section[aria-labelledby=texts] tbody tr").count() == 6
    assert page.locator("section[aria-labelledby=texts] table").is_visible()


@needs_chromium
def test_on_paper_the_tables_are_open_and_colours_are_light(browser: Any, figures: Figures, tmp_path: Path) -> None:
    opened = Opened(browser, render(figures, language="ar", name="x"), tmp_path, color_scheme="dark")
    count = "[document.querySelectorAll('section > details[open]').length, document.documentElement.className]"
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert opened.page.evaluate(count) == [5, "js paper"]
    assert (
        opened.page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(250, 248, 243)"
    )
    opened.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened.page.evaluate(count) == [0, "js"]


@needs_chromium
def test_the_report_of_the_corpus_opens_in_two_seconds(
    browser: Any, corpus_figures: tuple[Index, Figures], tmp_path: Path
) -> None:
    content = render(corpus_figures[1], language="ar", name="news.naskh")
    seconds = []
    for _ in range(3):  # other work on the machine is not the page's
        opened = Opened(browser, content, tmp_path)
        navigation = "performance.getEntriesByType('navigation')[0]"
        seconds.append(opened.page.evaluate(f"{navigation}.loadEventEnd - {navigation}.startTime") / 1000)
    assert all(opened.drawn().values())
    assert 0 < min(seconds) < 2
