"""Stored articles are found by outlet, date and title, as Arabic readers expect, newest first."""

from __future__ import annotations

from itertools import count

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naskh import Article, Index
from naskh.matching.search import DEEPEST
from naskh.matching.search_kernels import keep_rows_with
from naskh.text.bulk_folding import folded
from naskh.text.folding import FOLDING
from tests.arabic import any_unicode, arabic_words, hostile_pieces

titles = st.none() | st.lists(arabic_words | hostile_pieces | any_unicode, max_size=5).map(" ".join)


def article(id_: str, **fields: str | None) -> Article:
    return Article(id=id_, text="كلام لا يهم أحدا هنا", **fields)


def found(index: Index, **wanted: str) -> list[str]:
    return [head.id for head in index.search(**wanted).articles]  # type: ignore[arg-type]


# --- against plain references ----------------------------------------------------------------------------------


@given(st.lists(titles, max_size=12))
def test_many_strings_are_folded_as_each_alone(strings: list[str | None]) -> None:
    data, offsets = folded(pa.array(strings, pa.string()))
    for number, string in enumerate(strings):
        given_back = data[offsets[number] : offsets[number + 1]].tobytes().decode()
        assert given_back == (string or "").translate(FOLDING)


@given(
    st.lists(st.text("ابت م", max_size=9), max_size=12),
    st.text("ابت م", min_size=1, max_size=3),
    st.integers(0, 2**12 - 1),
)
def test_the_kernel_keeps_the_rows_in_which_the_word_stands(strings: list[str], word: str, kept: int) -> None:
    encoded = [string.encode() for string in strings]
    before = [bool(kept >> row & 1) for row in range(len(strings))]
    meets = np.array(before, np.bool_)
    offsets = np.append(0, np.cumsum([len(each) for each in encoded], dtype=np.int64)).astype(np.int64)
    keep_rows_with(
        np.frombuffer(b"".join(encoded), np.uint8), offsets, np.frombuffer(word.encode(), np.uint8), meets
    )
    assert meets.tolist() == [was and word in string for was, string in zip(before, strings, strict=True)]


days = st.sampled_from(
    ["2025-11-01", "2025-11-02", "2025-11-02T08:00:00+03:00", "2025-11-03T23:59:00", None, "قديم"]
)
outlets = st.sampled_from(["واس", "annil", None])
words = st.sampled_from(["القدس", "قدس", "مكه", "2030", "زيتون أخضر"])


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> tuple[Index, list[Article]]:
    """An index of three segments of which some articles are replaced or deleted, and what it holds."""
    random = np.random.default_rng(7)

    def choose(*of: str | None) -> str | None:
        return of[int(random.integers(len(of)))]

    index, held = Index(tmp_path_factory.mktemp("search") / "index"), {}
    numbers = count()
    for _ in range(3):
        batch = [
            article(
                f"a{next(numbers) if random.random() < 0.8 else int(random.integers(40)):03}",
                outlet=choose("واس", "annil", None),
                date=choose("2025-11-01", "2025-11-02", "2025-11-02T08:00:00+03:00", "2025-11-03T23:59:00", None),
                title=choose("زيتون القُدس ٢٠٣٠", "مكّة والقدس", "الزيتـون أخضر في مكة", None, "شيء آخر"),
            )
            for _ in range(60)
        ]
        index.add(batch)
        held |= {each.id: each for each in batch}
    gone = sorted(held)[::7]
    index.delete(gone)
    return index, [each for id_, each in held.items() if id_ not in gone]


@given(
    outlet=outlets | st.just("no such outlet"),
    date_from=st.none() | st.sampled_from(["2025-10-01", "2025-11-02", "2025-12-01"]),
    date_to=st.none() | st.sampled_from(["2025-10-01", "2025-11-02", "2025-12-01"]),
    title=st.none() | words,
    page=st.integers(1, 4),
    size=st.integers(1, 40),
)
def test_a_search_gives_what_a_plain_one_gives(
    crawl: tuple[Index, list[Article]],
    outlet: str | None,
    date_from: str | None,
    date_to: str | None,
    title: str | None,
    page: int,
    size: int,
) -> None:
    index, held = crawl
    wanted = [
        each
        for each in held
        if (outlet is None or each.outlet == outlet)
        and (date_from is None or (each.date or "")[:10] >= date_from)
        and (date_to is None or (each.date or "9")[:10] <= date_to)
        and all(word in (each.title or "").translate(FOLDING) for word in (title or "").translate(FOLDING).split())
    ]
    wanted.sort(key=lambda each: each.id)
    wanted.sort(key=lambda each: each.date or "", reverse=True)
    told = index.search(outlet=outlet, date_from=date_from, date_to=date_to, title=title, page=page, size=size)
    assert told.total == len(wanted)
    assert [head.id for head in told.articles] == [each.id for each in wanted[(page - 1) * size : page * size]]
    assert told.generation == index.snapshot.manifest.generation


# --- what readers expect ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "searched"),
    [
        ("إعلان الأسعار", "اعلان الاسعار"),
        ("اعلان الاسعار", "إعلان الأسعار"),
        ("مدينة جدة", "مدينه جده"),
        ("مستشفى", "مستشفي"),
        ("مُحَمَّد", "محمد"),
        ("الريـــاض", "الرياض"),
        ("رؤية ٢٠٣٠", "2030"),
        ("رؤية 2030", "۲۰۳۰"),
        ("کتاب فارسی", "كتاب فارسي"),
        ("«داعش» تتراجع", "داعش"),
        ("ﻻ سلام", "لا"),
        ("والقدس عاصمة", "القدس"),
        ("افتتاح الملتقى في الرياض", "الرياض افتتاح"),
        ("Reuters: Oil", "reuters"),
    ],
)
def test_a_title_is_found_in_any_spelling(index: Index, title: str, searched: str) -> None:
    index.add([article("a", title=title), article("b", title="شيء آخر تماما"), article("c")])
    assert found(index, title=searched) == ["a"]


def test_all_words_must_stand_in_the_title(index: Index) -> None:
    index.add([article("a", title="زيتون عجلون"), article("b", title="زيتون الأردن")])
    assert found(index, title="زيتون عجلون") == ["a"]
    assert found(index, title="زيتون مصر") == []


def test_a_word_does_not_go_over_the_end_of_a_title(index: Index) -> None:
    index.add([article("a", title="اب"), article("b", title="تث")])
    assert found(index, title="بت") == []


def test_a_title_without_words_is_no_condition(index: Index) -> None:
    index.add([article("a", title="زيتون"), article("b")])
    assert found(index, title=" ؟! ") == ["a", "b"]


def test_the_last_day_is_included_with_its_hours(index: Index) -> None:
    index.add([article("a", date="2025-11-02T23:59:00+03:00"), article("b", date="2025-11-03"), article("c")])
    assert found(index, date_to="2025-11-02") == ["a"]
    assert found(index, date_from="2025-11-03") == ["b"]


def test_articles_without_a_date_come_last(index: Index) -> None:
    index.add([article("a"), article("b", date="2001-01-01"), article("c", date="2025-11-03")])
    assert found(index) == ["c", "b", "a"]


def test_what_is_added_is_found_and_what_is_deleted_is_not(index: Index) -> None:
    index.add([article("a", title="زيتون")])
    assert found(index, title="زيتون") == ["a"]
    index.add([article("b", title="زيتون"), article("a", title="رمان")])
    assert found(index, title="زيتون") == ["b"]
    index.delete(["b"])
    assert found(index, title="زيتون") == []


def test_a_search_with_outlets_that_are_not_there_leaves_nothing_behind(index: Index) -> None:
    index.add([article("a", outlet="واس")])
    stored = index._opened.engine(0).stored
    for number in range(100):
        assert found(index, outlet=f"nobody-{number}") == []
    assert stored.outlet_codes == 1


@pytest.mark.parametrize("asked", [{"page": 0}, {"size": 0}, {"page": DEEPEST, "size": 2}, {"date_from": "أمس"}])
def test_a_search_that_cannot_be_is_refused(index: Index, asked: dict[str, int | str]) -> None:
    index.add([article("a")])
    with pytest.raises(ValueError, match=r"page and size|no ISO 8601 date"):
        index.search(**asked)  # type: ignore[arg-type]


def test_an_empty_index_is_searched(index: Index) -> None:
    index.add([])
    assert index.search(title="زيتون").total == 0


def test_heads_are_the_articles_without_their_texts(index: Index) -> None:
    given_articles = [article(id_, outlet="واس", date="2025-11-02", title="عنوان", url="u") for id_ in "abc"]
    index.add(given_articles)
    index.add([article("b", title="آخر")])
    heads = index.heads(["c", "x", "b", "c"])
    assert list(heads) == ["c", "b"]
    assert heads["c"] == Article(id="c", text="", outlet="واس", date="2025-11-02", title="عنوان", url="u")
    assert heads["b"].title == "آخر"
