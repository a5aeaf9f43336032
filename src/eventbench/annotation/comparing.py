"""Find the differences between two annotations of an article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

from eventbench.annotation.asking import Questions, choices
from eventbench.annotation.differences import BOTH, A, B, ComparedDocument, Difference, Mark
from eventbench.annotation.event_pairs import ask_about_pairs
from eventbench.annotation.other_readings import find_value
from eventbench.annotation.pairing import agreed_groups, overlapping, paired_events
from eventbench.annotation.readings import (
    argument_reading,
    attribute_readings,
    place_of,
)
from eventbench.corpus.model import SOURCE, Document, Event, Link, Value
from eventbench.corpus.scheme import SAME_EVENT, Scheme


def compare_article(a: Document, b: Document, scheme: Scheme) -> ComparedDocument:
    """Compare two annotations of one article.

    Args:
        a: the article as A annotated it.
        b: the same article as B did.
        scheme: what may be annotated.
    """
    a, b, paired = _with_common_ids(a, b, scheme)
    common = {one.id for one, _ in paired}
    questions = Questions(a, b, scheme)
    events = tuple(_ask_events(common, questions))
    pairs = ask_about_pairs(paired, questions)
    joins = tuple(_ask_joins(common, questions))
    links = tuple(_ask_links(common, questions))
    values = tuple(_ask_values(questions))
    return ComparedDocument(a, b, pairs, events, links, joins, values, _in_order(questions, values))


def differences(a: Document, b: Document, scheme: Scheme) -> tuple[Difference[Any], ...]:
    """The differences between two annotations of one article, in reading order."""
    return compare_article(a, b, scheme).all


def _with_common_ids(
    a: Document, b: Document, scheme: Scheme
) -> tuple[Document, Document, list[tuple[Event, Event]]]:
    """Both annotations with ids that are unique in both together, and the events of both.

    An event that both have goes by one id: events of one trigger and type, then those of one
    type whose triggers share text with nothing else.
    """
    ours = [replace(event, id=f"{A}:{event.id}") for event in a.events]
    theirs = [replace(event, id=f"{B}:{event.id}") for event in b.events]
    pairs = paired_events(ours, theirs)
    taken = {event.id for pair in pairs for event in pair}
    rest_a, rest_b = ([e for e in side if e.id not in taken] for side in (ours, theirs))
    for one, other in overlapping(rest_a, rest_b, lambda event: event.trigger):
        if len(one) == len(other) == 1 and one[0].type == other[0].type:
            pairs.append((one[0], other[0]))
    names = {other.id: one.id for one, other in pairs}
    theirs = [replace(event, id=names.get(event.id, event.id)) for event in theirs]
    by_id = {event.id: event for event in theirs}
    pairs = [(one, by_id[one.id]) for one, _ in sorted(pairs, key=lambda pair: pair[0].trigger)]
    places = {event.id: event.trigger for event in [*theirs, *ours]}

    def links(document: Document, side: str) -> tuple[Link, ...]:
        found = {}
        for link in document.links:
            named = (f"{side}:{end}" for end in (link.first, link.second))
            first, second = (names.get(end, end) for end in named)
            if link.type in scheme.symmetric and places[second] < places[first]:
                first, second = second, first
            found[link.type, first, second] = Link(link.type, first, second)
        return tuple(found.values())

    return (
        replace(a, events=tuple(ours), links=links(a, A)),
        replace(b, events=tuple(theirs), links=links(b, B)),
        pairs,
    )


def _in_order(
    questions: Questions, values: Sequence[Difference[Value]]
) -> tuple[Difference[Any], ...]:
    """All differences, sentence by sentence; the values of a sentence come last."""
    starts = {sentence.id: sentence.span.start for sentence in questions.a.sentences}
    last = {difference.id for difference in values}

    def key(difference: Difference[Any]) -> tuple[int, bool, int]:
        start = difference.span.start
        return starts.get(difference.sentence, start), difference.id in last, start

    return tuple(sorted(questions.found, key=key))


# Events that only one has


def _ask_events(common: set[str], questions: Questions) -> Iterator[Difference[tuple[Event, ...]]]:
    sides = (questions.a.events, questions.b.events)
    in_a, in_b = ([e for e in events if e.id not in common] for events in sides)
    for one, other in overlapping(in_a, in_b, lambda event: event.trigger):
        is_type = [e.trigger for e in one] == [e.trigger for e in other]
        yield questions.ask(
            "event",
            (one or other)[0].trigger,
            "type of event" if is_type else "event",
            choices(one, other),
            partial(_events_in_words, questions),
            marks=_marks,
        )


def _events_in_words(questions: Questions, events: Iterable[Event]) -> Iterator[str]:
    """Everything that an annotator has of events."""
    for event in events:
        document = questions.a if event in questions.a.events else questions.b
        yield f"{event.type} {questions.words(event.trigger)}"
        yield from (reading for _, reading in attribute_readings(event, questions.scheme))
        for argument in event.arguments:
            yield argument_reading(document, argument, questions.scheme)
        if event.source:
            yield f"{SOURCE} {questions.words(event.source)}"
        for link in document.links:
            if event.id in (link.first, link.second):
                yield questions.link_words(link)


def _marks(events: Iterable[Event]) -> Iterator[Mark]:
    for event in events:
        yield event.trigger, event.type
        yield from ((argument.span, argument.numbered_role) for argument in event.arguments)
        if event.source:
            yield event.source, SOURCE


# Links between events that both have


def _ask_joins(common: set[str], questions: Questions) -> Iterator[Difference[tuple[Link, ...]]]:
    """Groups of same events that only one annotator has joined, by a link between them."""
    events = questions.events
    for side, groups in enumerate(agreed_groups(questions.a, questions.b, common)):
        for parts in groups:
            parts.sort(key=lambda ids: events[ids[0]].trigger)
            for before, after in pairwise(parts):
                second = after[0]
                where = events[second].trigger
                first = [name for name in before if events[name].trigger <= where][-1]
                link = (Link(SAME_EVENT, first, second),)
                in_a, in_b = ((), link) if side else (link, ())
                yield _ask_link(first, second, (in_a, in_b), SAME_EVENT, questions)


def _ask_links(common: set[str], questions: Questions) -> Iterator[Difference[tuple[Link, ...]]]:
    a, b, events = questions.a.links, questions.b.links, questions.events
    only = ([k for k in a if k not in b], [k for k in b if k not in a])
    by_ends: dict[tuple[str, str], tuple[list[Link], list[Link]]]
    by_ends = defaultdict(lambda: ([], []))
    for side, links in enumerate(only):
        for link in links:
            if link.type != SAME_EVENT and {link.first, link.second} <= common:
                ends = sorted((link.first, link.second), key=lambda end: events[end].trigger)
                by_ends[ends[0], ends[1]][side].append(link)
    for (first, second), found in by_ends.items():
        yield _ask_link(first, second, found, "link", questions)


def _ask_link(
    first: str,
    second: str,
    found: tuple[Sequence[Link], Sequence[Link]],
    key: str,
    questions: Questions,
) -> Difference[tuple[Link, ...]]:
    in_a, in_b = found
    where = questions.events[second].trigger
    options = choices(in_a, in_b)
    if in_a and in_b:
        options[BOTH] = (*in_a, *in_b)
    return questions.ask(
        f"{key}:{where.start}-{where.end}",
        questions.events[first].trigger,
        f"link with {place_of(questions.a, where)}",
        options,
        lambda links: map(questions.link_words, links),
        context=(where,),
        events=[first, second],
    )


# Values


def _ask_values(questions: Questions) -> Iterator[Difference[Value]]:
    theirs = {(value.span, value.kind): value for value in questions.b.values}
    for ours in questions.a.values:
        other = theirs.get((ours.span, ours.kind))
        if other is None or _content(ours) == _content(other):
            continue
        yield questions.ask(
            f"{ours.kind}:value",
            ours.span,
            f"value of {ours.kind}",
            {A: ours, B: other},
            lambda value: (f"{value.value} ({value.precision}, {value.basis})",),
            name=f"{ours.kind} {questions.words(ours.span)} is",
            other="another value",
            parse=partial(find_value, ours),
        )


def _content(value: Value) -> tuple[str, str, str]:
    return value.value, value.precision, value.basis
