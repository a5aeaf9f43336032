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
from making import write_lines, write_ships

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
    assert mean.f1 == pytest.approx((kind + cargo + delayed) / 3)
    assert mean.support == 32
    assert TASK.confusions(gold, answers) == [
        ("cargo", "coal", "nothing"),
        ("delayed", "no", "yes"),
    ]


def test_attributes_are_scored_by_the_share_of_right_decisions(
    corpus: Corpus, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    run("toys:Everything", corpus=corpus, out=out, task="attributes")
    gold = TASK.rows(corpus.documents, corpus.scheme)
    said = {"status": "actual", "reported": "author", "contested": "no"}
    right = {name: sum(row[name] == value for row in gold) for name, value in said.items()}
    report = score(out, "attributes", corpus=corpus, intervals=False)
    micro = report.sections[0]["average"]["micro avg"]
    assert micro.support == 4 * len(gold)
    assert micro.recall == sum(right.values()) / (4 * len(gold))
    assert micro.precision == sum(right.values()) / (3 * len(gold))  # it leaves the subtype open
    found = report.sections[0]["attribute"]
    assert found["status accuracy"].f1 == right["status"] / len(gold)
    assert found["subtype accuracy"].f1 == 0.0


def test_macro_f1_is_over_the_values_of_the_gold_only() -> None:
    names = ("certainty:high", "certainty:low", "certainty:none", "tense:past")
    # None is predicted though the gold never has it: low is missed, and no class is added.
    counts = np.array([[2, 2, 2], [0, 0, 1], [0, 1, 0], [0, 0, 0]])
    assert mean_macro_f1(counts, names) == 0.5
    counts[3] = 1, 1, 1
    assert mean_macro_f1(counts, names) == 0.75
    assert mean_macro_f1(np.stack([counts, 0 * counts]), names).tolist() == [0.75, 0.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r | {"status": "maybe"}, r":1: status is 'maybe', expected null or one of act"),
        (lambda r: r | {"status": 3}, r":1: status is 3, expected null or one of act"),
        (lambda r: r | {"contested": True}, r":1: contested is True, expected null or one of no"),
        (lambda r: {"id": r["id"]}, ":1: has no 'subtype', expected subtype, status, reported, co"),
        (lambda r: r | {"id": "000-E999"}, ":1: unknown id '000-E999', expected one like '000-E1'"),
        (lambda r: [r], ":1: found .*, expected an object"),
        (lambda r: None, r": 1 of 309 rows of attributes are missing, the first is 000-E1"),
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
