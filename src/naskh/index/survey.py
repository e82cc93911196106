"""A survey of a snapshot: the figures of `naskh stats`."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from naskh.article import Stats
from naskh.index.snapshot import Snapshot
from naskh.sketch.banding import Banding

_RECALL_AT = (0.4, 0.5, 0.6, 0.7, 0.8)


def survey(snapshot: Snapshot) -> Stats:
    """Count what a snapshot holds; reads the columns of outlets and dates, no texts."""
    manifest = snapshot.manifest
    outlets: Counter[str] = Counter()
    dates: list[str] = []
    paragraphs = 0
    sizes: Counter[str] = Counter()
    for segment in snapshot.segments:
        live = pa.array(segment.live_rows())
        articles = segment.articles.take(live)
        for count in pc.value_counts(articles.column("outlet").fill_null("")).to_pylist():
            outlets[count["values"]] += count["counts"]
        bounds = pc.min_max(articles.column("date")).as_py()
        dates += [date for date in bounds.values() if date is not None]
        paragraphs += pc.sum(articles.column("paragraphs")).as_py() or 0
        for kind, file in segment.entry.files.items():
            sizes[kind] += file.bytes
        if segment.entry.deleted is not None:
            sizes["deleted"] += segment.entry.deleted.bytes
    settings = manifest.settings
    banding = Banding(settings.bands, settings.rows)
    return Stats(
        articles=snapshot.articles,
        paragraphs=paragraphs,
        deleted=sum(entry.deleted_articles for entry in manifest.segments),
        outlets=dict(sorted(outlets.items(), key=lambda item: (-item[1], item[0]))),
        first_date=min(dates, default=None),
        last_date=max(dates, default=None),
        segments=len(manifest.segments),
        generation=manifest.generation,
        bytes=dict(sizes),
        settings=settings,
        expected_recall={str(jaccard): round(banding.recall(jaccard), 4) for jaccard in _RECALL_AT},
    )
