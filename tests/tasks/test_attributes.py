"""The task "attributes": a decision for each attribute that the type of an event has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from making import write_lines, write_ships, wrong_decisions
from sklearn.metrics import f1_score

from eventbench import TASKS, Corpus, EventbenchError, load_corpus, run, score
from eventbench.evaluation.reading import read_predictions
from eventbench.evaluation.scoring import score_answers
from eventbench.tasks.attributes import mean_macro_f1
from eventbench.tasks.base import Gold

TASK = TASKS["attributes"]
Json = dict[str, Any]


@pytest.fixture(scope="module")
def ships(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return load_corpus(write_ships(tmp_path_factory.mktemp("corpus") / "ships"))


def test_a_row_has_a_label_for_what_its_type_bears_and_none_else(ships: Corpus) -> None:
    rows = TASK.rows(ships.documents[:1], ships.scheme)
    assert [[row[name] for name in ("kind", "cargo", "delayed")] for row in rows] == [
        [None, "coal", "no"],
        [None, "grain", "yes"],
        ["Accident/fire", None, "no"],
        ["Accident/collision", None, "no"],
    ]
    features = TASK.features(ships.scheme)
    assert features["kind"].names == ["Accident/fire", "Accident/collision"]
    assert features["delayed"].names == ["no", "yes"]


def test_an_attribute_that_the_gold_lacks_is_refused(ships: Corpus) -> None:
    (first, *_) = ships.documents
    event = replace(first.events[0], attributes={"delayed": "no"}, line=7)
    open_one = replace(first, events=(event,))
    with pytest.raises(EventbenchError, match=r"0_ships\.ann:7: E1 has no cargo; see eventbench"):
        TASK.rows([open_one], ships.scheme)
    # A predicted event is asked about, though nothing is known of it yet.
    assert len(TASK.inputs_for([open_one], ships.scheme)) == 1


def test_only_what_the_gold_decides_is_counted(ships: Corpus) -> None:
    gold = Gold.of(TASK, ships)
    answers = {row["id"]: TASK.gold(row) for row in gold.rows}
    first = gold.rows[0]["id"]
    answers[first] = {**answers[first], "kind": "Accident/fire", "cargo": None, "delayed": "yes"}
    report = score_answers({0: answers}, gold, intervals=False)
    micro = report.sections[0]["average"]["micro avg"]
    # An arrival has no kind: nobody asks, so nothing is wrong about it.
    assert (micro.precision, micro.recall) == (30 / 31, 30 / 32)
    found = report.sections[0]["attribute"]
    assert found["kind accuracy"].f1 == 1.0
    assert found["cargo accuracy"].f1 == 7 / 8
    assert found["delayed accuracy"].f1 == 15 / 16
    # Kind: both values right. Cargo: coal 3 of 4 without a false one, F1 6/7; grain 1. Delayed:
    # no has 11 of 12 (F1 22/23), yes is said once too often (F1 8/9).
    kind, cargo, delayed = 1, (6 / 7 + 1) / 2, (22 / 23 + 8 / 9) / 2
    mean = report.sections[0]["average"]["mean of macro F1"]
    assert mean.f1 == report.scores[0] == pytest.approx((kind + cargo + delayed) / 3)
    assert mean.support == 32
    assert wrong_decisions(gold, answers) == [
        ("cargo", "coal", "nothing"),
        ("delayed", "no", "yes"),
    ]


def test_the_share_of_right_decisions_is_the_micro_average(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run("toys:Everything", corpus=corpus, out=out, task="attributes")
    gold = TASK.rows(corpus.documents, corpus.scheme)
    said = {"status": "actual", "reported": "author", "contested": "no"}
    right = {name: sum(row[name] == value for row in gold) for name, value in said.items()}
    report = score(out, "attributes", corpus=corpus, intervals=False)
    micro = report.sections[0]["average"]["micro avg"]
    assert micro.support == 6 * len(gold)
    assert micro.recall == sum(right.values()) / (6 * len(gold))
    assert micro.precision == sum(right.values()) / (3 * len(gold))  # it leaves others open
    found = report.sections[0]["attribute"]
    assert found["status accuracy"].f1 == right["status"] / len(gold)
    assert found["subtype accuracy"].f1 == 0.0


def test_the_most_frequent_values_score_low(ships: Corpus) -> None:
    gold = Gold.of(TASK, ships)
    most = {"kind": "Accident/fire", "cargo": "coal", "delayed": "no"}
    report = score_answers({0: {row["id"]: most for row in gold.rows}}, gold, intervals=False)
    right = {n: sum(row[n] == value for row in gold.rows) for n, value in most.items()}
    number = {n: sum(row[n] is not None for row in gold.rows) for n in most}
    # Each has two values: one with recall 1, the other with F1 0.
    f1 = [2 * right[n] / (right[n] + number[n]) / 2 for n in most]
    assert report.scores[0] == pytest.approx(sum(f1) / 3)
    assert max(f1) <= 0.5
    assert report.sections[0]["average"]["micro avg"].f1 == sum(right.values()) / 32 > 0.5


def by_attribute(*values: list[list[int]]) -> Any:
    """Counts of each attribute's values as the measure gets them."""
    most = max(map(len, values))
    return np.array([[*v, *[[0, 0, 0]] * (most - len(v))] for v in values]).reshape(len(values), -1)


def test_macro_f1_is_over_the_values_of_gold_and_predictions() -> None:
    certainty = [[2, 2, 2], [0, 0, 1], [0, 0, 0]]  # high, low, none: correct, predicted, gold
    tense = [[0, 0, 0], [0, 0, 0]]
    # Low is missed, nothing is said of none, and the gold has no tense.
    assert mean_macro_f1(by_attribute(certainty, tense)) == 1 / 2
    # None is predicted though the gold never has it: it is a value with F1 0.
    certainty[2] = [0, 1, 0]
    assert mean_macro_f1(by_attribute(certainty, tense)) == pytest.approx(1 / 3)
    tense[1] = [1, 1, 1]
    counts = by_attribute(certainty, tense)
    assert mean_macro_f1(counts) == pytest.approx((1 / 3 + 1) / 2)
    assert mean_macro_f1(np.stack([counts, 0 * counts])).tolist() == [pytest.approx(2 / 3), 0.0]
    # Means over seeds may leave a trace of a value that is not there.
    traces = np.array([[0.0] * 9, [1e-17] * 9])
    assert mean_macro_f1(counts + traces) == mean_macro_f1(counts)
    assert mean_macro_f1(np.zeros((4, 0, 3))).tolist() == [0.0] * 4


def test_the_headline_is_the_mean_of_scikit_learns_macro_f1(corpus: Corpus) -> None:
    gold = Gold.of(TASK, corpus)
    rng = np.random.default_rng(3)
    answers = {}
    for row in gold.rows:
        # Three in ten are wrong; the value may be one that the gold does not have at all.
        labels = {n: a.labels() for n, a in corpus.scheme.attributes.items()}
        wrong = {n: found[rng.integers(len(found))] for n, found in labels.items()}
        answers[row["id"]] = {
            n: wrong[n] if rng.random() < 0.3 and row[n] is not None else row[n] for n in labels
        }
    f1 = []
    for name in corpus.scheme.attributes:
        both = [(row[name], answers[row["id"]][name]) for row in gold.rows if row[name] is not None]
        f1.append(f1_score(*zip(*both, strict=True), average="macro", zero_division=0.0))
    report = score_answers({0: answers}, gold)
    assert report.scores[0] == pytest.approx(np.mean(f1))
    low, high = (getattr(report.intervals["these_documents"], k) for k in ("low", "high"))
    assert low < report.scores[0] < high


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r | {"status": "maybe"}, r":1: status is 'maybe', expected null or one of act"),
        (lambda r: r | {"status": 3}, r":1: status is 3, expected null or one of act"),
        (lambda r: r | {"contested": True}, r":1: contested is True, expected null or one of no"),
        (lambda r: {"id": r["id"]}, ":1: has no 'subtype', expected subtype, status, certainty"),
        (lambda r: r | {"id": "000-E999"}, ":1: unknown id '000-E999', expected one like '000-E1'"),
        (lambda r: [r], ":1: found .*, expected an object"),
        (lambda r: None, r": 1 of \d+ rows of attributes are missing, the first is 000-E1"),
    ],
)
def test_faulty_attributes_are_named(
    corpus: Corpus, tmp_path: Path, change: Callable[[Json], Any], message: str
) -> None:
    gold = Gold.of(TASK, corpus)
    lines: list[Any] = [TASK.dump(row, TASK.gold(row)) for row in gold.rows]
    path = write_lines(tmp_path / "p.jsonl", lines)
    assert len(read_predictions(path, gold)[0]) == len(gold.rows)
    changed = change(json.loads(json.dumps(lines[0])))
    write_lines(path, [*([] if changed is None else [changed]), *lines[1:]])
    with pytest.raises(EventbenchError, match=re.escape(str(path)) + message):
        read_predictions(path, gold)
