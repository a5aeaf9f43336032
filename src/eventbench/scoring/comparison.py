"""Test whether two systems differ: on these documents, and on new documents.

``docs/uncertainty.md`` gives the protocol and its reasons; ``benchmarks/significance.py``
measures how often the tests err.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, stdtr

from eventbench.errors import EventbenchError
from eventbench.scoring.counts import Floats, Ints
from eventbench.scoring.intervals import (
    RESAMPLES,
    TOLERANCE,
    blocks,
    check_numbers,
    mean_score,
    over_seeds,
    pseudo_values,
    sums_by_article,
)
from eventbench.scoring.statistics import Measure, Numbers, Statistics, stacked

ALPHA = 0.05
"""Significance level of `Comparison.significant`."""

Bools = NDArray[np.bool_]

LOOK, DOUBT = 180, 1e-4
"""See `significant_here`; p of 10,000 rounds has a standard error of 0.002 near `ALPHA`."""


@dataclass(frozen=True)
class Comparison:
    """Comparison of system A with system B on the same units.

    Attributes:
        a: score of A, mean over its seeds.
        b: score of B, mean over its seeds.
        by_article: score of A minus score of B on each article, in the order of the
            corpus.
        p_these_documents: approximate randomisation over units.
        p_new_documents: t test on the jackknife over articles.
    """

    a: float
    b: float
    by_article: tuple[float, ...]
    p_these_documents: float
    p_new_documents: float

    @property
    def difference(self) -> float:
        return self.a - self.b

    @property
    def p_value(self) -> float:
        """The larger p-value, the input of `holm`; it is small only if both tests reject.

        A claim that requires both null hypotheses to be rejected needs no correction for
        two tests (intersection-union test; Berger 1982, Technometrics 24:295).
        """
        return max(self.p_these_documents, self.p_new_documents)

    @property
    def significant(self) -> bool:
        """True if both p-values are below `ALPHA`, if this is the only comparison."""
        return self.p_value < ALPHA

    @property
    def smallest_swap_p(self) -> float:
        """The smallest two-sided p of a test that swaps whole articles: 2 / 2^articles."""
        return 2.0 / 2.0 ** len(self.by_article)

    @property
    def note(self) -> str:
        """A sentence about the limits that the number of articles sets."""
        return (
            f"With {len(self.by_article)} articles, a test that swaps whole articles between the "
            f"systems cannot go below p = {self.smallest_swap_p:g}, however large the difference; "
            "p for new documents therefore rests on the t distribution."
        )


def compare(
    a: Sequence[Statistics],
    b: Sequence[Statistics],
    measure: Measure,
    *,
    rounds: int = RESAMPLES,
    rng_seed: int = 0,
) -> Comparison:
    """Compare two systems on the same units, by a test for each question.

    These documents: paired approximate randomisation. The statistics of each unit are
    summed over seeds and swapped between A and B with probability 1/2. The test statistic
    is the absolute difference of the measures of the sums; if c of B rounds reach the
    observed value, p = (c + 1) / (B + 1). If A and B have different numbers of seeds, the
    sums are weighted equally. Source: Noreen 1989, Computer-Intensive Methods for Testing
    Hypotheses, ch. 2.

    New documents: two-sided t test, with articles - 1 degrees of freedom, of the null
    hypothesis that the pseudo-values of the difference (see `jackknife`) have mean 0.

    Args:
        a: statistics of A, one per seed.
        b: statistics of B, one per seed; the number of seeds may differ.
        measure: the score, computed from their sums.
        rounds: rounds of the randomisation.
        rng_seed: seed of the random numbers.

    Raises:
        EventbenchError: no seed, no unit, A and B (or seeds) over different units,
            fewer than two articles, or rounds below 1.
    """
    stacked([*a[:1], *b[:1]], measure)  # check that A and B have the same units
    values_a, articles = stacked(a, measure)
    values_b, _ = stacked(b, measure)
    check_numbers(rounds)
    sums_a, sums_b = (sums_by_article(v, articles) for v in (values_a, values_b))
    pseudo = pseudo_values(sums_a, measure) - pseudo_values(sums_b, measure)
    by_article = over_seeds(measure.compute(sums_a)) - over_seeds(measure.compute(sums_b))
    return Comparison(
        a=mean_score(values_a, measure),
        b=mean_score(values_b, measure),
        by_article=tuple(by_article.tolist()),
        p_these_documents=_randomisation(values_a, values_b, measure, rounds, rng_seed),
        p_new_documents=float(t_test(pseudo)),
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for multiple comparisons with Holm's step-down procedure.

    With p(1) ≤ … ≤ p(m), the adjusted p(i) is the maximum over j ≤ i of
    min(1, (m - j + 1) · p(j)). Source: Holm 1979, Scand. J. Statist. 6:65.

    Args:
        p_values: p-values in any order.

    Returns:
        Adjusted p-values in the same order.

    Raises:
        EventbenchError: if one is not between 0 and 1.
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise EventbenchError("p-values must be between 0 and 1")
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def t_test(values: Floats) -> Floats:
    """Two-sided p of Student's t test that values have mean 0; 0 if all equal one other number.

    Args:
        values: shape (…, articles).
    """
    number = values.shape[-1]
    mean = abs(values.mean(axis=-1))
    error = values.std(axis=-1, ddof=1) / math.sqrt(number)
    found = 2 * stdtr(number - 1, -mean / np.maximum(error, TOLERANCE))
    p: Floats = np.where(mean < TOLERANCE, 1.0, np.where(error < TOLERANCE, 0.0, found))
    return p


def all_pairs(pseudo: Floats) -> dict[tuple[int, int], float]:
    """The p on new documents of every two systems, adjusted for the number of pairs (Holm).

    Args:
        pseudo: `pseudo_values` of each system, shape (systems, articles).

    Returns:
        By the indices of both systems, the smaller one first.
    """
    pairs = [(i, k) for i in range(len(pseudo)) for k in range(i + 1, len(pseudo))]
    found = [p for i in range(len(pseudo)) for p in t_test(pseudo[i + 1 :] - pseudo[i]).tolist()]
    return dict(zip(pairs, holm(found), strict=True))


def told_apart(
    statistics: Sequence[Sequence[Statistics]],
    measure: Measure,
    by_unit: Callable[[int], Numbers],
) -> list[tuple[int, int]]:
    """Find the pairs of systems whose difference is significant.

    All pairs are tested on new documents (`all_pairs`, Holm), which needs only sums by
    article. The pairs that this tells apart must be significant on these documents too.
    That test can only put pairs together again, so it needs no correction.

    Args:
        statistics: of each system, by seed; sums by article are enough.
        measure: the score.
        by_unit: returns the measure's table of a system, given by index, averaged over its
            seeds, shape (units, names, kinds); called only for systems of doubtful pairs.

    Returns:
        Pairs of indices of systems, the smaller one first.
    """
    stacks = [stacked(own, measure) for own in statistics]
    pseudo = np.stack(
        [pseudo_values(sums_by_article(values, articles), measure) for values, articles in stacks]
    )
    doubtful = [pair for pair, p in all_pairs(pseudo).items() if p < ALPHA]
    if not doubtful:
        return []
    systems = sorted({k for pair in doubtful for k in pair})
    places = {k: place for place, k in enumerate(systems)}
    tables = np.stack([by_unit(k) for k in systems], axis=1)
    pairs = np.array([[places[k] for k in pair] for pair in doubtful])
    apart = significant_here(tables, pairs, measure)
    return [pair for pair, is_apart in zip(doubtful, apart, strict=True) if is_apart]


def significant_here(tables: Floats, pairs: Ints, measure: Measure) -> Bools:
    """Decide for many pairs of systems if they differ on these documents (p < `ALPHA`).

    This is the approximate randomisation of `compare`, but for two things. The random swaps of
    units are drawn, and the swapped units of each system summed, once for all pairs. And a pair
    takes part only until its decision is all but certain: after `LOOK` rounds, and then after
    each `LOOK` more, a pair is left out if so few or so many of its rounds reached the observed
    difference that with a true p of `ALPHA` the chance of it were below `DOUBT`.

    Args:
        tables: the measure's table of each system, averaged over seeds so that the number of
            seeds does not matter, shape (units, systems, names, kinds).
        pairs: places of both systems of each pair, shape (pairs, 2).
        measure: the score.

    Returns:
        True for each pair that differs.
    """
    flat, totals = tables.reshape(len(tables), -1), tables.sum(axis=0)
    scores = measure.compute(totals)
    observed = abs(scores[pairs[:, 0]] - scores[pairs[:, 1]]) - TOLERANCE
    reached, rounds = np.zeros((2, len(pairs)), dtype=np.int64)
    left = np.arange(len(pairs))
    rng = np.random.default_rng(0)
    while len(left) and rounds[left[0]] < RESAMPLES:
        look = min(LOOK, RESAMPLES - int(rounds[left[0]]))
        for some in blocks(look, max(flat.shape)):
            drawn = rng.random((some.stop - some.start, len(flat)), dtype=np.float32)
            swapped = ((drawn < 0.5).astype(np.float64) @ flat).reshape(-1, *totals.shape)
            for part in blocks(len(left), swapped[:, 0].size):
                one, other = pairs[left[part]].T
                moved = swapped[:, other] - swapped[:, one]
                statistic = measure.compute(totals[one] + moved)
                statistic -= measure.compute(totals[other] - moved)
                reached[left[part]] += (abs(statistic) >= observed[left[part]]).sum(axis=0)
        rounds[left] += look
        few = bdtr(reached[left], rounds[left], ALPHA)
        many = bdtrc(reached[left] - 1, rounds[left], ALPHA)
        left = left[(few > DOUBT) & (many > DOUBT)]
    apart: Bools = reached + 1 < ALPHA * (rounds + 1)
    return apart


def _randomisation(
    values_a: Numbers, values_b: Numbers, measure: Measure, rounds: int, rng_seed: int
) -> float:
    """p-value of approximate randomisation; values: shape (seeds, units, names, kinds)."""
    common = math.lcm(len(values_a), len(values_b))
    a = values_a.sum(axis=0) * (common // len(values_a))
    b = values_b.sum(axis=0) * (common // len(values_b))
    total_a, total_b = a.sum(axis=0), b.sum(axis=0)
    observed = abs(measure.compute(total_a) - measure.compute(total_b))

    # Swapping a unit with the same numbers on both sides has no effect.
    change = (b - a)[(a != b).any(axis=(1, 2))]
    rows = change.reshape(len(change), total_a.size).astype(np.float64)
    rng = np.random.default_rng(rng_seed)
    reached = 0
    for block in blocks(rounds, max(rows.shape)):
        swapped = rng.random((block.stop - block.start, len(rows)), dtype=np.float32) < 0.5
        moved = (swapped.astype(np.float64) @ rows).astype(change.dtype)
        moved = moved.reshape(-1, *total_a.shape)
        statistic = abs(measure.compute(total_a + moved) - measure.compute(total_b - moved))
        reached += int((statistic >= observed - TOLERANCE).sum())
    return (reached + 1) / (rounds + 1)
