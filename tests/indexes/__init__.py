"""Small indexes that are kept for ever, one of each format that is read, and what they answer.

``format-N/`` is an index as the naskh wrote it that had format N, and is never written again: it was made by
``python -m tests.indexes``. ``format-N.json`` is what it holds and answers. When the rules of matching change on
purpose, ``python -m tests.indexes --answers`` records the answers anew; what the index holds stays.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from naskh import Article, Index, repeated_blocks
from tests.torture.histories import contents

INDEXES = Path(__file__).parent

#: Articles of the sample crawl that are added at once, so that they make two segments: some in families, some with
#: repeated blocks.
FIRST = [
    "nabaa-0012",
    "annil-0010",
    "alsahifa-0012",
    "nabaa-0007",
    "alraqamia-0006",
    "alsahifa-0002",
    "nabaa-0001",
    "annil-0011",
]
SECOND = [
    "alsham-0009",
    "alsahifa-0008",
    "nabaa-0002",
    "almaghreb24-0001",
    "annil-0001",
    "almaghreb24-0006",
    "nabaa-0007",
]
#: Of the first, this comes again with other fields, and this is deleted.
REPLACED = "nabaa-0007"
DELETED = "nabaa-0001"


def make(folder: Path, sample: list[Article]) -> dict[str, Article]:
    """Make an index; returns what it holds."""
    by_id = {article.id: article for article in sample}
    index = Index(folder)
    index.add([by_id[id_] for id_ in FIRST], workers=1)
    by_id[REPLACED] = Article(id=REPLACED, text=by_id[REPLACED].text + "\nنُشر أولاً في «نبأ» — 2025 🗞\x1a")
    index.add([by_id[id_] for id_ in SECOND], workers=1)
    index.delete([DELETED])
    return {id_: by_id[id_] for id_ in sorted({*FIRST, *SECOND} - {DELETED})}


def answers(index: Index) -> dict[str, Any]:
    """All that an index holds and says, as JSON has it."""
    held = contents(index)
    found = {
        "contents": [held[id_] for id_ in sorted(held)],
        "queries": [index.query(held[id_]) for id_ in sorted(held)],
        "pairs": index.pairs().to_pylist(),
        "paragraph pairs": index.pairs("paragraph").to_pylist(),
        "families": index.families(),
        "blocks": {id_: repeated_blocks(held[id_].text) for id_ in sorted(held)},
        "stats": index.stats(),
    }
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(found))
    return decoded
