"""naskh over a cluster gives what one machine gives: the same index, pairs and families."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from conftest import SAMPLE
from naskh import Article, Index
from naskh.article import Family
from naskh.cli import cli
from naskh.index.verify import verify

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from naskh.spark.build import BuildReport

pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java"),
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.xdist_group("spark"),
]


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """One session for all tests: starting it takes longer than most of them."""
    pytest.importorskip("pyspark", reason="the extra naskh[spark] is not installed")
    from naskh.spark import start_session

    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        # A dozen rows are not worth compiling for, nor planning anew.
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dlog4j2.level=ERROR",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = start_session("local[2]", settings)
        yield session
        session.stop()


#: Partitions of each shuffle: each is a task, and starts cost more than what these tests give them.
PARTITIONS = 2

STOCK = "تنويه من هيئة التحرير: تعبر المقالات عن آراء كتابها ولا تعبر بالضرورة عن رأي الصحيفة أو القائمين عليها"


def story(number: int, words: int = 60) -> list[str]:
    """Words that no other story has, but for a turn of phrase."""
    turn = ["وأكد", "المصدر", "أن", "العمل", "مستمر", "في", "هذا", "الشأن"]
    return [*(f"كلمة{number}ذ{place}" for place in range(words)), *turn]


def paragraphs(words: list[str], size: int = 15) -> str:
    return "\n".join(" ".join(words[start : start + size]) for start in range(0, len(words), size))


def crawl() -> list[Article]:
    """Stories with copies, near-copies, abridged and undated ones, and a stock paragraph in many articles."""
    articles = []
    for number in range(40):
        words = story(number)
        for copy in range(1 + number % 4):
            own = list(words)
            if copy == 1:
                own[7] = "أخرى"
            if copy == 2:
                own = own[:45]
            text = paragraphs(own, 15 if copy % 2 else 20) + (f"\n{STOCK}" if (number + copy) % 3 == 0 else "")
            if copy == 3:
                text = f"الرياض 26 شوال 1436 هـ واس\n{text}\n{paragraphs(story(number + 1))}"
            date = f"2026-03-{1 + (number + copy) % 28:02}" + ("T08:30:00+00:00" if copy == 1 else "")
            articles.append(
                Article(
                    id=f"{'abcd'[copy]}-{number:03}",
                    text=text,
                    outlet=None if number % 7 == 3 else f"outlet {copy}",
                    date=None if number % 5 == 2 else date,
                )
            )
    return articles


def stock_crawl(count: int = 160) -> list[Article]:
    """Short articles that are mostly a stock paragraph: half of them word by word, half in as many spellings."""
    words = STOCK.split()
    found = []
    for number in range(count):
        changed = [*words[: number % 17], f"كلمة{number}", *words[number % 17 :]] if number % 2 else words
        text = f"{paragraphs(story(100 + number, 24), 14)}\n{' '.join(changed)}"
        outlet, date = f"o{number % 3}", f"2026-01-{1 + number % 9:02}"
        found.append(Article(id=f"s{number:04}", text=text, outlet=outlet, date=date))
    return found


def table(frame: DataFrame) -> pa.Table:
    return frame.toArrow()


def written(articles: list[Article], path: Path) -> Path:
    path.write_bytes(msgspec.json.Encoder().encode_lines(articles))
    return path


def plain(found: object) -> object:
    return msgspec.json.decode(msgspec.json.encode(found))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """An index of both crawls in several segments, with replaced and deleted articles; only to be read."""
    index = Index(tmp_path_factory.mktemp("many") / "index")
    articles = crawl()
    for start in range(0, len(articles), 35):
        index.add(articles[start : start + 35])
    index.add(stock_crawl())
    index.add([msgspec.structs.replace(articles[3], text=articles[4].text)])
    index.delete([articles[5].id, articles[40].id])
    assert len(index.snapshot.manifest.segments) > 1
    return Index(index.path)


@pytest.fixture
def command(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs ``naskh spark`` in the session of all tests."""
    from naskh.spark import session

    monkeypatch.setattr(session, "start_session", lambda *_: spark)
    monkeypatch.setattr(type(spark), "stop", lambda _: None)
    return lambda *arguments: CliRunner().invoke(
        cli, ["spark", "--partitions", str(PARTITIONS), *map(str, arguments)]
    )


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets, and lists of who has a paragraph, are cut where they have some dozens of members, not hundreds."""
    pytest.importorskip("pyspark", reason="the extra naskh[spark] is not installed")
    from naskh.spark import buckets, expansion

    monkeypatch.setattr(buckets, "_BLOCK", 16)
    monkeypatch.setattr(expansion, "_LIST", 16)


def test_pairs_of_paragraphs_are_those_of_one_machine(
    command: Callable[..., Result], many: Index, tmp_path: Path
) -> None:
    output = tmp_path / "pairs.parquet"
    arguments = ["pairs", many.path, "-o", output, "--level", "paragraph"]
    done = command(*arguments)
    assert done.exit_code == 0, done.output
    found = pa.concat_tables([pq.read_table(path) for path in sorted(output.glob("*.parquet"))])
    expected = many.pairs("paragraph")
    assert len(expected) > 80 * 79 // 2
    assert found.cast(expected.schema).equals(expected)
    assert list(many.path.parent.glob(".naskh-spark-*")) == []
    assert command(*arguments).exit_code == 2  # what is there is not overwritten


def test_pairs_of_articles_and_families_are_those_of_one_machine(spark: SparkSession, many: Index) -> None:
    from naskh.spark import all_families, compare, named_pairs, working

    with working(spark, many.path, partitions=PARTITIONS) as work:
        compared = compare(work, 1.0, 0.25)
        at_half = table(named_pairs(work, compared))
        contained = table(named_pairs(work, compared, 0.5, 0.25))
        stories = table(all_families(work, compared)).to_pylist()
    for found, expected in ((at_half, many.pairs()), (contained, many.pairs(min_containment=0.25))):
        assert len(expected) > 20
        assert found.cast(expected.schema).equals(expected)
    assert {family["kind"] for family in stories} == {"syndication", "revisions"} or len(stories) > 20
    assert plain(msgspec.convert(stories, list[Family])) == plain(many.families())


@pytest.fixture(scope="module")
def built(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BuildReport]:
    """An index of the sample crawl that Spark made."""
    from naskh.spark import build_index

    path = tmp_path_factory.mktemp("built") / "index"
    return path, build_index(spark, path, [str(SAMPLE)])


def test_an_index_that_spark_made_is_sound_and_answers_as_one_of_this_machine(
    built: tuple[Path, BuildReport], sample: list[Article], sample_index: Index
) -> None:
    path, report = built
    index = Index(path)
    assert (report.counts.added, report.rejections, len(index)) == (len(sample), [], len(sample_index))
    assert verify(path).damage == []
    assert index.pairs("paragraph").equals(sample_index.pairs("paragraph"))
    assert index.families() == sample_index.families()
    asked = [(article, plain(result)) for article, result in sample_index.query_many(sample[:20])]
    assert [(article, plain(result)) for article, result in index.query_many(sample[:20])] == asked
    assert [index.get(article.id) for article in sample] == [sample_index.get(article.id) for article in sample]


def test_later_sources_replace_and_bad_lines_are_listed_as_by_the_local_reader(
    spark: SparkSession, built: tuple[Path, BuildReport], tmp_path: Path, sample: list[Article]
) -> None:
    from naskh.spark import build_index

    path = tmp_path / "index"
    shutil.copytree(built[0], path)
    changed = msgspec.structs.replace(sample[1], text=sample[1].text + "\nزيادة في آخر النص")
    first = written([sample[0], changed, sample[2]], tmp_path / "1.jsonl")
    with first.open("ab") as file:
        file.write(b'{broken\n{"id": "b", "text": " "}\n' + msgspec.json.encode(sample[0]) + b"\n")
    again = msgspec.structs.replace(changed, text="نص ثالث لهذا الخبر يختلف عن كل ما سبقه من النصوص")
    second = written(
        [again, Article(id="new", text="خبر جديد لم يسبق نشره في أي مكان آخر من قبل")], tmp_path / "2.jsonl"
    )

    report = build_index(spark, path, [str(first), str(second)])
    assert plain(report.counts) == {"added": 1, "replaced": 2, "unchanged": 2}
    assert [(one.line, one.id) for one in report.rejections] == [(4, None), (5, "b"), (None, sample[0].id)]
    assert len((path / "rejected.jsonl").read_bytes().splitlines()) == 3

    local = Index(tmp_path / "local")
    local.add(sample)
    local.add([again, Article(id="new", text="خبر جديد لم يسبق نشره في أي مكان آخر من قبل")])
    index = Index(path)
    assert verify(path).damage == []
    assert len(index) == len(local)
    assert index.get(again.id).text == again.text
    assert index.pairs(min_containment=0.25).equals(local.pairs(min_containment=0.25))


def test_parquet_is_read_under_other_names(command: Callable[..., Result], tmp_path: Path) -> None:
    articles = crawl()[:40]
    columns = {name: [getattr(article, name) for article in articles] for name in ("id", "text", "outlet", "date")}
    columns["content"] = columns.pop("text")
    source, path = tmp_path / "crawl.parquet", tmp_path / "index"
    pq.write_table(pa.table(columns), source)
    done = command("index", path, source, "--map", "text=content", "--no-text")
    assert (done.exit_code, "40 added" in done.stderr) == (0, True), done.output
    index = Index(path)
    assert index.query(articles[3]).matches[0].containment > 0.5
    assert {index.get(article.id).date for article in articles} == {article.date for article in articles}
    refused = command("index", path, source, SAMPLE)
    assert (refused.exit_code, str(refused.exception)[:22]) == (1, "JSON lines and Parquet")


def test_what_is_wrong_with_an_index_is_said_by_its_own_error(
    spark: SparkSession, built: tuple[Path, BuildReport], tmp_path: Path
) -> None:
    from naskh.errors import IndexCorrupt, IndexMissing
    from naskh.spark import paragraph_pairs, working

    with pytest.raises(IndexMissing), working(spark, tmp_path / "nothing") as work:
        pass
    path = tmp_path / "index"
    shutil.copytree(built[0], path)
    shingles = next(path.glob("*.shingles.arrow"))
    content = bytearray(shingles.read_bytes())
    content[len(content) // 2] ^= 1
    shingles.write_bytes(content)
    with pytest.raises(IndexCorrupt, match="checksum does not match"), working(spark, path) as work:
        paragraph_pairs(work)


def test_without_the_extra_there_is_one_line_that_says_what_to_install(tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['pyspark'] = None; from naskh.cli import main; main()"
    command = [sys.executable, "-c", hidden, "spark", "pairs", "x.naskh", "-o", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip() == "naskh: pyspark is not installed:  pip install 'naskh[spark]'"


def test_without_java_there_is_one_line_that_says_so(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="the extra naskh[spark] is not installed")
    code = "from naskh.cli import main; main()"
    command = [sys.executable, "-c", code, "spark", "pairs", "x.naskh", "-o", str(tmp_path / "out")]
    environment = {"PATH": str(tmp_path), "PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2
    assert "Java 17" in done.stderr
    assert "Traceback" not in done.stderr
