"""Comparisons against enumeration, scipy and cases worked by hand; the simulation repeats."""

from __future__ import annotations

import importlib
import itertools
import json
import math
import sys
from functools import partial
from types import ModuleType

import numpy as np
import pytest
from conftest import ROOT
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
    plain_f1,
    sentences,
    statistics,
    two_systems,
)
from scipy import stats

from eventbench import EventbenchError
from eventbench.scoring.comparison import Comparison, compare, holm
from eventbench.scoring.counts import macro_f1, micro_f1
from eventbench.scoring.intervals import bootstrap, jackknife
from eventbench.scoring.statistics import Measure, Statistics

# The comparison


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("seeds", [(1, 1), (2, 2), (3, 2)])
def test_randomisation_against_all_swaps(measure: Measure, seeds: tuple[int, int]) -> None:
    """With nine sentences there are 512 assignments to the two sides."""
    gold, articles = sentences(9, 3, seed=1)
    a, b = (
        made(gold, articles, n, skill, seed=8) for n, skill in zip(seeds, (0.8, 0.6), strict=True)
    )
    # The same number of seeds on both sides: all of A's once for each of B's, and inversely.
    sums = np.stack(
        [
            seeds[1] * sum(run.tables[OF].values for run in a),
            seeds[0] * sum(run.tables[OF].values for run in b),
        ]
    )
    places = np.arange(9)
    statistics = [
        abs(plain_f1(sums[side, places], measure) - plain_f1(sums[1 - side, places], measure))
        for side in map(np.array, itertools.product([0, 1], repeat=9))
    ]
    exact = np.mean([value >= statistics[0] - 1e-9 for value in statistics])
    assert 0.005 < exact < 0.7  # a case that tells something
    rounds = 20_000
    p = compare(a, b, measure, rounds=rounds).p_these_documents
    assert p == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / rounds))


def test_randomisation_against_scipy() -> None:
    gold, articles = sentences(10, 2, seed=2)
    a, b = made(gold, articles, 1, 0.9, seed=1), made(gold, articles, 1, 0.6, seed=2)
    both = np.concatenate([a[0].tables[OF].values, b[0].tables[OF].values])

    def statistic(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
        f1_x, f1_y = (micro_f1(both[side].sum(axis=axis - 2)) for side in (x, y))
        return abs(f1_x - f1_y)

    exact = stats.permutation_test(
        (np.arange(10), np.arange(10, 20)), statistic, permutation_type="samples",
        vectorized=True, n_resamples=np.inf, alternative="greater",
    ).pvalue  # fmt: skip
    assert compare(a, b, MICRO).p_these_documents == pytest.approx(exact, abs=0.02)
    assert 0.001 < exact < 0.5


def test_p_is_never_0_and_counts_its_own_round() -> None:
    """A is right and B wrong in each of 40 sentences: no round reaches that again."""
    gold = np.ones((40, 1), dtype=np.int64)
    articles = np.arange(40) % 4
    perfect = [statistics("a", np.stack([gold, gold, gold], -1), articles)]
    wrong = [statistics("a", np.stack([gold * 0, gold, gold], -1), articles)]
    assert compare(perfect, wrong, MICRO, rounds=99).p_these_documents == 1 / 100


@settings(max_examples=60)
@given(two_systems(), st.sampled_from(MEASURES))
def test_exchanging_the_systems_changes_the_sign_alone(
    systems: tuple[Runs, Runs], measure: Measure
) -> None:
    a, b = systems
    one, other = compare(a, b, measure, rounds=50), compare(b, a, measure, rounds=50)
    assert (one.a, one.b, one.difference) == (other.b, other.a, -other.difference)
    assert one.by_article == tuple(-x for x in other.by_article)
    assert one.p_these_documents == other.p_these_documents
    assert one.p_new_documents == other.p_new_documents


@settings(max_examples=60)
@given(two_systems(), st.sampled_from(MEASURES))
def test_equal_systems_do_not_differ(systems: tuple[Runs, Runs], measure: Measure) -> None:
    """Not even in the last bits, whatever the order of the seeds."""
    runs = [*systems[0], *systems[1]]
    result = compare(runs, runs[::-1], measure, rounds=20)
    assert result.difference == 0.0
    assert set(result.by_article) == {0.0}
    assert (result.p_these_documents, result.p_new_documents) == (1.0, 1.0)
    assert not result.significant


def test_the_last_bits_of_an_f1_are_no_difference() -> None:
    """Both reach F1 4/6 on each article, but by other sums, which differ by 2e-16."""
    a, b = [one_class(*[(2, 2, 4)] * 3)], [one_class(*[(3, 5, 4)] * 3)]
    result = compare(a, b, MICRO, rounds=50)
    assert (result.p_these_documents, result.p_new_documents) == (1.0, 1.0)


def test_one_difference_on_all_articles_leaves_nothing_to_chance() -> None:
    a, b = [one_class(*[(0, 0, 1)] * 3)], [one_class(*[(1, 2, 1)] * 3)]
    result = compare(a, b, MICRO, rounds=50)
    assert result.p_new_documents == 0.0
    assert result.p_these_documents > 0.05
    assert not result.significant


def test_a_seed_given_twice_changes_nothing() -> None:
    gold, articles = sentences(30, 3)
    (a,), (b,) = made(gold, articles, 1, 0.8, seed=1), made(gold, articles, 1, 0.6, seed=2)
    once = compare([a], [b], MACRO, rounds=500)
    for more in (([a, a], [b]), ([a, a, a], [b, b])):
        result = compare(*more, MACRO, rounds=500)
        assert result.p_these_documents == once.p_these_documents
        assert result.p_new_documents == pytest.approx(once.p_new_documents)
        assert result.by_article == pytest.approx(once.by_article)
    for interval in (partial(bootstrap, resamples=500), jackknife):
        one, two = interval([a], MACRO), interval([a, a], MACRO)
        assert (two.low, two.high) == pytest.approx((one.low, one.high))


def test_comparison_repeats_by_its_seed() -> None:
    gold, articles = sentences(40, 5)
    a, b = made(gold, articles, 2, 0.75, seed=1), made(gold, articles, 2, 0.7, seed=2)
    first = compare(a, b, MICRO, rounds=400, rng_seed=1)
    assert compare(a, b, MICRO, rounds=400, rng_seed=1) == first
    assert compare(a, b, MICRO, rounds=400, rng_seed=2) != first


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


# Refusals


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_other_sentences_are_not_compared(other: Statistics) -> None:
    for call in (
        lambda: compare([GOOD], [other], MICRO, rounds=9),
        lambda: compare([GOOD], [GOOD, other], MICRO, rounds=9),
        lambda: compare([GOOD, other], [GOOD], MICRO, rounds=9),
    ):
        with pytest.raises(EventbenchError, match="not over the same sentences"):
            call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compare([], [GOOD], MICRO), "no run"),
        (lambda: compare([GOOD], [], MICRO), "no run"),
        (lambda: compare([NOTHING], [NOTHING], MICRO), "nothing to score"),
        (lambda: compare([one_class((1, 1, 1))], [one_class((1, 1, 1))], MICRO), "two articles"),
        (lambda: compare([GOOD], [GOOD], MICRO, rounds=0), "expected 1 or more"),
    ],
)
def test_comparisons_without_an_answer_are_refused(call: Call, message: str) -> None:
    with pytest.raises(EventbenchError, match=message):
        call()


# The simulation


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        return importlib.import_module("significance")


@pytest.fixture(scope="module")
def made_up(simulation: ModuleType) -> ModuleType:
    return sys.modules[simulation.Scenario.__module__]


@pytest.mark.parametrize("b_alone", [False, True])
@pytest.mark.parametrize("effects", ["NORMAL", "SKEWED", "ONE", "CHANCE"])
def test_the_simulated_truth_is_what_long_articles_come_to(
    made_up: ModuleType, effects: str, b_alone: bool
) -> None:
    kind = getattr(made_up, effects)
    scenario = made_up.Scenario("", 0.3, 0.2, 0.25, worse=0.3, effects=kind, b_alone=b_alone)
    drawn = made_up.draw(scenario, np.random.default_rng(1), (6_000, 3_000, 1_500))
    counted = np.array([[run.totals()[OF] for run in system] for system in drawn.runs])
    assert (abs(counted - drawn.expected) < 5 * np.sqrt(drawn.expected)).all()
    np.testing.assert_allclose(micro_f1(counted), micro_f1(drawn.expected), atol=0.01)
    many = made_up.draw(scenario, np.random.default_rng(2), (20,) * 1500)
    counted = np.array([[run.totals()[OF] for run in system] for system in many.runs]).mean(axis=1)
    new = made_up.expected_on_new_documents(scenario)
    np.testing.assert_allclose(micro_f1(counted), micro_f1(new), atol=0.01)
    np.testing.assert_allclose(macro_f1(counted), macro_f1(new), atol=0.015)


def test_systems_that_are_called_equal_are(made_up: ModuleType) -> None:
    for scenario in made_up.SCENARIOS:
        a, *_, b = micro_f1(made_up.expected_on_new_documents(scenario))
        assert (abs(a - b) < 1e-4) == (scenario.worse <= 0)


def test_one_article_of_five_is_outlying_for_whom_the_scenario_says(
    made_up: ModuleType,
) -> None:
    for b_alone in (False, True):
        scenario = made_up.Scenario("", effects=made_up.ONE, b_alone=b_alone)
        terms = made_up.article_terms(scenario, np.random.default_rng(0), 5)
        outlying = terms == -made_up.OUTLYING
        assert outlying.sum(axis=-1).max(axis=1).tolist() == [int(not b_alone)] * 4 + [1]
        assert not terms[~outlying].any()


@pytest.mark.parametrize("worse", [True, False])
def test_the_simulation_counts_what_the_letters_split(simulation: ModuleType, worse: bool) -> None:
    rng = np.random.default_rng(0)
    far = simulation.Scenario("", worse=1.5)  # told apart in any draw
    drawn = simulation.draw(far, rng, (400,) * 5)
    micro = simulation.MEASURES["micro"]
    assert simulation.splits(drawn, micro, worse, 0) == [not worse, not worse, True, True]
    assert (
        simulation.splits(simulation.Draw([drawn.runs[0]] * 5, drawn.expected), micro, worse, 0)
        == [False] * 4
    )


def test_the_simulation_repeats_and_its_page_shows_its_file(simulation: ModuleType) -> None:
    assert simulation.simulate(2) == simulation.simulate(2)
    folder = ROOT / "benchmarks"
    results = json.loads((folder / "significance.json").read_text(encoding="utf-8"))
    page = (folder / "SIGNIFICANCE.md").read_text(encoding="utf-8")
    assert simulation.document(results) == page
