"""Answers: reads the model's JSON, and keeps the events that the article and the scheme allow."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eventbench import Argument, ArticleEvents, Event, Link
from eventbench_baselines.llm.prompts import Prompt, from_json
from eventbench_baselines.llm.sentences import Json, NumberedSentence, Place
from eventbench_baselines.rows import OUTSIDE, span_tags

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass
class FoundEvent:
    """An event in an answer, with its places in the tokens of its sentence."""

    sentence: NumberedSentence
    type: str
    trigger: Place
    attributes: dict[str, str] = field(default_factory=dict)
    arguments: list[tuple[str, Place]] = field(default_factory=list)


FoundLink = tuple[str, FoundEvent, FoundEvent]
"""Type, first and second event."""

Found = tuple[list[FoundEvent], list[FoundLink]]
"""The events and links of one answer."""

_OBJECT = re.compile(r'\{\s*"(?:events|links)"\s*:')


def parse(text: str) -> tuple[Json | None, str]:
    """The JSON object in an answer and "", or None and the reason why it cannot be read.

    If there is other text around it (a fence, a chain of thought), the last object
    with a list "events" counts.
    """
    reason = "it is not JSON"
    try:
        value = json.loads(text)
        if get(value, "events", list) is not None:
            return value, ""
        reason = 'it is not an object with a list "events"'
    except (ValueError, RecursionError):
        pass
    found, position = None, 0
    while start := _OBJECT.search(text, position):
        try:
            value, position = json.JSONDecoder().raw_decode(text, start.start())
        except (ValueError, RecursionError):
            position = start.end()
            continue
        if get(value, "events", list) is not None:
            found = value
    return found, "" if found is not None else reason


def get(item: Any, key: str, kind: type) -> Any:
    """The value of a JSON object's key if it has exactly this type (a bool is not an int)."""
    value = item.get(key) if isinstance(item, dict) else None
    return value if type(value) is kind else None


class Reader:
    """Turns answers into events, and counts what is dropped.

    Attributes:
        dropped: "unmapped" counts quotes that do not occur in their sentence, "invalid"
            items of the wrong form, outside the scheme, or overlapping an earlier one.
    """

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt
        self.dropped: Counter[str] = Counter()

    def read(self, answer: Json, sentences: Sequence[NumberedSentence]) -> Found:
        """The events of an answer about these sentences, in its order, and its links."""
        by_number = {sentence.number: sentence for sentence in sentences}
        events: list[FoundEvent] = []
        by_id: dict[int, FoundEvent | None] = {}
        taken: set[tuple[int, int]] = set()
        for item in answer["events"]:
            event = self._event(item, by_number)
            if event is None:
                continue
            tokens = {(event.sentence.number, i) for i in range(*event.trigger)}
            if tokens & taken:
                self.dropped["invalid"] += 1
                continue
            taken |= tokens
            events.append(event)
            name = item.get("id")
            if type(name) is int:
                by_id[name] = None if name in by_id else event  # an ambiguous id names neither
        links = self._list(answer, "links") if self.prompt.whole_events else []
        read = [self._link(link, by_id) for link in links]
        return events, [link for link in read if link is not None]

    def _event(self, item: Any, sentences: dict[int, NumberedSentence]) -> FoundEvent | None:
        number, kind = get(item, "sentence", int), get(item, "type", str)
        trigger = get(item, "trigger", dict)
        if number not in sentences or kind not in self.prompt.scheme.roles or trigger is None:
            self.dropped["invalid"] += 1
            return None
        sentence = sentences[number]
        place = self._place(sentence, trigger, None)
        if place is None:
            return None
        event = FoundEvent(sentence, kind, place)
        if self.prompt.whole_events:
            self._fill(event, item)
        return event

    def _fill(self, event: FoundEvent, item: Json) -> None:
        """Add the attributes and arguments of an item to its event."""
        for attribute in self.prompt.scheme.attributes_of(event.type):
            said = item.get(attribute.name)
            value = from_json(attribute, event.type, said)
            if value is not None:
                event.attributes[attribute.name] = value
            elif said is not None:
                self.dropped["invalid"] += 1
        taken = set(range(*event.trigger))
        for argument in self._list(item, "arguments"):
            role = get(argument, "role", str)
            if role not in self.prompt.scheme.roles_of(event.type):
                self.dropped["invalid"] += 1
                continue
            place = self._place(event.sentence, argument, event.trigger)
            if place is None:
                continue
            if taken & set(range(*place)):
                self.dropped["invalid"] += 1
                continue
            taken |= set(range(*place))
            event.arguments.append((role, place))

    def _list(self, item: Json, key: str) -> list[Any]:
        value = item.get(key)
        if not isinstance(value, list):
            self.dropped["invalid"] += value is not None
            return []
        return value

    def _place(self, sentence: NumberedSentence, item: Json, trigger: Place | None) -> Place | None:
        """The place of a quote: the given occurrence, or the one nearest to the trigger."""
        quote, occurrence = get(item, "quote", str), item.get("occurrence")
        if quote is None or type(occurrence) not in (int, type(None)):
            self.dropped["invalid"] += 1
            return None
        places = sentence.find(quote)
        if occurrence is None and trigger is not None:
            first, last = trigger
            places.sort(key=lambda place: max(place[0] - last, first - place[1]))
        which = 1 if occurrence is None else occurrence
        if not 0 < which <= len(places):
            self.dropped["unmapped"] += 1
            return None
        return places[which - 1]

    def _link(self, item: Any, by_id: dict[int, FoundEvent | None]) -> FoundLink | None:
        kind = get(item, "type", str)
        first, second = (by_id.get(get(item, end, int)) for end in ("first", "second"))
        allowed = self.prompt.scheme.links.get(kind or "")
        if allowed is None or first is None or second is None or first is second:
            self.dropped["invalid"] += 1
            return None
        if first.type not in allowed[0] or second.type not in allowed[1]:
            self.dropped["invalid"] += 1
            return None
        return str(kind), first, second


def as_tags(rows: Dataset, answers: Sequence[Found]) -> list[list[str]]:
    """The triggers as IOB2 tags of each row."""
    tags = [[OUTSIDE] * len(row["tokens"]) for row in rows]
    for events, _ in answers:
        for event in events:
            first, last = event.trigger
            tags[event.sentence.row][first:last] = span_tags(event.type, last - first)
    return tags


def as_events(rows: Dataset, answers: Sequence[Found]) -> list[ArticleEvents]:
    """The events and links of each row, an article."""
    events: list[list[Event]] = [[] for _ in rows]
    joins: list[list[Link]] = [[] for _ in rows]
    for found, links in answers:
        ids = {}
        for event in found:
            its_article = events[event.sentence.row]
            ids[id(event)] = f"e{len(its_article) + 1}"
            span = event.sentence.span
            arguments = tuple(Argument(role, span(*place)) for role, place in event.arguments)
            trigger, attributes = span(*event.trigger), event.attributes
            its_article.append(Event(ids[id(event)], event.type, trigger, arguments, attributes))
        for kind, first, second in links:
            joins[first.sentence.row].append(Link(kind, ids[id(first)], ids[id(second)]))
    return [ArticleEvents(tuple(e), tuple(k)) for e, k in zip(events, joins, strict=True)]
