"""How sure the encoder may be is learned from other articles only, and the page shows it."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from eventbench import ArticleEvents, Corpus, EventbenchError
from eventbench.corpus.records import events_of

pytestmark = pytest.mark.documents

KEPT = ROOT / "benchmarks" / "calibration"
RECORD: dict[str, Any] = {"options": {"epochs": 3, "device": "cpu"}, "event_types": ["Attack"]}
CASES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80)


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        yield importlib.import_module("calibration")


@pytest.fixture(scope="module")
def answers(corpus: Corpus) -> dict[str, ArticleEvents]:
    """The gold as predictions: every fifth trigger is wrong, and every third status."""
    found = {}
    for document in corpus.documents:
        events = []
        for k, event in enumerate(document.events):
            trigger = replace(event.trigger, end=event.trigger.end + (k % 5 == 0))
            status = "planned" if k % 3 == 0 else event.attributes["status"]
            sure = dict.fromkeys(event.attributes, 0.9) | ({"source": 0.9} if event.source else {})
            events.append(
                replace(
                    event,
                    trigger=trigger,
                    attributes={**event.attributes, "status": status},
                    probability=0.5 + (k % 7) / 14,
                    probabilities=sure,
                )
            )
        found[document.id] = ArticleEvents(tuple(events), events_of(document).links)
    return found


@settings(max_examples=30)
@given(CASES)
def test_measures_are_shares_and_the_truth_has_no_error(
    module: ModuleType, cases: list[tuple[float, bool]]
) -> None:
    said, right = (np.array(part, float) for part in zip(*cases, strict=True))
    for measure in (module.calibration_error, module.brier):
        assert 0 <= measure(said, right) <= 1
        assert measure(right, right) == 0
    assert 0 <= module.error_by_chance(said) <= 1
    auc = module.separation(said, right)
    assert (auc is None) == (len(set(right)) == 1)
    assert auc is None or 0 <= auc <= 1
    assert auc is None or module.separation(right, right) == 1
    assert auc is None or module.separation(np.full(len(right), 0.3), right) == 0.5


def test_what_is_eight_times_in_ten_right_is_calibrated_at_80_percent(module: ModuleType) -> None:
    right = np.array([1.0] * 80 + [0.0] * 20)
    whole = module.calibration_error(np.full(len(right), 0.8), right[np.arange(100) * 37 % 100])
    assert whole < 0.1
    assert module.calibration_error(np.full(10, 0.8), np.array([1.0] * 8 + [0.0] * 2)) < 1e-12
    assert module.calibration_error(np.full(10, 0.8), np.zeros(10)) == pytest.approx(0.8)


def test_an_article_is_calibrated_by_the_others(
    module: ModuleType, corpus: Corpus, answers: dict[str, ArticleEvents]
) -> None:
    cases, calibration = module.cases_of(corpus, answers, RECORD)
    assert calibration.options == {"epochs": 3}
    held, *_ = answers
    spoilt = {
        **answers,
        held: replace(
            answers[held],
            events=tuple(
                replace(e, attributes={**e.attributes, "status": "negated"})
                for e in answers[held].events
            ),
        ),
    }
    other, _ = module.cases_of(corpus, spoilt, RECORD)
    for name in ("event", "status"):
        one = [p for a, p in zip(cases[name].articles, cases[name].after, strict=True) if a == held]
        two = [p for a, p in zip(other[name].articles, other[name].after, strict=True) if a == held]
        assert one == two != []
    rest = [a != held for a in cases["status"].articles]
    assert (cases["status"].after[rest] > other["status"].after[rest]).all()
    # Every fifth trigger is wrong, and every third status of the others.
    assert cases["event"].right.mean() == pytest.approx(0.8, abs=0.02)
    assert cases["event"].after.mean() == pytest.approx(0.8, abs=0.03)
    assert cases["status"].right.mean() == pytest.approx(cases["status"].after.mean(), abs=0.05)
    assert {*cases} == {"event", *corpus.scheme.attributes, "source", "incident", "claim"}
    assert cases["claim"].right.mean() < cases["incident"].right.mean()
    assert module.picture(cases).startswith("<?xml")
    tested, _ = module.cases_of(corpus, answers, RECORD, module.Calibration())
    for found in tested.values():  # of curves that change nothing, nothing is learned
        assert (found.before == found.after).all()


def test_predictions_without_probabilities_are_refused(module: ModuleType, corpus: Corpus) -> None:
    gold = {document.id: events_of(document) for document in corpus.documents}
    with pytest.raises(EventbenchError, match=r"^an event has no probability[^\n]*$"):
        module.cases_of(corpus, gold, RECORD)


@pytest.mark.skipif(not KEPT.is_dir(), reason="no run with probabilities is kept yet")
def test_the_page_and_the_curves_are_those_of_the_predictions_that_are_kept(
    module: ModuleType,
) -> None:
    corpus, answers, record = module.read(module.KEPT)
    cases, calibration = module.cases_of(corpus, answers, record)
    stored = json.loads(module.STORE.read_text("utf-8"))
    assert stored["options"] == calibration.options
    for name, curve in calibration.curves.items():
        near = pytest.approx((curve.slope, curve.intercept), abs=0.01)
        assert (stored["curves"][name]["slope"], stored["curves"][name]["intercept"]) == near
    text = module.PAGE.read_text("utf-8")
    assert module.page(module.parts(cases), text) == text
