"""Blocks of text that stand more than once in one article: text pasted twice.

First runs of whole paragraphs (`naskh.matching.paragraph_repeats`), then, over what they leave, stretches of words
whatever the paragraph breaks (`naskh.matching.word_repeats`). It needs no index, no compiled kernel and no numpy,
so that an editor's check of one article is immediate.
"""

from __future__ import annotations

from itertools import pairwise

from naskh.article import Article, ArticleBlocks, Block
from naskh.matching.alike import similarity_of_words
from naskh.matching.paragraph_repeats import paragraph_repeats
from naskh.matching.spans import span_of_words
from naskh.matching.word_repeats import Stretch, word_repeats
from naskh.text.analysis import Analysis, analyse

#: Blocks of fewer words are refrains, questions of an interview, subheadings or bylines rather than text pasted
#: twice. The shortest lines that SaudiNewsNet has twice by mistake (an item of a list, a verse) are of 8 words.
MIN_WORDS = 8
#: Paragraphs of one class have at least this Jaccard of their word-3-shingles with its first one: a typo, a
#: changed number or an added clause keeps a paragraph of ordinary length above it. Between 0.5 and 0.6, half of
#: SaudiNewsNet's pairs in one article are formulas with other names (cables, items of a price list).
MIN_SIMILARITY = 0.6
#: One paragraph of fewer words that stands three times or more, never twice in a row, is a refrain or a slogan: a
#: mistake of pasting comes once or twice. Not so where shorter blocks than `MIN_WORDS` are asked for.
REFRAIN_WORDS = 12


def repeated_blocks(
    text: str, *, min_words: int = MIN_WORDS, min_similarity: float = MIN_SIMILARITY
) -> tuple[Block, ...]:
    """The repeated blocks of one article, in text order.

    Blocks are maximal; the occurrences of one are in text order and do not overlap. A copy is found whatever its
    paragraph breaks: an occurrence that begins or ends inside a paragraph gives the characters of just the
    repeated stretch. Text pasted a third time in another extent cuts a block: of the paragraphs
    ``B C D A B C E B C D`` the blocks are B C (three times) and D (twice). No paragraph is in two blocks but for
    a stretch that stands several times, or partly, inside another block and once more elsewhere.

    Args:
        text: the article.
        min_words: blocks of fewer words are left out, default 8. A copy inside a longer paragraph needs 1.75 times
            as many, and 4 times as many where neither place is whole paragraphs, so that headlines, titles and
            stock phrases are no blocks; such a copy needs a Jaccard of 0.75 besides. With 8 and more, one paragraph
            of fewer than 12 words that stands three times or more, never twice in a row, is a refrain and left
            out too.
        min_similarity: the least Jaccard of the word-3-shingles of an occurrence with the first one, default 0.6;
            1.0 finds exact repeats only (after normalisation).

    """
    return find_blocks(Article(id="", text=text), min_words=min_words, min_similarity=min_similarity).blocks


def find_blocks(
    article: Article, *, min_words: int = MIN_WORDS, min_similarity: float = MIN_SIMILARITY
) -> ArticleBlocks:
    """As `repeated_blocks`, with the article's id and its number of paragraphs."""
    analysis = analyse(article.text)
    found = blocks_in(analysis, min_words=min_words, min_similarity=min_similarity)
    return ArticleBlocks(article.id, len(analysis.paragraphs), found)


def blocks_in(
    analysis: Analysis, *, min_words: int = MIN_WORDS, min_similarity: float = MIN_SIMILARITY
) -> tuple[Block, ...]:
    """As `repeated_blocks`, of a text that is taken apart already."""
    paragraphs = analysis.paragraphs
    runs = paragraph_repeats([analysis.paragraph_words(p) for p in paragraphs], min_words, min_similarity)
    edges = [*(p.first_word for p in paragraphs if p.word_count), len(analysis.words)]
    ends = [p.first_word + p.word_count for p in paragraphs]
    whole = [[(paragraphs[s].first_word, ends[s + run.length - 1]) for s in run.starts] for run in runs]
    found = word_repeats(analysis.words, edges, whole, min_words=min_words, min_similarity=min_similarity)
    texts = [block for block in found if min_words < MIN_WORDS or not _is_refrain(block, edges)]
    return tuple(_block(analysis, block) for block in _joined(analysis, texts, min_similarity))


def _is_refrain(block: list[Stretch], edges: list[int]) -> bool:
    inside = frozenset(edges)
    return (
        len(block) > 2
        and block[0][1] - block[0][0] < REFRAIN_WORDS
        and not inside.intersection(range(block[0][0] + 1, block[0][1]))
        and all(before[1] < after[0] for before, after in pairwise(block))
    )


def _joined(analysis: Analysis, blocks: list[list[Stretch]], min_similarity: float) -> list[list[Stretch]]:
    """In text order, and one where each occurrence of a block is followed at once by one of the next."""
    following = {tuple(start for start, _ in block): block for block in blocks}
    joined: list[list[Stretch]] = []
    for block in sorted(blocks):
        starts = tuple(start for start, _ in block)
        if following.get(starts) is not block:
            continue  # gone into the one before
        longer = block
        while then := following.get(tuple(end for _, end in longer)):
            both = [(start, end) for (start, _), (_, end) in zip(longer, then, strict=True)]
            apart = all(before[1] <= after[0] for before, after in pairwise(both))
            if not apart or min(_similarities(analysis, both)) < min_similarity:
                break
            del following[tuple(start for start, _ in then)]
            longer = both
        joined.append(longer)
    return joined


def _similarities(analysis: Analysis, block: list[Stretch]) -> list[float]:
    first, *others = (analysis.words[start:end] for start, end in block)
    return [similarity_of_words(first, other) for other in others]


def _block(analysis: Analysis, block: list[Stretch]) -> Block:
    first, *others = (analysis.words[start:end] for start, end in block)
    occurrences = tuple(span_of_words(analysis, start, end) for start, end in block)
    return Block(occurrences, min(_similarities(analysis, block)), all(other == first for other in others))
