"""The task "events" as a chain: its parts cannot tell the rows from those of `eventbench.load`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset
from eventbench_baselines.chain import PARTS, Chain, decoded, task_datasets

from eventbench import Corpus, Scheme, features, load, load_corpus
from eventbench.dataset.building import arguments_left_out
from eventbench.evaluation.event_scoring import read_events, score_events

TYPES = ("Attack", "Casualty")
SCHEME = Scheme((), {event_type: {} for event_type in TYPES}, {}, {}, frozenset())
Row = dict[str, Any]


def nothing(part: float, **measured: float) -> None:
    pass


@dataclass
class Parrot:
    """Says of every row what it has learned of it; of what it does not know, what it was told."""

    seed: int = 0
    task: str = "triggers"
    unknown: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict, init=False)

    def fit(self, train: Dataset, validation: Dataset, progress: Any) -> None:
        for row in [*decoded(train), *decoded(validation)]:
            self.known[self._key(row)] = (
                {name: row[name] for name in ("subtype", "status", "reported", "contested")}
                if self.task == "attributes"
                else row["ner_tags"]
            )
        progress(0.5, loss=2.0)
        progress(1.0)

    def predict(self, test: Dataset) -> list[Any]:
        assert len(test), "there is nothing to predict"
        return [self.known.get(self._key(row)) or self.unknown[self.task] for row in decoded(test)]

    @staticmethod
    def _key(row: Row) -> str:
        return " ".join([row["text"], str(row.get("trigger_start")), row.get("event_type", "")])

    def save(self, directory: Path) -> None:
        (directory / "known.json").write_text(json.dumps([self.task, self.known]))

    @classmethod
    def load(cls, directory: Path) -> Parrot:
        task, known = json.loads((directory / "known.json").read_text())
        system = cls(task=task)
        system.known = known
        return system


def articles(*texts: str, events: Sequence[Row] = ()) -> Dataset:
    """Articles of one sentence each, a word a token, all with the same events."""
    rows = []
    for number, text in enumerate(texts):
        starts, place = [], 0
        for word in text.split():
            starts.append(text.index(word, place))
            place = starts[-1] + len(word)
        sentence = {
            "id": f"{number}-001",
            "start": 0,
            "end": len(text),
            "token_starts": starts,
            "token_ends": [s + len(w) for s, w in zip(starts, text.split(), strict=True)],
        }
        row = {"id": str(number), "title": "", "text": text, "sentences": [sentence]}
        rows.append({**row, "events": list(events), "links": []})
    return Dataset.from_list(rows, features=features(SCHEME, "events"))


def event(text: str, event_type: str, trigger: str, **arguments: str) -> Row:
    """An event whose trigger and arguments are words of the text."""

    def span(word: str) -> Row:
        return {"start": text.index(word), "end": text.index(word) + len(word), "text": word}

    return {
        "id": f"E{text.index(trigger)}",
        "type": event_type,
        "subtype": "shelling" if event_type == "Attack" else "killed",
        "trigger": span(trigger),
        "arguments": [
            {"role": role, "number": 1, **span(word), "sides": []}
            for role, word in arguments.items()
        ],
        "status": "actual",
        "reported": "author",
        "source": None,
        "contested": True,
        "note": None,
    }


def without_gold(rows: Dataset) -> Dataset:
    return rows.remove_columns(["events", "links"])


@pytest.mark.parametrize("task", PARTS)
def test_the_rows_of_the_parts_are_those_that_load_gives(task: str) -> None:
    given, expected = load("events", fold=2), load(task, fold=2)
    made = task_datasets(given["train"], given["validation"])[task]
    for rows, split in zip(made, ("train", "validation"), strict=True):
        columns = rows.column_names
        assert list(decoded(rows)) == list(decoded(expected[split].select_columns(columns)))
        assert set(expected[split].column_names) - set(columns) <= {
            "near_duplicates",
            "triggers_seen",
            "trigger_seen",
        }
        assert rows.features.get("event_type") == expected[split].features.get("event_type")


def test_what_the_parts_know_comes_together_as_the_gold(tmp_path: Path, corpus: Corpus) -> None:
    splits = load("events")
    everything = [splits[name] for name in ("train", "validation", "test")]
    chain = Chain(Parrot(seed=7))
    assert {(task, part.task, part.seed) for task, part in chain.parts.items()} == {
        (task, task, 7) for task in PARTS
    }
    path = tmp_path / "events.jsonl"
    lines = []
    for rows in everything:
        chain.fit(rows, rows, nothing)
        found = chain.predict(without_gold(rows))
        lines += [
            json.dumps({"id": i, **events}) for i, events in zip(rows["id"], found, strict=True)
        ]
    path.write_text("\n".join(lines), encoding="utf-8")
    report = score_events(corpus, read_events(path, corpus)).to_json()["pooled"]
    lost = len(arguments_left_out(load_corpus()))
    arguments = report["measures"]["AC+"]["micro"]
    assert report["measures"]["TC"]["micro"]["f1"] == 1.0
    assert arguments["correct"] == arguments["predicted"] == arguments["gold"] - lost
    assert all(found["accuracy"] == 1.0 for found in report["attributes"].values())


def words(text: str, found: Row) -> tuple[str, list[str]]:
    """The words of a predicted event: its trigger, its arguments with their roles."""

    def word(span: Row) -> str:
        return text[span["start"] : span["end"]]

    arguments = [f"{argument['role']}={word(argument)}" for argument in found["arguments"]]
    return word(found["trigger"]), arguments


def test_offsets_are_code_points_of_the_article() -> None:
    text = "😀 в Алеппо 💥💥 обстрел"
    rows = articles(text, events=[event(text, "Attack", "обстрел", Place="Алеппо")])
    chain = Chain(Parrot())
    chain.fit(rows, rows, nothing)
    [found] = chain.predict(without_gold(rows))
    assert [words(text, one) for one in found["events"]] == [("обстрел", ["Place=Алеппо"])]


def test_what_an_event_type_never_had_is_not_predicted() -> None:
    text = "shells killed ten"
    gold = [event(text, "Attack", "shells"), event(text, "Casualty", "killed", Victim="ten")]
    values = {"subtype": "Attack/shelling", "status": "actual", "reported": None, "contested": None}
    told = {
        "triggers": ["B-Attack", "O", "B-Casualty"],
        "arguments": ["O", "B-Victim", "O"],
        "attributes": values,
    }
    chain = Chain(Parrot(unknown=told))
    chain.fit(articles(text, events=gold), articles(text, events=gold), nothing)
    [found] = chain.predict(without_gold(articles("gas kills all")))
    attack, casualty = found["events"]
    assert words("gas kills all", attack) == ("gas", [])
    assert words("gas kills all", casualty) == ("all", ["Victim=kills"])
    assert (attack["subtype"], casualty["subtype"]) == ("shelling", None)
    assert (attack["reported"], attack["contested"]) == (None, None)
    assert attack["id"] != casualty["id"]


def test_articles_without_sentences_tokens_or_triggers_have_no_events() -> None:
    text = "gas kills"
    chain = Chain(Parrot(unknown={"triggers": []}))
    rows = articles(text, events=[event(text, "Attack", "gas")])
    chain.fit(rows, rows, nothing)
    [row] = articles("")
    for sentences in ([], row["sentences"]):
        test = Dataset.from_list([{**row, "sentences": sentences}], features=rows.features)
        assert chain.predict(without_gold(test)) == [{"events": [], "links": []}]


def test_events_that_rows_cannot_hold_are_left_out() -> None:
    text = "gas kills"
    half = event(text, "Attack", "ga")
    open_one = {**event(text, "Attack", "kills"), "status": None}
    rows = articles(text, events=[half, open_one])
    made = task_datasets(rows, rows)
    assert [len(made[task][0]) for task in PARTS] == [1, 1, 0]
    [row] = decoded(made["triggers"][0])
    assert row["ner_tags"] == ["O", "B-Attack"]


def test_progress_is_that_of_the_whole_and_says_whose_loss_it_is() -> None:
    text = "gas kills"
    rows = articles(text, events=[event(text, "Attack", "gas")])
    told: list[tuple[float, dict[str, float]]] = []
    Chain(Parrot()).fit(rows, rows, lambda part, **measured: told.append((part, measured)))
    assert [part for part, _ in told] == sorted(part for part, _ in told)
    assert told[-1][0] == pytest.approx(1.0)
    assert [m for _, m in told if m] == [{f"{task}_loss": 2.0} for task in PARTS]


def test_a_chain_is_the_same_after_saving_and_loading(tmp_path: Path) -> None:
    text = "gas kills ten"
    rows = articles(text, events=[event(text, "Attack", "gas", Target="ten")])
    chain = Chain(Parrot())
    chain.fit(rows, rows, nothing)
    assert Chain.load(Parrot(), tmp_path) is None
    chain.save(tmp_path)
    again = Chain.load(Parrot(), tmp_path)
    assert again is not None
    assert again.predict(without_gold(rows)) == chain.predict(without_gold(rows))
    assert [words(text, e) for e in again.predict(without_gold(rows))[0]["events"]] == [
        ("gas", ["Target=ten"])
    ]
