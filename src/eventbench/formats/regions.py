"""Events as labelled regions with relations between them, as today's annotation tools keep them.

A trigger is a region whose label is the type of its event, a role filler one whose label is its
kind. A relation from a trigger to a filler is a role, perhaps with its number ("Victim2"), and
one between triggers a link. Attributes have their names in ``annotation.conf``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eventbench.corpus.model import Argument, Document, Event, Link, Span, split_role
from eventbench.corpus.scheme import NO, SPEAKER, YES, Attribute, Scheme
from eventbench.errors import EventbenchError, located
from eventbench.io import short


@dataclass
class Region:
    """A labelled stretch of an article: the trigger of an event, or a role filler.

    Attributes:
        id: names it in relations.
        name: how messages call it.
        label: an event type or a kind of role filler.
        span: its position.
        attributes: pairs of an attribute's name in ``annotation.conf`` and a value; the value of a
            flag is "yes".
        notes: annotators' remarks.
        probability: of a predicted event, how probable it is.
    """

    id: str
    name: str
    label: str
    span: Span
    attributes: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    probability: float | None = None


@dataclass(frozen=True)
class Relation:
    """A role or a link.

    Attributes:
        name: how messages call it.
        label: a role, perhaps with a number, or a link.
        first: id of the region that it starts at.
        second: id of the region that it leads to.
    """

    name: str
    label: str
    first: str
    second: str


# Writing


def regions_of(document: Document, scheme: Scheme) -> tuple[list[Region], list[Relation]]:
    """The annotations of an article as regions and relations.

    Role fillers with the same kind, span and attributes are one region. A flag that is absent
    has no attribute.
    """
    regions: list[Region] = []
    relations: list[Relation] = []
    fillers: dict[tuple[str, Span, tuple[tuple[str, str], ...]], str] = {}

    def filler(kind: str, span: Span, values: Mapping[str, str]) -> str:
        written = _written(kind, scheme.span_attributes, values)
        key = kind, span, tuple(written)
        if key not in fillers:
            fillers[key] = f"T{len(fillers) + 1}"
            regions.append(Region(fillers[key], "", kind, span, written))
        return fillers[key]

    ids: dict[str, str] = {}
    for number, event in enumerate(sorted(document.events, key=lambda e: (e.trigger, e.type)), 1):
        ids[event.id] = trigger = f"E{number}"
        values = _written(event.type, scheme.attributes, event.attributes)
        notes = [] if event.note is None else event.note.split("\n")
        regions.append(
            Region(trigger, "", event.type, event.trigger, values, notes, event.probability)
        )
        for found in event.arguments:
            kind = scheme.kind(event.type, found.role)
            target = filler(kind, found.span, found.attributes)
            relations.append(Relation("", found.numbered_role, trigger, target))
        role = scheme.speaker_role(event.type)
        if event.source is not None and role is not None:
            relations.append(Relation("", role, trigger, filler(SPEAKER, event.source, {})))
    relations += [Relation("", k.type, ids[k.first], ids[k.second]) for k in document.links]
    return regions, relations


def _written(
    bearer: str, known: Mapping[str, Attribute], values: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The attributes that an event or span has, by their names in ``annotation.conf``."""
    return [
        (attribute.written[bearer], values[name])
        for name, attribute in known.items()
        if bearer in attribute.values
        and name in values
        and not (attribute.is_flag and values[name] == NO)
    ]


# Reading


def events_of(
    regions: Sequence[Region], relations: Iterable[Relation], text: str, scheme: Scheme
) -> tuple[tuple[Event, ...], tuple[Link, ...]]:
    """The events and links that regions and relations say.

    A role may be drawn from the filler to the trigger too.

    Returns:
        The events in reading order, and the links in the order of the relations.

    Raises:
        EventbenchError: naming the region or relation, what was found and what was expected, if
            something is not of the scheme; if two regions have one id; if a relation leads to a
            missing region; if a region crosses a line; or if no event uses a role filler.
    """
    return _Reader(text, scheme, regions).read(relations)


class _Reader:
    """Puts regions and relations together."""

    def __init__(self, text: str, scheme: Scheme, regions: Sequence[Region]) -> None:
        self._text, self._scheme = text, scheme
        self._regions: dict[str, Region] = {}
        self._attributes: dict[str, dict[str, str]] = {}
        for region in regions:
            with located(region.name):
                self._add(region)
        self._arguments: dict[str, list[Argument]] = {i: [] for i in self._regions}
        self._sources: dict[str, Span] = {}
        self._users: dict[str, list[str]] = {}

    def _add(self, region: Region) -> None:
        if region.id in self._regions:
            raise EventbenchError(f"a second region has the id {short(region.id)}")
        words = region.span.text_in(self._text)
        if "\n" in words:
            raise EventbenchError(f"crosses a line: {short(words)}")
        scheme = self._scheme
        if region.label not in scheme.roles and region.label not in scheme.entities:
            raise _unexpected("label", region.label, (*scheme.event_types, *scheme.entities))
        of_events = region.label in scheme.roles
        known = scheme.attributes if of_events else scheme.span_attributes
        values = {a.name: NO for a in known.values() if of_events and self._is_flag_of(a, region)}
        given: set[str] = set()
        for written, value in region.attributes:
            attribute = _attribute(known, region.label, written)
            if value not in attribute.values[region.label] or (attribute.is_flag and value != YES):
                allowed = (YES,) if attribute.is_flag else attribute.values[region.label]
                raise _unexpected(written, value, allowed)
            if written in given:
                raise EventbenchError(f"has {written} twice")
            given.add(written)
            values[attribute.name] = value
        self._regions[region.id], self._attributes[region.id] = region, values

    @staticmethod
    def _is_flag_of(attribute: Attribute, region: Region) -> bool:
        return attribute.is_flag and region.label in attribute.values

    def read(self, relations: Iterable[Relation]) -> tuple[tuple[Event, ...], tuple[Link, ...]]:
        links: list[tuple[str, str, str]] = []
        for relation in relations:
            with located(relation.name):
                ends = [self._end(relation, end) for end in (relation.first, relation.second)]
                if self._is_event(ends[0]) and self._is_event(ends[1]):
                    links.append(self._link(relation, *ends))
                elif self._is_event(ends[1]):
                    self._role(relation.label, ends[1], ends[0])
                else:
                    self._role(relation.label, ends[0], ends[1])
        events = self._events()
        ids = {region: event.id for region, event in events.items()}
        return (
            tuple(events.values()),
            tuple(Link(name, ids[first], ids[second]) for name, first, second in links),
        )

    def _is_event(self, region: Region) -> bool:
        return region.label in self._scheme.roles

    def _end(self, relation: Relation, identifier: str) -> Region:
        if identifier not in self._regions:
            raise EventbenchError(f"leads to {short(identifier)}, which is not a region")
        return self._regions[identifier]

    def _link(self, relation: Relation, first: Region, second: Region) -> tuple[str, str, str]:
        links = self._scheme.links
        if relation.label not in links:
            raise _unexpected("a relation between events", relation.label, links)
        if first is second:
            raise EventbenchError(f"joins {first.name} with itself")
        for end, allowed in zip((first, second), links[relation.label], strict=True):
            if end.label not in allowed:
                raise _unexpected(f"{relation.label} at {end.name}", end.label, sorted(allowed))
        return relation.label, first.id, second.id

    def _role(self, label: str, event: Region, target: Region) -> None:
        if not self._is_event(event):
            raise EventbenchError(
                f"joins a {event.label} and a {target.label}, expected an event at one end"
            )
        roles = self._scheme.roles[event.label]
        role, number = split_role(label)
        if role not in roles or number is None:
            raise _unexpected(f"a role of {event.label}", label, roles)
        if target.label != roles[role]:
            raise _unexpected(f"{label} {target.name}", target.label, (roles[role],))
        self._users.setdefault(target.id, []).append(event.id)
        if roles[role] == SPEAKER:
            if event.id in self._sources:
                raise EventbenchError(f"{event.name} has a second {role}, expected one")
            self._sources[event.id] = target.span
            return
        values = self._attributes[target.id]
        self._arguments[event.id].append(Argument(role, target.span, values, number))

    def _events(self) -> dict[str, Event]:
        """The events by the ids of their regions, in reading order."""
        triggers = [region for region in self._regions.values() if self._is_event(region)]
        triggers.sort(key=lambda region: (region.span, region.label))
        notes = self._notes([region.id for region in triggers])
        return {
            region.id: Event(
                f"E{number}",
                region.label,
                region.span,
                tuple(sorted(self._arguments[region.id], key=lambda a: (a.span, a.role, a.number))),
                self._attributes[region.id],
                self._sources.get(region.id),
                "\n".join(notes[region.id]) or None,
            )
            for number, region in enumerate(triggers, 1)
        }

    def _notes(self, events: Sequence[str]) -> dict[str, list[str]]:
        """The lines of the notes of events. A role filler's go to the first event that uses it."""
        notes = {event: _lines(self._regions[event].notes) for event in events}
        for region in self._regions.values():
            if self._is_event(region):
                continue
            if region.id not in self._users:
                raise EventbenchError(f"{region.name}: no event uses this {region.label}")
            first = min(self._users[region.id], key=events.index)
            words = region.span.text_in(self._text)
            notes[first] += [f"{words}: {line}" for line in _lines(region.notes)]
        return notes


def _attribute(known: Mapping[str, Attribute], label: str, written: str) -> Attribute:
    """The attribute of a label that is called so in ``annotation.conf``."""
    borne = {a.written[label]: a for a in known.values() if label in a.values}
    if written not in borne:
        raise _unexpected(f"an attribute of {label}", written, borne)
    return borne[written]


def _lines(notes: Iterable[str]) -> list[str]:
    """The lines of notes that have words."""
    lines = (line.rstrip("\r") for note in notes for line in note.split("\n"))
    return [line for line in lines if line.strip()]


def _unexpected(what: str, found: str, expected: Iterable[str]) -> EventbenchError:
    return EventbenchError(f"{what} is {short(found)}, expected {' or '.join(expected) or 'none'}")
