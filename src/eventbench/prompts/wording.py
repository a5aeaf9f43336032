"""Words of prompts: names of the scheme with what they mean, and JSON schemas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from eventbench.corpus.scheme import NO, YES, Attribute, Scheme
from eventbench.io import Json, read_toml

FILE = Path(__file__).with_name("texts.toml")


@cache
def texts() -> Json:
    """The tables of texts.toml."""
    return read_toml(FILE)


def explained(name: str, table: str = "meanings") -> str:
    """A name with its meaning, if the texts have one."""
    meanings = texts()[table]
    meaning = meanings.get(name) or meanings.get(name.capitalize())
    return f"{name} ({meaning})" if meaning else name


def rules(*names: str) -> str:
    """The rules of these names, one a paragraph."""
    return "\n".join(texts()["rules"][name].strip() for name in names)


def fitted(text: str, scheme: Scheme) -> str:
    """A text of texts.toml without what it says of names that the scheme does not have."""
    values = (a.labels() for a in scheme.attributes.values())
    known = {*scheme.event_types, *scheme.argument_roles(), *_bare(values)}
    for part in texts()["only"]:
        if not known.issuperset(part["names"]):
            text = text.replace(part["text"], part["else"])
    return text


def _bare(labels: Iterable[Iterable[str]]) -> Iterator[str]:
    """The values of labels, without the types before them."""
    return (label.rpartition("/")[2] for found in labels for label in found)


# Parts of the scheme, as text


def types_text(scheme: Scheme, *, attributes: bool = False, roles: bool = False) -> str:
    """The event types; with the attributes that only some have, and with roles."""
    common = shared_attributes(scheme)
    lines = ["Types:"]
    for event_type in scheme.event_types:
        lines.append(f"- {explained(event_type)}")
        if attributes:
            own = (a for a in scheme.attributes_of(event_type) if a not in common)
            lines += [f"  {values_text(a, event_type)}" for a in own]
        if roles:
            kinds = scheme.roles[event_type]
            fillers = (f"{role} ({kinds[role]})" for role in scheme.roles_of(event_type))
            lines.append(f"  roles and what fills them: {', '.join(fillers) or 'none'}")
    return "\n".join(lines)


def roles_text(scheme: Scheme) -> str:
    """The roles and the kinds of filler that the texts explain."""
    named = texts()
    roles = [role for role in scheme.argument_roles() if role in named["roles"]]
    kinds = {kind for name in scheme.event_types for kind in scheme.roles[name].values()}
    asked = [kind for kind in scheme.entities if kind in kinds and kind in named["kinds"]]
    return "\n\n".join(
        f"{title}:\n" + "\n".join(f"- {name}: {named[table][name]}" for name in names)
        for title, table, names in (("Roles", "roles", roles), ("Fillers", "kinds", asked))
        if names
    )


def shared_text(scheme: Scheme) -> str:
    """The attributes that every event has, with their values; empty if there are none."""
    lines = [f"- {values_text(a)}" for a in shared_attributes(scheme)]
    return "\n".join(["Every event has:", *lines]) if lines else ""


def shared_attributes(scheme: Scheme) -> list[Attribute]:
    """The attributes that every event type has, with the same values."""
    types = scheme.event_types
    return [
        a
        for a in scheme.attributes.values()
        if not a.by_type and len({a.values.get(name, ()) for name in types}) == 1
    ]


def values_text(attribute: Attribute, event_type: str | None = None) -> str:
    """An attribute with the values that an event of a type may have; of any type if None."""
    if attribute.is_flag:
        return f"{explained(attribute.name)}: true, false"
    bearer = event_type or next(iter(attribute.values))
    return f"{explained(attribute.name)}: {'; '.join(map(explained, attribute.values[bearer]))}"


def links_text(scheme: Scheme) -> str:
    """The links, with the types of their ends; empty if there are none."""
    lines = []
    for name, ends in scheme.links.items():
        first, second = (
            "any" if end == {*scheme.event_types} else " or ".join(sorted(end)) for end in ends
        )
        lines.append(f"- {explained(name)}; from {first} to {second}")
    return "\n".join(["Links:", *lines]) if lines else ""


# Values, as the model writes them


def to_json(attribute: Attribute, value: str) -> str | bool:
    """A value as the model writes it: true or false for a flag."""
    return value == YES if attribute.is_flag else value


def from_json(attribute: Attribute, event_type: str, said: Any) -> str | None:
    """The value that the model means; None if an event of this type cannot have it."""
    if attribute.is_flag:
        return (YES if said else NO) if isinstance(said, bool) else None
    return said if isinstance(said, str) and said in attribute.values[event_type] else None


def get(item: Any, key: str, kind: type) -> Any:
    """The value of a JSON object's key if it has exactly this type (a bool is not an int)."""
    value = item.get(key) if isinstance(item, dict) else None
    return value if type(value) is kind else None


# JSON schemas, in the subset that strict servers accept

INTEGER: Json = {"type": "integer"}
STRING: Json = {"type": "string"}
QUOTE: Json = {"quote": STRING, "occurrence": {"type": ["integer", "null"]}}


def object_of(properties: Mapping[str, Any]) -> Json:
    """The schema of an object with exactly these keys."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def list_of(items: Json) -> Json:
    """The schema of a list."""
    return {"type": "array", "items": items}


def one_of(values: Iterable[str]) -> Json:
    """The schema of a string that is one of some values."""
    return {"type": "string", "enum": list(values)}


def any_of(schemas: Sequence[Json]) -> Json:
    """The schema of a value that fits one of several."""
    return {"anyOf": list(schemas)}


def or_null(schema: Json) -> Json:
    """The schema of a value that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def values_schema(scheme: Scheme, event_type: str) -> Json:
    """The schemas of the attributes of an event type, by name."""
    return {
        a.name: {"type": "boolean"} if a.is_flag else one_of(a.values[event_type])
        for a in scheme.attributes_of(event_type)
    }


def arguments_schema(scheme: Scheme, event_type: str) -> Json:
    """The schema of the arguments of an event type, by name; empty if it has no roles."""
    roles = scheme.roles_of(event_type)
    return {"arguments": list_of(object_of({"role": one_of(roles), **QUOTE}))} if roles else {}


def link_schema(names: Iterable[str]) -> Json:
    """The schema of a link of one of some types."""
    return object_of({"type": one_of(names), "first": INTEGER, "second": INTEGER})
