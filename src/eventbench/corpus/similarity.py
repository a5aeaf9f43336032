"""Sentences that recur nearly word for word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from eventbench.corpus.model import Document, Sentence

if TYPE_CHECKING:
    import numpy as np

NEAR_DUPLICATE = 80.0
"""Similarity (0 to 100) from which two sentences count as near-duplicates.

`eventbench data leakage` prints the most similar pair below it, to show the gap: pairs
above are edits of one sentence (other figures, another weekday, an added clause); pairs
below share a topic and a phrase.
"""

Pair = tuple[Document, Sentence, Document, Sentence, float]
"""Two sentences with their articles, and their similarity, 0 to 100."""

_BLOCK = 512
"""Sentences that are compared with all others at a time."""
_FIRST = 0x10000
"""First of the characters that stand for words, past those that cannot stand alone."""
_CLOSE = 1e-3
"""More than the rounding of similarities that are computed in bulk."""


def near_duplicates(documents: Sequence[Document], threshold: float = NEAR_DUPLICATE) -> list[Pair]:
    """Find pairs of near-duplicate sentences, within and across articles.

    Similarity is the normalised insertion-deletion similarity of the sentences'
    lower-cased token sequences (rapidfuzz, 0 to 100).

    Returns:
        For each pair that reaches ``threshold``: document and sentence of the earlier
        and of the later one, and the similarity.
    """
    sentences = _Sentences(documents)
    return [
        pair
        for first, second in sentences.alike(sentences, threshold)
        if first < second and (pair := sentences.pair(first, sentences, second))[4] >= threshold
    ]


def near_duplicates_between(
    documents: Sequence[Document], others: Sequence[Document], threshold: float = NEAR_DUPLICATE
) -> list[Pair]:
    """Find pairs of near-duplicate sentences of which one is in ``documents``, one in ``others``.

    Returns:
        As for `near_duplicates`, the sentence of ``documents`` first.
    """
    ours, theirs = _Sentences(documents), _Sentences(others)
    return [
        pair
        for first, second in ours.alike(theirs, threshold)
        if (pair := ours.pair(first, theirs, second))[4] >= threshold
    ]


def closest_below(documents: Sequence[Document], threshold: float = NEAR_DUPLICATE) -> list[Pair]:
    """Find the most similar pairs of sentences of different articles below a threshold.

    Returns:
        As for `near_duplicates`; all pairs that are equally similar, none if there are none.
    """
    import numpy as np

    sentences = _Sentences(documents)
    article = np.array([id(document) for document, _ in sentences.places])
    best: list[Pair] = []
    for start, scores in sentences.scores(sentences):
        rows = np.arange(start, start + len(scores))
        scores[(article[rows, None] == article) | (rows[:, None] >= np.arange(len(article)))] = -1
        for row, column in np.argwhere(scores >= threshold - _CLOSE):
            if sentences.pair(start + int(row), sentences, int(column))[4] >= threshold:
                scores[row, column] = -1
        least = max(scores.max(initial=-1.0), best[0][4] if best else 0.0)
        best += [
            sentences.pair(start + int(row), sentences, int(column))
            for row, column in np.argwhere(scores >= least - _CLOSE)
        ]
        top = max((pair[4] for pair in best), default=0.0)
        best = [pair for pair in best if pair[4] == top]
    return best


class _Sentences:
    """The sentences of some articles, to be compared."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.places = [(document, s) for document in documents for s in document.sentences]
        self.words = [
            [token.text_in(document.text).lower() for token in sentence.tokens]
            for document, sentence in self.places
        ]

    def pair(self, first: int, others: _Sentences, second: int) -> Pair:
        from rapidfuzz.distance import Indel

        similarity = Indel.normalized_similarity(self.words[first], others.words[second])
        return (*self.places[first], *others.places[second], 100.0 * similarity)

    def alike(self, others: _Sentences, threshold: float) -> Iterator[tuple[int, int]]:
        """The places of pairs that reach a threshold, or come close to it."""
        import numpy as np

        for start, scores in self.scores(others, max(0.0, threshold - _CLOSE)):
            for row, column in np.argwhere(scores >= threshold - _CLOSE):
                yield start + int(row), int(column)

    def scores(
        self, others: _Sentences, cutoff: float = 0.0
    ) -> Iterator[tuple[int, np.ndarray[Any, Any]]]:
        """The similarities of some sentences to all others, with the place of the first of them.

        Each word becomes a character, since strings are compared fastest. Similarities below
        the cutoff are 0.
        """
        from rapidfuzz.distance import Indel
        from rapidfuzz.process import cdist

        letters: dict[str, str] = {}
        ours, theirs = (
            [
                "".join(letters.setdefault(w, chr(_FIRST + len(letters))) for w in words)
                for words in sentences
            ]
            for sentences in (self.words, others.words)
        )
        for start in range(0, len(ours), _BLOCK):
            block = ours[start : start + _BLOCK]
            found = cdist(
                block, theirs, scorer=Indel.normalized_similarity, score_cutoff=cutoff / 100
            )
            yield start, 100.0 * found
