"""The annotation scheme, read from a corpus's ``annotations/annotation.conf``.

The file is brat's own configuration (https://brat.nlplab.org/configuration.html), so that
annotators and code use the same scheme. No other code names a type, role or value.

If the name of an attribute begins with the only event type that has it ("AttackSubtype" of
Attack), it becomes part of an attribute that several types share under the rest of the name
("subtype").
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from eventbench.errors import EventbenchError
from eventbench.io import read_text

ACTOR, PARTICIPANT, SPEAKER, TIME = "Actor", "Participant", "Speaker", "Time"
PLACE = "Place"
NUMBER, REPETITIONS = "Number", "Repetitions"
"""Kinds of role filler that some checks refer to; a scheme may lack any of them."""

SAME_EVENT, CONTRADICTS, PART_OF = "SameEvent", "Contradicts", "PartOf"
CAUSES = "Causes"
"""Links that some checks and measures refer to; a scheme may lack them."""

REPORTED, AUTHOR, ATTRIBUTED = "reported", "author", "attributed"
"""The attribute that says who tells of an event, and its values; a scheme may lack it."""

NO, YES = "no", "yes"
"""The values of a flag, an attribute without values in annotation.conf."""

_SECTIONS = ("entities", "relations", "events", "attributes")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_VALUE = re.compile(r"[^\s|:,]+")


@dataclass(frozen=True)
class Attribute:
    """An attribute of events or spans, such as the status of an event.

    Attributes:
        name: lower case, as in records and columns ("subtype", "status").
        values: the allowed values by event type (or kind of span), in the order of the file.
        written: the name in annotation.conf by event type ("AttackSubtype", "Status").
        is_flag: it has no values in annotation.conf: it is present (yes) or absent (no).
        by_type: it combines attributes of single event types, so that the same value
            may mean different things for two types.
    """

    name: str
    values: Mapping[str, tuple[str, ...]]
    written: Mapping[str, str]
    is_flag: bool = False
    by_type: bool = False

    @property
    def title(self) -> str:
        """The display name ("Subtype")."""
        return self.name.replace("_", " ").capitalize()

    def label(self, bearer: str, value: str) -> str:
        """The label of a value in a column shared by all types ("Attack/shelling")."""
        return f"{bearer}/{value}" if self.by_type else value

    def labels(self) -> list[str]:
        """All labels, each once, in the order of the file."""
        return list(self._labels)

    @cached_property
    def _labels(self) -> tuple[str, ...]:
        found = (self.label(bearer, v) for bearer, values in self.values.items() for v in values)
        return tuple(dict.fromkeys(found))

    def value_of(self, bearer: str, label: str) -> str | None:
        """The value of a label; None if the type cannot have it."""
        return next(
            (v for v in self.values.get(bearer, ()) if self.label(bearer, v) == label), None
        )


@dataclass(frozen=True)
class Scheme:
    """Event types with their roles, attributes with their values, and links.

    Attributes:
        entities: kinds of role filler, in the order of the file.
        roles: for each event type, its role names and the kind that fills each.
        attributes: attributes of events, by name.
        span_attributes: attributes of role fillers, by name.
        links: for each link type, the event types allowed at either end.
        symmetric: the link types that mean the same read from either end.
    """

    entities: tuple[str, ...]
    roles: Mapping[str, Mapping[str, str]]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    span_attributes: Mapping[str, Attribute] = field(default_factory=dict)
    links: Mapping[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)
    symmetric: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return (
            f"Scheme({len(self.roles)} event types, {len(self.argument_roles())} roles, "
            f"{len(self.attributes)} attributes, {len(self.links)} links)"
        )

    def to_json(self) -> str:
        """Return the scheme as JSON, which `from_json` reads."""
        return json.dumps(asdict(self), default=sorted)

    @classmethod
    def from_json(cls, content: str) -> Scheme:
        """Read the output of `to_json`.

        Raises:
            EventbenchError: if it is not a scheme.
        """
        import msgspec

        try:
            return msgspec.json.decode(content, type=cls)
        except msgspec.DecodeError as error:
            raise EventbenchError(f"not a scheme: {error}") from None

    @property
    def event_types(self) -> tuple[str, ...]:
        """The event types, in the order of the file."""
        return tuple(self.roles)

    def attributes_of(self, event_type: str) -> list[Attribute]:
        """The attributes that an event of a type has."""
        return [a for a in self.attributes.values() if event_type in a.values]

    def kind(self, event_type: str, role: str) -> str:
        """The kind of span that fills a role ("Actor", "Place")."""
        return self.roles[event_type][role]

    def roles_of(self, event_type: str) -> tuple[str, ...]:
        """The roles of a type, without the role of the quoted speaker."""
        return tuple(role for role, kind in self.roles[event_type].items() if kind != SPEAKER)

    def speaker_role(self, event_type: str) -> str | None:
        """The role of the quoted speaker; None if the type has none."""
        return next((r for r, kind in self.roles[event_type].items() if kind == SPEAKER), None)

    def argument_roles(self) -> tuple[str, ...]:
        """All roles except the speaker's, each once, in the order of the file."""
        return tuple(dict.fromkeys(role for name in self.roles for role in self.roles_of(name)))


def read_scheme(path: Path) -> Scheme:
    """Read a brat ``annotation.conf``.

    Raises:
        EventbenchError: naming file and line, if a line does not have the form that brat
            documents, or names something that the file does not declare.
    """
    return _Reader(path).scheme()


@dataclass(frozen=True)
class _Line:
    """A line of a section: its number, its name and its ``KEY:VALUE`` fields."""

    number: int
    name: str
    fields: dict[str, str]


class _Reader:
    """Reads an ``annotation.conf`` section by section."""

    def __init__(self, path: Path) -> None:
        self._path = path
        sections = self._sections(read_text(path))
        self._lines = {name: [self._line(*found) for found in sections[name]] for name in sections}
        self._entities = self._names("entities")
        self._events = self._names("events")
        if not self._events:
            raise EventbenchError(f"{path}: section [events] names no event type")

    def _refuse(self, number: int, message: str) -> EventbenchError:
        return EventbenchError(f"{self._path}:{number}: {message}")

    def _sections(self, text: str) -> dict[str, list[tuple[int, str]]]:
        sections: dict[str, list[tuple[int, str]]] = {name: [] for name in _SECTIONS}
        current: list[tuple[int, str]] | None = None
        for number, line in enumerate(text.splitlines(), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            if line.startswith("[") and line.endswith("]"):
                if line[1:-1] not in sections:
                    expected = ", ".join(f"[{name}]" for name in _SECTIONS)
                    raise self._refuse(number, f"unknown section {line}, expected {expected}")
                current = sections[line[1:-1]]
            elif current is None:
                raise self._refuse(number, f"expected a [section] first, found {line!r}")
            else:
                current.append((number, line))
        return sections

    def _line(self, number: int, line: str) -> _Line:
        name, _, rest = line.partition("\t")
        fields: dict[str, str] = {}
        for part in filter(None, (p.strip() for p in rest.split(","))):
            key, colon, value = part.partition(":")
            if not colon or not key or not value:
                raise self._refuse(number, f"expected NAME:VALUE, found {part!r}")
            if key in fields:
                raise self._refuse(number, f"{key} occurs twice")
            fields[key] = value
        if not name.startswith("<") and not _NAME.fullmatch(name):
            raise self._refuse(
                number, f"found the name {name!r}, expected letters and digits, then a tab"
            )
        return _Line(number, name, fields)

    def _names(self, section: str) -> tuple[str, ...]:
        seen: dict[str, int] = {}
        for line in self._lines[section]:
            if line.name in seen:
                found = f"{line.name} is already declared on line {seen[line.name]}"
                raise self._refuse(line.number, found)
            seen[line.name] = line.number
        return tuple(seen)

    def _types(self, line: _Line, key: str, among: Iterable[str]) -> tuple[str, ...]:
        """The types that a field names ("Attack|Casualty", "<EVENT>"), which must be declared."""
        if key not in line.fields:
            raise self._refuse(line.number, f"{line.name} has no {key}:TYPE")
        macros = {"<EVENT>": self._events, "<ENTITY>": self._entities}
        named = line.fields[key]
        found = macros.get(named) or tuple(named.split("|"))
        known = tuple(among)
        for name in found:
            if name not in known:
                expected = " or ".join(known) or "none"
                message = f"{line.name} is of {name!r}, expected {expected}"
                raise self._refuse(line.number, message)
        return found

    def scheme(self) -> Scheme:
        attributes, span_attributes = self._attributes()
        links, symmetric = self._links()
        for line in self._lines["entities"]:
            if line.fields:
                raise self._refuse(line.number, f"expected a name alone, found {line.fields}")
            if line.name in self._events:
                raise self._refuse(line.number, f"{line.name} is an event type too")
        return Scheme(
            self._entities, dict(self._roles()), attributes, span_attributes, links, symmetric
        )

    def _roles(self) -> Iterator[tuple[str, dict[str, str]]]:
        for line in self._lines["events"]:
            roles: dict[str, str] = {}
            for key, kind in line.fields.items():
                role = re.sub(r"(?:[?*+]|\{\d+(?:-\d+)?\})$", "", key)
                if not _NAME.fullmatch(role) or role[-1].isdigit():
                    message = f"found the role {key!r}, expected a name that ends in a letter"
                    raise self._refuse(line.number, message)
                if role in roles:
                    raise self._refuse(line.number, f"{line.name} has the role {role} twice")
                if kind not in self._entities:
                    expected = " or ".join(self._entities) or "none"
                    message = f"{role} is filled by {kind!r}, expected {expected}"
                    raise self._refuse(line.number, message)
                roles[role] = kind
            yield line.name, roles

    def _links(
        self,
    ) -> tuple[dict[str, tuple[frozenset[str], frozenset[str]]], frozenset[str]]:
        lines = [line for line in self._lines["relations"] if not line.name.startswith("<")]
        self._names("relations")
        links, symmetric = {}, set()
        for line in lines:
            ends = (frozenset(self._types(line, key, self._events)) for key in ("Arg1", "Arg2"))
            first, second = ends
            links[line.name] = (first, second)
            if line.fields.get("<REL-TYPE>", "").startswith("symmetric"):
                symmetric.add(line.name)
        return links, frozenset(symmetric)

    def _attributes(self) -> tuple[dict[str, Attribute], dict[str, Attribute]]:
        self._names("attributes")
        of_events: dict[str, Attribute] = {}
        of_spans: dict[str, Attribute] = {}
        for line in self._lines["attributes"]:
            bearers = self._types(line, "Arg", (*self._events, *self._entities))
            values = tuple(line.fields["Value"].split("|")) if "Value" in line.fields else ()
            for value in values:
                if not _VALUE.fullmatch(value) or values.count(value) > 1:
                    raise self._refuse(line.number, f"{line.name} has the value {value!r}")
            if "Value" not in line.fields and line.fields.keys() != {"Arg"}:
                raise self._refuse(line.number, f"expected Arg and Value, found {line.fields}")
            found = {bearer in self._events for bearer in bearers}
            if len(found) > 1:
                message = f"{line.name} is of events and of entities, expected one or the other"
                raise self._refuse(line.number, message)
            self._add(of_events if found.pop() else of_spans, line, bearers, values)
        return of_events, of_spans

    def _add(
        self,
        attributes: dict[str, Attribute],
        line: _Line,
        bearers: tuple[str, ...],
        values: tuple[str, ...],
    ) -> None:
        is_single = len(bearers) == 1 and bearers[0] in self._events
        rest = re.fullmatch(f"{bearers[0]}([A-Z0-9_-].*)", line.name) if is_single else None
        by_type = rest is not None
        name = _lower(rest[1] if rest else line.name)
        if name in _RESERVED:
            raise self._refuse(line.number, f"{line.name} has the name of another field, {name!r}")
        earlier = attributes.get(name)
        other = ", ".join(dict.fromkeys(earlier.written.values())) if earlier else ""
        if earlier and not (by_type and earlier.by_type and bearers[0] not in earlier.values):
            raise self._refuse(line.number, f"{line.name} and {other} are both {name!r} in records")
        given = earlier or Attribute(name, {}, {}, is_flag=not values, by_type=by_type)
        if given.is_flag != (not values):
            found = "values" if values else "no values"
            raise self._refuse(line.number, f"{line.name} has {found}, unlike {other}")
        attributes[name] = Attribute(
            name,
            {**given.values, **dict.fromkeys(bearers, values or (NO, YES))},
            {**given.written, **dict.fromkeys(bearers, line.name)},
            given.is_flag,
            by_type,
        )


_COLUMNS = """
id doc_id sent_id text tokens token_starts token_ends ner_tags trigger_start trigger_end event_type
near_duplicates trigger_seen triggers_seen title role number start end split seed task
"""
_FIELDS = "type trigger arguments attributes source note"
_RESERVED = frozenset((_COLUMNS + _FIELDS).split())
"""Columns of rows and fields of records, whose names attributes must not use."""


def _lower(name: str) -> str:
    """Convert ``SideOfConflict`` to ``side_of_conflict``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
