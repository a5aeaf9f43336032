"""Forms of answers that find events: triggers alone, or whole events with their links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eventbench.corpus.iob2 import OUTSIDE, from_iob2
from eventbench.corpus.model import Argument, Event, Link, Span
from eventbench.corpus.records import ArticleEvents
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.values import Named
from eventbench.io import Json
from eventbench.prompts import wording as w
from eventbench.prompts.article_forms import LinkForm
from eventbench.prompts.forms import Form, Found, sentence_of
from eventbench.prompts.item_forms import OUTLINE, ArgumentForm, AttributeForm
from eventbench.prompts.parts import Part, Row
from eventbench.prompts.sentences import NumberedSentence, Place


class TriggerForm(Form):
    """Triggers of sentences; an answer is the IOB2 tags of a row."""

    key = "events"
    rules: tuple[str, ...] = ("triggers", "quotes")

    def schema(self) -> Json:
        variants = [w.object_of(self._head(name)) for name in self.scheme.event_types]
        return w.object_of({self.key: w.list_of(w.any_of(variants))})

    def _head(self, event_type: str) -> Json:
        trigger = w.object_of(w.QUOTE)
        return {"sentence": w.INTEGER, "trigger": trigger, "type": w.one_of([event_type])}

    def example(self) -> Json:
        return {self.key: [{"sentence": 1, "trigger": OUTLINE, "type": "…"}]}

    def scheme_text(self) -> str:
        return w.types_text(self.scheme)

    def right(self, part: Part, rows: Sequence[Row]) -> Json:
        events = []
        for sentence in part.sentences:
            for event_type, first, last in from_iob2(rows[sentence.row]["ner_tags"]):
                trigger = sentence.quoted(sentence.span(first, last))
                events.append({"sentence": sentence.number, "trigger": trigger, "type": event_type})
        return {self.key: events}

    def empty(self, row: Row) -> list[str]:
        return [OUTSIDE] * len(row["token_starts"])

    def read(self, answer: Json, part: Part, rows: Sequence[Row], found: Found) -> None:
        for sentence, event_type, (first, last), _ in self.triggers(answer, part, found):
            names = [f"B-{event_type}", *[f"I-{event_type}"] * (last - first - 1)]
            found.answers[sentence.row][first:last] = names

    def triggers(
        self, answer: Json, part: Part, found: Found
    ) -> list[tuple[NumberedSentence, str, Place, Json]]:
        """Sentence, type, place and item of each trigger that overlaps no earlier one."""
        taken: set[tuple[int, int]] = set()
        triggers = []
        for said in answer[self.key]:
            sentence = sentence_of(part, w.get(said, "sentence", int))
            event_type, quoted = w.get(said, "type", str), w.get(said, "trigger", dict)
            if sentence is None or event_type not in self.scheme.roles or quoted is None:
                found.drop()
                continue
            place = found.place(sentence, quoted, None)
            if place is None:
                continue
            tokens = {(sentence.number, k) for k in range(*place)}
            if tokens & taken:
                found.drop()
                continue
            taken |= tokens
            triggers.append((sentence, event_type, place, said))
        return triggers


class EventForm(TriggerForm):
    """Whole events of articles and the links between them; an answer is `ArticleEvents`."""

    # Other forms have the same rules, each for its own part of an event.
    rules = (*TriggerForm.rules, *ArgumentForm.rules, *AttributeForm.rules)

    def __init__(self, scheme: Scheme, places: Mapping[str, Named]) -> None:
        super().__init__(scheme, places)
        links = ("numbers", *LinkForm.rules) if scheme.links else ()
        self.rules = tuple(dict.fromkeys((*self.rules, *links)))

    def schema(self) -> Json:
        variants = [
            w.object_of(
                {
                    "id": w.INTEGER,
                    **self._head(name),
                    **w.values_schema(self.scheme, name),
                    **w.arguments_schema(self.scheme, name),
                }
            )
            for name in self.scheme.event_types
        ]
        answer: Json = {self.key: w.list_of(w.any_of(variants))}
        if self.scheme.links:
            answer["links"] = w.list_of(w.link_schema(list(self.scheme.links)))
        return w.object_of(answer)

    def example(self) -> Json:
        (event,) = super().example()[self.key]
        for attribute in self.scheme.attributes_of(self.scheme.event_types[0]):
            event[attribute.name] = False if attribute.is_flag else "…"
        events = [{"id": 1, **event, "arguments": [{"role": "…", **OUTLINE}]}]
        links = {"links": [{"type": "…", "first": 1, "second": 2}]} if self.scheme.links else {}
        return {self.key: events, **links}

    def scheme_text(self) -> str:
        texts = (
            w.types_text(self.scheme, attributes=True, roles=True),
            w.roles_text(self.scheme),
            w.shared_text(self.scheme),
            w.links_text(self.scheme),
        )
        return "\n\n".join(filter(None, texts))

    def right(self, part: Part, rows: Sequence[Row]) -> Json:
        events: dict[str, Json] = {}
        row = rows[part.sentences[0].row] if part.sentences else {"events": [], "links": []}
        for sentence in part.sentences:
            for event in sorted(row["events"], key=lambda e: (e["trigger"]["start"], e["type"])):
                if sentence.tokens_of(_span(event["trigger"])) is not None:
                    events[event["id"]] = self._said(len(events) + 1, event, sentence)
        if not self.scheme.links:
            return {self.key: list(events.values())}
        links = [
            {
                "type": k["type"],
                "first": events[k["first"]]["id"],
                "second": events[k["second"]]["id"],
            }
            for k in row["links"]
            if k["first"] in events and k["second"] in events
        ]
        return {self.key: list(events.values()), "links": links}

    def _said(self, number: int, event: Row, sentence: NumberedSentence) -> Json:
        said: Json = {
            "id": number,
            "sentence": sentence.number,
            "trigger": sentence.quoted(_span(event["trigger"])),
            "type": event["type"],
        }
        for attribute in self.scheme.attributes_of(event["type"]):
            value = (event.get("attributes") or {}).get(attribute.name)
            if value is not None:
                said[attribute.name] = w.to_json(attribute, value)
        if self.scheme.roles_of(event["type"]):
            said["arguments"] = [
                {"role": a["role"], **sentence.quoted(_span(a))}
                for a in event["arguments"]
                if sentence.tokens_of(_span(a)) is not None
            ]
        return said

    def empty(self, row: Row) -> Any:
        return ArticleEvents()

    def read(self, answer: Json, part: Part, rows: Sequence[Row], found: Found) -> None:
        by_number: dict[int, tuple[str, str] | None] = {}
        for sentence, event_type, place, said in self.triggers(answer, part, found):
            earlier = found.answers[sentence.row]
            name = f"e{len(earlier.events) + 1}"
            values = found.values(said, self.scheme, event_type)
            roles = self.scheme.roles_of(event_type)
            arguments = found.arguments(said, roles, sentence, place)
            event = Event(
                name,
                event_type,
                sentence.span(*place),
                tuple(Argument(role, sentence.span(*where)) for role, where in arguments),
                values,
            )
            found.answers[sentence.row] = ArticleEvents((*earlier.events, event), earlier.links)
            number = said.get("id")
            if type(number) is int:  # an ambiguous number names neither
                by_number[number] = None if number in by_number else (name, event_type)
        if not part.sentences:
            return
        row = part.sentences[0].row
        for said in found.items(answer, "links"):
            if link := found.link(said, by_number, self.scheme):
                earlier = found.answers[row]
                found.answers[row] = ArticleEvents(earlier.events, (*earlier.links, Link(**link)))


def _span(record: Row) -> Span:
    return Span(record["start"], record["end"])
