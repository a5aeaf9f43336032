"""Forms of answers about the given events of an article: their links, and their incidents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from eventbench.corpus.scheme import NUMBER, PLACE, TIME
from eventbench.corpus.values import UNKNOWN, canonical_value, wrong_value
from eventbench.io import Json
from eventbench.prompts import wording as w
from eventbench.prompts.forms import Form, Found
from eventbench.prompts.item_forms import places_text
from eventbench.prompts.parts import ALL_EVENTS, Part, Row


class LinkForm(Form):
    """Links between given events; an answer is a list of dictionaries."""

    gives: ClassVar[str] = ALL_EVENTS
    key = "links"
    rules = ("links",)

    def schema(self) -> Json:
        return w.object_of({self.key: w.list_of(w.link_schema(list(self.scheme.links)))})

    def example(self) -> Json:
        return {self.key: [{"type": "…", "first": 1, "second": 2}]}

    def scheme_text(self) -> str:
        return "\n\n".join(filter(None, (w.types_text(self.scheme), w.links_text(self.scheme))))

    def right(self, part: Part, rows: Sequence[Row]) -> Json:
        if not part.items:
            return {self.key: []}
        numbers = {item.id: item.number for item in part.items}
        links = [
            {"type": k["type"], "first": numbers[k["first"]], "second": numbers[k["second"]]}
            for k in rows[part.items[0].row]["links"]
            if k["first"] in numbers and k["second"] in numbers
        ]
        return {self.key: links}

    def empty(self, row: Row) -> list[Any]:
        return []

    def read(self, answer: Json, part: Part, rows: Sequence[Row], found: Found) -> None:
        ends: dict[int, tuple[str, str] | None] = {i.number: (i.id, i.type) for i in part.items}
        for said in answer[self.key]:
            if link := found.link(said, ends, self.scheme):
                found.answers[part.items[0].row].append(link)


class IncidentForm(Form):
    """Incidents of given events; an answer is a list of dictionaries."""

    gives: ClassVar[str] = ALL_EVENTS
    key = "incidents"
    rules = ("incidents",)

    def schema(self) -> Json:
        text = {"type": ["string", "null"]}
        said = {
            "name": w.STRING,
            "events": w.list_of(w.INTEGER),
            "when": text,
            "where": w.list_of(w.STRING),
            "killed": text,
        }
        return w.object_of({self.key: w.list_of(w.object_of(said))})

    def example(self) -> Json:
        said = {"name": "…", "events": [1, 2], "when": None, "where": ["…"], "killed": None}
        return {self.key: [said]}

    def scheme_text(self) -> str:
        return "\n\n".join(filter(None, (w.types_text(self.scheme), places_text(self))))

    def right(self, part: Part, rows: Sequence[Row]) -> Json:
        numbers = {item.id: item.number for item in part.items}
        told = (rows[part.items[0].row]["incidents"] if part.items else None) or []
        said = [
            {
                "name": one["name"],
                "events": [numbers[name] for name in one["events"] if name in numbers],
                "when": one["when"],
                "where": [*one["where"]],
                "killed": one["killed"],
            }
            for one in told
        ]
        said = [one for one in said if one["events"]]
        self.known |= {one["name"] for one in said}
        return {self.key: said}

    def empty(self, row: Row) -> list[Any]:
        return []

    def read(self, answer: Json, part: Part, rows: Sequence[Row], found: Found) -> None:
        """Add incidents; one of a name that the article already has gets more events.

        A name that no example has shown is new: the article's id goes before it, so that the
        same word does not join incidents of different articles.
        """
        ids = {item.number: item.id for item in part.items}
        for said in answer[self.key]:
            name, numbers = w.get(said, "name", str), w.get(said, "events", list)
            if not (name or "").strip() or numbers is None or not part.items:
                found.drop()
                continue
            events = [ids.pop(n, None) if type(n) is int else None for n in numbers]
            for _ in range(events.count(None)):  # not given, or in an earlier incident
                found.drop()
            kept = [event for event in events if event is not None]
            if kept:
                name = name if name in self.known else f"{part.article} {name}"
                _add(found.answers[part.items[0].row], name, kept, self._values(said, found))

    def _values(self, said: Json, found: Found) -> Json:
        """When, where and the toll, without what is not valid."""
        where = []
        for place in found.items(said, "where"):
            if isinstance(place, str) and not wrong_value(PLACE, place) and place != UNKNOWN:
                where += canonical_value(PLACE, place).split("+")
            else:
                found.drop()
        values: Json = {"where": sorted(set(where) - {UNKNOWN})}
        for key, kind in (("when", TIME), ("killed", NUMBER)):
            value = said.get(key)
            if value is not None and (
                not isinstance(value, str) or value in (UNKNOWN, "-") or wrong_value(kind, value)
            ):
                found.drop()
                value = None
            values[key] = None if value is None else canonical_value(kind, value)
        return values


def _add(incidents: list[Json], name: str, events: list[str], values: Json) -> None:
    for one in incidents:
        if one["name"] == name:
            one["events"] += events
            for key, value in values.items():
                one[key] = one[key] or value
            return
    incidents.append({"name": name, "events": events, **values})
