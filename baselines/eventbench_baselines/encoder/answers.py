"""Answers to rows of the tasks about given events, from events that were read."""

from __future__ import annotations

from eventbench import Event, Scheme
from eventbench_baselines.rows import OUTSIDE, Row, span_tags

REPORTED, AUTHOR, ATTRIBUTED = "reported", "author", "attributed"


def argument_tags(row: Row, event: Event, scheme: Scheme) -> list[str]:
    """The IOB2 tags of an event's arguments."""
    starts = {start: k for k, start in enumerate(row["token_starts"])}
    ends = {end: k for k, end in enumerate(row["token_ends"], 1)}
    tags = [OUTSIDE] * len(row["tokens"])
    for argument in event.arguments:
        first, last = starts[argument.span.start], ends[argument.span.end]
        tags[first:last] = span_tags(argument.role, last - first)
    return tags


def attribute_labels(row: Row, event: Event, scheme: Scheme) -> dict[str, str | None]:
    """The label of each attribute; None if the event does not have it."""
    return {
        name: attribute.label(event.type, event.attributes[name])
        if name in event.attributes
        else None
        for name, attribute in scheme.attributes.items()
    }


def attribution(row: Row, event: Event, scheme: Scheme) -> Row:
    """Who says so; an event with a source is attributed."""
    if event.source is None:
        return {REPORTED: event.attributes.get(REPORTED, AUTHOR), "source": None}
    source = {"start": event.source.start, "end": event.source.end}
    return {REPORTED: ATTRIBUTED, "source": source}


ANSWERS = {
    "arguments": argument_tags,
    "attributes": attribute_labels,
    "attribution": attribution,
}
"""How each of these tasks is answered."""
