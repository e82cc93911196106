"""The pages in a real browser: the whole story on the sample index, for eyes, keyboards and readers of screens."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import httpx
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from naskh import Index
from naskh.article import CharRange
from naskh.web.app import create_app
from naskh.web.service import Service
from naskh.web.views import SHOWN_LINES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian's package chromium)")

DOUBLED = "alsahifa-0002"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
both_languages = pytest.mark.parametrize("code", ["ar", "en"])


class Site(NamedTuple):
    """A server of the sample index."""

    address: str
    service: Service


@pytest.fixture(scope="module")
def site(sample_index: Index) -> Iterator[Site]:
    service = Service(sample_index, max_text=400_000)
    server = uvicorn.Server(uvicorn.Config(create_app(service), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started or service.found_families.last is None:
        assert thread.is_alive()
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Site(f"http://127.0.0.1:{port}", service)
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Open]:
    """Opens pages; whatever they complain of in the console fails the test, but for answers of 4xx and 5xx."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(address: str, **options: Any) -> Page:
        contexts.append(browser.new_context(**{"viewport": DESK, **options}))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(site.address + address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [each for each in complaints if "Failed to load resource: the server responded" not in each] == []


def marks(page: Page, within: str = "main") -> dict[int, list[tuple[CharRange, str]]]:
    """What is marked in a part of a page, by number: the places in the text, and the text."""
    found = page.eval_on_selector_all(
        f"{within} mark[data-marks]",
        "marks => marks.map(m => [m.dataset.marks, Number(m.dataset.start), Number(m.dataset.end), m.textContent])",
    )
    by_number: dict[int, list[tuple[CharRange, str]]] = {}
    for numbers, start, end, text in found:
        for number in numbers.split():
            by_number.setdefault(int(number), []).append(((start, end), text))
    return by_number


def joined(marked: list[tuple[CharRange, str]], text: str) -> list[str]:
    """The marked stretches, joined where no more than a line break parts them; each is checked against the text."""
    stretches: list[list[int]] = []
    for (start, end), shown in marked:
        assert shown == text[start:end]
        if stretches and not text[stretches[-1][1] : start].strip():
            stretches[-1][1] = end
        else:
            stretches.append([start, end])
    return [text[start:end] for start, end in stretches]


def ask(site: Site, path: str, **body: str) -> Any:
    """What the API answers."""
    return httpx.post(site.address + path, json=body).raise_for_status().json()


def paste(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("form.check button").click()


# --- the whole story ---------------------------------------------------------------------------------------------


@both_languages
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_a_pasted_article_to_its_blocks_its_duplicates_side_by_side_its_family_and_the_matrix(
    open_page: Open, site: Site, code: str, scripts: bool
) -> None:
    page = open_page(f"/{code}/", java_script_enabled=scripts)
    doubled = site.service.article(DOUBLED).text
    paste(page, doubled)
    blocks = ask(site, "/blocks", text=doubled)["blocks"]
    marked = marks(page)
    assert sorted(marked) == [1, 2]
    for number, block in enumerate(blocks, 1):
        assert joined(marked[number], doubled) == [doubled[slice(*at["chars"])] for at in block["occurrences"]]

    page.goto(f"{site.address}/{code}/")
    text = site.service.article("nabaa-0012").text
    paste(page, text)
    page.locator(".matches button", has_text="31 مليون حاوية").click()
    other = site.service.article("alsham-0009").text
    matches = ask(site, "/query", text=text)["matches"]
    (passages,) = (match["passages"] for match in matches if match["id"] == "alsham-0009")
    for side, whole, where in (("#side-a", text, "query"), ("#side-b", other, "match")):
        marked = marks(page, side)
        assert len(marked) == len(passages) == 2
        for number, passage in enumerate(passages, 1):
            assert joined(marked[number], whole) == [whole[slice(*passage[where]["chars"])]]
    differing = page.locator("#side-a mark.changed").all_text_contents()
    assert differing == ["اليوم", "إضافة إلى"]

    page.locator("#head-b a").click()
    page.locator(".summary a[href*='/family']").click()
    assert page.locator(".members > li").count() == 4
    assert page.locator(".lane circle").count() == 4
    page.locator("nav a[href$='/matrix']").click()
    page.locator(".matrix td a").first.click()
    assert page.locator(".story").count() == 5

    switched = "en" if code == "ar" else "ar"
    page.locator("a.switch").click()
    assert page.locator("html").get_attribute("lang") == switched
    assert page.locator(".story").count() == 5


def test_what_says_the_same_has_the_same_colour_and_number_in_both_articles(open_page: Open) -> None:
    page = open_page("/ar/compare?a=nabaa-0012&b=alsham-0009")
    look = """mark => { const style = getComputedStyle(mark);
        return [style.backgroundColor, style.borderBottomStyle, style.borderBottomColor]; }"""
    looks = {
        number: [
            page.locator(f"#side-{side} mark[data-marks='{number}']:not(.changed)").first.evaluate(look)
            for side in "ab"
        ]
        for number in (1, 2)
    }
    assert looks[1][0] == looks[1][1]
    assert looks[2][0] == looks[2][1]
    assert looks[1][0][0] != looks[2][0][0]  # another colour, and for whoever sees none of these ...
    assert looks[1][0][1] != looks[2][0][1]  # ... another line
    assert page.locator("#side-a .tag").all_text_contents() == page.locator("#side-b .tag").all_text_contents()


def test_a_tag_leads_to_its_twin_and_keys_to_the_next_passage(open_page: Open) -> None:
    page = open_page("/en/compare?a=nabaa-0012&b=alsham-0009")
    page.locator("#a2").click()
    expect(page.locator("#b2")).to_be_focused()
    page.keyboard.press("n")  # round to the first
    expect(page.locator("#a1")).to_be_focused()
    expect(page.locator(".tag.here").first).to_have_text("1")
    page.keyboard.press("p")
    expect(page.locator("#a2")).to_be_focused()
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#a1")).to_be_focused()


def test_both_articles_scroll_to_the_passage(open_page: Open) -> None:
    page = open_page("/ar/compare?a=nabaa-0012&b=alsham-0009", viewport={"width": 1280, "height": 420})
    page.locator(".passages .tag[data-number='2']").click()
    for side in "ab":
        expect(page.locator(f"#{side}2")).to_be_in_viewport()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_on_a_phone_a_tag_leads_to_the_other_article_below(open_page: Open, scripts: bool) -> None:
    page = open_page("/ar/compare?a=nabaa-0012&b=alsham-0009", viewport=PHONE, java_script_enabled=scripts)
    page.locator("#a2").click()
    expect(page.locator("#b2")).to_be_in_viewport()
    assert page.url.endswith("#b2")


def test_the_text_without_repeats_can_be_copied(open_page: Open, site: Site) -> None:
    page = open_page(f"/en/article?id={DOUBLED}", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_text("The text with repeats removed").first.click()
    page.get_by_role("button", name="Copy the text").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()").split("\n")
    paragraphs = site.service.article(DOUBLED).text.split("\n")
    assert copied == [paragraphs[place] for place in (0, 1, 2, 3, 6, 7)]


def test_going_back_loses_neither_what_was_found_nor_what_was_pasted(open_page: Open, site: Site) -> None:
    page = open_page("/ar/")
    text = site.service.article("nabaa-0004").text
    paste(page, text)
    page.locator(".match .as-link").first.click()
    page.wait_for_selector(".sides")
    page.go_back()
    expect(page.locator(".match").first).to_be_visible()
    page.go_back()
    expect(page.locator("#text")).to_have_value(text)


def test_from_two_texts_side_by_side_a_button_leads_back_to_what_was_found(open_page: Open, site: Site) -> None:
    page = open_page("/en/")
    paste(page, site.service.article("nabaa-0004").text)
    page.locator(".match .as-link").first.click()
    page.get_by_role("button", name="Back to what was found").click()
    expect(page.locator(".match").first).to_be_visible()


def test_a_file_is_uploaded(open_page: Open, site: Site) -> None:
    page = open_page("/ar/")
    content = site.service.article(DOUBLED).text.encode()
    page.locator("#file").set_input_files({"name": "مقال.txt", "mimeType": "text/plain", "buffer": content})
    page.locator("form.check button").click()
    assert sorted(marks(page)) == [1, 2]
    assert page.locator("h1").inner_text() == "مقال.txt"


def test_the_keyboard_skips_to_the_content_and_sees_where_it_is(open_page: Open) -> None:
    page = open_page("/en/families")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#outlet")).to_be_focused()
    assert page.locator("#outlet").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


@both_languages
def test_the_page_is_mirrored_in_arabic(open_page: Open, code: str) -> None:
    page = open_page("/ar/article?id=nabaa-0004".replace("ar", code, 1))
    text, findings = (page.locator(part).bounding_box() for part in (".reading", ".findings"))
    assert text
    assert findings
    assert (text["x"] > findings["x"]) == (code == "ar")
    bar = page.locator(".share .filled").nth(2).bounding_box()
    ground = page.locator(".share .ground").nth(2).bounding_box()
    assert bar
    assert ground
    assert bar["width"] < ground["width"]
    at_the_right = abs(bar["x"] + bar["width"] - ground["x"] - ground["width"]) < 1
    assert at_the_right == (code == "ar")


def test_waiting_for_families_goes_on_by_itself(
    open_page: Open, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    families = site.service.found_families
    with monkeypatch.context() as patched:
        patched.setattr(families, "refresh", lambda: None)
        patched.setattr(families, "last", None)
        page = open_page("/en/families")
        assert page.title().startswith("The families are being computed")
    expect(page).to_have_title("Families – naskh", timeout=10_000)


# --- for everyone ----------------------------------------------------------------------------------------------

PAGES = {
    "form": "/",
    "article": f"/article?id={DOUBLED}",
    "formulas": "/article?id=nabaa-0003",
    "compare": "/compare?a=nabaa-0012&b=alsham-0009",
    "families": "/families",
    "family": "/family?id=nabaa-0012",
    "matrix": "/matrix",
    "search": "/search",
    "error": "/nowhere",
}


@pytest.mark.parametrize(
    ("code", "scheme", "viewport"),
    [
        pytest.param("ar", "light", DESK, id="Arabic, light"),
        pytest.param("ar", "dark", DESK, id="Arabic, dark"),
        pytest.param("en", "light", DESK, id="English, light"),
        pytest.param("en", "dark", DESK, id="English, dark"),
        pytest.param("ar", "light", PHONE, id="Arabic, on a phone"),
    ],
)
def test_axe_finds_nothing_serious_on_any_page(
    open_page: Open, site: Site, code: str, scheme: str, viewport: dict[str, int]
) -> None:
    page = open_page(f"/{code}/", color_scheme=scheme, viewport=viewport)
    found = {}
    for name, address in PAGES.items():
        page.goto(f"{site.address}/{code}{address}")
        page.eval_on_selector_all("details", "all => { for (const each of all) each.open = true; }")
        found[name] = violations(page)
    page.goto(f"{site.address}/{code}/")
    paste(page, site.service.article("nabaa-0004").text)
    found["pasted"] = violations(page)
    page.locator(".matches button").first.click()
    found["pasted, side by side"] = violations(page)
    assert {name: each for name, each in found.items() if each} == {}


def violations(page: Page) -> list[str]:
    """What axe-core finds, as its rule and the elements."""
    violations = Axe().run(page).response["violations"]
    serious = (each for each in violations if each["impact"] in ("serious", "critical"))
    return [f"{each['id']}: {[node['html'][:120] for node in each['nodes']][:3]}" for each in serious]


@both_languages
def test_nothing_sticks_out_of_a_phone(open_page: Open, site: Site, code: str) -> None:
    page = open_page(f"/{code}/", viewport=PHONE)
    for address in PAGES.values():
        page.goto(f"{site.address}/{code}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_there_are_texts_on_white_and_no_controls(open_page: Open, scheme: str) -> None:
    page = open_page("/ar/compare?a=nabaa-0012&b=alsham-0009", color_scheme=scheme)
    page.emulate_media(media="print")
    assert violations(page) == []
    assert page.locator("html").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
    expect(page.locator("nav").first).to_be_hidden()
    expect(page.locator(".steps")).to_be_hidden()
    for pane in page.locator(".pane").all():
        assert pane.evaluate("e => e.scrollHeight <= e.clientHeight + 1")
    tint = page.locator("#side-a mark").first.evaluate("e => getComputedStyle(e).printColorAdjust")
    assert tint == "exact"


LONG_TEXTS = {
    "of lines with overrides": "\n".join(
        f"كلمة{number} وأخرى\u202e{number}\u202c في السطر" for number in range(12_000)
    ),
    "of letters without a space": "ك" * 300_000,
}


@pytest.mark.parametrize("text", LONG_TEXTS.values(), ids=LONG_TEXTS)
def test_a_very_long_text_does_not_freeze_the_page(open_page: Open, text: str) -> None:
    page = open_page("/en/")
    page.locator("#file").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": text.encode()})
    page.locator("form.check button").click()
    expect(page.get_by_text("more characters are not shown")).to_be_visible(timeout=30_000)
    assert 0 < page.locator(".text p").count() <= SHOWN_LINES
    seconds = page.evaluate("performance.timing.domContentLoadedEventEnd - performance.timing.responseEnd") / 1000
    assert seconds < 10  # 0.4 on 2 cores
