"""Candidates for a query: articles that share a band with one of its paragraphs, or FracMinHash postings.

The first finds paragraphs taken over even from a long article; the second finds text however its paragraphs
are broken. Nothing is decided here: every candidate is verified on its exact shingles.
"""

from __future__ import annotations

import numpy as np

from naskh.arrays import Int64, UInt32, sorted_distinct
from naskh.index.segment import Segment
from naskh.sketch.reference import ArticleSketch

#: Kept hashes that an article must share with the query to be looked at, unless it shares a band or has no more
#: shingles than that. One would bring in every article with a common turn of phrase.
MIN_FRAC_SHARED = 2


def candidates(segment: Segment, sketch: ArticleSketch, own: UInt32) -> Int64:
    """Rows of live articles of a segment that may share text with the query, sorted.

    Args:
        segment: where to look.
        sketch: the query.
        own: its distinct shingles, the dateline left out.
    """
    by_band = _by_bands(segment, sketch)
    by_frac = _by_frac(segment, own)
    rows = np.union1d(by_band, by_frac)
    return rows[segment.is_live(rows)]


def _by_bands(segment: Segment, sketch: ArticleSketch) -> Int64:
    found = []
    first, end = sketch.dateline
    last = sketch.first_shingle + sketch.shingle_count - 1
    own_words = (sketch.first_shingle < first) | (last >= end)  # not all of the paragraph is dateline
    for band in range(sketch.band_keys.shape[1]):
        # Distinct ones: a paragraph that stands a thousand times in both would bring in a million entries.
        keys = sorted_distinct([sketch.band_keys[own_words, band]])
        found.append(segment.bands.find(keys, band))
    paragraphs = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    return np.unique(segment.paragraph_article[paragraphs]).astype(np.int64)


def _by_frac(segment: Segment, own: UInt32) -> Int64:
    """All shingles of the query are looked up, since short articles keep all of theirs."""
    rows, shared = np.unique(segment.frac.find(own), return_counts=True)
    least = min(MIN_FRAC_SHARED, len(own))
    enough = (shared >= least) | (segment.shingle_counts(rows) <= least)
    return rows[enough]
