"""Times and places that an incident has from what caused it, or from what it is part of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from eventbench.claims.codebooks import Reading
from eventbench.claims.facts import Facts
from eventbench.claims.grouping import WHEN, WHERE, Key, level_of
from eventbench.claims.model import INCIDENT, Incident, When
from eventbench.claims.when_where import common, time_of, together, where_of
from eventbench.corpus.model import Document, Event
from eventbench.corpus.scheme import CAUSES, PART_OF, TIME
from eventbench.corpus.values import PRECISIONS

Origin = tuple[str, Sequence[tuple[Document, Event]]]
"""The mention that a link names, and all events that are the same happening."""


def inherit(
    incident: Incident,
    events: Sequence[tuple[Document, Event]],
    facts: Facts,
    clusters: Mapping[Key, frozenset[Key]],
) -> Incident:
    """Give an incident without a time or place those of its causes, or the time of its whole.

    Only links inside an article count. A part happened at some time while the whole went on,
    so its time is vague.
    """
    if incident.when and incident.where:
        return incident
    causes, wholes = _origins(events, facts.reading, clusters)
    inherited: dict[str, str] = {}
    when, where = incident.when, incident.where
    if when is None:
        when, inherited[WHEN] = _time(causes, incident.level, facts)
    if when is None:
        when, inherited[WHEN] = _time(wholes, incident.level, facts)
        when = when and replace(when, precision=PRECISIONS[TIME][-1], vague=True)
    if not where:
        placed = [(key, same) for key, same in causes if where_of(same, facts)]
        where = where_of([event for _, same in placed for event in same], facts)
        inherited[WHERE] = " ".join(key for key, _ in placed)
    return replace(
        incident,
        when=when,
        where=where,
        inherited={field: keys for field, keys in inherited.items() if keys},
    )


def _origins(
    own: Sequence[tuple[Document, Event]], reading: Reading, clusters: Mapping[Key, frozenset[Key]]
) -> tuple[list[Origin], list[Origin]]:
    """What caused the events of an incident, and what they are part of."""
    keys = {(document.id, event.id) for document, event in own}
    causes: dict[str, Origin] = {}
    wholes: dict[str, Origin] = {}
    for document in {document.id: document for document, _ in own}.values():
        events = {event.id: event for event in document.events}
        for link in document.links:
            first, second = events[link.first], events[link.second]
            if link.type == CAUSES and (document.id, second.id) in keys:
                if not (reading.is_cause(_label(first)) and reading.is_effect(_label(second))):
                    continue
                other, found = first, causes
            elif link.type == PART_OF and (document.id, first.id) in keys:
                other, found = second, wholes
            else:
                continue
            key = f"{document.id}:{other.trigger.start}-{other.trigger.end}"
            same = [events[e] for _, e in sorted(clusters[document.id, other.id])]
            found[key] = (key, [(document, event) for event in same])
    return [*causes.values()], [*wholes.values()]


def _label(event: Event) -> str:
    return f"{event.type}/{event.attributes.get('subtype', '')}"


def _time(origins: Sequence[Origin], level: str, facts: Facts) -> tuple[When | None, str]:
    """The time of causes or wholes, and the mentions that it is from."""
    found = []
    for key, events in origins:
        course = level_of([event for _, event in events]) != INCIDENT
        when = time_of(events, facts, course=course)
        if when is not None:
            found.append((key, when))
    combine = common if level == INCIDENT else together
    return combine(when for _, when in found), " ".join(key for key, _ in found)
