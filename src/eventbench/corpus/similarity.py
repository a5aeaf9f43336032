"""Sentences that recur nearly word for word."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from eventbench.corpus.model import Document, Sentence

NEAR_DUPLICATE = 80.0
"""Similarity (0 to 100) from which two sentences count as near-duplicates.

`eventbench data leakage` prints the most similar pair below it, to show the gap: pairs
above are edits of one sentence (other figures, another weekday, an added clause); pairs
below share a topic and a phrase.
"""


def near_duplicates(
    documents: Sequence[Document], threshold: float = NEAR_DUPLICATE
) -> list[tuple[Document, Sentence, Document, Sentence, float]]:
    """Find pairs of near-duplicate sentences, within and across articles.

    Similarity is the normalised insertion-deletion similarity of the sentences'
    lower-cased token sequences (rapidfuzz, 0 to 100).

    Returns:
        For each pair that reaches ``threshold``: document and sentence of the earlier
        and of the later one, and the similarity.
    """
    from rapidfuzz.distance import Indel

    sentences = [
        (document, sentence, [t.text_in(document.text).lower() for t in sentence.tokens])
        for document in documents
        for sentence in document.sentences
    ]
    found = []
    for (doc_a, a, words_a), (doc_b, b, words_b) in combinations(sentences, 2):
        similarity = 100.0 * Indel.normalized_similarity(words_a, words_b)
        if similarity >= threshold:
            found.append((doc_a, a, doc_b, b, similarity))
    return found
