"""Similar sentences, against comparing every pair by itself."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from making import article
from rapidfuzz.distance import Indel

from eventbench import Document, Sentence
from eventbench.corpus.similarity import (
    closest_below,
    near_duplicates,
    near_duplicates_between,
)

SENTENCES = st.lists(
    st.sampled_from(["the", "army", "took", "Ünal", "😀", "The"]), min_size=1, max_size=9
)
ARTICLES = st.lists(st.lists(SENTENCES, min_size=1, max_size=4), min_size=1, max_size=4)
THRESHOLDS = st.sampled_from([0.0, 50.0, 100 * 2 / 3, 80.0, 100.0])


def documents(found: list[list[list[str]]], name: str = "a") -> list[Document]:
    return [
        article(f"{name}{k}", *((" ".join(words),) for words in sentences))
        for k, sentences in enumerate(found)
    ]


def places(found: list[Document]) -> list[tuple[Document, Sentence, list[str]]]:
    return [
        (d, s, [t.text_in(d.text).lower() for t in s.tokens]) for d in found for s in d.sentences
    ]


def every(pairs: Any) -> list[Any]:
    return [
        (*one[:2], *other[:2], 100.0 * Indel.normalized_similarity(one[2], other[2]))
        for one, other in pairs
    ]


@given(ARTICLES, THRESHOLDS)
def test_pairs_are_those_of_comparing_each_by_itself(found: Any, threshold: float) -> None:
    made = documents(found)
    expected = every(combinations(places(made), 2))
    assert near_duplicates(made, threshold) == [p for p in expected if p[4] >= threshold]
    below = [p for p in expected if p[4] < threshold and p[0] is not p[2]]
    top = max((p[4] for p in below), default=None)
    assert closest_below(made, threshold) == [p for p in below if p[4] == top]


@given(ARTICLES, ARTICLES, THRESHOLDS)
def test_pairs_between_articles_are_those_of_comparing_each_by_itself(
    ours: Any, theirs: Any, threshold: float
) -> None:
    first, second = documents(ours), documents(theirs, "b")
    expected = every(product(places(first), places(second)))
    found = near_duplicates_between(first, second, threshold)
    assert found == [p for p in expected if p[4] >= threshold]


def test_nothing_has_no_pairs() -> None:
    some = documents([[["the", "army"]]])
    assert near_duplicates([]) == near_duplicates_between([], some) == closest_below([]) == []
    assert near_duplicates_between(some, []) == closest_below(some) == []
