"""The task "values": when, how many and where."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import all_tested, article, write_lines, wrong_decisions

from eventbench import TASKS, Corpus, Document, EventbenchError, Span
from eventbench.corpus.model import Value
from eventbench.corpus.values import bounds
from eventbench.evaluation.reading import read_predictions
from eventbench.evaluation.scoring import score_answers
from eventbench.tasks.base import Gold
from eventbench.tasks.values import KINDS, overlap

TASK = TASKS["values"]

SENTENCE = "On Friday 20 people fled Hama twice"
FOUND = (
    ("Friday", "Time", "2020-05-01/2020-05-01"),
    ("20", "Number", "020-20"),
    ("Hama", "Place", "west-hama+hama"),
    ("twice", "Repetitions", "2-"),
)


def valued(*found: tuple[str, str, str]) -> Document:
    values = []
    for words, kind, value in found:
        start = SENTENCE.index(words)
        values.append(Value(Span(start, start + len(words)), kind, value, "p", "b", line=7))
    document = article("0", (SENTENCE,))
    return replace(document, values=tuple(sorted(values)), published=date(2020, 5, 4))


def corpus_of(corpus: Corpus, document: Document) -> Corpus:
    return all_tested(replace(corpus, documents=(document,)))


@pytest.fixture(scope="module")
def told(corpus: Corpus) -> Corpus:
    return corpus_of(corpus, valued(*FOUND, ("people", "Speaker", "somebody")))


def test_a_row_is_a_span_with_its_sentence_and_the_day(told: Corpus) -> None:
    rows = TASK.rows(told.documents, told.scheme)
    assert [(r["id"], r["value"]) for r in rows] == [
        ("0-Time-3-9", "2020-05-01/2020-05-01"),
        ("0-Number-10-12", "20-20"),
        ("0-Place-25-29", "hama+west-hama"),
        ("0-Repetitions-30-35", "2-"),
    ]
    assert {r["published"] for r in rows} == {"2020-05-04"}
    for row in rows:
        words = row["tokens"][row["span_start"] : row["span_end"]]
        assert words in ([w] for w, *_ in FOUND)
    shown = TASK.inputs_for(told.documents, told.scheme)
    assert "value" not in shown.column_names
    assert shown.features["kind"].int2str(shown[1]["kind"]) == "Number"


def test_a_day_of_publication_that_is_not_known_is_left_open(told: Corpus) -> None:
    unknown = replace(told.documents[0], published=None)
    assert [r["published"] for r in TASK.rows([unknown], told.scheme)] == [None] * 4


def test_the_day_of_publication_is_read_from_the_sources(corpus: Corpus) -> None:
    assert corpus.documents[0].published == date(2016, 11, 10)
    rows = TASK.rows(corpus.documents[:1], corpus.scheme)
    assert {row["published"] for row in rows} == {"2016-11-10"}
    assert {row["kind"] for row in rows} <= {*KINDS}


@pytest.mark.parametrize("span", [(4, 9), (3, 8)])
def test_a_span_that_is_not_made_of_tokens_is_refused(told: Corpus, span: tuple[int, int]) -> None:
    (document,) = told.documents
    value = replace(document.values[0], span=Span(*span))
    wrong = replace(document, values=(value,))
    words = SENTENCE[slice(*span)]
    message = f"^0.values.tsv:7: '{words}' is not made of whole tokens of one sentence"
    with pytest.raises(EventbenchError, match=message):
        TASK.rows([wrong], told.scheme)
    with pytest.raises(EventbenchError, match="is not made of whole tokens of one sentence"):
        TASK.rows([replace(document, sentences=())], told.scheme)


def test_values_are_counted_by_kind(told: Corpus) -> None:
    gold = Gold.of(TASK, told)
    given = ["2020-05-01/2020-05-02", "20-20", "hama", None]
    answers = {row["id"]: answer for row, answer in zip(gold.rows, given, strict=True)}
    report = score_answers({0: answers}, gold, intervals=False)
    found = report.sections[0]
    assert {name: (s.f1, s.support) for name, s in found["kind"].items()} == {
        **{"Time": (0.0, 1), "Number": (1.0, 1), "Repetitions": (0.0, 1), "Place": (0.0, 1)},
    }
    assert {name: s.f1 for name, s in found["overlap"].items()} == {
        **{"Time": 1 / 2, "Number": 1.0, "Repetitions": 0.0, "Place": 1 / 2},
    }
    # No time and no place is right, and of the two counts one.
    assert report.scores[0] == pytest.approx((0 + 1 / 2 + 0) / 3)
    assert found["average"]["macro avg"].f1 == report.scores[0]
    assert found["average"]["micro avg"].f1 == 1 / 4
    assert wrong_decisions(gold, answers) == [
        ("Time", "2020-05-01/2020-05-01", "2020-05-01/2020-05-02"),
        ("Place", "hama+west-hama", "hama"),
        ("Repetitions", "2-", "nothing"),
    ]


def test_a_kind_that_the_gold_lacks_is_left_out_of_the_mean(corpus: Corpus) -> None:
    times = corpus_of(corpus, valued(FOUND[0], FOUND[2]))
    gold = Gold.of(TASK, times)
    answers = {"0-Time-3-9": "2020-05-01/2020-05-01", "0-Place-25-29": "hama"}
    report = score_answers({0: answers}, gold, intervals=False)
    assert report.scores[0] == 1 / 2
    assert {*report.sections[0]["overlap"]} == {"Time", "Place"}


@pytest.mark.parametrize(
    ("kind", "one", "other", "credit"),
    [
        ("Time", "2020-05-01/2020-05-10", "2020-05-06/2020-05-10", 5 / 10),
        ("Time", "2020-05-01/2020-05-10", "2020-05-09/2020-05-12", 2 / 12),
        ("Time", "2020-05-01/2020-05-01", "2020-05-02/2020-05-02", 0.0),
        ("Time", "2020-05-01T12:00/2020-05-01T23:59", "2020-05-01/2020-05-01", 1 / 2),
        ("Time", "2020-05-01T12:00/2020-05-01T12:00", "2020-05-01T12:00/2020-05-01T12:01", 1 / 2),
        ("Time", "unknown", "2020-05-01/2020-05-01", 0.0),
        ("Time", "unknown", "unknown", 1.0),
        ("Number", "20-", "20-20", 1 / 2),
        ("Number", "20-", "-20", 0.0),
        ("Number", "20-30", "20-40", 1 / 2),
        ("Repetitions", "-", "-", 1.0),
        ("Place", "a+b", "b+c", 1 / 3),
        ("Place", "a", "b", 0.0),
    ],
)
def test_partial_credit(kind: str, one: str, other: str, credit: float) -> None:
    assert overlap(kind, one, other) == overlap(kind, other, one) == pytest.approx(credit)
    assert overlap(kind, one, one) == overlap(kind, other, other) == 1.0


def test_an_annotator_may_lack_a_value(told: Corpus) -> None:
    rows = TASK.rows(told.documents, told.scheme)
    other = valued(FOUND[1], ("Hama", "Speaker", "hama"))
    found = [TASK.annotators_answer(row, other, told.scheme) for row in rows]
    assert found == [None, "20-20", None, None]


days = st.dates(date(1990, 1, 1), date(2030, 1, 1))
ids = st.lists(st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True), min_size=1, max_size=3)
numbers = st.integers(0, 10**14)
VALUES = {
    "Time": st.one_of(
        st.just("unknown"), st.tuples(days, days).map(lambda d: f"{min(d)}/{max(d)}")
    ),
    "Number": st.tuples(numbers, numbers).map(lambda n: f"{min(n):03d}-{max(n)}"),
    "Repetitions": st.one_of(st.just("-"), numbers.map(lambda n: f"{n}-")),
    "Place": ids.map("+".join),
}


@given(data=st.data())
def test_an_answer_is_read_as_it_is_written(told: Corpus, data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(TASK.rows(told.documents, told.scheme)))
    answer = data.draw(st.one_of(st.none(), VALUES[row["kind"]]))
    found = TASK.check(row, answer, told.scheme)
    record = json.loads(json.dumps(TASK.dump(row, found)))
    assert TASK.parse(record, row, told.scheme) == found
    assert (found is None) == (answer is None)
    if row["kind"] == "Place" and answer is not None:
        turned = "+".join(reversed(answer.split("+")))
        assert TASK.check(row, turned, told.scheme) == found
        assert {*found.split("+")} == {*answer.split("+")}
    elif row["kind"] in ("Number", "Repetitions") and answer is not None:
        assert bounds(found) == bounds(answer)
    else:
        assert found == answer


@pytest.mark.parametrize(
    ("number", "value", "message"),
    [
        (0, "Friday", "Time: value is 'Friday', expected two dates with a slash"),
        (0, "2020-05-02/2020-05-01", "Time: value is '2020-05-02/2020-05-01', expected two dates"),
        (1, "20", "Number: value is '20', expected LOW-HIGH, either of which may be empty"),
        (1, "30-20", "Number: value is '30-20', expected LOW-HIGH"),
        (2, "Hama", "Place: value is 'Hama', expected ids of a-z, 0-9 and single -"),
        (3, 2, "value is 2, expected null or a string"),
        (3, ..., "has no 'value'"),
    ],
)
def test_faulty_values_are_named(
    told: Corpus, tmp_path: Path, number: int, value: Any, message: str
) -> None:
    gold = Gold.of(TASK, told)
    lines = [TASK.dump(row, TASK.gold(row)) for row in gold.rows]
    path = write_lines(tmp_path / "p.jsonl", lines)
    assert len(read_predictions(path, gold)[0]) == len(gold.rows)
    lines[number] = {"id": lines[number]["id"], **({} if value is ... else {"value": value})}
    write_lines(path, lines)
    with pytest.raises(EventbenchError, match=f":{number + 1}: {message}"):
        read_predictions(path, gold)
