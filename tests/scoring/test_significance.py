"""Intervals and tests against enumeration, scipy and cases worked by hand."""

from __future__ import annotations

import importlib.util
import itertools
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from types import ModuleType

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from eventbench.corpus.model import EventbenchError
from eventbench.scoring import significance
from eventbench.scoring.counts import Counts, macro_f1, micro_f1
from eventbench.scoring.significance import Comparison, bootstrap, compare, holm, jackknife

METRICS = [micro_f1, macro_f1]
Runs = list[Counts]


def plain_f1(values: np.ndarray, metric: Callable[..., object]) -> float:
    """Micro or macro F1 of counts (units, classes, 3) in plain Python."""
    total = values.sum(axis=0).tolist()
    if metric is micro_f1:
        total = [[sum(column) for column in zip(*total, strict=True)]]
    f1 = [2 * c / (p + g) for c, p, g in total if p + g]
    return sum(f1) / len(f1) if f1 else 0.0


def plain_score(runs: Runs, metric: Callable[..., object], rows: Sequence[int]) -> float:
    return sum(plain_f1(run.values[list(rows)], metric) for run in runs) / len(runs)


def made(gold: np.ndarray, groups: Sequence[int], seeds: int, skill: float, seed: int) -> Runs:
    """Runs on sentences with this gold, shape (sentences, classes)."""
    rng = np.random.default_rng(seed)
    runs = []
    for _ in range(seeds):
        right = rng.binomial(gold, skill)
        predicted = right + rng.binomial(1, 0.2, gold.shape)
        names = tuple("abcdefgh"[: gold.shape[1]])
        runs.append(Counts(names, np.stack([right, predicted, gold], -1), np.array(groups)))
    return runs


def sentences(number: int, articles: int, *, seed: int = 0) -> tuple[np.ndarray, list[int]]:
    """Gold of sentences of two classes, and articles that are not side by side."""
    gold = np.random.default_rng(seed).poisson(1.2, (number, 2))
    return gold, [i % articles for i in range(number)]


def one_class(*articles: tuple[int, int, int]) -> Counts:
    """One sentence an article, with its right, predicted and gold entities of one class."""
    return Counts(("a",), np.array(articles)[:, None], np.arange(len(articles)))


@st.composite
def two_systems(draw: st.DrawFn) -> tuple[Runs, Runs]:
    """Two systems of one to three seeds on up to eight sentences of two to four articles."""
    articles = draw(st.integers(2, 4))
    more = draw(st.lists(st.integers(0, articles - 1), max_size=8 - articles))
    groups = np.array([*range(articles), *more])
    classes = draw(st.integers(1, 3))
    small = arrays(np.int64, (len(groups), classes), elements=st.integers(0, 2))
    gold = draw(small)
    systems = []
    for _ in range(2):
        runs = []
        for _ in range(draw(st.integers(1, 3))):
            right = np.minimum(draw(small), gold)
            values = np.stack([right, right + draw(small), gold], axis=-1)
            runs.append(Counts(tuple("abc"[:classes]), values, groups))
        systems.append(runs)
    return systems[0], systems[1]


# The sentence bootstrap


@pytest.mark.parametrize("metric", METRICS)
def test_bootstrap_against_all_resamples(metric: Callable[..., np.ndarray]) -> None:
    """Articles of three and two sentences have 27 · 4 resamples, all equally likely."""
    groups = [0, 1, 0, 1, 0]
    runs = made(np.array([[2, 1], [1, 0], [1, 3], [2, 2], [0, 1]]), groups, 2, 0.6, seed=3)
    exact = [
        plain_score(runs, metric, [*first, *second])
        for first in itertools.product([0, 2, 4], repeat=3)
        for second in itertools.product([1, 3], repeat=2)
    ]
    for confidence in (0.5, 0.8, 0.95):
        interval = bootstrap(runs, metric, resamples=20_000, confidence=confidence)
        tail = (1 - confidence) / 2
        assert interval.estimate == pytest.approx(plain_score(runs, metric, range(5)))
        for bound, share in ((interval.low, tail), (interval.high, 1 - tail)):
            below = np.mean([value < bound - 1e-9 for value in exact])
            up_to = np.mean([value <= bound + 1e-9 for value in exact])
            assert below - 0.015 <= share <= up_to + 0.015


@pytest.mark.parametrize("metric", METRICS)
def test_bootstrap_against_scipy(metric: Callable[..., np.ndarray]) -> None:
    gold, _ = sentences(60, 1)
    runs = made(gold, [0] * 60, 1, 0.7, seed=1)

    def statistic(rows: np.ndarray, axis: int) -> np.ndarray:
        return metric(runs[0].values[rows].sum(axis=axis - 2))

    expected = stats.bootstrap(
        (np.arange(60),), statistic, vectorized=True, method="percentile", n_resamples=20_000,
        confidence_level=0.9, rng=np.random.default_rng(5),
    ).confidence_interval  # fmt: skip
    interval = bootstrap(runs, metric, resamples=20_000, confidence=0.9)
    assert [interval.low, interval.high] == pytest.approx([*expected], abs=0.004)
    assert interval.high - interval.low > 0.05


def test_bootstrap_draws_within_each_article() -> None:
    """Where the sentences of an article are all alike, nothing is left to vary."""
    kinds = np.array([[[3, 3, 3]], [[0, 2, 4]], [[1, 1, 2]]])
    groups = np.array([0, 1, 2, 1, 0, 0, 2, 1])
    interval = bootstrap([Counts(("a",), kinds[groups], groups)], micro_f1, resamples=200)
    assert interval.low == interval.estimate == interval.high
    pooled = bootstrap([Counts(("a",), kinds[groups], groups * 0)], micro_f1, resamples=200)
    assert pooled.low < pooled.high


def test_bootstrap_draws_the_same_sentences_for_all_seeds() -> None:
    """One seed is right where the other is wrong: their mean is 1/2 on every resample."""
    right = np.array([1, 0, 0, 1, 1, 0, 1, 0])
    runs = [
        Counts(("a",), np.stack([r, r * 0 + 1, r * 0 + 1], -1)[:, None], np.arange(8) // 4)
        for r in (right, 1 - right)
    ]
    interval = bootstrap(runs, micro_f1, resamples=300)
    assert [interval.low, interval.high] == pytest.approx([0.5, 0.5], abs=1e-12)
    assert bootstrap(runs[:1], micro_f1, resamples=300).low < 0.4


def test_draws_do_not_depend_on_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    gold, groups = sentences(30, 3)
    a, b = made(gold, groups, 2, 0.7, seed=1), made(gold, groups, 2, 0.6, seed=2)
    interval, comparison = bootstrap(a, macro_f1), compare(a, b, macro_f1)
    monkeypatch.setattr(significance, "BLOCK", 1000)
    assert bootstrap(a, macro_f1) == interval
    assert compare(a, b, macro_f1) == comparison


def test_bootstrap_repeats_by_its_seed() -> None:
    gold, groups = sentences(40, 5)
    runs = made(gold, groups, 3, 0.7, seed=1)
    first = bootstrap(runs, micro_f1, resamples=500, rng_seed=4)
    assert bootstrap(runs, micro_f1, resamples=500, rng_seed=4) == first
    assert bootstrap(runs, micro_f1, resamples=500, rng_seed=5) != first


# The article jackknife


def test_jackknife_by_hand() -> None:
    """Pooled F1 12/18; without each article 6/10, 10/14, 8/12; pseudo-values 4/5, 4/7, 2/3.

    Their mean is 0.67937 and their sd 0.11481; t(2) at 97.5 % is 4.30265.
    """
    interval = jackknife([one_class((3, 4, 4), (1, 2, 2), (2, 2, 4))], micro_f1)
    assert interval.estimate == pytest.approx(2 / 3)
    assert interval.low == pytest.approx(0.39415, abs=1e-5)
    assert interval.high == pytest.approx(0.96458, abs=1e-5)
    assert not interval.clipped


def test_jackknife_is_clipped_and_says_so() -> None:
    runs = [one_class((3, 4, 4), (1, 2, 2), (2, 2, 4))]
    interval = jackknife(runs, micro_f1, confidence=0.99)  # t(2) at 99.5 % is 9.92
    assert interval.low == pytest.approx(0.67937 - 9.92484 * 0.066288, abs=1e-4)
    assert interval.high == 1.0
    assert interval.clipped


@settings(max_examples=150, deadline=None)
@given(two_systems(), st.sampled_from(METRICS))
def test_jackknife_and_its_test_against_scipy(
    systems: tuple[Runs, Runs], metric: Callable[..., np.ndarray]
) -> None:
    groups = systems[0][0].groups
    everything = range(len(groups))
    number = int(groups.max()) + 1
    pseudo, by_article = [], []
    for article in range(number):
        rest, inside = (np.flatnonzero(x) for x in (groups != article, groups == article))
        pseudo.append(
            [
                number * plain_score(runs, metric, everything)
                - (number - 1) * plain_score(runs, metric, rest)
                for runs in systems
            ]
        )
        by_article.append([plain_score(runs, metric, inside) for runs in systems])
    of_a, of_b = np.array(pseudo).T

    interval = jackknife(systems[0], metric, confidence=0.9)
    error = stats.sem(of_a)
    low, high = (of_a.mean() + sign * stats.t.ppf(0.95, number - 1) * error for sign in (-1, 1))
    assert interval.low == pytest.approx(min(max(low, 0), 1), abs=1e-9)
    assert interval.high == pytest.approx(min(max(high, 0), 1), abs=1e-9)

    result = compare(*systems, metric, rounds=1)
    assert result.difference == pytest.approx(
        plain_score(systems[0], metric, everything) - plain_score(systems[1], metric, everything)
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
    gaps = replace(counts, groups=np.array([0, 2, 7]))
    assert jackknife([gaps], micro_f1) == jackknife([counts], micro_f1)
    assert len(compare([gaps], [gaps], micro_f1, rounds=1).by_article) == 3


# The comparison


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("seeds", [(1, 1), (2, 2), (3, 2)])
def test_randomisation_against_all_swaps(
    metric: Callable[..., np.ndarray], seeds: tuple[int, int]
) -> None:
    """With nine sentences there are 512 assignments to the two sides."""
    gold, groups = sentences(9, 3, seed=1)
    a, b = (
        made(gold, groups, n, skill, seed=8) for n, skill in zip(seeds, (0.8, 0.6), strict=True)
    )
    # The same number of seeds on both sides: all of A's once for each of B's, and inversely.
    sums = np.stack(
        [seeds[1] * sum(run.values for run in a), seeds[0] * sum(run.values for run in b)]
    )
    places = np.arange(9)
    statistics = [
        abs(plain_f1(sums[side, places], metric) - plain_f1(sums[1 - side, places], metric))
        for side in map(np.array, itertools.product([0, 1], repeat=9))
    ]
    exact = np.mean([value >= statistics[0] - 1e-9 for value in statistics])
    assert 0.005 < exact < 0.7  # a case that tells something
    rounds = 20_000
    p = compare(a, b, metric, rounds=rounds).p_these_documents
    assert p == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / rounds))


def test_randomisation_against_scipy() -> None:
    gold, groups = sentences(10, 2, seed=2)
    a, b = made(gold, groups, 1, 0.9, seed=1), made(gold, groups, 1, 0.6, seed=2)
    both = np.concatenate([a[0].values, b[0].values])

    def statistic(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
        f1_x, f1_y = (micro_f1(both[side].sum(axis=axis - 2)) for side in (x, y))
        return abs(f1_x - f1_y)

    exact = stats.permutation_test(
        (np.arange(10), np.arange(10, 20)), statistic, permutation_type="samples",
        vectorized=True, n_resamples=np.inf, alternative="greater",
    ).pvalue  # fmt: skip
    assert compare(a, b, micro_f1).p_these_documents == pytest.approx(exact, abs=0.02)
    assert 0.001 < exact < 0.5


def test_p_is_never_0_and_counts_its_own_round() -> None:
    """A is right and B wrong in each of 40 sentences: no round reaches that again."""
    gold = np.ones((40, 1), dtype=np.int64)
    groups = np.arange(40) % 4
    perfect = [Counts(("a",), np.stack([gold, gold, gold], -1), groups)]
    wrong = [Counts(("a",), np.stack([gold * 0, gold, gold], -1), groups)]
    assert compare(perfect, wrong, micro_f1, rounds=99).p_these_documents == 1 / 100


@settings(max_examples=60, deadline=None)
@given(two_systems(), st.sampled_from(METRICS))
def test_exchanging_the_systems_changes_the_sign_alone(
    systems: tuple[Runs, Runs], metric: Callable[..., np.ndarray]
) -> None:
    a, b = systems
    one, other = compare(a, b, metric, rounds=50), compare(b, a, metric, rounds=50)
    assert (one.a, one.b, one.difference) == (other.b, other.a, -other.difference)
    assert one.by_article == tuple(-x for x in other.by_article)
    assert one.p_these_documents == other.p_these_documents
    assert one.p_new_documents == other.p_new_documents


@settings(max_examples=60, deadline=None)
@given(two_systems(), st.sampled_from(METRICS))
def test_equal_systems_do_not_differ(
    systems: tuple[Runs, Runs], metric: Callable[..., np.ndarray]
) -> None:
    """Not even in the last bits, whatever the order of the seeds."""
    runs = [*systems[0], *systems[1]]
    result = compare(runs, runs[::-1], metric, rounds=20)
    assert result.difference == 0.0
    assert set(result.by_article) == {0.0}
    assert (result.p_these_documents, result.p_new_documents) == (1.0, 1.0)
    assert not result.significant


def test_the_last_bits_of_an_f1_are_no_difference() -> None:
    """Both reach F1 4/6 on each article, but by other sums, which differ by 2e-16."""
    a, b = [one_class(*[(2, 2, 4)] * 3)], [one_class(*[(3, 5, 4)] * 3)]
    result = compare(a, b, micro_f1, rounds=50)
    assert (result.p_these_documents, result.p_new_documents) == (1.0, 1.0)


def test_one_difference_on_all_articles_leaves_nothing_to_chance() -> None:
    a, b = [one_class(*[(0, 0, 1)] * 3)], [one_class(*[(1, 2, 1)] * 3)]
    result = compare(a, b, micro_f1, rounds=50)
    assert result.p_new_documents == 0.0
    assert result.p_these_documents > 0.05
    assert not result.significant


def test_a_seed_given_twice_changes_nothing() -> None:
    gold, groups = sentences(30, 3)
    (a,), (b,) = made(gold, groups, 1, 0.8, seed=1), made(gold, groups, 1, 0.6, seed=2)
    once = compare([a], [b], macro_f1, rounds=500)
    for more in (([a, a], [b]), ([a, a, a], [b, b])):
        result = compare(*more, macro_f1, rounds=500)
        assert result.p_these_documents == once.p_these_documents
        assert result.p_new_documents == pytest.approx(once.p_new_documents)
        assert result.by_article == pytest.approx(once.by_article)
    for interval in (partial(bootstrap, resamples=500), jackknife):
        one, two = interval([a], macro_f1), interval([a, a], macro_f1)
        assert (two.low, two.high) == pytest.approx((one.low, one.high))


def test_comparison_repeats_by_its_seed() -> None:
    gold, groups = sentences(40, 5)
    a, b = made(gold, groups, 2, 0.75, seed=1), made(gold, groups, 2, 0.7, seed=2)
    first = compare(a, b, micro_f1, rounds=400, rng_seed=1)
    assert compare(a, b, micro_f1, rounds=400, rng_seed=1) == first
    assert compare(a, b, micro_f1, rounds=400, rng_seed=2) != first


@pytest.mark.parametrize(
    ("these", "new", "significant"),
    [(0.01, 0.04, True), (0.01, 0.2, False), (0.2, 0.01, False), (0.05, 0.01, False)],
)
def test_significant_means_both(these: float, new: float, significant: bool) -> None:
    result = Comparison(0.7, 0.6, (0.1,) * 5, these, new)
    assert result.significant is significant
    assert result.p_value == max(these, new)


@pytest.mark.parametrize(("articles", "smallest"), [(2, 0.5), (5, 0.0625), (6, 0.03125)])
def test_the_note_says_what_so_few_articles_allow(articles: int, smallest: float) -> None:
    swaps = [abs(sum(signs)) for signs in itertools.product([-1, 1], repeat=articles)]
    assert swaps.count(articles) / len(swaps) == smallest
    result = Comparison(0.7, 0.6, (0.1,) * articles, 0.01, 0.01)
    assert result.smallest_swap_p == smallest
    assert f"{articles} articles" in result.note
    assert f"p = {smallest:g}," in result.note


# Holm


def test_holm_by_hand() -> None:
    """In order: 4 · 0.005, 3 · 0.01, 2 · 0.03, and 0.04, which may not be below 0.06."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.4, 0.6]) == pytest.approx([0.8, 0.8])
    assert holm([0.9, 0.6]) == [1.0, 1.0]
    assert holm([0.2]) == [0.2]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_holm_rejects_as_the_step_down_procedure(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    order = np.argsort(p_values, kind="stable")
    for alpha in (0.05, 0.3):
        rejecting = True
        for rank, place in enumerate(order):
            rejecting &= (len(p_values) - rank) * p_values[place] <= alpha
            assert (adjusted[place] <= alpha) == rejecting


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.nan])
def test_holm_refuses_what_is_no_p(wrong: float) -> None:
    with pytest.raises(EventbenchError, match="between 0 and 1"):
        holm([0.5, wrong])


# What there is nothing to say of


def test_without_entities_the_score_is_0_for_certain() -> None:
    empty = [Counts(("a", "b"), np.zeros((6, 2, 3), dtype=np.int64), np.arange(6) // 2)]
    for metric in METRICS:
        for interval in (bootstrap(empty, metric, resamples=50), jackknife(empty, metric)):
            assert (interval.estimate, interval.low, interval.high) == (0.0, 0.0, 0.0)
        result = compare(empty, empty, metric, rounds=50)
        assert (result.difference, result.p_these_documents, result.p_new_documents) == (0, 1, 1)


GOOD = one_class((3, 4, 4), (1, 2, 2), (2, 2, 4))
OTHERS = {
    "gold": one_class((3, 4, 4), (1, 2, 2), (2, 2, 5)),
    "number": one_class((3, 4, 4), (1, 2, 2)),
    "articles": replace(GOOD, groups=np.array([0, 1, 1])),
    "classes": replace(GOOD, classes=("b",)),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_other_sentences_are_refused(other: Counts) -> None:
    for call in (
        lambda: bootstrap([GOOD, other], micro_f1, resamples=9),
        lambda: jackknife([GOOD, other], micro_f1),
        lambda: compare([GOOD], [other], micro_f1, rounds=9),
        lambda: compare([GOOD], [GOOD, other], micro_f1, rounds=9),
        lambda: compare([GOOD, other], [GOOD], micro_f1, rounds=9),
    ):
        with pytest.raises(EventbenchError, match="not over the same sentences"):
            call()


NOTHING = Counts(("a",), np.zeros((0, 1, 3), dtype=np.int64), np.zeros(0, dtype=np.int64))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bootstrap([], micro_f1), "no run"),
        (lambda: jackknife([], micro_f1), "no run"),
        (lambda: compare([], [GOOD], micro_f1), "no run"),
        (lambda: compare([GOOD], [], micro_f1), "no run"),
        (lambda: bootstrap([NOTHING], micro_f1), "no sentence"),
        (lambda: jackknife([NOTHING], micro_f1), "no sentence"),
        (lambda: compare([NOTHING], [NOTHING], micro_f1), "no sentence"),
        (lambda: jackknife([one_class((1, 1, 1))], micro_f1), "two articles"),
        (lambda: compare([one_class((1, 1, 1))], [one_class((1, 1, 1))], micro_f1), "two articles"),
        (lambda: bootstrap([GOOD], micro_f1, resamples=0), "at least 1"),
        (lambda: compare([GOOD], [GOOD], micro_f1, rounds=0), "at least 1"),
        (lambda: bootstrap([GOOD], micro_f1, confidence=1.0), "confidence"),
        (lambda: jackknife([GOOD], micro_f1, confidence=95), "confidence"),
    ],
)
def test_questions_without_an_answer_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(EventbenchError, match=message):
        call()


# The simulation


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "benchmark_significance", ROOT / "benchmarks/significance.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def test_the_simulated_truth_is_what_long_articles_come_to(simulation: ModuleType) -> None:
    scenario = simulation.Scenario("", article=0.3, run=0.2, taste=0.25, worse=0.3)
    drawn = simulation.draw(scenario, np.random.default_rng(1), (20_000, 10_000, 5_000))
    counted = np.array([[run.total() for run in system] for system in drawn.runs])
    assert (abs(counted - drawn.expected) < 5 * np.sqrt(drawn.expected)).all()
    np.testing.assert_allclose(micro_f1(counted), micro_f1(drawn.expected), atol=0.01)
    many = simulation.draw(scenario, np.random.default_rng(2), (20,) * 1500)
    counted = np.array([[run.total() for run in system] for system in many.runs]).mean(axis=1)
    new = simulation.expected_on_new_documents(scenario)
    np.testing.assert_allclose(micro_f1(counted), micro_f1(new), atol=0.01)
    np.testing.assert_allclose(macro_f1(counted), macro_f1(new), atol=0.015)


def test_the_simulation_repeats_and_its_page_shows_its_file(simulation: ModuleType) -> None:
    assert simulation.measure(2) == simulation.measure(2)
    folder = ROOT / "benchmarks"
    results = json.loads((folder / "significance.json").read_text(encoding="utf-8"))
    page = (folder / "SIGNIFICANCE.md").read_text(encoding="utf-8")
    assert simulation.document(results) == page
