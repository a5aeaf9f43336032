"""Additive statistics of predictions, and measures computed from their sums.

A task counts its predictions once, by unit (sentence, event, article). Scores, intervals
and tests are all computed from sums of these counts, in the same way for F1, macro-F1,
accuracy and coreference measures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventbench.errors import EventbenchError
from eventbench.scoring.counts import CORRECT, GOLD, PREDICTED, Floats, Ints, macro_f1, prf

Numbers = NDArray[Any]
"""Integers (counts) or floats (sums of fractions)."""

COUNTS = ("correct", "predicted", "gold")
"""The kinds of a table of counts."""

POOLED = "pooled"
"""The only name of a table that is summed over its names."""


@dataclass(frozen=True)
class Table:
    """Numbers by unit, name (a class, a value, a measure) and kind.

    Attributes:
        names: the second axis.
        values: shape (units, names, kinds); integers or floats, to be summed over units.
        kinds: the third axis; a kind "gold" must depend on the gold only.
    """

    names: tuple[str, ...]
    values: Numbers
    kinds: tuple[str, ...] = COUNTS

    def pooled(self) -> Table:
        """Sum over the names, as for micro-averages."""
        return Table((POOLED,), self.values.sum(axis=1, keepdims=True), self.kinds)


@dataclass(frozen=True)
class Statistics:
    """The counts that a set of predictions is scored from.

    Attributes:
        tables: tables over the same units, by name.
        articles: shape (units,): index of the article of each unit, from 0.
    """

    tables: Mapping[str, Table]
    articles: Ints

    def totals(self) -> dict[str, Numbers]:
        """Sum each table over all units: shape (names, kinds)."""
        return {name: table.values.sum(axis=0) for name, table in self.tables.items()}

    def by_article(self, table: str) -> Numbers:
        """Sum a table by article: shape (articles, names, kinds)."""
        values = self.tables[table].values
        number = int(self.articles.max()) + 1 if len(self.articles) else 0
        result = np.zeros((number, *values.shape[1:]), dtype=values.dtype)
        np.add.at(result, self.articles, values)
        return result

    def totals_by_article(self) -> list[dict[str, Numbers]]:
        """Compute `totals` for each article."""
        tables = {name: self.by_article(name) for name in self.tables}
        number = len(next(iter(tables.values())))
        return [{name: found[k] for name, found in tables.items()} for k in range(number)]

    def of_units(self, units: Sequence[int]) -> Statistics:
        """The same of some units alone; articles without a unit are left out."""
        kept = np.array(units, dtype=np.int64)
        tables = {name: replace(t, values=t.values[kept]) for name, t in self.tables.items()}
        return Statistics(tables, np.unique(self.articles[kept], return_inverse=True)[1])


@dataclass(frozen=True)
class Measure:
    """A score computed from summed statistics.

    Attributes:
        name: display name ("micro-F1").
        table: the table of the statistics that it uses.
        compute: maps sums of that table, shape (…, names, kinds), to scores, shape (…).
    """

    name: str
    table: str
    compute: Callable[[Numbers], Floats]


def f1_of(table: Table, name: str, of: str) -> Measure:
    """The F1 of one name of a table of counts.

    Args:
        table: the table.
        name: one of its names.
        of: the table's name in the statistics.
    """
    k = table.names.index(name)
    return Measure(f"F1 of {name}", of, lambda values: prf(values[..., k, :]).f1)


def tally(
    gold: Iterable[tuple[int, str, Hashable]],
    predicted: Iterable[tuple[int, str, Hashable]],
    names: Iterable[str],
    units: int,
) -> Table:
    """Count items as multisets: equal items match one to one.

    Args:
        gold: unit, name and everything else that must agree, for each gold item.
        predicted: the same for each predicted item.
        names: all names that may occur.
        units: number of units.
    """
    ordered = tuple(sorted(names))
    column = {name: k for k, name in enumerate(ordered)}
    values = np.zeros((units, len(ordered), 3), dtype=np.int64)
    in_gold, in_predicted = Counter(gold), Counter(predicted)
    for items, kind in (
        (in_gold & in_predicted, CORRECT),
        (in_predicted, PREDICTED),
        (in_gold, GOLD),
    ):
        for (unit, name, _), number in items.items():
            values[unit, column[name], kind] += number
    return Table(ordered, values)


# Scores of sums


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 between 0 and 1, and the number of gold items."""

    precision: float
    recall: float
    f1: float
    support: int


AVERAGES = ("micro avg", "macro avg", "weighted avg")
"""seqeval's names of the averages."""

Sections = dict[str, dict[str, Score]]
"""Scores by section ("type", "average") and name."""


def score_of(counts: Numbers) -> Score:
    """Compute the score of counts, shape (3,)."""
    found = prf(counts)
    return Score(float(found.precision), float(found.recall), float(found.f1), int(counts[GOLD]))


def class_scores(total: Ints, names: Sequence[str]) -> dict[str, Score]:
    """Compute the score of each class that occurs in gold or predictions, sorted by name.

    Args:
        total: counts, shape (classes, 3).
        names: the classes.
    """
    found = {name: row for name, row in zip(names, total, strict=True) if row.any()}
    return {name: score_of(found[name]) for name in sorted(found)}


def average_scores(total: Ints, names: Sequence[str]) -> dict[str, Score]:
    """Compute seqeval's averages over the classes that occur; all 0 if none does.

    The order of operations is seqeval's, because it affects the last bit.
    """
    occurs = np.flatnonzero((total[:, PREDICTED] > 0) | (total[:, GOLD] > 0)).tolist()
    kept = total[sorted(occurs, key=lambda k: names[k])]
    found = prf(kept)
    support = kept[:, GOLD]
    gold = int(support.sum())

    def average(weights: Ints | None = None) -> Score:
        means = [_average(v, weights) for v in (found.precision, found.recall, found.f1)]
        return Score(means[0], means[1], means[2], gold)

    averages = (score_of(kept.sum(axis=0)), average(), average(support))
    return dict(zip(AVERAGES, averages, strict=True))


def _average(values: Floats, weights: Ints | None) -> float:
    if len(values) == 0 or (weights is not None and weights.sum() == 0):
        return 0.0
    return float(np.average(values, weights=weights))


def accuracy_score(counts: Ints) -> Score:
    """Share of correct decisions as a score; counts: shape (values, 3)."""
    correct, gold = int(counts[:, CORRECT].sum()), int(counts[:, GOLD].sum())
    share = correct / max(1, gold)
    return Score(share, share, share, gold)


def macro_score(counts: Ints) -> Score:
    """Macro-F1 over the values that occur; counts: shape (values, 3)."""
    occurs = (counts[:, PREDICTED] > 0) | (counts[:, GOLD] > 0)
    found = prf(counts)
    number = max(1, int(occurs.sum()))
    precision, recall = (
        float(np.where(occurs, v, 0.0).sum()) / number for v in (found.precision, found.recall)
    )
    return Score(precision, recall, float(macro_f1(counts)), int(counts[:, GOLD].sum()))


def stacked(statistics: Sequence[Statistics], measure: Measure) -> tuple[Numbers, Ints]:
    """Stack the measure's table of several sets of predictions over the same units and gold.

    Returns:
        Values of shape (sets, units, names, kinds), and the article of each unit.

    Raises:
        EventbenchError: if no statistics or no units are given, or units or gold differ.
    """
    if not statistics:
        raise EventbenchError("no run to score")
    first = statistics[0]
    if not len(first.articles):
        raise EventbenchError("nothing to score: the gold is empty")
    table = first.tables[measure.table]
    for other in statistics[1:]:
        theirs = other.tables[measure.table]
        same = (
            theirs.names == table.names
            and theirs.kinds == table.kinds
            and np.array_equal(other.articles, first.articles)
            and _same_gold(table, theirs)
        )
        if not same:
            raise EventbenchError("the runs are not over the same sentences and gold")
    return np.stack([s.tables[measure.table].values for s in statistics]), first.articles


def _same_gold(one: Table, other: Table) -> bool:
    columns = [k for k, kind in enumerate(one.kinds) if kind == "gold"]
    return np.array_equal(one.values[..., columns], other.values[..., columns])
