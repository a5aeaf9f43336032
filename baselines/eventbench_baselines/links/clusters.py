"""Clusters of mentions of one event, from the probabilities of pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from eventbench_baselines.encoder import Floats

Clusters = list[list[int]]
"""Mentions by index, in reading order; every mention is in one cluster."""


def clusters_of(size: int, pairs: Iterable[tuple[int, int]], linked: Iterable[bool]) -> Clusters:
    """Cluster mentions by the transitive closure of links.

    Args:
        size: the number of mentions.
        pairs: pairs of mentions.
        linked: for each pair, if it is linked.
    """
    cluster_of = list(range(size))
    for (a, b), joined in zip(pairs, linked, strict=True):
        if joined and cluster_of[a] != cluster_of[b]:
            old, new = sorted((cluster_of[a], cluster_of[b]))[::-1]
            cluster_of = [new if k == old else k for k in cluster_of]
    return _groups(cluster_of)


def average_linkage(
    size: int, pairs: Sequence[tuple[int, int]], probabilities: Floats, threshold: float
) -> Clusters:
    """Join clusters while the mean probability of the pairs between them is high enough.

    Args:
        size: the number of mentions.
        pairs: pairs of mentions; others have probability 0.
        probabilities: of each pair.
        threshold: minimum mean probability.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if size < 2:
        return [[k] for k in range(size)]
    distances = np.ones((size, size))
    for (a, b), probability in zip(pairs, probabilities, strict=True):
        distances[a, b] = distances[b, a] = 1 - probability
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), "average")
    return _groups(list(map(int, fcluster(tree, 1 - threshold, "distance"))))


def _groups(cluster_of: Sequence[int]) -> Clusters:
    found: dict[int, list[int]] = {}
    for mention, cluster in enumerate(cluster_of):
        found.setdefault(cluster, []).append(mention)
    return list(found.values())


def lea_counts(gold: Clusters, predicted: Clusters) -> Floats:
    """Numerators and denominators of LEA's precision and recall, without clusters of one.

    LEA (Moosavi and Strube 2016, "Which Coreference Evaluation Metric Do You Trust?") gives
    a cluster the share of its pairs that are joined in the other clusters, and weighs it by
    its size.
    """
    return np.array([*_shares(predicted, gold), *_shares(gold, predicted)])


def _shares(own: Clusters, other: Clusters) -> tuple[float, float]:
    cluster_of = {mention: k for k, cluster in enumerate(other) for mention in cluster}
    found = total = 0.0
    for cluster in own:
        pairs = list(combinations(cluster, 2))
        if pairs:
            joined = sum(cluster_of[a] == cluster_of[b] for a, b in pairs)
            found += len(cluster) * joined / len(pairs)
            total += len(cluster)
    return found, total


def f1(counts: Floats) -> float:
    """F1 from numerator and denominator of precision, then of recall."""
    precision, recall = (counts[k] / counts[k + 1] if counts[k + 1] else 0.0 for k in (0, 2))
    total = precision + recall
    return float(2 * precision * recall / total) if total else 0.0
