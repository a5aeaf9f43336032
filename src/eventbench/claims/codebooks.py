"""Columns of other datasets of conflict events: ACLED, UCDP GED and PLOVER.

What can be mapped is data, ``annotations/incidents.toml``, since it speaks of the types,
roles and values of a scheme. It names the edition of each codebook. A column that cannot be
filled from the annotations is absent, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from eventbench.claims.model import ASSERTS, DOUBTS, INCIDENT, Figure, Incident, limits
from eventbench.corpus.records import Fields
from eventbench.errors import located
from eventbench.io import read_toml, short

TABLE = "incidents.toml"

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "acled": ("event_type", "sub_event_type", "interaction", "time_precision", "geo_precision"),
    "ucdp": ("type_of_violence", "best", "low", "high", "date_prec", "where_prec"),
    "plover": ("event_type",),
}
"""The columns of each codebook."""

FIELDS = tuple(f"{book}_{column}" for book, columns in COLUMNS.items() for column in columns)
"""All columns, as tables and decisions name them."""

NUMBERS = tuple(f for f in FIELDS if f.startswith("ucdp_") or f.endswith("_precision"))
"""The columns that hold whole numbers."""

_ENCOUNTER = {"acled": "interaction", "ucdp": "type_of_violence"}
_TIME = {"acled": "time_precision", "ucdp": "date_prec"}
_PLACE = {"acled": "geo_precision", "ucdp": "where_prec"}
"""The column of each codebook for who met whom, and for the precision of time and place."""


@dataclass(frozen=True)
class Rule:
    """The columns of an incident that has one of the types and, if given, one of the doers."""

    types: tuple[str, ...]
    doers: tuple[str, ...]
    values: Mapping[str, str]


@dataclass(frozen=True)
class Codebook:
    """How incidents become rows of another dataset.

    Attributes:
        edition: the edition of the codebook.
        rules: the first that fits an incident fills columns.
        encounters: two kinds of actor in either order, and what their encounter is called.
        days: pairs of a number of days and the precision of a time that is not longer.
        places: the precision of a location by kind of place.
        near: the precision of a location near a place; None if it has none.
    """

    edition: str
    rules: tuple[Rule, ...] = ()
    encounters: tuple[tuple[str, str, str | int], ...] = ()
    days: tuple[tuple[int, int], ...] = ()
    places: Mapping[str, int] = field(default_factory=dict)
    near: int | None = None


@dataclass(frozen=True)
class Reading:
    """Contents of ``incidents.toml``: how to read a scheme.

    Attributes:
        measures: what a count of people says, by type, with or without subtype ("killed").
        doers: roles of those who act.
        others: roles of those whom they act against.
        mutual: types in which those who act do so against each other.
        civilians: classes of people who do not fight.
        fighters: classes of people who do.
        deaths: the measure of those killed.
        causes: types of what gives its time and place to what it causes.
        effects: types of what takes them if it has none of its own.
        books: the codebooks by name.
    """

    measures: Mapping[str, str] = field(default_factory=dict)
    doers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    mutual: tuple[str, ...] = ()
    civilians: tuple[str, ...] = ()
    fighters: tuple[str, ...] = ()
    deaths: str = ""
    causes: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    books: Mapping[str, Codebook] = field(default_factory=dict)

    def measure(self, label: str) -> str:
        """What a count of people says in an event of a type; the type itself if nothing is said."""
        kind = label.partition("/")[0]
        return self.measures.get(label) or self.measures.get(kind) or label.lower()

    def is_cause(self, label: str) -> bool:
        """Return True for a type, with subtype, that gives its time and place to its effects."""
        return label in self.causes or label.partition("/")[0] in self.causes

    def is_effect(self, label: str) -> bool:
        """Return True for a type, with subtype, that takes the time and place of its causes."""
        return label in self.effects or label.partition("/")[0] in self.effects


def read_reading(path: Path) -> Reading:
    """Read ``incidents.toml``; without the file nothing is mapped.

    Raises:
        EventbenchError: naming the file, if it cannot be read or lacks a key.
    """
    if not path.is_file():
        return Reading()
    values = read_toml(path)
    with located(str(path)):
        fields = Fields(values)
        for key in values:
            if key not in ("measures", "roles", "classes", "caused", "deaths", *COLUMNS):
                fields.refuse(f"unknown key {key!r}")
        measures = {str(k): str(v) for k, v in fields.get("measures", dict).items()}
        roles, classes = fields.part("roles"), fields.part("classes")
        caused = fields.part("caused") if fields.given("caused") else Fields({})
        return Reading(
            measures,
            _texts(roles, "doers"),
            _texts(roles, "others"),
            _texts(roles, "mutual"),
            _texts(classes, "civilians"),
            _texts(classes, "fighters"),
            fields.get("deaths", str),
            _texts(caused, "by"),
            _texts(caused, "types"),
            {name: _book(name, fields.part(name)) for name in COLUMNS if name in values},
        )


def _texts(fields: Fields, key: str) -> tuple[str, ...]:
    found = fields.get(key, list) if fields.given(key) else []
    if not all(isinstance(text, str) for text in found):
        fields.refuse(f"{key} is {short(found)}, expected a list of texts")
    return tuple(found)


def _book(name: str, fields: Fields) -> Codebook:
    rules = []
    for rule in fields.parts("rule") if fields.given("rule") else ():
        values = {k: v for k, v in rule.values.items() if k not in ("types", "doers")}
        for column, value in values.items():
            if column not in COLUMNS[name] or not isinstance(value, str):
                rule.refuse(f"{column} is {short(value)}, expected texts for columns of {name}")
        rules.append(Rule(_texts(rule, "types"), _texts(rule, "doers"), values))
    encounters: list[tuple[str, str, str | int]] = []
    for part in fields.parts("encounter") if fields.given("encounter") else ():
        # ACLED names an encounter, UCDP numbers it.
        said: str | int = part.get("is", int) if name == "ucdp" else part.get("is", str)
        encounters.append((part.get("first", str), part.get("second", str), said))
    days = [
        (part.get("up_to", int), part.get("is", int))
        for part in (fields.parts("days") if fields.given("days") else ())
    ]
    places = fields.part("places") if fields.given("places") else Fields({})
    return Codebook(
        fields.get("edition", str),
        tuple(rules),
        tuple(encounters),
        tuple(days),
        {kind: places.get(kind, int) for kind in places.values},
        fields.get("near", int) if fields.given("near") else None,
    )


def codes(incident: Incident, reading: Reading) -> dict[str, str | int]:
    """The columns of other datasets that an incident fills.

    Those datasets have what happened, one happening a row: phases, totals and what is only
    planned, feared or denied get none.
    """
    happened = any(claim.stance in (ASSERTS, DOUBTS) for claim in incident.claims)
    if incident.level != INCIDENT or not happened:
        return {}
    first, second = opponents(incident, reading)
    found: dict[str, str | int] = {}
    for name, book in reading.books.items():
        if name == "ucdp" and not _is_deadly(incident, reading):
            continue  # its events have at least one death
        columns: dict[str, str | int] = {}
        rule = next((r for r in book.rules if _fits(r, incident, first)), None)
        if book.rules and rule is None:
            continue
        columns |= rule.values if rule else {}
        for a, b, encounter in book.encounters:
            if {a, b} == {first, second}:
                columns.setdefault(_ENCOUNTER[name], encounter)
        columns |= _precisions(incident, name, book)
        if name == "ucdp":
            columns |= _deaths(incident, reading)
        found |= {f"{name}_{column}": value for column, value in columns.items()}
    return {column: found[column] for column in FIELDS if column in found}


def _fits(rule: Rule, incident: Incident, doer: str) -> bool:
    labels = {part for label in incident.types for part in (label, label.partition("/")[0])}
    return bool(labels & set(rule.types)) and (not rule.doers or doer in rule.doers)


def opponents(incident: Incident, reading: Reading) -> tuple[str, str]:
    """The kinds of the two sides: who acts, and whom they act against; empty if not said.

    Of a joint actor the kind that is named first counts. Those who fight each other have one
    role; they are the two sides if there are two of them.
    """
    doers = [party for party in incident.parties if party.role in reading.doers]
    others = [party for party in incident.parties if party.role in reading.others]
    if not others and set(incident.types) <= set(reading.mutual):
        others = doers[1:] if len({party.side for party in doers}) == 2 else []
    classes = {p.kind for p in incident.participants}
    second = _first_kind(others[-1].kind) if others else ""
    if not others and classes & {*reading.civilians} and not classes & {*reading.fighters}:
        second = "civilian"
    return _first_kind(doers[0].kind) if doers else "", second


def _first_kind(kind: str) -> str:
    return kind.partition("_")[0]


def _precisions(incident: Incident, name: str, book: Codebook) -> dict[str, int]:
    found = {}
    when = incident.when
    if when is not None and not when.vague:
        precision = next((code for days, code in book.days if when.days <= days), None)
        if precision is not None:
            found[_TIME[name]] = precision
    # The coarsest one: every place of the incident is known at least that well.
    places = [
        book.near if place.precision == "near" else book.places.get(place.kind)
        for place in incident.where
    ]
    if places and None not in places and name in _PLACE:
        found[_PLACE[name]] = max(place for place in places if place is not None)
    return found


def killed(incident: Incident, reading: Reading) -> Iterable[Figure]:
    """The figures for those killed that somebody vouches for."""
    return [f for f in incident.figures if f.measure == reading.deaths and not f.total]


def _is_deadly(incident: Incident, reading: Reading) -> bool:
    return any((f.low or 0) > 0 or (f.high or 0) > 0 for f in killed(incident, reading))


def _deaths(incident: Incident, reading: Reading) -> dict[str, int]:
    """Low and high over all figures; the best one only if they leave no choice."""
    low, high = limits(killed(incident, reading), reading.deaths)
    found = {"low": low, "high": high, "best": low if low == high else None}
    return {column: value for column, value in found.items() if value is not None}
