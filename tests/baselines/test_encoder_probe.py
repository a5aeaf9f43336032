"""The encoder averages its networks with the probe: either alone at the ends of the scale."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the encoder needs the extra [encoder]")
pytest.importorskip("pycrfsuite", reason="the encoder needs the extra [crf]")

import numpy as np
from datasets import Dataset
from eventbench_baselines.encoder import best_tags, between_neighbours, examples_of
from eventbench_baselines.encoder import calibration as calibration_module
from eventbench_baselines.encoder import network as network_module
from eventbench_baselines.encoder import training as training_module
from eventbench_baselines.encoder.calibration import Calibration, Curve
from eventbench_baselines.encoder.system import Encoder
from eventbench_baselines.probe import Probe
from making import fold_of, inputs, nothing, some_sentences

from eventbench import TASKS, Corpus, Document, EventbenchError

QUICK = {"epochs": 3, "detail_epochs": 1, "members": 1, "seed": 1}


@pytest.fixture(scope="module")
def document(corpus: Corpus) -> Document:
    return corpus.documents[4]


@pytest.fixture(scope="module")
def test(corpus: Corpus, document: Document) -> Dataset:
    return inputs(corpus.scheme, "triggers", document)


@pytest.fixture
def quick(small_encoder: str) -> dict[str, Any]:
    """Options with which an encoder is fitted in a second or two."""
    return {"encoder": small_encoder, **QUICK}


def fitted(system: Any, corpus: Corpus) -> Any:
    """A system that learned from the first 20 sentences, of which 8 validate."""
    parts = (some_sentences(corpus.documents[4], *part) for part in ((0, 12), (12, 20)))
    train, validation = parts
    system.fit(fold_of(corpus.scheme, "triggers", [train], [validation]), nothing)
    return system


def test_a_share_of_nothing_needs_no_probe_and_of_all_is_the_probe(
    corpus: Corpus, test: Dataset, quick: dict[str, Any], tmp_path: Path
) -> None:
    none = fitted(Encoder(probe_share=0.0, **quick), corpus)
    none.save(tmp_path / "model")
    assert not (tmp_path / "model" / "probe").exists()
    assert Encoder.load(tmp_path / "model").predict(test) == none.predict(test)
    whole = fitted(Encoder(probe_share=1.0, **quick), corpus)
    labels = whole._taggers["triggers"].heads["triggers"]
    by_probe = fitted(Probe(encoder=quick["encoder"], seed=1), corpus).probabilities(test, labels)
    assert all(np.allclose(found.sum(axis=1), 1.0) for found in by_probe)
    assert whole.predict(test) == [best_tags(np.log(p + 1e-12), labels) for p in by_probe]


@pytest.mark.slow
def test_a_share_between_is_the_mean_of_both(
    corpus: Corpus, test: Dataset, quick: dict[str, Any]
) -> None:
    # Until it finds something.
    options = {**quick, "epochs": 20, "batch_size": 2, "learning_rate": 1e-2}
    both = fitted(Encoder(probe_share=0.4, **options), corpus)
    encoder = fitted(Encoder(probe_share=0.0, **options), corpus)
    examples = between_neighbours(examples_of(test))
    tagger = encoder._taggers["triggers"]
    by_encoder = tagger.probabilities([example.words for example in examples])
    labels = tagger.heads["triggers"]
    by_probe = fitted(Probe(encoder=quick["encoder"]), corpus).probabilities(test, labels)
    mixed = [
        0.6 * one[list(example.places)] + 0.4 * other
        for example, one, other in zip(examples, by_encoder, by_probe, strict=True)
    ]
    expected = [best_tags(np.log(p + 1e-12), labels) for p in mixed]
    assert both.predict(test) == expected
    ends = (encoder.predict(test), [best_tags(np.log(p + 1e-12), labels) for p in by_probe])
    assert expected not in ends


@pytest.mark.slow
def test_events_have_the_triggers_of_the_mixture(
    corpus: Corpus,
    document: Document,
    test: Dataset,
    quick: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = Encoder(task="events", probe_share=0.5, **quick)
    system.fit(fold_of(corpus.scheme, "events", [document]), nothing)
    (found,) = system.predict(inputs(corpus.scheme, "events", document))
    mixture = Encoder(probe_share=0.5, **quick)
    mixture.fit(fold_of(corpus.scheme, "triggers", [document]), nothing)
    expected = TASKS["triggers"].to_events(list(test), mixture.predict(test), corpus.scheme)
    triggers = [(e.trigger, e.type) for e in expected[document.id].events]
    assert [(e.trigger, e.type) for e in found.events] == triggers != []
    for event in found.events:
        assert event.probability is not None
        assert 0 < event.probability <= 1
        assert event.probabilities.keys() - {"source"} == event.attributes.keys()
    stored = TASKS["events"].dump({"id": document.id}, found)
    read = TASKS["events"].parse(stored, {"text": document.text}, corpus.scheme)
    assert [e.probability for e in read.events] == [e.probability for e in found.events]
    assert [e.probabilities for e in read.events] == [e.probabilities for e in found.events]
    # A model says what is calibrated, from the moment when it is saved.
    curves = Calibration({"event": Curve(0.5, -1.0)}, {}, tuple(corpus.scheme.event_types))
    monkeypatch.setattr(calibration_module, "STORE", tmp_path / "calibration.json")
    calibration_module.STORE.write_text(json.dumps(curves.to_json()), "utf-8")
    system.save(tmp_path / "model")
    for model in (system, Encoder.load(tmp_path / "model")):
        (calibrated,) = model.predict(inputs(corpus.scheme, "events", document))
        assert calibrated.events == tuple(map(curves.event, found.events)) != found.events


def test_both_are_on_the_device_that_was_asked_for(
    corpus: Corpus, quick: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    for part in (training_module, network_module):  # the encoder's and the probe's
        name = part.__name__.rpartition(".")[2]
        monkeypatch.setattr(
            part, "find_device", lambda wanted, name=name: asked.append((name, wanted)) or "cpu"
        )
    fitted(Encoder(device="cuda", **quick), corpus)
    assert set(asked) == {("training", "cuda"), ("network", "cuda")}


@pytest.mark.slow
def test_with_a_probe_that_was_saved_it_predicts_the_same(
    corpus: Corpus, test: Dataset, quick: dict[str, Any], tmp_path: Path
) -> None:
    system = fitted(Encoder(**quick), corpus)
    system.save(tmp_path)
    assert Encoder.load(tmp_path).predict(test) == system.predict(test)
    (tmp_path / "probe" / "crf.json").write_text("{}", "utf-8")
    with pytest.raises(EventbenchError, match="changed since it was saved"):
        Encoder.load(tmp_path)
