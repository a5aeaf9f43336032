"""Forms of answers about given items: for each item, by its number, what is asked of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from eventbench.corpus.iob2 import OUTSIDE, from_iob2
from eventbench.corpus.model import Span
from eventbench.corpus.scheme import ATTRIBUTED, AUTHOR, PLACE
from eventbench.corpus.values import canonical_value, wrong_value
from eventbench.io import Json
from eventbench.prompts import wording as w
from eventbench.prompts.forms import INVALID, Form, Found, by_item, sentence_of
from eventbench.prompts.parts import EVENT, SPAN, Item, Part, Row
from eventbench.prompts.sentences import NumberedSentence

OUTLINE: Json = {"quote": "…", "occurrence": None}


class ItemForm(Form):
    """One answer for each row, which gives one item."""

    gives: ClassVar[str] = EVENT

    @abstractmethod
    def say(self, item: Item, row: Row, part: Part) -> Json:
        """What the gold of a row says of its item."""

    @abstractmethod
    def take(self, said: Json, item: Item, row: Row, part: Part, found: Found) -> Any:
        """The answer that is said about an item."""

    def right(self, part: Part, rows: Sequence[Row]) -> Json:
        said = [{"item": i.number, **self.say(i, rows[i.row], part)} for i in part.items]
        return {self.key: said}

    def read(self, answer: Json, part: Part, rows: Sequence[Row], found: Found) -> None:
        for item, said in by_item(part, answer, self.key, found):
            found.answers[item.row] = self.take(said, item, rows[item.row], part, found)


class ArgumentForm(ItemForm):
    """Arguments of given events; an answer is the IOB2 tags of the sentence."""

    rules = ("arguments", "quotes")

    def schema(self) -> Json:
        variants = [
            w.object_of(
                {
                    "item": w.INTEGER,
                    "type": w.one_of([name]),
                    **w.arguments_schema(self.scheme, name),
                }
            )
            for name in self.scheme.event_types
        ]
        return w.object_of({self.key: w.list_of(w.any_of(variants))})

    def example(self) -> Json:
        arguments = [{"role": "…", **OUTLINE}]
        return {self.key: [{"item": 1, "type": "…", "arguments": arguments}]}

    def scheme_text(self) -> str:
        types = w.types_text(self.scheme, roles=True)
        return "\n\n".join(filter(None, (types, w.roles_text(self.scheme))))

    def say(self, item: Item, row: Row, part: Part) -> Json:
        sentence = _its_sentence(item, part)
        arguments = [
            {"role": role, **sentence.quoted(sentence.span(first, last))}
            for role, first, last in from_iob2(row["ner_tags"])
            # Arguments that share words with the trigger are not asked for.
            if not sentence.span(first, last).overlaps(item.span)
        ]
        return {"type": item.type, "arguments": arguments}

    def empty(self, row: Row) -> list[str]:
        return [OUTSIDE] * len(row["token_starts"])

    def take(self, said: Json, item: Item, row: Row, part: Part, found: Found) -> list[str]:
        tags = self.empty(row)
        trigger = row["trigger_start"], row["trigger_end"]
        roles = self.scheme.roles_of(item.type)
        for role, (first, last) in found.arguments(said, roles, _its_sentence(item, part), trigger):
            tags[first:last] = [f"B-{role}", *[f"I-{role}"] * (last - first - 1)]
        return tags


class AttributeForm(ItemForm):
    """Attributes of given events; an answer has a label for each, None if undecided."""

    rules = ("attributes",)

    def schema(self) -> Json:
        variants = [
            w.object_of(
                {"item": w.INTEGER, "type": w.one_of([name]), **w.values_schema(self.scheme, name)}
            )
            for name in self.scheme.event_types
        ]
        return w.object_of({self.key: w.list_of(w.any_of(variants))})

    def example(self) -> Json:
        values = {
            a.name: False if a.is_flag else "…"
            for a in self.scheme.attributes_of(self.scheme.event_types[0])
        }
        return {self.key: [{"item": 1, "type": "…", **values}]}

    def scheme_text(self) -> str:
        types = w.types_text(self.scheme, attributes=True)
        return "\n\n".join(filter(None, (types, w.shared_text(self.scheme))))

    def say(self, item: Item, row: Row, part: Part) -> Json:
        said: Json = {"type": item.type}
        for attribute in self.scheme.attributes_of(item.type):
            if row[attribute.name] is not None:
                value = attribute.value_of(item.type, row[attribute.name])
                said[attribute.name] = w.to_json(attribute, str(value))
        return said

    def empty(self, row: Row) -> dict[str, str | None]:
        return dict.fromkeys(self.scheme.attributes)

    def take(self, said: Json, item: Item, row: Row, part: Part, found: Found) -> Any:
        values = found.values(said, self.scheme, item.type)
        attributes = self.scheme.attributes
        labels = {name: attributes[name].label(item.type, value) for name, value in values.items()}
        return {**self.empty(row), **labels}


class AttributionForm(ItemForm):
    """Who vouches for given events; an answer has ``reported`` and the span of the source."""

    rules = ("attribution", "quotes")

    def schema(self) -> Json:
        source = w.or_null(w.object_of({"sentence": w.INTEGER, **w.QUOTE}))
        reported = w.one_of([AUTHOR, ATTRIBUTED])
        said = w.object_of({"item": w.INTEGER, "reported": reported, "source": source})
        return w.object_of({self.key: w.list_of(said)})

    def example(self) -> Json:
        source = {"sentence": 1, **OUTLINE}
        return {self.key: [{"item": 1, "reported": "…", "source": source}]}

    def scheme_text(self) -> str:
        return ""

    def say(self, item: Item, row: Row, part: Part) -> Json:
        source = None
        if row["source"] is not None:
            span = Span(row["source"]["start"], row["source"]["end"])
            for sentence in part.sentences:
                if sentence.tokens_of(span) is not None:
                    source = {"sentence": sentence.number, **sentence.quoted(span)}
        return {"reported": row["reported"], "source": source}

    def empty(self, row: Row) -> Json:
        return {"reported": AUTHOR, "source": None}

    def take(self, said: Json, item: Item, row: Row, part: Part, found: Found) -> Json:
        reported, source = w.get(said, "reported", str), said.get("source")
        if reported not in (AUTHOR, ATTRIBUTED) or (reported == AUTHOR and source is not None):
            found.drop()
        if reported != ATTRIBUTED:
            return self.empty(row)
        sentence = sentence_of(part, w.get(source, "sentence", int))
        if sentence is None:
            found.dropped[INVALID] += source is not None
            return {"reported": ATTRIBUTED, "source": None}
        place = found.place(sentence, source, None)
        span = None if place is None else sentence.span(*place)
        bounds = None if span is None else {"start": span.start, "end": span.end}
        return {"reported": ATTRIBUTED, "source": bounds}


class ValueForm(ItemForm):
    """Values of given spans; an answer is a value, None if undecided."""

    gives = SPAN
    rules = ("values",)

    def schema(self) -> Json:
        said = {"item": w.INTEGER, "value": {"type": ["string", "null"]}}
        return w.object_of({self.key: w.list_of(w.object_of(said))})

    def example(self) -> Json:
        return {self.key: [{"item": 1, "value": "…"}]}

    def scheme_text(self) -> str:
        return places_text(self)

    def say(self, item: Item, row: Row, part: Part) -> Json:
        return {"value": row["value"]}

    def empty(self, row: Row) -> None:
        return None

    def take(self, said: Json, item: Item, row: Row, part: Part, found: Found) -> str | None:
        value = said.get("value")
        if value is None:
            return None
        if not isinstance(value, str) or wrong_value(item.type, value):
            found.drop()
            return None
        return canonical_value(item.type, value)


def places_text(form: Form) -> str:
    """The ids of places that a corpus lists, with the names that differ from them."""
    if not form.places:
        return ""
    named = (
        place.id
        if place.id == place.name.lower().replace(" ", "-")
        else f"{place.id} ({place.name})"
        for place in form.places.values()
    )
    return f"{PLACE} ids: {', '.join(named)}"


def _its_sentence(item: Item, part: Part) -> NumberedSentence:
    return next(s for s in part.sentences if s.number == item.sentence)
