"""A Spark session, and what the stages of one run share."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from naskh import errors
from naskh.errors import SparkMissing
from naskh.spark.stored import check_segments, state_of, without_pandas_warning

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: Articles for each partition of a shuffle, at most; and partitions for each core, at least: pairs are not spread
#: evenly over articles, and the last task should not be waited for.
_ARTICLES = 1 << 16
_PARTITIONS = 4

#: How many partitions a shuffle has.
SHUFFLE = "spark.sql.shuffle.partitions"
#: The last line of a trace of one of naskh's own errors.
_OWN_ERROR = re.compile(r"^naskh\.errors\.(\w+): (.*)$", re.MULTILINE)

#: Told which step begins.
Progress = Callable[[str], None]


def start_session(master: str | None = None, settings: Mapping[str, str] | None = None) -> SparkSession:
    """The running Spark session, or a quiet new one.

    Args:
        master: where; what spark-submit was told, or else ``local[*]``, where there is none.
        settings: Spark's own, by name.

    Raises:
        SparkMissing: pyspark or Java is not there.

    """
    try:
        with without_pandas_warning():
            from pyspark.errors import PySparkRuntimeError
            from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        raise SparkMissing(
            f"{(error.name or 'pyspark').partition('.')[0]} is not installed:  pip install 'naskh[spark]'"
        ) from None
    builder = SparkSession.builder.appName("naskh")
    if master is not None:
        builder = builder.master(master)
    quiet = (Path(__file__).parent / "log4j2.properties").as_uri()
    defaults = {
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={quiet}",
        "spark.log.level": "ERROR",
        "spark.sql.session.timeZone": "UTC",
    }
    for name, value in (defaults | dict(settings or {})).items():
        builder = builder.config(name, value)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # tasks need what this process has
    if shutil.which("java") is None and not _java_home():
        raise SparkMissing("Spark needs Java 17 or newer, which is not there: install it, or set JAVA_HOME")
    try:
        with without_pandas_warning():
            return builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise SparkMissing(f"Spark does not start ({error}): it needs Java 17 or newer; see JAVA_HOME") from None


def _java_home() -> bool:
    return (Path(os.environ.get("JAVA_HOME", "/nowhere")) / "bin" / "java").exists()


def partitions_for(spark: SparkSession, articles: int) -> int:
    """How many partitions a shuffle should have."""
    cores: int = spark.sparkContext.defaultParallelism
    return max(_PARTITIONS * cores, -(-articles // _ARTICLES))


@contextmanager
def configured(spark: SparkSession, name: str, value: int) -> Iterator[None]:
    """A setting of Spark SQL is this in here."""
    before = spark.conf.get(name, None)
    spark.conf.set(name, str(value))
    try:
        yield
    finally:
        if before is None:
            spark.conf.unset(name)
        else:
            spark.conf.set(name, before)


class Work:
    """What the stages of one run share.

    Attributes:
        spark: the session.
        state: the committed state of the index.
        manifest: likewise.
        folder: on the shared file system, for what one stage leaves to the next.
        cores: tasks that run side by side.
        partitions: of a shuffle.

    """

    def __init__(
        self,
        spark: SparkSession,
        index: Path,
        folder: Path,
        *,
        partitions: int | None = None,
        progress: Progress = lambda _: None,
    ) -> None:
        self.spark = spark
        self.state, self.manifest = state_of(index)
        self.folder = folder
        self._progress = progress
        self.cores = max(1, spark.sparkContext.defaultParallelism)
        articles = sum(entry.articles for entry in self.manifest.segments)
        self.partitions = partitions or partitions_for(spark, articles)

    def step(self, name: str) -> None:
        """Say which step begins: to the user, and in what Spark shows of its jobs."""
        self.spark.sparkContext.setJobDescription(name)
        self._progress(name)

    def kept(self, frame: DataFrame, name: str) -> DataFrame:
        """The rows, computed now, once, and kept as Parquet until the end of the run."""
        self.step(name)
        path = (self.folder / name).as_uri()
        frame.write.parquet(path)
        return self.spark.read.parquet(path)

    def written(self, frame: DataFrame, output: Path) -> int:
        """Write the rows as a folder of Parquet files, in order; returns how many there are."""
        self.step("writing")
        path = output.resolve().as_uri()
        frame.write.option("compression", "zstd").parquet(path)
        rows: int = self.spark.read.parquet(path).count()
        return rows

    def table(self, rows: list[Any], schema: str) -> DataFrame:
        """A small table that the driver has."""
        return self.spark.createDataFrame(rows, schema)

    def check(self) -> None:
        """Hold all files of the index against their checksums."""
        self.step("checking files")
        check_segments(self.spark, self.state, self.manifest)


@contextmanager
def working(
    spark: SparkSession,
    index: Path,
    folder: Path | None = None,
    *,
    partitions: int | None = None,
    progress: Progress = lambda _: None,
) -> Iterator[Work]:
    """A run over an index.

    Args:
        spark: the session; its executors see the index and `folder` under the same path.
        index: the folder of the index.
        folder: where a folder for what stages hand on is made, until the end; by default beside the index.
        partitions: of each shuffle; by default as many as the cores and the articles ask for.
        progress: told which step begins.

    Raises:
        IndexUnusable: see `naskh.errors`.

    """
    state_of(index)  # an index must be there before anything is made
    made = Path(tempfile.mkdtemp(prefix=".naskh-spark-", dir=folder or index.resolve().parent))
    made.chmod(0o777 & ~_umask())  # executors may run as another user
    try:
        work = Work(spark, index, made, partitions=partitions, progress=progress)
        with configured(spark, SHUFFLE, work.partitions), errors_of_tasks():
            yield work
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def errors_of_tasks() -> Iterator[None]:
    """Errors that naskh raises in tasks are raised here as what they are, without Spark's traces."""
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        for name, message in reversed(_OWN_ERROR.findall(str(error))):
            kind = getattr(errors, name, None)
            if isinstance(kind, type) and issubclass(kind, errors.NaskhError):
                raise kind(message) from error
        raise
