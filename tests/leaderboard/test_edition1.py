"""Scores on edition 1 of the gold: every entry still has them, and its predictions give them.

``edition1_scores.json`` was written by edition 1 of the code. Its figures and F1 by class
have other places now: each name must be in exactly one section. The share of right decisions
about attributes, which ranked systems then, is the micro average now.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import ROOT

from eventbench.corpus.loading import Corpus
from eventbench.leaderboard.entry import SEEN, TaskResult, entry_paths, read_entry
from eventbench.leaderboard.files import PREDICTIONS
from eventbench.leaderboard.judge import Judge

FOUR = ("triggers", "arguments", "attributes", "events")
LEADERBOARD = ROOT / "leaderboard"
ENTRIES = [f"{path.parent.name}/{path.name}" for path in entry_paths(LEADERBOARD, "aleppo-1")]

NAMES = {"near-duplicate": "near_duplicate", "no near-duplicate": "no_near_duplicate"}
INTERVALS = {"on these documents": "these_documents", "on new documents": "new_documents"}

Scores = dict[str, Any]


@pytest.fixture(scope="module")
def scores() -> dict[str, dict[str, Scores]]:
    path = ROOT / "tests/leaderboard/edition1_scores.json"
    found: dict[str, dict[str, Scores]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def judge(edition1: Corpus) -> Judge:
    return Judge(edition1)


def close(value: float | None) -> Any:
    """Stored numbers have ten decimals; a recomputed one may differ in the last."""
    return None if value is None else pytest.approx(value, abs=1.001e-10)


def check(task: str, found: TaskResult, expected: Scores) -> None:
    """Every number of edition 1 is in the result, at one place."""
    same_score = task != "attributes"
    score = found.score if same_score else found.of("average", "micro avg")
    assert score is not None
    assert score.mean == close(expected["micro_f1"]["mean"])
    assert score.sd == close(expected["micro_f1"]["sd"])
    bounds = {name: [i.low, i.high] for name, i in found.intervals.items()}
    then = {
        INTERVALS[name]: [close(b) for b in both] for name, both in expected["intervals"].items()
    }
    assert (bounds == then) == same_score
    assert [str(seed) for seed in found.seeds] == list(expected["f1"])
    for seed in found.seeds:
        check_seed(found, expected, seed, same_score)


def check_seed(found: TaskResult, expected: Scores, seed: int, same_score: bool) -> None:
    sections = found.sections[seed]
    # "figures" and "f1" of edition 1 share a name only where they mean the same number.
    for name, value in {**expected["f1"][str(seed)], **expected["figures"][str(seed)]}.items():
        [place] = [section for section, scores in sections.items() if name in scores]
        assert sections[place][name].f1 == close(value), (place, name)
    articles = {article: score.f1 for article, score in found.by_article[seed].items()}
    then = {a: close(v) for a, v in expected["articles"][str(seed)].items()}
    assert articles == then if same_score else articles.keys() == then.keys()
    seen = expected["seen"].get(str(seed), {})
    assert {part: list(count) for part, count in found.seen.get(seed, {}).items()} == {
        NAMES.get(part, part): count for part, count in seen.items()
    }
    assert not seen or set(found.seen[seed]) == set(SEEN)


def test_no_entry_is_missing_or_new(scores: dict[str, dict[str, Scores]]) -> None:
    assert sorted(scores) == sorted(ENTRIES)


@pytest.mark.parametrize("name", ENTRIES)
def test_stored_scores_are_those_of_edition_1(
    name: str, scores: dict[str, dict[str, Scores]]
) -> None:
    entry = read_entry(LEADERBOARD / "aleppo-1" / name)
    assert list(entry.result.tasks) == list(scores[name])
    for task, result in entry.result.tasks.items():
        check(task, result, scores[name][task])


@pytest.mark.parametrize(
    ("name", "task"),
    [*(("crf/1", task) for task in FOUR), ("stack/3", "triggers"), ("stack/3", "events")],
)
def test_stored_predictions_give_the_scores_of_edition_1(
    name: str, task: str, scores: dict[str, dict[str, Scores]], judge: Judge
) -> None:
    answers = judge.read(LEADERBOARD / "aleppo-1" / name / PREDICTIONS, task)
    check(task, judge.score(answers, task), scores[name][task])
