"""What tests of the server share: an application over a copy of the sample index, and a client of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi.testclient import TestClient

from naskh import Index
from naskh.web.app import create_app
from naskh.web.service import Service

TOKEN = "a-token-that-nobody-can-guess"  # noqa: S105
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@contextmanager
def client_of(index: Index, *, max_text: int = 20_000, **options: Any) -> Iterator[TestClient]:
    """A client of a server of an index, whose families are there."""
    app = create_app(Service(index, max_text=max_text), **options)
    with TestClient(app, raise_server_exceptions=False) as client:
        until_families(client)
        yield client


def until_families(client: TestClient, generation: int = 0) -> None:
    """Wait for the families of a state of the index."""
    for _ in range(300):
        answer = client.get("/families", params={"size": 1})
        if answer.status_code == 200 and answer.json()["generation"] >= generation:
            return
        time.sleep(0.1)
    raise AssertionError("the families did not come")
