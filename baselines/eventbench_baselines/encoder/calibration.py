"""Calibration: probabilities that come true as often as they say, learned from held-out articles.

A network that has learned a few articles by heart is too sure of new ones. What it said of
articles that it had not learned, and whether it was right, teaches a curve for each thing that it
predicts: ``logit(p) -> slope * logit(p) + intercept`` (Platt 1999), which never changes the order.
``benchmarks/calibration.py`` learns the curves and writes `STORE`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from eventbench import Event, Scheme
from eventbench_baselines.encoder.decoding import Floats, rounded

STORE = Path(__file__).with_name("calibration.json")
"""The curves of the system ``encoder`` with the options that it was benchmarked with."""

EVENT = "event"
"""The name of the curve of events; those of attributes and sources have their names."""

SURE = 1e-4
"""Probabilities nearer to 0 or 1 are taken for this one."""

TRUST = 1.0
"""Weight of the prior, that probabilities are right as they are: a standard deviation of 1."""


@dataclass(frozen=True)
class Curve:
    """Maps a probability to how often what has it is right.

    Attributes:
        slope: of the logit, 0 or more; below 1 it makes probabilities less extreme.
        intercept: added to the logit; below 0 it makes them lower.
    """

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, probabilities: Floats) -> Floats:
        """Map probabilities, of any shape, to others from 0 to 1 in the same order."""
        from scipy.special import expit

        found: Floats = expit(self.slope * _logit(probabilities) + self.intercept)
        return found

    @classmethod
    def learn(cls, probabilities: Sequence[float], right: Sequence[bool]) -> Self:
        """Learn a curve by penalised maximum likelihood; without examples it changes nothing.

        Args:
            probabilities: of predictions.
            right: which of them are right.
        """
        from scipy.optimize import minimize

        x, y = _logit(np.asarray(probabilities, float)), np.asarray(right, float)

        def loss(curve: Floats) -> tuple[float, Floats]:
            z = curve[0] * x + curve[1]
            off = curve - (1.0, 0.0)
            value = np.logaddexp(0.0, z).sum() - (y * z).sum() + TRUST / 2 * (off**2).sum()
            error = 1 / (1 + np.exp(-z)) - y
            return float(value), np.array([error @ x, error.sum()]) + TRUST * off

        start = np.array([1.0, 0.0])
        best = minimize(
            loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None), (None, None)]
        )
        slope, intercept = (round(float(v), 4) for v in best.x)
        return cls(slope, intercept)


def _logit(probabilities: Floats) -> Floats:
    p = np.clip(probabilities, SURE, 1 - SURE)
    found: Floats = np.log(p / (1 - p))
    return found


@dataclass(frozen=True)
class Calibration:
    """The curves of a system, and what it was when they were learned.

    Attributes:
        curves: by `EVENT`, the names of attributes, and "source".
        options: the options of the system, without device, task and seed.
        event_types: the event types of its scheme.
    """

    curves: Mapping[str, Curve] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    event_types: tuple[str, ...] = ()

    @classmethod
    def stored(cls, options: Mapping[str, Any], scheme: Scheme) -> Self:
        """Read the curves that this package has; none for other options or event types."""
        content = json.loads(STORE.read_text(encoding="utf-8"))
        known = cls(
            {name: Curve(**curve) for name, curve in content["curves"].items()},
            content["options"],
            tuple(content["event_types"]),
        )
        same = all(options.get(name) == value for name, value in known.options.items())
        is_valid = same and tuple(scheme.event_types) == known.event_types
        return known if is_valid else cls()

    def event(self, event: Event) -> Event:
        """An event with calibrated probabilities; those without a curve stay as they are."""
        whole, parts = event.probability, event.probabilities
        return replace(
            event,
            probability=None if whole is None else self._calibrated(EVENT, whole),
            probabilities={name: self._calibrated(name, p) for name, p in parts.items()},
        )

    def _calibrated(self, name: str, probability: float) -> float:
        curve = self.curves.get(name)
        return probability if curve is None else rounded(float(curve(np.array(probability))))

    def to_json(self) -> dict[str, Any]:
        """What `stored` reads."""
        return {
            "curves": {name: asdict(curve) for name, curve in self.curves.items()},
            "options": dict(self.options),
            "event_types": list(self.event_types),
        }
