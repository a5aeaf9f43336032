"""Noise: arguments and attributes as a system would predict them, made from the gold."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eventbench import Argument, Document, Event

GOLD, NOISY, BARE = "gold", "noisy", "bare"
"""Versions of an article: as it is, with errors, or with types and triggers only."""

# About the errors that the encoder makes on articles it has not seen.
MISSED = 0.3
"""Share of arguments and sources that are missing."""

CONFUSED = 0.1
"""Share of arguments with another role."""

UNDESCRIBED = 0.25
"""Share of arguments without attributes."""

BORROWED = 0.35
"""Share of events with an argument of a neighbour."""

CHANGED = (0.1, 0.5)
"""Share of attributes that get the value of another event of the type: of values that all
events of the type have, and of the rarest values, which are harder to predict."""

NEIGHBOURHOOD = 150
"""Characters between the triggers of neighbours."""


@dataclass
class Noise:
    """Draws wrong roles and values as often as training articles have the right ones.

    Attributes:
        roles: the roles of each event type, each as often as it occurs.
        values: the values of each attribute and event type, each as often as it occurs.
    """

    roles: dict[str, list[str]]
    values: dict[tuple[str, str], list[str]]

    @classmethod
    def of(cls, documents: Sequence[Document]) -> Noise:
        """Collect the roles and values of some articles."""
        found = cls({}, {})
        for event in (event for document in documents for event in document.events):
            found.roles.setdefault(event.type, []).extend(a.role for a in event.arguments)
            for name, value in event.attributes.items():
                found.values.setdefault((name, event.type), []).append(value)
        return found

    def version(self, name: str, document: Document, rng: random.Random) -> Document:
        """Make the version of an article with a given name."""
        if name == BARE:
            events = tuple(Event(event.id, event.type, event.trigger) for event in document.events)
            return replace(document, events=events)
        return self.added_to(document, rng) if name == NOISY else document

    def added_to(self, document: Document, rng: random.Random) -> Document:
        """Copy an article with errors in arguments, attributes and sources."""
        events = tuple(self._event(event, document.events, rng) for event in document.events)
        return replace(document, events=events)

    def _event(self, event: Event, others: Sequence[Event], rng: random.Random) -> Event:
        arguments = [
            self._argument(event.type, argument, rng)
            for argument in event.arguments
            if rng.random() >= MISSED
        ]
        near = [
            argument
            for other in others
            if other is not event and abs(other.trigger.start - event.trigger.start) < NEIGHBOURHOOD
            for argument in other.arguments
            if argument.role in self.roles[event.type]
        ]
        if near and rng.random() < BORROWED:
            arguments.append(rng.choice(near))
        attributes = {
            name: self._value(self.values[name, event.type], value, rng)
            for name, value in event.attributes.items()
        }
        source = None if rng.random() < MISSED else event.source
        return replace(event, arguments=tuple(arguments), attributes=attributes, source=source)

    def _argument(self, event_type: str, argument: Argument, rng: random.Random) -> Argument:
        role = rng.choice(self.roles[event_type]) if rng.random() < CONFUSED else argument.role
        attributes = {} if rng.random() < UNDESCRIBED else argument.attributes
        return replace(argument, role=role, attributes=attributes)

    @staticmethod
    def _value(drawn: Sequence[str], value: str, rng: random.Random) -> str:
        share = drawn.count(value) / len(drawn)
        changed = rng.random() < CHANGED[1] + share * (CHANGED[0] - CHANGED[1])
        return rng.choice(drawn) if changed else value
