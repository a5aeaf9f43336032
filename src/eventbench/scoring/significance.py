"""How sure a score is, and whether two systems differ: intervals and tests from counts.

What is asked comes first: "these documents" takes the articles as they are and lets
their sentences vary; "new documents" takes the articles as a sample of articles. The
protocol and its reasons are in ``docs/uncertainty.md``; how often the intervals cover
and the tests err is measured by ``benchmarks/significance.py``.

A system's score is the mean over its seeds of a metric of counts pooled over articles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from eventbench.corpus.model import EventbenchError
from eventbench.scoring.counts import GOLD, Counts, Floats, Ints

Metric = Callable[[Ints], Floats]
"""An F1 of counts (…, classes, 3), shape (…): `counts.micro_f1` or `counts.macro_f1`."""

ALPHA = 0.05
"""The level of `Comparison.significant`."""

BLOCK = 1 << 21
"""Numbers that an array of draws may hold at a time, 16 MiB in each of a few arrays.

Few large products rather than many small ones: on a busy machine, the threads of a
product wait for each other, and that takes longer than the product.
"""

TOLERANCE = 1e-12
"""Scores nearer than this are equal: one F1 reached by other sums may differ in its last bits."""


@dataclass(frozen=True)
class Interval:
    """A score with its interval, all on the scale of the metric (0 to 1 for F1).

    Attributes:
        estimate: the score itself, the mean over seeds; not the middle of the interval.
        low: lower bound.
        high: upper bound.
        confidence: the nominal coverage, for instance 0.95.
        clipped: whether a bound lay outside [0, 1] and was moved to 0 or 1.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    clipped: bool = False


@dataclass(frozen=True)
class Comparison:
    """System A against system B on the same sentences.

    Attributes:
        a: score of A, the mean over its seeds.
        b: score of B.
        by_article: for each article, in the order of `Counts.groups`, the score of A
            on that article alone minus that of B.
        p_these_documents: approximate randomisation over sentences.
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
        """The larger p: small only if both tests reject, and what `holm` is to be given.

        A claim that holds only where two nulls are both rejected needs no correction for
        the two tests (intersection-union test; Berger 1982, Technometrics 24:295).
        """
        return max(self.p_these_documents, self.p_new_documents)

    @property
    def significant(self) -> bool:
        """Whether both tests are under `ALPHA`, this being the only comparison made."""
        return self.p_value < ALPHA

    @property
    def smallest_swap_p(self) -> float:
        """The smallest two-sided p of a test that swaps whole articles: 2 / 2^articles."""
        return 2.0 / 2.0 ** len(self.by_article)

    @property
    def note(self) -> str:
        """What the number of articles does not allow, as a sentence to print."""
        return (
            f"With {len(self.by_article)} articles, a test that swaps whole articles between the "
            f"systems cannot go below p = {self.smallest_swap_p:g}, however large the difference; "
            "p for new documents therefore rests on the t distribution."
        )


def bootstrap(
    counts: Sequence[Counts],
    metric: Metric,
    *,
    resamples: int = 10_000,
    confidence: float = 0.95,
    rng_seed: int = 0,
) -> Interval:
    """Interval on these documents: percentile bootstrap over sentences, within each article.

    Each resample draws, from every article, as many of its sentences as it has, with
    replacement, and the same ones for all seeds; the statistic is the mean over seeds of
    the metric of the pooled counts. The articles and the trained models are held fixed.
    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch. 8 (strata)
    and 13 (percentile interval).

    Args:
        counts: one for each seed, values of shape (sentences, classes, 3).
        metric: see `Metric`.
        resamples: how many resamples are drawn.
        confidence: nominal coverage, between 0 and 1.
        rng_seed: the same seed gives the same interval.

    Raises:
        EventbenchError: no seed, no sentence, seeds over different sentences, or a number
            out of its range.
    """
    values, groups = _stacked(counts)
    _check_numbers(resamples, confidence)
    seeds, sentences, classes, kinds = values.shape

    # With the sentences of an article side by side, those that may stand in for a sentence
    # are a range of rows.
    order = np.argsort(groups, kind="stable")
    rows = values[:, order].swapaxes(0, 1).reshape(sentences, -1).astype(np.float64)
    _, first, sizes = np.unique(groups[order], return_index=True, return_counts=True)
    low, high = np.repeat(first, sizes), np.repeat(first + sizes, sizes)

    rng = np.random.default_rng(rng_seed)
    scores = np.empty(resamples)
    for block in _blocks(resamples, max(rows.shape)):
        number = block.stop - block.start
        drawn = rng.integers(low, high, size=(number, sentences))
        drawn += np.arange(number)[:, None] * sentences
        weights = np.bincount(drawn.ravel(), minlength=number * sentences)
        # Whole numbers in floats: the products are exact, whatever the order of summing.
        total = weights.reshape(number, sentences).astype(np.float64) @ rows
        pooled = total.astype(np.int64).reshape(number, seeds, classes, kinds)
        scores[block] = _over_seeds(metric(pooled).T)
    tail = (1 - confidence) / 2
    bounds = np.quantile(scores, [tail, 1 - tail])
    return Interval(_score(values, metric), float(bounds[0]), float(bounds[1]), confidence)


def jackknife(counts: Sequence[Counts], metric: Metric, *, confidence: float = 0.95) -> Interval:
    """Interval on new documents: Student's t on the delete-one-article jackknife.

    With n articles, score s of all and s_i of all but article i, the pseudo-values are
    n·s - (n - 1)·s_i; they are taken as n independent values, and the interval is their
    mean ± t(n - 1) · sd / √n. No model is trained again without the article.
    An F1 cannot lie outside [0, 1], so bounds that do are moved to 0 or 1, which loses no
    coverage, and ``clipped`` says so. Sources: Quenouille 1956, Biometrika 43:353 (the
    mean as an estimate); Tukey 1958, Ann. Math. Statist. 29:614 (values taken as independent).

    Args:
        counts: one for each seed, values of shape (sentences, classes, 3).
        metric: see `Metric`.
        confidence: nominal coverage, between 0 and 1.

    Raises:
        EventbenchError: no seed, no sentence, seeds over different sentences, fewer than
            two articles, or a confidence out of its range.
    """
    values, groups = _stacked(counts)
    _check_numbers(1, confidence)
    pseudo = _pseudo_values(_by_article(values, groups), metric)
    articles = len(pseudo)
    half = float(stdtrit(articles - 1, (1 + confidence) / 2)) * _standard_error(pseudo)
    low, high = float(pseudo.mean()) - half, float(pseudo.mean()) + half
    within = [min(max(bound, 0.0), 1.0) for bound in (low, high)]
    return Interval(
        _score(values, metric), within[0], within[1], confidence, clipped=within != [low, high]
    )


def compare(
    a: Sequence[Counts],
    b: Sequence[Counts],
    metric: Metric,
    *,
    rounds: int = 10_000,
    rng_seed: int = 0,
) -> Comparison:
    """Compare two systems on the same sentences, by a test for each question.

    These documents: paired approximate randomisation. The counts of a sentence are summed
    over seeds and change sides between A and B with probability 1/2; the statistic is the
    absolute difference of the metric of the pooled sums, and with c of B rounds reaching
    the observed one, p = (c + 1) / (B + 1). Where A and B have different numbers of seeds,
    the sums are weighted to the same number. Source: Noreen 1989, Computer-Intensive
    Methods for Testing Hypotheses, ch. 2.

    New documents: two-sided t test, with articles - 1 degrees of freedom, that the
    pseudo-values of the difference (see `jackknife`) have the mean 0.

    Args:
        a: counts of A, one for each seed, values of shape (sentences, classes, 3).
        b: the same of B; the number of seeds may be another.
        metric: see `Metric`.
        rounds: rounds of the randomisation.
        rng_seed: the same seed gives the same p.

    Raises:
        EventbenchError: no seed, no sentence, A and B (or seeds) over different sentences,
            fewer than two articles, or rounds below 1.
    """
    _stacked([*a[:1], *b[:1]])  # are A and B over the same sentences?
    values_a, groups = _stacked(a)
    values_b, _ = _stacked(b)
    _check_numbers(rounds, 0.95)
    articles_a, articles_b = _by_article(values_a, groups), _by_article(values_b, groups)
    pseudo = _pseudo_values(articles_a, metric) - _pseudo_values(articles_b, metric)
    by_article = _over_seeds(metric(articles_a)) - _over_seeds(metric(articles_b))
    return Comparison(
        a=_score(values_a, metric),
        b=_score(values_b, metric),
        by_article=tuple(by_article.tolist()),
        p_these_documents=_randomisation(values_a, values_b, metric, rounds, rng_seed),
        p_new_documents=_t_test(pseudo),
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for their number by Holm's step-down procedure.

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
        raise EventbenchError("p-values lie between 0 and 1")
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def _stacked(counts: Sequence[Counts]) -> tuple[Ints, Ints]:
    """Values of all seeds, shape (seeds, sentences, classes, 3), and the sentences' articles."""
    if not counts:
        raise EventbenchError("there is no run to score")
    first = counts[0]
    if not len(first.groups):
        raise EventbenchError("there is no sentence to score")
    for other in counts[1:]:
        same = (
            other.classes == first.classes
            and np.array_equal(other.groups, first.groups)
            and np.array_equal(other.values[..., GOLD], first.values[..., GOLD])
        )
        if not same:
            raise EventbenchError("the runs are not over the same sentences and gold")
    return np.stack([c.values for c in counts]), first.groups


def _check_numbers(draws: int, confidence: float) -> None:
    if draws < 1:
        raise EventbenchError(f"at least 1 draw is needed, not {draws}")
    if not 0 < confidence < 1:
        raise EventbenchError(f"confidence lies between 0 and 1, not at {confidence}")


def _over_seeds(scores: Floats) -> Floats:
    """Mean over the first axis; sorted, so that the order of the seeds changes no bit of it."""
    mean: Floats = np.sort(scores, axis=0).mean(axis=0)
    return mean


def _score(values: Ints, metric: Metric) -> float:
    return float(_over_seeds(metric(values.sum(axis=1))))


def _by_article(values: Ints, groups: Ints) -> Ints:
    """Counts by article that occurs, shape (seeds, articles, classes, 3)."""
    names = np.unique(groups)
    if len(names) < 2:
        raise EventbenchError("two articles are needed to say anything of new ones")
    return np.stack([values[:, groups == name].sum(axis=1) for name in names], axis=1)


def _pseudo_values(articles: Ints, metric: Metric) -> Floats:
    """Jackknife pseudo-values, shape (articles,), of counts (seeds, articles, classes, 3)."""
    number = articles.shape[1]
    total = articles.sum(axis=1)
    all_but_one = _over_seeds(metric(total[:, None] - articles))
    pseudo: Floats = number * _over_seeds(metric(total)) - (number - 1) * all_but_one
    return pseudo


def _standard_error(values: Floats) -> float:
    return float(values.std(ddof=1)) / math.sqrt(len(values))


def _t_test(values: Floats) -> float:
    """Two-sided p of Student's t test that the values have the mean 0; 0 if all are one other."""
    mean, error = abs(float(values.mean())), _standard_error(values)
    if mean < TOLERANCE:
        return 1.0
    if error < TOLERANCE:
        return 0.0
    return float(2 * stdtr(len(values) - 1, -mean / error))


def _randomisation(
    values_a: Ints, values_b: Ints, metric: Metric, rounds: int, rng_seed: int
) -> float:
    """The p of approximate randomisation; values have shape (seeds, sentences, classes, 3)."""
    common = math.lcm(len(values_a), len(values_b))
    a = values_a.sum(axis=0) * (common // len(values_a))
    b = values_b.sum(axis=0) * (common // len(values_b))
    total_a, total_b = a.sum(axis=0), b.sum(axis=0)
    observed = abs(metric(total_a) - metric(total_b))

    # A sentence on which both have the same counts changes nothing when it is swapped.
    change = (b - a)[(a != b).any(axis=(1, 2))]
    rows = change.reshape(len(change), total_a.size).astype(np.float64)
    rng = np.random.default_rng(rng_seed)
    reached = 0
    for block in _blocks(rounds, max(rows.shape)):
        swapped = rng.random((block.stop - block.start, len(rows)), dtype=np.float32) < 0.5
        moved = (swapped.astype(np.float64) @ rows).astype(np.int64).reshape(-1, *total_a.shape)
        statistic = abs(metric(total_a + moved) - metric(total_b - moved))
        reached += int((statistic >= observed - TOLERANCE).sum())
    return (reached + 1) / (rounds + 1)


def _blocks(draws: int, width: int) -> Iterator[slice]:
    """The draws, ``width`` numbers each, in blocks that keep to `BLOCK`."""
    step = max(1, BLOCK // width)
    for start in range(0, draws, step):
        yield slice(start, min(start + step, draws))
