"""Intervals of a score: on these documents, and on new documents.

"These documents" holds the articles fixed and resamples their units; "new documents"
treats the articles as a sample of articles. ``docs/uncertainty.md`` gives the
protocol and its reasons; ``benchmarks/significance.py`` measures how often the intervals
cover. A system's score is the mean over its seeds of a measure of sums over all articles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import stdtrit

from eventbench.errors import EventbenchError
from eventbench.scoring.counts import Floats, Ints
from eventbench.scoring.statistics import Measure, Numbers, Statistics, stacked

THESE_DOCUMENTS, NEW_DOCUMENTS = "these_documents", "new_documents"
"""The population that an interval refers to."""

RESAMPLES = 10_000

CONFIDENCE = 0.95
"""Nominal coverage of intervals unless given."""

TOLERANCE = 1e-12
"""Scores that differ by less are equal: the order of summation may change the last bits."""

BLOCK = 1 << 21
"""Maximum size of an array of draws, 16 MiB in each of a few arrays.

A few large products are faster than many small ones: on a busy machine, the threads of a
product wait for each other longer than they compute.
"""


KEPT = 4 * BLOCK
"""Maximum size of an array of draws that is kept for other scores of the same units, with one or
two bytes a number."""


@dataclass(frozen=True)
class Interval:
    """A score with its interval, all on the scale of the metric (0 to 1 for F1).

    Attributes:
        estimate: the score, mean over seeds; not the centre of the interval.
        low: lower bound.
        high: upper bound.
        confidence: the nominal coverage, for instance 0.95.
        clipped: whether a bound lay outside the range of the metric and was moved to its end.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    clipped: bool = False

    @property
    def varies(self) -> bool:
        """False for an interval without width: where all are right, no resample has an error.

        Such an interval says nothing of how sure the score is, and is shown as a dash.
        """
        return self.high - self.low > TOLERANCE


def bootstrap(
    statistics: Sequence[Statistics],
    measure: Measure,
    *,
    minus: Sequence[Statistics] = (),
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    rng_seed: int = 0,
) -> Interval:
    """Interval on these documents: percentile bootstrap over units, within each article.

    Each resample draws, from every article, as many units (sentences) as it has, with
    replacement, the same ones for all seeds. The statistic is the mean over seeds of the
    measure of the sums. The articles and the trained models are held fixed.
    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch. 8 (strata)
    and 13 (percentile interval).

    Args:
        statistics: one per seed, over the same units.
        measure: the score, computed from their sums.
        minus: statistics of another system over the same units; the interval is then of the
            difference, on the same resamples.
        resamples: number of resamples.
        confidence: nominal coverage, between 0 and 1.
        rng_seed: seed of the random numbers.

    Raises:
        EventbenchError: no seed, no unit, seeds over different units, or a number
            out of its range.
    """
    values, articles = stacked([*statistics, *minus], measure)
    check_numbers(resamples, confidence)
    scores = _resampled(values, articles, measure, resamples, rng_seed)
    differences = _difference(scores.T, len(statistics))
    tail = (1 - confidence) / 2
    bounds = np.quantile(differences, [tail, 1 - tail])
    estimate = float(_difference(measure.compute(values.sum(axis=1)), len(statistics)))
    return Interval(estimate, float(bounds[0]), float(bounds[1]), confidence)


def _difference(scores: Floats, number: int) -> Floats:
    """The mean over the first ``number`` seeds, minus that over the others if there are any."""
    mean = over_seeds(scores[:number])
    return mean - over_seeds(scores[number:]) if len(scores) > number else mean


def _resampled(
    values: Numbers, articles: Ints, measure: Measure, resamples: int, rng_seed: int
) -> Floats:
    """The score of each seed on each resample, shape (resamples, seeds)."""
    seeds, units, names, kinds = values.shape

    order = np.argsort(articles, kind="stable")
    rows = values[:, order].swapaxes(0, 1).reshape(units, -1).astype(np.float64)
    sizes = np.unique(articles, return_counts=True)[1]
    scores = np.empty((resamples, seeds))
    width = max(rows.shape)
    for block, weights in _weights(tuple(map(int, sizes)), resamples, rng_seed, width):
        # Integers stored as floats: the products are exact in any order of summation.
        pooled = (weights @ rows).astype(values.dtype).reshape(-1, seeds, names, kinds)
        scores[block] = measure.compute(pooled)
    return scores


def _weights(
    sizes: tuple[int, ...], resamples: int, rng_seed: int, width: int
) -> Iterator[tuple[slice, Floats]]:
    """Yield how often each resample has each unit, in blocks of resamples.

    Args:
        sizes: the number of units of each article; units are sorted by article.
        resamples: number of resamples.
        rng_seed: seed of the random numbers.
        width: maximum number of values that are computed of a resample.
    """
    units = sum(sizes)
    if resamples * units <= KEPT:
        kept = _kept_weights(sizes, resamples, rng_seed)
        yield from ((block, kept[block].astype(np.float64)) for block in blocks(resamples, width))
        return
    rng = np.random.default_rng(rng_seed)
    for block in blocks(resamples, width):
        yield block, _drawn(rng, sizes, block.stop - block.start).astype(np.float64)


@lru_cache(maxsize=4)
def _kept_weights(sizes: tuple[int, ...], resamples: int, rng_seed: int) -> Ints:
    """The weights of small data: the tasks of a corpus and its systems are resampled alike."""
    found = _drawn(np.random.default_rng(rng_seed), sizes, resamples)
    return found.astype(np.min_scalar_type(max(sizes)))  # no unit is drawn more often


def _drawn(rng: np.random.Generator, sizes: tuple[int, ...], number: int) -> Ints:
    """How often each unit is drawn, shape (number, units)."""
    # With the units sorted by article, the possible replacements of a unit are a range of rows.
    last: Ints = np.cumsum(np.array(sizes, dtype=np.int64))
    low, high = np.repeat(last - sizes, sizes), np.repeat(last, sizes)
    units = sum(sizes)
    drawn = rng.integers(low, high, size=(number, units))
    drawn += np.arange(number)[:, None] * units
    weights = np.bincount(drawn.ravel(), minlength=number * units)
    return weights.reshape(number, units)


def jackknife(
    statistics: Sequence[Statistics],
    measure: Measure,
    *,
    minus: Sequence[Statistics] = (),
    confidence: float = CONFIDENCE,
) -> Interval:
    """Interval on new documents: Student's t on the delete-one-article jackknife.

    With n articles, score s on all of them and s_i on all but article i, the pseudo-values
    are n·s - (n - 1)·s_i. They are treated as n independent values, and the interval is
    their mean ± t(n - 1) · sd / √n. Models are not retrained without the article. Measures
    lie within [0, 1], so bounds outside are moved to 0 or 1, which does not reduce
    coverage; ``clipped`` is then True. Sources: Quenouille 1956, Biometrika 43:353 (the
    mean as an estimate); Tukey 1958, Ann. Math. Statist. 29:614 (values taken as independent).

    Args:
        statistics: one per seed, over the same units.
        measure: the score, computed from their sums.
        minus: statistics of another system over the same units; the interval is then of the
            difference, and lies within [-1, 1].
        confidence: nominal coverage, between 0 and 1.

    Raises:
        EventbenchError: no seed, no unit, seeds over different units, fewer than
            two articles, or a confidence out of its range.
    """
    values, articles = stacked([*statistics, *minus], measure)
    check_numbers(1, confidence)
    sums = sums_by_article(values, articles)
    number = len(statistics)
    pseudo = pseudo_values(sums[:number], measure)
    if minus:
        pseudo = pseudo - pseudo_values(sums[number:], measure)
    half = t_quantile(len(pseudo), confidence) * standard_error(pseudo)
    low, high = float(pseudo.mean()) - half, float(pseudo.mean()) + half
    within = [min(max(bound, -1.0 if minus else 0.0), 1.0) for bound in (low, high)]
    estimate = float(_difference(measure.compute(values.sum(axis=1)), number))
    return Interval(estimate, within[0], within[1], confidence, clipped=within != [low, high])


def t_quantile(values: int, confidence: float = CONFIDENCE) -> float:
    """Half the width of Student's interval of a mean of some values, in standard errors."""
    return float(stdtrit(values - 1, (1 + confidence) / 2))


def check_numbers(draws: int, confidence: float = CONFIDENCE) -> None:
    """Check the number of draws and the confidence."""
    if draws < 1:
        raise EventbenchError(f"the number of draws is {draws}, expected 1 or more")
    if not 0 < confidence < 1:
        raise EventbenchError(f"confidence is {confidence}, expected a number between 0 and 1")


def over_seeds(scores: Floats) -> Floats:
    """Mean over the first axis, sorted so that the order of the seeds cannot change a bit."""
    mean: Floats = np.sort(scores, axis=0).mean(axis=0)
    return mean


def mean_score(values: Numbers, measure: Measure) -> float:
    """Mean of the measure over seeds; values: shape (seeds, units, names, kinds)."""
    return float(over_seeds(measure.compute(values.sum(axis=1))))


def sums_by_article(values: Numbers, articles: Ints) -> Numbers:
    """Sums for each article that occurs, shape (seeds, articles, names, kinds)."""
    names = np.unique(articles)
    if len(names) < 2:
        raise EventbenchError("estimates for new documents need two articles or more")
    return np.stack([values[:, articles == name].sum(axis=1) for name in names], axis=1)


def pseudo_values(articles: Numbers, measure: Measure) -> Floats:
    """Jackknife pseudo-values, shape (articles,), of sums (seeds, articles, names, kinds)."""
    number = articles.shape[1]
    total = articles.sum(axis=1)
    all_but_one = over_seeds(measure.compute(total[:, None] - articles))
    pseudo: Floats = number * over_seeds(measure.compute(total)) - (number - 1) * all_but_one
    return pseudo


def standard_error(values: Floats) -> float:
    """The standard error of the mean of independent values."""
    return float(values.std(ddof=1)) / math.sqrt(len(values))


def blocks(draws: int, width: int) -> Iterator[slice]:
    """Split draws of ``width`` numbers into blocks of at most `BLOCK` numbers."""
    step = max(1, BLOCK // width)
    for start in range(0, draws, step):
        yield slice(start, min(start + step, draws))
