"""Prompts about rows of each task, and what is made of answers to them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from making import article, inputs, said

import eventbench as eb
from eventbench.corpus.model import Span, ToldIncident, Value
from eventbench.prompts import PROMPTED

STORY = article(
    "a",
    (
        "Voss said Tolna was shelled on Monday",
        said("Attack", "shelled", Place="Tolna", Time="Monday"),
    ),
    ("Shells hit Tolna and Tolna fell", said("TerritorialControl", "fell", Territory="Tolna")),
)


@pytest.fixture(scope="module")
def story(corpus: eb.Corpus) -> eb.Document:
    """An article with what the rows of all tasks need."""
    attributes = {"status": "actual", "certainty": "certain", "occurrence": "single"}
    first, second = STORY.events
    shelled = {**attributes, "subtype": "shelling", "reported": "attributed", "contested": "no"}
    fell = {**attributes, "subtype": "change", "reported": "author", "contested": "no"}
    monday = STORY.events[0].arguments[1].span
    return replace(
        STORY,
        events=(
            replace(first, attributes=shelled, source=Span(0, 4)),
            replace(second, attributes=fell),
        ),
        links=(eb.Link("Causes", "E1", "E2"),),
        values=(Value(monday, "Time", "2031-05-05/2031-05-05", "day", "publication"),),
        published=date(2031, 5, 7),
        incidents=(ToldIncident("i1", "incident", ("E1", "E2")),),
    )


def asked(corpus: eb.Corpus, story: eb.Document, task: str) -> tuple[Any, Any, Any]:
    """A prompt, the only part of an article, and a reader of answers about it."""
    prompt = eb.prompts.Prompt(corpus.scheme, task, corpus.places)
    rows = inputs(corpus.scheme, task, story)
    (part,) = prompt.parts(rows)
    return prompt, part, eb.prompts.Reader(prompt, rows)


GIVEN = {"item": 1, "sentence": 1, "trigger": {"quote": "shelled", "occurrence": None}}


def test_a_question_shows_what_rows_give(corpus: eb.Corpus, story: eb.Document) -> None:
    def lines(task: str) -> list[Any]:
        _, part, _ = asked(corpus, story, task)
        return [json.loads(line) for line in part.text().split("\n")]

    texts = [{"sentence": k, "text": s.span.text_in(story.text)} for k, s in
             enumerate(story.sentences, 1)]  # fmt: skip
    event = {**GIVEN, "type": "Attack"}
    other = {"item": 2, "sentence": 2, "trigger": {"quote": "fell", "occurrence": None}}
    events = [event, {**other, "type": "TerritorialControl"}]
    for task in ("arguments", "attributes", "attribution", "links"):
        assert lines(task) == [*texts, *events]
    assert lines("triggers") == lines("events") == texts
    span = {"item": 1, "sentence": 1, "span": {"quote": "Monday", "occurrence": None}}
    assert lines("values") == [{"published": "2031-05-07"}, texts[0], {**span, "type": "Time"}]
    first, *_, told, _ = lines("incidents")
    assert first == {"published": "2031-05-07"}
    assert {"role": "Place", "quote": "Tolna"} in told["arguments"]


def test_words_that_occur_twice_have_a_number(corpus: eb.Corpus, story: eb.Document) -> None:
    rows = eb.TASKS["arguments"].rows([story], corpus.scheme)
    prompt = eb.prompts.Prompt(corpus.scheme, "arguments")
    (part,) = prompt.parts(rows)
    _, right = prompt.example(part, rows)
    _, about = json.loads(right["content"])["answers"]
    assert about["arguments"] == [{"role": "Territory", "quote": "Tolna", "occurrence": 1}]


# task, answers about the first event, what is read, and counts of what is dropped
def tags(**places: tuple[int, int]) -> list[str]:
    found = ["O"] * 7
    for role, (first, last) in places.items():
        found[first:last] = [f"B-{role}", *[f"I-{role}"] * (last - first - 1)]
    return found


def role(name: Any, quote: Any) -> dict[str, Any]:
    return {"role": name, "quote": quote, "occurrence": None}


UNDECIDED = dict.fromkeys(("subtype", "status", "certainty", "occurrence", "reported", "contested"))
AUTHOR = {"reported": "author", "source": None}
UNNAMED = {"reported": "attributed", "source": None}
VOSS = {"sentence": 1, "quote": "Voss", "occurrence": None}
READ: list[tuple[str, Any, Any, dict[str, int]]] = [
    ("arguments", {"arguments": [role("Place", "tolna")]}, tags(Place=(2, 3)), {}),
    ("arguments", {"arguments": [role("Victim", "Tolna"), role("Place", "Ambal")]}, tags(),
     {"invalid": 1, "unmapped": 1}),
    ("arguments", {"arguments": "Tolna"}, tags(), {"invalid": 1}),
    ("attributes", {"subtype": "shelling", "contested": True},
     {**UNDECIDED, "subtype": "Attack/shelling", "contested": "yes"}, {}),
    ("attributes", {"subtype": "siege", "status": "actual"}, {**UNDECIDED, "status": "actual"},
     {"invalid": 1}),
    ("attribution", {"reported": "attributed", "source": VOSS},
     {"reported": "attributed", "source": {"start": 0, "end": 4}}, {}),
    ("attribution", {"reported": "attributed", "source": None}, UNNAMED, {}),
    ("attribution", {"reported": "attributed", "source": {**VOSS, "quote": "Vos"}}, UNNAMED,
     {"unmapped": 1}),
    ("attribution", {"reported": "attributed", "source": {**VOSS, "sentence": 9}}, UNNAMED,
     {"invalid": 1}),
    ("attribution", {"reported": "author", "source": VOSS}, AUTHOR, {"invalid": 1}),
    ("attribution", {"reported": "nobody", "source": None}, AUTHOR, {"invalid": 1}),
    ("values", {"value": "2031-05-05/2031-05-05"}, "2031-05-05/2031-05-05", {}),
    ("values", {"value": None}, None, {}),
    ("values", {"value": "Monday"}, None, {"invalid": 1}),
    ("values", {"value": 5}, None, {"invalid": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("task", "answer", "expected", "dropped"), READ)
def test_answers_about_items(
    corpus: eb.Corpus, story: eb.Document, task: str, answer: Any, expected: Any, dropped: Any
) -> None:
    _, part, reader = asked(corpus, story, task)
    reader.read(json.dumps({"answers": [{"item": 1, **answer}]}), part)
    assert reader.answers()[0] == expected
    assert +reader.dropped == dropped


def test_answers_about_no_item_are_dropped(corpus: eb.Corpus, story: eb.Document) -> None:
    _, part, reader = asked(corpus, story, "values")
    good = {"item": 1, "value": "unknown"}
    later = {"item": 1, "value": "2031-05-05/2031-05-05"}
    bad = [{"item": 2, "value": "unknown"}, {"item": "1"}, {"item": True}, None, "x", later]
    reader.read(json.dumps({"answers": [good, *bad]}), part)
    assert reader.answers() == ["unknown"]
    assert reader.dropped["invalid"] == len(bad)


def test_links_name_items(corpus: eb.Corpus, story: eb.Document) -> None:
    _, part, reader = asked(corpus, story, "links")
    good = {"type": "Causes", "first": 1, "second": 2}
    bad = [{**good, "second": 3}, {**good, "type": "Likes"}, {**good, "second": 1}, 7]
    reader.read(json.dumps({"links": [*bad, good]}), part)
    assert reader.answers() == [[{"type": "Causes", "first": "E1", "second": "E2"}]]
    assert reader.dropped["invalid"] == len(bad)


def incident(name: Any, events: Any, **told: Any) -> dict[str, Any]:
    return {"name": name, "events": events, "when": None, "where": [], "killed": None, **told}


def test_incidents_name_items(corpus: eb.Corpus, story: eb.Document) -> None:
    _, part, reader = asked(corpus, story, "incidents")
    told = {"when": "2031-05-05/2031-05-05", "where": ["tolna"], "killed": "40-"}
    wrong = {"when": "Monday", "where": ["Tolna!", 3, "unknown"], "killed": "-"}
    answer = [
        incident("", [1]), incident("x", "1"), incident("x", [9, "1"]), None,
        incident("raid", [1], **wrong), incident("raid", [1, 2], **told),
    ]  # fmt: skip
    reader.read(json.dumps({"incidents": answer}), part)
    ((found,),) = reader.answers()
    assert found == {"name": "a raid", "events": ["E1", "E2"], **told}
    assert reader.dropped["invalid"] == 3 + 2 + 5 + 1


def test_incidents_of_examples_keep_their_names(corpus: eb.Corpus, story: eb.Document) -> None:
    """Only such a name joins what is told in two articles."""
    prompt, part, reader = asked(corpus, story, "incidents")
    rows = eb.TASKS["incidents"].rows([story], corpus.scheme)
    prompt.example(prompt.parts(rows)[0], rows)
    reader.read(json.dumps({"incidents": [incident("i1", [1]), incident("i2", [2])]}), part)
    assert [one["name"] for one in reader.answers()[0]] == ["i1", "a i2"]


@pytest.mark.parametrize("task", PROMPTED)
def test_rows_without_an_answer_have_an_empty_one(
    corpus: eb.Corpus, story: eb.Document, task: str
) -> None:
    prompt = eb.prompts.Prompt(corpus.scheme, task)
    rows = inputs(corpus.scheme, task, story)
    empty = eb.prompts.Reader(prompt, rows).answers()
    checked = [eb.TASKS[task].check(r, a, corpus.scheme) for r, a in zip(rows, empty, strict=True)]
    assert len(checked) == len(rows) > 0


@pytest.mark.parametrize("task", PROMPTED)
def test_parts_have_every_item_once(corpus: eb.Corpus, story: eb.Document, task: str) -> None:
    prompt = eb.prompts.Prompt(corpus.scheme, task)
    rows = inputs(corpus.scheme, task, story)
    (whole,) = prompt.parts(rows, 0)
    single = prompt.parts(rows, 1)
    assert [part for part in whole.halves() if part.items or not whole.items] == single
    assert [i.number for part in single for i in part.items] == [i.number for i in whole.items]


def test_an_answer_that_cannot_be_read_says_why(corpus: eb.Corpus, story: eb.Document) -> None:
    _, part, reader = asked(corpus, story, "links")
    for text, why in (("Yes.", "it is not JSON"), ("{}", 'not an object with a list "links"')):
        with pytest.raises(eb.EventbenchError, match=why):
            reader.read(text, part)


def test_there_is_no_prompt_for_an_unknown_task(corpus: eb.Corpus) -> None:
    with pytest.raises(eb.EventbenchError, match=r"^no prompt for 'poems': expected triggers, "):
        eb.prompts.Prompt(corpus.scheme, "poems").system()


def test_no_prompt_quotes_the_gold(corpus: eb.Corpus) -> None:
    """What is not from the scheme or the gazetteer names no place of the corpus."""
    names = {place.name for place in corpus.places.values()}
    for task in PROMPTED:
        text = eb.prompts.Prompt(corpus.scheme, task).system()
        assert [name for name in names if name in text] == []
