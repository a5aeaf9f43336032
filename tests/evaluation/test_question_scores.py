"""Answers to questions are asked for, read and scored as those of the system llm are."""

from __future__ import annotations

import importlib
import json
import math
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from inspect_process import Spoilt, answers_of, right_answers
from llm_server import Json, Stub

from eventbench import EventbenchError, load_corpus, run, score
from eventbench.evaluation.question_scores import score_questions
from eventbench.evaluation.scoring import gold_of
from eventbench.prompts import PROMPTED, Questions

ASKED = {"shots": 1, "sentences_per_request": 1}
COUNTS = ("answers", "unusable_answers", "unmapped_quotes", "invalid_items")


def expected(report: Any) -> dict[str, float]:
    """The figures of a report."""
    found = {"score": report.score.mean}
    for name, prefix in (("these_documents", "ci"), ("new_documents", "new_ci")):
        if report.intervals[name].varies:
            found[f"{prefix}_low"] = report.intervals[name].low
            found[f"{prefix}_high"] = report.intervals[name].high
    return found


@pytest.mark.parametrize("task", PROMPTED)
def test_messages_and_scores_are_those_of_the_system(
    stub: Stub, karsland: Path, tmp_path: Path, task: str
) -> None:
    corpus, out = load_corpus(karsland), tmp_path / "run"
    right = right_answers(str(karsland), task, **ASKED)
    theirs, ours = Spoilt(right, "a"), Spoilt(right, "a")
    stub.script = lambda body: theirs(body["messages"])
    options = {"base_url": stub.url, "model": "stub", "max_unusable": 1.0, **ASKED}
    run("llm", corpus=corpus, out=out, task=task, options=options)
    questions = Questions(gold_of(corpus, task), **ASKED)
    figures = score_questions(questions, {1: answers_of(questions, ours)})
    assert ours.asked == theirs.asked
    report = score(out, task, corpus=corpus)
    bounds = {name: figures[name] for name in figures if "ci_" in name}
    assert {"score": figures["score"], **bounds} == expected(report)
    assert figures["score"] < 1
    records = [json.loads(path.read_text("utf-8")) for path in (out / task).glob("seed0/*.json")]
    for key in COUNTS:
        assert figures[key] == sum(record[key] for record in records)
    assert len(ours.asked) > len(questions.by_id)  # some could not be read at first


def test_what_was_not_asked_does_not_count(karsland: Path) -> None:
    """Of all sentences with triggers, those asked are right: nothing is missing."""
    questions = Questions(gold_of(str(karsland), "triggers"), sentences_per_request=1)
    right = {name: questions.right(question) for name, question in questions.by_id.items()}
    *some, last = [name for name in right if right[name]["events"]]
    figures = score_questions(questions, {1: {name: right[name] for name in some}})
    assert (figures["score"], figures["recall"], figures["answers"]) == (1, 1, len(some))
    figures = score_questions(questions, {1: {**right, last: None}})
    found = sum(len(right[name]["events"]) for name in some)
    assert figures["recall"] == found / (found + len(right[last]["events"]))
    assert (figures["precision"], figures["unusable_answers"]) == (1, 1)


def test_of_one_article_there_is_no_interval_on_new_ones(karsland: Path) -> None:
    questions = Questions(gold_of(str(karsland), "triggers"), sentences_per_request=1)
    empty: dict[str, Json | None] = {
        name: {"events": []} for name in questions.by_id if name.startswith("n:")
    }
    assert empty
    assert not any(name.startswith("new_") for name in score_questions(questions, {1: empty}))


def test_epochs_of_which_one_has_no_answer_count_for_nothing(karsland: Path) -> None:
    questions = Questions(gold_of(str(karsland), "triggers"), sentences_per_request=1)
    name = next(iter(questions.by_id))
    for by_epoch in ({}, {1: {}}, {1: {name: {"events": []}}, 2: {}}):
        (only,) = score_questions(questions, by_epoch).values()
        assert math.isnan(only)


def test_the_gold_is_not_learned_from_the_right_answers(karsland: Path) -> None:
    """A right answer must not make the names of its incidents known, as an example does."""
    questions = Questions(gold_of(str(karsland), "incidents"))
    right = {name: questions.right(question) for name, question in questions.by_id.items()}
    named = {one["name"] for answer in right.values() for one in answer["incidents"]}
    found, _ = questions.read(right)
    assert named
    assert named.isdisjoint(one["name"] for answer in found.values() for one in answer)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shots": 3}, "shots is 3, expected 0 to 2, the number of training articles"),
        ({"sentences_per_shot": -1}, "sentences_per_shot is -1, expected 0 or more"),
        ({"sentences_per_request": -1}, "sentences_per_request is -1, expected 0 or more"),
    ],
)
def test_wrong_options_are_refused(karsland: Path, options: Json, message: str) -> None:
    with pytest.raises(EventbenchError, match=f"^{message}$"):
        Questions(gold_of(str(karsland), "triggers"), **options)


def test_examples_may_come_from_another_corpus() -> None:
    """As for the system llm, they join the training articles; `transfer` has none."""
    gold = gold_of("transfer", "triggers")
    with pytest.raises(EventbenchError, match="shots is 1, expected 0 to 0"):
        Questions(gold, shots=1)
    with pytest.raises(EventbenchError, match="it is the tested corpus"):
        Questions(gold, also_train=("transfer",))
    one, two = (Questions(gold, shots=1, also_train=names) for names in (["aleppo"], ["practice"]))
    question = next(iter(one.by_id.values()))
    asked, also_asked = one.messages(question), two.messages(question)
    assert asked[-1] == also_asked[-1]
    documents = load_corpus("aleppo").documents
    aleppo = {document.text[: document.sentences[0].span.end] for document in documents}
    assert any(text in asked[1]["content"] for text in aleppo)
    assert not any(text in also_asked[1]["content"] for text in aleppo)


def test_a_question_knows_its_units_and_its_gold(karsland: Path) -> None:
    gold = gold_of(str(karsland), "triggers")
    questions = Questions(gold, sentences_per_request=2)
    assert questions.units(questions.by_id) == [*range(len(gold.sentence_units))]
    compared = [questions.compare(q, questions.right(q)) for q in questions.by_id.values()]
    events = sum(len(document.events) for document in gold.documents)
    assert sum(one.correct for one in compared) == events
    assert [(c.predicted, c.gold) for c in compared] == [(c.correct, c.correct) for c in compared]
    nothing = [questions.compare(q, None) for q in questions.by_id.values()]
    assert sum(one.gold for one in nothing) == events
    assert sum(one.predicted for one in nothing) == 0


def test_the_files_of_the_guide_for_lm_evaluation_harness_score_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it does with them: make rows, read one answer for each, put them together."""
    guide = (ROOT / "docs/harnesses.md").read_text("utf-8")
    files = re.findall(r"Save this as `harness/([^`]+)`:\n\n```\w+\n(.*?)^```$", guide, re.M | re.S)
    (module, source), (_, text) = files
    (tmp_path / module).write_text(source, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, Path(module).stem, raising=False)

    class Loader(yaml.SafeLoader):
        """Finds functions as the harness does, in the folder of the file."""

    def function(loader: Any, node: Any) -> Any:
        name, _, attribute = node.value.partition(".")
        return getattr(importlib.import_module(name), attribute)

    Loader.add_constructor("!function", function)
    task = yaml.load(text, Loader)
    rows = task["custom_dataset"](**task["dataset_kwargs"])[task["test_split"]]
    gold = gold_of(None, task["dataset_kwargs"]["task"])
    questions = Questions(gold)
    assert [(row["system"], row["user"]) for row in rows] == [
        tuple(message["content"] for message in questions.messages(question))
        for question in questions.by_id.values()
    ]
    answers = [row["right"] for row in rows]
    answers[1:3] = ["I do not know.", '{"events": []}']
    found = [task["process_results"](row, [text]) for row, text in zip(rows, answers, strict=True)]
    read = [json.loads(text) if text.startswith("{") else None for text in answers]
    given = dict(zip(questions.by_id, read, strict=True))
    expected = score_questions(questions, {1: given})
    assert expected["unusable_answers"] == 1
    assert 0.5 < expected["score"] < 1
    for metric in task["metric_list"]:
        name = metric["metric"]
        assert metric["aggregation"]([one[name] for one in found]) == expected[name]
