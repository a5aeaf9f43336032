"""Every task says what it is, gives rows, and reads again what it writes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from making import all_tested, write_ships

from eventbench import TASKS, Corpus, EventbenchError, Task, load, load_corpus
from eventbench.corpus.records import ArticleEvents, from_record, in_reading_order
from eventbench.evaluation.scoring import score_answers
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import DEFAULT, find_task, in_order, prepared, tasks_for
from eventbench.tasks.seen import SEEN_COLUMNS

EVERY = list(TASKS.values())


@pytest.fixture(scope="module")
def ships(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return load_corpus(write_ships(tmp_path_factory.mktemp("corpus") / "ships"))


@pytest.fixture(params=["aleppo", "aleppo-1", "ships"])
def any_corpus(
    request: pytest.FixtureRequest, corpus: Corpus, edition1: Corpus, ships: Corpus
) -> Corpus:
    return prepared({"aleppo": corpus, "aleppo-1": edition1, "ships": ships}[request.param])


def refused(task: Task, corpus: Corpus) -> bool:
    """Return True if a task does not apply to a corpus, and check that it says so."""
    if task.applies(corpus):
        return False
    message = f"{task.name} does not apply to corpus '{corpus.id}': its gold has nothing to"
    for ask in (lambda: Gold.of(task, corpus), lambda: load(task.name, corpus=corpus)):
        with pytest.raises(EventbenchError, match=message):
            ask()
    return True


def test_tasks_apply_where_the_gold_has_something_to_predict(
    corpus: Corpus, edition1: Corpus, ships: Corpus
) -> None:
    plain = ["triggers", "arguments", "attributes", "events"]
    assert list(tasks_for(ships)) == plain
    assert list(tasks_for(edition1)) == [*plain[:3], "attribution", "links", "events"]
    assert list(tasks_for(corpus)) == list(TASKS)
    without = tuple(replace(d, values=(), links=()) for d in corpus.documents)
    assert list(tasks_for(replace(corpus, documents=without))) == [
        *plain[:3],
        "attribution",
        "incidents",
        "events",
        "incidents-from-text",
    ]


def test_tasks_are_found_by_name_and_shown_in_order() -> None:
    assert list(TASKS) == [
        *("triggers", "arguments", "attributes", "attribution", "links", "values", "incidents"),
        *("events", "incidents-from-text"),
    ]
    assert DEFAULT == "triggers"
    assert find_task("events") is TASKS["events"]
    assert find_task(TASKS["events"]) is TASKS["events"]
    assert in_order({"events", "triggers", "unknown"}) == ["triggers", "events"]
    with pytest.raises(EventbenchError, match="no task 'event': expected triggers, arguments, "):
        find_task("event")


@pytest.mark.parametrize("task", EVERY, ids=list(TASKS))
def test_a_task_says_what_it_is(task: Task) -> None:
    for words in (task.question, task.right):
        assert words[0].isupper()
        assert words.endswith(".")
    assert all((task.title, task.measure.name, task.section_title))
    assert task.article_column in task.inputs
    assert task.hub.task_type in ("token-classification", "text-classification")
    assert repr(task) == f"Task({task.name}: {task.question})"


@pytest.mark.parametrize("task", EVERY, ids=list(TASKS))
def test_rows_have_the_columns_that_the_features_promise(any_corpus: Corpus, task: Task) -> None:
    scheme, documents = any_corpus.scheme, any_corpus.documents[:2]
    if refused(task, any_corpus):
        return
    rows = task.rows(documents, scheme)
    columns = task.features(scheme)
    assert len(rows) > 1
    assert len({row["id"] for row in rows}) == len(rows)
    assert {*columns} - {*SEEN_COLUMNS} == {*rows[0]}
    data = task.dataset(rows, scheme)
    assert data.num_rows == len(rows)
    assert {*data.column_names} == {*rows[0]}
    inputs = task.inputs_for(documents, scheme)
    assert inputs.column_names == list(task.inputs)
    for row, given in zip(rows, inputs, strict=True):
        assert given["id"] == row["id"]
        assert given["text"] == row["text"] != ""
    empty = task.dataset([], scheme)
    assert (empty.num_rows, {*empty.column_names}) == (0, {*rows[0]})


@pytest.mark.parametrize("task", EVERY, ids=list(TASKS))
def test_what_is_written_is_read_again(any_corpus: Corpus, task: Task) -> None:
    """Of the gold, through JSON: the same answer, and the same record."""
    if refused(task, any_corpus):
        return
    scheme = any_corpus.scheme
    for document in any_corpus.documents[:2]:
        for row in task.rows([document], scheme):
            answer = task.annotators_answer(row, document, scheme)
            record = json.loads(json.dumps(task.dump(row, answer)))
            assert record["id"] == row["id"]
            again = task.parse(record, row, scheme)
            assert task.check(row, again, scheme) == again
            assert json.loads(json.dumps(task.dump(row, again))) == record
            if task.name not in ("events", "incidents-from-text"):
                assert again == answer == task.gold(row)
                continue
            assert len(again.events) == len(document.events)
            kept = [(e.type, e.trigger, e.attributes) for e in again.events]
            ordered = in_reading_order(ArticleEvents(document.events, document.links))
            assert kept == [(e.type, e.trigger, e.attributes) for e in ordered.events]
            if task.name != "events":
                continue
            exact = from_record(task.gold(row), row["text"], scheme)
            assert exact == ArticleEvents(document.events, document.links)


@pytest.mark.parametrize("task", EVERY, ids=list(TASKS))
def test_the_gold_is_right_and_sums_by_article_are_all_of_it(
    any_corpus: Corpus, task: Task
) -> None:
    if refused(task, any_corpus):
        return
    gold = Gold.of(task, all_tested(any_corpus))
    documents = {document.id: document for document in gold.documents}
    answers: dict[str, Any] = {
        row["id"]: task.annotators_answer(row, documents[gold.article_of(row)], gold.scheme)
        for row in gold.rows
    }
    statistics = task.statistics(gold, answers)
    totals, parts = statistics.totals(), statistics.totals_by_article()
    assert task.measure.table in totals
    assert float(task.measure.compute(totals[task.measure.table])) == 1.0
    assert len(parts) == len(gold.documents)
    for name, total in totals.items():
        assert abs(sum(part[name] for part in parts) - total).max(initial=0) < 1e-9
    section, name = task.headline
    assert task.breakdown(statistics, totals)[section][name].f1 == 1.0
    assert {*task.breakdown(statistics, totals)} >= {task.section, "average"}
    report = score_answers({0: answers}, gold, intervals=False)
    assert all(decision.is_right for decision in task.decisions(gold, answers))
    assert report.notes == ()


@pytest.mark.parametrize("task", EVERY, ids=list(TASKS))
def test_answers_that_amount_to_events_say_so(any_corpus: Corpus, task: Task) -> None:
    scheme, document = any_corpus.scheme, any_corpus.documents[0]
    rows = list(task.inputs_for([document], scheme))
    gold = task.rows([document], scheme)
    answers = [task.annotators_answer(row, document, scheme) for row in gold]
    if not task.gives_events:
        with pytest.raises(EventbenchError, match=f"{task.name}: answers are not events"):
            task.to_events(rows, answers, scheme)
        return
    found = task.to_events(rows, answers, scheme)[document.id]
    expected = sorted((e.trigger, e.type) for e in document.events)
    assert sorted((e.trigger, e.type) for e in found.events) == expected


def test_columns_about_other_articles_are_added_on_demand(corpus: Corpus) -> None:
    plain, seen = (Gold.of(TASKS["triggers"], corpus, with_seen=w) for w in (False, True))
    assert not {*plain.rows[0]} & {*SEEN_COLUMNS}
    assert {*seen.rows[0]} - {*plain.rows[0]} == {"near_duplicates", "triggers_seen"}
    assert plain.fingerprint == seen.fingerprint
    flags = [flag for row in seen.rows for flag in row["triggers_seen"]]
    assert len(flags) == sum(len(document.events) for document in corpus.documents)
    assert 0 < sum(flags) < len(flags)
