"""Pages for what cannot be answered, in the reader's language, and hostile content, which stays inert."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from naskh import Article, Index, Settings
from naskh.web.limits import Limits
from naskh.web.service import Service
from tests.html_page import HtmlPage, client_for, get, post, ready

DOUBLED = "alsahifa-0002"
both_languages = pytest.mark.parametrize("code", ["ar", "en"])


@pytest.fixture(scope="module")
def client(sample_index: Index) -> Iterator[TestClient]:
    service = ready(Service(sample_index))
    yield client_for(service)
    service.close()


# --- what cannot be answered ---------------------------------------------------------------------------------


@both_languages
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nowhere", 404),
        ("/article?id=nobody", 404),
        ("/compare?a=nabaa-0001&b=nobody", 404),
        ("/compare?a=nobody&b=nabaa-0001", 404),
        ("/article", 422),
        ("/compare?a=nabaa-0001", 422),
        ("/search?page=x", 422),
        ("/search?page=0", 422),
        ("/search?page=%D9%A1", 422),
        ("/search?page=201", 422),
        ("/families?from=2025-13-01", 422),
        ("/families?min=1000", 422),
        ("/matrix?to=x", 422),
    ],
)
def test_errors_are_pages_in_the_language_of_the_page(
    client: TestClient, code: str, address: str, status: int
) -> None:
    found = get(client, f"/{code}{address}", status)
    assert found.all("html") == [{"lang": code, "dir": "rtl" if code == "ar" else "ltr"}]
    assert found.all("body", class_="error-page")


@both_languages
@pytest.mark.parametrize(
    ("limits", "status"),
    [
        pytest.param(Limits(max_text=10), 413, id="too large"),
        pytest.param(Limits(max_text=10, answers=0), 503, id="too many at once"),
    ],
)
def test_requests_over_the_limits_get_a_page_that_says_so(
    sample_index: Index, code: str, limits: Limits, status: int
) -> None:
    client = client_for(Service(sample_index), limits=limits)
    answer = client.post(f"/{code}/check", data={"text": "ك" * 100_000})
    assert answer.status_code == status
    assert HtmlPage(answer.text).all("html") == [{"lang": code, "dir": "rtl" if code == "ar" else "ltr"}]
    assert ("retry-after" in answer.headers) == (status == 503)
    refused = client.post("/blocks", json={"text": "ك" * 100_000})
    assert refused.headers["content-type"] == "application/problem+json"  # programs get what they read


@both_languages
def test_what_is_asked_in_a_wrong_way_gets_a_page(client: TestClient, code: str) -> None:
    answer = client.post(f"/{code}/families")
    assert answer.status_code == 405
    assert HtmlPage(answer.text).all("body", class_="error-page")


def test_pages_are_secured_by_headers_and_kept_by_no_cache_that_others_share(client: TestClient) -> None:
    for address in ("/", "/ar/", "/en/nowhere", "/static/naskh.css"):
        answer = client.get(address)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; script")
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/ar/").headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("address", ["", "/check"])
def test_addresses_that_only_forms_lead_to_lead_to_the_form(client: TestClient, address: str) -> None:
    answer = client.get(f"/ar{address}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ar/")


@both_languages
@pytest.mark.parametrize("address", ["/families", "/family?id=nabaa-0012", "/matrix"])
def test_until_families_are_known_a_page_says_so_and_loads_itself_again(
    sample_index: Index, monkeypatch: pytest.MonkeyPatch, code: str, address: str
) -> None:
    service = Service(sample_index)
    monkeypatch.setattr(service.found_families, "refresh", lambda: None)
    client = client_for(service)
    answer = client.get(f"/{code}{address}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    found = HtmlPage(answer.text)
    assert found.all("meta", http_equiv="refresh") == [{"http-equiv": "refresh", "content": "2"}]
    assert f"/{code}{address}" in found.links
    article = client.get(f"/{code}/article?id=nabaa-0012")
    assert article.status_code == 200  # all but its family is there


def test_families_of_an_earlier_state_are_shown_as_such(tmp_path: Path, sample: list[Article]) -> None:
    index = Index(tmp_path / "index")
    index.add(sample)
    service = ready(Service(index))
    client = client_for(service)
    note = "The index has changed since"
    assert note not in get(client, "/en/families").text
    service.found_families.close()
    index.add([Article(id="new", text="خبر جديد")])
    assert note in get(client, "/en/families").text
    assert note in get(client, "/en/family?id=nabaa-0012").text


def test_an_index_without_texts_is_shown_as_far_as_it_goes(tmp_path: Path, sample: list[Article]) -> None:
    index = Index(tmp_path / "index", Settings(store_text=False))
    index.add(sample)
    service = ready(Service(index))
    client = client_for(service)
    assert "The index keeps no texts." in get(client, "/en/article?id=nabaa-0012").text
    assert get(client, "/en/compare?a=nabaa-0012&b=alsham-0009", 422).all("body", class_="error-page")
    found = post(client, "/en/check", text=sample[0].text)
    assert [button["value"] for button in found.all("button", name="b")]
    service.close()


@both_languages
def test_an_index_that_cannot_be_read_is_told_without_its_path(
    tmp_path: Path, sample: list[Article], code: str
) -> None:
    index = Index(tmp_path / "index")
    index.add(sample[:3])
    client = client_for(Service(index))
    shutil.rmtree(tmp_path / "index")
    for address in ("/search", "/article?id=nabaa-0001", "/"):
        answer = client.get(f"/{code}{address}")
        assert answer.status_code == (200 if address == "/" else 503)
        assert HtmlPage(answer.text).all("html", lang=code)
        assert str(tmp_path) not in answer.text


def test_a_fault_of_the_server_is_told_without_its_details(
    sample_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(sample_index)
    monkeypatch.setattr(service, "search", lambda **_: 1 / 0)
    found = get(client_for(service), "/ar/search", 500)
    assert found.all("body", class_="error-page")
    assert "division" not in found.text
    assert "Traceback" not in found.text


@both_languages
@pytest.mark.parametrize("address", ["/fr/", "/fr/search?title=a%22b", "/nowhere%0d%0a"])
def test_a_browser_that_asks_for_what_is_not_there_gets_a_page(client: TestClient, code: str, address: str) -> None:
    headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": code}
    answer = client.get(address, headers=headers)
    assert answer.status_code == 404
    assert HtmlPage(answer.text).all("html", lang=code)
    for path, accept in ((address, "*/*"), ("/article?id=nobody", "text/html")):  # programs get what they read
        answer = client.get(path, headers={**headers, "Accept": accept})
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


# --- hostile content -----------------------------------------------------------------------------------------

EVIL = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "\u202eneeskcab\u202c \u2066isolated",
    "\0\x1b[31m\x07\r\n\u2028",
    "{{ 7 * 7 }}{% include 'x' %}",
    "../../etc/passwd?a=b&c=d#e",
    "</textarea></title></bdi>",
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, sample: list[Article]) -> Iterator[TestClient]:
    """An index of which every field of every article is hostile: twins of one story, and repeats inside each."""
    story = next(article for article in sample if article.id == DOUBLED).text
    index = Index(tmp_path_factory.mktemp("hostile") / "index")
    index.add(
        Article(
            id=f"{evil}{number}",
            text=f"{story}\n{evil}\n{' '.join(EVIL)}",
            outlet=f"{evil}{number}",
            title=evil * 3,
            url=f"javascript:alert(1)//{evil}",
            date=f"2025-11-{number + 1:02}",
        )
        for number, evil in enumerate(EVIL)
    )
    service = ready(Service(index))
    yield client_for(service)
    service.close()


@both_languages
@pytest.mark.parametrize("page", ["article", "family", "compare", "families", "matrix", "search"])
def test_hostile_titles_ids_outlets_and_texts_are_inert(hostile: TestClient, code: str, page: str) -> None:
    ids = [f"{evil}{number}" for number, evil in enumerate(EVIL)]
    for first, second in pairwise(ids):
        asked = {"a": first, "b": second} if page == "compare" else {"id": first}
        answer = hostile.get(f"/{code}/{page}?{urlencode(asked)}")
        assert answer.status_code == 200
        found = HtmlPage(answer.text)
        assert_inert(found, answer.text)


def assert_inert(found: HtmlPage, markup: str) -> None:
    assert len(found.all("script")) == 1
    assert not found.all("img")
    for tag, attributes in found.elements:
        assert not any(name.startswith("on") for name in attributes), tag
    assert not any(link.lower().startswith("javascript") for link in found.links)
    # What is sent again, or to be copied, is the text as it was given: fields isolate what they hold.
    outside_values = re.sub(r'value="[^"]*"|<textarea.*?</textarea>', "", markup, flags=re.DOTALL)
    assert not re.search("[\0-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066\u2067\u2028]", outside_values)
    assert "49" not in found.text.replace("1749", "")


def test_a_hostile_text_that_is_pasted_is_inert(hostile: TestClient) -> None:
    for evil in EVIL:
        found = post(hostile, "/ar/check", text=f"{evil}\n" * 3, title=evil, outlet=evil, id=evil)
        assert len(found.all("script")) == 1
        assert not found.all("img")
        assert not any(name.startswith("on") for _, attributes in found.elements for name in attributes)


@pytest.mark.parametrize("char", ["ك\n", "\u202e\x01", "\0", "<b>", "كلمة "])
def test_a_very_long_text_is_cut_where_it_is_shown(sample_index: Index, char: str) -> None:
    client = client_for(Service(sample_index, max_text=300_000))
    found = post(client, "/en/check", text=char * (200_000 // len(char)))
    assert "more characters are not shown" in found.text
    assert len(found.elements) < 15_000
