"""Whatever adds up is scored, bounded and compared the same way: F1, macro-F1, accuracy, B³."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import GOOD, MICRO, OF, Runs, statistics, two_systems
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from eventbench import EventbenchError
from eventbench.scoring.comparison import compare
from eventbench.scoring.coreference import METRICS, cluster_prf, compare_clusters
from eventbench.scoring.counts import macro_f1, micro_f1
from eventbench.scoring.intervals import bootstrap, jackknife
from eventbench.scoring.statistics import (
    POOLED,
    Measure,
    Numbers,
    Score,
    Statistics,
    Table,
    accuracy_score,
    average_scores,
    class_scores,
    f1_of,
    macro_score,
    score_of,
    tally,
)

ITEMS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("abc"), st.integers(0, 1)), max_size=12
)


@settings(max_examples=200)
@given(two_systems())
def test_sums_by_article_add_up_to_the_sum_of_all(systems: tuple[Runs, Runs]) -> None:
    for run in (*systems[0], *systems[1]):
        parts = run.totals_by_article()
        assert len(parts) == run.articles.max() + 1
        assert (sum(part[OF] for part in parts) == run.totals()[OF]).all()
        for article, part in enumerate(parts):
            inside = run.tables[OF].values[run.articles == article]
            assert (part[OF] == inside.sum(axis=0)).all()
            assert (run.by_article(OF)[article] == part[OF]).all()


def test_an_article_without_units_sums_to_nothing() -> None:
    gaps = Statistics(GOOD.tables, np.array([0, 0, 3]))
    assert gaps.by_article(OF)[:, 0].tolist() == [[4, 6, 6], [0, 0, 0], [0, 0, 0], [2, 2, 4]]
    empty = Statistics(
        {OF: Table(("a",), np.zeros((0, 1, 3), dtype=np.int64))}, np.zeros(0, dtype=np.int64)
    )
    assert empty.totals_by_article() == []


@settings(max_examples=200)
@given(two_systems())
def test_pooling_sums_over_names(systems: tuple[Runs, Runs]) -> None:
    table = systems[0][0].tables[OF]
    pooled = table.pooled()
    assert pooled.names == (POOLED,)
    assert pooled.kinds == table.kinds
    assert (pooled.values[:, 0] == table.values.sum(axis=1)).all()
    assert micro_f1(pooled.values.sum(axis=0)) == micro_f1(table.values.sum(axis=0))


@settings(max_examples=300)
@given(ITEMS, ITEMS)
def test_equal_items_count_as_often_as_both_sides_have_them(
    gold: list[tuple[int, str, int]], predicted: list[tuple[int, str, int]]
) -> None:
    table = tally(gold, predicted, "cab", 4)
    assert table.names == ("a", "b", "c")
    for unit in range(4):
        for k, name in enumerate("abc"):
            ours, theirs = (
                Counter(item for item in side if item[:2] == (unit, name))
                for side in (gold, predicted)
            )
            right = sum(min(ours[item], theirs[item]) for item in ours)
            expected = [right, theirs.total(), ours.total()]
            assert table.values[unit, k].tolist() == expected
    shuffled = tally(gold[::-1], predicted[::-1], "abc", 4)
    assert (shuffled.values == table.values).all()


def test_a_name_that_was_not_announced_is_an_error() -> None:
    with pytest.raises(KeyError):
        tally([(0, "z", 1)], [], "abc", 1)


# Scores of sums

TAGS = ["O", "B-A", "B-B", "B-C"]
PAIRS = st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), min_size=1, max_size=20)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=300)
@given(PAIRS)
def test_averages_are_seqevals_to_the_last_bit(pairs: list[tuple[str, str]]) -> None:
    counts = np.zeros((3, 3), dtype=np.int64)
    for gold, predicted in pairs:
        for tag, kind in ((predicted, 1), (gold, 2)):
            if tag != "O":
                counts[TAGS.index(tag) - 1, kind] += 1
        if gold == predicted != "O":
            counts[TAGS.index(gold) - 1, 0] += 1
    found = {**class_scores(counts, "ABC"), **average_scores(counts, "ABC")}
    if not counts.any():
        assert set(found.values()) == {Score(0.0, 0.0, 0.0, 0)}
        return
    report = classification_report(
        [[gold] for gold, _ in pairs],
        [[predicted] for _, predicted in pairs],
        output_dict=True,
        mode="strict",
        scheme=IOB2,
        zero_division=0,
    )
    assert found == {
        name: Score(*(float(v[k]) for k in ("precision", "recall", "f1-score")), int(v["support"]))
        for name, v in report.items()
    }


def test_scores_by_hand() -> None:
    counts = np.array([[3, 4, 5], [0, 1, 0], [0, 0, 0]])
    assert score_of(counts[0]) == Score(3 / 4, 3 / 5, pytest.approx(6 / 9), 5)
    assert [*class_scores(counts, "zab")] == ["a", "z"]  # b does not occur
    assert accuracy_score(counts) == Score(3 / 5, 3 / 5, 3 / 5, 5)
    macro = macro_score(counts)
    assert (macro.precision, macro.recall, macro.support) == (3 / 8, 3 / 10, 5)
    assert macro.f1 == pytest.approx((6 / 9) / 2)
    assert accuracy_score(counts[2:]) == macro_score(counts[2:]) == Score(0.0, 0.0, 0.0, 0)


def test_the_f1_of_one_name_is_a_measure_too() -> None:
    values = np.array([[[1, 1, 1], [0, 1, 1]], [[1, 2, 1], [1, 1, 1]]])
    table = Table(("x", "y"), values)
    measure = f1_of(table, "y", "classes")
    assert (measure.name, measure.table) == ("F1 of y", "classes")
    found = bootstrap([Statistics({"classes": table}, np.array([0, 1]))], measure, resamples=9)
    assert found.estimate == pytest.approx(2 * 1 / (2 + 2))


# Any additive measure has intervals and tests


def accuracy(values: Numbers) -> Numbers:
    return values[..., 0].sum(axis=-1) / np.maximum(values[..., 2].sum(axis=-1), 1)


def b_cubed(values: Numbers) -> Numbers:
    return cluster_prf(values)[..., METRICS.index("b3"), 2]


def decisions(right: list[int]) -> Statistics:
    values = np.array([[[r, 1, 1]] for r in right])
    return statistics(["decided"], values, np.arange(len(right)) // 2)


def chains(*articles: tuple[str, str]) -> Statistics:
    """An article a unit, its gold and predicted clusters written as words."""
    values = [compare_clusters(gold.split(), found.split()) for gold, found in articles]
    kinds = ("precision", "of predicted", "recall", "of gold")
    table = Table(METRICS, np.stack(values), kinds)
    return Statistics({OF: table}, np.arange(len(articles)))


GOLD_CHAINS = ("ab c", "abc de", "a b cd")
CASES: dict[str, tuple[Measure, Statistics, Statistics, float]] = {
    "accuracy": (
        Measure("accuracy", OF, accuracy),
        decisions([1, 1, 0, 1, 1, 1]),
        decisions([1, 0, 0, 1, 0, 1]),
        5 / 6,
    ),
    "macro-F1": (
        Measure("macro-F1", OF, macro_f1),
        statistics("ab", np.array([[[1, 1, 1], [0, 0, 1]], [[1, 2, 1], [1, 1, 1]]]), [0, 1]),
        statistics("ab", np.array([[[0, 1, 1], [0, 0, 1]], [[1, 2, 1], [0, 1, 1]]]), [0, 1]),
        (4 / 5 + 2 / 3) / 2,
    ),
    "B³": (
        Measure("B³", OF, b_cubed),
        chains(*((gold, gold) for gold in GOLD_CHAINS)),
        chains(*zip(GOLD_CHAINS, ("a b c", "abc de", "ab cd"), strict=True)),
        1.0,
    ),
}


@pytest.mark.parametrize(("measure", "a", "b", "expected"), CASES.values(), ids=CASES)
def test_an_additive_measure_has_intervals_and_tests(
    measure: Measure, a: Statistics, b: Statistics, expected: float
) -> None:
    for interval in (bootstrap([a], measure, resamples=300), jackknife([a], measure)):
        assert interval.estimate == pytest.approx(expected)
        assert 0 <= interval.low <= interval.high <= 1
    found = compare([a], [b], measure, rounds=300)
    assert found.a == pytest.approx(expected)
    assert found.difference > 0
    other = compare([b], [a], measure, rounds=300)
    assert (other.difference, other.p_value) == (-found.difference, found.p_value)
    of_b = [float(measure.compute(part[OF])) for part in b.totals_by_article()]
    of_a = [float(measure.compute(part[OF])) for part in a.totals_by_article()]
    assert found.by_article == pytest.approx([x - y for x, y in zip(of_a, of_b, strict=True)])


def test_fractions_are_summed_as_fractions() -> None:
    """B³ of the perfect system is 1 in every resample, so its interval has no width."""
    measure, perfect, other, _ = CASES["B³"]
    interval = bootstrap([perfect], measure, resamples=200)
    assert (interval.low, interval.high) == pytest.approx((1.0, 1.0))
    worse = jackknife([other], measure)
    assert worse.low < worse.estimate < 1
    # The denominators of the predicted side may differ between systems of one gold.
    assert compare([perfect], [other], measure, rounds=9).difference > 0


def test_tables_of_other_kinds_are_not_mixed() -> None:
    table = GOOD.tables[OF]
    other = Statistics({OF: Table(table.names, table.values, ("x", "y", "gold"))}, GOOD.articles)
    with pytest.raises(EventbenchError, match="not over the same"):
        bootstrap([GOOD, other], MICRO, resamples=9)
