"""The baselines behave as systems should; how well they score is not a test's business."""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Cli
from datasets import ClassLabel, Dataset, Features, List, Value
from eventbench_baselines.chain import decoded
from eventbench_baselines.lexicon import Lexicon

from eventbench import EventbenchError, features, load, load_corpus
from eventbench.systems.runner import INPUT_COLUMNS

GOLD = ("ner_tags", "subtype", "status", "reported", "contested")
LABELS = ["O", "B-X", "I-X"]
FEATURES = Features({"tokens": List(Value("string")), "ner_tags": List(ClassLabel(names=LABELS))})


def dataset(*sentences: tuple[str, str]) -> Dataset:
    rows = [{"tokens": words.split(), "ner_tags": tags.split()} for words, tags in sentences]
    return Dataset.from_list(rows, features=FEATURES)


def nothing(part: float, **measured: float) -> None:
    pass


Row = dict[str, Any]


def about_events(task: str, *rows: Row) -> Dataset:
    """Rows of "arguments" or "attributes" from what a test says of them."""
    made = []
    for number, row in enumerate(rows):
        words = row["text"].split()
        place = words.index(row["trigger"])
        made.append(
            {
                "doc_id": str(number),
                "tokens": words,
                "trigger_start": place,
                "trigger_end": place + 1,
                "event_type": row.get("type", "Attack"),
                **{name: value for name, value in row.items() if name in GOLD},
            }
        )
    columns = features(load_corpus().scheme, task)
    return Dataset.from_list(made, features=Features({k: columns[k] for k in made[0]}))


def without_gold(rows: Dataset) -> Dataset:
    return rows.remove_columns([name for name in rows.column_names if name in GOLD])


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


def attributes(trigger: str, subtype: str, status: str = "actual") -> Row:
    values = {"subtype": subtype, "status": status, "reported": "author", "contested": "no"}
    return {"text": f"the {trigger} .", "trigger": trigger, **values}


def test_the_lexicon_gives_a_phrase_its_role_where_it_is_nearest_to_the_trigger() -> None:
    aleppo = {"text": "raids on east Aleppo", "trigger": "raids"}
    train = about_events("arguments", {**aleppo, "ner_tags": ["O", "O", "B-Place", "I-Place"]})
    system = Lexicon(task="arguments")
    system.fit(train, train, nothing)
    text = "EAST aleppo saw Aleppo raids hit east Aleppo and more east Aleppo"
    test = about_events(
        "arguments",
        {"text": text, "trigger": "raids"},
        {"text": text, "trigger": "raids", "type": "Casualty"},
        {"text": "Aleppo east raids", "trigger": "raids"},
    )
    found, other_type, in_part = system.predict(test)
    assert found == ["O"] * 6 + ["B-Place", "I-Place"] + ["O"] * 4
    assert set(other_type) == set(in_part) == {"O"}


def test_the_lexicon_gives_a_trigger_its_values_or_else_those_of_its_type() -> None:
    rows = [
        attributes("raid", "Attack/air-strike", "planned"),
        attributes("fight", "Attack/clash"),
        attributes("clash", "Attack/clash"),
    ]
    train = about_events("attributes", *rows)
    system = Lexicon(task="attributes")
    system.fit(train, train, nothing)
    known, unknown, unknown_type = system.predict(
        about_events(
            "attributes",
            {"text": "the Raid", "trigger": "Raid"},
            {"text": "a blow", "trigger": "blow"},
            {"text": "many dead", "trigger": "dead", "type": "Casualty"},
        )
    )
    assert (known["subtype"], known["status"]) == ("Attack/air-strike", "planned")
    assert (unknown["subtype"], unknown["status"]) == ("Attack/clash", "actual")
    assert set(unknown_type.values()) == {None}


@pytest.fixture(scope="session")
def crf() -> Any:
    pytest.importorskip("pycrfsuite", reason="the crf needs the extra [crf]")
    from eventbench_baselines.crf import Crf

    return Crf


@pytest.fixture(params=["lexicon", "crf"])
def baseline(request: pytest.FixtureRequest) -> Any:
    """Makes a system that is quickly trained."""
    if request.param == "lexicon":
        return Lexicon
    return partial(request.getfixturevalue("crf"), iterations=5)


@pytest.mark.parametrize("task", ["triggers", "arguments", "attributes"])
def test_the_crf_learns_what_it_is_shown_and_repeats_itself(crf: Any, task: str) -> None:
    rows = load(task)["validation"].select(range(12))
    predicted = []
    for seed in (0, 1):
        system = crf(l1=0.0, l2=1e-5, seed=seed, task=task)
        system.fit(rows, rows.select(range(1)), nothing)
        predicted.append(system.predict(without_gold(rows)))
    assert predicted[0] == predicted[1]
    gold = [
        {name: row[name] for name in predicted[0][0]} if task == "attributes" else row["ner_tags"]
        for row in decoded(rows)
    ]
    assert predicted[0] == gold


def test_the_crf_believes_other_articles_only(crf: Any) -> None:
    """What a word was in an article is not told to the model that learns from this article."""
    train = about_events(
        "attributes",
        attributes("raid", "Attack/air-strike"),
        attributes("raid", "Attack/clash"),
        attributes("raid", "Attack/air-strike"),
        attributes("fight", "Attack/clash"),
    )
    system = crf(task="attributes", iterations=1)
    looks: list[Any] = []
    system._look = lambda *a: looks.append(a[-1]) or crf._look(system, *a)
    system.fit(train, train.select([]), nothing)
    seen = [memory.get(("Attack", "raid")) for memory in looks[:4]]
    assert seen[0] == {"Attack/air-strike": 0.5, "Attack/clash": 0.5}
    assert seen[1] == {"Attack/air-strike": 1.0}
    assert seen[3] == system.models["subtype"].memory["Attack", "raid"]


@pytest.mark.parametrize("task", ["triggers", "arguments", "attributes", "events"])
def test_a_baseline_is_the_same_after_saving_and_loading(
    baseline: Any, task: str, tmp_path: Path
) -> None:
    rows = load(task)["validation"]
    test = rows.remove_columns(["events", "links"]) if task == "events" else without_gold(rows)
    system = baseline(task=task)
    system.fit(rows, rows, nothing)
    system.save(tmp_path)
    again = type(system).load(tmp_path)
    assert again.task == task
    assert again.predict(test) == system.predict(test)


def test_a_baseline_bears_any_text(baseline: Any) -> None:
    train = load("triggers")["validation"]
    system = baseline()
    system.fit(train, train.select(range(1)), nothing)
    sentences = [["😀", "💥💥"], ["Обстрел", "Алеппо"], ["حلب"], [], ["\u200b", "a=b", "a:2.5"]]
    test = Dataset.from_dict(
        {"tokens": sentences}, features=Features({"tokens": FEATURES["tokens"]})
    )
    assert [len(tags) for tags in system.predict(test)] == [len(words) for words in sentences]
    assert len(system.predict(test.select([]))) == 0


def test_a_baseline_does_events_of_an_article_without_sentences(baseline: Any) -> None:
    rows = load("events")["validation"]
    system = baseline(task="events")
    system.fit(rows, rows, nothing)
    test = rows.remove_columns(["events", "links"])
    empty = Dataset.from_list([{**test[0], "sentences": []}, test[0]], features=test.features)
    assert system.predict(empty) == [{"events": [], "links": []}, *system.predict(test)]


def test_a_crf_without_its_library_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from eventbench_baselines.crf import Crf

    monkeypatch.setitem(sys.modules, "pycrfsuite", None)
    rows = load("triggers")["validation"]
    with pytest.raises(EventbenchError, match=r"^the crf needs: pip install 'eventbench\[crf\]'$"):
        Crf().fit(rows, rows, nothing)


PAGE = ROOT / "docs" / "add-your-system.md"


def test_the_example_of_the_page_runs_and_is_scored(tmp_path: Path, cli: Cli) -> None:
    text = PAGE.read_text(encoding="utf-8")
    example = re.search(r"Save this as `perceptron.py`.*?```python\n(.*?)```", text, re.DOTALL)
    assert example is not None
    assert example[1].count("\n") <= 30
    (tmp_path / "perceptron.py").write_text(example[1], encoding="utf-8")
    result = cli("run", "perceptron:Perceptron", "--epochs", 1, "--out", "run")
    assert (result.returncode, result.stderr) == (0, "")
    scored = cli("score", "run")
    assert (scored.returncode, "micro avg" in scored.stdout) == (0, True)
    curve = (tmp_path / "run/triggers/seed0/fold0.csv").read_text(encoding="utf-8")
    assert curve.startswith("part,weights\n1.0,")


def test_the_page_names_the_columns_of_each_task() -> None:
    table = re.findall(r"^\| `(\w+)` \| an? \w+ \|(.*)\|(.*)\|.*\|$", PAGE.read_text("utf-8"), re.M)
    named = {task: [set(re.findall(r"`(\w+)`", cell)) for cell in cells] for task, *cells in table}
    assert list(named) == list(INPUT_COLUMNS)
    named["arguments"][0] |= named["triggers"][0]
    named["attributes"][0] |= named["arguments"][0]
    for task, (given, gold) in named.items():
        assert given == set(INPUT_COLUMNS[task])
        about_others = {"near_duplicates", "triggers_seen", "trigger_seen"}
        assert given | gold == set(features(load_corpus().scheme, task)) - about_others
