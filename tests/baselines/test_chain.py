"""The task "events" as a chain of the other three."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset
from eventbench_baselines.chain import PARTS, Chain
from eventbench_baselines.rows import decoded
from making import all_tested, article, fold_of, inputs, nothing, said

from eventbench import TASKS, ArticleEvents, Attribute, Corpus, Document, Event, Fold, Scheme
from eventbench.evaluation.scoring import gold_of, score_answers
from eventbench.tasks.arguments import arguments_left_out

TYPES = ("Attack", "Casualty")
SCHEME = Scheme(
    (),
    {"Attack": {"Target": "P", "Place": "P", "Victim": "P"}, "Casualty": {"Victim": "P"}},
    {
        "subtype": Attribute(
            "subtype", {"Attack": ("shelling",), "Casualty": ("killed",)}, {}, by_type=True
        ),
        "status": Attribute("status", dict.fromkeys(TYPES, ("actual",)), {}),
        "contested": Attribute("contested", dict.fromkeys(TYPES, ("no", "yes")), {}, is_flag=True),
    },
)
SUBTYPES = {"Attack": "shelling", "Casualty": "killed"}
Row = dict[str, Any]


@dataclass
class Parrot:
    """Says of every row what it has learned of it; of what it does not know, what it was told."""

    seed: int = 0
    task: str = "triggers"
    unknown: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict, init=False)

    def fit(self, fold: Fold, progress: Any) -> None:
        assert fold.task == self.task
        for row in [*decoded(fold.train), *decoded(fold.validation)]:
            self.known[self._key(row)] = TASKS[self.task].gold(row)
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


def event(event_type: str, trigger: str, **roles: str) -> Any:
    values = {"subtype": SUBTYPES[event_type], "status": "actual", "contested": "yes"}
    return said(event_type, trigger, values, **roles)


def fitted(*documents: Document, told: dict[str, Any] | None = None) -> Chain:
    chain = Chain(Parrot(unknown=told or {}))
    chain.fit(fold_of(SCHEME, "events", documents), nothing)
    return chain


def predicted(chain: Chain, *documents: Document) -> list[ArticleEvents]:
    return chain.predict(inputs(chain.scheme, "events", *documents))


def test_what_the_parts_know_comes_together_as_the_gold(corpus: Corpus) -> None:
    chain = Chain(Parrot(seed=7))
    assert {(task, part.task, part.seed) for task, part in chain.parts.items()} == {
        (task, task, 7) for task in PARTS
    }
    answers = {}
    for document in corpus.documents:
        chain = Chain(Parrot(seed=7))
        chain.fit(fold_of(corpus.scheme, "events", [document], [document]), nothing)
        (answers[document.id],) = predicted(chain, document)
    gold = gold_of(all_tested(corpus), "events")
    report = score_answers({0: answers}, gold, intervals=False)
    measures = report.sections[0]["measure"]
    assert measures["TC"].f1 == 1.0
    counts = report.statistics[0].totals()["AC+"].sum(axis=0)
    lost = sum(len(arguments_left_out(document)) for document in corpus.documents)
    assert counts.tolist() == [counts[2] - lost, counts[2] - lost, counts[2]]
    accuracies = {name: s.f1 for name, s in measures.items() if name.endswith(" accuracy")}
    assert accuracies == dict.fromkeys((f"{a} accuracy" for a in corpus.scheme.attributes), 1.0)


def words(document: Document, found: Event) -> tuple[str, list[str]]:
    """The words of an event: its trigger, its arguments with their roles."""
    arguments = [f"{a.role}={a.span.text_in(document.text)}" for a in found.arguments]
    return found.trigger.text_in(document.text), arguments


def test_offsets_are_code_points_of_the_article() -> None:
    text = "😀 в Алеппо 💥💥 обстрел"
    document = article("a", (text, event("Attack", "обстрел", Place="Алеппо")))
    [found] = predicted(fitted(document), document)
    assert [words(document, one) for one in found.events] == [("обстрел", ["Place=Алеппо"])]


def test_what_an_event_type_never_had_is_not_predicted() -> None:
    train = article(
        "a",
        (
            "shells killed ten",
            event("Attack", "shells"),
            event("Casualty", "killed", Victim="ten"),
        ),
    )
    told = {
        "triggers": ["B-Attack", "O", "B-Casualty"],
        "arguments": ["O", "B-Victim", "O"],
        "attributes": {"subtype": "Attack/shelling", "status": "actual", "contested": None},
    }
    test = article("t", ("gas kills all",))
    [found] = predicted(fitted(train, told=told), test)
    attack, casualty = found.events
    assert words(test, attack) == ("gas", [])
    assert words(test, casualty) == ("all", ["Victim=kills"])
    assert attack.attributes == {"subtype": "shelling", "status": "actual"}
    assert casualty.attributes == {"status": "actual"}
    assert attack.id != casualty.id


def test_articles_without_sentences_tokens_or_triggers_have_no_events() -> None:
    document = article("a", ("gas kills", event("Attack", "gas")))
    chain = fitted(document, told={"triggers": ["O", "O"]})
    bare = replace(document, id="b", sentences=(), events=())
    quiet = article("c", ("no news",))
    assert [len(found.events) for found in predicted(chain, bare, quiet, document)] == [0, 0, 1]
    assert predicted(chain, bare) == [ArticleEvents()]
    blank = article("d", ("",))
    assert [len(sentence.tokens) for sentence in blank.sentences] == [0]
    chain = fitted(document, told={"triggers": []})
    assert predicted(chain, blank, document)[0] == ArticleEvents()


def test_what_the_parts_learn_from_are_the_rows_of_their_tasks(corpus: Corpus) -> None:
    """Documents come to `fit` whole; a part sees what `load` gives for its task."""
    seen: dict[str, list[Row]] = {}

    @dataclass
    class Watching(Parrot):
        def fit(self, fold: Fold, progress: Any) -> None:
            seen[self.task] = list(decoded(fold.train))

    train = corpus.documents[:2]
    Chain(Watching()).fit(fold_of(corpus.scheme, "events", train), nothing)
    assert seen == {task: TASKS[task].rows(train, corpus.scheme) for task in PARTS}


def test_progress_is_that_of_the_whole_and_says_whose_loss_it_is() -> None:
    document = article("a", ("gas kills", event("Attack", "gas")))
    told: list[tuple[float, dict[str, float]]] = []
    fold = fold_of(SCHEME, "events", [document])
    Chain(Parrot()).fit(fold, lambda part, **measured: told.append((part, measured)))
    assert [part for part, _ in told] == sorted(part for part, _ in told)
    assert told[-1][0] == pytest.approx(1.0)
    assert [m for _, m in told if m] == [{f"{task}_loss": 2.0} for task in PARTS]


def test_a_chain_is_the_same_after_saving_and_loading(tmp_path: Path) -> None:
    document = article("a", ("gas kills ten", event("Attack", "gas", Target="ten")))
    chain = fitted(document)
    assert Chain.load(Parrot(), tmp_path) is None
    chain.save(tmp_path)
    again = Chain.load(Parrot(), tmp_path)
    assert again is not None
    assert predicted(again, document) == predicted(chain, document)
    [found] = predicted(again, document)
    assert [words(document, one) for one in found.events] == [("gas", ["Target=ten"])]
