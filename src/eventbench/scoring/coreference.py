"""Coreference measures of clusters of mentions: MUC, B³, CEAFe, LEA and their CoNLL mean."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence, Set

import numpy as np

from eventbench.scoring.counts import Floats

METRICS = ("muc", "b3", "ceafe", "lea")
"""The metrics, in the order of the first axis of `compare_clusters`."""

CONLL = ("muc", "b3", "ceafe")
"""The metrics whose F1 the CoNLL score averages (Pradhan et al. 2012)."""


def compare_clusters(
    gold: Sequence[Collection[Hashable]], predicted: Sequence[Collection[Hashable]]
) -> Floats:
    """Compute numerators and denominators of the coreference metrics for one article.

    Mentions are not manipulated (Pradhan et al. 2014, "Scoring Coreference Partitions
    of Predicted Mentions: A Reference Implementation", ACL): a mention that only
    one side has stays in the clusters and the denominators of that side. Mentions
    without a link are clusters of one on both sides. Unlike the reference implementation,
    repeated mentions are not dropped.

    With K a cluster of the gold, R one predicted, the recall of each metric is (for
    precision, exchange the two):

    - muc (Vilain et al. 1995, MUC-6): sum over K of |K| less the number of parts into
      which the R cut it, mentions without R a part each / sum of |K| - 1. Clusters of
      one count nothing, so with no link it is 0 of 0, as in the reference implementation.
    - b3 (Bagga and Baldwin 1998): sum over K and R of |K ∩ R|² / |K| / sum of |K|.
    - ceafe (Luo 2005, with phi4): sum of 2 |K ∩ R| / (|K| + |R|) over the one-to-one
      assignment of clusters that makes it largest / number of K.
    - lea (Moosavi and Strube 2016, "Which Coreference Evaluation Metric Do You Trust?",
      ACL): sum over K of |K| times the share of its links that lie in an R / sum of
      |K|. A cluster of one has one link, to itself, found where an R is that one alone.

    Args:
        gold: clusters of mentions, no mention twice.
        predicted: clusters of predicted mentions, no mention twice.

    Returns:
        Shape (4, 4): for each of `METRICS`, numerator and denominator of precision, then
        of recall. Sum over articles before computing F1.
    """
    # Importing scipy takes longer than everything else here.
    from scipy.optimize import linear_sum_assignment

    cluster_of = {mention: j for j, cluster in enumerate(predicted) for mention in cluster}
    shared = np.zeros((len(gold), len(predicted)))
    for i, cluster in enumerate(gold):
        for mention in cluster:
            if mention in cluster_of:
                shared[i, cluster_of[mention]] += 1
    sizes = [np.array([len(c) for c in side], dtype=float) for side in (gold, predicted)]
    similarity = 2 * shared / (sizes[0][:, None] + sizes[1])
    best = similarity[linear_sum_assignment(similarity, maximize=True)].sum()

    def side(shared: Floats, own: Floats, other: Floats) -> list[tuple[float, float]]:
        return [
            ((shared.sum(axis=1) - (shared > 0).sum(axis=1)).sum(), (own - 1).sum()),
            ((shared**2 / own[:, None]).sum(), own.sum()),
            (best, len(own)),
            ((own * _links_found(shared, own, other)).sum(), own.sum()),
        ]

    precision, recall = side(shared.T, *sizes[::-1]), side(shared, *sizes)
    return np.array([[*p, *r] for p, r in zip(precision, recall, strict=True)], dtype=np.float64)


def _links_found(shared: Floats, own: Floats, other: Floats) -> Floats:
    """For each cluster, the share of its links that are in a cluster of the other side."""
    alone = own == 1
    found = (shared * (shared - 1) / 2).sum(axis=1)
    found = np.where(alone, shared[:, other == 1].sum(axis=1), found)
    result: Floats = found / np.where(alone, 1, own * (own - 1) / 2)
    return result


MENTION_METRICS = ("others", "b3", "lea")
"""The metrics, in the order of the first axis of `mention_shares`."""


def mention_shares(
    mention: Hashable, gold: Set[Hashable], predicted: Set[Hashable]
) -> tuple[tuple[float, float, float, float], ...]:
    """Compute what one mention contributes to coreference metrics that sum over mentions.

    With K the cluster of the gold that holds the mention and R the predicted one, the recall
    of each metric is (for precision, exchange the two):

    - others: of the other mentions in K, the share that is in R; a mention that is alone
      counts nothing. It is B³ without the credit for finding oneself, so that with no link
      it is 0. Summed over the mentions of all K it is LEA without clusters of one.
    - b3 and lea: as in `compare_clusters`.

    Args:
        mention: the mention.
        gold: its cluster in the gold, which holds it; empty if the gold does not have the mention.
        predicted: its predicted cluster, which holds it; empty if it was not predicted. A mention
            that only one side has counts in the denominator of that side, as in
            `compare_clusters`.

    Returns:
        For each of `MENTION_METRICS`, numerator and denominator of precision, then of recall.
        Sum over mentions before computing F1.
    """
    shared = len(gold & predicted)

    def others(own: Set[Hashable]) -> tuple[float, float]:
        return (max(0, shared - 1) / (len(own) - 1), 1.0) if len(own) > 1 else (0.0, 0.0)

    def b3(own: Set[Hashable]) -> tuple[float, float]:
        return (shared / len(own), 1.0) if own else (0.0, 0.0)

    def lea(own: Set[Hashable], other: Set[Hashable]) -> tuple[float, float]:
        return (float(len(other) == 1), 1.0) if len(own) == 1 else others(own)

    return (
        (*others(predicted), *others(gold)),
        (*b3(predicted), *b3(gold)),
        (*lea(predicted, gold), *lea(gold, predicted)),
    )


def cluster_prf(counts: Floats) -> Floats:
    """Precision, recall and F1, shape (…, 3), of cluster counts (…, 4); 0 / 0 is 0."""
    ratios = counts[..., ::2] / np.where(counts[..., 1::2] == 0, 1, counts[..., 1::2])
    total = ratios.sum(axis=-1)
    f1 = 2 * ratios.prod(axis=-1) / np.where(total == 0, 1, total)
    result: Floats = np.concatenate([ratios, f1[..., None]], axis=-1)
    return result


def conll_f1(counts: Floats) -> Floats:
    """The CoNLL score (mean F1 of the metrics in `CONLL`) of counts (…, 4 metrics, 4)."""
    of_metrics = [METRICS.index(name) for name in CONLL]
    result: Floats = cluster_prf(counts)[..., of_metrics, 2].mean(axis=-1)
    return result
