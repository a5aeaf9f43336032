"""Intervals against enumeration, scipy and cases worked by hand."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import (
    GOOD,
    MACRO,
    MEASURES,
    MICRO,
    NOTHING,
    OF,
    OTHERS,
    Call,
    Runs,
    made,
    one_class,
    plain_score,
    sentences,
    statistics,
    two_systems,
)
from scipy import stats

from eventbench import EventbenchError
from eventbench.scoring import intervals
from eventbench.scoring.comparison import compare
from eventbench.scoring.intervals import bootstrap, jackknife
from eventbench.scoring.statistics import Measure, Statistics

# The sentence bootstrap


@pytest.mark.parametrize("measure", MEASURES)
def test_bootstrap_against_all_resamples(measure: Measure) -> None:
    """Articles of three and two sentences have 27 · 4 resamples, all equally likely."""
    articles = [0, 1, 0, 1, 0]
    runs = made(np.array([[2, 1], [1, 0], [1, 3], [2, 2], [0, 1]]), articles, 2, 0.6, seed=3)
    exact = [
        plain_score(runs, measure, [*first, *second])
        for first in itertools.product([0, 2, 4], repeat=3)
        for second in itertools.product([1, 3], repeat=2)
    ]
    for confidence in (0.5, 0.8, 0.95):
        interval = bootstrap(runs, measure, resamples=20_000, confidence=confidence)
        tail = (1 - confidence) / 2
        assert interval.estimate == pytest.approx(plain_score(runs, measure, range(5)))
        for bound, share in ((interval.low, tail), (interval.high, 1 - tail)):
            below = np.mean([value < bound - 1e-9 for value in exact])
            up_to = np.mean([value <= bound + 1e-9 for value in exact])
            assert below - 0.015 <= share <= up_to + 0.015


@pytest.mark.parametrize("measure", MEASURES)
def test_bootstrap_against_scipy(measure: Measure) -> None:
    gold, _ = sentences(60, 1)
    runs = made(gold, [0] * 60, 1, 0.7, seed=1)

    def statistic(rows: np.ndarray, axis: int) -> np.ndarray:
        return measure.compute(runs[0].tables[OF].values[rows].sum(axis=axis - 2))

    expected = stats.bootstrap(
        (np.arange(60),), statistic, vectorized=True, method="percentile", n_resamples=20_000,
        confidence_level=0.9, rng=np.random.default_rng(5),
    ).confidence_interval  # fmt: skip
    interval = bootstrap(runs, measure, resamples=20_000, confidence=0.9)
    assert [interval.low, interval.high] == pytest.approx([*expected], abs=0.004)
    assert interval.high - interval.low > 0.05


def test_bootstrap_draws_within_each_article() -> None:
    """Where the sentences of an article are all alike, nothing is left to vary."""
    kinds = np.array([[[3, 3, 3]], [[0, 2, 4]], [[1, 1, 2]]])
    articles = np.array([0, 1, 2, 1, 0, 0, 2, 1])
    interval = bootstrap([statistics("a", kinds[articles], articles)], MICRO, resamples=200)
    assert interval.low == interval.estimate == interval.high
    pooled = bootstrap([statistics("a", kinds[articles], articles * 0)], MICRO, resamples=200)
    assert pooled.low < pooled.high


def test_bootstrap_draws_the_same_sentences_for_all_seeds() -> None:
    """One seed is right where the other is wrong: their mean is 1/2 on every resample."""
    right = np.array([1, 0, 0, 1, 1, 0, 1, 0])
    runs = [
        statistics("a", np.stack([r, r * 0 + 1, r * 0 + 1], -1)[:, None], np.arange(8) // 4)
        for r in (right, 1 - right)
    ]
    interval = bootstrap(runs, MICRO, resamples=300)
    assert [interval.low, interval.high] == pytest.approx([0.5, 0.5], abs=1e-12)
    assert bootstrap(runs[:1], MICRO, resamples=300).low < 0.4


def test_draws_do_not_depend_on_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    gold, articles = sentences(30, 3)
    a, b = made(gold, articles, 2, 0.7, seed=1), made(gold, articles, 2, 0.6, seed=2)
    interval, comparison = bootstrap(a, MACRO), compare(a, b, MACRO)
    monkeypatch.setattr(intervals, "BLOCK", 1000)
    monkeypatch.setattr(intervals, "KEPT", 0)
    assert bootstrap(a, MACRO) == interval
    assert compare(a, b, MACRO) == comparison


def test_draws_that_are_kept_are_those_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of other values of the same units, and of as many units in other articles."""
    gold, articles = sentences(40, 3)
    first, second = (made(gold, articles, 2, skill, 1) for skill in (0.5, 0.8))
    other = made(gold, [0] * 40, 2, 0.8, 1)
    kept = [bootstrap(runs, MICRO, resamples=300) for runs in (first, second, other)]
    monkeypatch.setattr(intervals, "KEPT", 0)
    assert kept == [bootstrap(runs, MICRO, resamples=300) for runs in (first, second, other)]
    assert len(set(kept)) == 3


def test_bootstrap_repeats_by_its_seed() -> None:
    gold, articles = sentences(40, 5)
    runs = made(gold, articles, 3, 0.7, seed=1)
    first = bootstrap(runs, MICRO, resamples=500, rng_seed=4)
    assert bootstrap(runs, MICRO, resamples=500, rng_seed=4) == first
    assert bootstrap(runs, MICRO, resamples=500, rng_seed=5) != first


# The article jackknife


def test_jackknife_by_hand() -> None:
    """Pooled F1 12/18; without each article 6/10, 10/14, 8/12; pseudo-values 4/5, 4/7, 2/3.

    Their mean is 0.67937 and their sd 0.11481; t(2) at 97.5 % is 4.30265.
    """
    interval = jackknife([one_class((3, 4, 4), (1, 2, 2), (2, 2, 4))], MICRO)
    assert interval.estimate == pytest.approx(2 / 3)
    assert interval.low == pytest.approx(0.39415, abs=1e-5)
    assert interval.high == pytest.approx(0.96458, abs=1e-5)
    assert not interval.clipped


def test_jackknife_is_clipped_and_says_so() -> None:
    runs = [one_class((3, 4, 4), (1, 2, 2), (2, 2, 4))]
    interval = jackknife(runs, MICRO, confidence=0.99)  # t(2) at 99.5 % is 9.92
    assert interval.low == pytest.approx(0.67937 - 9.92484 * 0.066288, abs=1e-4)
    assert interval.high == 1.0
    assert interval.clipped


@settings(max_examples=150)
@given(two_systems(), st.sampled_from(MEASURES))
def test_jackknife_and_its_test_against_scipy(systems: tuple[Runs, Runs], measure: Measure) -> None:
    articles = systems[0][0].articles
    everything = range(len(articles))
    number = int(articles.max()) + 1
    pseudo, by_article = [], []
    for article in range(number):
        rest, inside = (np.flatnonzero(x) for x in (articles != article, articles == article))
        pseudo.append(
            [
                number * plain_score(runs, measure, everything)
                - (number - 1) * plain_score(runs, measure, rest)
                for runs in systems
            ]
        )
        by_article.append([plain_score(runs, measure, inside) for runs in systems])
    of_a, of_b = np.array(pseudo).T

    interval = jackknife(systems[0], measure, confidence=0.9)
    error = stats.sem(of_a)
    low, high = (of_a.mean() + sign * stats.t.ppf(0.95, number - 1) * error for sign in (-1, 1))
    assert interval.low == pytest.approx(min(max(low, 0), 1), abs=1e-9)
    assert interval.high == pytest.approx(min(max(high, 0), 1), abs=1e-9)

    result = compare(*systems, measure, rounds=1)
    assert result.difference == pytest.approx(
        plain_score(systems[0], measure, everything) - plain_score(systems[1], measure, everything)
    )
    assert result.by_article == pytest.approx([a - b for a, b in by_article])
    difference = of_a - of_b
    if np.ptp(difference) > 1e-9:
        expected = stats.ttest_1samp(difference, 0).pvalue
        assert result.p_new_documents == pytest.approx(expected, abs=1e-6)
    else:
        assert result.p_new_documents == (1.0 if abs(difference.mean()) < 1e-9 else 0.0)


def test_an_article_without_a_number_is_none() -> None:
    counts = one_class((3, 4, 4), (1, 2, 2), (2, 2, 4))
    gaps = replace(counts, articles=np.array([0, 2, 7]))
    assert jackknife([gaps], MICRO) == jackknife([counts], MICRO)
    assert len(compare([gaps], [gaps], MICRO, rounds=1).by_article) == 3


# What there is nothing to say of


def test_without_entities_the_score_is_0_for_certain() -> None:
    empty = [statistics("ab", np.zeros((6, 2, 3), dtype=np.int64), np.arange(6) // 2)]
    for measure in MEASURES:
        for interval in (bootstrap(empty, measure, resamples=50), jackknife(empty, measure)):
            assert (interval.estimate, interval.low, interval.high) == (0.0, 0.0, 0.0)
        result = compare(empty, empty, measure, rounds=50)
        assert (result.difference, result.p_these_documents, result.p_new_documents) == (0, 1, 1)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_other_sentences_are_refused(other: Statistics) -> None:
    for call in (
        lambda: bootstrap([GOOD, other], MICRO, resamples=9),
        lambda: jackknife([GOOD, other], MICRO),
    ):
        with pytest.raises(EventbenchError, match="not over the same sentences"):
            call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bootstrap([], MICRO), "no run"),
        (lambda: jackknife([], MICRO), "no run"),
        (lambda: bootstrap([NOTHING], MICRO), "nothing to score"),
        (lambda: jackknife([NOTHING], MICRO), "nothing to score"),
        (lambda: jackknife([one_class((1, 1, 1))], MICRO), "two articles"),
        (lambda: bootstrap([GOOD], MICRO, resamples=0), "expected 1 or more"),
        (lambda: bootstrap([GOOD], MICRO, confidence=1.0), "confidence"),
        (lambda: jackknife([GOOD], MICRO, confidence=95), "confidence"),
    ],
)
def test_questions_without_an_answer_are_refused(call: Call, message: str) -> None:
    with pytest.raises(EventbenchError, match=message):
        call()
