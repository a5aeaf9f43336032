"""Checks of attributes and links."""

from __future__ import annotations

from collections.abc import Iterator

from eventbench.annotation.checks.base import AnnotationSet, Checks, Finding, name, quote
from eventbench.corpus.model import Document
from eventbench.corpus.scheme import AUTHOR, CONTRADICTS, PART_OF, REPORTED, SAME_EVENT, YES

CHECKS = Checks()

CONTESTED = "contested"
"""The name of an attribute that some checks are about; a scheme may lack it."""

NO_DENIAL_TRIGGER = "denial has no trigger"
"""How the note begins on a contested claim whose denial names no event."""


@CHECKS.of_document("missing-attribute", "An event lacks an attribute that its type has.")
def _missing_attribute(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    for event in document.events:
        for attribute in annotated.scheme.attributes_of(event.type):
            if attribute.name not in event.attributes:
                yield event.line, f"{name(document, event)} has no {attribute.written[event.type]}"


@CHECKS.of_document("missing-span-attribute", "An argument lacks an attribute that its kind has.")
def _missing_span_attribute(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    # A flag that is absent says no.
    needed = [a for a in annotated.scheme.span_attributes.values() if not a.is_flag]
    for event in document.events:
        for argument in event.arguments:
            kind = annotated.scheme.kind(event.type, argument.role)
            for attribute in needed:
                if kind in attribute.values and attribute.name not in argument.attributes:
                    quoted = quote(document, argument.span)
                    yield event.line, f"{argument.role} {quoted} has no {attribute.written[kind]}"


@CHECKS.of_document("author-with-source", "An event that only the author asserts has a source.")
def _author_with_source(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    for event in document.events:
        if event.attributes.get(REPORTED) == AUTHOR and event.source is not None:
            yield event.line, f"source {quote(document, event.source)} of an event by the author"


@CHECKS.of_document("same-event-types", "SameEvent joins events of different types.")
def _same_event_types(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    yield from _joins_types(document, SAME_EVENT)


@CHECKS.of_document("part-of-types", "PartOf joins events of different types.")
def _part_of_types(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    yield from _joins_types(document, PART_OF)


def _joins_types(document: Document, link_type: str) -> Iterator[Finding]:
    """The links of a type that join events of different types."""
    events = {event.id: event for event in document.events}
    for link in document.links:
        first, second = events[link.first], events[link.second]
        if link.type == link_type and first.type != second.type:
            names = f"{name(document, first)} ({first.type})"
            yield link.line, f"joins {names} and {name(document, second)} ({second.type})"


@CHECKS.of_document(
    "part-of-circle", "An event is a part of itself or of a same-event mention, by PartOf links."
)
def _part_of_circle(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    groups = {event: min(group) for event, group in _same_event_groups(document).items()}
    wholes: dict[str, set[str]] = {}
    for link in document.links:
        if link.type == PART_OF:
            wholes.setdefault(groups[link.first], set()).add(groups[link.second])
    for link in document.links:
        if link.type != PART_OF:
            continue
        reached, waiting = set(), {groups[link.second]}
        while waiting:
            reached |= waiting
            waiting = {w for group in waiting for w in wholes.get(group, ())} - reached
        if groups[link.first] in reached:
            yield link.line, f"{link.first} is a part of itself by way of {link.second}"


def _same_event_groups(document: Document) -> dict[str, set[str]]:
    """For each event id, the ids that SameEvent links join it with, itself among them."""
    groups = {event.id: {event.id} for event in document.events}
    for link in document.links:
        if link.type == SAME_EVENT:
            joined = groups[link.first] | groups[link.second]
            for member in joined:
                groups[member] = joined
    return groups


@CHECKS.of_document(
    "contested-alone",
    "A contested event, with its same-event mentions, has neither a Contradicts link nor a note "
    f"that begins {NO_DENIAL_TRIGGER!r}.",
)
def _contested_alone(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    if CONTRADICTS not in annotated.scheme.links:
        return
    groups = _same_event_groups(document)
    explained = {e for k in document.links if k.type == CONTRADICTS for e in (k.first, k.second)}
    for event in document.events:
        notes = (event.note or "").split("\n")
        if any(note.startswith(NO_DENIAL_TRIGGER) for note in notes):
            explained.add(event.id)
    for event in document.events:
        if event.attributes.get(CONTESTED) == YES and not groups[event.id] & explained:
            yield event.line, f"{name(document, event)} is contested by nothing"


@CHECKS.of_document(
    "contradicts-uncontested", "A Contradicts link joins an event that is not contested."
)
def _contradicts_uncontested(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    contested = annotated.scheme.attributes.get(CONTESTED)
    events = {event.id: event for event in document.events}
    for link in document.links:
        if link.type != CONTRADICTS or contested is None:
            continue
        for event in (events[link.first], events[link.second]):
            if event.type in contested.values and event.attributes.get(CONTESTED) != YES:
                yield link.line, f"{name(document, event)} is not marked contested"
