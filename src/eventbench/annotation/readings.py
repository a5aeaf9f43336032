"""What annotators have, in words, as ``adjudication.tsv`` has it."""

from __future__ import annotations

from collections.abc import Iterator

from eventbench.corpus.model import Argument, Document, Event, Span
from eventbench.corpus.scheme import NO, Scheme

NOTHING = "-"
"""Stands for what a set does not have."""


def place_of(document: Document, trigger: Span) -> str:
    """The words of a trigger, with its sentence and offsets."""
    sentence = document.sentence_of(trigger)
    where = sentence.id if sentence else document.id
    return f"{trigger.text_in(document.text)} ({where}, {trigger.start}-{trigger.end})"


def attribute_readings(event: Event, scheme: Scheme) -> Iterator[tuple[str, str]]:
    """The attributes of an event and what they say; flags that are absent say nothing."""
    for attribute in scheme.attributes_of(event.type):
        value = event.attributes.get(attribute.name)
        if value is not None and not (attribute.is_flag and value == NO):
            yield attribute.name, f"{attribute.name} {value}"


def argument_reading(document: Document, a: Argument, scheme: Scheme) -> str:
    """An argument in words, with the attributes of its span."""
    return f"{a.numbered_role} {a.span.text_in(document.text)}{_about(a, scheme)}"


def _about(a: Argument, scheme: Scheme) -> str:
    given = [
        f"{name} {a.attributes[name]}" for name in scheme.span_attributes if name in a.attributes
    ]
    return f" ({', '.join(given)})" if given else ""
