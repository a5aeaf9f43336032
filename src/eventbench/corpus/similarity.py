"""Lemmas of words, and near-duplicate sentences."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import combinations

from eventbench.corpus.model import Document, Event, Sentence

NEAR_DUPLICATE = 80.0
"""Similarity (0 to 100) from which two sentences count as near-duplicates.

`eventbench data leakage` prints the most similar pair below it, to show the gap: pairs
above are edits of one sentence (other figures, another weekday, an added clause); pairs
below share a topic and a phrase.
"""


@cache
def lemma(word: str, language: str = "en") -> str:
    """The dictionary form of a word, lower-cased ("Airstrikes": "airstrike").

    For a language that simplemma does not support, the lower-cased word itself.
    """
    import simplemma

    try:
        return simplemma.lemmatize(word.lower(), language).lower()
    except ValueError:
        return word.lower()


def trigger_lemma(document: Document, event: Event, language: str = "en") -> str:
    """The lemmas of a trigger's words, joined by spaces."""
    words = event.trigger.text_in(document.text).split()
    return " ".join(lemma(word, language) for word in words)


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
