"""The repeated blocks of all stored articles: those that `naskh.repeated_blocks` finds in each.

Most articles have no three runs of words twice in a row of places, which is seen from their stored shingles; only
the texts of the others are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from naskh.arrays import Bool, Int64
from naskh.article import Block
from naskh.matching.alike import SIZE
from naskh.matching.blocks import blocks_in
from naskh.matching.corpus import Corpus, Ranges
from naskh.matching.pair_candidates import Progress
from naskh.matching.parts import in_parts
from naskh.matching.repeat_kernels import may_repeat, may_repeat_words
from naskh.matching.scratch import release
from naskh.sketch.places import PlacedWords

#: Articles whose texts are in memory at a time.
_ARTICLES = 1 << 12
#: Of what `Corpus.rows` gives, the row in the segment.
_ROW = (1 << 32) - 1


def blocks_of_all(
    corpus: Corpus, *, exactly: bool = False, workers: int = 1, progress: Progress = lambda _: None
) -> Iterator[tuple[int, tuple[Block, ...]]]:
    """The articles that have repeated blocks, by number, with these; none where texts are not stored.

    Args:
        corpus: all articles.
        exactly: only of articles in which an occurrence may have the same words as an earlier one.
        workers: threads.
        progress: called with the share of the work that is done.

    """
    settings = corpus.snapshot.manifest.settings
    articles = np.flatnonzero(articles_that_may_repeat(corpus, exactly=exactly, workers=workers))
    articles = articles[np.argsort(corpus.rows(articles))]
    for start in range(0, len(articles), _ARTICLES):
        some = articles[start : start + _ARTICLES]
        for indices, data, offsets in corpus.raw_texts(some):
            for place, index in enumerate(indices.tolist()):
                text = data[offsets[place] : offsets[place + 1]].tobytes().decode()
                blocks = blocks_in(PlacedWords(settings, text).analysis())
                if blocks:
                    yield int(some[index]), blocks
                progress((start + place) / len(articles))
        release(hot=True)
    progress(1.0)


def articles_that_may_repeat(corpus: Corpus, *, exactly: bool = False, workers: int = 1) -> Bool:
    """Which articles may have repeated blocks: (articles,) bool.

    Args:
        corpus: all articles.
        exactly: those of which an occurrence has the same words as an earlier one.
        workers: threads.

    """
    found = np.ones(len(corpus.ids), np.bool_)
    if corpus.snapshot.manifest.settings.shingle_words != SIZE:
        return found
    for segment, (source, numbers) in zip(corpus.snapshot.segments, corpus.sources(), strict=True):
        rows = corpus.rows(numbers) & _ROW
        lines = np.stack([segment.paragraph_column(name) for name in ("first_shingle", "shingles")], axis=1)
        line_ends = np.searchsorted(segment.paragraph_article, np.arange(segment.entry.articles + 1))

        def look(
            part: slice, source: Ranges = source, numbers: Int64 = numbers, rows: Int64 = rows,
            lines: Int64 = lines, line_ends: Int64 = line_ends,
        ) -> None:  # fmt: skip
            may = np.empty(part.stop - part.start, np.bool_)
            own = source.shingles, source.starts[part], source.counts[part]
            if exactly:
                may_repeat_words(
                    *own, lines, np.stack([line_ends[rows[part]], line_ends[rows[part] + 1]], axis=1), may
                )
            else:
                may_repeat(*own, may)
            found[numbers[part]] = may
            release(source.shingles, hot=True)

        in_parts(look, len(numbers), workers)
    return found
