"""The differences in an event that two annotators both have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from eventbench.annotation.asking import WORDS, Place, Questions, choices, place
from eventbench.annotation.differences import NEITHER, A, B, Difference, EventPair, Mark
from eventbench.annotation.other_readings import find_label, find_span
from eventbench.annotation.pairing import overlapping
from eventbench.annotation.readings import argument_reading
from eventbench.corpus.model import SOURCE, Argument, Event, Span
from eventbench.corpus.scheme import NO, NUMBER, PARTICIPANT, REPORTED, Attribute, Scheme


def ask_about_pairs(
    paired: Sequence[tuple[Event, Event]], questions: Questions
) -> tuple[EventPair, ...]:
    """Ask everything in which events that both annotators have differ."""
    pairs = [_ask(one, other, questions) for one, other in paired]
    spans = _ask_span_attributes(paired, questions)
    return tuple(replace(pair, spans=tuple(spans[pair.a.id])) for pair in pairs)


def _ask(one: Event, other: Event, questions: Questions) -> EventPair:
    trigger = None
    if one.trigger != other.trigger:
        sentence = questions.a.sentence_of(one.trigger)
        trigger = questions.ask_trigger(
            one,
            {A: (one,), B: (other,), NEITHER: ()},
            lambda text: (replace(one, trigger=find_span(questions.a, sentence, text)),),
        )
    return EventPair(
        one,
        other,
        trigger,
        fields=tuple(_ask_fields(one, other, questions)),
        arguments=tuple(_ask_arguments(one, other, questions)),
        numbers=_ask_numbers(one, other, questions),
    )


# Attributes and source


def _ask_fields(
    one: Event, other: Event, questions: Questions
) -> Iterator[tuple[tuple[str, ...], Difference[Event]]]:
    """The attributes of an event, and its source, which goes with who asserts it."""
    names = [
        attribute.name
        for attribute in questions.scheme.attributes_of(one.type)
        if one.attributes.get(attribute.name) != other.attributes.get(attribute.name)
    ]
    asked: list[tuple[str, ...]] = [(name,) for name in names]
    if one.source != other.source:
        asked = [fields for fields in asked if fields != (REPORTED,)]
        asked.append((REPORTED, SOURCE) if REPORTED in names else (SOURCE,))
    for fields in asked:
        expected, parse = _other_field(one, fields, questions)
        options = {A: one, B: other}
        if fields == (SOURCE,) and one.source and other.source:
            options[NEITHER] = replace(one, source=None)
        found = questions.ask(
            "+".join(fields),
            one.trigger,
            " and ".join(fields),
            options,
            partial(_fields_in_words, fields, questions),
            name=fields[0],
            marks=partial(_source_mark, fields),
            other=expected,
            parse=parse,
            events=[one.id],
        )
        yield fields, found


def _other_field(
    event: Event, fields: tuple[str, ...], questions: Questions
) -> tuple[str, Callable[[str], Event] | None]:
    """What else a field may be decided to be, and a reader of it."""
    if fields == (SOURCE,):
        return "other words of the article", lambda text: replace(
            event, source=find_span(questions.a, None, text)
        )
    if len(fields) > 1:
        return "", None
    attribute = questions.scheme.attributes[fields[0]]

    def parse(text: str) -> Event:
        value = find_label(attribute, event.type, text)
        return replace(event, attributes={**event.attributes, attribute.name: value})

    expected = _other_value(attribute, event.type)
    return expected, parse if expected else None


def _other_value(attribute: Attribute, bearer: str) -> str:
    """The values of an attribute, in words; empty if there are no more than two."""
    values = attribute.values[bearer]
    return f"another of {', '.join(values)}" if len(values) > 2 else ""


def _fields_in_words(fields: tuple[str, ...], questions: Questions, event: Event) -> Iterator[str]:
    for name in fields:
        if name == SOURCE and event.source:
            words = questions.words(event.source)
            yield f"{SOURCE} {words}" if len(fields) > 1 else words
        elif name in event.attributes:
            yield event.attributes[name]


def _source_mark(fields: tuple[str, ...], event: Event) -> Iterator[Mark]:
    if SOURCE in fields and event.source:
        yield event.source, SOURCE


# Arguments


def _ask_arguments(
    one: Event, other: Event, questions: Questions
) -> Iterator[Difference[tuple[Argument, ...]]]:
    """Arguments that only one has; those that share text exclude each other."""
    in_both = {place(a) for a in one.arguments} & {place(a) for a in other.arguments}
    rest = [[a for a in e.arguments if place(a) not in in_both] for e in (one, other)]
    for in_a, in_b in overlapping(rest[0], rest[1], lambda argument: argument.span):
        every = (*in_a, *in_b)
        start, end = min(a.span.start for a in every), max(a.span.end for a in every)
        roles = list(dict.fromkeys(argument.role for argument in every))
        single = every[0] if len(in_a) < 2 and len(in_b) < 2 else None
        yield questions.ask(
            f"{'+'.join(roles)}:{start}-{end}",
            one.trigger,
            " or ".join(roles),
            choices(in_a, in_b),
            lambda found: (argument_reading(questions.a, a, questions.scheme) for a in found),
            marks=lambda found: ((a.span, a.numbered_role) for a in found),
            other=WORDS if single else "",
            parse=partial(_other_argument, one, single, questions) if single else None,
            events=[one.id],
        )


def _other_argument(
    event: Event, argument: Argument, questions: Questions, text: str
) -> tuple[Argument, ...]:
    sentence = questions.a.sentence_of(event.trigger)
    return (replace(argument, span=find_span(questions.a, sentence, text)),)


@dataclass(frozen=True)
class _Bearer:
    """An argument that both annotators have, with different values of an attribute."""

    event: Event
    a: Argument
    b: Argument


def _ask_span_attributes(
    paired: Sequence[tuple[Event, Event]], questions: Questions
) -> defaultdict[str, list[tuple[str, Place, Difference[Argument]]]]:
    """The attributes of arguments that both have, by event.

    Words that are an argument of several events are asked about once, if both annotators give
    the same values in all of them.
    """
    asked: defaultdict[tuple[Span, str, str, str, str], list[_Bearer]] = defaultdict(list)
    for one, other in paired:
        theirs = {place(a): a for a in other.arguments}
        for a, b in ((a, theirs[place(a)]) for a in one.arguments if place(a) in theirs):
            kind = questions.scheme.kind(one.type, a.role)
            for name, attribute in questions.scheme.span_attributes.items():
                absent = NO if attribute.is_flag else ""
                values = tuple(x.attributes.get(name, absent) for x in (a, b))
                if kind in attribute.values and values[0] != values[1]:
                    asked[a.span, kind, name, values[0], values[1]].append(_Bearer(one, a, b))
    found = defaultdict(list)
    for (span, kind, name, *_), bearers in asked.items():
        difference = _ask_span_attribute(span, kind, name, bearers, questions)
        for bearer in bearers:
            found[bearer.event.id].append((name, place(bearer.a), difference))
    return found


def _ask_span_attribute(
    span: Span, kind: str, name: str, bearers: Sequence[_Bearer], questions: Questions
) -> Difference[Argument]:
    attribute, first = questions.scheme.span_attributes[name], bearers[0]
    absent = (NO,) if attribute.is_flag else ()
    roles = " and ".join(dict.fromkeys(bearer.a.role for bearer in bearers))

    def read(argument: Argument) -> tuple[str, ...]:
        return (argument.attributes[name],) if name in argument.attributes else absent

    def parse(text: str) -> Argument:
        value = find_label(attribute, kind, text)
        return replace(first.a, attributes={**first.a.attributes, name: value})

    expected = _other_value(attribute, kind)
    return questions.ask(
        f"{name}:{kind}",
        span,
        f"{name} of {roles}",
        {A: first.a, B: first.b},
        read,
        name=f"{roles} {questions.words(span)}: {name}",
        other=expected,
        parse=parse if expected else None,
        events=[first.event.id] if len(bearers) == 1 else [],
    )


def _ask_numbers(one: Event, other: Event, questions: Questions) -> Difference[Event] | None:
    """Which count counts whom, if the annotators differ on what both have."""
    common = {place(a) for a in one.arguments} & {place(a) for a in other.arguments}

    def pairs(event: Event) -> list[tuple[Place, Place]]:
        found = counted(event, questions.scheme)
        return sorted((p for p in found if common.issuperset(p)), key=lambda p: (p[0][1], p[1][1]))

    def read(event: Event) -> Iterator[str]:
        for pair in pairs(event):
            yield " counts ".join(f"{role} {questions.words(span)}" for role, span in pair)

    if pairs(one) == pairs(other):
        return None
    about, options = "which number counts whom", {A: one, B: other}
    return questions.ask("counts", one.trigger, about, options, read, events=[one.id])


def counted(event: Event, scheme: Scheme) -> set[tuple[Place, Place]]:
    """Each count of an event with each of those that it counts, by their numbers."""
    kinds = [(a, scheme.kind(event.type, a.role)) for a in event.arguments]
    return {
        (place(count), place(whom))
        for count, kind in kinds
        for whom, other in kinds
        if kind == NUMBER and other == PARTICIPANT and count.number == whom.number
    }
