"""The pages over HTTP: what they show is what the service answers, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest
from fastapi.testclient import TestClient

from naskh import Article, Index, engine
from naskh.article import Bridge
from naskh.matching import query
from naskh.web import content
from naskh.web.service import Service
from tests.html_page import assert_marks_are, client_for, get, post, ready

DOUBLED = "alsahifa-0002"
both_languages = pytest.mark.parametrize("code", ["ar", "en"])
#: Every page that is there for whoever follows links, by a name for the test's id.
ADDRESSES = {
    "form": "/",
    "article": "/article?id=nabaa-0004",
    "doubled article": f"/article?id={DOUBLED}",
    "compare": "/compare?a=nabaa-0012&b=alsham-0009",
    "compare, nothing shared": "/compare?a=nabaa-0001&b=alsham-0001",
    "families": "/families",
    "family": "/family?id=nabaa-0012",
    "revisions": "/family?id=alsahifa-0006",
    "matrix": "/matrix",
    "search": "/search",
}
every_page = pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)


@pytest.fixture(scope="module")
def service(sample_index: Index) -> Iterator[Service]:
    service = ready(Service(sample_index))
    yield service
    service.close()


@pytest.fixture(scope="module")
def client(service: Service) -> TestClient:
    return client_for(service)


# --- every page ----------------------------------------------------------------------------------------------


@both_languages
@every_page
def test_a_page_is_in_its_language_and_direction_and_leads_to_itself_in_the_other(
    client: TestClient, code: str, address: str
) -> None:
    found = get(client, f"/{code}{address}")
    assert found.all("html") == [{"lang": code, "dir": "rtl" if code == "ar" else "ltr"}]
    other = "en" if code == "ar" else "ar"
    assert f"/{other}{address}" in found.links
    assert len(found.all("h1")) == 1
    assert found.all("a", class_="skip") == [{"class": "skip", "href": "#main"}]
    assert found.all("main", id="main")


@both_languages
@every_page
def test_a_page_holds_no_script_and_no_style_of_its_own(client: TestClient, code: str, address: str) -> None:
    found = get(client, f"/{code}{address}")
    assert not found.all("style")
    assert [attributes["src"][:18] for attributes in found.all("script")] == ["/static/naskh.js?v"]
    for tag, attributes in found.elements:
        assert "style" not in attributes, tag
        assert not any(name.startswith("on") for name in attributes), tag


@every_page
def test_links_of_a_page_lead_to_pages_or_places_that_there_are(client: TestClient, address: str) -> None:
    found = get(client, f"/en{address}")
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for target in sorted(set(found.links)):
        if target.startswith("#"):
            assert target[1:] in ids
        elif target.startswith("/"):
            assert client.get(target).status_code == 200
        else:
            assert target.startswith("https://")


@both_languages
@every_page
def test_labels_of_fields_and_headings_name_what_is_there(client: TestClient, code: str, address: str) -> None:
    found = get(client, f"/{code}{address}")
    ids = {attributes.get("id") for _, attributes in found.elements}
    for _, attributes in found.elements:
        for name in ("for", "aria-labelledby", "aria-describedby", "form"):
            assert attributes.get(name) is None or attributes[name] in ids


@pytest.mark.parametrize(("asked", "code"), [("ar,en;q=0.5", "ar"), ("en-US", "en"), ("fr", "ar")])
def test_the_root_leads_to_the_language_that_is_asked_for(client: TestClient, asked: str, code: str) -> None:
    answer = client.get("/", headers={"accept-language": asked})
    assert (answer.status_code, answer.headers["location"]) == (307, f"/{code}/")
    assert answer.headers["vary"] == "Accept-Language"


def test_assets_come_with_the_package_and_are_kept_by_their_content(client: TestClient) -> None:
    found = get(client, "/en/")
    addresses = [found.all("script")[0]["src"], *(link["href"] for link in found.all("link"))]
    for address in addresses:
        answer = client.get(address or "")
        assert answer.status_code == 200
        assert answer.content
        assert "immutable" in answer.headers["cache-control"]
    for other in ("/static/naskh.css", "/static/naskh.css?v=1", f"{addresses[-1]}0"):  # it may come to hold other
        assert client.get(other).headers["cache-control"] == "no-cache"
    assert client.get("/static/pages.py").status_code == 404
    assert client.get("/static/..%2fpages.py").status_code == 404


# --- side by side --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [("nabaa-0012", "alsham-0009"), ("nabaa-0004", "annil-0003"), ("alraqamia-0009", "nabaa-0007")],
)
@pytest.mark.parametrize("stored", [True, False], ids=["stored", "pasted"])
def test_what_is_highlighted_side_by_side_is_just_the_passages(
    client: TestClient, service: Service, first: str, second: str, stored: bool
) -> None:
    one, other = service.article(first), service.article(second)
    if stored:
        found = get(client, f"/en/compare?a={first}&b={second}")
        match = service.compare(first, second).match
    else:
        found = post(client, "/en/compare", text=one.text, b=second)
        match = service.compare(Article(id="", text=one.text), second).match
    assert match
    assert match.passages
    for number, passage in enumerate(match.passages, 1):
        assert_marks_are(found, number, one.text, [passage.query.chars], "side-a")
        assert_marks_are(found, number, other.text, [passage.match.chars], "side-b")
    assert {number for mark in found.marked for number in mark.numbers} == set(range(1, len(match.passages) + 1))


def test_the_words_that_differ_are_marked_inside_the_passages(client: TestClient) -> None:
    found = get(client, "/en/compare?a=nabaa-0012&b=alsham-0009")
    changed = [(mark.side, mark.text) for mark in found.marked if mark.changed]
    assert changed == [
        ("side-a", "اليوم"), ("side-a", "إضافة إلى"), ("side-b", "أمس"), ("side-b", "فضلاً عن"),
    ]  # fmt: skip


def test_text_that_stands_in_two_passages_is_marked_as_of_both(tmp_path: Path, sample: list[Article]) -> None:
    text = next(article for article in sample if article.id == "nabaa-0012").text
    index = Index(tmp_path / "index")
    index.add([Article(id="once", text=text), Article(id="twice", text=f"{text}\nفاصل قصير بينهما\n{text}")])
    service = Service(index)
    match = service.compare("twice", "once").match
    assert match
    assert len(match.passages) == 2
    found = get(client_for(service), "/en/compare?a=twice&b=once")
    for number, passage in enumerate(match.passages, 1):
        assert_marks_are(found, number, text, [passage.match.chars], "side-b")
    assert {mark.numbers for mark in found.marked if mark.side == "side-b"} == {(1, 2)}


def test_both_texts_side_by_side_are_of_the_state_that_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index(tmp_path / "index")
    old, new = (
        "أعلنت الوزارة افتتاح الطريق الساحلي الجديد أمام المركبات",
        "نص آخر لا يشترك مع ما قبله في أي كلمة منه",
    )
    index.add([Article(id="a", text=old), Article(id="b", text=old)])
    monkeypatch.setattr(
        engine, "compare", lambda *of: (index.add([Article(id="b", text=new)]), query.compare(*of))[1]
    )
    found = get(client_for(Service(index)), "/en/compare?a=a&b=b")
    assert {mark.text for mark in found.marked} == {old}


def test_what_is_longer_than_is_compared_is_still_shown(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    index.add([Article(id="long", text="كلمة أخرى " * 50), Article(id="b", text="كلمة أخرى")])
    client = client_for(Service(index, max_text=100))
    assert "longer than this server compares" in get(client, "/en/article?id=long").text
    get(client, "/en/compare?a=b&b=long", 413)
    assert client.get("/query?id=long").status_code == 422


@both_languages
def test_articles_that_share_nothing_are_still_shown(client: TestClient, code: str) -> None:
    found = get(client, f"/{code}/compare?a=nabaa-0001&b=alsham-0001")
    assert not found.marked
    assert len(found.all("div", class_="text")) == 2


def test_a_pasted_text_can_be_looked_at_in_the_other_language(client: TestClient, service: Service) -> None:
    found = post(client, "/en/compare", text=service.article("nabaa-0004").text, b="annil-0003")
    (switch,) = found.all("button", class_="switch")
    assert (switch["form"], switch["formaction"], switch["value"]) == ("article", "/ar/compare", "annil-0003")


# --- families, matrix, search --------------------------------------------------------------------------------


def test_a_family_page_lists_its_articles_with_roles_and_links_to_the_representative(
    client: TestClient, service: Service
) -> None:
    family = service.family_of("alsham-0009")
    assert family
    found = get(client, "/en/family?id=alsham-0009")
    for article in family.articles:
        if article.id != family.representative:
            assert f"/en/compare?{urlencode({'a': family.representative, 'b': article.id})}" in found.links
    assert [dot["class"] for dot in found.all("circle")][: len(family.articles)] == [
        f"is-{article.role}" for article in family.articles
    ]
    assert len(found.all("li")) >= len(family.articles)


def test_the_timeline_runs_from_right_to_left_in_arabic(client: TestClient) -> None:
    def places(code: str) -> list[float]:
        dots = get(client, f"/{code}/family?id=nabaa-0012").all("circle")[:4]  # the others are the legend's
        return [float((dot["cx"] or "").rstrip("%")) for dot in dots]

    assert places("en") == sorted(places("en"))
    assert places("ar") == sorted(places("ar"), reverse=True)


def test_a_family_page_names_what_an_article_revises_and_what_other_families_are_like(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "/en/compare?a=alsahifa-0005&b=alsahifa-0006" in get(client, "/en/family?id=alsahifa-0006").links
    family = service.family_of("nabaa-0012")
    assert family
    bridge = Bridge(family=2, article="annil-0010", other="nabaa-0002", relation="partial")
    linked = msgspec.structs.replace(family, bridges=(bridge,))
    monkeypatch.setattr(service, "family_of", lambda _: linked)
    found = get(client, "/en/family?id=nabaa-0012")
    assert "/en/compare?a=annil-0010&b=nabaa-0002" in found.links
    assert "/en/family?id=nabaa-0002" in found.links
    assert found.all("strong", class_="relation is-partial")


def test_long_lists_are_cut_and_the_rest_is_counted(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MOST_MATCHES", 1)
    monkeypatch.setattr(content, "MOST_MEMBERS", 3)
    monkeypatch.setattr(content, "MOST_PLACES", 2)
    article = get(client, "/en/article?id=nabaa-0004")
    assert "and 2 more" in article.text
    assert len(article.all("li", class_="match")) == 1
    assert "1 more article is not shown." in get(client, "/en/family?id=nabaa-0012").text
    thrice = get(client, "/en/article?id=annil-0011")
    assert "Paragraphs 2 = 4 and 1 more" in " ".join(thrice.text.split())
    assert len(thrice.spans(1)) == 3  # all of them are marked


def test_an_article_of_no_family_has_a_page_of_its_own(client: TestClient) -> None:
    answer = client.get("/ar/family?id=alsham-0001")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ar/article?id=alsham-0001")


@pytest.mark.parametrize(
    ("conditions", "representatives"),
    [
        ("outlet=alraqamia", ["nabaa-0007"]),
        ("outlet=nabaa&with=alsham", ["nabaa-0012", "alsham-0002", "nabaa-0006"]),
        ("with=alraqamia", ["nabaa-0007"]),
        ("min=4", ["nabaa-0012"]),
        ("from=2025-11-17", ["nabaa-0012"]),
        ("outlet=nabaa&with=alraqamia&to=2025-11-01", []),
        ("outlet=nobody", []),
    ],
)
def test_families_are_filtered_by_outlets_dates_and_their_number(
    client: TestClient, conditions: str, representatives: list[str]
) -> None:
    found = get(client, f"/en/families?{conditions}")
    listed = [link.rpartition("=")[2] for link in found.links if link.startswith("/en/family?")]
    assert listed == representatives


def test_a_cell_of_the_matrix_leads_to_as_many_families_as_it_says(client: TestClient, service: Service) -> None:
    for dates in ("", "from=2025-11-05&to=2025-11-12"):
        found = get(client, f"/en/matrix?{dates}")
        matrix = service.matrix(date_from=dates[5:15] or None, date_to=dates[19:] or None)
        cells = [link for link in found.links if link.startswith("/en/families?outlet=")]
        places = range(len(matrix.outlets))
        shared = [matrix.shared[row][column] for row in places for column in places if row != column]
        assert len(cells) == sum(count > 0 for count in shared)
        for link, count in zip(cells, [count for count in shared if count], strict=True):
            listed = get(client, link).links
            assert sum(target.startswith("/en/family?") for target in listed) == count


def test_search_finds_by_outlet_date_and_title_and_goes_on_by_pages(client: TestClient) -> None:
    def found(conditions: str) -> list[str]:
        links = get(client, f"/en/search?{conditions}").links
        return [link.rpartition("=")[2] for link in links if link.startswith("/en/article?")]

    assert len(found("")) == 50
    assert len(found("page=2")) == 14
    assert found("title=الزيتون&outlet=annil") == ["annil-0003"]
    assert found("from=2025-11-19&to=2025-11-19") == ["nabaa-0013", "alraqamia-0010"]
    assert found("title=%3Cscript%3E") == []
    assert "/en/search?page=2" in get(client, "/en/search").links
