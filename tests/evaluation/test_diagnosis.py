"""Errors of every task, over all seeds: what is confused with what, and in which sentences."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_errors import diagnosis_of, row
from making import write_lines

from eventbench import TASKS, Corpus, EventbenchError, diagnose
from eventbench.evaluation.diagnosis import Diagnosis, diagnose_answers
from eventbench.evaluation.error_text import bracketed
from eventbench.html.errors import render_errors
from eventbench.scoring.statistics import COUNTS
from eventbench.tasks.base import Gold, Task


def right(gold: Gold) -> dict[str, Any]:
    return {row["id"]: gold.task.gold(row) for row in gold.rows}


def write(path: Path, gold: Gold, answers: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_lines(path, (gold.task.dump(row, answers[row["id"]]) for row in gold.rows))


@pytest.fixture(scope="module")
def gold(corpus: Corpus) -> Gold:
    return Gold.of(TASKS["attributes"], corpus, with_seen=True)


@pytest.fixture
def run(gold: Gold, tmp_path: Path) -> Path:
    """Two seeds: both have the first event wrong, the second one another event too."""
    answers = right(gold)
    first, second = gold.rows[0]["id"], gold.rows[1]["id"]
    answers[first] = {**answers[first], "status": None}
    write(tmp_path / "run/seed0/all.jsonl", gold, answers)
    answers[second] = {**answers[second], "status": None}
    write(tmp_path / "run/seed3/all.jsonl", gold, answers)
    return tmp_path / "run"


def test_seeds_are_put_together(run: Path, gold: Gold, corpus: Corpus) -> None:
    found = diagnose(run, "attributes", corpus=corpus)
    status = gold.rows[0]["status"]
    assert status == gold.rows[1]["status"]
    assert found.seeds == [0, 3]
    (confusion,) = found.confusions
    assert str(confusion) == f"status: {status}, nothing predicted"
    assert confusion.times == 1.5
    assert [(case.decision.item, case.seeds) for case in confusion.cases] == [
        (gold.rows[0]["id"], (0, 3)),
        (gold.rows[1]["id"], (3,)),
    ]
    assert "1.5 times a seed, 2 cases" in str(found)
    assert f"{gold.rows[1]['id']}, 1 of 2 seeds" in str(found)


def test_one_seed_alone(run: Path, gold: Gold, corpus: Corpus) -> None:
    for seed, number in ((0, 1), (3, 2)):
        found = diagnose(run, "attributes", seed=seed, corpus=corpus)
        assert found.seeds == [seed]
        assert [confusion.times for confusion in found.confusions] == [number]
        assert "of 2 seeds" not in str(found)
    with pytest.raises(EventbenchError, match="run: has no seed 1, but 0, 3"):
        diagnose(run, "attributes", seed=1, corpus=corpus)


def test_sentences_have_their_spans_marked(run: Path, gold: Gold, corpus: Corpus) -> None:
    found = diagnose(run, "attributes", corpus=corpus)
    decision = found.confusions[0].cases[0].decision
    (passage,) = found.passages(decision)
    first = gold.rows[0]
    assert passage.text == first["text"]
    trigger = " ".join(first["tokens"][first["trigger_start"] : first["trigger_end"]])
    assert [mark.span.text_in(passage.text) for mark in passage.marks] == [trigger]
    assert f"<{trigger}>" in bracketed(passage)


def test_sentences_of_spans_by_hand(invented: Diagnosis) -> None:
    shown = {
        (str(confusion), case.decision.item): bracketed(passage)
        for confusion in invented.confusions
        for case in confusion.cases
        for passage in invented.passages(case.decision)
    }
    assert shown == {
        ("boundary: Hold", "a-1"): "Rebels [{took control} of] a <b>town</b> & shelled “it” .",
        ("spurious: Hit predicted, nothing in the gold", "a-2"): "Nothing  {happened} .",
        ("type: Hit taken for Flight", "b-1"): "They fled , [{died}] and fled .",
        ("missed: Flight, nothing predicted", "b-1"): "They fled , died and [fled] .",
        ("boundary: Hit", "b-2"): "A [{raid} hit] 🌾 home .",
        ("spurious: Flight predicted, nothing in the gold", "b-2"): "A raid {hit 🌾} home .",
    }


def test_equal_errors_of_a_seed_are_several(corpus: Corpus) -> None:
    rows = [row("a-1", "x y", "B-A B-A"), row("a-2", "x y", "B-A O")]
    silent = {"a-1": ["O", "O"], "a-2": ["O", "O"]}
    found = diagnosis_of(corpus, rows, silent, {**silent, "a-1": ["B-A", "O"]})
    (confusion,) = found.confusions
    assert confusion.times == 2.5
    assert [(c.decision.item, c.seeds) for c in confusion.cases] == [
        ("a-1", (0, 1)),
        ("a-2", (0, 1)),
        ("a-1", (0,)),
    ]


def test_values_have_the_scores_of_the_task(diagnoses: dict[str, Diagnosis]) -> None:
    """The counts of decisions are those that the scores are computed from."""
    found = diagnoses["attributes"]
    assert [choice.question for choice in found.choices] == [*found.gold.scheme.attributes]
    tables = [statistics.tables["value"] for statistics in found.statistics.values()]
    assert all(table.kinds == COUNTS for table in tables)
    scores = [found.gold.task.breakdown(s, s.totals())["value"] for s in found.statistics.values()]
    for choice in found.choices:
        for value, score in choice.scores.items():
            name = f"{choice.question}:{value}"
            counts = [t.values.sum(axis=0)[t.names.index(name)] for t in tables]
            means = (sum(counts) / len(counts)).tolist()
            assert [score.right, score.predicted, score.gold] == means
            seen = [by_name[name] for by_name in scores if name in by_name]
            for kind in ("precision", "recall", "f1"):
                expected = sum(getattr(s, kind) for s in seen) / len(seen)
                assert getattr(score, kind) == pytest.approx(expected)
        matrix = choice.matrix
        assert [sum(line) for line in matrix][: len(choice.scores)] == [
            score.gold for score in choice.scores.values()
        ]
        golds = [score.gold for score in choice.scores.values()]
        assert golds == sorted(golds, reverse=True)


@pytest.mark.parametrize("task", list(TASKS))
def test_every_task_has_its_errors(diagnoses: dict[str, Diagnosis], task: str) -> None:
    found = diagnoses[task]
    times = [confusion.times for confusion in found.confusions]
    assert times == sorted(times, reverse=True)
    assert sum(times) * 2 == sum(
        not decision.is_right for by_seed in found.decisions.values() for decision in by_seed
    )
    for confusion in found.confusions:
        for case in confusion.cases:
            passages = found.passages(case.decision)
            assert passages[0].id.startswith(case.decision.article)
            marks = [mark for passage in passages for mark in passage.marks]
            assert {*case.seeds} <= {0, 1}
            assert len(marks) == len({*case.decision.marks}) > 0
            documents = found.documents
            assert {
                (m.label, m.span.text_in(documents[m.article].text)) for m in case.decision.marks
            } == {(m.label, m.span.text_in(p.text)) for p in passages for m in p.marks}
    stored = json.loads(json.dumps(found.to_json()))
    assert stored["task"] == task
    assert [c["times"] for c in stored["confusions"]] == times
    assert len(stored["spans"]) == (2 if task in ("triggers", "arguments") else 0)
    assert len(str(found).splitlines()) < 110


def test_attribution_and_links_show_both_ends(diagnoses: dict[str, Diagnosis]) -> None:
    links = diagnoses["links"]
    for confusion in links.confusions:
        assert confusion.question == "link"
        assert all(len(case.decision.marks) == 2 for case in confusion.cases)
    sources = [
        case.decision
        for confusion in diagnoses["attribution"].confusions
        for case in confusion.cases
        if confusion.gold == "source named" or confusion.question == "source"
    ]
    assert sources
    assert all({"event", "gold"} <= {mark.side for mark in d.marks} for d in sources)


def test_tagging_is_diagnosed_with_intervals(corpus: Corpus, tmp_path: Path) -> None:
    gold = Gold.of(TASKS["triggers"], corpus, with_seen=True)
    silent = {row["id"]: ["O"] * len(row["tokens"]) for row in gold.rows}
    found = diagnose(write(tmp_path / "t.jsonl", gold, silent), corpus=corpus)
    assert {confusion.question for confusion in found.confusions} == {"missed"}
    assert sum(c.times for c in found.confusions) == found.spans[0].parts()["all"]["all"].gold
    assert found.intervals()["micro avg"]["these_documents"].estimate == 0.0
    assert {*found.intervals()} == {"micro avg", *corpus.scheme.event_types}
    assert found.score.mean == 0.0


def test_no_error_at_all(gold: Gold) -> None:
    found = diagnose_answers({0: right(gold)}, gold)
    assert found.confusions == ()
    assert str(found).endswith("Every prediction is right, and nothing was missed.")
    assert found.denials is not None
    assert found.denials_as_facts() == ([], [])


def test_a_task_that_lists_no_decisions_says_so(gold: Gold) -> None:
    class Silent(type(gold.task)):
        decisions = Task.decisions

    wrong = {i: dict.fromkeys(answer) for i, answer in right(gold).items()}
    found = diagnose_answers({0: wrong}, replace(gold, task=Silent()))
    assert str(found).endswith("The task does not list its errors.")
    assert "The task does not list its errors." in render_errors(found, "T", {})
