"""The baselines behave as systems should; how well they score is not a test's business."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Cli
from datasets import ClassLabel, Dataset, Features, List, Value
from eventbench_baselines.encoder import Encoder
from eventbench_baselines.lexicon import Lexicon

from eventbench import EventbenchError, load

LABELS = ["O", "B-X", "I-X"]
FEATURES = Features({"tokens": List(Value("string")), "ner_tags": List(ClassLabel(names=LABELS))})


def dataset(*sentences: tuple[str, str]) -> Dataset:
    rows = [{"tokens": words.split(), "ner_tags": tags.split()} for words, tags in sentences]
    return Dataset.from_list(rows, features=FEATURES)


def nothing(part: float) -> None:
    pass


def test_the_lexicon_gives_a_word_the_tag_it_mostly_had() -> None:
    system = Lexicon()
    train = dataset(("Air strikes hit", "B-X I-X O"), ("air is free", "O O O"))
    system.fit(train, dataset(("air strikes", "B-X I-X")), nothing)
    test = dataset(("AIR strikes now", "O O O"), ("strikes", "O"), ("free air", "O O"))
    assert system.predict(test) == [["B-X", "I-X", "O"], ["O"], ["O", "B-X"]]


def test_the_lexicon_decides_ties_by_the_alphabet() -> None:
    system = Lexicon()
    system.fit(dataset(("siege", "O"), ("siege", "B-X")), dataset(("a", "O")), nothing)
    assert system.predict(dataset(("siege", "O"))) == [["B-X"]]


@pytest.fixture(scope="module")
def small() -> Dataset:
    pytest.importorskip("torch", reason="the encoder needs the extra [encoder]")
    return load()["validation"].select(range(8))


def fit_and_predict(small: Dataset, seed: int) -> list[list[str]]:
    told: list[float] = []
    system = Encoder(epochs=2, seed=seed)
    system.fit(small, small.select(range(4)), told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    return system.predict(small.remove_columns("ner_tags"))


def test_the_encoder_is_deterministic_and_tags_every_token(small: Dataset) -> None:
    first = fit_and_predict(small, seed=3)
    assert [len(tags) for tags in first] == [len(row["tokens"]) for row in small]
    assert first == fit_and_predict(small, seed=3)


def test_the_encoder_learns_what_it_is_shown(small: Dataset) -> None:
    system = Encoder(epochs=25)
    system.fit(small, small.select(range(1)), nothing)
    names = small.features["ner_tags"].feature.names
    gold = [[names[tag] for tag in row["ner_tags"]] for row in small]
    assert any(tag != "O" for tags in gold for tag in tags)
    assert system.predict(small.remove_columns("ner_tags")) == gold


def test_a_sentence_longer_than_the_window_is_tagged_to_its_end(small: Dataset) -> None:
    system = Encoder(epochs=1)
    system.fit(small, small.select(range(1)), nothing)
    long = Dataset.from_list([{"tokens": ["siege"] * 700}, {"tokens": ["😀"]}])
    assert [len(tags) for tags in system.predict(long)] == [700, 1]


def test_an_encoder_that_is_not_there_is_one_clear_line(small: Dataset, tmp_path: Path) -> None:
    system = Encoder(encoder=str(tmp_path / "none"))
    with pytest.raises(EventbenchError, match=r"encoder '.*none' cannot be loaded: [^\n]+$"):
        system.fit(small, small, nothing)


def test_the_options_of_a_system_are_flags(tmp_path: Path, cli: Cli) -> None:
    shown = cli("run", "encoder", "--help").stdout
    assert all(f"--{name}" in shown for name in ("encoder", "epochs", "learning-rate"))
    assert "options of lexicon" not in cli("run", "lexicon", "--help").stdout
    assert cli("run", "encoder", "--out", "x", "--epochs", "many").returncode == 2


def test_a_run_of_the_lexicon_from_start_to_score(tmp_path: Path, cli: Cli) -> None:
    result = cli("run", "lexicon", "--out", tmp_path / "run")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"lexicon: predictions are in {tmp_path}/run\n"
    scored = cli("score", tmp_path / "run")
    assert scored.returncode == 0
    assert "micro avg" in scored.stdout


def test_the_crf_learns_what_it_is_shown_and_repeats_itself() -> None:
    crf = pytest.importorskip("eventbench_baselines.crf")
    pytest.importorskip("pycrfsuite", reason="the crf needs the extra [crf]")
    rows = load()["validation"]
    names = rows.features["ner_tags"].feature.names
    gold = [[names[tag] for tag in row["ner_tags"]] for row in rows]
    predicted = []
    for seed in (0, 1):
        system = crf.Crf(l1=0.0, seed=seed)
        system.fit(rows, rows.select(range(1)), nothing)
        predicted.append(system.predict(rows.remove_columns("ner_tags")))
    assert predicted[0] == predicted[1] == gold
