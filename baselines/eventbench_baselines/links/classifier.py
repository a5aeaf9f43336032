"""Logistic regression over sparse named features, saved as plain numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
class Classifier:
    """Tells whether a pair of events has a link.

    Attributes:
        weights: by the name of the feature.
        intercept: added to the weighted sum.
    """

    weights: dict[str, float]
    intercept: float

    @classmethod
    def learn(cls, features: Sequence[Features], labels: Sequence[bool]) -> Classifier:
        """Fit the classifier; with labels of one kind only, it always gives that.

        Raises:
            EventbenchError: if scikit-learn is not installed.
        """
        try:
            from sklearn.linear_model import LogisticRegression
        except ModuleNotFoundError:
            message = "links need scikit-learn: pip install 'eventbench[encoder]'"
            raise EventbenchError(message) from None
        if len({*labels}) < 2:
            return cls({}, 20.0 if labels and labels[0] else -20.0)
        counts = Counter(name for found in features for name in found)
        names = sorted(name for name, n in counts.items() if n >= RAREST)
        # liblinear's solver uses one thread, so the weights do not depend on their number.
        model = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=200)
        model.fit(_matrix(features, names), np.array(labels, dtype=int))
        weights = dict(zip(names, map(float, model.coef_[0]), strict=True))
        return cls(weights, float(model.intercept_[0]))

    def probabilities(self, features: Sequence[Features]) -> Floats:
        """The probability of each pair, shape (pairs,)."""
        weights = self.weights
        sums = [sum(weights.get(k, 0.0) * x for k, x in found.items()) for found in features]
        result: Floats = 1 / (1 + np.exp(-(np.array(sums, dtype=float) + self.intercept)))
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
        return cls(weights, float(content["intercept"]))


def _matrix(features: Sequence[Features], names: Sequence[str]) -> Any:
    """Features as a sparse matrix, shape (pairs, names)."""
    from scipy.sparse import csr_matrix

    column = {name: k for k, name in enumerate(names)}
    found = [
        (row, column[name], value)
        for row, pair in enumerate(features)
        for name, value in pair.items()
        if name in column
    ]
    rows, columns, values = zip(*found, strict=True) if found else ((), (), ())
    return csr_matrix((values, (rows, columns)), shape=(len(features), len(names)))
