"""Articles are added and deleted by who has the token; what was answered is durable and in the next answer."""

from __future__ import annotations

import json
import logging
import tracemalloc
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient

from naskh import Article, Index
from naskh.index.lock import writer_lock
from naskh.web import uploads
from naskh.web.service import Service
from naskh.web.uploads import read_upload
from naskh.web.writing import Writers
from tests.test_web_api import problem_of
from tests.web import BEARER, TOKEN, client_of, until_families

NDJSON = "application/x-ndjson"
TEXT = (
    "أعلنت الوزارة اليوم أن المشروع الجديد سيبدأ في مطلع العام القادم بتكلفة تبلغ مئة مليون ريال، وأن العمل فيه "
    "سيستمر ثلاث سنوات على الأقل في جميع مناطق المملكة، بحسب ما ذكره المتحدث الرسمي في مؤتمر صحفي عقد أمس في جدة."
)
ARTICLE = {"id": "n1", "text": "نص جديد لم يكن هنا", "outlet": "واس", "date": "2025-11-28", "title": "عنوان"}


@pytest.fixture
def client(index: Index) -> Iterator[TestClient]:
    index.add([Article(id="a", text=TEXT, outlet="واس")])
    with client_of(index, token=TOKEN) as client:
        yield client


def post(client: TestClient, body: Any, media_type: str = "application/json", **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return client.post("/articles", content=content, headers={**BEARER, "Content-Type": media_type, **headers})


def ids(index: Index) -> set[str]:
    return {head.id for head in Index(index.path).search().articles}


# --- who may write ---------------------------------------------------------------------------------------------

WRITES = [("POST", "/articles"), ("DELETE", "/articles?id=a")]


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": TOKEN},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Bearer {TOKEN.upper()}"},
        {"Authorization": "Bearer ÿþ"},
        {"Cookie": f"token={TOKEN}"},
    ],
)
def test_nothing_is_written_without_the_token(
    client: TestClient, index: Index, method: str, path: str, headers: dict[str, str]
) -> None:
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = client.request(method, path, headers={"Content-Type": "application/json", **encoded}, content=b"{}")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    problem_of(answer)
    assert (ids(index), index.snapshot.manifest.generation) == ({"a"}, 1)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_server_without_a_token_takes_nothing_and_says_how_it_would(index: Index, method: str, path: str) -> None:
    index.add([Article(id="a", text="نص")])
    with client_of(index) as client:
        answer = client.request(method, path, headers={"Authorization": "Bearer None"})
    assert answer.status_code == 403
    assert "--token-file" in problem_of(answer).detail
    assert ids(index) == {"a"}


def test_the_token_is_in_no_log_and_no_answer(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [post(client, ARTICLE), post(client, b"{"), post(client, ARTICLE, "text/plain")]
    wrong = client.delete(
        "/articles", params={"id": "n1"}, headers={"Authorization": "Bearer this-is-a-secret-too"}
    )
    answers += [wrong, client.get("/metrics"), client.get(f"/{TOKEN[:5]}")]
    assert [answer.status_code for answer in answers] == [200, 422, 415, 401, 200, 404]
    assert "POST /articles 200" in caplog.text
    for told in (caplog.text, *(answer.text + str(answer.headers) for answer in answers)):
        assert TOKEN not in told
        assert "this-is-a-secret-too" not in told


# --- adding ----------------------------------------------------------------------------------------------------


def test_an_article_is_in_the_next_answer(client: TestClient, index: Index) -> None:
    answer = post(client, ARTICLE)
    assert answer.json() == {
        "added": 1, "replaced": 0, "unchanged": 0, "rejected": 0, "rejections": [], "unreadable_dates": 0,
        "generation": 2,
    }  # fmt: skip
    assert client.get("/article", params={"id": "n1"}).json() == {**ARTICLE, "url": None}
    assert client.get("/search", params={"title": "عنوان"}).json()["total"] == 1
    assert [m["id"] for m in client.post("/query", json={"text": ARTICLE["text"]}).json()["matches"]] == ["n1"]
    assert client.get("/stats").json()["articles"] == client.get("/health").json()["articles"] == 2
    assert ids(index) == {"a", "n1"}


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b'[{"id": "x",\n "text": "a"}, {"id": 7, "text": "b", "more": 1}]', "application/json"),
        (b'{"id": "x", "text": "a"}\n\n{"id": 7, "text": "b"}', NDJSON),
        (b'{"id": "x", "text": "a"}\r\n{"id": "7", "text": "b"}\r\n', "application/jsonl; charset=utf-8"),
    ],
)
def test_many_articles_are_taken_at_once(client: TestClient, index: Index, body: bytes, media_type: str) -> None:
    assert post(client, body, media_type).json()["added"] == 2
    assert ids(index) == {"a", "x", "7"}


def test_the_same_id_again_replaces_and_the_same_article_changes_nothing(client: TestClient) -> None:
    post(client, ARTICLE)
    again = post(client, ARTICLE).json()
    assert (again["added"], again["unchanged"], again["generation"]) == (0, 1, 2)
    changed = post(client, {**ARTICLE, "text": "نص آخر"}).json()
    assert changed["replaced"] == 1
    assert changed["generation"] > again["generation"]
    assert client.get("/article", params={"id": "n1"}).json()["text"] == "نص آخر"


@pytest.mark.parametrize("media_type", ["application/json", NDJSON])
def test_bad_articles_are_listed_and_the_others_taken(client: TestClient, index: Index, media_type: str) -> None:
    given: list[Any] = [
        {"id": "x", "text": "نص", "date": "never"},
        {"id": "no text"},
        5,
        {"id": "y", "text": "x" * 20_001},
        {"id": "x", "text": "مرة أخرى"},
        {"id": "z", "text": "نص"},
    ]
    body = json.dumps(given) if media_type != NDJSON else "\n".join(map(json.dumps, given))
    told = post(client, body.encode(), media_type).json()
    assert (told["added"], told["rejected"], told["unreadable_dates"]) == (2, 4, 1)
    assert [(each["item"], each["id"]) for each in told["rejections"]] == [
        (2, "no text"),
        (3, None),
        (4, "y"),
        (5, "x"),
    ]
    assert "20,001 characters" in told["rejections"][2]["reason"]
    assert ids(index) == {"a", "x", "z"}


def test_a_body_of_which_nothing_can_be_taken_is_a_problem(client: TestClient, index: Index) -> None:
    answer = post(client, {"id": "x", "text": " "})
    assert answer.status_code == 422
    told = problem_of(answer)
    assert told.detail == "no article was taken: field 'text' is only white space"
    assert [(each.item, each.id) for each in told.rejections] == [(1, "x")]
    assert index.snapshot.manifest.generation == 1


@pytest.mark.parametrize("media_type", ["application/json", NDJSON])
def test_a_body_in_which_too_much_is_bad_is_refused_as_a_whole(
    client: TestClient, index: Index, monkeypatch: pytest.MonkeyPatch, media_type: str
) -> None:
    monkeypatch.setattr(uploads, "MOST_REJECTED", 200)

    def post_with_bad(count: int) -> Any:
        given = [json.dumps(ARTICLE), *["0"] * count]
        body = "\n".join(given) if media_type == NDJSON else f"[{','.join(given)}]"
        return post(client, body.encode(), media_type)

    answer = post_with_bad(201)
    assert answer.status_code == 422
    told = problem_of(answer)
    assert "more than 200 were rejected, the first for this: " in told.detail
    assert [each.item for each in told.rejections] == list(range(2, 102))
    assert ids(index) == {"a"}
    report = post_with_bad(200).json()
    assert (report["added"], report["rejected"], len(report["rejections"])) == (1, 200, 100)


@pytest.mark.parametrize(
    ("raw", "media_type"),
    [(b"0\n" * (1 << 20), NDJSON), (b"[" + b"0," * (1 << 20) + b"0]", "application/json")],
    ids=["lines", "array"],
)
def test_a_bad_body_takes_little_memory(raw: bytes, media_type: str) -> None:
    tracemalloc.start()
    try:
        upload = read_upload(raw, media_type, max_text=1000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert upload.rejected == uploads.MOST_REJECTED + 1
    assert peak < 4 * len(raw)


@pytest.mark.parametrize(
    "raw",
    [b"[]", b" [ ] ", b"[ {} , 1.5e3,\n12345678901234567890 ,null\t]\n", b'["]", "[,"]', b"[" + b"1" * 5000 + b"]"],
    ids=["none", "blanks", "many", "brackets", "a long number"],
)
def test_the_values_of_an_array_are_told_apart(raw: bytes) -> None:
    upload = read_upload(raw, "application/json", max_text=1000)
    assert upload.rejected == len(msgspec.json.decode(raw, type=list[msgspec.Raw]))


def test_no_articles_change_nothing(client: TestClient) -> None:
    assert post(client, []).json()["generation"] == 1


@pytest.mark.parametrize(("body", "status"), [(b"", 422), (b"[", 422), (b"[{]", 422), (b"[" * 99_999, 422)])
def test_a_body_that_is_no_json_is_a_problem(client: TestClient, body: bytes, status: int) -> None:
    answer = post(client, body)
    assert answer.status_code == status
    problem_of(answer)


def test_another_media_type_is_a_problem(client: TestClient) -> None:
    answer = post(client, ARTICLE, "text/plain")
    assert answer.status_code == 415
    assert NDJSON in problem_of(answer).detail


# --- deleting --------------------------------------------------------------------------------------------------


def test_what_is_deleted_is_in_no_answer(client: TestClient, index: Index) -> None:
    post(client, ARTICLE)
    answer = client.delete("/articles", params={"id": ["n1", "nobody", "n1"]}, headers=BEARER)
    told = answer.json()
    assert (told["deleted"], told["unknown"]) == (1, ["nobody"])
    assert told["generation"] == client.get("/health").json()["generation"] > 2
    assert client.get("/article", params={"id": "n1"}).status_code == 404
    assert ids(index) == {"a"}


def test_deleting_what_is_not_there_is_a_problem(client: TestClient, index: Index) -> None:
    answer = client.delete("/articles", params={"id": "nobody"}, headers=BEARER)
    assert answer.status_code == 404
    problem_of(answer)
    assert client.delete("/articles", headers=BEARER).status_code == 422
    assert index.snapshot.manifest.generation == 1


# --- beside others ---------------------------------------------------------------------------------------------


def test_a_writer_in_another_process_is_waited_for_by_the_client(client: TestClient, index: Index) -> None:
    with writer_lock(index.path):
        answer = post(client, ARTICLE)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "another process" in problem_of(answer).detail
    assert post(client, ARTICLE).status_code == 200


def test_many_may_write_at_once(client: TestClient, index: Index) -> None:
    answers: list[Any] = []
    threads = [
        Thread(target=lambda n=n: answers.append(post(client, {"id": f"t{n}", "text": f"نص رقم {n}"})))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 8
    assert ids(index) == {"a", *(f"t{n}" for n in range(8))}


@pytest.mark.parametrize(
    ("writers", "said"),
    [(Writers(seconds=0.05), "still writing"), (Writers(most=1), "1 requests write or wait")],
    ids=["too long", "too many"],
)
def test_a_request_that_would_wait_too_long_or_with_too_many_is_told_so(
    client: TestClient, index: Index, monkeypatch: pytest.MonkeyPatch, writers: Writers, said: str
) -> None:
    state = client.app.state  # type: ignore[attr-defined]
    begun, go = Event(), Event()

    def add(articles: list[Article]) -> Any:
        begun.set()
        go.wait(30)
        return Service.add(state.service, articles)

    monkeypatch.setattr(state.service, "add", add)
    state.writers = writers
    first = Thread(target=post, args=(client, ARTICLE))
    first.start()
    begun.wait(30)
    answers = [post(client, {**ARTICLE, "id": "n2"}), client.delete("/articles?id=a", headers=BEARER)]
    go.set()
    first.join()
    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert said in problem_of(answer).detail
    assert ids(index) == {"a", "n1"}
    assert post(client, {**ARTICLE, "id": "n3"}).status_code == 200


def test_what_another_process_adds_is_in_the_next_answer(client: TestClient, index: Index) -> None:
    assert client.get("/article", params={"id": "b"}).status_code == 404
    Index(index.path).add([Article(id="b", text=TEXT, title="عنوان", outlet="الجزيرة")])
    assert client.get("/article", params={"id": "b"}).status_code == 200
    assert [each["id"] for each in client.get("/query", params={"id": "a"}).json()["matches"]] == ["b"]
    assert client.get("/search", params={"title": "عنوان"}).json()["total"] == 1
    assert client.get("/stats").json()["generation"] == 2
    until_families(client, generation=2)
    assert client.get("/family", params={"id": "b"}).json()["articles"]
