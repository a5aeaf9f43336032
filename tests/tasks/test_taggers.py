"""The tasks "triggers" and "arguments": tags of whole tokens, and what they refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from making import article, said

from eventbench import TASKS, Argument, EventbenchError, Scheme, Span
from eventbench.corpus.iob2 import OUTSIDE
from eventbench.corpus.scheme import SPEAKER
from eventbench.tasks.arguments import arguments_left_out

TRIGGERS, ARGUMENTS = TASKS["triggers"], TASKS["arguments"]
SCHEME = Scheme(
    ("Actor", SPEAKER),
    {"Raid": {"By": "Actor", "On": "Actor", "Source": SPEAKER}, "Siege": {"Of": "Actor"}},
)
TEXT = "👩\u200d🚀 Rebels hit the old city twice"
DOCUMENT = article("a", (TEXT, said("Raid", "hit", By="Rebels", On="old city")), ("quiet",))


def test_trigger_rows_are_sentences_with_tags_and_offsets_of_the_article() -> None:
    first, second = TRIGGERS.rows([DOCUMENT], SCHEME)
    assert first["ner_tags"] == ["O", "O", "B-Raid", "O", "O", "O", "O"]
    assert second["ner_tags"] == ["O"]
    assert (first["sent_id"], second["sent_id"]) == (0, 1)
    assert second["text"] == "quiet"
    for row in (first, second):
        places = zip(row["token_starts"], row["token_ends"], strict=True)
        assert [DOCUMENT.text[a:b] for a, b in places] == row["tokens"]
    assert TRIGGERS.labels(SCHEME) == ["O", "B-Raid", "I-Raid", "B-Siege", "I-Siege"]


def test_argument_rows_are_events_with_tags_of_roles() -> None:
    (row,) = ARGUMENTS.rows([DOCUMENT], SCHEME)
    assert row["id"] == "a-E1"
    assert (row["trigger_start"], row["trigger_end"], row["event_type"]) == (2, 3, "Raid")
    assert row["ner_tags"] == ["O", "B-By", "O", "O", "B-On", "I-On", "O"]
    # The speaker's role is not predicted.
    assert ARGUMENTS.labels(SCHEME) == ["O", "B-By", "I-By", "B-On", "I-On", "B-Of", "I-Of"]


def test_a_trigger_that_tags_cannot_hold_is_refused() -> None:
    (event,) = DOCUMENT.events
    half = replace(DOCUMENT, events=(replace(event, trigger=Span(11, 12)),))
    for task in (TRIGGERS, ARGUMENTS):
        with pytest.raises(EventbenchError, match=r"a\.ann.*: trigger '.*not made of whole tokens"):
            task.rows([half], SCHEME)
    twice = replace(DOCUMENT, events=(event, replace(event, id="E2", type="Siege")))
    with pytest.raises(EventbenchError, match="overlaps another, lies in no sentence or is not"):
        TRIGGERS.rows([twice], SCHEME)
    across = replace(DOCUMENT, events=(replace(event, trigger=Span(11, len(DOCUMENT.text))),))
    with pytest.raises(EventbenchError, match="lies in no sentence"):
        TRIGGERS.rows([across], SCHEME)
    assert len(ARGUMENTS.rows([twice], SCHEME)) == 2


def test_arguments_that_tags_cannot_hold_are_left_out_and_named() -> None:
    (event,) = DOCUMENT.events
    city = next(a for a in event.arguments if a.role == "On")
    more = (*event.arguments, Argument("By", city.span))
    document = replace(DOCUMENT, events=(replace(event, arguments=more),))
    (row,) = ARGUMENTS.rows([document], SCHEME)
    assert row["ner_tags"] == ["O", "B-By", "O", "O", "B-By", "I-By", "O"]
    assert arguments_left_out(document) == ["a-E1: On 'old city'"]
    assert arguments_left_out(DOCUMENT) == []


def test_an_annotator_who_has_not_the_event_answers_nothing() -> None:
    (row,) = ARGUMENTS.rows([DOCUMENT], SCHEME)
    other = replace(DOCUMENT, events=())
    assert ARGUMENTS.annotators_answer(row, other, SCHEME) == [OUTSIDE] * 7
    (event,) = DOCUMENT.events
    retyped = replace(DOCUMENT, events=(replace(event, type="Siege"),))
    assert ARGUMENTS.annotators_answer(row, retyped, SCHEME) == [OUTSIDE] * 7
    assert ARGUMENTS.annotators_answer(row, DOCUMENT, SCHEME) == row["ner_tags"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokens": None}, "tokens of a-002 is None, expected a list of strings"),
        ({"tokens": ["loud"]}, "token 0 of a-002 is 'loud', the gold has 'quiet'"),
        ({"tokens": ["quiet", "x"]}, "a-002 has 2 tokens, the gold has 1"),
        ({"ner_tags": []}, "a-002 has 0 tags, expected 1, one a token"),
        ({"ner_tags": ["B-By"]}, "a-002 has unknown label 'B-By' at token 0, expected O, B-Raid"),
        ({"ner_tags": [0]}, r"ner_tags of a-002 is \[0\], expected a list of strings"),
    ],
)
def test_records_that_do_not_fit_are_refused(change: dict[str, Any], message: str) -> None:
    row = TRIGGERS.rows([DOCUMENT], SCHEME)[1]
    record = TRIGGERS.dump(row, ["O"])
    assert TRIGGERS.parse(record, row, SCHEME) == ["O"]
    with pytest.raises(EventbenchError, match=message):
        TRIGGERS.parse({**record, **change}, row, SCHEME)
    for key in ("tokens", "ner_tags"):
        with pytest.raises(EventbenchError, match=f"has no '{key}', expected id, tokens and ner"):
            TRIGGERS.parse({k: v for k, v in record.items() if k != key}, row, SCHEME)
