"""Calibration makes probabilities come true, keeps their order, and fits one system."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eventbench_baselines.encoder import calibration as module
from eventbench_baselines.encoder.calibration import EVENT, STORE, Calibration, Curve
from eventbench_baselines.encoder.system import Encoder
from hypothesis import given
from hypothesis import strategies as st

from eventbench import Corpus, Event, Span

SHARES = st.floats(0, 1)
CASES = st.lists(st.tuples(SHARES, st.booleans()), max_size=60)
CURVES = st.builds(Curve, st.floats(0, 5), st.floats(-5, 5))
SURE = Event("E1", "Attack", Span(0, 1), probability=0.9, probabilities={"status": 0.8})


@given(CASES, st.lists(SHARES, min_size=2, max_size=20))
def test_whatever_is_learned_gives_probabilities_in_the_same_order(
    cases: list[tuple[float, bool]], probabilities: list[float]
) -> None:
    curve = Curve.learn([p for p, _ in cases], [right for _, right in cases])
    found = curve(np.array(sorted(probabilities)))
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) >= 0).all()


def test_without_examples_nothing_changes() -> None:
    assert Curve.learn([], []) == Curve()
    p = np.linspace(0.001, 0.999, 50)
    assert Curve()(p) == pytest.approx(p)


@pytest.mark.parametrize("true", [Curve(0.5, -1.0), Curve(1.0, 0.0), Curve(2.0, 0.5)])
def test_the_curve_that_made_the_truth_is_found(true: Curve) -> None:
    rng = np.random.default_rng(1)
    said = rng.random(4000)
    learned = Curve.learn(said.tolist(), (rng.random(4000) < true(said)).tolist())
    assert learned(said) == pytest.approx(true(said), abs=0.04)
    few = Curve.learn(said[:3].tolist(), [False] * 3)  # three examples do not decide
    assert 0 < few.slope < 2
    assert few.intercept > -3


def test_probabilities_that_say_nothing_become_the_share_that_is_right() -> None:
    rng = np.random.default_rng(2)
    said = rng.random(2000)
    right = rng.random(2000) < 0.7
    assert Curve.learn(said.tolist(), right.tolist())(said) == pytest.approx(0.7, abs=0.05)


@given(CURVES, CURVES, SHARES, SHARES)
def test_an_event_keeps_all_but_its_probabilities(
    first: Curve, second: Curve, whole: float, part: float
) -> None:
    event = replace(SURE, probability=whole, probabilities={"status": part, "mood": part})
    found = Calibration({EVENT: first, "status": second}).event(event)
    assert replace(found, probability=whole, probabilities=event.probabilities) == event
    assert found.probability is not None
    assert 0 <= found.probability <= 1
    assert 0 <= found.probabilities["status"] <= 1
    assert found.probabilities["mood"] == part
    assert Calibration().event(event) == event
    silent = replace(event, probability=None, probabilities={})
    assert Calibration({EVENT: first}).event(silent) == silent


def test_curves_are_for_the_options_and_the_scheme_that_they_were_learned_with(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own: dict[str, Any] = {"epochs": 3, "context": 2}
    known = Calibration({EVENT: Curve(0.5, 0.1)}, own, tuple(corpus.scheme.event_types))
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({**known.to_json(), "learned_from": {}}), "utf-8")
    monkeypatch.setattr(module, "STORE", path)
    assert Calibration.stored({**own, "seed": 4}, corpus.scheme) == known
    assert not Calibration.stored({**own, "epochs": 4}, corpus.scheme).curves
    fewer = replace(corpus.scheme, roles=dict(list(corpus.scheme.roles.items())[1:]))
    assert not Calibration.stored(own, fewer).curves


def test_the_curves_of_the_package_are_for_the_encoder_as_it_is(corpus: Corpus) -> None:
    stored = json.loads(STORE.read_text("utf-8"))
    found = Calibration.stored(Encoder()._options(), corpus.scheme)
    names = {EVENT, "source", *corpus.scheme.attributes}
    assert found.curves.keys() == stored["curves"].keys() <= names
    assert all(curve.slope >= 0 for curve in found.curves.values())
