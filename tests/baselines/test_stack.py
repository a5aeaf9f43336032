"""The stack is the encoder at one end of its scale and the probe at the other."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the stack needs the extra [encoder]")
pytest.importorskip("pycrfsuite", reason="the stack needs the extra [crf]")

import numpy as np
from eventbench_baselines import encoder as encoder_module
from eventbench_baselines.encoder import Encoder, best_tags, between_neighbours, examples_of
from eventbench_baselines.probe import Probe
from eventbench_baselines.stack import Stack

from eventbench import EventbenchError, from_iob2, load

QUICK = {"epochs": 3, "members": 1, "seed": 1}


def nothing(part: float, **measured: float) -> None:
    pass


@pytest.fixture(scope="module")
def rows():
    return load()["validation"]


def fitted(system, rows):
    system.fit(rows.select(range(12)), rows.select(range(12, 20)), nothing)
    return system


def test_a_share_of_nothing_is_the_encoder_and_of_all_is_the_probe(rows) -> None:
    test = rows.remove_columns("ner_tags")
    assert fitted(Stack(probe_share=0.0, **QUICK), rows).predict(test) == fitted(
        Encoder(**QUICK), rows
    ).predict(test)
    stack = fitted(Stack(probe_share=1.0, **QUICK), rows)
    labels = stack._tagger.heads["triggers"]
    by_probe = fitted(Probe(), rows).probabilities(test, labels)
    assert all(np.allclose(found.sum(axis=1), 1.0) for found in by_probe)
    assert stack.predict(test) == [best_tags(np.log(p + 1e-12), labels) for p in by_probe]


def test_a_share_between_is_the_mean_of_both(rows) -> None:
    test = rows.remove_columns("ner_tags")
    options = {**QUICK, "epochs": 10, "batch_size": 2}  # until it finds something
    stack = fitted(Stack(probe_share=0.4, **options), rows)
    encoder = fitted(Encoder(**options), rows)
    examples = between_neighbours(examples_of("triggers", test))
    by_encoder = encoder._tagger.probabilities([example.words for example in examples])
    labels = encoder._tagger.heads["triggers"]
    by_probe = fitted(Probe(), rows).probabilities(test, labels)
    mixed = [
        0.6 * one[list(example.places)] + 0.4 * other
        for example, one, other in zip(examples, by_encoder, by_probe, strict=True)
    ]
    expected = [best_tags(np.log(p + 1e-12), labels) for p in mixed]
    assert stack.predict(test) == expected
    ends = (encoder.predict(test), [best_tags(np.log(p + 1e-12), labels) for p in by_probe])
    assert expected not in ends


def test_events_have_the_triggers_of_the_mixture() -> None:
    articles = load("events")["validation"]
    stack = Stack(task="events", argument_epochs=1, probe_share=0.5, **QUICK)
    stack.fit(articles, articles.select([]), nothing)
    (found,) = stack.predict(articles.remove_columns(["events", "links"]))
    rows = load()["validation"]
    mixture = Stack(probe_share=0.5, **QUICK)
    mixture.fit(rows, rows.select([]), nothing)
    spans = [
        (row["token_starts"][start], row["token_ends"][end - 1], event_type)
        for row, tags in zip(rows, mixture.predict(rows.remove_columns("ner_tags")), strict=True)
        for event_type, start, end in from_iob2(tags)
    ]
    events = [(e["trigger"]["start"], e["trigger"]["end"], e["type"]) for e in found["events"]]
    assert events == spans != []


def test_both_are_on_the_device_that_was_asked_for(rows, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(encoder_module, "_device", lambda wanted: asked.append(wanted) or "cpu")
    fitted(Stack(device="cuda", **QUICK), rows)
    assert set(asked) == {"cuda"}


def test_a_stack_that_was_kept_predicts_the_same(rows, tmp_path: Path) -> None:
    test = rows.remove_columns("ner_tags")
    stack = fitted(Stack(**QUICK), rows)
    stack.save(tmp_path)
    assert Stack.load(tmp_path).predict(test) == stack.predict(test)
    (tmp_path / "probe" / "crf.json").write_text("{}", "utf-8")
    with pytest.raises(EventbenchError, match="changed since it was saved"):
        Stack.load(tmp_path)


def test_a_share_outside_its_scale_is_refused(rows) -> None:
    with pytest.raises(EventbenchError, match=r"--probe-share is 1\.5, expected 0 to 1"):
        fitted(Stack(probe_share=1.5, **QUICK), rows)
