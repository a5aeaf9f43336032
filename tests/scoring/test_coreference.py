"""Coreference measures: the reference scorer's cases, and the definitions in words."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventbench.scoring.coreference import (
    MENTION_METRICS,
    METRICS,
    cluster_prf,
    compare_clusters,
    conll_f1,
    mention_shares,
)
from eventbench.scoring.counts import Floats

# The test cases of the reference scorer (github.com/conll/reference-coreference-scorers,
# test/CorefMetricTestConfig.pm), with their recall and precision; the figures of LEA for
# them are those of its authors (github.com/ns-moosavi/coval, unittests.py).
ABC = "a bc def"
PUBLISHED: list[tuple[str, str, str, dict[str, tuple[float, float]]]] = [
    ("A1", ABC, "a bc def", {"muc": (1, 1), "b3": (1, 1), "ceafe": (1, 1), "lea": (1, 1)}),
    (
        "A2", ABC, "a de",
        {"muc": (1 / 3, 1), "b3": (7 / 18, 1), "ceafe": (0.6, 0.9), "lea": (2 / 6, 1)},
    ),
    (
        "A3", ABC, "a bcx defy z",
        {"muc": (1, 3 / 5), "b3": (1, (4 + 7 / 12) / 9), "ceafe": (0.88571, 0.66429),
         "lea": (1, 4 / 9)},
    ),
    (
        "A4", ABC, "a bcx dy z",
        {"muc": (1 / 3, 1 / 3), "b3": (5 / 9, 17 / 42), "ceafe": (0.73333, 0.55),
         "lea": (3 / 6, 2 / 7)},
    ),
    (
        "A5", ABC, "a bcxB dy z",
        {"muc": (1 / 3, 1 / 4), "b3": (5 / 9, 5 / 16), "ceafe": (0.68889, 0.51667),
         "lea": (3 / 6, 5 / 24)},
    ),
    (
        "A6", ABC, "a bcx dy Bz",
        {"muc": (1 / 3, 1 / 4), "b3": (5 / 9, 17 / 48), "ceafe": (0.73333, 0.55),
         "lea": (3 / 6, 1 / 4)},
    ),
    ("A10", ABC, "a b c d e f", {"muc": (0, 0), "b3": (3 / 6, 1), "lea": (1 / 6, 1 / 6)}),
    ("A11", ABC, "abcdef", {"muc": (1, 3 / 5), "b3": (1, 7 / 18), "lea": (5 / 6, 4 / 15)}),
    (
        "A12", ABC, "a x y c d e z",
        {"muc": (0, 0), "b3": (13 / 36, 4 / 7), "lea": (1 / 6, 1 / 7)},
    ),
    (
        "A13", ABC, "axycdez",
        {"muc": (1 / 3, 1 / 6), "b3": (17 / 36, 6 / 49), "lea": (1 / 6, 1 / 21)},
    ),
    ("B1", "ab cde", "bcx de", {"lea": (1 / 5, 2 / 5)}),
    ("C1", "ab cde fg", "bcx de fg", {"lea": (3 / 7, 4 / 7)}),
    (
        "D1", "12345 67 89ABC", "12345 6789ABC",
        {"muc": (1, 9 / 10), "b3": (1, 16 / 21), "lea": (1, (5 + 77 / 21) / 12)},
    ),
    (
        "E1", "12345 67 89ABC", "1234589ABC 67",
        {"muc": (1, 9 / 10), "b3": (1, 7 / 12), "lea": (1, (200 / 45 + 2) / 12)},
    ),
    ("F1", "ABCD", "AB CD", {"muc": (2 / 3, 1), "lea": (2 / 6, 1)}),
    ("G1", "AB CD", "ABCD", {"muc": (1, 2 / 3), "lea": (1, 2 / 6)}),
    ("J1", "ABC", "AC", {"muc": (1 / 2, 1)}),
    ("K1", "BCDEGHJ", "ABC DEF GHI", {"muc": (3 / 6, 3 / 6)}),
    ("L1", "ABC DEFG", "AB CD FGH", {"muc": (2 / 5, 2 / 4)}),
    ("M2", "abcdef", "a b c d e f", {"muc": (0, 0)}),
    ("N1", "a b c d e f", "a b c d e f", {"muc": (0, 0), "b3": (1, 1), "ceafe": (1, 1)}),
    ("N4", "a b c d e f", "a b c x y z", {"muc": (0, 0)}),
]  # fmt: skip


def clusters_of(gold: str, predicted: str) -> Floats:
    """Counts of clusters written as words whose letters are the mentions."""
    return compare_clusters(gold.split(), predicted.split())


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [case[1:] for case in PUBLISHED],
    ids=[case[0] for case in PUBLISHED],
)
def test_clusters_as_the_reference_scorer_has_them(
    gold: str, predicted: str, expected: dict[str, tuple[float, float]]
) -> None:
    found = cluster_prf(clusters_of(gold, predicted))
    for name, (recall, precision) in expected.items():
        f1 = 2 * recall * precision / (recall + precision) if recall + precision else 0
        row = found[METRICS.index(name)]
        np.testing.assert_allclose(row, [precision, recall, f1], atol=5e-6, err_msg=name)


def literal(gold: list[list[int]], predicted: list[list[int]]) -> list[list[Fraction]]:
    """Numerators and denominators of each metric's recall, from its definition in words."""
    of = {m: cluster for cluster in predicted for m in cluster}

    def together(a: int, b: int) -> bool:
        return a in of and b in of[a]

    parts = [{tuple(of.get(m, [m])) for m in cluster} for cluster in gold]
    muc = [sum(len(k) - len(p) for k, p in zip(gold, parts, strict=True)), sum(map(len, gold))]
    mentions = [(m, cluster) for cluster in gold for m in cluster]
    b3 = sum(Fraction(sum(together(m, n) for n in k), len(k)) for m, k in mentions)
    few, many = sorted((gold, predicted), key=len)
    phi4 = max(
        sum(
            (Fraction(2 * len({*k} & {*r}), len(k) + len(r)) for k, r in zip(few, p, strict=True)),
            Fraction(),
        )
        for p in permutations(many, len(few))
    )
    lea = Fraction()
    for cluster in gold:
        links = list(combinations(cluster, 2)) or [(cluster[0], cluster[0])]
        found = [(a, b) for a, b in links if together(a, b) and (a != b or len(of[a]) == 1)]
        lea += Fraction(len(cluster) * len(found), len(links))
    size = len(mentions)
    return [[muc[0], muc[1] - len(gold)], [b3, size], [phi4, len(gold)], [lea, size]]


@st.composite
def partitions(draw: st.DrawFn) -> tuple[list[list[int]], list[list[int]]]:
    """Two partitions of up to seven mentions, each of which either side may lack."""
    sides: list[list[list[int]]] = []
    for _ in range(2):
        labels = draw(st.lists(st.integers(-1, 4), max_size=7))
        groups = [[m for m, label in enumerate(labels) if label == k] for k in range(5)]
        sides.append([group for group in groups if group])
    return sides[0], sides[1]


@settings(max_examples=1000)
@given(partitions())
@example(([], []))
@example(([[0]], []))
def test_clusters_are_counted_by_their_definitions(
    pair: tuple[list[list[int]], list[list[int]]],
) -> None:
    gold, predicted = pair
    recall, precision = literal(gold, predicted), literal(predicted, gold)
    expected = [[*map(float, p), *map(float, r)] for p, r in zip(precision, recall, strict=True)]
    counts = compare_clusters(gold, predicted)
    np.testing.assert_allclose(counts, expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        counts[:, [2, 3, 0, 1]], compare_clusters(predicted, gold), rtol=1e-12
    )
    scores = cluster_prf(counts)
    assert ((scores >= 0) & (scores <= 1 + 1e-12)).all()
    assert conll_f1(counts) == pytest.approx(scores[:3, 2].mean())


@settings(max_examples=100)
@given(st.lists(partitions(), min_size=1, max_size=4))
def test_articles_are_pooled_by_adding(
    articles: list[tuple[list[list[int]], list[list[int]]]],
) -> None:
    """Clusters of several articles, told apart, count as those of one long article."""
    counts = sum(compare_clusters(gold, predicted) for gold, predicted in articles)
    sides = [
        [
            [(number, m) for m in cluster]
            for number, pair in enumerate(articles)
            for cluster in pair[k]
        ]
        for k in (0, 1)
    ]
    np.testing.assert_allclose(counts, compare_clusters(*sides), rtol=1e-12, atol=1e-12)


# Metrics that sum over mentions


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=9))
def test_sums_over_mentions_are_the_metrics_of_clusters(names: list[tuple[int, int]]) -> None:
    """Each mention has a cluster on both sides; "others" is LEA without clusters of one."""

    def clusters(side: int) -> list[set[int]]:
        labels = {pair[side] for pair in names}
        return [{k for k, pair in enumerate(names) if pair[side] == x} for x in sorted(labels)]

    gold, predicted = clusters(0), clusters(1)
    totals = np.zeros((len(MENTION_METRICS), 4))
    for mention in range(len(names)):
        right, given = (next(c for c in side if mention in c) for side in (gold, predicted))
        totals += mention_shares(mention, right, given)
    whole = compare_clusters(gold, predicted)
    for name in ("b3", "lea"):
        found, expected = totals[MENTION_METRICS.index(name)], whole[METRICS.index(name)]
        assert found == pytest.approx(expected)
    for own, other, at in ((predicted, gold, 0), (gold, predicted, 2)):
        numerator, denominator = totals[0, at : at + 2]
        larger = [c for c in own if len(c) > 1]
        pairs = {c: [*combinations(sorted(c), 2)] for c in map(frozenset, larger)}
        joined = {p for c in other for p in combinations(sorted(c), 2)}
        assert denominator == sum(map(len, larger))
        assert numerator == pytest.approx(
            sum(len(c) * len({*found} & joined) / len(found) for c, found in pairs.items())
        )
