"""What recurs in the articles: words by their lemma, sentences nearly word for word."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import combinations

from eventbench.corpus.model import Document, Sentence

NEAR_DUPLICATE = 80.0
"""From this similarity (0 to 100) on, two sentences count as near-duplicates.

Between the pairs of sentences of this corpus there is a gap (`eventbench leakage`
prints it): reading them from the most alike downwards, those above it are one
sentence edited (other figures, another weekday, a clause more), those below it
are signatures of tweets, or share a topic and a phrase.
"""


@cache
def lemma(word: str) -> str:
    """The dictionary form of an English word, lower-cased ("Airstrikes": "airstrike")."""
    import simplemma

    return simplemma.lemmatize(word.lower(), "en").lower()


def near_duplicates(
    documents: Sequence[Document], threshold: float = NEAR_DUPLICATE
) -> list[tuple[Document, Sentence, Document, Sentence, float]]:
    """Pairs of sentences that are nearly the same, within and across articles.

    Similarity is the normalised insertion-deletion similarity of the sentences'
    lower-cased token sequences (rapidfuzz, 0 to 100).

    Returns:
        Document and sentence of either end, the earlier first, and the similarity,
        for every pair that reaches ``threshold``.
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
