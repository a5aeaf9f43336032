"""A second annotator, made from the gold by random changes of every kind."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from eventbench import Argument, Document, Event, Link, Scheme, Span


def another_annotator(document: Document, scheme: Scheme, seed: int) -> Document:
    """The article as somebody else might have annotated it."""
    drawn = random.Random(seed)
    events = [_changed(e, document, scheme, drawn) for e in document.events if drawn.random() > 0.1]
    free = [
        token
        for sentence in document.sentences
        for token in sentence.tokens
        if not any(token.overlaps(e.trigger) for e in (*document.events, *events))
    ]
    for number, token in enumerate(drawn.sample(free, min(2, len(free)))):
        events.append(_event(f"N{number}", drawn.choice(scheme.event_types), token, scheme, drawn))
    events = _apart(events)
    ids = [event.id for event in events]
    links = [k for k in document.links if {k.first, k.second} <= {*ids} and drawn.random() > 0.2]
    links += [
        Link(drawn.choice([*scheme.links]), *drawn.sample(ids, 2)) for _ in range(len(ids) // 3)
    ]
    types = {event.id: event.type for event in events}
    links = [
        k
        for k in links
        if all(
            types[e] in t for e, t in zip((k.first, k.second), scheme.links[k.type], strict=True)
        )
    ]
    values = [replace(v, precision="vague") if v.kind == "Time" else v for v in document.values]
    values = [v for v in values if _needed(v.span, v.kind, events, scheme)]
    return replace(document, events=tuple(events), links=tuple(links), values=tuple(values))


def _needed(span: Span, kind: str, events: Sequence[Event], scheme: Scheme) -> bool:
    return any(
        a.span == span and scheme.kind(e.type, a.role) == kind for e in events for a in e.arguments
    ) or any(e.source == span and kind == "Speaker" for e in events)


def _apart(events: list[Event]) -> list[Event]:
    """Events whose triggers share no text."""
    kept: list[Event] = []
    for event in sorted(events, key=lambda e: e.trigger):
        if not kept or not kept[-1].trigger.overlaps(event.trigger):
            kept.append(event)
    return kept


def _event(
    name: str, event_type: str, trigger: Span, scheme: Scheme, drawn: random.Random
) -> Event:
    attributes = {
        a.name: drawn.choice(a.values[event_type]) for a in scheme.attributes_of(event_type)
    }
    return Event(name, event_type, trigger, (), attributes)


def _changed(event: Event, document: Document, scheme: Scheme, drawn: random.Random) -> Event:
    kind = drawn.choice(["", "", "type", "trigger", "attribute", "source", "arguments", "spans"])
    if kind == "type":
        return _event(event.id, drawn.choice(scheme.event_types), event.trigger, scheme, drawn)
    sentence = document.sentence_of(event.trigger)
    assert sentence is not None
    if kind == "trigger":
        taken = [a.span for a in event.arguments]
        wider = [
            Span(event.trigger.start, token.end)
            for token in sentence.tokens
            if token.start >= event.trigger.end
        ][:1]
        wider = [s for s in wider if not any(s.overlaps(t) for t in taken)]
        return replace(event, trigger=wider[0]) if wider else event
    if kind == "attribute":
        attribute = drawn.choice(scheme.attributes_of(event.type))
        value = drawn.choice(attribute.values[event.type])
        return replace(event, attributes={**event.attributes, attribute.name: value})
    if kind == "source" and scheme.speaker_role(event.type):
        return replace(event, source=drawn.choice([None, sentence.tokens[0]]))
    if kind in ("arguments", "spans"):
        arguments = [a for a in event.arguments if drawn.random() > 0.3]
        arguments = [_argument(a, event, scheme, drawn, kind) for a in arguments]
        return replace(event, arguments=tuple(sorted(arguments, key=lambda a: (a.span, a.role))))
    return event


def _argument(
    argument: Argument, event: Event, scheme: Scheme, drawn: random.Random, change: str
) -> Argument:
    if change == "arguments":
        kind = scheme.kind(event.type, argument.role)
        roles = [r for r in scheme.roles_of(event.type) if scheme.kind(event.type, r) == kind]
        counted = kind in ("Number", "Participant") and drawn.random() < 0.3
        number = drawn.choice([1, 2]) if counted else argument.number
        return replace(argument, role=drawn.choice(roles), number=number)
    kind = scheme.kind(event.type, argument.role)
    attributes = {
        name: drawn.choice(a.values[kind])
        for name, a in scheme.span_attributes.items()
        if kind in a.values
    }
    flags = {name for name, a in scheme.span_attributes.items() if a.is_flag}
    kept = {n: v for n, v in attributes.items() if n not in flags or v == "yes"}
    return replace(argument, attributes=kept)
