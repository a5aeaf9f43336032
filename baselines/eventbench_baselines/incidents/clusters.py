"""Clusters of mentions from the probabilities that two are of one incident."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import Any

from eventbench_baselines.encoder.decoding import Floats
from eventbench_baselines.incidents.pairs import Pairs


def merges(
    size: int, pairs: Pairs, probabilities: Floats, known: Sequence[str | None]
) -> Iterator[tuple[float, int, int]]:
    """Join clusters, the closest two first, until none are candidates for being one.

    Agglomerative clustering with average linkage: clusters are as close as the mean probability
    of the pairs of their mentions, where a pair that is not among the candidates has 0. Mentions
    of one known incident are together from the start, and two known incidents are never joined.
    Only pairs are kept, so memory and time grow with their number, not with ``size`` squared.

    Args:
        size: the number of mentions.
        pairs: the candidates.
        probabilities: of each of them.
        known: the incident of each mention that is known.

    Yields:
        Probability and the smallest index of the mentions of both clusters. Probabilities may
        rise again, since the mean of a joint cluster can be higher than that of its parts.
    """
    groups, sizes, names = _known_groups(size, known)
    close: dict[int, dict[int, float]] = {k: {} for k in sizes}
    for (a, b), p in zip(pairs.tolist(), probabilities.tolist(), strict=True):
        one, other = groups[a], groups[b]
        if one != other and not (names[one] and names[other]):
            close[one][other] = close[other][one] = close[one].get(other, 0.0) + p
    heap = [
        (-total / (sizes[a] * sizes[b]), a, b)
        for a, others in close.items()
        for b, total in others.items()
        if a < b
    ]
    heapq.heapify(heap)
    while heap:
        distance, a, b = heapq.heappop(heap)
        # An entry is out of date if a cluster is gone or its mean has changed.
        if b not in close.get(a, ()) or -close[a][b] / (sizes[a] * sizes[b]) != distance:
            continue
        yield -distance, a, b
        sizes[a] += sizes.pop(b)
        names[a] = names[a] or names.pop(b)
        for c, total in close.pop(b).items():
            del close[c][b]
            if c != a:
                close[a][c] = close[c][a] = close[a].get(c, 0.0) + total
        for c in [c for c in close[a] if names[a] and names[c]]:
            del close[a][c], close[c][a]
        for c, total in close[a].items():
            first, second = min(a, c), max(a, c)
            heapq.heappush(heap, (-total / (sizes[first] * sizes[second]), first, second))


def _known_groups(size: int, known: Sequence[str | None]) -> tuple[list[int], dict[int, int], Any]:
    first: dict[str, int] = {}
    groups = [k if known[k] is None else first.setdefault(str(known[k]), k) for k in range(size)]
    sizes: dict[int, int] = {}
    for group in groups:
        sizes[group] = sizes.get(group, 0) + 1
    return groups, sizes, {group: known[group] for group in sizes}


def clusters_at(
    threshold: float,
    size: int,
    found: Sequence[tuple[float, int, int]],
    known: Sequence[str | None],
) -> list[int]:
    """Number the cluster of each mention by its first one.

    Args:
        threshold: joins stop before the first one of a lower probability.
        size: the number of mentions.
        found: what `merges` yields.
        known: as for `merges`.
    """
    groups, sizes, _ = _known_groups(size, known)
    parent = {group: group for group in sizes}
    for probability, a, b in found:
        if probability < threshold:
            break
        parent[b] = a

    def root(k: int) -> int:
        while parent[k] != k:
            k = parent[k]
        return k

    return [root(group) for group in groups]
