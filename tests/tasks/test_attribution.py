"""The task "attribution": who says that an event happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import all_tested, article, said, write_lines, write_ships, wrong_decisions

from eventbench import TASKS, Corpus, EventbenchError, Span, load_corpus
from eventbench.evaluation.reading import read_predictions
from eventbench.evaluation.scoring import score_answers
from eventbench.tasks.base import Gold

TASK = TASKS["attribution"]
Json = dict[str, Any]
AUTHOR: Json = {"reported": "author", "source": None}
UNNAMED: Json = {"reported": "attributed", "source": None}


def by(start: int, end: int) -> Json:
    return {"reported": "attributed", "source": {"start": start, "end": end}}


def sourced(ships: Corpus) -> Corpus:
    """One article of four events: by the author, by Alma, by Alma again and by someone unnamed."""
    document = article(
        "0",
        ("Alma told us :",),
        ("Vega left Oslo .", said("Departure", "left", {})),
        ("Iris reached Riga .", said("Arrival", "reached", {})),
        ("Nora left Cork .", said("Departure", "left", {})),
        ("Reportedly , Nora struck a pier .", said("Accident", "struck", {})),
    )
    alma = Span(0, 4)
    events = (
        document.events[0],
        replace(document.events[1], source=alma),
        replace(document.events[2], source=alma),
        replace(document.events[3], attributes={"reported": "attributed"}),
    )
    return all_tested(replace(ships, documents=(replace(document, events=events),)))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return sourced(load_corpus(write_ships(tmp_path_factory.mktemp("corpus") / "ships")))


def test_a_row_has_the_article_and_who_says_so(told: Corpus) -> None:
    rows = TASK.rows(told.documents, told.scheme)
    assert [TASK.gold(row) for row in rows] == [AUTHOR, by(0, 4), by(0, 4), UNNAMED]
    assert rows[1]["source"] == {"start": 0, "end": 4, "text": "Alma"}
    assert rows[1]["text"] == "Iris reached Riga ."
    assert rows[1]["article_text"] == told.documents[0].text
    assert [s["id"] for s in rows[1]["sentences"]] == [f"0-00{k}" for k in range(1, 6)]
    (first, *_) = TASK.inputs_for(told.documents, told.scheme)
    assert not {"source", "reported"} & {*first}


def test_sources_and_decisions_are_counted(told: Corpus) -> None:
    gold = Gold.of(TASK, told)
    # A source for an event of the author, one too long, one right, and one for none named.
    given = [by(0, 4), by(0, 9), by(0, 4), by(5, 9)]
    answers = {row["id"]: answer for row, answer in zip(gold.rows, given, strict=True)}
    report = score_answers({0: answers}, gold, intervals=False)
    micro = report.sections[0]["average"]["micro avg"]
    assert (micro.precision, micro.recall, micro.f1) == (1 / 4, 1 / 2, 1 / 3)
    assert report.scores[0] == micro.f1
    found = report.sections[0]["decision"]
    assert (found["exact source"].precision, found["exact source"].recall) == (1 / 4, 1 / 2)
    overlapping = found["overlapping source"]
    assert (overlapping.precision, overlapping.recall) == (2 / 4, 2 / 2)
    assert (found["attributed"].precision, found["attributed"].recall) == (3 / 4, 3 / 3)
    assert (found["author"].f1, found["author"].support) == (0.0, 1)
    assert (found["no source named"].f1, found["no source named"].support) == (0.0, 1)
    assert found["author or attributed, accuracy"].f1 == 3 / 4
    # The exact one is of a departure.
    by_type = report.sections[0]["type"]
    assert {name: score.recall for name, score in by_type.items()} == {
        **{"Accident": 0.0, "Arrival": 0.0, "Departure": 1.0},
    }
    assert wrong_decisions(gold, answers) == [
        ("reported", "author", "source named"),
        ("source", "the source", "other bounds"),
        ("reported", "no source named", "source named"),
    ]


def test_always_the_author_scores_nothing(told: Corpus) -> None:
    gold = Gold.of(TASK, told)
    report = score_answers({0: {row["id"]: AUTHOR for row in gold.rows}}, gold, intervals=False)
    assert report.scores[0] == 0.0
    assert report.sections[0]["decision"]["author"].recall == 1.0
    assert report.sections[0]["decision"]["author"].precision == 1 / 4


def test_an_annotator_without_the_event_is_taken_to_see_no_source(told: Corpus) -> None:
    (document,) = told.documents
    rows = TASK.rows([document], told.scheme)
    other = replace(document, events=document.events[:2])
    found = [TASK.annotators_answer(row, other, told.scheme) for row in rows]
    assert found == [AUTHOR, by(0, 4), AUTHOR, AUTHOR]


spans = st.tuples(st.integers(0, 80), st.integers(0, 80)).filter(lambda s: s[0] < s[1])


@given(answer=st.one_of(st.just(AUTHOR), st.just(UNNAMED), spans.map(lambda s: by(*s))))
def test_an_answer_is_read_as_it_is_written(told: Corpus, answer: Json) -> None:
    row = TASK.rows(told.documents, told.scheme)[0]
    record = json.loads(json.dumps(TASK.dump(row, answer)))
    assert TASK.parse(record, row, told.scheme) == answer
    assert TASK.check(row, answer, told.scheme) == answer


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r | {"reported": "x"}, "reported is 'x', expected author or attributed"),
        (lambda r: {"id": r["id"]}, "has no 'reported'"),
        (lambda r: r | by(0, 4) | {"reported": "author"}, "has a source, expected reported to be"),
        (lambda r: r | by(4, 4), "source: span 4-4, expected 0 <= start < end <= 102"),
        (lambda r: r | by(0, 103), "source: span 0-103, expected 0 <= start < end <= 102"),
        (lambda r: r | {"reported": "attributed", "source": 4}, "source is 4, expected an object"),
        (lambda r: r | {"source": {"start": True, "end": 4}}, "source: start is True, expected an"),
    ],
)
def test_faulty_attributions_are_named(
    told: Corpus, tmp_path: Path, change: Callable[[Json], Json], message: str
) -> None:
    gold = Gold.of(TASK, told)
    assert len(gold.rows[0]["article_text"]) == 102
    lines = [TASK.dump(row, TASK.gold(row)) for row in gold.rows]
    path = write_lines(tmp_path / "p.jsonl", lines)
    assert len(read_predictions(path, gold)[0]) == len(gold.rows)
    write_lines(path, [change(lines[0]), *lines[1:]])
    with pytest.raises(EventbenchError, match=f":1: {message}"):
        read_predictions(path, gold)


def test_what_is_no_answer_is_refused(told: Corpus) -> None:
    row = TASK.rows(told.documents, told.scheme)[0]
    for answer in (None, "author", (0, 4), {"source": None}, by(0, 4) | {"source": [0, 4]}):
        with pytest.raises(EventbenchError, match="expected an answer of attribution"):
            TASK.check(row, answer, told.scheme)
