"""The server does what its OpenAPI document says: requests drawn from it bring no 5xx, nor what it does not say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.schemas import BaseSchema

from naskh import Article, Index
from tests.conftest import ROOT
from tests.web import BEARER, TOKEN, client_of

PLAIN = ["GET /health", "GET /metrics", "GET /stats"]
ASKED = [
    *(
        "DELETE /articles",
        "GET /article",
        "GET /families",
        "GET /family",
        "GET /matrix",
        "GET /query",
        "GET /search",
    ),
    *("POST /articles", "POST /blocks", "POST /query"),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, sample: list[Article]) -> Iterator[TestClient]:
    index = Index(tmp_path_factory.mktemp("schema") / "index")
    index.add(sample)
    with client_of(index, token=TOKEN) as client:
        yield client


@pytest.fixture(scope="module")
def described(client: TestClient) -> BaseSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", client.app)


def check(described: BaseSchema, label: str, mode: GenerationMode) -> None:
    """Draw requests for an operation, and hold the answers against the document."""
    method, path = label.split(" ")

    @given(case=described[path][method].as_strategy(generation_mode=mode))
    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    def answers(case: Case) -> None:
        case.call_and_validate(headers=BEARER)

    answers()


def test_these_are_all_operations(described: BaseSchema) -> None:
    assert {operation.ok().label for operation in described.get_all_operations()} == {*PLAIN, *ASKED}


@pytest.mark.parametrize("label", [*PLAIN, *ASKED])
def test_every_operation_is_in_the_guide(label: str) -> None:
    assert f"`{label}" in (ROOT / "docs" / "serve.md").read_text("utf-8")


@pytest.mark.parametrize("label", [*PLAIN, *ASKED])
def test_what_is_valid_is_answered_as_the_document_says(described: BaseSchema, label: str) -> None:
    check(described, label, GenerationMode.POSITIVE)


@pytest.mark.parametrize("label", ASKED)
def test_what_is_not_valid_is_refused_as_the_document_says(described: BaseSchema, label: str) -> None:
    check(described, label, GenerationMode.NEGATIVE)
