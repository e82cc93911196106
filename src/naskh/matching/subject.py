"""The article that is looked for, as the steps of a query see it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from naskh.arrays import Int64, UInt32
from naskh.article import Article
from naskh.settings import Settings
from naskh.sketch.reference import ArticleSketch, sketch_analysis
from naskh.text.analysis import Words, analyse


class Subject(NamedTuple):
    """An article with its sketch.

    Attributes:
        article: as it was given.
        sketch: its sketch; signatures and FracMinHash may be missing.
        own: (d,) uint32, its distinct shingles, sorted, the dateline left out.
        text: (n,) int64, likewise all of them in text order, as indices of `own`.
        analysis: its text taken apart.
        size: words in a shingle.

    """

    article: Article
    sketch: ArticleSketch
    own: UInt32
    text: Int64
    analysis: Words
    size: int


def subject_of(article: Article, settings: Settings) -> Subject:
    """Take an article apart and sketch it."""
    analysis = analyse(article.text)
    sketch = sketch_analysis(analysis, settings)
    own, text = np.unique(sketch.evidence, return_inverse=True)
    return Subject(article, sketch, own, text, analysis, settings.shingle_words)
