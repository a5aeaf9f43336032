"""The encoder behaves as a system should; how well it scores is not a test's business."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the encoder needs the extra [encoder]")

import numpy as np
from datasets import Dataset, Features, List, Value
from eventbench_baselines.encoder import best_tags, training
from eventbench_baselines.encoder.system import FOUNDATIONS, Encoder
from eventbench_baselines.encoder.training import Component
from hypothesis import given, settings
from hypothesis import strategies as st
from made_models import LEARNS
from making import article, fold_of, gold, inputs, nothing, said, some_sentences, write_ships

from eventbench import (
    Corpus,
    Document,
    EventbenchError,
    Fold,
    Progress,
    from_iob2,
    load_corpus,
    run,
    score,
)
from eventbench.corpus.values import Named
from eventbench.systems.protocol import make_fold

CONFIGS = sorted((Path(__file__).parents[2] / "baselines" / "configs").glob("*.toml"))
NETWORKS = ("triggers", "details")
OF_DETAILS = ("arguments", "attributes", "attribution")
IOB2 = ["O", "B-X", "I-X", "B-Y", "I-Y"]


def some(corpus: Corpus, task: str) -> Document:
    """The first eight sentences of an article or, for a task about events, eight events."""
    return some_sentences(corpus.documents[4], 0, 8 if task == "triggers" else 5)


def sentences(*words: list[str]) -> Dataset:
    columns = Features({"tokens": List(Value("string"))})
    return Dataset.from_dict({"tokens": list(words)}, features=columns)


Fitted = Callable[..., Encoder]


def components(kept: dict[str, Any]) -> list[Component]:
    """The networks that were kept of a fold."""
    return [part for part in kept.values() if isinstance(part, Component)]


@pytest.fixture(scope="session")
def fitted(small_encoder: str) -> Fitted:
    """Fits an encoder that is small and has no probe unless something else is asked for."""

    def fit(
        corpus: Corpus,
        task: str,
        *documents: Document,
        progress: Progress = nothing,
        kept: dict[str, Any] | None = None,
        **options: Any,
    ) -> Encoder:
        quick = {"encoder": small_encoder, "members": 1, "probe_share": 0.0}
        system = Encoder(**{**quick, **options}, task=task)
        system.fit(fold_of(corpus.scheme, task, documents, kept=kept), progress)
        return system

    return fit


@pytest.fixture(scope="module")
def tagger(corpus: Corpus, fitted: Fitted) -> Encoder:
    return fitted(corpus, "triggers", some(corpus, "triggers"), epochs=2)


@pytest.mark.parametrize(("share", "layers"), [(0.0, 0), (0.5, 1), (1.0, 2)])
def test_the_lower_layers_stay_as_they_are(
    corpus: Corpus, fitted: Fitted, small_encoder: str, share: float, layers: int
) -> None:
    from transformers import AutoModel

    document = some(corpus, "triggers")
    before = AutoModel.from_pretrained(small_encoder)
    system = fitted(corpus, "triggers", document, epochs=2, frozen=share)
    after = system._taggers["triggers"].members[0].base_model

    def equal(one: Any, other: Any) -> bool:
        pairs = zip(one.parameters(), other.parameters(), strict=True)
        return all(np.array_equal(a.detach(), b.detach()) for a, b in pairs)

    assert equal(before.embeddings, after.embeddings)
    stayed = [equal(*pair) for pair in zip(before.encoder.layer, after.encoder.layer, strict=True)]
    assert stayed == [True] * layers + [False] * (2 - layers)


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("frozen", 1.5, "0 to 1"),
        ("epochs", 0, "1 or more"),
        ("probe_share", 1.5, "0 to 1"),
        ("detail_epochs", -1, "1 or more"),
        ("adaptation_epochs", 0, "1 or more"),
        ("batch_size", 0, "1 or more"),
        ("context", 0, "1 or more"),
        ("members", 0, "1 or more"),
        ("learning_rate", -1.0, "more than 0"),
        ("detail_learning_rate", float("nan"), "more than 0"),
    ],
)
def test_an_option_out_of_its_range_is_refused(
    corpus: Corpus, option: str, value: float, expected: str
) -> None:
    fold = fold_of(corpus.scheme, "triggers", corpus.documents[:1])
    message = f"^--{option.replace('_', '-')} is {value}, expected {expected}$"
    with pytest.raises(EventbenchError, match=message):
        Encoder(**{option: value}).fit(fold, nothing)


@pytest.mark.parametrize("task", ["triggers", "arguments"])
def test_a_seed_gives_the_same_predictions_twice(corpus: Corpus, fitted: Fitted, task: str) -> None:
    document = some(corpus, task)
    words = inputs(corpus.scheme, "triggers", document)[0]["tokens"]
    found = []
    for seed in (3, 3, 4):
        system = fitted(corpus, task, document, epochs=1, detail_epochs=1, seed=seed)
        (network,) = system._taggers.values()
        found.append(network.probabilities([words])[0])
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


@pytest.mark.slow
def test_two_networks_learn_what_they_are_shown_in_every_task(
    edition1: Corpus, fitted: Fitted
) -> None:
    document = some(edition1, "arguments")
    # With 50 epochs some processors, which round otherwise, leave an argument unlearned.
    learns = {**LEARNS, "detail_epochs": 100}
    kept: dict[str, Any] = {}
    for task in ("triggers", *OF_DETAILS):
        system = fitted(edition1, task, document, kept=kept, **learns)
        right = gold(edition1.scheme, task, document)
        assert system.predict(inputs(edition1.scheme, task, document)) == right
        if task == "attributes":
            assert len({row["subtype"] for row in right}) > 1
        elif task == "attribution":
            assert any(row["source"] for row in right)
        else:
            assert sum(tag != "O" for tags in right for tag in tags) > 5
    assert len(components(kept)) == 2
    # The same from a text alone.
    system = fitted(edition1, "events", document, kept=kept, **learns)
    (found,) = system.predict(inputs(edition1.scheme, "events", document))
    expected = {event.trigger: event for event in document.events}
    assert [event.trigger for event in found.events] == sorted(expected)
    for event in found.events:
        same = expected[event.trigger]
        assert (event.type, event.source) == (same.type, same.source)
        assert event.attributes == same.attributes
        assert {(a.role, a.span) for a in event.arguments} == {
            (a.role, a.span) for a in same.arguments
        }


@pytest.mark.slow
def test_the_embedded_encoder_learns_what_it_is_shown(corpus: Corpus, fitted: Fitted) -> None:
    """The only test here with real weights, and with the default learning rates."""
    document = some_sentences(corpus.documents[4], 0, 5)
    options = {"encoder": "embedded", "epochs": 15, "detail_epochs": 15, "batch_size": 2}
    system = fitted(corpus, "events", document, **options)
    (found,) = system.predict(inputs(corpus.scheme, "events", document))
    triggers = {(event.type, event.trigger) for event in document.events}
    assert {(event.type, event.trigger) for event in found.events} == triggers
    arguments = {(a.role, a.span) for event in document.events for a in event.arguments}
    right = arguments & {(a.role, a.span) for event in found.events for a in event.arguments}
    assert len(right) > 0.5 * len(arguments)


@pytest.mark.slow
def test_predicted_arguments_have_values(corpus: Corpus, small_encoder: str) -> None:
    document = article(
        "a",
        (
            "Shells killed 12 people in Tolna .",
            said("Casualty", "killed", Count="12", Victim="people", Place="Tolna"),
        ),
        (
            "Rebels bombed Velmar on 5 May 2031 .",
            said("Attack", "bombed", Attacker="Rebels", Target="Velmar", Time="5 May 2031"),
        ),
    )
    tolna = Named("tolna", "Tolna", {"id": "tolna", "name": "Tolna", "kind": "town"})
    system = Encoder(encoder=small_encoder, task="events", probe_share=0.0, **LEARNS)
    system.fit(Fold("events", corpus.scheme, (document,), places={"tolna": tolna}), nothing)
    (found,) = system.predict(inputs(corpus.scheme, "events", document))
    values = {
        a.span.text_in(document.text): a.value for event in found.events for a in event.arguments
    }
    assert values == {
        "12": "12-12",
        "people": None,
        "Tolna": "tolna",
        "Rebels": None,
        "Velmar": None,
        "5 May 2031": "2031-05-05/2031-05-05",
    }


def test_progress_rises_to_one_and_tells_what_was_measured(
    corpus: Corpus, small_encoder: str
) -> None:
    told: list[float] = []
    measured: list[dict[str, float]] = []

    def tell(part: float, **values: float) -> None:
        told.append(part)
        measured.extend([values] if values else [])

    document = some(corpus, "triggers")
    fold = fold_of(corpus.scheme, "triggers", [document], [document])
    Encoder(encoder=small_encoder, epochs=2, members=2, probe_share=0.0, seed=11).fit(fold, tell)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert {"loss", "learning_rate", "epoch"} <= measured[0].keys()


def test_a_sentence_longer_than_the_window_is_tagged_to_its_end(tagger: Encoder) -> None:
    long = ["siege"] * 1200
    assert [len(tags) for tags in tagger.predict(sentences(long))] == [1200]
    found = tagger._taggers["triggers"].probabilities([long])[0]
    assert (found[:, 0] < 1.0).all()  # 1 is what no window shows


@pytest.mark.parametrize(
    "words", [["😀"], ["\u200b"], [" "], ["ein", "Straßenkampf"], ["حصار", "حلب"], ["\x00", "a"]]
)
def test_odd_words_are_tagged_too(tagger: Encoder, words: list[str]) -> None:
    assert [len(tags) for tags in tagger.predict(sentences(words))] == [len(words)]


def test_nothing_to_predict_is_no_prediction(tagger: Encoder) -> None:
    assert tagger.predict(sentences()) == []
    assert tagger.predict(sentences([])) == [[]]


def test_the_order_of_the_sentences_does_not_matter(corpus: Corpus, tagger: Encoder) -> None:
    rows = inputs(corpus.scheme, "triggers", corpus.documents[3])
    there = tagger.predict(rows)
    back = tagger.predict(rows.select(range(len(rows) - 1, -1, -1)))
    assert there == back[::-1]


@given(st.data())
@settings(max_examples=200)
def test_decoding_gives_valid_tags_and_the_best_of_them(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 4))
    values = st.floats(-20, 0, allow_nan=False)
    row = st.lists(values, min_size=len(IOB2), max_size=len(IOB2))
    scores = np.array(data.draw(st.lists(row, min_size=size, max_size=size)))
    tags = best_tags(scores, IOB2)

    def valid(found: list[str]) -> bool:
        covered = sum(end - start for _, start, end in from_iob2(found))
        return covered == sum(tag != "O" for tag in found)

    def score(found: list[str]) -> float:
        return float(sum(scores[i, IOB2.index(tag)] for i, tag in enumerate(found)))

    assert valid(tags)
    possible = map(list, itertools.product(IOB2, repeat=size))
    assert score(tags) == pytest.approx(max(score(found) for found in possible if valid(found)))


@pytest.mark.slow
def test_what_is_saved_predicts_the_same_when_loaded_in_every_task(
    karsland: Path, small_encoder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "has_fast_bfloat16", lambda device: True)
    corpus = load_corpus(karsland)
    options = {**LEARNS, "epochs": 25, "detail_epochs": 15, "members": 2}
    kept: dict[str, Any] = {}
    for task in Encoder.tasks:
        fold = replace(make_fold(corpus, task, 0), kept=kept)
        system = Encoder(encoder=small_encoder, task=task, **options)
        system.fit(fold, nothing)
        system.save(tmp_path / task)
        test = inputs(corpus.scheme, task, *fold.train_documents)
        found = system.predict(test)
        loaded = Encoder.load(tmp_path / task)
        assert loaded == system
        assert loaded.predict(test) == found
        assert any(found)
    assert len(components(kept)) == 2


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("rm encoder.json", r"not a saved encoder \(no encoder.json\)"),
        ("cut encoder.json", "encoder.json: not the record of a saved encoder: [^\n]+"),
        ("rm triggers/member0/model.safetensors", "model.safetensors: missing"),
        ("cut triggers/member0/model.safetensors", "model.safetensors: changed since it was saved"),
    ],
)
def test_a_damaged_model_is_one_clear_line(
    tagger: Encoder, tmp_path: Path, damage: str, said: str
) -> None:
    tagger.save(tmp_path)
    how, _, name = damage.partition(" ")
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).unlink()
    if how == "cut":
        (tmp_path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(EventbenchError, match=rf"^[^\n]*{said}$"):
        Encoder.load(tmp_path)


def test_events_reuse_the_networks_that_were_kept_and_predict_the_same(
    corpus: Corpus, fitted: Fitted
) -> None:
    options = {**LEARNS, "epochs": 20, "detail_epochs": 10, "seed": 5}
    document = some(corpus, "events")
    test = inputs(corpus.scheme, "events", document)
    alone = fitted(corpus, "events", document, **options).predict(test)
    assert alone[0].events
    kept: dict[str, Any] = {}
    for task in ("triggers", *OF_DETAILS):
        fitted(corpus, task, document, kept=kept, **options)
    trained = components(kept)
    assert len(trained) == 2
    told: list[str] = []

    def tell(part: float, **measured: float) -> None:
        told.extend(measured)

    system = fitted(corpus, "events", document, progress=tell, kept=kept, **options)
    assert [id(part) for part in components(kept)] == [id(part) for part in trained]
    used = [system._taggers[network] for network in NETWORKS]
    assert [id(a) for a in used] == [id(b.tagger) for b in trained]
    assert system.predict(test) == alone
    told_of = fitted(corpus, "incidents-from-text", document, kept=kept, **options)
    (answer,) = told_of.predict(inputs(corpus.scheme, "incidents-from-text", document))
    assert [id(part) for part in components(kept)] == [id(part) for part in trained]
    found = answer["events"].events
    assert [e.trigger for e in found] == [e.trigger for e in alone[0].events]
    filed = [event for one in answer["incidents"] for event in one["events"]]
    assert sorted(filed) == sorted(e.id for e in found)
    # The record of the cell says what the time measured now leaves out, and the curve is there.
    seconds = system.record["seconds_of_earlier_training"]
    assert seconds == pytest.approx(sum(each.seconds for each in trained), abs=0.02)
    assert {f"{network}_loss" for network in NETWORKS} <= set(told)


@pytest.mark.parametrize(
    ("task", "changed"),
    [
        ("triggers", {"seed": 4}),
        ("triggers", {"epochs": 2}),
        ("triggers", {"frozen": 0.0}),
        ("triggers", {"members": 2}),
        ("triggers", {"context": 4}),
        ("arguments", {"context": 1}),
        ("arguments", {"detail_epochs": 2}),
        ("arguments", {"detail_learning_rate": 1e-3}),
    ],
)
def test_a_network_of_another_recipe_or_other_rows_is_not_reused(
    corpus: Corpus, fitted: Fitted, task: str, changed: dict[str, Any]
) -> None:
    whole = some_sentences(corpus.documents[4], 0, 4)
    options = {"seed": 3, "epochs": 1, "detail_epochs": 1, "batch_size": 2}
    kept: dict[str, Any] = {}
    first = fitted(corpus, task, whole, kept=kept, **options)
    again = fitted(corpus, task, whole, kept=kept, **options)
    assert again._taggers == first._taggers
    assert "seconds_of_earlier_training" in again.record
    fewer = fitted(corpus, task, some_sentences(whole, 0, 3), kept=kept, **options)
    other = fitted(corpus, task, whole, kept=kept, **options | changed)
    networks = [*first._taggers.values(), *fewer._taggers.values(), *other._taggers.values()]
    assert len({id(network) for network in networks}) == len(components(kept)) == 3
    assert fewer.record == other.record == {}


def test_other_corpora_are_learned_once_for_all_folds(corpus: Corpus, fitted: Fitted) -> None:
    documents = [some_sentences(document, 0, 12) for document in corpus.documents]
    extra = [replace(document, id=f"other:{document.id}") for document in documents[:2]]
    options = {"epochs": 2, "detail_epochs": 2, "adaptation_epochs": 1, "batch_size": 2}
    for task in ("triggers", "arguments"):
        words = [["They", "shelled", "it"]]
        told: set[str] = set()

        def tell(part: float, told: set[str] = told, **measured: float) -> None:
            told.update(measured)

        first = fitted(corpus, task, documents[3], *extra, progress=tell, **options)
        assert told == {"loss", "learning_rate", "epoch"}
        (foundation,) = [c for c in FOUNDATIONS.values() if c.recipe.network in first._taggers]
        before = foundation.tagger.probabilities(words)
        second = fitted(corpus, task, documents[4], *extra, **options)
        assert foundation in FOUNDATIONS.values()
        assert np.array_equal(foundation.tagger.probabilities(words)[0], before[0])
        seconds = second.record["seconds_of_earlier_training"]
        assert seconds == pytest.approx(foundation.seconds, abs=0.02)
        name = foundation.recipe.network
        found = [s._taggers[name].probabilities(words)[0] for s in (first, second)]
        assert not np.array_equal(found[0], found[1])
        # Those of another corpus alone, or not more than the fold's, are learned like any others.
        for others in (extra, [extra[0], documents[3]]):
            assert fitted(corpus, task, *others, **options).record == {}


@pytest.mark.slow
def test_a_run_of_all_tasks_trains_no_network_twice(
    small_encoder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a scheme has a flag, and an attribute that some types do not bear."""
    ships = load_corpus(write_ships(tmp_path / "ships"))
    trained: list[str] = []
    fine_tune = training._train

    def counted(recipe: training.Recipe, *more: Any, **others: Any) -> Any:
        trained.append(recipe.network)
        return fine_tune(recipe, *more, **others)

    monkeypatch.setattr(training, "_train", counted)
    options = {"encoder": small_encoder, "epochs": 1, "detail_epochs": 1, "members": 1}
    out = tmp_path / "run"
    run("encoder", corpus=ships, out=out, task="all", options=options)
    assert trained == [*NETWORKS] * len(ships.documents)
    for task in ("triggers", "arguments", "attributes", "events"):
        assert score(out, task, corpus=ships, intervals=False).signature["task"] == task
    record = json.loads((out / "events" / "seed0" / "fold0.json").read_text("utf-8"))
    assert record["seconds_of_earlier_training"] > 0
    # Of a fold whose other tasks are stored, nothing is kept: it trains anew.
    (out / "events" / "seed0" / "fold2.jsonl").unlink()
    trained.clear()
    run("encoder", corpus=ships, out=out, task="all", options=options)
    assert trained == [*NETWORKS]


def test_a_model_is_used_where_it_is_not_where_it_was_trained(
    corpus: Corpus, fitted: Fitted, tmp_path: Path
) -> None:
    system = fitted(corpus, "triggers", some(corpus, "triggers"), epochs=1, device="cpu")
    system.save(tmp_path)
    assert Encoder.load(tmp_path).device == "auto"


def test_an_encoder_that_is_not_there_is_one_clear_line(
    corpus: Corpus, fitted: Fitted, tmp_path: Path
) -> None:
    document = some(corpus, "triggers")
    with pytest.raises(EventbenchError, match=r"^encoder '.*none' cannot be loaded: [^\n]+$"):
        fitted(corpus, "triggers", document, encoder=str(tmp_path / "none"))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(EventbenchError, match=r"^encoder '[^\n]+' cannot be loaded: [^\n]+$"):
        fitted(corpus, "triggers", document, encoder=str(tmp_path))


def test_short_memory_is_one_clear_line(
    corpus: Corpus, fitted: Fitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    import transformers

    def fail(self: Any) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate")

    monkeypatch.setattr(transformers.Trainer, "train", fail)
    with pytest.raises(EventbenchError, match=r"^out of memory: choose a lower --batch-size$"):
        fitted(corpus, "triggers", some(corpus, "triggers"), epochs=1)


@pytest.mark.parametrize("task", ["triggers", "arguments", "events"])
def test_no_rows_are_one_clear_line(corpus: Corpus, fitted: Fitted, task: str) -> None:
    with pytest.raises(EventbenchError, match=f"no rows to learn {task} from"):
        fitted(corpus, task)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_configuration_has_options_of_its_system(path: Path) -> None:
    config = tomllib.loads(path.read_text(encoding="utf-8"))
    assert config["system"] == "encoder"
    options = {f.name: type(f.default) for f in fields(Encoder) if f.init}
    folds = config.get("fold", {}).values()
    for table in (config["options"], *folds):
        assert {name: type(value) for name, value in table.items()} == {
            name: options.get(name) for name in table
        }
        assert not {"seed", "task"} & table.keys()
    assert path.stem == "encoder" or config["status"] == "not run here"


SCRIPT = """
import json, os, sys
from eventbench import TASKS, Fold, load_corpus
from eventbench_baselines.encoder.system import Encoder
from making import some_sentences

corpus = load_corpus()
document = some_sentences(corpus.documents[4], 0, 12)
rows = TASKS["triggers"].inputs_for([document], corpus.scheme)
curve = []
system = Encoder(encoder=sys.argv[1], epochs=2, batch_size=4, members=1, probe_share=0.0)
fold = Fold("triggers", corpus.scheme, (document,))
system.fit(fold, lambda part, **told: curve.append(told))
import torch
world = torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1
shown = {"world": world, "curve": [t for t in curve if t], "tags": system.predict(rows)}
open(f"{sys.argv[2]}.{os.environ.get('RANK', '0')}", "w").write(json.dumps(shown))
if world > 1:
    torch.distributed.destroy_process_group()
"""


@pytest.mark.slow
def test_two_processes_share_a_step_and_learn_the_same(small_encoder: str, tmp_path: Path) -> None:
    """The small encoder has no dropout, whose masks would differ by process."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    python_path = os.pathsep.join(filter(None, paths))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": python_path}
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    torchrun += ["--local_addr", "127.0.0.1"]  # a computer's own name need not resolve
    accelerate = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    accelerate += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    accelerate += ["--main_process_port", "0"]  # any that is free
    for name, prefix in (("one", []), ("two", torchrun), ("three", accelerate)):
        command = [sys.executable, *prefix, str(script), small_encoder, str(tmp_path / name)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
    one, two, other, three = (
        json.loads((tmp_path / name).read_text()) for name in ("one.0", "two.0", "two.1", "three.0")
    )
    assert [found["world"] for found in (one, two, other, three)] == [1, 2, 2, 2]
    assert len(one["curve"]) == len(two["curve"]) == 2
    for ours, theirs, others in zip(one["curve"], two["curve"], other["curve"], strict=True):
        assert theirs == others
        assert theirs == pytest.approx(ours, rel=2e-2)  # bfloat16 rounds sums differently
    assert two["tags"] == other["tags"] == three["tags"]
    assert three["curve"] == two["curve"]


def experiments() -> Any:
    """The module of the experiments, which is not in a package."""
    path = Path(__file__).parents[2] / "baselines" / "experiments.py"
    spec = importlib.util.spec_from_file_location("experiments", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_an_experiment_runs_and_is_reported(small_encoder: str) -> None:
    known = experiments()
    options = {"encoder": small_encoder, "epochs": 1, "members": 1}
    line = known.try_setting("quick", ["triggers"], options)
    assert 0 <= line["scores"]["triggers"] <= 100
    assert "| quick" in known.tables([line])
