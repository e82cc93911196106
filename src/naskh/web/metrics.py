"""Metrics in the form of Prometheus: requests, and the state of the index."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from naskh.errors import NaskhError
from naskh.web.service import Service

if TYPE_CHECKING:
    from starlette.types import Scope

#: Requests for what is not there are one, lest everybody who asks makes a metric; those for assets are, too.
OTHER = "other"
_STATIC = "/static/"
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE"})
#: Upper bounds of seconds: from a look-up to a text as long as may be.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The metrics of one server, in a registry of their own.

    Args:
        service: what is served.
        paths: those that there are.

    """

    def __init__(self, service: Service, paths: Collection[str]) -> None:
        self._paths = frozenset(paths)
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "naskh_http_requests", "Requests by route and status.", ["method", "route", "status"],
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "naskh_http_request_seconds", "Seconds from a request to its answer.", ["method", "route"],
            registry=self._registry, buckets=_BUCKETS,
        )  # fmt: skip
        self._registry.register(_IndexCollector(service))
        ProcessCollector(registry=self._registry)

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """Count an answer."""
        method = scope["method"] if scope["method"] in _METHODS else OTHER
        path: str = scope["path"]
        route = _STATIC if path.startswith(_STATIC) else (path if path in self._paths else OTHER)
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(seconds)

    #: Of `text`.
    MEDIA_TYPE = CONTENT_TYPE_LATEST

    def text(self) -> bytes:
        """All of them, as Prometheus reads them."""
        return generate_latest(self._registry)


class _IndexCollector(Collector):
    """The state of the index when it is asked for."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        """Give the metrics; those that are not known are left out."""
        families = self._service.found_families.last
        if families is not None:
            yield _gauge("families", "Families of the index.", len(families.families))
            yield _gauge("families_generation", "State of the index whose families these are.", families.generation)
            yield _gauge("families_age_seconds", "Seconds since they were computed.", time.time() - families.at)
            yield _gauge("families_compute_seconds", "Seconds that they took.", families.seconds)
        try:
            snapshot = self._service.index.snapshot
        except NaskhError:
            yield _gauge("index_up", "Whether the index can be read.", 0)
            return
        yield _gauge("index_up", "Whether the index can be read.", 1)
        yield _gauge("index_articles", "Articles in the index.", snapshot.articles)
        yield _gauge("index_segments", "Segments of the index.", len(snapshot.segments))
        yield _gauge("index_generation", "Number of the last committed state.", snapshot.manifest.generation)

    def describe(self) -> Iterator[Metric]:
        """Name no metrics: nothing is to be read when they are registered."""
        return iter(())


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"naskh_{name}", what, value=value)
