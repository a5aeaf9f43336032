"""Made-up statistics for tests of intervals and comparisons, and scores of them in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eventbench.scoring.counts import macro_f1, micro_f1
from eventbench.scoring.statistics import Measure, Statistics, Table

OF = "class"
MICRO, MACRO = Measure("micro-F1", OF, micro_f1), Measure("macro-F1", OF, macro_f1)
MEASURES = [MICRO, MACRO]
Runs = list[Statistics]


def statistics(names: Sequence[str], values: np.ndarray, articles: Sequence[int]) -> Statistics:
    """Statistics of counts, shape (units, names, 3)."""
    return Statistics({OF: Table(tuple(names), values)}, np.array(articles))


def plain_f1(values: np.ndarray, measure: Measure) -> float:
    """Micro or macro F1 of counts (units, classes, 3) in plain Python."""
    total = values.sum(axis=0).tolist()
    if measure is MICRO:
        total = [[sum(column) for column in zip(*total, strict=True)]]
    f1 = [2 * c / (p + g) for c, p, g in total if p + g]
    return sum(f1) / len(f1) if f1 else 0.0


def plain_score(runs: Runs, measure: Measure, rows: Sequence[int]) -> float:
    scores = [plain_f1(run.tables[OF].values[list(rows)], measure) for run in runs]
    return sum(scores) / len(runs)


def made(gold: np.ndarray, articles: Sequence[int], seeds: int, skill: float, seed: int) -> Runs:
    """Runs on sentences with this gold, shape (sentences, classes)."""
    rng = np.random.default_rng(seed)
    runs = []
    for _ in range(seeds):
        right = rng.binomial(gold, skill)
        predicted = right + rng.binomial(1, 0.2, gold.shape)
        values = np.stack([right, predicted, gold], -1)
        runs.append(statistics("abcdefgh"[: gold.shape[1]], values, articles))
    return runs


def sentences(number: int, articles: int, *, seed: int = 0) -> tuple[np.ndarray, list[int]]:
    """Gold of sentences of two classes, and articles that are not side by side."""
    gold = np.random.default_rng(seed).poisson(1.2, (number, 2))
    return gold, [i % articles for i in range(number)]


def one_class(*articles: tuple[int, int, int]) -> Statistics:
    """One sentence an article, with its right, predicted and gold entities of one class."""
    return statistics("a", np.array(articles)[:, None], np.arange(len(articles)))


@st.composite
def two_systems(draw: st.DrawFn) -> tuple[Runs, Runs]:
    """Two systems of one to three seeds on up to eight sentences of two to four articles."""
    articles = draw(st.integers(2, 4))
    more = draw(st.lists(st.integers(0, articles - 1), max_size=8 - articles))
    groups = np.array([*range(articles), *more])
    classes = draw(st.integers(1, 3))
    small = arrays(np.int64, (len(groups), classes), elements=st.integers(0, 2))
    gold = draw(small)
    systems: list[Runs] = []
    for _ in range(2):
        runs = []
        for _ in range(draw(st.integers(1, 3))):
            right = np.minimum(draw(small), gold)
            values = np.stack([right, right + draw(small), gold], axis=-1)
            runs.append(statistics("abc"[:classes], values, groups))
        systems.append(runs)
    return systems[0], systems[1]


GOOD = one_class((3, 4, 4), (1, 2, 2), (2, 2, 4))
NOTHING = statistics("a", np.zeros((0, 1, 3), dtype=np.int64), np.zeros(0, dtype=np.int64))
OTHERS = {
    "gold": one_class((3, 4, 4), (1, 2, 2), (2, 2, 5)),
    "number": one_class((3, 4, 4), (1, 2, 2)),
    "articles": statistics("a", GOOD.tables[OF].values, [0, 1, 1]),
    "classes": statistics("b", GOOD.tables[OF].values, [0, 1, 2]),
}
"""Statistics over other sentences or gold than `GOOD`, by what differs."""

Call = Callable[[], object]
