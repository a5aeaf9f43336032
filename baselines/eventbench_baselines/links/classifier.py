"""Logistic regression over sparse named features, saved as plain numbers."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np

from eventbench import EventbenchError
from eventbench_baselines.encoder import Floats
from eventbench_baselines.links.features import Features

RAREST = 3
"""Minimum number of pairs in training that a feature occurs in."""

STRENGTH = 0.3
"""Inverse of the strength of the L2 penalty; chosen by cross-validation on practice articles."""


@dataclass
class Table:
    """Features of pairs, one pair a row, as they are collected.

    Attributes:
        columns: the column of each feature by name.
    """

    columns: dict[str, int] = field(default_factory=dict)
    _values: array[float] = field(default_factory=lambda: array("d"))
    _places: array[int] = field(default_factory=lambda: array("l"))
    _ends: array[int] = field(default_factory=lambda: array("l", [0]))

    def add(self, features: Features) -> int:
        """Add a row and return its number."""
        for name, value in features.items():
            self._places.append(self.columns.setdefault(name, len(self.columns)))
            self._values.append(value)
        self._ends.append(len(self._values))
        return len(self._ends) - 2

    def matrix(self) -> Any:
        """The rows as a sparse matrix, shape (pairs, features)."""
        from scipy.sparse import csr_matrix

        shape = (len(self._ends) - 1, len(self.columns))
        return csr_matrix((self._values, self._places, self._ends), shape=shape)


@dataclass
class Classifier:
    """Tells which pairs of events have a link.

    Attributes:
        weights: by the name of the feature.
        intercept: added to the weighted sum.
    """

    weights: dict[str, float]
    intercept: float

    @classmethod
    def learn(cls, matrix: Any, names: Sequence[str], labels: Sequence[bool]) -> Classifier:
        """Fit the classifier; with labels of one kind only, it always gives that.

        Args:
            matrix: sparse features, shape (pairs, features).
            names: their names.
            labels: if the pairs are linked.

        Raises:
            EventbenchError: if scikit-learn is not installed.
        """
        try:
            from sklearn.linear_model import LogisticRegression
        except ModuleNotFoundError:
            message = "links need scikit-learn: pip install 'eventbench[encoder]'"
            raise EventbenchError(message) from None
        frequent = np.flatnonzero(matrix.getnnz(axis=0) >= RAREST)
        if len({*labels}) < 2 or not len(frequent):
            return cls({}, 20.0 if labels and all(labels) else -20.0)
        # liblinear's solver uses one thread, so the weights do not depend on their number.
        model = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=200)
        model.fit(matrix[:, frequent], np.array(labels, dtype=int))
        kept = [names[k] for k in frequent.tolist()]
        found = dict(zip(kept, model.coef_[0].tolist(), strict=True))
        return cls(found, float(model.intercept_[0]))

    def probabilities(self, matrix: Any, columns: Mapping[str, int]) -> Floats:
        """The probability of each pair.

        Args:
            matrix: sparse features, shape (pairs, features).
            columns: the column of each feature by name.

        Returns:
            Probabilities, shape (pairs,).
        """
        weights = np.zeros(matrix.shape[1])
        for name, weight in self.weights.items():
            if name in columns:
                weights[columns[name]] = weight
        result: Floats = 1 / (1 + np.exp(-(matrix @ weights + self.intercept)))
        return result

    def to_json(self) -> dict[str, Any]:
        return {"intercept": self.intercept, "weights": self.weights}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Classifier:
        """Read what `to_json` returns.

        Raises:
            TypeError, ValueError, KeyError: if it has another form.
        """
        weights = {str(name): float(weight) for name, weight in content["weights"].items()}
        intercept = float(content["intercept"])
        if not all(map(isfinite, (intercept, *weights.values()))):
            raise ValueError("a weight is not a finite number")
        return cls(weights, intercept)
