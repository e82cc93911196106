"""Commands that need more than naskh's own dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Import in here what comes with an extra.

    Raises:
        UsageError: it is not installed; the message says how to install it.

    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "naskh").partition(".")[0] == "naskh":
            raise
        raise click.UsageError(f"{error.name} is not installed:  pip install 'naskh[{extra}]'") from None
