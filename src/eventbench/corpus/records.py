"""Events and links as JSON records, the same for gold, predictions and the leaderboard.

A record of an article holds its events and the links between them::

    {"id": "000",
     "events": [{"id": "E1", "type": "Attack", "trigger": {"start": 10, "end": 15},
                 "arguments": [{"role": "Target", "start": 20, "end": 26, "number": 1,
                                "attributes": {}}],
                 "attributes": {"subtype": "shelling", "status": "actual"},
                 "source": null}],
     "links": [{"type": "SameEvent", "first": "E1", "second": "E2"}]}

Offsets count code points of the article, half-open. ``attributes``, ``number``, ``source``,
``note`` and ``links`` may be left out, and an attribute may be null (undecided). A ``text``
beside a span must be what the article has there. Predicted arguments may have a ``value``, in the
form of `eventbench.corpus.values`: when, how many or where they say. Predicted events may have a
``probability`` and ``probabilities`` ({"status": 0.9, "source": 0.7}), from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NoReturn, TypeVar

from eventbench.corpus.model import SOURCE, Argument, Document, Event, Link, Sentence, Span
from eventbench.corpus.scheme import Attribute, Scheme
from eventbench.errors import EventbenchError
from eventbench.io import Json, short
from eventbench.text import mismatch

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ArticleEvents:
    """The events of one article and the links between them.

    Attributes:
        events: the events.
        links: relations between them, by event id.
    """

    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class SentenceEvents:
    """What another tool predicts for a sentence.

    Attributes:
        place: where it was read from ("file:line").
        document: the article.
        sentence: the sentence.
        events: the events whose triggers are in it; their ids say nothing.
    """

    place: str
    document: Document
    sentence: Sentence
    events: tuple[Event, ...]


# Writing


def to_record(found: ArticleEvents, scheme: Scheme, text: str | None = None) -> Json:
    """Write ``events`` and ``links`` of an article as JSON.

    Args:
        found: the events and links.
        scheme: determines the order of the attributes; undecided ones are null.
        text: the article, to add the words of each span; None leaves them out.
    """
    return {
        "events": [_event_record(event, scheme, text) for event in found.events],
        "links": [{"type": k.type, "first": k.first, "second": k.second} for k in found.links],
    }


def _event_record(event: Event, scheme: Scheme, text: str | None) -> Json:
    def place(span: Span) -> Json:
        words = {} if text is None else {"text": span.text_in(text)}
        return {"start": span.start, "end": span.end, **words}

    return {
        "id": event.id,
        "type": event.type,
        "trigger": place(event.trigger),
        "arguments": [
            {
                "role": a.role,
                "number": a.number,
                **place(a.span),
                "attributes": {name: a.attributes.get(name) for name in scheme.span_attributes},
                **({} if a.value is None else {"value": a.value}),
            }
            for a in event.arguments
        ],
        "attributes": {name: event.attributes.get(name) for name in scheme.attributes},
        "source": None if event.source is None else place(event.source),
        "note": event.note,
        **how_sure(event),
    }


def how_sure(event: Event) -> Json:
    """The keys of a record that say how sure a prediction is; none if its system does not say."""
    whole = {} if event.probability is None else {"probability": event.probability}
    parts = {"probabilities": dict(event.probabilities)} if event.probabilities else {}
    return {**whole, **parts}


# Reading


_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "an integer",
    bool: "true or false",
    date: "a date, as 2016-11-10",
}


@dataclass(frozen=True, slots=True)
class Fields:
    """Typed access to the fields of a JSON object; errors name its path ("events[0].trigger")."""

    values: Mapping[str, Any]
    path: str = ""

    def refuse(self, message: str) -> NoReturn:
        raise EventbenchError(": ".join(filter(None, (self.path, message))))

    def get(self, key: str, kind: type[T]) -> T:
        if key not in self.values:
            self.refuse(f"has no {key!r}")
        value = self.values[key]
        if type(value) is not kind:  # not isinstance: true is not an integer
            self.refuse(f"{key} is {short(value)}, expected {_KINDS[kind]}")
        return value

    def choice(self, key: str, allowed: Collection[str]) -> str:
        value = self.get(key, str)
        if value not in allowed:
            expected = " or ".join(allowed) or "none"
            self.refuse(f"{key} is {short(value)}, expected {expected}")
        return value

    def given(self, key: str) -> bool:
        return self.values.get(key) is not None

    def probability(self, key: str) -> float:
        """A number from 0 to 1.

        Raises:
            EventbenchError: if it is anything else.
        """
        value = self.values[key]
        if type(value) not in (int, float) or not 0 <= value <= 1:
            self.refuse(f"{key} is {short(value)}, expected a number from 0 to 1")
        return float(value)

    def span(self, text: str) -> Span:
        start, end = self.get("start", int), self.get("end", int)
        if not 0 <= start < end <= len(text):
            found = f"{short(start)}-{short(end)}"
            self.refuse(f"span {found}, expected 0 <= start < end <= {len(text)}")
        span = Span(start, end)
        if self.given("text") and (words := self.get("text", str)) != span.text_in(text):
            self.refuse("text: " + mismatch(words, span.text_in(text), f"{start}-{end}"))
        return span

    def part(self, key: str) -> Fields:
        return Fields(self.get(key, dict), self._below(key))

    def parts(self, key: str) -> Iterator[Fields]:
        for index, value in enumerate(self.get(key, list)):
            if not isinstance(value, dict):
                self.refuse(f"{key}[{index}] is {short(value)}, expected an object")
            yield Fields(value, self._below(f"{key}[{index}]"))

    def _below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def from_record(record: Mapping[str, Any], text: str, scheme: Scheme) -> ArticleEvents:
    """Read the events and links of an article.

    Raises:
        EventbenchError: saying where in the record, if it is not of the form described
            above; if a span is empty, outside the text or beside words that the article does
            not have there; if a type, role, attribute, value or link is not in the scheme; if
            two events have one id; or if a link joins an unknown event or one event with itself.
    """
    fields = Fields(record)
    events: dict[str, Event] = {}
    for part in fields.parts("events"):
        event = _read_event(part, text, scheme)
        if event.id in events:
            part.refuse(f"id {short(event.id)} is used by another event of this article")
        events[event.id] = event
    links = fields.parts("links") if "links" in record else iter(())
    return ArticleEvents(
        tuple(events.values()), tuple(read_link(part, events, scheme) for part in links)
    )


def _read_event(fields: Fields, text: str, scheme: Scheme) -> Event:
    for name in scheme.attributes:
        if name in fields.values:
            fields.refuse(f"has {name!r}, expected it inside 'attributes'")
    identifier = fields.get("id", str)
    event_type = fields.choice("type", scheme.event_types)
    trigger = fields.part("trigger").span(text)
    arguments = tuple(
        _read_argument(part, event_type, text, scheme) for part in fields.parts("arguments")
    )
    return Event(
        identifier,
        event_type,
        trigger,
        arguments,
        _read_attributes(fields, event_type, scheme.attributes),
        fields.part("source").span(text) if fields.given("source") else None,
        fields.get("note", str) if fields.given("note") else None,
        probability=fields.probability("probability") if fields.given("probability") else None,
        probabilities=_read_probabilities(fields, scheme),
    )


def _read_probabilities(fields: Fields, scheme: Scheme) -> dict[str, float]:
    if not fields.given("probabilities"):
        return {}
    part, known = fields.part("probabilities"), (*scheme.attributes, SOURCE)
    for name in part.values:
        if name not in known:
            part.refuse(f"unknown attribute {short(name)}, expected {' or '.join(known)}")
    return {name: part.probability(name) for name in part.values}


def _read_argument(fields: Fields, event_type: str, text: str, scheme: Scheme) -> Argument:
    role = fields.choice("role", scheme.roles_of(event_type))
    number = fields.get("number", int) if fields.given("number") else 1
    if number < 1:
        fields.refuse(f"number is {short(number)}, expected 1 or more")
    kind = scheme.kind(event_type, role)
    attributes = _read_attributes(fields, kind, scheme.span_attributes)
    value = _read_value(fields, kind) if fields.given("value") else None
    return Argument(role, fields.span(text), attributes, number, value)


def _read_value(fields: Fields, kind: str) -> str:
    from eventbench.corpus.values import VALUED, canonical_value, wrong_value  # they use Fields

    value = fields.get("value", str)
    if kind not in VALUED:
        expected = ", ".join(VALUED)
        fields.refuse(f"has a value, which the kind {kind} cannot have, expected {expected}")
    if wrong := wrong_value(kind, value):
        fields.refuse(wrong)
    return canonical_value(kind, value)


def _read_attributes(fields: Fields, bearer: str, known: Mapping[str, Attribute]) -> dict[str, str]:
    if not fields.given("attributes"):
        return {}
    part = fields.part("attributes")
    for name in part.values:
        if name not in known:
            part.refuse(f"unknown attribute {short(name)}, expected {' or '.join(known) or 'none'}")
    return {
        name: part.choice(name, attribute.values.get(bearer, ()))
        for name, attribute in known.items()
        if part.given(name)
    }


def read_link(fields: Fields, events: Mapping[str, Event], scheme: Scheme) -> Link:
    """Read a link between two of some events.

    Raises:
        EventbenchError: if the scheme has no such link, or none between these events.
    """
    link_type = fields.choice("type", scheme.links)
    first, second = fields.get("first", str), fields.get("second", str)
    for end, allowed in zip((first, second), scheme.links[link_type], strict=True):
        if end not in events:
            fields.refuse(f"joins {short(end)}, which is not among the events")
        if events[end].type not in allowed:
            expected = " or ".join(sorted(allowed))
            found = f"{link_type} joins {short(end)}, a {events[end].type}"
            fields.refuse(f"{found}, expected {expected}")
    if first == second:
        fields.refuse(f"joins {short(first)} with itself")
    return Link(link_type, first, second)


# Order


def names_in_reading_order(events: Iterable[Event], prefix: str = "E") -> dict[str, str]:
    """The new id of each event by its old one, in the order of `in_reading_order`."""
    ordered = sorted(events, key=_place)
    return {event.id: f"{prefix}{number}" for number, event in enumerate(ordered, 1)}


def in_reading_order(found: ArticleEvents, prefix: str = "E") -> ArticleEvents:
    """Sort events by trigger and number them, so that equal annotations become equal records.

    Links are sorted too, and arguments by their spans.
    """
    names = names_in_reading_order(found.events, prefix)
    events = tuple(
        replace(
            event,
            id=names[event.id],
            arguments=tuple(sorted(event.arguments, key=lambda a: (a.span, a.role, a.number))),
        )
        for event in sorted(found.events, key=_place)
    )
    links = (replace(k, first=names[k.first], second=names[k.second]) for k in found.links)
    return ArticleEvents(events, tuple(sorted(links, key=lambda k: (k.type, k.first, k.second))))


def _place(event: Event) -> tuple[Any, ...]:
    """What events are sorted by: the trigger, then everything else."""
    arguments = sorted(
        (a.span, a.role, a.number, sorted(a.attributes.items())) for a in event.arguments
    )
    rest = sorted(event.attributes.items()), str(event.source), event.note or ""
    sure = event.probability or 0.0, sorted(event.probabilities.items())
    return event.trigger, event.type, arguments, *rest, *sure


def document_of(row: Mapping[str, Any]) -> Document:
    """Make a `Document`, without events, of an input row of a task that starts from the text.

    Publisher, day of publication and address are known only if the row has them.
    """
    sentences = tuple(
        Sentence(
            s["id"],
            Span(s["start"], s["end"]),
            tuple(map(Span, s["token_starts"], s["token_ends"])),
        )
        for s in row["sentences"]
    )
    published = row.get("published")
    return Document(
        row["id"],
        row["id"],
        row["text"],
        sentences,
        title=row["title"] or "",
        publisher=row.get("publisher") or "",
        published=date.fromisoformat(published) if published else None,
        address=row.get("address") or "",
    )


def events_of(document: Document) -> ArticleEvents:
    """The annotations of a document."""
    return ArticleEvents(document.events, document.links)


def with_events(document: Document, found: ArticleEvents) -> Document:
    """Copy a document with other events and links."""
    return replace(document, events=found.events, links=found.links)
