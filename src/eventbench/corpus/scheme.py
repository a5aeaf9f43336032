"""The annotation scheme, read from ``annotations/annotation.conf``.

The file is brat's own configuration, so that annotators and code can never
disagree; nothing else in the code spells out a subtype, a role or a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from eventbench.corpus.model import EventbenchError

ACTOR, PARTICIPANT, SPEAKER, TIME = "Actor", "Participant", "Speaker", "Time"
NUMBER, REPETITIONS = "Number", "Repetitions"
"""The kinds of role filler that rules speak of, as annotation.conf names them."""

SAME_EVENT, CONTRADICTS = "SameEvent", "Contradicts"
"""The links that rules speak of."""

AUTHOR = "author"
"""The value of Reported for what nobody but the author says."""

NO_EVENT = "O"


@dataclass(frozen=True)
class Scheme:
    """Event types with their roles, attributes with their values, and links.

    Attributes:
        entities: kinds of role filler, in the order of the file.
        roles: for each event type, its role names and the kind that fills each.
        attributes: for each attribute, the types that bear it and its values
            (no values: the attribute is simply there or not).
        links: for each link type, the event types allowed at either end.
        symmetric: the link types that mean the same read from either end.
    """

    entities: tuple[str, ...]
    roles: dict[str, dict[str, str]]
    attributes: dict[str, tuple[frozenset[str], tuple[str, ...]]]
    links: dict[str, tuple[frozenset[str], frozenset[str]]]
    symmetric: frozenset[str]

    @property
    def event_types(self) -> tuple[str, ...]:
        return tuple(self.roles)

    def subtype_attribute(self, event_type: str) -> str:
        """The name of the attribute that carries this event type's subtype."""
        return f"{event_type}Subtype"

    def values(self, attribute: str) -> tuple[str, ...]:
        return self.attributes[attribute][1]

    def kind(self, event_type: str, role: str) -> str:
        """What kind of thing fills this role ("Actor", "Place", ...)."""
        return self.roles[event_type][role]

    def argument_roles(self) -> tuple[str, ...]:
        """Every role but the speaker's, once, in the order in which types name them."""
        named = [role for roles in self.roles.values() for role, k in roles.items() if k != SPEAKER]
        return tuple(dict.fromkeys(named))

    def trigger_labels(self) -> list[str]:
        return iob2_labels(self.event_types)


def iob2_labels(names: tuple[str, ...]) -> list[str]:
    """The IOB2 tag set over ``names``: "O", then B- and I- of each in turn."""
    return [NO_EVENT, *(f"{prefix}-{name}" for name in names for prefix in "BI")]


def read_scheme(path: Path) -> Scheme:
    """Read a brat ``annotation.conf``.

    Raises:
        EventbenchError: if a line is not of the form that brat documents.
    """
    sections: dict[str, list[tuple[int, str, str]]] = {}
    current: list[tuple[int, str, str]] | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            current = sections.setdefault(line[1:-1], [])
        elif current is None:
            raise EventbenchError(f"{path}:{number}: expected a [section] first, found {line!r}")
        else:
            name, _, rest = line.partition("\t")
            current.append((number, name, rest))

    entities = tuple(name for _, name, _ in sections.get("entities", []))
    event_types = frozenset(name for _, name, _ in sections.get("events", []))

    def types(text: str) -> frozenset[str]:
        return event_types if text == "<EVENT>" else frozenset(text.split("|"))

    def fields(number: int, rest: str) -> dict[str, str]:
        found = {}
        for part in filter(None, (p.strip() for p in rest.split(","))):
            key, colon, value = part.partition(":")
            if not colon:
                raise EventbenchError(f"{path}:{number}: expected NAME:VALUE, found {part!r}")
            found[key] = value
        return found

    roles = {
        name: {re.sub(r"[?*+]$", "", key): kind for key, kind in fields(number, rest).items()}
        for number, name, rest in sections.get("events", [])
    }
    attributes = {}
    for number, name, rest in sections.get("attributes", []):
        found = fields(number, rest)
        values = tuple(found["Value"].split("|")) if "Value" in found else ()
        attributes[name] = (types(found.get("Arg", "")), values)
    links = {}
    symmetric = set()
    for number, name, rest in sections.get("relations", []):
        if name.startswith("<"):
            continue  # a setting of brat's, such as <OVERLAP>
        found = fields(number, rest)
        links[name] = (types(found.get("Arg1", "")), types(found.get("Arg2", "")))
        if found.get("<REL-TYPE>", "").startswith("symmetric"):
            symmetric.add(name)
    return Scheme(entities, roles, attributes, links, frozenset(symmetric))
