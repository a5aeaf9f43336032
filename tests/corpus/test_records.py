"""Events and links as JSON, and back."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import HARBOUR, ROOT
from hypothesis import given
from hypothesis import strategies as st

from eventbench import (
    Argument,
    ArticleEvents,
    Attribute,
    Event,
    EventbenchError,
    Link,
    Scheme,
    Span,
    load_corpus,
)
from eventbench.corpus.model import SOURCE
from eventbench.corpus.records import events_of, from_record, in_reading_order, to_record
from eventbench.corpus.scheme import read_scheme

MAIN = read_scheme(ROOT / "annotations" / "annotation.conf")
OTHER = read_scheme(HARBOUR / "annotations" / "annotation.conf")
SCHEMES = pytest.mark.parametrize("scheme", [MAIN, OTHER], ids=["main", "harbour"])
VALUES = {
    "Time": ["unknown", "2016-11-10/2016-11-12", "2016-11-10T08:00/2016-11-10T09:30"],
    "Number": ["12-12", "200-", "-40", "-"],
    "Repetitions": ["2-"],
    "Place": ["aleppo", "aleppo+idlib"],
}
"""Values in their one form, by the kind of span that can have them."""
SHARES = st.floats(0, 1)
TEXTS = st.text("ab \u00a0é\u0301😀\n", min_size=4, max_size=30)


def values(draw: st.DrawFn, attributes: Mapping[str, Attribute], bearer: str) -> dict[str, str]:
    """Values of some of the attributes that a bearer has."""
    borne = [a for a in attributes.values() if bearer in a.values]
    drawn = {a.name: draw(st.none() | st.sampled_from(a.values[bearer])) for a in borne}
    return {name: value for name, value in drawn.items() if value is not None}


@st.composite
def articles(draw: st.DrawFn, scheme: Scheme) -> tuple[str, ArticleEvents]:
    text = draw(TEXTS)
    places = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text)))
    spans = places.filter(lambda p: p[0] < p[1]).map(lambda p: Span(*p))
    events = []
    for index in range(draw(st.integers(0, 3))):
        event_type = draw(st.sampled_from(scheme.event_types))
        arguments = []
        for _ in range(draw(st.integers(0, 2))):
            role = draw(st.sampled_from(scheme.roles_of(event_type)))
            kind = scheme.kind(event_type, role)
            given = values(draw, scheme.span_attributes, kind)
            value = draw(st.sampled_from([None, *VALUES.get(kind, ())]))
            arguments.append(Argument(role, draw(spans), given, draw(st.integers(1, 3)), value))
        attributes = values(draw, scheme.attributes, event_type)
        source, note = draw(st.none() | spans), draw(st.none() | st.text())
        event = Event(
            f"e{index}", event_type, draw(spans), tuple(arguments), attributes, source, note
        )
        sure = draw(st.dictionaries(st.sampled_from([*attributes, SOURCE]), SHARES))
        events.append(replace(event, probability=draw(st.none() | SHARES), probabilities=sure))
    name = sorted(scheme.symmetric)[0]
    links = [Link(name, a.id, b.id) for a, b in itertools.pairwise(events)]
    return text, ArticleEvents(tuple(events), tuple(links))


@SCHEMES
@given(st.data())
def test_what_is_written_reads_back_the_same(scheme: Scheme, data: st.DataObject) -> None:
    text, found = data.draw(articles(scheme))
    with_words = to_record(found, scheme, text)
    assert from_record(json.loads(json.dumps(with_words)), text, scheme) == found
    bare = to_record(found, scheme)
    assert from_record(bare, text, scheme) == found
    assert '"text"' not in json.dumps(bare)
    for event, record in zip(found.events, with_words["events"], strict=True):
        assert ("probability" in record) == (event.probability is not None)
        assert ("probabilities" in record) == bool(event.probabilities)
        assert record["trigger"]["text"] == event.trigger.text_in(text)
        assert list(record["attributes"]) == list(scheme.attributes)


@pytest.mark.parametrize("root", [ROOT, HARBOUR], ids=["main", "harbour"])
def test_the_gold_reads_back_the_same(root: Path) -> None:
    corpus = load_corpus(root)
    for document in corpus.documents:
        found = events_of(document)
        record = to_record(found, corpus.scheme, document.text)
        read = from_record(record, document.text, corpus.scheme)
        assert read.events == found.events
        assert read.links == tuple(replace(link, line=0) for link in found.links)


TEXT = "Dockers of Tidewater strike, then ship."
#       0          11        21           34


def record() -> dict[str, Any]:
    return {
        "id": "x",
        "events": [
            {
                "id": "E1",
                "type": "Strike",
                "trigger": {"start": 21, "end": 27},
                "arguments": [{"role": "Employer", "start": 11, "end": 20}],
            },
            {
                "id": "E2",
                "type": "Shipment",
                "trigger": {"start": 34, "end": 38},
                "arguments": [],
            },
        ],
        "links": [{"type": "Delays", "first": "E1", "second": "E2"}],
    }


def test_what_may_be_left_out() -> None:
    found = from_record(record(), TEXT, OTHER)
    employer = Argument("Employer", Span(11, 20), {}, 1)
    assert found == ArticleEvents(
        (
            Event("E1", "Strike", Span(21, 27), (employer,)),
            Event("E2", "Shipment", Span(34, 38)),
        ),
        (Link("Delays", "E1", "E2"),),
    )
    without = record()
    del without["links"]
    assert from_record(without, TEXT, OTHER).links == ()


def test_null_is_undecided() -> None:
    changed = record()
    changed["events"][0] |= {"attributes": {"kind": None, "certainty": "certain"}, "note": None}
    changed["events"][0]["trigger"]["text"] = None
    changed["events"][0]["arguments"][0] |= {"attributes": {"sector": None}, "number": None}
    first = from_record(changed, TEXT, OTHER).events[0]
    assert first.attributes == {"certainty": "certain"}
    assert first.arguments[0] == Argument("Employer", Span(11, 20))


Change = Callable[[dict[str, Any]], object]


def event(**fields: Any) -> Change:
    return lambda r: r["events"][0].update(fields)


def argument(**fields: Any) -> Change:
    return lambda r: r["events"][0]["arguments"][0].update(fields)


def link(**fields: Any) -> Change:
    return lambda r: r["links"][0].update(fields)


REFUSED: dict[str, tuple[Change, str]] = {
    "no events": (lambda r: r.pop("events"), "has no 'events'"),
    "events of another type": (lambda r: r.update(events={}), "events is {}, expected a list"),
    "event of another type": (lambda r: r.update(events=[1]), "events[0] is 1, expected an obj"),
    "no id": (lambda r: r["events"][0].pop("id"), "events[0]: has no 'id'"),
    "id of another type": (event(id=1), "events[0]: id is 1, expected a string"),
    "id twice": (
        event(id="E2"), "events[1]: id 'E2' is used by another event of this article",
    ),
    "unknown type": (
        event(type="Attack"), "events[0]: type is 'Attack', expected Strike or Shipment or Acc",
    ),
    "no trigger": (event(trigger=None), "events[0]: trigger is None, expected an object"),
    "empty trigger": (
        event(trigger={"start": 3, "end": 3}), "events[0].trigger: span 3-3, expected 0 <= start",
    ),
    "trigger outside": (
        event(trigger={"start": 30, "end": 40}), "span 30-40, expected 0 <= start < end <= 39",
    ),
    "trigger before the text": (event(trigger={"start": -1, "end": 2}), "span -1-2, expected 0"),
    "bound of another type": (
        event(trigger={"start": True, "end": 2}), "start is True, expected an integer",
    ),
    "trigger beside other words": (
        event(trigger={"start": 21, "end": 27, "text": "strikes"}),
        "events[0].trigger: text: found 'strikes', but the article has 'strike' at 21-27",
    ),
    "argument beside other words": (
        argument(text="Tidewater\u200b"),
        "events[0].arguments[0]: text: found 'Tidewater\\u200b', but the article has 'Tidewater' "
        "at 11-20 (at character 9 zero width space, expected the end)",
    ),
    "source beside other words": (
        event(source={"start": 0, "end": 7, "text": "dockers"}),
        "events[0].source: text: found 'dockers', but the article has 'Dockers' at 0-7",
    ),
    "words of another type": (argument(text=3), "arguments[0]: text is 3, expected a string"),
    "source of another type": (event(source=3), "events[0]: source is 3, expected an object"),
    "note of another type": (event(note=3), "events[0]: note is 3, expected a string"),
    "attribute beside the attributes": (
        event(kind="walkout"), "events[0]: has 'kind', expected it inside 'attributes'",
    ),
    "unknown attribute": (
        event(attributes={"colour": "red"}),
        "events[0].attributes: unknown attribute 'colour', expected kind or certainty or",
    ),
    "unknown value": (
        event(attributes={"kind": "export"}),
        "events[0].attributes: kind is 'export', expected walkout or slowdown or lockout",
    ),
    "attribute that the type cannot have": (
        event(attributes={"insured": "yes"}), "attributes: insured is 'yes', expected none",
    ),
    "unknown role": (
        argument(role="Load"), "events[0].arguments[0]: role is 'Load', expected Workforce or",
    ),
    "number 0": (argument(number=0), "arguments[0]: number is 0, expected 1 or more"),
    "argument outside": (argument(end=99), "arguments[0]: span 11-99, expected 0 <= start < end"),
    "value of a kind that has none": (
        argument(value="x"), "arguments[0]: has a value, which the kind Company cannot have",
    ),
    "unknown attribute of a span": (
        argument(attributes={"kind": "x"}), "unknown attribute 'kind', expected sector",
    ),
    "unknown value of a span": (
        argument(attributes={"sector": "x"}),
        "arguments[0].attributes: sector is 'x', expected shipping or haulage or insurance",
    ),
    "attribute that the kind cannot have": (
        argument(role="Site", attributes={"sector": "shipping"}), "'shipping', expected none",
    ),
    "unknown link": (
        link(type="SameEvent"), "links[0]: type is 'SameEvent', expected SameStory or Delays",
    ),
    "link of what is not there": (
        link(second="E9"), "links[0]: joins 'E9', which is not among the events",
    ),
    "link of a type that it cannot join": (
        link(second="E1"), "links[0]: Delays joins 'E1', a Strike, expected Shipment",
    ),
    "link of an event with itself": (
        link(type="SameStory", second="E1"), "links[0]: joins 'E1' with itself",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_record_cannot_mean_is_refused_with_its_place(case: str) -> None:
    change, message = REFUSED[case]
    changed = record()
    change(changed)
    with pytest.raises(EventbenchError) as caught:
        from_record(changed, TEXT, OTHER)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def valued(role: str, value: Any) -> dict[str, Any]:
    """A record with an argument in the main scheme."""
    told = {"id": "E1", "type": "Displacement", "trigger": {"start": 0, "end": 1}}
    told["arguments"] = [{"role": role, "start": 2, "end": 3, "value": value}]
    return {"events": [told]}


@pytest.mark.parametrize(
    ("role", "value", "form"),
    [
        ("Time", "2016-11-10/2016-11-12", "2016-11-10/2016-11-12"),
        ("Count", "0012-", "12-"),
        ("Origin", "idlib+aleppo+idlib", "aleppo+idlib"),
        ("Origin", None, None),
    ],
)
def test_an_argument_has_its_value_in_its_one_form(
    role: str, value: str | None, form: str | None
) -> None:
    (found,) = from_record(valued(role, value), "a b", MAIN).events
    assert found.arguments[0].value == form
    (written,) = to_record(ArticleEvents((found,)), MAIN)["events"]
    assert written["arguments"][0].get("value", "absent") == (form or "absent")


@pytest.mark.parametrize(
    ("role", "value", "message"),
    [
        ("Time", "yesterday", "value is 'yesterday', expected two dates with a slash"),
        ("Time", "2016-11-12/2016-11-10", "expected two dates with a slash, the earlier one first"),
        ("Count", "12", "value is '12', expected LOW-HIGH"),
        ("Count", "3-2", "value is '3-2', expected LOW-HIGH"),
        ("Count", 12, "value is 12, expected a string"),
        ("Origin", "Aleppo", "value is 'Aleppo', expected ids of a-z"),
        ("Agent", "rebels", "has a value, which the kind Actor cannot have, expected Time, "),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(role: str, value: Any, message: str) -> None:
    with pytest.raises(EventbenchError) as caught:
        from_record(valued(role, value), "a b", MAIN)
    assert str(caught.value).startswith("events[0].arguments[0]: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"probability": 1.5}, "probability is 1.5, expected a number from 0 to 1"),
        ({"probability": -0.1}, "probability is -0.1, expected a number from 0 to 1"),
        ({"probability": float("nan")}, "probability is nan, expected a number from 0 to 1"),
        ({"probability": True}, "probability is True, expected a number from 0 to 1"),
        ({"probability": "0.5"}, "probability is '0.5', expected a number from 0 to 1"),
        ({"probabilities": [0.5]}, "probabilities is [0.5], expected an object"),
        ({"probabilities": {"status": None}}, "probabilities: status is None, expected a number"),
        ({"probabilities": {"mood": 0.5}}, "unknown attribute 'mood', expected subtype or "),
    ],
)
def test_a_wrong_probability_is_refused_with_its_place(keys: dict[str, Any], message: str) -> None:
    told = {"id": "E1", "type": "Attack", "trigger": {"start": 0, "end": 1}, "arguments": []}
    with pytest.raises(EventbenchError) as caught:
        from_record({"events": [{**told, **keys}]}, "a b", MAIN)
    assert str(caught.value).startswith("events[0]")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_speakers_role_is_not_an_argument() -> None:
    told = {"id": "E1", "type": "Attack", "trigger": {"start": 0, "end": 1}}
    told["arguments"] = [{"role": "Source", "start": 2, "end": 3}]
    with pytest.raises(EventbenchError, match=r"role is 'Source', expected Attacker or"):
        from_record({"events": [told]}, "a b", MAIN)


@given(st.data())
def test_the_order_of_events_and_their_ids_change_nothing(data: st.DataObject) -> None:
    _, found = data.draw(articles(OTHER))
    shuffled = data.draw(st.permutations(found.events))
    names = {e.id: f"n{k}" for k, e in enumerate(shuffled)}
    renamed = ArticleEvents(
        tuple(replace(e, id=names[e.id], arguments=tuple(reversed(e.arguments))) for e in shuffled),
        tuple(replace(k, first=names[k.first], second=names[k.second]) for k in found.links),
    )
    places = [(e.trigger, e.type) for e in found.events]
    if len(set(places)) == len(places):  # equal ones keep the order in which they came
        one, other = in_reading_order(found), in_reading_order(renamed)
        assert [e.id for e in one.events] == [f"E{n}" for n in range(1, len(one.events) + 1)]
        assert [e.trigger for e in one.events] == sorted(e.trigger for e in found.events)
        assert one.links == other.links
        assert [sorted_arguments(e) for e in one.events] == [
            sorted_arguments(e) for e in other.events
        ]


def sorted_arguments(event: Event) -> Event:
    return replace(event, arguments=tuple(sorted(event.arguments, key=repr)))


def test_equal_annotations_have_one_order() -> None:
    alike = Event("E1", "Attack", Span(0, 1))
    events = [
        alike,
        replace(alike, id="E2", source=Span(2, 3)),
        replace(alike, id="E3", note="x"),
        replace(alike, id="E6", probability=0.5),
        replace(alike, id="E7", probabilities={"status": 0.5}),
        replace(alike, id="E4", arguments=(Argument("Place", Span(2, 3), {}, 1),)),
        replace(alike, id="E5", arguments=(Argument("Place", Span(2, 3), {}, 2),)),
    ]
    found = [in_reading_order(ArticleEvents(order)) for order in itertools.permutations(events)]
    assert len({repr(one) for one in found}) == 1
