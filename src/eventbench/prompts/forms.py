"""How the answers of tasks are asked for and read: one class for each form of answer.

A form reads an answer leniently: what does not fit is dropped and counted, the rest is kept.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from eventbench.corpus.scheme import Scheme
from eventbench.corpus.values import Named
from eventbench.io import Json
from eventbench.prompts import wording as w
from eventbench.prompts.parts import NOTHING, Item, Part, Row
from eventbench.prompts.sentences import NumberedSentence, Place, nearest_first

UNMAPPED, INVALID = "unmapped", "invalid"
"""Why something is dropped: its quote does not occur in its sentence; anything else."""


class Form(ABC):
    """The form of a task's answers.

    Attributes:
        gives: what rows give, such as `EVENT`.
        key: name of the list that an answer must have.
        rules: names of the rules in texts.toml that apply.
    """

    gives: ClassVar[str] = NOTHING
    key: ClassVar[str] = "answers"
    rules: tuple[str, ...]

    def __init__(self, scheme: Scheme, places: Mapping[str, Named]) -> None:
        self.scheme = scheme
        self.places = places
        self.known: set[str] = set()
        """Names of incidents that examples have shown."""

    @abstractmethod
    def schema(self) -> Json:
        """JSON Schema of an answer."""

    @abstractmethod
    def example(self) -> Json:
        """The outline of an answer, with … for what differs."""

    @abstractmethod
    def scheme_text(self) -> str:
        """The part of the scheme that the task needs, as text."""

    @abstractmethod
    def right(self, part: Part, rows: Sequence[Row]) -> Json:
        """The answer about a part that the gold of its rows gives."""

    @abstractmethod
    def empty(self, row: Row) -> Any:
        """The answer for a row of which the model says nothing."""

    @abstractmethod
    def read(self, answer: Json, part: Part, rows: Sequence[Row], found: Found) -> None:
        """Add what an answer says of a part to the answers of its rows."""


class Found:
    """The answers of rows so far, and counts of what was dropped.

    Attributes:
        answers: one per row, in the form that systems predict.
        dropped: counts by reason, `UNMAPPED` or `INVALID`.
    """

    def __init__(self, answers: list[Any]) -> None:
        self.answers = answers
        self.dropped: Counter[str] = Counter()

    def drop(self, reason: str = INVALID) -> None:
        """Count something that is dropped."""
        self.dropped[reason] += 1

    def items(self, holder: Json, key: str) -> list[Any]:
        """The list of a key; empty, and counted, if it is something else."""
        value = holder.get(key)
        if not isinstance(value, list):
            self.dropped[INVALID] += value is not None
            return []
        return value

    def place(self, sentence: NumberedSentence, quoted: Any, near: Place | None) -> Place | None:
        """The place of a quote: the given occurrence, the nearest, or the first."""
        quote = w.get(quoted, "quote", str)
        occurrence = quoted.get("occurrence") if isinstance(quoted, dict) else None
        if quote is None or type(occurrence) not in (int, type(None)):
            self.drop()
            return None
        places = sentence.find(quote)
        if occurrence is None and near is not None:
            places = nearest_first(places, near)
        which = 1 if occurrence is None else occurrence
        if not 0 < which <= len(places):
            self.drop(UNMAPPED)
            return None
        return places[which - 1]

    def arguments(
        self, said: Json, roles: Sequence[str], sentence: NumberedSentence, trigger: Place
    ) -> list[tuple[str, Place]]:
        """The arguments of an event: roles and places that overlap neither each other nor it."""
        taken, found = set(range(*trigger)), []
        for argument in self.items(said, "arguments"):
            role = w.get(argument, "role", str)
            if role not in roles:
                self.drop()
                continue
            place = self.place(sentence, argument, trigger)
            if place is None:
                continue
            if taken & set(range(*place)):
                self.drop()
                continue
            taken |= set(range(*place))
            found.append((role, place))
        return found

    def values(self, said: Json, scheme: Scheme, event_type: str) -> dict[str, str]:
        """The attributes of an event, without those that its type cannot have."""
        values = {}
        for attribute in scheme.attributes_of(event_type):
            value = w.from_json(attribute, event_type, said.get(attribute.name))
            if value is not None:
                values[attribute.name] = value
            elif said.get(attribute.name) is not None:
                self.drop()
        return values

    def link(
        self, said: Any, ends: Mapping[int, tuple[str, str] | None], scheme: Scheme
    ) -> Json | None:
        """A link that the scheme allows; ``ends`` has id and type of events by their number."""
        kind = w.get(said, "type", str)
        first, second = (ends.get(w.get(said, end, int)) for end in ("first", "second"))
        allowed = scheme.links.get(kind or "")
        if allowed is None or first is None or second is None or first == second:
            self.drop()
            return None
        if first[1] not in allowed[0] or second[1] not in allowed[1]:
            self.drop()
            return None
        return {"type": kind, "first": first[0], "second": second[0]}


def by_item(part: Part, answer: Json, key: str, found: Found) -> list[tuple[Item, Json]]:
    """The answers about the items of a part, the first about each."""
    items = {item.number: item for item in part.items}
    told = []
    for said in answer[key]:
        item = items.pop(w.get(said, "item", int), None)
        if item is None:
            found.drop()
        else:
            told.append((item, said))
    return told


def sentence_of(part: Part, number: Any) -> NumberedSentence | None:
    """The sentence of a part that has a number."""
    return next((s for s in part.sentences if s.number == number), None)
