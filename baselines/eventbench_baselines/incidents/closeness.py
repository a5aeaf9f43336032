"""How probable it is that two mentions are of one incident, learned from pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventbench import EventbenchError
from eventbench_baselines.encoder.decoding import Floats
from eventbench_baselines.incidents.features import Table, features
from eventbench_baselines.incidents.pairs import Pairs

CHUNK = 100_000
"""Pairs compared at once, which bounds memory."""

LEAST = 0.01
"""Probability below which a pair counts as impossible, so that only few pairs are kept."""

NEVER = -50.0
"""Log odds of all pairs if training has no two mentions of one incident."""


@dataclass(frozen=True)
class Closeness:
    """Logistic regression over the features of pairs.

    Attributes:
        weights: weight of each feature by name.
        bias: log odds of a pair whose features are all 0.
    """

    weights: Mapping[str, float]
    bias: float

    @classmethod
    def learn(
        cls, columns: Mapping[str, Floats], same: npt.NDArray[np.bool_], seed: int
    ) -> Closeness:
        """Learn from features of pairs, by name, and which pairs are of one incident.

        Features are standardized, so that one penalty suits all.

        Raises:
            EventbenchError: if a library of the extra ``encoder`` is not installed.
        """
        try:
            from sklearn.linear_model import LogisticRegression
            from threadpoolctl import threadpool_limits
        except ModuleNotFoundError as error:
            raise EventbenchError(
                f"finding incidents needs {error.name}: pip install 'eventbench[encoder]'"
            ) from None
        if not same.any() or same.all():
            return cls(dict.fromkeys(columns, 0.0), -NEVER if same.any() else NEVER)
        values = np.stack([*columns.values()], axis=1)
        mean, deviation = values.mean(axis=0), values.std(axis=0)
        deviation[deviation == 0] = 1.0
        model = LogisticRegression(max_iter=3000, random_state=seed)
        with threadpool_limits(1):  # more threads would add in another order
            model.fit((values - mean) / deviation, same)
        weights = model.coef_[0] / deviation
        bias = float(model.intercept_[0] - (weights * mean).sum())
        return cls(dict(zip(columns, weights.tolist(), strict=True)), bias)

    def of(self, columns: Mapping[str, Floats]) -> Floats:
        """The probability of each pair, from its features by name."""
        odds = np.full(len(next(iter(columns.values()))), self.bias)
        for name, weight in self.weights.items():
            odds += weight * columns[name]
        probabilities: Floats = 1 / (1 + np.exp(-odds))
        return probabilities

    def close(self, table: Table, pairs: Pairs) -> tuple[Pairs, Floats]:
        """The pairs of a table that are not impossible, with their probabilities."""
        kept: list[tuple[Pairs, Floats]] = [(pairs[:0], np.zeros(0))]
        for start in range(0, len(pairs), CHUNK):
            part = pairs[start : start + CHUNK]
            found = self.of(features(table, part))
            kept.append((part[found >= LEAST], found[found >= LEAST]))
        return np.concatenate([p for p, _ in kept]), np.concatenate([f for _, f in kept])


def selected(columns: Mapping[str, Floats], rows: npt.NDArray[np.bool_]) -> dict[str, Floats]:
    """Some rows of columns."""
    return {name: column[rows] for name, column in columns.items()}
