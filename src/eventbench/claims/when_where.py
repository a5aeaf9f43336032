"""When and where incidents happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time

from eventbench.claims.facts import Facts, arguments, value_of
from eventbench.claims.grouping import ACTUAL, precise_places
from eventbench.claims.model import Incident, Location, When
from eventbench.corpus.model import Document, Event
from eventbench.corpus.scheme import PLACE, TIME
from eventbench.corpus.values import PRECISIONS, ids, interval


def time_of(events: Sequence[tuple[Document, Event]], facts: Facts, *, course: bool) -> When | None:
    """When events happened: what all have in common or, of a course of events, from first to last.

    What has happened did so by the day of publication, so a longer time is cut there.
    """
    found = []
    for document, event in events:
        values = [
            value_of(document, argument.span, TIME)
            for _, _, argument in arguments([(document, event)], facts.scheme, TIME)
        ]
        when = common(read_time(value, precision) for value, precision, _ in values)
        if when and document.published and event.attributes.get("status") == ACTUAL:
            when = until(when, document.published)
        found.append(when)
    return together(found) if course else common(found)


def read_time(value: str, precision: str) -> When | None:
    """The time that a value says; None if it says none."""
    if interval(value) is None:
        return None
    first, last = (
        datetime.fromisoformat(end) if "T" in end else date.fromisoformat(end)
        for end in value.split("/")
    )
    return When(first, last, precision)


def until(when: When, day: date) -> When:
    """A time without what comes after a day; one that begins later stays as it is."""
    if when.first_day > day or when.last_day <= day:
        return when
    return replace(when, last=when.first if when.first_day == day else day)


def common(times: Iterable[When | None]) -> When | None:
    """What times have in common; if they have no day in common, a vague one spans all of them."""
    found = [when for when in times if when is not None]
    if not found:
        return None
    scale = PRECISIONS[TIME]
    finest = min((when.precision for when in found), key=scale.index)
    vague = any(when.vague for when in found)
    first = max((when.first for when in found), key=_beginning)
    last = min((when.last for when in found), key=_end)
    if _beginning(first)[0] <= _end(last):
        return When(first, last, finest, vague)
    if max(when.first_day for when in found) == min(when.last_day for when in found):
        return When(last, first, finest, vague)  # clock times of one day that differ
    spanned = together(found)
    return None if spanned is None else replace(spanned, precision=scale[-1], vague=True)


def together(times: Iterable[When | None]) -> When | None:
    """From the first to the last of several times, as precise as the least precise of them."""
    found = [when for when in times if when is not None]
    if not found:
        return None
    return When(
        min((when.first for when in found), key=_beginning),
        max((when.last for when in found), key=_end),
        max((when.precision for when in found), key=PRECISIONS[TIME].index),
        any(when.vague for when in found),
    )


def _beginning(end: date) -> tuple[datetime, bool]:
    """The first instant of an end, with whether the text gives it: midnight is a clock time too."""
    if isinstance(end, datetime):
        return end, True
    return datetime.combine(end, time.min), False


def _end(end: date) -> datetime:
    return end if isinstance(end, datetime) else datetime.combine(end, time.max)


def where_of(events: Sequence[tuple[Document, Event]], facts: Facts) -> tuple[Location, ...]:
    """The places of events with their roles, only the most specific ones.

    A wider place says nothing more where a narrower one has the same role and precision; near
    a place and a part of it are other places than the place itself.
    """
    found: dict[tuple[str, str, str], Location] = {}
    for document, _, argument in arguments(events, facts.scheme, PLACE):
        value, precision, _ = value_of(document, argument.span, PLACE)
        for place in ids(value) if value else ():
            key = (argument.role, place, precision)
            found[key] = location(place, argument.role, precision, facts)
    wider = {(f.role, place, f.precision) for f in found.values() for place in f.within}
    return tuple(place for key, place in sorted(found.items()) if key not in wider)


def decided_places(value: str, incident: Incident, facts: Facts) -> tuple[Location, ...]:
    """The places that were decided, in the role that they have in the annotations.

    A place that the annotations do not have takes the role of the others if there is one only.
    """
    roles = {place.id: place.role for place in incident.where}
    only = next(iter(roles.values())) if len({*roles.values()}) == 1 else ""
    return tuple(
        location(place, roles.get(place, only), precision, facts)
        for precision, place in precise_places(value)
    )


def location(place: str, role: str, precision: str, facts: Facts) -> Location:
    """A place of the gazetteer with a role; one that the gazetteer lacks has only its id."""
    entry = facts.places.get(place)
    if entry is None:
        return Location(place, place, role, precision)
    within: list[str] = []
    parent = entry.facts.get("parent")
    while isinstance(parent, str) and parent not in within and parent != place:
        within.append(parent)
        above = facts.places.get(parent)
        parent = above.facts.get("parent") if above else None
    degrees = [entry.facts.get(key) for key in ("latitude", "longitude")]
    numbers = [float(d) for d in degrees if isinstance(d, int | float)]
    point = (numbers[0], numbers[1]) if len(numbers) == 2 else None
    kind = str(entry.facts.get("kind", ""))
    return Location(place, entry.name, role, precision, kind, tuple(within), point)
