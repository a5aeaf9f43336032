"""Scores of predictions, what they depend on, comparisons, and errors."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import ANNOTATED_TASKS, all_tested, write_lines
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from eventbench import TASKS, Corpus, EventbenchError, compare, diagnose, load_corpus, run, score
from eventbench.corpus.iob2 import from_iob2
from eventbench.evaluation.reading import read_predictions
from eventbench.evaluation.scoring import score_answers
from eventbench.scoring.report import signature_line
from eventbench.tasks.base import Gold

LABELS = st.sampled_from(["O", "B-Attack", "I-Attack", "B-Casualty", "I-Casualty"])


@pytest.fixture(scope="module")
def gold(corpus: Corpus) -> Gold:
    return Gold.of(TASKS["triggers"], corpus)


def right(gold: Gold) -> dict[str, Any]:
    return {row["id"]: gold.task.gold(row) for row in gold.rows}


def nothing(gold: Gold) -> dict[str, list[str]]:
    return {row["id"]: ["O"] * len(row["tokens"]) for row in gold.rows}


def write(path: Path, gold: Gold, answers: dict[str, Any]) -> Path:
    return write_lines(path, (gold.task.dump(row, answers[row["id"]]) for row in gold.rows))


@pytest.mark.parametrize("task", ["triggers", "arguments", "attributes"])
def test_gold_scores_one(corpus: Corpus, tmp_path: Path, task: str) -> None:
    gold = Gold.of(TASKS[task], corpus)
    report = score(write(tmp_path / "p.jsonl", gold, right(gold)), task, corpus=corpus)
    events = [event for document in corpus.documents for event in document.events]
    support = {
        "triggers": len(events),
        "arguments": sum(len(event.arguments) for event in events),
        "attributes": sum(len(event.attributes) for event in events),
    }[task]
    section, name = gold.task.headline
    micro = report.sections[0][section][name]
    assert (micro.precision, micro.recall, micro.f1, micro.support) == (1.0, 1.0, 1.0, support)
    assert (report.score.mean, report.score.sd) == (1.0, None)
    assert {kind: (i.low, i.high) for kind, i in report.intervals.items()} == {
        "these_documents": (1.0, 1.0),
        "new_documents": (1.0, 1.0),
    }
    assert sum(found.support for found in report.by_article[0].values()) == support
    assert list(report.by_article[0]) == corpus.article_ids


@settings(max_examples=25)
@given(st.data())
def test_scores_are_those_of_counting_by_hand(gold: Gold, data: st.DataObject) -> None:
    tags = {i: list(found) for i, found in right(gold).items()}
    for row in data.draw(st.lists(st.sampled_from(gold.rows), max_size=30)):
        place = data.draw(st.integers(0, len(row["tokens"]) - 1))
        tags[row["id"]][place] = data.draw(LABELS)
    report = score_answers({0: tags}, gold, intervals=False)
    micro = report.sections[0]["average"]["micro avg"]
    correct = predicted = expected = 0
    for row in gold.rows:
        in_gold, in_tags = set(from_iob2(row["ner_tags"])), set(from_iob2(tags[row["id"]]))
        correct += len(in_gold & in_tags)
        predicted += len(in_tags)
        expected += len(in_gold)
    assert micro.precision == pytest.approx(correct / predicted if predicted else 0.0)
    assert micro.recall == pytest.approx(correct / expected)
    pairs = [(row["ner_tags"], tags[row["id"]]) for row in gold.rows]
    direct = f1_score(*map(list, zip(*pairs, strict=True)), mode="strict", scheme=IOB2)
    assert micro.f1 == report.scores[0] == direct
    assert report.verified == "seqeval 1.2.2"


@pytest.mark.parametrize("task", ANNOTATED_TASKS)
@pytest.mark.parametrize("empty", [[0], [2], [4], [0, 1, 2, 3, 4]], ids=str)
def test_an_article_without_events_is_counted(corpus: Corpus, task: str, empty: list[int]) -> None:
    documents = tuple(
        replace(d, events=(), links=(), values=()) if k in empty else d
        for k, d in enumerate(corpus.documents)
    )
    changed = replace(corpus, documents=documents)
    if not TASKS[task].applies(changed):
        assert task in ("attribution", "links", "values")
        assert len(empty) == len(documents)
        return
    gold = Gold.of(TASKS[task], changed)
    answers = {
        row["id"]: gold.task.parse(gold.task.dump(row, answer), row, gold.scheme)
        for row, answer in zip(gold.rows, right(gold).values(), strict=True)
    }
    report = score_answers({0: answers}, gold)
    assert report.score.mean == (0.0 if len(empty) == 5 else 1.0)
    assert [k for k, s in enumerate(report.by_article[0].values()) if s.support == 0] == empty
    statistics = gold.task.statistics(gold, answers)
    assert sorted({*statistics.articles.tolist()}) == [0, 1, 2, 3, 4]


def test_tags_without_a_beginning_are_told(gold: Gold) -> None:
    tags = right(gold)
    first = gold.rows[0]["id"]
    tags[first] = ["I-Attack", "B-Attack", "I-Attack", "I-Casualty"] + ["O"] * 7
    told = "Predicted tags that continue no entity of their class do not count as entities: 2."
    report = score_answers({0: tags}, gold, intervals=False)
    assert report.notes == (told,)
    assert told in str(report)
    both = score_answers({0: tags, 1: right(gold)}, gold, intervals=False, verify=False)
    assert both.notes == (f"seed 0: {told}",)
    alike = score_answers({0: tags, 1: tags}, gold, intervals=False, verify=False)
    assert alike.notes == (told,)


def test_seeds_are_averaged_never_chosen(gold: Gold) -> None:
    report = score_answers({0: right(gold), 1: nothing(gold)}, gold, intervals=False)
    assert report.score.mean == 0.5
    assert report.score.sd == pytest.approx(0.5**0.5)
    assert report.scores == {0: 1.0, 1: 0.0}
    assert "seeds:0,1" in signature_line(report.signature)


def test_every_section_is_printed_and_told_to_machines(gold: Gold) -> None:
    report = score_answers({0: right(gold)}, gold)
    printed = str(report)
    for told in ("Attack", "micro avg", "article", "on these documents, 95%", "seqeval 1.2.2"):
        assert told in printed
    assert printed.count("\n") < 60
    shown = json.loads(json.dumps(report.to_json()))
    assert [*shown["sections"]["0"]] == ["type", "average"]
    assert shown["by_article"]["0"]["003"]["f1"] == 1.0
    assert shown["intervals"]["new_documents"]["estimate"] == 1.0


def test_a_score_can_be_rebuilt_from_its_signature_and_predictions(
    corpus: Corpus, gold: Gold, tmp_path: Path
) -> None:
    run("toys:Nothing", corpus=corpus, out=tmp_path / "run", seeds=[0, 2])
    report = score(tmp_path / "run", corpus=corpus)
    signature = report.signature
    assert signature["corpus"] == "aleppo"
    assert signature["data"] == corpus.version
    assert signature["fingerprint"] == gold.fingerprint
    assert signature["protocol"] == "leave-one-document-out"
    assert (signature["scheme"], signature["mode"]) == ("IOB2", "strict")
    assert signature["seeds"] == [0, 2]
    of_task = Gold.of(TASKS[signature["task"]], corpus)
    predictions = read_predictions(tmp_path / "run", of_task)
    again = score_answers({s: predictions[s] for s in signature["seeds"]}, of_task)
    assert again.to_json() == report.to_json()
    assert "task:triggers" in signature_line(signature)
    assert "resamples:10000" in signature_line(signature)
    assert "resamples" not in score(tmp_path / "run", corpus=corpus, intervals=False).signature


def test_arguments_say_what_they_hang_on(corpus: Corpus) -> None:
    gold = Gold.of(TASKS["arguments"], corpus)
    report = score_answers({0: right(gold)}, gold, intervals=False)
    assert "arguments_on:gold triggers" in str(report)


def test_a_gold_without_entities_is_said_plainly(tiny: Path) -> None:
    for path in (tiny / "annotations/gold").glob("*.ann"):
        path.write_text("", "utf-8")
    gold = Gold.of(TASKS["triggers"], all_tested(load_corpus(tiny)))
    report = score_answers({0: right(gold)}, gold)
    assert "The gold has no entity: every score is 0 by definition." in str(report)
    assert report.score.mean == 0.0


@pytest.mark.parametrize("task", [task for task in ANNOTATED_TASKS if task != "values"])
def test_fingerprints_follow_what_the_task_reads(corpus: Corpus, tiny: Path, task: str) -> None:
    def fingerprint() -> str:
        return Gold.of(TASKS[task], all_tested(load_corpus(tiny))).fingerprint

    before = fingerprint()
    assert len(before) == 16
    path = tiny / "annotations/gold/a.ann"
    content = path.read_text("utf-8")
    path.write_text(content.replace("E2 shelling", "E2 bomb"), "utf-8")
    assert (fingerprint() != before) == (task in ("attributes", "events"))
    fewer = content.replace(" Target:T7", "").replace("T7\tParticipant 53 57\tcity\n", "")
    path.write_text(fewer, "utf-8")
    assert (fingerprint() != before) == (task in ("arguments", "events"))
    path.write_text(content, "utf-8")
    assert fingerprint() == before
    gold = Gold.of(TASKS[task], all_tested(load_corpus(tiny)), with_seen=True)
    assert gold.fingerprint == before


def test_a_run_on_other_data_is_not_scored(corpus: Corpus, gold: Gold, tmp_path: Path) -> None:
    run("toys:Nothing", corpus=corpus, out=tmp_path / "run")
    record = tmp_path / "run" / "run.json"
    content = record.read_text("utf-8")
    record.write_text(content.replace(gold.fingerprint, "0" * 16), "utf-8")
    expected = rf"run.json: made with data {re.escape(corpus.version)} \(0000000000000000\)"
    for verb in (score, diagnose):
        with pytest.raises(EventbenchError, match=expected):
            verb(tmp_path / "run", corpus=corpus)
    record.write_text(content.replace('"aleppo"', '"homs"'), "utf-8")
    with pytest.raises(EventbenchError, match="made with corpus 'homs', expected 'aleppo'"):
        score(tmp_path / "run", corpus=corpus)
    for broken in ("{", "{}", '{"data": 3}', "[]"):
        record.write_text(broken, "utf-8")
        with pytest.raises(EventbenchError, match=r"run\.json: ") as caught:
            score(tmp_path / "run", corpus=corpus)
        assert "\n" not in str(caught.value)


# Comparing


def test_comparing_says_both_tests_and_every_article(
    corpus: Corpus, gold: Gold, tmp_path: Path
) -> None:
    best = write(tmp_path / "right.jsonl", gold, right(gold))
    worst = write(tmp_path / "nothing.jsonl", gold, nothing(gold))
    again = write(tmp_path / "again.jsonl", gold, right(gold))
    found = compare(best, worst, str(again), corpus=corpus)
    far, same = json.loads(json.dumps(found.to_json()))["comparisons"]
    assert far["significant"] is True
    assert far["by_article"] == dict.fromkeys(corpus.article_ids, 1.0)
    assert (same["significant"], same["p_these_documents"]) == (False, 1.0)
    assert far["holm"] == 2 * max(far["p_these_documents"], far["p_new_documents"])
    assert "cannot go below p = 0.0625" in str(found)
    # All right against all wrong: nothing varies, and there is no interval to show.
    assert far["intervals"]["these_documents"]["low"] == 1.0
    row, *_ = (line.split() for line in str(found).splitlines() if line.startswith(str(worst)))
    assert row[1:5] == ["0.0", "+100.0", "–", "–"]
    with pytest.raises(EventbenchError, match="compare needs two systems or more"):
        compare(best, corpus=corpus)
    with pytest.raises(EventbenchError, match=r"right\.jsonl: is given twice"):
        compare(best, str(best), corpus=corpus)


def test_a_perfect_score_has_a_dash_for_an_interval(
    corpus: Corpus, gold: Gold, tmp_path: Path
) -> None:
    """No resample of right answers has an error: 100.0 to 100.0 would claim to know."""
    report = score(write(tmp_path / "right.jsonl", gold, right(gold)), corpus=corpus)
    shown = [line.split() for line in str(report).splitlines() if "documents, 95%" in line]
    assert [row[-2:] for row in shown] == [["–", "–"], ["–", "–"]]


def test_a_difference_has_both_intervals(corpus: Corpus, gold: Gold, tmp_path: Path) -> None:
    whole, empty = right(gold), nothing(gold)
    half = {i: whole[i] if n % 2 else empty[i] for n, i in enumerate(whole)}
    some = write(tmp_path / "half.jsonl", gold, half)
    every = write(tmp_path / "all.jsonl", gold, whole)
    found = compare(every, some, corpus=corpus)
    # The first has score 1 on any resample, so that the difference is what the other lacks.
    report = score(some, corpus=corpus)
    [intervals] = found.intervals.values()
    for name, interval in report.intervals.items():
        assert intervals[name].low == pytest.approx(1 - interval.high)
        assert intervals[name].high == pytest.approx(1 - interval.low)
        low, high = (f"{100 * b:+.1f}" for b in (1 - interval.high, 1 - interval.low))
        assert f"{low} to {high}" in str(found)
